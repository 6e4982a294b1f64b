"""OpenAPI: the description of the service, and the decorators by which views describe themselves. No view is here."""
