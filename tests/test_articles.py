"""The facts of each article, listed beside it in ``tests/articles/``: all are in the graph, and the graph has no other.

A fact is an item of a list: its number, where the article bears it, the fact in words, and its triples.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest
import rdflib
from rdflib.term import Node

from tests.support.paths import ROOT, SEED_IDS, SEEDS
from thidua.base.terms import GRAPH, ID, PREFIXES, TD
from thidua.building.build import Assembly
from thidua.rdf.quads import QuadStore

TD_ = rdflib.Namespace(TD)
HEADER = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
#: How the article bears a fact, as the lists say it, and the properties that say so in the graph.
HOW = {
    "stated at": (TD_.statedBy,),
    "implied at": (TD_.impliedBy,),
    "printed at": (TD_.titleAt, TD_.dateAt, TD_.authorAt, TD_.creditAt),
}
EVIDENCE = {property_ for properties in HOW.values() for property_ in properties}
_ITEM = re.compile(r"^(\d+)\. (.+)\n\n    ```turtle\n((?:    .*\n)+)    ```\n", re.MULTILINE)
_LEFT_OUT = re.compile(r"^- (\d+)-(\d+): .+", re.MULTILINE)

Triple: TypeAlias = tuple[Node, Node, Node]
Span: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Fact:
    """One item of a list."""

    number: int
    spans: frozenset[Span]
    """How and where the article bears it."""
    triples: frozenset[Triple]

    @property
    def records(self) -> set[Node]:
        """What the fact is about; not the edition that only lists it."""
        subjects = {subject for subject, _, _ in self.triples}
        listing_ = {s for s in subjects if all(o in subjects for t, _, o in self.triples if t == s)}
        return {subject for subject in subjects if subject not in listing_ or f"{ID}edition/" not in str(subject)}


def listing(source: str) -> Path:
    return ROOT / f"tests/articles/{source}.md"


def facts(source: str) -> list[Fact]:
    """The facts of an article, in the order of their numbers."""
    text = listing(source).read_text(encoding="utf-8")
    found = []
    for number, words, turtle in _ITEM.findall(text):
        graph = rdflib.Graph().parse(data=HEADER + turtle, format="turtle")
        spans = set()
        where, colon, said = words.partition(": ")
        assert colon and said, f"{number}. says nothing"
        for part in where.split("; "):
            how, _, places = part.partition(" at ")
            if part != "About the file":
                spans |= {(f"{how} at".lower(), place) for place in places.split(", ")}
        assert {how for how, _ in spans} <= HOW.keys(), f"{number}. {where}"
        found.append(Fact(int(number), frozenset(spans), frozenset(alike(graph))))
    assert [fact.number for fact in found] == list(range(1, text.count("```turtle") + 1))
    return found


def alike(graph: rdflib.Graph) -> set[Triple]:
    """Triples whose decimals are the same where their values are: a store writes 81.0 as 81."""

    def plain(term: Node) -> Node:
        decimal = isinstance(term, rdflib.Literal) and term.datatype == rdflib.XSD.decimal
        return rdflib.Literal(Decimal(str(term)).normalize()) if decimal else term

    return {(subject, property_, plain(value)) for subject, property_, value in graph}


def graph_of(store: QuadStore, name: str) -> set[Triple]:
    return alike(rdflib.Graph().parse(data=store.n_triples(name), format="nt"))


def rests(thing: Node) -> bool:
    """Whether a thing needs a passage of its own: a record does, and a source; what only has a name there does not."""
    kind = str(thing).removeprefix(ID).partition("/")[0]
    return str(thing).startswith(ID) and kind not in ("cluster", "person", "run")


def borne(source: str, stated: set[Triple]) -> dict[Node, set[Span]]:
    """Where the graph says that an article bears each thing."""
    found = defaultdict(set)
    start = f"{ID}ev/{source}_"
    for how, properties in HOW.items():
        for subject, property_, evidence in stated:
            if property_ in properties:
                assert str(evidence).startswith(start), f"{subject} rests on another text"
                found[subject].add((how, str(evidence).removeprefix(start)))
    return found


def differences(source: str, listed: list[Fact], stated: set[Triple], registries: set[Triple]) -> list[str]:
    """What a list says and the graph does not, or the graph and not the list.

    :param stated: what the source's file states.
    :param registries: what else the graph says.
    """
    told = []
    own = {subject for subject, _, _ in stated}
    bearing = borne(source, stated)
    expected: dict[Node, set[Span]] = defaultdict(set)
    for fact in listed:
        told += [
            f"{fact.number}. is not in the graph: {triple}"
            for triple in fact.triples
            if triple not in stated and (triple[0] in own or triple not in registries)
        ]
        about = {record for record in fact.records & own if rests(record)}
        for record in about:
            expected[record] |= fact.spans
        if not about and not fact.spans <= set().union(*bearing.values()):
            told.append(f"{fact.number}. rests on a passage that no record rests on")
    for thing in bearing.keys() | expected.keys():
        for how, span in bearing[thing] ^ expected[thing]:
            alone = "in the graph" if (how, span) in bearing[thing] else "in the list"
            told.append(f"{thing}: {how} {span} stands {alone} alone")
    every = {triple for fact in listed for triple in fact.triples}
    told += [f"not listed: {triple}" for triple in stated - every if triple[1] not in EVIDENCE]
    return sorted(told)


def written(source: str) -> set[Triple]:
    """What a file states, as somebody wrote it, before rules complete it."""
    return alike(rdflib.Graph().parse(ROOT / f"data/sources/{source}.ttl"))


@pytest.fixture(scope="module")
def registries(assembly: Assembly) -> set[Triple]:
    """What the graph says that is no source's."""
    names = ("ontology", "concepts", "awards", *(path.stem for path in (ROOT / "data/registry").glob("*.ttl")))
    return set().union(*(graph_of(assembly.store, GRAPH + name) for name in names))


@pytest.mark.parametrize("source", SEED_IDS)
def test_the_list_and_the_file_say_the_same(source: str, registries: set[Triple]) -> None:
    assert differences(source, facts(source), written(source), registries) == []


@pytest.mark.parametrize("source", SEED_IDS)
def test_the_graph_has_what_the_list_says(source: str, assembly: Assembly, registries: set[Triple]) -> None:
    """After rules and inference, in the source's own graph."""
    built = graph_of(assembly.store, GRAPH + source)
    missing = [triple for fact in facts(source) for triple in fact.triples if triple not in built | registries]
    assert not missing
    assert written(source) <= built


@pytest.mark.parametrize("source", SEED_IDS)
def test_what_is_altered_or_gone_is_told(source: str, registries: set[Triple]) -> None:
    """Each triple of the file, evidence too, and each item of the list."""
    listed, stated = facts(source), written(source)
    for triple in stated - registries:
        other = rdflib.URIRef(f"{ID}ev/{source}_1-2") if triple[1] in EVIDENCE else rdflib.Literal("another")
        for altered in (stated - {triple}, stated - {triple} | {(*triple[:2], other)}):
            assert differences(source, listed, altered, registries), triple
    for fact in listed:
        assert differences(source, [each for each in listed if each != fact], stated, registries), fact.number


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences and the lines of a text begin and end."""
    found, start = [], 0
    for gap in [*re.finditer(r"\n+|(?<=[.!?…])\s+", text), None]:
        end = gap.start() if gap else len(text)
        if text[start:end].strip():
            found.append((start, end))
        start = gap.end() if gap else end
    return found


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the articles are not beside this checkout")
@pytest.mark.parametrize("source", SEED_IDS)
def test_each_sentence_bears_a_fact_or_is_left_out(source: str) -> None:
    text = next(SEEDS.glob(f"*_{source}.txt")).read_text(encoding="utf-8")
    told = [tuple(map(int, span.split("-"))) for fact in facts(source) for _, span in fact.spans]
    left_out = [(int(start), int(end)) for start, end in _LEFT_OUT.findall(listing(source).read_text("utf-8"))]
    assert left_out
    assert not [
        (start, end)
        for start, end in sentences(text)
        if not any(first < end and start < last for first, last in [*told, *left_out])
    ]
    assert all(text[start:end].strip() == text[start:end] for start, end in left_out)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the articles are not beside this checkout")
@pytest.mark.parametrize("source", SEED_IDS)
def test_names_are_printed_where_the_list_says(source: str) -> None:
    """Titles, authors, groups and other names stand in a passage of their fact, letter for letter."""
    text = next(SEEDS.glob(f"*_{source}.txt")).read_text(encoding="utf-8")
    schema, skos = rdflib.Namespace(PREFIXES["schema"]), rdflib.Namespace(PREFIXES["skos"])
    names = {
        schema.name, schema.author, schema.publisher, schema.sourceOrganization, schema.url,
        skos.altLabel, skos.hiddenLabel, TD_.groupLabel, TD_.imageCredit, TD_.field,
    }  # fmt: skip
    seen = 0
    for fact in facts(source):
        passages = [text[slice(*map(int, span.split("-")))] for _, span in fact.spans]
        for _, property_, value in fact.triples:
            if property_ in names:
                seen += 1
                assert any(str(value) in passage for passage in passages), f"{fact.number}. {value}"
    assert seen >= 3
