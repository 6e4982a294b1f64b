"""The ontology's terms as a version holds them: each with its names, its meaning and where it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from thidua.base.terms import GRAPH, ONTOLOGY, PREFIXES
from thidua.rdf.cells import Cell

#: The graph that thidua.ttl fills.
VOCABULARY: Final = GRAPH + "ontology"
_RDFS: Final = PREFIXES["rdfs"]
_SKOS: Final = PREFIXES["skos"]


@dataclass(frozen=True)
class Term:
    """A class or a property. Texts are by language; parents, domains and ranges are IRIs."""

    iri: str
    is_class: bool
    label: Mapping[str, str]
    definition: Mapping[str, str]
    note: Mapping[str, str]
    parents: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)


def terms(select: Callable[[str], list[dict[str, Cell | None]]]) -> list[Term]:
    """Every term of the ontology, classes first, then by name."""
    found: dict[str, dict[str, list[Cell]]] = {}
    for row in select(f"SELECT ?t ?p ?o {{ GRAPH <{VOCABULARY}> {{ ?t <{_RDFS}isDefinedBy> <{ONTOLOGY}> ; ?p ?o }} }}"):
        term, name, value = row["t"], row["p"], row["o"]
        assert term and name and value
        found.setdefault(term.value, {}).setdefault(name.value, []).append(value)
    return sorted((_term(iri, said) for iri, said in found.items()), key=lambda term: (not term.is_class, term.iri))


def version(select: Callable[[str], list[dict[str, Cell | None]]]) -> str | None:
    """The ontology's version, such as ``1.0.0``; None where there is no ontology."""
    rows = select(f"SELECT ?v {{ <{ONTOLOGY}> <{PREFIXES['owl']}versionInfo> ?v }} LIMIT 1")
    return next((row["v"].value for row in rows if row["v"]), None)


def _term(iri: str, said: Mapping[str, list[Cell]]) -> Term:
    def texts(name: str) -> dict[str, str]:
        return {cell.language or "": cell.value for cell in said.get(name, [])}

    def iris(*names: str) -> list[str]:
        return sorted(cell.value for name in names for cell in said.get(name, []) if cell.kind == "iri")

    kinds = {cell.value for cell in said.get(PREFIXES["rdf"] + "type", [])}
    return Term(
        iri=iri,
        is_class=PREFIXES["owl"] + "Class" in kinds,
        label=texts(_RDFS + "label"),
        definition=texts(_SKOS + "definition"),
        note=texts(_SKOS + "scopeNote"),
        parents=iris(_RDFS + "subClassOf", _RDFS + "subPropertyOf"),
        domains=iris(_RDFS + "domain"),
        ranges=iris(_RDFS + "range"),
    )
