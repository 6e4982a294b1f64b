"""Temporary files: what does not fit into memory, for a moment; a folder that is full is told as what it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile, gettempdir
from typing import IO

from thidua.base.errors import TemporarySpaceError


@contextmanager
def temporary_space() -> Iterator[None]:
    """What fails here, fails for want of room for temporary files, or of the right to write them.

    :raises TemporarySpaceError: the folder is full, or cannot be written.
    """
    try:
        yield
    except OSError as exc:
        try:
            folder = gettempdir()
        except OSError:  # there is none that can be written
            folder = "any folder for temporary files"
        raise TemporarySpaceError(
            f"{folder} cannot be written: {exc}; make room there, or let TMPDIR name another"
        ) from exc


def temporary_file(buffering: int = -1) -> IO[bytes]:
    """An unnamed file, gone as soon as it is closed.

    :raises TemporarySpaceError: there is no room for one.
    """
    with temporary_space():
        return TemporaryFile(buffering=buffering)
