"""What rules add to a graph, and that the engine is asked for no more than that."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from thidua.base.errors import QuerySyntaxError
from thidua.base.files import ProjectFiles
from thidua.base.terms import INFERRED
from thidua.building.build import assemble
from thidua.checks.rules import Rule, Rules
from thidua.rdf.derivation import constructed, rebuild_union, run_into_graph, run_into_union
from thidua.rdf.quads import QuadStore

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
    made = constructed(store, rule, over=over, named=named)
    assert run_into_graph(store, rule, "urn:g", over=over, named=named) == made - before
    assert store.lines("urn:g") == before | made
    assert store.size("urn:other") == 2

    again = stated()
    rebuild_union(again)
    lacking = constructed(again, rule.replace("GRAPH ?g", "")) - before
    everything = again.lines(None)
    assert run_into_union(again, rule.replace("GRAPH ?g", ""), "urn:g") == bool(lacking)
    assert again.lines("urn:g") == before | lacking
    assert again.lines(None) == everything | lacking


def test_a_rule_that_does_not_parse_is_told_as_it_was_written() -> None:
    with pytest.raises(QuerySyntaxError) as plain:
        constructed(stated(), "\nCONSTRUCT { ?s <urn:p> 1 } WHERE { ?s <urn:p> }")
    with pytest.raises(QuerySyntaxError) as derived:
        run_into_graph(stated(), "\nCONSTRUCT { ?s <urn:p> 1 } WHERE { ?s <urn:p> }", "urn:g")
    assert str(derived.value) == str(plain.value)


def test_a_line_ends_only_where_n_triples_ends_it() -> None:
    store = QuadStore.memory()
    lines = {'<urn:a> <urn:p> "one\u2028two\u0085three"', '<urn:a> <urn:p> "."'}
    store.change("urn:g", add=lines)
    assert store.lines("urn:g") == lines


def written(folder: Path, step: str, rules: Mapping[str, str]) -> Rules:
    """A project that has these rules only."""
    for name, text in rules.items():
        path = folder / "ontology" / "rules" / step / f"{name}.rq"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Rules(ProjectFiles(folder))


#: Each lives on what a later one gives, and the first on its own as well.
CHAIN = {
    "1": "CONSTRUCT { ?b <urn:one> ?c } WHERE { ?a <urn:one>|<urn:two> ?b . ?b <urn:next> ?c }",
    "2": "CONSTRUCT { ?a <urn:two> ?b } WHERE { ?a <urn:three> ?b }",
    "3": "CONSTRUCT { ?a <urn:three> ?b } WHERE { ?a <urn:start> ?b }",
    "4": "CONSTRUCT { ?a a <urn:Last> } WHERE { ?a <urn:one> ?b FILTER NOT EXISTS { ?b <urn:next> ?c } }",
}
LINKED = ["<urn:0> <urn:start> <urn:1>", *(f"<urn:{n}> <urn:next> <urn:{n + 1}>" for n in range(1, 6))]
DRAWN = {
    "<urn:0> <urn:two> <urn:1>",
    "<urn:0> <urn:three> <urn:1>",
    *(f"<urn:{n}> <urn:one> <urn:{n + 1}>" for n in range(1, 6)),
    "<urn:5> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:Last>",
}


def test_completion_goes_on_until_no_rule_finds_more(tmp_path: Path) -> None:
    store = QuadStore.memory()
    store.change("urn:g", add=LINKED)
    assert written(tmp_path, "completion", CHAIN).complete(store, "urn:g") == DRAWN
    assert store.lines("urn:g") == DRAWN | set(LINKED)


def test_inference_goes_on_until_no_rule_finds_more(tmp_path: Path) -> None:
    store = QuadStore.memory()
    store.change("urn:g", add=LINKED)
    rebuild_union(store)
    written(tmp_path, "inference", CHAIN).infer_first(store)
    assert store.lines(INFERRED) == DRAWN
    assert store.lines(None) == DRAWN | set(LINKED)


@pytest.mark.parametrize(
    ("giver", "reader", "concerned"),
    [
        pytest.param("CONSTRUCT { ?a <urn:p> ?b } WHERE { ?a <urn:q> ?b }", "<urn:p>", True, id="a predicate"),
        pytest.param("CONSTRUCT { ?a <urn:p> ?b } WHERE { ?a <urn:q> ?b }", "<urn:q>", False, id="another one"),
        pytest.param("PREFIX u: <urn:> CONSTRUCT { ?s u:p 1 } WHERE { }", "<urn:p>+", True, id="a prefix, a path"),
        pytest.param("CONSTRUCT { ?s a <urn:C> } WHERE { ?s <urn:q> 1 }", "a", True, id="a class"),
        pytest.param("CONSTRUCT { ?a <urn:p> ?b } WHERE { ?a <urn:q> ?b }", "a", False, id="a variable named a"),
        pytest.param("CONSTRUCT { ?s ?p ?o } WHERE { BIND(<urn:q> AS ?p) }", "<urn:r>", True, id="any is given"),
        pytest.param("CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?p { <urn:q> } }", "<urn:r>", False, id="none of a list"),
        pytest.param("CONSTRUCT { ?s ?p 1 } WHERE { VALUES (?p ?x) { (<urn:q> 1) } }", "<urn:q>", True, id="a list"),
        pytest.param("CONSTRUCT { ?p ?x ?y } WHERE { VALUES ?p { <urn:q> } }", "<urn:r>", True, id="listed subjects"),
        pytest.param("CONSTRUCT { ?s <urn:p> ?o } WHERE { ?s <urn:q> ?o }", "$any", True, id="any is read"),
        pytest.param("CONSTRUCT { ?s <urn:x> 1 ; ?p ?o } WHERE { }", "<urn:r>", True, id="any is given, in a list"),
        pytest.param("CONSTRUCT WHERE { ?s <urn:q> ?o }", "<urn:r>", True, id="a form not looked into"),
    ],
)
def test_a_rule_is_asked_again_if_another_may_have_given_it_something(
    tmp_path: Path, giver: str, reader: str, concerned: bool
) -> None:
    rules = {"1": giver, "2": f"CONSTRUCT {{ ?x <urn:z> ?y }} WHERE {{ ?x {reader} ?y }}"}
    first, second = written(tmp_path, "inference", rules).inference
    assert first.concerns(second) == concerned


def test_rules_that_say_so_are_closed(files: ProjectFiles) -> None:
    """A second run over its own conclusions finds nothing, whatever the others have drawn."""
    rules, store = Rules(files), assemble(files).store
    closed = [rule for rule in (*rules.completion, *rules.inference) if rule.closed]
    assert {rule.path.stem for rule in closed} == {"14-type-from-kind", "15-superproperties", "06-superclasses"}
    for rule in closed:
        alone = QuadStore.memory()
        for graph in store.graphs():
            alone.change(graph, add=(line for line in store.lines(graph) if "22-rdf-syntax-ns#type>" not in line))
        classes = [line for line in store.lines(None) if "22-rdf-syntax-ns#type>" in line and "Term>" in line]
        alone.change("urn:g", add=classes)
        rebuild_union(alone)
        assert _again(alone, rule)
        assert not _again(alone, rule)


def _again(store: QuadStore, rule: Rule) -> bool:
    """Run a rule once over everything, and say whether it added anything."""
    graphs = [graph for graph in store.graphs() if graph != "urn:added"]
    if "GRAPH ?source" in rule.text:
        return bool(
            set().union(*(run_into_graph(store, rule.text, graph, over=graphs, named=[graph]) for graph in graphs))
        )
    return run_into_union(store, rule.text, "urn:added")
