"""To and from the tools of others: export, links to registries, reconciliation, endpoints. No pages."""
