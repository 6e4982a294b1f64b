"""A process whose children work on a store and are made to die in the middle: ``python -m tests.support.crashing``.

It has everything imported and opens no store, so a child costs a fork, not the start of an interpreter. Orders come
in as lines of JSON, and what happens goes out as such; :class:`Victim` is the other end.
"""

import errno
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT
from thidua.base.errors import StoreError
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, PREFIXES, instance
from thidua.versions import history
from thidua.versions.store import VersionStore
from thidua.workers import write_worker
from thidua.write.request import Write
from thidua.write.transaction import Writer

#: What changes names on the disk, as Python's audit hooks call it.
_EVENTS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link")


def marking(mark: int, plain: bool) -> str:
    """An update that leaves a mark by which a version can be told."""
    if plain:
        return f'INSERT DATA {{ GRAPH <urn:marks> {{ <urn:mark:{mark}> <urn:is> "Dấu {mark}" }} }}'
    labels = f'skos:prefLabel "Người được đánh dấu"@vi ; skos:altLabel "Dấu {mark}"@vi'
    return f"""PREFIX skos: <{PREFIXES["skos"]}>
        INSERT DATA {{ GRAPH <{GRAPH}marks> {{ <{instance("person", f"marked-{mark}")}> {labels} }} }}"""


class Steps:
    """Counts what this process does to names on the disk, and its flushes; stops, kills or fails it at one of them.

    :param at: the step, from 1 on.
    :param then: ``stop``, ``die``, or ``fail`` as if the disk were full.
    :param begin: the kind of step from which to count, such as ``symlink``; at once if empty.
    """

    def __init__(self, at: int, then: str, begin: str = "") -> None:
        self._at, self._then, self._begin = at, then, begin
        self._taken = 0
        fsync = os.fsync

        def counted(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            self.reached("fsync", path)
            fsync(descriptor)
            if path.is_dir():
                self.reached("flushed", path)

        os.fsync = counted
        sys.addaudithook(self._audited)

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _EVENTS and not (event == "os.mkdir" and Path(arguments[0]).is_dir()):
            self.reached(event.removeprefix("os."), arguments[0])

    def reached(self, name: str, path: object = "") -> None:
        """A step is about to be taken."""
        if self._begin and name != self._begin:
            return
        self._begin = ""
        self._taken += 1
        if self._taken != self._at:
            return
        tell(step=f"{name} {path}")
        if self._then == "fail":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.kill(os.getpid(), signal.SIGSTOP if self._then == "stop" else signal.SIGKILL)


def tell(**message: object) -> None:
    """One line for the parent; it arrives whole, for it is shorter than a pipe's buffer."""
    os.write(1, json.dumps(message).encode() + b"\n")


def _carry_out(root: Path, own: Writer, plain: bool, order: dict[str, Any]) -> None:
    """What a child does: its work as often as ordered, telling how each time ended."""
    store = VersionStore(root)
    if "at" in order:
        Steps(order["at"], order["then"], order.get("begin", ""))
    tell(begun=os.getpid())
    for _ in range(order["times"]) if order["times"] else count():
        begun = time.process_time()
        try:
            match order["do"]:
                case "write":
                    mark = store.read(store.current_path()).number + 1
                    own.write(Write("update", text=marking(mark, plain)))
                case "rollback":
                    history.rollback(root, order["number"])
                case "restore":
                    history.restore(Path(order["archive"]), root)
                case "prune":
                    history.prune(root, keep=1)
        except StoreError as exc:
            tell(refused=type(exc).__name__, detail=str(exc))
        else:
            tell(done=store.read(store.current_path()).number, seconds=time.process_time() - begun)


def _serve(root: Path, files: Path | None) -> None:
    own = Writer(root, ProjectFiles(files) if files else None)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                _carry_out(root, own, files is None, json.loads(line))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, os.WUNTRACED)
        while os.WIFSTOPPED(status):
            tell(stopped=True)
            _, status = os.waitpid(child, os.WUNTRACED)
        tell(ended=os.waitstatus_to_exitcode(status))


class Victim:
    """The process, seen from a test."""

    def __init__(self, root: Path, files: Path | None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crashing", "serve", str(root), str(files or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self._child = 0

    def start(self, do: str, times: int = 1, **order: object) -> None:
        """Let a child do something; returns when it has begun.

        :param do: ``write``, ``rollback`` to `number`, ``restore`` from `archive`, or ``prune``.
        :param times: 0 for ever.
        :param order: `at`, `then` and `begin`, for :class:`Steps`.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, "times": times, **order}).encode() + b"\n")
        self._process.stdin.flush()
        self._child = next(self._heard())["begun"]

    def told(self, until: str = "ended") -> list[dict[str, Any]]:
        """What the child tells until it has ``ended`` (that comes last), or ``stopped``."""
        told = []
        for message in self._heard():
            told.append(message)
            if "ended" in message:
                self._child = 0
            if "ended" in message or until in message:
                return told
        raise AssertionError("the process is gone")

    def kill(self, after: float = 0) -> list[dict[str, Any]]:
        """Kill the child; what it had told until then.

        :param after: seconds of work that it is to have done, which say how far it is on a busy machine, too.
        """
        clock = (~self._child << 3) | 2  # clock_getcpuclockid(3): the time all its threads have worked
        while time.clock_gettime(clock) < after:
            time.sleep(0.0005)
        os.kill(self._child, signal.SIGKILL)
        return self.told()

    def run(self, do: str, **order: object) -> list[dict[str, Any]]:
        """Let a child do something to the end."""
        self.start(do, **order)
        told = self.told()
        assert told[-1] == {"ended": 0}
        return told[:-1]

    def _heard(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in iter(self._process.stdout.readline, b""):
            yield json.loads(line)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        if self._child:  # a test has failed half-way
            os.kill(self._child, signal.SIGKILL)
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve(Path(sys.argv[2]), Path(sys.argv[3]) if sys.argv[3] else None)
    else:  # a service's writing process, which dies at a step of its publishing
        descriptor, step, *others = sys.argv[1:]
        Steps(int(step), "die", "symlink")
        write_worker.main([descriptor, *others])
