"""SPARQL 1.1 Protocol, Graph Store Protocol and Service Description: the W3C's tests against a real plain server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from rdflib.collection import Collection
from rdflib.compare import isomorphic

from tests.support import w3c
from tests.support.service import Server, running
from tests.support.w3c import CNT, HT, MF, UT, Case, empty, send

pytestmark = w3c.present
HTS = "http://www.w3.org/2011/http-statusCodes#"
STATUS = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404}
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`thidua serve --plain DIR --open-writes`."""
    folder = tmp_path_factory.mktemp("plain") / "store"
    with running(folder, "--plain", str(folder), "--open-writes") as service:
        yield service


class Exchange:
    """A request of a manifest, and the response it expects."""

    def __init__(self, graph: rdflib.Graph, node: rdflib.term.Node) -> None:
        self._graph, self._node = graph, node
        self.method = str(graph.value(node, HT.methodName))
        self.path = str(graph.value(node, HT.absolutePath))
        self.headers = self._headers(node)
        self.body = self._body(node)
        self.response = graph.value(node, HT.resp)
        self.expected_body = self._body(self.response)
        self.location = graph.value(self.response, MF.expectedLocation)

    def _headers(self, node: rdflib.term.Node | None) -> dict[str, str]:
        found = self._graph.value(node, HT.headers)
        return {
            str(self._graph.value(each, HT.fieldName)): str(self._graph.value(each, HT.fieldValue))
            for each in (Collection(self._graph, found) if found else ())
        }

    def _body(self, node: rdflib.term.Node | None) -> bytes | None:
        content = self._graph.value(node, HT.body)
        if content is None:
            return None
        encoding = str(self._graph.value(content, CNT.characterEncoding) or "UTF-8")
        return str(self._graph.value(content, CNT.chars)).encode(encoding)

    def accepts(self, status: int) -> bool:
        expected = {str(each).removeprefix(HTS) for each in self._graph.objects(self.response, MF.expectedStatus)}
        return any(name.startswith("StatusCode") and name[10] == str(status)[0] for name in expected) or status in {
            STATUS.get(name) for name in expected
        }

    @property
    def boolean(self) -> bool | None:
        value = self._graph.value(self.response, MF.expectedBoolean)
        return None if value is None else bool(value.toPython())

    @property
    def format(self) -> str | None:
        value = self._graph.value(self.response, MF.expectedFormat)
        return None if value is None else str(value)


def exchanges(case: Case) -> list[Exchange]:
    return [Exchange(case.manifest, node) for node in case.list(MF.action, HT.requests)]


@pytest.mark.parametrize("case", w3c.cases("sparql11/protocol/manifest.ttl"), ids=lambda case: case.name)
def test_protocol(plain: Server, case: Case) -> None:
    empty(plain)
    for data in case.manifest.objects(case.node, UT.graphData):
        label = case.manifest.value(data, rdflib.RDFS.label)
        body = w3c.read(case.manifest.value(data, UT.graph))
        assert send(plain, "PUT", f"/data?graph={label}", {"Content-Type": "application/n-triples"}, body)[0] in (
            201,
            204,
        )
    for exchange in exchanges(case):
        sent = (exchange.body or b"") + exchange.path.encode()
        update = (
            "sparql-update" in str(exchange.headers)
            or b"update=" in sent
            or (case.name.startswith("bad_update") and b"query=" not in sent)
        )
        path = exchange.path.replace("/sparql/", "/update" if update else "/sparql", 1)
        status, headers, body = send(plain, exchange.method, path, exchange.headers, exchange.body)
        assert exchange.accepts(status), (status, body)
        media_type = headers.get_content_type()
        if exchange.boolean is not None:
            assert json.loads(body)["boolean"] is exchange.boolean
        if exchange.format == "tabular" or exchange.format == "boolean":
            assert media_type in (
                "application/sparql-results+json", "application/sparql-results+xml",
                "text/csv", "text/tab-separated-values",
            )  # fmt: skip
        elif exchange.format == "RDF":
            assert media_type in ("text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json")


@pytest.mark.parametrize("case", w3c.cases("sparql11/graph-store-protocol/manifest.ttl"), ids=lambda case: case.name)
def test_graph_store_protocol(plain: Server, case: Case) -> None:
    empty(plain)
    location = ""
    for exchange in exchanges(case):
        path = exchange.path.replace("/gsp", "/data", 1).replace("$LOCATION$", location)
        status, headers, body = send(plain, exchange.method, path, exchange.headers, exchange.body)
        assert exchange.accepts(status), (exchange.method, path, status, body)
        if exchange.location is not None:
            location = headers["Location"]
            assert re.match(r"https?://", location)
        if exchange.expected_body is not None:
            assert headers.get_content_type() == "text/turtle"
            expected = rdflib.Graph().parse(data=exchange.expected_body.decode().replace("$LOCATION$", location))
            assert isomorphic(rdflib.Graph().parse(data=body, format="turtle"), expected)
        elif exchange.method == "HEAD":
            assert body == b""


@pytest.mark.parametrize("case", w3c.cases("sparql11/service-description/manifest.ttl"), ids=lambda case: case.name)
def test_service_description(plain: Server, case: Case) -> None:
    for media_type in ("text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"):
        status, headers, body = send(plain, "GET", "/sparql", {"Accept": media_type})
        assert (status, headers.get_content_type()) == (200, media_type)
        described = rdflib.Graph().parse(data=body, format=media_type)
        services = list(described.subjects(rdflib.RDF.type, SD.Service))
        assert len(services) == 1
        match case.name:
            case "has-endpoint-triple":
                assert list(described.objects(services[0], SD.endpoint)) == [rdflib.URIRef(plain.url + "/sparql")]
            case "conforms-to-schema":
                assert_conforms(described, services[0])
            case name:
                assert name == "returns-rdf"


def assert_conforms(described: rdflib.Graph, service: rdflib.term.Node) -> None:
    """Domains and ranges of the vocabulary: https://www.w3.org/TR/sparql11-service-description/."""
    assert SD.SPARQL11Query in set(described.objects(service, SD.supportedLanguage))
    known = {"Service", "Dataset", "Graph", "NamedGraph"}
    assert {str(each).removeprefix(str(SD)) for each in described.objects(None, rdflib.RDF.type) if each in SD} <= known
    for dataset in described.objects(service, SD.defaultDataset):
        assert (dataset, rdflib.RDF.type, SD.Dataset) in described
        for graph in described.objects(dataset, SD.defaultGraph):
            assert (graph, rdflib.RDF.type, SD.Graph) in described
        for graph in described.objects(dataset, SD.namedGraph):
            assert (graph, rdflib.RDF.type, SD.NamedGraph) in described
            assert isinstance(described.value(graph, SD.name), rdflib.URIRef)


def test_nothing_is_left_of_what_the_suites_wrote(plain: Server, tmp_path: Path) -> None:
    empty(plain)
    _, _, body = send(plain, "GET", "/data?default", {"Accept": "application/n-triples"})
    assert body == b""
