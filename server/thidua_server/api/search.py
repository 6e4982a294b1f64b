"""Name search, as people type: JSON for programs and for typing ahead, a page for readers."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request

from thidua.base.errors import InputError
from thidua.names.search import LABELS, Found, Match
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
            Field("limit", "nhiều nhất bao nhiêu", "at most so many", NUMBER, example=10),
            Field("page", "trang thứ mấy", "which page", NUMBER, example=1), *OF_A_PAGE),
           (JSON, HTML))  # fmt: skip
def search() -> Response | tuple[str, int]:
    """What is called like ``q``: of a ``kind``, ``on`` a day or in a year, ``limit`` on a ``page``."""
    snapshot = context.snapshot()
    media_type = choose((JSON, HTML))
    if unchanged := caching.not_modified(snapshot, media_type, language.current() if media_type == HTML else ""):
        return unchanged
    if media_type == HTML:
        return _page()
    found = _found(10)
    results = [match.described() for match in found.matches]
    following = _address(page=found.page + 1) if found.page < found.pages else None
    return jsonify({"query": request.args["q"], **found.counted(), "next": following, "results": results})


def _found(shown: int) -> Found:
    """A page of what was found.

    :raises InputError: a parameter that makes no sense, or ``q`` missing.
    """
    if "q" not in request.args:
        raise InputError("Say what to search for: /search?q=ninh+binh")
    limit, page = request.args.get("limit", str(shown)), request.args.get("page", "1")
    for name, value in (("limit", limit), ("page", page)):
        if not value.isascii() or not value.isdigit() or len(value) > 4:
            raise InputError(f"`{name}` is a number such as 10, not {value!r}.")
    return context.snapshot().find(request.args["q"], _kinds(), request.args.get("on", ""), int(limit), int(page))


def _kinds() -> list[str]:
    return [kind for given in request.args.getlist("kind") for kind in given.split(",") if kind]


def _address(**other: Any) -> str:
    """This search with something else; what is None is left out, and a page of something else is its first."""
    kept = {name: ",".join(request.args.getlist(name)) for name in request.args if name not in ("page", *other)}
    return f"{request.path}?{urlencode(kept | {name: value for name, value in other.items() if value})}"


def _facets() -> list[dict[str, Any]]:
    """The kinds of what is found, with how many there are and where they stand alone."""
    counts = context.snapshot().kinds_found(request.args["q"], request.args.get("on", ""))
    return [
        {"text": LABELS[kind][language.current()], "count": count, "complete": complete, "href": _address(kind=kind)}
        for kind, (count, complete) in counts.items()
    ]


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
        found = _found(_SHOWN)
        shown |= {"found": found, "facets": _facets(), "every": _address(kind=None)}
        shown["previous"] = _address(page=found.page - 1) if 1 < found.page <= found.pages else ""
        shown["following"] = _address(page=found.page + 1) if found.page < found.pages else ""
        return render_template("search.html", **shown, chosen=_kinds()), 200
    except InputError as exc:
        problem = problems.body_of(exc)
        return render_template("search.html", **shown, problem=problem), problem["status"]
