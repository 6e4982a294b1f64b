"""Whole responses, kept by the very bytes of their requests: the same question again costs no parsing of any kind.

A response is kept only if it is a fact about the current version and the request says nothing else of interest. All
are dropped as soon as another version is current, and the ones used longest ago when together they are too large.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from flask import Flask, Response, current_app, g, request
from gunicorn import SERVER, util

from thidua.base.errors import StoreError
from thidua.versions.store import Version
from thidua_server.http import context, logs, metrics

#: Where the app leaves a response for whoever read the request's bytes.
OFFERED: Final = "thidua.kept"
#: The largest body kept, in bytes.
_LARGEST: Final = 1 << 20


@dataclass(frozen=True)
class Kept:
    """A response without what differs each time: the date, the request's id, how long it took."""

    version: Version
    kind: str
    head: bytes
    body: bytes
    fields: dict[str, Any]
    """What the log says of it."""


class Repeats:
    """The responses of one web process. Safe to use from many threads."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._most = context.pool(app).limits.cache * 1_000_000
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._size = 0
        self._version: Version | None = None
        self._lock = Lock()
        self._date = (0, "")

    def answer(self, data: bytes, client: str) -> bytes | None:
        """The response to a request that is these very bytes, or None if it must be worked out."""
        if data not in self._kept:
            return None
        begun = time.perf_counter()
        try:
            version = context.current(self._app).current().version
        except StoreError:
            return None
        with self._lock:
            self._drop_others(version)
            if (kept := self._kept.get(data)) is None:
                return None
            self._kept.move_to_end(data)
        return self.written(kept, client, begun)

    def written(self, kept: Kept, client: str, begun: float) -> bytes:
        """A response as it is sent, counted and logged.

        :param client: the address at the other end, if the response does not say who asked.
        :param begun: when its request was read, by ``time.perf_counter``.
        """
        request_id = logs.new_id()
        seconds = time.perf_counter() - begun
        metrics.of(self._app).count(kept.kind, "ok", seconds)
        logs.tell(request_id, {"client": client, **kept.fields, "ms": round(1000 * seconds, 1)})
        head = (
            f"HTTP/1.1 200 OK\r\nServer: {SERVER}\r\nDate: {self._now()}\r\nConnection: keep-alive\r\n"
            f"X-Request-Id: {request_id}\r\n"
        )
        return b"".join((head.encode(), kept.head, kept.body))

    def keep(self, data: bytes, kept: Kept) -> None:
        """Keep the response to a request that is these very bytes."""
        with self._lock:
            self._drop_others(kept.version)
            if data not in self._kept:
                self._kept[data] = kept
                self._size += _size(data, kept)
            while self._size > self._most:
                self._size -= _size(*self._kept.popitem(last=False))

    def _drop_others(self, version: Version) -> None:
        if version != self._version:
            self._kept.clear()
            self._size, self._version = 0, version

    def _now(self) -> str:
        second = int(time.time())
        if self._date[0] != second:
            self._date = (second, util.http_date(second))
        return self._date[1]


def register(app: Flask) -> None:
    """Let the app offer responses; runs after everything else that changes one."""
    app.after_request(_offer)


def _offer(response: Response) -> Response:
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
        head = "".join(f"{name}: {value}\r\n" for name, value in response.headers if name != "X-Request-Id")
        environ[OFFERED] = Kept(
            version=known["snapshot"].version,
            kind=request.blueprint or "other",
            head=f"{head}\r\n".encode("latin-1"),
            body=response.get_data(),
            fields=lasting(logs.fields_of(response)),
        )
    return response


def lasting(fields: dict[str, Any]) -> dict[str, Any]:
    """What the log will say of the next request of the same bytes: behind a proxy, they name the client too."""
    own = ("ms",) if current_app.config["TRUSTED_PROXIES"] else ("ms", "client")
    return {name: value for name, value in fields.items() if name not in own}


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


def _size(data: bytes, kept: Kept) -> int:
    return len(data) + len(kept.head) + len(kept.body) + 1000
