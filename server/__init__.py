"""The HTTP service: what speaks HTTP, and nothing else. What knows the graph is the package ``thidua``."""

import re
import time
import uuid
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, current_app, g, request
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from server import access, caching, graph, language, logs, metrics, pages, problems
from server.api import data, datasets, docs, health, questions, sparql, things, update, versions, vocabulary
from thidua.diff import FORMATS
from thidua.formats import GRAPHS, RESULTS

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: Blueprints whose POST only reads.
_READ_BY_ANYBODY: Final = ("sparql", "questions", "docs", "health", "pages", "things", "datasets", "vocabulary")
_EXPOSED: Final = "Content-Disposition, ETag, Link, Memento-Datetime, Retry-After, X-Graph-Version, X-Request-Id"
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
        ``PUBLISHER``: who the dataset's description says publishes it;
        ``LOG_LEVEL``, ``LOG_QUERIES``; and every limit of :class:`thidua.limits.Limits`.
    """
    app = Flask(__name__)
    app.config.from_mapping(
        STORE="store", PLAIN=False, TOKENS="", OPEN_WRITES=False, LOG_LEVEL="INFO", TRUSTED_PROXIES=0,
        PRIVATE=False,
        LOG_QUERIES=False,
        PUBLISHER="",
        MAX_CONTENT_LENGTH=256 * 1024,
        COMPRESS_ALGORITHM=["zstd", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["zstd", "gzip"],
        COMPRESS_LEVEL=5,
        COMPRESS_MIN_SIZE=1000,
        COMPRESS_MIMETYPES=[
            *RESULTS, *GRAPHS, *FORMATS, "application/geo+json", "text/html", "text/css", "application/problem+json"
        ],
    )  # fmt: skip
    app.config.from_prefixed_env("THIDUA")
    app.config.from_mapping(config or {})
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.to_stderr(app.config["LOG_LEVEL"])
    for part in (pages, questions, sparql, update, data, versions, things, datasets, vocabulary, docs, health):
        app.register_blueprint(part.bp)
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
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    if request.method == "OPTIONS" and request.url_rule is not None:
        allowed = current_app.make_default_options_response()
        allowed.status_code = 204
        return allowed
    if current_app.config["PRIVATE"] and request.blueprint not in ("health", None):
        access.require("read")
    return None


def _finish(response: Response) -> Response:
    """Headers that every response has."""
    response.headers.update(_SECURITY)
    if request.blueprint in _READ_BY_ANYBODY or request.method in ("GET", "HEAD"):
        # No credentials: a page elsewhere reads what anybody may read, never what a token opens.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Datetime, Content-Type, If-None-Match"
            response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["X-Request-Id"] = g.request_id
    caching.stamp(response)
    if request.endpoint != "static":
        response.vary.add("Accept")
    if response.mimetype == "text/html":
        response.vary.add("Accept-Language")
        response.content_language.add(language.current())
    return response
