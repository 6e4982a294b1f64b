"""Wire protocol between a process and its workers: a JSON head and bytes over a Unix socket; errors as heads."""

import json
import os
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

from thidua.base import errors
from thidua.base.errors import (
    KnowledgeGraphError,
    NotAcceptableError,
    QueryMemoryError,
    QuerySyntaxError,
    RdfSyntaxError,
)
from thidua.base.limits import Limits
from thidua.rdf.engine_errors import engine_error

_SIZES: Final = struct.Struct("=II")
#: Made once: with any option, json.dumps makes an encoder each time.
_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


def send(sock: socket.socket, head: dict[str, Any], body: bytes = b"", file: int | None = None) -> None:
    """Send one message, with a file's descriptor if there is one."""
    encoded = _encode(head).encode("utf-8", "replace")
    sizes = _SIZES.pack(len(encoded), len(body))
    if file is None:
        sock.sendall(sizes + encoded + body)
    else:
        socket.send_fds(sock, [sizes], [file])
        sock.sendall(encoded + body)


def receive(sock: socket.socket) -> tuple[dict[str, Any], bytes, int | None]:
    """Read one message: its head, its body, and a descriptor if one came along.

    :raises EOFError: the other side is gone.
    """
    try:
        start, files, _, _ = socket.recv_fds(sock, _SIZES.size, 1)
    except ConnectionResetError as exc:  # it left without reading all that was sent to it
        raise EOFError from exc
    try:
        head_size, body_size = _SIZES.unpack(start + _exactly(sock, _SIZES.size - len(start)))
        content = _exactly(sock, head_size + body_size)
        return json.loads(content[:head_size]), content[head_size:], files[0] if files else None
    except BaseException as exc:
        # The other side died in the middle; nobody else knows of the descriptor.
        for file in files:
            os.close(file)
        if isinstance(exc, ConnectionResetError):
            raise EOFError from exc
        raise


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = sock.recv(size) if size else b""
    if len(data) == size:
        return data  # as almost always
    pieces, left = [data], size - len(data)
    while left:
        pieces.append(sock.recv(left))
        if not pieces[-1]:
            raise EOFError
        left -= len(pieces[-1])
    return b"".join(pieces)


def described(error: Exception) -> dict[str, Any]:
    """An error as the parent raises it again."""
    head: dict[str, Any] = {"error": "KnowledgeGraphError", "detail": f"{type(error).__name__}: {error}"}
    if isinstance(error, MemoryError):
        return {"error": "MemoryError", "detail": ""}
    error = engine_error(error)
    if isinstance(error, OSError):
        return {"error": "StoreError", "detail": str(error)}
    if isinstance(error, KnowledgeGraphError):
        head = {"error": type(error).__name__, "detail": str(error)}
    if isinstance(error, (QuerySyntaxError, RdfSyntaxError)):
        head |= {"line": error.line, "column": error.column}
    if isinstance(error, NotAcceptableError):
        head |= {"available": error.available}
    return head


def error_of(reply: Mapping[str, Any], limits: Limits) -> Exception:
    """The worker's error, as it would have been raised here."""
    name, detail = reply["error"], reply["detail"]
    if name == "MemoryError":
        return QueryMemoryError(f"The query needed more than {limits.memory} MiB of memory. Ask for less.", "memory")
    if name == "QuerySyntaxError":
        return QuerySyntaxError(detail, reply["line"], reply["column"])
    if name == "RdfSyntaxError":
        return RdfSyntaxError(detail, reply["line"], reply["column"])
    if name == "NotAcceptableError":
        error = NotAcceptableError("", reply["available"])
        error.args = (detail,)
        return error
    if name == "AnswerTooLargeError":
        return errors.AnswerTooLargeError(detail, "answer")
    kind = getattr(errors, name, KnowledgeGraphError)
    return kind(detail) if issubclass(kind, KnowledgeGraphError) else KnowledgeGraphError(detail)
