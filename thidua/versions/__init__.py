"""The immutable folders of a store: versions, history, differences. Not how their content came to be."""
