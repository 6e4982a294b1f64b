"""Answers written out: JSON, CSV, TSV, Excel, Parquet, Arrow and GeoJSON, all from the same rows.

JSON, Parquet and Arrow hold every text as it is. CSV, TSV and Excel are opened by programs that run what looks like a
formula, so there it is made inert: see :mod:`thidua.base.delimited` and :mod:`thidua.questions.excel`.
"""

import dataclasses
import io
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from thidua.base.delimited import Number, write_delimited
from thidua.base.errors import NotAcceptableError
from thidua.base.formats import TABLES
from thidua.questions.arrow import arrow_file, parquet_file
from thidua.questions.excel import workbook
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell
from thidua.rdf.columns import column_values

_NUMBERS: Final = ("#integer", "#decimal", "#double")


def write(rows: Rows, form: str) -> bytes:
    """The rows in a format, by its name among :data:`thidua.base.formats.TABLES`.

    :raises NotAcceptableError: there is no such format, or it cannot hold these rows.
    :raises AnswerTooLargeError: more than a spreadsheet can hold.
    """
    if form not in WRITERS:
        raise NotAcceptableError(f"There is no format {form!r}.", tuple(WRITERS))
    return WRITERS[form](rows)


def to_json(rows: Rows) -> bytes:
    """``{"question", "version", "hash", "link", "columns": […], "rows": [{column: value or null}]}``, UTF-8.

    With evidence, each row has a list of it under ``evidence``.
    """
    return _json(rows.about | {"columns": list(rows.columns), "rows": documents_of(rows)})


def to_csv(rows: Rows) -> bytes:
    """RFC 4180, UTF-8, a header line; an empty cell is an empty field, and no text is a formula."""
    return _delimited(rows, ",")


def to_tsv(rows: Rows) -> bytes:
    """The same as CSV, with tabs."""
    return _delimited(rows, "\t")


def to_geojson(rows: Rows) -> bytes:
    """A FeatureCollection (RFC 7946), a feature for each row that names a province.

    Geometries are null, for the graph holds none: the codes in the properties tell which border to draw.

    :raises NotAcceptableError: no column names a province.
    """
    place = rows.place
    if place is None:
        offers = [media_type for media_type, form in TABLES.items() if not form.geographic]
        raise NotAcceptableError(f"The rows of {rows.question} are not about provinces.", offers)
    features = [
        {
            "type": "Feature",
            "id": document[place],
            "geometry": None,
            "properties": {**rows.codes.get(document[place], {}), **document},
        }
        for document in documents_of(rows)
        if document[place]
    ]
    return _json({"type": "FeatureCollection"} | rows.about | {"features": features})


def documents_of(rows: Rows) -> list[dict[str, Any]]:
    """Each row as its columns' values, typed as in every other format."""
    columns = [column_values([row[name] for row in rows.records], rows.types.get(name))[1] for name in rows.columns]
    documents = [dict(zip(rows.columns, values, strict=True)) for values in zip(*columns, strict=True)]
    if rows.evidence is None:
        return documents
    return [
        document | {"evidence": [dataclasses.asdict(piece) for piece in pieces]}
        for document, pieces in zip(documents, rows.evidence, strict=True)
    ]


def _json(document: Mapping[str, Any], indent: int | None = 1) -> bytes:
    """Dates as ISO 8601."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent, default=lambda day: day.isoformat())
    return text.encode()


def _delimited(rows: Rows, separator: str) -> bytes:
    rows, out = rows.with_evidence(), io.StringIO()
    fields = ([_field(record[name]) for name in rows.columns] for record in rows.records)
    write_delimited(out, rows.columns, fields, separator)
    return out.getvalue().encode()


def _field(cell: Cell | None) -> str | None:
    if cell and cell.datatype and cell.datatype.endswith(_NUMBERS):
        return Number(cell.value)
    return cell.value if cell else None


#: What writes an answer, by the name of its format.
WRITERS: Final[dict[str, Callable[[Rows], bytes]]] = {
    "json": to_json,
    "csv": to_csv,
    "tsv": to_tsv,
    "xlsx": workbook,
    "parquet": lambda rows: parquet_file(rows.to_arrow()),
    "arrow": lambda rows: arrow_file(rows.to_arrow()),
    "geojson": to_geojson,
}
