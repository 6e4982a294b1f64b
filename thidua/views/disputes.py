"""Disputes: the records of a version that another one contradicts, by the question `conflicts`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell

#: The question that tells of them.
QUESTION: Final = "conflicts"
#: What speaks of two lists as wholes, and so against none of the members on them.
_OF_LISTS: Final = "member list"


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
