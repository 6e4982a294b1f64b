"""Local graph source: the graph in this process."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from thidua.base.errors import InputError
from thidua.base.files import ProjectFiles
from thidua.base.terms import PREFIXES
from thidua.building.build import build
from thidua.engine.query import Caller, Query
from thidua.exchange.reconcile import read_batch, reconcile
from thidua.graph import KnowledgeGraph, Snapshot
from thidua.notebook.source import Record
from thidua.rdf.quads import QuadStore
from thidua.rdf.scan import scan
from thidua.views import hints
from thidua.views.citation_formats import write_citation
from thidua.views.citations import cite

if TYPE_CHECKING:
    import pyarrow as pa
    import rdflib


class Local:
    """Answers from a store on this machine."""

    def __init__(self, kg: KnowledgeGraph, root: Path, version: int | None = None) -> None:
        self._kg, self._root, self._pinned = kg, root, version
        self._snapshot()

    @classmethod
    def open(cls, store: Path | None, files: Path | None, version: int | None = None) -> Local:
        """Open a store, or build one from files in the user's cache; files that did not change are not built again."""
        project = ProjectFiles.find(files)
        if store is None:
            store = _cache() / _fingerprint(project)
            if not (store / "current").exists():
                build(project, store, message="built for a notebook")
        return cls(KnowledgeGraph.open(store, project), store, version)

    def version(self) -> int:
        return self._snapshot().version.number

    def at(self, version: int) -> Local:
        return Local(self._kg, self._root, version)

    def versions(self) -> list[Record]:
        return [dataclasses.asdict(version) for version in self._kg.versions()]

    def diff(self, old: int, new: int) -> Record:
        compared = self._kg.at(old).compared(self._kg.at(new), "application/json")
        document: Record = json.loads(compared.read())
        return document

    def questions(self) -> list[Record]:
        return [question.summary() for question in self._kg.questions.values()]

    def ask(self, question: str, parameters: Mapping[str, str], evidence: bool) -> tuple[pa.Table, list[str]]:
        snapshot = self._snapshot()
        rows = snapshot.ask(question, parameters, evidence=evidence)
        return rows.to_arrow(), _told(hints.of_rows(snapshot, rows, Caller()))

    def query(self, sparql: str) -> tuple[str, bytes, list[str]]:
        snapshot, scanned = self._snapshot(), scan(sparql, prefixes=PREFIXES)
        written = snapshot.query(Query("", graphs="application/n-triples").of(scanned))
        found = hints.of_query(snapshot, scanned, Caller(), empty=hints.is_empty(written))
        return written.media_type, written.read(), _told(found)

    def search(self, text: str, kind: str | None, limit: int) -> list[Record]:
        kinds = (kind,) if kind else ()
        return [match.described() for match in self._snapshot().search(text, kinds, limit=limit)]

    def reconcile(self, batch: Mapping[str, Record]) -> dict[str, list[Record]]:
        answers = reconcile(self._snapshot(), read_batch(batch), Caller())
        return {
            name: [
                {
                    "iri": each.match.name.iri,
                    "label": each.match.name.label,
                    "score": each.score,
                    "match": each.certain,
                    "named": each.match.score,
                    "existed": each.agrees.get("on"),
                }
                for each in found
            ]
            for name, found in answers.items()
        }

    def cite(self, cited: Mapping[str, str], lang: str, form: str) -> str:
        return write_citation(cite(self._snapshot(), cited, lang), form)

    def rdflib_graph(self) -> rdflib.Graph:
        return QuadStore.read_only(self._snapshot().folder / "rocksdb").as_rdflib()

    def _snapshot(self) -> Snapshot:
        return self._kg.current() if self._pinned is None else self._kg.at(self._pinned)

    def __str__(self) -> str:
        return f"in {self._root}"


def _told(found: list[hints.Hint]) -> list[str]:
    return [each.told_in("en") for each in found]


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(home).expanduser() / "thidua"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise InputError(f"{folder} cannot be written ({exc}); name a store with thidua.open(store)") from exc
    return folder


def _fingerprint(files: ProjectFiles) -> str:
    """A name for what the files say: the beginning of the SHA-256 of all their paths and contents."""
    digest = hashlib.sha256()
    for path in sorted(
        [file.path for file in files.data]
        + [*files.shapes, *files.cross_checks, *files.questions, *files.rules("completion"), *files.rules("inference")]
    ):
        digest.update(f"{files.relative(path)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
