"""Embeds: the timeline, the map and an answer without menu and forms, for frames in other people's pages."""

import re
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

from thidua.base.errors import NotFoundError, ParameterError
from thidua.graph import Snapshot
from thidua.questions.catalogue import RESERVED
from thidua.views.insets import SHEET
from thidua.views.timeline import timeline
from thidua_server.html import language, links, map_view, tables
from thidua_server.html.source_links import source_links
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML
from thidua_server.http.params import fields, single
from thidua_server.openapi.fields import OF_A_PAGE, YEAR, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("embed", __name__)

#: Anybody may frame these pages, which have nothing to click but links out of the frame; scripts have no place in them.
_FRAMED: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
#: Years and rows that a frame has room for.
_MOST_YEARS: Final = 100
_MOST_ROWS: Final = 100


@bp.get("/embed/timeline")
@operation("embedTimeline", "questions", "Dòng thời gian để nhúng vào trang khác",
           "The timeline, to be framed elsewhere",
           (Field("cluster", "một cụm", "one cluster, by its id", example="dong-bang-song-hong"),
            Field("from", "từ năm", "from this year", YEAR, example="2015"),
            Field("to", "đến năm", "to this year", YEAR, example="2025"), *OF_A_PAGE), (HTML,))  # fmt: skip
def framed_timeline() -> Response:
    """Clusters down, years across, in each cell the head."""
    snapshot = _snapshot()
    if unchanged := caching.not_modified(snapshot, language.current()):
        return unchanged
    everything = timeline(snapshot, caller=context.caller())
    known = {row.key: row.cluster for row in everything.rows}
    clusters = [each for each in request.args.getlist("cluster") if each]
    for key in clusters:
        if key not in known:
            raise ParameterError("cluster", f"{key!r} is no cluster's id; these are: {', '.join(sorted(known))}.")
    table = everything.only([known[key] for key in clusters], _year("from"), _year("to"))
    if len(table.years) > _MOST_YEARS:
        raise ParameterError("from", f"A table has at most {_MOST_YEARS} years, not {len(table.years)}.")
    title = language.pick("Cụm trưởng các cụm thi đua", "Heads of the emulation clusters")
    asked = [pair for pair in request.args.items(multi=True) if pair[0] in ("cluster", "from", "to")]
    whole = f"{url_for('timeline.page')}?{urlencode([*asked, *links.kept().items()])}"
    return _framed("embed_timeline.html", title, whole, table=table)


@bp.get("/embed/map")
@operation("embedMap", "map", "Bản đồ để nhúng vào trang khác", "The map, to be framed elsewhere",
           (Field("on", "vào ngày ấy", "on that day", {"type": "string", "format": "date"}, example="2024-06-01"),
            Field("year", "hoặc trong năm ấy", "or in that year", YEAR), *OF_A_PAGE), (HTML,))  # fmt: skip
def framed_map() -> Response:
    """The provinces of a day or a year by cluster, with the legend."""
    snapshot = _snapshot()
    if unchanged := caching.not_modified(snapshot, language.current()):
        return unchanged
    chart = map_view.chart_of(snapshot, context.caller())
    shown = map_view.shown(chart)
    title = f"{language.pick('Các cụm thi đua', 'Emulation clusters')}: {shown['title']}"
    whole = f"{url_for('map.page')}?{urlencode({**chart.moment.asked, **links.kept()})}"
    drawn = {"drawing": map_view.drawing()[1], "sheet": SHEET, "archipelagos": map_view.archipelagos()}
    return _framed("embed_map.html", title, whole, shown=shown, **drawn)


@bp.get("/embed/answer")
@operation("embedAnswer", "questions", "Câu trả lời để nhúng vào trang khác; kèm các tham số của câu hỏi",
           "An answer, to be framed elsewhere; the question's own parameters go beside it",
           (Field("question", "câu hỏi", "the question", required=True, example="who-led"), *OF_A_PAGE),
           (HTML,))  # fmt: skip
def framed_answer() -> Response:
    """The rows that answer a question."""
    snapshot, typed = _snapshot(), fields()
    name = single(typed, "question")
    if not name:
        raise ParameterError("question", "Say which question, such as ?question=who-led; /questions lists them.")
    if unchanged := caching.not_modified(snapshot, language.current()):
        return unchanged
    values = {each: single(typed, each) or "" for each in typed if each not in (*RESERVED, "question")}
    rows = snapshot.ask(name, values, context.caller())
    asked = {each: value for each, value in values.items() if value}
    table = tables.of_rows(rows, language.current(), source_links())
    # The names of parameters come from a header, where those of `url_for` itself are not reserved.
    whole = f"{url_for('questions.question', name=name)}?{urlencode({**asked, **links.kept()})}"
    title = snapshot.question(name).question[language.current()]
    return _framed("embed_answer.html", title, whole, table=replace(table, rows=table.rows[:_MOST_ROWS]))


def _framed(template: str, title: str, whole: str, **shown: Any) -> Response:
    """A page to be framed.

    :param whole: where all of it is, outside of the frame.
    """
    version = context.snapshot().version
    response = make_response(render_template(template, title=title, whole=whole, version=version, **shown))
    response.headers["Content-Security-Policy"] = _FRAMED
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _snapshot() -> Snapshot:
    """The version asked.

    :raises NotFoundError: a plain store has nothing of ours to be framed.
    """
    if context.is_plain():
        raise NotFoundError("This store holds plain RDF, which has no clusters.")
    g.repeatable = True
    return context.snapshot()


def _year(name: str) -> int | None:
    text = request.args.get(name, "").strip()
    if text and not re.fullmatch(r"[0-9]{4}", text):
        raise ParameterError(name, f"`{name}` is a year of four digits, not {text!r}.")
    return int(text) if text else None
