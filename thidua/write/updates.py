"""SPARQL Update analysis: which graphs a text writes, and how it gets a dataset.

The engine has no parameter for ``using-graph-uri``, so the clauses are written into the text; and a text that only
adds and removes given data can be compared on its own graphs alone.
"""

from collections.abc import Sequence

from thidua.base.errors import InputError
from thidua.rdf.ntriples import iri_term
from thidua.rdf.scan import Scanned


def with_dataset(update: Scanned, using: Sequence[str], using_named: Sequence[str]) -> str:
    """The update with its ``WHERE`` clauses matched against these graphs.

    :raises InputError: the text itself says what to match against, which the protocol forbids; or an IRI is none.
    :source: https://www.w3.org/TR/sparql11-protocol/#update-operation
    """
    try:
        clauses = "".join(f"USING {iri_term(iri)} " for iri in using)
        clauses += "".join(f"USING NAMED {iri_term(iri)} " for iri in using_named)
    except ValueError as exc:
        raise InputError(f"using-graph-uri or using-named-graph-uri is no IRI: {exc}") from exc
    if any(token.text in ("USING", "WITH") for token in update.outline):
        raise InputError(
            "The update has USING or WITH of its own; leave out using-graph-uri and using-named-graph-uri."
        )
    pieces, done = [], 0
    for before, token in zip([None, *update.outline], update.outline, strict=False):
        if token.text == "WHERE" and before is not None and before.text == "}":
            pieces += [update.text[done : token.start], clauses]
            done = token.start
    return "".join([*pieces, update.text[done:]])


def graphs_written(update: Scanned) -> frozenset[str | None] | None:
    """The graphs that an update writes, when it only adds and removes given data; None when it may be any."""
    words = " ".join(token.text for token in update.outline)
    given = words.replace("INSERT DATA { }", "").replace("DELETE DATA { }", "").replace(";", "")
    return None if given.strip() else update.graphs
