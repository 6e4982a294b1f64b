"""Talk to running services: list their queries, cancel one. The other side is :mod:`thidua_server.http.control`."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import NotFoundError

#: Of the store: one socket for each web process.
FOLDER: Final = "run"


@contextmanager
def address(path: Path) -> Iterator[str]:
    """A name for a socket that fits into the hundred bytes that the system gives it, wherever the store lies."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def queries(store: Path) -> list[dict[str, Any]]:
    """The queries on their way in every service on this store; ``id`` is for :func:`cancel`."""
    found = []
    for path in sorted((store / FOLDER).glob("*.sock")):
        for query in _asked(path, {"list": True}) or []:
            found.append(query | {"id": f"{path.stem}.{query['id']}"})
    return found


def cancel(store: Path, number: str) -> None:
    """Stop a query.

    :raises NotFoundError: there is none of that id; it may have ended.
    """
    process, _, query = number.partition(".")
    path = store / FOLDER / f"{process}.sock"
    if not query.isdigit() or not process.isdigit() or not _asked(path, {"cancel": int(query)}):
        raise NotFoundError(f"No query {number} is running; `thidua queries list` shows those that are.")


def forget_dead(store: Path) -> None:
    """Delete the sockets of processes that died without tidying up."""
    for path in (store / FOLDER).glob("*.sock"):
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                with address(path) as short:
                    connection.connect(short)
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)


def _asked(path: Path, question: dict[str, Any]) -> Any:
    """The answer of one process; None when it is gone."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            with address(path) as short:
                connection.connect(short)
            connection.sendall(json.dumps(question).encode() + b"\n")
            return json.loads(connection.makefile("rb").readline())
    except ConnectionRefusedError:
        path.unlink(missing_ok=True)  # its process died without tidying up
        return None
    except (OSError, ValueError):
        return None
