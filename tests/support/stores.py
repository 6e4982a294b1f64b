"""Stores on disk."""

import hashlib
import shutil
from pathlib import Path


def copied(store: Path, target: Path) -> Path:
    """A store of one's own; a running service's sockets stay behind."""
    shutil.copytree(store, target, symlinks=True, ignore=shutil.ignore_patterns("run"))
    return target


def contents(store: Path) -> dict[str, str]:
    """A hash of every byte of the current version, and where `current` points."""
    folder = (store / "current").resolve()
    files = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("LOG")  # the engine's diary of being opened
    }
    return files | {"current": str((store / "current").readlink())}
