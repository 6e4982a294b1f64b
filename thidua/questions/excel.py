"""Excel workbooks of answers: the home of openpyxl, which is loaded by whoever makes one."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, Final

from thidua.base.delimited import FORMULA
from thidua.base.errors import AnswerTooLargeError
from thidua.base.formats import TABLES
from thidua.questions.rows import Rows
from thidua.rdf.columns import column_values
from thidua.rdf.xml import RETURN, refuse_unsayable

#: What Excel can hold; openpyxl would cut longer texts without a word.
_MOST_ROWS: Final = 1_048_576
_MOST_CHARACTERS: Final = 32_767
_INSTEAD: Final = [media_type for media_type, form in TABLES.items() if form.name != "xlsx" and not form.geographic]
_FORMATS: Final = {"date": "yyyy-mm-dd", "dateTime": "yyyy-mm-dd hh:mm:ss", "dateTimeStamp": "yyyy-mm-dd hh:mm:ss"}
_MADE: Final = re.compile(rb"(<dcterms:(?:created|modified)[^<>]*>)[^<]*")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
#: Excel counts days from here; earlier ones stay text.
_FIRST_DAY: Final = datetime.date(1900, 3, 1)


def workbook(rows: Rows) -> bytes:
    """A workbook of two sheets: ``rows``, with typed cells, and ``about``: where they are from, what columns mean.

    A text is always a text cell, never a formula or an error, whatever it begins with. The same rows give the same
    bytes.

    :raises AnswerTooLargeError: a sheet cannot hold the rows, or a cell a text.
    :raises NotAcceptableError: a text has a character that no workbook can hold.
    """
    from openpyxl import Workbook

    rows = rows.with_evidence()
    if len(rows.records) >= _MOST_ROWS:
        raise AnswerTooLargeError(f"A sheet holds {_MOST_ROWS - 1:,} rows; take CSV or Parquet.", "answer")
    columns = [column_values([row[name] for row in rows.records], rows.types.get(name)) for name in rows.columns]
    texts = [value for kind, values in columns if kind == "string" for value in values if value]
    refuse_unsayable("".join(texts), _INSTEAD)
    if any(len(text) > _MOST_CHARACTERS for text in texts):
        raise AnswerTooLargeError(f"A cell holds {_MOST_CHARACTERS:,} characters; take CSV or Parquet.", "answer")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    sheet.freeze_panes = "A2"
    for number, (name, (_, values)) in enumerate(zip(rows.columns, columns, strict=True)):
        widest = max((len(str(value)) for value in (name, *values[:200]) if value is not None), default=0)
        sheet.column_dimensions[_letter(number)].width = min(max(widest + 2, 8), 60)
    _append(sheet, [("string", name) for name in rows.columns], bold=True)
    kinds = [kind for kind, _ in columns]
    for line in zip(*(values for _, values in columns), strict=True):
        _append(sheet, zip(kinds, line, strict=True))
    _describe(book.create_sheet("about"), rows.columns, rows.labels, rows.about)
    out = io.BytesIO()
    book.save(out)
    return _repeatable(out)


def _describe(
    sheet: Any, columns: Iterable[str], labels: Mapping[str, Mapping[str, str]], about: Mapping[str, object]
) -> None:
    for letter, width in (("A", 24), ("B", 48), ("C", 48)):
        sheet.column_dimensions[letter].width = width
    for name, value in about.items():
        _append(sheet, [("string", text) for text in (name, str(value))])
    _append(sheet, [])
    _append(sheet, [("string", text) for text in ("column", "tiếng Việt", "English")], bold=True)
    for name in columns:
        label = labels.get(name, {})
        _append(sheet, [("string", text) for text in (name, label.get("vi", ""), label.get("en", ""))])


def _append(sheet: Any, values: Iterable[tuple[str, Any]], *, bold: bool = False) -> None:
    sheet.append([None if value is None else _cell(sheet, kind, value, bold) for kind, value in values])


def _cell(sheet: Any, kind: str, value: Any, bold: bool) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    if kind in _FORMATS and (value.date() if isinstance(value, datetime.datetime) else value) < _FIRST_DAY:
        kind, value = "string", value.isoformat()
    if kind == "string":
        cell = WriteOnlyCell(sheet, value)
        # openpyxl takes `=1+1` for a formula and `#N/A` for an error; and Excel would, on the first edit.
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(FORMULA)
    else:
        cell = WriteOnlyCell(sheet, value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value)
        if kind in _FORMATS:
            cell.number_format = _FORMATS[kind]
    if bold:
        cell.font = Font(bold=True)
    return cell


def _letter(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number + 1))


def _repeatable(book: io.BytesIO) -> bytes:
    """The same archive without the time at which it was made, and with carriage returns that a reader keeps."""
    out = io.BytesIO()
    with zipfile.ZipFile(book) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            content = made.read(name)
            if name == "docProps/core.xml":
                content = _MADE.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            content = content.replace(b"\r", RETURN)
            kept.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
