"""The real parts that tests run against: a built store, and a server process on a real port."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.services import free_port
from thidua.build import build
from thidua.files import ProjectFiles
from thidua.graph import KnowledgeGraph

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT.parent / "shared" / "seeds"
SEED_IDS = ("2eef90b56f56e476", "6a2b356a64c4720c", "ed5451d7c68959e8", "18d8c37f4f6536d1", "e8a824a77b870440")


@dataclass(frozen=True)
class Server:
    """A running service."""

    url: str
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="session")
def files() -> ProjectFiles:
    return ProjectFiles.find(ROOT)


@pytest.fixture(scope="session")
def store(files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own data, built once for all tests."""
    root = tmp_path_factory.mktemp("graph") / "store"
    build(files, root, author="tests", message="for the tests")
    return root


@pytest.fixture(scope="session")
def kg(store: Path) -> KnowledgeGraph:
    return KnowledgeGraph.open(store)


@pytest.fixture(scope="session")
def server(store: Path) -> Iterator[Server]:
    """`thidua serve` as an operator starts it."""
    with running(store) as service:
        yield service


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium; not for the whole session, for whose rest no test could run an event loop of its own."""
    from tests.browser import started  # what has no browser test needs no Playwright

    with started() as browser:
        yield browser


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


class running:
    """Start `thidua serve` on a free port; stop it at the end."""

    def __init__(
        self, store: Path, *options: str, python: str = sys.executable, env: dict[str, str] | None = None
    ) -> None:
        if "--plain" in options:
            Path(options[options.index("--plain") + 1]).mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        # A file, not a pipe: nobody reads while the tests run, and a full pipe would stop the service.
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self.process = subprocess.Popen(
            [python, "-m", "thidua", "serve", "--port", str(port), "--store", str(store), *options],
            stdout=subprocess.DEVNULL,
            stderr=self.log,
            env={**os.environ, **(env or {})},
            cwd=store.parent,
        )

    def __enter__(self) -> Server:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/health/ready", timeout=5):
                    return Server(self.url, self.process)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        self.process.kill()
        self.process.wait()
        self.log.seek(0)
        with self.log:
            raise RuntimeError(f"the service did not start:\n{self.log.read().decode()}")

    def __exit__(self, *failure: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()
