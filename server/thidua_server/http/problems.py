"""Problem details (RFC 9457): every error as one body, or as a page for those who read pages.

``code`` is stable and meant for programs; ``detail`` is for people, may be reworded, and is English unless the client
asks for Vietnamese; a page's is in its language.
"""

import logging
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, current_app, g, has_request_context, json, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from thidua.base.errors import (
    InvalidDataError,
    KnowledgeGraphError,
    LimitError,
    NotAcceptableError,
    QueryCancelledError,
    StaleReadError,
    StoreError,
    UnauthorizedError,
)
from thidua.base.translation import translated
from thidua_server.http import bodies, context
from thidua_server.http.handover import OUTCOME
from thidua_server.http.negotiation import HTML, PROBLEM, choose, language, wants_html

log = logging.getLogger(__name__)

#: Codes of the errors that the HTTP layer itself finds; the library's errors bring their own.
CODES: Final = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    414: "address-too-long",
    415: "unsupported-media-type",
    431: "headers-too-large",
    500: "internal-error",
}

#: Of an error's members: in the body anyway, a header, a format of its own.
_TOLD_ELSEWHERE: Final = ("code", "detail", "retry_after", "report")
_OURS: Final = "Something went wrong on our side. Tell us the request_id and we can look it up."


def register(app: Flask) -> None:
    """Make the app answer every error with a problem."""
    app.register_error_handler(KnowledgeGraphError, answer)
    app.register_error_handler(StaleReadError, _again)
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(Exception, answer)


def _again(error: StaleReadError) -> ResponseReturnValue:
    """Answer a request once more, when the engine was written while it was answered."""
    reads = request.method in ("GET", "HEAD") or request.blueprint in ("sparql", "questions", "reconcile")
    if not reads or not context.overtaken():
        return answer(error)
    request.environ.pop(OUTCOME, None)
    try:
        return current_app.dispatch_request()
    except Exception as exc:
        return answer(exc)


def body_of(error: Exception) -> dict[str, Any]:
    """The problem's members; those beyond `title`, `status`, `detail`, `code` depend on the code."""
    if isinstance(error, KnowledgeGraphError):
        if error.status < 500 or isinstance(error, (LimitError, QueryCancelledError)):
            return _body(error.status, error.code, _short(error)) | _members(error)
        log.error("%s: %s", error.code, error)
        detail = error.told or str(error) if isinstance(error, StoreError) else _OURS
        told = translated(detail, _language())
        return _body(error.status, error.code, told) | {"request_id": g.get("request_id")}
    if isinstance(error, HTTPException) and error.code is not None and error.code != 500:
        return body_for(error.code, _detail(error))
    log.error("unexpected", exc_info=error)
    return body_for(500, _OURS) | {"request_id": g.get("request_id")}


def body_for(status: int, detail: str) -> dict[str, Any]:
    """The members of a problem that only HTTP knows of."""
    code = CODES.get(status, CODES[400] if status < 500 else CODES[500])
    return _body(status, code, translated(detail, _language()))


def answer(error: Exception) -> Response:
    """The response to an error, as a problem body or a page; what breaks shapes, as a SHACL report as well."""
    g.problem_code = getattr(error, "code", "internal-error")
    if isinstance(error, InvalidDataError) and (response := _shacl_report(error)):
        return response
    body = body_of(error)
    g.problem_code = body["code"]
    if isinstance(error, RequestEntityTooLarge):
        bodies.pass_over(request.environ)
    response = Response(status=body["status"])
    response.content_language.add(_language())
    if isinstance(error, HTTPException):
        response.headers.update(dict(error.get_headers()))  # Allow, of a 405
    if isinstance(error, UnauthorizedError):
        response.headers["WWW-Authenticate"] = 'Bearer realm="thidua"'
    if retry_after := getattr(error, "retry_after", None):
        response.headers["Retry-After"] = str(retry_after)
    if wants_html():
        response.set_data(render_template("error.html", problem=body))
        response.content_type = "text/html; charset=utf-8"
    else:
        response.set_data(json.dumps(body) + "\n")
        response.content_type = PROBLEM
    return response


def _shacl_report(error: InvalidDataError) -> Response | None:
    """The findings as Turtle or as readable text; None when the client would rather have JSON, or a page."""
    offers = (PROBLEM, "application/json", "text/turtle", "text/plain", HTML)
    try:
        media_type = choose(offers)
    except NotAcceptableError:
        return None
    if media_type == "text/turtle":
        return Response(error.report, status=error.status, mimetype=media_type)
    if media_type == "text/plain":
        return Response(f"{error}\n", status=error.status, mimetype=media_type)
    return None


def _body(status: int, code: str, detail: str) -> dict[str, Any]:
    return {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}


def _language() -> str:
    """What the reader of an error reads."""
    return language("vi" if wants_html() else "en") if has_request_context() else "en"


def _members(error: KnowledgeGraphError) -> dict[str, Any]:
    """What an error tells beside its message."""
    return {name: value for name, value in error.to_wire().items() if name not in _TOLD_ELSEWHERE}


def _short(error: KnowledgeGraphError) -> str:
    """The message; of many findings the first, since all of them are told beside it."""
    if isinstance(error, InvalidDataError) and len(error.findings) > 1:
        first = error.findings[0].told_in(_language())
        return f"{first} {translated(f'And {len(error.findings) - 1} more, in `findings`.', _language())}"
    return error.told_in(_language())


def _detail(error: HTTPException) -> str:
    match error:
        case NotFound():
            return f"Nothing is at {request.path}; begin at /questions or /sparql."
        case MethodNotAllowed():
            return f"{request.method} is not allowed here; these are: {', '.join(sorted(error.valid_methods or ()))}."
        case RequestEntityTooLarge(description=RequestEntityTooLarge.description):
            return "The form has too many parts, or too long a field; send less."
        case _:
            return error.description or ""
