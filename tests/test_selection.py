"""The tests' own way of running: whose turn it is, seeds that can be given back, and who runs alone."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.selection import SHARES, has_its_turn

TESTS = """
import random, time
from pathlib import Path
import pytest

@pytest.mark.nightly
def test_left_out(): raise AssertionError("it was not asked for")

@pytest.mark.parametrize("turn", range(6))
def test_that_draws(request, chance, turn):
    assert chance.random() == random.Random(f"7 {request.node.nodeid}").random()
    at_work = Path(__file__).with_name(f"at-work-{turn}")
    at_work.touch()
    time.sleep(0.05)
    at_work.unlink()

@pytest.mark.serial
@pytest.mark.parametrize("turn", range(3))
def test_that_measures(turn):
    for _ in range(10):
        assert not list(Path(__file__).parent.glob("at-work-*"))
        time.sleep(0.01)
"""


def test_each_nightly_test_has_one_turn_in_ten_days() -> None:
    turns = Counter()
    for number in range(1000):
        days = [day for day in range(739_000, 739_000 + SHARES) if has_its_turn(f"tests/test_x.py::test_{number}", day)]
        assert len(days) == 1
        turns.update(days)
    assert len(turns) == SHARES and min(turns.values()) > 50


def test_workers_draw_from_the_seed_that_is_told_and_measure_alone(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n")
    (tmp_path / "test_it.py").write_text(TESTS)
    plugins = [f"-ptests.support.{name}" for name in ("selection", "scratch", "alone")]
    command = [sys.executable, "-m", "pytest", *plugins, "-n2", "--dist=worksteal", "--seed=7", "-pno:cacheprovider"]
    done = subprocess.run(
        [*command, f"--rootdir={tmp_path}", f"--confcutdir={tmp_path}", f"-c{ROOT / 'pyproject.toml'}", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "9 passed" in done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert "--seed 7" in done.stdout
