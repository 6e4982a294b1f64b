"""Validators and lifetimes (RFC 9110, 9111) and Memento (RFC 7089): an answer is a fact about one version."""

import datetime
import hashlib
from collections.abc import Mapping
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, current_app, g, request
from werkzeug.urls import iri_to_uri

from thidua.graph import Snapshot
from thidua.versions import Version

_NEVER_CHANGES: Final = "max-age=31536000, immutable"


def not_modified(snapshot: Snapshot, *representation: str | None) -> Response | None:
    """A 304 if the client has this very representation; else None, and the response will carry its validator.

    :param representation: what the answer depends on beside the version and the address: format, language, body.
    """
    environ = request.environ
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    etag = g.etag = tag(snapshot, place(environ), environ["QUERY_STRING"], *representation)
    if "HTTP_IF_NONE_MATCH" in environ:
        matches = request.if_none_match
        if any(matches.contains_weak(etag + suffix) for suffix in _ENCODINGS):
            return Response(status=304)
    return None


def for_now() -> None:
    """Let nobody keep the answer, in which something is missing that the next one may have."""
    g.pop("etag", None)
    g.repeatable = False


def place(environ: Mapping[str, Any]) -> str:
    """The address without its parameters: answers may hold it, as a link or as the base of relative IRIs."""
    return f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}{environ['PATH_INFO']}"


def tag(snapshot: Snapshot, path: str, query_string: str, *representation: str | None) -> str:
    """The entity tag of an answer: what it depends on, as a digest, behind its version."""
    parts = [path, query_string, *map(str, representation)]
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
    return f"{snapshot.version.hash[:12]}-{snapshot.version.number}-{digest}"


#: What compression adds to an entity tag.
_ENCODINGS: Final = ("", ":gzip", ":zstd")


def stamp(response: Response) -> bool:
    """Headers that say which version answered, and for how long that holds; tells whether a version did."""
    if response.status_code not in (200, 304):
        return False
    known = vars(g._get_current_object())
    pinned = known.get("pinned")
    if "etag" in known and request.method in ("GET", "HEAD"):
        response.set_etag(known["etag"])
        # What a token opens is for its holder, so no cache that others share may keep it.
        whose = "private" if current_app.config["PRIVATE"] else "public"
        response.headers["Cache-Control"] = f"{whose}, {_NEVER_CHANGES}" if pinned == "version" else "no-cache"
    snapshot: Snapshot | None = known.get("snapshot")
    if snapshot is None:
        return False
    for name, value in of_version(snapshot.version):
        response.headers.add(name, value)
    if pinned:
        # Beside what a mirror of the answer is, say where the living one is.
        rest = [pair for pair in request.args.items(multi=True) if pair[0] != "version"]
        original = iri_to_uri(request.base_url) + ("?" + urlencode(rest) if rest else "")
        response.headers.add("Link", f'<{original}>; rel="original timegate"')
    return True


@lru_cache(256)
def of_version(version: Version) -> list[tuple[str, str]]:
    """Headers that every answer of a version has."""
    return [("X-Graph-Version", str(version.number)), ("Memento-Datetime", http_date(version))]


def http_date(version: Version) -> str:
    """When a version was published, as HTTP writes it."""
    return format_datetime(datetime.datetime.fromisoformat(version.time).astimezone(datetime.UTC), usegmt=True)
