"""The W3C's own test suites, read from their manifests. They lie beside the project; without them, tests skip."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF

from tests.conftest import ROOT

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


def cases(*manifests: str) -> list[Case]:
    """Every entry of some manifests, and of those they include, that has not been withdrawn."""
    found = []
    for name in manifests:
        path = SUITES / name
        if not path.is_file():
            continue
        graph = rdflib.Graph()
        graph.parse(path, format="turtle", publicID=path.as_uri())
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
