"""The page of an answer: a sentence, names, which columns and rows it shows, why a row is there, where to go on."""

import html
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESKTOP, PHONE, reading, too_wide, violations
from tests.support.http import BROWSER, call, problem
from tests.support.paths import ROOT, SEEDS
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.base.text import sort_key
from thidua.questions.catalogue import read_catalogue
from thidua.questions.parameters import years_of
from thidua.views.sentences import MAKERS
from thidua_server.html.question_groups import GROUPS, grouped

CATALOGUE = read_catalogue(ProjectFiles.find(ROOT).questions)
RIVER = {"cluster": "dong-bang-song-hong"}
#: What a curator's id looks like where a name should stand.
RAW_ID = re.compile(
    r"\b(?:src|post|province|legal|period|cluster|conf|ev|person|award|body|edition|head|deputy|member|c|concept):[a-z0-9]"
)
CELL = re.compile(r"<td\b[^>]*>(.*?)</td>", re.DOTALL)


def page(server: Server, name: str, language: str = "en", **given: str) -> str:
    reply = call(server, f"/questions/{name}?{urlencode({**given, 'lang': language})}", accept=BROWSER)
    assert reply.status == 200, reply.text[:400]
    return reply.text


def text(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def said(markup: str) -> str:
    found = re.search(r'<p class="said">(.*?)</p>', markup, re.DOTALL)
    return text(found[1]) if found else ""


def headers(markup: str) -> list[str]:
    return [text(each).rstrip(" ▲▼") for each in re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", markup, re.DOTALL)]


def column(markup: str, number: int) -> list[str]:
    rows = re.findall(r"<tr>(.*?)</tr>", markup.partition("<tbody>")[2], re.DOTALL)
    return [text(CELL.findall(row)[number]) for row in rows]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("name", CATALOGUE)
def test_no_id_stands_where_a_name_should(server: Server, name: str, language: str) -> None:
    required = {each.name: each.example for each in CATALOGUE[name].parameters if each.required}
    shown = page(server, name, language, **required)
    cells = [text(cell) for cell in CELL.findall(shown)]
    assert [cell for cell in cells if RAW_ID.search(cell)] == []
    # And no code of ours stands where Vietnamese readers look for a word.
    codes = {"head", "deputy", "normal", "annual", "mid-year", "more-than", "certain", "possible", "merger", "exact"}
    assert language == "en" or not codes & set(cells)


@pytest.mark.parametrize(
    ("name", "given", "en", "vi"),
    [
        (
            "who-led", {**RIVER, "year": "2019"},
            "Hải Dương led Red River Delta in 2019, deputies Hưng Yên and Quảng Ninh; "
            "possible: one source, stated, second-hand.",
            "Năm 2019, Hải Dương là cụm trưởng cụm Đồng bằng sông Hồng, cụm phó là Hưng Yên và Quảng Ninh; "
            "có thể: một nguồn, nêu thẳng, đọc gián tiếp.",
        ),
        (
            "who-led", {**RIVER, "year": "2023"},
            "Thái Bình led Red River Delta in 2023; certain: one source.",
            "Năm 2023, Thái Bình là cụm trưởng cụm Đồng bằng sông Hồng; chắc chắn: một nguồn.",
        ),
        (
            "who-led", {**RIVER, "year": "2021-2024"},
            "The known heads of Red River Delta from 2021 to 2024: 2022 Bắc Ninh (possible); 2023 Thái Bình; "
            "2024 Nam Định. No source names the head of 2021.",
            "Cụm trưởng đã biết của cụm Đồng bằng sông Hồng từ năm 2021 đến năm 2024: 2022 Bắc Ninh (có thể); "
            "2023 Thái Bình; 2024 Nam Định. Không nguồn nào nêu cụm trưởng năm 2021.",
        ),
        (
            "province-today", {"province": "ninh-binh"},
            "Ninh Bình is today Ninh Bình (since 2025), since July 1, 2025, by ",
            "Ninh Bình nay là Ninh Bình (từ 2025), từ ngày 1/7/2025, theo ",
        ),
        ("province-led", {"province": "thai-binh"}, "Thái Bình led Red River Delta in 2023.",
         "Thái Bình là cụm trưởng cụm Đồng bằng sông Hồng năm 2023."),
    ],
)  # fmt: skip
def test_the_answer_in_a_sentence(server: Server, name: str, given: dict[str, str], en: str, vi: str) -> None:
    assert said(page(server, name, "en", **given)).startswith(en)
    assert said(page(server, name, "vi", **given)).startswith(vi)


@pytest.mark.parametrize("name", MAKERS)
def test_whatever_is_asked_a_sentence_does_not_fail(server: Server, name: str) -> None:
    examples = {each.name: each.example for each in CATALOGUE[name].parameters}
    required = {each.name: each.example for each in CATALOGUE[name].parameters if each.required}
    alone = [{each: value} for each, value in examples.items()]
    for given in ({}, examples, *alone, {"year": "2010-2025"}):
        asked = {each: value for each, value in (required | given).items() if each in examples}
        for language in ("vi", "en"):
            made = said(page(server, name, language, **asked))
            assert not re.search(r"\bNone\b|\(\)|  | ,|;\.|: \.", made), made
            assert made[:1] == made[:1].upper()


@pytest.mark.parametrize(
    "name", ["cluster-members", "officials", "conferences", "awards", "handovers", "heads-by-year"]
)
def test_a_sentence_is_there_for_the_most_asked(server: Server, name: str) -> None:
    """And it is no surer than its rows: what none of them settles is called possible."""
    shown = page(server, name, "en", **RIVER)
    assert "Red River Delta" in said(shown) or name == "handovers"
    assert said(shown).endswith(".") and ".." not in said(shown)


def test_columns_that_say_nothing_are_left_out(server: Server) -> None:
    one = headers(page(server, "who-led", **RIVER, year="2019"))
    # Not the cluster and year that were asked, no day, no person of whom nothing is known, no rank; certainty in one.
    assert one == ["role", "province", "source", "certainty", "why"]
    many = headers(page(server, "who-led", **RIVER))
    assert many == ["year", "role", "province", "person", "source", "certainty", "why"]


def test_numbers_stand_under_their_headers(server: Server) -> None:
    shown = page(server, "coverage")
    heads = re.findall(r'<th scope="col" class="number"[^>]*>(.*?)</th>', shown, re.DOTALL)
    cells = re.findall(r'<td data-header="([^"]+)" class="number">', shown)
    assert {text(each) for each in heads} == set(cells) and len(set(cells)) == 4  # the year and three counts


def test_rows_are_sorted_by_what_a_reader_sees(server: Server) -> None:
    shown = page(server, "officials", sort="province", year="2024")
    assert 'aria-sort="ascending"' in shown
    names = column(shown, headers(shown).index("province"))
    assert names == sorted(names, key=sort_key) and len(set(names)) > 5
    falling = page(server, "officials", sort="-province", year="2024")
    assert column(falling, headers(falling).index("province"))[0] >= names[0]
    assert "sort=-province" in shown and 'aria-sort="descending"' in falling


def test_long_answers_have_pages(server: Server) -> None:
    total = len(call(server, "/questions/officials.json").json["rows"])
    seen, address = 0, "/questions/officials?lang=en"
    while address:
        shown = call(server, address, accept=BROWSER).text
        assert f"of {total}" in text(re.findall(r'<p class="count".*?</p>', shown, re.DOTALL)[0])
        seen += len(column(shown, 0))
        following = re.search(r'rel="next" href="([^"]+)"', shown)
        address = html.unescape(following[1]).partition("#")[0] if following else ""
    assert seen == total


def test_facets_count_what_they_narrow_to(server: Server) -> None:
    shown = page(server, "who-led")
    choices = re.findall(r'<li><a href="([^"]+)" data-turn>([^<]+)</a> <span class="note">(\d+)</span>', shown)
    assert {"head", "deputy", "certain", "possible", "Red River Delta"} <= {name for _, name, _ in choices}
    for address, _, count in choices:
        narrowed = call(server, html.unescape(address).partition("#")[0], accept=BROWSER).text
        assert len(column(narrowed, 0)) == int(count), address
    # Where the question itself can be asked so, it is: then a download has the same rows.
    assert any("cluster=dong-bang-song-hong" in address for address, _, _ in choices)
    chosen = page(server, "who-led", only="role:head")
    assert "role: head" in text(re.findall(r'<p class="count".*?</p>', chosen, re.DOTALL)[0])


def test_a_view_is_of_the_page_alone(server: Server) -> None:
    for name, value in (("sort", "year"), ("only", "role:head"), ("page", "2")):
        body = problem(call(server, f"/questions/who-led.csv?{name}={value}"), 400, "bad-parameter")
        assert body["parameter"] == name and "whole" in body["detail"]
    for query in ("sort=nothing", "only=nothing:x", "only=role", "page=0", "page=x", "page=" + "9" * 400):
        assert call(server, f"/questions/who-led?{query}", accept=BROWSER).status == 400, query


@pytest.mark.parametrize("suffix", ["", ".html", ".json"])
def test_a_wrong_parameter_is_told_to_people_on_the_page_and_to_programs_as_a_problem(
    server: Server, suffix: str
) -> None:
    address = f"/questions/province-led{suffix}?lang=en&provnce=nam-dinh"
    told = problem(call(server, address, accept="*/*"), 400, "bad-parameter")
    assert told["parameter"] == "provnce"
    if suffix != ".json":
        shown = call(server, address, accept=BROWSER)
        assert (shown.status, shown.media_type) == (400, "text/html")
        assert "provnce" in text(shown.text) and 'class="ask"' in shown.text


def test_where_nothing_is_known_the_nearest_years_are_offered(server: Server) -> None:
    shown = page(server, "who-led", **RIVER, year="2020")
    assert "No rows" in shown
    offered = re.findall(r'<a href="[^"]*year=(\d{4})[^"]*">\1</a>', shown)
    assert {"2019", "2022"} <= set(offered)
    assert all(column(page(server, "who-led", **RIVER, year=year), 0) for year in offered)


def test_a_range_of_years_is_those_years(server: Server) -> None:
    def rows(year: str) -> list[object]:
        return list(call(server, f"/questions/who-led.json?{urlencode({**RIVER, 'year': year})}").json["rows"])

    assert rows("2022-2024") == rows("2022–2024") == rows("2022") + rows("2023") + rows("2024")
    assert years_of("2015-2025") == range(2015, 2026)
    for bad in ("2025-2015", "2015-", "1800-2025", "2015-2016-2017", "15-25"):
        assert problem(call(server, "/questions/who-led?" + urlencode({"year": bad})), 400, "bad-parameter")
        assert years_of(bad) is None


def test_one_candidate_is_the_answer(server: Server) -> None:
    asked = {"year": "2023", "cluster": "red river"}
    assert call(server, f"/questions/who-led.json?{urlencode(asked)}").json["rows"]
    assert call(server, "/questions/who-led.json?cluster=Red+River+Delta&year=2023").json["rows"]
    # A word that is cut may be a slip, so it is asked about.
    assert problem(call(server, "/questions/who-led?province=thai+bin"), 400, "bad-parameter")["candidates"]


def test_boxes_know_names(server: Server) -> None:
    shown = page(server, "who-led", "vi", **RIVER)
    options = re.findall(r'<option value="([a-z-]+)"( selected)?>([^<]+)</option>', shown)
    assert len(options) == 9 and ("dong-bang-song-hong", " selected", "Đồng bằng sông Hồng") in options
    assert '<input type="date" name="on"' in shown and '<option value="2024">' in shown


def test_what_to_ask_next_keeps_what_was_asked(server: Server) -> None:
    shown = page(server, "who-led", **RIVER, year="2023")
    following = shown.partition('id="next"')[2]
    assert "/questions/cluster-members?cluster=dong-bang-song-hong&amp;year=2023" in following
    assert re.search(r'href="[^"]*year=2024[^"]*">2024</a>', shown)


def test_the_index_is_grouped_and_finds() -> None:
    placed = [name for group in GROUPS for name in group.names]
    assert set(placed) == set(CATALOGUE) and len(placed) == len(set(placed))
    assert sum(len(found) for _, found in grouped(CATALOGUE)) == len(CATALOGUE)
    assert {each.name for _, found in grouped(CATALOGUE, words="khen thuong") for each in found} >= {"awards"}
    assert [group.id for group, _ in grouped(CATALOGUE, about="people")] == ["people"]
    # One that nobody has put into a group is not lost.
    assert grouped({"new": CATALOGUE["awards"]})[-1][0].id == "others"


def why_of(server: Server, **given: str) -> str:
    found = re.search(r'href="(/questions/[^"]+/why\?[^"]+)"', page(server, "who-led", **given))
    assert found
    reply = call(server, html.unescape(found[1]), accept=BROWSER)
    assert reply.status == 200
    return text(reply.text)


def test_why_a_row_is_certain_or_only_possible(server: Server) -> None:
    certain = why_of(server, **RIVER, year="2023")
    assert "Why it is certain" in certain and "The source says it outright." in certain
    assert "Cluster head · Red River Delta · 2023" in certain and "01-leaders-and-members" in certain
    possible = why_of(server, cluster="dong-nam-bo", year="2018")
    assert "Why it is only possible" in possible and "So it is not certain." in possible
    assert "One text, two readings of" in possible and "2019" in possible.partition("two readings of")[2]
    problem(call(server, "/questions/who-led/why?row=nothing"), 404, "not-found")


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the articles are not beside this checkout")
def test_the_words_of_a_passage(store: Path, browser: Browser, tmp_path: Path) -> None:
    """Where the text is at hand: in the answer, behind a row, on its own page, in the timeline's dialog."""
    id_ = "18d8c37f4f6536d1"
    article = next(SEEDS.glob(f"*_{id_}.txt")).read_text(encoding="utf-8")
    (tmp_path / f"{id_}.txt").write_text(article, encoding="utf-8")
    words = " ".join(article[4315:4384].split())
    with running(copied(store, tmp_path / "store"), env={"THIDUA_SOURCE_TEXTS": str(tmp_path)}) as service:
        assert words in text(page(service, "who-led", **RIVER, year="2023", evidence="1"))
        assert words in why_of(service, **RIVER, year="2023")
        assert words in text(call(service, f"/doc/ev/{id_}_4315-4384.html").text)
        with reading(browser, f"{service.url}/timeline?lang=vi") as (shown, _):
            shown.locator("td a:has-text('Thái Bình')").first.click()
            expect(shown.locator("dialog blockquote mark").filter(has_text=words[:40])).to_be_visible()
        # A text that is not the one that was read is not quoted, and the page says so at once.
        (tmp_path / f"{id_}.txt").write_text(article.replace("Thái Bình", "Thái Nguyên"), encoding="utf-8")
        other = text(page(service, "who-led", **RIVER, year="2023", evidence="1"))
        assert "Thái Nguyên" not in other and "not the text that was read" in other
    assert words not in article[:4000]


def test_without_the_text_the_article_is_named(server: Server) -> None:
    shown = text(page(server, "who-led", **RIVER, year="2023", evidence="1"))
    assert "The words are not kept here; read them in the article." in shown
    second_hand = page(server, "who-led", **RIVER, year="2019", evidence="1")
    assert "archived copy (not checked)" in second_hand and "not read word by word" in second_hand


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_long_answers_and_reasons_let_everybody_in(server: Server, browser: Browser, size: tuple[int, int]) -> None:
    why = re.search(r'href="(/questions/[^"]+/why\?[^"]+)"', page(server, "who-led", **RIVER, year="2023"))
    assert why
    for address in (
        "/questions/officials?evidence=1&lang=en",
        "/questions/who-led?only=role:head",
        html.unescape(why[1]),
    ):
        with reading(browser, server.url + address, size=size) as (shown, _):
            assert violations(shown) == [] and not too_wide(shown), address


def test_names_are_offered_and_what_is_chosen_is_asked(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/questions/province-today?lang=vi") as (shown, _):
        box = shown.get_by_role("combobox", name="Đơn vị cấp tỉnh")
        box.press_sequentially("ninh bi")
        expect(shown.get_by_role("option")).to_have_count(2)
        box.press("ArrowDown")
        box.press("Enter")
        box.press("Enter")
        expect(shown.locator(".said")).to_contain_text("Ninh Bình")
        expect(shown).to_have_url(re.compile(r"province=ninh-binh(-2025)?$"))
        expect(shown.get_by_role("combobox", name="Đơn vị cấp tỉnh")).to_have_value(re.compile(r"^Ninh Bình \("))


def test_the_answer_turns_without_scripts_and_faster_with_them(server: Server, browser: Browser) -> None:
    for scripts in (True, False):
        with reading(browser, f"{server.url}/questions/officials?lang=en", scripts=scripts) as (shown, _):
            shown.get_by_role("link", name="Next").click()
            expect(shown.locator(".count")).to_contain_text("51–100")
            shown.get_by_role("columnheader", name="province").get_by_role("link").click()
            expect(shown.locator("th[aria-sort=ascending]")).to_contain_text("province")
            shown.go_back()
            expect(shown.locator(".count")).to_contain_text("51–100")


def test_the_index_filters_while_one_types(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/questions?lang=vi") as (shown, _):
        shown.get_by_label("Tìm câu hỏi").press_sequentially("khen thuong")
        expect(shown.get_by_role("link", name="Khen thưởng của cụm").first).to_be_visible()
        expect(shown.get_by_role("link", name="Các lần sắp xếp")).to_be_hidden()


def test_no_column_is_lost_on_paper(server: Server, browser: Browser) -> None:
    with reading(browser, f"{server.url}/questions/who-led?lang=vi&cluster=dong-bang-song-hong", size=(700, 1000)) as (
        shown,
        _,
    ):
        shown.emulate_media(media="print")
        assert shown.locator(".scroll").evaluate("each => each.scrollWidth <= each.clientWidth")
        expect(shown.locator("form.ask")).to_be_hidden()
        expect(shown.get_by_role("columnheader", name="mức chắc")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "given", "en", "vi"),
    [
        ("who-led", {"cluster": "dong-bang-song-hong", "year": "2023"},
         "Who led which cluster when: Red River Delta, 2023",
         "Ai lãnh đạo cụm nào, năm nào: Đồng bằng sông Hồng, 2023"),
        ("who-led", {"year": "2019-2023"}, "cluster when: 2019-2023", "năm nào: 2019-2023"),
        ("provinces-on", {"on": "2024-03-13"}, "March 13, 2024", "13/3/2024"),
        ("sources", {"reading": "first-hand"}, "first-hand", "đọc toàn văn"),
        ("posts-of-person", {"person": "nguyen-khac-than"}, "Nguyễn Khắc Thận", "Nguyễn Khắc Thận"),
    ],
)  # fmt: skip
def test_a_page_is_called_by_what_was_asked(server: Server, name: str, given: dict[str, str], en: str, vi: str) -> None:
    for language, expected in (("en", en), ("vi", vi)):
        markup = page(server, name, language, **given)
        title, heading = (text(markup.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]) for tag in ("title", "h1"))
        assert expected in heading and title == f"{heading} · Thi đua"
    plain = page(server, name, "en")
    assert ":" not in plain.partition("<h1>")[2].partition("</h1>")[0]


def test_a_contradiction_is_one_line_with_its_years_and_all_its_sources(server: Server) -> None:
    rows = json.loads(call(server, "/questions/conflicts.json").text)["rows"]
    matters = {(row["what"], row["subject"], row["claimA"], row["claimB"]) for row in rows}
    assert len(rows) > len(matters) >= 3
    assert all(row["yearA"] and row["yearB"] for row in rows)
    for language, counted, whole in (("en", f"{len(matters)} rows", f"(all {len(rows)} rows)"),
                                     ("vi", f"{len(matters)} dòng", f"(cả {len(rows)} dòng)")):  # fmt: skip
        markup = page(server, "conflicts", language)
        assert counted in text(markup) and whole in text(markup)
        lines = re.findall(r"<tr><td.*?</tr>", markup, re.DOTALL)
        assert len(lines) == len(matters)
        mine = next(line for line in lines if "Long An" in line)
        assert "2018, 2019" in mine and "2015, 2016" in mine
        sources = {row["sourceB"] for row in rows if row["claimA"].endswith("/long-an")}
        assert len(sources) > 3 and len(re.findall(r"<li><a href=.[^>]*/doc/src/|<li><a href=.http", mine)) == len(
            sources
        )
    told = page(server, "conflicts", "en", evidence="1")
    assert "passages" in told and 'class="quotation"' in told


@pytest.mark.parametrize("language", ["en", "vi"])
def test_units_are_of_the_page_s_language_and_years_stand_once(server: Server, language: str) -> None:
    rows = json.loads(call(server, "/questions/statistics.json").text)["rows"]
    names = {
        "tỷ đồng": "billion VND",
        "đơn vị cấp huyện": "district",
        "triệu đồng/người/năm": "million VND per person per year",
    }
    assert set(names) <= {row["unit"] for row in rows} and all(row["measure"] for row in rows)
    shown, page_, following = set(), 1, True
    while following:
        markup = page(server, "statistics", language, page=str(page_))
        heads = headers(markup)
        assert heads.count("unit" if language == "en" else "đơn vị tính") == 1
        assert "year" not in heads and "năm" not in heads
        shown |= set(column(markup, heads.index("unit" if language == "en" else "đơn vị tính")))
        page_, following = page_ + 1, 'rel="next"' in markup
    assert set(names.values() if language == "en" else names) <= shown
    assert not set(names if language == "en" else names.values()) & shown


def test_awards_can_be_added_up(server: Server) -> None:
    rows = json.loads(call(server, "/questions/awards.json").text)["rows"]
    for row in rows:
        parts = [row[name] for name in ("collectives", "individuals", "households") if row[name] is not None]
        total = row["total"]
        assert row["count"] == (total if total is not None else sum(parts) if parts else None), row
        assert row["countOf"] == ("total" if total is not None else "parts" if parts else None)
    assert sum(row["count"] or 0 for row in rows if row["year"] == 2018 and row["status"] == "given") >= 22
    assert {row["countOf"] for row in rows} == {"total", "parts", None}


def test_a_code_says_how_well_it_fits_and_whose_it_is_too(server: Server) -> None:
    rows = json.loads(call(server, "/questions/province-codes.json").text)["rows"]
    units: dict[str, set[str]] = {}
    for row in rows:
        units.setdefault(row["wikidata"], set()).add(row["province"])
    assert all(row["wikidataUnits"] == len(units[row["wikidata"]]) for row in rows if row["wikidata"])
    assert {row["wikidataMatch"] for row in rows} == {"exact", "close"}
    assert {1, 2} <= {row["wikidataUnits"] for row in rows}
    assert "the very unit" in text(page(server, "province-codes", "en")) and "gần đúng" in text(
        page(server, "province-codes", "vi")
    )


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT * WHERE {?s ?p ?o} LIMIT 2", ["s", "p", "o"]),
        ("select distinct * { ?station <urn:x> ?s . ?s ?p ?station }", ["station", "s", "p"]),
        ("SELECT ?p ?o WHERE {?s ?p ?o} LIMIT 2", ["p", "o"]),
        ("SELECT (COUNT(*) AS ?b) ?a {?s a ?a} GROUP BY ?a", ["b", "a"]),
    ],
)
def test_columns_stand_as_the_query_mentions_them(server: Server, query: str, columns: list[str]) -> None:
    markup = call(server, "/sparql?" + urlencode({"query": query, "format": "html", "lang": "en"}), accept=BROWSER).text
    found = re.findall(r'<th scope="col">([^<]*)</th>', markup)
    assert found == columns or "No rows" in markup


def test_the_editor_has_the_query_s_order_too(server: Server, browser: Browser) -> None:
    asked = urlencode({"query": "SELECT * WHERE {?s ?p ?o} LIMIT 2", "view": "table", "lang": "en"})
    with reading(browser, f"{server.url}/editor?{asked}", language="en") as (view, _):
        expect(view.locator("#answer th").first).to_be_visible()
        assert [each.strip().rstrip("↕▲▼ ") for each in view.locator("#answer thead th").all_inner_texts()] == [
            "s",
            "p",
            "o",
        ]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_header_is_empty(server: Server, language: str) -> None:
    for path in ("/versions", "/coverage", "/timeline", "/questions/who-led"):
        markup = call(server, f"{path}?lang={language}", accept=BROWSER).text
        assert all(text(each).strip() for each in re.findall(r"<th\b[^>]*>(.*?)</th>", markup, re.DOTALL)), path


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_year_of_coverage_is_cut(server: Server, browser: Browser, language: str) -> None:
    with reading(browser, f"{server.url}/coverage?lang={language}", size=DESKTOP) as (view, _):
        table = view.locator("#table")
        expect(table).to_be_visible()
        assert table.evaluate("each => each.scrollWidth <= each.clientWidth && each.scrollLeft === 0")


@pytest.mark.parametrize(("language", "told"), [("en", "that is a province"), ("vi", "đó là tỉnh")])
def test_a_name_of_another_kind_is_told_as_what_it_is(server: Server, language: str, told: str) -> None:
    for given in ({"cluster": "ninh binh"}, {"cluster": "thai binh"}):
        asked = urlencode({**given, "lang": language})
        reply = call(server, f"/questions/who-led?{asked}", accept=BROWSER)
        problem_ = text(reply.text.partition('class="problem"')[2].partition("</div>")[0])
        assert reply.status == 400 and told in problem_ and "province:" in problem_
        assert ("to be given as" in problem_) == (language == "en")
