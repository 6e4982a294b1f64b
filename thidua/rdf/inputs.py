"""RDF input files: which format one is in, whether it is packed, and which files of a folder are read."""

import gzip
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from thidua.base.errors import InputError
from thidua.base.formats import SUFFIXES

_PACKED: Final = ".gz"
#: What may hold RDF, but is not read.
_UNREAD: Final = (
    ".json", ".xml", ".trix", ".hdt", ".rj", ".ndjson", ".ntriples", ".nquads", ".turtle", ".zip", ".bz2", ".xz",
    ".zst", ".tar", ".tgz", ".7z",
)  # fmt: skip
#: What comes out of a packed file may be so many times as long, and some more: as much as dumps repeat themselves.
_GROWTH: Final = 200
_AT_LEAST: Final = 10_000_000
#: What a store has in its own folder.
_OF_THE_STORE: Final = re.compile(
    r"(?:versions/(?:\d+|[^/]*\.tmp)|run)(?:/|$)|(?:current|current\.tmp|lock|tokens\.json)$"
)


def media_type_of(path: Path) -> str:
    """What a file is in, by the end of its name, in capitals or not, packed or not.

    :return: one of :data:`~thidua.base.formats.INPUTS`.
    :raises InputError: nobody can tell.
    """
    suffix = _unpacked(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"{path}: an RDF file ends in one of {', '.join(SUFFIXES)}, packed or not ({_PACKED}); "
            "rename it, or convert it first."
        )
    return SUFFIXES[suffix]


def stem_of(path: Path) -> str:
    """A file's name without its ends: what the graph of a source is called."""
    return _unpacked(path).stem


def _unpacked(path: Path) -> Path:
    return Path(path.name[: -len(_PACKED)]) if path.name.lower().endswith(_PACKED) else path


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file to read, unpacked if need be.

    :raises InputError: it cannot be read, or is larger unpacked than any data would be; reading it does, too.
    """
    try:
        plain = path.open("rb")
    except OSError as exc:
        raise InputError(f"{path}: cannot be read: {exc.strerror}") from exc
    with plain:
        yield cast(IO[bytes], _File(plain, path))


class _File:
    """A file whose faults are told apart from those of what is written meanwhile."""

    def __init__(self, plain: IO[bytes], path: Path) -> None:
        packed = path.name.lower().endswith(_PACKED)
        self._path = path
        self._file = cast(IO[bytes], gzip.GzipFile(fileobj=plain)) if packed else plain
        self._left = _AT_LEAST + _GROWTH * os.fstat(plain.fileno()).st_size if packed else None

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        if self._left is not None:
            size = self._left + 1 if size < 0 else min(size, self._left + 1)
        try:
            piece = self._file.read(size)
        except (OSError, EOFError, zlib.error) as exc:
            raise InputError(f"{self._path}: cannot be read: {exc}") from exc
        if self._left is not None:
            self._left -= len(piece)
            if self._left < 0:
                raise InputError(
                    f"{self._path}: unpacked it is more than {_GROWTH} times as large; if that is right, unpack it."
                )
        return piece


def found_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """The RDF files in a folder and its sub-folders, and the other files, in the order of their names.

    What a store keeps there is neither, nor is what is hidden (its name begins with a dot).

    :raises InputError: there is no such folder, or it has a file that may be RDF but is not read.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}; make it first, even if it is to be empty.")
    found: list[Path] = []
    others: list[Path] = []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        # A link to a folder may lead round in a circle.
        others += [here / name for name in folders if (here / name).is_symlink() and not _passed(folder, here / name)]
        folders[:] = [name for name in folders if not _passed(folder, here / name)]
        for path in (here / name for name in names if not _passed(folder, here / name)):
            known = _unpacked(path).suffix.lower() in SUFFIXES
            if known or path.suffix.lower() in (_PACKED, *_UNREAD):
                media_type_of(path)
            (found if known else others).append(path)
    return sorted(found), sorted(others)


def _passed(folder: Path, path: Path) -> bool:
    return path.name.startswith(".") or bool(_OF_THE_STORE.match(path.relative_to(folder).as_posix()))
