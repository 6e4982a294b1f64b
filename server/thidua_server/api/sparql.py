"""SPARQL 1.1 Protocol, query operation (by GET, by form, or with the query as the body), and Service Description."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from flask import Blueprint, Response, g, render_template, request
from werkzeug.sansio.utils import get_current_url

from thidua.base.errors import InputError, KnowledgeGraphError, NotAcceptableError, QueryRefusedError, StaleReadError
from thidua.base.formats import GRAPHS, RESULTS, Format, by_name
from thidua.engine.query import Query
from thidua.metadata.service_description import service_description
from thidua.questions.catalogue import without_header
from thidua.rdf.scan import scan
from thidua.rdf.syntax import transcode
from thidua.views import hints
from thidua_server.html import language, tables
from thidua_server.http import access, caching, context, problems
from thidua_server.http.handover import ANSWERED_BY, OUTCOME, QueryResult
from thidua_server.http.negotiation import HTML, choose, named, wants_html
from thidua_server.http.params import FORM, fields, single
from thidua_server.http.stream import streamed
from thidua_server.openapi.fields import IRI, OF_A_VERSION, STRING, Field, form
from thidua_server.openapi.operations import operation

bp = Blueprint("sparql", __name__)

_QUERY: Final = "application/sparql-query"


def _names(formats: Mapping[str, Format]) -> dict[str, str]:
    """What clients send in `format=`. SPARQLWrapper always sends one, and often a second in case."""
    own = {media_type: media_type for media_type in formats}
    short = {name: form.media_type for form in formats.values() for name in (form.name, *form.names)}
    return own | short | {"html": HTML}


_RESULT_NAMES: Final = _names(RESULTS)
_GRAPH_NAMES: Final = _names(GRAPHS)
#: Bytes of a graph that a page shows.
_MOST_TURTLE: Final = 200_000
#: Parameters of an address that asks no query.
_WITHOUT_QUERY: Final = {
    "default-graph-uri", "named-graph-uri", "format", "output", "lang", "version", "example", "timeout", "results",
}  # fmt: skip


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
@operation("query", "sparql", "Trả lời một truy vấn SPARQL 1.1; không có truy vấn thì mô tả dịch vụ",
           "Answer a SPARQL 1.1 query; without one, describe the service",
           (Field("query", "câu truy vấn", "the query", example="SELECT * { ?s ?p ?o } LIMIT 3"),
            Field("default-graph-uri", "đồ thị mặc định", "default graph", {"type": "array", "items": IRI}),
            Field("named-graph-uri", "đồ thị có tên", "named graph", {"type": "array", "items": IRI}),
            Field("format", "định dạng, thay cho Accept", "format, in place of Accept"), *OF_A_VERSION),
           (*RESULTS, *GRAPHS, HTML), method="GET")  # fmt: skip
@operation("queryByPost", "sparql", "Như trên, truy vấn nằm trong nội dung", "The same, with the query in the body",
           OF_A_VERSION, (*RESULTS, *GRAPHS, HTML), {FORM: form("query"), _QUERY: STRING}, method="POST")  # fmt: skip
def sparql() -> Response | tuple[str, int] | str:
    """Answer a query; without one, describe the service, or show browsers where to write it."""
    asked = _asked()
    if asked.query is None:
        if request.method == "POST":
            raise InputError("The parameter `query` is missing; send it in the form, or as application/sparql-query.")
        if strange := sorted(request.args.keys() - _WITHOUT_QUERY):
            raise InputError(f"There is no parameter {strange[0]!r} here; a query goes into `query`.")
        return _described(asked)
    try:
        return _answer(asked, asked.query)
    except KnowledgeGraphError as exc:
        if not wants_html() or isinstance(exc, StaleReadError):  # which is answered again
            raise
        problem = problems.body_of(exc)
        return _page(asked, problem=problem), problem["status"]


def _described(asked: Asked) -> Response | str:
    media_type = choose((*GRAPHS, HTML))
    if media_type == HTML:
        return _page(asked)
    snapshot = context.snapshot()
    if unchanged := caching.not_modified(snapshot, media_type):
        return unchanged
    turtle = service_description(
        snapshot,
        request.base_url,
        context.pool().limits,
        updates=access.writes_possible(),
        caller=context.caller(),
    )
    return Response(transcode(turtle, media_type), mimetype=media_type)


def _answer(asked: Asked, text: str) -> Response:
    g.query_text = text
    outcome: QueryResult | None = request.environ.pop(OUTCOME, None)
    if outcome is not None:
        g.snapshot, g.pinned = outcome.snapshot, ""
    base = _address(request.scheme, request.host, request.root_path, request.path)
    scanned = scan(text, context.pool().limits, base=base)
    repeatable = g.repeatable = scanned.repeatable
    snapshot = context.snapshot()
    results = _acceptable(RESULTS, _RESULT_NAMES, asked.formats)
    graphs = _acceptable(GRAPHS, _GRAPH_NAMES, asked.formats)
    if results is None and graphs is None:
        raise NotAcceptableError("No answer comes in the format that you accept.", (*RESULTS, *GRAPHS, HTML))
    g.representation = (results, graphs, asked.language)
    if repeatable and (unchanged := caching.not_modified(snapshot, *g.representation)):
        return unchanged
    query = g.query = Query(
        "",
        "application/sparql-results+json" if results == HTML else results,
        "text/turtle" if graphs == HTML else graphs,
        asked.default_graphs,
        asked.named_graphs,
        base=base,
        rows=tables.MOST_ROWS if results == HTML else None,
        turtle=_MOST_TURTLE if graphs == HTML else None,
    ).of(scanned)
    caller = g.caller = context.caller()
    written = snapshot.query(query, caller) if outcome is None else outcome.result
    if isinstance(written, Exception):
        raise written
    g.media_type = written.media_type
    found = hints.of_query(snapshot, scanned, caller, empty=hints.is_empty(written))
    if (graphs if written.form == "GRAPH" else results) == HTML:
        told = [each.told_in(asked.language) for each in found]
        return Response(_page(asked, **tables.of_answer(written, text), hints=told), mimetype=HTML)
    response = streamed(written)
    response.headers[ANSWERED_BY] = written.answered_by
    if found:
        response.headers[hints.HEADER] = hints.header(found, "vi" if fields().get("lang", [""])[-1] == "vi" else "en")
    return response


@lru_cache(256)
def _address(scheme: str, host: str, root: str, path: str) -> str:
    """The service's own address, which relative IRIs in a query are relative to; making it takes a while."""
    return get_current_url(scheme, host, root, path)


def _acceptable(formats: Mapping[str, Format], names: Mapping[str, str], wanted: Sequence[str]) -> str | None:
    """What an answer of one kind would be written in; None when nothing of that kind is acceptable."""
    try:
        return named(wanted, names) if wanted else choose((*formats, HTML))
    except NotAcceptableError:
        return None


def _asked() -> Asked:
    """Read the request.

    :raises InputError: what the protocol forbids.
    """
    values = fields(_QUERY, "query")
    if "update" in values:
        raise QueryRefusedError("This endpoint answers queries; send an update to /update.")
    return Asked(
        query=single(values, "query"),
        default_graphs=tuple(values.get("default-graph-uri", [])),
        named_graphs=tuple(values.get("named-graph-uri", [])),
        formats=[name for name in values.get("format", []) if name],
    )


def _page(asked: Asked, **shown: Any) -> str:
    """The form, with the query kept, and below it an answer or a problem."""
    formats = [*by_name(RESULTS), *by_name(GRAPHS)]
    questions = context.questions()
    example = questions.get(request.args.get("example", ""))
    text = asked.query or (without_header(example.text) if example else "")
    return render_template("sparql.html", asked=asked, text=text, formats=formats, questions=questions, **shown)
