"""The one process that writes for a service: started at the first write, ended when it has been idle for a while."""

import json
import threading
import time
from pathlib import Path
from typing import Final

from thidua.changes import Outcome, Signature, Write, decode_outcome, encode
from thidua.errors import Finding, InvalidDataError, NotWrittenError, OutcomeUnknownError, QueryTimeoutError
from thidua.files import ProjectFiles
from thidua.limits import Limits
from thidua.pool import Worker, error_of
from thidua.versions import Version, VersionStore

#: Writes load the rules, the shapes and what they touch; the engine's own buffers are larger too.
_MEMORY: Final = 4
_IDLE: Final = 60.0


class RemoteWriter:
    """Carries out writes in a process of its own. Safe to use from many threads: writers queue."""

    def __init__(self, root: Path, files: ProjectFiles | None, limits: Limits) -> None:
        self._store = {"root": str(root), "files": str(files.root) if files else None, "wait": limits.write_timeout}
        self._versions = VersionStore(root)
        self._limits = limits
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._used = 0.0

    def write(self, write: Write, signature: Signature) -> Outcome:
        """Carry out one write; raises what :meth:`thidua.writing.Writer.write` does.

        :raises QueryTimeoutError: it took too long, waiting for other writers included; nothing was written.
        :raises OutcomeUnknownError: the process was killed, and perhaps only after it had written.
        """
        until = time.monotonic() + self._limits.write_timeout
        if not self._lock.acquire(timeout=self._limits.write_timeout):
            raise QueryTimeoutError("Other writers took too long; try again.", "write_timeout", 10)
        try:
            return self._write(write, signature, until)
        finally:
            self._used = time.monotonic()
            self._lock.release()
            self._retire_later()

    def _write(self, write: Write, signature: Signature, until: float) -> Outcome:
        if self._worker is None:
            memory = self._limits.memory * 1024 * 1024 * _MEMORY
            self._worker = Worker("thidua.writer", str(memory), json.dumps(self._store))
        head, body = encode(write, signature)
        before = self._versions.current()
        try:
            reply, file = self._worker.ask(head, body, until, None, None)
        except (TimeoutError, EOFError) as exc:
            self._discard()
            self._refuse_if_written(signature, before)
            if isinstance(exc, EOFError):
                raise NotWrittenError("the writing process ended; nothing was written") from exc
            raise QueryTimeoutError(
                f"The write did not end within {self._limits.write_timeout:g} s; nothing was written. "
                f"Send less at once, or load it with `thidua load`.", "write_timeout",
            ) from exc  # fmt: skip
        if reply.get("error") == "InvalidDataError":
            raise InvalidDataError([Finding(**each) for each in reply["findings"]], file.read().decode())
        if "error" in reply:
            raise error_of(reply, self._limits)
        return decode_outcome(reply)

    def _refuse_if_written(self, signature: Signature, before: Version | None) -> None:
        """Say so when a version has appeared that a process now dead may have published before it could answer."""
        seen = before.number if before else 0
        for version in self._versions.all():
            signed = (version.author, version.message) == (signature.author, signature.message)
            if version.number > seen and signed:
                raise OutcomeUnknownError(
                    f"The writing process ended before it could answer, and version {version.number} may be this "
                    f"write: look at /versions/{version.number}/diff before you send it again."
                )

    def _retire_later(self) -> None:
        timer = threading.Timer(_IDLE, self._retire)
        timer.daemon = True
        timer.start()

    def _retire(self) -> None:
        if self._lock.acquire(blocking=False):
            try:
                if self._worker is not None and time.monotonic() - self._used >= _IDLE - 1:
                    self._discard()
            finally:
                self._lock.release()

    def _discard(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def close(self) -> None:
        """End the process; a write under way is abandoned."""
        self._discard()
