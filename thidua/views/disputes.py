"""Disputes: the records of a version that another one contradicts, by the question `conflicts`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from thidua.base.terms import TD
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell, Select, integer

#: The question that tells of them.
QUESTION: Final = "conflicts"
#: What speaks of two lists as wholes, and so against none of the members on them.
_OF_LISTS: Final = "member list"

# The question has these too, but compares all lists of members to answer. Each part begins with what is rare and is
# whole in itself: the engine then looks at nothing else.
_EDITION: Final = "?term a td:HeadTerm ; td:inEdition ?edition . ?edition td:editionOf ?cluster ; td:year ?year"
_OF_HEADS: Final = f"""PREFIX td: <{TD}> SELECT DISTINCT ?cluster ?year ?other {{
  {{ ?term td:conflictsWith ?against . {_EDITION} }}
  UNION {{ ?term td:alternativeTo ?reading . {_EDITION} . ?reading td:inEdition/td:year ?other }}
  UNION {{ ?reading td:alternativeTo ?term . {_EDITION} . ?reading td:inEdition/td:year ?other }} }}"""


@dataclass(frozen=True)
class Doubt:
    """What is against the head of a cluster in a year."""

    disputed: bool = False
    """Whether sources name several heads that cannot all be right."""
    readings: tuple[int, ...] = ()
    """Other years for which the same text may be meant."""


def doubts_of_heads(select: Select) -> Mapping[tuple[str, int], Doubt]:
    """What is against the heads of a version, by cluster and year."""
    found: dict[tuple[str, int], Doubt] = {}
    for row in select(_OF_HEADS):
        cluster, year, other = row["cluster"], integer(row["year"]), integer(row["other"])
        assert cluster and year is not None
        known = found.get((cluster.value, year), Doubt())
        readings = known.readings if other is None or other in known.readings else (*known.readings, other)
        found[cluster.value, year] = Doubt(known.disputed or other is None, readings)
    return found


@dataclass(frozen=True)
class Dispute:
    """What is against a record: the kind of it, as in the question, and the other claim."""

    what: str
    other: Cell | None


def disputes(conflicts: Rows) -> Mapping[str, list[Dispute]]:
    """What is against each record, by its IRI.

    :param conflicts: the answer to the question, asked with evidence: one record behind each of its claims.
    """
    found: dict[str, list[Dispute]] = {}
    for record, behind in zip(conflicts.records, conflicts.behind or (), strict=False):
        what = record["what"]
        if not what or what.value == _OF_LISTS:
            continue
        # Two pairs of records may make one row: which of them makes which claim is then not told.
        others = (record["claimB"], record["claimA"]) if len(behind) == 2 else (None,) * len(behind)
        for own, other in zip(behind, others, strict=True):
            against = Dispute(what.value, other)
            if against not in found.setdefault(own, []):
                found[own].append(against)
    return found
