"""IRI reference resolution (RFC 3986)."""

import re
from typing import Final

_REFERENCE: Final = re.compile(r"((?:[^:/?#]++:)?+(?://[^/?#]*+)?+)([^?#]*+)((?:\?[^#]*+)?+)((?:#.*+)?+)", re.DOTALL)


def resolve(reference: str, base: str) -> str:
    """An IRI reference, resolved strictly against an absolute IRI; an empty query or fragment stays.

    :source: https://www.rfc-editor.org/rfc/rfc3986#section-5.2
    """
    head, path, query, _ = _parts(base)
    authority, its_path, its_query, its_fragment = _parts(reference)
    if authority:
        head, path, query = head.partition("//")[0] + authority, _without_dots(its_path), its_query
    elif its_path.startswith("/"):
        path, query = _without_dots(its_path), its_query
    elif its_path:
        before = path.rpartition("/")[0] + "/" if "/" in path or "//" in head else ""
        path, query = _without_dots(before + its_path), its_query
    else:
        query = its_query or query
    return head + path + query + its_fragment


def _parts(reference: str) -> tuple[str, str, str, str]:
    """Scheme with authority, path, query with its mark, and fragment with its mark."""
    found = _REFERENCE.fullmatch(reference)
    assert found is not None  # each part may be empty, and the last takes all
    return found[1], found[2], found[3], found[4]


def _without_dots(path: str) -> str:
    """A path without the segments ``.`` and ``..``."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if len(kept) > path.startswith("/"):
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if path.endswith(("/.", "/..")) or path in (".", ".."):
        kept.append("")
    return "/".join(kept)
