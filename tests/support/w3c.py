"""The W3C's own test suites, read from their manifests. They lie beside the project; without them, tests skip."""

import functools
import http.client
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS

from tests.support.paths import ROOT
from tests.support.service import Server

SUITES = ROOT.parent / "shared/w3c/rdf-tests/sparql"
present = pytest.mark.skipif(not SUITES.is_dir(), reason="the W3C suites are not beside the project")

MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
DAWGT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#")


@dataclass(frozen=True)
class Case:
    """One entry of a manifest."""

    node: rdflib.term.Node
    manifest: rdflib.Graph
    suite: str

    @property
    def name(self) -> str:
        return str(self.node).rpartition("#")[2]

    @property
    def path(self) -> str:
        """Suite and name, by which a test is listed among the failures that are known."""
        return f"{self.suite.rpartition('/')[2]}/{self.name}"

    @property
    def kind(self) -> str:
        return str(self.manifest.value(self.node, RDF.type)).rpartition("#")[2]

    def value(self, *path: rdflib.term.Node) -> rdflib.term.Node | None:
        node: rdflib.term.Node | None = self.node
        for predicate in path:
            node = self.manifest.value(node, predicate) if node is not None else None
        return node

    def list(self, *path: rdflib.term.Node) -> list[rdflib.term.Node]:
        head = self.value(*path)
        return [] if head is None else list(Collection(self.manifest, head))


@functools.cache
def _manifest(path: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(path, format="turtle", publicID=path.as_uri())


def cases(*manifests: str) -> list[Case]:
    """Every entry of some manifests, and of those they include, that has not been withdrawn."""
    found = []
    for name in manifests:
        path = SUITES / name
        if not path.is_file():
            continue
        graph = _manifest(path)
        for included in graph.objects(None, MF.include):
            for each in Collection(graph, included):
                found += cases(str(Path(str(each).removeprefix("file://")).relative_to(SUITES)))
        for entries in graph.objects(None, MF.entries):
            found += [
                Case(entry, graph, str(Path(name).parent))
                for entry in Collection(graph, entries)
                if graph.value(entry, DAWGT.approval) in (None, DAWGT.Approved, DAWGT.Proposed)
            ]
    return found


def read(uri: rdflib.term.Node | None) -> bytes:
    """A file that a manifest names."""
    return Path(str(uri).removeprefix("file://")).read_bytes()


def contents(case: Case, which: rdflib.term.Node) -> list[tuple[str | None, rdflib.term.Node]]:
    node = case.value(which)
    found: list[tuple[str | None, rdflib.term.Node]] = [(None, file) for file in case.manifest.objects(node, UT.data)]
    for data in case.manifest.objects(node, UT.graphData):
        file = case.manifest.value(data, UT.graph) or case.manifest.value(data, UT.data)
        assert file is not None
        found.append((str(case.manifest.value(data, RDFS.label)), file))
    return found


def send(
    service: Server, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request, as it is: nothing is followed, nothing added."""
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def empty(service: Server) -> None:
    status, _, body = send(service, "POST", "/update", {"Content-Type": "application/sparql-update"}, b"DROP ALL")
    assert status in (200, 204), body
