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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import KnowledgeGraphError, StoreError
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

    def __init__(self, answer: int, memory: int, backend: Backend) -> None:
        self._answer = answer
        self._memory = memory
        self._backend = backend
        self.is_remote: Final = backend.is_remote
        self._versions: OrderedDict[tuple[Path, Identity], VersionReader] = OrderedDict()
        self._columns: OrderedDict[tuple[Path, Identity], VersionReader] = OrderedDict()

    def __call__(self, head: dict[str, Any], body: bytes) -> tuple[SerializedResult, str]:
        """The answer, and why the columns did not give it where they were to be asked first."""
        request, folder, why = from_wire(head, body), Path(head["store"]), ""
        if head.get("columns"):
            from thidua.columns.errors import NotCompiledError, NotExactError

            try:
                result = execute(request, folder, self._open_columns, ResultFile(self._answer))
                return replace(result, answered_by="columns"), ""
            except (NotCompiledError, NotExactError, StoreError) as exc:
                why = str(exc) or type(exc).__name__
        return execute(request, folder, self._open, ResultFile(self._answer)), why

    def _open_columns(self, folder: Path) -> VersionReader:
        from thidua.engine.columnar import ColumnarReader  # what only a long query needs

        return _kept(self._columns, folder, lambda: ColumnarReader(folder, self._memory // 2_000_000, self._answer))

    def prepare(self, folder: str) -> None:
        """Open a version that will probably be asked; one that has gone since is no matter."""
        with contextlib.suppress(KnowledgeGraphError):
            self._open(Path(folder))

    def _open(self, folder: Path) -> VersionReader:
        return _kept(self._versions, folder, lambda: self._backend.open(folder))


def _kept(
    kept: OrderedDict[tuple[Path, Identity], VersionReader], folder: Path, opened: Callable[[], VersionReader]
) -> VersionReader:
    """What is open of a version; the ones used last stay open."""
    key = (folder, identity(folder))
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    version = kept[key] = opened()
    if len(kept) > _OPEN:
        kept.popitem(last=False)
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
    answerer = _Answerer(answer, memory, backend)
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
            result, why = answerer(head, body)
        except Exception as exc:
            send(sock, encode_error(exc, memory))
            continue
        reply = {"form": result.form, "media_type": result.media_type, "by": result.answered_by, "why": why}
        if isinstance(result.file, BytesIO):
            send(sock, reply, result.file.getvalue())
        else:
            send(sock, reply, file=result.file.fileno())
            result.file.close()
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
