"""Split request: the bytes of a request, parted into its query and all that is around it."""

import re
from typing import Final, NamedTuple

#: The longest line of a request that gunicorn takes, and one whose first parameter is a query.
_LINE: Final = 8190
_GET: Final = re.compile(rb"(GET /[^?# ]*\?query=)([!\"$%'-~]*)((?:&[^# ]*)? HTTP/1\.1\r\n.*)", re.DOTALL)
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)


class SplitRequest(NamedTuple):
    """A request's bytes: those around its query, and the query."""

    around: bytes
    query: bytes
    is_get: bool


def split(data: bytes) -> SplitRequest | None:
    """Split a request into its query and the rest, which must be all that there is; None if it has no such place."""
    end = data.find(b"\r\n\r\n")
    if data.startswith(b"GET "):
        found = _GET.fullmatch(data) if end + 4 == len(data) and data.find(b"\r\n") <= _LINE else None
        return SplitRequest(found[1] + found[3], found[2], True) if found else None
    length = _LENGTH.search(data, 0, end + 2) if data.startswith(b"POST ") else None
    if length is None or int(length[1]) != len(data) - end - 4:
        return None
    return SplitRequest(data[: length.start(1)] + data[length.end(1) : end], data[end + 4 :], False)
