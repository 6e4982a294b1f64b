"""Neighbourhood graph of a resource: what it, or a record that names it, is linked with; and where to draw it."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from thidua.base.paths import path_of
from thidua.base.terms import PREFIXES, TD
from thidua.rdf.cells import Select
from thidua.rdf.ntriples import iri_term

#: Neighbours drawn, and links and records looked at for them.
MOST: Final = 10
_LINKS: Final = 600
_NODES: Final = ("province", "cluster", "person", "post", "movement", "award", "legal", "body", "exemplar")
_RECORDS: Final = (
    "head", "deputy", "member", "holding", "edition", "conf", "conferral", "handover", "part", "remark", "engagement",
    "change", "obs", "agreement",
)  # fmt: skip
#: Properties that follow from others, which are links already.
_REPEATS: Final = {TD + name for name in ("laterUnit", "currentUnit", "memberUnit", "headedBy", "deputyHeadedBy")} | {
    PREFIXES["dct"] + "isVersionOf",
    PREFIXES["org"] + "resultedFrom",
}
#: How far from the middle of the picture the neighbours stand.
_ACROSS, _DOWN = 165, 150


@dataclass(frozen=True)
class Neighbour:
    """A thing, how many links and records lead to it, and through what: properties' IRIs and kinds of records."""

    iri: str
    count: int
    through: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a node stands, in the picture's units from its middle, and on which side its name goes."""

    x: int
    y: int
    anchor: str


def neighbours(select: Select, iri: str) -> list[Neighbour]:
    """The nearest named things, most linked first; of a thing with very many links, among some hundreds of them."""
    name = iri_term(iri)
    direct = select(
        f"""SELECT DISTINCT ?p ?n {{ {{ SELECT ?p ?n {{ {name} ?p ?n FILTER(ISIRI(?n)) }} LIMIT {_LINKS} }}
          UNION {{ SELECT ?p ?n {{ ?n ?p {name} FILTER(ISIRI(?n)) }} LIMIT {_LINKS} }} }}"""
    )
    through: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    records = set()
    for row in direct:
        assert row["p"] and row["n"]
        other = row["n"].value
        if _kind(other) in _NODES and row["p"].value not in _REPEATS:
            through[other][row["p"].value].add(other)
        elif _kind(other) in _RECORDS:
            records.add(other)
    values = " ".join(map(iri_term, sorted(records)[:_LINKS]))
    rows = select(f"SELECT DISTINCT ?r ?n {{ VALUES ?r {{ {values} }} ?r ?q ?n FILTER(ISIRI(?n)) }}") if records else []
    for row in rows:
        assert row["r"] and row["n"]
        record, other = row["r"].value, row["n"].value
        if _kind(other) in _NODES and other != iri:
            through[other][_kind(record)].add(record)
    found = [
        Neighbour(other, sum(map(len, by.values())), tuple(sorted(by))) for other, by in through.items() if other != iri
    ]
    return sorted(found, key=lambda each: (-each.count, each.iri))[:MOST]


def places(count: int) -> Iterable[Place]:
    """Where to draw the neighbours: around the thing, none right above or below another's name."""
    for number in range(count):
        angle = 2 * math.pi * (number + 0.5) / count - math.pi / 2
        x, y = round(_ACROSS * math.cos(angle)), round(_DOWN * math.sin(angle))
        yield Place(x, y, "start" if x >= 0 else "end")


def _kind(iri: str) -> str:
    return (path_of(iri) or "").partition("/")[0]
