"""Temporary files lie in memory while there is room for them, and are gone when the tests end.

A build or a write takes twice as long on disk. ``--basetemp`` says where they are to lie instead, and keeps them.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

MEMORY: Final = Path("/dev/shm")
#: Bytes that must be free there, and in memory at all.
ROOM: Final = 6 << 30
_PREFIX: Final = "thidua-"
_OURS: Final = pytest.StashKey[Path]()
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
    folder = config.stash[_OURS] = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=MEMORY))
    config.option.basetemp = str(folder / "t")
    (folder / "tmp").mkdir()
    # For what does not ask pytest, here and in processes that are started.
    os.environ["TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if told := config.stash.get(_TOLD, ""):
        terminalreporter.write_line(told)


def pytest_unconfigure(config: pytest.Config) -> None:
    if folder := config.stash.get(_OURS, None):
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left_behind() -> None:
    """Remove the folders of runs that were killed."""
    for folder in MEMORY.glob(f"{_PREFIX}*-*"):
        number = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if number.isdigit() and not psutil.pid_exists(int(number)):
            shutil.rmtree(folder, ignore_errors=True)
