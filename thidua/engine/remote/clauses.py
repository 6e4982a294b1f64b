"""Dataset clauses written into a query, for engines whose default graph is the union of all graphs."""

from collections.abc import Iterable
from typing import Final

from thidua.rdf.ntriples import iri_term
from thidua.rdf.scan import restate

_FORMS: Final = ("SELECT", "CONSTRUCT", "ASK", "DESCRIBE")
#: What may follow a DESCRIBE that has no WHERE.
_MODIFIERS: Final = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")


def with_graphs(text: str, default: str, named: Iterable[str]) -> str:
    """The query with ``FROM`` and ``FROM NAMED``; one that has them already stays as it is.

    The protocol has parameters for this, but Virtuoso answers each with a header, and a hundred are too many.

    :param text: a query that parses.
    """
    query = restate(text)
    text, tokens = query.text, query.outline
    begun = next(index for index, token in enumerate(tokens) if token.text in _FORMS)
    rest = tokens[begun + 1 :]
    if any(token.text == "FROM" for token in rest):
        return text
    if tokens[begun].text == "CONSTRUCT" and rest[0].text == "{":
        rest = rest[2:]  # the template
    place = next((token.start for token in rest if token.text in ("WHERE", "{", *_MODIFIERS)), len(text))
    clauses = [f"FROM {iri_term(default)}", *(f"FROM NAMED {iri_term(graph)}" for graph in named)]
    return f"{text[:place]} {' '.join(clauses)} {text[place:]}"
