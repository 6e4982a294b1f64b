"""The documentation tells the truth: blocks parse, generated pages are fresh, links lead somewhere."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib

from tests.conftest import ROOT, Server
from thidua.engine import Query
from thidua.files import ProjectFiles
from thidua.graph import KnowledgeGraph
from thidua.reference import write_pages

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str, of: str = "") -> list[pytest.param]:  # type: ignore[valid-type]
    return [
        pytest.param(text, id=f"{page.name}-{number}")
        for page in PAGES
        if of in ("", page.name)
        for number, (kind, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))
        if kind == language
    ]


@pytest.mark.parametrize("text", blocks("turtle"))
def test_turtle_parses(text: str) -> None:
    assert len(rdflib.Graph().parse(data=text, format="turtle"))


@pytest.mark.parametrize("text", blocks("sparql"))
def test_sparql_answers(text: str, kg: KnowledgeGraph) -> None:
    assert kg.query(Query(text, results="text/csv")).read().count(b"\n") > 1


SERVICE = "http://127.0.0.1:8000"


@pytest.mark.parametrize("text", blocks("python", "questions-api.md"))
def test_python_runs(text: str, server: Server, store: Path) -> None:
    code = text.replace(SERVICE, server.url)
    done = subprocess.run([sys.executable, "-c", code], cwd=store.parent, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout, done.stderr


@pytest.mark.parametrize("text", blocks("console", "questions-api.md"))
def test_commands_run(text: str, server: Server, store: Path, tmp_path: Path) -> None:
    if "curl" in text and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    for line in text.splitlines():
        command = shlex.split(line.removeprefix("$ ").replace(SERVICE, server.url))
        if command[0] == "curl":
            command.insert(1, "-fsS")
        else:
            command = [sys.executable, "-m", *command, "--store", str(store)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True)
        assert done.returncode == 0 and (done.stdout or list(tmp_path.iterdir())), (line, done.stderr)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_reference_pages_are_fresh(files: ProjectFiles, tmp_path: Path) -> None:
    for path in write_pages(files, tmp_path):
        kept = ROOT / "docs/reference" / path.name
        assert kept.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), "run `make docs`"


def test_every_command_in_the_readme_exists() -> None:
    from thidua.cli import main

    names = set(re.findall(r"\bthidua ([a-z]+)\b", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert names <= set(main.commands) | {"graph"}
