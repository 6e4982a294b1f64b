"""The least there can be: pyoxigraph behind a WSGI function. No limit, no deadline, no version; a yardstick only."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

_store = Store.read_only(os.environ["BENCH_STORE"])


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    text = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    solutions = _store.query(text)
    assert isinstance(solutions, QuerySolutions)
    body = solutions.serialize(format=QueryResultsFormat.JSON)
    assert body is not None
    start_response("200 OK", [("Content-Type", "application/sparql-results+json"), ("Content-Length", str(len(body)))])
    return [body]
