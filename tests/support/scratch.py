"""Temporary files lie in memory while there is room for them, and are gone when the tests end.

A build or a write takes twice as long on disk. ``--basetemp`` says where they are to lie instead, and keeps them.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

import psutil
import pytest

MEMORY: Final = Path("/dev/shm")
#: Bytes that must be free there, and in memory at all.
ROOM: Final = 6 << 30
_PREFIX: Final = "thidua-"
_OURS: Final = pytest.StashKey[tuple[Path, IO[str]]]()
_TOLD: Final = pytest.StashKey[str]()


def obstacle() -> str:
    """Why temporary files cannot lie in memory; empty if they can."""
    if not os.access(MEMORY, os.W_OK):
        return f"{MEMORY} cannot be written"
    free = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
    return "" if free >= ROOM else f"{MEMORY} or the memory has {free >> 20} MiB free, of {ROOM >> 20} wanted"


@pytest.hookimpl(tryfirst=True)  # before pytest's own plugin reads the option
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.basetemp or config.option.collectonly:
        return
    _remove_left_behind()
    if why := obstacle():
        config.stash[_TOLD] = f"temporary files lie on disk, which is slower: {why}"
        return
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=MEMORY))
    lock = (folder / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    config.stash[_OURS] = folder, lock
    config.option.basetemp = str(folder / "t")
    (folder / "tmp").mkdir()
    # For what does not ask pytest, here and in processes that are started.
    os.environ["TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if told := config.stash.get(_TOLD, ""):
        terminalreporter.write_line(told)


def pytest_unconfigure(config: pytest.Config) -> None:
    if ours := config.stash.get(_OURS, None):
        folder, lock = ours
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def _remove_left_behind() -> None:
    """Remove the folders of runs that were killed: nobody holds their locks."""
    for path in MEMORY.glob(f"{_PREFIX}*/lock"):
        with suppress(OSError), path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.parent, ignore_errors=True)
