"""Control socket for operators: a Unix socket in the store's folder, by which `thidua queries` lists and cancels.

It needs no token, because only who may write into the folder can reach it, and no free slot for a query.
"""

import contextlib
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

from thidua.workers.control import FOLDER, address, forget_dead
from thidua.workers.pool import QueryPool


def listen(store: Path, pool: QueryPool) -> None:
    """Answer operators for as long as this process lives; without a folder to write into, nobody can ask."""
    folder = store / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        forget_dead(store)
        path = folder / f"{os.getpid()}.sock"
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        with address(path) as short:
            listener.bind(short)
        path.chmod(0o600)
        listener.listen(4)
    except OSError:
        return
    threading.Thread(target=_serve, args=(listener, pool), daemon=True).start()


def _serve(listener: socket.socket, pool: QueryPool) -> None:
    while True:
        with contextlib.suppress(OSError, ValueError, KeyError), listener.accept()[0] as connection:
            connection.settimeout(5)
            asked: dict[str, Any] = json.loads(connection.makefile("rb").readline(4096))
            answer = pool.cancel(int(asked["cancel"])) if "cancel" in asked else pool.queries()
            connection.sendall(json.dumps(answer).encode() + b"\n")
