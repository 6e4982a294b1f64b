"""The recipe of docs/contributing/adding-a-format.md, followed to the letter in a copy, as real processes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.http import BROWSER, call
from tests.support.paths import ROOT
from tests.support.service import Server, running

RECIPE = (ROOT / "docs/contributing/adding-a-format.md").read_text(encoding="utf-8")
#: A file, where in it, and the code that goes there.
STEP = re.compile(r"^```\w+\n# (\S+), (among \w+|at the end)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ASKED = {"year": "2023", "cluster": "dong-bang-song-hong"}


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a copy of the code with what the recipe adds, and nothing else."""
    folder = tmp_path_factory.mktemp("recipe")
    for name in ("thidua", "server"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    steps = STEP.findall(RECIPE)
    assert len(steps) == RECIPE.count("```") / 2
    for name, where, code in steps:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        if where == "at the end":
            text = f"{text}\n\n{code}"
        else:
            table = re.search(rf"^{where.split()[1]}: Final = \(\n.*?(?=^\))", text, re.MULTILINE | re.DOTALL)
            assert table, where
            text = text[: table.end()] + code + text[table.end() :]
        path.write_text(text, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(folder / "server")]), "THIDUA_FILES": str(ROOT)}


def test_over_http(store: Path, followed: dict[str, str]) -> None:
    with running(store, env=followed) as service:
        address = "/questions/who-led{}?" + "&".join(f"{name}={value}" for name, value in ASKED.items())
        rows = call(service, address.format(".json")).json["rows"]
        reply = call(service, address.format(".jsonl"))
        assert (reply.status, reply.media_type) == (200, "application/jsonl")
        assert [json.loads(line) for line in reply.body.splitlines()] == rows != []
        assert reply.headers["Content-Disposition"].startswith("attachment; filename=")
        assert call(service, address.format(""), accept="application/jsonl").body == reply.body
        assert call(service, address.format("")).media_type == "application/json"
        refused = call(service, address.format(""), accept="image/png").json
        assert "application/jsonl" in refused["available"]
        assert ".jsonl?" in call(service, address.format(".html"), accept=BROWSER).text
        described = call(service, "/openapi.json").json["paths"]
        assert "application/jsonl" in described["/questions/who-led"]["get"]["responses"]["200"]["content"]
        suffixes = described["/questions/{question}.{format}"]["get"]["parameters"][1]["schema"]["enum"]
        assert suffixes[0] == "json" and "jsonl" in suffixes
        assert "<code>.jsonl</code>" in call(service, "/docs", accept=BROWSER).text


def test_on_the_command_line(store: Path, followed: dict[str, str], tmp_path: Path) -> None:
    def ask(*more: str) -> bytes:
        given = [part for name, value in ASKED.items() for part in (f"--{name}", value)]
        command = [sys.executable, "-m", "thidua", "ask", "who-led", *given, "--store", str(store), *more]
        done = subprocess.run(command, env=os.environ | followed, cwd=tmp_path, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    rows = json.loads(ask("--format", "json"))["rows"]
    printed = ask("--format", "jsonl")
    assert [json.loads(line) for line in printed.splitlines()] == rows != []
    ask("--output", "answer.jsonl")
    assert (tmp_path / "answer.jsonl").read_bytes() == printed


def test_without_it_there_is_no_such_format(server: Server) -> None:
    assert call(server, "/questions/who-led.jsonl?year=2023").status == 404
