"""Buffering worker: gunicorn's threaded worker, where a request gets a thread only when it has arrived.

gunicorn's own gives a thread to whoever has sent one byte, and its main loop waits for each client to hang up; a few
dozen slow clients, or a single one that stays on the line, would stop it. Here the main loop collects requests and
waits for nobody. One client holds so many threads at once, and whoever was told to come back later and comes at once
waits a little. Where there is no room for one more connection, whoever has most of them loses the one that has been
idle longest.
"""

import contextlib
import selectors
import socket
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

from thidua.base.client_key import client_key
from thidua_server.gateway import refusal, request_head
from thidua_server.gateway.capacity import PAUSE, Capacity
from thidua_server.gateway.connection import SENDING, Connection
from thidua_server.gateway.fairness import Fairness, Policy
from thidua_server.gateway.lingering import LingeringClose

#: Seconds that a request has to arrive.
_ARRIVAL: Final = 20.0
#: Seconds that a thread waits for the rest of what is not collected.
_REST: Final = 5.0
#: Seconds until those that wait for a thread are looked at again.
_SOON: Final = 0.05


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, with a main loop that collects requests and waits for nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._policy: Policy = self.app.policy
        self.fairness = Fairness(self._policy)
        self._lingering = LingeringClose(self)
        self._capacity = Capacity(self, self.fairness.connections, self._drop)
        self._held: deque[Connection] = deque()

    # The main loop: collecting requests.

    def set_accept_enabled(self, enabled: bool) -> None:
        """Refuse connections once asked to stop; left open, the port would keep them waiting for nobody."""
        if enabled and self._capacity.is_paused():
            return
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()

    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except OSError as exc:
            self._capacity.refused(exc)
            return
        server = listener.getsockname()
        conn = Connection(self.cfg, client, address, server, self._ended, self._lingering.begin)
        self.nr_conns += 1
        if self.fairness.connect(conn.peer):
            self.enqueue_req(conn)
        else:
            self._drop(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Collect the next request of a connection; the parser may have read its beginning."""
        conn.take_back()
        conn.sock.setblocking(False)
        conn.since = time.monotonic()
        conn.timeout = conn.since + _ARRIVAL
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
        self.on_pending_socket_readable(conn, conn.sock)

    def on_pending_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        gone = False
        try:
            data = client.recv(1 << 16)
            conn.received += data
            gone = not data
        except BlockingIOError:
            pass
        except OSError:
            gone = True
        if gone or conn.is_whole() or conn.is_endless():
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            if gone:
                self._drop(conn)
            elif conn.is_endless():
                self._refuse(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too long.")
            elif not self._start(conn):
                self._held.append(conn)

    def murder_pending(self) -> None:
        now = time.monotonic()
        while self.pending_conns and (conn := self.pending_conns[0]).timeout <= now:
            self.pending_conns.popleft()
            self.poller.unregister(conn.sock)
            if conn.received:
                self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT, "The request took too long to arrive.")
            else:
                self._drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """A stopping worker waits as little for requests that have only begun to arrive."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        soon = _SOON if self._held else PAUSE if self._capacity.is_paused() else timeout
        super().wait_for_and_dispatch_events(min(timeout, soon))
        for _ in range(len(self._held)):
            if not self._start(conn := self._held.popleft()):
                self._held.append(conn)
        self._capacity.make_room()
        self._lingering.expire()
        self.fairness.forget()

    def _refuse(self, conn: Connection, status: HTTPStatus, detail: str) -> None:
        with contextlib.suppress(OSError):
            refusal.write(conn.sock, status, status.phrase, detail)
        self._drop(conn, graceful=True)

    def _drop(self, conn: Connection, *, graceful: bool = False) -> None:
        """Hang up; gracefully, its client may first read what it was told."""
        self.nr_conns -= 1
        conn.close(graceful)

    def _ended(self, conn: Connection) -> None:
        self.fairness.disconnect(conn.peer)

    # Giving requests threads.

    def _start(self, conn: Connection) -> bool:
        """Give a connection a thread, if its client may have one more now."""
        conn.asker = self._asker(conn)
        if self.alive and not self.fairness.may_start(conn.asker):
            return False
        self.fairness.start(conn.asker)
        conn.hand_over(self._patience(conn.received))
        super().enqueue_req(conn)
        return True

    def finish_request(self, conn: Connection, fs: "Future[Any]") -> None:
        self.fairness.end(conn.asker)
        super().finish_request(conn, fs)

    def _asker(self, conn: Connection) -> str:
        """Whom a request is from: behind proxies, whom the outermost of ours names, as the app counts them."""
        proxies = self._policy.proxies
        named = request_head.forwarded_for(conn.received, proxies) if proxies else None
        return conn.peer if named is None else client_key(named)

    def _patience(self, received: bytearray) -> float:
        """Seconds that a thread waits for what is not collected; a large write that nobody signs is not waited for."""
        if not request_head.is_write(received):
            return _REST
        return self._policy.write_timeout if self._policy.open_writes or request_head.has_token(received) else 0.0

    # In a thread.

    def handle(self, conn: Connection) -> Any:
        """Answer a request, in a thread, and those that follow it at once.

        To hand a connection to the main loop and back takes longer than to answer a short query.
        """
        conn.wait_in_calls()
        began = time.thread_time()
        try:
            while (kept := self.answer(conn)) is True and self._goes_on(conn):
                pass
            return kept
        finally:
            self.worked(conn.asker, time.thread_time() - began)

    def worked(self, key: str, seconds: float) -> None:
        """Told how long this process computed for a client: parsing, tables, compression, sending."""

    def answer(self, conn: Connection) -> Any:
        """Answer one request; tells whether the connection is kept."""
        return super().handle(conn) and not conn.parser.unreader.gave_up

    def _goes_on(self, conn: Connection) -> bool:
        """Whether the next request is there whole, unless somebody else should have the thread."""
        crowded = self._held or self.fairness.busy > self.cfg.threads // 2
        if not self.alive or crowded or self.fairness.backs_off(conn.asker) or conn.parser.unreader.buf.getvalue():
            return False
        conn.wait_in_calls()
        with contextlib.suppress(OSError):  # nothing came; or something is wrong, and the main loop will see it
            conn.received += conn.sock.recv(1 << 16)
        if conn.is_whole() and self._asker(conn) == conn.asker:
            conn.hand_over(self._patience(conn.received))
            return True
        conn.give_back()
        return False

    def _keepalive_after(self, conn: Connection, keepalive: Any) -> bool:
        """Whether the connection is kept: what has not come yet of an answered request's body is not waited for."""
        conn.parser.unreader.until = 0.0
        return bool(super()._keepalive_after(conn, keepalive))

    def handle_request(self, req: Any, conn: Connection) -> Any:
        conn.sock.settimeout(SENDING)
        return super().handle_request(req, conn)


def after_request(worker: BufferingWorker, request: Any, environ: dict[str, Any], response: Any) -> None:
    """Have whoever is refused for now back off; gunicorn's hook ``post_request``."""
    if response is not None and any(name.lower() == "retry-after" for name, _ in response.headers):
        worker.fairness.back_off(client_key(environ.get("REMOTE_ADDR", "")))
