"""OWL consistency: is the ontology, with its data, free of contradiction? The home of owlready2.

HermiT decides; it does not say why. As the axioms stay inside OWL 2 RL, every clash shows as one of a few patterns,
so the reasons are then looked for with the queries below and told in words.
"""

import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import rdflib

from thidua.base.errors import StoreError
from thidua.base.terms import ONTOLOGY, PREFIXES, shorten
from thidua.checks.hygiene import Locator
from thidua.rdf.cells import Cell
from thidua.rdf.quads import QuadStore

_PREFIXES = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("owl", "rdf", "rdfs", "td", "org"))

#: Every class a thing is in, with the statement that puts it there: told, by domain, by range.
_MEMBER = """
  {{ {thing} a ?c_{n} . BIND(rdf:type AS {why}) }}
  UNION {{ {thing} {why} ?o_{n} . {why} rdfs:subPropertyOf*/rdfs:domain ?c_{n} }}
  UNION {{ ?s_{n} {why} {thing} . {why} rdfs:subPropertyOf*/rdfs:range ?c_{n} }}
  ?c_{n} rdfs:subClassOf* {of} ."""
_DISJOINT = """{{ {a} owl:disjointWith {b} }} UNION {{ {b} owl:disjointWith {a} }}
  UNION {{ ?all a owl:AllDisjointClasses ; owl:members ?list . ?list rdf:rest*/rdf:first {a} , {b} }}
  FILTER({a} != {b} && STR({a}) < STR({b}))"""

_CLASHES = (
    _PREFIXES
    + "SELECT DISTINCT ?thing ?a ?b ?whyA ?whyB {\n  "
    + _DISJOINT.format(a="?a", b="?b")
    + _MEMBER.format(thing="?thing", why="?whyA", n="1", of="?a")
    + _MEMBER.format(thing="?thing", why="?whyB", n="2", of="?b")
    + "\n} ORDER BY ?thing"
)
_TWO_VALUES = (
    _PREFIXES
    + """SELECT DISTINCT ?thing ?property ?a ?b {
  { ?property a owl:FunctionalProperty . ?thing ?property ?a , ?b }
  UNION {
    ?restriction owl:onProperty ?property ; owl:maxCardinality ?one .
    ?class rdfs:subClassOf ?restriction .
    ?thing a/rdfs:subClassOf* ?class ; ?property ?a , ?b
  }
  FILTER(STR(?a) < STR(?b))
  FILTER(isLiteral(?a) || EXISTS { ?a a td:Province . ?b a td:Province } )
} ORDER BY ?thing"""
)
_EMPTY = (
    _PREFIXES
    + "SELECT DISTINCT ?class ?a ?b {\n  "
    + _DISJOINT.format(a="?a", b="?b")
    + """
  ?class rdfs:subClassOf* ?a ; rdfs:subClassOf* ?b .
} ORDER BY ?class"""
)


class LocatedGraph(Locator, Protocol):
    """A graph, and where in the texts something of it is said."""

    store: QuadStore


@dataclass(frozen=True)
class Verdict:
    """What the reasoner found; ``reasons`` say where to look when something is wrong."""

    consistent: bool
    unsatisfiable: tuple[str, ...]
    """IRIs of classes that nothing can ever be in."""
    reasons: tuple[str, ...]
    seconds: float


def reason(graph: LocatedGraph) -> Verdict:
    """Run HermiT over the ontology and all data.

    :raises StoreError: there is no Java.
    """
    if shutil.which("java") is None:
        raise StoreError("HermiT runs on Java and there is none; install a JRE (Debian: default-jre-headless)")
    started = time.perf_counter()
    consistent, unsatisfiable = _hermit(graph)
    reasons = tuple(clashes(graph)) if not consistent or unsatisfiable else ()
    return Verdict(consistent, unsatisfiable, reasons, time.perf_counter() - started)


def _hermit(graph: LocatedGraph) -> tuple[bool, tuple[str, ...]]:
    import owlready2

    triples = rdflib.Graph()
    triples.parse(data=graph.store.n_triples(), format="nt11")
    # OWL makes no assumption that two names are two things; for provinces we know.
    provinces = set(triples.subjects(rdflib.RDF.type, rdflib.URIRef(PREFIXES["td"] + "Province")))
    different, members = rdflib.BNode(), rdflib.BNode()
    triples.add((different, rdflib.RDF.type, rdflib.OWL.AllDifferent))
    triples.add((different, rdflib.OWL.distinctMembers, members))
    rdflib.collection.Collection(triples, members, list(provinces))
    for individual in set(triples.subjects(rdflib.RDF.type)):
        if isinstance(individual, rdflib.URIRef) and not str(individual).startswith(ONTOLOGY):
            triples.add((individual, rdflib.RDF.type, rdflib.OWL.NamedIndividual))
    logging.getLogger("owlready2").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.owl"
        triples.serialize(path, format="xml", encoding="utf-8")
        world = owlready2.World()
        loaded = world.get_ontology(path.as_uri()).load(only_local=True)
        try:
            with loaded:
                owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)
        except owlready2.OwlReadyInconsistentOntologyError:
            return False, ()
        return True, tuple(sorted(cls.iri for cls in world.inconsistent_classes() if cls is not owlready2.Nothing))


def clashes(graph: LocatedGraph) -> Iterator[str]:
    """The contradictions a person can act on, each with the lines to look at; found by queries, without HermiT."""
    for row in graph.store.select(_EMPTY):
        cls, a, b = _iris(row, "class", "a", "b")
        yield (
            f"{graph.locate(cls)}: nothing can be a {shorten(cls)}: it is below both {shorten(a)} and "
            f"{shorten(b)}, which are disjoint; take one rdfs:subClassOf away"
        )
    for row in graph.store.select(_CLASHES):
        thing, a, b, why_a, why_b = _iris(row, "thing", "a", "b", "whyA", "whyB")
        yield (
            f"{graph.locate(thing, why_a) or graph.mention(thing)}: {shorten(thing)} would be both "
            f"{shorten(a)} (by {shorten(why_a)}) and {shorten(b)} (by {shorten(why_b)}), which are disjoint; "
            f"one of the two statements is wrong"
        )
    for row in graph.store.select(_TWO_VALUES):
        thing, prop, a, b = _iris(row, "thing", "property", "a", "b")
        yield (
            f"{graph.locate(thing, prop)}: {shorten(thing)} has two values of {shorten(prop)}, "
            f"{shorten(a)} and {shorten(b)}, where there can be one; keep one, or make two records"
        )


def _iris(row: dict[str, Cell | None], *names: str) -> list[str]:
    return [cell.value if (cell := row[name]) else "" for name in names]
