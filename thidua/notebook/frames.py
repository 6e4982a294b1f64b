"""Answers as DataFrames with real types: the sole home of pandas."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from thidua.engine import records_of_json
from thidua.rows import Rows
from thidua.tables import arrow_table
from thidua.text import sort_key

if TYPE_CHECKING:
    import pyarrow as pa

_CODE: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_NUMBERS: Final = {"int64": "Int64", "double": "Float64", "bool": "boolean"}


def frame(table: "pa.Table") -> pd.DataFrame:
    """An Arrow table of :func:`thidua.tables.arrow_table` as a DataFrame: see :class:`thidua.notebook.Graph`."""
    columns: dict[str, Any] = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        kind = str(field.type)
        values = column.to_pandas() if kind.startswith(("date", "timestamp")) else column.to_pylist()
        if kind in _NUMBERS:
            columns[field.name] = pd.array(values, dtype=_NUMBERS[kind])
        elif kind.startswith("date"):
            columns[field.name] = pd.to_datetime(values)
        elif kind == "string":
            columns[field.name] = _text(field.name, values)
        else:
            columns[field.name] = values
    shown = pd.DataFrame(columns, columns=table.schema.names)
    given = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    shown.attrs = {"labels": json.loads(given.pop("labels", "{}")), **given}
    return shown


def frame_of_results(content: bytes, version: int) -> pd.DataFrame | bool:
    """SPARQL's JSON results as a DataFrame, or the truth value of an ASK."""
    document = json.loads(content)
    if "boolean" in document:
        return bool(document["boolean"])
    columns, records = records_of_json(document)
    return frame(arrow_table(Rows("", columns, records, version=version)))


def frame_of_records(records: Sequence[Mapping[str, Any]], types: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Plain records as a DataFrame."""
    return pd.DataFrame.from_records(list(records)).convert_dtypes().astype(dict(types or {}))


def _text(name: str, values: list[str | None]) -> Any:
    """Names sort as Vietnamese does; codes are categories; the rest is text."""
    present = {value for value in values if value is not None}
    if name.endswith("Label"):
        return pd.Categorical(values, categories=sorted(present, key=sort_key), ordered=True)
    if present and all(map(_CODE.fullmatch, present)):
        return pd.Categorical(values, categories=sorted(present))
    return pd.array(values, dtype="string")
