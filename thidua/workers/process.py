"""One worker process, seen from its parent: started, asked, waited for, killed."""

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, Final

from thidua.base.sandbox import UNISOLATED
from thidua.workers.query_worker import LOWER
from thidua.workers.wire import decode_error, receive, send

#: What of the environment a worker needs; tokens and passwords stay behind.
_ENVIRONMENT: Final = (UNISOLATED, "PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR", "HOME")


#: Seconds that a worker may take over the rest of a message that it has begun to send.
_STALLED: Final = 10


class StillRunning(Exception):
    """The worker has been at it for as long as was asked for; it goes on."""


class Worker:
    """A process that answers one request at a time."""

    def __init__(self, module: str, *arguments: object, environment: Mapping[str, str] | None = None) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), *map(str, arguments)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
                # Each thread's heap would reserve address space that the limit counts.
                | {"MALLOC_ARENA_MAX": "1"}
                | dict(environment or {}),
                # A group of its own, which Ctrl+C does not reach; but no session, for Linux weighs sessions against
                # each other first, and a low priority within one would say nothing.
                process_group=0,
            )
        self._sock = ours
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _STALLED, 0))
        self._ready = False
        self.begun = time.monotonic()
        """When it began on the request it has; its own start is not the request's time."""
        self._cpu = 0.0
        self._thread: int | None = None
        self._yields = False
        self.cost = 0.0
        """Seconds of computing that its start took."""
        self.isolation = ""

    def ask(
        self, head: dict[str, Any], body: bytes, until: float, connection: int | None, pause: float | None
    ) -> tuple[dict[str, Any], IO[bytes]]:
        """Send a request and wait for its answer.

        :param pause: after so many seconds of work :class:`StillRunning` is raised; then call :meth:`wait`.
        """
        self._begin()
        self._yields = False
        try:
            send(self._sock, head, body)
        except OSError as exc:
            raise EOFError from exc
        return self.wait(until, connection, pause)

    def wait(
        self, until: float, connection: int | None, pause: float | None = None
    ) -> tuple[dict[str, Any], IO[bytes]]:
        """Wait for the answer; raises TimeoutError, ConnectionError (the client left), EOFError (the worker died)."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        if connection is not None:
            poll.register(connection, select.POLLRDHUP)
        while True:
            now = time.monotonic()
            if now >= until:
                raise TimeoutError
            wake = until
            if pause is not None and self._ready:
                if now >= self.begun + pause:
                    raise StillRunning
                wake = min(until, self.begun + pause)
            ready = poll.poll(1000 * (wake - now) + 1)
            if any(descriptor == connection for descriptor, _ in ready):
                raise ConnectionError
            if ready:
                try:
                    head, content, file = receive(self._sock)
                except OSError as exc:
                    raise EOFError from exc
                if "ready" in head:
                    if not self._ready:
                        self._begin()
                        self.cost = self._cpu
                    self._ready, self.isolation, self._thread = True, head["isolation"], head.get("thread")
                    if self._yields:
                        self.yield_priority()
                    continue
                return head, BytesIO(content) if file is None else os.fdopen(file, "rb")

    def _begin(self) -> None:
        self.begun, self._cpu = time.monotonic(), self._cpu_seconds()

    def effort(self) -> float:
        """Seconds of computing that the present request took so far, however busy the machine is."""
        return self._cpu_seconds() - self._cpu

    def _cpu_seconds(self) -> float:
        try:
            # How Linux numbers the clock of another process; see clock_getcpuclockid(3).
            return time.clock_gettime(~self.process.pid << 3 | 2)
        except OSError:
            return self._cpu

    def is_alive(self) -> bool:
        """Whether it has not ended by itself, or by somebody else's hand."""
        return self.process.poll() is None

    def kill(self) -> int:
        """End the process at once; returns what it ended with."""
        self.process.kill()
        self._sock.close()
        return self.process.wait()

    def yield_priority(self) -> None:
        """Let everybody else go first, until the query that runs has its answer."""
        self._yields = True
        if self._thread is not None:
            with contextlib.suppress(OSError):
                usual = os.getpriority(os.PRIO_PROCESS, self._thread)
                os.setpriority(os.PRIO_PROCESS, self._thread, usual + LOWER)

    def resident(self) -> int:
        """Bytes of memory that it holds."""
        try:
            with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:  # noqa: PTH123 - read often
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0


def ending(code: int) -> str:
    """How a process ended, in words: ``SIGKILL``, ``exit code 1``."""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"


def ask_once(module: str, head: dict[str, Any], body: bytes, patience: float) -> tuple[dict[str, Any], bytes]:
    """Start a worker for one request, and end it: the head of its answer, and the body.

    :param patience: seconds for starting and answering.
    :raises KnowledgeGraphError: the worker answers with one.
    :raises TimeoutError: it takes longer.
    :raises EOFError: it died.
    """
    worker = Worker(module)
    try:
        told, file = worker.ask(head, body, time.monotonic() + patience, None, None)
        content = file.read()
    finally:
        worker.kill()
    if error := decode_error(told):
        raise error
    return told, content
