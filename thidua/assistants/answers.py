"""Answers as JSON: an answer, a thing or a search result with names, sources and version, for programs that read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from thidua.base.errors import ParameterError
from thidua.base.terms import PREFIXES, instance, shorten
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.metadata.void_dcat import Place
from thidua.questions.describe import Statement
from thidua.questions.rows import Evidence
from thidua.rdf.cells import Cell, Select
from thidua.rdf.ntriples import iri_term
from thidua.views.citation_formats import write_citation
from thidua.views.citations import cite, thing_of
from thidua.views.naming import names, sources_of

#: Rows of one answer: as many as are given if nobody says how many, and at most.
ROWS: Final = 50
MOST_ROWS: Final = 500
LANGUAGES: Final = ("en", "vi")
#: What is said of an answer without rows: silence of the sources is no denial.
_NOTHING: Final = {
    "vi": "Không có dòng nào: các nguồn hiện có không nói gì về điều này. Không có nghĩa là điều ấy không xảy ra.",
    "en": "No rows: the sources at hand say nothing about this. That does not mean that it did not happen.",
}
_SRC: Final = instance("src", "")
_XSD: Final = PREFIXES["xsd"]
_URL: Final = PREFIXES["schema"] + "url"

Json = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """Who reads an answer: in which language, asked by whom, and where the graph's pages are, if anywhere."""

    language: str
    caller: Caller
    place: Place


def answer(
    snapshot: Snapshot, question: str, parameters: Mapping[str, str], reader: Reader, limit: int = ROWS, offset: int = 0
) -> Json:
    """The answer to a catalogued question: rows, what each rests on, names for ids, sources, version, citation.

    :param limit: so many rows, from the one numbered ``offset``; ``total`` counts all.
    :raises NotFoundError: no question has that name.
    :raises ParameterError: a parameter is missing, unknown, ill-typed or ambiguous, or the limit is out of bounds.
    """
    if not 1 <= limit <= MOST_ROWS or offset < 0:
        raise ParameterError("limit", f"`limit` is between 1 and {MOST_ROWS}, `offset` 0 or more.")
    asked = snapshot.question(question)
    rows = snapshot.ask(question, parameters, reader.caller, evidence=bool(asked.evidence))
    shown = slice(offset, offset + limit)
    records = rows.records[shown]
    pieces = rows.evidence[shown] if rows.evidence else [() for _ in records]

    def select(text: str) -> list[dict[str, Cell | None]]:
        return snapshot.select(text, reader.caller)

    told = []
    for record, behind in zip(records, pieces, strict=True):
        row: Json = {name: _value(cell) for name, cell in record.items()}
        if asked.evidence:
            row["evidence"] = [_evidence(piece) for piece in behind]
        told.append(row)
    things = {cell.value for record in records for cell in record.values() if cell and cell.kind == "iri"}
    sources = {iri for iri in things if iri.startswith(_SRC)} | {piece.source for each in pieces for piece in each}
    found: Json = {
        "question": question,
        "asks": asked.question[reader.language],
        "parameters": {
            name: shorten(term[1:-1]).strip("<>") if term.startswith("<") else parameters[name]
            for name, term in snapshot.terms(question, parameters).items()
        },
        "total": len(rows.records),
        "offset": offset,
        "rows": told,
        "names": _names(select, things - sources, reader.language),
        "sources": _sources(select, sources, reader.language),
        **_of_version(snapshot),
        "citation": write_citation(
            cite(snapshot, {"question": question, **parameters}, reader.language, reader.place, reader.caller), "plain"
        ).strip(),
    }
    if not rows.records:
        found["note"] = _NOTHING[reader.language]
    return found


def thing(snapshot: Snapshot, typed: str, reader: Reader) -> Json:
    """What is said of a thing, by which sources, and how often others speak of it; page 1 of what they say.

    :param typed: a short name such as ``province:thai-binh``, an IRI, an address, or a name.
    :raises UnknownThingError: nothing is; with things of similar names.
    :raises ParameterError: it is the name of several things.
    """
    iri = thing_of(snapshot, typed, reader.place, reader.caller)
    about = snapshot.describe(iri, 1, reader.caller)

    def select(text: str) -> list[dict[str, Cell | None]]:
        return snapshot.select(text, reader.caller)

    graphs = {graph for each in (*about.statements, *about.incoming) for graph in each.graphs}
    by_graph = sources_of(select, graphs)
    mentioned = {each.value.value for each in about.statements if each.value.kind == "iri"}
    mentioned |= {each.subject.value for each in about.incoming} | {iri}
    sources = set(by_graph.values()) | {piece.source for piece in about.passages}

    def stated(each: Statement, other: Cell, by: str) -> Json:
        said_by = sorted({shorten(by_graph.get(graph, graph)).strip("<>") for graph in each.graphs})
        return {"property": shorten(each.property).strip("<>"), by: _value(other), "sources": said_by}

    return {
        "id": shorten(iri).strip("<>"),
        "iri": iri,
        "statements": [stated(each, each.value, "value") for each in about.statements],
        "said_by_others": [stated(each, each.subject, "subject") for each in about.incoming],
        "said_by_others_total": about.total,
        "passages": [
            {"source": shorten(piece.source), "how": "stated" if piece.stated else "implied",
             "start": piece.start, "end": piece.end}
            for piece in about.passages
        ],
        "names": _names(select, mentioned - sources, reader.language),
        "sources": _sources(select, sources, reader.language),
        **_of_version(snapshot),
        "citation": write_citation(
            cite(snapshot, {"thing": iri}, reader.language, reader.place, reader.caller), "plain"
        ).strip(),
    }  # fmt: skip


def found_by_name(snapshot: Snapshot, text: str, kinds: list[str], on: str, limit: int) -> Json:
    """Things by name, best first, as :meth:`thidua.graph.Snapshot.search` finds them.

    :raises InputError: the text, a kind, the day or the limit makes no sense.
    """
    found = snapshot.find(text, kinds, on, limit)
    told = [{"id": shorten(match.name.iri), **{k: v for k, v in match.described().items() if k != "id"}}
            for match in found.matches]  # fmt: skip
    return {"matches": told, "total": found.total, "complete": found.complete, **_of_version(snapshot)}


def _of_version(snapshot: Snapshot) -> Json:
    version = snapshot.version
    return {"version": {"number": version.number, "time": version.time, "hash": version.hash}}


def _evidence(piece: Evidence) -> Json:
    span = {} if piece.start is None else {"start": piece.start, "end": piece.end}
    return {"id": shorten(piece.id), "source": shorten(piece.source), "how": piece.how, **span}


def _names(select: Select, iris: Iterable[str], language: str) -> dict[str, str]:
    return {shorten(iri).strip("<>"): name for iri, name in sorted(names(select, iris, language, {}).items())}


def _sources(select: Select, iris: Iterable[str], language: str) -> dict[str, Json]:
    """Each source by its short name: its title and its address."""
    wanted = sorted(iris)
    if not wanted:
        return {}
    called = names(select, wanted, language, {})
    rows = select(
        f"SELECT ?source ?url {{ VALUES ?source {{ {' '.join(map(iri_term, wanted))} }} ?source <{_URL}> ?url }}"
    )
    urls = {row["source"].value: row["url"].value for row in rows if row["source"] and row["url"]}
    return {
        shorten(iri).strip("<>"): {"title": called.get(iri, ""), **({"url": urls[iri]} if iri in urls else {})}
        for iri in wanted
    }


def _value(cell: Cell | None) -> str | int | bool | None:
    """A cell as JSON; a decimal stays text, for a binary fraction is another number."""
    if cell is None:
        return None
    if cell.kind == "iri":
        return shorten(cell.value).strip("<>")
    if cell.datatype == _XSD + "integer" and len(cell.value) < 16:
        return int(cell.value)
    return cell.value == "true" if cell.datatype == _XSD + "boolean" else cell.value
