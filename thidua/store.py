"""Quads and SPARQL: with :mod:`thidua.syntax` the home of pyoxigraph.

A :class:`QuadStore` is in memory while a graph is being built and on disk once it is published. Terms cross this
border as strings and :class:`~thidua.rows.Cell`; engine errors are translated here, once. A disk that is full or fails
is an ``OSError``, whatever was being written: :meth:`thidua.versions.VersionStore.locked` says what to do.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, Protocol, cast

import pyoxigraph as ox

from thidua.base.errors import (
    DataError,
    EngineError,
    InputError,
    NotFoundError,
    QueryFailedError,
    QueryRefusedError,
    QuerySyntaxError,
    StoreError,
    UnsupportedFunctionError,
    UnsupportedRdfError,
)
from thidua.base.formats import DATASETS, GRAPHS, INPUTS, RESULTS
from thidua.blank_nodes import is_poison
from thidua.rows import Cell
from thidua.syntax import (
    DEFAULT,
    FORMS,
    format_errors,
    has_triple,
    parse,
    refuse_rdf12,
    serialise,
    unmarked,
    used_everywhere,
    write,
)
from thidua.xml import XmlFile

if TYPE_CHECKING:
    import rdflib

#: Lines handed to the engine in one piece.
_LINES_AT_ONCE = 500_000
#: Bytes read from a file in one piece.
_PIECE = 1 << 20
#: Without one of these, N-Triples are RDF 1.1.
_RDF12 = (b"<<(", b"--ltr", b"--rtl")
#: What a query has that can make a triple term.
_MAKES_TRIPLES = re.compile(r"<<|triple", re.IGNORECASE)
_NO_FUNCTION = re.compile(r"The custom function (<.*>) is not supported", re.DOTALL)
_AT = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
#: A CONSTRUCT that ends with its pattern: what is before it, the template, the pattern.
_RULE = re.compile(r"(.*^)CONSTRUCT\s*\{([^{}]*)\}\s*WHERE\s*(\{.*\})\s*", re.DOTALL | re.MULTILINE)
_RESULT_FORMATS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}


@dataclass(frozen=True)
class Answer:
    """What a query gave, not yet written out: it can be written once."""

    form: Literal["SELECT", "ASK", "GRAPH"]
    _result: "ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]"
    _foreign: bool = False
    _may_have_triples: bool = True
    """Whether a term of it may be a triple, which CSV cannot tell from a text."""

    @classmethod
    def read(cls, form: Literal["SELECT", "ASK", "GRAPH"], content: bytes) -> "Answer":
        """An answer that another engine has written: a table as SPARQL's JSON, a graph as N-Triples.

        :raises EngineError: it is something else; one that is not whole is told when it is read to its end.
        """
        if form == "GRAPH":
            return cls(form, (quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES)), True)
        with _answer_errors():
            table = ox.parse_query_results(content, format=ox.QueryResultsFormat.JSON)
            if isinstance(table, ox.QueryBoolean) != (form == "ASK"):
                raise ValueError(f"it is none to {form}")
        return cls(form, table, True, b'"triple"' in content)

    def table(self) -> tuple[tuple[str, ...], Iterator[dict[str, Cell | None]]]:
        """The columns of a SELECT, and its rows as cells, read as they are asked for.

        :raises InputError: it is none.
        """
        if not isinstance(self._result, ox.QuerySolutions):
            raise InputError("a SELECT is needed here")
        columns = tuple(variable.value for variable in self._result.variables)
        return columns, self._rows(columns, self._result)

    def _rows(self, columns: Sequence[str], solutions: "ox.QuerySolutions") -> Iterator[dict[str, Cell | None]]:
        with self._errors():
            for solution in solutions:
                yield {name: _cell(solution[name]) for name in columns}

    def _errors(self) -> AbstractContextManager[None]:
        return _answer_errors() if self._foreign else _errors_translated("query")

    def write(self, media_type: str) -> bytes:
        """Serialise as :meth:`write_to` does, in memory."""
        out = BytesIO()
        self.write_to(out, media_type)
        return out.getvalue()

    def write_to(self, out: IO[bytes], media_type: str) -> None:
        """Serialise as one of :data:`~thidua.base.formats.RESULTS` or :data:`~thidua.base.formats.GRAPHS`, by form.

        :raises InputError: the media type does not fit the form, or the query fails on its way.
        :raises NotAcceptableError: the format cannot say what the answer holds.
        """
        with self._errors():
            self._write(out, media_type)

    def _write(self, out: IO[bytes], media_type: str) -> None:
        if not isinstance(self._result, ox.QuerySolutions | ox.QueryBoolean):
            if media_type not in GRAPHS:
                raise InputError(f"{media_type} cannot hold a graph; take one of {', '.join(GRAPHS)}")
            # A CONSTRUCT may repeat a triple; a graph has each once.
            serialise(dict.fromkeys(self._result), out, media_type)
            return
        if media_type not in RESULTS:
            raise InputError(f"{media_type} cannot hold a table; take one of {', '.join(RESULTS)}")
        form = RESULTS[media_type]
        if isinstance(self._result, ox.QueryBoolean) and form in ("csv", "tsv"):
            # SPARQL defines no CSV for ASK; one word is what people expect.
            out.write(b"true" if self._result else b"false")
        elif form == "xml":
            instead = [name for name, short in RESULTS.items() if short != form]
            self._result.serialize(cast(IO[bytes], XmlFile(out, instead)), format=_RESULT_FORMATS[form])
        elif form == "csv" and self._may_have_triples:
            text = self._result.serialize(format=ox.QueryResultsFormat.JSON) or b""
            if b'"type":"triple"' in text:  # within a string, JSON would escape the quotation marks
                raise has_triple(media_type, RESULTS)
            table = ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)
            table.serialize(out, format=ox.QueryResultsFormat.CSV)
        else:
            self._result.serialize(out, format=_RESULT_FORMATS[form])


class Dumps(Protocol):
    """What can write itself out."""

    def dump(self, out: IO[bytes], media_type: str) -> None:
        """Write everything."""
        ...


class QuadStore:
    """A set of quads that answers SPARQL."""

    def __init__(self, store: ox.Store, *, in_memory: bool = False) -> None:
        self._store = store
        self._in_memory = in_memory

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

    @classmethod
    def copy(cls, source: Path, target: Path) -> "QuadStore":
        """A store on disk that begins as another one; takes milliseconds, whatever the size, for they share files."""
        ox.Store.read_only(str(source)).backup(str(target))
        return cls(ox.Store(str(target)))

    @classmethod
    def create(cls, path: Path) -> "QuadStore":
        """An empty store on disk."""
        return cls(ox.Store(str(path)))

    def close(self) -> None:
        """Put everything on disk and let go of the files; the store cannot be used afterwards."""
        try:
            self._store.flush()
        finally:
            self.release()

    def __enter__(self) -> "QuadStore":
        return self

    def __exit__(self, *failure: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go of the files, whatever is on disk by now; a second time does nothing."""
        # The engine works on its files in the background, and locks them, until nobody holds the store.
        self.__dict__.pop("_store", None)

    def settle(self) -> None:
        """Order the files after much was loaded; until then each query looks into all of them."""
        self._store.optimize()

    @classmethod
    def write(cls, path: Path, graphs: Mapping[str, Iterable[str]]) -> None:
        """Write a new store on disk and flush it: names of graphs, and N-Triples lines without their ends."""
        disk = ox.Store(str(path))
        for graph, lines in graphs.items():
            end = f" <{graph}> .\n"
            left = iter(lines)
            while some := list(islice(left, _LINES_AT_ONCE)):
                # The engine reads text many times faster than it takes objects, but renames blank nodes.
                plain = "".join(f"{line}{end}" for line in some if "_:" not in line)
                disk.bulk_load(plain, format=ox.RdfFormat.N_QUADS, lenient=True)
                disk.extend(
                    ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(graph))
                    for triple in _triples(line for line in some if "_:" in line)
                )
        disk.flush()

    def load_turtle(self, path: Path, graph: str, shown_as: str) -> None:
        """Read a Turtle file into a graph; its blank nodes become new ones.

        :raises DataError: with file, line and column of the first syntax error.
        """
        try:
            with path.open("rb") as file:
                self._store.bulk_load(unmarked(file), format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))
            self.refuse_rdf12(graph)
        except SyntaxError as exc:
            where = f"{shown_as}:{exc.lineno}:{exc.offset}" if exc.lineno else shown_as
            raise DataError([f"{where}: {exc.msg.split(': ', 1)[-1]}"]) from exc
        except UnsupportedRdfError as exc:
            raise DataError([f"{shown_as}: {exc}"]) from exc
        except (ValueError, OSError) as exc:
            raise DataError([f"{shown_as}: cannot be read: {exc}"]) from exc

    def refuse_rdf12(self, graph: str | None) -> None:
        """Refuse what RDF 1.1 does not have: shapes, other formats and most programs cannot read it.

        :raises UnsupportedRdfError: a graph has a triple term, or a text with a direction.
        """
        text = self.n_triples(graph)
        if any(sign in text for sign in _RDF12):
            source = DEFAULT if graph is None else ox.NamedNode(graph)
            for quad in self._store.quads_for_pattern(None, None, None, source):
                refuse_rdf12(quad)

    def update(self, text: str, base: str | None = None) -> None:
        """Run a SPARQL update.

        :raises QuerySyntaxError: with line and column where the engine tells them.
        :raises InputError: it cannot be carried out; then nothing was.
        """
        with _errors_translated("update"):
            try:
                self._store.update(text, base_iri=base)
            except OSError as exc:
                if str(exc).startswith("IO error"):  # of the store's own files
                    raise
                raise QueryRefusedError(f"LOAD fetches nothing here ({exc}); send the data itself, to /data.") from exc
        if self._has_nameless_graphs():
            raise InputError("The update writes into a graph that a blank node names, so nobody could ask for it.")

    def lines(self, graph: str | None) -> set[str]:
        """The triples of a graph, the default graph for None, each as one N-Triples line without its end."""
        return {line[:-2] for line in self.n_triples(graph).decode().split("\n")[:-1]}

    def change(self, graph: str | None, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Remove triples from a graph and add others, given as N-Triples lines without their ends."""
        target = DEFAULT if graph is None else ox.NamedNode(graph)
        for triple in _triples(remove):
            self._store.remove(ox.Quad(triple.subject, triple.predicate, triple.object, target))
        text = _text(add)
        if self._in_memory and "_:" not in text:  # loading would rename blank nodes
            self._store.bulk_load(text, format=ox.RdfFormat.N_TRIPLES, to_graph=target)
            return
        self._store.extend(
            [ox.Quad(triple.subject, triple.predicate, triple.object, target) for triple in _parsed(text)]
        )

    def clear(self, graph: str | None, *, forget: bool = False) -> None:
        """Empty a graph; `forget` its name as well."""
        if graph is None:
            self._store.clear_graph(DEFAULT)
        elif forget:
            self._store.remove_graph(ox.NamedNode(graph))
        else:
            self._store.clear_graph(ox.NamedNode(graph))

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
            self._store.extend(quads)
            return
        target = DEFAULT if graph is None else ox.NamedNode(graph)
        if graph is not None:
            self._store.add_graph(ox.NamedNode(graph))
        self._store.extend([ox.Quad(quad.subject, quad.predicate, quad.object, target) for quad in quads])

    def as_rdflib(self) -> "rdflib.Graph":
        """The default graph as rdflib sees graphs, backed by this store."""
        import oxrdflib
        import rdflib

        default = rdflib.graph.DATASET_DEFAULT_GRAPH_ID
        return rdflib.Graph(oxrdflib.OxigraphStore(store=self._store), identifier=default)

    def load_quads(self, file: IO[bytes], *, canonical: bool = False) -> None:
        """Add the quads of an N-Quads file; blank nodes keep their names.

        :param canonical: :func:`write_canonical` wrote it, so its IRIs need no check.
        :raises ValueError: it does not parse.
        """
        try:
            self._store.bulk_load(file, format=ox.RdfFormat.N_QUADS, lenient=canonical)
        except SyntaxError as exc:
            raise ValueError(exc.msg) from exc
        if self._has_nameless_graphs():
            raise ValueError("it has a graph that a blank node names")

    def _has_nameless_graphs(self) -> bool:
        return any(not isinstance(graph, ox.NamedNode) for graph in self._store.named_graphs())

    def dump_quads(self, path: Path) -> None:
        """Write every quad into an N-Quads file."""
        self._store.dump(str(path), format=ox.RdfFormat.N_QUADS)

    def load_dump(self, path: Path, graph: str | None) -> None:
        """Add what a store has dumped into a file, which is changed; blank nodes keep their names.

        :param graph: where triples go; None for a dump of quads or of the default graph.
        :raises ValueError: it is not whole.
        """
        form = ox.RdfFormat.N_QUADS if graph is None else ox.RdfFormat.N_TRIPLES
        target = None if graph is None else ox.NamedNode(graph)
        blank = _set_blank_aside(path)
        try:
            # The engine reads text many times faster than it takes objects, but renames blank nodes.
            self._store.bulk_load(path=str(path), format=form, to_graph=target, lenient=True)
        except SyntaxError as exc:
            raise ValueError(exc.msg) from exc
        quads = ox.parse(blank, format=form)
        self._store.extend(
            quads if target is None else (ox.Quad(q.subject, q.predicate, q.object, target) for q in quads)
        )

    def dump(self, out: IO[bytes], media_type: str) -> None:
        """Write everything, piece by piece: a dataset with all its graphs, any other format the default graph alone."""
        form = GRAPHS[media_type]
        with _damage_told(), format_errors(media_type):
            if form == "rdfxml":
                quads = self._store.quads_for_pattern(None, None, None, DEFAULT)
                write(quads, out, media_type, used_everywhere(form))
            else:
                source = None if form in DATASETS else DEFAULT
                self._store.dump(out, format=FORMS[form], from_graph=source, prefixes=used_everywhere(form))

    def restate(self, lines: Iterable[str]) -> tuple[set[str], set[str]]:
        """Let the default graph state just those of these triples that some named graph states.

        :return: the triples that it states newly, and those that it no longer states.
        """
        added, removed = set(), set()
        for line, triple in zip(lines := list(lines), _triples(lines), strict=True):
            graphs = [
                quad.graph_name
                for quad in self._store.quads_for_pattern(triple.subject, triple.predicate, triple.object)
            ]
            stated, shown = any(graph != DEFAULT for graph in graphs), DEFAULT in graphs
            if stated and not shown:
                added.add(line)
            elif shown and not stated:
                removed.add(line)
        self.change(None, add=added, remove=removed)
        return added, removed

    def stated(self, lines: Iterable[str]) -> set[str]:
        """Those of these triples, as N-Triples lines without their ends, that the default graph states."""
        lines = list(lines)
        return {
            line
            for line, triple in zip(lines, _triples(lines), strict=True)
            if ox.Quad(triple.subject, triple.predicate, triple.object, DEFAULT) in self._store
        }

    def only_in(self, graph: str) -> set[str]:
        """The triples that a named graph states and no other named graph, as N-Triples lines without their ends."""
        return self.constructed(
            f"""CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{graph}> {{ ?s ?p ?o }}
              FILTER NOT EXISTS {{ GRAPH ?other {{ ?s ?p ?o }} FILTER(?other != <{graph}>) }} }}"""
        )

    def constructed(self, rule: str, *, over: Sequence[str] = (), named: Sequence[str] = ()) -> set[str]:
        """What a CONSTRUCT gives, as N-Triples lines without their ends.

        :param over: graphs whose union is the rule's default graph; none means the store's own.
        :param named: the graphs that ``GRAPH`` sees.
        """
        return set(_lines_of(self._triples_of(rule, over, named)))

    def derive(self, rule: str, graph: str, *, over: Sequence[str] = (), named: Sequence[str] = ()) -> set[str]:
        """Add to a graph what a CONSTRUCT gives; :meth:`constructed` says over what.

        :param named: with `over`, has the graph among others.
        :return: what is new, as N-Triples lines without their ends.
        """
        found = _RULE.fullmatch(rule)
        try:  # the engine passes over what is there already, which mostly is all
            missing = f"{found[1]}CONSTRUCT {{{found[2]}}} {_missing(found, graph)}" if found else rule
            triples = self._triples_of(missing, over, named)
        except InputError:
            triples = self._triples_of(rule, over, named)
        target, new, quads = ox.NamedNode(graph), set(), []
        for triple, line in zip(triples, _lines_of(triples), strict=True):
            quad = ox.Quad(triple.subject, triple.predicate, triple.object, target)
            if quad not in self._store:
                quads.append(quad)
                new.add(line)
        self._store.extend(quads)
        return new

    def absorb(self, rule: str, graph: str) -> bool:
        """Add to a graph, and to the default graph, what a CONSTRUCT over the default graph gives.

        :return: whether anything is new in the graph.
        """
        before = self.size(graph)
        if found := _RULE.fullmatch(rule):
            insert = f"{found[1]}INSERT {{ GRAPH {iri_term(graph)} {{{found[2]}}} {found[2]} }} WHERE {found[3]}"
            with suppress(InputError), _errors_translated("update"):
                self._store.update(insert)
                return self.size(graph) > before
        lines = self.constructed(rule)
        self.change(graph, add=lines)
        self.change(None, add=lines)
        return self.size(graph) > before

    def _triples_of(self, rule: str, over: Sequence[str], named: Sequence[str]) -> list[ox.Triple]:
        result = self._run(rule, over, named)
        if not isinstance(result, ox.QueryTriples):
            raise InputError("a rule must be a CONSTRUCT")
        return list(result)

    def about(self, subjects: Iterable[str]) -> Iterator[str]:
        """What the default graph says of things (IRIs), as N-Triples lines without their ends."""
        for subject in subjects:
            for quad in self._store.quads_for_pattern(ox.NamedNode(subject), None, None, DEFAULT):
                yield str(quad.triple)

    def states_anything_of(self, thing: str) -> bool:
        """Whether a thing (an IRI, or a blank node's label) is the subject of any statement."""
        return any(True for _ in self._store.quads_for_pattern(_node(thing), None, None))

    def values(self, thing: str, predicate: str) -> list[Cell]:
        """What some graph states for a property of a thing."""
        quads = self._store.quads_for_pattern(_node(thing), ox.NamedNode(predicate), None)
        return [cell for cell in dict.fromkeys(_cell(quad.object) for quad in quads) if cell]

    def referring_to(self, thing: str) -> Iterator[str]:
        """The IRIs whose statements in the default graph have a thing as their object."""
        for quad in self._store.quads_for_pattern(None, None, ox.NamedNode(thing), DEFAULT):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value

    def merge(self) -> None:
        """Make the default graph the set union of all named graphs: each triple once."""
        self._store.clear_graph(DEFAULT)
        if self._in_memory:  # on disk an update of any size would be held in memory until its end
            self._store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?graph { ?s ?p ?o } }")
            return
        self._store.bulk_extend(
            {ox.Quad(q.subject, q.predicate, q.object, DEFAULT) for q in self._store if q.graph_name != DEFAULT}
        )

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
        result = self._run(text, default_graphs, named_graphs, base)
        if isinstance(result, ox.QueryTriples):
            return Answer("GRAPH", result)
        form: Literal["ASK", "SELECT"] = "ASK" if isinstance(result, ox.QueryBoolean) else "SELECT"
        return Answer(form, result, _may_have_triples=_MAKES_TRIPLES.search(text) is not None)

    def _run(
        self,
        text: str,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
    ) -> "ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples":
        with _errors_translated("query"):
            if not default_graphs and not named_graphs:
                return self._store.query(text, base_iri=base)
            return self._store.query(
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
        with _damage_told():
            triples = [quad.triple for quad in self._store.quads_for_pattern(None, None, None, source)]
        serialise(triples, out, media_type)

    def has_graph(self, graph: str) -> bool:
        """Whether a named graph is there, be it empty."""
        with _damage_told():
            return self._store.contains_named_graph(ox.NamedNode(graph))

    def graphs(self) -> list[str]:
        """The names of all named graphs, sorted."""
        with _damage_told():
            return sorted(g.value for g in self._store.named_graphs() if isinstance(g, ox.NamedNode))

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
        with _damage_told():
            return self._store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=source) or b""

    def dump_graph(self, out: IO[bytes], graph: str | None) -> None:
        """Write the default graph, or a named one, as N-Triples, piece by piece."""
        source = DEFAULT if graph is None else ox.NamedNode(graph)
        self._store.dump(out, format=ox.RdfFormat.N_TRIPLES, from_graph=source)

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


def write_dump(store: Dumps, out: IO[bytes], media_type: str, compressed: bool = False) -> str:
    """Write all of a store, gzipped if wanted; the same store gives the same bytes.

    :return: the media type of what was written.
    """
    if not compressed:
        store.dump(out, media_type)
        return media_type
    with gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0) as file:
        store.dump(cast(IO[bytes], file), media_type)
    return "application/gzip"


def read_lines(n_triples: bytes) -> set[str]:
    """N-Triples as the lines, without their ends, that this engine writes.

    :raises ValueError: it does not parse.
    """
    return {str(quad.triple) for quad in ox.parse(n_triples, format=ox.RdfFormat.N_TRIPLES)}


def iri_term(iri: str) -> str:
    """An IRI as SPARQL writes it.

    :raises ValueError: the text is no IRI.
    """
    return str(ox.NamedNode(iri))


def term(cell: Cell) -> str:
    """A cell as N-Triples writes it; SPARQL writes IRIs and literals the same.

    :raises ValueError: the IRI, the datatype or the language is none.
    """
    match cell.kind:
        case "iri":
            return iri_term(cell.value)
        case "blank":
            return str(ox.BlankNode(cell.value))
        case "triple":
            return cell.value
    if cell.language:
        return str(ox.Literal(cell.value, language=cell.language))
    return literal_term(cell.value, cell.datatype)


def triple_term(terms: Sequence[Cell]) -> Cell:
    """A subject, a predicate and an object as one term."""
    return Cell(f"<<( {' '.join(map(term, terms))} )>>", "triple")


def literal_term(value: str, datatype: str | None = None) -> str:
    """A literal as SPARQL writes it, escaped."""
    return str(ox.Literal(value, datatype=ox.NamedNode(datatype) if datatype else None))


def _cell(term: object) -> Cell | None:
    match term:
        case None:
            return None
        case ox.NamedNode():
            return Cell(term.value, "iri")
        case ox.Literal():
            return Cell(term.value, "literal", term.datatype.value, term.language)
        case ox.BlankNode():
            return Cell(term.value, "blank")
        case ox.Triple():
            return Cell(f"<<( {term} )>>", "triple")
    raise TypeError(f"{term!r} is no term")


@contextmanager
def _answer_errors() -> Iterator[None]:
    """What is wrong with an answer that another engine has written."""
    try:
        yield
    except (SyntaxError, ValueError) as exc:
        raise EngineError(f"the engine's answer cannot be read, or is not whole: {exc}") from exc


@contextmanager
def _errors_translated(what: str) -> Iterator[None]:
    """Engine errors about a query or an update as ours."""
    try:
        yield
    except SyntaxError as exc:
        found = _AT.match(str(exc.msg))
        if found is None:
            raise QuerySyntaxError(f"The {what} does not parse: {exc.msg}") from exc
        line, column = int(found[1]), int(found[2])
        raise QuerySyntaxError(f"Line {line}, column {column}: {found[3]}", line, column) from exc
    except UnicodeEncodeError as exc:
        raise InputError(f"The {what} is no Unicode text: it has half of a surrogate pair.") from exc
    except ValueError as exc:
        raise InputError(f"The {what} cannot be run: {exc}") from exc
    except RuntimeError as exc:
        _refuse_damage(exc)
        if found := _NO_FUNCTION.fullmatch(str(exc)):
            raise UnsupportedFunctionError(f"There is no function {found[1]} here; use those of SPARQL 1.1.") from exc
        raise QueryFailedError(f"The {what} cannot be carried out: {exc}") from exc
    except OSError as exc:
        if exc.errno is not None:  # of the file that is written to
            raise
        _refuse_damage(exc)
        raise QueryRefusedError(f"The {what} would ask another service, and nothing is fetched here ({exc}).") from exc


def engine_error(error: Exception) -> Exception:
    """What the engine says when its files are damaged or cannot be read, as ours; any other error as it is."""
    said = str(error)
    if isinstance(error, RuntimeError) and said.startswith("Corruption"):
        return StoreError(f"the store is damaged ({said}); restore a backup, or build it again with `thidua build`")
    if isinstance(error, OSError) and error.errno is None and said.startswith("IO error"):
        return StoreError(f"the store cannot be read ({said})")
    return error


def _refuse_damage(error: Exception) -> None:
    """Raise what an error says of damage; apart, for a name for it in a frame of its own would keep the store open."""
    told = engine_error(error)
    if isinstance(told, StoreError):
        raise told from error


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, OSError) as exc:
        _refuse_damage(exc)
        raise


def cells_of(lines: Iterable[str]) -> Iterator[tuple[Cell, Cell, Cell]]:
    """N-Triples lines without their ends, as cells."""
    for triple in _triples(lines):
        subject, predicate, value = _cell(triple.subject), _cell(triple.predicate), _cell(triple.object)
        assert subject and predicate and value
        yield subject, predicate, value


def _node(thing: str) -> ox.NamedNode | ox.BlankNode:
    return ox.NamedNode(thing) if ":" in thing else ox.BlankNode(thing)


def _set_blank_aside(dump: Path) -> bytes:
    """Make comments of the lines of a dump that may have blank nodes, which the engine would rename; give the lines."""
    found: list[bytes] = []
    at = 0
    with dump.open("r+b") as file:
        while piece := file.read(_PIECE) + file.readline():  # whole lines
            end = 0
            while (inside := piece.find(b"_:", end)) >= 0:
                begin, end = piece.rfind(b"\n", 0, inside) + 1, piece.find(b"\n", inside) + 1
                found.append(piece[begin:end])
                file.seek(at + begin)
                file.write(b"#")
            at += len(piece)
            file.seek(at)
    return b"".join(found)


def _triples(lines: Iterable[str]) -> Iterator[ox.Triple]:
    return _parsed(_text(lines))


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line} .\n" for line in lines)


def _parsed(text: str) -> Iterator[ox.Triple]:
    return (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES))


def _missing(rule: re.Match[str], graph: str) -> str:
    """The WHERE of a rule, for what a graph lacks."""
    return f"WHERE {{ {rule[3]} FILTER NOT EXISTS {{ GRAPH {iri_term(graph)} {{{rule[2]}}} }} }}"


def _lines_of(triples: Iterable[ox.Triple]) -> list[str]:
    """N-Triples lines without their ends; a third of the time that ``str`` takes for each."""
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    return text.decode().split(" .\n")[:-1]
