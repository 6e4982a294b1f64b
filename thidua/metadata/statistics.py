"""Dataset statistics: a version's classes, properties and links to other registries, counted.

Counting goes through everything, so it is left until somebody asks, done in a worker under its limits, and remembered
there like any answer: a version never changes, and a write does not wait for it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from thidua.base.terms import BASE, PREFIXES
from thidua.rdf.cells import Cell, Select

_MATCHES: Final = " ".join(
    [f"<{PREFIXES['skos']}{name}Match>" for name in ("exact", "close", "broad", "narrow", "related")]
    + [f"<{PREFIXES['owl']}sameAs>"]
)
_TOTALS: Final = "SELECT (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects) { ?s ?p ?o }"
_CLASSES: Final = "SELECT ?c (COUNT(*) AS ?n) (SAMPLE(?s) AS ?example) { ?s a ?c } GROUP BY ?c"
_PROPERTIES: Final = """SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
  { ?s ?p ?o } GROUP BY ?p"""
_OF_CLASSES: Final = "SELECT ?c ?p (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o } GROUP BY ?c ?p"
#: By the matches, and by whatever else a link set of the graph's own says that it links by.
_LINKS: Final = f"""SELECT ?p ?space (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects)
    (COUNT(DISTINCT ?o) AS ?objects) {{
  {{ SELECT DISTINCT ?p {{ {{ VALUES ?p {{ {_MATCHES} }} }} UNION {{ ?set <{PREFIXES["void"]}linkPredicate> ?p }} }} }}
  ?s ?p ?o FILTER(ISIRI(?o) && !STRSTARTS(STR(?o), "{BASE}"))
  BIND(REPLACE(STR(?o), "^([a-z]+://[^/]+/).*$", "$1") AS ?space) }} GROUP BY ?p ?space"""


@dataclass(frozen=True)
class OfClass:
    """A class: how many things it has, one of them, and how many triples with each property they have."""

    entities: int
    example: Cell
    properties: Mapping[str, int]


@dataclass(frozen=True)
class OfProperty:
    """A property: its triples, and how many things and values they join."""

    triples: int
    subjects: int
    objects: int


@dataclass(frozen=True)
class Statistics:
    """The default graph, counted. Classes and properties are sorted by IRI."""

    subjects: int
    objects: int
    classes: Mapping[str, OfClass]
    properties: Mapping[str, OfProperty]
    links: Mapping[tuple[str, str], OfProperty]
    """By property and beginning of the addresses it leads to."""


def count(select: Select) -> Statistics:
    """Count the default graph.

    :param select: answers a SELECT.
    """
    of_classes: dict[str, dict[str, int]] = defaultdict(dict)
    for row in select(_OF_CLASSES):
        of_classes[_text(row["c"])][_text(row["p"])] = _number(row["n"])
    classes = {
        _text(row["c"]): OfClass(_number(row["n"]), example, dict(sorted(of_classes[_text(row["c"])].items())))
        for row in select(_CLASSES)
        if (example := row["example"])
    }
    properties = {_text(row["p"]): _of_property(row) for row in select(_PROPERTIES)}
    links = {(_text(row["p"]), _text(row["space"])): _of_property(row) for row in select(_LINKS) if row["p"]}
    (totals,) = select(_TOTALS)
    return Statistics(
        _number(totals["subjects"]),
        _number(totals["objects"]),
        dict(sorted(classes.items())),
        dict(sorted(properties.items())),
        dict(sorted(links.items())),
    )


def _of_property(row: Mapping[str, Cell | None]) -> OfProperty:
    return OfProperty(_number(row["n"]), _number(row["subjects"]), _number(row["objects"]))


def _text(cell: Cell | None) -> str:
    return cell.value if cell else ""


def _number(cell: Cell | None) -> int:
    return int(cell.value) if cell else 0
