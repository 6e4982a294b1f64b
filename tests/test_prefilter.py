"""What the engine selects as suspect holds everything that breaks a shape, by the W3C's own tests."""

import re
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDF, SH

from tests.support.paths import ROOT
from thidua.base.errors import Finding
from thidua.base.files import ProjectFiles
from thidua.base.terms import SHAPES
from thidua.checks.prefilter import candidates, left_to_pyshacl
from thidua.checks.shacl import _local, read_shapes, reads_one_step, validate
from thidua.rdf.quads import QuadStore

SUITE = ROOT.parent / "shared/w3c/data-shapes/core"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")


def parsed(path: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(path, format="turtle", publicID=path.as_uri())


CASES = [path for path in sorted(SUITE.rglob("*.ttl")) if "sht:Validate" in path.read_text("utf-8")]


def told(findings: list[Finding]) -> set[tuple[str | None, ...]]:
    """Findings without what differs each time, the names of blank nodes."""
    return {
        tuple(None if text and re.fullmatch("[Nn]?[0-9a-f]{20,}(b[0-9]+)?", text) else text for text in parts)
        for parts in ((each.focus, each.path, each.value, each.severity, each.constraint) for each in findings)
    }


@pytest.mark.skipif(not SUITE.exists(), reason="the W3C's SHACL tests are not beside the project")
@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_verdict_is_that_of_visiting_everything(path: Path) -> None:
    manifest = parsed(path)
    for entry in manifest.subjects(RDF.type, SHT.Validate):
        action = manifest.value(entry, MF.action)
        data, shapes = (
            parsed(Path(str(manifest.value(action, name)).removeprefix("file://")))
            for name in (SHT.dataGraph, SHT.shapesGraph)
        )
        if (manifest.value(entry, MF.result), RDF.type, SH.ValidationReport) not in manifest:
            continue  # shapes that are no shapes
        store = QuadStore.memory()
        store.load(data.serialize(format="nt", encoding="utf-8"), "application/n-triples", None, None)
        found = validate(store, shapes)
        assert told(found) == told(validate(store, shapes, visit_all=True))
        wanted = {
            str(focus) for each in manifest.objects(None, SH.result) for focus in manifest.objects(each, SH.focusNode)
        }
        if reads_one_step(shapes) and not any(each.kind != "iri" for each in candidates(store, shapes)):
            assert {each.focus for each in found} >= wanted


def test_all_constraints_of_our_shapes_are_queries(files: ProjectFiles, store: Path) -> None:
    graph = QuadStore.read_only((store / "current").resolve() / "rocksdb")
    assert left_to_pyshacl(graph, _local(read_shapes(files.shapes))) == []
    # A path of a kind that ours do not have is left to pySHACL, and named.
    text = "[ sh:inversePath td:headTerm ] ; sh:minCount 1 ] ."
    strange = rdflib.Graph().parse(
        data=f"@prefix sh: <{SH}> . @prefix td: <{SHAPES}> . td:X sh:targetClass td:Y ; sh:property [ sh:path {text}",
        format="turtle",
    )
    assert left_to_pyshacl(graph, strange) == [f"{SHAPES}X"]
