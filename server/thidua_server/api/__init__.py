"""HTTP API: a module a topic, with its blueprint `bp`. May ask http/, html/, openapi/; no page, no other topic."""
