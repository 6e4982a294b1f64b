"""Wire protocol between a process and its workers: a JSON head and bytes over a Unix socket; errors as heads."""

import json
import os
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

from thidua.base.errors import KnowledgeGraphError, QueryMemoryError, StoreError
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


def encode_error(error: Exception, memory: int) -> dict[str, Any]:
    """The head of a reply that tells of an error.

    :param memory: MiB that a query may have.
    """
    error = engine_error(error)
    if isinstance(error, MemoryError):
        error = QueryMemoryError(f"The query needed more than {memory} MiB of memory. Ask for less.", "memory")
    elif isinstance(error, OSError):
        error = StoreError(str(error))
    elif not isinstance(error, KnowledgeGraphError):
        error = KnowledgeGraphError(f"{type(error).__name__}: {error}")
    return {"error": error.to_wire()}


def decode_error(reply: Mapping[str, Any]) -> KnowledgeGraphError | None:
    """The error that a reply tells of, as it would have been raised here; None if it tells of none."""
    return KnowledgeGraphError.from_wire(reply["error"]) if "error" in reply else None
