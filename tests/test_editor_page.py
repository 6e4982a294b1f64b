"""The editor in a real browser: writing, completing, running, looking, sharing; by keyboard, and without scripts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.browser import PHONE, follow, reading, too_wide, violations
from tests.support.http import call
from tests.support.service import Server, running, until
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.graph import KnowledgeGraph
from thidua.questions.catalogue import read_catalogue
from thidua.workers.control import queries
from thidua_server import create_app

TD = "PREFIX td: <https://w3id.org/thidua/ontology#>\n"
HEADS = TD + "SELECT ?province (COUNT(?e) AS ?editions) { ?e td:headedBy ?province } GROUP BY ?province"
YEARS = TD + "SELECT ?year (COUNT(?e) AS ?editions) { ?e td:headedBy ?p ; td:year ?year } GROUP BY ?year ORDER BY ?year"
LED = TD + "SELECT ?cluster ?year ?province { ?e td:headedBy ?province ; td:editionOf ?cluster ; td:year ?year }"
JOINED = TD + "CONSTRUCT { ?e td:headedBy ?p } { ?e td:headedBy ?p }"
#: Counts pairs of pairs of triples, which no machine does in ten seconds.
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def editor(server: Server, **fields: str) -> str:
    return f"{server.url}/editor?{urlencode(fields)}"


def write(page: Page, text: str) -> None:
    """Replace what is in the editor, as somebody types it."""
    page.click(".CodeMirror-lines")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(text)


def written(page: Page) -> str:
    return str(page.input_value("#query"))


def holds(page: Page, part: str) -> None:
    """Wait until the query has this in it."""
    expect(page.locator("#query")).to_have_value(re.compile(re.escape(part)))


def run(page: Page) -> str:
    """Run what is there; what is told of the answer."""
    page.click("#run")
    return outcome(page)


def outcome(page: Page) -> str:
    page.wait_for_selector("form.editor[aria-busy=false]")
    return page.inner_text("#outcome")


def rows(kg: KnowledgeGraph, text: str) -> int:
    return len(kg.current().select(text))


def test_a_query_is_run_and_its_rows_are_seen(server: Server, browser: Browser, kg: KnowledgeGraph) -> None:
    with reading(browser, editor(server, query=HEADS)) as (page, _):
        assert f"{rows(kg, HEADS)} dòng" in run(page)
        table = page.locator("#answer table")
        assert table.locator("tbody tr").count() == rows(kg, HEADS)
        link = table.get_by_role("link", name="Thái Bình")  # the label, though the query asks for none
        assert link.get_attribute("href") == "/doc/province/thai-binh"
        table.get_by_role("button", name="editions").click()
        ascending = [int(each) for each in table.locator("td.number").all_inner_texts()]
        assert ascending == sorted(ascending)
        table.get_by_role("button", name="editions").click()
        assert [int(each) for each in table.locator("td.number").all_inner_texts()] == ascending[::-1]
        assert table.locator("th[aria-sort=descending]").inner_text().startswith("editions")


def test_many_rows_are_told_and_some_are_shown(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server, query="SELECT * { ?s ?p ?o } LIMIT 1500")) as (page, _):
        assert "1.500 dòng" in run(page)
        assert page.locator("#answer tbody tr").count() == 1000
        assert "1.000 dòng đầu trong 1.500" in page.inner_text("#view")


def test_ask_and_graphs_are_shown(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server, query=TD + "ASK { ?e td:headedBy ?p }")) as (page, _):
        assert run(page).startswith("Có")
        write(page, JOINED)
        run(page)
        assert "td:headedBy province:thai-binh" in page.inner_text("#view pre")


def test_a_property_is_offered_and_inserted(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server)) as (page, _):
        write(page, "SELECT * { ?e td:headed")
        page.locator(".CodeMirror-hint-active", has_text="td:headedBy").wait_for()
        page.keyboard.press("Enter")
        holds(page, "?e td:headedBy")
        holds(page, TD.strip())
        assert written(page).count(TD.strip()) == 1
        page.keyboard.type(" ?x . ?x skos:prefLabel ?l ; ex:y 'skos:' }")
        holds(page, "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>")
        assert written(page).count("PREFIX skos: <http://www.w3.org/2004/02/skos/core#>") == 1
        assert "PREFIX ex:" not in written(page)


def test_suggestions_come_to_who_is_faster_than_the_network(server: Server, browser: Browser) -> None:
    """The prefix is declared when the vocabulary is there, and that had closed what was to be offered."""
    with reading(browser, server.url + "/guide") as (page, _):
        held: list[Route] = []
        page.route(re.compile(r"/editor/terms\.json"), lambda route: held.append(route))
        page.goto(editor(server))
        write(page, "SELECT * { ?e td:headed")
        until(lambda: held or page.wait_for_timeout(50))
        held.pop().continue_()
        page.locator(".CodeMirror-hint-active", has_text="td:headedBy").wait_for()
        holds(page, TD.strip())


def test_a_class_is_found_by_its_label(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server)) as (page, _):
        write(page, "SELECT * { ?e a cum thi")
        for _ in range(3):
            page.keyboard.press("Backspace")
        page.keyboard.press("Backspace")
        page.keyboard.press("Control+Space")
        page.locator(".CodeMirror-hint", has_text="td:EmulationCluster").first.click()
        holds(page, "?e a td:EmulationCluster")
        holds(page, TD.strip())


def test_a_name_in_quotes_becomes_the_iri(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server)) as (page, _):
        write(page, 'SELECT * { ?e td:headedBy "thai binh')
        page.locator(".CodeMirror-hint", has_text="province:thai-binh").wait_for()
        page.keyboard.press("Enter")
        holds(page, "?e td:headedBy province:thai-binh")
        holds(page, "PREFIX province: <https://w3id.org/thidua/id/province/>")
        assert '"' not in written(page)
        page.keyboard.type(" }")
        assert "1 dòng" in run(page)


def test_an_empty_answer_says_why(server: Server, browser: Browser) -> None:
    for lang, told in (("vi", "Dòng 2, cột 6: phiên bản 1 không có td:yaer; có phải là td:year?"),
                       ("en", "Line 2, column 6: version 1 has no td:yaer; did you mean td:year?")):  # fmt: skip
        asked = {"query": f"{TD.strip()} SELECT ?e {{\n  ?e td:yaer 2023 }}", "view": "any", "lang": lang}
        with reading(browser, f"{server.url}/editor?{urlencode(asked)}") as (page, _):
            expect(page.locator("#answer .hints li")).to_have_text([told])
            expect(page.locator("#answer")).not_to_contain_text("say nothing about this")


def test_a_mistake_is_marked_at_its_line(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server)) as (page, seen):
        write(page, "SELECT *\nWHERE {\n  ?s ?p }\n}")
        run(page)
        assert "query-syntax" in page.inner_text("#problem")
        reply = call(server, "/sparql?" + urlencode({"query": written(page)}))
        line = reply.json["line"]
        lines = page.locator(".CodeMirror-code > div")
        assert lines.filter(has=page.locator(".wrong-line")).count() == 1
        assert lines.nth(line - 1).locator(".wrong-line").count() == 1
        page.get_by_role("button", name=f"Tới dòng {line}").click()
        page.keyboard.type(" ")  # who mends it sees the mark go
        expect(page.locator(".wrong-line")).to_have_count(0)
        seen.console.clear()  # the browser itself notes the 400


def test_suggestions_and_mistakes_let_everybody_in(server: Server, browser: Browser) -> None:
    for dark in (False, True):
        with reading(browser, editor(server, example="who-led"), size=PHONE, dark=dark) as (page, seen):
            assert violations(page) == []  # a query longer than the editor
            write(page, "SELECT * { ?e td:headed")
            page.locator(".CodeMirror-hint", has_text="td:headedBy").wait_for()
            assert violations(page) == [] and not too_wide(page)
            page.keyboard.press("Escape")  # closes the list, and does not leave
            page.keyboard.type("By")
            run(page)
            page.wait_for_selector(".wrong-line")
            assert violations(page) == [] and not too_wide(page)
            seen.console.clear()


def test_who_must_wait_is_told_how_long(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server, query=HEADS)) as (page, seen):
        problem = {"status": 429, "code": "too-many-requests", "detail": "Too much.", "title": "", "limit": "budget"}
        page.route(
            "**/sparql", lambda route: route.fulfill(
                status=429, headers={"Retry-After": "7", "Content-Type": "application/problem+json"},
                body=json.dumps(problem),
            ),
        )  # fmt: skip
        run(page)
        assert "Thử lại sau 7 giây" in page.inner_text("#problem")
        page.unroute("**/sparql")
        page.route("**/sparql", lambda route: route.abort())
        run(page)
        assert "Kiểm tra đường mạng" in page.inner_text("#problem")
        seen.console.clear()


def test_cancel_really_cancels(store: Path, browser: Browser, tmp_path: Path) -> None:
    """Long before its time is up."""
    own = copied(store, tmp_path / "store")
    with (
        running(own, env={"THIDUA_TIMEOUT": "600"}) as service,
        reading(browser, editor(service, query=HEAVY)) as (page, _),
    ):
        page.click("#run")
        until(lambda: running_heavy(own), 60)
        page.click("#cancel")
        until(lambda: not running_heavy(own), 60)
        assert "Đã dừng" in outcome(page)
        assert page.locator("#cancel").is_hidden()
        assert page.evaluate("document.activeElement.id") == "run"


def running_heavy(store: Path) -> list[object]:
    return [each for each in queries(store) if "?a ?b ?c" in str(each)]


def test_less_time_is_kept_to(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server, query=HEAVY)) as (page, seen):
        page.select_option("#timeout", "1")
        run(page)
        assert "query-timeout" in page.inner_text("#problem")
        assert "LIMIT" in page.inner_text("#problem .next")
        seen.console.clear()


@pytest.mark.parametrize(
    ("language", "told", "advice"),
    [
        ("vi", "tiền tố foo: chưa được khai báo", "bằng một dòng PREFIX"),
        ("en", "foo: is not declared", "a PREFIX line"),
    ],
)
def test_an_undeclared_prefix_is_told_and_advised_on(
    server: Server, browser: Browser, language: str, told: str, advice: str
) -> None:
    """In the page's language, whatever the browser's is; the advice is not found by words of one language."""
    other = {"vi": "en", "en": "vi"}[language]
    with reading(browser, editor(server, lang=language), language=other) as (page, seen):
        write(page, "SELECT * { ?s foo:bar ?o }")
        page.click("#run")
        expect(page.locator("#problem .detail")).to_contain_text(told)
        expect(page.locator("#problem .next")).to_contain_text(advice)
        seen.console.clear()  # the browser notes the refusal


@pytest.mark.parametrize("padding", ["", "# " + "x" * 4000 + "\n"])
def test_a_shared_link_shows_the_same(server: Server, browser: Browser, padding: str) -> None:
    """Also a long one, which is not sent with the address."""
    with reading(browser, editor(server), permissions=["clipboard-read", "clipboard-write"]) as (page, _):
        page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue(arguments_)".replace(
            "arguments_", json.dumps(padding + LED)))  # fmt: skip
        run(page)
        page.get_by_role("radio", name="Dòng thời gian").check()
        page.wait_for_selector("#view .mark")
        page.click("#share")
        expect(page.locator("#outcome")).to_have_text("Đã chép liên kết.")
        link = page.input_value("#link")
        assert page.evaluate("navigator.clipboard.readText()") == link
        expect(page).to_have_url(link)
        marks = page.locator("#view .mark").count()
    assert len(link.partition("#")[0]) < 2000
    assert ("#query=" in link) == bool(padding)
    with reading(browser, link) as (page, _):
        page.wait_for_selector("#view[data-view=timeline] .mark")
        assert written(page) == padding + LED
        expect(page.locator("#view .mark")).to_have_count(marks)
        follow(page.get_by_role("link", name="English"))  # the other language keeps it, too
        page.wait_for_selector("#view[data-view=timeline] .mark")
        assert page.get_by_role("radio", name="Timeline").is_checked()


def test_an_answer_is_downloaded_in_every_format(server: Server, browser: Browser, tmp_path: Path) -> None:
    with reading(browser, editor(server, query=HEADS)) as (page, _):
        run(page)
        offered = page.locator(".downloads button").all_inner_texts()
        assert offered == ["json", "xml", "csv", "tsv", "xlsx"]  # the last one: tests/test_pictures.py
        for form in offered[:-1]:
            with page.expect_download() as download:
                page.get_by_role("button", name=form, exact=True).click()
            download.value.save_as(path := tmp_path / form)
            assert download.value.suggested_filename == f"query_v1.{form}"
            query = urlencode({"query": HEADS, "format": form})
            assert sorted(path.read_bytes()) == sorted(call(server, f"/sparql?{query}").body)
        write(page, JOINED)
        run(page)
        assert page.locator(".downloads button").all_inner_texts() == [
            "turtle", "ntriples", "jsonld", "rdfxml", "trig", "nquads"
        ]  # fmt: skip
        with page.expect_download() as download:
            page.get_by_role("button", name="rdfxml").click()
        download.value.save_as(path := tmp_path / "rdf")
        assert b"<rdf:RDF" in path.read_bytes()


@pytest.mark.parametrize(
    ("view", "query"), [("chart", HEADS), ("chart", YEARS), ("timeline", LED), ("map", HEADS), ("map", LED)]
)
def test_a_view_draws_what_the_rows_say(
    server: Server, browser: Browser, kg: KnowledgeGraph, view: str, query: str
) -> None:
    records = kg.current().select(query)
    marks = len({row["province"] for row in records}) if view == "map" else len(records)
    with reading(browser, editor(server, query=query, view=view), size=PHONE, dark=True) as (page, _):
        page.wait_for_selector(f"#view[data-view={view}] .mark")
        expect(page.locator("#view .mark")).to_have_count(marks)
        assert not too_wide(page)
        assert violations(page) == []


def test_a_chart_is_of_the_columns_chosen(server: Server, browser: Browser, kg: KnowledgeGraph) -> None:
    clusters = TD + (
        "SELECT ?cluster ?year (COUNT(?m) AS ?members) (COUNT(DISTINCT ?p) AS ?heads) "
        "{ ?e td:editionOf ?cluster ; td:year ?year ; td:memberUnit ?m ; td:headedBy ?p } GROUP BY ?cluster ?year"
    )
    records = kg.current().select(clusters)
    with reading(browser, editor(server, query=clusters, view="chart")) as (page, _):
        expect(page.locator("#view path.line")).to_have_count(1)
        page.get_by_label("Chia theo").select_option("cluster")
        expect(page.locator("#view path.line")).to_have_count(len({row["cluster"] for row in records}))
        expect(page.locator("#view circle.mark")).to_have_count(len(records))
        page.get_by_label("Kiểu").select_option("bars")
        page.get_by_label("Giá trị").select_option("heads")
        expect(page.locator("#view rect.mark")).to_have_count(len(records))
        heads = [row["heads"].value for row in records if row["heads"]]
        assert sorted(page.locator("#view .value").all_text_contents()) == sorted(heads)


def test_a_network_has_a_node_for_each_thing(server: Server, browser: Browser, kg: KnowledgeGraph) -> None:
    joined = kg.current().select(TD + "SELECT ?e ?p { ?e td:headedBy ?p }")
    things = {cell for row in joined for cell in row.values()}
    with reading(browser, editor(server, query=JOINED, view="network")) as (page, _):
        expect(page.locator("#view .node")).to_have_count(len(things))
        expect(page.locator("#view .edge")).to_have_count(len(joined))
        node = page.locator("#view a.node", has_text="Thái Bình")
        assert node.get_attribute("href") == "/doc/province/thai-binh"
        assert violations(page) == []


def test_codes_mean_units_of_a_time(server: Server, browser: Browser) -> None:
    """24 was Bắc Giang, and is Bắc Ninh: the reader says which."""
    query = 'SELECT ?code ?n { VALUES (?code ?n) { ("24" 5) ("01" 2) } }'
    with reading(browser, editor(server, query=query, view="map")) as (page, _):
        titles = page.locator("#view .unit title")
        expect(titles.filter(has_text="24: province:bac-ninh-2025")).not_to_have_count(0)
        page.get_by_label("Mã là của").select_option("before")
        expect(titles.filter(has_text="24: province:bac-giang")).not_to_have_count(0)


def test_a_view_that_does_not_fit_says_why(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server, query="SELECT ?s { ?s a ?c } LIMIT 3")) as (page, _):
        run(page)
        offered = page.get_by_role("radio")
        assert offered.count() == 1 and offered.first.get_attribute("value") == "table"
        said = page.inner_text("#unfit")
        assert "cần một cột toàn số" in said and "cần một cột ngày hay năm" in said and "hai cột IRI" in said


def test_the_keyboard_runs_and_gets_out(server: Server, browser: Browser, kg: KnowledgeGraph) -> None:
    inside = "document.activeElement.closest('.CodeMirror') !== null"
    with reading(browser, editor(server, query=HEADS)) as (page, _):
        page.click(".CodeMirror-lines")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#outcome")).to_contain_text(f"{rows(kg, HEADS)} dòng")
        assert page.locator("#outcome").get_attribute("aria-live") == "polite"
        page.keyboard.press("Tab")
        assert page.evaluate(inside)
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") == "run"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "share"
        page.click(".CodeMirror-lines")
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.matches('summary')")
        field = page.locator(".CodeMirror textarea")
        assert field.get_attribute("aria-label") == "Câu truy vấn SPARQL"
        assert "Esc ra khỏi" in page.inner_text(f"#{field.get_attribute('aria-describedby')}")


def test_every_question_is_an_example_that_answers(server: Server, browser: Browser, files: ProjectFiles) -> None:
    catalogue = read_catalogue(files.questions)
    with reading(browser, editor(server), language="en") as (page, _):
        page.click(".examples summary")
        links = page.locator(".examples a")
        assert sorted(links.all_inner_texts()) == sorted(each.title["en"] for each in catalogue.values())
        page.fill("#filter", "ACTED for the head")
        assert [link.inner_text() for link in links.all() if link.is_visible()] == ["Who acted as head"]
        page.fill("#filter", "")
        follow(page.get_by_role("link", name=catalogue["who-led"].title["en"], exact=True))
        page.wait_for_selector(".CodeMirror")
        holds(page, "<https://w3id.org/thidua/id/cluster/dong-bang-song-hong>")
        assert "1 row" in run(page)


def test_an_example_says_what_its_question_says(kg: KnowledgeGraph) -> None:
    snapshot = kg.current()
    for name, asked in snapshot.questions.items():
        values = {parameter.name: parameter.example for parameter in asked.parameters}
        own = snapshot.select(snapshot.sparql(name, values))
        assert len(own) == len(snapshot.ask(name, values).records), name


def test_what_was_run_last_comes_back_unless_the_address_says_else(server: Server, browser: Browser) -> None:
    with reading(browser, editor(server, query=HEADS)) as (page, _):
        run(page)
        page.goto(server.url + "/editor")
        assert written(page) == HEADS
        page.goto(editor(server, query=LED))
        assert written(page) == LED


@pytest.fixture(scope="module")
def grown(store: Path, files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with two versions, of which the second says one thing more."""
    own = copied(store, tmp_path_factory.mktemp("grown") / "store")
    with running(own, "--open-writes") as service:
        turtle = b'<https://w3id.org/thidua/id/province/x> <http://www.w3.org/2000/01/rdf-schema#comment> "more"@en .'
        reply = call(
            service, "/data?graph=https://w3id.org/thidua/graph/provinces", method="POST", body=turtle,
            headers={"Content-Type": "text/turtle"},
        )  # fmt: skip
        assert reply.status < 300, reply.body
        yield service


def test_a_past_version_is_asked(grown: Server, browser: Browser) -> None:
    query = "SELECT ?s { ?s <http://www.w3.org/2000/01/rdf-schema#comment> ?c FILTER(STR(?c) = 'more') }"
    with reading(browser, editor(grown, query=query)) as (page, _):
        told = run(page)
        assert "1 dòng" in told and "phiên bản 2" in told
        page.select_option("#version", "1")
        told = run(page)
        assert "0 dòng" in told and "phiên bản 1" in told
        expect(page).to_have_url(re.compile("version=1"))


def test_it_works_without_scripts(grown: Server, browser: Browser, kg: KnowledgeGraph) -> None:
    with reading(browser, editor(grown), scripts=False) as (page, _):
        assert page.locator("#keys").is_hidden() and page.locator("#cancel").is_hidden()
        page.fill("#query", HEADS)
        page.select_option("#version", "1")
        follow(page.locator("#run"))
        assert page.locator("tbody tr").count() == rows(kg, HEADS)
        page.goto(grown.url + "/editor")
        page.click(".examples summary")
        follow(page.locator(".examples a").first)
        assert "SELECT" in page.input_value("#query")


def test_a_plain_store_has_it_too(tmp_path: Path, browser: Browser) -> None:
    with running(tmp_path / "store", "--plain", str(tmp_path / "store"), "--open-writes") as plain:
        turtle = b"PREFIX : <https://example.org/> :a a :Thing ; :knows :b ."
        call(plain, "/data?default", method="PUT", body=turtle, headers={"Content-Type": "text/turtle"})
        with reading(browser, editor(plain)) as (page, _):
            assert page.get_by_role("link", name="Soạn truy vấn").is_visible()
            assert page.locator(".examples").count() == 0
            write(page, "SELECT * { ?s Thing")
            page.keyboard.press("Control+Space")
            page.locator(".CodeMirror-hint", has_text="https://example.org/Thing").first.click()
            holds(page, "<https://example.org/Thing>")
            write(page, "SELECT ?s ?o { ?s <https://example.org/knows> ?o }")
            assert "1 dòng" in run(page)
            assert page.get_by_role("radio", name="Bản đồ").count() == 0
            page.get_by_role("radio", name="Mạng lưới").check()
            expect(page.locator("#view .node")).to_have_count(2)
        assert call(plain, "/borders.json").status == 404


def test_what_it_suggests_is_kept_until_the_next_version(server: Server) -> None:
    reply = call(server, "/editor/terms.json")
    properties = {each["iri"].rpartition("#")[2]: each for each in reply.json["properties"]}
    assert properties["headedBy"]["count"] > 0 and properties["headedBy"]["label"]["vi"] == "cụm trưởng"
    again = call(server, "/editor/terms.json", headers={"If-None-Match": reply.headers["ETag"]})
    assert again.status == 304 and not again.body


def test_outlines_cover_every_unit_of_today(server: Server, kg: KnowledgeGraph) -> None:
    """A unit of 2025 is drawn as those that it was made of."""
    found = call(server, "/borders.json").json
    today = kg.current().select(TD + "SELECT ?p { ?p a td:Province FILTER NOT EXISTS { ?p td:endDate ?end } }")
    names = {row["p"].value for row in today if row["p"]}
    assert len(names) == 34
    assert names <= found["paths"].keys() | found["parts"].keys()
    hung_yen = "https://w3id.org/thidua/id/province/hung-yen"
    assert found["parts"][hung_yen + "-2025"] == [hung_yen, "https://w3id.org/thidua/id/province/thai-binh"]


def test_without_a_store_it_says_so(tmp_path: Path) -> None:
    client = create_app({"STORE": str(tmp_path / "nowhere")}).test_client()
    assert client.get("/editor").status_code == 503
