"""Reader of the one version that a remote engine holds.

A query is parsed here first: what is wrong with it is told the same on every engine, and nothing but SPARQL 1.1 ever
reaches one. After each answer the engine's state is read: only if it still is this version's was the answer.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, Final

from thidua.base.errors import EngineError, StaleReadError
from thidua.engine.backend import VersionReader
from thidua.engine.remote.addresses import Addresses
from thidua.engine.remote.clauses import with_graphs
from thidua.engine.remote.client import TABLE, TRIPLES, Client
from thidua.engine.remote.contents import with_blanks
from thidua.engine.remote.state import State
from thidua.rdf.answer import Answer
from thidua.rdf.ntriples import iri_term, read_lines
from thidua.rdf.quads import QuadStore
from thidua.versions.store import VersionStore, read_digests


class RemoteVersion(VersionReader):
    """A version that an engine holds; its folder only describes it."""

    def __init__(self, folder: Path, addresses: Addresses) -> None:
        self.version: Final = VersionStore.read(folder)
        self._sizes = {graph: size for graph, (_, size) in read_digests(folder).items()}
        self._client = Client(addresses)
        self._merged = addresses.merged
        self._syntax = QuadStore.memory()

    def query(
        self,
        text: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
    ) -> Answer:
        """Run any query.

        :raises StaleReadError: the engine holds another version by now.
        :raises EngineError: it gives no answer that can be used.
        """
        form = self._syntax.query(text, base=base).form
        if self._merged and not default_graphs and not named_graphs:
            text = with_graphs(text, self._merged, sorted(self._sizes))
        if base:
            text = f"BASE {iri_term(base)} {text}"
        content = self._client.query(text, TRIPLES if form == "GRAPH" else TABLE, default_graphs, named_graphs)
        self._refuse_if_overtaken()
        return Answer.read(form, content)

    def _refuse_if_overtaken(self) -> None:
        state = State.read(self._client)
        if state is None or not state.is_of(self.version):
            raise StaleReadError(f"the engine no longer holds version {self.version.number} alone")

    def graphs(self) -> list[str]:
        return sorted(self._sizes)

    def write_graph(self, out: IO[bytes], media_type: str, graph: str | None = None) -> None:
        super().write_graph(out, media_type, graph)
        self._refuse_if_overtaken()

    def dump(self, out: IO[bytes], media_type: str) -> None:
        """Holds the largest graph in memory."""
        super().dump(out, media_type)
        self._refuse_if_overtaken()

    def lines(self, graph: str | None) -> Collection[str]:
        """All triples of a graph.

        :raises EngineError: these are not all, or too many.
        """
        named = graph or self._merged
        pattern = f"GRAPH {iri_term(named)} {{ ?s ?p ?o }}" if named else "?s ?p ?o"
        lines = read_lines(self._client.query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}", TRIPLES))
        size = self.version.triples if graph is None else self._sizes[graph]
        if len(lines) != size:
            self._refuse_if_overtaken()
            raise EngineError(f"the engine gave {len(lines):,} of {size:,} triples of <{graph or 'the merge'}>")
        return with_blanks(lines)
