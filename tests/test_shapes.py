"""Each constraint refuses the example that breaks it alone, and lets the valid ones through."""

import re
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDF, SH

from tests.support.paths import ROOT
from tests.support.shapes import BASE, CASES
from thidua.base.files import ProjectFiles
from thidua.base.terms import PREFIXES, SHAPES
from thidua.building.build import Assembly
from thidua.checks.across_sources import across_sources
from thidua.checks.shacl import read_shapes, validate
from thidua.rdf.derivation import rebuild_union
from thidua.rdf.quads import QuadStore


@pytest.fixture(scope="module")
def shapes(files: ProjectFiles) -> rdflib.Graph:
    return read_shapes(files.shapes)


def reported(shapes: rdflib.Graph, case: str) -> set[str]:
    """The named shapes that a completed graph breaks; a query's findings count for the shape that has it."""
    graph = rdflib.Graph()
    for text in (BASE, case):
        graph.parse(data=text, format="turtle")
    store = QuadStore.memory()
    store.load(graph.serialize(format="nt", encoding="utf-8"), "application/n-triples", None, None)
    return {finding.shape for finding in validate(store, shapes)}


def test_the_base_is_without_fault(shapes: rdflib.Graph) -> None:
    assert not reported(shapes, "")


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(shapes: rdflib.Graph, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = re.match(r"# expect: tdsh:(\S+)\n", text)
    assert path.name.startswith("invalid." if expected else "valid")
    assert reported(shapes, text) == ({expected[1]} if expected else set())


def test_every_constraint_has_an_example_that_breaks_it(shapes: rdflib.Graph) -> None:
    constraints = {
        str(shape).removeprefix(SHAPES).removesuffix("-query")
        for shape in shapes.subjects(SH.message)
        if isinstance(shape, rdflib.URIRef)
    }
    broken = {re.match(r"# expect: tdsh:(\S+)", p.read_text("utf-8"))[1] for p in CASES if p.name.startswith("inv")}  # type: ignore[index]
    assert constraints - broken == UNREACHABLE


#: Guards behind other guards: what they refuse cannot be written without breaking another rule first.
UNREACHABLE = {"Conference-startDate"}  # two days also break Dates-startDate


def test_every_class_file_has_a_valid_example(files: ProjectFiles) -> None:
    named = {path.stem for path in files.shapes} - {"prefixes"}
    assert {path.parent.name for path in CASES if path.name.startswith("valid")} == named


def test_messages_are_in_both_languages_and_begin_with_their_rule(shapes: rdflib.Graph) -> None:
    for shape in set(shapes.subjects(SH.message)):
        texts = {m.language: str(m) for m in shapes.objects(shape, SH.message) if isinstance(m, rdflib.Literal)}
        assert texts.keys() == {"vi", "en"}, shape
        assert re.match(r"S\d\d ", texts["vi"]), texts
        assert texts["vi"][:4] == texts["en"][:4]


def test_all_twenty_rules_are_there(shapes: rdflib.Graph) -> None:
    assert {str(m)[:3] for m in shapes.objects(None, SH.message)} == {f"S{n:02d}" for n in range(1, 21)}


def test_no_shape_is_misspelled(shapes: rdflib.Graph) -> None:
    """An unknown sh: term checks nothing, silently."""
    used = {p for p in shapes.predicates() if str(p).startswith(str(SH))} | {
        o for o in shapes.objects(None, RDF.type) if str(o).startswith(str(SH))
    }
    for term in used:
        assert term in SH, term


CROSS = {
    "graph-is-source": "graph:aa { remark:r td:statedBy ev:bb . ev:bb oa:hasSource src:bb }",
    "one-figure-a-source": """graph:aa {
        obs:1 td:indicator c:i ; td:area province:a ; td:period period:2023 ; td:statistic c:s ; td:comparedWith c:g .
        obs:2 td:indicator c:i ; td:area province:a ; td:period period:2023 ; td:statistic c:s ; td:comparedWith c:g
    }""",
    "one-confidence-a-source": "graph:aa { remark:r td:confidence 0.3 , 0.6 }",
    "link-is-stated": """graph:links {
        link:l td:linkSubject province:a ; td:linkPredicate skos:exactMatch ; td:linkTarget <https://example.org/a> .
        province:a skos:closeMatch <https://example.org/b> } graph:x {
        link:m td:linkSubject province:a ; td:linkPredicate skos:closeMatch ;
          td:linkTarget <https://example.org/b> }""",
    "link-has-record": "graph:links { province:a skos:exactMatch <https://example.org/a> }",
    "year-after-source": """graph:aa { src:aa schema:datePublished "2023-12-31"^^xsd:date . ev:aa oa:hasSource src:aa .
        edition:e td:year 2024 ; td:statedBy ev:aa }""",
    "registry-entry-has-source": """graph:laws { legal:a a td:LegalDocument .
        legal:b a td:LegalDocument ; dct:source src:aa }
        graph:people { person:p a td:Person . remark:r td:speaker person:p ; schema:subjectOf src:aa }""",
    "leader-of-another-cluster": """graph:aa { edition:a td:headTerm head:a ; td:editionOf cluster:a ; td:year 2024 .
        head:a org:member province:a . edition:b td:editionOf cluster:b ; td:year 2023 .
        member:a a td:ClusterMembership ; org:member province:a ; td:inEdition edition:b }""",
    "conflicting-claims": "graph:inferred { head:a td:conflictsWith head:b . head:b td:conflictsWith head:a }",
}
SOUND = """
graph:aa { src:aa a td:SourceDocument ; schema:datePublished "2023-12-31"^^xsd:date . person:p a td:Person .
  ev:aa oa:hasSource src:aa . edition:e td:year 2023 ; td:statedBy ev:aa }
graph:aa { remark:r td:statedBy ev:aa ; td:confidence 0.3 . ev:aa oa:hasSource src:aa .
  obs:1 td:indicator c:i ; td:area province:a ; td:period period:2023 ; td:statistic c:s ; td:comparedWith c:g .
  obs:3 td:indicator c:i ; td:area province:a ; td:period period:2023 ; td:statistic c:s ; td:comparedWith c:h }
graph:aa { edition:a td:headTerm head:a ; td:editionOf cluster:a ; td:year 2024 . head:a org:member province:a .
  member:a a td:ClusterMembership ; org:member province:a ; td:inEdition edition:b .
  edition:b td:editionOf cluster:b ; td:year 2015 .
  member:b a td:ClusterMembership ; org:member province:b ; td:inEdition edition:a }
graph:bb { remark:r td:confidence 0.6 .
  obs:2 td:indicator c:i ; td:area province:a ; td:period period:2023 ; td:statistic c:s ; td:comparedWith c:g }"""


@pytest.mark.parametrize("check", [path.stem for path in ProjectFiles.find(ROOT).cross_checks])
def test_checks_across_sources(files: ProjectFiles, tmp_path: Path, check: str) -> None:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    for text, count in ((SOUND, 0), (CROSS[check], 1)):
        store = QuadStore.memory()
        store.update(prefixes + "INSERT DATA { " + re.sub(r"(graph:\w+) \{", r"GRAPH \1 {", text) + " }")
        rebuild_union(store)
        found = across_sources(store, files, Assembly(files, store))
        assert sum(finding.shape == check for finding in found) == count
