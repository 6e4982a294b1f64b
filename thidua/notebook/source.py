"""Graph source protocol: what a notebook's graph needs from wherever the graph is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa
    import rdflib

Record = dict[str, Any]


class Source(Protocol):
    """Where answers come from: this process, or a service."""

    def version(self) -> int:
        """The version that answers now."""
        ...

    def at(self, version: int) -> Source:
        """The same, held to one version."""
        ...

    def versions(self) -> list[Record]:
        """Every version kept, oldest first."""
        ...

    def diff(self, old: int, new: int) -> Record:
        """What differs between two versions, as :mod:`thidua.versions.diff` tells it to programs."""
        ...

    def questions(self) -> list[Record]:
        """The catalogued questions."""
        ...

    def ask(self, question: str, parameters: Mapping[str, str], evidence: bool) -> tuple[pa.Table, list[str]]:
        """The answer to a question: :meth:`thidua.questions.rows.Rows.to_arrow`, and hints at one without rows."""
        ...

    def query(self, sparql: str) -> tuple[str, bytes, list[str]]:
        """The answer to a query, whose prefixes of ours need no declaration: its media type, which is that of SPARQL's
        JSON results or N-Triples, the answer, and hints at an empty one."""
        ...

    def search(self, text: str, kind: str | None, limit: int) -> list[Record]:
        """Things by name."""
        ...

    def reconcile(self, batch: Mapping[str, Record]) -> dict[str, list[Record]]:
        """For each query of the Reconciliation API its candidates, best first: iri, label, score, match."""
        ...

    def cite(self, cited: Mapping[str, str], lang: str, form: str) -> str:
        """A citation: of a ``thing``, of the answer to a ``question`` with its parameters, or of the graph."""
        ...

    def rdflib_graph(self) -> rdflib.Graph:
        """A read-only view for rdflib."""
        ...
