"""Quad store: a set of quads, in memory or on disk, that answers SPARQL.

A :class:`QuadStore` is in memory while a graph is being built and on disk once it is published. Terms cross this border
as strings and :class:`~thidua.rdf.cells.Cell`; engine errors are translated here, once. A disk that is full or fails is
an ``OSError``, whatever was being written: :meth:`thidua.versions.store.VersionStore.locked` says what to do.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

import pyoxigraph as ox

from thidua.base.errors import (
    DataError,
    InputError,
    NotFoundError,
    QueryRefusedError,
    QuerySyntaxError,
    StoreError,
    UnsupportedRdfError,
)
from thidua.base.formats import DATASETS, GRAPHS, INPUTS
from thidua.rdf.answer import Answer
from thidua.rdf.blank_nodes import is_poison
from thidua.rdf.cells import Cell
from thidua.rdf.constant_paths import constants_first
from thidua.rdf.engine_errors import damage_told, errors_translated
from thidua.rdf.ntriples import cell_of, iri_term, node_of, parsed, text_of, triples_of
from thidua.rdf.sources import unmarked
from thidua.rdf.syntax import DEFAULT, format_errors, parse, rdf_format, refuse_rdf12, serialise, used_everywhere, write

if TYPE_CHECKING:
    import rdflib

#: Lines handed to the engine in one piece.
_LINES_AT_ONCE = 500_000
#: Without one of these, N-Triples are RDF 1.1.
_RDF12 = (b"<<(", b"--ltr", b"--rtl")
#: What a query has that can make a triple term.
_MAKES_TRIPLES = re.compile(r"<<|triple", re.IGNORECASE)


class QuadStore:
    """A set of quads that answers SPARQL."""

    def __init__(self, store: ox.Store, *, in_memory: bool = False) -> None:
        self.raw = store
        """The engine's own store, for the modules beside this one alone."""
        self.in_memory = in_memory

    @classmethod
    def memory(cls) -> "QuadStore":
        """An empty store that lives and dies with the process."""
        return cls(ox.Store(), in_memory=True)

    @classmethod
    def read_only(cls, path: Path) -> "QuadStore":
        """A published store.

        :raises StoreError: there is none, or it cannot be read.
        """
        try:
            return cls(ox.Store.read_only(str(path)))
        except (OSError, RuntimeError) as exc:
            raise StoreError(f"{path} cannot be opened ({exc}); build it again with `thidua build`") from exc

    def copied(self, target: Path) -> "QuadStore":
        """A store on disk that begins as this one; takes milliseconds, whatever the size, for they share files."""
        self.raw.backup(str(target))
        return type(self)(ox.Store(str(target)))

    @classmethod
    def create(cls, path: Path) -> "QuadStore":
        """An empty store on disk."""
        return cls(ox.Store(str(path)))

    def close(self) -> None:
        """Put everything on disk and let go of the files; the store cannot be used afterwards."""
        try:
            self.raw.flush()
        finally:
            self.release()

    def __enter__(self) -> "QuadStore":
        return self

    def __exit__(self, *failure: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go of the files, whatever is on disk by now; a second time does nothing."""
        # The engine works on its files in the background, and locks them, until nobody holds the store.
        self.__dict__.pop("raw", None)

    def compact(self) -> None:
        """Order the files after much was loaded; until then each query looks into all of them."""
        self.raw.optimize()

    @classmethod
    def write(cls, path: Path, graphs: Mapping[str, Iterable[str]]) -> None:
        """Write a new store on disk and flush it: names of graphs, and N-Triples lines without their ends."""
        disk = ox.Store(str(path))
        left = ((line, graph) for graph, lines in graphs.items() for line in lines)
        while some := list(islice(left, _LINES_AT_ONCE)):
            # The engine reads text many times faster than it takes objects, but renames blank nodes.
            plain = "".join(f"{line} <{graph}> .\n" for line, graph in some if "_:" not in line)
            disk.bulk_load(plain, format=ox.RdfFormat.N_QUADS, lenient=True)
            blank = "".join(f"{line} <{graph}> .\n" for line, graph in some if "_:" in line)
            disk.extend(ox.parse(blank, format=ox.RdfFormat.N_QUADS))
        disk.flush()

    def load_turtle(self, path: Path, graph: str, shown_as: str) -> None:
        """Read a Turtle file into a graph; its blank nodes become new ones.

        :raises DataError: with file, line and column of the first syntax error.
        """
        try:
            with path.open("rb") as file:
                self.raw.bulk_load(unmarked(file), format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))
            self.refuse_rdf12(graph)
        except SyntaxError as exc:
            where = f"{shown_as}:{exc.lineno}:{exc.offset}" if exc.lineno else shown_as
            raise DataError([f"{where}: {exc.msg.split(': ', 1)[-1]}"]) from exc
        except UnsupportedRdfError as exc:
            raise DataError([f"{shown_as}: {exc}"]) from exc
        except (ValueError, OSError) as exc:
            raise DataError([f"{shown_as}: cannot be read: {exc}"]) from exc

    def refuse_rdf12(self, graph: str | None, text: bytes | None = None) -> None:
        """Refuse what RDF 1.1 does not have: shapes, other formats and most programs cannot read it.

        :param text: the graph as N-Triples, where it is at hand.
        :raises UnsupportedRdfError: a graph has a triple term, or a text with a direction.
        """
        text = self.n_triples(graph) if text is None else text
        if any(sign in text for sign in _RDF12):
            source = DEFAULT if graph is None else ox.NamedNode(graph)
            for quad in self.raw.quads_for_pattern(None, None, None, source):
                refuse_rdf12(quad)

    def update(self, text: str, base: str | None = None) -> None:
        """Run a SPARQL update.

        :raises QuerySyntaxError: with line and column where the engine tells them.
        :raises InputError: it cannot be carried out; then nothing was.
        """
        with errors_translated("update"):
            try:
                self.raw.update(text, base_iri=base)
            except OSError as exc:
                if str(exc).startswith("IO error"):  # of the store's own files
                    raise
                raise QueryRefusedError(f"LOAD fetches nothing here ({exc}); send the data itself, to /data.") from exc
        if self._has_nameless_graphs():
            raise InputError("The update writes into a graph that a blank node names, so nobody could ask for it.")

    def lines(self, graph: str | None) -> set[str]:
        """The triples of a graph, the default graph for None, each as one N-Triples line without its end."""
        return lines_in(self.n_triples(graph))

    def change(self, graph: str | None, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Remove triples from a graph and add others, given as N-Triples lines without their ends."""
        target = DEFAULT if graph is None else ox.NamedNode(graph)
        for triple in triples_of(remove):
            self.raw.remove(ox.Quad(triple.subject, triple.predicate, triple.object, target))
        text = text_of(add)
        if self.in_memory and "_:" not in text:  # loading would rename blank nodes
            self.raw.bulk_load(text, format=ox.RdfFormat.N_TRIPLES, to_graph=target)
            return
        self.raw.extend([ox.Quad(triple.subject, triple.predicate, triple.object, target) for triple in parsed(text)])

    def clear(self, graph: str | None, *, forget: bool = False) -> None:
        """Empty a graph; `forget` its name as well."""
        if graph is None:
            self.raw.clear_graph(DEFAULT)
        elif forget:
            self.raw.remove_graph(ox.NamedNode(graph))
        else:
            self.raw.clear_graph(ox.NamedNode(graph))

    def load(self, data: bytes, media_type: str, graph: str | None, base: str | None, shown_as: str = "body") -> None:
        """Read RDF into a graph, which exists from then on, even if the data is empty.

        Blank nodes become new ones.

        :param media_type: one of :data:`~thidua.base.formats.INPUTS`; of a dataset, the graphs are its own.
        :raises RdfSyntaxError: with the line and the column.
        :raises InputError: not all of it could be kept.
        """
        dataset = INPUTS[media_type] in DATASETS
        if dataset and graph is not None:
            raise InputError(f"{shown_as}: it names its graphs itself, so it cannot go into <{graph}>; name none.")
        quads = list(parse(data, media_type, base, shown_as))
        if dataset:
            self.raw.extend(quads)
            return
        target = DEFAULT if graph is None else ox.NamedNode(graph)
        if graph is not None:
            self.raw.add_graph(ox.NamedNode(graph))
        self.raw.extend([ox.Quad(quad.subject, quad.predicate, quad.object, target) for quad in quads])

    def as_rdflib(self) -> "rdflib.Graph":
        """The default graph as rdflib sees graphs, backed by this store."""
        import oxrdflib
        import rdflib

        default = rdflib.graph.DATASET_DEFAULT_GRAPH_ID
        return rdflib.Graph(oxrdflib.OxigraphStore(store=self.raw), identifier=default)

    def load_quads(self, file: IO[bytes], *, canonical: bool = False) -> None:
        """Add the quads of an N-Quads file; blank nodes keep their names.

        :param canonical: :func:`write_canonical` wrote it, so its IRIs need no check.
        :raises ValueError: it does not parse.
        """
        try:
            self.raw.bulk_load(file, format=ox.RdfFormat.N_QUADS, lenient=canonical)
        except SyntaxError as exc:
            raise ValueError(exc.msg) from exc
        if self._has_nameless_graphs():
            raise ValueError("it has a graph that a blank node names")

    def _has_nameless_graphs(self) -> bool:
        return any(not isinstance(graph, ox.NamedNode) for graph in self.raw.named_graphs())

    def dump_quads(self, path: Path) -> None:
        """Write every quad into an N-Quads file."""
        self.raw.dump(str(path), format=ox.RdfFormat.N_QUADS)

    def dump(self, out: IO[bytes], media_type: str) -> None:
        """Write everything, piece by piece: a dataset with all its graphs, any other format the default graph alone."""
        form, prefixes = GRAPHS[media_type], used_everywhere(media_type)
        with damage_told(), format_errors(media_type):
            if form.name == "rdfxml":
                quads = self.raw.quads_for_pattern(None, None, None, DEFAULT)
                write(quads, out, media_type, prefixes)
            else:
                source = None if form in DATASETS else DEFAULT
                self.raw.dump(out, format=rdf_format(media_type), from_graph=source, prefixes=prefixes)

    def about(self, subjects: Iterable[str]) -> Iterator[str]:
        """What the default graph says of things (IRIs), as N-Triples lines without their ends."""
        for subject in subjects:
            for quad in self.raw.quads_for_pattern(ox.NamedNode(subject), None, None, DEFAULT):
                yield str(quad.triple)

    def states_anything_of(self, thing: str) -> bool:
        """Whether a thing (an IRI, or a blank node's label) is the subject of any statement."""
        return any(True for _ in self.raw.quads_for_pattern(node_of(thing), None, None))

    def values(self, thing: str, predicate: str) -> list[Cell]:
        """What some graph states for a property of a thing."""
        quads = self.raw.quads_for_pattern(node_of(thing), ox.NamedNode(predicate), None)
        return [cell for cell in dict.fromkeys(cell_of(quad.object) for quad in quads) if cell]

    def referring_to(self, thing: str) -> Iterator[str]:
        """The IRIs whose statements in the default graph have a thing as their object."""
        for quad in self.raw.quads_for_pattern(None, None, ox.NamedNode(thing), DEFAULT):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value

    def table(self, text: str) -> tuple[tuple[str, ...], Iterator[dict[str, Cell | None]]]:
        """Run a SELECT: its column names, and its rows as cells, read as they are asked for."""
        return self.query(text).table()

    def select(self, text: str) -> Iterator[dict[str, Cell | None]]:
        """Rows of a SELECT over this store, as cells."""
        return self.table(text)[1]

    def query(
        self,
        text: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
    ) -> Answer:
        """Run any query over this store, or over the graphs named.

        :param base: what relative IRIs in the text are relative to.
        :raises QuerySyntaxError: with line and column where the engine tells them.
        """
        with damage_told():
            rewritten = constants_first(text, base, self.raw)
        try:
            result = self.run(rewritten or text, default_graphs, named_graphs, base)
        except QuerySyntaxError:
            if rewritten is None:
                raise
            result = self.run(text, default_graphs, named_graphs, base)  # which tells the place in this text
        if isinstance(result, ox.QueryTriples):
            return Answer("GRAPH", result)
        form: Literal["ASK", "SELECT"] = "ASK" if isinstance(result, ox.QueryBoolean) else "SELECT"
        return Answer(form, result, _may_have_triples=_MAKES_TRIPLES.search(text) is not None)

    def run(
        self,
        text: str,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
    ) -> "ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples":
        """What the engine itself gives, for the modules beside this one; :meth:`query` is for all others."""
        with errors_translated("query"):
            if not default_graphs and not named_graphs:
                return self.raw.query(text, base_iri=base)
            return self.raw.query(
                text,
                base_iri=base,
                default_graph=[ox.NamedNode(iri) for iri in default_graphs],
                named_graphs=[ox.NamedNode(iri) for iri in named_graphs],
            )

    def write_graph(self, out: IO[bytes], media_type: str, graph: str | None = None) -> None:
        """Write the default graph, or a named one, as one of :data:`~thidua.base.formats.GRAPHS`.

        :raises NotFoundError: there is no such graph.
        """
        if graph is not None and not self.has_graph(graph):
            raise NotFoundError(f"There is no graph <{graph}> here.")
        source = DEFAULT if graph is None else ox.NamedNode(graph)
        with damage_told():
            triples = [quad.triple for quad in self.raw.quads_for_pattern(None, None, None, source)]
        serialise(triples, out, media_type)

    def has_graph(self, graph: str) -> bool:
        """Whether a named graph is there, be it empty."""
        with damage_told():
            return self.raw.contains_named_graph(ox.NamedNode(graph))

    def graphs(self) -> list[str]:
        """The names of all named graphs, sorted."""
        with damage_told():
            return sorted(g.value for g in self.raw.named_graphs() if isinstance(g, ox.NamedNode))

    def triples(self) -> int:
        """How many triples the default graph has."""
        return self.size(None)

    def size(self, graph: str | None) -> int:
        """How many triples a graph has."""
        # The engine counts without reading a term: many times faster than iterating.
        within = "" if graph is None else f"GRAPH {iri_term(graph)} "
        (row,) = self.select(f"SELECT (COUNT(*) AS ?n) {{ {within}{{ ?s ?p ?o }} }}")
        return int(row["n"].value) if row["n"] else 0

    def n_triples(self, graph: str | None = None) -> bytes:
        """The default graph, or a named one, as N-Triples."""
        source = DEFAULT if graph is None else ox.NamedNode(graph)
        with damage_told():
            return self.raw.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=source) or b""

    def dump_graph(self, out: IO[bytes], graph: str | None) -> None:
        """Write the default graph, or a named one, as N-Triples, piece by piece."""
        source = DEFAULT if graph is None else ox.NamedNode(graph)
        self.raw.dump(out, format=ox.RdfFormat.N_TRIPLES, from_graph=source)

    def canonical_lines(self, graph: str | None) -> list[str]:
        """A graph's triples as sorted N-Triples lines without their ends, blank nodes by their canonical names.

        :source: https://www.w3.org/TR/rdf-canon/
        """
        return [line[:-2].decode() for line in self._canonical(graph)]

    def graph_hash(self, graph: str | None) -> str:
        """SHA-256 (hex) of a graph's canonical N-Quads (RDFC-1.0, triples only), sorted."""
        return hashlib.sha256(b"".join(line + b"\n" for line in self._canonical(graph))).hexdigest()

    def _canonical(self, graph: str | None) -> list[bytes]:
        text = self.n_triples(graph)
        if b"_:" in text:  # perhaps in a literal, which does no harm
            quads = list(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))
            if is_poison((str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads):
                where = iri_term(graph) if graph else "the default graph"
                raise UnsupportedRdfError(
                    f"Too many blank nodes of {where} are alike and lead to each other; name them by IRIs."
                )
            triples = ox.Dataset(quads)
            triples.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
            text = "".join(f"{quad} .\n" for quad in triples).encode()
        # The order of bytes is that of code points.
        return sorted(text.split(b"\n"))[1:]


def lines_in(n_triples: bytes) -> set[str]:
    """The lines of N-Triples that the engine wrote, without their ends."""
    return {line[:-2] for line in n_triples.decode().split("\n")[:-1]}
