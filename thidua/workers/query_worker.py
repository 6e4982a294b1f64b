"""Worker process: answers one query at a time, and may be killed at any moment.

Started as ``python -m thidua.workers.query_worker``. It speaks with its parent over a Unix socket: each message is a
JSON head and bytes. Nothing is ever unpickled, so a query that took the worker over would still only be able to send a
wrong answer. A large answer goes into an unnamed file whose descriptor is handed over; if either side dies, the file is
gone.
"""

import contextlib
import os
import socket
import sys
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import KnowledgeGraphError
from thidua.base.sandbox import bound_resources, cut_network, end_with_parent, refuse_unless_cut
from thidua.engine.backend import Backend, VersionReader, backend_of_environment
from thidua.engine.execute import ResultFile, execute
from thidua.engine.query import SerializedResult, from_wire
from thidua.versions.store import Identity, identity
from thidua.workers.wire import encode_error, receive, send

#: How much nicer than others a long query is.
LOWER: Final = 10
#: Versions a worker keeps open.
_OPEN: Final = 4


class _Answerer:
    """Answers queries from published versions, the last few of which stay open."""

    def __init__(self, answer: int, backend: Backend) -> None:
        self._answer = answer
        self._backend = backend
        self.is_remote: Final = backend.is_remote
        self._versions: OrderedDict[tuple[Path, Identity], VersionReader] = OrderedDict()

    def __call__(self, head: dict[str, Any], body: bytes) -> SerializedResult:
        return execute(from_wire(head, body), Path(head["store"]), self._open, ResultFile(self._answer))

    def prepare(self, folder: str) -> None:
        """Open a version that will probably be asked; one that has gone since is no matter."""
        with contextlib.suppress(KnowledgeGraphError):
            self._open(Path(folder))

    def _open(self, folder: Path) -> VersionReader:
        key = (folder, identity(folder))
        if key in self._versions:
            self._versions.move_to_end(key)
            return self._versions[key]
        version = self._versions[key] = self._backend.open(folder)
        if len(self._versions) > _OPEN:
            self._versions.popitem(last=False)
        return version


def main(arguments: list[str]) -> None:
    """Answer queries until the parent leaves.

    :param arguments: the socket's descriptor, the address space in bytes, the largest answer in bytes, and the folder
        of a version to open before the first query comes, or an empty text.
    """
    descriptor, memory, answer = map(int, arguments[:3])
    sock = socket.socket(fileno=descriptor)
    backend = backend_of_environment()
    isolation = "none" if backend.is_remote else cut_network()
    bound_resources(memory, 2 * answer)
    threading.Thread(target=end_with_parent, args=(sock,), daemon=True).start()
    answerer = _Answerer(answer, backend)
    if arguments[3]:
        answerer.prepare(arguments[3])
    while True:
        with ThreadPoolExecutor(1) as thread:
            if not thread.submit(_serve, sock, answerer, isolation, memory >> 20).result():
                return


def _serve(sock: socket.socket, answerer: _Answerer, isolation: str, memory: int) -> bool:
    """Answer queries in this thread; returns whether another thread has to go on.

    On Linux a priority is a thread's own, and once lowered nobody may raise it again: so a thread that has answered
    a long query at low priority has done its work, and the process, with its stores open, has not.
    """
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    send(sock, {"ready": True, "isolation": isolation, "thread": threading.get_native_id()})
    while os.getpriority(os.PRIO_PROCESS, 0) == usual:
        try:
            head, body, _ = receive(sock)
        except EOFError:
            return False
        if head["low"]:
            os.setpriority(os.PRIO_PROCESS, 0, usual + LOWER)
        try:
            if not answerer.is_remote:
                refuse_unless_cut(isolation)
            result = answerer(head, body)
        except Exception as exc:
            send(sock, encode_error(exc, memory))
            continue
        reply = {"form": result.form, "media_type": result.media_type}
        if isinstance(result.file, BytesIO):
            send(sock, reply, result.file.getvalue())
        else:
            send(sock, reply, file=result.file.fileno())
            result.file.close()
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
