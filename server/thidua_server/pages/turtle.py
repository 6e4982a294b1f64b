"""Curation form: a source as Turtle, seen completed, checked and compared before it is published, or dropped.

Nothing is kept between two steps but what stands in the form, so there is nothing to clean up and nothing to forge: the
token comes along each time, in a header or, where no script runs, in the form, never in a cookie; no other site's page
has it. Nothing large is read before it is known.
"""

import dataclasses
import re
from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as WSGIResponse

from thidua.base.errors import (
    ConflictError,
    InputError,
    InvalidDataError,
    KnowledgeGraphError,
    ReplacesError,
    UnauthorizedError,
)
from thidua.base.terms import GRAPH, ID
from thidua.write.request import CommitInfo, Payload, Preview, Write
from thidua.write.source_text import Known, known, template
from thidua_server.html import form_token, language
from thidua_server.http import access, context, problems, writes
from thidua_server.http.negotiation import HTML, JSON, wants_html
from thidua_server.http.params import FORM, form
from thidua_server.openapi.fields import LANGUAGE, OF_A_PAGE, STRING, WHICH, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("turtle", __name__)

_TURTLE: Final = "text/turtle"
#: Where a Turtle text describes a source, as a name or as an IRI.
_DESCRIBED: Final = re.compile(rf"^[ \t]*(?:src:|<{re.escape(ID)}src/)([0-9a-z-]+)>?[\s;.]", re.MULTILINE)
_ID: Final = re.compile(r"[0-9a-f]{16}")
#: What the form has.
_FIELDS: Final = {"type": "object", "required": ["turtle"], "properties": {
    "turtle": STRING, "graph": STRING, "mode": {"type": "string", "enum": ["put", "post", "delete"]},
    "action": {"type": "string", "enum": ["preview", "publish"]}, "parent": STRING, "message": STRING, "token": STRING,
}}  # fmt: skip
_NAME: Final = re.compile(r"[0-9A-Za-z_-]{1,200}")


@bp.before_request
def _only_ours() -> None:
    """A plain store has no sources of ours to curate."""
    if context.is_plain():
        abort(404)


@bp.get("/curate/turtle")
@operation("turtleForm", "versions", "Một trang để soạn một nguồn bằng Turtle và xem thử",
           "A page to write a source as Turtle on, and to try it",
           (Field("source", "mã của một nguồn đã có", "the id of a source that is here", example="18d8c37f4f6536d1"),
            Field("url", "địa chỉ của một bài mới", "the address of a new article"), *OF_A_PAGE), (HTML,))  # fmt: skip
def page() -> Response:
    """An empty form; with ``?source=`` a source as it is, with ``?url=`` a file to begin with, or what is there."""
    source, url = request.args.get("source", "").strip(), request.args.get("url", "").strip()
    given = {"mode": "put", "graph": source}
    problem = there = None
    try:
        if source:
            iri = GRAPH + _checked(source)
            given["turtle"] = context.snapshot().graph(iri, _TURTLE, context.caller()).read().decode()
        elif url:
            snapshot = context.snapshot()
            there = known(lambda text: snapshot.select(text, context.caller()), address=url)
            if there is None:
                name, given["turtle"] = template(None, url)
                given["graph"] = name.removesuffix(".ttl")
    except KnowledgeGraphError as exc:
        problem = problems.body_of(exc)
    return _page(given, problem=problem, there=there)


@bp.post("/curate/turtle")
@operation("submit", "versions", "Xem thử, hoặc công bố, một nguồn; mã ghi nằm trong biểu mẫu",
           "Try a source, or publish it; the token may be in the form", (LANGUAGE,), (JSON, HTML),
           {FORM: _FIELDS}, "write")  # fmt: skip
def submit() -> Response | WSGIResponse:
    """Try what stands in the form, or publish it; programs that read no pages get JSON."""
    given, preview = {"mode": "put"}, None
    try:
        author = form_token.author_by_header(writes.largest())
        sent = form()
        given = {name: sent.get(name, "") for name in ("graph", "mode", "turtle", "message", "parent")}
        given["graph"] = given["graph"].strip()
        if author is None:
            author = access.require("write", sent.get("token", "").strip())
        if (file := request.files.get("file")) is not None and file.filename:
            given["turtle"] = _text(file.read())
        given["graph"] = _checked(given["graph"] or _described(given["turtle"]))
        _refuse_another(given)
        publish = sent.get("action") == "publish"
        write, commit = _asked(given, author, publish=publish, keep=sent.get("replace") != "yes")
        if not publish:
            preview = writes.previewed(write, commit)
            given["parent"] = str(preview.parent)
            return _page(given, preview) if wants_html() else jsonify(dataclasses.asdict(preview))
        try:
            outcome = writes.signed(write, commit)
        except ReplacesError:
            if wants_html():  # what would be lost is seen beside the refusal
                preview = writes.previewed(write, commit)
            raise
        if not wants_html():
            return writes.answered(outcome, 200)
    except InvalidDataError as exc:
        if not wants_html():
            raise
        preview = Preview(0, "", list(exc.findings), 0, 0, {}, "")
        return _page(given, preview, status=exc.status)
    except KnowledgeGraphError as exc:
        if not wants_html():
            raise
        if isinstance(exc, ConflictError):
            given["parent"] = ""  # what comes next is a look at the newer version
        return _page(given, preview, problems.body_of(exc), exc.status)
    # Without the version that was read before: from here on the reader looks at this one.
    lang, changed = request.args.get("lang"), int(outcome.published)
    return redirect(url_for("turtle.published", number=outcome.version.number, lang=lang, changed=changed), 303)


@bp.post("/curate")
@operation("submitTurtle", "versions", "Như /curate/turtle, ở địa chỉ trước đây của biểu mẫu",
           "The same as /curate/turtle, where the form used to be", (LANGUAGE,), (JSON, HTML), {FORM: _FIELDS},
           "write")  # fmt: skip
def submit_where_it_was() -> Response | WSGIResponse:
    """The same by the address that the form had before there was a desk; programs know it."""
    return submit()


@bp.get("/curate/published/<int:number>")
@operation("published", "versions", "Điều vừa công bố", "What has been published", (WHICH, LANGUAGE), (HTML,))
def published(number: int) -> str:
    """What was published, and where to see it."""
    version = context.current().at(number).version
    source, decided = request.args.get("source", ""), request.args.get("decided", "")
    return render_template(
        "published.html",
        version=version,
        changed=request.args.get("changed") != "0",
        source=source if _ID.fullmatch(source) else "",
        decided=decided if decided.isascii() and decided.isdigit() and len(decided) < 6 else "",
    )


def _asked(given: dict[str, str], author: str, *, publish: bool, keep: bool) -> tuple[Write, CommitInfo]:
    if not given["turtle"].strip() and given["mode"] != "delete":
        raise InputError(
            language.pick(
                "Chưa có Turtle nào: dán vào ô, hoặc chọn tệp.", "There is no Turtle yet: paste some, or choose a file."
            )
        )
    if given["mode"] not in ("put", "post", "delete"):
        raise InputError("`mode` is put (replace the graph), post (add to it) or delete.")
    iri = GRAPH + given["graph"]
    payloads = () if given["mode"] == "delete" else (Payload(given["turtle"].encode(), _TURTLE, iri, "Turtle"),)
    parent = given["parent"]
    expected = int(parent) if parent.isascii() and parent.isdigit() and len(parent) < 10 else None
    # A preview is always of the newest version; it is publishing that must be on top of what was seen.
    expected = expected if publish else None
    write = Write(given["mode"], iri, payloads, keep=keep)  # type: ignore[arg-type]
    return write, CommitInfo(author, given["message"].strip()[:500], expected)


def _checked(name: str) -> str:
    name = name.removeprefix(GRAPH)
    if not _NAME.fullmatch(name):
        raise InputError(
            language.pick(
                f"Nguồn được gọi bằng mã, như 18d8c37f4f6536d1; không phải {name!r}.",
                f"A source is named by its id, such as 18d8c37f4f6536d1, not {name!r}.",
            )
        )
    return name


def _refuse_another(given: dict[str, str]) -> None:
    """One source's id over another's text is one mistake, not one for each of its records.

    :raises InputError: the text describes another source alone.
    """
    name, found = given["graph"], set(_DESCRIBED.findall(given["turtle"]))
    if given["mode"] != "delete" and _ID.fullmatch(name) and len(found) == 1 and name not in found:
        (other,) = found
        raise InputError(
            language.pick(
                f"Mã nguồn là {name}, mà Turtle mô tả src:{other}; xóa mã để lấy ở Turtle, hoặc dán đúng nguồn.",
                f"The id is {name}, but the Turtle describes src:{other}; clear the id, or paste that source.",
            )
        )


def _described(turtle: str) -> str:
    """The one source that a text describes.

    :raises InputError: it describes none, or several.
    """
    found = list(dict.fromkeys(_DESCRIBED.findall(turtle)))
    if len(found) != 1:
        raise InputError(
            language.pick(
                "Hãy ghi mã nguồn: trong Turtle không có đúng một dòng bắt đầu bằng src:… .",
                "Say which source it is: the Turtle does not describe exactly one src:… .",
            )
        )
    return str(found[0])


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InputError(f"The file is not UTF-8 text: byte {exc.start} is none.") from exc


def _page(
    given: dict[str, str], preview: Preview | None = None, problem: dict[str, Any] | None = None, status: int = 200,
    there: Known | None = None,
) -> Response:  # fmt: skip
    open_writes = bool(current_app.config["OPEN_WRITES"])
    page = render_template(
        "turtle.html",
        given=given,
        preview=preview,
        problem=problem,
        there=there,
        open_writes=open_writes,
        possible=access.writes_possible(),
        prefix=GRAPH,
    )
    response = make_response(page, status)
    # What a curator has not published is nobody's to keep.
    response.headers["Cache-Control"] = "no-store"
    if status == UnauthorizedError.status:
        response.headers["WWW-Authenticate"] = 'Bearer realm="thidua"'
    return response
