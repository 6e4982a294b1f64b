"""What the engine gets wrong, each as it should be: a fault that is mended fails here, and no text of ours has one.

docs/conformance.md names each with its reason; a test compares.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import SH
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from tests.conftest import ROOT
from tests.support.paths import modules
from thidua.base.errors import QuerySyntaxError
from thidua.base.files import ProjectFiles
from thidua.graph import KnowledgeGraph
from thidua.rdf.quads import QuadStore

XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = f"PREFIX : <http://e/> PREFIX xsd: <{XSD}> "
#: field/alternative-path.ttl, and two graphs.
DATA = """
  @prefix : <http://e/> .
  :l :q :m . :m :q :l . :l :r :m . :x3 :p1 :x2 . :x2 :p :x3 .
  :g1 { :a :b 1 } :g2 { :a :b 2 }
"""

MENDED = "mended; take it out of docs/conformance.md and of this table, and what was written around it back"


def asked(query: str, data: str = DATA) -> list[tuple[str | None, ...]]:
    """The rows of a SELECT: values with a language or the end of a datatype, unordered."""
    store = QuadStore.memory()
    store.load(data.encode(), "application/trig", None, None)

    def shown(cell: Any) -> str | None:
        if cell is None or cell.kind == "iri":
            return cell and str(cell.value).removeprefix("http://e/")
        suffix = f"@{cell.language}" if cell.language else "^" + cell.datatype.rpartition("#")[2]
        return f"{cell.value}{'' if suffix == '^string' else suffix}"

    return [tuple(shown(cell) for cell in row.values()) for row in store.select(PREFIXES + query)]


#: Name in docs/conformance.md, query, the rows that the standard demands.
FAULTS: tuple[tuple[str, str, list[tuple[str | None, ...]]], ...] = (
    ("an alternative loses duplicates", "SELECT ?o { :l :q|:r ?o }", [("m",), ("m",)]),
    ("an alternative loses duplicates", "SELECT (COUNT(*) AS ?n) { :l :q|:r ?o }", [("2^integer",)]),
    ("an alternative loses duplicates", "SELECT ?o { :x3 :p1|^:p ?o }", [("x2",), ("x2",)]),
    ("a negated set with an inverse loses duplicates", "SELECT ?o { :x3 !(:q|^:q) ?o }", [("x2",), ("x2",)]),
    ("FILTER inside GRAPH ?g sees ?g", "SELECT ?o { GRAPH ?g { ?s :b ?o FILTER(BOUND(?g)) } }", []),
    ("FILTER inside GRAPH ?g sees ?g", "SELECT ?o { GRAPH ?g { ?s :b ?o FILTER(?g = :g1) } }", []),
    ("FILTER inside GRAPH ?g sees ?g", "SELECT ?o ?h { GRAPH :g1 { ?s :b ?o } GRAPH ?g { :a :b 1 BIND(?g AS ?h) } }",
     [("1^integer", None)]),
    ("a column named twice is refused", "SELECT ?s ?s { ?s :p1 ?o }", [("x3",)]),
    ("REPLACE takes no escape", r'SELECT (REPLACE("abc", "b", "\\$") AS ?x) {}', [("a$c",)]),
    ("REPLACE takes no escape", r'SELECT (REPLACE("abc", "b", "\\\\") AS ?x) {}', [("a\\c",)]),
    ("REPLACE reads a letter into a group's number", 'SELECT (REPLACE("abc", "(b)", "$1x") AS ?x) {}', [("abxc",)]),
    ("GROUP_CONCAT keeps a language", 'SELECT (GROUP_CONCAT(?x; SEPARATOR=", ") AS ?o) { VALUES ?x { "a"@vi "b"@vi } }',
     [("a, b",)]),
    *(
        ("lexical forms are changed", f"SELECT ?x {{ VALUES ?x {{ {given} }} }}", [(kept,)])
        for given, kept in (
            ("007", "007^integer"), ("1.10", "1.10^decimal"), ("1.0E400", "1.0E400^double"), ("+5", "+5^integer"),
            ('"1"^^xsd:boolean', "1^boolean"), ('"24:00:00"^^xsd:time', "24:00:00^time"),
            ('"2024-01-01+00:00"^^xsd:date', "2024-01-01+00:00^date"),
            ('"2024-01-01T00:00:00.0Z"^^xsd:dateTime', "2024-01-01T00:00:00.0Z^dateTime"),
            ('"P1Y12M"^^xsd:duration', "P1Y12M^duration"),
        )
    ),
    ("narrower integers become xsd:integer", 'SELECT ?x { VALUES ?x { "5"^^xsd:nonNegativeInteger } }',
     [("5^nonNegativeInteger",)]),
    ("a prefixed name ends at its second dot", "SELECT ?x { VALUES ?x { :b.c.d } }", [("b.c.d",)]),
)  # fmt: skip


@pytest.mark.xfail(strict=True, raises=(AssertionError, QuerySyntaxError), reason=MENDED)
@pytest.mark.parametrize(("name", "query", "expected"), FAULTS)
def test_a_fault_of_the_engine(name: str, query: str, expected: list[tuple[str | None, ...]]) -> None:
    assert Counter(asked(query)) == Counter(expected)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?o { { :l :q ?o } UNION { :l :r ?o } }", [("m",), ("m",)]),
        ("SELECT ?o { VALUES ?p { :q :r } :l ?p ?o }", [("m",), ("m",)]),
        ("SELECT ?o { { :x3 !:q ?o } UNION { :x3 !^:q ?o } }", [("x2",), ("x2",)]),
        ("SELECT ?o { GRAPH ?g { ?s :b ?o } FILTER(?g = :g1) }", [("1^integer",)]),
        ('SELECT (REPLACE("abc", "b", "$") AS ?x) (REPLACE("abc", "(b)", "[$1]") AS ?y) {}', [("a$c", "a[b]c")]),
        ('SELECT (GROUP_CONCAT(STR(?x); SEPARATOR=", ") AS ?o) { VALUES ?x { "a"@vi "b"@vi } }', [("a, b",)]),
        ('SELECT (STR(?x) AS ?y) { VALUES ?x { "007" } }', [("007",)]),
    ],
)
def test_how_to_write_around_each(query: str, expected: list[tuple[str | None, ...]]) -> None:
    """What docs/conformance.md recommends, and what our texts do."""
    assert Counter(asked(query)) == Counter(expected)


def test_the_page_names_each_fault() -> None:
    page = (ROOT / "docs/conformance.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| ([^`|]+?) \|", page.partition("## Faults")[2].partition("\n## ")[0], re.MULTILINE)
    assert set(listed) - {"fault", "---"} == {name for name, _, _ in FAULTS}


# No text of ours depends on one.


def texts() -> Iterator[tuple[str, str]]:
    """Every whole query of ours, and where it stands: catalogue, rules, shapes, checks."""
    files = ProjectFiles.find(ROOT)
    for folder in ("queries", "ontology/rules", "shapes"):
        for path in sorted((ROOT / folder).rglob("*.rq")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    shapes = rdflib.Graph()
    for path in files.shapes:
        shapes.parse(path)
    prefixes = "".join(
        f"PREFIX {shapes.value(each, SH.prefix)}: <{shapes.value(each, SH.namespace)}>\n"
        for each in shapes.objects(None, SH.declare)
    )
    for shape, _, text in shapes.triples((None, SH.select, None)):
        yield str(shape).rpartition("/")[2], f"{prefixes}{text}"


def faults_of(text: str) -> list[str]:
    """The faults that a query depends on."""
    found: list[str] = []
    _look(parseQuery(text)[1], False, frozenset(), found)
    return found


def _look(node: Any, once: bool, graphs: frozenset[str], found: list[str]) -> None:
    """Go through a parsed query.

    :param once: whether it does not matter how often a solution comes.
    :param graphs: variables of the GRAPHs around here.
    """
    if isinstance(node, rdflib.Variable):
        return
    if not isinstance(node, CompValue):
        if isinstance(node, list | tuple) or hasattr(node, "asList"):
            for each in node:
                _look(each, once, graphs, found)
        return
    match node.name:
        case "SelectQuery" | "SubSelect":
            names = [str(each.var) for each in node.projection or [] if each.var is not None]
            if len(names) != len(set(names)):
                found.append("a column named twice is refused")
            aggregates = list(_named(node.projection, "Aggregate_"))
            distinct = node.modifier in ("DISTINCT", "REDUCED")
            if aggregates:  # what is counted once may come any number of times
                counted = ("Aggregate_Min", "Aggregate_Max", "Aggregate_Sample")
                distinct = all(each.distinct or each.name in counted for each in aggregates)
            once = distinct or (once and not aggregates)
        case "ConstructQuery" | "AskQuery" | "DescribeQuery" | "Builtin_EXISTS" | "Builtin_NOTEXISTS":
            once = True
        case "PathAlternative":
            if len(node.part) > 1 and not once:
                found.append("an alternative loses duplicates")
        case "PathNegatedPropertySet":
            if len(node.part) > 1 and not once and list(_named(node.part, "InversePath")):
                found.append("a negated set with an inverse loses duplicates")
        case "GraphGraphPattern":
            if isinstance(node.term, rdflib.Variable):
                graphs |= {str(node.term)}
        case "Filter" | "Bind":
            if graphs & {str(each) for each in _variables(node)}:
                found.append("FILTER inside GRAPH ?g sees ?g")
        case "Builtin_REPLACE":
            for literal in _literals(node.replacement):
                if "\\" in literal:
                    found.append("REPLACE takes no escape")
                if re.search(r"\$[0-9]+[A-Za-z_]", literal):
                    found.append("REPLACE reads a letter into a group's number")
        case "Aggregate_GroupConcat":
            if not list(_named(node.vars, "Builtin_STR")):
                found.append("GROUP_CONCAT keeps a language")
    for each in node.values():
        _look(each, once, graphs, found)


def _inside(node: Any) -> Iterator[Any]:
    yield node
    if isinstance(node, CompValue):
        for each in node.values():
            yield from _inside(each)
    elif isinstance(node, list | tuple) or hasattr(node, "asList"):
        for each in node:
            yield from _inside(each)


def _named(node: Any, name: str) -> Iterator[CompValue]:
    return (each for each in _inside(node) if isinstance(each, CompValue) and each.name.startswith(name))


def _variables(node: Any) -> Iterator[rdflib.Variable]:
    return (each for each in _inside(node) if isinstance(each, rdflib.Variable))


def _literals(node: Any) -> list[str]:
    return [str(each) for each in _inside(node) if isinstance(each, rdflib.Literal)]


#: Texts that have a fault's form and do not depend on it, with the reason.
EXCEPTIONS: dict[str, str] = {}


def test_no_text_of_ours_depends_on_a_fault() -> None:
    wrong = {where: found for where, text in texts() if (found := faults_of(text))}
    assert {where: found for where, found in wrong.items() if where not in EXCEPTIONS} == {}
    assert EXCEPTIONS.keys() <= wrong.keys(), "an exception that is none"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        *((query, name) for name, query, _ in FAULTS if not name.startswith(("lexical", "narrower", "a prefixed"))),
        ("SELECT (COUNT(DISTINCT ?s) AS ?n) (SUM(?o) AS ?sum) { ?s :a|:b ?o }", "an alternative loses duplicates"),
        ("SELECT DISTINCT ?n { { SELECT (COUNT(*) AS ?n) { ?s (:a|:b)/:c ?o } } }", "an alternative loses duplicates"),
        ("SELECT DISTINCT ?s { ?s (:a|:b)/:c ?o FILTER EXISTS { ?s :a|:b ?c } }", ""),
        ("SELECT DISTINCT ?s { { SELECT ?s { ?s :a|:b ?o } } }", ""),
        ("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s :a|:b ?o }", ""),
        ("SELECT ?s { ?s !(:a|:b) ?o FILTER NOT EXISTS { ?s :a|:b ?c } }", ""),
        ("CONSTRUCT { ?s :a ?o } WHERE { ?s :a|:b ?o }", ""),
        ("ASK { ?s :a|:b ?o }", ""),
    ],
)
def test_the_look_at_our_texts_finds_each(query: str, found: str) -> None:
    assert set(faults_of(PREFIXES + query)) == ({found} if found else set())


#: Modules that build queries with an alternative in them, and why that is no fault. What they build is seen only when
#: it runs, so whoever adds one says here how its duplicates are spared.
BUILT = {
    "thidua.views.naming": "SELECT DISTINCT",
    "thidua.exchange.reconcile_properties": "SELECT DISTINCT",
    "thidua.exchange.links": "SELECT DISTINCT",
    "thidua.exchange.link_proposals": "SELECT DISTINCT",
    "thidua.write.source_text": "SELECT DISTINCT",
    "thidua.extract.claims": "SELECT DISTINCT",
    "thidua.extract.lexicon": "SELECT DISTINCT",
    "thidua.extract.registry": "SELECT DISTINCT",
    "thidua.views.why": "SELECT DISTINCT",
}
_ALTERNATIVE = re.compile(r"\^?[a-z]+:\w+\)?\|\(?\^?[a-z]+:\w+")


def test_alternatives_in_python_are_known() -> None:
    found = {}
    for name, path in modules():
        module = ast.parse(path.read_text(encoding="utf-8"))
        strings = [each.value for each in ast.walk(module) if isinstance(each, ast.Constant)]
        if any(isinstance(each, str) and _ALTERNATIVE.search(each) for each in strings):
            found[name] = path
    assert found.keys() == BUILT.keys()
    assert all(BUILT[name] in path.read_text(encoding="utf-8") for name, path in found.items())


# Lexical forms.


def test_what_our_files_say_is_what_the_store_says_but_for_zeros(kg: KnowledgeGraph) -> None:
    """Whole numbers, years and dates come out as they were written; decimals lose zeros at their end, as documented."""

    def read(**source: Any) -> Iterator[ox.Quad]:
        """Terms as they are written; the engine changes forms only when it stores them, rdflib when it reads."""
        return ox.parse(format=ox.RdfFormat.TURTLE, **source)

    assert [quad.object.value for quad in read(input="<a:a> <a:b> 007 .")] == ["007"]  # type: ignore[union-attr]
    written = {
        (quad.predicate.value, quad.object.value, quad.object.datatype.value)
        for file in ProjectFiles.find(ROOT).data
        for quad in read(path=str(file.path))
        if isinstance(quad.object, ox.Literal) and quad.object.language is None
    }
    rows = kg.current().select("SELECT DISTINCT ?p ?o { ?s ?p ?o FILTER(ISLITERAL(?o) && LANG(?o) = '') }")
    stored = {(row["p"].value, row["o"].value, row["o"].datatype) for row in rows if row["p"] and row["o"]}
    assert len(written) > 500
    changed = written - stored
    counts = {each for each in changed if each[2].endswith("#nonNegativeInteger")}  # of OWL, in cardinalities alone
    assert {(name.rpartition("#")[2]) for name, _, _ in counts} == {"maxCardinality"}
    assert {(name, value, f"{XSD}integer") for name, value, _ in counts} <= stored
    decimals = changed - counts
    assert {(datatype.rpartition("#")[2], "." in value) for _, value, datatype in decimals} == {("decimal", True)}
    assert {(name, value.rstrip("0").rstrip("."), datatype) for name, value, datatype in decimals} <= stored


def test_the_texts_are_all_there() -> None:
    found = [where for where, _ in texts()]
    assert {f"queries/{path.name}" for path in (ROOT / "queries").glob("*.rq")} <= set(found)
    assert len(found) > 60
