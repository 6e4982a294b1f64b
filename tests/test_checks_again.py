"""After a write the checks run again that read what changed; together they find what running all of them finds."""

import random
from pathlib import Path

import pytest

from tests.support.stores import copied
from thidua.base.errors import InvalidDataError
from thidua.base.files import ProjectFiles
from thidua.checks.across_sources import across_sources
from thidua.checks.consequences import without_consequences
from thidua.checks.rules import read_by
from thidua.checks.shacl import read_shapes, validate
from thidua.rdf.quads import QuadStore
from thidua.versions.publish import read_findings
from thidua.versions.store import VersionStore
from thidua.write.payload_positions import PayloadPositions
from thidua.write.request import Write
from thidua.write.transaction import Writer

TD = "https://w3id.org/thidua/ontology#"
PREFIX = f"PREFIX td: <{TD}>\n"


@pytest.mark.parametrize(
    ("query", "reads"),
    [
        ("SELECT ?a ?b { ?a td:year ?b }", {"year"}),
        (
            "SELECT ?a { ?a td:year/td:kind ?b FILTER NOT EXISTS { ?a td:rank ?c } } GROUP BY ?a ?b",
            {"year", "kind", "rank"},
        ),
        ("SELECT ?a { VALUES ?p { td:year td:kind } ?a ?p ?b }", {"year", "kind"}),
        ("# of ?a ?b\nSELECT ?a { ?a td:year ?b FILTER(?b != 3 && !BOUND(?c)) }", {"year"}),
        ("SELECT ?a { ?a ?p ?b }", None),
        ("SELECT ?a { OPTIONAL { VALUES ?p { td:year } } ?a ?p ?b }", None),
        ("SELECT ?a { ?a !td:year ?b }", None),
        ("SELECT ?a { ?a !(td:year|td:kind) ?b }", None),
    ],
)
def test_what_a_check_reads(query: str, reads: set[str] | None) -> None:
    found = read_by(PREFIX + query)
    assert (found if found is None else {iri.removeprefix(TD) for iri in found if iri.startswith(TD)}) == reads


def test_every_check_across_sources_reads_something(files: ProjectFiles) -> None:
    for path in files.cross_checks:
        found = read_by(path.read_text(encoding="utf-8"))
        assert found is None or any(iri.startswith(TD) for iri in found), path.name


class _Nowhere(PayloadPositions):
    def __init__(self) -> None:
        super().__init__(Write("update", text=""))


def everything(version: Path, files: ProjectFiles) -> set[tuple[str | None, ...]]:
    """What all checks find in a version."""
    store, locator = QuadStore.read_only(version / "rocksdb"), _Nowhere()
    found = [*validate(store, read_shapes(files.shapes)), *across_sources(store, files, locator)]
    return {(each.shape, each.focus, each.path, each.value) for each in without_consequences(store, found)}


@pytest.mark.parametrize("turn", ["by day", *(pytest.param(n, marks=pytest.mark.nightly) for n in range(10))])
def test_random_writes(store: Path, tmp_path: Path, turn: str | int, chance: random.Random) -> None:
    """Of triples of the sources: taken away, given back, given to another thing."""
    files = ProjectFiles.find(Path(__file__).parents[1])
    own = copied(store, tmp_path / "store")
    writer, versions = Writer(own, files), VersionStore(own)
    graphs = [
        graph
        for graph in QuadStore.read_only(versions.current_path() / "rocksdb").graphs()
        if writer._rules.is_source(graph)
    ]
    published, gone = 0, list[tuple[str, str]]()
    for _ in range(12 if turn == "by day" else 40):
        graph = chance.choice(graphs)
        lines = sorted(QuadStore.read_only(versions.current_path() / "rocksdb").lines(graph))
        line = chance.choice([each for each in lines if "_:" not in each])
        match chance.randrange(3):
            case 0:
                text = f"DELETE DATA {{ GRAPH <{graph}> {{ {line} }} }}"
            case 1 if gone:
                text = "INSERT DATA {{ GRAPH <{}> {{ {} }} }}".format(*gone.pop())
            case _:
                subject = chance.choice(lines).split(" ", 1)[0]
                text = f"INSERT DATA {{ GRAPH <{graph}> {{ {subject} {line.split(' ', 1)[1]} }} }}"
        try:
            result = writer.write(Write("update", text=text))
        except InvalidDataError:
            continue
        if text.startswith("DELETE"):
            gone.append((graph, line))
        published += result.published
        version = versions.current_path()
        assert {(each.shape, each.focus, each.path, each.value) for each in read_findings(version)} == everything(
            version, files
        ), text
    assert published > 2
