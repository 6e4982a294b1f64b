"""Conjectures: heads that no source names and a stated rule makes likely; never part of what the graph says.

They are answers to the question `likely-heads` alone: in no graph, no inference and no export.
"""

from dataclasses import dataclass
from typing import Final

from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.rdf.cells import Record, integer

_NOBODY: Final = Caller()


@dataclass(frozen=True)
class Conjecture:
    """A unit that is likely to have been head; the rule `held` in so many of the `cases` in which that can be seen."""

    unit: str
    label: str
    rule: str
    held: int
    cases: int


def conjectures(snapshot: Snapshot, caller: Caller = _NOBODY) -> dict[tuple[str, int], Conjecture]:
    """Those of one version, by the cluster's IRI and the year; none where a source names a head."""
    return {
        (_text(record, "cluster"), integer(record["year"]) or 0): Conjecture(
            _text(record, "province"),
            _text(record, "provinceLabel"),
            _text(record, "rule"),
            integer(record["held"]) or 0,
            integer(record["cases"]) or 0,
        )
        for record in snapshot.ask("likely-heads", {}, caller).records
    }


def _text(record: Record, name: str) -> str:
    cell = record[name]
    return cell.value if cell else ""
