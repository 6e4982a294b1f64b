"""Annotated source text: what was taken from where, and the text where an operator keeps it."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from thidua.base.articles import kept, read_text
from thidua.base.errors import InputError, NotFoundError, ParameterError
from thidua.base.terms import PREFIXES, TD
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.rdf.cells import integer
from thidua.rdf.ntriples import iri_term

log = logging.getLogger(__name__)

#: Facts shown of one source, and characters of a text.
MOST: Final = 300
_LONGEST: Final = 200_000


@dataclass(frozen=True)
class Fact:
    """A record taken from a source, or what its text says of the source: code points `start` to `end` of the text,
    where they are known."""

    record: str
    """For what is said of the source itself, the property that leads there, such as ``td:titleAt``."""
    type: str
    evidence: str
    stated: bool
    start: int | None
    end: int | None


@dataclass(frozen=True)
class Piece:
    """A stretch of text, and the evidence that it is; none for what nothing was taken from."""

    text: str
    evidence: tuple[str, ...]
    begins: tuple[str, ...]
    """The evidence that begins here."""


def facts(snapshot: Snapshot, iri: str, caller: Caller) -> list[Fact]:
    """What was taken from a source, in the order of its text; what has no position comes last."""
    try:
        rows = snapshot.ask("records-of-source", {"source": iri}, caller)
    except (ParameterError, NotFoundError):  # what is no source of ours, or a store that has other questions
        return []
    prefixes = f"PREFIX oa: <{PREFIXES['oa']}> PREFIX td: <{TD}>"
    known = snapshot.select(
        f"""{prefixes} SELECT ?record ?evidence ?how ?start ?end {{
          VALUES ?how {{ td:statedBy td:impliedBy td:titleAt td:dateAt td:authorAt td:creditAt }}
          ?evidence oa:hasSource {iri_term(iri)} . ?record ?how ?evidence
          OPTIONAL {{ ?evidence oa:hasSelector ?span . ?span oa:start ?start ; oa:end ?end }} }}""",
        caller,
    )
    spans = {(row["record"], row["evidence"]): row for row in known}
    found = []
    for row in known:
        how, record, evidence = row["how"], row["record"], row["evidence"]
        if how and evidence and record and record.value == iri:
            place = integer(row["start"]), integer(row["end"])
            found.append(Fact(how.value, iri, evidence.value, True, *place))
    for row in rows.records:
        record, type_, evidence = row["record"], row["type"], row["evidence"]
        span = spans.get((record, evidence))
        if record and type_ and evidence and span and span["how"]:
            stated = span["how"].value == TD + "statedBy"
            place = integer(span["start"]), integer(span["end"])
            found.append(Fact(record.value, type_.value, evidence.value, stated, *place))
    last = 1 << 62
    return sorted(found, key=lambda each: (each.start if each.start is not None else last, each.end or 0, each.record))


def stated_hash(snapshot: Snapshot, iri: str, caller: Caller) -> str:
    """The SHA-256 of the text that a source was read from; empty where none is stated."""
    rows = snapshot.select(f"SELECT ?hash {{ {iri_term(iri)} <{TD}contentHash> ?hash }}", caller)
    return next((row["hash"].value for row in rows if row["hash"]), "")


def confidence(snapshot: Snapshot, iri: str, caller: Caller) -> list[tuple[float, int]]:
    """How far the records from a source are to be trusted, as its graph states: each value with its records, highest
    first."""
    rows = snapshot.select(
        f"""SELECT ?value (COUNT(?record) AS ?n) {{ ?graph <{PREFIXES["prov"]}hadPrimarySource> {iri_term(iri)} .
          GRAPH ?graph {{ ?record <{TD}confidence> ?value }} }} GROUP BY ?value""",
        caller,
    )
    found = [(float(row["value"].value), int(row["n"].value)) for row in rows if row["value"] and row["n"]]
    return sorted(found, reverse=True)


def kept_text(folder: str, iri: str, stated_hash: str) -> tuple[str | None, str]:
    """The text of a source that an operator keeps as ``<id>.txt``, and what is to be said of it.

    :return: the text, None for none to show; and ``matched``, ``unstated`` (the source states no hash), ``other`` (the
        file is not the text that was read), ``unreadable``, or empty for no such file.
    """
    path = kept(folder, iri.rpartition("/")[2])
    if path is None:
        return None, ""
    try:
        source = read_text(path)
    except InputError as exc:
        log.warning("a source's text is of no use: %s", exc)
        return None, "unreadable"
    if stated_hash and source.sha256 != stated_hash:
        return None, "other"
    return source.text[:_LONGEST], "matched" if stated_hash else "unstated"


def pieces(text: str, found: Iterable[Fact]) -> list[Piece]:
    """The text cut where a passage begins or ends; put together again the pieces are the text."""
    spans = sorted(
        {
            (each.start, each.end, each.evidence)
            for each in found
            if each.start is not None and each.end is not None and each.start < each.end <= len(text)
        }
    )
    cuts = sorted({0, len(text), *(start for start, _, _ in spans), *(end for _, end, _ in spans)})
    made = []
    for first, last in pairwise(cuts):
        over = tuple(evidence for start, end, evidence in spans if start <= first and last <= end)
        begins = tuple(evidence for start, _, evidence in spans if start == first)
        made.append(Piece(text[first:last], over, begins))
    return made
