"""A version from files: assembled, loaded in bulk, saved in the background. No HTTP, no online writes."""
