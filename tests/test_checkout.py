"""A command works on the checkout that one stands in, and says so; its messages have no pictures in them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from thidua.base.files import ProjectFiles

FOLDERS = ("ontology", "shapes", "data", "queries")


def checked_out(folder: Path) -> Path:
    """A copy of the project's files, elsewhere."""
    copy = folder / "checkout"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name)
    return copy


def thidua(
    *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command as people run it, wherever they stand."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("THIDUA_")}
    own |= {"COLUMNS": "200", "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(
        [sys.executable, "-P", "-m", "thidua", *arguments], capture_output=True, text=True, env=own, cwd=cwd or ROOT
    )


def test_a_command_works_on_the_checkout_one_stands_in(tmp_path: Path) -> None:
    copy = checked_out(tmp_path)
    below = copy / "data" / "sources"
    done = thidua("source", "new", "--url", "https://example.org/tin/1", cwd=below)
    assert done.returncode == 0, done.stderr
    assert f"using the files in {copy}" in done.stderr
    name = done.stdout.split()[1].rstrip(";")
    assert (copy / name).is_file() and not (ROOT / name).exists()
    (copy / name).unlink()
    # A question of this checkout alone is asked there, and nowhere else.
    shutil.copy(copy / "queries/who-led.rq", copy / "queries/who-led-here.rq")
    assert "who-led-here" in thidua("ask", "--help", cwd=below).stdout
    assert "who-led-here" not in thidua("ask", "--help", cwd=tmp_path).stdout


@pytest.mark.parametrize("command", [("validate",), ("build", "--store", "s"), ("docs", "pages"), ("reason",)])
def test_every_command_on_files_says_which(tmp_path: Path, command: tuple[str, ...]) -> None:
    copy = tmp_path / "checkout"
    for name in FOLDERS:
        (copy / name).mkdir(parents=True)
    (copy / "ontology/thidua.ttl").write_text("", encoding="utf-8")
    assert f"using the files in {copy}" in thidua(*command, cwd=copy / "queries").stderr
    # What is named wins over where one stands.
    other = tmp_path / "other"
    shutil.copytree(copy, other)
    assert f"using the files in {other}" in thidua(*command, cwd=copy, env={"THIDUA_FILES": str(other)}).stderr


def test_elsewhere_they_are_those_of_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THIDUA_FILES", raising=False)
    monkeypatch.chdir(tmp_path)
    for name in FOLDERS:  # folders of these names are no checkout of ours yet
        (tmp_path / name).mkdir()
    assert ProjectFiles.find().root == ROOT
    (tmp_path / "ontology/thidua.ttl").touch()
    assert ProjectFiles.find().root == tmp_path


def test_no_name_is_turned_into_a_picture() -> None:
    script = "from thidua.cli.shared import out, err; out.print('oa:end: :warning:'); err.print('oa:end: :x:')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("oa:end: :warning:\n", "oa:end: :x:\n")
