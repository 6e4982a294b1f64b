"""View models, links and words: what a page shows, as plain data. No route is here, and no SPARQL."""
