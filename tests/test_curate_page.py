"""The curator's desk: nothing is published that has not been seen, and what is seen is what is published."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PHONE, follow, reading, too_wide, violations
from tests.support.service import Server, running
from tests.support.stores import contents, copied
from thidua.base.tokens import TokenFile

SOURCE = "00000000deadbeef"
TURTLE = f"""@prefix td: <https://w3id.org/thidua/ontology#> .
@prefix cluster: <https://w3id.org/thidua/id/cluster/> .
@prefix edition: <https://w3id.org/thidua/id/edition/> .
@prefix head: <https://w3id.org/thidua/id/head/> .
@prefix province: <https://w3id.org/thidua/id/province/> .
@prefix src: <https://w3id.org/thidua/id/src/> .
@prefix ev: <https://w3id.org/thidua/id/ev/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

src:{SOURCE}
    schema:url "https://example.org/tin/1"^^xsd:anyURI ;
    schema:inLanguage "vi" .

edition:dong-bang-song-hong_2026
    td:editionOf cluster:dong-bang-song-hong ;
    td:year 2026 ;
    td:headTerm head:dong-bang-song-hong_2026_ninh-binh-2025 ;
    td:statedBy ev:{SOURCE} .

head:dong-bang-song-hong_2026_ninh-binh-2025
    org:member province:ninh-binh-2025 ;
    td:statedBy ev:{SOURCE} .
"""
#: The head is nobody that the graph knows: line 22 of it.
WRONG = TURTLE.replace("org:member province:ninh-binh-2025", "org:member province:nowhere")


@pytest.fixture
def desk(store: Path, tmp_path: Path) -> Iterator[tuple[Server, Path, str]]:
    """A service of one's own, its store, and a token that may write."""
    own = copied(store, tmp_path / "store")
    token = TokenFile(own / "tokens.json").create("Lan", "write")
    with running(own) as server:
        yield server, own, token


def fill(page: Page, turtle: str, token: str) -> None:
    page.get_by_label("Turtle của nguồn").fill(turtle)
    page.get_by_label("Mã ghi").fill(token)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_source_is_seen_before_it_is_published(
    desk: tuple[Server, Path, str], browser: Browser, scripts: bool
) -> None:
    server, store, token = desk
    before = contents(store)
    with reading(browser, server.url + "/curate/turtle", scripts=scripts, size=PHONE) as (page, _):
        fill(page, TURTLE, token)
        page.get_by_label("Lời nhắn").fill("bài thử")
        assert page.get_by_role("button", name="Công bố").count() == 0
        page.get_by_role("button", name="Xem thử").click()
        expect(page.get_by_role("heading", name="Có thể công bố")).to_be_visible()
        page.wait_for_load_state()  # without scripts it is another page
        outcome = page.inner_text("#outcome")
        # What rules complete and infer is there, and what would be different is told.
        assert "a td:HeadTerm" in outcome and "thêm head:dong-bang-song-hong_2026_ninh-binh-2025" in outcome
        assert contents(store) == before
        if scripts:
            assert violations(page) == [] and not too_wide(page)
        assert token not in page.content()
        if not scripts:
            page.get_by_label("Mã ghi").fill(token)
        page.get_by_role("button", name="Công bố").click()
        expect(page.get_by_role("heading", name="Đã công bố phiên bản 2")).to_be_visible()
        page.wait_for_load_state()
        follow(page.get_by_role("link", name="Khác gì phiên bản trước"))
        assert "Ninh Bình" in page.inner_text("main")
    with urllib.request.urlopen(server.url + "/questions/who-led.csv?year=2026") as answer:
        assert SOURCE in answer.read().decode()
    with urllib.request.urlopen(server.url + "/versions/2") as answer:
        assert '"author":"Lan","message":"bài thử"' in answer.read().decode()


def test_what_is_wrong_is_told_at_its_line_and_cannot_be_published(
    desk: tuple[Server, Path, str], browser: Browser
) -> None:
    server, store, token = desk
    before = contents(store)
    with reading(browser, server.url + "/curate/turtle") as (page, _):
        fill(page, WRONG, token)
        page.get_by_role("button", name="Xem thử").click()
        expect(page.get_by_role("heading", name="Sẽ bị từ chối")).to_be_visible()
        assert page.get_by_role("button", name="Công bố").count() == 0
        page.locator("#outcome button.where").first.click()
        area = page.get_by_label("Turtle của nguồn")
        chosen = area.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
        assert "province:nowhere" in chosen
        # Mended in place, it can be published; the token is still there.
        area.fill(TURTLE)
        page.get_by_role("button", name="Xem thử").click()
        expect(page.get_by_role("button", name="Công bố")).to_be_visible()
    assert contents(store) == before


def test_text_that_is_no_turtle_names_its_line(desk: tuple[Server, Path, str], browser: Browser) -> None:
    server, _, token = desk
    with reading(browser, server.url + "/curate/turtle") as (page, seen):
        fill(page, TURTLE.replace("td:year 2026 ;", "td:year ; ;"), token)
        page.get_by_role("button", name="Xem thử").click()
        expect(page.get_by_role("button", name="Turtle:18")).to_be_visible()
        seen.console.clear()  # the browser notes the 400


def test_a_file_is_taken_and_an_existing_source_is_begun_with(
    desk: tuple[Server, Path, str], browser: Browser, tmp_path: Path
) -> None:
    server, _, token = desk
    (tmp_path / "new.ttl").write_text(TURTLE, encoding="utf-8")
    with reading(browser, server.url + "/curate/turtle") as (page, _):
        page.get_by_label("hoặc một tệp").set_input_files(tmp_path / "new.ttl")
        page.get_by_label("Mã ghi").fill(token)
        page.get_by_role("button", name="Xem thử").click()
        expect(page.get_by_role("heading", name="Có thể công bố")).to_be_visible()
        expect(page.get_by_label("Mã nguồn")).to_have_value(SOURCE)
    with reading(browser, server.url + "/curate?source=18d8c37f4f6536d1") as (page, _):
        assert "src:18d8c37f4f6536d1" in page.get_by_label("Turtle của nguồn").input_value()
        page.get_by_label("Mã ghi").fill(token)
        page.get_by_role("button", name="Xem thử").click()
        expect(page.get_by_role("heading", name="Không có gì thay đổi")).to_be_visible()
    with reading(browser, server.url + "/curate?url=https://example.org/bai") as (page, _):
        assert "https://example.org/bai" in page.get_by_label("Turtle của nguồn").input_value()


def send(server: Server, **fields: str) -> tuple[int, str, str]:
    request = urllib.request.Request(
        server.url + "/curate?lang=en", urllib.parse.urlencode(fields).encode(), {"Accept": "text/html"}
    )
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.url, reply.read().decode()
    except urllib.error.HTTPError as reply:
        with reply:
            assert reply.headers["Cache-Control"] == "no-store"
            return reply.code, request.full_url, reply.read().decode()


def test_nobody_else_may_and_nobody_publishes_over_what_they_have_not_seen(desk: tuple[Server, Path, str]) -> None:
    server, store, token = desk
    before = contents(store)
    given = {"turtle": TURTLE, "mode": "put", "action": "publish", "parent": "1"}
    assert send(server, **given)[0] == 401
    assert send(server, **given, token="thidua_wrong")[0] == 401
    assert send(server, **given, token=TokenFile(store / "tokens.json").create("reader", "read"))[0] == 403
    for name, value in {"turtle": " ", "mode": "move", "graph": "../inferred"}.items():
        assert send(server, **{**given, name: value}, token=token)[0] == 400, name
    assert send(server, **{**given, "graph": "inferred"}, token=token)[0] == 403
    assert send(server, **{**given, "turtle": WRONG}, token=token)[0] == 422
    assert contents(store) == before
    status, url, _ = send(server, **given, token=token)
    assert status == 200 and re.search(r"/curate/published/2\?", url)
    status, _, page = send(server, **{**given, "mode": "delete", "graph": SOURCE}, token=token)
    assert status == 412 and "on the newer version" in page
    assert send(server, **{**given, "mode": "delete", "graph": SOURCE, "parent": "2"}, token=token)[0] == 200


def test_an_answer_that_is_not_ours_leaves_the_text_where_it_is(
    desk: tuple[Server, Path, str], browser: Browser
) -> None:
    server, _, token = desk
    with reading(browser, server.url + "/curate/turtle?lang=en") as (page, seen):
        page.get_by_label("The source as Turtle").fill(TURTLE)
        page.get_by_label("Token").fill(token)
        page.route("**/curate**", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
        page.get_by_role("button", name="Preview").click()
        told = page.get_by_role("alert").filter(has_text="is not responding")
        expect(told).to_be_visible()
        assert page.get_by_label("The source as Turtle").input_value() == TURTLE
        page.unroute("**/curate**")
        page.get_by_role("button", name="Preview").click()  # which can be tried again
        expect(page.get_by_role("heading", name="Ready to publish")).to_be_visible()
        expect(told).to_be_hidden()
        seen.console.clear()  # which tells of the 502


def test_a_text_with_markup_stays_text(desk: tuple[Server, Path, str]) -> None:
    server, _, token = desk
    status, _, page = send(server, turtle="</textarea><script>alert(1)</script>", graph="<b>", token=token)
    assert status == 400 and "<script>alert" not in page and "<b>" not in page


def test_a_program_gets_the_same_as_json(desk: tuple[Server, Path, str]) -> None:
    server, store, token = desk
    before = contents(store)

    def post(turtle: str, action: str) -> dict[str, Any]:
        form = urllib.parse.urlencode({"turtle": turtle, "mode": "put", "action": action}).encode()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(server.url + "/curate", form, headers)) as reply:
            found: dict[str, Any] = json.load(reply)
            return found

    wrong = post(WRONG, "preview")
    assert {each["severity"] for each in wrong["findings"]} >= {"Violation"} and "nowhere" in wrong["turtle"]
    assert any(each["where"] == "Turtle:23" for each in wrong["findings"])
    seen = post(TURTLE, "preview")
    assert seen["parent"] == 1 and seen["added"] > 20 and seen["removed"] == 0
    assert contents(store) == before
    assert post(TURTLE, "publish")["version"] == 2
