"""Response cache: whole responses, by the very bytes of their requests, so that a repeated one costs no parsing.

A response is kept only if it is a fact about the current version and the request says nothing else of interest. All
are dropped as soon as another version is current. They share the memory for answers with the engine's.
"""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from flask import Flask, Response, current_app, g, request

from thidua.base.errors import StoreError
from thidua.versions.store import Version
from thidua.workers.memory_budget import LruCache
from thidua_server.gateway import head
from thidua_server.http import context, logs, metrics

#: Where a response is left for whoever read the request's bytes, in the WSGI environment.
OFFERED: Final = "thidua.cache_entry"
#: The largest body kept, in bytes.
_LARGEST: Final = 1 << 20


@dataclass(frozen=True)
class CacheEntry:
    """A response without what differs each time: the date, the request's id, how long it took."""

    version: Version
    kind: str
    fields: bytes
    """Of its head."""
    body: bytes
    logged: dict[str, Any]
    """What the log says of it."""


class ResponseCache:
    """The responses of one web process. Safe to use from many threads."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._entries: LruCache[bytes, CacheEntry] = LruCache(context.pool(app).memory)
        self._version: Version | None = None
        self._lock = Lock()

    def find(self, data: bytes, client: str) -> bytes | None:
        """The response to a request that is these very bytes, or None if it must be worked out."""
        if data not in self._entries:
            return None
        begun = time.perf_counter()
        try:
            version = context.current(self._app).current().version
        except StoreError:
            return None
        with self._lock:
            self._drop_others(version)
            entry = self._entries.get(data)
        return None if entry is None else self.respond(entry, client, begun)

    def respond(self, entry: CacheEntry, client: str, begun: float) -> bytes:
        """A response as it is sent, counted and logged.

        :param client: the address at the other end, if the entry does not say who asked.
        :param begun: when its request was read, by ``time.perf_counter``.
        """
        request_id = logs.new_id()
        seconds = time.perf_counter() - begun
        metrics.of(self._app).count(entry.kind, "ok", seconds)
        logs.tell(request_id, {"client": client, **entry.logged, "ms": round(1000 * seconds, 1)})
        return head.response(200, head.passing_fields(request_id), entry.fields, body=entry.body)

    def keep(self, data: bytes, entry: CacheEntry) -> None:
        """Keep the response to a request that is these very bytes."""
        with self._lock:
            self._drop_others(entry.version)
            self._entries.put(data, entry, _size(data, entry))

    def _drop_others(self, version: Version) -> None:
        if version != self._version:
            self._entries.clear()
            self._version = version


def offer(response: Response) -> Response:
    """Leave a finished response for the cache, if it may be kept."""
    known, environ = vars(g._get_current_object()), request.environ
    if (
        response.status_code == 200
        and known.get("repeatable")
        and not known["pinned"]
        and not current_app.config["PRIVATE"]
        and response.is_sequence
        and (response.content_length or 0) <= _LARGEST
        and _asks_nothing_else(environ)
    ):
        environ[OFFERED] = CacheEntry(
            version=known["snapshot"].version,
            kind=request.blueprint or "other",
            fields=head.fields((name, value) for name, value in response.headers if name != "X-Request-Id"),
            body=response.get_data(),
            logged=lasting(logs.fields_of(response)),
        )
    return response


def lasting(logged: dict[str, Any]) -> dict[str, Any]:
    """What the log will say of the next request of the same bytes: behind a proxy, they name the client too."""
    own = ("ms",) if current_app.config["TRUSTED_PROXIES"] else ("ms", "client")
    return {name: value for name, value in logged.items() if name not in own}


def _asks_nothing_else(environ: dict[str, Any]) -> bool:
    """Whether a request may have the same response again, to which the connection stays open."""
    return (
        environ["REQUEST_METHOD"] in ("GET", "POST")
        and environ.get("SERVER_PROTOCOL") == "HTTP/1.1"
        and environ.get("HTTP_CONNECTION", "keep-alive").lower() == "keep-alive"
        and not environ.keys() & {"HTTP_X_REQUEST_ID", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT", "HTTP_UPGRADE"}
    )


def is_exactly(data: bytes, environ: dict[str, Any]) -> bool:
    """Whether these bytes, which a request was read from, are that request and no more."""
    end = data.find(b"\r\n\r\n") + 4
    return not data.startswith(b"\r\n") and len(data) - end == int(environ.get("CONTENT_LENGTH") or 0)


def _size(data: bytes, entry: CacheEntry) -> int:
    return len(data) + len(entry.fields) + len(entry.body) + 1000
