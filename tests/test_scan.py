"""The linear look at strangers' queries: what it refuses, what it lets through, and that it stays linear."""

import contextlib
import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thidua.errors import InputError, KnowledgeGraphError, QueryRefusedError
from thidua.limits import Limits
from thidua.scan import scan, scan_update
from thidua.store import QuadStore


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { \\U00000053\\u0045RVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { SERVICE<http://127.0.0.1/> { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1/> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE ?e { ?s ?p ?o } } }",
        "LOAD <http://127.0.0.1/>",
        "DROP ALL",
        "SELECT * " + "{" * 65 + "}" * 65,
        "SELECT * { FILTER(" + "(" * 64 + "1" + ")" * 64 + ") }",
        "SELECT * { FILTER(" + "!" * 300 + "true) }",
        "SELECT (1" + "+1" * 300 + " AS ?x) {}",
        "SELECT (1" + "+(1)" * 300 + " AS ?x) {}",
        "SELECT * { ?s " + "/".join(["<a:b>"] * 400) + " ?o }",
        "SELECT * { " + " UNION ".join(["{ ?s ?p ?o }"] * 400) + " }",
        "SELECT * { ?s ?p ?o " + "OPTIONAL { ?s ?p ?o } " * 150 + "}",
        "SELECT * { ?s ?p ?o } # " + "x" * 65536,
        "PREFIX : <a:> SELECT * { ?s :it\\'s ?o . SERVICE <http://127.0.0.1/> { ?s ?p '' } }",
        'SELECT * { VALUES ?s {"""a"} SERVICE <http://127.0.0.1/> { ?s ?p ?o } }',
        # What the engine reads as "less than" hides nothing that a look for IRIs would skip.
        'SELECT * { FILTER(1<2#>"""\n)\nSERVICE <http://127.0.0.1/> { ?s ?p ?o }\n#"""\n}',
        "ASK { FILTER(1<(((1)))&&2>1) }",
        "ASK { FILTER(?x <'#>1)\nSERVICE <http://127.0.0.1/> {} #'\n}",
        "SELECT (1" + "<1-1-1-1-1-1-1-1>2 AND 1" * 50 + " AS ?x) {}",
        "SELECT (1" + "+1.0" * 300 + " AS ?x) {}",
        "PREFIX a: <b:> SELECT (1" + "-1-1-1-1-1-1-1-a:b " * 60 + " AS ?x) {}",
        # The engine replaces escapes within strings, where they end nothing.
        'SELECT * { FILTER(?s = "\\u0022" )\nSERVICE <http://127.0.0.1/> { ?s ?p ?o } #"""\n}',
        'SELECT * { FILTER(?s = "\\u0022) SERVICE <http://127.0.0.1/> { ?s ?p ?o } #" }',
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError):
        scan(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service a <http://example.org/SERVICE> }",
        'SELECT * { ?s ?p "SERVICE <http://127.0.0.1/>" }',
        "SELECT * { ?s ?p '''SERVICE\n<x>''' }",
        "SELECT * { ?s ?p ?o } # SERVICE <x>",
        "PREFIX schema: <https://schema.org/> SELECT * { ?s schema:serviceType ?o }",
        "SELECT * { ?s ?p ?o FILTER(?o < 5 && ?o > 3 || !BOUND(?s)) }",
        "SELECT * { ?s (<a:b>|^<c:d>)*/<e:f>? ?o }",
        "SELECT * { ?s ?p [ <a:b> ( 1 2 3 ) ] }",
        "SELECT * { VALUES (?s ?o) { (1 <http://example.org/a#b>) (<a> <b>) (<#a> 2) } }",
        "SELECT * { ?s <#p> ?o . ( <a:b> <c:d/e-f> 'x' ) <#q> ?o FILTER(?o <5 && ?o>3) }",
    ],
)
def test_let_through(text: str) -> None:
    scan(text)


@given(st.text(alphabet="{}()[]<>\"'\\#?@:.!+u053SERVIC \n", max_size=400))
def test_any_text_is_read_to_its_end_or_refused(text: str) -> None:
    try:
        scan(text)
    except QueryRefusedError as refused:
        assert str(refused)


#: What strangers may put together so that the engine reads it otherwise than we do.
_PIECES = ("<1", "<a:b", "#>", ">1", '"""', '"', "'", "\\u0022", "\\u0027", "\\u003C", "(", ")", "&&1", "-1", "@en")
_ENDS = ("", '#"""\n', "#'\n", "#'''\n", '#"\n')


def test_nothing_is_hidden_that_the_engine_runs() -> None:
    """Where we see no word of chance, the engine answers the same twice, or not at all."""
    store = QuadStore.memory()
    for text, end in itertools.product(map("".join, itertools.product(_PIECES, repeat=3)), _ENDS):
        query = f"PREFIX : <c:> PREFIX a: <a:> SELECT * {{ FILTER(0{text}\n) BIND(STRUUID() AS ?u)\n{end} }}"
        with contextlib.suppress(KnowledgeGraphError):
            if scan(query):
                first, second = ([row.get("u") for row in store.select(query)] for _ in range(2))
                assert first == second, query


@pytest.mark.parametrize("piece", [
    '" \\', "'\\\"", '"""\n\\', "'''\"", '"\\\n', "é\\'", "a.", "a-", "a:\\", "@a-", "<a", ">", "#\n", "{(", "_:", "%|",
])  # fmt: skip
def test_no_text_takes_long(piece: str) -> None:
    limits = Limits(depth=10**6, operators=10**6, path_steps=10**6, optionals=10**6)
    begun = time.process_time()
    scan((piece * 65536)[:32768], limits)
    # A token that reads on to the end of the text, and fails there, would make it ten times as long at the least.
    assert time.process_time() - begun < 1


def test_a_query_is_the_same_each_time_unless_it_asks_for_the_clock_or_for_chance() -> None:
    assert scan("SELECT ?now { ?now ?p 'RAND() NOW()' }")
    for function in ("NOW()", "rand ( )", "UUID()", "STRUUID()", "\\u004EOW()"):
        assert not scan(f"SELECT ({function} AS ?x) {{}}")


def test_a_long_list_of_data_is_no_chain_of_operators() -> None:
    scan_update("INSERT DATA { " + "<a:s> <a:p> -1 , -2 ; <a:q> +3 . " * 1000 + "}")


@pytest.mark.parametrize(
    "text", ["LOAD <http://127.0.0.1/>", "INSERT { ?s ?p ?o } WHERE { SERVICE <a:b> { ?s ?p ?o } }"]
)
def test_an_update_that_would_fetch_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError):
        scan_update(text)


def test_limits_are_read_from_settings() -> None:
    limits = Limits.read({"TIMEOUT": "2.5", "MEMORY": 512, "BUDGET": "0"})
    assert (limits.timeout, limits.memory, limits.budget, limits.depth) == (2.5, 512, 0, 64)


@pytest.mark.parametrize("value", ["", "ten", "-1", "0", "nan", "inf"])
def test_a_limit_that_is_no_positive_number_is_named(value: str) -> None:
    with pytest.raises(InputError, match="THIDUA_TIMEOUT"):
        Limits.read({"TIMEOUT": value})
