"""A columnar copy answers as the engine does, or says by name what it cannot."""

import io
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from bench.generate import Register, write

pytest.importorskip("duckdb", reason="duckdb is no dependency of the project; `pip install duckdb` to run this")

from bench.columnar import QUERIES, Copy, answer_of_copy, copied, ordered, rows_of_engine
from bench.compiled import NotCompiledError

SIZE = 2000
COMPILED = (
    "awards-by-province-year-kind", "count-distinct", "export", "negation", "path", "report", "top-recipients",
)  # fmt: skip
HEADS = (
    "PREFIX td: <https://w3id.org/thidua/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
    "PREFIX schema: <https://schema.org/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX t: <urn:t:> "
)
#: Beside the register: values that trip who compares texts, terms twice, and the same thing without any value.
ODD = """
<urn:t:a> <urn:t:n> "9"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:t:a> <urn:t:n> "9"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:t:a-b> <urn:t:n> "10"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:t:b> <urn:t:n> "-3"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:t:A> <urn:t:knows> <urn:t:a> .
<urn:t:a> <urn:t:knows> <urn:t:b> .
<urn:t:b> <urn:t:knows> <urn:t:a> .
<urn:t:a> <urn:t:s> "ab" .
<urn:t:b> <urn:t:s> "ab c" .
<urn:t:a-b> <urn:t:s> "ab!" .
<urn:t:A> <urn:t:s> "Ấn" .
<urn:t:a> <urn:t:mixed> "9"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:t:b> <urn:t:mixed> "9" .
<urn:t:a> <urn:t:padded> "09"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:t:a> <urn:t:quoted> "\\"" .
<urn:t:a> <urn:t:blank> _:b .
""".lstrip()
ANSWERED = (
    "SELECT ?x ?n { ?x t:n ?n FILTER(?n > 5) } ORDER BY ?n",
    "SELECT ?x ?n { ?x t:n ?n FILTER(8 >= ?n || ?n = 10) }",
    "SELECT ?x ?n { ?x t:n ?n FILTER(?n != 77) }",
    "SELECT ?x ?s { ?x t:s ?s FILTER(?s > 'ab') } ORDER BY DESC(?s)",
    "SELECT ?x ?s { ?x t:s ?s FILTER(?s <= 'ab!') } ORDER BY ?s LIMIT 2",
    "SELECT ?x { ?x t:s ?s } ORDER BY ?x LIMIT 3",
    "SELECT ?x ?n { ?x t:s ?s OPTIONAL { ?x t:n ?n } } ORDER BY ?n LIMIT 2",
    "SELECT ?x ?n { ?x t:s ?s OPTIONAL { ?x t:n ?n } } ORDER BY DESC(?n) LIMIT 3",
    "SELECT ?x ?n { ?x t:s ?s OPTIONAL { ?x t:n ?n FILTER(?s = 'ab') } }",
    "SELECT ?x { ?x t:s ?s OPTIONAL { ?x t:n ?n } FILTER(!BOUND(?n) || ?n < 0) }",
    "SELECT ?x { ?x t:s ?s OPTIONAL { ?x t:n ?n } FILTER(!(?n < 0)) }",
    "SELECT ?n (COUNT(*) AS ?many) (COUNT(?m) AS ?some) "
    "{ ?x t:s ?s OPTIONAL { ?x t:n ?n } OPTIONAL { ?x t:mixed ?m } } GROUP BY ?n",
    "SELECT (MIN(?n) AS ?least) (MAX(?s) AS ?last) (COUNT(DISTINCT ?x) AS ?of) { ?x t:n ?n ; t:s ?s }",
    "SELECT (COUNT(?x) AS ?none) { ?x t:n 77 }",
    "SELECT ?x (COUNT(?x) AS ?none) { ?x t:n 77 } GROUP BY ?x",
    "SELECT ?x ?X { ?x t:knows ?X }",
    "SELECT ?x { ?x t:knows* t:b }",
    "SELECT ?x { t:A t:knows* ?x }",
    "SELECT ?x ?y { ?x t:knows/t:knows* t:a . ?x t:knows ?y }",
    "SELECT ?x { ?x t:knows ?x }",
    "SELECT DISTINCT ?y { ?x t:knows ?y } ORDER BY ?y",
    "SELECT ?x { ?x t:s ?s FILTER NOT EXISTS { ?x t:knows ?y } }",
    "SELECT ?x { ?x t:knows ?y FILTER(?x != t:a) }",
    "SELECT ?x ?z { ?x t:knows ?z { SELECT (?x AS ?z) { ?x t:n ?n } } }",
    "SELECT ?x ?n { { SELECT ?x { ?x t:n ?n } ORDER BY DESC(?n) LIMIT 1 } ?x t:n ?n }",
    "SELECT ?kind (COUNT(*) AS ?many) (MIN(?day) AS ?first) (MAX(?day) AS ?last) "
    "{ ?c td:inEdition/td:year ?y ; td:kind ?kind ; td:startDate ?day FILTER(?day >= '2020-02-29'^^xsd:date) } "
    "GROUP BY ?kind HAVING(COUNT(*) > 3)",
)
REFUSED = {
    "SELECT ?p { t:a ?p ?o }": "the predicate ?p",
    "SELECT ?x { ?x t:knows? t:a }": "MulPath",
    "SELECT ?x { ?x t:n|t:s ?y }": "AlternativePath",
    "SELECT ?x { ?x ^t:knows ?y }": "InvPath",
    "SELECT ?x ?y { ?x t:knows* ?y }": "without exactly one end",
    "SELECT ?x { { ?x t:n ?n } UNION { ?x t:s ?n } }": "Union",
    "SELECT ?x { ?x t:n ?n MINUS { ?x t:s ?s } }": "Minus",
    "SELECT ?x { GRAPH ?g { ?x t:n ?n } }": "Graph",
    "SELECT ?x { VALUES ?x { t:a } }": "values",
    "SELECT ?x (?n + 1 AS ?m) { ?x t:n ?n }": "AdditiveExpression",
    "SELECT ?x { ?x t:s ?s FILTER(REGEX(?s, 'a')) }": "Builtin_REGEX",
    "SELECT ?x { ?x t:n ?n FILTER(?n IN (9)) }": "IN in FILTER",
    "SELECT ?x { ?x t:n ?n FILTER(?n > 5.5) }": "5.5",
    "SELECT ?x { ?x t:n ?n FILTER(?n > 'a') }": "two kinds",
    "SELECT ?x { ?x t:mixed ?n FILTER(?n > 5) }": "integer and string",
    "SELECT ?x { ?x t:mixed ?n } ORDER BY ?n": "integer and string",
    "SELECT (MIN(?n) AS ?least) { ?x t:mixed ?n }": "integer and string",
    "SELECT (SUM(?n) AS ?sum) { ?x t:n ?n }": "Sum",
    "SELECT (MIN(?n) AS ?least) { ?x t:s ?s OPTIONAL { ?x t:n ?n } }": "Min of ?n",
    "SELECT ?x { ?x t:s ?s OPTIONAL { ?x t:n ?n } OPTIONAL { ?y t:mixed ?n } }": "may be unbound",
    "SELECT ?x { ?x t:padded ?n }": "spelt in several ways",
    "SELECT ?x { ?x t:quoted ?n }": "spelt in several ways",
    "SELECT ?x { ?x t:blank ?n }": "spelt in several ways",
    "SELECT ?x ?nothing { ?x t:n ?n }": "nothing binds",
    "ASK { ?x t:n ?n }": "AskQuery",
    "SELECT ?x FROM t:g { ?x t:n ?n }": "FROM",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = io.BytesIO()
    write(Register(SIZE), out, "nt")
    path = tmp_path_factory.mktemp("columnar") / "register.nt"
    path.write_bytes(out.getvalue() + ODD.encode())
    return path


@pytest.fixture(scope="module")
def store(source: Path) -> ox.Store:
    store = ox.Store()
    store.bulk_load(path=str(source), format=ox.RdfFormat.N_TRIPLES)
    return store


@pytest.fixture(scope="module")
def copy(source: Path) -> Iterator[Copy]:
    copied(source, source.with_suffix(".duckdb"))
    copy = Copy(source.with_suffix(".duckdb"))
    yield copy
    copy.connection.close()


@pytest.mark.parametrize("name", COMPILED)
def test_questions(store: ox.Store, copy: Copy, name: str) -> None:
    text = QUERIES[name].read_text(encoding="utf-8")
    rows = answer_of_copy(copy, text)
    assert rows and ordered(rows) == ordered(rows_of_engine(store, text))


@pytest.mark.parametrize("name", sorted(QUERIES.keys() - {*COMPILED}))
def test_questions_that_do_not_compile(copy: Copy, name: str) -> None:
    with pytest.raises(NotCompiledError):
        answer_of_copy(copy, QUERIES[name].read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ANSWERED)
def test_corners(store: ox.Store, copy: Copy, text: str) -> None:
    """Unbound values, multisets, values against texts, order: row by row where there is an order."""
    rows, expected = answer_of_copy(copy, HEADS + text), rows_of_engine(store, HEADS + text)
    if "ORDER BY" in text.partition("} ?x")[0] and "{ {" not in text:
        assert rows == expected
    assert ordered(rows) == ordered(expected)


@pytest.mark.parametrize("text", REFUSED)
def test_refusals_name_the_part(copy: Copy, text: str) -> None:
    with pytest.raises(NotCompiledError) as refused:
        answer_of_copy(copy, HEADS + text)
    assert REFUSED[text] in str(refused.value)


@pytest.mark.parametrize("line", ["<urn:a>  <urn:b> <urn:c> .", "# a comment", "<urn:a> <urn:b> <urn:c>."])
def test_lines_that_are_not_read(tmp_path: Path, line: str) -> None:
    import duckdb

    path = tmp_path / "register.nt"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(duckdb.Error, match="Not a"):
        copied(path, tmp_path / "copy.duckdb")
