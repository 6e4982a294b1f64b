"""Which tests run, and with what seed: ``--nightly``, ``--seed`` and the fixture ``chance``.

Tests marked ``nightly`` are long or many. ``--nightly=tenth`` takes those whose turn it is on this date, so that each
has its turn within ten days. Random tests draw from `chance`: afresh in each run, the same again with the seed told.
"""

import datetime
import random
import secrets
import zlib
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

SHARES: Final = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("thidua")
    group.addoption(
        "--nightly", choices=("none", "tenth", "all"),
        help="which of the tests marked nightly run as well (none; all, if -m is given)",
    )  # fmt: skip
    group.addoption("--seed", type=int, help="seed of the random tests, to have an earlier run again")


def pytest_configure(config: pytest.Config) -> None:
    told: dict[str, Any] = getattr(config, "workerinput", {})  # what the process that started this worker drew
    option = config.option
    option.seed = told.get("seed", option.seed) if option.seed is None else option.seed
    if option.seed is None:
        option.seed = secrets.randbelow(1_000_000)
    config.stash[_TODAY] = told.get("today", datetime.date.today().toordinal())
    if option.nightly is None:
        option.nightly = "all" if option.markexpr else "none"
    # What Hypothesis draws is as fresh, in CI too; and a busy machine is no reason to fail.
    settings.register_profile(
        "fresh", settings.get_profile("default"), derandomize=False, database=None, deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    settings.load_profile("fresh")
    if getattr(option, "hypothesis_seed", None) is None:
        option.hypothesis_seed = str(option.seed)


_TODAY: Final = pytest.StashKey[int]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker of pytest-xdist is told what was drawn, and what day it is."""
    node.workerinput |= {"seed": node.config.option.seed, "today": node.config.stash[_TODAY]}


def has_its_turn(name: str, day: int) -> bool:
    """Whether a nightly test is of the tenth that runs on a day."""
    return zlib.crc32(name.encode()) % SHARES == day % SHARES


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what does not run, and put last what runs alone."""
    wanted, today = config.option.nightly, config.stash[_TODAY]
    kept, left = [], []
    for item in items:
        nightly = item.get_closest_marker("nightly")
        runs = not nightly or wanted == "all" or (wanted == "tenth" and has_its_turn(item.nodeid, today))
        (kept if runs else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
    items[:] = sorted(kept, key=lambda item: item.get_closest_marker("serial") is not None)


def _told(config: pytest.Config) -> str:
    return f"random tests: --seed {config.option.seed}; nightly tests: {config.option.nightly}"


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Say it at once, for a run may be killed; and once more where one looks in the end."""
    if reporter := session.config.pluginmanager.get_plugin("terminalreporter"):
        reporter.write_line(_told(session.config))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    terminalreporter.write_line(_told(config))


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """What a random test draws from: its own, whichever tests run beside it."""
    return random.Random(f"{request.config.option.seed} {request.node.nodeid}")
