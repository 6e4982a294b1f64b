"""docs/contributing/adding-an-engine.md, followed to the letter in a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import ROOT, running

RECIPE = ROOT / "docs" / "contributing" / "adding-an-engine.md"
HEADS = """PREFIX td: <https://w3id.org/thidua/ontology#>
    SELECT (COUNT(*) AS ?n) { ?edition td:headedBy ?unit }"""
THIRD = "SELECT (1/3 AS ?x) {}"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with one folder more."""
    root = tmp_path_factory.mktemp("recipe")
    shutil.copytree(ROOT / "thidua", root / "thidua")
    (block,) = re.findall(r"```python\n(.*?)```", RECIPE.read_text(encoding="utf-8"), re.DOTALL)
    named = re.match(r"# (\S+)\n", block)
    assert named
    file = root / named[1]
    file.parent.mkdir()
    file.write_text(block, encoding="utf-8")
    return root


def settings(package: Path) -> dict[str, str]:
    return {
        "THIDUA_ENGINE": "rdflib_memory",
        "THIDUA_FILES": str(ROOT),
        "PYTHONPATH": os.pathsep.join((str(package), str(ROOT / "server"))),
    }


def query(text: str, store: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "thidua", "query", text, "--store", str(store), "--format", "csv"]
    return subprocess.run(command, env=os.environ | env, capture_output=True, text=True, check=False)


def test_on_the_command_line(package: Path, store: Path) -> None:
    ours, theirs = query(HEADS, store, {}), query(HEADS, store, settings(package))
    assert ours.returncode == theirs.returncode == 0, theirs.stderr
    assert ours.stdout == theirs.stdout


def test_it_is_this_engine_that_answers(package: Path, store: Path) -> None:
    """The two compute a third with as many digits as each of them has."""
    ours, theirs = (query(THIRD, store, env).stdout for env in ({}, settings(package)))
    assert ours != theirs and theirs.startswith(ours.strip())


def test_in_the_workers_of_a_service(package: Path, store: Path) -> None:
    with running(store, env=settings(package)) as service:
        headers = {"Accept": "text/csv", "Content-Type": "application/sparql-query"}
        request = urllib.request.Request(f"{service.url}/sparql", THIRD.encode(), headers)
        with urllib.request.urlopen(request) as response:
            answer = response.read().decode()
    assert answer.split() == query(THIRD, store, settings(package)).stdout.split()
    assert answer.split() != query(THIRD, store, {}).stdout.split()


def test_an_engine_that_is_not_there(store: Path) -> None:
    for name in ("none_such", "query", "../x"):
        done = query(THIRD, store, {"THIDUA_ENGINE": name})
        assert done.returncode == 2 and "THIDUA_ENGINE" in done.stderr and "Traceback" not in done.stderr
