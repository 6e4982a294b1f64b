"""Checking only what a change touches gives the very verdict of checking everything."""

import random
import re

import pytest
import rdflib

from tests.support.shapes import BASE, CASES
from thidua.base.errors import Finding
from thidua.base.files import ProjectFiles
from thidua.base.terms import PREFIXES
from thidua.checks.shacl import read_shapes, reads_one_step, revalidate, validate
from thidua.rdf.quads import QuadStore

TYPE = f"<{PREFIXES['rdf']}type>"
OTHERS = ('"2023"^^<http://www.w3.org/2001/XMLSchema#integer>', '"tên"@vi', '"name"@en', '"x"', '"2024-13-01"')


@pytest.fixture(scope="module")
def shapes(files: ProjectFiles) -> rdflib.Graph:
    return read_shapes(files.shapes)


def start() -> list[str]:
    """Every valid example at once, as N-Triples lines without their ends."""
    graph = rdflib.Graph()
    graph.parse(data=BASE, format="turtle")
    for path in CASES:
        if path.name.startswith("valid"):
            graph.parse(path, format="turtle")
    return sorted(line[:-2] for line in graph.serialize(format="nt").splitlines() if line and "_:" not in line)


def edit(lines: list[str], chance: random.Random) -> tuple[set[str], set[str]]:
    """A few triples to add and to remove: taken away, given to another thing, retyped, or given another value."""
    added, removed = set(), set()
    for _ in range(chance.randint(1, 3)):
        subject, predicate, value = chance.choice(lines).split(" ", 2)
        match chance.randint(0, 5):
            case 0:
                removed.add(f"{subject} {predicate} {value}")
            case 1:
                removed |= {line for line in lines if line.startswith(subject + " ")}
            case 2:
                removed |= {line for line in lines if line.startswith(f"{subject} {TYPE} ")}
            case 3:
                added.add(f"{chance.choice(lines).split(' ', 1)[0]} {predicate} {value}")
            case 4:
                other = chance.choice([line for line in lines if f" {TYPE} " in line])
                added.add(f"{subject} {TYPE} {other.split(' ', 2)[2]}")
            case _:
                removed.add(f"{subject} {predicate} {value}")
                added.add(f"{subject} {predicate} {chance.choice((*OTHERS, chance.choice(lines).split(' ', 2)[2]))}")
    present = set(lines)
    kept = {line for line in added if not re.search(r"subClassOf|/ontology> ", line)} - present
    gone = {line for line in removed if "subClassOf" not in line} & present - added
    return kept, gone


def plain(findings: list[Finding]) -> set[Finding]:
    return set(findings)


def test_the_projects_own_shapes_can_be_checked_step_by_step(shapes: rdflib.Graph) -> None:
    assert reads_one_step(shapes)


@pytest.mark.parametrize(
    "shape",
    [
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ( ex:p ex:q ) ; sh:minCount 1 ] .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path [ sh:inversePath ex:p ] ; sh:minCount 1 ] .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:node ex:T ] .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:property [ sh:path ex:q ] ] .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [ sh:select 'SELECT $this { $this ex:p/ex:q ?x }' ] .",
    ],
)
def test_a_shape_that_looks_further_is_noticed(shape: str) -> None:
    prefixes = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> . "
    assert not reads_one_step(rdflib.Graph().parse(data=prefixes + shape, format="turtle"))


@pytest.mark.parametrize("turn", ["by day", *(pytest.param(n, marks=pytest.mark.nightly) for n in range(20))])
def test_random_edits(shapes: rdflib.Graph, turn: str | int, chance: random.Random) -> None:
    """A thousand each night."""
    store = QuadStore.memory()
    store.change(None, add=start())
    found = validate(store, shapes)
    verdicts = set()
    for number in range(20 if turn == "by day" else 50):
        lines = sorted(store.lines(None))
        added, removed = edit(lines, chance)
        store.change(None, add=added, remove=removed)
        found = revalidate(store, found, added, removed, shapes)
        whole = plain(validate(store, shapes, visit_all=True))
        assert plain(found) == whole, (number, added, removed)
        # What the engine selects as suspect holds everything that pySHACL finds by visiting all.
        assert plain(validate(store, shapes)) == whole, (number, added, removed)
        verdicts.add(len(found))
        if number % 10 == 9:  # begin again before everything is broken
            store.clear(None)
            store.change(None, add=start())
            found = validate(store, shapes)
    assert len(verdicts) > 3
