"""SPARQL 1.1 Query, Update and results formats: the W3C's tests, over HTTP, against a real plain server."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import rdflib
from rdflib.compare import isomorphic

from tests.support import w3c
from tests.support.service import Server, running
from tests.support.w3c import MF, QT, UT, Case, contents, empty, send
from tests.support.w3c_language import FAILURES, QUERY, UPDATE, of_csv, same, solutions, solutions_of_file

pytestmark = w3c.present


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


#: What each service holds, of those that hold what was loaded and nothing else.
_HELD: dict[str, list[tuple[str | None, rdflib.term.Node]]] = {}


def provide(service: Server, files: list[tuple[str | None, rdflib.term.Node]]) -> None:
    """Let a service hold some files in their graphs and nothing else; many cases ask about the same."""
    if _HELD.pop(service.url, None) != files:
        empty(service)
        for graph, file in files:
            put(service, graph, file)
    _HELD[service.url] = files


def based(file: rdflib.term.Node) -> bytes:
    """A query or update with its own address as its base."""
    return f"BASE <{file}> ".encode() + w3c.read(file)


def ask(service: Server, case: Case, accept: str) -> tuple[int, str, bytes]:
    """Load what a test needs and send its query."""
    query = case.value(MF.action, QT.query) or case.value(MF.action)
    assert query is not None
    action = case.value(MF.action)
    data = sorted(case.manifest.objects(action, QT.data))
    named = sorted(case.manifest.objects(action, QT.graphData))
    provide(service, [*((None, file) for file in data), *((str(file), file) for file in named)])
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


@pytest.mark.parametrize("case", of_kind(QUERY, "PositiveSyntaxTest11"))
def test_query_syntax_is_read(plain: Server, case: Case) -> None:
    status, _, body = ask(plain, case, "*/*")
    # One calls a function that nobody defines; to be told so shows that the text was understood.
    assert status == 200 or json.loads(body)["code"] == "unsupported-function", body


@pytest.mark.parametrize("case", of_kind(QUERY, "NegativeSyntaxTest11"))
def test_query_syntax_is_refused(plain: Server, case: Case) -> None:
    status, _, body = ask(plain, case, "*/*")
    assert (status, json.loads(body)["code"]) == (400, "query-syntax")


def update(service: Server, file: rdflib.term.Node) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/sparql-update"}
    _HELD.pop(service.url, None)
    status, _, body = send(service, "POST", "/update", headers, based(file))
    return status, body


@pytest.mark.parametrize("case", of_kind(UPDATE, "UpdateEvaluationTest"))
def test_update(plain: Server, case: Case) -> None:
    provide(plain, contents(case, MF.action))
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


@pytest.mark.parametrize("case", of_kind(UPDATE, "PositiveUpdateSyntaxTest11"))
def test_update_syntax_is_read(plain: Server, case: Case) -> None:
    file = case.value(MF.action)
    assert file is not None
    provide(plain, [])
    status, body = update(plain, file)
    # Some load from addresses that nothing can reach, or drop graphs that are not there: what matters is the text.
    if status not in (200, 204):
        assert re.search(rb"(?i)\b(load|drop|clear|copy|move|add)\b", w3c.read(file))
        assert (status, json.loads(body)["code"]) in ((403, "query-refused"), (422, "query-failed")), body


@pytest.mark.parametrize("case", of_kind(UPDATE, "NegativeUpdateSyntaxTest11", "NegativeSyntaxTest11"))
def test_update_syntax_is_refused(plain: Server, case: Case) -> None:
    file = case.value(MF.action)
    assert file is not None
    status, body = update(plain, file)
    assert (status, json.loads(body)["code"]) == (400, "query-syntax")
