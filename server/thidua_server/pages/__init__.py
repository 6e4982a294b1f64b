"""HTML pages: a module and a template each, fine without scripts. May ask http/, html/, openapi/; no API module."""
