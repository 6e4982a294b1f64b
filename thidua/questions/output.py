"""Answers written out: JSON, CSV, TSV, Excel, Parquet, Arrow and GeoJSON, all from the same rows.

JSON, Parquet and Arrow hold every text as it is. CSV, TSV and Excel are opened by programs that run what looks like a
formula, so there it is made inert: see :func:`to_csv` and :mod:`thidua.questions.excel`.
"""

import csv
import dataclasses
import io
import json
from collections.abc import Mapping
from typing import Any, Final

from thidua.base.errors import NotAcceptableError
from thidua.base.formats import TABLES
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell
from thidua.rdf.columns import column_values

#: What a spreadsheet takes for the beginning of a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS: Final = ("#integer", "#decimal", "#double")

#: IRIs of provinces to codes that other data sets know them by.
Places = Mapping[str, Mapping[str, str]]


def write(rows: Rows, form: str, *, link: str = "", place: str | None = None, places: Places | None = None) -> bytes:
    """The rows in a format, named as :data:`thidua.base.formats.TABLES` names it.

    :param link: the address that gives this same answer again.
    :param place: the column that GeoJSON makes features of; `places` are their codes.
    :raises NotAcceptableError: GeoJSON of rows without places.
    :raises AnswerTooLargeError: more than a spreadsheet can hold.
    """
    match form:
        case "json":
            return to_json(rows, link)
        case "csv":
            return to_csv(rows)
        case "tsv":
            return to_csv(rows, "\t")
        case "geojson":
            return to_geojson(rows, place, places or {}, link)
        case "xlsx":
            from thidua.questions.excel import workbook

            return workbook(rows, _about(rows, link))
        case "parquet" | "arrow":
            from thidua.questions.arrow import arrow_file, parquet_file

            return (parquet_file if form == "parquet" else arrow_file)(rows.to_arrow(link))
    raise NotAcceptableError(f"There is no format {form!r}.", tuple(TABLES.values()))


def to_json(rows: Rows, link: str = "") -> bytes:
    """``{"question", "version", "hash", "link", "columns": […], "rows": [{column: value or null}]}``, UTF-8.

    With evidence, each row has a list of it under ``evidence``.
    """
    return _json(_heading(rows, link) | {"columns": list(rows.columns), "rows": _documents(rows)})


def to_csv(rows: Rows, separator: str = ",") -> bytes:
    """RFC 4180, UTF-8, a header line; an empty cell is an empty field. TSV is the same with tabs.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay numbers.
    """
    rows = rows.with_evidence()
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(rows.columns)
    for record in rows.records:
        writer.writerow([_field(record[name]) for name in rows.columns])
    return out.getvalue().encode()


def to_geojson(rows: Rows, place: str | None, places: Places, link: str = "") -> bytes:
    """A FeatureCollection (RFC 7946), a feature for each row that names a province.

    Geometries are null, for the graph holds none: the codes in the properties tell which border to draw.

    :raises NotAcceptableError: no column names a province.
    """
    if place is None:
        offers = [media_type for media_type, form in TABLES.items() if form != "geojson"]
        raise NotAcceptableError(f"The rows of {rows.question} are not about provinces.", offers)
    features = [
        {
            "type": "Feature",
            "id": document[place],
            "geometry": None,
            "properties": {**places.get(document[place], {}), **document},
        }
        for document in _documents(rows)
        if document[place]
    ]
    return _json({"type": "FeatureCollection"} | _heading(rows, link) | {"features": features})


def _heading(rows: Rows, link: str) -> dict[str, Any]:
    """What every JSON answer says about itself; what is not known is left out."""
    known = {"question": rows.question, "version": rows.version, "hash": rows.hash, "link": link}
    return {name: value for name, value in known.items() if value}


def _about(rows: Rows, link: str) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in _heading(rows, link).items()]


def _documents(rows: Rows) -> list[dict[str, Any]]:
    """Each row as its columns' values, typed as in every other format."""
    columns = [column_values([row[name] for row in rows.records], rows.types.get(name))[1] for name in rows.columns]
    documents = [dict(zip(rows.columns, values, strict=True)) for values in zip(*columns, strict=True)]
    if rows.evidence is None:
        return documents
    return [
        document | {"evidence": [dataclasses.asdict(piece) for piece in pieces]}
        for document, pieces in zip(documents, rows.evidence, strict=True)
    ]


def _json(document: Mapping[str, Any]) -> bytes:
    """Dates as ISO 8601."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1, default=lambda day: day.isoformat())
    return text.encode()


def _field(cell: Cell | None) -> str:
    if cell is None:
        return ""
    number = cell.datatype is not None and cell.datatype.endswith(_NUMBERS)
    return "'" + cell.value if cell.value.startswith(FORMULA) and not number else cell.value
