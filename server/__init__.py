"""The HTTP service: what speaks HTTP, and nothing else. What knows the graph is the package ``thidua``."""

import logging
import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, g, has_request_context, request

from server import caching, graph, language, pages, problems
from server.api import health, questions, sparql

log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECURITY: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the app; nothing is read or opened at import time.

    A missing store is no reason not to start: ``/health/ready`` says so until there is one.

    :param config: wins over the environment. ``STORE`` (``THIDUA_STORE``): the store's directory;
        ``LOG_LEVEL`` (``THIDUA_LOG_LEVEL``): a level of :mod:`logging`.
    """
    app = Flask(__name__)
    app.config.from_mapping(
        STORE="store", PLAIN=False, TOKENS="", OPEN_WRITES=False, LOG_LEVEL="INFO", TRUSTED_PROXIES=0,
        MAX_CONTENT_LENGTH=256 * 1024,
    )  # fmt: skip
    app.config.from_prefixed_env("THIDUA")
    app.config.from_mapping(config or {})
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _log_to_stderr(app.config["LOG_LEVEL"])
    for blueprint in (pages.bp, questions.bp, sparql.bp, health.bp):
        app.register_blueprint(blueprint)
    app.context_processor(language.context)
    app.before_request(_name_request)
    app.after_request(_finish)
    problems.register(app)
    graph.open_in(app)
    return app


def _name_request() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _finish(response: Response) -> Response:
    """Headers that every response has."""
    response.headers.update(_SECURITY)
    response.headers["X-Request-Id"] = g.request_id
    caching.stamp(response)
    if request.endpoint != "static":
        response.vary.add("Accept")
    if response.mimetype == "text/html":
        response.vary.add("Accept-Language")
        response.content_language.add(language.current())
    return response


def _log_to_stderr(level: str) -> None:
    for name in ("server", "thidua"):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        if not logger.handlers:
            handler = logging.StreamHandler()
            handler.addFilter(_stamp)
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s"))
            logger.addHandler(handler)


def _stamp(record: logging.LogRecord) -> bool:
    """Give every line the id of the request it belongs to."""
    record.request_id = g.get("request_id", "-") if has_request_context() else "-"
    return True
