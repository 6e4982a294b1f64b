"""Validators and lifetimes (RFC 9110, 9111) and Memento (RFC 7089): an answer is a fact about one version."""

import datetime
import hashlib
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlencode

from flask import Response, g, request
from werkzeug.urls import iri_to_uri

from thidua.graph import Snapshot
from thidua.versions import Version

_NEVER_CHANGES: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


def not_modified(snapshot: Snapshot, *representation: str | None) -> Response | None:
    """A 304 if the client has this very representation; else None, and the response will carry its validator.

    :param representation: what the answer depends on beside the version and the address: format, language, body.
    """
    parts = [request.full_path, *map(str, representation)]
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
    g.etag = f"{snapshot.version.hash[:12]}-{snapshot.version.number}-{digest}"
    matches = request.if_none_match
    if request.method in ("GET", "HEAD") and any(matches.contains_weak(g.etag + suffix) for suffix in _ENCODINGS):
        return Response(status=304)
    return None


#: What compression adds to an entity tag.
_ENCODINGS: Final = ("", ":gzip", ":zstd")


def stamp(response: Response) -> None:
    """Headers that say which version answered, and for how long that holds."""
    snapshot: Snapshot | None = g.get("snapshot")
    if snapshot is None or response.status_code not in (200, 304):
        return
    response.headers["X-Graph-Version"] = str(snapshot.version.number)
    response.headers["Memento-Datetime"] = http_date(snapshot.version)
    response.vary.add("Accept-Datetime")
    if "etag" in g and request.method in ("GET", "HEAD"):
        response.set_etag(g.etag)
        response.headers["Cache-Control"] = _NEVER_CHANGES if g.pinned == "version" else _ASK_AGAIN
    if g.pinned:
        # Beside what a mirror of the answer is, say where the living one is.
        rest = [pair for pair in request.args.items(multi=True) if pair[0] != "version"]
        original = iri_to_uri(request.base_url) + ("?" + urlencode(rest) if rest else "")
        response.headers.add("Link", f'<{original}>; rel="original timegate"')


def http_date(version: Version) -> str:
    """When a version was published, as HTTP writes it."""
    return format_datetime(datetime.datetime.fromisoformat(version.time).astimezone(datetime.UTC), usegmt=True)
