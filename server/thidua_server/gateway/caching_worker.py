"""Caching worker: the buffering worker, with the response cache and the fast path before the app."""

from collections.abc import Callable, Iterable
from threading import local
from typing import Any, Final

from thidua_server.gateway import fast_path, response_cache
from thidua_server.gateway.buffering_worker import BufferingWorker
from thidua_server.gateway.connection import Connection
from thidua_server.gateway.fast_path import FastPath
from thidua_server.gateway.response_cache import ResponseCache, is_exactly
from thidua_server.http import context
from thidua_server.http.handover import OUTCOME, QueryResult

#: What an app shows its finished responses to, for this worker to keep; in this order.
OBSERVERS: Final = (response_cache.offer, fast_path.offer)


class CachingWorker(BufferingWorker):
    """A web process that keeps what requests meant, and what was answered."""

    def load_wsgi(self) -> None:
        """Called by gunicorn to make the app."""
        super().load_wsgi()
        self._flask = self.app.wsgi()
        self._cache = ResponseCache(self._flask)
        self._fast_path = FastPath(self._flask, self._cache)
        self._current = local()
        self.wsgi = self._through_the_app

    def worked(self, key: str, seconds: float) -> None:
        context.pool(self._flask).charge(key, seconds)

    def answer(self, conn: Connection) -> Any:
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

    def _known(self, data: bytes, client: str, connection: int) -> bytes | QueryResult | None:
        found = self._cache.find(data, client)
        return self._fast_path.answer(data, client, connection) if found is None else found

    def _through_the_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The app; what it says of a request is kept by the request's bytes."""
        data, outcome = self._current.data, self._current.outcome
        self._current.outcome = None  # whose file a thread would keep until its next request
        if outcome is not None:
            environ[OUTCOME] = outcome
        body: Iterable[bytes] = self._flask(environ, start_response)
        entry, template = environ.get(response_cache.OFFERED), environ.get(fast_path.OFFERED)
        if entry is not None and is_exactly(data, environ):
            self._cache.keep(data, entry)
            if template is not None:
                self._fast_path.register(data, template)
        return body
