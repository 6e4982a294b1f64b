"""The query editor: terms to complete while somebody types, and the outlines that answers are drawn on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from thidua.base.terms import BASE, PREFIXES, TD
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.metadata.statistics import count
from thidua.metadata.vocabulary import Term, terms
from thidua.rdf.cells import Cell
from thidua.views.insets import SHEET, insets
from thidua.views.outlines import CREDIT, paths


def completions(snapshot: Snapshot, caller: Caller) -> dict[str, Any]:
    """Classes and properties, each most used first: IRI, how many things or triples, labels by language.

    Those that the ontology declares and nothing uses come last, with 0.

    :raises LimitError: counting met a limit.
    """

    def select(text: str) -> list[dict[str, Cell | None]]:
        return snapshot.select(text, caller)

    counted = count(select)
    declared = {term.iri: term for term in terms(select)}
    classes = {iri: each.entities for iri, each in counted.classes.items()}
    properties = {iri: each.triples for iri, each in counted.properties.items()}
    for iri, term in declared.items():
        (classes if term.is_class else properties).setdefault(iri, 0)
    return {
        "version": snapshot.version.number,
        "base": BASE,
        "prefixes": PREFIXES,
        "classes": _sorted(classes, declared),
        "properties": _sorted(properties, declared),
    }


def _sorted(uses: Mapping[str, int], declared: Mapping[str, Term]) -> list[dict[str, Any]]:
    return [
        {"iri": iri, "count": uses[iri], "label": dict(declared[iri].label) if iri in declared else {}}
        for iri in sorted(uses, key=lambda iri: (-uses[iri], iri))
    ]


_PARTS: Final = f"SELECT DISTINCT ?unit ?part {{ ?part <{TD}laterUnit> ?unit }} ORDER BY ?unit ?part"
_CODES: Final = f"""SELECT ?code ?unit ?start ?end {{ ?unit <{TD}gsoCode> ?code
  OPTIONAL {{ ?unit <{TD}startDate> ?start }} OPTIONAL {{ ?unit <{TD}endDate> ?end }} }} ORDER BY ?code ?unit"""


def drawing(snapshot: Snapshot, file: Path, caller: Caller) -> dict[str, Any]:
    """Outlines by IRI, the drawn units that each later unit was made of, and which codes meant which unit when.

    :param file: of the outlines: :attr:`~thidua.base.files.ProjectFiles.borders`.
    :raises DataError: the file is not the drawing that is expected.
    """
    outlines = paths(file)
    parts: dict[str, list[str]] = {}
    for row in snapshot.select(_PARTS, caller):
        unit, part = row["unit"], row["part"]
        if unit and part and part.value in outlines and unit.value not in outlines:
            parts.setdefault(unit.value, []).append(part.value)
    codes = [{name: cell.value for name, cell in row.items() if cell} for row in snapshot.select(_CODES, caller)]
    moved = [
        {"unit": each.unit, "part": each.part, "name": each.name, "transform": each.transform,
         "frame": [each.x, each.y, each.width, each.height], "at": [each.middle, each.line]}
        for each in insets(outlines)
    ]  # fmt: skip
    return {
        "viewBox": SHEET, "credit": CREDIT, "paths": outlines, "insets": moved, "parts": parts, "codes": codes,
    }  # fmt: skip
