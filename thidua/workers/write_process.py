"""The one process that writes for a service: started at the first write, ended when it has been idle for a while."""

import dataclasses
import json
import threading
import time
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import OutcomeUnknownError, QueryTimeoutError, StoreError, WriteFailedError
from thidua.base.files import ProjectFiles
from thidua.base.limits import Limits
from thidua.engine.backend import Backend
from thidua.versions.store import Version, VersionStore
from thidua.workers.process import Worker
from thidua.workers.wire import decode_error
from thidua.write.request import CommitInfo, Preview, Write, WriteResult, decode_preview, decode_result, encode

#: Writes load the rules, the shapes and what they touch; the engine's own buffers are larger too.
_MEMORY: Final = 4
_IDLE: Final = 60.0


class WritingProcess:
    """Carries out writes in a process of its own. Safe to use from many threads: writers queue."""

    def __init__(
        self, root: Path, files: ProjectFiles | None, limits: Limits, backend: Backend | None = None,
        texts: str = "",
    ) -> None:  # fmt: skip
        self._environment = backend.environment() if backend else {}
        self._store = {
            "root": str(root),
            "files": str(files.root) if files else None,
            "wait": limits.write_timeout,
            "limits": dataclasses.asdict(limits),
            "texts": texts,
        }
        self._versions = VersionStore(root)
        self._limits = limits
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._used = 0.0

    def write(self, write: Write, commit: CommitInfo) -> WriteResult:
        """Carry out one write; raises what :meth:`thidua.write.transaction.Writer.write` does.

        :raises QueryTimeoutError: it took too long, waiting for other writers included; nothing was written.
        :raises OutcomeUnknownError: the process was killed, and perhaps only after it had written.
        """
        return decode_result(self._ask(write, commit))

    def preview(self, write: Write, commit: CommitInfo) -> Preview:
        """Try one write; raises what :meth:`thidua.write.transaction.Writer.preview` does.

        :raises QueryTimeoutError: it took too long, waiting for writers included.
        """
        return decode_preview(self._ask(write, commit, preview=True))

    def _ask(self, write: Write, commit: CommitInfo, *, preview: bool = False) -> dict[str, Any]:
        until = time.monotonic() + self._limits.write_timeout
        if not self._lock.acquire(timeout=self._limits.write_timeout):
            raise QueryTimeoutError("Other writers took too long; try again.", "write_timeout", 10)
        try:
            return self._answer(write, commit, until, preview)
        finally:
            self._used = time.monotonic()
            self._lock.release()

    def _answer(self, write: Write, commit: CommitInfo, until: float, preview: bool) -> dict[str, Any]:
        if self._worker is not None and not self._worker.is_alive():
            self._discard()
        if self._worker is None:
            memory = self._limits.memory * 1024 * 1024 * _MEMORY
            self._worker = Worker(
                "thidua.workers.write_worker", str(memory), json.dumps(self._store), environment=self._environment
            )
            threading.Thread(target=self._retire, args=(self._worker,), daemon=True).start()
        head, body = encode(write, commit)
        before = self._versions.current()
        try:
            reply, file = self._worker.ask(head | {"preview": preview}, body, until, None, None)
        except (TimeoutError, EOFError) as exc:
            self._discard()
            if not preview:
                self._refuse_if_written(commit, before)
            if isinstance(exc, EOFError):
                raise WriteFailedError("the process that writes ended, most likely for want of memory") from exc
            raise QueryTimeoutError(
                f"The write did not end within {self._limits.write_timeout:g} s; nothing was written. "
                f"Send less at once, or load it with `thidua load`.", "write_timeout",
            ) from exc  # fmt: skip
        if error := decode_error(reply):
            raise WriteFailedError(str(error)) if type(error) is StoreError else error
        result: dict[str, Any] = json.loads(file.read())
        return result

    def _refuse_if_written(self, commit: CommitInfo, before: Version | None) -> None:
        """Say so when a version has appeared that a process now dead may have published before it could answer."""
        seen = before.number if before else 0
        for version in self._versions.all():
            signed = (version.author, version.message) == (commit.author, commit.message)
            if version.number > seen and signed:
                raise OutcomeUnknownError(
                    f"The writing process ended before it could answer, and version {version.number} may be this "
                    f"write: look at /versions/{version.number}/diff before you send it again."
                )

    def _retire(self, worker: Worker) -> None:
        """End a process once it has been idle for a while; one thread waits for that, however many writes there are."""
        left = _IDLE
        while left > 0:
            time.sleep(left)
            with self._lock:
                if self._worker is not worker:
                    return
                left = self._used + _IDLE - time.monotonic()
                if left <= 0:
                    self._discard()

    def _discard(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def close(self) -> None:
        """End the process; a write under way is abandoned."""
        self._discard()
