"""HTTP caching: validators and lifetimes (RFC 9110, 9111). An answer is a fact about one version."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from flask import Response, current_app, g, request
from werkzeug.urls import iri_to_uri

from thidua.graph import Snapshot
from thidua_server.http import memento

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
    """Headers that say which version answered, and how long that holds; tells whether another time has another."""
    known = vars(g._get_current_object())
    pinned: str | None = known.get("pinned")
    negotiated = pinned in ("", "time")
    snapshot: Snapshot | None = known.get("snapshot")
    read = request.method in ("GET", "HEAD")
    if snapshot is None or pinned is None or response.status_code >= 400:
        return negotiated
    done = response.status_code in (200, 304)
    if "etag" in known and read and done:
        response.set_etag(known["etag"])
        # What a token opens is for its holder, so no cache that others share may keep it.
        whose = "private" if current_app.config["PRIVATE"] else "public"
        lasting = pinned in ("version", "address")
        response.headers["Cache-Control"] = f"{whose}, {_NEVER_CHANGES}" if lasting else "no-cache"
    if done:
        response.headers.add("X-Graph-Version", str(snapshot.version.number))
        if pinned:
            response.headers.add("Memento-Datetime", memento.http_date(snapshot.version))
    if read:
        asked = address()
        for link in memento.links(asked, snapshot.version, pinned):
            response.headers.add("Link", link)
        variant: str | None = known.get("variant")
        if done and (variant or pinned == "time"):
            there = asked._replace(path=variant) if variant else asked
            response.content_location = there.of(snapshot.version.number) if pinned else there.original()
    return negotiated


def address() -> memento.Address:
    """What this request asks."""
    root = iri_to_uri(request.url_root)
    return memento.Address(root, iri_to_uri(request.base_url).removeprefix(root), request.environ["QUERY_STRING"])


def is_variant(path: str) -> None:
    """Say where the format chosen by ``Accept`` has an address of its own, given as a path from the service's root."""
    g.variant = path.removeprefix(request.script_root).lstrip("/")
