"""RDF/XML, written so that any parser reads it; what it cannot say is refused."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final, cast

import pyoxigraph as ox

from thidua.base.errors import NotAcceptableError
from thidua.base.formats import GRAPHS
from thidua.base.terms import PREFIXES
from thidua.rdf.xml import XmlFile, escaped, parted

_RDF: Final = PREFIXES["rdf"]
Quads = Iterable[ox.Quad] | Iterable[ox.Triple]


def has_triple(media_type: str, formats: Iterable[str]) -> NotAcceptableError:
    others = [each for each in formats if each != media_type]
    return NotAcceptableError(f"{media_type} cannot hold this answer, for it has a triple term.", others)


#: What holds a graph that RDF/XML cannot.
INSTEAD: Final = [media_type for media_type, form in GRAPHS.items() if form.name != "rdfxml"]
#: Names that RDF/XML has for itself.
_SYNTAX: Final = {
    _RDF + name
    for name in (
        "RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "li", "aboutEach",
        "aboutEachPrefix", "bagID",
    )
}  # fmt: skip


def write_rdfxml(triples: Quads, out: XmlFile, prefixes: Mapping[str, str]) -> None:
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
                    others = [media_type for media_type in INSTEAD if GRAPHS[media_type].name != "jsonld"]
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
        raise NotAcceptableError(f"RDF/XML has no way to write the property <{predicate}>.", INSTEAD)
    namespace, name = parts
    if namespace in known:
        return f"{known[namespace]}:{name}", ""
    return name, f' xmlns="{escaped(namespace)}"'
