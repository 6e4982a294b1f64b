"""Collecting list: cluster-years that lack a head or deputies, and how to find their articles (/coverage/wanted)."""

import io
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, render_template, request, url_for

from thidua.base.delimited import write_delimited
from thidua.base.errors import NotAcceptableError, NotFoundError, ParameterError
from thidua.base.formats import TABLES, by_name
from thidua.base.terms import instance
from thidua.graph import Snapshot
from thidua.views.naming import short_name
from thidua.views.wanted import COLUMNS, FIRST, Wanted, records, rows, wanted
from thidua_server.html import language, links, tables
from thidua_server.http import caching, context, problems
from thidua_server.http.negotiation import HTML, choose, wants_html
from thidua_server.http.params import given
from thidua_server.openapi.fields import OF_A_PAGE, YEAR, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("wanted", __name__)

_TABLES: Final = by_name(TABLES)
_TYPES: Final = {"json": _TABLES["json"].media_type, "csv": _TABLES["csv"].media_type, "html": HTML}
#: The year of the appeal for patriotic emulation; nothing to collect is older.
_EARLIEST: Final = "1948"
#: Where a reader's click looks for the words; the service itself asks nobody.
_ENGINE: Final = "https://www.google.com/search"


@bp.get("/coverage/wanted")
@bp.get("/coverage/wanted.<any(json, csv, html):suffix>")
@operation("wanted", "questions", "Bài cần sưu tầm: cụm nào, năm nào chưa rõ cụm trưởng hay cụm phó, và tìm bằng gì",
           "The collecting list: cluster-years without a settled head or deputies, and how to find their articles",
           (Field("cluster", "cụm", "cluster", example="dong-bang-song-hong"),
            Field("from", "từ năm", "from this year", YEAR, example="2020"), *OF_A_PAGE),
           tuple(_TYPES.values()))  # fmt: skip
def page(suffix: str | None = None) -> Response | str | tuple[str, int]:
    """What is missing of each cluster-year, what an article on it would close, and words to search for it."""
    if context.is_plain():
        raise NotFoundError("This store holds plain RDF, which has no clusters.")
    snapshot = context.snapshot()
    form = _form(suffix)
    g.repeatable = True
    if suffix is None:
        caching.is_variant(url_for(".page", suffix=form))
    if unchanged := caching.not_modified(snapshot, form, language.current() if form == "html" else ""):
        return unchanged
    shown: dict[str, Any] = {"version": snapshot.version, "kept": links.kept(), "from_": FIRST}
    try:
        cluster, first = _asked(snapshot)
    except ParameterError as exc:
        if form != "html" or not wants_html():
            raise
        body = problems.body_of(exc)
        return render_template("wanted.html", **shown, problem=body), body["status"]
    found = wanted(snapshot, [cluster] if cluster else [], first, context.caller())
    if form == "html":
        taken = {name: request.args[name] for name in ("cluster", "from", "version") if request.args.get(name)}
        return render_template(
            "wanted.html", **shown, entries=found[: tables.MOST_ROWS], total=len(found), cluster=cluster, taken=taken,
            edition=_edition, search=_search, is_web=tables.is_web, short_name=short_name,
        )  # fmt: skip
    if form == "csv":
        text = io.StringIO()
        write_delimited(text, COLUMNS, rows(found))
        response = Response(text.getvalue(), mimetype=_TYPES["csv"])
    else:
        version = snapshot.version
        response = jsonify({"version": version.number, "hash": version.hash, "wanted": list(records(found))})
    how = "inline" if form == "json" else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="wanted_v{snapshot.version.number}.{form}"'
    return response


def _form(suffix: str | None) -> str:
    """The format asked for, by suffix or by media type.

    :raises NotAcceptableError: it is not offered.
    """
    if suffix is None:
        return {media_type: name for name, media_type in _TYPES.items()}[choose(tuple(_TYPES.values()))]
    if suffix not in _TYPES:
        raise NotAcceptableError(f"This list does not come as {suffix}.", tuple(_TYPES.values()))
    return suffix


def _asked(snapshot: Snapshot) -> tuple[str, int]:
    """The cluster to list, by its id or any of its names, empty for all; and the first year.

    :raises ParameterError: one of them makes no sense.
    """
    typed, first = (given("cluster") or "").strip(), (given("from") or "").strip()
    if first and not (len(first) == 4 and first.isascii() and first.isdigit() and first >= _EARLIEST):
        raise ParameterError("from", f"`from` is a year, {_EARLIEST} or later, not {first!r}.")
    cluster = snapshot.terms("coverage", {"cluster": typed})["cluster"][1:-1] if typed else ""
    return cluster, int(first) if first else FIRST


def _edition(entry: Wanted) -> str | None:
    """Where the cluster-year is shown here, or where its cluster is while no source speaks of the year."""
    return links.page_of(entry.edition or instance("cluster", entry.cluster))


def _search(words: str) -> str:
    """Where a search engine looks for words."""
    return f"{_ENGINE}?{urlencode({'q': words})}"
