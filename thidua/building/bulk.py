"""Bulk loader: quads to a new store by way of a file of canonical N-Quads, sorted, each once.

A store of millions of quads is filled from such a file as fast as the engine can, and what sorted lines tell need not
be asked of the engine: the size of each graph and its hash. Memory does not grow with them, unless there are blank
nodes: a graph that has any is read whole to be hashed.
"""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from thidua.rdf.inputs import media_type_of, opened
from thidua.rdf.quads import QuadStore
from thidua.rdf.syntax import write_canonical
from thidua.versions.publish import digest
from thidua.versions.sort_lines import ExternalSort
from thidua.versions.store import Digests

_LINES_AT_ONCE: Final = 100_000


class BulkLoader:
    """Takes quads from files and sorts them; a context, at whose end the sorted file is deleted."""

    def __init__(self, folder: Path) -> None:
        """Begin an empty one.

        :param folder: where it may write, about twice as much as the quads are long.
        :raises StoreError: this system has no `sort`.
        """
        self._sorting = ExternalSort(folder / "quads.nq")
        self.path: Final = self._sorting.path
        self._named = False
        self.renames = False
        """Whether a default graph that was loaded has other blank nodes than the file: the engine gives them names."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._sorting.__exit__(kind, value, at)

    def read(self, path: Path) -> None:
        """Add what an RDF file holds; its blank nodes become new ones, its relative IRIs are relative to its address.

        :raises RdfSyntaxError: with the line and the column.
        :raises InputError: it cannot be read, or not be kept whole.
        :raises OSError: the disk is full, or fails.
        """
        try:
            with opened(path) as file:
                self._named |= write_canonical(
                    file, media_type_of(path), path.resolve().as_uri(), self._sorting.lines, str(path)
                )
        except BrokenPipeError:
            self.close()  # it knows why `sort` ended
            raise

    def close(self) -> None:
        """End reading, and wait until all is sorted.

        :raises OSError: the disk is full, or fails.
        """
        self._sorting.close()

    def load(self, path: Path) -> tuple[QuadStore, Digests]:
        """Fill a new store; meanwhile the other processor hashes.

        :return: the store, still open, and the hash and the size of each graph, the default graph included.
        :raises OSError: the disk is full, or fails.
        """
        store = QuadStore.create(path)
        with ThreadPoolExecutor(1) as other:
            hashed = other.submit(self._digests)
            with self.path.open("rb") as file:
                store.load_quads(file, canonical=True)
            store.compact()
            digests, blank = hashed.result()
        self.renames = None in blank
        return store, digests | digest(store, blank)

    def _digests(self) -> tuple[Digests, list[str | None]]:
        """The hash and the size of each graph, and the graphs left out: their blank nodes must be given names first."""
        found: dict[str, _Running] = {"": _Running()}
        with self.path.open("rb") as file:
            while lines := list(islice(file, _LINES_AT_ONCE)):
                for graph, triples in _by_graph(lines) if self._named else [("", lines)]:
                    found.setdefault(graph, _Running()).take(triples)
        blank = [graph or None for graph, running in found.items() if running.blank]
        return {graph: running.digest() for graph, running in found.items() if not running.blank}, blank


class _Running:
    """The hash and the size of a graph whose lines come in order."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._size = 0
        self.blank = False
        """Whether it has blank nodes, as far as can be told without reading the lines."""

    def take(self, triples: list[bytes]) -> None:
        text = b"".join(triples)
        self._size += len(triples)
        self._hash.update(text)
        self.blank = self.blank or b"_:" in text

    def digest(self) -> tuple[str, int]:
        return self._hash.hexdigest(), self._size


def _by_graph(lines: list[bytes]) -> Iterable[tuple[str, list[bytes]]]:
    """The triples of each graph, in order, from lines of canonical N-Quads."""
    found: dict[bytes, list[bytes]] = {}
    for line in lines:
        # An object may hold spaces, but only up to its last quotation mark or, of a triple, its last bracket.
        at = max(line.rfind(b'"'), line.rfind(b")>>"), line.index(b" ", line.index(b" ") + 1))
        at = line.index(b" ", at + 1)
        graph = line[at + 1 : -3]
        found.setdefault(graph, []).append(line[: at + 1] + b".\n" if graph else line)
    return ((graph[1:-1].decode(), triples) for graph, triples in found.items())
