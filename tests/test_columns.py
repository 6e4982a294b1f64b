"""The columns answer as the triple store does, the same rows as often, or say by name what they cannot."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pyoxigraph as ox
import pytest

from bench.generate import Register, write
from tests.support.random_queries import PREFIXES, Queries, graph
from thidua.columns.compiler import compiled
from thidua.columns.duck import Columns
from thidua.columns.errors import NotCompiledError, NotExactError
from thidua.columns.make import make_columns
from thidua.rdf.answer import Answer
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


@dataclass(frozen=True)
class Both:
    """The same triples in either engine."""

    store: ox.Store
    columns: Columns

    @classmethod
    def of(cls, text: bytes, folder: Path) -> "Both":
        store = ox.Store()
        store.load(text, format=ox.RdfFormat.N_TRIPLES)
        folder.mkdir()
        store.dump(str(folder / "lines.nt"), format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
        assert make_columns(folder / "lines.nt", folder / "columns")
        return cls(store, Columns(folder / "columns"))

    def rows_of_columns(self, text: str) -> Counter[str]:
        """:raises NotCompiledError, NotExactError: it is refused."""
        query = compiled(text, self.columns)
        rows = list(self.columns.rows(query))
        if query.form == "ASK":
            return Counter([str(bool(rows))])
        out = _Held()
        return _rows(Answer.of_rows(query.variables, rows, out).write("application/sparql-results+json"))

    def rows_of_store(self, text: str) -> Counter[str]:
        result = self.store.query(text)
        if isinstance(result, ox.QueryBoolean):
            return Counter([str(bool(result))])
        assert isinstance(result, ox.QuerySolutions)
        return _rows(result.serialize(format=ox.QueryResultsFormat.JSON) or b"")


class _Held:
    def __init__(self) -> None:
        from io import BytesIO

        self.file = BytesIO()
        self.write, self.flush = self.file.write, self.file.flush


def _rows(document: bytes) -> Counter[str]:
    """The rows, and the variables in their order."""
    read = json.loads(document)
    return Counter(
        [str(read["head"]["vars"]), *(json.dumps(row, sort_keys=True) for row in read["results"]["bindings"])]
    )


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder = tmp_path_factory.mktemp("columns")
    with (folder / "register.nt").open("wb") as out:
        write(Register(2_000), out, "nt")
    return Both.of((folder / "register.nt").read_bytes() + ODD.encode(), folder / "both")


@pytest.mark.parametrize("name", sorted(BENCH))
def test_questions_of_the_bench(register: Both, name: str) -> None:
    for text in (BENCH[name], restate(BENCH[name]).text):
        assert register.rows_of_columns(text) == register.rows_of_store(text)


@pytest.mark.parametrize("text", ANSWERED)
def test_corners(register: Both, text: str) -> None:
    assert register.rows_of_columns(PREFIXES + text) == register.rows_of_store(PREFIXES + text)


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
        register.rows_of_columns(PREFIXES + text)


def test_a_cut_that_cuts_nothing_is_none(register: Both) -> None:
    text = PREFIXES + "SELECT ?x { ?x :n ?n } LIMIT 3"
    assert register.rows_of_columns(text) == register.rows_of_store(text)


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
    both, queries = Both.of(graph(chance).encode(), tmp_path / "both"), Queries(chance)
    answered = 0
    for _ in range(50):
        text = queries.query()
        try:
            rows = both.rows_of_columns(text)
        except (NotCompiledError, NotExactError) as exc:
            assert str(exc)
            continue
        # Asked second: over what the columns refuse to order, the engine may abort.
        assert rows == both.rows_of_store(text), text
        answered += 1
    assert answered >= 10


def test_what_is_no_rdf_1_1_has_no_columns(tmp_path: Path) -> None:
    for number, line in enumerate(
        ("<urn:s> <urn:p> <<( <urn:a> <urn:b> <urn:c> )>> .", '<urn:s> <urn:p> "x"@en--ltr .')
    ):
        path = tmp_path / f"{number}.nt"
        path.write_text(line + "\n", encoding="utf-8")
        assert not make_columns(path, tmp_path / str(number))
