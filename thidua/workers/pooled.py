"""Engine over a pool of worker processes: strangers' queries run where they can be killed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thidua.engine.query import Caller, Query, Written
from thidua.rdf.cells import Record
from thidua.rdf.results_json import records_of_json
from thidua.versions.store import identity
from thidua.workers.answer_cache import _Remembered
from thidua.workers.pool import QueryPool

if TYPE_CHECKING:
    pass


class Pooled:
    """Runs queries in the workers of a pool, under its limits."""

    def __init__(self, pool: QueryPool) -> None:
        self.pool = pool
        self._remembered = _Remembered(pool.limits.cache * 1_000_000)

    def query(self, folder: Path, query: Query, caller: Caller) -> Written:
        if not query.repeatable:
            return self._query(folder, query, caller)
        key = (folder, identity(folder), query)
        if self._remembered.is_large(key):
            with self.pool.at_hand(caller):
                written = self._remembered.get(key)
        else:
            written = self._remembered.get(key)
        if written is None:
            written = self._query(folder, query, caller)
            self._remembered.put((folder, key[1], replace(query, scanned=None)), written)
        return written

    def _query(self, folder: Path, query: Query, caller: Caller) -> Written:
        head = {
            "op": "query",
            "store": str(folder),
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
            "base": query.base,
            "results": query.results,
            "graphs": query.graphs,
            "rows": query.rows,
            "turtle": query.turtle,
            "sent": query.scanned.sent if query.scanned else None,
        }
        return self._run(head, query.text.encode("utf-8", "replace"), caller)

    def table(self, folder: Path, text: str, caller: Caller) -> tuple[tuple[str, ...], list[Record]]:
        return records_of_json(json.loads(self.query(folder, Query(text, repeatable=True), caller).read()))

    def graph(self, folder: Path, graph: str | None, media_type: str, caller: Caller) -> Written:
        head = {"op": "graph", "store": str(folder), "graph": graph, "media_type": media_type}
        return self._run(head, b"", caller)

    def dump(self, folder: Path, media_type: str, compressed: bool, caller: Caller) -> Written:
        head = {"op": "dump", "store": str(folder), "media_type": media_type, "compressed": compressed}
        return self._run(head, b"", caller)

    def compared(self, folder: Path, other: Path, media_type: str, language: str, caller: Caller) -> Written:
        return self._run(
            {"op": "diff", "store": str(folder), "other": str(other), "media_type": media_type, "language": language},
            b"",
            caller,
        )

    def _run(self, head: dict[str, Any], body: bytes, caller: Caller) -> Written:
        reply, file = self.pool.run(head, body, caller)
        file.seek(0)
        return Written(reply["form"], reply["media_type"], file)
