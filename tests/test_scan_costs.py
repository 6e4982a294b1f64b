"""What a short text may cost: none becomes a long one, and limits count what nested brackets share."""

import pytest

from thidua.base.errors import QueryRefusedError
from thidua.rdf.quads import QuadStore
from thidua.rdf.scan import scan, scan_update


@pytest.mark.parametrize(
    "text",
    [
        f"PREFIX a: <http://x/{'y' * 32_000}> ASK {{ {'a: ' * 10_000}}}",
        f"BASE <http://x/{'y' * 32_000}/> ASK {{ {'<> ' * 10_000}}}",
        f"BASE <http://x/{'y' * 32_000}/> ASK {{ {'</> ' * 8_000}}}",
        "BASE <a/> " * 6_000 + "ASK {}",
        f"BASE <http://x/{'y' * 32_000}/> " + "".join(f"PREFIX a{n}: <#> " for n in range(1_800)) + "ASK {}",
    ],
)
def test_prefixes_and_bases_make_no_text_out_of_proportion(text: str) -> None:
    for read in (scan, scan_update):
        with pytest.raises(QueryRefusedError, match="32 times as long"):
            read(text, base="http://a/")


def test_prefixes_as_people_use_them_are_in_proportion() -> None:
    scan(f"PREFIX a: <http://{'x' * 100}/> ASK {{ {'a:b a:c a:d . ' * 4_000}}}")


@pytest.mark.parametrize(
    "text",
    [
        "ASK { FILTER(" + ("!" * 250 + "(") * 60 + "true" + ")" * 60 + ") }",
        "ASK { FILTER(" + ("IF(1,1," + "!" * 250) * 60 + "true" + ")" * 60 + ") }",
        "SELECT (" + ("1" + "+1" * 200 + "+(") * 60 + "1" + ")" * 60 + " AS ?x) {}",
        "ASK { ?s " + "/".join(["(" + "/".join(["<a:b>"] * 60) + ")"] * 20) + " ?o }",
        "ASK { ?s " + ("(" + "<a:b>/" * 60) * 20 + "<a:b>" + ")" * 20 + " ?o }",
    ],
)
def test_limits_hold_across_brackets(text: str) -> None:
    with pytest.raises(QueryRefusedError, match=r"operators stand|steps"):
        scan(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (" + "IF(?a = 1 && ?b < 2 + 3, 'x', " * 60 + "1" + ")" * 60 + " AS ?x) {}",
        "ASK { " + "{ ?s (<a:b>/<a:c>)*/^<a:d> ?o } UNION " * 60 + "{ ?s (<a:b>|<a:c>) ?o } }",
        "ASK { " + "?s (<a:b>/<a:c>)*/^<a:d> ?o . " * 100 + "}",
        "ASK { FILTER(" + "||".join(["(?a > 1 && ?a < 2)"] * 200) + ") }",
    ],
)
def test_limits_let_many_small_expressions_stand_side_by_side(text: str) -> None:
    scan(text)


def test_an_order_by_new_blank_nodes_is_not_the_same_each_time() -> None:
    text = "SELECT ?x { VALUES ?x { 1 2 3 4 5 6 7 8 } } ORDER BY BNODE()"
    store = QuadStore.memory()
    assert len({tuple(str(row) for row in store.select(text)) for _ in range(20)}) > 1
    assert not scan(text).repeatable
