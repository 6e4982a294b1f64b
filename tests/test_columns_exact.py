"""Columns give the triple store's multiset of rows for every query, or name what they cannot do."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from bench.generate import Register, write
from tests.support import w3c
from tests.support.columns import Both, both, loaded
from tests.support.paths import ROOT
from tests.support.query_generator import Generator
from tests.support.w3c import QT
from tests.support.w3c_language import QUERY
from thidua.columns.errors import NotCompiledError
from thidua.columns.make import make_columns

#: Queries that one set of data is asked.
_EACH = 50
_MANY = pytest.mark.parametrize("many", [500, pytest.param(5_000, marks=pytest.mark.nightly)])


@_MANY
def test_generated_queries(many: int, chance: random.Random, tmp_path: Path) -> None:
    """Over random data; queries that the engine does not read are passed over."""
    generator, told = Generator(chance), Counter[str | None]()
    for number in range(many // _EACH):
        data = both(loaded(generator.data(chance.choice((20, 60, 150)))), tmp_path / str(number))
        for text in _valid(generator, _EACH):
            told[data.compared(text)] += 1
    assert told[None] >= 0.25 * many, told.most_common()


def _valid(generator: Generator, many: int) -> Iterator[str]:
    empty = ox.Store()
    while many:
        text = generator.query()
        try:
            empty.query(text)
        except SyntaxError:
            continue
        many -= 1
        yield text


def test_the_bench(tmp_path: Path) -> None:
    with (tmp_path / "register.nt").open("wb") as out:
        write(Register(2_000), out, "nt")
    data = both(loaded((tmp_path / "register.nt").read_text(encoding="utf-8")), tmp_path / "columns")
    told = {path.stem: data.compared(path.read_text()) for path in sorted((ROOT / "bench/queries").glob("*.rq"))}
    assert len(told) == 12
    assert sum(reason is None for reason in told.values()) >= 9, told


@w3c.present
def test_the_w3c(tmp_path: Path) -> None:
    told: dict[str, str | None] = {}
    for number, case in enumerate(case for case in QUERY if case.kind == "QueryEvaluationTest"):
        query, action = case.value(w3c.MF.action, QT.query), case.value(w3c.MF.action)
        store = ox.Store()
        for file in case.manifest.objects(action, QT.data):
            form = {"ttl": ox.RdfFormat.TURTLE, "rdf": ox.RdfFormat.RDF_XML, "nt": ox.RdfFormat.N_TRIPLES}
            store.load(w3c.read(file), form[str(file).rpartition(".")[2]], base_iri=str(file))
        if isinstance(query, rdflib.URIRef):
            told[case.path] = both(store, tmp_path / str(number)).compared(w3c.read(query).decode(), str(query))
    compiled = sum(reason is None for reason in told.values())
    print(f"{compiled} of {len(told)} compile")
    assert compiled >= 0.3 * len(told), Counter(told.values()).most_common()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Both:
    text = '<t:a> <t:p> <t:b> .\n<t:b> <t:p> <t:a> .\n<t:a> <t:n> "x"@en .\n<t:b> <t:n> "999999999.999999"^^<{}> .\n'
    text = text.format("http://www.w3.org/2001/XMLSchema#decimal")
    return both(loaded(text), tmp_path_factory.mktemp("columns") / "columns")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?b <t:p> ?a }",
        "SELECT * { ?z <t:p> ?a MINUS { ?z <t:n> ?hidden } }",
        "SELECT * { ?z <t:p> ?a { SELECT ?z ?nowhere { ?z <t:n> ?n } } }",
        "SELECT ?a (?none = 1 AS ?b) { ?a <t:p> ?c }",
        "SELECT (SAMPLE(?none) AS ?x) { ?a <t:p> ?c }",
        "SELECT * { ?b <t:p> ?v OPTIONAL { ?c <t:n> ?v } }",
        "SELECT * { <t:nowhere> <t:p>? ?c }",
        "SELECT * { <t:nowhere> <t:p>* ?c }",
        "SELECT * { <t:a> <t:p>? ?c }",
        "SELECT (STRLEN(?x) AS ?y) { VALUES ?x { 'far' } }",
        "SELECT ?a (IF(BOUND(?none), 'one', 'other') = 'other' AS ?x) { ?a <t:p> ?b }",
        "SELECT ?a ?n { ?a <t:n> ?n }",
        "SELECT ?a { ?a <t:p> ?b } ORDER BY (5) ?a",
        "SELECT ?a { ?a <t:p> ?b } # it's <t:a> + ?b",
        "SELECT ('a + b' AS ?x) (\"\"\"a \" a * \"\"\" AS ?y) ('''a ' a ? ''' AS ?z) { <t:a> <t:p> + ?b }",
    ],
)
def test_what_was_wrong_once(small: Both, text: str) -> None:
    assert small.compared(text) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SELECT REDUCED ?a { ?a ?p ?b }", "REDUCED"),
        ("SELECT (GROUP_CONCAT(?a) AS ?x) { ?a ?p ?b }", "GROUP_CONCAT"),
        ("SELECT (SAMPLE(?a) AS ?x) { ?a ?p ?b }", "SAMPLE"),
        ("SELECT (AVG(?n) AS ?x) { ?a <t:n> ?n }", "AVG"),
        ("SELECT ?a { ?a <t:p> ?b } LIMIT 1", "LIMIT"),
        ("SELECT ?x { BIND(RAND() AS ?x) }", "RAND"),
        ("SELECT ?x { BIND(NOW() AS ?x) }", "NOW"),
        ("SELECT ?x { BIND(<t:f>(1) AS ?x) }", "<t:f>"),
        ("SELECT ?a { GRAPH ?g { ?a ?p ?b } }", "GRAPH"),
        ("SELECT ?a { ?a !<t:p> ?b }", "a negated property set"),
        ("SELECT ?a { ?a !^<t:p> ?b }", "a negated property set"),
        (
            "SELECT * { ?z <t:p> ?y OPTIONAL { ?y <t:n> ?w OPTIONAL { ?z <t:n> ?v } } }",
            "OPTIONAL of what may be unbound",
        ),
        ("SELECT * { ?a <t:p>* ?b }", "a path of no length"),
        ("SELECT ?a { ?a <t:p> ?b FILTER(?a NOT IN ()) }", "IN of nothing"),
        ("SELECT ?a { ?a <t:p> ?b VALUES ?b {} }", "VALUES of nothing"),
        ("CONSTRUCT { ?a <t:p> ?b } { ?a <t:p> ?b }", "CONSTRUCT"),
        ("SELECT ?a FROM <t:g> { ?a <t:p> ?b }", "FROM"),
    ],
)
def test_a_refusal_names_the_thing(small: Both, text: str, named: str) -> None:
    refused = small.compared(text)
    assert refused is not None
    assert named in refused


def test_triple_terms_have_no_copy(tmp_path: Path) -> None:
    (tmp_path / "lines.nt").write_text("<t:a> <t:p> <<( <t:a> <t:p> <t:b> )>> .\n", encoding="utf-8")
    assert not make_columns(tmp_path / "lines.nt", tmp_path / "columns")
    assert not (tmp_path / "columns/columns.json").exists()


def test_a_refusal_is_no_other_error(small: Both) -> None:
    with pytest.raises(NotCompiledError, match="DESCRIBE"):
        small.of_columns("DESCRIBE <t:a>")
