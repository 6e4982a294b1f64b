"""Every source has a name that people read, a kind, an archived address, and says who read it and when."""

import re
from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.paths import SEED_IDS
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, PREFIXES, instance
from thidua.checks.rules import Rules
from thidua.graph import KnowledgeGraph
from thidua.names.labels import in_language
from thidua.rdf.cells import Cell, Record
from thidua.rdf.quads import QuadStore
from thidua.views.naming import source_names

HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
#: Those of which a title, a day and a kind come with their facts.
WHOLE = {instance("src", each) for each in SEED_IDS}

Select = Callable[[str], list[Record]]


@pytest.fixture(scope="module")
def select(kg: KnowledgeGraph) -> Select:
    return lambda query: list(kg.current().select(HEADER + query))


def column(rows: list[Record], name: str) -> list[str]:
    return [cell.value for row in rows if (cell := row[name])]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_two_are_called_alike_and_none_by_a_hash(select: Select, language: str) -> None:
    names = source_names(select)
    assert len(names) == len(select("SELECT DISTINCT ?s { ?s a td:SourceDocument }")) >= 149
    called = {iri: in_language(texts, language) for iri, texts in names.items()}
    alike = [name for name, count in Counter(called.values()).items() if count > 1]
    assert not alike
    assert not [name for name in called.values() if re.search(r"[0-9a-f]{16}", name) or not name.strip()]


def test_the_question_calls_them_so(kg: KnowledgeGraph, select: Select) -> None:
    rows = kg.ask("sources")
    assert rows.columns[:6] == ("source", "title", "publisher", "published", "url", "facts")
    assert rows.columns[6:] == ("kind", "reading", "archived", "modified", "author")
    names = source_names(select)
    sources = column(rows.records, "source")
    assert len(sources) == len(set(sources)) == len(rows.records)
    for row in rows.records:
        source, title = row["source"], row["title"]
        assert source and title and title.value == in_language(names[source.value], "vi")
    told = {row["source"].value.rpartition("/")[2]: row for row in rows.records if row["source"]}
    article = told["fc4f76211082579c"]
    assert [(cell := article[name]) and cell.value for name in ("kind", "reading", "published", "author")] == [
        "article", "second-hand", "2024-03-13", "Hà Vy - Văn Nam",
    ]  # fmt: skip
    assert told["1ef15cd5a8e9f9e3"]["published"] is None
    assert told["1ef15cd5a8e9f9e3"]["modified"] == Cell("2010-01-22", datatype=PREFIXES["xsd"] + "date")


def test_evidence_names_the_source_as_the_question_does(kg: KnowledgeGraph, select: Select) -> None:
    names = source_names(select)
    evidence = kg.ask("who-led", {}, evidence=True).evidence
    assert evidence
    pieces = [piece for pieces in evidence for piece in pieces]
    assert len(pieces) > 30
    assert all(piece.title == in_language(names[piece.source], "vi") for piece in pieces)


def test_kinds_and_their_classes(select: Select) -> None:
    kinds = {
        source.value: kind.value.rpartition("/")[2]
        for row in select("SELECT ?s ?k { ?s a td:SourceDocument ; td:kind ?k }")
        if (source := row["s"]) and (kind := row["k"])
    }
    assert set(column(select("SELECT ?s { ?s a td:SourceDocument }"), "s")) == kinds.keys()
    assert set(kinds.values()) == {"source-article", "source-decision", "source-registry", "source-data-set"}
    for name, of in (("Article", {"source-article"}), ("Dataset", {"source-data-set", "source-registry"})):
        typed = set(column(select(f"SELECT ?s {{ ?s a td:SourceDocument, schema:{name} }}"), "s"))
        assert typed == {source for source, kind in kinds.items() if kind in of}
    assert sum(kind != "source-article" for kind in kinds.values()) >= 29  # what only lists codes is no article


def test_the_archived_address_follows_the_pattern(select: Select) -> None:
    rows = select(
        """SELECT ?url ?copy ?same {
             ?s a td:SourceDocument ; schema:url ?url ; td:archivedAt ?copy ; schema:archivedAt ?same }"""
    )
    addressed = select("SELECT ?s { ?s a td:SourceDocument ; schema:url ?url }")
    assert len(rows) == len(addressed) > 130
    for row in rows:
        url, copy, same = row["url"], row["copy"], row["same"]
        assert url and copy and copy == same and copy.value == f"https://web.archive.org/web/{url.value}"


def test_who_read_what_is_known_by_address_and_when(select: Select) -> None:
    second = set(column(select("SELECT ?s { ?s td:reading c:reading-second-hand }"), "s"))
    runs = select(
        """SELECT ?s ?run ?graph { ?run a td:ExtractionRun ; td:readSource ?s ; td:readOn ?day ;
             td:readBy agent:editors ; td:byRules "docs/adding-a-source.md" .
             ?graph prov:hadPrimarySource ?s ; prov:wasGeneratedBy ?run }"""
    )
    read = dict(zip(column(runs, "s"), column(runs, "run"), strict=True))
    assert len(second) >= 111 and second <= read.keys()
    assert all(read[source] == source.replace("/src/", "/run/") for source in second)


def test_a_day_says_where_it_is_from(select: Select) -> None:
    """Printed in the source, which is then the evidence, or borne by its address alone."""
    rows = select(
        """SELECT ?s ?at ?basis { ?s schema:datePublished|schema:dateModified|td:during ?day ; td:reading ?r
             OPTIONAL { ?s td:dateAt ?at } OPTIONAL { ?s td:dateBasis ?basis } }"""
    )
    mine = [row for row in rows if row["s"] and row["s"].value not in WHOLE]
    assert len(mine) > 20 and all(bool(row["at"]) != bool(row["basis"]) for row in mine)
    assert {value.rpartition("/")[2] for value in column(mine, "basis")} == {"basis-address"}


SAID = {
    'schema:name "Bài"@vi ; schema:publisher "a.vn" ; schema:datePublished "2024-03-13"^^xsd:date': ("Bài", "Bài"),
    'schema:name "Bài"@vi, "Text"@en': ("Bài", "Text"),
    'dct:title "[Bài]"@vi, "[Text]"@en ; schema:publisher "a.vn"': ("[Bài]", "[Text]"),
    'dct:title "[Bài]"@vi ; schema:name "Tên in"@vi': ("Tên in", "Tên in"),
    'schema:name "vietnam-admin-units"': ("vietnam-admin-units",) * 2,
    'schema:publisher "a.vn" ; schema:datePublished "2024-03-13"^^xsd:date': ("a.vn, 13/3/2024", "a.vn, 13 March 2024"),
    'schema:publisher "a.vn" ; schema:dateModified "2019-05-01"^^xsd:date': ("a.vn, 1/5/2019", "a.vn, 1 May 2019"),
    'schema:publisher "a.vn" ; td:during period:2018-12': ("a.vn, 12/2018", "a.vn, December 2018"),
    'schema:publisher "a.vn" ; td:during period:2018': ("a.vn, 2018", "a.vn, 2018"),
    'schema:url "https://www.a.vn/x/ky-giao-uoc-12.html"^^xsd:anyURI': ("a.vn, ky-giao-uoc-12",) * 2,
    'schema:url "http://a.vn:80/c/bay-tinh-ky/c/2470700.epi"^^xsd:anyURI': ("a.vn, bay-tinh-ky",) * 2,
    'schema:url "https://a.vn/b/0123456789abcdef0123456789abcdef01234567/7.txt"^^xsd:anyURI': ("a.vn, 7",) * 2,
    'schema:url "https://a.vn/"^^xsd:anyURI': ("a.vn", "a.vn"),
    'schema:author "Bùi Tuấn" ; schema:datePublished "2019-03-21"^^xsd:date': (
        "Bùi Tuấn, 21/3/2019", "Bùi Tuấn, 21 March 2019",
    ),
    'td:imageCredit "X - Y"': ("Nguồn không tên (ảnh: X - Y)", "Untitled source (picture: X - Y)"),
    'td:contentHash "aa"': ("Nguồn không tên", "Untitled source"),
}  # fmt: skip


@pytest.mark.parametrize("said", SAID, ids=[name[0] + str(number) for number, name in enumerate(SAID.values())])
def test_what_a_source_is_called_by_what_is_known_of_it(files: ProjectFiles, said: str) -> None:
    store = QuadStore.memory()
    store.raw.update(f"{HEADER} INSERT DATA {{ GRAPH <{GRAPH}x> {{ src:x {said} }} }}")
    Rules(files).complete(store, GRAPH + "x")
    found = store.select(f"{HEADER} SELECT ?label {{ GRAPH <{GRAPH}x> {{ src:x skos:prefLabel ?label }} }}")
    labels = {cell.language or "": cell.value for row in found if (cell := row["label"])}
    assert tuple(in_language(labels, language) for language in ("vi", "en")) == SAID[said]


@pytest.mark.parametrize("kind", ["article", "decision", "registry", "data-set"])
def test_nothing_is_archived_twice_and_a_decision_is_no_article(files: ProjectFiles, kind: str) -> None:
    store = QuadStore.memory()
    copy = "https://web.archive.org/web/2018/https://a.vn/1"
    store.raw.update(
        f"""{HEADER} INSERT DATA {{ GRAPH <{GRAPH}x> {{
          src:x td:kind c:source-{kind} ; schema:url "{copy}"^^xsd:anyURI }} }}"""
    )
    Rules(files).complete(store, GRAPH + "x")
    found = store.lines(GRAPH + "x")
    assert any(f"archivedAt> <{copy}>" in line for line in found)
    classes = {line.rpartition("schema.org/")[2].rstrip(">") for line in found if "type> <https://schema.org/" in line}
    assert classes == {"article": {"Article"}, "decision": set()}.get(kind, {"Dataset"})
