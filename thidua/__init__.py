"""A knowledge graph of Vietnam's provincial emulation clusters, with a SPARQL layer."""
