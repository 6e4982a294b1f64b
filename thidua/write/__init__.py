"""A version from a write: requests, updates, the transaction. No files of the project but a source's own text."""
