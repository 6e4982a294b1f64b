"""Result sets: the rows that answer a question, with their evidence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from thidua.base.terms import PREFIXES
from thidua.rdf.cells import Cell, Record
from thidua.rdf.columns import column_values

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Evidence:
    """A passage of a source that says a thing outright (``stated``) or lets it be inferred (``implied``).

    ``start`` and ``end`` are its place in the source's text, in Unicode code points of its NFC form, where the text is
    known.
    """

    id: str
    source: str
    how: str
    title: str | None
    url: str | None
    start: int | None
    end: int | None


#: The columns that evidence adds to a table: what each holds, and its label in both languages.
EVIDENCE_COLUMNS: Final[Mapping[str, tuple[str, str, str]]] = {
    "evidenceSource": ("string", "nguồn của chứng cứ", "source of the evidence"),
    "evidenceTitle": ("string", "tên nguồn", "title of the source"),
    "evidenceUrl": ("string", "địa chỉ nguồn", "address of the source"),
    "evidenceStart": ("integer", "bắt đầu ở ký tự", "first character"),
    "evidenceEnd": ("integer", "kết thúc trước ký tự", "character after the last"),
    "evidenceHow": ("string", "nêu thẳng (stated) hay hàm ý (implied)", "stated outright, or implied"),
}


@dataclass(frozen=True)
class Rows:
    """The answer to a question: rows in the query's order, ``None`` where a column is empty."""

    question: str
    columns: tuple[str, ...]
    records: list[Record]
    sparql: str = ""
    """The text that was run, parameters bound."""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What a column means: its name to a language to words."""
    types: Mapping[str, str] = field(default_factory=dict)
    """What a column holds, where its question declares it: see :data:`thidua.rdf.columns.KINDS`."""
    version: int | None = None
    """The version of the graph that answered; ``hash`` is its content's."""
    hash: str = ""
    evidence: list[tuple[Evidence, ...]] | None = None
    """What each row rests on, where that was asked for."""
    behind: list[tuple[str, ...]] | None = None
    """The records that each row rests on, where its evidence was asked for."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What it was asked with, as typed."""
    link: str = ""
    """The address that gives this same answer again."""
    place: str | None = None
    """The column that names a province, if the question is about them; ``codes`` are what others call each."""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def about(self) -> dict[str, str | int]:
        """What every format says of the answer; what is not known is left out."""
        known = {"question": self.question, "version": self.version, "hash": self.hash, "link": self.link}
        return {name: value for name, value in known.items() if value}

    def with_evidence(self) -> "Rows":
        """The evidence as columns: a row for each piece of it, and one with empty cells for a row that has none."""
        if self.evidence is None:
            return self
        records = [
            {**record, **_cells(piece)}
            for record, pieces in zip(self.records, self.evidence, strict=True)
            for piece in pieces or (None,)
        ]
        return replace(
            self,
            columns=(*self.columns, *EVIDENCE_COLUMNS),
            records=records,
            labels={**self.labels, **{name: {"vi": vi, "en": en} for name, (_, vi, en) in EVIDENCE_COLUMNS.items()}},
            types={**self.types, **{name: kind for name, (kind, _, _) in EVIDENCE_COLUMNS.items()}},
            evidence=None,
            behind=None,
        )

    def to_arrow(self) -> "pa.Table":
        """The rows as an Arrow table, and by its ``to_pandas()`` a data frame; what a row leaves out is null.

        A column has the type that its question declares, whatever the rows at hand, so that two answers to one question
        fit together. Where nothing is declared it is as narrow as all its cells allow. Integers become int64; decimals
        and doubles float64, which is what pandas and spreadsheets compute with; dates date32; times timestamps in
        microseconds, in UTC if they name a time zone; truth values bool. IRIs, texts, and columns of several kinds are
        strings, and so is a column with a cell that its type cannot hold exactly. Evidence, where it was asked for,
        comes as :meth:`with_evidence` has it.

        The schema's metadata are ``question``, its ``parameters`` (JSON), ``version`` and ``hash`` of the graph,
        ``labels`` (JSON), and ``link``; each field's are ``label_vi`` and ``label_en``.
        """
        from thidua.questions.arrow import arrow_table  # which takes 43 MB that few need

        rows, columns = self.with_evidence(), []
        for name in rows.columns:
            kind, values = column_values([record[name] for record in rows.records], rows.types.get(name))
            columns.append(
                (name, kind, values, {f"label_{lang}": text for lang, text in rows.labels.get(name, {}).items()})
            )
        metadata = {
            "question": rows.question,
            "parameters": json.dumps(dict(rows.parameters), ensure_ascii=False),
            "version": str(rows.version or ""),
            "hash": rows.hash,
            "labels": json.dumps({name: dict(label) for name, label in rows.labels.items()}, ensure_ascii=False),
            "link": self.link,
        }
        return arrow_table(columns, metadata)


def _cells(piece: Evidence | None) -> Record:
    if piece is None:
        return dict.fromkeys(EVIDENCE_COLUMNS)
    values = (piece.source, piece.title, piece.url, piece.start, piece.end, piece.how)
    return {
        name: None if value is None else _cell(name, value)
        for name, value in zip(EVIDENCE_COLUMNS, values, strict=True)
    }


def _cell(name: str, value: str | int) -> Cell:
    if name == "evidenceSource":
        return Cell(str(value), "iri")
    return Cell(str(value), datatype=PREFIXES["xsd"] + ("integer" if isinstance(value, int) else "string"))
