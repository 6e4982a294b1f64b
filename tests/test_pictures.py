"""Pictures to save and to pass on: SVG that stands alone, and PNG of the same; by the service and by the editor."""

import io
import re
import sys
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import openpyxl
import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import reading
from tests.support.http import BROWSER, Reply, call
from tests.support.service import Server
from thidua.base.errors import LimitError, NotFoundError
from thidua_server import create_app
from thidua_server.html import picture, vendored

SVG = "{http://www.w3.org/2000/svg}"
TD = "PREFIX td: <https://w3id.org/thidua/ontology#>\n"
HEADS = TD + "SELECT ?province (COUNT(?e) AS ?editions) { ?e td:headedBy ?province } GROUP BY ?province"
YEARS = TD + "SELECT ?year (COUNT(?e) AS ?editions) { ?e td:headedBy ?p ; td:year ?year } GROUP BY ?year ORDER BY ?year"
LED = TD + "SELECT ?cluster ?year ?province { ?e td:headedBy ?province ; td:editionOf ?cluster ; td:year ?year }"
MEMBERS = TD + "SELECT ?cluster ?province { ?e td:editionOf ?cluster ; td:year 2024 ; td:memberUnit ?province }"
CARDS = ("/card", "/card/thing/province/ninh-binh", "/card/question/who-led", "/card/thing/cluster/dong-bang-song-hong")
DRAWN = ("/map.{}?year=2024", "/map.{}?year=2018", "/timeline.{}?from=2015&to=2025")


def opened(content: bytes) -> Image.Image:
    """A PNG that is whole, and shows something."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    image = Image.open(io.BytesIO(content)).convert("RGB")
    image.load()
    assert len(image.getcolors(1 << 24) or ()) > 20, "it is blank"
    return image


def words(svg: bytes | str) -> list[str]:
    """What is to be read in a drawing, which needs no other file."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        for name, value in element.attrib.items():
            assert "url(" not in value.replace("url(#", ""), value
            if name.endswith("href") and element.tag != f"{SVG}a":
                assert value.startswith("#"), value
        assert element.tag not in (f"{SVG}image", f"{SVG}style", f"{SVG}script", f"{SVG}foreignObject")
    return ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("path", CARDS)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_card_is_a_png_of_the_size_that_previews_have(server: Server, path: str, lang: str) -> None:
    reply = call(server, f"{path}.png?lang={lang}")
    assert reply.media_type == "image/png" and opened(reply.body).size == (1200, 630)
    again = call(server, f"{path}.png?lang={lang}", headers={"If-None-Match": reply.headers["ETag"]})
    assert again.status == 304
    assert reply.headers["ETag"] != call(server, f"{path}.svg?lang={lang}").headers["ETag"]


def test_previews_are_told_of_the_png(server: Server) -> None:
    page = call(server, "/doc/province/thai-binh?lang=en", accept=BROWSER).text
    for name in ("og:image", "twitter:image"):
        found = re.search(f'(?:name|property)="{name}" content="([^"]*)"', page)
        assert found and "/card/thing/province/thai-binh.png?" in found[1]
        opened(call(server, found[1].replace("&amp;", "&").removeprefix(server.url)).body)
    assert '<meta property="og:image:type" content="image/png">' in page


@pytest.mark.parametrize("path", DRAWN)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_map_and_the_timeline_are_pictures(server: Server, path: str, lang: str) -> None:
    drawn = call(server, f"{path.format('svg')}&lang={lang}")
    assert drawn.media_type == "image/svg+xml"
    written = words(drawn.body)
    page = path.partition(".")[0]
    assert any(f"{server.url}{page}?" in each and "version=1" in each and "CC BY 4.0" in each for each in written)
    assert ("Red River Delta" if lang == "en" else "Đồng bằng sông Hồng") in " ".join(written)
    root = ElementTree.fromstring(drawn.body)
    image = opened(call(server, f"{path.format('png')}&lang={lang}").body)
    assert image.size == tuple(round(float(root.get(name, "0")) * 1.5) for name in ("width", "height"))


def test_every_letter_has_its_shape_in_the_font(server: Server) -> None:
    """A letter without one would be a box, or nothing."""
    font = TTFont(vendored.FOLDER / "be-vietnam-pro-400.ttf").getBestCmap()
    bold = TTFont(vendored.FOLDER / "be-vietnam-pro-700.ttf").getBestCmap()
    paths = [f"{path}.svg?" for path in CARDS] + [f"{path.format('svg')}&" for path in DRAWN]
    for path in paths:
        for lang in ("vi", "en"):
            letters = set("".join(words(call(server, f"{path}lang={lang}").body))) - {"\n"}
            assert not {each for each in letters if ord(each) not in font or ord(each) not in bold}, path


def test_the_archipelagos_are_where_they_belong(server: Server) -> None:
    """Each outline is a path of its own: run together, one would begin where another ends."""
    image = opened(call(server, "/map.png?year=2024&lang=vi").body)
    for x, y in ((810, 683), (787, 688), (605, 393), (647, 648)):
        around = [
            (1.5 * (x + 44) + right, 1.5 * (y + 116) + down) for right in range(-24, 25) for down in range(-24, 25)
        ]
        assert len({image.getpixel((int(a), int(b))) for a, b in around}) > 1, (x, y)
    written = words(call(server, "/map.svg?year=2024&lang=vi").body)
    assert "Hoàng Sa" in written and "Trường Sa" in written


def test_what_cannot_be_drawn_is_refused(server: Server) -> None:
    assert call(server, "/timeline.png?from=abc").status == 400
    assert call(server, "/timeline.png?cluster=beer").status == 400
    assert call(server, "/map.png?year=3000").status == 400
    assert call(server, "/map.gif").status == 404
    assert call(server, "/card/thing/province/free-beer.png").status == 404
    image = opened(call(server, "/timeline.png?from=1930&to=2029").body)  # as long as it gets
    assert image.width * image.height <= 16_100_000
    with pytest.raises(LimitError, match=r"\.svg"):
        picture.png('<svg xmlns="http://www.w3.org/2000/svg" width="5000" height="5000"></svg>')


def test_without_what_draws_png_pages_have_the_svg(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    client = create_app({"STORE": store}).test_client()
    page = client.get("/doc/province/thai-binh", headers={"Accept": "text/html"}).text
    assert 'og:image:type" content="image/svg+xml"' in page and "thai-binh.svg?" in page
    assert client.get("/card.svg").status_code == 200
    assert ".png" not in client.get("/timeline", headers={"Accept": "text/html"}).text.replace("icon-180.png", "")
    refused = client.get("/card.png", headers={"Accept": "application/json"})
    assert refused.status_code == 404 and "pip install '.[pictures]'" in refused.json["detail"]
    with pytest.raises(NotFoundError, match="resvg_py"):
        picture.png('<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"></svg>')


def test_pages_lead_to_their_pictures(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/map?year=2024&lang=en") as (page, _):
        link = page.locator("a.picture", has_text="PNG")
        assert link.get_attribute("href") == "/map.png?year=2024&lang=en"
        page.locator("#before").click()  # without a new page
        expect(link).not_to_have_attribute("href", "/map.png?year=2024&lang=en")
        found = str(link.get_attribute("href"))
        assert "lang=en" in found
        opened(call(server, found if found.startswith("/") else found.removeprefix(server.url)).body)
    with reading(browser, f"{server.url}/timeline?from=2018&to=2020&lang=en") as (page, _):
        href = page.get_by_role("link", name="SVG").get_attribute("href")
        assert "2018" in words(call(server, str(href)).body) and "2021" not in words(call(server, str(href)).body)


def seen(server: Server, query: str, view: str, lang: str = "vi") -> str:
    return f"{server.url}/editor?{urlencode({'query': query, 'view': view, 'lang': lang})}"


def saved(page: Page, form: str, tmp_path: Path) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.locator(".pictures button", has_text=form).click()
    download.value.save_as(path := tmp_path / form)
    return download.value.suggested_filename, path.read_bytes()


@pytest.mark.parametrize(
    ("view", "query", "told"),
    [
        ("chart", HEADS, {"editions", "Thái Bình"}), ("chart", YEARS, {"editions", "year"}),
        ("timeline", LED, {"year", "2018"}), ("map", HEADS, {"editions"}), ("network", MEMBERS, {"Nam Định"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_drawing_of_the_editor_is_saved(
    server: Server, browser: Browser, tmp_path: Path, view: str, query: str, told: set[str], lang: str
) -> None:
    if lang == "en":
        told = {each for each in told if each.isascii()}
    with reading(browser, seen(server, query, view, lang)) as (page, happened):
        page.locator("figure.drawing svg").wait_for()
        title = page.locator("figure.drawing svg").get_attribute("aria-label")
        name, drawn = saved(page, "SVG", tmp_path)
        assert name == f"{view}_v1.svg"
        written = words(drawn)
        joined = " ".join(written)
        assert told <= set(written) or all(each in joined for each in told)
        assert title and title in joined
        version = "phiên bản 1" if lang == "vi" else "version 1"
        assert f"Thi đua · {version} · {server.url}/versions/1 · CC BY 4.0" in joined
        root = ElementTree.fromstring(drawn)
        assert root.find(f"{SVG}rect") is not None and not [each for each in root.iter() if each.get("class")]
        name, content = saved(page, "PNG", tmp_path)
        assert name == f"{view}_v1.png"
        width, height = (float(root.get(each, "0")) for each in ("width", "height"))
        assert opened(content).size == (round(width * 2), round(height * 2))
        happened.nothing()
    # It stands alone: what draws it here knows nothing of the page's style sheets.
    assert len(opened(picture.png(drawn.decode())).getcolors(1 << 24) or ()) > 20


def test_labels_of_a_network_lie_apart_and_are_whole(server: Server, browser: Browser) -> None:
    with reading(browser, seen(server, MEMBERS, "network")) as (page, _):
        page.locator("#view .node").first.wait_for()
        labels = page.locator("#view .node text")
        assert "Cụm thi đua các tỉnh Đồng bằng sông Hồng" in labels.all_text_contents()
        assert not [each for each in labels.all_text_contents() if "…" in each]
        boxes = labels.evaluate_all("all => all.map(each => each.getBoundingClientRect().toJSON())")
        for at, one in enumerate(boxes):
            assert one["height"] / (2 if one["height"] > 25 else 1) < 25, "letters larger than the page's"
            for other in boxes[at + 1 :]:
                across = min(one["right"], other["right"]) - max(one["left"], other["left"])
                down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
                assert across <= 1 or down <= 1, (one, other)


def test_a_year_is_drawn_as_a_year(server: Server, browser: Browser) -> None:
    query = 'SELECT ?who ?year { VALUES (?who ?year) { ("a" 2023) ("b" 2023) ("c" 2024) } BIND("x" AS ?lane) }'
    with reading(browser, seen(server, query.replace("?who ?year {", "?lane ?who ?year {"), "timeline")) as (page, _):
        page.locator("#view rect.mark").first.wait_for()
        boxes = page.locator("#view rect.mark").evaluate_all("all => all.map(each => each.getBBox())".replace(
            "each.getBBox()", "(({x, y, width}) => ({x, y, width}))(each.getBBox())"))  # fmt: skip
        assert len(boxes) == 3 and len({(each["x"], each["y"]) for each in boxes}) == 3, "one hides another"
        assert page.locator("#view .year").all_text_contents() == ["2023", "2024"]
        assert max(each["width"] for each in boxes) - min(each["width"] for each in boxes) < 2
        assert page.locator("#view .within").all_text_contents() == ["a", "b", "c"]


def test_a_unit_stands_behind_the_name_of_an_axis(server: Server, browser: Browser) -> None:
    query = 'SELECT ?year ?value ?unit { VALUES (?year ?value ?unit) { (2023 5.5 "%") (2024 6.5 "%") } }'
    with reading(browser, seen(server, query, "chart")) as (page, _):
        page.locator("#view path.line").wait_for()
        assert page.locator("#view .axis").all_text_contents() == ["year", "value (%)"]


def test_an_answer_is_an_excel_workbook(server: Server, browser: Browser, tmp_path: Path) -> None:
    query = 'SELECT ?name ?n { VALUES (?name ?n) { ("=1+1" 3) ("Huế" 4.5) } }'
    with reading(browser, seen(server, query, "table", "en")) as (page, _):
        page.locator("#answer table").wait_for()
        with page.expect_download() as download:
            page.get_by_role("button", name="xlsx", exact=True).click()
        assert download.value.suggested_filename == "query_v1.xlsx"
        download.value.save_as(path := tmp_path / "answer.xlsx")
        heads = page.locator("#answer th")
        assert [each.get_attribute("class") for each in heads.all()] == [None, "number"]
        # The header stands over its figures.
        right = heads.nth(1).evaluate("each => getComputedStyle(each).textAlign")
        assert right == page.locator("#answer td.number").first.evaluate("each => getComputedStyle(each).textAlign")
    book = openpyxl.load_workbook(path)
    assert [[cell.value for cell in row] for row in book["rows"]] == [["name", "n"], ["=1+1", 3], ["Huế", 4.5]]
    about = {row[0].value: row[1].value for row in book["about"]}
    assert about["question"] == query and str(about["version"]) == "1" and "version=1" in str(about["link"])


def asked(server: Server, query: str) -> Reply:
    body = urlencode({"query": query}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return call(server, "/editor/answer.xlsx", method="POST", body=body, headers=form)


def test_what_is_no_table_is_no_workbook(server: Server) -> None:
    book = openpyxl.load_workbook(io.BytesIO(asked(server, "ASK { ?s ?p ?o }").body))
    assert [[cell.value for cell in row] for row in book["rows"]] == [["answer"], [True]]
    assert asked(server, "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1").status == 406
    assert asked(server, "SELECT * { ?s ?p }").status == 400
    assert asked(server, "INSERT DATA { <a:b> <a:b> <a:b> }").status == 403
    assert asked(server, "").status == 400


def test_after_a_classes_are_offered_first_and_inside_the_page(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/editor") as (page, _):
        page.click(".CodeMirror-lines")
        page.keyboard.press("Control+a")
        page.keyboard.type("SELECT * { " + "?s ?p ?o . " * 8 + "?x a cum")
        page.keyboard.press("Control+Space")
        hints = page.locator(".CodeMirror-hint")
        hints.first.wait_for()
        expect(hints.first).to_contain_text(" lớp ")
        offered = hints.all_inner_texts()
        classes = [" lớp " in each for each in offered]
        assert sum(classes) > 1 and classes == sorted(classes, reverse=True), offered
        assert any(each.startswith("td:EmulationCluster") for each in offered)
        box = page.locator(".CodeMirror-hints").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]


def test_the_query_that_ran_leads_to_the_editor(server: Server, browser: Browser) -> None:
    address = f"{server.url}/questions/who-led?cluster=dong-bang-song-hong&year=2023&lang=en"
    with reading(browser, address) as (page, _):
        page.get_by_text("The query that ran").click()
        text = page.locator("form.query textarea").input_value()
        page.locator("form.query button").click()
        page.wait_for_url("**/editor?**")
        page.locator("#answer table").wait_for()
        assert page.input_value("#query") == text
        assert page.get_by_role("radio", name="Timeline").count() == 1
        page.go_back()
        page.wait_for_url("**/questions/who-led?**")
        page.get_by_text("The query that ran").click()
        page.get_by_role("link", name="Open it in the query editor").click()
        page.wait_for_url("**/editor?**")
        expect(page.locator("#query")).to_have_value(text)
