"""What any HTTP service needs: reading, negotiation, access, caching, logs, metrics. No pages, no gunicorn."""
