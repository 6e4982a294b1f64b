"""A query with the graphs it is about written into it, for engines whose default graph is the union of all graphs."""

from collections.abc import Iterable, Iterator
from typing import Final

from thidua.scan import TOKEN
from thidua.store import iri_term

_FORMS: Final = ("SELECT", "CONSTRUCT", "ASK", "DESCRIBE")
#: What may follow a DESCRIBE that has no WHERE.
_MODIFIERS: Final = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")


def with_graphs(text: str, default: str, named: Iterable[str]) -> str:
    """The query with ``FROM`` and ``FROM NAMED``; one that has them already stays as it is.

    The protocol has parameters for this, but Virtuoso answers each with a header, and a hundred are too many.

    :param text: a query that parses.
    """
    outside = list(_outside(text))
    begun = next(index for index, (word, _, _) in enumerate(outside) if word in _FORMS)
    rest = outside[begun + 1 :]
    if any(word == "FROM" for word, _, _ in rest):
        return text
    if outside[begun][0] == "CONSTRUCT" and rest and rest[0][0] == "{":
        rest = rest[2:]  # the template
    place = next((start for word, start, _ in rest if word in ("WHERE", "{", *_MODIFIERS)), len(text))
    clauses = [f"FROM {iri_term(default)}", *(f"FROM NAMED {iri_term(graph)}" for graph in named)]
    return f"{text[:place]} {' '.join(clauses)} {text[place:]}"


def _outside(text: str) -> Iterator[tuple[str, int, int]]:
    """The words and braces outside any brackets: in capitals, where they begin, where they end."""
    depth = 0
    for found in TOKEN.finditer(text):
        kind, mark = found.lastgroup, found[0]
        if kind == "close":
            depth -= 1
        if depth == 0 and (kind == "word" or mark in ("{", "}")):
            yield mark.upper(), found.start(), found.end()
        if kind == "open":
            depth += 1
