"""The immutable versions of a store: their folders, publishing, history, differences. Not how their content came to be."""
