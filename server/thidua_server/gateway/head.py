"""Response heads in HTTP/1.1: the one writer of status lines and header fields."""

import time
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from gunicorn import SERVER, util

_STATUS_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


def fields(headers: Iterable[tuple[str, object]]) -> bytes:
    """Header fields, a line each."""
    return "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("latin-1")


def passing_fields(request_id: str) -> bytes:
    """The fields that no two responses share, after those of the moment."""
    return _moment(int(time.time())) + fields([("X-Request-Id", request_id)])


def response(status: int, *parts: bytes, body: bytes) -> bytes:
    """A whole response, from fields in parts."""
    return b"".join((_STATUS_LINES[status], *parts, b"\r\n", body))


@lru_cache(1)
def _moment(second: int) -> bytes:
    """What gunicorn writes before a response's own fields, where the connection stays open."""
    return fields([("Server", SERVER), ("Date", util.http_date(second)), ("Connection", "keep-alive")])
