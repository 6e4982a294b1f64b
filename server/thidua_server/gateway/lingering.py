"""Lingering close: a client that is still sending would lose the end of its answer, so it is read from a while."""

import selectors
import socket
import time
from collections import deque
from functools import partial
from typing import Final

from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

from thidua_server.gateway.connection import Connection

#: Seconds that a client has to hang up once it is answered.
_GOODBYE: Final = 2.0


class LingeringClose:
    """Connections whose clients have been answered, and have yet to hang up."""

    def __init__(self, worker: ThreadWorker) -> None:
        self._worker = worker
        self._connections: deque[Connection] = deque()

    def begin(self, conn: Connection) -> None:
        """Wait for a client to hang up, but not for long."""
        conn.timeout = time.monotonic() + _GOODBYE
        self._connections.append(conn)
        self._worker.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))

    def expire(self) -> None:
        """Hang up on those that had their time."""
        now = time.monotonic()
        while self._connections and self._connections[0].timeout <= now:
            self._end(self._connections[0])

    def _drain(self, conn: Connection, client: socket.socket) -> None:
        try:
            if client.recv(1 << 16):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        self._connections.remove(conn)
        self._worker.poller.unregister(conn.sock)
        util.close(conn.sock)
