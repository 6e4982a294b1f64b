"""What an editor of queries offers while somebody types: classes and properties that a version uses, and prefixes."""

from collections.abc import Mapping
from typing import Any

from thidua.base.terms import BASE, PREFIXES
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.rdf.cells import Cell
from thidua.statistics import count
from thidua.vocabulary import Term, terms


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
