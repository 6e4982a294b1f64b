"""The linear look at strangers' queries: what it refuses, what it lets through, and that it stays linear."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thidua.errors import QueryRefusedError
from thidua.scan import DEFAULT_LIMITS, scan


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
        "SELECT * { ?s ?p ?o } # " + "x" * DEFAULT_LIMITS.length,
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
