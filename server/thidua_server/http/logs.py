"""Structured logs: one JSON object a line on standard error, each with the id of the request it belongs to.

What people ask is theirs: query texts are left out unless the operator wants them (``THIDUA_LOG_QUERIES=1``).
"""

import datetime
import json
import logging
import time
from random import getrandbits
from typing import Any, Final

from flask import Flask, Response, current_app, g, has_request_context, request

log = logging.getLogger(__name__)

#: Made once: with any option, json.dumps makes an encoder each time.
_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        request_id = getattr(record, "request_id", None) or (has_request_context() and g.get("request_id"))
        if request_id:
            line["request_id"] = request_id
        line["message"] = record.getMessage()
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _encode(line)


def to_stderr(level: str) -> None:
    """Send this project's loggers to standard error; once."""
    for name in ("thidua_server", "thidua"):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        if not logger.handlers:
            handler = logging.StreamHandler()
            handler.setFormatter(_Lines())
            logger.addHandler(handler)
            logger.propagate = False


def new_id() -> str:
    """An id for a request, unlike any other; it is no secret."""
    return f"{getrandbits(128):032x}"


def register(app: Flask) -> None:
    """Log every request when it is answered."""
    app.after_request(_log)


def tell(request_id: str, fields: dict[str, Any]) -> None:
    """Log one request; where in the code that was says nothing, so it is not looked up."""
    if log.isEnabledFor(logging.INFO):
        extra = {"request_id": request_id, "fields": fields}
        log.handle(log.makeRecord(log.name, logging.INFO, "", 0, "request", (), None, extra=extra))


def _log(response: Response) -> Response:
    tell(g.request_id, fields_of(response))
    return response


def fields_of(response: Response) -> dict[str, Any]:
    """What is told of the current request."""
    known = vars(g._get_current_object())
    fields: dict[str, Any] = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "ms": round(1000 * (time.perf_counter() - known["begun"]), 1),
        "bytes": response.content_length,
        "client": request.remote_addr,
    }
    if "problem_code" in known:
        fields["code"] = known["problem_code"]
    if "snapshot" in known:
        fields["version"] = known["snapshot"].version.number
    if "query_text" in known and current_app.config["LOG_QUERIES"]:
        fields["query"] = known["query_text"]
    return fields
