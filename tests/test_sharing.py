"""What leaves the site: link previews, cards, sitemaps, embeds, answers as text, reports."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import PHONE, reading, too_wide, violations
from tests.support.http import BROWSER, call
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.graph import KnowledgeGraph

ANSWER = "/questions/who-led?cluster=dong-bang-song-hong&year=2023"
PAGES = ("/", ANSWER, "/map?year=2024", "/timeline", "/doc/province/thai-binh", "/doc/cluster/dong-bang-song-hong")
EMBEDS = (
    "/embed/timeline?from=2017&to=2024", "/embed/map?year=2024",
    "/embed/answer?question=who-led&cluster=dong-bang-song-hong&year=2023",
)  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def heads(server: Server) -> dict[tuple[str, str], str]:
    """The head of each page in each language."""
    return {
        (path, lang): call(server, f"{path}{'&' if '?' in path else '?'}lang={lang}&version=1", accept=BROWSER).text
        for path in PAGES
        for lang in ("vi", "en")
    }


def meta(page: str, name: str) -> str:
    found = re.search(rf'<meta (?:name|property)="{name}" content="([^"]*)"', page)
    assert found, name
    return found[1].replace("&amp;", "&")


def test_every_page_describes_itself_in_its_language(server: Server, heads: dict[tuple[str, str], str]) -> None:
    described = {key: meta(page, "description") for key, page in heads.items()}
    assert len(set(described.values())) == len(described)  # no two say the same
    for (path, lang), page in heads.items():
        assert meta(page, "og:title") and meta(page, "og:description") == described[path, lang]
        canonical = re.search(r'<link rel="canonical" href="([^"]*)"', page)
        assert canonical and "version" not in canonical[1]
        card = meta(page, "og:image")
        reply = call(server, card.removeprefix(server.url))
        assert reply.media_type == "image/png"
        reply = call(server, card.removeprefix(server.url).replace(".png", ".svg"))
        assert reply.media_type == "image/svg+xml"
        drawn = ElementTree.fromstring(reply.body)
        assert (drawn.get("width"), drawn.get("height")) == ("1200", "630")
        assert drawn.findtext(f"{SVG}title")
        told = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
        assert told
        document = json.loads(told[1])
        assert document["inLanguage"] == lang and document["version"] == "1"
        if path.startswith("/doc/"):
            assert document["mainEntity"]["@id"] == f"https://w3id.org/thidua/id/{path.removeprefix('/doc/')}"


def test_a_stranger_cannot_have_words_of_theirs_drawn(server: Server) -> None:
    assert call(server, "/card/thing/province/free-beer.svg").status == 404
    assert call(server, "/card/question/free-beer.svg").status == 404
    assert b"<script" not in call(server, "/card.svg?lang=<script>").body


def test_a_sitemap_has_pages_that_are_there(server: Server, kg: KnowledgeGraph) -> None:
    root = ElementTree.fromstring(call(server, "/sitemap.xml").body)
    found = [each.text or "" for each in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(found) == len(set(found)) > 300
    assert f"{server.url}/doc/province/thai-binh" in found and f"{server.url}/questions/who-led" in found
    for address in found[:: len(found) // 25]:
        assert call(server, address.removeprefix(server.url), accept=BROWSER).status == 200, address
    robots = call(server, "/robots.txt").text
    assert f"Sitemap: {server.url}/sitemap.xml" in robots and "Disallow: /sparql" in robots


def test_browsers_get_an_icon_and_a_search(server: Server) -> None:
    icon = call(server, "/favicon.ico")
    assert icon.body.startswith(b"\0\0\1\0") and icon.media_type == "image/vnd.microsoft.icon"
    search = ElementTree.fromstring(call(server, "/opensearch.xml").body)
    url = search.find("{http://a9.com/-/spec/opensearch/1.1/}Url")
    assert url is not None
    path = (url.get("template") or "").removeprefix(server.url).replace("{searchTerms}", "thai+binh")
    assert "Thái Bình" in call(server, path, accept=BROWSER).text


@contextmanager
def elsewhere(page: str) -> Iterator[str]:
    """Another site on this machine, with one page."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()


@pytest.mark.parametrize("path", EMBEDS)
def test_an_embed_is_framed_by_another_site_and_no_other_page_is(server: Server, browser: Browser, path: str) -> None:
    said: list[str] = []
    frames = "".join(f'<iframe src="{server.url}{each}" width="900" height="600"></iframe>' for each in (path, "/map"))
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    with elsewhere(f'<link rel="icon" href="data:,">{frames}') as site:
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(site)
        embedded = page.frame_locator("iframe").first
        expect(embedded.locator("h1")).to_be_visible()
        expect(embedded.locator("footer")).to_contain_text("1")
        assert embedded.locator("base").get_attribute("target") == "_blank"
        page.wait_for_load_state("networkidle")
    page.close()
    # The other page stays out, and nothing is wrong with this one.
    assert said and all("frame-ancestors" in each for each in said), said
    header = call(server, path).headers["Content-Security-Policy"]
    assert "frame-ancestors *" in header and "default-src 'none'" in header
    assert "frame-ancestors 'none'" in call(server, "/map", accept=BROWSER).headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", [*EMBEDS, "/report?of=/timeline"])
def test_what_is_embedded_lets_everybody_in_and_fits_a_phone(server: Server, browser: Browser, path: str) -> None:
    with reading(browser, server.url + path, size=PHONE, language="vi") as (page, _):
        assert page.locator("h1").count() == 1
        assert not too_wide(page)
        assert violations(page) == []


def test_an_embed_says_what_is_wrong(server: Server) -> None:
    assert "is no cluster" in call(server, "/embed/timeline?cluster=nowhere").text
    assert "four digits" in call(server, "/embed/timeline?from=20x").text
    assert call(server, "/embed/answer").status == 400
    assert call(server, "/embed/answer?question=who-lead").status == 404


def test_an_answer_is_copied_in_every_form(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}{ANSWER}&lang=en") as (page, _):
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("details.copy summary").first.click()
        copied_texts = {}
        for figure in page.locator("details.copy").first.locator("figure").all():
            figure.get_by_role("button").click()
            expect(figure.get_by_role("status")).to_have_text("Copied.")
            name = figure.locator("pre").get_attribute("aria-label") or ""
            copied_texts[name] = page.evaluate("navigator.clipboard.readText()")
    assert set(copied_texts) == {"Sentence", "Markdown", "Table", "R", "Python", "curl"}
    assert "Thái Bình" in copied_texts["Sentence"] and "version 1" in copied_texts["Sentence"]
    header, rule, row = [line for line in copied_texts["Markdown"].splitlines() if line.startswith("|")]
    assert (
        header.count(" | ") == rule.count(" | ") == row.count(" | ") and f"]({server.url}/doc/province/thai-binh" in row
    )
    assert copied_texts["Table"].splitlines()[1].split("\t")[0] == "2023"
    address = re.findall(r'"(http[^"]*)"', copied_texts["Python"])[0]
    assert address in copied_texts["R"] and address in copied_texts["curl"]
    reply = call(server, address.removeprefix(server.url))
    assert reply.media_type == "text/csv" and "version=1" in address and "Thái Bình" in reply.text


def test_a_report_names_the_page_and_goes_to_whom_the_operator_says(store: Path, tmp_path: Path) -> None:
    with running(copied(store, tmp_path / "store"), env={"THIDUA_CONTACT": "editor@example.vn"}) as service:
        page = call(service, "/map?year=2024&lang=en", accept=BROWSER).text
        link = re.search(r'href="(/report[^"]*)"', page)
        assert link
        report = call(service, link[1].replace("&amp;", "&"), accept=BROWSER).text
        assert f"Page: {service.url}/map?year=2024&amp;lang=en" in report and "Version: 1" in report
        mail = re.search(r'href="(mailto:[^"]*)"', report)
        assert mail
        parts = urlsplit(mail[1].replace("&amp;", "&"))
        assert parts.path == "editor@example.vn"
        assert unquote(parse_qs(parts.query)["body"][0]).startswith(f"Page: {service.url}/map?year=2024")
        for wrong in ("//evil.example/", "https://evil.example/", "/%0A"):
            assert call(service, f"/report?of={wrong}").status == 400


def test_a_private_service_has_nothing_for_crawlers(store: Path, tmp_path: Path) -> None:
    with running(copied(store, tmp_path / "store"), env={"THIDUA_PRIVATE": "true"}, sign="/health/live") as service:
        for path in ("/embed/map", "/sitemap.xml", "/feed.atom", "/card.svg"):
            assert call(service, path).status in (401, 403)


def test_a_thing_has_one_canonical_address(server: Server) -> None:
    """Where a browser is led (…html) and where links lead is one page; its description is made of sentences."""
    for path in ("/doc/cluster/dong-bang-song-hong", "/doc/cluster/dong-bang-song-hong.html"):
        page = call(server, f"{path}?lang=en", accept=BROWSER).text
        canonical = re.search(r'<link rel="canonical" href="([^"]*)"', page)
        assert canonical and canonical[1] == f"{server.url}/doc/cluster/dong-bang-song-hong?lang=en"
        told = meta(page, "description")
        assert ". Every fact names its source." in told and ".." not in told, told


def test_a_shared_answer_is_described_by_what_it_says(server: Server) -> None:
    address = "/questions/who-led?cluster=dong-bang-song-hong&year=2019"
    told = meta(call(server, f"{address}&lang=en", accept=BROWSER).text, "og:description")
    assert "Hải Dương" in told and "2019" in told and told.endswith(". With sources."), told
    told = meta(call(server, "/questions/who-led?lang=en", accept=BROWSER).text, "og:description")
    assert told.endswith("? With sources.") or told.endswith(". With sources."), told
