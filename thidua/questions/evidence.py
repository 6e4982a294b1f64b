"""Provenance of rows: for each row of an answer, the passages of the sources that say so.

A question declares in its header which of its variables are the records behind a row: ``#+ evidence = ["term"]``. Its
query is run with those variables projected beside its columns, and a second query collects the evidence of the
records. A row that itself names a source has only the evidence from that source.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from thidua.base.terms import PREFIXES
from thidua.names.labels import called
from thidua.questions.rows import Evidence
from thidua.rdf.cells import Cell, Record, integer
from thidua.rdf.ntriples import iri_term

_EVIDENCE: Final = """
SELECT DISTINCT ?record ?how ?evidence ?source ?title ?url ?start ?end
WHERE {
  VALUES ?record { RECORDS }
  VALUES (?relation ?how) { (td:statedBy "stated") (td:impliedBy "implied") (td:describedAt "stated") }
  ?record ?relation ?evidence .
  ?evidence oa:hasSource ?source .
  OPTIONAL { ?evidence oa:hasSelector ?selector . ?selector oa:start ?start ; oa:end ?end }
  OPTIONAL { ?source schema:url ?url }
  NAMED
}
ORDER BY ?source ?start ?end ?evidence ?how ?title ?url
""".replace("NAMED", called("?source", "?title"))
_PROLOGUE: Final = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in ("td", "oa", "schema"))


def without_records(
    records: Iterable[Record], columns: Sequence[str], variables: Sequence[str]
) -> list[tuple[Record, list[str]]]:
    """Rows as the question gives them, each once and in its order, with the IRIs of the records behind it."""
    rows: dict[tuple[Cell | None, ...], tuple[Record, list[str]]] = {}
    for record in records:
        row = {name: record[name] for name in columns}
        _, behind = rows.setdefault(tuple(row.values()), (row, []))
        behind.extend(
            cell.value
            for name in variables
            if (cell := record[name]) and cell.kind == "iri" and cell.value not in behind
        )
    return list(rows.values())


def collect(
    rows: Sequence[tuple[Record, Sequence[str]]], select: Callable[[str], list[Record]]
) -> list[tuple[Evidence, ...]]:
    """The evidence of each row, in the order of the rows; sorted by source, then by place in the text.

    :param select: answers a SELECT of our own.
    """
    records = sorted({iri for _, behind in rows for iri in behind})
    if not records:
        return [() for _ in rows]
    # Record IRIs came out of the graph and are validated by the engine, so they cannot become query text.
    text = _PROLOGUE + _EVIDENCE.replace("RECORDS", " ".join(map(iri_term, records)))
    by_record: dict[str, dict[str, Evidence]] = {}
    for found in select(text):
        made = _evidence(found)
        # A source with two names would repeat its evidence: the first one stands.
        by_record.setdefault(_text(found, "record"), {}).setdefault(made.id, made)
    return [
        tuple(
            dict.fromkeys(
                evidence
                for iri in behind
                for evidence in by_record.get(iri, {}).values()
                if (source := row.get("source")) is None or evidence.source == source.value
            )
        )
        for row, behind in rows
    ]


def of_records(select: Callable[[str], list[Record]], *, evidence: str) -> list[Evidence]:
    """A piece of evidence by its IRI, once for each way in which it bears a record out."""
    # The IRI is written by the engine's own rules, so it cannot become query text.
    text = _PROLOGUE + _EVIDENCE.replace("VALUES ?record { RECORDS }", f"VALUES ?evidence {{ {iri_term(evidence)} }}")
    return list(dict.fromkeys(map(_evidence, select(text))))


def _evidence(found: Record) -> Evidence:
    return Evidence(
        id=_text(found, "evidence"),
        source=_text(found, "source"),
        how=_text(found, "how"),
        title=_text(found, "title") or None,
        url=_text(found, "url") or None,
        start=integer(found["start"]),
        end=integer(found["end"]),
    )


def _text(found: Record, name: str) -> str:
    cell = found[name]
    return cell.value if cell else ""
