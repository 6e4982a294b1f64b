"""The HTTP service: what speaks HTTP, and nothing else. What knows the graph is the package ``thidua``."""

import os
import re
import time
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, current_app, g, request
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from server import access, caching, graph, language, logs, metrics, pages, problems
from server.api import data, health, questions, sparql, update, versions
from thidua.diff import FORMATS
from thidua.formats import GRAPHS, RESULTS

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: Blueprints whose POST only reads.
_READ_BY_ANYBODY: Final = ("sparql", "questions", "health", "pages")
_EXPOSED: Final = "ETag, Link, Memento-Datetime, Retry-After, X-Graph-Version, X-Request-Id"
_READABLE: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Accept-Datetime, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_SECURITY: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the app; nothing is read or opened at import time.

    A missing store is no reason not to start: ``/health/ready`` says so until there is one.

    :param config: wins over the environment, where each name has ``THIDUA_`` in front. ``STORE``: the store's folder;
        ``PLAIN``: it holds any RDF; ``TOKENS``: the file of tokens, if not in the store; ``OPEN_WRITES``: no tokens;
        ``PRIVATE``: reading needs a token; ``TRUSTED_PROXIES``: how many proxies stand in front;
        ``LOG_LEVEL``, ``LOG_QUERIES``; and every limit of :class:`thidua.limits.Limits`.
    """
    app = Flask(__name__)
    app.config.from_mapping(
        STORE="store", PLAIN=False, TOKENS="", OPEN_WRITES=False, LOG_LEVEL="INFO", TRUSTED_PROXIES=0,
        PRIVATE=False,
        LOG_QUERIES=False,
        MAX_CONTENT_LENGTH=256 * 1024,
        COMPRESS_ALGORITHM=["zstd", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["zstd", "gzip"],
        COMPRESS_LEVEL=5,
        COMPRESS_MIN_SIZE=1000,
        COMPRESS_MIMETYPES=[*RESULTS, *GRAPHS, *FORMATS, "text/html", "text/css", "application/problem+json"],
    )  # fmt: skip
    app.config.from_prefixed_env("THIDUA")
    app.config.from_mapping(config or {})
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.to_stderr(app.config["LOG_LEVEL"])
    for blueprint in (pages.bp, questions.bp, sparql.bp, update.bp, data.bp, versions.bp, health.bp):
        app.register_blueprint(blueprint)
    app.context_processor(language.context)
    app.before_request(_admit)
    # Flask runs these in the reverse order: the log comes last, after the headers are complete.
    logs.register(app)
    metrics.register(app)
    Compress(app)
    app.after_request(_finish)
    problems.register(app)
    if proxies := int(app.config["TRUSTED_PROXIES"]):
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies, 0, proxies)  # type: ignore[method-assign]
    graph.open_in(app)
    return app


def _admit() -> Response | None:
    """Name the request, answer preflights, and keep strangers out of a private service."""
    g.begun = time.perf_counter()
    given = request.environ.get("HTTP_X_REQUEST_ID", "")
    g.request_id = given if given and _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
    if request.method == "OPTIONS" and request.url_rule is not None:
        allowed = current_app.make_default_options_response()
        allowed.status_code = 204
        return allowed
    if current_app.config["PRIVATE"] and request.blueprint not in ("health", None):
        access.require("read")
    return None


def _finish(response: Response) -> Response:
    """Headers that every response has."""
    method, headers = request.method, response.headers
    headers.extend(_SECURITY)
    if method in ("GET", "HEAD") or request.blueprint in _READ_BY_ANYBODY:
        # No credentials: a page elsewhere reads what anybody may read, never what a token opens.
        headers.extend(_READABLE)
        if method == "OPTIONS":
            headers.extend(_PREFLIGHT)
    headers.add("X-Request-Id", g.request_id)
    depends_on = [] if request.endpoint == "static" else ["Accept"]
    if caching.stamp(response):
        depends_on.append("Accept-Datetime")
    if response.mimetype == "text/html":
        depends_on.append("Accept-Language")
        response.content_language.add(language.current())
    if depends_on:
        headers.add("Vary", ", ".join(depends_on))
    return response
