"""The desk in a real browser: an article in, each fact decided by a person, that published, and the text gone."""

import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support import articles
from tests.support.browser import DESKTOP, PHONE, follow, picture, reading, too_wide, violations
from tests.support.service import Server, running
from tests.support.stores import contents, copied
from thidua.base.tokens import TokenFile

#: Milliseconds: a preview is a whole write, on a machine that tests other things at the same time.
_PATIENCE = 240_000
ADDRESS = "https://example.org/tin/dong-bang-song-hong-2025"
HEAD = "Ninh Bình là cụm trưởng cụm Đồng bằng sông Hồng năm 2026"
CONTRADICTION = "Vĩnh Phúc là cụm trưởng cụm Đồng bằng sông Hồng năm 2024"


@dataclass
class Desk:
    """A service of one's own, its store, and a token for each of two curators."""

    server: Server
    store: Path
    lan: str
    binh: str
    folder: Path

    def decisions(self) -> list[dict[str, object]]:
        found = [path.read_text(encoding="utf-8") for path in (self.store / "decisions").glob("*.jsonl")]
        return [json.loads(line) for text in found for line in text.splitlines()]

    def kept(self) -> list[Path]:
        return sorted((self.store / "desk").glob("*/*"))

    def ask(self, question: str) -> str:
        with urllib.request.urlopen(f"{self.server.url}/questions/{question}") as answer:
            return str(answer.read().decode())


@pytest.fixture
def desk(store: Path, tmp_path: Path) -> Iterator[Desk]:
    own = copied(store, tmp_path / "store")
    tokens = TokenFile(own / "tokens.json")
    lan, binh = tokens.create("Lan", "write"), tokens.create("Bình", "write")
    (tmp_path / "facts.jsonl").write_bytes(articles.facts_file())
    with running(own) as server:
        yield Desk(server, own, lan, binh, tmp_path)


def begin(page: Page, desk: Desk, token: str = "", text: str = articles.TEXT, facts: bool = True) -> None:
    """Put the article onto the desk."""
    page.set_default_timeout(_PATIENCE)
    page.locator("textarea[name=text]").fill(text)
    page.locator(".begin [name=url]").fill(ADDRESS)
    page.locator(".begin [name=title]").fill(articles.TITLE)
    page.locator(".begin [name=published]").fill("2026-03-13")
    page.locator(".begin [name=publisher]").fill("Báo Thử")
    if facts:
        page.locator(".begin details summary").click()
        page.locator(".begin [name=facts]").set_input_files(desk.folder / "facts.jsonl")
    page.locator(".begin [name=token]").fill(token or desk.lan)
    page.locator(".begin button").click()
    expect(page.locator("[data-view=cards]")).to_be_visible(timeout=_PATIENCE)
    page.wait_for_load_state()  # without scripts it is another page


def card(page: Page, says: str) -> Locator:
    return page.locator(".card").filter(has=page.locator("h2", has_text=says))


def say(which: Locator, value: str) -> None:
    which.locator(f".said input[value={value}]").check()


def look(page: Page, name: str) -> None:
    assert violations(page) == [] and not too_wide(page)
    if folder := os.environ.get("PICTURES"):
        picture(page, Path(folder), name)


def current(page: Page) -> str:
    return page.locator(".card[aria-current=true] h2").inner_text()


@pytest.mark.parametrize(("size", "language"), [(DESKTOP, "vi"), (PHONE, "en")])
def test_an_article_is_decided_by_keys_and_published(
    desk: Desk, browser: Browser, size: tuple[int, int], language: str
) -> None:
    before = contents(desk.store)
    with reading(browser, desk.server.url + "/curate", size=size, language=language) as (page, _):
        look(page, f"desk-start-{language}")
        begin(page, desk)
        look(page, f"desk-cards-{language}")
        cards = page.locator(".card").count()
        assert page.locator(".card").first.get_attribute("data-rule") in ("hand.scope", "scope.weighed")
        assert page.locator("#text mark.current").count() >= 1  # the passage of the card at hand
        page.keyboard.press("a")
        page.keyboard.press("j")
        second = current(page)
        page.keyboard.press("k")
        assert current(page) != second
        page.keyboard.press("x")
        expect(page.locator("#count b")).to_have_text("2")
        page.keyboard.press("u")
        expect(page.locator("#count b")).to_have_text("1")
        while page.locator("#count b").inner_text() != str(cards):
            page.keyboard.press("a")
        page.keyboard.press("?")
        expect(page.locator(".keys dl")).to_be_visible(visible=size == DESKTOP)
        page.keyboard.press("?")
        expect(page.locator("#kept")).not_to_be_empty()
        assert contents(desk.store) == before and len(desk.kept()) == 1
        assert desk.lan not in page.content()
        page.locator(".bar .go").click()
        expect(page.locator("[data-view=summary]")).to_be_visible(timeout=_PATIENCE)
        look(page, f"desk-summary-{language}")
        summary = page.inner_text("main")
        for word in {"vi": ("Mới", "Trái với", "Rút khỏi"), "en": ("New", "Contradicts", "Withdrawn")}[language]:
            assert word in summary
        assert "Nam Định" in summary or "Nam Dinh" in summary  # whom the graph has as the head of 2024
        assert contents(desk.store) == before
        page.locator("button[value=publish]").click()
        page.wait_for_url("**/curate/published/2*")
        look(page, f"desk-published-{language}")
    assert "ninh-binh-2025" in desk.ask("who-led.csv?year=2026")
    # The text is nowhere any more; what was decided is.
    assert desk.kept() == []
    said = desk.decisions()
    assert len(said) == cards and {each["decision"] for each in said} == {"accept"}
    assert {each["curator"] for each in said} == {"Lan"}
    sentence = "Hội nghị thống nhất để".encode()
    assert not any(sentence in path.read_bytes() for path in desk.store.rglob("*") if path.is_file())


def test_the_same_without_scripts(desk: Desk, browser: Browser) -> None:
    with reading(browser, desk.server.url + "/curate?lang=vi", scripts=False, size=PHONE) as (page, _):
        begin(page, desk)
        say(page.locator(".card").first, "accept")
        say(card(page, HEAD), "accept")
        say(card(page, CONTRADICTION), "reject")
        # A passage by its words, which becomes a card of its own.
        page.locator("#add summary").click()
        page.locator("[name='add.kind']").select_option("official")
        page.locator("[name='add.phrase']").fill("Trần Thị   Thử Nghiệm")
        page.locator(".end [name=token]").fill(desk.lan)
        follow(page.locator("#add button"))
        added = card(page, "Trần Thị Thử Nghiệm")
        expect(added).to_be_visible(timeout=_PATIENCE)
        # What was chosen before is still chosen.
        assert card(page, HEAD).locator("input[value=accept]").is_checked()
        page.locator(".end [name=token]").fill(desk.lan)
        follow(page.locator(".end button[value=summary]"))
        expect(page.locator("[data-view=summary]")).to_be_visible(timeout=_PATIENCE)
        assert "Có thể công bố" in page.inner_text("h1")
        assert desk.lan not in page.content()
        page.locator("[name=token]").fill(desk.lan)
        page.locator("button[value=publish]").click()
        page.wait_for_url("**/curate/published/2*")
        follow(page.get_by_role("link", name="Trang của nguồn"))
        assert articles.TITLE in page.inner_text("h1")
    led = desk.ask("who-led.csv?year=2026")
    assert "ninh-binh-2025" in led and "hung-yen-2025" not in led
    assert sorted(str(each["decision"]) for each in desk.decisions()) == ["accept", "accept", "reject"]


def test_fields_are_edited_with_suggestions_and_passages_moved_by_words(desk: Desk, browser: Browser) -> None:
    with reading(browser, desk.server.url + "/curate?lang=vi") as (page, _):
        begin(page, desk)
        chosen = card(page, HEAD)
        chosen.locator("h2").click()
        positions = chosen.locator("input.spans")
        first = positions.input_value()
        start, end = int(first.split("-")[0]), int(first.split("-")[-1])
        page.keyboard.press("[")  # a word more at the end: "2026" takes the comma that hangs on it
        expect(positions).not_to_have_value(first)
        page.keyboard.press("]")
        assert int(positions.input_value().split("-")[-1]) <= end
        page.keyboard.press("}")
        assert int(positions.input_value().split("-")[0]) > start
        page.keyboard.press("e")
        unit = chosen.get_by_label("đơn vị", exact=True)
        options = page.locator(f"datalist#{unit.get_attribute('list')} option")
        assert "Bắc Ninh (từ 1/7/2025)" in options.evaluate_all("all => all.map((each) => each.value)")
        unit.fill("Bắc Ninh (từ 1/7/2025)")
        unit.press("Enter")
        edited = card(page, "Bắc Ninh là cụm trưởng cụm Đồng bằng sông Hồng năm 2026")
        expect(edited).to_be_visible(timeout=_PATIENCE)
        assert edited.locator("input[value=accept]").is_checked()
        # A name that is nobody's is told on the card, and cannot be published.
        edited.locator("h2").click()
        page.keyboard.press("e")
        field = edited.get_by_label("đơn vị", exact=True)
        field.fill("Ninh Bính Hạ")
        field.press("Enter")
        expect(page.locator(".card .warning", has_text="Ninh Bính Hạ")).to_be_visible(timeout=_PATIENCE)
        page.locator(".card").first.locator("h2").click()
        page.keyboard.press("a")
        page.locator(".bar .go").click()
        expect(page.get_by_role("heading", name="Còn điều phải sửa")).to_be_visible(timeout=_PATIENCE)
        assert page.locator("button[value=publish]").count() == 0
        page.get_by_role("button", name="Quay lại bài").click()
        expect(page.locator("[data-view=cards]")).to_be_visible(timeout=_PATIENCE)


def test_a_whole_rule_is_accepted_and_undone(desk: Desk, browser: Browser) -> None:
    with reading(browser, desk.server.url + "/curate?lang=vi") as (page, _):
        begin(page, desk)
        member = page.locator(".card").filter(has_text="là thành viên").first
        rule = member.get_attribute("data-rule")
        of_rule = page.locator(f".card[data-rule='{rule}']").count()
        assert of_rule == len(articles.MEMBERS)
        member.locator("button.rule").click()
        expect(page.locator("#count b")).to_have_text(str(of_rule))
        assert not member.locator("button.rule").is_visible()
        page.locator("#undo").click()
        expect(page.locator("#count b")).to_have_text("0")


def test_words_that_are_selected_become_a_fact(desk: Desk, browser: Browser) -> None:
    with reading(browser, desk.server.url + "/curate?lang=vi") as (page, _):
        begin(page, desk)
        picker = page.locator("#picker")
        assert not picker.is_visible()
        # From the middle of a word: the passage is widened to whole ones.
        page.evaluate(
            """(phrase) => {
              const walker = document.createTreeWalker(document.querySelector('#text'), NodeFilter.SHOW_TEXT);
              for (let node; (node = walker.nextNode());) {
                const at = node.data.indexOf(phrase);
                if (at >= 0) getSelection().setBaseAndExtent(node, at + 1, node, at + phrase.length);
              }
            }""",
            "Trần Thị Thử Nghiệm",
        )
        expect(picker).to_be_visible(timeout=_PATIENCE)
        picker.get_by_role("button", name="người").click()
        added = card(page, "Trần Thị Thử Nghiệm")
        expect(added).to_be_visible(timeout=_PATIENCE)
        expect(added.locator(".edit")).to_have_attribute("open", "")
        start, end = articles.at("Trần Thị Thử Nghiệm")
        assert added.get_attribute("data-spans") == f"{start}-{end}"


def test_work_is_kept_for_its_curator_alone(desk: Desk, browser: Browser) -> None:
    with reading(browser, desk.server.url + "/curate?lang=vi") as (page, _):
        begin(page, desk)
        page.keyboard.press("a")
        expect(page.locator("#kept")).to_have_text("đã lưu")
        (kept,) = desk.kept()
        assert kept.stat().st_mode & 0o077 == 0 and kept.parent.stat().st_mode & 0o077 == 0
        # Somebody else sees that it is being worked on, and not how.
        page.goto(desk.server.url + "/curate?lang=vi")
        page.locator("form:not(.begin) [name=token]").fill(desk.binh)
        page.get_by_role("button", name="Xem các bài đang làm").click()
        expect(page.get_by_text("Không có bài nào.")).to_be_visible(timeout=_PATIENCE)
        page.goto(desk.server.url + "/curate?lang=vi")
        begin(page, desk, desk.binh)
        expect(page.get_by_text("Cũng đang làm bài này: Lan")).to_be_visible(timeout=_PATIENCE)
        expect(page.locator("#count b")).to_have_text("0")
        page.goto(desk.server.url + "/curate?lang=vi")
        page.locator("form:not(.begin) [name=token]").fill(desk.lan)
        page.get_by_role("button", name="Xem các bài đang làm").click()
        page.get_by_role("button", name="Làm tiếp").click()
        expect(page.locator("#count b")).to_have_text("1")
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Bỏ bài này").click()
        expect(page.get_by_text("Đã bỏ bài ấy.")).to_be_visible(timeout=_PATIENCE)
    assert len(desk.kept()) == 1


def test_the_second_curator_sees_what_the_first_decided(desk: Desk, browser: Browser) -> None:
    with reading(browser, desk.server.url + "/curate?lang=vi") as (page, _):
        begin(page, desk)
        say(card(page, CONTRADICTION), "reject")
        say(page.locator(".card").first, "accept")
        say(card(page, HEAD), "accept")
        page.locator(".bar .go").click()
        page.locator("button[value=publish]").click()
        page.wait_for_url("**/curate/published/2*")
        page.goto(desk.server.url + "/curate?lang=vi")
        begin(page, desk, desk.binh)
        assert card(page, CONTRADICTION).count() == 0 and card(page, HEAD).count() == 0
        page.locator(".before summary").click()
        told = page.inner_text(".before")
        assert "bỏ: Lan" in told and "nhận: Lan" in told
        # What is published next adds to the same source, and withdraws nothing.
        say(page.locator(".card").first, "accept")
        say(page.locator(".card").filter(has_text="là thành viên").first, "accept")
        page.locator(".bar .go").click()
        expect(page.get_by_role("heading", name="Có thể công bố")).to_be_visible(timeout=_PATIENCE)
        page.locator("button[value=publish]").click()
        page.wait_for_url("**/curate/published/3*")
    assert "ninh-binh-2025" in desk.ask("who-led.csv?year=2026")
    with urllib.request.urlopen(desk.server.url + "/versions/3/diff?format=json") as answer:
        assert b"Vinh" not in answer.read()


def test_nothing_of_another_scope_is_published_and_the_decision_is_kept(desk: Desk, browser: Browser) -> None:
    before = contents(desk.store)
    with reading(browser, desk.server.url + "/curate?lang=vi") as (page, _):
        begin(page, desk)
        say(card(page, HEAD), "accept")
        page.locator(".bar .go").click()
        expect(page.get_by_role("heading", name="Còn thiếu: phạm vi")).to_be_visible(timeout=_PATIENCE)
        assert page.locator("button[value=publish]").count() == 0
        page.get_by_role("button", name="Quay lại bài").click()
        page.locator(".card").first.locator("h2").click()
        page.keyboard.press("x")
        page.locator(".bar .go").click()
        expect(page.get_by_role("heading", name="Không có gì để công bố")).to_be_visible(timeout=_PATIENCE)
        page.get_by_role("button", name="Giữ các quyết định").click()
        page.wait_for_url("**/curate/published/1*")
        expect(page.get_by_role("heading", name="Đã giữ các quyết định")).to_be_visible(timeout=_PATIENCE)
    assert contents(desk.store) == before and desk.kept() == []
    assert sorted(str(each["decision"]) for each in desk.decisions()) == ["accept", "reject"]


def test_somebody_else_published_meanwhile(desk: Desk, browser: Browser) -> None:
    with reading(browser, desk.server.url + "/curate?lang=vi") as (page, seen):
        begin(page, desk)
        say(page.locator(".card").first, "accept")
        say(card(page, HEAD), "accept")
        page.locator(".bar .go").click()
        expect(page.locator("button[value=publish]")).to_be_visible(timeout=_PATIENCE)
        update = (
            "INSERT DATA { GRAPH <https://w3id.org/thidua/graph/18d8c37f4f6536d1> { "
            "<https://w3id.org/thidua/id/src/18d8c37f4f6536d1> <http://www.w3.org/2000/01/rdf-schema#comment> 'x' } }"
        )
        headers = {"Authorization": f"Bearer {desk.binh}", "Content-Type": "application/sparql-update"}
        urllib.request.urlopen(urllib.request.Request(desk.server.url + "/update", update.encode(), headers)).close()
        page.locator("button[value=publish]").click()
        expect(page.get_by_role("alert").filter(has_text="Có người vừa công bố")).to_be_visible(timeout=_PATIENCE)
        seen.console.clear()  # the browser notes the 412
        page.locator("button[value=publish]").click()
        page.wait_for_url("**/curate/published/3*")


def test_a_text_with_markup_stays_text(desk: Desk, browser: Browser) -> None:
    hostile = (
        articles.TEXT
        + '</textarea></div><script>document.title = "gone"</script><img src="https://evil.example/x" onerror="x()">'
        + " <mark data-cards='x'>&lt;b&gt; \u202eabc 𝔘𝔫𝔦"
    )
    with reading(browser, desk.server.url + "/curate?lang=vi") as (page, _):
        begin(page, desk, text=hostile, facts=False)
        assert "<script>document.title" in page.inner_text("#text") and page.title() != "gone"
        assert page.locator("#text img, #text script").count() == 0
        # Positions are code points, also behind letters that JavaScript counts twice.
        page.locator(".card").first.locator("h2").click()
        page.keyboard.press("a")
        expect(page.locator("#kept")).to_have_text("đã lưu")
    with reading(browser, desk.server.url + "/curate?title=<script>x</script>&address=%22%3E<b>") as (page, _):
        assert page.locator(".begin [name=title]").input_value() == "<script>x</script>"
