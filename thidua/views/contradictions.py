"""Conflicting claims, with the sources of each side by side."""

from dataclasses import dataclass, field
from typing import Final

from thidua.base.terms import TD, shorten
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.names.labels import in_language, labels, spoken
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import iri_term

_NOBODY: Final = Caller()
_EDITIONS: Final = f"""SELECT ?thing ?year ?cluster {{ VALUES ?thing {{ THINGS }}
  ?thing <{TD}year> ?year ; <{TD}editionOf> ?cluster }}"""


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


def contradictions(snapshot: Snapshot, language: str, caller: Caller = _NOBODY) -> list[Contradiction]:
    """Those of one version, in the order of the question `conflicts`; a claim of several sources stands once.

    :param language: in which things are named, where they have a name in it.
    :raises LimitError: there is too much to compare.
    """
    records = snapshot.ask("conflicts", {}, caller).records
    names = _names(snapshot, [cell for record in records for cell in record.values()], language, caller)
    found: dict[tuple[str, ...], Contradiction] = {}
    for record in records:
        text = {name: cell.value if cell else "" for name, cell in record.items()}
        subject, a, b = (names.get(text[name], Named(text[name])) for name in ("subject", "claimA", "claimB"))
        key = (text["what"], text["subject"], text["claimA"], text["claimB"])
        sources = found.setdefault(key, Contradiction(subject, text["what"], (a, b))).sources
        for listed, name in zip(sources, ("sourceA", "sourceB"), strict=True):
            if text[name] and text[name] not in listed:
                listed.append(text[name])
    return list(found.values())


def _names(snapshot: Snapshot, cells: list[Cell | None], language: str, caller: Caller) -> dict[str, Named]:
    """How each thing is called; an edition by its cluster and its year."""
    things = {cell.value for cell in cells if cell and cell.kind == "iri"}
    if not things:
        return {}
    rows = snapshot.select(_EDITIONS.replace("THINGS", " ".join(map(iri_term, sorted(things)))), caller)
    found = [(row["thing"], row["cluster"], row["year"]) for row in rows]
    editions = {a.value: (b.value, year.value) for a, b, year in found if a and b and year}
    clusters = {cluster for cluster, _ in editions.values()}
    known = labels(lambda text: snapshot.select(text, caller), things | clusters)
    names = {}
    for iri in things:
        cluster, year = editions.get(iri, (iri, ""))
        called = known.get(cluster, {})
        text = in_language(called, language) or shorten(iri)
        names[iri] = Named(f"{text}, {year}" if year else text, iri, spoken(called, language))
    return names
