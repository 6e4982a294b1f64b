"""Every page in a real browser: it renders, breaks nothing, asks nobody else, and lets everybody in."""

import html
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.support.browser import DESKTOP, PHONE, picture, reading, too_wide, violations
from tests.support.http import BROWSER, call
from tests.support.service import Server
from thidua_server.html import vendored

#: A page of each kind, and a heading or other text that it must show, in Vietnamese.
PAGES = {
    "home": ("/", "Đồ thị tri thức"),
    "map": ("/map?year=2024", "Bản đồ các cụm thi đua"),
    "map of a day without sources": ("/map?on=2026-01-01", "Không có nguồn nào cho biết"),
    "questions": ("/questions", "Câu hỏi"),
    "question": ("/questions/who-led?cluster=dong-bang-song-hong&year=2023", "cụm trưởng"),
    "long answer": ("/questions/officials?evidence=1", "Thu hẹp theo"),
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
    "wanted": ("/coverage/wanted", "Bài cần sưu tầm"),
    "validation": ("/validation", "Kết quả kiểm tra"),
    "person": ("/doc/person/nguyen-khac-than", "Nguyễn Khắc Thận"),
    "record": ("/doc/head/dong-bang-song-hong_2023_thai-binh", "Cụm trưởng · Đồng bằng sông Hồng"),
    "award": ("/doc/award/huan-chuong", "Gồm các hình thức"),
    "curate": ("/curate", "Bàn biên tập"),
    "turtle": ("/curate/turtle?source=18d8c37f4f6536d1", "Một nguồn bằng Turtle"),
    "source": ("/doc/src/2eef90b56f56e476", "2eef90b56f56e476"),
    "citation": ("/cite?thing=head:dong-bang-song-hong_2024_nam-dinh", "Cụm trưởng · Đồng bằng sông Hồng"),
}


#: How a page is looked at. Two looks have each size, language and scheme once; the others are for the night.
LOOKS = [
    pytest.param(
        size, language, dark,
        id=f"{size[0]}-{language}-{'dark' if dark else 'light'}",
        marks=[] if (size, language, dark) in ((PHONE, "vi", False), (DESKTOP, "en", True)) else [pytest.mark.nightly],
    )
    for size in (PHONE, DESKTOP)
    for language in ("vi", "en")
    for dark in (False, True)
]  # fmt: skip


@pytest.mark.parametrize(("size", "language", "dark"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_shown_and_lets_everybody_in(
    server: Server, browser: Browser, name: str, size: tuple[int, int], language: str, dark: bool
) -> None:
    path, text = PAGES[name]
    with reading(browser, server.url + path, size=size, language=language, dark=dark) as (page, _):
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("h1").count() == 1
        if language == "vi":
            assert text in page.inner_text("main")
        assert not too_wide(page)
        assert violations(page) == []  # contrast above all
        if folder := os.environ.get("PICTURES"):
            picture(page, Path(folder), f"{name}-{language}-{size[0]}{'-dark' * dark}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_all_of_it_without_scripts(server: Server, browser: Browser, name: str) -> None:
    path, text = PAGES[name]
    with reading(browser, server.url + path, scripts=False) as (page, _):
        assert text in page.inner_text("main")


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


@pytest.mark.parametrize("name", PAGES)
def test_links_keep_the_language_and_the_version(server: Server, name: str) -> None:
    path = PAGES[name][0]
    page = call(server, f"{path}{'&' if '?' in path else '?'}lang=en&version=1", accept=BROWSER).text
    body, _, footer = page.partition("<footer>")
    body = re.sub(r'<p class="banner".*?</p>', "", body, flags=re.DOTALL)  # which leads to the newest version
    links = {html.unescape(each) for each in re.findall(r'<a\b[^>]*? href="(/[^"]*)"', body)}
    for link in links - {"/questions.json", "/openapi.json", "/.well-known/void"}:  # which are of no version
        kept = parse_qs(urlsplit(link).query)
        assert link.startswith("/dumps/") or ("version" in kept and ("lang" in kept or "." in urlsplit(link).path)), (
            link
        )
    for form in re.findall(r'<form method="get".*?</form>', body, re.DOTALL):
        assert 'name="lang" value="en"' in form and 'name="version" value="1"' in form
    assert "in the newest version" in footer  # the way out
    assert "in the newest version" not in call(server, path, accept=BROWSER, headers={"Accept-Language": "en"}).text


def test_a_version_that_is_gone_is_not_kept(server: Server) -> None:
    reply = call(server, "/timeline?version=999&lang=en", accept=BROWSER)
    assert reply.status == 404 and 'href="/map?lang=en"' in reply.text
    assert 'href="/timeline?lang=en">This page in the newest version' in reply.text
