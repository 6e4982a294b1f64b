"""Clients that ask one service again and again, each in a process of its own, over one connection kept open.

Of an answer only its end is looked for, so that a client takes little of the time that it measures.
"""

import contextlib
import multiprocessing
import os
import socket
import threading
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

#: A service that has not answered by then is broken rather than slow.
_PATIENCE = 600.0


@dataclass(frozen=True)
class Target:
    """Where requests go: `path` takes a POST whose body is the query; `pid` is the process that was started."""

    port: int
    path: str
    pid: int
    form: bool = False
    """The query is sent as a field of a form, for services that take nothing else."""

    def body(self, query: bytes) -> bytes:
        """What is sent for a query."""
        return b"query=" + quote_plus(query).encode() if self.form else query

    @property
    def media_type(self) -> str:
        """What that is."""
        return "application/x-www-form-urlencoded" if self.form else "application/sparql-query"

    def request(self, query: bytes) -> bytes:
        """All the bytes that are sent for a query."""
        body = self.body(query)
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: {self.media_type}\r\nAccept: application/sparql-results+json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass
class Measured:
    """One round: seconds of every request, how long the round took, and the processor time of both sides."""

    latencies: array  # type: ignore[type-arg]
    seconds: float
    client_seconds: float
    service_seconds: float


def varied(text: str) -> Callable[[int], bytes]:
    """A query that is new each time: a number is in its BASE, for the cache of answers passes over comments."""
    template = b"BASE <urn:turn:%010d>\n" + text.encode().replace(b"%", b"%%")
    return lambda number: template % number


def measure(target: Target, query: Callable[[int], bytes], clients: int, seconds: float, first: int) -> Measured:
    """Let some clients ask for a while; each ends with the request that it is at, so that it sends at least one.

    :param query: the text of a query, from a number that no other request of this run has.
    :param first: the first such number.
    :raises RuntimeError: an answer was no 200.
    """
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(clients + 1), context.SimpleQueue()
    processes = [
        context.Process(target=_client, args=(target, query, seconds, first + number * 1_000_000, start, answers))
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    with contextlib.suppress(threading.BrokenBarrierError):
        start.wait()
    begun, used = time.perf_counter(), processor_seconds(target.pid)
    measured = Measured(array("d"), 0.0, 0.0, 0.0)
    failures = []
    for _ in processes:
        latencies, own, failure = answers.get()
        measured.latencies.frombytes(latencies)
        measured.client_seconds += own
        failures += [failure] if failure else []
    measured.seconds = time.perf_counter() - begun
    measured.service_seconds = processor_seconds(target.pid) - used
    for process in processes:
        process.join()
    if failures:
        raise RuntimeError(failures[0])
    return measured


def processor_seconds(pid: int) -> float:
    """Processor time that a process and its children, living or ended, have taken."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = [
            child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()
        ]
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + sum(processor_seconds(int(c)) for c in children)


def _client(target: Target, query: Callable[[int], bytes], seconds: float, first: int, start, answers) -> None:  # type: ignore[no-untyped-def]
    latencies, failure = array("d"), ""
    own = time.process_time()
    try:
        with socket.create_connection(("127.0.0.1", target.port), _PATIENCE) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            start.wait()
            now = time.perf_counter()
            until = now + seconds
            while True:
                connection.sendall(target.request(query(first)))
                _read_answer(connection)
                ended = time.perf_counter()
                latencies.append(ended - now)
                now, first = ended, first + 1
                if now >= until:
                    break
    except (OSError, RuntimeError) as exc:
        failure = f"{target.path} on port {target.port}: {exc}"
        start.abort()
    answers.put((latencies.tobytes(), time.process_time() - own, failure))


def _read_answer(connection: socket.socket) -> None:
    """Read one response whole, by its length or its last chunk."""
    data = connection.recv(1 << 18)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _some(connection)
    head = data[:end].lower()
    if not data.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(data[:300].decode(errors="replace"))
    at = head.find(b"content-length:")
    if at >= 0:
        left = int(head[at + 15 :].split(b"\r\n", 1)[0]) - (len(data) - end - 4)
        while left > 0:
            left -= len(_some(connection))
        return
    # Chunked: JSON never ends like the last chunk does, so no chunk needs to be read by itself.
    last = data[-7:]
    while not last.endswith(b"\r\n0\r\n\r\n"):
        last = (last + _some(connection))[-7:]


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(1 << 18)
    if not data:
        raise RuntimeError("the connection was closed within an answer")
    return data
