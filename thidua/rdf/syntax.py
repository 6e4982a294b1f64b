"""RDF parsing and serialisation.

What is read is read whole or refused: the engine passes over what it does not understand of JSON-LD and takes half an
RDF/XML document for a whole one, and a graph that a blank node names is one that nobody can ask for. What is written,
another parser reads; where a format cannot say something, it is refused before anything is sent.
"""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Final, cast

import pyoxigraph as ox

from thidua.base.errors import InputError, RdfSyntaxError, UnsupportedRdfError
from thidua.base.formats import DATASETS, GRAPHS, INPUTS, Format
from thidua.base.terms import PREFIXES
from thidua.rdf.jsonld import quads_of_jsonld
from thidua.rdf.rdfxml_reader import ntriples_of_rdfxml
from thidua.rdf.rdfxml_writer import INSTEAD, Quads, has_triple, write_rdfxml
from thidua.rdf.sources import ByteSource, bounded
from thidua.rdf.xml import XmlFile

DEFAULT: Final = ox.DefaultGraph()
# Reading.


def parse(source: bytes | IO[bytes], media_type: str, base: str | None, shown_as: str) -> Iterator[ox.Quad]:
    """The quads of an RDF document; blank nodes become new ones, and a byte order mark is passed over.

    :param media_type: one of :data:`~thidua.base.formats.INPUTS`.
    :raises RdfSyntaxError: with the line and the column, where they are known.
    :raises InputError: it parses, but could not be kept whole.
    """
    form = INPUTS[media_type]
    file = ByteSource(io.BytesIO(source) if isinstance(source, bytes) else source)
    with _parse_errors(shown_as):
        for quad in _quads(file, form, base):
            if quad.graph_name != DEFAULT:
                _refuse_graph(quad, form)
            yield quad


def _quads(file: ByteSource, form: Format, base: str | None) -> Iterator[ox.Quad]:
    if form.name == "jsonld":
        return bounded(quads_of_jsonld(file.read(), base), file)
    if form.name == "rdfxml":
        text = ntriples_of_rdfxml(file.read(), base)
        return ox.parse(text, format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=True)
    quads = ox.parse(cast(IO[bytes], file), format=rdf_format(form.media_type), base_iri=base, rename_blank_nodes=True)
    return bounded(quads, file) if form.name in ("turtle", "trig") else quads


def rdf_format(media_type: str) -> ox.RdfFormat:
    """What pyoxigraph calls one of :data:`~thidua.base.formats.GRAPHS`."""
    known = ox.RdfFormat.from_media_type(media_type)
    assert known
    return known


def refuse_rdf12(quad: ox.Quad) -> ox.Quad:
    """The same quad.

    :raises UnsupportedRdfError: it is one of RDF 1.2 alone.
    """
    value = quad.object
    if isinstance(value, ox.Triple) or (isinstance(value, ox.Literal) and value.direction is not None):
        what = "a triple term" if isinstance(value, ox.Triple) else "a text with a direction"
        raise UnsupportedRdfError(
            f"{quad.subject} {quad.predicate} has {what}, and RDF 1.2 is not held here; say it in RDF 1.1, for example "
            "with a statement that has an IRI of its own."
        )
    return quad


def _refuse_graph(quad: ox.Quad, form: Format) -> None:
    if form not in DATASETS:
        raise ValueError(f"it names a graph, {quad.graph_name}; send what has several as TriG or N-Quads")
    if not isinstance(quad.graph_name, ox.NamedNode):
        raise ValueError(
            f"the graph that says {quad.subject} {quad.predicate} … is named by a blank node, so nobody could ask for "
            "it; name it by an IRI"
        )


@contextmanager
def _parse_errors(shown_as: str) -> Iterator[None]:
    """The parser's errors about a text as ours."""
    try:
        yield
    except SyntaxError as exc:
        raise RdfSyntaxError(f"{shown_as}: {exc.msg}", exc.lineno, exc.offset) from exc
    except ValueError as exc:
        raise InputError(f"{shown_as}: {exc}") from exc


# Writing.


def serialise(triples: Collection[ox.Triple], out: IO[bytes], media_type: str) -> None:
    """Write triples as one of :data:`~thidua.base.formats.GRAPHS`.

    :raises NotAcceptableError: the format cannot say one of them.
    """
    write(triples, out, media_type, _used_prefixes(triples))


def write(quads: Quads, out: IO[bytes], media_type: str, prefixes: Mapping[str, str]) -> None:
    """Write triples, or quads if the format has graphs, piece by piece.

    :raises NotAcceptableError: the format cannot say one of them; then some are written.
    """
    if GRAPHS[media_type].name == "rdfxml":
        write_rdfxml(quads, XmlFile(out, INSTEAD), prefixes)
    else:
        with format_errors(media_type):
            ox.serialize(quads, out, format=rdf_format(media_type), prefixes=dict(prefixes))


@contextmanager
def format_errors(media_type: str) -> Iterator[None]:
    """What a format cannot hold."""
    try:
        yield
    except OSError as exc:
        if exc.errno is not None or "does not support RDF 1.2" not in str(exc):
            raise
        raise has_triple(media_type, GRAPHS) from exc


def write_canonical(file: IO[bytes], media_type: str, base: str | None, out: IO[bytes], shown_as: str) -> bool:
    """Read an RDF file piece by piece and write it as canonical N-Quads; its blank nodes become new ones.

    :param media_type: one of :data:`~thidua.base.formats.INPUTS`.
    :return: whether the format may name graphs.
    :raises RdfSyntaxError: with the line and the column; then some of it is written.
    :raises InputError: it cannot be read, or not be kept.
    :raises OSError: it cannot be written.
    """
    ox.serialize(map(refuse_rdf12, parse(file, media_type, base, shown_as)), out, format=ox.RdfFormat.N_QUADS)
    return INPUTS[media_type] in DATASETS


def write_lines(graphs: Iterable[tuple[str | None, Iterable[str]]], out: IO[bytes], media_type: str) -> None:
    """Write N-Triples lines, as a dataset or as the default graph alone, as one of :data:`~thidua.base.formats.GRAPHS`.

    :param graphs: the name of each, None for the default graph, with its lines.
    """
    names = ((None if name is None else ox.NamedNode(name), lines) for name, lines in graphs)
    quads = (
        ox.Quad(quad.subject, quad.predicate, quad.object, name or DEFAULT)
        for name, lines in names
        for quad in ox.parse("".join(f"{line} .\n" for line in lines), format=ox.RdfFormat.N_TRIPLES)
    )
    write(quads, out, media_type, used_everywhere(media_type))


def transcode(turtle: str, media_type: str) -> bytes:
    """Turtle text in another of the :data:`~thidua.base.formats.GRAPHS`."""
    out = io.BytesIO()
    serialise([quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)], out, media_type)
    return out.getvalue()


def write_quads(n_quads: str, media_type: str) -> bytes:
    """N-Quads text in another of :data:`~thidua.base.formats.GRAPHS`; without names of graphs, each triple once."""
    quads = sorted(dict.fromkeys(ox.parse(n_quads, format=ox.RdfFormat.N_QUADS)), key=lambda q: str(q.graph_name))
    out = io.BytesIO()
    if GRAPHS[media_type] in DATASETS:
        write(quads, out, media_type, _used_prefixes([quad.triple for quad in quads]))
    else:
        serialise(dict.fromkeys(quad.triple for quad in quads), out, media_type)
    return out.getvalue()


def used_everywhere(media_type: str) -> dict[str, str]:
    """Prefixes for a whole dump; formats that know none refuse them."""
    return dict(PREFIXES) if GRAPHS[media_type].name in ("turtle", "trig", "rdfxml") else {}


def _used_prefixes(triples: Iterable[ox.Triple]) -> dict[str, str]:
    used = {term.value for triple in triples for term in triple if isinstance(term, ox.NamedNode)}
    return {prefix: iri for prefix, iri in PREFIXES.items() if any(term.startswith(iri) for term in used)}
