"""Name search, as people type: JSON for programs and for typing ahead, a page for readers."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Blueprint, Response, jsonify, render_template, request

from thidua.base.errors import InputError
from thidua.names.search import LABELS, Match
from thidua.views.naming import names
from thidua_server.html import language
from thidua_server.html.menu import in_menu
from thidua_server.html.search_words import words
from thidua_server.html.source_links import source_links
from thidua_server.http import caching, context, problems
from thidua_server.http.negotiation import HTML, JSON, choose
from thidua_server.openapi.fields import NUMBER, OF_A_PAGE, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("search", __name__)

_SHOWN: Final = 20


@bp.get("/search")
@in_menu(40, "Tìm", "Search")
@operation("search", "names", "Tìm theo tên", "Search by name",
           (Field("q", "tên, gõ thế nào cũng được", "a name, typed any way", required=True, example="ninh binh"),
            Field("kind", "loại, cách nhau bằng dấu phẩy", "kinds, separated by commas", example="province"),
            Field("on", "có vào ngày hoặc năm ấy", "what existed on that day or in that year", example="2024"),
            Field("limit", "nhiều nhất bao nhiêu", "at most so many", NUMBER, example=10), *OF_A_PAGE),
           (JSON, HTML))  # fmt: skip
def search() -> Response | tuple[str, int]:
    """What is called like ``q``: of a ``kind``, ``on`` a day or in a year, at most ``limit``."""
    snapshot = context.snapshot()
    media_type = choose((JSON, HTML))
    if unchanged := caching.not_modified(snapshot, media_type, language.current() if media_type == HTML else ""):
        return unchanged
    if media_type == HTML:
        return _page()
    return jsonify({"query": request.args.get("q", ""), "results": [match.described() for match in _matches(10)]})


def _matches(shown: int) -> list[Match]:
    """What was found.

    :raises InputError: a parameter that makes no sense, or ``q`` missing.
    """
    if "q" not in request.args:
        raise InputError("Say what to search for: /search?q=ninh+binh")
    limit = request.args.get("limit", str(shown))
    if not limit.isascii() or not limit.isdigit() or len(limit) > 4:
        raise InputError(f"`limit` is a number such as 10, not {limit!r}.")
    kinds = [kind for given in request.args.getlist("kind") for kind in given.split(",") if kind]
    return context.snapshot().search(request.args["q"], kinds, request.args.get("on", ""), int(limit))


def _called(matches: Iterable[Match]) -> Mapping[str, str]:
    """What things that were found are called on all pages, by IRI."""
    snapshot, things = context.snapshot(), [each.name.iri for each in matches]
    sources = {iri: shown.text for iri, shown in source_links().items()}
    return names(lambda text: snapshot.select(text, context.caller()), things, language.current(), sources)


def _page() -> tuple[str, int]:
    """The form, and below it what was found, or a problem."""
    shown: dict[str, Any] = {"labels": LABELS, "given": request.args, "words": words(), "called": _called}
    if not request.args.get("q", "").strip():
        return render_template("search.html", **shown), 200
    try:
        return render_template("search.html", **shown, matches=_matches(_SHOWN)), 200
    except InputError as exc:
        problem = problems.body_of(exc)
        return render_template("search.html", **shown, problem=problem), problem["status"]
