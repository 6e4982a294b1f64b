"""What the dataset says of itself to harvesters: DCAT-AP's classes, and VoID's link sets, against the data."""

from collections import defaultdict

import pytest
import rdflib
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, SKOS

from tests.conftest import Server
from tests.support.http import call
from thidua.base.terms import BASE, PREFIXES
from thidua.graph import KnowledgeGraph
from thidua.metadata.void_dcat import Place, dcat

DCAT = rdflib.Namespace(PREFIXES["dcat"])
VOID = rdflib.Namespace(PREFIXES["void"])
#: The classes that DCAT-AP 3.0 states for the values of properties; what is left out there takes any resource.
RANGES = {
    DCTERMS.accessRights: DCTERMS.RightsStatement,
    DCTERMS.accrualPeriodicity: DCTERMS.Frequency,
    DCTERMS.conformsTo: DCTERMS.Standard,
    DCTERMS.creator: FOAF.Agent,
    DCTERMS["format"]: DCTERMS.MediaTypeOrExtent,
    DCTERMS.language: DCTERMS.LinguisticSystem,
    DCTERMS.license: DCTERMS.LicenseDocument,
    DCTERMS.provenance: DCTERMS.ProvenanceStatement,
    DCTERMS.publisher: FOAF.Agent,
    DCTERMS.rights: DCTERMS.RightsStatement,
    DCTERMS.spatial: DCTERMS.Location,
    DCTERMS.temporal: DCTERMS.PeriodOfTime,
    DCAT.compressFormat: DCTERMS.MediaType,
    DCAT.packageFormat: DCTERMS.MediaType,
    DCAT.mediaType: DCTERMS.MediaType,
    DCAT.dataset: DCAT.Dataset,
    DCAT.distribution: DCAT.Distribution,
    DCAT.hasVersion: DCAT.Dataset,
    DCAT.isVersionOf: DCAT.Dataset,
    DCAT.servesDataset: DCAT.Dataset,
    DCAT.service: DCAT.DataService,
    DCAT.theme: SKOS.Concept,
    FOAF.homepage: FOAF.Document,
    FOAF.page: FOAF.Document,
}
#: Properties of other values: texts, times, addresses.
OTHERS = {
    RDF.type, DCTERMS.title, DCTERMS.description, DCTERMS.identifier, DCTERMS.issued, DCTERMS.modified,
    DCAT.accessURL, DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription, DCAT.keyword, DCAT.version,
    FOAF.name, SKOS.prefLabel, rdflib.URIRef("http://www.w3.org/ns/adms#versionNotes"),
}  # fmt: skip


def untyped(graph: rdflib.Graph) -> set[tuple[str, str]]:
    """Values that lack the class that the profile states."""
    return {
        (str(p), str(o))
        for p, kind in RANGES.items()
        for o in graph.objects(None, p)
        if (o, RDF.type, kind) not in graph
    }


@pytest.fixture(scope="module", params=[Place("http://h/", False, "Ban Thi đua"), Place("http://h/", True, "Ban")])
def described(kg: KnowledgeGraph, request: pytest.FixtureRequest) -> rdflib.Graph:
    text = dcat(kg.current(), kg.versions(), request.param)
    return rdflib.Graph().parse(data=text, format="turtle")


def test_every_value_has_the_class_that_the_profile_states(described: rdflib.Graph) -> None:
    assert untyped(described) == set()
    used = set(described.predicates())
    assert used <= RANGES.keys() | OTHERS, "say in RANGES or OTHERS what the values of a new property are"
    for name in used & RANGES.keys():  # and each of them is looked at
        less = rdflib.Graph() + described
        value = next(less.objects(None, name))
        less.remove((value, RDF.type, RANGES[name]))
        assert untyped(less)


def test_as_served(server: Server) -> None:
    graph = rdflib.Graph().parse(data=call(server, "/dataset", accept="text/turtle").body, format="turtle")
    assert untyped(graph) == set()
    it = rdflib.URIRef(BASE + "dataset")
    for name in (DCTERMS.license, DCTERMS.language, DCTERMS.spatial, DCAT.theme, DCTERMS.accrualPeriodicity):
        assert (it, name, None) in graph
    assert {label.language for label in graph.objects(graph.value(it, DCAT.theme), SKOS.prefLabel)} == {"vi", "en"}


def test_link_sets_count_what_is_linked(server: Server, kg: KnowledgeGraph) -> None:
    void = rdflib.Graph().parse(data=call(server, "/.well-known/void", accept="text/turtle").body, format="turtle")
    merged = rdflib.Graph().parse(data=kg.current().graph(None, "application/n-triples").read(), format="nt")
    it = rdflib.URIRef(BASE + "dataset")
    counted: dict[tuple[str, str], tuple[int, int, int]] = {}
    for links in void.subjects(RDF.type, VOID.Linkset):
        (predicate,), (target,) = void.objects(links, VOID.linkPredicate), void.objects(links, VOID.objectsTarget)
        assert list(void.objects(links, VOID.subjectsTarget)) == [it]
        assert set(void.objects(links, VOID.target)) == {it, target}
        assert (it, VOID.subset, links) in void
        assert (it, RDF.type, VOID.Dataset) in void and (target, RDF.type, VOID.Dataset) in void
        numbers = [
            int(str(void.value(links, name))) for name in (VOID.triples, VOID.distinctSubjects, VOID.distinctObjects)
        ]
        counted[str(predicate), str(void.value(target, VOID.uriSpace))] = (numbers[0], numbers[1], numbers[2])
    found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    matches = {
        SKOS.exactMatch,
        SKOS.closeMatch,
        SKOS.broadMatch,
        SKOS.narrowMatch,
        SKOS.relatedMatch,
        rdflib.OWL.sameAs,
    }
    for predicate in matches | set(merged.objects(None, VOID.linkPredicate)):
        for subject, target in merged.subject_objects(predicate):
            if isinstance(target, rdflib.URIRef) and not str(target).startswith(BASE):
                space = "/".join(str(target).split("/")[:3]) + "/"
                found[str(predicate), space].add((str(subject), str(target)))
    assert counted == {
        key: (len(pairs), len({s for s, _ in pairs}), len({o for _, o in pairs})) for key, pairs in found.items()
    }
    assert {predicate for predicate, _ in counted} == {str(SKOS.exactMatch), str(SKOS.closeMatch), str(RDFS.seeAlso)}
    for graph in void.objects(it, VOID.subset):
        assert (graph, RDF.type, VOID.Dataset) in void or (graph, RDF.type, VOID.Linkset) in void
