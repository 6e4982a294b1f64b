"""Phone and paper: the archipelagos in sight, lists in the place of wide tables, and pages that print whole."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import DESKTOP, PHONE, reading, too_wide, violations
from tests.support.http import call
from tests.support.paths import ROOT
from tests.support.service import Server
from thidua.base.terms import instance
from thidua.views import outlines
from thidua.views.insets import SHEET, insets

OUTLINES = outlines.paths(ROOT / "data/borders/vietnam.svg")
NARROW = (320, 700)
#: A4 between the margins, in CSS pixels.
SHEETS = [(703, 1000), (1032, 680)]
PAGES = [
    "/", "/timeline", "/coverage", "/map?year=2024", "/doc/cluster/dong-bang-song-hong", "/doc/province/thai-binh",
    "/questions/sources", "/questions/who-led?evidence=1&cluster=dong-bang-song-hong", "/questions/awards",
    "/questions/statistics", "/versions", "/validation", "/search?q=ninh+binh", "/guide/certainty",
]  # fmt: skip


def boxes(page: Page, selector: str) -> list[dict[str, float]]:
    found = "s => [...document.querySelectorAll(s)].map(e => e.getBoundingClientRect().toJSON())"
    return list(page.evaluate(found, selector))


class TestInsets:
    def test_each_archipelago_lies_in_its_frame_and_no_frame_on_the_mainland(self) -> None:
        left, top, width, height = (float(part) for part in SHEET.split())
        found = insets(OUTLINES)
        assert [each.name for each in found] == ["Hoàng Sa", "Trường Sa"]
        framed = {(each.unit, each.part) for each in found}
        mainland = [
            point for unit, ds in OUTLINES.items() for part, d in enumerate(ds) if (unit, part) not in framed
            for ring in outlines.rings_of(d) for point in ring
        ]  # fmt: skip
        assert all(left < x < left + width and top < y < top + height for x, y in mainland)
        for each in found:
            for ring in outlines.rings_of(OUTLINES[each.unit][each.part]):
                for x, y in ring:
                    assert each.x < each.dx + each.scale * x < each.x + each.width
                    assert each.y < each.dy + each.scale * y < each.line - 10
            inside = [
                point for point in mainland
                if each.x <= point[0] <= each.x + each.width and each.y <= point[1] <= each.y + each.height
            ]  # fmt: skip
            assert inside == [] and each.x + each.width < left + width and each.y + each.height < top + height

    @pytest.mark.parametrize("size", [DESKTOP, PHONE, NARROW])
    @pytest.mark.parametrize("path", ["/map?year=2024", "/map?year=2025&lang=en", "/embed/map?year=2024"])
    def test_both_are_in_sight_with_the_mainland_and_named(
        self, server: Server, browser: Browser, path: str, size: tuple[int, int]
    ) -> None:
        with reading(browser, server.url + path, size=size, scripts=False) as (page, _):
            page.wait_for_load_state("networkidle")
            assert not too_wide(page)
            (sheet,) = boxes(page, "svg:has(.sea)")
            assert sheet["left"] >= 0 and sheet["right"] <= size[0]
            frames = boxes(page, "rect.inset")
            assert len(frames) == 2
            assert all(f["left"] >= sheet["left"] and f["right"] <= sheet["right"] for f in frames)
            assert page.locator(".sea").text_content() == "Hoàng SaTrường Sa"
            assert page.locator(".sea text").first.is_visible()

    def test_a_frame_is_part_of_its_unit_for_pointer_and_keyboard(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/map?year=2024") as (page, _):
            expect(page.get_by_role("slider")).to_be_visible()
            page.hover("#unit-khanh-hoa rect.inset", position={"x": 8, "y": 8})  # sea, within the frame
            expect(page.locator("#panel h3")).to_have_text("Khánh Hòa")
            page.hover("#unit-da-nang rect.inset", position={"x": 8, "y": 8})
            expect(page.locator("#panel h3")).to_have_text("Đà Nẵng")
            page.mouse.move(1, 1)  # focus scrolls, and what comes to lie under the pointer would be looked at
            page.focus("#unit-khanh-hoa")
            expect(page.locator("#panel h3")).to_have_text("Khánh Hòa")
        with reading(browser, server.url + "/map?year=2024", size=PHONE, has_touch=True) as (page, _):
            expect(page.get_by_role("slider")).to_be_visible()
            page.tap("#unit-da-nang rect.inset", position={"x": 8, "y": 8})
            expect(page.locator("#panel h3")).to_have_text("Đà Nẵng")
            assert violations(page) == []

    def test_the_editor_has_the_same_frames(self, server: Server) -> None:
        drawing = call(server, "/borders.json").json
        assert drawing["viewBox"] == SHEET
        assert [each["name"] for each in drawing["insets"]] == ["Hoàng Sa", "Trường Sa"]
        for each in drawing["insets"]:
            assert len(drawing["paths"][each["unit"]]) > each["part"]
        assert drawing["insets"][0]["unit"] == instance("province", "da-nang")
        assert call(server, "/map/borders.svg").text.count("non-scaling-stroke") == 2


class TestOnAPhone:
    @pytest.mark.parametrize("path", PAGES)
    def test_nothing_lies_to_the_right(self, server: Server, browser: Browser, path: str) -> None:
        with reading(browser, server.url + path, size=NARROW, scripts=False) as (page, _):
            assert not too_wide(page)

    @pytest.mark.parametrize("scripts", [True, False])
    def test_a_cluster_is_a_list_of_years(self, server: Server, browser: Browser, scripts: bool) -> None:
        with reading(browser, server.url + "/timeline?lang=en", size=PHONE, scripts=scripts) as (page, _):
            row = page.locator("#table tbody tr", has_text="Red River Delta")
            years = row.locator("td").evaluate_all("cells => cells.map(cell => Number(cell.dataset.year))")
            assert years == sorted(years) and len(years) > 15
            told = row.locator("td.named").evaluate_all(
                """cells => cells.map(cell => [getComputedStyle(cell, '::before').content,
                     cell.getBoundingClientRect()]).map(([year, box]) => [year, box.left, box.right])"""
            )
            assert [year.strip('" ') for year, _, _ in told] == ["2018", "2019", "2022", "2023", "2024"]
            assert all(left >= 0 and right <= PHONE[0] for _, left, right in told)
            # The page alone scrolls.
            inner = (
                "[...document.querySelectorAll('main *')].filter(e => /auto|scroll/.test(getComputedStyle(e).overflowY)"
            )
            inner += " && e.scrollHeight > e.clientHeight + 1 && e.tagName != 'TEXTAREA' && !e.closest('dialog'))"
            assert page.evaluate(f"{inner}.map(e => e.className)") == []
            assert not scripts or violations(page) == []  # axe is a script

    def test_the_coverage_is_a_list_as_well(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/coverage?lang=en", size=PHONE) as (page, _):
            assert page.evaluate(
                "document.querySelector('#table').scrollWidth <= document.querySelector('#table').clientWidth"
            )
            assert all(box["right"] <= PHONE[0] for box in boxes(page, "#table td, .sides td"))
            assert violations(page) == []

    @pytest.mark.parametrize(
        "path", ["/doc/cluster/dong-bang-song-hong?lang=en", "/versions?lang=en", "/validation?lang=en"]
    )
    def test_a_row_is_a_card_whose_cells_say_their_header(self, server: Server, browser: Browser, path: str) -> None:
        with reading(browser, server.url + path, size=PHONE) as (page, _):
            assert all(box["right"] <= PHONE[0] for box in boxes(page, ".cards td"))
            said = page.locator(".cards td[data-header]").first.evaluate("e => getComputedStyle(e, '::before').content")
            assert re.match(r'"(year|Version|Message): "', said)
            assert violations(page) == []

    def test_what_still_scrolls_has_a_shadow(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/guide/certainty", size=PHONE, scripts=False) as (page, _):
            assert "local" in str(
                page.locator(".scroll").first.evaluate("e => getComputedStyle(e).backgroundAttachment")
            )


class TestOnPaper:
    @pytest.mark.parametrize("sheet", SHEETS)
    @pytest.mark.parametrize("path", PAGES)
    def test_no_column_is_lost(self, server: Server, browser: Browser, path: str, sheet: tuple[int, int]) -> None:
        with reading(browser, server.url + path, size=sheet, scripts=False) as (page, _):
            page.emulate_media(media="print")
            lost = page.evaluate(
                """() => [...document.querySelectorAll('th, td, svg, h1, p')]
                     .filter(e => !e.closest('.unseen, .skip, details:not([open]), svg *'))
                     .filter(e => { const box = e.getBoundingClientRect();
                        return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1) })
                     .map(e => e.outerHTML.slice(0, 200))"""
            )
            assert lost == [] and not too_wide(page)
            for selector in ("header nav", "form", "footer > a"):
                assert not any(each.is_visible() for each in page.locator(selector).all())

    @pytest.mark.parametrize(("path", "version"), [("/timeline?from=2018&lang=vi", True), ("/guide/certainty", False)])
    def test_the_address_and_the_version_stand_at_the_foot(
        self, server: Server, browser: Browser, path: str, version: bool
    ) -> None:
        with reading(browser, server.url + path, scripts=False) as (page, _):
            foot = page.locator("footer .printed")
            assert not foot.is_visible()
            page.emulate_media(media="print")
            assert foot.is_visible()
            address = foot.locator("span").inner_text()
            assert address.startswith(server.url + urlsplit(path).path)
            asked = parse_qs(urlsplit(address).query)
            assert asked == (parse_qs(urlsplit(path).query) | {"version": ["1"]} if version else {})
            assert ("Phiên bản 1, " in foot.inner_text()) == version
            reply = call(server, address.removeprefix(server.url), accept="text/html")
            assert reply.status == 200

    def test_it_prints_on_a_real_sheet(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/timeline", scripts=False) as (page, _):
            for landscape in (False, True):
                assert page.pdf(format="A4", landscape=landscape).startswith(b"%PDF")


class TestTimelineInTheWindow:
    @pytest.mark.parametrize("width", [1440, 1920])
    def test_it_is_wider_than_prose_and_opens_with_whole_words(
        self, server: Server, browser: Browser, width: int
    ) -> None:
        with reading(browser, server.url + "/timeline", size=(width, 900)) as (page, _):
            expect(page.locator("[data-keys]")).to_be_visible()  # the script has run
            (region,) = boxes(page, "#table")
            assert region["width"] > 1300 and not too_wide(page)
            assert region["left"] >= 0 and region["right"] <= width
            frozen, *heads = boxes(page, "#table thead th")
            # No year is half hidden behind the clusters' names, and the last one is whole.
            assert not [h for h in heads if h["left"] < frozen["right"] - 2 < h["right"] - 4]
            assert heads[-1]["right"] <= region["right"] + 1
            bare = [head["width"] for head in boxes(page, "#table thead th.bare")]
            assert bare and max(bare) < 50 < 100 < max(head["width"] for head in heads)

    def test_evidence_has_an_address(self, server: Server, browser: Browser) -> None:
        address = server.url + "/timeline?lang=vi"
        with reading(browser, address, size=PHONE) as (page, _):
            expect(page.locator("[data-keys]")).to_be_visible()
            page.get_by_role("link", name="Nam Định").first.click()
            expect(page).to_have_url(re.compile(r"/timeline\?lang=vi#dong-bang-song-hong-2024$"))
            shared = page.url
            dialog = page.get_by_role("dialog")
            expect(dialog.locator("h3").first).to_contain_text("Nam Định")
            button = dialog.get_by_role("button", name="Đóng")
            line = button.evaluate("e => parseFloat(getComputedStyle(e).lineHeight)")
            assert button.evaluate("e => e.clientHeight") < 2 * line  # one line
            page.go_back()
            expect(page.locator("dialog")).to_be_hidden()
            expect(page).to_have_url(address)
            page.go_forward()
            expect(dialog).to_be_visible()
            page.keyboard.press("Escape")
            expect(page.locator("dialog")).to_be_hidden()
            expect(page).to_have_url(address)
        with reading(browser, shared) as (page, _):
            expect(page.get_by_role("dialog").locator("h3").first).to_contain_text("Nam Định")
            page.get_by_role("button", name="Đóng").click()
            expect(page).to_have_url(address)
            expect(page.locator("dialog")).to_be_hidden()
