"""Every page in a real browser: it renders, breaks nothing, asks nobody else, and lets everybody in."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from server import vendored
from tests.browser import DESKTOP, PHONE, picture, reading, too_wide, violations
from tests.conftest import Server

#: A page of each kind, and a heading or other text that it must show, in Vietnamese.
PAGES = {
    "home": ("/", "Đồ thị tri thức"),
    "map": ("/map?year=2024", "Bản đồ các cụm thi đua"),
    "map of a day without sources": ("/map?on=2026-01-01", "Không có nguồn nào cho biết"),
    "questions": ("/questions", "Câu hỏi"),
    "question": ("/questions/who-led?cluster=dong-bang-song-hong&year=2023", "cụm trưởng"),
    "search": ("/search?q=ninh+binh", "Ninh Bình"),
    "sparql": ("/sparql", "SPARQL"),
    "editor": ("/editor?example=who-led", "Soạn truy vấn"),
    "versions": ("/versions", "Các phiên bản"),
    "docs": ("/docs", "API"),
    "dataset": ("/dataset", "Đồ thị tri thức về các cụm thi đua"),
    "ontology": ("/ontology", "EmulationCluster"),
    "shapes": ("/shapes", "S01"),
    "province": ("/doc/province/thai-binh", "Thái Bình"),
    "cluster": ("/doc/cluster/dong-bang-song-hong", "Đồng bằng sông Hồng"),
    "timeline": ("/timeline", "Dòng thời gian"),
    "coverage": ("/coverage", "Biết được đến đâu"),
    "validation": ("/validation", "Kết quả kiểm tra"),
    "person": ("/doc/person/nguyen-khac-than", "Nguyễn Khắc Thận"),
    "record": ("/doc/head/dong-bang-song-hong_2023_thai-binh", "Cụm trưởng · Cụm thi đua"),
    "award": ("/doc/award/huan-chuong", "Gồm các hình thức"),
    "curate": ("/curate", "Bàn biên tập"),
    "source": ("/doc/src/2eef90b56f56e476", "2eef90b56f56e476"),
}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("size", "name"), [(size, name) for size in (PHONE, DESKTOP) for name in PAGES])
def test_a_page_is_shown_and_lets_everybody_in(
    server: Server, browser: Browser, size: tuple[int, int], name: str, language: str
) -> None:
    path, text = PAGES[name]
    with reading(browser, server.url + path, size=size, language=language) as (page, _):
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("h1").count() == 1
        if language == "vi":
            assert text in page.inner_text("main")
        assert not too_wide(page)
        assert violations(page) == []
        if folder := os.environ.get("PICTURES"):
            picture(page, Path(folder), f"{name}-{language}-{size[0]}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_all_of_it_without_scripts_and_in_the_dark(server: Server, browser: Browser, name: str) -> None:
    path, text = PAGES[name]
    with reading(browser, server.url + path, scripts=False, dark=True) as (page, _):
        assert text in page.inner_text("main")
    with reading(browser, server.url + path, dark=True) as (page, _):
        assert violations(page) == []  # contrast above all


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_used_by_keyboard(server: Server, browser: Browser, name: str) -> None:
    """The first stop leads past the menu, and every stop can be seen to be one."""
    with reading(browser, server.url + PAGES[name][0]) as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main, footer') !== null")
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"{style}.outlineStyle !== 'none' || {style}.boxShadow !== 'none'")


def test_third_party_files_are_those_that_were_locked(tmp_path: Path) -> None:
    assert vendored.faults() == []
    for path in vendored.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "d3.min.js").open("ab") as file:
        file.write(b"//")
    (tmp_path / "more.js").touch()
    assert vendored.faults(tmp_path) == [
        "more.js is in the folder and not in the lock", "d3.min.js is not the file that was locked"
    ]  # fmt: skip
    assert "http" not in vendored.LOCK.read_text(encoding="utf-8")
