"""View models, words and links: what a page shows, as plain data. No templates, no views."""
