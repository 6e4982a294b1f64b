"""SPARQL 1.1 Protocol, query operation (by GET, by form, or with the query as the body), and Service Description."""

import json
import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qsl

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wsgi import wrap_file

from server import access, caching, graph, language, problems, tables
from server.negotiation import HTML, choose, named, wants_html
from thidua.description import service_description
from thidua.engine import Query, Written
from thidua.errors import InputError, KnowledgeGraphError, NotAcceptableError, QueryRefusedError
from thidua.formats import GRAPHS, RESULTS
from thidua.scan import scan
from thidua.store import transcode

log = logging.getLogger(__name__)
bp = Blueprint("sparql", __name__)

_FORM: Final = "application/x-www-form-urlencoded"
_QUERY: Final = "application/sparql-query"

# Other names that clients send in `format=`. SPARQLWrapper always sends one, and often a second in case.
_RESULT_NAMES: Final = {"html": HTML}
_GRAPH_NAMES: Final = {
    "html": HTML,
    "json": "application/ld+json",
    "json-ld": "application/ld+json",
    "n3": "text/turtle",
    "nq": "application/n-quads",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "rdf+xml": "application/rdf+xml",
    "ttl": "text/turtle",
    "xml": "application/rdf+xml",
}


@dataclass(frozen=True)
class Asked:
    """What a request asks."""

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    formats: list[str]

    @property
    def language(self) -> str:
        """The language of a page; other formats have none."""
        return language.current() if wants_html() or "html" in self.formats else ""


@bp.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response | tuple[str, int] | str:
    """Answer a query; without one, describe the service, or show browsers where to write it."""
    asked = _asked()
    if asked.query is None:
        if request.method == "POST":
            raise InputError("The parameter `query` is missing; send it in the form, or as application/sparql-query.")
        return _described(asked)
    try:
        return _answer(asked, asked.query)
    except KnowledgeGraphError as exc:
        if not wants_html():
            raise
        problem = problems.body_of(exc)
        return _page(asked, problem=problem), problem["status"]


def _described(asked: Asked) -> Response | str:
    media_type = choose((*GRAPHS, HTML))
    if media_type == HTML:
        return _page(asked)
    snapshot = graph.snapshot()
    if unchanged := caching.not_modified(snapshot, media_type):
        return unchanged
    turtle = service_description(
        snapshot,
        request.base_url,
        graph.pool().limits,
        updates=access.writes_possible(),
        caller=graph.caller(),
    )
    return Response(transcode(turtle, media_type), mimetype=media_type)


def _answer(asked: Asked, text: str) -> Response:
    start = time.perf_counter()
    repeatable = scan(text, graph.pool().limits)
    snapshot = graph.snapshot()
    results = _acceptable(RESULTS, _RESULT_NAMES, asked.formats)
    graphs = _acceptable(GRAPHS, _GRAPH_NAMES, asked.formats)
    if results is None and graphs is None:
        raise NotAcceptableError("No answer comes in the format that you accept.", (*RESULTS, *GRAPHS, HTML))
    if repeatable and (unchanged := caching.not_modified(snapshot, results, graphs, asked.language)):
        return unchanged
    written = snapshot.query(
        Query(
            text,
            "application/sparql-results+json" if results == HTML else results,
            "text/turtle" if graphs == HTML else graphs,
            asked.default_graphs,
            asked.named_graphs,
            base=request.base_url,
            repeatable=repeatable,
        ),
        graph.caller(),
    )
    if (graphs if written.form == "GRAPH" else results) == HTML:
        response = Response(_page(asked, **_shown(written)), mimetype=HTML)
    else:
        response = streamed(written)
    log.info("sparql %s bytes=%s ms=%.1f", written.form, response.content_length, 1e3 * (time.perf_counter() - start))
    return response


def _acceptable(formats: Mapping[str, str], others: Mapping[str, str], wanted: Sequence[str]) -> str | None:
    """What an answer of one kind would be written in; None when nothing of that kind is acceptable."""
    try:
        if not wanted:
            return choose((*formats, HTML))
        names = {media_type: media_type for media_type in formats}
        for media_type, short in formats.items():
            names.setdefault(short, media_type)  # the first one is the standard's, the later ones are aliases
        return named(wanted, {**names, **others})
    except NotAcceptableError:
        return None


def streamed(written: Written) -> Response:
    """An answer as a response that knows its length."""
    size = written.file.seek(0, os.SEEK_END)
    written.file.seek(0)
    if isinstance(written.file, BytesIO):
        return Response(written.file.getvalue(), mimetype=written.media_type)
    response = Response(wrap_file(request.environ, written.file, 1 << 16), mimetype=written.media_type)
    response.content_length = size
    return response


def _asked() -> Asked:
    """Read the request.

    :raises InputError: what the protocol forbids; UnsupportedMediaType for a body of another type.
    """
    fields = _fields(request.query_string)
    if request.method == "POST":
        if request.content_encoding:
            raise UnsupportedMediaType("A compressed body is not taken; send it as it is.")
        body = request.get_data(cache=False)
        if request.mimetype == _FORM:
            fields += _fields(body)
        elif request.mimetype == _QUERY:
            fields.append(("query", _utf8(body)))
        else:
            raise UnsupportedMediaType(f"Send a query as {_QUERY} or in a form as {_FORM}, not {request.mimetype!r}.")
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    if "update" in values:
        raise QueryRefusedError("This endpoint answers queries; it takes no `update`.")
    queries = values.get("query", [])
    if len(queries) > 1:
        raise InputError(f"The parameter `query` is given {len(queries)} times; give it once.")
    return Asked(
        query=queries[0] if queries else None,
        default_graphs=tuple(values.get("default-graph-uri", [])),
        named_graphs=tuple(values.get("named-graph-uri", [])),
        formats=[name for name in values.get("format", []) if name],
    )


def _fields(encoded: bytes) -> list[tuple[str, str]]:
    """Form fields, in order.

    :raises InputError: they are not UTF-8, or too many.
    """
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as exc:
        raise InputError("The parameters are not form-encoded UTF-8, or there are more than 200.") from exc


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise InputError(f"The query is not UTF-8: byte {exc.start} is wrong.") from exc


def _page(asked: Asked, **shown: Any) -> str:
    """The form, with the query kept, and below it an answer or a problem."""
    formats = list(dict.fromkeys([*RESULTS.values(), *GRAPHS.values()]))
    questions = graph.questions()
    example = questions.get(request.args.get("example", ""))
    text = asked.query or (tables.without_header(example.text) if example else "")
    return render_template("sparql.html", asked=asked, text=text, formats=formats, questions=questions, **shown)


def _shown(answer: Written) -> dict[str, Any]:
    """An answer as the template takes it: a table, a truth value, or Turtle."""
    if answer.form == "GRAPH":
        return {"turtle": answer.read().decode()}
    results = json.loads(answer.read())
    if answer.form == "ASK":
        return {"boolean": results["boolean"]}
    return {"table": tables.of_results(results)}
