"""What the pages for people name is there: a file that was moved is moved in the words, too."""

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TOPS = {path.name for path in ROOT.iterdir()}
#: Files that the reader is to make.
EXAMPLES = {"data/sources/5f2c0a9b1d3e4f67.ttl"}


def named(text: str) -> set[str]:
    """Paths in `code` of a page's prose that begin in the checkout; without those that stand for any name."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    words = {word.rstrip(",.;:") for code in re.findall(r"`([^`\n]+)`", prose) for word in code.split()}
    paths = {word for word in words if "/" in word and word.partition("/")[0] in TOPS}
    return {path for path in paths if not re.search(r"[<{…$]|\b[A-Z]{3,}\b", path)} - EXAMPLES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_a_page_names_exist(page: Path) -> None:
    assert [path for path in sorted(named(page.read_text(encoding="utf-8"))) if not list(ROOT.glob(path))] == []


def test_a_name_is_recognised() -> None:
    text = "See `tests/nowhere.py`, `queries/NAME.rq`, `queries/*.rq` and\n```console\n$ cat `docs/none.md`\n```\n"
    assert named(text) == {"tests/nowhere.py", "queries/*.rq"}
