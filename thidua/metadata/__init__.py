"""Documents about the graph for programs: VoID, DCAT, the service description, its vocabulary. No pages."""
