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
from typing import IO, TYPE_CHECKING, Any, Final, cast

from thidua.base.errors import AnswerTooLargeError, KnowledgeGraphError, NotAcceptableError
from thidua.base.formats import GRAPHS, RESULTS
from thidua.base.sandbox import bound_resources, cut_network, end_with_parent, refuse_unless_cut
from thidua.base.temporary import temporary_file, temporary_space
from thidua.engine.opening import opened
from thidua.engine.remote.addresses import Addresses
from thidua.rdf.dumps import write_dump
from thidua.rdf.excerpt import excerpt
from thidua.rdf.quads import QuadStore
from thidua.versions.diff import compare
from thidua.versions.store import Identity, identity
from thidua.workers.wire import described, receive, send

if TYPE_CHECKING:
    from thidua.engine.remote.reader import RemoteVersion

#: Answers up to this many bytes travel over the socket.
_INLINE: Final = 1 << 20
#: Bytes written into a file at once; the engine itself writes a few thousand.
_BUFFER: Final = 1 << 18
#: How much nicer than others a long query is.
LOWER: Final = 10
#: Versions a worker keeps open.
_OPEN: Final = 4


class _Bounded:
    """A file that refuses to grow beyond a size; small ones stay in memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self.file: IO[bytes] = BytesIO()

    def write(self, data: bytes) -> int:
        self._size += len(data)
        if self._size > self._most:
            raise AnswerTooLargeError(
                f"The answer is larger than {self._most // 1_000_000} MB; add a LIMIT, or ask for less.", "answer"
            )
        if self._size > _INLINE and isinstance(self.file, BytesIO):
            start = self.file.getvalue()
            self.file = temporary_file(_BUFFER)
            with temporary_space():
                self.file.write(start)
        with temporary_space():
            return self.file.write(data)

    def flush(self) -> None:
        with temporary_space():
            self.file.flush()


class _Answerer:
    """Answers queries from published versions, the last few of which stay open."""

    def __init__(self, answer: int, addresses: Addresses | None) -> None:
        self._answer = answer
        self._addresses = addresses
        self.is_remote: Final = addresses is not None
        self._stores: OrderedDict[tuple[str, Identity], QuadStore | RemoteVersion] = OrderedDict()

    def __call__(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], IO[bytes]]:
        out = _Bounded(self._answer)
        if head["op"] == "diff":
            out.write(compare(Path(head["store"]), Path(head["other"])).write(head["media_type"], head["language"]))
            return {"form": "DIFF", "media_type": head["media_type"]}, out.file
        store = self._store(head["store"])
        # The engine asks of a file no more than this class has.
        file = cast(IO[bytes], out)
        if head["op"] == "graph":
            store.write_graph(file, head["media_type"], head["graph"])
            return {"form": "GRAPH", "media_type": head["media_type"]}, out.file
        if head["op"] == "dump":
            media_type = write_dump(store, file, head["media_type"], head["compressed"])
            return {"form": "GRAPH", "media_type": media_type}, out.file
        answer = store.query(
            body.decode(), default_graphs=head["default_graphs"], named_graphs=head["named_graphs"], base=head["base"]
        )
        media_type = head["graphs"] if answer.form == "GRAPH" else head["results"]
        if media_type is None:
            offers = tuple(GRAPHS if answer.form == "GRAPH" else RESULTS)
            raise NotAcceptableError("This answer does not come in the format that you accept.", offers)
        answer.write_to(file, media_type)
        shown = excerpt(out.file, answer.form, head["rows"], head["turtle"])
        return {"form": answer.form, "media_type": media_type}, shown

    def prepare(self, folder: str) -> None:
        """Open a version that will probably be asked; one that has gone since is no matter."""
        with contextlib.suppress(KnowledgeGraphError):
            self._store(folder)

    def _store(self, folder: str) -> "QuadStore | RemoteVersion":
        key = (folder, identity(Path(folder)))
        if key in self._stores:
            self._stores.move_to_end(key)
            return self._stores[key]
        store = self._stores[key] = opened(Path(folder), self._addresses)
        if len(self._stores) > _OPEN:
            self._stores.popitem(last=False)
        return store


def main(arguments: list[str]) -> None:
    """Answer queries until the parent leaves.

    :param arguments: the socket's descriptor, the address space in bytes, the largest answer in bytes, and the folder
        of a version to open before the first query comes, or an empty text.
    """
    descriptor, memory, answer = map(int, arguments[:3])
    sock = socket.socket(fileno=descriptor)
    addresses = Addresses.of_environment()
    isolation = "none" if addresses else cut_network()
    bound_resources(memory, 2 * answer)
    threading.Thread(target=end_with_parent, args=(sock,), daemon=True).start()
    answerer = _Answerer(answer, addresses)
    if arguments[3]:
        answerer.prepare(arguments[3])
    while True:
        with ThreadPoolExecutor(1) as thread:
            if not thread.submit(_serve, sock, answerer, isolation).result():
                return


def _serve(sock: socket.socket, answerer: _Answerer, isolation: str) -> bool:
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
            reply, file = answerer(head, body)
            file.flush()
        except Exception as exc:
            send(sock, described(exc))
            continue
        if isinstance(file, BytesIO):
            send(sock, reply, file.getvalue())
        else:
            send(sock, reply, file=file.fileno())
            file.close()
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
