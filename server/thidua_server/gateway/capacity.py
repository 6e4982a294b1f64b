"""Connection capacity: an idle connection makes room for a new one, and a system that has no room is asked later."""

import errno
import time
from collections.abc import Callable, Mapping
from typing import Final

from gunicorn.workers.gthread import ThreadWorker

from thidua_server.gateway.connection import Connection

#: When the system has no descriptor for a connection: seconds without new ones, how many fewer it will be from then on,
#: and seconds until that is tried again.
PAUSE: Final = 0.2
_FEWER: Final = 16
_AGAIN: Final = 60.0
_NO_ROOM: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Capacity:
    """How many connections there may be, and which gives way to the next.

    :param held: how many each client has, by its rate-limit key.
    :param drop: hangs up on one.
    """

    def __init__(self, worker: ThreadWorker, held: Mapping[str, int], drop: Callable[[Connection], None]) -> None:
        self._worker, self._held, self._drop = worker, held, drop
        self._paused_until = 0.0

    def is_paused(self) -> bool:
        """Whether nobody is accepted at this moment."""
        return time.monotonic() < self._paused_until

    def refused(self, error: OSError) -> None:
        """Told why a connection was not accepted.

        Where the system has no room, nobody is accepted for a moment, and fewer from then on; at once, it would only
        say the same again.
        """
        worker, now = self._worker, time.monotonic()
        if error.errno not in _NO_ROOM:
            if not isinstance(error, (BlockingIOError, ConnectionError)):
                worker.log.warning("a connection was not accepted: %s", error)
            return
        if now > self._paused_until + _AGAIN:
            worker.log.warning("there is no room for more than %d connections: %s", worker.nr_conns, error)
        self._paused_until = now + PAUSE
        worker.worker_connections = max(_FEWER, worker.nr_conns - _FEWER)
        worker.set_accept_enabled(False)

    def make_room(self) -> None:
        """Hang up on connections without a request: of the client who has most, the one that is idle longest."""
        worker = self._worker
        if time.monotonic() > self._paused_until + _AGAIN:
            worker.worker_connections = worker.cfg.worker_connections
        while worker.nr_conns >= worker.worker_connections and (
            idle := [*worker.keepalived_conns, *worker.pending_conns]
        ):
            conn = max(idle, key=lambda each: (self._held[each.peer], not each.received, -each.since))
            (worker.keepalived_conns if conn in worker.keepalived_conns else worker.pending_conns).remove(conn)
            worker.poller.unregister(conn.sock)
            self._drop(conn)
