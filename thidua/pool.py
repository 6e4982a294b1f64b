"""The pool of worker processes that strangers' queries run in, and who may use it when.

A query has a deadline from its arrival on. It starts in one of a few *fast places*; when it lasts, it moves to a
*slow place* at low priority, so short queries always find somewhere to run. When no slow place is free it is
stopped, and begins again as soon as one is; a query that has been slow once waits for a slow place at once.
"""

import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from itertools import count
from typing import IO, Any, Final, Literal

from thidua import errors
from thidua.errors import (
    BudgetError,
    BusyError,
    KnowledgeGraphError,
    NotAcceptableError,
    QueryCancelledError,
    QueryMemoryError,
    QuerySyntaxError,
    QueryTimeoutError,
    RdfSyntaxError,
)
from thidua.limits import Limits
from thidua.worker import LOWER, receive, send

log = logging.getLogger(__name__)

Lane = Literal["fast", "slow"]
_TICK: Final = 0.1
#: Queries remembered as slow.
_REMEMBERED: Final = 10_000
#: What of the environment a worker needs; tokens and passwords stay behind.
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR", "HOME")


@dataclass(frozen=True)
class Caller:
    """Who asks: a name to count by, the descriptor of their connection, and a timeout lower than the limit's."""

    client: str = "local"
    connection: int | None = None
    timeout: float | None = None


@dataclass
class Running:
    """A query on its way."""

    number: int
    client: str
    text: str
    started: float
    until: float
    state: Literal["waiting", "fast", "slow"] = "waiting"
    cancelled: bool = False
    seconds: float = 0.0
    """Time it has spent in a worker."""
    process: subprocess.Popen[bytes] | None = None


class _StillRunning(Exception):
    """The query has used up its time in a fast place."""


class Worker:
    """One worker process, seen from its parent."""

    def __init__(self, module: str, *arguments: object) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), *map(str, arguments)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
                # Each thread's heap would reserve address space that the limit counts.
                | {"MALLOC_ARENA_MAX": "1"},
                start_new_session=True,
            )
        self._sock = ours
        self._thread: int | None = None
        self._yields = False
        self.isolation = ""

    def ask(
        self, head: dict[str, Any], body: bytes, until: float, connection: int | None, pause: float | None
    ) -> tuple[dict[str, Any], IO[bytes]]:
        """Send a request and wait for its answer.

        :param pause: when to stop waiting for a moment, by raising `_StillRunning`; then call :meth:`wait`.
        """
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
            if pause is not None and now >= pause:
                raise _StillRunning
            ready = poll.poll(1000 * (min(until, pause or until) - now) + 1)
            if any(descriptor == connection for descriptor, _ in ready):
                raise ConnectionError
            if ready:
                self._sock.settimeout(max(until - time.monotonic(), 1.0))
                try:
                    head, content, file = receive(self._sock)
                except OSError as exc:
                    raise EOFError from exc
                if "ready" in head:
                    self.isolation = head["isolation"]
                    self._thread = head.get("thread")
                    if self._yields:
                        self.yield_priority()
                    continue
                return head, BytesIO(content) if file is None else os.fdopen(file, "rb")

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
        """Bytes of memory that it occupies."""
        return _resident(self.process.pid)


@dataclass
class _Bucket:
    """What a client may still use, in seconds of query time."""

    left: float
    at: float


@dataclass
class PoolState:
    """What an operator wants to see."""

    workers: int
    running: int
    waiting: int
    isolation: str
    memory: int
    """Resident bytes of all workers."""


class QueryPool:
    """Runs queries in workers. Safe to use from many threads; make one per web process, after forking."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._condition = threading.Condition()
        self._numbers = count(1)
        self._queries: dict[int, Running] = {}
        self._waiting: list[tuple[Running, Lane]] = []
        self._busy: Counter[str] = Counter()
        self._of_client: Counter[str] = Counter()
        self._buckets: dict[str, _Bucket] = {}
        self._slow: OrderedDict[bytes, None] = OrderedDict()
        self._idle: list[Worker] = []
        self._workers: set[Worker] = set()
        self._closed = False
        self.isolation = ""
        for _ in range(self.limits.fast_places):
            self._idle.append(self._start())

    def run(self, head: dict[str, Any], body: bytes, caller: Caller) -> tuple[dict[str, Any], IO[bytes]]:
        """Run one request of :mod:`thidua.worker` and return its whole answer.

        :raises LimitError: it met a limit; nothing of the answer is left anywhere.
        :raises QueryCancelledError: the client left, or the operator stopped it.
        :raises KnowledgeGraphError: what the query itself did wrong.
        """
        started = time.monotonic()
        seconds = min(caller.timeout or self.limits.timeout, self.limits.timeout)
        query = Running(next(self._numbers), caller.client, body.decode("utf-8", "replace"), started, started + seconds)
        self._check_budget(query)
        with self._condition:
            self._queries[query.number] = query
        try:
            reply, file = self._run(query, head, body, caller.connection)
        except TimeoutError as exc:
            raise QueryTimeoutError(
                f"The query did not end within {seconds:g} s; ask for less, or add a LIMIT.", "timeout"
            ) from exc
        except ConnectionError as exc:
            raise QueryCancelledError("The client left before the answer was ready.") from exc
        finally:
            with self._condition:
                del self._queries[query.number]
                self._charge(query)
        if "error" in reply:
            raise error_of(reply, self.limits)
        return reply, file

    def _run(
        self, query: Running, head: dict[str, Any], body: bytes, connection: int | None
    ) -> tuple[dict[str, Any], IO[bytes]]:
        lane: Lane = "slow" if self._slow and _key(head, body) in self._slow else "fast"
        while True:
            with self._place(query, lane, connection), self._worker(query) as worker:
                begun = time.monotonic()
                try:
                    if lane == "slow":
                        return worker.ask(head | {"low": True}, body, query.until, connection, None)
                    pause = begun + self.limits.slow_after
                    try:
                        return worker.ask(head | {"low": False}, body, query.until, connection, pause)
                    except _StillRunning:
                        self._remember(_key(head, body))
                        if not self._move_to_slow(query):
                            lane = "slow"
                            raise
                        worker.yield_priority()
                        return worker.wait(query.until, connection)
                except _StillRunning:
                    worker.kill()
                finally:
                    query.seconds += time.monotonic() - begun

    @contextmanager
    def _worker(self, query: Running) -> Iterator[Worker]:
        """A worker for one query: put back afterwards, or killed if the query went wrong."""
        with self._condition:
            worker = self._idle.pop() if self._idle else self._start()
            query.process = worker.process
        try:
            yield worker
        except EOFError:
            code = self._discard(worker)
            if query.cancelled:
                raise QueryCancelledError("The operator stopped this query.") from None
            log.warning("worker=%s ended with %s", worker.process.pid, code)
            raise QueryMemoryError(
                f"The query ended its worker ({_signal(code)}): most likely it needed more than "
                f"{self.limits.memory} MiB of memory. Ask for less.", "memory",
            ) from None  # fmt: skip
        except BaseException:
            self._discard(worker)
            raise
        finally:
            query.process = None
            # A long query may leave much memory behind, which the next one would lack.
            swollen = query.state == "slow" and worker.resident() > self.limits.memory * 1024 * 1024 / 4
            if worker in self._workers and (swollen or worker.process.poll() is not None):
                self._discard(worker)
            spare = None
            with self._condition:
                self.isolation = worker.isolation or self.isolation
                if worker in self._workers:
                    self._idle.append(worker)
                if len(self._idle) > self.limits.fast_places:
                    spare = self._idle.pop(0)
                while len(self._idle) < self.limits.fast_places - self._busy["fast"] and not self._closed:
                    self._idle.append(self._start())
            if spare is not None:
                self._discard(spare)

    def _start(self) -> Worker:
        megabyte = 1_000_000
        worker = Worker("thidua.worker", self.limits.memory * 1024 * 1024, self.limits.answer * megabyte)
        self._workers.add(worker)
        return worker

    def _discard(self, worker: Worker) -> int:
        with self._condition:
            self._workers.discard(worker)
        return worker.kill()

    # Who may run, and when.

    @contextmanager
    def _place(self, query: Running, lane: Lane, connection: int | None) -> Iterator[None]:
        entry = (query, lane)
        with self._condition:
            if not self._may_start(entry):
                self._refuse_if_full(query)
                self._waiting.append(entry)
                try:
                    self._wait(entry, connection)
                finally:
                    self._waiting.remove(entry)
            query.state = lane
            self._busy[lane] += 1
            self._of_client[query.client] += 1
        try:
            yield
        finally:
            with self._condition:
                self._busy[query.state] -= 1
                self._of_client[query.client] -= 1
                query.state = "waiting"
                self._condition.notify_all()

    def _wait(self, entry: tuple[Running, Lane], connection: int | None) -> None:
        query = entry[0]
        while not self._may_start(entry):
            left = query.until - time.monotonic()
            if query.cancelled:
                raise QueryCancelledError("The operator stopped this query.")
            if left <= 0:
                raise BusyError("The query waited for its turn until its time was up; try again later.", "timeout", 10)
            self._condition.wait(min(left, _TICK))
            if connection is not None and _left(connection):
                raise ConnectionError

    def _may_start(self, entry: tuple[Running, Lane]) -> bool:
        query, lane = entry
        places = self.limits.fast_places if lane == "fast" else self.limits.slow_places
        if self._busy[lane] >= places or self._of_client[query.client] >= self.limits.running:
            return False
        # First come, first served, but nobody waits behind a client who has enough running.
        for other, other_lane in self._waiting:
            if other is query:
                return True
            if other_lane == lane and self._of_client[other.client] < self.limits.running:
                return False
        return True

    def _refuse_if_full(self, query: Running) -> None:
        if sum(other.client == query.client for other, _ in self._waiting) >= self.limits.waiting:
            raise BudgetError(
                f"{self.limits.running} queries of yours run and {self.limits.waiting} wait already; "
                f"send the next when one has ended.", "waiting", 1,
            )  # fmt: skip
        if len(self._waiting) >= self.limits.queue:
            raise BusyError("Too many queries wait already; try again in a few seconds.", "queue", 5)

    def _move_to_slow(self, query: Running) -> bool:
        with self._condition:
            if self._busy["slow"] >= self.limits.slow_places:
                return False
            self._busy["fast"] -= 1
            self._busy["slow"] += 1
            query.state = "slow"
            self._condition.notify_all()
            return True

    def _remember(self, key: bytes) -> None:
        with self._condition:
            self._slow[key] = None
            if len(self._slow) > _REMEMBERED:
                self._slow.popitem(last=False)

    # What a client may use: a bucket of seconds that fills by itself.

    def _check_budget(self, query: Running) -> None:
        if not self.limits.budget:
            return
        with self._condition:
            bucket = self._bucket(query)
            if bucket.left <= 0:
                wait = int(-bucket.left * 60 / self.limits.budget) + 1
                raise BudgetError(
                    f"You have used {self.limits.budget:g} s of query time within a minute; "
                    f"go on in {wait} s.", "budget", wait,
                )  # fmt: skip

    def _charge(self, query: Running) -> None:
        if self.limits.budget and query.seconds:
            self._bucket(query).left -= query.seconds

    def _bucket(self, query: Running) -> _Bucket:
        now, most = time.monotonic(), self.limits.budget
        bucket = self._buckets.setdefault(query.client, _Bucket(most, now))
        bucket.left = min(most, bucket.left + (now - bucket.at) * most / 60)
        bucket.at = now
        if len(self._buckets) > 10_000:
            # A full bucket says no more than none.
            self._buckets = {
                name: each for name, each in self._buckets.items() if each.left + (now - each.at) * most / 60 < most
            }
            bucket = self._buckets.setdefault(query.client, bucket)
        return bucket

    # What an operator does.

    def queries(self) -> list[dict[str, Any]]:
        """The queries on their way, oldest first."""
        now = time.monotonic()
        with self._condition:
            return [
                {
                    "id": query.number,
                    "client": query.client,
                    "state": query.state,
                    "seconds": round(now - query.started, 1),
                    "query": query.text,
                }
                for query in self._queries.values()
            ]

    def cancel(self, number: int) -> bool:
        """Stop a query; False when there is none of that number."""
        with self._condition:
            query = self._queries.get(number)
            if query is None:
                return False
            query.cancelled = True
            if query.process is not None:
                query.process.kill()
            self._condition.notify_all()
            return True

    def state(self) -> PoolState:
        """Figures for the metrics."""
        with self._condition:
            workers = list(self._workers)
            return PoolState(
                workers=len(workers),
                running=sum(self._busy.values()),
                waiting=len(self._waiting),
                isolation=self.isolation,
                memory=sum(worker.resident() for worker in workers),
            )

    def close(self) -> None:
        """End every worker."""
        with self._condition:
            self._closed = True
            workers, self._idle = list(self._workers), []
        for worker in workers:
            self._discard(worker)


def _key(head: Mapping[str, Any], body: bytes) -> bytes:
    """What a query is remembered by, however long it is."""
    return sha256(json.dumps(head, sort_keys=True).encode() + body).digest()


def _left(connection: int) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))


def _signal(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:  # noqa: PTH123 - read at every scrape
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def error_of(reply: Mapping[str, Any], limits: Limits) -> Exception:
    """The worker's error, as it would have been raised here."""
    name, detail = reply["error"], reply["detail"]
    if name == "MemoryError":
        return QueryMemoryError(f"The query needed more than {limits.memory} MiB of memory. Ask for less.", "memory")
    if name == "QuerySyntaxError":
        return QuerySyntaxError(detail, reply["line"], reply["column"])
    if name == "RdfSyntaxError":
        return RdfSyntaxError(detail, reply["line"], reply["column"])
    if name == "NotAcceptableError":
        error = NotAcceptableError("", reply["available"])
        error.args = (detail,)
        return error
    if name == "AnswerTooLargeError":
        return errors.AnswerTooLargeError(detail, "answer")
    kind = getattr(errors, name, KnowledgeGraphError)
    return kind(detail) if issubclass(kind, KnowledgeGraphError) else KnowledgeGraphError(detail)
