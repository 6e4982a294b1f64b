"""Root-cause filter of findings: what merely follows from another finding is left out.

A name that nothing describes breaks the shapes of all that names it; a term that no edition lists has neither a year
nor a cluster nor a role. Only what refuses a version is left out, so what is published with one stays whole.
"""

from collections.abc import Collection, Iterable
from typing import Final

from thidua.base.errors import Finding
from thidua.base.terms import PREFIXES, TD
from thidua.rdf.quads import QuadStore

_IN_EDITION: Final = TD + "inEdition"
#: What completion gives a membership or a term, once an edition with a year and a cluster lists it; the first is told.
_BY_EDITION: Final = tuple(PREFIXES["org"] + name for name in ("organization", "memberDuring", "role"))
_OF_EDITION: Final = (TD + "year", TD + "editionOf")
_NUMBER: Final = ("MinCountConstraintComponent", "MaxCountConstraintComponent")


def without_consequences(store: QuadStore, findings: Iterable[Finding], nothing: Collection[str] = ()) -> list[Finding]:
    """Findings that do not merely follow from others.

    :param nothing: IRIs that nothing describes, which has been told already.
    """
    near = {subject for target in nothing for subject in store.referring_to(target)}
    near |= {subject for thing in near for subject in store.referring_to(thing)} | set(nothing)
    found = [each for each in findings if each.severity != "Violation" or each.focus not in near]
    broken = {each.focus for each in found if each.severity == "Violation" and each.path in _OF_EDITION}
    unlisted = {each.focus for each in found if each.severity == "Violation" and each.path == _IN_EDITION}
    told: dict[str, str] = {}
    for each in found:
        if _follows(each) and each.path and _rank(each.path) < _rank(told.get(each.focus, "")):
            told[each.focus] = each.path
    return [
        each for each in found
        if not _follows(each)
        or (
            each.focus not in unlisted
            and told[each.focus] == each.path
            and broken.isdisjoint(cell.value for cell in store.values(each.focus, _IN_EDITION))
        )
    ]  # fmt: skip


def _follows(finding: Finding) -> bool:
    return finding.severity == "Violation" and finding.path in _BY_EDITION and finding.constraint in _NUMBER


def _rank(path: str) -> int:
    return _BY_EDITION.index(path) if path in _BY_EDITION else len(_BY_EDITION)
