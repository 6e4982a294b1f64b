"""Resource descriptions: what the graph says of one resource, and who says it.

A thing's own statements come whole, each with the graphs that state it; what others say of it is paged, with totals,
since a province or a source may be spoken of thousands of times.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from thidua.base.errors import InputError
from thidua.base.paths import path_of
from thidua.base.terms import DATASET, GRAPH, INFERRED, LICENSE, PREFIXES, TD, shorten
from thidua.names.index import KINDS as SEARCHED
from thidua.names.index import Name, NameIndex
from thidua.names.labels import Labels, labels
from thidua.names.search import exact, search
from thidua.rdf.cells import Cell, Select
from thidua.rdf.ntriples import iri_term, literal_term, term
from thidua.rdf.syntax import write_quads

#: Statements of others on one page.
PAGE: Final = 50
#: Up to how many statements of others with one property are put in order.
_SORTED: Final = 2000

_OA: Final = PREFIXES["oa"]
_VOID: Final = PREFIXES["void"]
_FIRST: Final = (PREFIXES["rdf"] + "type", PREFIXES["skos"] + "prefLabel")


@dataclass(frozen=True)
class Statement:
    """One triple, and the named graphs that state it; none in a plain store's default graph."""

    subject: Cell
    property: str
    value: Cell
    graphs: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """A passage that a record, or what is said of a source, rests on: code points `start` to `end` of the source, where
    they are known."""

    evidence: str
    source: str
    stated: bool
    """Whether it says so outright, rather than implying it."""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Description:
    """What one version says of one thing."""

    iri: str
    statements: list[Statement]
    passages: list[Passage]
    page: int
    incoming: list[Statement]
    """One page of what others say of it, by property and subject."""
    counts: Mapping[str, int]
    """How many statements of others there are, by property."""
    triples: int | None
    """How many triples a graph has; None for what is no graph."""
    _labels: Mapping[str, Labels] = field(repr=False)

    @property
    def total(self) -> int:
        """How many statements of others there are."""
        return sum(self.counts.values())

    @property
    def pages(self) -> int:
        """How many pages they fill, one at least."""
        return max(1, -(-self.total // PAGE))

    def label(self, iri: str, language: str = "vi") -> str:
        """What a thing that is mentioned here is called; its short IRI where it has no name."""
        return self.labels(iri).get(language) or next(iter(self.labels(iri).values()), shorten(iri).strip("<>"))

    def labels(self, iri: str) -> Labels:
        """A thing's names by language, empty for none: Vietnamese first."""
        return self._labels.get(iri, {})

    def values(self, name: str) -> list[Cell]:
        """The values of a property, given as ``skos:altLabel``."""
        prefix, _, local = name.partition(":")
        wanted = PREFIXES[prefix] + local
        return [statement.value for statement in self.statements if statement.property == wanted]

    def write(self, media_type: str, document: str = "", dump: str = "") -> bytes:
        """As RDF, the same default graph in every format; formats that name graphs also say which of them states what.

        :param document: the address of what is written, which then says what it is about and under which licence.
        :param dump: where a graph can be had whole.
        """
        return write_quads("".join(f"{line} .\n" for line in self._lines(document, dump)), media_type)

    def _lines(self, document: str, dump: str) -> Iterator[str]:
        thing = iri_term(self.iri)
        if document:
            about, foaf, dct = iri_term(document), PREFIXES["foaf"], PREFIXES["dct"]
            yield f"{about} <{PREFIXES['rdf']}type> <{foaf}Document>"
            yield f"{about} <{foaf}primaryTopic> {thing}"
            yield f"{about} <{dct}license> <{LICENSE}>"
            yield f"{about} <{_VOID}inDataset> <{DATASET}>"
        if self.triples is not None:
            yield f"{thing} <{_VOID}triples> {literal_term(str(self.triples), PREFIXES['xsd'] + 'integer')}"
            if dump:
                yield f"{thing} <{_VOID}dataDump> {iri_term(dump)}"
        for statement in self.statements + self.incoming:
            triple = f"{term(statement.subject)} {iri_term(statement.property)} {term(statement.value)}"
            yield triple
            yield from (f"{triple} {iri_term(graph)}" for graph in statement.graphs)


def similar(names: NameIndex, iri: str) -> list[Name]:
    """Things of the same kind with a similar name or id, else those that a part of the id names: a record's cluster."""
    kind, _, slug = (path_of(iri) or "").partition("/")
    if kind in ("", "graph"):
        return []
    named = kind in SEARCHED
    found = [match.name for match in search(names, slug.replace("-", " "), [kind], limit=5)] if named else []
    parts = [name for part in slug.split("_") for name in exact(names, part, SEARCHED)]
    return list(dict.fromkeys(found or parts))[:5]


def is_mentioned(select: Select, iri: str) -> bool:
    """Whether anything is said of a thing, or a graph has that name."""
    name = iri_term(iri)
    patterns = f"{{ {name} ?p ?o }} UNION {{ ?s ?p {name} }} UNION {{ GRAPH {name} {{ ?s ?p ?o }} }}"
    return bool(select(f"SELECT ?p {{ {patterns} }} LIMIT 1"))


def describe(select: Select, iri: str, page: int = 1) -> Description | None:
    """Describe a thing; None when nothing is said of it.

    :param select: answers a SELECT.
    :param page: which of the pages of what others say, from 1.
    :raises InputError: there is no such page.
    """
    if not is_mentioned(select, iri):
        return None
    name = iri_term(iri)
    statements = _statements(select, iri)
    counts = {
        row["p"].value: int(row["n"].value)
        for row in select(f"SELECT ?p (COUNT(*) AS ?n) {{ ?s ?p {name} }} GROUP BY ?p")
        if row["p"] and row["n"]
    }
    if not 1 <= page <= max(1, -(-sum(counts.values()) // PAGE)):
        raise InputError(f"`page` is a number from 1 to {max(1, -(-sum(counts.values()) // PAGE))}, not {page}.")
    incoming = _incoming(select, iri, page, counts)
    passages = _passages(select, iri)
    size = select(f"SELECT (COUNT(*) AS ?n) {{ GRAPH {name} {{ ?s ?p ?o }} }}") if iri.startswith(GRAPH) else []
    mentioned = {iri, *counts, *(passage.source for passage in passages)}
    for statement in statements + incoming:
        mentioned |= {statement.property, *statement.graphs}
    mentioned |= {statement.subject.value for statement in incoming if statement.subject.kind == "iri"}
    return Description(
        iri=iri,
        statements=statements,
        passages=passages,
        page=page,
        incoming=incoming,
        counts=counts,
        triples=next((int(row["n"].value) for row in size if row["n"]), None),
        _labels=labels(select, mentioned, f"{name} ?p ?thing"),
    )


def stated_of(select: Select, iri: str) -> set[tuple[str, Cell, str]]:
    """What graphs state of a thing itself, but for what was only inferred: property, value and graph."""
    rows = select(f"SELECT ?p ?o ?g {{ GRAPH ?g {{ {iri_term(iri)} ?p ?o }} }}")
    found = {(row["p"].value, row["o"], row["g"].value) for row in rows if row["p"] and row["o"] and row["g"]}
    return {each for each in found if each[2] != INFERRED}


def _statements(select: Select, iri: str) -> list[Statement]:
    name = iri_term(iri)
    rows = select(f"SELECT ?g ?p ?o {{ {{ {name} ?p ?o }} UNION {{ GRAPH ?g {{ {name} ?p ?o }} }} }}")
    found = _grouped((Cell(iri, "iri"), row["p"], row["o"], row["g"]) for row in rows)
    order = {name: number for number, name in enumerate(_FIRST)}
    return sorted(
        found,
        key=lambda each: (
            order.get(each.property, len(order)),
            shorten(each.property),
            each.value.language != "vi",
            each.value.value,
        ),
    )


def _incoming(select: Select, iri: str, page: int, counts: Mapping[str, int]) -> list[Statement]:
    name = iri_term(iri)
    found: list[tuple[Cell, Cell, Cell]] = []
    skip = (page - 1) * PAGE
    for link, count in sorted(counts.items(), key=lambda item: shorten(item[0])):
        if skip < count and len(found) < PAGE:
            subjects = _subjects(select, f"?s {iri_term(link)} {name}", count, skip, PAGE - len(found))
            found += [(subject, Cell(link, "iri"), Cell(iri, "iri")) for subject in subjects]
        skip = max(0, skip - count)
    # Asked one by one: joined to the page, the engine would go through all statements of others for each line of it.
    patterns = [
        f"{{ GRAPH ?g {{ {term(subject)} {term(link)} {name} }} BIND({number} AS ?n) }}"
        for number, (subject, link, _) in enumerate(found)
        if subject.kind == "iri"
    ]
    stating = select(f"SELECT ?n ?g {{ {' UNION '.join(patterns)} }}") if patterns else []
    graphs = [(*found[int(row["n"].value)], row["g"]) for row in stating if row["n"]]
    return _grouped([*((*each, None) for each in found), *graphs])


def _subjects(select: Select, pattern: str, count: int, skip: int, most: int) -> list[Cell]:
    """Some of the subjects of a pattern: in the order of their IRIs, or, of very many, in the order they are stored."""
    if count > _SORTED:
        # The engine sorts a hundred thousand IRIs in a minute. Where they lie is as good: a version never changes.
        return [row["s"] for row in select(f"SELECT ?s {{ {pattern} }} LIMIT {most} OFFSET {skip}") if row["s"]]
    subjects = [row["s"] for row in select(f"SELECT ?s {{ {pattern} }}") if row["s"]]
    return sorted(subjects, key=lambda cell: cell.value)[skip : skip + most]


def _grouped(rows: Iterable[tuple[Cell | None, Cell | None, Cell | None, Cell | None]]) -> list[Statement]:
    graphs: dict[tuple[Cell, str, Cell], set[str]] = {}
    for subject, name, value, graph in rows:
        assert subject and name and value
        graphs.setdefault((subject, name.value, value), set()).update([graph.value] if graph else [])
    return [Statement(*triple, tuple(sorted(stating))) for triple, stating in graphs.items()]


def _passages(select: Select, iri: str) -> list[Passage]:
    name = iri_term(iri)
    rows = select(
        f"""SELECT DISTINCT ?how ?evidence ?source ?start ?end {{
          {{ VALUES ?how {{ <{TD}statedBy> <{TD}impliedBy> <{TD}describedAt> }}
             {name} ?how ?evidence . ?evidence <{_OA}hasSource> ?source }}
          UNION {{ {name} <{_OA}hasSource> ?source BIND({name} AS ?evidence) }}
          OPTIONAL {{ ?evidence <{_OA}hasSelector> ?span . ?span <{_OA}start> ?start ; <{_OA}end> ?end }}
        }} ORDER BY ?source ?start ?end"""
    )
    passages = []
    for row in rows:
        how, evidence, source, start, end = (row[column] for column in ("how", "evidence", "source", "start", "end"))
        assert evidence and source
        stated = how is None or how.value != TD + "impliedBy"
        span = (int(start.value), int(end.value)) if start and end else (None, None)
        passages.append(Passage(evidence.value, source.value, stated, *span))
    return passages
