"""HTML tables of answers in notebooks: IRIs short and with a link, what is missing left empty."""

from html import escape
from typing import Any, Final

import pandas as pd

from thidua.base.terms import PREFIXES, shorten

_OPEN: Final = '<table class="thidua"><thead><tr>'


def as_html(answer: pd.DataFrame, rows: int = 50) -> str:
    """The first rows as an HTML table; a line below tells how many there are."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in answer.columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>"
        for row in answer.head(rows).itertuples(index=False)
    )
    total = f"{len(answer):,} rows" + (f", the first {rows:,} shown" if len(answer) > rows else "")
    return f"{_OPEN}{head}</tr></thead><tbody>{body}</tbody></table><p>{total}</p>"


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    text = str(value.date()) if isinstance(value, pd.Timestamp) else str(value)
    if not text.startswith(("http://", "https://")) or any(character.isspace() for character in text):
        return escape(text)
    short = shorten(text) if text.startswith(tuple(PREFIXES.values())) else text
    return f'<a href="{escape(text, quote=True)}">{escape(short.strip("<>"))}</a>'
