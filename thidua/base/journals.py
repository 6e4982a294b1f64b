"""Journals: append-only JSON lines in a folder, one file for each source, which several processes may add to.

A store has them beside its versions, in ``decisions/``; backups and exports carry them.
"""

import fcntl
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import InputError, WriteFailedError

log = logging.getLogger(__name__)

#: The folder of curators' decisions, in a store and under ``data/``.
DECISIONS: Final = "decisions"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SUFFIX: Final = ".jsonl"


def path_of(folder: Path, name: str) -> Path:
    """The file of a journal, which may not be there.

    :raises InputError: that is no id of a source.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no id of a source, such as 18d8c37f4f6536d1")
    return folder / (name + _SUFFIX)


def names(folder: Path) -> list[str]:
    """The journals of a folder, in order; none where there is no folder."""
    found = (path.name.removesuffix(_SUFFIX) for path in folder.glob("*" + _SUFFIX))
    return sorted(name for name in found if _NAME.fullmatch(name))


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    """The records of a journal, oldest first; what a killed process left of a line is passed over."""
    path = path_of(folder, name)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return list(_records(content, path))


def append(folder: Path, name: str, records: Iterable[Mapping[str, Any]]) -> None:
    """Add records: all of them, or none. They are on the disk when this returns.

    :raises InputError: that is no id of a source.
    :raises WriteFailedError: the disk is full, or the folder is not ours to write.
    """
    path = path_of(folder, name)
    lines = b"".join(line_of(record) for record in records)
    if not lines:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _append(path, lines)
    except OSError as exc:
        raise WriteFailedError(
            f"{path} cannot be written: {exc}. Nothing was noted; make room, and try again."
        ) from exc


def merge(folder: Path, name: str, content: bytes) -> None:
    """Add the lines of another copy of a journal that this one lacks, in their order.

    :raises InputError: that is no id of a source.
    :raises WriteFailedError: the disk is full, or the folder is not ours to write.
    """
    there = {line_of(record) for record in read(folder, name)}
    append(folder, name, (each for each in _records(content, path_of(folder, name)) if line_of(each) not in there))


def line_of(record: Mapping[str, Any]) -> bytes:
    """A record as a line: its keys in order, so that equal records are equal lines."""
    return (json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _append(path: Path, lines: bytes) -> None:
    new = not path.exists()
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        torn = False
        if size:
            file.seek(size - 1)
            torn = file.read(1) != b"\n"
        try:
            file.write((b"\n" if torn else b"") + lines)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise
    if new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _records(content: bytes, path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as exc:
            log.warning("passing over %s:%d, which is no JSON: %s", path, number, exc)
            continue
        if isinstance(record, dict):
            yield record
