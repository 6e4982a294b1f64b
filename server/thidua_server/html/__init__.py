"""View models and links: what a page shows, as plain data. Templates and views stay outside."""
