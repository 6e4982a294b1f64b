"""The catalogued questions as an API: each is asked by name, with parameters that people can type."""

from typing import Any, Final

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from server import caching, graph, language, problems, tables
from server.negotiation import HTML, choose
from thidua.catalogue import Question, without_header
from thidua.errors import ParameterError
from thidua.graph import Snapshot
from thidua.rows import to_csv, to_json

bp = Blueprint("questions", __name__)

_SUFFIXES: Final = {"json": "application/json", "csv": "text/csv", "html": HTML}
_RESERVED: Final = ("lang", "version", "timeout")


@bp.get("/questions")
@bp.get("/questions.<any(json, html):suffix>")
def index(suffix: str | None = None) -> Response | str:
    """Every question, with its parameters and columns."""
    questions = graph.current().questions
    if _media_type(suffix, "json", "html") == HTML:
        return render_template("questions.html", questions=questions.values(), example=example)
    return jsonify({"questions": [_described(question) for question in questions.values()]})


@bp.get("/questions/<name>")
@bp.get("/questions/<name>.<any(json, csv, html):suffix>")
def question(name: str, suffix: str | None = None) -> Response | tuple[str, int]:
    """The answer to one question."""
    snapshot = graph.snapshot()
    asked = snapshot.question(name)
    media_type = _media_type(suffix, *_SUFFIXES)
    if unchanged := caching.not_modified(snapshot, media_type, language.current() if media_type == HTML else ""):
        return unchanged
    if media_type == HTML:
        return _page(snapshot, asked)
    rows = snapshot.ask(name, _values(), graph.caller())
    return Response(to_csv(rows) if media_type == "text/csv" else to_json(rows), mimetype=media_type)


def example(asked: Question) -> dict[str, str]:
    """Values that show what a question does."""
    return {parameter.name: parameter.example for parameter in asked.parameters}


def _media_type(suffix: str | None, *suffixes: str) -> str:
    return _SUFFIXES[suffix] if suffix else choose([_SUFFIXES[each] for each in suffixes])


def _values() -> dict[str, str]:
    """The parameters given; the library says which are unknown.

    :raises ParameterError: one is given twice.
    """
    for name, given in request.args.lists():
        if len(given) > 1:
            raise ParameterError(name, f"The parameter {name!r} is given {len(given)} times; give it once.")
    return {name: value for name, value in request.args.items() if name not in _RESERVED}


def _page(snapshot: Snapshot, asked: Question) -> tuple[str, int]:
    """The form and the answer; the form alone while a required parameter waits to be filled in."""
    shown: dict[str, Any] = {"question": asked, "example": example(asked)}
    shown["given"] = {name: value for name, value in request.args.items() if value and name in shown["example"]}
    if any(parameter.required for parameter in asked.parameters) and not any(_values().values()):
        return render_template("question.html", **shown), 200
    try:
        rows = snapshot.ask(asked.name, _values(), graph.caller())
    except ParameterError as exc:
        problem = problems.body_of(exc)
        return render_template("question.html", **shown, problem=problem), problem["status"]
    table = tables.of_rows(rows, asked, language.current(), graph.source_links())
    return render_template("question.html", **shown, table=table, sparql=without_header(rows.sparql)), 200


def _described(asked: Question) -> dict[str, Any]:
    return {
        "name": asked.name,
        "url": url_for("questions.question", name=asked.name),
        "title": dict(asked.title),
        "question": dict(asked.question),
        "description": dict(asked.description),
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "required": parameter.required,
                "example": parameter.example,
                "label": dict(parameter.label),
            }
            for parameter in asked.parameters
        ],
        "columns": [{"name": column.name, "label": dict(column.label)} for column in asked.columns],
    }
