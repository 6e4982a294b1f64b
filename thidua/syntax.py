"""RDF syntax, parsed and serialised: with :mod:`thidua.store` the home of pyoxigraph.

What is read is read whole or refused: the engine passes over what it does not understand of JSON-LD and takes half an
RDF/XML document for a whole one, and a graph that a blank node names is one that nobody can ask for. What is written,
another parser reads; where a format cannot say something, it is refused before anything is sent.
"""

import io
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import IO, Any, Final, NoReturn, cast
from xml.parsers import expat

import pyoxigraph as ox

from thidua.base.errors import InputError, NotAcceptableError, RdfSyntaxError, UnsupportedRdfError
from thidua.base.formats import DATASETS, GRAPHS, INPUTS
from thidua.base.terms import PREFIXES
from thidua.xml import XmlFile, escaped, parted

DEFAULT: Final = ox.DefaultGraph()
FORMS: Final = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
}
_Quads = Iterable[ox.Quad] | Iterable[ox.Triple]
_MARK: Final = b"\xef\xbb\xbf"
_RDF: Final = PREFIXES["rdf"]

# Reading.

#: What comes out may be so many times as long as what is read, and some more: prefixes and bases are short for IRIs.
_GROWTH: Final = 64
_AT_LEAST: Final = 10_000_000
_KEYWORDS: Final = frozenset({
    "@base", "@container", "@context", "@direction", "@graph", "@id", "@import", "@included", "@index", "@json",
    "@language", "@list", "@nest", "@none", "@prefix", "@propagate", "@protected", "@reverse", "@set", "@type",
    "@value", "@version", "@vocab",
})  # fmt: skip
_LIKE_A_KEYWORD: Final = re.compile("@[A-Za-z]+")
#: Elements of RDF/XML within each other; the engine's time grows with the square of it.
_DEEPEST: Final = 256
#: Seconds of computing, and bytes of memory, that RDF/XML may take.
_SECONDS: Final = 30
_MEMORY: Final = 1 << 30
#: Stands between a namespace, a name and a prefix; no XML has the character.
_BETWEEN: Final = "\f"
_PARSE_TYPES: Final = ("Resource", "Collection", "Triple")
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR", "HOME")


def parse(source: bytes | IO[bytes], media_type: str, base: str | None, shown_as: str) -> Iterator[ox.Quad]:
    """The quads of an RDF document; blank nodes become new ones, and a byte order mark is passed over.

    :param media_type: one of :data:`~thidua.base.formats.INPUTS`.
    :raises RdfSyntaxError: with the line and the column, where they are known.
    :raises InputError: it parses, but could not be kept whole.
    """
    short = INPUTS[media_type]
    file = _Source(io.BytesIO(source) if isinstance(source, bytes) else source)
    with _parse_errors(shown_as):
        for quad in _quads(file, short, base):
            if quad.graph_name != DEFAULT:
                _refuse_graph(quad, short)
            yield quad


def _quads(file: "_Source", short: str, base: str | None) -> Iterator[ox.Quad]:
    if short == "jsonld":
        return _bounded(_json_ld(file.read(), base), file)
    if short == "rdfxml":
        text = _apart(file.read(), base)
        return ox.parse(text, format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=True)
    quads = ox.parse(cast(IO[bytes], file), format=FORMS[short], base_iri=base, rename_blank_nodes=True)
    return _bounded(quads, file) if short in ("turtle", "trig") else quads


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


def _refuse_graph(quad: ox.Quad, short: str) -> None:
    if short not in DATASETS:
        raise ValueError(f"it names a graph, {quad.graph_name}; send what has several as TriG or N-Quads")
    if not isinstance(quad.graph_name, ox.NamedNode):
        raise ValueError(
            f"the graph that says {quad.subject} {quad.predicate} … is named by a blank node, so nobody could ask for "
            "it; name it by an IRI"
        )


class _Source:
    """A file read without the byte order mark that it may begin with; counts its bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        begins = not self.size
        self.size += len(piece)
        if not begins:
            return piece
        while len(piece) < len(_MARK) and (more := self._file.read(len(_MARK) - len(piece))):
            piece += more
        if piece.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise ValueError("it is UTF-16; save it as UTF-8")
        # An empty piece would be the end.
        return piece.removeprefix(_MARK) or self._file.read(size)


def unmarked(file: IO[bytes]) -> IO[bytes]:
    """A file to read without the byte order mark that it may begin with."""
    return cast(IO[bytes], _Source(file))


def _bounded(quads: Iterable[ox.Quad], source: _Source) -> Iterator[ox.Quad]:
    """The same quads, as long as what they say is in proportion to what was read."""
    size = 0
    for quad in quads:
        size += len(quad.predicate.value)
        for part in (quad.subject, quad.object):
            if not isinstance(part, ox.Triple):
                size += len(part.value)
        if size > _AT_LEAST + _GROWTH * source.size:
            raise ValueError(f"what it stands for is more than {_GROWTH} times as long; send it as N-Triples")
        yield quad


# JSON-LD.


def _json_ld(data: bytes, base: str | None) -> Iterator[ox.Quad]:
    """JSON-LD of which nothing is passed over, but for `null`."""
    try:
        document = json.loads(data, object_pairs_hook=_object, parse_int=_number, parse_float=_number)
        _refuse_lost(document, _aliases(document), free=True)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as exc:
        raise SyntaxError(exc.msg, (None, exc.lineno, exc.colno, None)) from exc
    # Strict, the engine passes over what has a term that is none; lenient, it shows it.
    for quad in ox.parse(data, format=ox.RdfFormat.JSON_LD, base_iri=base, rename_blank_nodes=True, lenient=True):
        _refuse_untrue(quad)
        yield quad


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON-LD, none of whose members would be passed over."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object; give its values as one array")
    for name in found:
        if _LIKE_A_KEYWORD.fullmatch(name) and name not in _KEYWORDS:
            raise ValueError(f"JSON-LD has no keyword {name!r}")
    return found


def _number(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError(f"the number {text[:20]} is larger than JSON-LD's can be; write it as a text with its @type")
    return number


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _aliases(document: Any) -> dict[str, str]:
    """The terms that the contexts of a document, wherever they stand, give to keywords, at once or by others."""
    terms: dict[str, list[str]] = {}
    _collect_terms(document, terms)
    found: dict[str, str] = {}
    reached = [(keyword, keyword) for keyword in _KEYWORDS]
    while reached:
        name, keyword = reached.pop()
        reached += [(term, found.setdefault(term, keyword)) for term in terms.pop(name, ())]
    return found


def _collect_terms(item: Any, terms: dict[str, list[str]]) -> None:
    """Add which terms a document gives to each name."""
    for value in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
        _collect_terms(value, terms)
    for context in _several(item.get("@context")) if isinstance(item, dict) else ():
        if isinstance(context, str) or (isinstance(context, dict) and "@import" in context):
            raise SyntaxError("its @context is an address, and nothing is fetched here; write out what is behind it")
        for term, meaning in context.items() if isinstance(context, dict) else ():
            name = meaning.get("@id") if isinstance(meaning, dict) else meaning
            if isinstance(name, str) and not term.startswith("@"):
                terms.setdefault(name, []).append(term)


def _refuse_lost(item: Any, aliases: Mapping[str, str], *, free: bool = False) -> None:
    """Refuse what the engine would pass over.

    :param free: nothing stands around it that could say it of something.
    """
    if isinstance(item, list):
        for each in item:
            _refuse_lost(each, aliases, free=free)
        return
    found = {aliases.get(name, name): value for name, value in item.items()} if isinstance(item, dict) else {}
    if free and item is not None and (not isinstance(item, dict) or not found.keys().isdisjoint(("@value", "@list"))):
        raise ValueError(f"the value {json.dumps(item, ensure_ascii=False)[:80]} is said of nothing")
    for name, value in found.items():
        for each in _several(value) if name in ("@id", "@type") else ():
            if isinstance(each, str) and _LIKE_A_KEYWORD.fullmatch(each) and each not in _KEYWORDS:
                raise ValueError(f"{name}: {each!r} looks like a keyword, and JSON-LD has none of that name")
        if name != "@context":
            _refuse_lost(value, aliases, free=name == "@graph" or (free and name == "@set"))


def _refuse_untrue(term: object) -> None:
    """Refuse a term that the engine took from somebody without looking."""
    if isinstance(term, ox.Quad | ox.Triple):
        for part in term:
            _refuse_untrue(part)
        return
    try:
        match term:
            case ox.NamedNode():
                ox.NamedNode(term.value)
            case ox.Literal():
                ox.NamedNode(term.datatype.value)
                ox.Literal("", language=term.language)
    except ValueError as exc:
        text = term.language or term.datatype.value if isinstance(term, ox.Literal) else getattr(term, "value", "")
        kind = "language tag" if isinstance(term, ox.Literal) and term.language else "IRI"
        raise ValueError(f"{text!r} is no {kind} ({exc}); write it out, or let @context say what it means") from exc


# RDF/XML.


def _apart(data: bytes, base: str | None) -> bytes:
    """RDF/XML as N-Triples, by a process of its own: a few bytes can occupy the parser for minutes."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    call = [sys.executable, "-P", "-m", "thidua.rdfxml", str(_SECONDS), str(_MEMORY), base or ""]
    done = subprocess.run(call, input=data, capture_output=True, env=environment, check=False)
    if done.returncode == 0:
        return done.stdout
    try:
        told = json.loads(done.stderr)
    except ValueError:
        raise ValueError(
            f"to read it takes more than {_SECONDS} s or {_MEMORY >> 20} MiB; send it as Turtle or N-Triples"
        ) from None
    raise SyntaxError(told["detail"], (None, told["line"], told["column"], None))


def n_triples_of_xml(data: bytes, base: str | None) -> bytes:
    """RDF/XML as N-Triples.

    :raises SyntaxError: with the line and the column, where they are known.
    :raises ValueError: it is more than is read.
    """
    source = _Source(io.BytesIO(_well_formed(data)))
    quads = ox.parse(cast(IO[bytes], source), format=ox.RdfFormat.RDF_XML, base_iri=base)
    return ox.serialize((quad.triple for quad in _bounded(quads, source)), format=ox.RdfFormat.N_TRIPLES) or b""


def _well_formed(data: bytes) -> bytes:
    """An XML document as any parser understands it, written so that the engine understands the same.

    The engine itself takes half a document for a whole one, reads UTF-8 alone, joins no texts around a comment,
    and leaves the white space in attributes.

    :raises SyntaxError: it is none.
    :raises ValueError: it declares entities, is too deep, or has what RDF/XML has no meaning for.
    """
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)
    parser.namespace_prefixes = parser.ordered_attributes = parser.buffer_text = True
    out: list[str] = []
    spaces: list[str] = []
    depth = 0

    def declare_prefix(prefix: str | None, namespace: str | None) -> None:
        spaces.append(f' xmlns{":" if prefix else ""}{prefix or ""}="{_attribute(namespace or "")}"')

    def begin(name: str, attributes: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ValueError(f"its elements are more than {_DEEPEST} deep")
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        given = (f' {_qualified(key)}="{_attribute(_meant(key, value))}"' for key, value in pairs)
        out.append(f"<{_qualified(name)}{''.join(spaces)}{''.join(given)}>")
        spaces.clear()

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        out.append(f"</{_qualified(name)}>")

    def refuse(*declaration: object) -> NoReturn:
        raise ValueError("it has a DOCTYPE, whose entities are not read; leave it out")

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = begin, end, refuse
    parser.StartNamespaceDeclHandler = declare_prefix
    parser.CharacterDataHandler = lambda text: out.append(escaped(text).replace("\r", "&#xD;"))
    try:
        parser.Parse(data, True)
    except expat.ExpatError as exc:
        raise SyntaxError(expat.ErrorString(exc.code), (None, exc.lineno, exc.offset + 1, None)) from exc
    return "".join(out).encode()


def _qualified(name: str) -> str:
    """A name as documents write it, of the namespace, the name and the prefix that the parser tells."""
    _, *local = name.rsplit(_BETWEEN, 2) if _BETWEEN in name else ("", name)
    return ":".join(reversed(local))


def _attribute(value: str) -> str:
    return escaped(value).translate({9: "&#9;", 10: "&#10;", 13: "&#13;"})


def _meant(name: str, value: str) -> str:
    """The value of an attribute, where the engine would pass over it."""
    about = name.split(_BETWEEN)[:2]
    if about == [_RDF, "bagID"]:
        raise ValueError("RDF/XML has no rdf:bagID any more; leave it out")
    # RDF/XML 1.1, section 7.2.20: every other one is a literal.
    return "Literal" if about == [_RDF, "parseType"] and value not in _PARSE_TYPES else value


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


def write(quads: _Quads, out: IO[bytes], media_type: str, prefixes: Mapping[str, str]) -> None:
    """Write triples, or quads if the format has graphs, piece by piece.

    :raises NotAcceptableError: the format cannot say one of them; then some are written.
    """
    form = GRAPHS[media_type]
    if form == "rdfxml":
        _write_xml(quads, XmlFile(out, _INSTEAD), prefixes)
    else:
        with format_errors(media_type):
            ox.serialize(quads, out, format=FORMS[form], prefixes=dict(prefixes))


@contextmanager
def format_errors(media_type: str) -> Iterator[None]:
    """What a format cannot hold."""
    try:
        yield
    except OSError as exc:
        if exc.errno is not None or "does not support RDF 1.2" not in str(exc):
            raise
        raise has_triple(media_type, GRAPHS) from exc


def has_triple(media_type: str, formats: Iterable[str]) -> NotAcceptableError:
    others = [each for each in formats if each != media_type]
    return NotAcceptableError(f"{media_type} cannot hold this answer, for it has a triple term.", others)


#: What holds a graph that RDF/XML cannot.
_INSTEAD: Final = [media_type for media_type, form in GRAPHS.items() if form != "rdfxml"]
#: Names that RDF/XML has for itself.
_SYNTAX: Final = {
    _RDF + name
    for name in (
        "RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "li", "aboutEach",
        "aboutEachPrefix", "bagID",
    )
}  # fmt: skip


def _write_xml(triples: _Quads, out: XmlFile, prefixes: Mapping[str, str]) -> None:
    """RDF/XML: a description of each subject, a property element for each triple.

    The engine's own writer names a class or a property that ends in no name by nothing, and is then not even XML.
    """
    known = {namespace: prefix for prefix, namespace in {**prefixes, "rdf": _RDF}.items()}
    blank: dict[str, str] = {}
    named: dict[str, tuple[str, str]] = {}
    declared = "".join(f' xmlns:{prefix}="{escaped(namespace)}"' for namespace, prefix in known.items())
    out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{declared}>\n'.encode())
    by_subject = groupby(cast(Iterable[ox.Triple], triples), lambda triple: triple.subject)
    for subject, about in by_subject:
        lines = [f"\t<rdf:Description{_reference(subject, 'about', blank)}>\n"]
        for triple in about:
            predicate, value = triple.predicate.value, triple.object
            if predicate not in named:
                named[predicate] = _element(predicate, known)
            name, own = named[predicate]
            match value:
                case ox.Literal() if value.direction is None:
                    plain = value.datatype.value == PREFIXES["xsd"] + "string"
                    kind = f' xml:lang="{value.language}"' if value.language else ""
                    kind = kind or ("" if plain else f' rdf:datatype="{escaped(value.datatype.value)}"')
                    lines.append(f"\t\t<{name}{own}{kind}>{escaped(value.value)}</{name}>\n")
                case ox.NamedNode() | ox.BlankNode():
                    lines.append(f"\t\t<{name}{own}{_reference(value, 'resource', blank)}/>\n")
                case _:
                    others = [media_type for media_type in _INSTEAD if GRAPHS[media_type] != "jsonld"]
                    raise NotAcceptableError(f"RDF/XML cannot hold {value}, which is of RDF 1.2.", others)
        out.write("".join([*lines, "\t</rdf:Description>\n"]).encode())
    out.write(b"</rdf:RDF>\n")


def _reference(term: object, by: str, blank: dict[str, str]) -> str:
    """The attribute that names a node; blank nodes are numbered, for their labels are not all names in XML."""
    if isinstance(term, ox.BlankNode):
        return f' rdf:nodeID="{blank.setdefault(term.value, f"b{len(blank)}")}"'
    assert isinstance(term, ox.NamedNode)
    return f' rdf:{by}="{escaped(term.value)}"'


def _element(predicate: str, known: Mapping[str, str]) -> tuple[str, str]:
    """The name of a property's element, and the declaration that it needs."""
    parts = parted(predicate)
    if parts is None or predicate in _SYNTAX:
        raise NotAcceptableError(f"RDF/XML has no way to write the property <{predicate}>.", _INSTEAD)
    namespace, name = parts
    if namespace in known:
        return f"{known[namespace]}:{name}", ""
    return name, f' xmlns="{escaped(namespace)}"'


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
    write(quads, out, media_type, used_everywhere(GRAPHS[media_type]))


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


def used_everywhere(form: str) -> dict[str, str]:
    """Prefixes for a whole dump; formats that know none refuse them."""
    return dict(PREFIXES) if form in ("turtle", "trig", "rdfxml") else {}


def _used_prefixes(triples: Iterable[ox.Triple]) -> dict[str, str]:
    used = {term.value for triple in triples for term in triple if isinstance(term, ox.NamedNode)}
    return {prefix: iri for prefix, iri in PREFIXES.items() if any(term.startswith(iri) for term in used)}
