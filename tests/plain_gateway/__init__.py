"""The HTTP tests once more, against services with ``THIDUA_GATEWAY=plain``: gunicorn's own threaded worker.

A file here has a test file's tests. By day the first of them run, and every night all.
"""
