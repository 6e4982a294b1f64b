"""Constants and pure functions that everybody may use. No RDF terms, no processes, no layout of the store."""
