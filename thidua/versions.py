"""The store on disk: immutable versions, and a name for the newest.

``store/versions/000007/`` holds a state of the graph and never changes; ``store/current`` is a symbolic link to one
of them. A version appears by one rename and becomes current by another, so a reader sees the old state or the new
one, never something between, and a process that dies in the middle leaves the old one standing.
"""

import datetime
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from thidua.errors import ConflictError, NotFoundError, StoreBusyError, StoreError, WriteFailedError

#: Graph name, empty for the default graph, to (SHA-256 of its canonical form, number of triples).
Digests = dict[str, tuple[str, int]]


@dataclass(frozen=True)
class Version:
    """What is known about one version; ``hash`` is made of the SHA-256 of each graph's canonical form."""

    number: int
    time: str
    author: str
    message: str
    hash: str
    parent: int | None
    triples: int
    sources: int
    warnings: int
    online: bool = False
    """Whether it holds writes that did not come from the files."""


class VersionStore:
    """A folder of versions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._versions = root / "versions"
        self._current = root / "current"
        self._seen = ("", root)

    def current_path(self) -> Path:
        """The folder of the current version.

        :raises StoreError: nothing has been published.
        """
        try:
            # Every request asks, so the path is made once for each version.
            if (target := os.readlink(self._current)) != self._seen[0]:  # noqa: PTH115
                self._seen = (target, self.root / target)
            return self._seen[1]
        except OSError as exc:
            raise StoreError(f"{self.root} holds no graph yet; run `thidua build --store {self.root}`") from exc

    def current(self) -> Version | None:
        """The current version, or None when nothing has been published."""
        return self.read(self.current_path()) if self._current.is_symlink() else None

    def all(self) -> list[Version]:
        """Every version, oldest first."""
        folders = sorted(path for path in self._versions.glob("[0-9]*") if path.name.isdigit())
        return [self.read(path) for path in folders]

    def next_number(self) -> int:
        """The number of the next version; numbers are not used twice, even after pruning."""
        return max((version.number for version in self.all()), default=0) + 1

    def path(self, number: int) -> Path:
        """The folder of a version.

        :raises NotFoundError: there is no such version, or no longer.
        """
        folder = self._versions / f"{number:06d}"
        if number < 1 or not (folder / "version.json").is_file():
            kept = [version.number for version in self.all()]
            raise NotFoundError(f"There is no version {number}; these are kept: {_ranges(kept)}.")
        return folder

    def as_of(self, when: datetime.datetime) -> Version:
        """The version that was current at a time; the oldest one kept, for times before it.

        :raises StoreError: nothing has been published.
        """
        versions = self.all()
        if not versions:
            self.current_path()
        before = [version for version in versions if datetime.datetime.fromisoformat(version.time) <= when]
        return before[-1] if before else versions[0]

    @staticmethod
    def read(folder: Path) -> Version:
        """Read a version's own description.

        :raises StoreError: the folder is damaged.
        """
        try:
            return Version(**json.loads((folder / "version.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as exc:
            raise StoreError(f"{folder} is damaged ({exc}); build the store again") from exc

    @contextmanager
    def writing(self, wait: float = 0) -> Iterator[Path]:
        """Hold the store's lock and yield an empty draft folder; whatever is left of it at the end is deleted.

        :param wait: seconds to wait for another writer.
        :raises StoreBusyError: somebody else is still writing.
        :raises WriteFailedError: the folder cannot be written.
        """
        try:
            self._versions.mkdir(parents=True, exist_ok=True)
            lock = (self.root / "lock").open("w")
        except OSError as exc:
            raise WriteFailedError(f"{self.root} cannot be written ({exc}); choose another with --store") from exc
        with lock:
            until = time.monotonic() + wait
            while not _locked(lock):
                if time.monotonic() >= until:
                    raise StoreBusyError(f"another process is writing to {self.root}; try again when it has ended")
                time.sleep(0.02)
            draft = self._versions / "NEXT.tmp"
            # A process killed in the middle leaves its draft behind; nobody has seen it.
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            try:
                yield draft
            finally:
                shutil.rmtree(draft, ignore_errors=True)

    @staticmethod
    def hold(folder: Path) -> IO[str]:
        """Keep a version from being pruned until the file returned is closed.

        :raises NotFoundError: it has just been pruned.
        """
        try:
            file = (folder / "version.json").open(encoding="utf-8")
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as exc:
            raise NotFoundError(f"Version {folder.name.lstrip('0')} has just been pruned.") from exc
        return file

    def remove(self, number: int) -> bool:
        """Delete a version; False when somebody is reading it. Call while :meth:`writing`."""
        folder = self._versions / f"{number:06d}"
        with (folder / "version.json").open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            # Renamed first, so nobody ever sees half a version.
            gone = self._versions / "GONE.tmp"
            shutil.rmtree(gone, ignore_errors=True)
            folder.rename(gone)
        shutil.rmtree(gone)
        return True

    def publish(self, draft: Path, version: Version) -> None:
        """Turn a finished draft into the current version. Call while :meth:`writing`."""
        text = json.dumps(asdict(version), ensure_ascii=False, indent=1) + "\n"
        (draft / "version.json").write_text(text, encoding="utf-8")
        for path in [*draft.rglob("*"), draft]:
            _sync(path)
        final = self._versions / f"{version.number:06d}"
        draft.rename(final)
        _sync(self._versions)
        link = self.root / "current.tmp"
        link.unlink(missing_ok=True)
        link.symlink_to(final.relative_to(self.root))
        link.replace(self._current)
        _sync(self.root)


def refuse_if_overtaken(expected: int | None, current: Version) -> None:
    """Refuse to write on top of another version than the writer has seen.

    :raises ConflictError: `expected` is not the current one any more.
    """
    if expected is not None and expected != current.number:
        raise ConflictError(f"Version {current.number} is current by now, not {expected}. Read it, then write again.")


def combined(digests: Mapping[str, tuple[str, int]]) -> str:
    """One hash (SHA-256, hex) for a dataset: of its graphs' names and hashes, sorted."""
    lines = "".join(f"<{name}> {digests[name][0]}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


def read_digests(folder: Path) -> Digests:
    """The graphs of a published version.

    :raises StoreError: the version is damaged, or older than this program.
    """
    try:
        document = json.loads((folder / "graphs.json").read_text(encoding="utf-8"))
        return {name: (str(sha), int(size)) for name, (sha, size) in document.items()}
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise StoreError(f"{folder} is damaged or made by an older release ({exc}); build the store again") from exc


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ranges(numbers: list[int]) -> str:
    """``1–4, 7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs) or "none"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
