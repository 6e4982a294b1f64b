"""Worker pool: the processes that strangers' queries run in; admission tells which, and when."""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import IO, Any, Final

from thidua.base.errors import QueryCancelledError, QueryMemoryError, QueryTimeoutError
from thidua.base.limits import Limits
from thidua.engine.backend import Backend
from thidua.engine.query import Caller
from thidua.workers.admission import Admission, Running
from thidua.workers.hand_over import HandOver
from thidua.workers.memory_budget import MemoryBudget
from thidua.workers.process import StillRunning, Worker, ending
from thidua.workers.wire import decode_error

log = logging.getLogger(__name__)

#: Of its memory limit: a worker that a slow query left holding more is replaced, for the next one would lack it.
_MEMORY_THRESHOLD: Final = 1 / 4


@dataclass
class PoolState:
    """What an operator wants to see."""

    workers: int
    running: int
    waiting: int
    isolation: str
    memory: int
    """Resident bytes of all workers."""
    answers: Mapping[str, int]
    """Answers so far, by who gave them: ``store`` or ``columns``."""


class QueryPool:
    """Runs queries in workers. Safe to use from many threads; make one per web process, after forking."""

    def __init__(self, limits: Limits | None = None, backend: Backend | None = None, *, columns: bool = True) -> None:
        """Start the workers.

        :param backend: the engine that they ask; None for embedded stores.
        :param columns: whether long queries are answered from a version's columns, where it has some.
        """
        self.limits = limits or Limits()
        self.memory: Final = MemoryBudget(self.limits.cache * 1_000_000)
        """For whatever keeps answers of these workers."""
        self._environment = backend.environment() if backend else {}
        self.admission: Final = Admission(self.limits, self._fill_up)
        self.hand_over: Final = HandOver(columns and not (backend and backend.is_remote))
        self.charge: Final = self.admission.charge
        self.at_hand: Final = self.admission.at_hand
        self.queries: Final = self.admission.queries
        self.cancel: Final = self.admission.cancel
        self._lock = self.admission.lock
        self._idle: list[Worker] = []
        self._idle_slow: list[Worker] = []
        """Workers that have answered a slow query."""
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
        seconds = min(caller.timeout or self.limits.timeout, self.limits.timeout)
        text = head.pop("sent", None) or body.decode("utf-8", "replace")
        self._asked_last = head["store"]
        query = self.admission.arrive(caller, seconds, text, partial(_key, head, body))
        try:
            reply, file = self._run(query, head, body, caller.connection)
        except TimeoutError as exc:
            raise QueryTimeoutError(
                f"The query did not end within {seconds:g} s; ask for less, or add a LIMIT.", "timeout"
            ) from exc
        except ConnectionError as exc:
            raise QueryCancelledError("The client left before the answer was ready.") from exc
        finally:
            self.admission.leave(query)
        if error := decode_error(reply):
            raise error
        self.hand_over.learn(query.key, reply)
        return reply, file

    def _run(
        self, query: Running, head: dict[str, Any], body: bytes, connection: int | None
    ) -> tuple[dict[str, Any], IO[bytes]]:
        while True:
            with self.admission.slot(query, connection), self._worker(query) as worker:
                try:
                    if query.state == "slow":
                        low = {"low": True, "columns": self.hand_over.is_for_columns(head, query.key)}
                        return worker.ask(head | low, body, query.until, connection, None)
                    try:
                        answer = worker.ask(
                            head | {"low": False}, body, query.until, connection, self.limits.slow_after
                        )
                    except StillRunning:
                        self.admission.lasted(query, self.limits.slow_after, ended=False)
                        if self.hand_over.is_for_columns(head, query.key) or not self.admission.move_to_slow(query):
                            raise  # it begins again, there
                        worker.yield_priority()
                        return worker.wait(query.until, connection)
                    self.admission.lasted(query, worker.effort())
                    return answer
                except StillRunning:
                    worker.kill()
                finally:
                    query.seconds += time.monotonic() - worker.begun

    @contextmanager
    def _worker(self, query: Running) -> Iterator[Worker]:
        """A worker for one query: put back afterwards, or killed if the query went wrong or the worker is slow."""
        with self._lock:
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
            threshold = self.limits.memory * 1024 * 1024 * _MEMORY_THRESHOLD
            if worker in self._workers and query.state == "slow" and worker.resident() > threshold:
                self._discard(worker)
            with self._lock:
                self.isolation = worker.isolation or self.isolation
                if worker in self._workers:
                    (self._idle_slow if query.state == "slow" else self._idle).append(worker)

    def _take(self, query: Running) -> Worker:
        """A worker that lives: the one used last, for it is ready and has its files open.

        Slow queries have workers of their own, so that they leave the others to the short ones.
        """
        kept = self._idle_slow if query.state == "slow" else self._idle
        while kept:
            worker = kept.pop(0 if query.likely_slow and query.state != "slow" else -1)
            if worker.is_alive():
                return worker
            self._discard(worker)
        return self._start()

    def _fill_up(self) -> None:
        """Have a worker ready for each free slot of the fast lane, so that no query waits for one to start."""
        for kept in (self._idle, self._idle_slow):
            for worker in [worker for worker in kept if not worker.is_alive()]:
                kept.remove(worker)
                self._discard(worker)
        while len(self._idle) < self.admission.free and not self._closed:
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
        with self._lock:
            self._workers.discard(worker)
        return worker.kill()

    def state(self) -> PoolState:
        """Figures for the metrics."""
        with self._lock:
            workers = list(self._workers)
            return PoolState(
                workers=len(workers),
                running=self.admission.running,
                waiting=self.admission.waiting,
                isolation=self.isolation,
                memory=sum(worker.resident() for worker in workers),
                answers=dict(self.hand_over.answers),
            )

    def close(self) -> None:
        """End every worker."""
        with self._lock:
            self._closed = True
            workers, self._idle = list(self._workers), []
        for worker in workers:
            self._discard(worker)


def _key(head: Mapping[str, Any], body: bytes) -> bytes:
    """What a query is remembered by, however long it is."""
    return sha256(json.dumps(head, sort_keys=True).encode() + body).digest()
