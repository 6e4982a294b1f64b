"""CSV and TSV (RFC 4180): a reader, and the sole writer, whose texts no spreadsheet runs.

A text that a spreadsheet would take for a formula gets an apostrophe in front, as in one's own spreadsheet; numbers
stay numbers. Whoever wants every text as it is takes JSON, Parquet, SQLite or RDF; SPARQL's own CSV is the engine's.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Final, TextIO

#: What a spreadsheet takes for the beginning of a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[-+]?([0-9.]+([eE][-+]?[0-9]+)?|INF)")


class Number(str):
    """A number as it is written; a text that is none is written as any other text."""


def write_delimited(out: TextIO, header: Iterable[str], rows: Iterable[Iterable[object]], separator: str = ",") -> None:
    """A line of names, and a line for each row; None is an empty field, days and times are ISO 8601."""
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(header)
    writer.writerows(map(_field, row) for row in rows)


def read_delimited(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the number of the line that it ends on."""
    reader = csv.reader(StringIO(text))
    yield from ((reader.line_num, row) for row in reader if row)


def _field(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Number() if _NUMBER.fullmatch(value):
            return value
        case str():
            return "'" + value if value.startswith(FORMULA) else value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
