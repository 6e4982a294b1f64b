"""Engine slots: the protocol of what holds versions and reads them, and which one the settings select.

An engine is a module or a folder beside this one with a function ``backend(settings)``, which gives a :class:`Backend`,
or None where its settings are not there. docs/contributing/adding-an-engine.md adds one.
"""

import os
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Final, Protocol

from thidua.base.errors import InputError, NotFoundError
from thidua.base.formats import DATASETS, GRAPHS
from thidua.base.settings import PREFIX, read_settings
from thidua.rdf.answer import Answer
from thidua.rdf.cells import Record
from thidua.rdf.ntriples import iri_term, read_lines
from thidua.rdf.syntax import write_lines
from thidua.versions.store import Version

#: Those that need no name: the first whose settings are there.
_BY_SETTINGS: Final = ("remote", "embedded")


class VersionReader(Protocol):
    """A version opened for reading. Whoever has :meth:`query` has the rest, and may have it faster."""

    @abstractmethod
    def query(
        self,
        text: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
    ) -> Answer:
        """Run any query over this version, or over the graphs named; :meth:`Answer.read` reads what others wrote.

        :raises QuerySyntaxError: it does not parse.
        """

    def table(self, text: str) -> tuple[tuple[str, ...], Iterator[Record]]:
        """Run a SELECT: its column names, and its rows as cells, read as they are asked for."""
        return self.query(text).table()

    def select(self, text: str) -> Iterator[Record]:
        """Rows of a SELECT, as cells."""
        return self.table(text)[1]

    def graphs(self) -> list[str]:
        """The names of all named graphs, sorted."""
        rows = self.select("SELECT ?g { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        return sorted(cell.value for row in rows if (cell := row["g"]))

    def lines(self, graph: str | None) -> Collection[str]:
        """The triples of a graph, the default graph for None, as lines of N-Triples without their ends."""
        pattern = "?s ?p ?o" if graph is None else f"GRAPH {iri_term(graph)} {{ ?s ?p ?o }}"
        return read_lines(self.query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}").write("application/n-triples"))

    def write_graph(self, out: IO[bytes], media_type: str, graph: str | None = None) -> None:
        """Write the default graph, or a named one.

        :raises NotFoundError: there is no such graph.
        """
        if graph is not None and graph not in self.graphs():
            raise NotFoundError(f"There is no graph <{graph}> here.")
        write_lines([(None, sorted(self.lines(graph)))], out, media_type)

    def dump(self, out: IO[bytes], media_type: str) -> None:
        """Write all graphs, or the default graph where a format has no others."""
        graphs = [None, *self.graphs()] if GRAPHS[media_type] in DATASETS else [None]
        write_lines(((graph, sorted(self.lines(graph))) for graph in graphs), out, media_type)


class Replica(Protocol):
    """What keeps a store's current version that of an engine elsewhere."""

    def follow(self) -> Version | None:
        """Look, and make the engine's version current here; None if it holds nothing of ours."""

    def wait(self) -> bool:
        """Wait for a writer to end, and follow; whether that was soon enough."""

    def check(self) -> None:
        """Find out whether the engine answers.

        :raises EngineError: it does not.
        """

    def keep_following(self) -> None:
        """Look again and again in a thread of its own."""


class WorkingCopy(Protocol):
    """An embedded store beside an engine elsewhere, in which a write is made and checked before it is sent there."""

    @property
    def root(self) -> Path:
        """Of the copy."""

    def pull(self, progress: Callable[[str], None] = ..., *, anew: bool = False) -> None:
        """Bring the copy to the version that the engine holds."""

    def push(self, parent: Path | None, draft: Path, version: Version, *, anew: bool = False) -> None:
        """Send what makes a draft of the copy different from its parent."""

    def published(self) -> None:
        """Have the store that follows the engine see the newest version."""


class Backend(Protocol):
    """An engine's slot. What only an engine elsewhere needs is left out by one in the same process."""

    is_remote: bool = False
    """Whether it is reached over the network. It holds one version then, and workers are not cut off from it."""

    @abstractmethod
    def open(self, folder: Path) -> VersionReader:
        """Open a version.

        :param folder: its own, where its description is and an embedded store has its quads.
        :raises StoreError: it is not there, or damaged.
        """

    def environment(self) -> dict[str, str]:
        """The settings that select this again, for a process of our own."""
        return {f"{PREFIX}ENGINE": type(self).__module__.split(".")[2]}

    def replica(self, root: Path) -> Replica | None:
        """What keeps a store that of an engine elsewhere."""
        return None

    def working_copy(self, root: Path) -> WorkingCopy | None:
        """What writes go through, beside a store that an engine elsewhere is followed by; None if it is written itself.

        :raises InputError: the engine can only be read.
        """
        return None

    def refuse_history(self) -> None:
        """Refuse what needs more versions than the one that an engine elsewhere holds.

        :raises InputError: this is one.
        """
        if self.is_remote:
            raise InputError(
                "A remote engine holds one version of the graph, and this asks for others; use the engine's own "
                "backups. Of an embedded store it can be had: unset THIDUA_STORE_QUERY."
            )


def backend_of(settings: Mapping[str, object]) -> Backend:
    """The engine that settings select, by their names.

    :raises InputError: they name none, or make no sense.
    """
    named = str(settings.get("ENGINE") or "")
    if named and not (named.isidentifier() and find_spec(f"{__package__}.{named}")):
        raise InputError(f"{PREFIX}ENGINE is the name of a folder in thidua/engine/, not {named!r}.")
    for name in (named,) if named else _BY_SETTINGS:
        selects = getattr(import_module(f"{__package__}.{name}"), "backend", None)
        backend: Backend | None = selects(settings) if selects else None
        if backend is not None:
            return backend
    raise InputError(f"{PREFIX}ENGINE={named} is no engine, or lacks its own settings.")


def backend_of_environment() -> Backend:
    """The engine that the environment selects.

    :raises InputError: a setting is wrong.
    """
    return backend_of(read_settings(os.environ))
