"""Everything that knows gunicorn: its start, a worker that collects requests, the response cache and the fast path.

No page and no view is here, and nothing that is served imports from here: the app runs under any WSGI server.
docs/gateway.md explains it with a picture.
"""
