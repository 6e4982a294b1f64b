"""The ontology stays inside OWL 2 RL, and its alignments are what the model says."""

from collections.abc import Iterator

import pytest
import rdflib
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, XSD

from tests.support.paths import ROOT
from thidua.base.terms import PREFIXES, TD

# https://www.w3.org/TR/owl2-profiles/#OWL_2_RL: what may stand on either side of a subclass axiom.
ANYWHERE = {OWL.hasValue, OWL.intersectionOf}
SUPERCLASS_ONLY = {OWL.allValuesFrom, OWL.complementOf, OWL.maxCardinality, OWL.maxQualifiedCardinality}
SUBCLASS_ONLY = {OWL.someValuesFrom, OWL.unionOf, OWL.oneOf}
DATATYPES = {XSD.integer, XSD.decimal, XSD.string, XSD.boolean, XSD.dateTime, XSD.anyURI, RDFS.Literal}
FORBIDDEN = {
    OWL.ReflexiveProperty, OWL.disjointUnionOf, OWL.hasSelf, OWL.minCardinality, OWL.minQualifiedCardinality,
    OWL.cardinality, OWL.qualifiedCardinality, OWL.onDatatype, OWL.datatypeComplementOf,
}  # fmt: skip


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(ROOT / "ontology/thidua.ttl")


def expression_faults(graph: rdflib.Graph, node: rdflib.term.Node, *, above: bool) -> Iterator[str]:
    """What keeps a class expression out of OWL 2 RL on its side of the axiom."""
    if isinstance(node, rdflib.URIRef):
        if node == OWL.Thing and not above:
            yield "owl:Thing below"
        return
    constructors = {p for p in graph.predicates(node) if p in ANYWHERE | SUPERCLASS_ONLY | SUBCLASS_ONLY}
    allowed = ANYWHERE | (SUPERCLASS_ONLY if above else SUBCLASS_ONLY)
    if not constructors:
        yield f"unknown expression {list(graph.predicate_objects(node))}"
    for constructor in constructors:
        if constructor not in allowed:
            yield f"{constructor} {'above' if above else 'below'}"
        for inner in graph.objects(node, constructor):
            if constructor in (OWL.intersectionOf, OWL.unionOf):
                for member in Collection(graph, inner):
                    yield from expression_faults(graph, member, above=above)
            elif constructor in (OWL.allValuesFrom, OWL.someValuesFrom):
                yield from expression_faults(graph, inner, above=above)
            elif constructor == OWL.complementOf:
                yield from expression_faults(graph, inner, above=False)
            elif constructor in (OWL.maxCardinality, OWL.maxQualifiedCardinality) and int(str(inner)) > 1:
                yield f"cardinality {inner}"


def faults(graph: rdflib.Graph) -> list[str]:
    """Every axiom outside OWL 2 RL."""
    found = []
    for sub, sup in graph.subject_objects(RDFS.subClassOf):
        found += [f"{sub}: {fault}" for fault in expression_faults(graph, sub, above=False)]
        found += [f"{sub}: {fault}" for fault in expression_faults(graph, sup, above=True)]
    for side, other in graph.subject_objects(OWL.equivalentClass):
        for node in (side, other):
            found += [
                f"{node}: {fault}" for above in (True, False) for fault in expression_faults(graph, node, above=above)
            ]
    for axiom in (RDFS.domain, RDFS.range):
        for prop, target in graph.subject_objects(axiom):
            is_data = (prop, RDF.type, OWL.DatatypeProperty) in graph
            if axiom == RDFS.range and is_data:
                if target not in DATATYPES:
                    found.append(f"{prop}: datatype {target}")
            else:
                found += [f"{prop}: {fault}" for fault in expression_faults(graph, target, above=True)]
    found += [f"{s}: {p} {o}" for s, p, o in graph if p in FORBIDDEN or o in FORBIDDEN]
    return found


def test_every_axiom_is_in_owl_2_rl(ontology: rdflib.Graph) -> None:
    assert len(list(ontology.subject_objects(RDFS.subClassOf))) > 40
    assert not faults(ontology)


@pytest.mark.parametrize(
    "axiom",
    [
        "td:HeadTerm rdfs:subClassOf [ a owl:Restriction ; owl:onProperty td:x ; owl:someValuesFrom td:Province ] .",
        "td:HeadTerm rdfs:subClassOf [ a owl:Class ; owl:unionOf ( td:Province td:Person ) ] .",
        "td:HeadTerm rdfs:subClassOf [ a owl:Restriction ; owl:onProperty td:x ; owl:maxCardinality 2 ] .",
        "td:HeadTerm owl:equivalentClass [ a owl:Restriction ; owl:onProperty td:x ; owl:allValuesFrom td:Province ] .",
        "td:d a owl:DatatypeProperty ; rdfs:range xsd:date .",
        "td:p a owl:ReflexiveProperty .",
    ],
)
def test_the_walk_sees_what_is_outside(axiom: str) -> None:
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    assert faults(rdflib.Graph().parse(data=prefixes + axiom, format="turtle"))


@pytest.mark.parametrize(
    ("term", "above"),
    [
        ("EmulationCluster", "org:OrganizationalCollaboration"),
        ("Province", "org:FormalOrganization"),
        ("Province", "schema:AdministrativeArea"),
        ("Province", "geo:Feature"),
        ("ProvinceChange", "org:ChangeEvent"),
        ("PublicBody", "cv:PublicOrganisation"),
        ("Person", "foaf:Person"),
        ("Post", "org:Post"),
        ("HeadTerm", "td:LeadershipTerm"),
        ("LeadershipTerm", "org:Membership"),
        ("EmulationMovement", "skos:Concept"),
        ("LegalDocument", "eli:LegalResource"),
        ("LegalDocument", "td:Document"),
        ("Observation", "qb:Observation"),
        ("SourceDocument", "prov:Entity"),
        ("Evidence", "oa:SpecificResource"),
        ("ExtractionRun", "prov:Activity"),
        ("Period", "time:ProperInterval"),
    ],
)
def test_alignments(ontology: rdflib.Graph, term: str, above: str) -> None:
    prefix, _, local = above.partition(":")
    assert (rdflib.URIRef(TD + term), RDFS.subClassOf, rdflib.URIRef(PREFIXES[prefix] + local)) in ontology


def test_nothing_is_imported(ontology: rdflib.Graph) -> None:
    assert not list(ontology.objects(None, OWL.imports))


def test_terms_of_the_last_version_stand_or_name_a_successor() -> None:
    """Nobody's query breaks without a word: what goes is deprecated, says what takes its place, and is in the changes."""
    graph = rdflib.Graph()
    for path in sorted((ROOT / "ontology").glob("*.ttl")):
        graph.parse(path)
    last = (ROOT / "tests/data/terms-1.1.0.txt").read_text(encoding="utf-8").split()
    assert len(last) > 300
    changes = (ROOT / "docs/ontology-changes.md").read_text(encoding="utf-8")
    for name in last:
        prefix, _, local = name.partition(":")
        term = rdflib.URIRef(PREFIXES[prefix] + local)
        assert (term, None, None) in graph, f"{name} is gone; keep it, deprecated, with its successor"
        if (term, OWL.deprecated, None) in graph:
            successor = graph.value(term, rdflib.DCTERMS.isReplacedBy)
            assert successor and (successor, OWL.deprecated, None) not in graph, name
            assert f"`{name}`" in changes, f"{name} is not told of in docs/ontology-changes.md"


def test_the_changes_name_every_new_term_of_this_version() -> None:
    graph = rdflib.Graph().parse(ROOT / "ontology/thidua.ttl")
    last = set((ROOT / "tests/data/terms-1.1.0.txt").read_text(encoding="utf-8").split())
    changes = (ROOT / "docs/ontology-changes.md").read_text(encoding="utf-8")
    version = graph.value(rdflib.URIRef(TD.rstrip("#")), OWL.versionInfo)
    assert f"## {version}" in changes
    new = {f"td:{str(term).removeprefix(TD)}" for term in graph.subjects(RDFS.isDefinedBy)} - last
    assert new and not [name for name in sorted(new) if f"`{name}`" not in changes]
