"""What the workers of pytest-xdist have in common."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def locked(path: Path, shared: bool = False) -> Iterator[None]:
    """Hold a lock between processes: with whoever shares it, or alone."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def common(factory: pytest.TempPathFactory) -> Path:
    """A folder of the whole run."""
    own = factory.getbasetemp()
    return own.parent if own.name.startswith("popen-") else own
