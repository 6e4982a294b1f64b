"""Cost of canonical blank node labels: RDFC-1.0 tries the orders of those that are alike.

A few kilobytes of alike nodes that lead to each other can occupy it for minutes; data that anybody means has few.

:source: https://www.w3.org/TR/rdf-canon/#dataset-poisoning
"""

from collections import defaultdict
from collections.abc import Iterable
from math import factorial
from typing import Final

#: Steps of the algorithm that one graph may take; a million is about a second.
_MOST: Final = 3_000_000
#: Neighbours that are alike, beyond which their orders are too many.
_NEIGHBOURS: Final = 5


def is_poison(triples: Iterable[tuple[str, str, str]]) -> bool:
    """Whether to label the blank nodes of a graph takes out of proportion.

    :param triples: subject, predicate and object as N-Triples writes them.
    """
    said: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    linked: defaultdict[str, set[str]] = defaultdict(set)
    for subject, predicate, value in triples:
        for node in {subject, value}:
            if node.startswith("_:"):
                said[node].append((_seen(subject, node), predicate, _seen(value, node)))
        if subject.startswith("_:") and value.startswith("_:") and subject != value:
            linked[subject].add(value)
            linked[value].add(subject)
    alike: defaultdict[tuple[tuple[str, str, str], ...], list[str]] = defaultdict(list)
    for node, statements in said.items():
        alike[tuple(sorted(statements))].append(node)
    unclear = {node for nodes in alike.values() if len(nodes) > 1 for node in nodes}
    cost, left = 0, set(unclear)
    while left and cost <= _MOST:
        size, most, reached = 0, 0, [left.pop()]
        while reached:
            neighbours = linked[reached.pop()] & unclear
            size, most = size + 1, max(most, len(neighbours))
            reached += neighbours & left
            left -= neighbours
        if most > _NEIGHBOURS:
            return True
        cost += size**3 + size * factorial(most) * most
    return cost > _MOST


def _seen(term: str, node: str) -> str:
    """A term as it looks from a blank node: itself, another blank node, or what it is."""
    return "_:a" if term == node else "_:z" if term.startswith("_:") else term
