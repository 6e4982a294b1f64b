"""Everything that knows gunicorn's insides: the worker, the response cache, the fast path. No page is here."""
