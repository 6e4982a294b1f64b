"""SPARQL editor: the page for writing queries, and what its script needs, terms to suggest and outlines to colour."""

from typing import Final

from flask import Blueprint, Response, jsonify, render_template, request

from thidua.base.errors import NotFoundError, ParameterError
from thidua.base.files import ProjectFiles
from thidua.base.formats import GRAPHS, RESULTS, by_name
from thidua.base.text import sort_key
from thidua.views.editor import completions, drawing
from thidua_server.html import language
from thidua_server.html.menu import in_menu
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML
from thidua_server.openapi.fields import LANGUAGE, OF_A_VERSION, VERSION, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("editor", __name__)

#: To begin with where nothing else is asked.
_FIRST: Final = "SELECT ?s ?p ?o\nWHERE {\n  ?s ?p ?o .\n}\nLIMIT 10"
_TIMEOUTS: Final = (1, 2, 5, 10, 30, 60, 120)


@bp.get("/editor")
@in_menu(50, "Soạn truy vấn", "Editor", plain=True)
@operation("editor", "sparql", "Trang soạn truy vấn", "A page for writing queries",
           (Field("query", "câu truy vấn", "the query", example="SELECT * { ?s ?p ?o } LIMIT 3"),
            Field("example", "câu hỏi mẫu", "a catalogued question to begin with", example="who-led"),
            VERSION, LANGUAGE), (HTML,))  # fmt: skip
def page() -> str:
    """The editor with a query in it: ``?query=``, else the catalogued question ``?example=``, with example values."""
    kg = context.current()
    longest = context.pool().limits.timeout
    return render_template(
        "editor.html",
        text=_text(),
        questions=sorted(kg.questions.values(), key=lambda each: sort_key(each.title[language.current()])),
        versions=kg.versions()[::-1],
        timeouts=[seconds for seconds in _TIMEOUTS if seconds < longest] + [longest],
        results=by_name(RESULTS),
        graphs=by_name(GRAPHS),
        plain=context.is_plain(),
    )


@bp.get("/editor/terms.json")
@operation("editorTerms", "sparql", "Lớp, thuộc tính và tiền tố để gợi ý khi soạn",
           "Classes, properties and prefixes to suggest while a query is written", OF_A_VERSION)  # fmt: skip
def terms() -> Response:
    """What the editor suggests: classes, properties, prefixes."""
    snapshot = context.snapshot()
    return caching.not_modified(snapshot) or jsonify(completions(snapshot, context.caller()))


@bp.get("/borders.json")
@operation("borders", "dataset", "Hình các đơn vị cấp tỉnh, là đường SVG",
           "Outlines of the provincial units, as SVG paths", OF_A_VERSION)  # fmt: skip
def borders() -> Response:
    """Outlines of provincial units, and the units of a version that they draw.

    :raises NotFoundError: a plain store has no provinces.
    """
    if context.is_plain():
        raise NotFoundError("This store holds plain RDF, which has no provinces to draw.")
    snapshot = context.snapshot()
    return caching.not_modified(snapshot) or jsonify(drawing(snapshot, ProjectFiles.find().borders, context.caller()))


def _text() -> str:
    if query := request.args.get("query"):
        return query
    if not (name := request.args.get("example")):
        return _FIRST
    snapshot = context.snapshot()
    asked = snapshot.question(name)
    try:
        return snapshot.sparql(name, {parameter.name: parameter.example for parameter in asked.parameters})
    except ParameterError:  # an old version may not know the resource yet
        return asked.sparql
