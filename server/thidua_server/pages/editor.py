"""SPARQL editor: the page for writing queries, and what its script needs, terms to suggest and outlines to colour."""

import json
from typing import Final

from flask import Blueprint, Response, g, jsonify, make_response, render_template, request, url_for

from thidua.base.errors import InputError, NotFoundError, ParameterError
from thidua.base.files import ProjectFiles
from thidua.base.formats import GRAPHS, RESULTS, TABLES, by_name
from thidua.base.text import sort_key
from thidua.engine.query import Query
from thidua.questions.excel import workbook
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell
from thidua.rdf.results_json import cell_of_json
from thidua.rdf.scan import scan
from thidua.views.editor import completions, drawing
from thidua_server.html import language
from thidua_server.html.menu import in_menu
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML
from thidua_server.http.params import FORM, fields, single
from thidua_server.openapi.fields import LANGUAGE, OF_A_VERSION, VERSION, Field, form
from thidua_server.openapi.operations import operation

bp = Blueprint("editor", __name__)

#: To begin with where nothing else is asked.
_FIRST: Final = "SELECT ?s ?p ?o\nWHERE {\n  ?s ?p ?o .\n}\nLIMIT 10"
_TIMEOUTS: Final = (1, 2, 5, 10, 30, 60, 120)
#: Its script draws an SVG of its own making into a picture, by way of an address that it makes for that (`blob:`).
_POLICY: Final = "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_RESULTS_JSON: Final = "application/sparql-results+json"
_BOOLEAN: Final = "http://www.w3.org/2001/XMLSchema#boolean"
_NO_ROWS: Final[dict[str, list[dict[str, dict[str, str]]]]] = {"bindings": []}
#: What a cell of a workbook holds.
_LONGEST: Final = 32_000
_EXCEL: Final = next(media_type for media_type, form in TABLES.items() if form.name == "xlsx")


@bp.get("/editor")
@in_menu(50, "Soạn truy vấn", "Editor", plain=True)
@operation("editor", "sparql", "Trang soạn truy vấn", "A page for writing queries",
           (Field("query", "câu truy vấn", "the query", example="SELECT * { ?s ?p ?o } LIMIT 3"),
            Field("example", "câu hỏi mẫu", "a catalogued question to begin with", example="who-led"),
            VERSION, LANGUAGE), (HTML,))  # fmt: skip
def page() -> Response:
    """The editor with a query in it: ``?query=``, else the catalogued question ``?example=``, with example values."""
    kg = context.current()
    longest = context.pool().limits.timeout
    shown = render_template(
        "editor.html",
        text=_text(),
        questions=sorted(kg.questions.values(), key=lambda each: sort_key(each.title[language.current()])),
        versions=kg.versions()[::-1],
        timeouts=[seconds for seconds in _TIMEOUTS if seconds < longest] + [longest],
        results=by_name(RESULTS),
        graphs=by_name(GRAPHS),
        plain=context.is_plain(),
    )
    response = make_response(shown)
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@bp.get("/editor/terms.json")
@operation("editorTerms", "sparql", "Lớp, thuộc tính và tiền tố để gợi ý khi soạn",
           "Classes, properties and prefixes to suggest while a query is written", OF_A_VERSION)  # fmt: skip
def terms() -> Response:
    """What the editor suggests: classes, properties, prefixes."""
    snapshot = context.snapshot()
    return caching.not_modified(snapshot) or jsonify(completions(snapshot, context.caller()))


@bp.post("/editor/answer.xlsx", endpoint="workbook")
@operation("editorWorkbook", "sparql", "Trả lời một truy vấn SELECT hay ASK bằng tệp Excel",
           "Answer a SELECT or ASK query as an Excel workbook",
           OF_A_VERSION, (_EXCEL,), {FORM: form("query")}, method="POST")  # fmt: skip
def as_workbook() -> Response:
    """The rows of any query as a workbook, with the query and the version on its second sheet."""
    text = single(fields("application/sparql-query", "query"), "query")
    if text is None:
        raise InputError("The parameter `query` is missing; send it in the form.")
    g.query_text = text
    snapshot = context.snapshot()
    query = Query("", _RESULTS_JSON, None).of(scan(text, context.pool().limits, base=request.base_url))
    results = json.loads(snapshot.query(query, context.caller()).read())
    columns = tuple(results["head"].get("vars", ()))
    records = [
        {name: cell_of_json(row.get(name)) for name in columns} for row in results.get("results", _NO_ROWS)["bindings"]
    ]
    if "boolean" in results:
        columns, records = ("answer",), [{"answer": Cell(str(results["boolean"]).lower(), datatype=_BOOLEAN)}]
    version = snapshot.version
    link = url_for("sparql.sparql", query=text, version=version.number, _external=True)
    about = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    rows = Rows(about, columns, records, version=version.number, hash=version.hash,
                link=link if len(link) <= _LONGEST else "")  # fmt: skip
    response = Response(workbook(rows), mimetype=_EXCEL)
    response.headers["Content-Disposition"] = f'attachment; filename="query_v{version.number}.xlsx"'
    return response


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
