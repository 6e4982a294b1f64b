"""HTTP layer: requests, content negotiation, access control, caching, errors, logs, metrics. No page, no gunicorn."""
