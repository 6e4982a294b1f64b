"""The real parts that tests run against: a built store, and a server process on a real port."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT, SEED_IDS, SEEDS
from tests.support.service import Server, running
from tests.support.stores import contents, copied
from tests.support.workers import common, locked
from thidua.base.files import ProjectFiles
from thidua.building.build import Assembly, assemble, build
from thidua.graph import KnowledgeGraph

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["ROOT", "SEEDS", "SEED_IDS", "Server", "contents", "copied", "running"]

pytest_plugins = ("tests.support.selection", "tests.support.scratch", "tests.support.alone")


@pytest.fixture(scope="session")
def files() -> ProjectFiles:
    return ProjectFiles.find(ROOT)


@pytest.fixture(scope="session")
def store(files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own data, built once for all tests; each worker has a copy, which its services run on."""
    folder = common(tmp_path_factory)
    with locked(folder / "building"):
        if not (folder / "built").exists():
            build(files, folder / "building.tmp", author="tests", message="for the tests")
            (folder / "building.tmp").rename(folder / "built")
    return copied(folder / "built", tmp_path_factory.mktemp("graph") / "store")


@pytest.fixture(scope="session")
def assembly(files: ProjectFiles) -> Assembly:
    """What a build publishes, in memory; not to be changed."""
    return assemble(files)


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
    from tests.support.browser import started  # what has no browser test needs no Playwright

    with started() as browser:
        yield browser
