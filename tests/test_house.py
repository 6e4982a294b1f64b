"""The house: its rooms are few, say what may enter, and are where the documentation says."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.paths import PACKAGES, ROOT, modules
from thidua.base.limits import Limits, table
from thidua.base.settings import SETTINGS

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
#: A file or a folder of the project, as texts name it.
_PATH = re.compile(r"(?<![\w/.-])((?:thidua|server|tests|bench|docs|queries|ontology|shapes|data|deploy)/[\w./-]+)")
#: What people are to make themselves, or what the program makes.
_TO_BE_MADE = re.compile(
    r"data/sources/(new|5f2c0a9b1d3e4f67)\.ttl|data/tagger\.zip|queries/(NAME|where-reviewed)\.rq|/(awards|ages)\.(py|html)$"
    r"|engine/rdflib_memory"
)


@pytest.mark.parametrize(("package", "most"), [("thidua", 20), ("thidua_server", 12)])
def test_the_rooms_at_the_top_are_few(package: str, most: int) -> None:
    rooms = {path.name for path in PACKAGES[package].iterdir() if path.suffix == ".py" or list(path.glob("*.py"))}
    assert len(rooms - {"__init__.py"}) <= most


@pytest.mark.parametrize(
    "package", [name for name, path in modules() if path.name == "__init__.py" and name not in PACKAGES]
)
def test_a_folder_says_what_may_enter_and_what_may_not(package: str) -> None:
    told = ast.get_docstring(ast.parse(dict(modules())[package].read_text(encoding="utf-8"))) or ""
    first = told.partition("\n\n")[0]
    assert first.endswith(".") and re.search(r"\b(No|Not|Nothing)\b", first), told


def test_modules_are_short() -> None:
    long = {name: lines for name, path in modules() if (lines := path.read_text(encoding="utf-8").count("\n")) > 500}
    assert long == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_lead_somewhere(page: Path) -> None:
    if page.name == "CHANGELOG.md":
        pytest.skip("it tells of what was")
    found = {path.rstrip("./") for path in _PATH.findall(page.read_text(encoding="utf-8"))}
    assert [path for path in sorted(found) if not (ROOT / path).exists() and not _TO_BE_MADE.search(path)] == []


def test_the_glossary_names_what_is_there() -> None:
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    paths, words = re.findall(r"`(\w+/(?:\w+\.py)?)`", text), re.findall(r"`([A-Z]\w+|THIDUA_\w+)`", text)
    code = "\n".join(path.read_text(encoding="utf-8") for _, path in modules())
    settings = {f"THIDUA_{each.name}" for each in SETTINGS} | {f"THIDUA_{name.upper()}" for name, *_ in table(Limits())}
    assert len(paths) > 10 and [path for path in paths if not (PACKAGES["thidua"] / path).exists()] == []
    old = text.partition("## Old names")[2]
    unknown = [word for word in words if f"class {word}" not in code and word not in settings and word not in old]
    assert len(words) > 3 and unknown == []
