"""View models: what a page shows, as plain data. No HTML, no Flask."""
