"""SPARQL 1.1 Query, Update and results formats: the W3C's tests, over HTTP, against a real plain server."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import RDFS

from tests import w3c
from tests.conftest import Server, running
from tests.test_w3c_protocols import empty, send
from tests.w3c import MF, QT, UT, Case

pytestmark = w3c.present

QUERY: Final = w3c.cases("sparql11/manifest-sparql11-query.ttl", "sparql11/manifest-sparql11-results.ttl")
UPDATE: Final = w3c.cases("sparql11/manifest-sparql11-update.ttl")

#: Tests that fail, by suite and name, with the reason; docs/conformance.md lists them.
FAILURES: Final[dict[str, str]] = {
    "aggregates/agg-groupconcat-04": "the engine's GROUP_CONCAT gives no value for language-tagged strings",
    "aggregates/agg-groupconcat-06": "the engine's GROUP_CONCAT gives no value for language-tagged strings",
    "aggregates/agg-empty-group-count-graph": "the engine drops ?g from GRAPH ?g around an aggregate",
    "bindings/graph": "the engine leaves ?g unbound in GRAPH ?g around VALUES ?g",
    "csv-tsv-res/tsv03": "the engine keeps an xsd:negativeInteger as an xsd:integer",
    "functions/bnode01": "the engine's BNODE(label) gives the same blank node in every row",
    "negation/graph-minus": "the engine joins ?g into both sides of MINUS within GRAPH ?g",
    "property-path/zero_or_more_set_start": "the engine finds no zero-length path to a term outside the data",
    "property-path/zero_or_more_set_end": "the engine finds no zero-length path to a term outside the data",
    "property-path/zero_or_one_set_start": "the engine finds no zero-length path to a term outside the data",
    "property-path/zero_or_one_set_end": "the engine finds no zero-length path to a term outside the data",
}
_NUMERIC: Final = re.compile(r"http://www\.w3\.org/2001/XMLSchema#(integer|decimal|double|float)")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("plain") / "store"
    with running(folder, "--plain", str(folder), "--open-writes", env={"THIDUA_BUDGET": "0"}) as service:
        yield service


def put(service: Server, graph: str | None, file: rdflib.term.Node) -> None:
    """Load a file of a suite, which may be RDF/XML."""
    path = "/data?default" if graph is None else f"/data?graph={quote(graph, safe='')}"
    uri = str(file)
    if uri.endswith(".rdf"):
        body = rdflib.Graph().parse(data=w3c.read(file), format="xml", publicID=uri).serialize(format="nt").encode()
    else:
        body = f"@base <{uri}> .\n".encode() + w3c.read(file) if uri.endswith(".ttl") else w3c.read(file)
    media_type = "text/turtle" if uri.endswith(".ttl") else "application/n-triples"
    status, _, reply = send(service, "POST", path, {"Content-Type": media_type}, body)
    assert status in (200, 201, 204), reply


def based(file: rdflib.term.Node) -> bytes:
    """A query or update with its own address as its base."""
    return f"BASE <{file}> ".encode() + w3c.read(file)


def ask(service: Server, case: Case, accept: str) -> tuple[int, str, bytes]:
    """Load what a test needs and send its query."""
    query = case.value(MF.action, QT.query) or case.value(MF.action)
    assert query is not None
    action = case.value(MF.action)
    data = list(case.manifest.objects(action, QT.data))
    named = list(case.manifest.objects(action, QT.graphData))
    empty(service)
    for file in data:
        put(service, None, file)
    for file in named:
        put(service, str(file), file)
    headers = {"Content-Type": "application/sparql-query", "Accept": accept}
    status, found, body = send(service, "POST", "/sparql", headers, based(query))
    return status, found.get_content_type(), body


def mark(cases: list[Case]) -> list[Any]:
    return [
        pytest.param(
            case,
            id=case.path.replace("/", "-"),
            marks=[pytest.mark.xfail(reason=FAILURES[case.path], strict=True)] if case.path in FAILURES else [],
        )
        for case in cases
    ]


def of_kind(cases: list[Case], *kinds: str) -> list[Any]:
    return mark([case for case in cases if case.kind in kinds])


@pytest.mark.parametrize("case", of_kind(QUERY, "QueryEvaluationTest", "CSVResultFormatTest"))
def test_query(plain: Server, case: Case) -> None:
    expected = case.value(MF.result)
    suffix = str(expected).rpartition(".")[2]
    accept = {"csv": "text/csv", "tsv": "text/tab-separated-values"}.get(suffix, "application/sparql-results+json")
    status, media_type, body = ask(plain, case, f"{accept}, text/turtle;q=0.9")
    assert status == 200, body
    want = w3c.read(expected)
    if suffix == "csv":
        assert of_csv(body) == of_csv(want)
    elif media_type == "text/turtle":
        graph = rdflib.Graph().parse(data=want, format="turtle" if suffix == "ttl" else "xml", publicID=str(expected))
        assert isomorphic(rdflib.Graph().parse(data=body, format="turtle"), graph)
    else:
        assert same(solutions(body, media_type), solutions_of_file(want, suffix, str(expected)))


def of_csv(body: bytes) -> Counter[Any]:
    """The rows of a CSV answer, whatever the order of its columns and the names of its blank nodes."""
    rows = csv.DictReader(io.StringIO(body.decode()))
    return Counter(frozenset((name, csv_value(value)) for name, value in row.items()) for row in rows)


def csv_value(text: str) -> object:
    """A cell such that numbers written differently, and blank nodes, are the same."""
    try:
        return float(text)
    except ValueError:
        return re.sub("^_:.*", "_:", text)


def same(found: Any, expected: Any) -> bool:
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    return bool(found[0] == expected[0] and isomorphic(found[1], expected[1]))


def solutions(body: bytes, media_type: str) -> object:
    form = {
        "application/sparql-results+json": ox.QueryResultsFormat.JSON,
        "text/tab-separated-values": ox.QueryResultsFormat.TSV,
    }[media_type]
    return canonical(ox.parse_query_results(body, format=form))


def solutions_of_file(body: bytes, suffix: str, address: str) -> object:
    if suffix == "ttl":
        return canonical_result_set(rdflib.Graph().parse(data=body, format="turtle", publicID=address))
    form = {
        "srx": ox.QueryResultsFormat.XML,
        "srj": ox.QueryResultsFormat.JSON,
        "tsv": ox.QueryResultsFormat.TSV,
    }[suffix]
    return canonical(ox.parse_query_results(body, format=form))


def canonical(results: Any) -> object:
    """A table as a multiset of rows that does not depend on blank nodes' names; or a truth value."""
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    names = [variable.value for variable in results.variables]
    return frozen([{name: term for name in names if (term := row[name]) is not None} for row in results])


def frozen(rows: list[dict[str, Any]]) -> tuple[Counter[Any], rdflib.Graph]:
    # Rows with blank nodes become nodes of a graph, and graphs can be compared whatever the names.
    graph = rdflib.Graph()
    plain: Counter[Any] = Counter()
    for row in rows:
        cells = {name: value_of(term) for name, term in row.items()}
        if not any(isinstance(term, ox.BlankNode) for term in row.values()):
            plain[frozenset(cells.items())] += 1
            continue
        node = rdflib.BNode()
        for name, term in row.items():
            value = rdflib.BNode(term.value) if isinstance(term, ox.BlankNode) else rdflib.Literal(str(cells[name]))
            graph.add((node, rdflib.URIRef(f"urn:column:{name}"), value))
    return plain, graph


def value_of(term: Any) -> Any:
    """A term such that numbers written differently are the same."""
    if isinstance(term, ox.Literal) and (found := _NUMERIC.fullmatch(term.datatype.value)):
        try:
            number = float(term.value) if found[1] in ("double", "float") else Decimal(term.value)
            return (found[1], round(number, 9))
        except (ArithmeticError, ValueError):
            pass
    if isinstance(term, ox.Literal) and term.datatype.value.endswith("#boolean"):
        return ("boolean", term.value in ("1", "true"))
    return str(term)


def canonical_result_set(graph: rdflib.Graph) -> object:
    """A table in the vocabulary of the older suites."""
    rs = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
    rows = []
    for solution in graph.objects(None, rs.solution):
        rows.append(
            {
                str(graph.value(binding, rs.variable)): term_of(graph.value(binding, rs.value))
                for binding in graph.objects(solution, rs.binding)
            }
        )
    return frozen(rows)


def term_of(term: rdflib.term.Node | None) -> Any:
    match term:
        case rdflib.URIRef():
            return ox.NamedNode(str(term))
        case rdflib.Literal():
            datatype = ox.NamedNode(str(term.datatype)) if term.datatype and not term.language else None
            return ox.Literal(str(term), datatype=datatype, language=term.language)
        case _:
            return ox.BlankNode(str(term))


@pytest.mark.parametrize("case", of_kind(QUERY, "PositiveSyntaxTest11"))
def test_query_syntax_is_read(plain: Server, case: Case) -> None:
    status, _, body = ask(plain, case, "*/*")
    # One calls a function that nobody defines; to be told so shows that the text was understood.
    assert status == 200 or json.loads(body)["detail"].endswith("is not supported"), body


@pytest.mark.parametrize("case", of_kind(QUERY, "NegativeSyntaxTest11"))
def test_query_syntax_is_refused(plain: Server, case: Case) -> None:
    status, _, body = ask(plain, case, "*/*")
    assert (status, json.loads(body)["code"]) == (400, "query-syntax")


def update(service: Server, file: rdflib.term.Node) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/sparql-update"}
    status, _, body = send(service, "POST", "/update", headers, based(file))
    return status, body


@pytest.mark.parametrize("case", of_kind(UPDATE, "UpdateEvaluationTest"))
def test_update(plain: Server, case: Case) -> None:
    empty(plain)
    for graph, file in contents(case, MF.action):
        put(plain, graph, file)
    request = case.value(MF.action, UT.request)
    assert request is not None
    status, body = update(plain, request)
    assert status in (200, 204), body
    expected = {graph: rdflib.Graph().parse(str(file)) for graph, file in contents(case, MF.result)}
    found = json.loads(
        send(plain, "GET", "/sparql?query=SELECT%20DISTINCT%20?g%20%7BGRAPH%20?g%20%7B?s%20?p%20?o%7D%7D")[2]
    )
    names = {row["g"]["value"] for row in found["results"]["bindings"]}
    assert names == {graph for graph, content in expected.items() if graph is not None and len(content)}
    for graph in {None, *expected}:
        path = "/data?default" if graph is None else f"/data?graph={quote(graph, safe='')}"
        status, _, body = send(plain, "GET", path, {"Accept": "application/n-triples"})
        content = rdflib.Graph().parse(data=body, format="nt") if status == 200 else rdflib.Graph()
        assert isomorphic(content, expected.get(graph, rdflib.Graph())), (graph, body.decode())


def contents(case: Case, which: rdflib.term.Node) -> list[tuple[str | None, rdflib.term.Node]]:
    node = case.value(which)
    found: list[tuple[str | None, rdflib.term.Node]] = [(None, file) for file in case.manifest.objects(node, UT.data)]
    for data in case.manifest.objects(node, UT.graphData):
        file = case.manifest.value(data, UT.graph) or case.manifest.value(data, UT.data)
        assert file is not None
        found.append((str(case.manifest.value(data, RDFS.label)), file))
    return found


@pytest.mark.parametrize("case", of_kind(UPDATE, "PositiveUpdateSyntaxTest11"))
def test_update_syntax_is_read(plain: Server, case: Case) -> None:
    file = case.value(MF.action)
    assert file is not None
    empty(plain)
    status, body = update(plain, file)
    # Some load from addresses that nothing can reach, or drop graphs that are not there: what matters is the text.
    if status not in (200, 204):
        assert re.search(rb"(?i)\b(load|drop|clear|copy|move|add)\b", w3c.read(file))
        assert (status, json.loads(body)["code"]) == (400, "bad-input"), body


@pytest.mark.parametrize("case", of_kind(UPDATE, "NegativeUpdateSyntaxTest11", "NegativeSyntaxTest11"))
def test_update_syntax_is_refused(plain: Server, case: Case) -> None:
    file = case.value(MF.action)
    assert file is not None
    status, body = update(plain, file)
    assert (status, json.loads(body)["code"]) == (400, "query-syntax")
