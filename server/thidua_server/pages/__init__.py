"""The pages for readers, one module with one template each; they work without the script."""
