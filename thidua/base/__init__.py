"""What everybody may use: constants, pure functions, the sandbox, the HTTP client. No RDF, no layout of the store."""
