"""Queries whose requests differ from an earlier one in the query alone: that is read, and all else is known.

What a request means is worked out once, by gunicorn and the app. A later one with the very same bytes around its
query means the same, so the query runs at once, under the same look, limits and deadline as any other. A short answer
is then written the way that the earlier one was; with any other outcome the app goes on from there.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from threading import Lock, local
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, current_app, g, request

from thidua.base.errors import KnowledgeGraphError
from thidua.engine.query import Caller, Query
from thidua.rdf.scan import scan
from thidua_server.gateway.buffering_worker import PatientWorker
from thidua_server.gateway.response_cache import OFFERED, Kept, Repeats, is_exactly, lasting
from thidua_server.http import caching, context, logs, memento
from thidua_server.http.client_key import counted_as
from thidua_server.http.handover import OFFERED_SHAPE, OUTCOME, Outcome

#: The longest answer written here, the longest of those that a client might want compressed, and the longest head.
_LONGEST: Final = 1 << 20
_NEVER_COMPRESSED: Final = 1000
_HEAD: Final = 4096
_SHAPES: Final = 500
#: The longest line of a request that gunicorn takes, and one whose first parameter is a query.
_LINE: Final = 8190
_GET: Final = re.compile(rb"(GET /[^?# ]*\?query=)([!\"$%'-~]*)((?:&[^# ]*)? HTTP/1\.1\r\n.*)", re.DOTALL)
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
#: Headers that belong to an answer rather than to the shape of its request.
_OWN: Final = ("Content-Length", "ETag", "X-Request-Id", "X-Graph-Version", "Link")


class Parted(NamedTuple):
    """A request's bytes: those around its query, and the query."""

    around: bytes
    query: bytes
    is_get: bool


@dataclass(frozen=True)
class Shape:
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
    head: bytes
    fields: dict[str, Any]


class Direct:
    """Answers what it can for one web process. Safe to use from many threads."""

    def __init__(self, app: Flask, repeats: Repeats) -> None:
        self._app = app
        self._repeats = repeats
        self._limits = context.pool(app).limits
        self._shapes: OrderedDict[bytes, Shape] = OrderedDict()
        self._lock = Lock()

    def learn(self, data: bytes, shape: Shape) -> None:
        """Remember what a request meant."""
        if (parted := part(data)) and len(parted.around) <= _HEAD:
            with self._lock:
                self._shapes[parted.around] = shape
                if len(self._shapes) > _SHAPES:
                    self._shapes.popitem(last=False)

    def answer(self, data: bytes, client: str, connection: int) -> bytes | Outcome | None:
        """The response; or the outcome, for the app to write; or None, if it is for the app to find out."""
        if not self._shapes or (parted := part(data)) is None or (shape := self._shapes.get(parted.around)) is None:
            return None
        begun = time.perf_counter()
        try:
            encoded = unquote_to_bytes(parted.query.replace(b"+", b" ")) if parted.is_get else parted.query
            text = encoded.decode("utf-8-sig")
            query = shape.query.of(scan(text, self._limits, base=shape.query.base))
            snapshot = context.current(self._app).current()
        except (UnicodeDecodeError, KnowledgeGraphError):
            return None
        if not query.repeatable:
            return None
        caller = replace(shape.caller, client=shape.caller.client or counted_as(client), connection=connection)
        try:
            written = snapshot.query(query, caller)
        except Exception as exc:
            return Outcome(snapshot, exc)
        if written.media_type != shape.media_type or not isinstance(written.file, BytesIO):
            return Outcome(snapshot, written)
        body = written.file.getvalue()
        if len(body) >= shape.longest:
            return Outcome(snapshot, written)
        head = f"Content-Length: {len(body)}\r\nX-Graph-Version: {snapshot.version.number}\r\n"
        if parted.is_get:
            raw = data[data.index(b"?") + 1 : data.index(b" HTTP/")].decode()
            head += f'ETag: "{caching.tag(snapshot, shape.path, raw, *shape.representation)}"\r\n'
            links = memento.links(shape.address._replace(query=raw), snapshot.version, "")
            head += "".join(f"Link: {link}\r\n" for link in links)
        fields = {**shape.fields, "bytes": len(body), "version": snapshot.version.number}
        kept = Kept(snapshot.version, "sparql", head.encode() + shape.head, body, fields)
        self._repeats.keep(data, kept)
        return self._repeats.written(kept, client, begun)


def register(app: Flask) -> None:
    """Let the app offer the shapes of requests."""
    app.after_request(_offer)


def _offer(response: Response) -> Response:
    known, environ = vars(g._get_current_object()), request.environ
    # Where a response may be had again, the request asks for nothing but its answer.
    if (
        OFFERED in environ
        and "query" in known
        and response.mimetype == known["media_type"]  # a page shows the answer, and is not it
        and (request.method == "GET" or request.mimetype == "application/sparql-query")
        and "Content-Encoding" not in response.headers
        and not environ.keys() & {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"}
        and not current_app.config["LOG_QUERIES"]
    ):
        caller: Caller = known["caller"]
        head = "".join(f"{name}: {value}\r\n" for name, value in response.headers if name not in _OWN)
        environ[OFFERED_SHAPE] = Shape(
            query=replace(known["query"], text="", scanned=None),
            caller=caller if current_app.config["TRUSTED_PROXIES"] else replace(caller, client=""),
            representation=known["representation"],
            path=caching.place(environ),
            address=caching.address()._replace(query=""),
            media_type=known["media_type"],
            longest=_NEVER_COMPRESSED if environ.get("HTTP_ACCEPT_ENCODING", "identity") != "identity" else _LONGEST,
            head=f"{head}\r\n".encode("latin-1"),
            fields=lasting(logs.fields_of(response)),
        )
    return response


class ShortcutWorker(PatientWorker):
    """A web process that keeps what requests meant; see here and :mod:`thidua_server.gateway.response_cache`."""

    def load_wsgi(self) -> None:
        """Called by gunicorn to make the app."""
        super().load_wsgi()
        self._app = self.app.wsgi()
        self._repeats = Repeats(self._app)
        self._direct = Direct(self._app, self._repeats)
        self._current = local()
        self.wsgi = self._through_the_app

    def worked(self, name: str, seconds: float) -> None:
        context.pool(self._app).charge(name, seconds)

    def answer(self, conn: Any) -> Any:
        """Answer one request from what is known, or let the app."""
        data, known = conn.parser.unreader.take_buffered(), None
        # A process that is to stop tells its clients so, in the usual way.
        if self.alive and isinstance(conn.client, tuple):
            known = self._known(data, conn.client[0], conn.sock.fileno())
            if isinstance(known, bytes):
                conn.sock.sendall(known)
                return True
        conn.parser.unreader.unread(data)
        self._current.data, self._current.outcome = data, known
        return super().answer(conn)

    def _known(self, data: bytes, client: str, connection: int) -> bytes | Outcome | None:
        answer = self._repeats.answer(data, client)
        return self._direct.answer(data, client, connection) if answer is None else answer

    def _through_the_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The app; what it says of a request is kept by the request's bytes."""
        data, outcome = self._current.data, self._current.outcome
        self._current.outcome = None  # whose file a thread would keep until its next request
        if outcome is not None:
            environ[OUTCOME] = outcome
        body: Iterable[bytes] = self._app(environ, start_response)
        kept, shape = environ.get(OFFERED), environ.get(OFFERED_SHAPE)
        if kept is not None and is_exactly(data, environ):
            self._repeats.keep(data, kept)
            if shape is not None:
                self._direct.learn(data, shape)
        return body


def part(data: bytes) -> Parted | None:
    """Part a request into its query and the rest, which must be all that there is; None if it has no such place."""
    end = data.find(b"\r\n\r\n")
    if data.startswith(b"GET "):
        found = _GET.fullmatch(data) if end + 4 == len(data) and data.find(b"\r\n") <= _LINE else None
        return Parted(found[1] + found[3], found[2], True) if found else None
    length = _LENGTH.search(data, 0, end + 2) if data.startswith(b"POST ") else None
    if length is None or int(length[1]) != len(data) - end - 4:
        return None
    return Parted(data[: length.start(1)] + data[length.end(1) : end], data[end + 4 :], False)
