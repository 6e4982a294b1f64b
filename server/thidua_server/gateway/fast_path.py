"""Fast path: a query whose request matches a known template runs at once, without HTTP parsing and Flask.

What a request means is worked out once, by gunicorn and the app. A later one with the very same bytes around its
query means the same, so the query runs at once, under the same look, limits and deadline as any other. A short answer
is then written the way that the earlier one was; with any other outcome the app goes on from there.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from io import BytesIO
from threading import Lock
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, current_app, g, request

from thidua.base.client_key import client_key
from thidua.base.errors import KnowledgeGraphError
from thidua.engine.query import Caller, Query
from thidua.rdf.scan import scan
from thidua.views import hints
from thidua_server.gateway import head, response_cache
from thidua_server.gateway.response_cache import CacheEntry, ResponseCache, lasting
from thidua_server.gateway.split_request import split
from thidua_server.http import caching, context, logs, memento
from thidua_server.http.handover import ANSWERED_BY, QueryResult

#: Where a template is left for whoever read the request's bytes, in the WSGI environment.
OFFERED: Final = "thidua.request_template"
#: The longest answer written here, the longest of those that a client might want compressed, and the longest head.
_LONGEST: Final = 1 << 20
_NEVER_COMPRESSED: Final = 1000
_HEAD: Final = 4096
_TEMPLATES: Final = 500
#: Headers that belong to an answer rather than to the template of its request.
_OWN: Final = ("Content-Length", "ETag", "X-Request-Id", "X-Graph-Version", "Link", hints.HEADER, ANSWERED_BY)


@dataclass(frozen=True)
class RequestTemplate:
    """What requests with the same bytes around their query have in common."""

    query: Query
    """All of it but the text."""
    caller: Caller
    representation: tuple[str | None, ...]
    path: str
    address: memento.Address
    """All of it but the parameters."""
    media_type: str
    longest: int
    fields: bytes
    """Of the answer's head."""
    logged: dict[str, Any]


class FastPath:
    """Answers what it can for one web process. Safe to use from many threads."""

    def __init__(self, app: Flask, cache: ResponseCache) -> None:
        self._app = app
        self._cache = cache
        self._limits = context.pool(app).limits
        self._templates: OrderedDict[bytes, RequestTemplate] = OrderedDict()
        self._lock = Lock()

    def register(self, data: bytes, template: RequestTemplate) -> None:
        """Remember what a request meant."""
        if (parts := split(data)) and len(parts.around) <= _HEAD:
            with self._lock:
                self._templates[parts.around] = template
                if len(self._templates) > _TEMPLATES:
                    self._templates.popitem(last=False)

    def answer(self, data: bytes, client: str, connection: int) -> bytes | QueryResult | None:
        """The response; or the outcome, for the app to write; or None, if it is for the app to find out."""
        if not self._templates or (parts := split(data)) is None:
            return None
        if (template := self._templates.get(parts.around)) is None:
            return None
        begun = time.perf_counter()
        try:
            encoded = unquote_to_bytes(parts.query.replace(b"+", b" ")) if parts.is_get else parts.query
            text = encoded.decode("utf-8-sig")
            scanned = scan(text, self._limits, base=template.query.base)
            query = template.query.of(scanned)
            snapshot = context.current(self._app).current()
        except (UnicodeDecodeError, KnowledgeGraphError):
            return None
        if not query.repeatable:
            return None
        caller = replace(template.caller, client=template.caller.client or client_key(client), connection=connection)
        try:
            written = snapshot.query(query, caller)
        except Exception as exc:
            return QueryResult(snapshot, exc)
        if written.media_type != template.media_type or not isinstance(written.file, BytesIO):
            return QueryResult(snapshot, written)
        if scanned.loose or hints.is_empty(written):  # of which there is more to say
            return QueryResult(snapshot, written)
        body = written.file.getvalue()
        if len(body) >= template.longest:
            return QueryResult(snapshot, written)
        own: list[tuple[str, object]] = [("Content-Length", len(body)), ("X-Graph-Version", snapshot.version.number)]
        own.append((ANSWERED_BY, written.answered_by))
        if parts.is_get:
            raw = data[data.index(b"?") + 1 : data.index(b" HTTP/")].decode()
            own.append(("ETag", f'"{caching.tag(snapshot, template.path, raw, *template.representation)}"'))
            links = memento.links(template.address._replace(query=raw), snapshot.version, "")
            own += [("Link", link) for link in links]
        logged = {**template.logged, "bytes": len(body), "version": snapshot.version.number}
        entry = CacheEntry(snapshot.version, "sparql", head.fields(own) + template.fields, body, logged)
        self._cache.keep(data, entry)
        return self._cache.respond(entry, client, begun)


def offer(response: Response) -> Response:
    """Leave the template of a request for the fast path, if it has one; the response has been offered to the cache."""
    known, environ = vars(g._get_current_object()), request.environ
    # Where a response may be had again, the request asks for nothing but its answer.
    if (
        response_cache.OFFERED in environ
        and "query" in known
        and response.mimetype == known["media_type"]  # a page shows the answer, and is not it
        and (request.method == "GET" or request.mimetype == "application/sparql-query")
        and "Content-Encoding" not in response.headers
        and not environ.keys() & {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"}
        and not current_app.config["LOG_QUERIES"]
    ):
        caller: Caller = known["caller"]
        environ[OFFERED] = RequestTemplate(
            query=replace(known["query"], text="", scanned=None),
            caller=caller if current_app.config["TRUSTED_PROXIES"] else replace(caller, client=""),
            representation=known["representation"],
            path=caching.place(environ),
            address=caching.address()._replace(query=""),
            media_type=known["media_type"],
            longest=_NEVER_COMPRESSED if environ.get("HTTP_ACCEPT_ENCODING", "identity") != "identity" else _LONGEST,
            fields=head.fields((name, value) for name, value in response.headers if name not in _OWN),
            logged=lasting(logs.fields_of(response)),
        )
    return response
