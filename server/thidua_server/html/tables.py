"""View model of query results: tables with labels instead of IRIs, and sources that can be clicked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from thidua.base.terms import BASE, shorten
from thidua.engine.query import SerializedResult
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell
from thidua.rdf.results_json import cell_of_json
from thidua_server.html.links import page_of
from thidua_server.html.words import in_words

#: A page shows no more rows than this; the other formats have them all.
MOST_ROWS: Final = 1000

_NUMBERS: Final = ("#integer", "#decimal", "#double")


@dataclass(frozen=True)
class Shown:
    """One cell: `title` is what the text stands for, `href` where it leads."""

    text: str
    href: str | None = None
    title: str | None = None
    language: str | None = None
    number: bool = False


@dataclass(frozen=True)
class Table:
    """Headers and cells; `total` counts the rows left out too."""

    headers: list[str]
    rows: list[list[Shown | None]]
    total: int


def of_rows(rows: Rows, language: str, links: Mapping[str, Shown]) -> Table:
    """A question's answer: `xLabel` is shown in the place of `x`.

    :param links: how to show the IRIs that have a page elsewhere, such as sources.
    """
    columns = set(rows.columns)
    names = [name for name in rows.columns if not (name.endswith("Label") and name[:-5] in columns)]
    labels = {name: label[language] for name, label in rows.labels.items()}
    shown = [
        [
            _coded(name, record[name], language) or _cell(record[name], record.get(name + "Label"), links)
            for name in names
        ]
        for record in rows.records[:MOST_ROWS]
    ]
    return Table([labels.get(name, name) for name in names], shown, len(rows.records))


def of_answer(answer: SerializedResult, query: str) -> dict[str, Any]:
    """The answer to any query as a page shows it: a table, a truth value, or Turtle.

    The columns of a `SELECT *` stand as the query first mentions them.
    """
    if answer.form == "GRAPH":
        return {"turtle": answer.read().decode()}
    results = json.loads(answer.read())
    return {"boolean": results["boolean"]} if answer.form == "ASK" else {"table": _of_results(results, query)}


def _of_results(results: Mapping[str, Any], query: str) -> Table:
    """The answer to any SELECT, from SPARQL's own JSON."""
    names = results["head"]["vars"]
    words = " ".join(query.replace("*", " * ").lower().split())
    if any(f"select {how}* " in f"{words} " for how in ("", "distinct ", "reduced ")):
        names = sorted(names, key=lambda name: (_mentioned(query, name), names.index(name)))
    bindings = results["results"]["bindings"]
    shown = [[_cell(cell_of_json(binding.get(name)), None, {}) for name in names] for binding in bindings[:MOST_ROWS]]
    return Table(names, shown, results["results"].get("total", len(bindings)))


def _mentioned(query: str, name: str) -> int:
    """Where a query first mentions a variable; behind everything where it does not."""
    places = []
    for sign in "?$":
        place = query.find(sign + name)
        while place >= 0:
            following = query[place + 1 + len(name) : place + 2 + len(name)]
            if not (following.isalnum() or following == "_"):
                places.append(place)
                break
            place = query.find(sign + name, place + 1)
    return min(places, default=len(query))


def _coded(name: str, cell: Cell | None, language: str) -> Shown | None:
    """A code in words, which a pointer leads back to the code."""
    known = in_words(name, cell.value, language) if cell else None
    return Shown(known, title=cell.value) if cell and known else None


def _cell(cell: Cell | None, label: Cell | None, links: Mapping[str, Shown]) -> Shown | None:
    if cell is None:
        return Shown(label.value, language=label.language) if label else None
    if cell.value in links:
        return links[cell.value]
    own = cell.kind == "iri" and cell.value.startswith(BASE)
    href = page_of(cell.value) if own else cell.value if is_web(cell.value) else None
    if label:
        return Shown(label.value, href, cell.value, label.language)
    number = bool(cell.datatype and cell.datatype.endswith(_NUMBERS))
    if cell.kind == "iri":
        return Shown(shorten(cell.value).strip("<>"), href, cell.value)
    return Shown(cell.value, href, language=cell.language, number=number)


def is_web(text: str) -> bool:
    """Whether a text is an address that a browser opens."""
    try:
        host = urlsplit(text).hostname  # which of [ without ] makes an error
    except ValueError:
        return False
    return bool(host) and text.startswith(("https://", "http://")) and not any(map(str.isspace, text))
