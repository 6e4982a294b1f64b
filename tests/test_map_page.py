"""The map: every unit of a day has its shape, its cluster is what a source says, and the slider moves through time."""

import gzip
import re
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import PHONE, follow, reading, too_wide, violations
from tests.support.http import call, problem
from tests.support.paths import ROOT
from tests.support.service import Server, running, until
from tests.support.stores import copied
from thidua.engine.query import Caller
from thidua.graph import KnowledgeGraph
from thidua.views import outlines
from thidua.views.province_map import Chart, read_chart, read_moment, read_stops

OUTLINES = outlines.paths(ROOT / "data/borders/vietnam.svg")
#: Bytes of the page with all that it loads, compressed.
MOST = 150_000


def chart(kg: KnowledgeGraph, **asked: str) -> Chart:
    snapshot = kg.current()
    stops = read_stops(snapshot, Caller())
    moment = read_moment(asked.get("on"), asked.get("year"), stops)
    return read_chart(snapshot, moment, stops, OUTLINES, "vi", Caller())


def key(iri: str) -> str:
    return iri.rpartition("/")[2]


def units(page: Page) -> int:
    return page.locator("#units > a").count()


def slide(page: Page, label: str) -> None:
    """Move the slider by its keys until it stands on a stop."""
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(int(slider.get_attribute("max") or 0)):
        if slider.get_attribute("aria-valuetext") == label:
            return
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"the slider has no {label}")


def wider(drawn: Locator, width: float) -> bool:
    return bool(drawn.evaluate("(drawn, width) => drawn.getBBox().width > width", width))


class TestAgainstTheGraph:
    @pytest.mark.parametrize(("on", "count"), [("2008-08-01", 63), ("2025-06-30", 63), ("2025-07-01", 34)])
    def test_every_unit_has_its_shape_and_no_outline_is_drawn_twice(
        self, kg: KnowledgeGraph, on: str, count: int
    ) -> None:
        drawn = {unit.iri: unit.drawn for unit in chart(kg, on=on).units}
        asked = {row["province"].value for row in kg.ask("provinces-on", {"on": on}).records if row["province"]}
        assert set(drawn) == asked and len(drawn) == count
        parts = [part for each in drawn.values() for part in each]
        assert all(drawn.values()) and sorted(parts) == sorted(OUTLINES)

    def test_a_merged_unit_is_drawn_as_those_it_was_made_of(self, kg: KnowledgeGraph) -> None:
        drawn = {key(unit.iri): {key(part) for part in unit.drawn} for unit in chart(kg, on="2025-07-01").units}
        assert drawn["hung-yen-2025"] == {"hung-yen", "thai-binh"}
        assert drawn["ninh-binh-2025"] == {"ha-nam", "nam-dinh", "ninh-binh"}
        assert drawn["ha-noi"] == {"ha-noi"}

    @pytest.mark.parametrize(("on", "name"), [("2018-06-01", "Thừa Thiên Huế"), ("2025-01-01", "Huế")])
    def test_a_unit_is_called_what_it_was_called_then(self, kg: KnowledgeGraph, on: str, name: str) -> None:
        assert {key(unit.iri): unit.name for unit in chart(kg, on=on).units}["hue"] == name

    @pytest.mark.parametrize("year", ["2007", "2016", "2020", "2024"])
    def test_a_unit_is_in_the_clusters_that_the_question_tells_and_in_no_other(
        self, kg: KnowledgeGraph, year: str
    ) -> None:
        stated = {
            (row["province"].value, row["cluster"].value)
            for row in kg.ask("cluster-members", {"year": year}).records
            if row["province"] and row["cluster"]
        }
        shown = {(unit.iri, each.cluster) for unit in chart(kg, year=year).units for each in unit.memberships}
        assert shown == stated
        assert bool(stated) == (year != "2007")

    def test_what_is_certain_of_a_year_is_only_possible_on_a_day(self, kg: KnowledgeGraph) -> None:
        for asked, certainty in (({"year": "2024"}, "certain"), ({"on": "2024-06-01"}, "possible")):
            found = {key(unit.iri): unit for unit in chart(kg, **asked).units}["thai-binh"]
            assert [each.certainty for each in found.memberships] == [certainty]

    def test_a_place_for_a_name_is_inside(self) -> None:
        """Of all sixty-three, and of a crescent, whose centre of gravity is outside."""
        shapes = [[ring for d in ds for ring in outlines.rings_of(d)] for ds in OUTLINES.values()]
        shapes.append([((0, 0), (10, 0), (10, 10), (0, 10), (0, 9), (9, 9), (9, 1), (0, 1))])
        for rings in shapes:
            x, y = outlines.middle(rings)
            assert any(_inside(ring, x, y) for ring in rings)

    def test_curves_end_where_they_end(self) -> None:
        assert outlines.rings_of("m 1,2 3,0 c 1,1 2,2 0,4 z m 1,0 1e0,1 -2,0 z M 5 5 6 6 L 7 5 Z") == [
            ((1, 2), (4, 2), (4, 6)), ((2, 2), (3, 3), (1, 3)), ((5, 5), (6, 6), (7, 5))
        ]  # fmt: skip


def _inside(ring: outlines.Ring, x: float, y: float) -> bool:
    crossed = 0
    for (a, b), (c, d) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (b <= y) != (d <= y) and a + (y - b) / (d - b) * (c - a) > x:
            crossed += 1
    return crossed % 2 == 1


class TestOverHttp:
    def test_the_answer_as_data(self, server: Server) -> None:
        before = call(server, "/map.json?year=2024").json
        found = {unit["id"]: unit for unit in before["units"]}
        assert len(found) == 63 and found["thai-binh"]["number"] == "4"
        facts = found["thai-binh"]["facts"]
        assert facts["cluster"][0]["text"] == "4. Đồng bằng sông Hồng" and facts["cluster"][0]["sources"]
        assert facts["head"][0]["text"] == "★ Nam Định" and facts["head"][0]["sources"]
        assert facts["land"][0]["text"] == "nay thuộc Hưng Yên"
        assert found["nam-dinh"]["text"] == "★4"
        after = {
            unit["id"]: unit for unit in call(server, "/map?on=2025-07-02", accept="application/json").json["units"]
        }
        assert len(after) == 34 and "thai-binh" not in after
        merged = after["hung-yen-2025"]
        assert (merged["kind"], merged["text"]) == ("unknown", "")
        assert [each["text"] for each in merged["facts"]["land"]] == ["gồm Hưng Yên", "gồm Thái Bình"]

    def test_a_head_whose_cluster_has_no_list_of_members_is_marked_and_still_unknown(self, server: Server) -> None:
        found = {unit["id"]: unit for unit in call(server, "/map.json?year=2020").json["units"]}
        assert (found["hau-giang"]["kind"], found["hau-giang"]["text"]) == ("unknown", "★6")
        # Of the other clusters of that year some have one.
        assert {unit["kind"] for unit in found.values()} > {"unknown"}

    def test_a_year_without_a_source_leads_to_the_nearest_with_one(self, server: Server) -> None:
        notes = call(server, "/map.json?year=2007&lang=en").json["notes"]
        (note,) = [each for each in notes if "No source says" in each["text"]]
        assert [(link["label"], link["href"]) for link in note["links"]] == [
            ("2006", "/map?year=2006&lang=en"), ("2008, until 31 July", "/map?on=2008-07-31&lang=en")
        ]  # fmt: skip

    def test_a_unit_that_the_drawing_lacks_is_told_of(self, server: Server) -> None:
        shown = call(server, "/map.json?on=2006-05-05").json
        assert len(shown["units"]) == 64
        assert [unit["id"] for unit in shown["units"] if not unit["parts"]] == ["ha-tay"]
        assert "Hà Tây" in shown["notes"][0]["text"]

    def test_without_a_wish_it_opens_where_sources_tell_most(self, server: Server) -> None:
        assert call(server, "/map.json").json["year"] == "2024"

    @pytest.mark.parametrize(
        "query", ["on=2024-02-30", "on=tomorrow", "year=24", "year=1999", "on=2999-01-01", "on=2024-01-01&year=2024"]
    )
    def test_nonsense_is_refused(self, server: Server, query: str) -> None:
        problem(call(server, f"/map.json?{query}"), 400, "bad-parameter")

    def test_the_outlines_are_kept_by_whoever_names_their_content(self, server: Server) -> None:
        body = call(server, "/map?year=2024", accept="text/html").text
        (address,) = set(re.findall(r'href="(/map/borders\.svg\?v=\w+)#', body))
        reply = call(server, address)
        assert (reply.status, reply.media_type) == (200, "image/svg+xml")
        assert "immutable" in reply.headers["Cache-Control"]
        again = call(server, "/map/borders.svg", headers={"If-None-Match": reply.headers["ETag"]})
        assert again.status == 304 and "immutable" not in again.headers["Cache-Control"]
        assert set(re.findall(r'<g id="([^"]+)"', reply.text)) == {key(unit) for unit in OUTLINES}

    @pytest.mark.parametrize("query", ["year=2024", "on=2025-07-01"])
    def test_it_is_light(self, server: Server, query: str) -> None:
        page = call(server, f"/map?{query}", accept="text/html").text
        loaded = {address.partition("#")[0] for address in re.findall(r'(?:href|src)="(/(?:static|map/)[^"]*)"', page)}
        assert {"/static/map.js", "/static/map.css", "/static/style.css"} < loaded
        addresses = [f"/map?{query}", f"/map.json?{query}", *loaded]
        zipped = [call(server, each, accept="*/*", headers={"Accept-Encoding": "gzip"}) for each in addresses]
        texts = [reply for reply in zipped if reply.media_type != "image/png"]
        assert all(reply.headers["Content-Encoding"] == "gzip" for reply in texts if len(reply.body) > 1000)
        assert "<svg" in gzip.decompress(zipped[0].body).decode()
        assert sum(len(reply.body) for reply in zipped) < MOST

    def test_sources_that_differ_are_shown_as_differing(self, store: Path, tmp_path: Path) -> None:
        """A source more, which puts Thái Bình into another cluster."""
        turtle = """
            @prefix td: <https://w3id.org/thidua/ontology#> .
            @prefix org: <http://www.w3.org/ns/org#> .
            @prefix schema: <https://schema.org/> .
            @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
            @base <https://w3id.org/thidua/id/> .
            <src/0123456789abcdef> schema:inLanguage "vi" ; schema:publisher "test" ;
              schema:url "https://example.org/a"^^xsd:anyURI .
            <edition/bac-trung-bo_2024> td:editionOf <cluster/bac-trung-bo> ; td:year 2024 ;
              td:membership <member/bac-trung-bo_2024_thai-binh> ; td:statedBy <ev/0123456789abcdef> .
            <member/bac-trung-bo_2024_thai-binh> org:member <province/thai-binh> ;
              td:statedBy <ev/0123456789abcdef> ."""
        graph = quote("https://w3id.org/thidua/graph/0123456789abcdef", safe="")
        with running(copied(store, tmp_path / "store"), "--open-writes") as service:
            headers = {"Content-Type": "text/turtle"}
            put = call(service, f"/data?graph={graph}", method="PUT", body=turtle.encode(), headers=headers)
            assert put.status in (200, 201, 204), put.text
            shown = call(service, "/map.json?year=2024").json
        unit = next(unit for unit in shown["units"] if unit["id"] == "thai-binh")
        assert (unit["kind"], unit["text"]) == ("conflict", "3≠4")
        assert [each["text"][:2] for each in unit["facts"]["cluster"]] == ["3.", "4."]
        assert ["Bắc Trung Bộ" in each["note"] for each in unit["facts"]["head"]] == [True, False]
        assert next(row["count"] for row in shown["legend"] if row["kind"] == "conflict") == 1


class TestInABrowser:
    def test_the_slider_moves_from_2024_to_2026(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/map?year=2024&lang=vi") as (page, _):
            page.evaluate("window.same = true")
            assert units(page) == 63
            slide(page, "2026")
            expect(page.locator("#units > a")).to_have_count(34)
            expect(page.locator("#says")).to_contain_text("34 đơn vị")
            expect(page).to_have_url(re.compile(r"/map\?year=2026&lang=vi$"))
            assert page.locator("#says").get_attribute("role") == "status"
            assert page.locator("#rows tr").count() == 34
            assert page.get_attribute("header a[hreflang=en]", "href")
            assert "year=2026" in str(page.get_attribute("header a[hreflang=en]", "href"))
            assert page.evaluate("window.same") is True  # no page was loaded
            assert page.locator("#after").get_attribute("href") is None

    def test_without_scripts_the_form_does_the_same(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/map?year=2024", scripts=False) as (page, _):
            assert units(page) == 63
            assert not page.locator("#slide, #play, #panel").first.is_visible()
            page.fill("[name=on]", "2026-01-01")
            follow(page.locator("#when button:visible").first)
            assert units(page) == 34 and urlsplit(page.url).query == "on=2026-01-01"
            follow(page.locator("#before"))
            assert units(page) == 34 and page.inner_text("#title") == "Ngày 1/7/2025"
            follow(page.locator("#before"))
            assert units(page) == 63 and page.inner_text("#title") == "Ngày 30/6/2025"

    def test_what_the_script_draws_is_what_the_server_draws(self, server: Server, browser: Browser) -> None:
        """The page of a day, and the page that the slider made of another one."""
        drawn = """() => ['units', 'numbers', 'legend', 'rows', 'notes', 'years', 'title', 'says'].map(id => {
            const copy = document.getElementById(id).cloneNode(true)
            return copy.outerHTML.replace(/\\s+/g, '').replaceAll('</use>', '')
        })"""
        for year in ("2019", "2020"):
            with reading(browser, f"{server.url}/map?year={year}", scripts=False, language="en") as (page, _):
                plain = page.evaluate(drawn)
            with reading(browser, server.url + "/map?year=2018", language="en") as (page, _):
                expect(page.get_by_role("slider")).to_be_visible()
                slide(page, year)
                expect(page.locator("#title")).to_have_text(year)
                assert page.evaluate(drawn) == plain

    def test_thai_binh_before_and_after(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/map?year=2024") as (page, _):
            expect(page.get_by_role("slider")).to_be_visible()
            page.hover("#unit-thai-binh")
            panel = page.locator("#panel")
            expect(panel).to_contain_text("Đồng bằng sông Hồng")
            expect(panel).to_contain_text("★ Nam Định")
            expect(panel).to_contain_text("nay thuộc Hưng Yên")
            assert panel.locator(".source a").count() >= 2
            fill = "getComputedStyle(document.querySelector('#unit-%s .land use')).fill"
            colour = page.evaluate(fill % "thai-binh")
            assert colour == page.evaluate(fill % "nam-dinh") != page.evaluate(fill % "nghe-an")
            slide(page, "2025, từ 1/7")
            expect(page.locator("#unit-thai-binh")).to_have_count(0)
            page.hover("#unit-hung-yen-2025")
            expect(panel).to_contain_text("gồm Thái Bình")
            expect(panel).to_contain_text("không có nguồn cho năm 2025")
            assert page.evaluate(fill % "hung-yen-2025") != colour

    def test_every_shape_is_really_drawn(self, server: Server, browser: Browser) -> None:
        for query in ("year=2024", "on=2025-07-01"):
            with reading(browser, f"{server.url}/map?{query}", scripts=False) as (page, _):
                for drawn in page.locator("#units > a").all():
                    until(partial(wider, drawn, 5))  # the outlines are a file of their own
                # The archipelagos are there, each in its frame.
                assert page.locator("#units [id^=unit-khanh-hoa] .inset, #units [id^=unit-da-nang] .inset").count() == 2

    def test_a_link_of_the_years_is_followed_without_loading(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/map?year=2007") as (page, _):
            expect(page.get_by_role("slider")).to_be_visible()
            page.evaluate("window.same = true")
            page.click("#notes a >> text=2008")
            expect(page.locator("#title")).to_have_text("Ngày 31/7/2008")
            assert page.inner_text("#years [aria-current]") == "2008, đến 31/7"
            assert page.evaluate("window.same") is True

    def test_by_keyboard(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/map?year=2024") as (page, _):
            expect(page.get_by_role("slider")).to_be_visible()
            page.focus(".sheet")
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.className") == "skip"
            page.keyboard.press("Tab")
            name = page.evaluate("document.activeElement.getAttribute('aria-label')")
            assert name.startswith("An Giang; cụm 6")
            expect(page.locator("#panel h3")).to_have_text("An Giang")
            assert page.locator("#ring .focused").count() == 1  # where the focus is can be seen
            page.keyboard.press("Enter")
            page.wait_for_url("**/doc/province/an-giang")

    def test_a_touch_shows_and_the_second_leads_on(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/map?year=2024", size=PHONE, has_touch=True) as (page, _):
            expect(page.get_by_role("slider")).to_be_visible()
            page.tap("#unit-son-la")
            expect(page.locator("#panel h3")).to_have_text("Sơn La")
            expect(page.locator("#panel h3")).to_be_in_viewport()
            assert "/map" in page.url and not too_wide(page)
            page.tap(".sheet svg", position={"x": 20, "y": 300})  # outside of every unit
            expect(page.locator("#panel h3")).to_have_count(0)
            page.tap("#unit-son-la")
            page.tap("#unit-son-la")
            page.wait_for_url("**/doc/province/son-la")

    def test_playing_goes_on_by_itself_unless_motion_is_unwelcome(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/map?year=2018") as (page, _):
            page.evaluate(
                """() => { const title = document.getElementById('title'), shown = window.shown = [];
                new MutationObserver(() => shown.push(title.textContent)).observe(title, { childList: true }); }"""
            )
            page.click("#play")
            until(lambda: page.evaluate("window.shown.length") >= 2)
            assert page.evaluate("window.shown")[:2] == ["Năm 2019", "Năm 2020"]
            page.click("#play")
            expect(page.locator("#play")).to_have_text("Chạy")
        with reading(browser, server.url + "/map?year=2018", reduced_motion="reduce") as (page, _):
            expect(page.get_by_role("slider")).to_be_visible()
            assert not page.locator("#play").is_visible()

    @pytest.mark.parametrize("dark", [False, True])
    @pytest.mark.parametrize("query", ["year=2024", "year=2007"])
    def test_it_lets_everybody_in_while_it_is_used(
        self, server: Server, browser: Browser, query: str, dark: bool
    ) -> None:
        with reading(browser, f"{server.url}/map?{query}", dark=dark) as (page, _):
            expect(page.get_by_role("slider")).to_be_visible()
            page.hover("#unit-ha-giang")
            assert violations(page) == []

    @pytest.mark.parametrize("dark", [False, True])
    def test_numbers_can_be_read_on_every_colour(self, server: Server, browser: Browser, dark: bool) -> None:
        """Contrast of the number on its fill, as WCAG computes it, of all twelve colours; and no two alike."""
        with reading(browser, server.url + "/map?year=2024", dark=dark) as (page, _):
            colours = page.evaluate(
                """() => [...Array(12).keys()].map(n => {
                    const cell = document.createElement('td'), span = document.createElement('span')
                    cell.className = `key k${n + 1}`; cell.append(span)
                    document.querySelector('#legend tr').append(cell)
                    const style = getComputedStyle(span)
                    return [style.backgroundColor, style.color]
                })"""
            )
        assert len({fill for fill, _ in colours}) == 12
        assert all(_contrast(fill, text) >= 4.5 for fill, text in colours)


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
