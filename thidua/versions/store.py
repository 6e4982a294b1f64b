"""Version store on disk: immutable versions, and a name for the newest.

``store/versions/000007/`` holds a state of the graph and never changes; ``store/current`` is a symbolic link to one
of them. A version appears by one rename and becomes current by another, so a reader sees the old state or the new
one, never something between, and a process that dies in the middle leaves the old one standing.

Whatever is on its way has a name that says so: ``NEXT.tmp`` is a draft, ``GONE.tmp`` a version being deleted, and
``current.tmp`` points to the version that is about to become current. Readers pass over all three; the next process
that takes the lock deletes what a killed one left of them.
"""

import datetime
import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from stat import S_ISDIR
from typing import IO

from thidua.base.errors import ConflictError, NotFoundError, StoreBusyError, StoreError, WriteFailedError

log = logging.getLogger(__name__)

#: Graph name, empty for the default graph, to (SHA-256 of its canonical form, number of triples).
Digests = dict[str, tuple[str, int]]
#: What tells a version's folder from one that is put in its place under the same number.
Identity = tuple[int, int, int]


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
        self._upcoming = root / "current.tmp"
        self._draft = self._versions / "NEXT.tmp"
        self._gone = self._versions / "GONE.tmp"
        self._damaged: set[Path] = set()

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
        """Every version that can be read, oldest first."""
        found = []
        for folder in self._folders():
            try:
                version = self.read(folder)
            except StoreError as exc:
                # One that is gone was pruned meanwhile; one that is damaged is no reason to withhold the others.
                if folder.exists() and folder not in self._damaged:
                    self._damaged.add(folder)
                    log.warning("passing over a version: %s", exc)
                continue
            if folder != self._unfinished():
                found.append(version)
        return found

    def _unfinished(self) -> Path | None:
        """The version that is about to become current, if there is one; its writer may have been killed.

        Ask after having seen a folder: the link to it is there before it, until it is current.
        """
        try:
            folder = self.root / self._upcoming.readlink()
        except OSError:
            return None
        return None if self._current.is_symlink() and self.current_path() == folder else folder

    def next_number(self) -> int:
        """The number of the next version; numbers are not used twice, even after pruning, nor those of damaged ones."""
        return max((int(path.name) for path in self._folders()), default=0) + 1

    def _folders(self) -> list[Path]:
        """What is called like a version."""
        return sorted(path for path in self._versions.glob("[0-9]*") if path.name.isascii() and path.name.isdigit())

    def folder(self, number: int) -> Path:
        """Where a version is, or would be."""
        return self._versions / f"{number:06d}"

    def path(self, number: int) -> Path:
        """The folder of a version.

        :raises NotFoundError: there is no such version, or no longer.
        """
        folder = self.folder(number)
        if number < 1 or not (folder / "version.json").is_file() or folder == self._unfinished():
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

    @staticmethod
    def write(folder: Path, version: Version) -> None:
        """Write a version's own description, as :meth:`read` reads it."""
        text = json.dumps(asdict(version), ensure_ascii=False, indent=1) + "\n"
        (folder / "version.json").write_text(text, encoding="utf-8")

    @contextmanager
    def locked(self, wait: float = 0) -> Iterator[None]:
        """Hold the store's lock; what is unfinished when it is taken or given back is deleted.

        :param wait: seconds to wait for another writer.
        :raises StoreBusyError: somebody else is still writing.
        :raises WriteFailedError: the disk is full, or fails.
        """
        try:
            self._versions.mkdir(parents=True, exist_ok=True)
            with (self.root / "lock").open("w") as lock:
                until = time.monotonic() + wait
                while not _taken(lock):
                    if time.monotonic() >= until:
                        raise StoreBusyError(f"another process is writing to {self.root}; try again when it has ended")
                    time.sleep(0.02)
                self._tidy()
                try:
                    yield
                finally:
                    self._tidy()
        except OSError as exc:
            raise WriteFailedError(
                f"{self.root} cannot be written: {exc}. Nothing was published, and what was current still is. If the "
                f"disk is full, make room: `thidua prune --store {self.root}` deletes old versions. Else look at the "
                f"rights, or choose another folder with --store."
            ) from exc

    @contextmanager
    def writing(self, wait: float = 0) -> Iterator[Path]:
        """Hold the lock as :meth:`locked` does, and yield an empty draft folder to :meth:`publish`."""
        with self.locked(wait):
            self._draft.mkdir()
            yield self._draft

    def _tidy(self) -> None:
        """Delete whatever is unfinished; nobody has seen it."""
        if self._upcoming.is_symlink():
            unfinished = self._unfinished()
            # First the version, then the link that keeps it unseen.
            if unfinished is not None and unfinished.is_dir():
                self._delete(unfinished)
            self._upcoming.unlink()
        shutil.rmtree(self._draft, ignore_errors=True)
        shutil.rmtree(self._gone, ignore_errors=True)

    @staticmethod
    def hold(folder: Path) -> IO[str]:
        """Keep a version from being pruned until the file returned is closed.

        :raises NotFoundError: it has just been pruned.
        """
        with suppress(OSError), ExitStack() as opened:
            file = opened.enter_context((folder / "version.json").open(encoding="utf-8"))
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_nlink:  # it may have been deleted before it was locked
                opened.pop_all()
                return file
        raise NotFoundError(f"Version {folder.name.lstrip('0')} has just been pruned.")

    def remove(self, number: int) -> bool:
        """Delete a version; False when somebody is reading it. Call while :meth:`locked`."""
        folder = self.folder(number)
        with (folder / "version.json").open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._delete(folder)
        return True

    def keep_only(self, number: int, wait: float = 0) -> None:
        """Delete all versions but one; those that somebody is reading stay until the next call.

        :raises StoreBusyError: somebody else is still writing.
        """
        others = [version.number for version in self.all() if version.number != number]
        if others:
            with self.locked(wait):
                for other in others:
                    self.remove(other)

    def _delete(self, folder: Path) -> None:
        """Delete a folder; renamed first, so that nobody ever sees half a version, not even after a power cut."""
        shutil.rmtree(self._gone, ignore_errors=True)
        folder.rename(self._gone)
        _sync(self._versions)
        shutil.rmtree(self._gone)

    def publish(self, draft: Path, version: Version) -> None:
        """Turn a finished draft into the current version. Call while :meth:`writing`.

        :raises StoreError: it is current, but the disk failed to confirm it.
        """
        self.write(draft, version)
        for path in [*draft.rglob("*"), draft]:
            stat = path.stat()
            if S_ISDIR(stat.st_mode) or stat.st_nlink == 1:  # what the parent has, too, is on disk since it came
                _sync(path)
        final = self.folder(version.number)
        self._upcoming.symlink_to(final.relative_to(self.root))
        _sync(self.root)
        draft.rename(final)
        _sync(self._versions)
        self._upcoming.replace(self._current)
        try:
            _sync(self.root)
        except OSError as exc:
            raise StoreError(
                f"version {version.number} is current, but a power cut may lose it, for the disk failed: {exc}"
            ) from exc


def identity(folder: Path) -> Identity:
    """Which version a folder holds: a store may be deleted, and another put there whose numbers begin again.

    A folder that is gone is none, as long as it is.
    """
    try:
        stat = os.stat(folder / "version.json")  # noqa: PTH116 - asked by every query
    except OSError:
        return (0, 0, 0)
    return (stat.st_dev, stat.st_ino, stat.st_mtime_ns)


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


def _taken(file: IO[str]) -> bool:
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
