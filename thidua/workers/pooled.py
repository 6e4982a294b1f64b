"""Pooled engine: strangers' requests run in a pool of worker processes, where they can be killed."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from thidua.engine.query import Caller, Engine, Query, Request, SerializedResult, to_wire
from thidua.versions.store import identity
from thidua.workers.answer_cache import AnswerCache
from thidua.workers.pool import QueryPool


class Pooled(Engine):
    """Runs requests in the workers of a pool, under its limits."""

    def __init__(self, pool: QueryPool) -> None:
        self.pool = pool
        self._answers = AnswerCache(pool.memory)

    def execute(self, folder: Path, request: Request, caller: Caller) -> SerializedResult:
        if not isinstance(request, Query) or not request.repeatable:
            return self._run(folder, request, caller)
        key = (folder, identity(folder), request)
        if (entry := self._answers.find(key)) is None:
            result = self._run(folder, request, caller)
            self._answers.put((folder, key[1], replace(request, scanned=None)), result)
            return result
        # To unpack a large one is work that counts.
        with self.pool.at_hand(caller) if entry.packed else nullcontext():
            return self._answers.open(key, entry)

    def _run(self, folder: Path, request: Request, caller: Caller) -> SerializedResult:
        head, body = to_wire(request)
        head["store"] = str(folder)
        if isinstance(request, Query) and request.scanned:
            head["sent"] = request.scanned.sent
        reply, file = self.pool.run(head, body, caller)
        return SerializedResult(reply["form"], reply["media_type"], file, reply["by"])
