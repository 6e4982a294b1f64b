"""Pages of data that nobody would wish for: markup for names, addresses that are none, very long and very many names.

The shapes refuse some of it; a page must not rely on that, for a store may be older than a shape.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import PHONE, reading, too_wide
from tests.support.http import BROWSER, call, problem
from tests.support.many_clusters import publish_unchecked
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.base.terms import CONCEPT, GRAPH, PREFIXES, TD, instance

MARKUP = '</script>"><img src=x onerror="document.title=\'broken in\'">'
LONG = "Dài" * 1000
CLUSTERS = 300
PAGES = (
    "/", "/timeline", "/coverage", "/coverage/wanted", "/map?year=2024", "/doc/province/xau", "/doc/conf/lon",
    "/doc/cluster/c1", "/doc/cluster/c2", "/doc/edition/c0_2024", "/doc/src/bad1", "/doc/src/bad2", "/doc/src/bad3",
    "/search?q=img+src",
    "/questions/who-led?year=2024&evidence=1", "/curate/turtle?source=bad3", "/validation", "/versions",
)  # fmt: skip


def _statements() -> Iterator[str]:
    a, label = f"<{PREFIXES['rdf']}type>", f"<{PREFIXES['skos']}prefLabel>"
    org, schema, xsd = (PREFIXES[name] for name in ("org", "schema", "xsd"))

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '\\"') + '"'

    for key, address in (("bad1", "http://[x"), ("bad2", "javascript:alert(1)"), ("bad3", 'https://e.org/"><b>')):
        src, ev = f"<{instance('src', key)}>", f"<{instance('ev', f'{key}_1-2')}>"
        yield f"{src} {a} <{TD}SourceDocument>"
        yield f"{src} <{schema}url> {quoted(address)}"
        yield f"{ev} <{PREFIXES['oa']}hasSource> {src}"
        yield f"<{GRAPH}bad3> <{PREFIXES['prov']}hadPrimarySource> {src}"
        yield f"{src} <{TD}reading> <{CONCEPT}reading-first-hand>"
    yield f"<{instance('src', 'bad3')}> <{schema}name> {quoted(MARKUP)}@vi"
    unit, conf = f"<{instance('province', 'xau')}>", f"<{instance('conf', 'lon')}>"
    yield f"{unit} {a} <{TD}Province>"
    yield f"{unit} {label} {quoted(MARKUP)}@vi"
    yield f'{unit} <{TD}startDate> "2000-01-01"^^<{xsd}date>'
    yield f"{unit} <{PREFIXES['skos']}exactMatch> <javascript:alert(1)>"
    yield f'{unit} <{PREFIXES["rdfs"]}seeAlso> "http://[x"'
    yield f"{conf} {a} <{TD}Conference>"
    for number in range(CLUSTERS):
        key = f"c{number}"
        cluster, edition = f"<{instance('cluster', key)}>", f"<{instance('edition', f'{key}_2024')}>"
        yield f"{cluster} {a} <{TD}EmulationCluster>"
        if number != 2:  # which has no name at all
            yield f"{cluster} {label} {quoted({0: MARKUP, 1: LONG}.get(number, f'Cụm thi đua số {number}'))}@vi"
        yield f"{edition} {a} <{TD}ClusterEdition>"
        yield f"{edition} <{TD}editionOf> {cluster}"
        yield f'{edition} <{TD}year> "2024"^^<{xsd}integer>'
        yield f"{conf} <{TD}reviews> {edition}"
        for kind, class_, link in (("head", "HeadTerm", "headTerm"), ("member", "ClusterMembership", "membership")):
            record = f"<{instance(kind, f'{key}_2024_xau')}>"
            yield f"{record} {a} <{TD}{class_}>"
            yield f"{edition} <{TD}{link}> {record}"
            yield f"{record} <{TD}inEdition> {edition}"
            yield f"{record} <{org}memberDuring> {edition}"
            yield f"{record} <{org}organization> {cluster}"
            yield f"{record} <{org}member> {unit}"
            yield f"{record} <{org}role> <{CONCEPT}role-head>"
            yield f"{record} <{TD}basis> <{CONCEPT}basis-{'stated' if kind == 'head' else 'listed'}>"
            yield f'{record} <{TD}confidence> "0.12345"^^<{xsd}decimal>'
            for source in ("bad1", "bad2", "bad3"):
                yield f"{record} <{TD}statedBy> <{instance('ev', f'{source}_1-2')}>"
                yield f"{record} <{schema}subjectOf> <{instance('src', source)}>"


@pytest.fixture(scope="module")
def hostile(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    own = copied(store, tmp_path_factory.mktemp("hostile") / "store")
    publish_unchecked(own, {f"{GRAPH}bad3": set(_statements())})
    with running(own) as service:
        yield service


@pytest.mark.parametrize("path", PAGES)
def test_text_stays_text_and_no_link_leads_astray(hostile: Server, path: str) -> None:
    reply = call(hostile, path, accept=BROWSER)
    assert reply.status == 200
    assert "<img src=x" not in reply.text and '</script>"' not in reply.text
    for address in map(html.unescape, re.findall(r'\b(?:href|src|action)="([^"]*)"', reply.text)):
        assert re.match(r"/(?!/)|#|https?://[^\[\]]+$", address), address


@pytest.mark.parametrize("path", PAGES)
def test_it_is_shown_on_a_phone(hostile: Server, browser: Browser, path: str) -> None:
    with reading(browser, hostile.url + path, size=PHONE) as (page, _):
        assert not too_wide(page)
        assert page.locator("img").count() == 0 and page.title() != "broken in"


def test_what_scripts_write_stays_text_too(hostile: Server, browser: Browser) -> None:
    with reading(browser, hostile.url + "/timeline?cluster=c0&from=2024&lang=en") as (page, _):
        page.locator("#table td a").first.click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("confidence 0.12345")
        assert MARKUP in dialog.inner_text() and page.locator("img").count() == 0
        assert page.locator("dialog a[href^='javascript']").count() == 0
    with reading(browser, hostile.url + "/map?year=2023") as (page, _):
        expect(page.get_by_role("slider")).to_be_visible()
        page.locator("#years a", has_text="2024").first.click()
        expect(page.locator("#title")).to_have_text("Năm 2024")
        assert "<img src=x" in page.inner_text("#legend")
        assert page.locator("img").count() == 0
    with reading(browser, hostile.url + "/") as (page, _):
        page.locator("input[name=q]").press_sequentially("script img")
        expect(page.get_by_role("option").first).to_contain_text("<img src=x")
        assert page.locator("img").count() == 0


def test_more_changes_than_are_listed_are_told(hostile: Server) -> None:
    page = call(hostile, "/doc/conf/lon.html?lang=en").text
    listed = page.partition('<ul class="changes">')[2].partition("</ul>")[0].count("<li>")
    assert f"And {CLUSTERS + 1 - listed} more" in page


def test_a_plain_store_has_no_page_that_fails(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "x.nt").write_text("".join(f"{each} .\n" for each in _statements()), encoding="utf-8")
    with running(tmp_path / "store", "--plain", str(folder)) as plain:
        of_clusters = ("/timeline", "/coverage", "/coverage/wanted", "/map", "/map.json", "/map/borders.svg")
        for path in (*of_clusters, "/borders.json", "/curate"):
            problem(call(plain, path), 404, "not-found")
        for path in ("/validation", "/editor", "/editor/terms.json", "/docs", "/versions", "/dataset"):
            assert call(plain, path, accept=BROWSER).status == 200, path
        for path in ("src/bad1", "province/xau", "conf/lon", "cluster/c1"):
            assert call(plain, f"/doc/{path}", accept=BROWSER).status == 200, path
