"""The documentation on the site: every guide is a page, its links lead somewhere, it is searched."""

import html
import re

import pytest
from playwright.sync_api import Browser

from tests.support.browser import DESKTOP, PHONE, reading, too_wide, violations
from tests.support.http import BROWSER, call
from tests.support.paths import ROOT
from tests.support.service import Server
from thidua_server.html.guides import GROUPS

NAMES = sorted(path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md"))


@pytest.fixture(scope="module")
def pages(server: Server) -> dict[str, str]:
    return {name: call(server, f"/guide/{name}?lang=vi", accept=BROWSER).text for name in NAMES}


def test_every_guide_is_a_page_in_the_list(server: Server, pages: dict[str, str]) -> None:
    listed = call(server, "/guide?lang=vi", accept=BROWSER).text
    for name in NAMES:
        title = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        text = html.unescape(re.sub("<[^>]*>", "", pages[name]))
        assert title.replace("`", "") in text and f'href="/guide/{name}?lang=vi"' in listed, name
    assert {name for _, _, names in GROUPS for name in names} <= set(NAMES)


def test_links_between_guides_hold(server: Server, pages: dict[str, str]) -> None:
    wrong = []
    for name, page in pages.items():
        article = page.partition('<article class="guide"')[2].partition("</article>")[0]
        assert not re.search(r"<[^>]* style=|<script", article), name  # neither would be let through
        for link in map(html.unescape, re.findall(r'href="([^"]*)"', article)):
            path, _, anchor = link.partition("#")
            there = path.partition("?")[0].removeprefix("/guide/") if path else name
            if path.startswith("/guide/") or not path:
                if there not in pages or (anchor and f'id="{anchor}"' not in pages[there]):
                    wrong.append(f"{name}: {link}")
            elif path.startswith("/"):
                assert path.startswith("/guide"), link
        for picture in re.findall(r'src="([^"]*)"', article):
            assert call(server, picture).status == 200, picture
    assert wrong == []


def test_guides_are_searched_with_or_without_tone_marks(server: Server) -> None:
    def found(words: str) -> list[str]:
        page = call(server, f"/guide?lang=en&q={words}", accept=BROWSER).text.partition("<h2>For readers")[0]
        return re.findall(r'href="/guide/([^"?]+)', page)

    assert "certainty" in found("second-hand+confidence")
    assert found("doc+gian+tiep") == found("%C4%91%E1%BB%8Dc+gi%C3%A1n+ti%E1%BA%BFp") != []
    assert found("zyzzyva") == []
    assert call(server, "/guide/nowhere").status == call(server, "/guide/..%2fREADME").status == 404
    assert call(server, "/guide/pictures/..%2fpages.md").status == 404


@pytest.mark.parametrize(("size", "path"), [(PHONE, "/guide/http"), (DESKTOP, "/guide/pages"), (PHONE, "/guide?q=map")])
def test_a_guide_lets_everybody_in(server: Server, browser: Browser, size: tuple[int, int], path: str) -> None:
    with reading(browser, server.url + path, size=size, language="vi") as (page, _):
        assert page.locator("h1").count() == 1
        assert not too_wide(page)
        assert violations(page) == []
