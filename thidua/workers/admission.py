"""Admission control: which query may run, in which lane, and when.

A query has a deadline from its arrival on. It starts in a slot of the *fast lane*; when it lasts, it moves to the
*slow lane*, at low priority, so short queries always find somewhere to run. When no slot of the slow lane is free it is
stopped, and begins again as soon as one is; a query that has been slow once waits for such a slot at once. One fast
slot and half of the queue are kept for clients whose queries have been short lately.
"""

import select
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Literal

from thidua.base.errors import BudgetError, BusyError, QueryCancelledError
from thidua.base.limits import Limits
from thidua.engine.query import Caller
from thidua.workers.clients import Clients
from thidua.workers.recent_keys import RecentKeys

Lane = Literal["fast", "slow"]
_TICK: Final = 0.1


@dataclass
class Running:
    """A query on its way."""

    number: int
    client: str
    text: str
    started: float
    until: float
    key: Callable[[], bytes]
    """What it is remembered by, however long it is."""
    slow: bool
    """Whether it is known to be slow, so that only a slot of the slow lane will do."""
    likely_slow: bool
    """Whether it is slow, or may well be: its client has not shown lately that theirs are short."""
    state: Literal["waiting", "fast", "slow"] = "waiting"
    cancelled: bool = False
    seconds: float = 0.0
    """Time it has spent in a worker."""
    process: subprocess.Popen[bytes] | None = None
    turn: threading.Condition | None = None
    """Told when it may start, while it waits."""


class Admission:
    """The lanes, their slots and the queue before them. Safe to use from many threads."""

    def __init__(self, limits: Limits, freed: Callable[[], None]) -> None:
        """Admit nobody yet.

        :param freed: called, under the lock, when a slot of the fast lane has become free.
        """
        self._limits = limits
        self._freed = freed
        self.lock: Final = threading.RLock()
        self._condition = threading.Condition(self.lock)
        self._numbers = count(1)
        self._queries: dict[int, Running] = {}
        self._waiting: list[Running] = []
        self._busy: Counter[str] = Counter()
        self._of_client: Counter[str] = Counter()
        self._at_hand: set[str] = set()
        self._clients = Clients(limits)
        self._slow = RecentKeys()

    def arrive(self, caller: Caller, seconds: float, text: str, key: Callable[[], bytes]) -> Running:
        """Let a query be on its way, with a deadline; :meth:`leave` ends that.

        :raises BudgetError: the client's budget is used up.
        """
        started = time.monotonic()
        with self.lock:
            self._clients.check_budget(caller.client)
            slow = bool(self._slow) and key() in self._slow
            likely = slow or self._clients.is_likely_slow(caller.client)
            number, until = next(self._numbers), started + seconds
            query = Running(number, caller.client, text, started, until, key, slow, likely)
            self._queries[number] = query
        return query

    def leave(self, query: Running) -> None:
        """A query has ended; its client is charged for the time that it was in a worker."""
        with self.lock:
            del self._queries[query.number]
            self._clients.charge(query.client, query.seconds)

    def charge(self, client: str, seconds: float) -> None:
        """Take time that the web process itself worked for a client off their budget."""
        with self.lock:
            self._clients.charge(client, seconds)

    @contextmanager
    def at_hand(self, caller: Caller) -> Iterator[None]:
        """Work for a client in this process, where all clients share one processor: one thing at a time for each.

        :raises BudgetError: their budget is used up, or other work of theirs goes on for too long.
        """
        until = time.monotonic() + self._limits.timeout / 2
        with self.lock:
            self._clients.check_budget(caller.client)
            while caller.client in self._at_hand:
                if not self._condition.wait(max(0.0, until - time.monotonic())):
                    raise BudgetError("Requests of yours are being worked on; send the next after them.", "running", 1)
            self._at_hand.add(caller.client)
        try:
            yield
        finally:
            with self.lock:
                self._at_hand.remove(caller.client)
                self._condition.notify_all()

    @contextmanager
    def slot(self, query: Running, connection: int | None) -> Iterator[None]:
        """A slot for a query; its state tells of which lane."""
        with self.lock:
            if (lane := self._turn(query)) is None:
                self._refuse_if_full(query)
                self._waiting.append(query)
                query.turn = threading.Condition(self.lock)
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
            with self.lock:
                self._busy[query.state] -= 1
                self._of_client[query.client] -= 1
                if not self._of_client[query.client]:
                    del self._of_client[query.client]
                query.state = "waiting"
                self._freed()
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
        if self._of_client[query.client] >= self._limits.running:
            return None
        if not query.slow and self._busy["fast"] < self._limits.fast_slots:
            if not query.likely_slow:
                return "fast"
            likely = sum(other.likely_slow and other.state == "fast" for other in self._queries.values())
            if likely < max(1, self._limits.fast_slots - 1):
                return "fast"
        return "slow" if query.likely_slow and self._busy["slow"] < self._limits.slow_slots else None

    def _refuse_if_full(self, query: Running) -> None:
        if sum(other.client == query.client for other in self._waiting) >= self._limits.waiting:
            raise BudgetError(
                f"{self._limits.running} queries of yours run and {self._limits.waiting} wait already; "
                f"send the next when one has ended.", "waiting", 1,
            )  # fmt: skip
        likely = sum(other.likely_slow for other in self._waiting) if query.likely_slow else -1
        if len(self._waiting) >= self._limits.queue or likely >= (self._limits.queue + 1) // 2:
            raise BusyError("Too many queries wait already; try again in a few seconds.", "queue", 5)

    def move_to_slow(self, query: Running) -> bool:
        """Move a query from the fast lane to the slow one; False if no slot is free there."""
        with self.lock:
            if self._busy["slow"] >= self._limits.slow_slots:
                return False
            self._busy["fast"] -= 1
            self._busy["slow"] += 1
            query.state = "slow"
            self._freed()
            self._wake()
            return True

    def lasted(self, query: Running, seconds: float, *, ended: bool = True) -> None:
        """Learn from a query that ran in a fast slot.

        :param ended: whether it came to its end there.
        """
        with self.lock:
            self._clients.lasted(query.client, seconds)
            if not ended:
                query.likely_slow = query.slow = True
                self._slow.add(query.key())

    def queries(self) -> list[dict[str, Any]]:
        """The queries on their way, oldest first."""
        now = time.monotonic()
        with self.lock:
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
        with self.lock:
            query = self._queries.get(number)
            if query is None:
                return False
            query.cancelled = True
            if query.process is not None:
                query.process.kill()
            if query.turn is not None:
                query.turn.notify()
            return True

    @property
    def free(self) -> int:
        """Slots of the fast lane that nobody is in."""
        return self._limits.fast_slots - self._busy["fast"]

    @property
    def running(self) -> int:
        """Queries in a slot."""
        return sum(self._busy.values())

    @property
    def waiting(self) -> int:
        """Queries before the lanes."""
        return len(self._waiting)


def _left(connection: int) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))
