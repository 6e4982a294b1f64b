"""Catalogued queries as an API: each question is asked by name, with parameters that people can type."""

from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, render_template, request, url_for

from thidua.base.errors import AnswerTooLargeError, NotAcceptableError, ParameterError
from thidua.base.formats import TABLES, by_name
from thidua.graph import Snapshot
from thidua.questions.catalogue import RESERVED, VIEW, Question
from thidua.views import hints
from thidua.views.sentences import plain
from thidua_server.html import copy_as, language, question_groups, question_page, search_words, tables
from thidua_server.html.menu import in_menu
from thidua_server.html.source_links import source_links
from thidua_server.http import caching, context, problems
from thidua_server.http.negotiation import HTML, JSON, choose, wants_html
from thidua_server.http.params import fields
from thidua_server.openapi.fields import LANGUAGE
from thidua_server.openapi.operations import operation, unlisted

bp = Blueprint("questions", __name__)

#: Characters of what questions are looked for by, and how many stand before the groups.
_LONGEST_WORDS: Final = 200
_FIRST: Final = 6
_TABLES: Final = by_name(TABLES)
_SUFFIXES: Final = {form.name: form.media_type for form in TABLES.values()} | {"html": HTML}


@bp.get("/questions")
@bp.get("/questions.<any(json, html):suffix>")
@in_menu(30, "Câu hỏi", "Questions")
@operation("listQuestions", "questions", "Danh mục câu hỏi, với tham số và các cột",
           "The catalogue: every question with its parameters and columns", (LANGUAGE,), (JSON, HTML))  # fmt: skip
def index(suffix: str | None = None) -> Response | str:
    """Every question, with its parameters and columns."""
    questions = context.current().questions
    if _form(suffix, ("json", "html")) == "html":
        about, typed = request.args.get("about", ""), request.args.get("q", "")[:_LONGEST_WORDS]
        found = question_groups.grouped(questions, about, typed)
        groups = question_groups.grouped(questions)
        return render_template(
            "questions.html",
            found=found,
            groups=groups,
            about=about,
            typed=typed,
            example=example,
            first=[questions[name] for name in question_groups.ORDER[:_FIRST] if name in questions],
        )
    return jsonify({"questions": [_described(question) for question in questions.values()]})


@bp.get("/questions/<name>")
@bp.get(f"/questions/<name>.<any({', '.join(_SUFFIXES)}):suffix>")
@unlisted
def question(name: str, suffix: str | None = None) -> Response | tuple[str, int]:
    """The answer to one question."""
    snapshot = context.snapshot()
    asked = snapshot.question(name)
    g.repeatable = True
    form = _form(suffix, forms(asked))
    if suffix is None:
        caching.is_variant(url_for(".question", name=name, suffix=form))
    if unchanged := caching.not_modified(snapshot, form, language.current() if form == "html" else ""):
        return unchanged
    values, evidence = _asked()
    if form == "html":
        return _page(snapshot, asked, values, evidence)
    if seen := next((each for each in VIEW if each in fields()), None):
        raise ParameterError(seen, f"`{seen}` is of the page; as {form} an answer comes whole, in its own order.")
    rows = snapshot.ask(name, values, context.caller(), evidence=evidence)
    link = permalink(snapshot, asked, values, evidence, form)
    body = snapshot.write(rows, form, link, context.caller())
    if len(body) > (most := context.pool().limits.answer) * 1_000_000:
        raise AnswerTooLargeError(f"The answer is larger than {most} MB; ask for less.", "answer")
    response = Response(body, mimetype=_SUFFIXES[form])
    response.headers.add("Link", f'<{link}>; rel="cite-as"')
    if found := hints.of_rows(snapshot, rows, context.caller()):
        response.headers[hints.HEADER] = hints.header(found, "vi" if request.args.get("lang") == "vi" else "en")
    how = "inline" if _TABLES[form].inline else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="{name}_v{snapshot.version.number}.{form}"'
    return response


@bp.get("/questions/<name>/why")
@unlisted
def why(name: str) -> str:
    """What a row of an answer rests on; the other parameters are the question's own."""
    snapshot = context.snapshot()
    asked, (values, _) = snapshot.question(name), _asked()
    rows = snapshot.ask(name, values, context.caller(), evidence=True)
    given = {each.name: values[each.name] for each in asked.parameters if values.get(each.name)}
    return render_template(
        "why.html", **question_page.reasons(snapshot, asked, rows, given, request.args.get("row", ""))
    )


def forms(asked: Question) -> tuple[str, ...]:
    """What the answer to a question can be written in; a map only of what is about provinces."""
    return (*(name for name, form in _TABLES.items() if asked.place or not form.geographic), "html")


def permalink(snapshot: Snapshot, asked: Question, values: dict[str, str], evidence: bool, form: str) -> str:
    """The address that gives this answer for as long as its version is kept, whatever is published later."""
    given = {each.name: values[each.name] for each in asked.parameters if values.get(each.name)}
    more = {"evidence": "1"} if evidence else {}
    version = snapshot.version.number
    # The names of parameters come from a header, where those of `url_for` itself are not reserved.
    address = url_for("questions.question", name=asked.name, suffix=form, _external=True)
    return f"{address}?{urlencode({**given, **more, 'version': version})}"


def example(asked: Question) -> dict[str, str]:
    """Values that show what a question does."""
    return {parameter.name: parameter.example for parameter in asked.parameters}


def _form(suffix: str | None, offered: tuple[str, ...]) -> str:
    """The format asked for, by suffix or by media type.

    :raises NotAcceptableError: it is not offered.
    """
    offers = {_SUFFIXES[form]: form for form in offered}
    if suffix is None:
        return offers[choose(tuple(offers))]
    if suffix not in offered:
        raise NotAcceptableError(f"This answer does not come as {suffix}.", tuple(offers))
    return suffix


def _asked() -> tuple[dict[str, str], bool]:
    """The parameters given, of which the library says which are unknown; and whether evidence is wanted.

    :raises InputError: they are not UTF-8.
    :raises ParameterError: one is given twice.
    """
    values = {}
    for name, given in fields().items():
        if len(given) > 1 and name not in VIEW:
            raise ParameterError(name, f"The parameter {name!r} is given {len(given)} times; give it once.")
        values[name] = given[0].strip()
    evidence = values.get("evidence", "").lower()
    if evidence not in ("", "0", "1", "false", "true"):
        raise ParameterError("evidence", f"`evidence` is 1 or 0, not {evidence!r}.")
    return {name: value for name, value in values.items() if name not in RESERVED}, evidence in ("1", "true")


def _page(snapshot: Snapshot, asked: Question, values: dict[str, str], evidence: bool) -> tuple[str, int]:
    """The form and the answer; the form alone while a required parameter waits to be filled in."""
    shown: dict[str, Any] = {"question": asked, "example": example(asked), "evidence": evidence}
    given = {name: value for name, value in values.items() if value and name in shown["example"]}
    shown |= {"given": given, "words": search_words.words()}
    shown["more"] = {name: request.args[name] for name in ("version",) if name in request.args}
    shown["forms"] = [form for form in forms(asked) if form != "html"]
    shown["fields"] = question_page.form(snapshot, asked, given)
    shown["heading"] = question_page.heading(asked, given, {})
    if any(parameter.required for parameter in asked.parameters) and not any(values.values()):
        return render_template("question.html", **shown), 200
    try:
        rows = snapshot.ask(asked.name, values, context.caller(), evidence=evidence)
        shown |= question_page.answered(snapshot, asked, rows, given)
        shown["heading"] = question_page.heading(asked, given, shown["things"])
    except ParameterError as exc:
        if not wants_html():  # a program at the page's address
            raise
        problem = problems.body_of(exc)
        return render_template("question.html", **shown, problem=problem), problem["status"]
    shown["cite"] = permalink(snapshot, asked, values, evidence, "html")
    table = tables.of_rows(rows, language.current(), source_links())
    given, csv = shown["given"], permalink(snapshot, asked, values, evidence, "csv")
    said = plain(shown["said"])
    shown["copies"] = copy_as.forms(asked, given, table, shown["cite"], csv, snapshot.version.number, said)
    framed = {**given, **shown["more"], "question": asked.name, "lang": language.current()}
    shown["framed"] = f"{request.url_root}embed/answer?{urlencode(framed)}"
    return render_template("question.html", **shown), 200


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
            | ({"choices": list(parameter.choices)} if parameter.choices else {})
            for parameter in asked.parameters
        ],
        "columns": [
            {"name": column.name, "type": column.type, "label": dict(column.label)} for column in asked.columns
        ],
        "evidence": bool(asked.evidence),
        "formats": list(forms(asked)),
    }
