"""The description of the service for programs. No view is here, and nothing answers a request."""
