"""Linked data as clients meet it: things that dereference, the dataset described, versions downloaded."""

import gzip
import re
from pathlib import Path

import pyshacl
import pytest
import rdflib
from rdflib.namespace import DCTERMS, RDF, RDFS, SH

from tests.support.http import BROWSER, Reply, call
from tests.support.paths import ROOT
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.base.errors import UnknownThingError
from thidua.base.files import ProjectFiles
from thidua.base.formats import GRAPHS
from thidua.base.terms import BASE, INFERRED, KINDS, LICENSE, PREFIXES, TD
from thidua.checks.shacl import read_shapes
from thidua.graph import KnowledgeGraph
from thidua.rdf.quads import QuadStore
from thidua.versions.publish import digest
from thidua.versions.store import combined, read_digests
from thidua.write.request import Write
from thidua.write.transaction import Writer

HEAD = "head/dong-bang-song-hong_2024_nam-dinh"
PROVINCE = "province/ninh-binh-2025"
LINKS = BASE + "graph/links"
VOID = rdflib.Namespace(PREFIXES["void"])
DCAT = rdflib.Namespace(PREFIXES["dcat"])

Triple = tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]


@pytest.fixture(scope="module")
def merged(kg: KnowledgeGraph) -> rdflib.Graph:
    """The default graph, read by another library."""
    return rdflib.Graph().parse(data=kg.current().graph(None, "application/n-triples").read(), format="nt")


@pytest.fixture(scope="module")
def samples(merged: rdflib.Graph) -> list[str]:
    """An address of each kind of thing there is."""
    found: dict[str, str] = {}
    for subject in sorted(set(merged.subjects()), key=str):
        path = str(subject).removeprefix(BASE).removeprefix("id/")
        if str(subject).startswith((BASE + "id/", BASE + "concept/", BASE + "graph/")):
            found.setdefault(path.partition("/")[0], path)
    assert found.keys() - set(KINDS) == {"concept", "graph"}
    return [*found.values(), HEAD, "ev/18d8c37f4f6536d1_4315-4384_span", "graph/18d8c37f4f6536d1"]


def address(path: str) -> str:
    """Where w3id.org leads for an IRI: its own path, at the service."""
    return f"/{path}" if path.startswith(("concept/", "graph/")) else f"/id/{path}"


def graph_of(reply: Reply) -> rdflib.Dataset:
    assert reply.status == 200, reply.text
    return rdflib.Dataset().parse(data=reply.body, format=reply.media_type)


def triples_of(dataset: rdflib.Dataset) -> set[Triple]:
    return {(s, p, o) for s, p, o, _ in dataset.quads()}


# Things.


def test_every_kind_of_thing_leads_to_rdf_that_says_what_the_graph_says(
    server: Server, samples: list[str], merged: rdflib.Graph
) -> None:
    for path in samples:
        thing = rdflib.URIRef(BASE + address(path)[1:])
        reply = call(server, address(path), accept="application/n-triples")
        assert (reply.status, reply.headers["Location"], reply.body) == (303, f"/doc/{path}.nt", b"")
        told = triples_of(graph_of(call(server, reply.headers["Location"])))
        extra = {VOID.triples, VOID.dataDump}
        assert {t for t in told if t[0] == thing and t[1] not in extra} == set(merged.triples((thing, None, None)))
        others = {t for t in told if t[2] == thing and t[1] != rdflib.FOAF.primaryTopic}
        assert others <= set(merged.triples((None, None, thing)))
        assert bool(others) == ((None, None, thing) in merged)


@pytest.mark.parametrize(
    ("media_type", "suffix"), [*zip(GRAPHS, ("ttl", "nt", "jsonld", "rdf", "trig", "nq"), strict=True)]
)
def test_each_format_by_accept_and_by_ending(server: Server, media_type: str, suffix: str) -> None:
    reply = call(server, f"/id/{PROVINCE}", accept=media_type)
    assert (reply.status, reply.headers["Location"]) == (303, f"/doc/{PROVINCE}.{suffix}")
    by_ending, by_accept = (
        call(server, f"/doc/{PROVINCE}.{suffix}"),
        call(server, f"/doc/{PROVINCE}", accept=media_type),
    )
    assert by_ending.media_type == by_accept.media_type == media_type
    thing = rdflib.URIRef(BASE + "id/" + PROVINCE)
    told = [{t for t in triples_of(graph_of(each)) if t[0] == thing} for each in (by_ending, by_accept)]
    assert told[0] == told[1]
    assert len(told[0]) > 20
    assert (None, DCTERMS.license, rdflib.URIRef(LICENSE)) in graph_of(by_ending)


def test_formats_with_graphs_say_who_states_what(server: Server, kg: KnowledgeGraph) -> None:
    thing = rdflib.URIRef(BASE + "id/" + HEAD)
    rows = kg.current().select(f"SELECT ?g ?p ?o {{ GRAPH ?g {{ <{thing}> ?p ?o }} }}")
    stated = {tuple(row[name].value for name in "gpo") for row in rows}  # type: ignore[union-attr]
    default = rdflib.graph.DATASET_DEFAULT_GRAPH_ID
    for suffix in ("trig", "nq"):
        dataset = graph_of(call(server, f"/doc/{HEAD}.{suffix}"))
        assert {(str(g), str(p), str(o)) for s, p, o, g in dataset.quads() if s == thing and g != default} == stated
    assert {graph for graph, _, _ in stated} == {INFERRED, BASE + "graph/18d8c37f4f6536d1"}


def test_browsers_get_a_page_in_their_language(server: Server) -> None:
    reply = call(server, f"/id/{HEAD}", accept=BROWSER)
    assert (reply.status, reply.headers["Location"]) == (303, f"/doc/{HEAD}.html")
    vi = call(server, f"/doc/{HEAD}.html", headers={"Accept-Language": "vi"}).text
    en = call(server, f"/doc/{HEAD}.html", headers={"Accept-Language": "en"}).text
    assert 'href="/doc/province/nam-dinh"' in vi
    assert ">Nam Định<" in vi and ">nêu tại<" in vi and "ký tự 4315–4384" in vi
    assert ">Nam Định<" in en and ">stated by<" in en and "characters 4315–4384" in en
    for page in (vi, en):
        assert 'href="/doc/src/18d8c37f4f6536d1"' in page  # the source of a statement, and of the passage
        assert 'href="/doc/edition/dong-bang-song-hong_2024"' in page  # who refers to it
        assert f'href="/doc/{HEAD}.trig"' in page
        assert "<script" not in page.replace('<script type="application/ld+json">', "")


def test_a_page_links_to_other_registries(server: Server) -> None:
    page = call(server, f"/doc/{PROVINCE}.html?lang=en").text
    assert "<h1>Ninh Bình (since July 1, 2025)</h1>" in page
    assert 'href="http://www.wikidata.org/entity/Q36900"' in page
    assert 'href="https://sws.geonames.org/13494348/"' in page
    assert "ninh binh" not in page  # the folded name is for the index
    assert 'href="/doc/region-' not in page
    assert 'href="/doc/concept/region-dong-bang-song-hong?lang=en"' in page


def test_what_others_say_is_paged_and_counted(server: Server, merged: rdflib.Graph) -> None:
    thing = rdflib.URIRef(BASE + "id/src/bfc")
    wanted = set(merged.triples((None, None, thing)))
    assert len(wanted) > 100
    first = call(server, "/doc/src/bfc.html?lang=en").text
    assert f"<small>{len(wanted)}</small>" in first
    pages = -(-len(wanted) // 50)
    assert f"1/{pages}" in first and 'href="/doc/src/bfc?page=2&amp;lang=en"' in first
    told: list[Triple] = []
    for page in range(1, pages + 1):
        reply = call(server, f"/id/src/bfc?page={page}", accept="text/turtle")
        dataset = graph_of(call(server, reply.headers["Location"]))
        told += [t for t in triples_of(dataset) if t[2] == thing and t[1] != rdflib.FOAF.primaryTopic]
    assert len(told) == len(wanted) and set(told) == wanted
    for wrong in (pages + 1, 0, "x", "-1", "9" * 30):
        assert call(server, f"/doc/src/bfc.ttl?page={wrong}").status == 400


def test_a_graph_says_how_large_it_is_and_where_to_get_it(server: Server, store: Path) -> None:
    size = read_digests(store / "current")[LINKS][1]
    dataset = graph_of(call(server, "/doc/graph/links.ttl"))
    assert int(dataset.value(rdflib.URIRef(LINKS), VOID.triples)) == size
    dump = str(dataset.value(rdflib.URIRef(LINKS), VOID.dataDump))
    assert dump == f"{server.url}/data?graph={LINKS}"
    assert len(graph_of(call(server, dump.removeprefix(server.url), accept="application/n-triples"))) == size
    assert f"{size} statements" in call(server, "/doc/graph/links.html?lang=en").text


def test_reads_behave_like_the_others(server: Server) -> None:
    reply = call(server, f"/doc/{HEAD}.ttl")
    assert reply.headers["Cache-Control"] == "no-cache"
    assert reply.headers["X-Graph-Version"] == "1"
    assert f'<{BASE}id/{HEAD}>; rel="describes"' in reply.headers.get_all("Link", [])
    assert any('rel="alternate"; type="application/trig"' in link for link in reply.headers.get_all("Link", []))
    again = call(server, f"/doc/{HEAD}.ttl", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    pinned = call(server, f"/id/{HEAD}?version=1", accept="text/turtle")
    assert pinned.headers["Location"] == f"/doc/{HEAD}.ttl?version=1"
    assert "immutable" in call(server, pinned.headers["Location"]).headers["Cache-Control"]
    for path in (
        f"/id/{HEAD}",
        f"/doc/{HEAD}.ttl",
        "/dataset",
        "/.well-known/void",
        "/ontology",
        "/shapes",
        "/dumps/1.nq",
    ):
        head = call(server, path, method="HEAD", accept="*/*")
        assert (head.status, head.body) == (303 if "/id/" in path else 200, b"")
        assert head.headers["Access-Control-Allow-Origin"] == "*"
        assert "Accept" in head.vary()
        options = call(server, path, method="OPTIONS", headers={"Origin": "https://example.org"})
        assert options.status == 204
        assert "HEAD" in options.headers["Allow"] and options.headers["Access-Control-Allow-Origin"] == "*"
        assert call(server, path, method="PUT", body=b"").status == 405


def test_unknown_things_are_answered_with_names_that_come_near(server: Server) -> None:
    reply = call(server, "/id/province/ninh_binh", accept="text/turtle, application/json")
    assert (reply.status, reply.json["code"]) == (404, "unknown-thing")
    assert {each["iri"] for each in reply.json["candidates"]} >= {
        BASE + "id/province/ninh-binh",
        BASE + "id/" + PROVINCE,
    }
    of_record = call(server, "/doc/edition/dong-bang-song-hong_2099.ttl").json
    assert BASE + "id/cluster/dong-bang-song-hong" in {each["iri"] for each in of_record["candidates"]}
    page = call(server, "/id/province/ninh_binh", accept=BROWSER)
    assert page.status == 404 and 'href="/doc/province/ninh-binh"' in page.text
    kinds = call(server, "/id/provinces/thai-binh")
    assert kinds.status == 404 and "province" in kinds.json["detail"]


@pytest.mark.parametrize(
    "path",
    ["/id/province", "/id/province/", "/id/province/a/b", "/id/province/a%20b", "/id/province/Th%C3%A1i-B%C3%ACnh",
     "/id/province/x%3E%20%3Fp%20%3Fo", "/doc/province/thai-binh.pdf", "/doc/thai-binh.ttl",
     "/concept/" + "a" * 1000],
)  # fmt: skip
def test_malformed_addresses_are_refused(server: Server, path: str) -> None:
    reply = call(server, path)
    assert (reply.status, reply.json["code"]) == (400, "bad-input")


def test_what_is_gone_says_which_version_had_it(store: Path, files: ProjectFiles, tmp_path: Path) -> None:
    root = copied(store, tmp_path / "store")
    Writer(root, files).write(Write("delete", LINKS))
    with running(root) as service:
        gone = call(service, "/graph/links", accept="text/turtle")
        assert (gone.status, gone.json["code"], gone.json["version"]) == (410, "gone", 1)
        assert 'href="/doc/graph/links?version=1"' in call(service, "/doc/graph/links", accept=BROWSER).text
        assert call(service, "/doc/graph/links.ttl?version=1").status == 200
        for number, links in ((1, 3), (2, 0)):
            turtle = graph_of(call(service, f"/doc/{PROVINCE}.ttl?version={number}"))
            matches = [p for p in turtle.predicates(rdflib.URIRef(BASE + "id/" + PROVINCE)) if "Match" in str(p)]
            assert len(matches) == links
        assert call(service, "/id/province/never-was").status == 404
        listed = call(service, "/dataset", accept="text/turtle")
        assert len(list(graph_of(listed).objects(rdflib.URIRef(BASE + "dataset"), DCAT.hasVersion))) == 2


def test_a_thing_with_very_many_statements_is_described_in_time(tmp_path: Path) -> None:
    """The service is told to give up after four seconds; sorting these takes the engine five and a half."""
    many, graph = 60_000, f"<{BASE}graph/many>"
    hub, kind = f"<{BASE}id/province/hub>", f"<{PREFIXES['skos']}prefLabel>"
    lines = [f'{hub} {kind} "Hub"@vi {where}.\n' for where in ("", graph)]
    for number in range(many):
        thing = f"<{BASE}id/person/p{number}>"
        lines += [f"{thing} <{TD}heldIn> {hub} {where}.\n" for where in ("", graph)]
    lines += [
        f"{hub} <{TD}about> <{BASE}id/person/p{number}> {where}.\n" for number in range(3000) for where in ("", graph)
    ]
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "hub.nq").write_text("".join(lines), encoding="utf-8")
    with running(tmp_path / "none", "--plain", str(folder), env={"THIDUA_TIMEOUT": "4"}) as service:
        for page in (1, many // 50):
            told = triples_of(graph_of(call(service, f"/doc/province/hub.nq?page={page}")))
            assert sum(t[1:] == (rdflib.URIRef(TD + "heldIn"), rdflib.URIRef(hub[1:-1])) for t in told) == 50
            assert sum(t[:2] == (rdflib.URIRef(hub[1:-1]), rdflib.URIRef(TD + "about")) for t in told) == 3000
        assert f"<small>{many}</small>" in call(service, "/doc/province/hub.html").text


def test_the_library_describes_without_a_service(kg: KnowledgeGraph) -> None:
    found = kg.current().describe(BASE + "id/" + HEAD)
    (passage,) = found.passages
    assert (passage.source, passage.start, passage.end, passage.stated) == (
        BASE + "id/src/18d8c37f4f6536d1",
        4315,
        4384,
        True,
    )
    member = next(each for each in found.statements if each.property == PREFIXES["org"] + "member")
    assert member.graphs == (BASE + "graph/18d8c37f4f6536d1",)
    assert found.label(member.value.value, "vi") == "Nam Định"
    with pytest.raises(UnknownThingError, match="Perhaps: province:thai-binh"):
        kg.current().describe(BASE + "id/province/thai-binhh")


def test_tables_lead_to_the_pages_of_things(server: Server) -> None:
    page = call(server, "/questions/who-led?cluster=dong-bang-song-hong&year=2023&lang=en", accept=BROWSER).text
    assert 'href="/doc/province/thai-binh?lang=en"' in page


# The words.


def test_the_ontology_is_a_page_with_a_place_for_each_term_or_rdf(server: Server, kg: KnowledgeGraph) -> None:
    ontology = rdflib.Graph().parse(ROOT / "ontology/thidua.ttl")
    served = call(server, "/ontology", accept="application/n-triples")
    assert len(graph_of(served)) == len(ontology)
    page = call(server, "/ontology", accept=BROWSER).text
    terms = {str(term) for term in ontology.subjects(RDFS.isDefinedBy) if str(term).startswith(TD)}
    assert terms == {TD + name for name in re.findall(r'<section id="([A-Za-z]+)">', page)}
    assert call(server, "/ontology/2.0.0", accept="text/turtle").status == 200
    missing = call(server, "/ontology/0.9.0")
    assert missing.status == 404 and "2.0.0" in missing.json["detail"]


def test_the_shapes_are_served(server: Server, files: ProjectFiles) -> None:
    served = graph_of(call(server, "/shapes", accept="text/turtle"))
    kept = read_shapes(files.shapes)
    assert set(served.subjects(RDF.type, SH.NodeShape)) == set(kept.subjects(RDF.type, SH.NodeShape))
    assert len(served) == len(kept)
    assert "tdsh:HeadTerm" in call(server, "/shapes", accept=BROWSER).text


# The dataset.


@pytest.fixture(scope="module")
def void(server: Server) -> rdflib.Dataset:
    return graph_of(call(server, "/.well-known/void", accept="text/turtle"))


def test_void_counts_what_is_there(void: rdflib.Dataset, merged: rdflib.Graph, store: Path) -> None:
    it = rdflib.URIRef(BASE + "dataset")
    assert int(void.value(it, VOID.triples)) == len(merged)
    assert int(void.value(it, VOID.distinctSubjects)) == len(set(merged.subjects()))
    assert int(void.value(it, VOID.distinctObjects)) == len(set(merged.objects()))
    classes = {void.value(part, VOID["class"]): part for part in void.objects(it, VOID.classPartition)}
    assert set(classes) == set(merged.objects(predicate=RDF.type))
    for kind, part in classes.items():
        members = set(merged.subjects(RDF.type, kind))
        assert int(void.value(part, VOID.entities)) == len(members)
        counted = {
            void.value(each, VOID.property): int(void.value(each, VOID.triples))
            for each in void.objects(part, VOID.propertyPartition)
        }
        held = [p for member in members for p in merged.predicates(member, unique=False)]
        assert counted == {name: sum(len(list(merged.objects(m, name))) for m in members) for name in set(held)}
    properties = {void.value(part, VOID.property): part for part in void.objects(it, VOID.propertyPartition)}
    assert set(properties) == set(merged.predicates())
    for name, part in properties.items():
        assert int(void.value(part, VOID.triples)) == len(list(merged.triples((None, name, None))))
        assert int(void.value(part, VOID.distinctObjects)) == len(set(merged.objects(predicate=name)))
    sizes = {
        str(graph): int(void.value(graph, VOID.triples))
        for graph in void.objects(it, VOID.subset)
        if str(graph).startswith(BASE)
    }
    assert sizes == {name: size for name, (_, size) in read_digests(store / "current").items()}


def test_void_describes_the_links_to_other_registries(void: rdflib.Dataset, merged: rdflib.Graph) -> None:
    found = {}
    for linkset in void.subjects(RDF.type, VOID.Linkset):
        space = str(void.value(void.value(linkset, VOID.objectsTarget), VOID.uriSpace))
        predicate = void.value(linkset, VOID.linkPredicate)
        found[space, predicate] = int(void.value(linkset, VOID.triples))
        assert found[space, predicate] == sum(str(o).startswith(space) for o in merged.objects(predicate=predicate))
    assert {space for space, _ in found} >= {
        "http://www.wikidata.org/", "https://sws.geonames.org/", "https://www.openstreetmap.org/"
    }  # fmt: skip


def test_void_is_the_same_each_time_and_pages_lead_to_the_dataset(server: Server) -> None:
    first, second = (call(server, "/.well-known/void", accept="text/turtle") for _ in range(2))
    assert first.body == second.body and first.headers["ETag"] == second.headers["ETag"]
    assert call(server, "/.well-known/void", headers={"If-None-Match": first.headers["ETag"]}).status in (200, 304)
    reply = call(server, "/.well-known/void", accept=BROWSER)
    assert (reply.status, reply.headers["Location"]) == (303, "/dataset")


def test_each_example_query_runs(void: rdflib.Dataset, kg: KnowledgeGraph, server: Server) -> None:
    examples = set(void.subjects(RDF.type, SH.SPARQLSelectExecutable))
    assert {str(each).rpartition("/")[2] for each in examples} == set(kg.questions)
    for each in examples:
        assert (each, RDF.type, SH.SPARQLExecutable) in void
        assert {label.language for label in void.objects(each, RDFS.comment)} == {"vi", "en"}
        assert void.value(each, rdflib.URIRef(PREFIXES["schema"] + "target")) == rdflib.URIRef(server.url + "/sparql")
        assert b'"head"' in kg.query(str(void.value(each, SH.select))).read()
        declared = set(void.objects(void.value(each, SH.prefixes), SH.declare))
        assert {str(void.value(d, SH.prefix)) for d in declared} == set(PREFIXES)


DCAT_AP = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
# What DCAT-AP 3.0 makes mandatory, but for the publisher of a catalogue, whom only the operator knows.
[] a sh:NodeShape ; sh:targetClass dcat:Catalog ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:uniqueLang true ] ,
    [ sh:path dct:description ; sh:minCount 1 ; sh:uniqueLang true ] ,
    [ sh:path dcat:dataset ; sh:minCount 1 ; sh:class dcat:Dataset ] ,
    [ sh:path dcat:service ; sh:class dcat:DataService ] ,
    [ sh:path dct:publisher ; sh:maxCount 1 ; sh:class foaf:Agent ] .
[] a sh:NodeShape ; sh:targetClass dcat:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:uniqueLang true ] ,
    [ sh:path dct:description ; sh:minCount 1 ; sh:uniqueLang true ] ,
    [ sh:path dct:license ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dcat:version ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ] ,
    [ sh:path dct:modified ; sh:maxCount 1 ; sh:datatype xsd:dateTime ] ,
    [ sh:path dcat:distribution ; sh:minCount 1 ; sh:class dcat:Distribution ] .
[] a sh:NodeShape ; sh:targetClass dcat:Distribution ;
  sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dcat:downloadURL ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dct:license ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dct:format ; sh:minCount 1 ; sh:maxCount 1 ] ,
    [ sh:path dcat:mediaType ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] .
[] a sh:NodeShape ; sh:targetClass dcat:DataService ;
  sh:property [ sh:path dcat:endpointURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dct:title ; sh:minCount 1 ] , [ sh:path dcat:servesDataset ; sh:class dcat:Dataset ] .
"""


def conforms(graph: rdflib.Graph) -> bool:
    return bool(pyshacl.validate(graph, shacl_graph=rdflib.Graph().parse(data=DCAT_AP, format="turtle"))[0])


def test_dcat_has_what_the_profile_demands(server: Server) -> None:
    graph = rdflib.Graph().parse(data=call(server, "/dataset", accept="text/turtle").body, format="turtle")
    it = rdflib.URIRef(BASE + "dataset")
    assert conforms(graph)
    assert graph.value(it, DCTERMS.license) == rdflib.URIRef(LICENSE)
    assert not list(graph.objects(None, DCTERMS.publisher))
    for subject, name in ((it, DCTERMS.title), (None, DCAT.accessURL), (None, DCAT.endpointURL)):
        less = rdflib.Graph() + graph
        less.remove((subject, name, None))
        assert not conforms(less)
    files = list(graph.objects(it, DCAT.distribution))
    assert len(files) == 4
    for file in files:
        assert call(server, str(file).removeprefix(server.url), method="HEAD").status == 200


def test_the_licence_is_the_one_in_the_file() -> None:
    assert LICENSE in (ROOT / "LICENSE-DATA").read_text(encoding="utf-8")


def test_an_operator_may_say_who_publishes(store: Path, tmp_path: Path) -> None:
    with running(copied(store, tmp_path / "store"), env={"THIDUA_PUBLISHER": 'Người "thử"'}) as service:
        graph = rdflib.Graph().parse(data=call(service, "/dataset", accept="text/turtle").body, format="turtle")
    assert conforms(graph)
    (name,) = {graph.value(agent, rdflib.FOAF.name) for agent in graph.objects(None, DCTERMS.publisher)}
    assert str(name) == 'Người "thử"'


def test_the_dataset_has_a_page(server: Server) -> None:
    page = call(server, "/dataset?lang=en", accept=BROWSER).text
    assert "CC BY 4.0" in page and 'href="/dumps/1.nq.gz"' in page and 'href="/.well-known/void"' in page


def loaded(body: bytes, media_type: str) -> QuadStore:
    store = QuadStore.memory()
    store.load(body, media_type, None, None)
    return store


@pytest.mark.parametrize(("suffix", "media_type"), [("trig", "application/trig"), ("nq", "application/n-quads")])
def test_a_dump_is_the_version(server: Server, store: Path, kg: KnowledgeGraph, suffix: str, media_type: str) -> None:
    plain, zipped = call(server, f"/dumps/1.{suffix}"), call(server, f"/dumps/1.{suffix}.gz")
    assert (plain.status, plain.media_type) == (200, media_type)
    assert (zipped.status, zipped.media_type) == (200, "application/gzip")
    assert int(zipped.headers["Content-Length"]) == len(zipped.body)
    assert gzip.decompress(zipped.body) == plain.body
    assert zipped.body == call(server, f"/dumps/1.{suffix}.gz").body
    assert "immutable" in plain.headers["Cache-Control"] and plain.headers["X-Graph-Version"] == "1"
    copy = loaded(plain.body, media_type)
    found = digest(copy, copy.graphs())
    assert found == read_digests(store / "current")
    assert combined(found) == kg.version.hash
    assert copy.graph_hash(None) == QuadStore.read_only(store / "current/rocksdb").graph_hash(None)


def test_a_dump_is_whole_or_an_error(store: Path, tmp_path: Path) -> None:
    with running(copied(store, tmp_path / "store"), env={"THIDUA_ANSWER": "4"}) as service:
        reply = call(service, "/dumps/1.nq")
        assert (reply.status, reply.json["code"]) == (503, "answer-too-large")
        assert call(service, "/dumps/1.nq.gz").status == 200
        assert call(service, "/dumps/2.nq").status == 404
        assert call(service, "/dumps/1.hdt").status == 404
