"""The API, one blueprint per topic."""
