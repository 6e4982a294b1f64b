"""The description of a thing as its page shows it: by property, in the reader's language, with who says so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from server.addresses import page_of
from server.tables import Shown, is_web
from thidua.describe import Description, Statement
from thidua.rows import Cell
from thidua.terms import GRAPH, INFERRED, PREFIXES, instance, shorten

_IDENTIFIERS: Final = (
    "td:gsoCode", "td:isoCode", "dct:identifier", "eli:id_local", "skos:notation", "schema:url",
    "skos:exactMatch", "skos:closeMatch",
)  # fmt: skip
_INFERRED: Final = {"vi": "suy ra", "en": "inferred"}
#: For the search index alone.
_HIDDEN: Final = PREFIXES["skos"] + "hiddenLabel"


@dataclass(frozen=True)
class Value:
    """One value, and the sources that state it."""

    shown: Shown
    sources: list[Shown]


@dataclass(frozen=True)
class Property:
    """A property with its values; `total` counts those on other pages too."""

    shown: Shown
    values: list[Value]
    total: int


@dataclass(frozen=True)
class Evidence:
    """A source, and the passage in it."""

    source: Shown
    passage: Shown
    start: int | None
    end: int | None
    stated: bool


def context(description: Description, language: str, links: Mapping[str, Shown]) -> dict[str, Any]:
    """What the template shows.

    :param links: the sources by IRI, with their titles.
    """
    view = _View(description, language, links)
    identified = [
        (view.shown(Cell(PREFIXES[p] + n, "iri")), view.shown(value)) for p, n, value in _identifiers(description)
    ]
    title = description.labels(description.iri)
    return {
        "thing": description,
        "title": title.get(language) or next(iter(title.values()), ""),
        "short": shorten(description.iri).strip("<>"),
        "kinds": [view.shown(cell) for cell in description.values("rdf:type") if page_of(cell.value)],
        "names": _other_names(description, title.get(language)),
        "identifiers": identified,
        "properties": view.properties(
            [each for each in description.statements if each.property != _HIDDEN], lambda each: each.value
        ),
        "incoming": view.properties(description.incoming, lambda each: each.subject, description.counts),
        "evidence": [
            Evidence(view.source(each.source), view.named(each.evidence), each.start, each.end, each.stated)
            for each in description.passages
        ],
    }


class _View:
    def __init__(self, description: Description, language: str, links: Mapping[str, Shown]) -> None:
        self._description = description
        self._language = language
        self._links = links

    def named(self, iri: str) -> Shown:
        """A thing by its label."""
        own = page_of(iri)
        return Shown(self._description.label(iri, self._language), own or (iri if is_web(iri) else None), iri)

    def shown(self, cell: Cell) -> Shown:
        if cell.kind == "iri":
            return self.source(cell.value) if cell.value in self._links else self.named(cell.value)
        if cell.kind == "blank":
            return Shown("…", title=f"_:{cell.value}")
        return Shown(cell.value, cell.value if is_web(cell.value) else None, cell.datatype, cell.language)

    def source(self, iri: str) -> Shown:
        """A source by its title, leading to its page here."""
        found = self._links.get(iri)
        return Shown(found.text, page_of(iri), iri, found.language) if found else self.named(iri)

    def graph(self, iri: str) -> Shown:
        """A graph by the source whose graph it is."""
        if iri == INFERRED:
            return Shown(_INFERRED[self._language], page_of(iri), iri)
        source = instance("src", iri.removeprefix(GRAPH))
        return self.source(source) if source in self._links else self.named(iri)

    def properties(
        self, statements: Iterable[Statement], shown: Any, counts: Mapping[str, int] | None = None
    ) -> list[Property]:
        groups: dict[str, list[Value]] = {}
        for each in statements:
            value = Value(self.shown(shown(each)), [self.graph(graph) for graph in each.graphs])
            groups.setdefault(each.property, []).append(value)
        return [
            Property(self.named(name), values, (counts or {}).get(name, len(values))) for name, values in groups.items()
        ]


def _identifiers(description: Description) -> Iterable[tuple[str, str, Cell]]:
    for name in _IDENTIFIERS:
        prefix, _, local = name.partition(":")
        yield from ((prefix, local, value) for value in description.values(name))


def _other_names(description: Description, title: str | None) -> list[Cell]:
    names = [cell for name in ("skos:prefLabel", "skos:altLabel", "schema:name") for cell in description.values(name)]
    return [cell for cell in dict.fromkeys(names) if cell.value != title]
