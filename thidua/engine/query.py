"""Requests to an engine and their serialised results: what is asked, who asks, and the base class of what answers."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import IO, Any, Final

from thidua.rdf.cells import Record
from thidua.rdf.results_json import records_of_json
from thidua.rdf.scan import Scanned

_JSON: Final = "application/sparql-results+json"


@dataclass(frozen=True)
class Query:
    """A SPARQL query and what its answer is to be written in."""

    text: str
    results: str | None = _JSON
    """Media type for SELECT and ASK; None when no table is acceptable."""
    graphs: str | None = "text/turtle"
    """Media type for CONSTRUCT and DESCRIBE; None when no graph is acceptable."""
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    base: str | None = None
    rows: int | None = None
    turtle: int | None = None
    """Of a table in JSON so many rows, of a graph in Turtle so many bytes: :mod:`thidua.rdf.excerpt`."""
    repeatable: bool = False
    """Whether the same query gives the same answer on the same version, so that it may be remembered."""
    scanned: Scanned | None = field(default=None, compare=False, repr=False)
    """A stranger's text as it was read, of which ``text`` is what the engine gets; None for a query of our own."""

    def of(self, scanned: Scanned) -> "Query":
        """The same request with a stranger's text."""
        return replace(self, text=scanned.text, repeatable=scanned.repeatable, scanned=scanned)


@dataclass(frozen=True)
class GraphExport:
    """One graph, the default graph for None."""

    graph: str | None
    media_type: str


@dataclass(frozen=True)
class Dump:
    """A whole version."""

    media_type: str
    compressed: bool


@dataclass(frozen=True)
class Diff:
    """What became different from a version to another one, which is told by its folder."""

    other: str
    media_type: str
    language: str


Request = Query | GraphExport | Dump | Diff
_OPERATIONS: Final[Mapping[str, type[Request]]] = {"query": Query, "graph": GraphExport, "dump": Dump, "diff": Diff}
#: The fields that a worker is told of; the text of a query is a message's body.
_WIRED: Final[Mapping[type[Request], tuple[str, tuple[str, ...]]]] = {
    kind: (op, tuple(each.name for each in fields(kind) if each.name not in ("text", "repeatable", "scanned")))
    for op, kind in _OPERATIONS.items()
}


def to_wire(request: Request) -> tuple[dict[str, Any], bytes]:
    """A request as a message to a worker: its head and its body."""
    op, names = _WIRED[type(request)]
    text = request.text if isinstance(request, Query) else ""
    return {"op": op} | {name: getattr(request, name) for name in names}, text.encode("utf-8", "replace")


def from_wire(head: Mapping[str, Any], body: bytes) -> Request:
    """The request that :func:`to_wire` made a message of; what the head does not tell has its default."""
    kind = _OPERATIONS[head["op"]]
    given = {name: head[name] for name in _WIRED[kind][1] if name in head}
    return kind(body.decode(), **given) if kind is Query else kind(**given)


@dataclass(frozen=True)
class SerializedResult:
    """A serialised result, whole: ``form`` is SELECT, ASK, GRAPH or DIFF; ``file`` stands at its beginning."""

    form: str
    media_type: str
    file: IO[bytes]
    answered_by: str = "store"
    """Or ``columns``."""

    def read(self) -> bytes:
        """All of it."""
        with self.file:
            return self.file.read()


@dataclass(frozen=True)
class Caller:
    """Who asks: a name to count by, the descriptor of their connection, and a timeout lower than the limit's."""

    client: str = "local"
    connection: int | None = None
    timeout: float | None = None


class Engine(ABC):
    """Answers requests about published versions, each told by its folder."""

    @abstractmethod
    def execute(self, folder: Path, request: Request, caller: Caller) -> SerializedResult:
        """Answer any request; the result is whole or there is none."""

    def query(self, folder: Path, query: Query, caller: Caller) -> SerializedResult:
        """Answer any query."""
        return self.execute(folder, query, caller)

    def table(self, folder: Path, text: str, caller: Caller) -> tuple[tuple[str, ...], list[Record]]:
        """Answer a SELECT as cells."""
        return records_of_json(json.loads(self.query(folder, Query(text, repeatable=True), caller).read()))

    def graph(self, folder: Path, graph: str | None, media_type: str, caller: Caller) -> SerializedResult:
        """Write out one graph, the default graph for None."""
        return self.execute(folder, GraphExport(graph, media_type), caller)

    def dump(self, folder: Path, media_type: str, compressed: bool, caller: Caller) -> SerializedResult:
        """Write out a whole version."""
        return self.execute(folder, Dump(media_type, compressed), caller)

    def compared(self, folder: Path, other: Path, media_type: str, language: str, caller: Caller) -> SerializedResult:
        """Write out what became different between two versions."""
        return self.execute(folder, Diff(str(other), media_type, language), caller)
