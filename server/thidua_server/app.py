"""Application factory: the Flask app with its blueprints, error handlers and headers."""

import importlib
import os
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, g, request
from flask_compress import Compress
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from thidua.base.formats import COMPRESSIBLE
from thidua.base.settings import read_settings
from thidua_server import api, pages
from thidua_server.html import language, menu, search_words, sharing
from thidua_server.http import access, caching, context, logs, metrics, negotiation, problems
from thidua_server.http.bodies import WholeRequest
from thidua_server.http.dates import Number, pass_over_impossible_dates
from thidua_server.http.handover import Observers
from thidua_server.openapi import operations

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]*)?|\[[0-9A-Fa-f:.]+\](:[0-9]*)?")
_EXPOSED: Final = (
    "Content-Disposition, Content-Location, ETag, Link, Memento-Datetime, Query-Hint, Retry-After, Thidua-Answered-By, "
    "X-Graph-Version, X-Request-Id"
)
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


def create_app(config: Mapping[str, Any] | None = None, observers: Observers = ()) -> Flask:
    """Build the app; nothing is read or opened at import time.

    A missing store is no reason not to start: ``/health/ready`` says so until there is one.

    :param config: wins over the environment, from which :mod:`thidua.base.settings` and :mod:`thidua.base.limits` are
        read. Only here are ``PLAIN``, the store holds any RDF, and ``OPEN_WRITES``, writing needs no token.
    :param observers: see each response when it is finished, counted and logged; for a gateway that keeps some.
    :raises InputError: a setting is wrong.
    """
    app = Flask(__name__)
    app.request_class = WholeRequest
    app.url_map.converters["int"] = Number
    app.config.from_mapping(
        PLAIN=False,
        OPEN_WRITES=False,
        MAX_CONTENT_LENGTH=256 * 1024,
        COMPRESS_ALGORITHM=["zstd", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["zstd", "gzip"],
        COMPRESS_LEVEL=5,
        COMPRESS_MIN_SIZE=1000,
        COMPRESS_MIMETYPES=[
            *COMPRESSIBLE, "application/problem+json", "text/html", "text/css", "text/javascript", "image/svg+xml",
        ],
    )  # fmt: skip
    app.config.from_mapping(read_settings(os.environ))
    app.config.from_mapping(config or {})
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.to_stderr(app.config["LOG_LEVEL"])
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    operations.register(app)
    menu.register(app)
    language.register(app)
    search_words.register(app)
    sharing.register(app)
    app.before_request(_admit)
    # Flask runs these in the reverse order: the log comes after the headers are complete.
    for observer in reversed(observers):
        app.after_request(observer)
    logs.register(app)
    metrics.register(app)
    Compress(app)
    app.after_request(_finish)
    problems.register(app)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies, 0, proxies)  # type: ignore[method-assign]
    context.open_in(app)
    return app


def _blueprints() -> Iterator[Blueprint]:
    """Those of every module in api/ and pages/, by the modules' names."""
    for package in (api, pages):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(module.name).bp


def _admit() -> Response | None:
    """Name the request, answer preflights, and keep strangers out of a private service."""
    g.begun = time.perf_counter()
    given = request.environ.get("HTTP_X_REQUEST_ID", "")
    g.request_id = given if given and _REQUEST_ID.fullmatch(given) else logs.new_id()
    host = request.environ.get("HTTP_HOST")
    if not _HOST.fullmatch(host or "") and (host is not None or request.environ["SERVER_PROTOCOL"] == "HTTP/1.1"):
        raise BadRequest("The header Host is missing, or names no host.")
    if accepted := request.environ.get("HTTP_ACCEPT_ENCODING"):
        request.environ["HTTP_ACCEPT_ENCODING"] = negotiation.encodings(accepted)
    pass_over_impossible_dates(request.environ)
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
    for name, value in _SECURITY.items():
        headers.setdefault(name, value)  # a view may have its own: a preview is made to be framed
    if method in ("GET", "HEAD") or request.blueprint in operations.open_to_all(current_app):
        # No credentials: a page elsewhere reads what anybody may read, never what a token opens.
        headers.extend(_READABLE)
        if method == "OPTIONS":
            headers.extend(_PREFLIGHT)
    headers.add("X-Request-Id", g.request_id)
    depends_on = [] if request.endpoint == "static" else ["Accept"]
    if caching.stamp(response):
        depends_on.append("Accept-Datetime")
    if response.mimetype == "text/html" or request.blueprint == "reconcile":
        depends_on.append("Accept-Language")
        response.content_language.add(language.current())
    response.vary.update(depends_on)
    return response
