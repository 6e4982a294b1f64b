"""SPARQL Update texts, read just far enough to know which graphs they write and to give them a dataset.

The engine has no parameter for ``using-graph-uri``, so the clauses are written into the text; and a text that only
adds and removes given data can be compared on its own graphs alone.
"""

from collections.abc import Sequence
from typing import Final

from thidua.errors import InputError
from thidua.scan import outside_brackets
from thidua.store import graphs_of_trig, iri_term

_OPERATIONS: Final = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}


def with_dataset(text: str, using: Sequence[str], using_named: Sequence[str]) -> str:
    """The update with its ``WHERE`` clauses matched against these graphs.

    :raises InputError: the text itself says what to match against, which the protocol forbids; or an IRI is none.
    :source: https://www.w3.org/TR/sparql11-protocol/#update-operation
    """
    try:
        clauses = "".join(f"USING {iri_term(iri)} " for iri in using)
        clauses += "".join(f"USING NAMED {iri_term(iri)} " for iri in using_named)
    except ValueError as exc:
        raise InputError(f"using-graph-uri or using-named-graph-uri is no IRI: {exc}") from exc
    tokens = outside_brackets(text)
    if any(token.text in ("USING", "WITH") for token in tokens):
        raise InputError(
            "The update has USING or WITH of its own; leave out using-graph-uri and using-named-graph-uri."
        )
    pieces, done = [], 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.text == "WHERE" and before is not None and before.text == "}":
            pieces += [text[done : token.start], clauses]
            done = token.start
    return "".join([*pieces, text[done:]])


def graphs_written(text: str, base: str | None) -> set[str | None] | None:
    """The graphs that an update writes, when it only adds and removes given data; None when that is not sure."""
    tokens = outside_brackets(text)
    graphs: set[str | None] = set()
    prologue_end = next((token.start for token in tokens if token.text in _OPERATIONS), None)
    if prologue_end is None:
        return None
    prologue, index = text[:prologue_end], next(i for i, token in enumerate(tokens) if token.start == prologue_end)
    while index < len(tokens):
        words = [token.text for token in tokens[index : index + 4]]
        if words[:1] not in (["INSERT"], ["DELETE"]) or words[1:] != ["DATA", "{", "}"]:
            return None
        block = text[tokens[index + 2].end : tokens[index + 3].start]
        try:
            graphs |= graphs_of_trig(f"{prologue}\n{block}", base)
        except InputError:
            return None
        index += 4
        if index < len(tokens) and tokens[index].text == ";":
            index += 1
    return graphs
