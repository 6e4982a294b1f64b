"""External sort, by the program `sort`: however many lines there are, memory does not grow with them."""

import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from thidua.base.errors import StoreError

#: What `sort` may hold in memory; beyond that it merges files.
_IN_MEMORY: Final = "256M"


class ExternalSort:
    """Takes lines and writes each once, in the order of their bytes, into a file; a context that deletes it."""

    def __init__(self, path: Path) -> None:
        """Begin with none.

        :param path: the file, beside which room is needed for as much again.
        :raises StoreError: this system has no `sort`.
        """
        if not (program := shutil.which("sort")):
            raise StoreError("There is no program `sort` here, which orders what is loaded; install coreutils.")
        self.path: Final = path
        # In the C locale the order is that of bytes, which is that of code points.
        self._sort = subprocess.Popen(
            [program, "-u", "-S", _IN_MEMORY, "-T", str(path.parent), "-o", str(path)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"LC_ALL": "C"},
        )
        assert self._sort.stdin
        self.lines: Final[IO[bytes]] = self._sort.stdin
        """Where to write."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._sort.kill()
        self._sort.communicate()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """End writing, and wait until all is sorted.

        :raises OSError: the disk is full, or fails.
        """
        _, said = self._sort.communicate()
        if self._sort.returncode:
            raise OSError(said.decode("utf-8", "replace").strip() or f"sort ended with {self._sort.returncode}")
