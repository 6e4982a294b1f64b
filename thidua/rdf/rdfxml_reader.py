"""RDF/XML, read whole by a process of its own, or refused."""

import io
import json
import os
import subprocess
import sys
from typing import IO, Final, NoReturn, cast
from xml.parsers import expat

import pyoxigraph as ox

from thidua.base.terms import PREFIXES
from thidua.rdf.sources import ByteSource, bounded
from thidua.rdf.xml import escaped

_RDF: Final = PREFIXES["rdf"]
#: Elements of RDF/XML within each other; the engine's time grows with the square of it.
_DEEPEST: Final = 256
#: Seconds of computing, and bytes of memory, that RDF/XML may take.
_SECONDS: Final = 30
_MEMORY: Final = 1 << 30
#: Stands between a namespace, a name and a prefix; no XML has the character.
_BETWEEN: Final = "\f"
_PARSE_TYPES: Final = ("Resource", "Collection", "Triple")
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR", "HOME")


def ntriples_of_rdfxml(data: bytes, base: str | None) -> bytes:
    """RDF/XML as N-Triples, by a process of its own: a few bytes can occupy the parser for minutes."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    call = [sys.executable, "-P", "-m", "thidua.rdf.rdfxml_process", str(_SECONDS), str(_MEMORY), base or ""]
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
    source = ByteSource(io.BytesIO(_well_formed(data)))
    quads = ox.parse(cast(IO[bytes], source), format=ox.RdfFormat.RDF_XML, base_iri=base)
    return ox.serialize((quad.triple for quad in bounded(quads, source)), format=ox.RdfFormat.N_TRIPLES) or b""


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
