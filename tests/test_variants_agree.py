"""One resource in many formats: whichever a client takes, the default graph says the same."""

import pytest
import rdflib
from rdflib.compare import isomorphic

from tests.conftest import Server
from tests.support.http import call
from tests.test_linked_data import HEAD, LINKS, PROVINCE
from thidua.base.formats import GRAPHS
from thidua.base.terms import BASE

#: Every address that is answered in each format of RDF, by kind.
RESOURCES = (
    f"/doc/{PROVINCE}",
    f"/doc/{HEAD}",
    "/doc/concept/role-head",
    "/doc/graph/18d8c37f4f6536d1",
    "/doc/src/bfc?page=2",
    "/dataset",
    "/ontology",
    "/shapes",
    "/.well-known/void",
    "/sparql",
    "/sparql?query=CONSTRUCT%20WHERE%20%7B%20%3Fs%20a%20%3Fc%20%7D%20LIMIT%209",
    f"/data?graph={LINKS}",
    "/data?default",
)
SUFFIXES = ("ttl", "nt", "jsonld", "rdf", "trig", "nq")


def read(server: Server, path: str, media_type: str) -> rdflib.Dataset:
    reply = call(server, path, accept=media_type)
    assert (reply.status, reply.media_type) == (200, media_type), (path, reply.text[:300])
    # Its own address is what relative IRIs are relative to, and names no graph here.
    return rdflib.Dataset().parse(data=reply.body, format=media_type)


def default_of(dataset: rdflib.Dataset) -> rdflib.Graph:
    """What a client sees that asks nothing of named graphs."""
    found = rdflib.Graph()
    for triple in dataset.default_graph:
        found.add(triple)
    return found


def same(one: rdflib.Graph, other: rdflib.Graph) -> bool:
    """Whether two graphs are equal but for the names of blank nodes; where there are none, telling it is quick."""
    blank = any(isinstance(term, rdflib.BNode) for triple in one for term in triple)
    return isomorphic(one, other) if blank else set(one) == set(other)


@pytest.mark.parametrize("path", RESOURCES)
def test_the_default_graph_is_the_same_in_every_format(server: Server, path: str) -> None:
    turtle = default_of(read(server, path, "text/turtle"))
    assert len(turtle) > 5
    for media_type in GRAPHS:
        assert same(default_of(read(server, path, media_type)), turtle), media_type


@pytest.mark.parametrize("path", [f"/id/{PROVINCE}", "/concept/role-head", "/graph/links"])
def test_each_variant_that_a_thing_leads_to_says_the_same(server: Server, path: str) -> None:
    """As a client that follows links sees it, whatever it likes best."""
    told = []
    for media_type, suffix in zip(GRAPHS, SUFFIXES, strict=True):
        location = call(server, path, accept=f"{media_type}, text/html;q=0.1").headers["Location"]
        assert location.endswith("." + suffix)
        told.append(default_of(read(server, location, media_type)))
    assert len(told[0]) > 5 and all(same(each, told[0]) for each in told)
    document = rdflib.URIRef(f"{server.url}/doc/{path.removeprefix('/id/').removeprefix('/')}")
    assert (document, rdflib.FOAF.primaryTopic, rdflib.URIRef(BASE + path[1:])) in told[0]


@pytest.mark.parametrize("media_type", ["application/trig", "application/n-quads"])
def test_named_graphs_still_say_who_says_so(server: Server, media_type: str) -> None:
    dataset = read(server, f"/doc/{HEAD}", media_type)
    thing = rdflib.URIRef(f"{BASE}id/{HEAD}")
    stated = {(p, o) for graph in dataset.graphs() for p, o in graph.predicate_objects(thing)}
    named = {
        (p, o)
        for graph in dataset.graphs()
        if graph.identifier != dataset.default_graph.identifier
        for p, o in graph.predicate_objects(thing)
    }
    assert named == stated  # nothing of a thing is only in the default graph
    assert named == set(default_of(dataset).predicate_objects(thing))
