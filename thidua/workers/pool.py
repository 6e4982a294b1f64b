"""The pool of worker processes that strangers' queries run in, and who may use it when.

A query has a deadline from its arrival on. It starts in one of a few *fast places*; when it lasts, it moves to a
*slow place* at low priority, so short queries always find somewhere to run. When no slow place is free it is
stopped, and begins again as soon as one is; a query that has been slow once waits for a slow place at once. One fast
place and half of the queue are kept for clients whose queries have been short lately.
"""

import json
import logging
import select
import subprocess
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import IO, Any, Final, Literal

from thidua.base.errors import BudgetError, BusyError, QueryCancelledError, QueryMemoryError, QueryTimeoutError
from thidua.base.limits import Limits
from thidua.engine.backend import Backend
from thidua.engine.query import Caller
from thidua.workers.clients import Clients
from thidua.workers.process import StillRunning, Worker, ending
from thidua.workers.wire import decode_error

log = logging.getLogger(__name__)

Lane = Literal["fast", "slow"]
_TICK: Final = 0.1
#: Queries remembered as slow.
_REMEMBERED: Final = 10_000


@dataclass
class Running:
    """A query on its way."""

    number: int
    client: str
    text: str
    started: float
    until: float
    slow: bool
    """Whether it is known to be a long one, which only a slow place will do for."""
    heavy: bool
    """Whether it is a long one, or may well be: its client has not shown lately that theirs are short."""
    state: Literal["waiting", "fast", "slow"] = "waiting"
    cancelled: bool = False
    seconds: float = 0.0
    """Time it has spent in a worker."""
    process: subprocess.Popen[bytes] | None = None
    turn: threading.Condition | None = None
    """Told when it may start, while it waits."""


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

    def __init__(self, limits: Limits | None = None, backend: Backend | None = None) -> None:
        """Start the workers.

        :param backend: the engine that they ask; None for embedded stores.
        """
        self.limits = limits or Limits()
        self._environment = backend.environment() if backend else {}
        self._lock = threading.RLock()
        self._condition = threading.Condition(self._lock)
        self._numbers = count(1)
        self._queries: dict[int, Running] = {}
        self._waiting: list[Running] = []
        self._busy: Counter[str] = Counter()
        self._of_client: Counter[str] = Counter()
        self._at_hand: set[str] = set()
        self._clients = Clients(self.limits)
        self._slow: OrderedDict[bytes, None] = OrderedDict()
        self._idle: list[Worker] = []
        self._rested: list[Worker] = []
        """Workers that have answered a long query."""
        self._workers: set[Worker] = set()
        self._asked_last = ""
        self._closed = False
        self.isolation = ""
        self._fill_up()

    def run(self, head: dict[str, Any], body: bytes, caller: Caller) -> tuple[dict[str, Any], IO[bytes]]:
        """Run one request of :mod:`thidua.workers.query_worker` and return its whole answer.

        :param head: with ``sent``, the text of a query as somebody sent it, for whoever looks at what is running.
        :raises LimitError: it met a limit; nothing of the answer is left anywhere.
        :raises QueryCancelledError: the client left, or the operator stopped it.
        :raises KnowledgeGraphError: what the query itself did wrong.
        """
        started = time.monotonic()
        seconds = min(caller.timeout or self.limits.timeout, self.limits.timeout)
        text = head.pop("sent", None) or body.decode("utf-8", "replace")
        with self._condition:
            self._clients.check_budget(caller.client)
            slow = bool(self._slow) and _key(head, body) in self._slow
            heavy = slow or self._clients.is_heavy(caller.client)
            query = Running(next(self._numbers), caller.client, text, started, started + seconds, slow, heavy)
            self._queries[query.number] = query
            self._asked_last = head["store"]
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
                self._clients.charge(query.client, query.seconds)
        if error := decode_error(reply):
            raise error
        return reply, file

    def charge(self, client: str, seconds: float) -> None:
        """Take time that the web process itself worked for a client off their budget."""
        with self._condition:
            self._clients.charge(client, seconds)

    @contextmanager
    def at_hand(self, caller: Caller) -> Iterator[None]:
        """Work for a client in this process, where all clients share one processor: one thing at a time for each.

        :raises BudgetError: their budget is used up, or other work of theirs goes on for too long.
        """
        until = time.monotonic() + self.limits.timeout / 2
        with self._condition:
            self._clients.check_budget(caller.client)
            while caller.client in self._at_hand:
                if not self._condition.wait(max(0.0, until - time.monotonic())):
                    raise BudgetError("Requests of yours are being worked on; send the next after them.", "running", 1)
            self._at_hand.add(caller.client)
        try:
            yield
        finally:
            with self._condition:
                self._at_hand.remove(caller.client)
                self._condition.notify_all()

    def _run(
        self, query: Running, head: dict[str, Any], body: bytes, connection: int | None
    ) -> tuple[dict[str, Any], IO[bytes]]:
        while True:
            with self._place(query, connection), self._worker(query) as worker:
                try:
                    if query.state == "slow":
                        return worker.ask(head | {"low": True}, body, query.until, connection, None)
                    try:
                        answer = worker.ask(
                            head | {"low": False}, body, query.until, connection, self.limits.slow_after
                        )
                    except StillRunning:
                        self._lasted(query, self.limits.slow_after, _key(head, body))
                        if not self._move_to_slow(query):
                            raise
                        worker.yield_priority()
                        return worker.wait(query.until, connection)
                    self._lasted(query, worker.effort())
                    return answer
                except StillRunning:
                    worker.kill()
                finally:
                    query.seconds += time.monotonic() - worker.begun

    @contextmanager
    def _worker(self, query: Running) -> Iterator[Worker]:
        """A worker for one query: put back afterwards, or killed if the query went wrong or the worker is slow."""
        with self._condition:
            worker = self._take(query)
            query.process = worker.process
        try:
            yield worker
        except EOFError:
            code = self._discard(worker)
            query.seconds += worker.cost  # of the next one's start
            if query.cancelled:
                raise QueryCancelledError("The operator stopped this query.") from None
            log.warning("worker=%s ended with %s", worker.process.pid, code)
            raise QueryMemoryError(
                f"The query ended its worker ({ending(code)}): it needed more than {self.limits.memory} MiB of memory, "
                "or is too deep for the engine. Ask for less.", "memory",
            ) from None  # fmt: skip
        except BaseException:
            self._discard(worker)
            raise
        finally:
            query.process = None
            # A long query may leave much memory behind, which the next one would lack.
            swollen = query.state == "slow" and worker.resident() > self.limits.memory * 1024 * 1024 / 4
            if worker in self._workers and swollen:
                self._discard(worker)
            with self._condition:
                self.isolation = worker.isolation or self.isolation
                if worker in self._workers:
                    (self._rested if query.state == "slow" else self._idle).append(worker)

    def _take(self, query: Running) -> Worker:
        """A worker that lives: the one used last, for it is ready and has its files open.

        Long queries have workers of their own, so that they leave the others to the short ones.
        """
        kept = self._rested if query.state == "slow" else self._idle
        while kept:
            worker = kept.pop(0 if query.heavy and query.state != "slow" else -1)
            if worker.is_alive():
                return worker
            self._discard(worker)
        return self._start()

    def _fill_up(self) -> None:
        """Have a worker ready for each free fast place, so that no query waits for one to start."""
        for kept in (self._idle, self._rested):
            for worker in [worker for worker in kept if not worker.is_alive()]:
                kept.remove(worker)
                self._discard(worker)
        while len(self._idle) < self.limits.fast_slots - self._busy["fast"] and not self._closed:
            self._idle.insert(0, self._start())

    def _start(self) -> Worker:
        megabyte = 1_000_000
        worker = Worker(
            "thidua.workers.query_worker", self.limits.memory * 1024 * 1024, self.limits.answer * megabyte,
            self._asked_last, environment=self._environment,
        )  # fmt: skip
        self._workers.add(worker)
        return worker

    def _discard(self, worker: Worker) -> int:
        with self._condition:
            self._workers.discard(worker)
        return worker.kill()

    # Who may run, and when.

    @contextmanager
    def _place(self, query: Running, connection: int | None) -> Iterator[None]:
        """A place for a query; its state tells which."""
        with self._condition:
            if (lane := self._turn(query)) is None:
                self._refuse_if_full(query)
                self._waiting.append(query)
                query.turn = threading.Condition(self._lock)
                try:
                    lane = self._wait(query, query.turn, connection)
                finally:
                    self._waiting.remove(query)
                    self._wake()  # if it was this one's turn and it is gone, it is another's
            query.state = lane
            self._busy[lane] += 1
            self._of_client[query.client] += 1
            self._wake()
        try:
            yield
        finally:
            with self._condition:
                self._busy[query.state] -= 1
                self._of_client[query.client] -= 1
                if not self._of_client[query.client]:
                    del self._of_client[query.client]
                query.state = "waiting"
                self._fill_up()
                self._wake()

    def _wake(self) -> None:
        """Tell those whose turn it is; all the others would only look and wait again."""
        for query in self._waiting:
            if query.turn is not None and self._turn(query) is not None:
                query.turn.notify()

    def _wait(self, query: Running, turn: threading.Condition, connection: int | None) -> Lane:
        # Whoever waits longer than half of the time would hardly have enough left to come to an end.
        patience = (query.started + query.until) / 2
        while (lane := self._turn(query)) is None:
            left = patience - time.monotonic()
            if query.cancelled:
                raise QueryCancelledError("The operator stopped this query.")
            if left <= 0:
                raise BusyError("The query waited too long for its turn; try again later.", "timeout", 10)
            turn.wait(min(left, _TICK))
            if connection is not None and _left(connection):
                raise ConnectionError
        return lane

    def _turn(self, query: Running) -> Lane | None:
        """Where a query may start now: first come, first served, but nobody waits behind one that could not start."""
        if (lane := self._free_lane(query)) is None:
            return None
        for other in self._waiting:
            if other is query:
                break
            if self._free_lane(other) == lane:
                return None
        return lane

    def _free_lane(self, query: Running) -> Lane | None:
        if self._of_client[query.client] >= self.limits.running:
            return None
        if not query.slow and self._busy["fast"] < self.limits.fast_slots:
            if not query.heavy:
                return "fast"
            heavy = sum(other.heavy and other.state == "fast" for other in self._queries.values())
            if heavy < max(1, self.limits.fast_slots - 1):
                return "fast"
        return "slow" if query.heavy and self._busy["slow"] < self.limits.slow_slots else None

    def _refuse_if_full(self, query: Running) -> None:
        if sum(other.client == query.client for other in self._waiting) >= self.limits.waiting:
            raise BudgetError(
                f"{self.limits.running} queries of yours run and {self.limits.waiting} wait already; "
                f"send the next when one has ended.", "waiting", 1,
            )  # fmt: skip
        heavy = sum(other.heavy for other in self._waiting) if query.heavy else -1
        if len(self._waiting) >= self.limits.queue or heavy >= (self.limits.queue + 1) // 2:
            raise BusyError("Too many queries wait already; try again in a few seconds.", "queue", 5)

    def _move_to_slow(self, query: Running) -> bool:
        with self._condition:
            if self._busy["slow"] >= self.limits.slow_slots:
                return False
            self._busy["fast"] -= 1
            self._busy["slow"] += 1
            query.state = "slow"
            self._fill_up()
            self._wake()
            return True

    def _lasted(self, query: Running, seconds: float, slow: bytes | None = None) -> None:
        """Learn from a query that ran in a fast place; `slow` is the key of one that did not end there."""
        with self._condition:
            self._clients.lasted(query.client, seconds)
            if slow is not None:
                query.heavy = query.slow = True
                self._slow[slow] = None
                if len(self._slow) > _REMEMBERED:
                    self._slow.popitem(last=False)

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
            if query.turn is not None:
                query.turn.notify()
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
