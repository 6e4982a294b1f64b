"""How connections wait for a thread: a request gets one when it has arrived, so a slow client holds none.

gunicorn's own threaded worker gives a thread to whoever has sent one byte, and its main loop waits for each client
to hang up; a few dozen slow clients, or a single one that stays on the line, would stop it. Here the main loop
collects requests and waits for nobody. One client holds so many threads at once, and whoever was told to come back
later and comes at once waits a little. Where there is no room for one more connection, whoever has most of them loses
the one that has been idle longest.
"""

import contextlib
import errno
import re
import selectors
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from gunicorn import util
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from thidua.base.limits import Limits
from thidua_server.http.client_key import counted_as

#: Seconds that a request has to arrive, and that a client has to hang up once it is answered.
_ARRIVAL: Final = 20.0
_GOODBYE: Final = 2.0
#: Seconds that a thread waits for the rest of what is not collected, and for a client to take a piece of an answer.
_REST: Final = 5.0
_SENDING: Final = 30.0
#: Seconds that a thread waits for the next request on its connection.
_SOON: Final = 0.01
#: Seconds that a client waits who was told to come back later, and came at once.
_LATER: Final = 1.0
#: Bytes of a request that are collected: a query and its parameters, not the body of a large write.
_COLLECTED: Final = 320 * 1024
#: Bytes that a request's head may have; the parser has finer limits.
_HEAD: Final = 64 * 1024
#: Connections that one client may have for each thread that it may hold.
_CONNECTIONS: Final = 8
#: When the system has no descriptor for a connection: seconds without new ones, how many fewer it will be from then on,
#: and seconds until that is tried again.
_PAUSE: Final = 0.2
_FEWER: Final = 16
_AGAIN: Final = 60.0
_NO_ROOM: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n", re.IGNORECASE)
_EXPECT: Final = re.compile(rb"\r\nexpect:", re.IGNORECASE)
_WRITE: Final = re.compile(rb"[A-Z]+ /(update|data|curate)[/? ]")
_FORWARDED: Final = re.compile(rb"\r\nx-forwarded-for:([^\r\n]*)", re.IGNORECASE)
_TOKEN: Final = re.compile(rb"\r\nauthorization:", re.IGNORECASE)


def _to_collect(head: bytes) -> int:
    """Bytes of a body to collect; 0 for one that is too large, of unknown size, or sent only when asked for."""
    if _EXPECT.search(head) or not (found := _LENGTH.search(head)):
        return 0
    return length if (length := int(found[1])) <= _COLLECTED else 0


class _Hurried(SocketUnreader):  # type: ignore[misc]
    """Reads from a connection until a moment; after that it is as if the client had hung up.

    Where the next request would begin is unknown from then on.
    """

    until = 0.0
    gave_up = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        usual = self.sock.gettimeout()
        left = self.until - time.monotonic()
        if left <= 0:
            self.gave_up = True
            return b""
        self.sock.settimeout(left if usual is None else min(left, usual))
        try:
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            self.gave_up = True
            return b""
        finally:
            self.sock.settimeout(usual)
        return data


class _Connection(TConn):  # type: ignore[misc]
    """A connection, and what has been collected of its next request."""

    def __init__(self, worker: "PatientWorker", sock: socket.socket, address: Any, server: Any) -> None:
        super().__init__(worker.cfg, sock, address, server)
        # Python's own timeouts take two more calls for each read, and let other threads in between.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, int(1e6 * _SOON)))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(_SENDING), 0))
        self.name = counted_as(address[0]) if isinstance(address, tuple) else ""
        self.asks = self.name
        """Whom the present request is from: behind a proxy, each may be from somebody else."""
        self.since = time.monotonic()
        """When it became idle."""
        self.data_ready = True
        self.received = bytearray()
        self._wanted: int | None = None
        self._seen = 0
        self._worker = worker

    def set_timeout(self) -> None:
        self.since = time.monotonic()
        super().set_timeout()

    def is_whole(self) -> bool:
        """Whether a thread would have nothing to wait for, as far as a glance tells; the parser decides."""
        if self._wanted is None and (end := self.received.find(b"\r\n\r\n", self._seen)) >= 0:
            self._wanted = end + 4 + _to_collect(bytes(self.received[: end + 2]))
        self._seen = max(0, len(self.received) - 3)
        return self._wanted is not None and len(self.received) >= self._wanted

    def is_endless(self) -> bool:
        """Whether it is still in the head, and has been for too long."""
        return self._wanted is None and len(self.received) > _HEAD

    def hand_over(self, seconds: float) -> None:
        """Give what has been collected to the parser, which may wait so many seconds for the rest."""
        self.init()
        if not isinstance(self.parser.unreader, _Hurried):
            self.parser.unreader = _Hurried(self.sock)
        self.parser.unreader.until = time.monotonic() + seconds
        self.parser.unreader.unread(bytes(self.received))
        self.received, self._wanted, self._seen = bytearray(), None, 0

    def take_back(self) -> None:
        """Begin with what the parser has read of the next request already."""
        if self.parser is not None:
            self.received += self.parser.unreader.take_buffered()

    def give_back(self) -> None:
        """Leave what has been collected to the main loop, which looks first at what the parser has."""
        self.parser.unreader.unread(bytes(self.received))
        self.received, self._wanted, self._seen = bytearray(), None, 0

    def wait_in_calls(self) -> None:
        """Let reads and writes wait by themselves, for as long as was set in the beginning."""
        if self.sock.gettimeout() is not None:
            self.sock.setblocking(True)

    def close(self, graceful: bool = False) -> None:
        self._worker.left(self)
        if graceful:
            with contextlib.suppress(OSError):
                self.sock.setblocking(False)
                self.sock.shutdown(socket.SHUT_WR)
                self._worker.linger(self)
                return
        super().close()


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, with a main loop that collects requests and waits for nobody."""

    #: Threads that one client may hold; and how many proxies say whom they speak for.
    share: int | None = None
    proxies = 0
    #: Seconds that the body of a write may take, and whether one without a token is read at all.
    writing = 60.0
    open_writes = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: deque[_Connection] = deque()
        self._lingering: deque[_Connection] = deque()
        self._connections: Counter[str] = Counter()
        self._threads: Counter[str] = Counter()
        self._later: dict[str, float] = {}
        self._taken = 0
        self._paused = 0.0

    def set_accept_enabled(self, enabled: bool) -> None:
        """Refuse connections once asked to stop; left open, the port would keep them waiting for nobody."""
        if enabled and time.monotonic() < self._paused:
            return
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()

    # Collecting requests.

    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except OSError as exc:
            if exc.errno in _NO_ROOM:
                self._pause(exc)
            elif not isinstance(exc, (BlockingIOError, ConnectionError)):
                self.log.warning("a connection was not accepted: %s", exc)
            return
        conn = _Connection(self, client, address, listener.getsockname())
        self.nr_conns += 1
        self._connections[conn.name] += 1
        many = self.share is not None and self._connections[conn.name] > self.share * _CONNECTIONS
        if many and not self.proxies:  # a proxy's connections are everybody's
            self._drop(conn)
            return
        self.enqueue_req(conn)

    def _pause(self, error: OSError) -> None:
        """Accept nobody for a moment, and fewer from then on; at once, the system would only say the same again."""
        now = time.monotonic()
        if now > self._paused + _AGAIN:
            self.log.warning("there is no room for more than %d connections: %s", self.nr_conns, error)
        self._paused = now + _PAUSE
        self.worker_connections = max(_FEWER, self.nr_conns - _FEWER)
        self.set_accept_enabled(False)

    def _make_room(self) -> None:
        """Hang up on connections without a request: of the client who has most, the one that is idle longest."""
        while self.nr_conns >= self.worker_connections and (idle := [*self.keepalived_conns, *self.pending_conns]):
            conn = max(idle, key=lambda each: (self._connections[each.name], not each.received, -each.since))
            (self.keepalived_conns if conn in self.keepalived_conns else self.pending_conns).remove(conn)
            self.poller.unregister(conn.sock)
            self._drop(conn)

    def enqueue_req(self, conn: _Connection) -> None:
        """Collect the next request of a connection; the parser may have read its beginning."""
        conn.take_back()
        conn.sock.setblocking(False)
        conn.since = time.monotonic()
        conn.timeout = conn.since + _ARRIVAL
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
        self.on_pending_socket_readable(conn, conn.sock)

    def on_pending_socket_readable(self, conn: _Connection, client: socket.socket) -> None:
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
                self._refuse(conn, 431, "The head of the request is too long.")
            elif not self._start(conn):
                self._held.append(conn)

    def murder_pending(self) -> None:
        now = time.monotonic()
        while self.pending_conns and (conn := self.pending_conns[0]).timeout <= now:
            self.pending_conns.popleft()
            self.poller.unregister(conn.sock)
            if conn.received:
                self._refuse(conn, 408, "The request took too long to arrive.")
            else:
                self._drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """A stopping worker waits as little for requests that have only begun to arrive."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def _refuse(self, conn: _Connection, status: int, detail: str) -> None:
        with contextlib.suppress(OSError):
            util.write_error(conn.sock, status, HTTPStatus(status).phrase, detail)
        self._drop(conn, graceful=True)

    def _drop(self, conn: _Connection, *, graceful: bool = False) -> None:
        self.nr_conns -= 1
        conn.close(graceful)

    def left(self, conn: _Connection) -> None:
        """A client has one connection less."""
        _count_down(self._connections, conn.name)

    # Giving them threads.

    def _start(self, conn: _Connection) -> bool:
        """Give a connection a thread, if its client may have one more now."""
        conn.asks = self._asks(conn)
        full = self.share is not None and self._threads[conn.asks] >= self.share
        if self.alive and self.share is not None and (full or self._is_to_wait(conn)):
            return False
        self._threads[conn.asks] += 1
        self._taken += 1
        self._hand_over(conn)
        super().enqueue_req(conn)
        return True

    def _asks(self, conn: _Connection) -> str:
        """Whom a request is from: behind proxies, whom the outermost of ours names, as the app counts them."""
        if not self.proxies:
            return conn.name
        end = conn.received.find(b"\r\n\r\n") + 2
        given = b",".join(_FORWARDED.findall(conn.received, 0, end)).decode("latin-1")
        named = given.split(",") if given else []
        return counted_as(named[-self.proxies].strip()) if len(named) >= self.proxies else conn.name

    def _hand_over(self, conn: _Connection) -> None:
        conn.hand_over(self._patience(conn.received))

    def _patience(self, received: bytearray) -> float:
        """Seconds that a thread waits for what is not collected; a large write that nobody signs is not waited for."""
        if not _WRITE.match(received):
            return _REST
        return self.writing if self.open_writes or _TOKEN.search(received, 0, received.find(b"\r\n\r\n") + 2) else 0.0

    def handle(self, conn: _Connection) -> Any:
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
            self.worked(conn.asks, time.thread_time() - began)

    def worked(self, name: str, seconds: float) -> None:
        """Told how long this process computed for a client: parsing, tables, compression, sending."""

    def answer(self, conn: _Connection) -> Any:
        """Answer one request; tells whether the connection is kept."""
        return super().handle(conn) and not conn.parser.unreader.gave_up

    def _goes_on(self, conn: _Connection) -> bool:
        """Whether the next request is there whole, unless somebody else should have the thread."""
        crowded = self._held or self._taken > self.cfg.threads // 2
        if not self.alive or crowded or self._is_to_wait(conn) or conn.parser.unreader.buf.getvalue():
            return False
        conn.wait_in_calls()
        with contextlib.suppress(OSError):  # nothing came; or something is wrong, and the main loop will see it
            conn.received += conn.sock.recv(1 << 16)
        if conn.is_whole() and self._asks(conn) == conn.asks:
            self._hand_over(conn)
            return True
        conn.give_back()
        return False

    def _keepalive_after(self, conn: _Connection, keepalive: Any) -> bool:
        """Whether the connection is kept: what has not come yet of an answered request's body is not waited for."""
        conn.parser.unreader.until = 0.0
        return bool(super()._keepalive_after(conn, keepalive))

    def handle_request(self, req: Any, conn: _Connection) -> Any:
        conn.sock.settimeout(_SENDING)
        return super().handle_request(req, conn)

    def finish_request(self, conn: _Connection, fs: "Future[Any]") -> None:
        _count_down(self._threads, conn.asks)
        self._taken -= 1
        super().finish_request(conn, fs)

    def _is_to_wait(self, conn: _Connection) -> bool:
        return self._later.get(conn.asks, 0.0) > time.monotonic()

    def told_to_wait(self, name: str) -> None:
        """Note that a client was refused for now."""
        self._later[name] = time.monotonic() + _LATER

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        soon = 0.05 if self._held else _PAUSE if time.monotonic() < self._paused else timeout
        super().wait_for_and_dispatch_events(min(timeout, soon))
        for _ in range(len(self._held)):
            if not self._start(conn := self._held.popleft()):
                self._held.append(conn)
        self._make_room()
        now = time.monotonic()
        if now > self._paused + _AGAIN:
            self.worker_connections = self.cfg.worker_connections
        while self._lingering and self._lingering[0].timeout <= now:
            self._hang_up(self._lingering[0])
        if len(self._later) > 1000:
            self._later = {name: until for name, until in self._later.items() if until > now}

    # Hanging up. A client that is still sending would lose the end of its answer, so what it sends is read a while.

    def linger(self, conn: _Connection) -> None:
        """Wait for a client to hang up, but not for long."""
        conn.timeout = time.monotonic() + _GOODBYE
        self._lingering.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn: _Connection, client: socket.socket) -> None:
        try:
            if client.recv(1 << 16):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._hang_up(conn)

    def _hang_up(self, conn: _Connection) -> None:
        self._lingering.remove(conn)
        self.poller.unregister(conn.sock)
        util.close(conn.sock)


def _count_down(counter: Counter[str], name: str) -> None:
    counter[name] -= 1
    if counter[name] <= 0:
        del counter[name]


def fair(
    base: type[PatientWorker], limits: Limits, *, proxies: int = 0, open_writes: bool = False
) -> tuple[type[PatientWorker], Callable[..., None]]:
    """A service's class of web process, and what it does after each request.

    :param base: what it does beside sharing out its threads.
    :param proxies: so many stand in front and say whom they speak for; connections are theirs to share out.
    :param open_writes: whoever writes needs no token.
    """
    share = limits.running + limits.waiting + 2
    settings = {"share": share, "proxies": proxies, "writing": limits.write_timeout, "open_writes": open_writes}
    worker = type("Worker", (base,), settings)

    def after(worker: PatientWorker, request: Any, environ: dict[str, Any], response: Any) -> None:
        if response is not None and any(name.lower() == "retry-after" for name, _ in response.headers):
            worker.told_to_wait(counted_as(environ.get("REMOTE_ADDR", "")))

    return worker, after
