"""Conditional writes over HTTP (If-Match): who signs them, on top of which version, how their outcome is told."""

import json
import re
from typing import Final

from flask import Response, current_app, request, url_for

from thidua.base.errors import InputError
from thidua.workers.write_process import WritingProcess
from thidua.write.request import CommitInfo, Preview, Write, WriteResult
from thidua_server.http import context

#: A version's number, alone or within one of our entity tags.
_TAG: Final = re.compile(r'(?:W/)?"(?:([0-9]{1,9})|[0-9a-f]{12}-([0-9]{1,9})-[0-9a-f]{16}(?::[a-z]+)?)"')


def largest() -> int:
    """The most bytes that the body of a write may have."""
    return context.pool().limits.upload * 1_000_000


def carry_out(write: Write, author: str) -> WriteResult:
    """Carry out a write in the writing process.

    The headers ``If-Match`` (a version's number or an entity tag of it) and ``X-Message`` (why, for the version's
    history) are read here; ``?message=`` does as well.

    :raises ConflictError: the version is not the current one any more.
    """
    return signed(write, CommitInfo(author, message(), expected()))


def signed(write: Write, commit: CommitInfo) -> WriteResult:
    """Carry out a write in the writing process."""
    return _writer().write(write, commit)


def previewed(write: Write, commit: CommitInfo) -> Preview:
    """Try a write in the writing process; nothing comes of it."""
    return _writer().preview(write, commit)


def _writer() -> WritingProcess:
    writer: WritingProcess = current_app.extensions["kg-writer"]
    return writer


def answered(result: WriteResult, status: int | None = None) -> Response:
    """A write's result as a response: its version in the headers, and in the body if the client reads JSON."""
    version = result.version
    described = {
        "version": version.number,
        "published": result.published,
        "triples": version.triples,
        "warnings": [{"message": finding.en, "focus": finding.focus} for finding in result.findings],
    }
    wants_json = request.accept_mimetypes.best_match(["application/json", "text/plain"]) == "application/json"
    wants_json &= request.accept_mimetypes.provided
    response = Response(status=status or (200 if wants_json else 204))
    if wants_json or status == 200:
        response.set_data(json.dumps(described, ensure_ascii=False) + "\n")
        response.mimetype = "application/json"
    response.set_etag(str(version.number))
    response.headers["X-Graph-Version"] = str(version.number)
    response.headers.add("Link", f'<{url_for("versions.version", number=version.number)}>; rel="version-history"')
    return response


def message() -> str:
    """Why, for the version's history: ``?message=``, or the header ``X-Message`` in UTF-8."""
    header = request.headers.get("X-Message", "").encode("latin-1").decode("utf-8", "replace")
    return (request.args.get("message") or header)[:500]


def expected() -> int | None:
    """The version that ``If-Match`` names; None when it does not matter.

    :raises InputError: it names none.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given or given == "*":
        return None
    found = _TAG.fullmatch(given)
    if found is None:
        raise InputError(f'If-Match is a version, such as "7", or an ETag of this service, not {given!r}.')
    return int(found[1] or found[2])
