"""Pages of things: what a reader wants comes first, each with who says so, and very much stays readable."""

import html
import re
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import follow, reading, too_wide, violations
from tests.support.http import BROWSER, call
from tests.support.pace import within
from tests.support.paths import SEEDS
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.base.errors import BusyError, QueryTimeoutError
from thidua.base.files import ProjectFiles
from thidua.base.terms import BASE, GRAPH, PREFIXES, TD
from thidua.graph import KnowledgeGraph, Snapshot
from thidua.questions.rows import Rows
from thidua.views.identifiers import of_address
from thidua.views.naming import names
from thidua.views.passages import Fact, pieces
from thidua.views.sections import SECTIONS
from thidua.write.request import Write
from thidua.write.transaction import Writer
from thidua_server import create_app
from thidua_server.html import language
from thidua_server.html.source_links import source_links
from thidua_server.html.tables import is_web

CLUSTER, SOURCE = "cluster/dong-bang-song-hong", "src/18d8c37f4f6536d1"
#: A page of a thing with thousands of statements: bytes and seconds.
WEIGHT, TIME = 500_000, 1.0


def lines(page: Page, section: str) -> list[list[str]]:
    """The cells of a section's table."""
    rows = page.locator(f"section[aria-labelledby^='{section}'] tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def test_a_cluster_says_who_led_it_and_who_belonged_to_it(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/doc/{CLUSTER}") as (page, _):
        led = lines(page, "who-led")
        assert ["2023", "Cụm trưởng", "Thái Bình"] in [row[:3] for row in led]
        hung_yen = next(row for row in led if row[:3] == ["2019", "Cụm phó", "Hưng Yên"])
        assert "0,9" in hung_yen  # how far its source is to be trusted
        assert page.locator("section[aria-labelledby^='who-led'] a[href^='/doc/src/']").count() > 3
        members = [row for row in lines(page, "cluster-members") if row[0] == "2024"]
        assert max(row[-1].count(",") for row in members) == 8  # nine of them, by one source
        assert any("13/3/2024" in row for row in lines(page, "conferences"))
        assert "2024" in [row[0] for row in lines(page, "handovers")]
        # All of it stands before the table of every statement.
        headings = page.locator("main h2").all_inner_texts()
        assert headings.index("Các phát biểu") > headings.index("Khen thưởng")


def test_a_merger_is_told_from_both_sides(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/doc/province/thai-binh?lang=en") as (page, _):
        story = page.locator("section[aria-labelledby^='province-today'] .lead").inner_text()
        assert story.startswith("Thái Bình is today Hưng Yên (since 2025), since July 1, 2025, by ")
        assert [row[0] for row in lines(page, "led-by-territory")] == ["2019"]
        assert {row[0] for row in lines(page, "cluster-members")} == {"2016", "2023", "2024"}
    with reading(browser, f"{server.url}/doc/province/ninh-binh-2025") as (page, _):
        story = page.locator("section[aria-labelledby^='province-today'] .lead").inner_text()
        assert story.startswith(
            "Hà Nam, Nam Định, Ninh Bình nay là Ninh Bình (từ 2025), từ ngày 1/7/2025, theo Nghị quyết"
        )
        led = {(row[0], row[3]) for row in lines(page, "led-by-territory")}
        assert led == {("2018", "Hà Nam"), ("2022", "Ninh Bình"), ("2024", "Nam Định")}
    assert "province-today" not in call(server, "/doc/province/cao-bang.html").text  # that it is itself is no news


def test_a_person_is_shown_with_posts_and_who_says_so(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/doc/person/nguyen-khac-than") as (page, _):
        posts = lines(page, "posts-of-person")
        assert any(row[0] == "Chủ tịch UBND tỉnh Thái Bình" and row[1] == "13/3/2024" for row in posts)
        assert lines(page, "acting-heads")[0][:3] == ["2023", "Đồng bằng sông Hồng", "Thái Bình"]


@pytest.mark.parametrize(("language", "post", "seen"), [
    ("vi", "Chủ tịch UBND tỉnh Thái Bình", ", thấy 13/3/2024"),
    ("en", "Chair of the provincial People's Committee, Thái Bình", ", seen March 13, 2024"),
])  # fmt: skip
def test_a_person_begins_with_what_they_were_last_seen_as(server: Server, language: str, post: str, seen: str) -> None:
    page = html.unescape(call(server, f"/doc/person/nguyen-khac-than.html?lang={language}").text)
    line = re.sub(r"<[^>]*>", "", page.partition('<p class="lead">')[2].partition("</p>")[0])
    assert line.count(post) == 1 and seen in line and page.index('<p class="lead">') < page.index("<section")
    near = page.partition('id="near"')[2].partition("</section>")[0]
    assert ("người giữ" if language == "vi" else "held by") in near and "heldby" not in near.lower()


def test_every_question_of_a_page_exists_and_has_its_columns(kg: KnowledgeGraph) -> None:
    for kind, sections in SECTIONS.items():
        for section in sections:
            question = kg.questions[section.question]
            known = {column.name for column in question.columns}
            wanted = {*section.columns, *section.match.split(), *(name for _, _, name in section.says)}
            assert wanted <= known, (kind, section.question)
            assert set(section.given) <= {each.name for each in question.parameters}


def test_identifiers_are_written_as_people_write_them(server: Server) -> None:
    page = call(server, "/doc/province/thai-binh.html?lang=en").text
    listed = re.sub(r"<[^>]*>|\s+", " ", page.partition('<ul class="identifiers"')[2].partition("</ul>")[0])
    for text in ("Wikidata Q36681", "GeoNames 1566338", "ISO VN-20", "GSO 34", "close to OpenStreetMap"):
        assert text in re.sub(" +", " ", listed)
    assert of_address("https://example.org/a?b=1").name == "/a?b=1"
    for strange in ("javascript:alert(1)", "http://[x", "https://"):
        assert of_address(strange).href is None and not is_web(strange)


def test_records_are_called_by_what_they_say(server: Server, kg: KnowledgeGraph) -> None:
    page = call(server, "/doc/head/dong-bang-song-hong_2023_thai-binh.html?lang=vi").text
    name = "Cụm trưởng · Đồng bằng sông Hồng · 2023 · Thái Bình"
    assert f"<h1>{name}</h1>" in page
    top = re.sub(r"<[^>]*>|\s+", " ", page.partition('<dl class="columns leads">')[2].partition("</dl>")[0])
    assert "Thái Bình" in top and "Nguyễn Khắc Thận" in top and "2023" in top
    assert page.index(">Chứng cứ</h2>") < page.index(">Gần đó</h2>") < page.index(">Các phát biểu</h2>")
    cluster = call(server, f"/doc/{CLUSTER}.html?lang=vi").text
    assert f">{name}</a>" in cluster
    for text in (page, cluster):
        shown = re.sub(r"<[^>]*>", " ", text)
        assert not re.findall(r"\b(?:graph|head|member|edition|ev):[a-z0-9]", shown)
    select, id_ = kg.current().select, BASE + "id/"
    both = [id_ + "province/ninh-binh", id_ + "province/ninh-binh-2025"]
    assert names(select, both, "en", {}) == {both[0]: "Ninh Bình", both[1]: "Ninh Bình (since 2025)"}
    assert names(select, [id_ + "person/nobody"], "vi", {}) == {}
    # Founded in 2004, and the only one of its name.
    assert names(select, [id_ + "province/dak-nong"], "vi", {}) == {id_ + "province/dak-nong": "Đắk Nông"}
    change = id_ + "change/hue_2025-01-01"
    assert names(select, [change], "vi", {}) == {change: "Sắp xếp đơn vị · Đổi loại hình · Huế · 2025-01-01"}


def test_registries_are_called_by_their_titles(server: Server) -> None:
    page = call(server, "/doc/province/thai-binh.html", accept=BROWSER, headers={"Accept-Language": "vi"}).text
    assert ">Các đơn vị hành chính cấp tỉnh</a>" in page and ">provinces</a>" not in page


def test_neighbours_are_drawn_and_listed(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/doc/{CLUSTER}?version=1", scripts=False) as (page, _):
        drawn = [each.get_attribute("href") for each in page.locator(".near svg a").all()]
        listed = [each.get_attribute("href") for each in page.locator(".near li a").all()]
        assert drawn == listed and len(set(drawn)) > 5
        assert "/doc/province/nam-dinh?version=1" in drawn
        box = page.locator(".near svg").bounding_box()
        assert box
        for text in page.locator(".near svg text").all():  # no name sticks out of the picture
            inside = text.bounding_box()
            assert inside and inside["x"] >= box["x"] and inside["x"] + inside["width"] <= box["x"] + box["width"]
        follow(page.locator(".near svg a", has_text="Nam Định"))
        assert page.url == f"{server.url}/doc/province/nam-dinh?version=1"


def test_a_page_keeps_the_version_and_offers_every_format_by_name(server: Server) -> None:
    page = call(server, f"/doc/{CLUSTER}.html?version=1&lang=en").text
    asked = [html.unescape(each) for each in re.findall(r'href="(/questions/[^"]*)"', page)]
    assert asked and all("version=1" in each and "lang=en" in each for each in asked if "?" in each)
    for name in ("Turtle", "N-Triples", "JSON-LD", "RDF/XML", "TriG", "N-Quads"):
        assert f">{name}</a>" in page
    for each in asked:
        if "?" in each:
            assert call(server, each, accept=BROWSER).status == 200


def test_a_source_lists_what_it_tells_in_the_order_of_its_text(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/doc/{SOURCE}") as (page, _):
        assert "a25912085f40713315a5b62f328333d1eae3373c399f13977b8d3def035e1885" in page.inner_text(".leads")
        places = [row[0] for row in lines(page, "facts")]
        starts = [int(place.partition("–")[0]) for place in places]
        assert len(starts) > 20 and starts == sorted(starts) and len(set(places)) == len(places)
        assert "Thành viên · Đồng bằng sông Hồng · 2024 · Bắc Ninh" in lines(page, "facts")[0][-1]
        assert page.locator(".article").count() == 0
    law = call(server, "/doc/legal/luat-06-2022-qh15.html?lang=en").text
    assert law.partition("<section")[0].count("06/2022/QH15") == 1  # what is named at the top is not named again
    conflicts = call(server, "/doc/src/3270328d9a283804.html?lang=en").text
    assert "Where it differs from other sources" in conflicts and "/doc/src/4bab3f486d3b71a1" in conflicts


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the articles are not beside this checkout")
def test_an_article_that_is_kept_is_shown_with_its_passages(store: Path, browser: Browser, tmp_path: Path) -> None:
    id_ = SOURCE.partition("/")[2]
    article = next(SEEDS.glob(f"*_{id_}.txt")).read_text(encoding="utf-8")
    (tmp_path / f"{id_}.txt").write_text(article, encoding="utf-8")
    other, unstated = "2eef90b56f56e476", "3270328d9a283804"
    (tmp_path / f"{other}.txt").write_text("not what was read", encoding="utf-8")
    (tmp_path / f"{unstated}.txt").write_text("<script>alert(1)</script> &amp; more", encoding="utf-8")
    with running(copied(store, tmp_path / "store"), env={"THIDUA_SOURCE_TEXTS": str(tmp_path)}) as service:
        with reading(browser, f"{service.url}/doc/{SOURCE}") as (page, _):
            shown = page.locator(".article").evaluate("each => each.textContent").replace("¶", "")
            assert shown.split() == article.split()
            assert lines(page, "facts")[0][1].strip("“”").startswith(article[:100])
            page.locator("a[href='#18d8c37f4f6536d1_279-365']").click()
            target = page.locator("mark:has(:target)").evaluate("each => each.textContent")
            assert target.replace("¶", "") == article[279:365]
            assert violations(page) == [] and not too_wide(page)
        page_ = call(service, f"/doc/src/{other}.html?lang=en")
        assert "its hash differs" in page_.text and "not what was read" not in page_.text
        page_ = call(service, f"/doc/src/{unstated}.html?lang=en")
        assert "states no hash" in page_.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; more" in page_.text
        # A page that shows a text changes with it.
        (tmp_path / f"{unstated}.txt").write_text("another text", encoding="utf-8")
        again = call(service, f"/doc/src/{unstated}.html?lang=en", headers={"If-None-Match": page_.headers["ETag"]})
        assert again.status == 200 and "another text" in again.text
        assert call(service, "/doc/src/..%2F..%2Fetc.html").status in (400, 404)


def test_pieces_put_together_are_the_text() -> None:
    facts = [Fact("r", "t", f"e{first}", True, first, last) for first, last in ((2, 6), (4, 9), (2, 6), (20, 30))]
    found = pieces("0123456789", facts)
    assert "".join(each.text for each in found) == "0123456789"
    assert [(each.text, each.evidence, each.begins) for each in found] == [
        ("01", (), ()), ("23", ("e2",), ("e2",)), ("45", ("e2", "e4"), ("e4",)), ("678", ("e4",), ()), ("9", (), ())
    ]  # fmt: skip


def test_a_question_that_meets_a_limit_is_told_and_the_page_is_not_kept(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be wrong to say nothing, as of a thing of which nothing is known."""
    ask = Snapshot.ask

    def ask_in_haste(snapshot: Snapshot, name: str, *values: Any, **more: Any) -> Rows:
        if name == "who-led":
            raise QueryTimeoutError("too slow", "timeout")
        return ask(snapshot, name, *values, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "ask", ask_in_haste)
        client = create_app({"STORE": str(store)}).test_client()
        reply = client.get(f"/doc/{CLUSTER}.html?lang=en&version=1")
        section = reply.text.partition('aria-labelledby="who-led-')[2].partition("</section>")[0]
        assert "too much to go through" in section and "/questions/who-led" in section
        assert "ETag" not in reply.headers and "immutable" not in reply.headers.get("Cache-Control", "")
    assert "immutable" in client.get(f"/doc/{CLUSTER}.html?lang=en&version=1").headers["Cache-Control"]


def test_figures_keep_their_digits() -> None:
    with create_app({"STORE": "/nowhere"}).test_request_context("/?lang=en"):
        assert language.number(Decimal("0.123456")) == "0.123456"
        assert language.number(Decimal("12345678901234567890")) == "12,345,678,901,234,567,890"


def test_titles_that_could_not_be_had_are_asked_for_again(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app({"STORE": str(store)})
    ask = Snapshot.ask
    with app.test_request_context("/"), monkeypatch.context() as patch:
        patch.setattr(Snapshot, "ask", lambda *_, **__: (_ for _ in ()).throw(BusyError("busy", "workers")))
        assert source_links() == {}
        patch.setattr(Snapshot, "ask", ask)
        assert len(source_links()) > 50


def test_what_differs_from_the_version_before_is_said(store: Path, files: ProjectFiles, tmp_path: Path) -> None:
    root = copied(store, tmp_path / "store")
    Writer(root, files).write(Write("delete", f"{GRAPH}links"))
    with running(root) as service:
        page = re.sub(r"\s+", " ", call(service, "/doc/province/thai-binh.html?lang=en").text)
        changed = page.partition("Changes since version 1")[2].partition("</ul>")[0]
        assert changed.count("withdrawn") == 3 and "added" not in changed and "/entity/Q36681" in changed
        assert 'href="/doc/province/thai-binh?version=1&amp;lang=en"' in page
        assert "are the same as in version 1" in call(service, f"/doc/{CLUSTER}.html?lang=en").text
        first = call(service, "/doc/province/thai-binh.html?lang=en&version=1").text
        assert "Changes since" not in first and "the same as in version" not in first


@pytest.mark.serial
@pytest.mark.parametrize("way", ["own", "others"])
def test_five_thousand_statements_stay_readable(tmp_path: Path, browser: Browser, way: str) -> None:
    many, hub = 5000, f"<{BASE}id/province/hub>"
    context = f"<{BASE}graph/many>"
    statements = [f'{hub} <{PREFIXES["skos"]}prefLabel> "Hub"@vi']
    for number in range(many):
        person = f"<{BASE}id/person/p{number}>"
        statements += [f'{person} <{PREFIXES["skos"]}prefLabel> "Person {number}"@vi']
        other = f"<{TD}about>" if number % 2 else f"<{TD}relation{number % 300}>"
        statements += [f"{hub} {other} {person}" if way == "own" else f"{person} {other} {hub}"]
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "hub.nq").write_text("".join(f"{each} {where}.\n" for each in statements for where in ("", context)))
    with running(tmp_path / "none", "--plain", str(folder)) as service:
        took = []
        for _ in range(3):  # the best of three: others use the machine too
            begun = time.perf_counter()
            page = call(service, "/doc/province/hub.html?lang=en")
            took.append(time.perf_counter() - begun)
        assert within(min(took), TIME)
        assert page.status == 200 and len(page.body) < WEIGHT
        assert ">(2500)</small>" in page.text  # of a property with too many values, how many there are
        with reading(browser, f"{service.url}/doc/province/hub") as (shown, _):
            assert not too_wide(shown)
            assert shown.locator(".near li").count() == 10
