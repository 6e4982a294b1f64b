"""Pooled engine: strangers' requests run in a pool of worker processes, where they can be killed."""

from dataclasses import replace
from pathlib import Path

from thidua.engine.query import Caller, Engine, Query, Request, SerializedResult, to_wire
from thidua.versions.store import identity
from thidua.workers.answer_cache import _Remembered
from thidua.workers.pool import QueryPool


class Pooled(Engine):
    """Runs requests in the workers of a pool, under its limits."""

    def __init__(self, pool: QueryPool) -> None:
        self.pool = pool
        self._remembered = _Remembered(pool.limits.cache * 1_000_000)

    def execute(self, folder: Path, request: Request, caller: Caller) -> SerializedResult:
        if not isinstance(request, Query) or not request.repeatable:
            return self._run(folder, request, caller)
        key = (folder, identity(folder), request)
        if self._remembered.is_large(key):
            with self.pool.at_hand(caller):
                result = self._remembered.get(key)
        else:
            result = self._remembered.get(key)
        if result is None:
            result = self._run(folder, request, caller)
            self._remembered.put((folder, key[1], replace(request, scanned=None)), result)
        return result

    def _run(self, folder: Path, request: Request, caller: Caller) -> SerializedResult:
        head, body = to_wire(request)
        head["store"] = str(folder)
        if isinstance(request, Query) and request.scanned:
            head["sent"] = request.scanned.sent
        reply, file = self.pool.run(head, body, caller)
        return SerializedResult(reply["form"], reply["media_type"], file)
