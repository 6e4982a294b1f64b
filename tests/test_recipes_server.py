"""Recipes of docs/contributing for the service, followed to the letter in a copy of it, as a real process."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.support.http import BROWSER, call
from tests.support.paths import ROOT
from tests.support.service import running

#: A block of code, behind a comment that says in which file it is to stand.
STEP = re.compile(r"^```\w+\n\{?# (server/\S+)(?: #\})?\n(.*?)^```", re.MULTILINE | re.DOTALL)


class following(running):
    """The service with what a recipe adds, and nothing else."""

    def __init__(self, recipe: str, store: Path, folder: Path) -> None:
        shutil.copytree(ROOT / "server", folder / "server", ignore=shutil.ignore_patterns("__pycache__"))
        steps = STEP.findall((ROOT / "docs/contributing" / recipe).read_text(encoding="utf-8"))
        assert steps, f"{recipe} has no step"
        for path, text in steps:
            assert not (folder / path).exists(), path
            (folder / path).write_text(text, encoding="utf-8")
        found = [str(folder / "server"), str(ROOT), os.environ.get("PYTHONPATH", "")]
        super().__init__(store, env={"PYTHONPATH": os.pathsep.join(filter(None, found))})


@pytest.mark.parametrize(("language", "name"), [("vi", "Khen thưởng"), ("en", "Awards")])
def test_a_page(store: Path, tmp_path: Path, language: str, name: str) -> None:
    with following("adding-a-page.md", store, tmp_path) as service:
        page = call(service, f"/awards?lang={language}", accept=BROWSER)
        assert (page.status, page.media_type) == (200, "text/html")
        assert f"<h1>{name}</h1>" in page.text and "Huân chương" in page.text
        link = f'<a href="/awards?lang={language}"'
        assert f'{link} aria-current="page">{name}</a>' in page.text
        home = call(service, f"/?lang={language}", accept=BROWSER).text
        entries = re.findall(r"<a href=\"/(\w+)\?lang=", home.partition("<nav")[2].partition("</nav>")[0])
        assert entries.index("map") + 1 == entries.index("awards") == entries.index("questions") - 1
        assert call(service, "/openapi.json").json["paths"]["/awards"]["get"]["operationId"] == "awardsPage"
        assert call(service, "/timemap/awards").status == 200


def test_an_operation(store: Path, tmp_path: Path) -> None:
    with following("adding-an-operation.md", store, tmp_path) as service:
        assert call(service, "/versions/1/age").json == {"days": 0}
        assert call(service, "/versions/9/age").json["code"] == "not-found"
        described = call(service, "/openapi.json").json["paths"]["/versions/{number}/age"]["get"]
        assert (described["operationId"], described["summary"]) == ("versionAge", "How many days old a version is")
        assert [each["name"] for each in described["parameters"]] == ["number"]
        assert "versionAge" in call(service, "/docs", accept=BROWSER).text
