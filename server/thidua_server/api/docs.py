"""OpenAPI endpoint: the description of the service, for programs and to read."""

from typing import Any, Final

from flask import Blueprint, Response, current_app, jsonify, render_template, request

from thidua.base.formats import TABLES
from thidua.base.limits import table
from thidua.questions.catalogue import THINGS
from thidua_server.html import language
from thidua_server.html.menu import in_menu
from thidua_server.http import context
from thidua_server.http.negotiation import HTML
from thidua_server.openapi import document as openapi
from thidua_server.openapi import operations
from thidua_server.openapi.fields import LANGUAGE
from thidua_server.openapi.operations import operation

bp = Blueprint("docs", __name__)

_METHODS: Final = ("get", "put", "post", "delete")


@bp.get("/openapi.json")
@operation("openapi", "documentation", "Bản mô tả này", "This description", (LANGUAGE,))
def description() -> Response:
    """OpenAPI 3.1, in English unless ``?lang=vi``."""
    return jsonify(_document("vi" if request.args.get("lang") == "vi" else "en"))


@bp.get("/docs")
@in_menu(70, "API", "API", plain=True)
@operation("docs", "documentation", "Bản mô tả này, cho người đọc", "This description, to read", (LANGUAGE,), (HTML,))
def page() -> str:
    """The same as a page, which needs no scripts."""
    document = _document(language.current())
    found: dict[str, list[dict[str, Any]]] = {tag: [] for tag in openapi.TAGS}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                found[item[method]["tags"][0]].append({"method": method, "path": path} | item[method])
    return render_template(
        "docs.html",
        operations=found,
        tags=document["tags"],
        root=document["servers"][0]["url"],
        questions=context.questions(),
        formats=TABLES,
        codes=openapi.codes(),
        types=openapi.TYPES,
        resources=THINGS,
        limits=table(context.pool().limits),
    )


def _document(words: str) -> dict[str, Any]:
    root = request.url_root.rstrip("/")
    private = bool(current_app.config["PRIVATE"])
    return openapi.document(operations.of(current_app), context.questions(), root, words, private=private)
