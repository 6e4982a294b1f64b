"""Counts of what a version holds, for the first page: each is the number of rows of the question that lists it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from thidua.base.terms import PREFIXES
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.rdf.cells import integer
from thidua.views.wanted import FIRST

_PREFIXES: Final = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("td", "org", "skos"))
#: What is counted, by what the first page calls it: counting is quicker than asking the question that lists it.
_COUNTED: Final[Mapping[str, tuple[str, str, Mapping[str, str]]]] = {
    "provinces": ("?thing a td:Province", "province-codes", {}),
    "people": ("?holding td:post ?post ; org:member ?thing", "people", {}),
    "read-in-full": ("?thing td:reading/skos:notation 'first-hand'", "sources", {"reading": "first-hand"}),
    "read-in-excerpts": ("?thing td:reading/skos:notation 'second-hand'", "sources", {"reading": "second-hand"}),
    "sources": ("?thing a td:SourceDocument", "sources", {}),
}


@dataclass(frozen=True)
class Count:
    """A number, and the question whose answer has as many rows."""

    number: int
    question: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def summary(snapshot: Snapshot, caller: Caller) -> dict[str, Count]:
    """What a version knows, and how much of what there is: ``heads`` of ``cluster-years`` since :data:`FIRST`."""
    counts: dict[str, Count] = {}
    grid = snapshot.ask("coverage", {}, caller).records
    last = max((integer(cell["year"]) or 0 for cell in grid), default=0)
    if last >= FIRST:
        asked = {"year": f"{FIRST}-{last}"}
        cells = [cell for cell in grid if (integer(cell["year"]) or 0) >= FIRST]
        known = sum(bool(cell["head"] and cell["head"].value == "known") for cell in cells)
        counts["heads"] = Count(known, "coverage", asked | {"head": "known"})
        counts["cluster-years"] = Count(len(cells), "coverage", asked)
    if last:
        now = {"year": str(last)}
        counts["clusters"] = Count(sum(integer(cell["year"]) == last for cell in grid), "coverage", now)
    for name, (pattern, question, parameters) in _COUNTED.items():
        text = f"{_PREFIXES} SELECT (COUNT(DISTINCT ?thing) AS ?count) {{ {pattern} }}"
        (row,) = snapshot.select(text, caller)
        counts[name] = Count(integer(row["count"]) or 0, question, parameters)
    return counts
