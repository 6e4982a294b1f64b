"""Buffered connections: what has arrived of a connection's next request, and a reader with a deadline for the rest."""

import contextlib
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Final

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

from thidua.base.client_key import client_key
from thidua_server.gateway import request_head

#: Seconds that a thread waits for a client to take a piece of an answer, and for the next request on its connection.
SENDING: Final = 30.0
_NEXT_REQUEST: Final = 0.01


class DeadlineReader(SocketUnreader):  # type: ignore[misc]
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


class Connection(TConn):  # type: ignore[misc]
    """A connection, and what has been collected of its next request.

    :param ended: told when it is closed.
    :param linger: waits for its client to hang up.
    """

    def __init__(
        self,
        cfg: Any,
        sock: socket.socket,
        address: Any,
        server: Any,
        ended: Callable[["Connection"], None],
        linger: Callable[["Connection"], None],
    ) -> None:
        super().__init__(cfg, sock, address, server)
        # Python's own timeouts take two more calls for each read, and let other threads in between.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, int(1e6 * _NEXT_REQUEST)))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(SENDING), 0))
        self.peer = client_key(address[0]) if isinstance(address, tuple) else ""
        """Rate-limit key of the other end."""
        self.asker = self.peer
        """Rate-limit key of whom the present request is from: behind a proxy, each may be from somebody else."""
        self.since = time.monotonic()
        """When it became idle."""
        self.data_ready = True
        self.received = bytearray()
        self._wanted: int | None = None
        self._seen = 0
        self._ended, self._linger = ended, linger

    def set_timeout(self) -> None:
        self.since = time.monotonic()
        super().set_timeout()

    def is_whole(self) -> bool:
        """Whether a thread would have nothing to wait for, as far as a glance tells; the parser decides."""
        if self._wanted is None and (end := self.received.find(b"\r\n\r\n", self._seen)) >= 0:
            self._wanted = end + 4 + request_head.to_collect(bytes(self.received[: end + 2]))
        self._seen = max(0, len(self.received) - 3)
        return self._wanted is not None and len(self.received) >= self._wanted

    def is_endless(self) -> bool:
        """Whether it is still in the head, and has been for too long."""
        return self._wanted is None and len(self.received) > request_head.LONGEST

    def hand_over(self, seconds: float) -> None:
        """Give what has been collected to the parser, which may wait so many seconds for the rest."""
        self.init()
        if not isinstance(self.parser.unreader, DeadlineReader):
            self.parser.unreader = DeadlineReader(self.sock)
        self.parser.unreader.until = time.monotonic() + seconds
        self.give_back()

    def take_back(self) -> None:
        """Begin with what the parser has read of the next request already."""
        if self.parser is not None:
            self.received += self.parser.unreader.take_buffered()

    def give_back(self) -> None:
        """Leave what has been collected to the parser, where the main loop looks as well."""
        self.parser.unreader.unread(bytes(self.received))
        self.received, self._wanted, self._seen = bytearray(), None, 0

    def wait_in_calls(self) -> None:
        """Let reads and writes wait by themselves, for as long as was set in the beginning."""
        if self.sock.gettimeout() is not None:
            self.sock.setblocking(True)

    def close(self, graceful: bool = False) -> None:
        self._ended(self)
        if graceful:
            with contextlib.suppress(OSError):
                self.sock.setblocking(False)
                self.sock.shutdown(socket.SHUT_WR)
                self._linger(self)
                return
        super().close()
