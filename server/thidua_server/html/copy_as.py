"""An answer in the forms that people paste: a sentence, Markdown, a table, and code that asks again."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Final
from urllib.parse import urljoin

from flask import request

from thidua.base.delimited import write_delimited
from thidua.questions.catalogue import Question
from thidua_server.html import language
from thidua_server.html.tables import Shown, Table

#: Rows that are pasted; the code beside them brings all.
MOST: Final = 50
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|])")


@dataclass(frozen=True)
class Form:
    """A form by its key: what it is called, and the text to paste."""

    key: str
    label: str
    text: str


def forms(
    asked: Question, given: Mapping[str, str], table: Table, page: str, csv: str, version: int, sentence: str = ""
) -> list[Form]:
    """An answer in every form.

    :param given: the parameters as typed.
    :param page: the lasting address of the answer's page; ``csv`` that of its rows.
    :param sentence: the answer in one sentence, where the question allows it.
    """
    source = language.pick(f"Nguồn: Thi đua, phiên bản {version}", f"Source: Thi đua, version {version}")
    told = sentence or _sentence(asked, given, table)
    return [
        Form("sentence", language.pick("Câu", "Sentence"), f"{told} ({source}, {page})"),
        Form("markdown", "Markdown", _markdown(asked, table, source, page)),
        Form("table", language.pick("Bảng", "Table"), _tabs(table, f"{source}, {page}")),
        Form("r", "R", f'answer <- read.csv({json.dumps(csv)}, encoding = "UTF-8")'),
        Form("python", "Python", f"import pandas as pd\n\nanswer = pd.read_csv({json.dumps(csv)})"),
        Form("curl", "curl", f"curl -fsS -o {shlex.quote(f'{asked.name}_v{version}.csv')} {shlex.quote(csv)}"),
    ]


def _sentence(asked: Question, given: Mapping[str, str], table: Table) -> str:
    """What was asked and what came of it: the row where there is one, else how many there are."""
    labels = {each.name: each.label[language.current()] for each in asked.parameters}
    what = asked.title[language.current()]
    if given:
        what += f" ({'; '.join(f'{labels[name]}: {value}' for name, value in given.items())})"
    if not table.total:
        nothing = language.pick(
            "các nguồn hiện có không nói gì về điều này", "the sources at hand say nothing about this"
        )
        return f"{what}: {nothing}."
    if table.total > 1:
        return f"{what}: {table.total} {language.pick('dòng', 'rows')}."
    cells = [f"{header} {each.text}" for header, each in zip(table.headers, table.rows[0], strict=True) if each]
    return f"{what}: {'; '.join(cells)}."


def _markdown(asked: Question, table: Table, source: str, page: str) -> str:
    lines = [f"**{_escaped(asked.question[language.current()])}**", ""]
    if table.rows:
        lines.append(_row(_escaped(header) for header in table.headers))
        lines.append(_row("---:" if cell and cell.number else "---" for cell in table.rows[0]))
        lines += [_row(_linked(cell) for cell in row) for row in table.rows[:MOST]]
        lines.append("")
    return "\n".join([*lines, f"[{_escaped(source)}]({page}){_rest(table)}"])


def _tabs(table: Table, source: str) -> str:
    """Rows with tabs between the cells, which spreadsheets paste as a table; no cell begins as a formula does."""
    out = StringIO()
    rows = ([_line(cell.text) if cell else None for cell in row] for row in table.rows[:MOST])
    write_delimited(out, table.headers, rows, "\t")
    return out.getvalue().replace("\r\n", "\n") + f"\n{source}{_rest(table)}"


def _rest(table: Table) -> str:
    """What is said where not all rows are there."""
    more = table.total - min(MOST, len(table.rows))
    return language.pick(f"; còn {more} dòng nữa", f"; {more} more rows") if more else ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _linked(cell: Shown | None) -> str:
    if cell is None:
        return ""
    text = _escaped(_line(cell.text))
    if not cell.href:
        return text
    # Brackets and spaces would end the address.
    address = urljoin(request.url_root, cell.href).replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    return f"[{text}]({address.replace('|', '%7C')})"


def _line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
