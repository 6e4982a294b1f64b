"""What rules add to a graph, and that the engine is asked for no more than that."""

import pytest

from thidua.errors import QuerySyntaxError
from thidua.store import QuadStore

STATED = (
    "<urn:a> <urn:p> <urn:b>",
    "<urn:b> <urn:p> <urn:c>",
    '<urn:c> <urn:name> "c\'s { } name"@vi',
    "<urn:b> <urn:q> <urn:a>",
    "<urn:b> <urn:r> <urn:done>",
    "_:x <urn:p> <urn:c>",
)
PATTERN = "GRAPH ?g { ?s <urn:p> ?o }"


def stated() -> QuadStore:
    store = QuadStore.memory()
    store.change("urn:g", add=STATED)
    store.change("urn:other", add=["<urn:b> <urn:q> <urn:elsewhere>", "<urn:c> <urn:q> <urn:b>"])
    return store


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(f"CONSTRUCT {{ ?o <urn:q> ?s }} WHERE {{ {PATTERN} }}", id="some of it is there"),
        pytest.param(f"CONSTRUCT {{ ?o <urn:q> ?s ; <urn:r> <urn:done> }}\nWHERE {{ {PATTERN} }}\n", id="two at once"),
        pytest.param(
            f"CONSTRUCT {{ ?o <urn:name> ?n . ?s <urn:r> <urn:done> }} WHERE {{ {PATTERN} "
            "OPTIONAL { GRAPH ?g { ?o <urn:name> ?n } } }",
            id="a part that may be missing",
        ),
        pytest.param("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }", id="all of it is there"),
        pytest.param(
            f"CONSTRUCT {{ ?s <urn:r> ?x }} WHERE {{ SELECT ?s (COUNT(*) AS ?x) {{ {PATTERN} }} GROUP BY ?s }}",
            id="a subquery alone",
        ),
        pytest.param(f"CONSTRUCT {{ ?s <urn:r> 1 }} WHERE {{ {PATTERN} }} ORDER BY ?s LIMIT 1", id="what comes after"),
        pytest.param(
            f"# CONSTRUCT {{ }} WHERE {{\nCONSTRUCT {{ ?s <urn:r> 1 }} WHERE {{ {PATTERN} # }}\n}}", id="notes"
        ),
        pytest.param(
            f"CONSTRUCT {{ ?s <urn:r> 1 }} WHERE {{ {PATTERN} }}\n# and {{ that is it }}", id="a note at the end"
        ),
        pytest.param(f"PREFIX : <urn:> CONSTRUCT {{ ?s :r 1 }} WHERE {{ {PATTERN} }}", id="one line"),
        pytest.param(f"CONSTRUCT {{ ?s <urn:r> 1 }} WHERE {{ ?a <urn:q> <urn:b> . {PATTERN} }}", id="another graph"),
        pytest.param("CONSTRUCT WHERE { ?s <urn:q> ?o }", id="the short form"),
    ],
)
def test_a_rule_adds_what_it_constructs_and_tells_what_is_new(rule: str) -> None:
    store = stated()
    over, named = ["urn:g", "urn:other"], ["urn:g"]
    before = store.lines("urn:g")
    constructed = store.constructed(rule, over=over, named=named)
    assert store.derive(rule, "urn:g", over=over, named=named) == constructed - before
    assert store.lines("urn:g") == before | constructed
    assert store.size("urn:other") == 2

    again = stated()
    again.merge()
    lacking = again.constructed(rule.replace("GRAPH ?g", "")) - before
    assert again.absorb(rule.replace("GRAPH ?g", ""), "urn:g") == bool(lacking)
    assert again.lines("urn:g") == before | lacking


def test_a_rule_that_does_not_parse_is_told_as_it_was_written() -> None:
    with pytest.raises(QuerySyntaxError) as plain:
        stated().constructed("\nCONSTRUCT { ?s <urn:p> 1 } WHERE { ?s <urn:p> }")
    with pytest.raises(QuerySyntaxError) as derived:
        stated().derive("\nCONSTRUCT { ?s <urn:p> 1 } WHERE { ?s <urn:p> }", "urn:g")
    assert str(derived.value) == str(plain.value)


def test_a_line_ends_only_where_n_triples_ends_it() -> None:
    store = QuadStore.memory()
    lines = {'<urn:a> <urn:p> "one\u2028two\u0085three"', '<urn:a> <urn:p> "."'}
    store.change("urn:g", add=lines)
    assert store.lines("urn:g") == lines
