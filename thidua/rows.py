"""Tables of RDF terms, and how they are written."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Literal

from thidua.terms import PREFIXES
from thidua.text import sort_key

_XSD = PREFIXES["xsd"]


@dataclass(frozen=True)
class Cell:
    """One RDF term: ``value`` is the IRI or the lexical form."""

    value: str
    kind: Literal["iri", "literal", "blank"] = "literal"
    datatype: str | None = None
    language: str | None = None

    def as_python(self) -> str | int | float | bool:
        """The value as JSON has it; what JSON cannot hold stays text."""
        if self.datatype == _XSD + "integer":
            return int(self.value)
        if self.datatype in (_XSD + "decimal", _XSD + "double"):
            return float(self.value)
        if self.datatype == _XSD + "boolean":
            return self.value in ("true", "1")
        return self.value


@dataclass(frozen=True)
class Rows:
    """The answer to a question: rows in the query's order, ``None`` where a column is empty."""

    question: str
    columns: tuple[str, ...]
    records: list[dict[str, Cell | None]]
    sparql: str = ""
    """The text that was run, parameters bound."""


def in_order(cell: Cell | None) -> tuple[int, float, str]:
    """A key that sorts cells as SPARQL does, but names as Vietnamese dictionaries do: nothing, IRIs, numbers, text."""
    if cell is None:
        return (0, 0, "")
    if cell.kind != "literal":
        return (1 if cell.kind == "blank" else 2, 0, cell.value)
    number = cell.as_python()
    if isinstance(number, int | float):
        return (3, number, "")
    return (4, 0, sort_key(cell.value) if cell.language == "vi" else cell.value)


def to_json(rows: Rows) -> bytes:
    """``{"question": …, "columns": […], "rows": [{column: value or null}]}``, UTF-8."""
    records = [
        {name: cell.as_python() if (cell := record[name]) else None for name in rows.columns} for record in rows.records
    ]
    document = {"question": rows.question, "columns": list(rows.columns), "rows": records}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def to_csv(rows: Rows) -> bytes:
    """RFC 4180, UTF-8, a header line; an empty cell is an empty field."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(rows.columns)
    for record in rows.records:
        writer.writerow([cell.value if (cell := record[name]) else "" for name in rows.columns])
    return out.getvalue().encode()
