"""Finding resources by name: an index, and what a graph has names for. Nothing of the store's folders."""
