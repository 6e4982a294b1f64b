"""Everything that knows gunicorn: its start, the worker, the response cache, the fast path. No page, no view.

Nothing that is served imports from here, so the app runs under any WSGI server. docs/gateway.md has a picture.
"""
