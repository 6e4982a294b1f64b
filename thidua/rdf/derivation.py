"""Materialisation: a rule run into a graph or into the union, and the union of all graphs kept in step.

The default graph of a store being built or written is the union of its named graphs, each triple once, with what the
rules infer. A rule is a CONSTRUCT. Triples come and go as N-Triples lines without their ends.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

import pyoxigraph as ox

from thidua.base.errors import InputError
from thidua.rdf.engine_errors import errors_translated
from thidua.rdf.ntriples import iri_term, lines_of, triples_of
from thidua.rdf.quads import QuadStore
from thidua.rdf.syntax import DEFAULT

#: A CONSTRUCT that ends with its pattern: what is before it, the template, the pattern.
_RULE = re.compile(r"(.*^)CONSTRUCT\s*\{([^{}]*)\}\s*WHERE\s*(\{.*\})\s*", re.DOTALL | re.MULTILINE)


def run_into_graph(
    store: QuadStore, rule: str, graph: str, *, over: Sequence[str] = (), named: Sequence[str] = ()
) -> set[str]:
    """Add to a graph what a CONSTRUCT gives; :func:`constructed` says over what.

    :param named: with `over`, has the graph among others.
    :return: what is new, as N-Triples lines without their ends.
    """
    found = _RULE.fullmatch(rule)
    try:  # the engine passes over what is there already, which mostly is all
        missing = f"{found[1]}CONSTRUCT {{{found[2]}}} {_missing(found, graph)}" if found else rule
        triples = _triples(store, missing, over, named)
    except InputError:
        triples = _triples(store, rule, over, named)
    target, new, quads = ox.NamedNode(graph), set(), []
    for triple, line in zip(triples, lines_of(triples), strict=True):
        quad = ox.Quad(triple.subject, triple.predicate, triple.object, target)
        if quad not in store.raw:
            quads.append(quad)
            new.add(line)
    store.raw.extend(quads)
    return new


def run_into_union(store: QuadStore, rule: str, graph: str) -> bool:
    """Add to a graph, and to the default graph, what a CONSTRUCT over the default graph gives.

    :return: whether anything is new in the graph.
    """
    before = store.size(graph)
    if found := _RULE.fullmatch(rule):
        insert = f"{found[1]}INSERT {{ GRAPH {iri_term(graph)} {{{found[2]}}} {found[2]} }} WHERE {found[3]}"
        with suppress(InputError), errors_translated("update"):
            store.raw.update(insert)
            return store.size(graph) > before
    lines = constructed(store, rule)
    store.change(graph, add=lines)
    store.change(None, add=lines)
    return store.size(graph) > before


def constructed(store: QuadStore, rule: str, *, over: Sequence[str] = (), named: Sequence[str] = ()) -> set[str]:
    """What a CONSTRUCT gives, as N-Triples lines without their ends.

    :param over: graphs whose union is the rule's default graph; none means the store's own.
    :param named: the graphs that ``GRAPH`` sees.
    """
    return set(lines_of(_triples(store, rule, over, named)))


def rebuild_union(store: QuadStore) -> None:
    """Make the default graph the set union of all named graphs: each triple once."""
    store.raw.clear_graph(DEFAULT)
    if store.in_memory:  # on disk an update of any size would be held in memory until its end
        store.raw.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?graph { ?s ?p ?o } }")
        return
    store.raw.bulk_extend(
        {ox.Quad(q.subject, q.predicate, q.object, DEFAULT) for q in store.raw if q.graph_name != DEFAULT}
    )


def sync_union(store: QuadStore, lines: Iterable[str]) -> tuple[set[str], set[str]]:
    """Let the default graph state just those of these triples that some named graph states.

    :return: the triples that it states newly, and those that it no longer states.
    """
    added, removed = set(), set()
    for line, triple in zip(lines := list(lines), triples_of(lines), strict=True):
        graphs = [
            quad.graph_name for quad in store.raw.quads_for_pattern(triple.subject, triple.predicate, triple.object)
        ]
        stated, shown = any(graph != DEFAULT for graph in graphs), DEFAULT in graphs
        if stated and not shown:
            added.add(line)
        elif shown and not stated:
            removed.add(line)
    store.change(None, add=added, remove=removed)
    return added, removed


def in_union(store: QuadStore, lines: Iterable[str]) -> set[str]:
    """Those of these triples, as N-Triples lines without their ends, that the default graph states."""
    lines = list(lines)
    return {
        line
        for line, triple in zip(lines, triples_of(lines), strict=True)
        if ox.Quad(triple.subject, triple.predicate, triple.object, DEFAULT) in store.raw
    }


def only_in(store: QuadStore, graph: str) -> set[str]:
    """The triples that a named graph states and no other named graph, as N-Triples lines without their ends."""
    return constructed(
        store,
        f"""CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{graph}> {{ ?s ?p ?o }}
          FILTER NOT EXISTS {{ GRAPH ?other {{ ?s ?p ?o }} FILTER(?other != <{graph}>) }} }}""",
    )


def _triples(store: QuadStore, rule: str, over: Sequence[str], named: Sequence[str]) -> list[ox.Triple]:
    result = store.run(rule, over, named)
    if not isinstance(result, ox.QueryTriples):
        raise InputError("a rule must be a CONSTRUCT")
    return list(result)


def _missing(rule: re.Match[str], graph: str) -> str:
    """The WHERE of a rule, for what a graph lacks."""
    return f"WHERE {{ {rule[3]} FILTER NOT EXISTS {{ GRAPH {iri_term(graph)} {{{rule[2]}}} }} }}"
