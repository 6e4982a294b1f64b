"""The documentation on the site: every guide is a page, its links lead somewhere, it is searched."""

import html
import re

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESKTOP, PHONE, reading, too_wide, violations
from tests.support.http import BROWSER, call
from tests.support.paths import ROOT
from tests.support.service import Server
from thidua_server.html.guides import GROUPS

DOCS = ROOT / "docs"
TRANSLATED = {path.stem for path in (DOCS / "vi").glob("*.md")} - {"README"}
NAMES = sorted(
    name
    for path in DOCS.rglob("*.md")
    if not (name := path.relative_to(DOCS).with_suffix("").as_posix()).startswith("vi/")
)
LANGUAGES = ("en", "vi")


def file_of(name: str, lang: str) -> str:
    folder = DOCS / "vi" if lang == "vi" and name in TRANSLATED else DOCS
    return (folder / f"{name}.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(server: Server) -> dict[tuple[str, str], str]:
    return {
        (name, lang): call(server, f"/guide/{name}?lang={lang}", accept=BROWSER).text
        for name in NAMES
        for lang in LANGUAGES
    }


def article(page: str) -> str:
    return page.partition('<article class="guide"')[2].partition("</article>")[0]


def bare(page: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", page))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_guide_is_a_page_in_the_list(server: Server, pages: dict[tuple[str, str], str], lang: str) -> None:
    listed = call(server, f"/guide?lang={lang}", accept=BROWSER).text
    for name in NAMES:
        title = f"\n{file_of(name, lang)}".partition("\n# ")[2].partition("\n")[0].replace("`", "")
        assert title in bare(pages[name, lang]) and f'href="/guide/{name}?lang={lang}"' in listed, name
        assert title in bare(listed)
    assert {name for _, _, names in GROUPS for name in names} <= set(NAMES)


def test_a_guide_is_in_the_readers_language_or_says_that_it_is_not(pages: dict[tuple[str, str], str]) -> None:
    told = "Bài này chưa có bản tiếng Việt"
    for name in NAMES:
        assert '<article class="guide" lang="en">' in pages[name, "en"] and told not in pages[name, "en"]
        translated = name in TRANSLATED
        assert (told in pages[name, "vi"]) != translated
        assert f'<article class="guide" lang="{"vi" if translated else "en"}">' in pages[name, "vi"]


def test_an_address_leads_to_the_same_place_in_both_languages(pages: dict[tuple[str, str], str]) -> None:
    for name in NAMES:
        assert re.findall(r'<h\d id="([^"]*)"', pages[name, "vi"]) == re.findall(
            r'<h\d id="([^"]*)"', pages[name, "en"]
        )
        led = [sorted(re.findall(r'href="([^"]*)"', article(pages[name, lang]))) for lang in LANGUAGES]
        assert [each.replace("lang=vi", "lang=en") for each in led[1]] == led[0], name


def test_the_browser_chooses_and_the_index_tells_what_a_guide_is_about(server: Server) -> None:
    asked = {"Accept": BROWSER, "Accept-Language": "vi"}
    assert "<h1 id=" in (page := call(server, "/guide/certainty", headers=asked).text) and "Mức chắc chắn" in page
    listed = bare(call(server, "/guide", headers=asked).text)
    assert "Câu trả lời nào dựa vào nguồn cũng cho biết mình chắc đến đâu" in listed
    assert "Every answer that rests on a source says how sure it is" in bare(
        call(server, "/guide?lang=en", accept=BROWSER).text
    )
    sitemap = call(server, "/sitemap.xml").text
    assert [name for name in NAMES if f"/guide/{name}</loc>" not in sitemap] == []


@pytest.mark.parametrize(
    ("path", "guide"),
    [
        ("/questions", "questions-api"),
        ("/questions/who-led?cluster=dong-bang-song-hong&year=2024", "certainty"),
        ("/timeline", "certainty"),
        ("/coverage", "certainty"),
        ("/coverage/wanted", "collecting"),
        ("/map", "pages"),
        ("/search?q=zyzzyva", "names"),
        ("/curate", "curating"),
        ("/curate/turtle", "adding-a-source"),
        ("/editor", "pages"),
        ("/docs", "assistants"),
    ],
)
def test_pages_lead_to_the_guide_in_their_language(
    server: Server, pages: dict[tuple[str, str], str], path: str, guide: str
) -> None:
    for lang in LANGUAGES:
        page = call(server, f"{path}{'&' if '?' in path else '?'}lang={lang}", accept=BROWSER).text
        found = re.search(rf'href="/guide/{guide}\?lang={lang}(?:#([^"]*))?"', page)
        assert found is not None, (path, lang)
        assert f'<article class="guide" lang="{lang}">' in pages[guide, lang]
        assert not found[1] or f'id="{found[1]}"' in pages[guide, lang]


def test_a_reason_leads_to_what_its_words_mean(server: Server, browser: Browser) -> None:
    path = "/questions/who-led?cluster=dong-bang-song-hong&year=2024"
    with reading(browser, server.url + path, size=DESKTOP, language="vi") as (page, _):
        page.get_by_role("link", name="Vì sao").first.click()
        page.get_by_role("link", name="“Chắc chắn”, “có thể” nghĩa là gì?").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Mức chắc chắn")
        expect(page.locator("article")).to_have_attribute("lang", "vi")
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Certainty: what a source says")
        expect(page.locator("article")).to_have_attribute("lang", "en")


def test_links_between_guides_hold(server: Server, pages: dict[tuple[str, str], str]) -> None:
    wrong = []
    for (name, lang), page in pages.items():
        assert not re.search(r"<[^>]* style=|<script", article(page)), name  # neither would be let through
        for link in map(html.unescape, re.findall(r'href="([^"]*)"', article(page))):
            path, _, anchor = link.partition("#")
            there = path.partition("?")[0].removeprefix("/guide/") if path else name
            if path.startswith("/guide/") or not path:
                if there not in NAMES or (anchor and f'id="{anchor}"' not in pages[there, lang]):
                    wrong.append(f"{name}: {link}")
            elif path.startswith("/"):
                assert path.startswith("/guide"), link
        for picture in re.findall(r'src="([^"]*)"', article(page)):
            assert call(server, picture).status == 200, picture
    assert wrong == []


def test_guides_are_searched_with_or_without_tone_marks(server: Server) -> None:
    def found(words: str, lang: str) -> list[str]:
        page = call(server, f"/guide?lang={lang}&q={words}", accept=BROWSER).text
        return re.findall(r'href="/guide/([^"?]+)', page.partition("<h2>For readers")[0].partition("<h2>Cho người")[0])

    assert "certainty" in found("second-hand+confidence", "en")
    assert found("doc+gian+tiep", "en") == found("%C4%91%E1%BB%8Dc+gi%C3%A1n+ti%E1%BA%BFp", "en") != []
    assert {"collecting", "certainty"} <= set(found("doc+gian+tiep", "vi"))
    assert found("phong+doan", "vi") == found("ph%E1%BB%8Fng+%C4%91o%C3%A1n", "vi") and "certainty" in found(
        "phong+doan", "vi"
    )
    assert found("ban+do", "vi")[0] == "pages"  # words one after the other, in a heading
    many = bare(call(server, "/guide?lang=vi&q=cum", accept=BROWSER).text)
    told = re.search(r"Tìm thấy: (\d+)", many)
    assert told is not None and int(told[1]) > 30 == len(found("cum", "vi")) and "chỉ hiện 30 mục đầu" in many
    assert "operating" in found("retry-after", "vi")  # what is there in English only is found there
    assert found("zyzzyva", "en") == found("zyzzyva", "vi") == []
    assert call(server, "/guide/nowhere").status == call(server, "/guide/..%2fREADME").status == 404
    assert call(server, "/guide/pictures/..%2fpages.md").status == 404


@pytest.mark.parametrize(
    ("size", "path"),
    [(PHONE, "/guide/http"), (DESKTOP, "/guide/pages"), (PHONE, "/guide/certainty"), (PHONE, "/guide?q=ban+do")],
)
def test_a_guide_lets_everybody_in(server: Server, browser: Browser, size: tuple[int, int], path: str) -> None:
    with reading(browser, server.url + path, size=size, language="vi") as (page, _):
        assert page.locator("h1").count() == 1
        assert not too_wide(page)
        assert violations(page) == []
