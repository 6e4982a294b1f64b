"""Tests marked ``serial`` run while no other worker of pytest-xdist runs a test: what they measure is theirs alone."""

from collections.abc import Generator
from contextlib import ExitStack

import pytest

from tests.support.workers import common, locked


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if not hasattr(item.config, "workerinput"):
        return (yield)
    folder = common(item.config._tmp_path_factory)  # type: ignore[attr-defined]
    with ExitStack() as room:
        # Whoever waits to be alone holds the door, or those who share would pass in turn for ever.
        with locked(folder / "door"):
            room.enter_context(locked(folder / "room", shared=item.get_closest_marker("serial") is None))
        return (yield)
