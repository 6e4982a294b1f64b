"""The columns answer as the triple store does, the same rows as often, or say by name what they cannot."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyoxigraph as ox
import pytest
import rdflib

from bench.generate import Register, write
from tests.support import w3c
from tests.support.columns import Both, both, loaded
from tests.support.query_generator import Generator
from tests.support.random_queries import PREFIXES, Queries, graph
from tests.support.w3c import QT
from tests.support.w3c_language import QUERY
from thidua.columns.compiler import compiled
from thidua.columns.errors import NotCompiledError, NotExactError
from thidua.columns.expressions import _CASED
from thidua.columns.make import make_columns
from thidua.rdf.scan import restate

BENCH = {
    path.stem: path.read_text(encoding="utf-8") for path in (Path(__file__).parents[1] / "bench/queries").glob("*.rq")
}
#: Beside the register: values that trip who compares texts, terms twice, and the same thing without any value.
ODD = """
<urn:x:a> <urn:x:n> "9"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:x:a-b> <urn:x:n> "10"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:x:b> <urn:x:n> "-3"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:x:A> <urn:x:knows> <urn:x:a> .
<urn:x:a> <urn:x:knows> <urn:x:b> .
<urn:x:b> <urn:x:knows> <urn:x:a> .
<urn:x:a> <urn:x:s> "ab" .
<urn:x:b> <urn:x:s> "ab c" .
<urn:x:a-b> <urn:x:s> "ab!" .
<urn:x:A> <urn:x:s> "Ấn" .
<urn:x:a> <urn:x:l> "ab"@vi .
<urn:x:a> <urn:x:mixed> "9"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:x:b> <urn:x:mixed> "9" .
<urn:x:a> <urn:x:padded> "09"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:x:a> <urn:x:quoted> "\\"\\\\ \\n" .
<urn:x:a> <urn:x:blank> _:b .
""".lstrip()
ANSWERED = (
    "SELECT ?x ?n { ?x :n ?n FILTER(?n > 5) } ORDER BY ?n",
    "SELECT ?x ?n { ?x :n ?n FILTER(8 >= ?n || ?n = 10) }",
    "SELECT ?x ?n { ?x :n ?n FILTER(?n > 9.5) }",
    "SELECT ?x ?s { ?x :s ?s FILTER(?s > 'ab') } ORDER BY DESC(?s)",
    "SELECT ?x ?s { ?x :s ?s FILTER(?s <= 'ab!') } ORDER BY ?s LIMIT 2",
    "SELECT ?x ?n { ?x :s ?s OPTIONAL { ?x :n ?n } } ORDER BY ?n",
    "SELECT ?x ?n { ?x :s ?s OPTIONAL { ?x :n ?n FILTER(?s = 'ab') } }",
    "SELECT ?x { ?x :s ?s OPTIONAL { ?x :n ?n } FILTER(!BOUND(?n) || ?n < 0) }",
    "SELECT ?x { ?x :s ?s OPTIONAL { ?x :n ?n } FILTER(!(?n < 0)) }",
    "SELECT ?x ?z { ?x :s ?s OPTIONAL { ?x :n ?z } OPTIONAL { ?y :mixed ?z } }",
    "SELECT (MIN(?n) AS ?least) (MAX(?s) AS ?last) (SUM(?n) AS ?sum) (AVG(?n) AS ?mean) { ?x :n ?n ; :s ?s }",
    "SELECT (COUNT(?x) AS ?none) (SUM(?n) AS ?sum) { ?x :n 77 ; :n ?n }",
    "SELECT ?x (COUNT(?x) AS ?none) { ?x :n 77 } GROUP BY ?x",
    "SELECT ?x ?X { ?x :knows ?X }",
    "SELECT * { ?x :knows* :b . ?y :n ?n }",
    "SELECT ?x { :A :knows* ?x }",
    "SELECT ?x { ?x :knows? :a }",
    "SELECT ?x ?y { ?x :s ?s . ?x :knows? ?y }",
    "SELECT ?x ?y { ?x :knows+ ?y }",
    "SELECT ?x { ?x :knows* :nowhere }",
    "SELECT ?x { ?x :n|:s ?y }",
    "SELECT ?x { ?x ^:knows ?y }",
    "SELECT ?x ?p { ?x ?p :a }",
    "SELECT ?x { { ?x :n ?n } UNION { ?x :s ?n } }",
    "SELECT ?x { ?x :n ?n MINUS { ?x :s ?s } }",
    "SELECT ?x ?z { VALUES (?x ?z) { (:a 'nowhere') (:b UNDEF) } ?x :n ?n }",
    "SELECT ?x (?n + 1 AS ?m) (?n / 4 AS ?q) { ?x :n ?n }",
    "SELECT ?x { ?x :s ?s FILTER(REGEX(?s, '^A', 'i') || CONTAINS(?s, 'c')) }",
    "SELECT ?x { ?x :mixed ?n FILTER(?n IN (9, 'x')) }",
    "SELECT ?x { ?x :mixed ?n FILTER(?n > 5) }",
    "SELECT ?x { ?x :padded ?n FILTER(?n = 9) }",
    "SELECT ?x ?n { ?x :quoted|:blank ?n }",
    "SELECT ?x (LANG(?l) AS ?of) (STR(?l) AS ?text) { ?x :l ?l FILTER(langMatches(LANG(?l), 'vi')) }",
    "ASK { ?x :n ?n FILTER(?n > 9) }",
    "SELECT ?x ?nothing { ?x :n ?n }",
)
REFUSED = {
    "SELECT ?x { GRAPH ?g { ?x :n ?n } }": "GRAPH",
    "SELECT ?x FROM :g { ?x :n ?n }": "FROM",
    "CONSTRUCT { ?x :n ?n } WHERE { ?x :n ?n }": "CONSTRUCT",
    "DESCRIBE :a": "DESCRIBE",
    "SELECT (GROUP_CONCAT(?s) AS ?all) { ?x :s ?s }": "GROUP_CONCAT",
    "SELECT (SAMPLE(?s) AS ?some) { ?x :s ?s }": "SAMPLE",
    "SELECT ?x { ?x :s ?s FILTER(RAND() > 2) }": "RAND",
    "SELECT ?x { ?x :s ?s FILTER(REGEX(?s, 'a{2}')) }": "REGEX",
    "SELECT ?x ?y { ?x :knows* ?y }": "nothing else in its pattern binds",
    "SELECT ?x { ?x :mixed ?n } ORDER BY ?n": "ORDER BY literals of several kinds",
    "SELECT (MIN(?x) AS ?least) { ?x :n ?n }": "MIN of IRIs",
    "SELECT REDUCED ?x { ?x :n ?n }": "REDUCED",
    "SELECT ?x { ?x :n ?n FILTER EXISTS { ?x :s ?s OPTIONAL { ?x :l ?l } } }": "EXISTS",
    "SELECT ?x { { SELECT ?x { ?x :n ?n } LIMIT 1 } }": "LIMIT in an order",
}


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder = tmp_path_factory.mktemp("columns")
    with (folder / "register.nt").open("wb") as out:
        write(Register(2_000), out, "nt")
    return both(loaded((folder / "register.nt").read_text(encoding="utf-8") + ODD), folder / "columns")


@pytest.mark.parametrize("name", sorted(BENCH))
def test_questions_of_the_bench(register: Both, name: str) -> None:
    for text in (BENCH[name], restate(BENCH[name]).text):
        assert register.compared(text) is None


@pytest.mark.parametrize("text", ANSWERED)
def test_corners(register: Both, text: str) -> None:
    assert register.compared(PREFIXES + text) is None


@pytest.mark.parametrize("text", REFUSED)
def test_refusals_name_the_part(register: Both, text: str) -> None:
    with pytest.raises(NotCompiledError) as refused:
        compiled(PREFIXES + text, register.columns)
    assert REFUSED[text] in str(refused.value)


@pytest.mark.parametrize(
    "text", ["SELECT ?x { ?x :n ?n } LIMIT 2", "SELECT ?x { ?x :knows ?y } ORDER BY ?y LIMIT 1 OFFSET 1"]
)
def test_a_cut_between_equals_is_refused(register: Both, text: str) -> None:
    with pytest.raises(NotExactError, match="LIMIT or OFFSET in an order that leaves rows equal"):
        register.of_columns(PREFIXES + text)


def test_a_cut_that_cuts_nothing_is_none(register: Both) -> None:
    text = PREFIXES + "SELECT ?x { ?x :n ?n } LIMIT 3"
    assert register.compared(text) is None


def test_order_is_kept(register: Both) -> None:
    text = PREFIXES + "SELECT ?s ?x { ?x :s ?s } ORDER BY DESC(?s)"
    rows = [row[0] for row in register.columns.rows(compiled(text, register.columns))]
    result = register.store.query(text)
    assert isinstance(result, ox.QuerySolutions)
    assert rows == [str(row["s"]) for row in result]


#: Ten times fifty queries by day, a hundred times each night.
BATCHES = [number if number < 10 else pytest.param(number, marks=pytest.mark.nightly) for number in range(100)]


@pytest.mark.parametrize("batch", BATCHES)
def test_random_queries(batch: int, chance: Random, tmp_path: Path) -> None:
    data, queries = both(loaded(graph(chance)), tmp_path / "columns"), Queries(chance)
    told = [data.compared(queries.query()) for _ in range(50)]
    assert told.count(None) >= 10


def test_letters_have_the_cases_that_the_engine_gives_them(tmp_path: Path) -> None:
    """Each that the columns change at all; the others they refuse to."""
    letters = [letter for code in range(1, 0x3000) if re.fullmatch(_CASED, letter := chr(code))]
    text = "".join(f"<urn:x:{ord(each)}> <urn:x:s> {ox.Literal(each)} .\n" for each in letters)
    data = both(loaded(text), tmp_path / "columns")
    assert len(letters) > 500
    for function in ("UCASE", "LCASE"):
        assert data.compared(f"{PREFIXES}SELECT ?x ({function}(?s) AS ?y) {{ ?x :s ?s }}") is None


@pytest.mark.parametrize("flags", ["", ', "i"'])
def test_patterns_match_what_the_engine_matches(flags: str, chance: Random, tmp_path: Path) -> None:
    pieces = ["a", "B", ".", ".*", "\\\\.", " ", "-", "b", "\\\\(", "9", "_"] + ([] if flags else ["é", "Ấ"])
    texts = {"".join(chance.choices("aAbB.- 9(_é\nẤ", k=chance.randint(0, 6))) for _ in range(300)}
    text = "".join(f"<urn:x:{n}> <urn:x:s> {ox.Literal(each)} .\n" for n, each in enumerate(sorted(texts)))
    data = both(loaded(text), tmp_path / "columns")
    for _ in range(60):
        inner = "".join(chance.choices(pieces, k=chance.randint(0, 4)))
        pattern = chance.choice(("", "^")) + inner + chance.choice(("", "$"))
        assert data.compared(f'{PREFIXES}SELECT ?x {{ ?x :s ?s FILTER(REGEX(?s, "{pattern}"{flags})) }}') is None


def test_what_is_no_rdf_1_1_has_no_columns(tmp_path: Path) -> None:
    for number, line in enumerate(
        ("<urn:s> <urn:p> <<( <urn:a> <urn:b> <urn:c> )>> .", '<urn:s> <urn:p> "x"@en--ltr .')
    ):
        path = tmp_path / f"{number}.nt"
        path.write_text(line + "\n", encoding="utf-8")
        assert not make_columns(path, tmp_path / str(number))
        assert not (tmp_path / str(number)).exists()


#: Queries that one set of data is asked.
_EACH = 50
_MANY = pytest.mark.parametrize("many", [500, pytest.param(5_000, marks=pytest.mark.nightly)])


@_MANY
def test_generated_queries(many: int, chance: Random, tmp_path: Path) -> None:
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


def test_a_refusal_is_no_other_error(small: Both) -> None:
    with pytest.raises(NotCompiledError, match="DESCRIBE"):
        small.of_columns("DESCRIBE <t:a>")
