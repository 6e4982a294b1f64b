"""docs/contributing/adding-a-question.md, followed to the letter: a file, and everything knows the question."""

import json
import os
import re
import shutil
from pathlib import Path

from tests.support.cli import thidua
from tests.support.http import BROWSER, call
from tests.support.paths import ROOT
from tests.support.service import running


def test_the_recipe(store: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs/contributing/adding-a-question.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sparql\n# (queries/[\w-]+\.rq)\n(.*?)```", page, re.DOTALL)
    files = tmp_path / "files"
    for folder in ("ontology", "shapes", "data", "queries"):
        shutil.copytree(ROOT / folder, files / folder)
    (files / block[0]).write_text(block[1], encoding="utf-8")
    name, env = Path(block[0]).stem, {**os.environ, "THIDUA_FILES": str(files)}

    done = thidua("ask", name, "--cluster", "dong-bang-song-hong", "--format", "json", "--store", str(store), env=env)
    rows = json.loads(done.stdout)["rows"]
    assert rows and {row["cluster"].rpartition("/")[2] for row in rows} == {"dong-bang-song-hong"}
    assert all(row["placeLabel"] for row in rows)
    with running(store, env=env) as server:
        assert call(server, f"/questions/{name}.json?cluster=dong-bang-song-hong").json["rows"] == rows
        assert name in call(server, "/questions", accept=BROWSER).text
        assert f"/questions/{name}" in call(server, "/openapi.json").json["paths"]
