"""The collecting list: which cluster-years lack a head, what an article on them closes, and by what it is found."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser

from tests.support.browser import PHONE, follow, reading, too_wide, violations
from tests.support.http import call, problem
from tests.support.paths import ROOT
from tests.support.service import Server
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, TD
from thidua.cli.wanted import wanted_command
from thidua.graph import KnowledgeGraph
from thidua.views.coverage import Coverage, Gap, coverage, worth
from thidua.views.wanted import COLUMNS, FIRST, Wanted, core, records, rows, wanted
from thidua.write.request import Write
from thidua.write.transaction import Writer


@pytest.fixture(scope="module")
def entries(kg: KnowledgeGraph) -> list[Wanted]:
    return wanted(kg.current())


@pytest.fixture(scope="module")
def known(kg: KnowledgeGraph) -> Coverage:
    return coverage(kg.current())


def entry(entries: list[Wanted], cluster: str, year: int) -> Wanted:
    (found,) = [each for each in entries if (each.cluster, each.year) == (cluster, year)]
    return found


class TestCoverage:
    def test_how_far_a_head_is_known(self, known: Coverage) -> None:
        # By an article read whole; by one read at second hand, which states it all the same; by inference alone; in two
        # ways; by a source that names no head; by none.
        assert known.head("dong-bang-song-hong", 2023) == "stated"
        assert known.head("thanh-pho-truc-thuoc-trung-uong", 2017) == "stated"
        assert known.head("bac-trung-bo", 2024) == "implied"
        assert known.head("dong-nam-bo", 2018) == "disputed"
        assert known.head("dong-bang-song-hong", 2016) == "unknown"
        assert known.head("dong-bang-song-hong", 2017) == "unknown"

    def test_gaps_of_a_year(self, known: Coverage) -> None:
        cluster = "dong-bang-song-hong"
        assert known.gaps(cluster, 2023) == (Gap("deputy", cluster, 2023),)
        assert known.gaps(cluster, 2018) == (Gap("deputy", cluster, 2018), Gap("members", cluster, 2018))
        assert known.gaps("bac-trung-bo", 2024)[0] == Gap("head", "bac-trung-bo", 2024, "implied")
        assert known.gaps("bac-trung-bo", 2024)[1] == Gap("deputy", "bac-trung-bo", 2024, "implied")

    def test_a_head_nobody_knows_is_worth_more_than_many_others(self) -> None:
        head, weak = Gap("head", "a", 2020), Gap("head", "a", 2020, "implied")
        deputy, members = Gap("deputy", "a", 2020), Gap("members", "a", 2020)
        assert (
            worth([head]) > worth([weak] * 9) > worth([weak]) > worth([deputy] * 9) > worth([members] * 9) > worth([])
        )

    def test_of_a_meeting_the_most_exact_day_is_told(self, known: Coverage) -> None:
        (review,) = [
            each for each in known.meetings["dong-bang-song-hong"] if (each.kind, each.year) == ("annual", 2023)
        ]
        assert review.date == "2024-03-13" and review.place.endswith("/thai-binh") and len(review.sources) == 3


class TestEntries:
    def test_every_cluster_year_that_lacks_a_head_or_deputies(self, entries: list[Wanted], known: Coverage) -> None:
        listed = {(each.cluster, each.year) for each in entries}
        assert len(listed) == len(entries)
        last = max(year for _, year in known.editions)
        for row in known.table.rows:
            for year in range(FIRST, last + 1):
                settled = {known.head(row.key, year), known.deputy(row.key, year)} == {"stated"}
                assert ((row.key, year) in listed) == (not settled)
        assert ("trung-du-mien-nui-phia-bac", 2017) not in listed  # whose head and deputy are both stated

    def test_what_closes_most_comes_first(self, entries: list[Wanted]) -> None:
        ranks = [(worth(each.closes)[:-1], bool(each.read_whole)) for each in entries]
        assert ranks == sorted(ranks, reverse=True) and len(set(ranks)) > 3

    def test_an_article_closes_gaps_of_two_years(self, entries: list[Wanted]) -> None:
        years = {gap.year for gap in entry(entries, "tay-nguyen", 2019).closes}
        assert years == {2019, 2020}
        # The next year's head is stated: nothing to close there but what is missing.
        closes = entry(entries, "dong-bang-song-hong", 2022).closes
        assert [gap.kind for gap in closes if gap.year == 2023] == ["deputy"]

    def test_the_nearest_conference_with_its_source(self, entries: list[Wanted]) -> None:
        found = entry(entries, "thanh-pho-truc-thuoc-trung-uong", 2020)
        assert found.conference and found.source
        assert (found.conference.kind, found.conference.date, found.place) == ("annual", "2021-04-09", "Hà Nội")
        assert found.source.url.startswith("http")
        # A year without one has that of the year before, which opened it, rather than that of the year after.
        before = entry(entries, "mien-nui-bien-gioi-phia-bac", 2023).conference
        assert before and (before.kind, before.year) == ("mid-year", 2022)

    def test_articles_known_from_excerpts_are_to_be_read_whole(self, entries: list[Wanted]) -> None:
        found = entry(entries, "tay-nam-bo", 2023)
        assert found.read_whole and all(each.reading == "second-hand" and each.url for each in found.read_whole)
        assert entry(entries, "tay-nguyen", 2023).read_whole == ()
        # The report on the conference that opened a year tells who took over for it.
        opened = entry(entries, "bac-trung-bo", 2019)
        assert opened.conference and (opened.conference.kind, opened.conference.year) == ("annual", 2018)
        assert {each.iri for each in opened.read_whole} == set(opened.conference.sources)

    def test_members_and_what_is_only_implied_are_told(self, entries: list[Wanted]) -> None:
        found = entry(entries, "bac-trung-bo", 2024)
        assert (found.head, found.heads, found.deputies) == ("implied", ("Thừa Thiên Huế",), ("Hà Tĩnh",))
        assert len(found.members) == 6 and "Nghệ An" in found.members

    def test_likely_hosts(self, entries: list[Wanted], kg: KnowledgeGraph) -> None:
        # Who was host is known; a head is host of its review; a deputy of the year before may lead now.
        assert entry(entries, "thanh-pho-truc-thuoc-trung-uong", 2021).hosts[0] == "Hồ Chí Minh"
        assert entry(entries, "tay-nam-bo", 2020).hosts[:2] == ("Hậu Giang", "Đồng Tháp")
        assert entry(entries, "bac-trung-bo", 2017).hosts[0] == "Quảng Trị"
        # Else members whose turn it may be: none that led in the three years around.
        assert "Nghệ An" not in entry(entries, "bac-trung-bo", 2019).hosts
        # A review of 2025 is held by units of 2025.
        units = {name for each in entries if each.year == 2025 for name in each.hosts}
        now = {
            label.value
            for row in kg.ask("provinces-on", {"on": "2026-03-01"}).records
            if (label := row["provinceLabel"])
        }
        assert units and units <= now


class TestSearchWords:
    def test_names_in_quotes_and_both_years(self, entries: list[Wanted]) -> None:
        found = entry(entries, "tay-nguyen", 2019).search
        assert found["review"] == (
            '("Cụm thi đua các tỉnh Tây Nguyên" OR "Cụm thi đua Tây Nguyên") "tổng kết" 2019 "giao ước thi đua" 2020'
        )
        assert found["short"] == '"cụm thi đua" "Tây Nguyên" "tổng kết" 2019 "cụm trưởng" 2020'
        assert found["midYear"] == '"cụm thi đua" "Tây Nguyên" "sơ kết" "6 tháng đầu năm 2019"'

    def test_the_day_as_articles_print_it(self, entries: list[Wanted]) -> None:
        words = entry(entries, "thanh-pho-truc-thuoc-trung-uong", 2020).search["place"]
        assert " 9/4/2021 (" in words and '"Hà Nội"' in words
        assert " 2020 (" in entry(entries, "tay-nguyen", 2019).search["place"]

    def test_quotes_are_even_and_nothing_is_empty(self, entries: list[Wanted]) -> None:
        for each in entries:
            for words in each.search.values():
                assert words.count('"') % 2 == 0 and '""' not in words and "()" not in words

    @pytest.mark.parametrize(
        ("name", "short"),
        [
            ("Cụm thi đua các tỉnh miền Đông Nam Bộ", "Đông Nam Bộ"),
            ("Cụm Thi đua 7 tỉnh miền núi biên giới phía Bắc", "miền núi biên giới phía Bắc"),
            ("Cụm thi đua các tỉnh, thành phố Bắc Trung Bộ", "Bắc Trung Bộ"),
            ("cụm 5 thành phố", "5 thành phố"), ("Cụm", "Cụm"), (" ", ""), ("", ""),
        ],
    )  # fmt: skip
    def test_the_short_name(self, name: str, short: str) -> None:
        assert core(name) == short


def test_a_closed_gap_leaves_the_list(store: Path, tmp_path: Path) -> None:
    """Once a source states the head and a deputy, nobody has to look for them."""
    own = copied(store, tmp_path / "store")
    term = "{name}:tay-nguyen_2019_{unit} org:member province:{unit} ; td:statedBy ev:fc4f76211082579c ."
    text = f"""
        PREFIX td: <{TD}> PREFIX org: <http://www.w3.org/ns/org#>
        PREFIX edition: <https://w3id.org/thidua/id/edition/> PREFIX head: <https://w3id.org/thidua/id/head/>
        PREFIX deputy: <https://w3id.org/thidua/id/deputy/> PREFIX province: <https://w3id.org/thidua/id/province/>
        PREFIX cluster: <https://w3id.org/thidua/id/cluster/> PREFIX ev: <https://w3id.org/thidua/id/ev/>
        INSERT DATA {{ GRAPH <{GRAPH}fc4f76211082579c> {{
          edition:tay-nguyen_2019 td:editionOf cluster:tay-nguyen ; td:year 2019 ;
            td:headTerm head:tay-nguyen_2019_kon-tum ; td:deputyTerm deputy:tay-nguyen_2019_dak-lak ;
            td:statedBy ev:fc4f76211082579c .
          {term.format(name="head", unit="kon-tum")} {term.format(name="deputy", unit="dak-lak")} }} }}"""
    Writer(own, ProjectFiles.find(ROOT)).write(Write("update", text=text))
    after = wanted(KnowledgeGraph.open(own).current())
    years = {each.year for each in after if each.cluster == "tay-nguyen"}
    assert 2019 not in years and 2018 in years
    assert {gap.kind for gap in entry(after, "tay-nguyen", 2018).closes if gap.year == 2019} == {"members"}


class TestAsATable:
    def test_rows_have_the_columns_of_the_page(self, entries: list[Wanted]) -> None:
        described = (ROOT / "docs" / "collecting.md").read_text(encoding="utf-8")
        for row, record in zip(rows(entries), records(entries), strict=True):
            named = dict(zip(COLUMNS, row, strict=True))
            assert (named["cluster"], named["year"]) == (record["cluster"], record["year"])
            assert named["searchReview"] == record["search"]["review"]
            assert named["readWhole"] == "; ".join(record["readWhole"])
        assert [name for name in COLUMNS if f"| `{name}` |" not in described] == []

    def test_a_year_without_any_conference(self, entries: list[Wanted]) -> None:
        bare = replace(entries[0], conference=None, source=None, place="")
        named = dict(zip(COLUMNS, next(iter(rows([bare]))), strict=True))
        assert named["conference"] == named["conferenceSource"] == named["conferenceYear"] == ""


class TestService:
    def test_by_negotiation_and_by_suffix(self, server: Server, entries: list[Wanted]) -> None:
        for reply in (
            call(server, "/coverage/wanted", accept="text/csv"), call(server, "/coverage/wanted.csv"),
        ):  # fmt: skip
            assert (reply.status, reply.media_type) == (200, "text/csv")
            told = list(csv.DictReader(io.StringIO(reply.text)))
            assert tuple(told[0]) == COLUMNS
            assert [(each["cluster"], int(each["year"])) for each in told] == [(e.cluster, e.year) for e in entries]
        listed = call(server, "/coverage/wanted", accept="application/json")
        assert listed.json["wanted"] == list(records(entries)) and listed.json["version"] == 1
        assert listed.headers["Content-Location"].endswith("/coverage/wanted.json")
        assert call(server, "/coverage/wanted.json").json == listed.json
        assert call(server, "/coverage/wanted", accept="text/html").media_type == "text/html"
        assert call(server, "/coverage/wanted", accept="text/turtle").status == 406

    def test_it_is_asked_again_only_when_it_changed(self, server: Server) -> None:
        tag = call(server, "/coverage/wanted.csv").headers["ETag"]
        assert call(server, "/coverage/wanted.csv", headers={"If-None-Match": tag}).status == 304
        assert call(server, "/coverage/wanted.json", headers={"If-None-Match": tag}).status == 200

    def test_one_cluster_from_a_year(self, server: Server) -> None:
        for name in ("tay-nguyen", "Cụm thi đua các tỉnh Tây Nguyên", "tay nguyen"):
            found = call(server, f"/coverage/wanted.json?from=2020&cluster={quote(name)}").json["wanted"]
            assert {each["cluster"] for each in found} == {"tay-nguyen"} and {each["year"] for each in found} == set(
                range(2020, 2026)
            )

    @pytest.mark.parametrize("query", ["from=1900", "from=20", "from=20x0", "cluster=nowhere", "cluster=thai-binh"])
    def test_nonsense_is_told(self, server: Server, query: str) -> None:
        reply = problem(call(server, f"/coverage/wanted.csv?{query}"), 400, "bad-parameter")
        assert reply["parameter"] == query.partition("=")[0]
        page = call(server, f"/coverage/wanted?{query}", accept="text/html")
        assert page.status == 400 and "<form" in page.text and "aria-invalid" in page.text

    def test_the_page(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/coverage/wanted?cluster=bac-trung-bo&version=1", scripts=False) as (
            page,
            _,
        ):
            item = page.locator("#bac-trung-bo-2024")
            text = " ".join(item.inner_text().split())
            assert "Bắc Trung Bộ, 2024" in text and "chỉ hàm ý: Thừa Thiên Huế" in text
            assert "tổng kết 2024, 11/3/2025" in text and "2024: cụm trưởng, cụm phó" in text
            words = item.locator("code").first.inner_text()
            engine = urlsplit(str(item.locator(".words a").first.get_attribute("href")))
            assert parse_qs(engine.query)["q"] == [words] and item.locator(".words a[rel~=noreferrer]").count() == 4
            page.get_by_role("link", name="CSV").wait_for()
            taken = str(page.get_by_role("link", name="CSV").get_attribute("href"))
            assert parse_qs(urlsplit(taken).query) == {"cluster": ["bac-trung-bo"], "version": ["1"]}
            assert len(call(server, taken).text.splitlines()) == 1 + page.locator(".wanted > li").count()
        with reading(browser, server.url + "/coverage/wanted?lang=en", size=PHONE) as (page, _):
            assert "only implied: Thừa Thiên Huế" in page.locator("#bac-trung-bo-2024").inner_text()
            assert violations(page) == [] and not too_wide(page)

    def test_a_gap_of_the_grid_leads_to_its_entry(self, server: Server, browser: Browser) -> None:
        with reading(browser, server.url + "/coverage?lang=en", scripts=False) as (page, _):
            page.get_by_role("link", name="Articles wanted").wait_for()
            years = page.locator("#table thead th").all_inner_texts()
            row = page.locator("#table tbody tr", has_text="Red River Delta").locator("th, td")
            assert row.nth(years.index("2014")).locator("a").count() == 0  # before anything is collected
            for year in ("2016", "2017"):
                href = str(row.nth(years.index(year)).locator("a").get_attribute("href"))
                assert href == f"/coverage/wanted?cluster=dong-bang-song-hong&lang=en#dong-bang-song-hong-{year}"
            follow(row.nth(years.index("2017")).locator("a"))
            assert page.locator("#dong-bang-song-hong-2017").count() == 1


class TestCommand:
    def test_the_same_list(self, store: Path, entries: list[Wanted]) -> None:
        run = CliRunner().invoke(wanted_command, ["--store", str(store), "--format", "csv", "--limit", "3"])
        assert run.exit_code == 0, run.output
        told = list(csv.DictReader(io.StringIO(run.stdout)))
        assert [(each["cluster"], int(each["year"])) for each in told] == [(e.cluster, e.year) for e in entries[:3]]
        assert "3 cluster-years" in run.stderr

    def test_a_text_for_people(self, store: Path) -> None:
        run = CliRunner().invoke(
            wanted_command, ["--store", str(store), "--cluster", "tay nguyen", "--format", "text", "--from", "2023"]
        )
        assert run.exit_code == 0, run.output
        first = "1. tay-nguyen, closes 2024: head, deputy, members; 2025: head, deputy, members"
        assert run.stdout.splitlines()[0] == first and '   search for: "cụm thi đua" "Tây Nguyên"' in run.stdout

    def test_an_unknown_cluster_is_told(self, store: Path) -> None:
        run = CliRunner().invoke(wanted_command, ["--store", str(store), "--cluster", "nowhere"])
        assert run.exit_code == 2 and "nowhere" in run.stderr
