"""Validators and lifetimes (RFC 9110, 9111) and Memento (RFC 7089): an answer is a fact about one version."""

import datetime
import hashlib
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from flask import Response, g, request

from thidua.graph import Snapshot
from thidua.versions import Version

_NEVER_CHANGES: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


def not_modified(snapshot: Snapshot, *representation: str | None) -> Response | None:
    """A 304 if the client has this very representation; else None, and the response will carry its validator.

    :param representation: what the answer depends on beside the version and the address: format, language, body.
    """
    environ = request.environ
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    parts = [environ["PATH_INFO"], environ["QUERY_STRING"], *map(str, representation)]
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
    etag = g.etag = f"{snapshot.version.hash[:12]}-{snapshot.version.number}-{digest}"
    if "HTTP_IF_NONE_MATCH" in environ:
        matches = request.if_none_match
        if any(matches.contains_weak(etag + suffix) for suffix in _ENCODINGS):
            return Response(status=304)
    return None


#: What compression adds to an entity tag.
_ENCODINGS: Final = ("", ":gzip", ":zstd")


def stamp(response: Response) -> bool:
    """Headers that say which version answered, and for how long that holds; tells whether a version did."""
    known = vars(g._get_current_object())
    snapshot: Snapshot | None = known.get("snapshot")
    if snapshot is None or response.status_code not in (200, 304):
        return False
    response.headers.add("X-Graph-Version", str(snapshot.version.number))
    response.headers.add("Memento-Datetime", http_date(snapshot.version))
    if "etag" in known:
        response.set_etag(known["etag"])
        response.headers["Cache-Control"] = _NEVER_CHANGES if known["pinned"] == "version" else _ASK_AGAIN
    if known["pinned"]:
        # Beside what a mirror of the answer is, say where the living one is.
        original = request.base_url
        response.headers.add("Link", f'<{original}>; rel="original timegate"')
    return True


@lru_cache(256)
def http_date(version: Version) -> str:
    """When a version was published, as HTTP writes it."""
    return format_datetime(datetime.datetime.fromisoformat(version.time).astimezone(datetime.UTC), usegmt=True)
