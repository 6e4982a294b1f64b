"""Conflicting claims, with the sources of each side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from thidua.base.terms import shorten
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.rdf.cells import Cell, integer
from thidua.views.naming import is_proper, names

_NOBODY: Final = Caller()

#: Kinds of contradictions that are about members, and what tells one membership from another.
_OF_MEMBERS: Final = ("member list", "cluster")
_MEMBER: Final = ("cluster", "province", "source")


@dataclass(frozen=True)
class Named:
    """A thing or a figure; `iri` is empty for a figure, `language` for what has no name in one."""

    text: str
    iri: str = ""
    language: str = ""


@dataclass(frozen=True)
class Contradiction:
    """Two claims about one subject that cannot both be right; `what` is as in the question `conflicts`."""

    subject: Named
    what: str
    claims: tuple[Named, Named]
    sources: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    """The IRIs of the sources of each claim."""
    years: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    """The years for which sources list a member, where a claim is of one; the clusters of one unit have years alike."""


def contradictions(snapshot: Snapshot, language: str, caller: Caller = _NOBODY) -> list[Contradiction]:
    """Those of one version, in the order of the question `conflicts`; a claim of several sources stands once.

    :param language: in which things are named, where they have a name in it.
    :raises LimitError: there is too much to compare.
    """
    records = snapshot.ask("conflicts", {}, caller).records
    called = _names(snapshot, [cell for record in records for cell in record.values()], language, caller)
    found: dict[tuple[str, ...], Contradiction] = {}
    for record in records:
        text = {name: cell.value if cell else "" for name, cell in record.items()}
        subject, a, b = (called.get(text[name], Named(text[name])) for name in ("subject", "claimA", "claimB"))
        key = (text["what"], text["subject"], text["claimA"], text["claimB"])
        sources = found.setdefault(key, Contradiction(subject, text["what"], (a, b))).sources
        for listed, name in zip(sources, ("sourceA", "sourceB"), strict=True):
            if text[name] and text[name] not in listed:
                listed.append(text[name])
    _add_years(snapshot, found, caller)
    return list(found.values())


def _add_years(snapshot: Snapshot, found: Mapping[tuple[str, ...], Contradiction], caller: Caller) -> None:
    """Of claims about members: the years for which the sources of a claim list the unit in the cluster."""
    if not any(what in _OF_MEMBERS for what, *_ in found):
        return
    listed: dict[tuple[str, str, str], set[int]] = {}
    for record in snapshot.ask("cluster-members", {}, caller).records:
        cluster, unit, source = (cell.value if (cell := record[name]) else "" for name in _MEMBER)
        if year := integer(record["year"]):
            listed.setdefault((cluster, unit, source), set()).add(year)
    for (what, subject, *claims), each in found.items():
        if what not in _OF_MEMBERS:
            continue
        years = []
        for claim, sources in zip(claims, each.sources, strict=True):
            cluster, unit = (subject, claim) if what == "member list" else (claim, subject)
            years.append(set().union(*(listed.get((cluster, unit, source), ()) for source in sources)))
        if what == "cluster":  # one unit in two clusters is a contradiction in the years that both have
            years = [years[0] & years[1]] * 2
        for told, some in zip(each.years, years, strict=True):
            told.extend(sorted(some))


def _names(snapshot: Snapshot, cells: list[Cell | None], language: str, caller: Caller) -> dict[str, Named]:
    """How each thing is called."""
    things = {cell.value for cell in cells if cell and cell.kind == "iri"}
    called = names(lambda text: snapshot.select(text, caller), things, language, {})
    return {
        iri: Named(called.get(iri) or shorten(iri), iri, "vi" if is_proper(iri) or iri not in called else language)
        for iri in things
    }
