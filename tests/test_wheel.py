"""The wheel alone, installed in an empty environment, serves the graph."""

import json
import subprocess
import sys
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.service import running


def run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")


def built(folder: Path) -> Path:
    run(sys.executable, *PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("thidua-*.whl"))


def test_the_wheel_brings_nothing_but_its_own_names(tmp_path: Path) -> None:
    names = zipfile.ZipFile(built(tmp_path)).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"thidua", "thidua_server"}
    for needed in ("thidua/project/ontology/thidua.ttl", "thidua/project/queries/who-led.rq", "thidua/py.typed",
                   "thidua/project/docs/certainty.md", "thidua/project/docs/vi/certainty.md",
                   "thidua_server/templates/base.html", "thidua_server/static/style.css"):  # fmt: skip
        assert needed in names


@pytest.mark.nightly
def test_the_installed_wheel_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    pip, wheel = PIP, built(tmp_path)
    venv.create(tmp_path / "env", with_pip=True)
    python = str(tmp_path / "env/bin/python")
    run(python, *pip, "install", "--require-hashes", "-r", str(ROOT / "requirements.lock"))
    run(python, *pip, "install", "--no-deps", str(wheel))
    # Outside the checkout, so that nothing of it can be imported by chance.
    where = run(python, "-c", "import thidua; print(thidua.__file__)", cwd=tmp_path)
    assert str(tmp_path / "env") in where
    (tmp_path / "empty").mkdir()
    with running(tmp_path / "empty/store", python=python) as service:
        request = urllib.request.Request(
            service.url + "/questions/who-led?cluster=dong-bang-song-hong&year=2023",
            headers={"Accept": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            rows = json.load(response)["rows"]
    assert {row["provinceLabel"] for row in rows} == {"Thái Bình"}
