"""Worker process: carries out writes, one after the other, and may be killed at any moment.

Started as ``python -m thidua.workers.write_worker``. What a writer sends is parsed here, away from the web process,
without a network and with bounded memory. Killed in the middle, it leaves a draft that nobody has seen and that the
next write deletes.
"""

import dataclasses
import json
import socket
import sys
import threading
from pathlib import Path

from thidua.base.errors import InvalidDataError
from thidua.base.files import ProjectFiles
from thidua.base.limits import Limits
from thidua.base.sandbox import bound_resources, cut_network, end_with_parent, refuse_unless_cut
from thidua.checks.report import report
from thidua.engine.backend import backend_of_environment
from thidua.workers.wire import encode_error, receive, send
from thidua.write.request import decode
from thidua.write.transaction import Writer


def main(arguments: list[str]) -> None:
    """Carry out writes until the parent leaves.

    :param arguments: the socket's descriptor, the address space in bytes, and the store as JSON: ``root``, ``files``
        (null for a plain store), ``wait`` in seconds, ``limits``, ``texts`` the folder of articles.
    """
    sock = socket.socket(fileno=int(arguments[0]))
    store = json.loads(arguments[2])
    backend = backend_of_environment()
    isolation = "none" if backend.is_remote else cut_network()
    bound_resources(int(arguments[1]))
    threading.Thread(target=end_with_parent, args=(sock,), daemon=True).start()
    root, files = Path(store["root"]), ProjectFiles(Path(store["files"])) if store["files"] else None
    limits = Limits(**store["limits"])
    writer = Writer(root, files, backend.working_copy(root), texts=store["texts"], limits=limits)
    send(sock, {"ready": True, "isolation": isolation})
    while True:
        try:
            head, body, _ = receive(sock)
        except EOFError:
            return
        try:
            if not backend.is_remote:
                refuse_unless_cut(isolation)
            act = writer.preview if head.pop("preview", False) else writer.write
            outcome = act(*decode(head, body), wait=store["wait"])
        except Exception as exc:
            if isinstance(exc, InvalidDataError):
                exc.report = report(exc.findings)
            send(sock, encode_error(exc, limits.memory))
        else:
            send(sock, {}, json.dumps(dataclasses.asdict(outcome)).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
