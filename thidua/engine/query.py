"""Query requests: what is asked, who asks, the serialised result, and the protocol of what answers."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Final, Protocol

from thidua.rdf.cells import Record
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
class Written:
    """An answer, written out whole: ``form`` is SELECT, ASK or GRAPH; ``file`` stands at its beginning."""

    form: str
    media_type: str
    file: IO[bytes]

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


class Engine(Protocol):
    """Answers queries from the folder of a published version."""

    def query(self, folder: Path, query: Query, caller: Caller) -> Written:
        """Answer any query."""
        ...

    def table(self, folder: Path, text: str, caller: Caller) -> tuple[tuple[str, ...], list[Record]]:
        """Answer a SELECT as cells."""
        ...

    def graph(self, folder: Path, graph: str | None, media_type: str, caller: Caller) -> Written:
        """Write out one graph, the default graph for None."""
        ...

    def dump(self, folder: Path, media_type: str, compressed: bool, caller: Caller) -> Written:
        """Write out a whole version."""
        ...

    def compared(self, folder: Path, other: Path, media_type: str, language: str, caller: Caller) -> Written:
        """Write out what became different between two versions."""
        ...
