"""What sources contradict is marked where it is told: in the tables of things' pages, and in the timeline's dialog."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import reading, too_wide, violations
from tests.support.http import BROWSER, call
from tests.support.second_head import contested
from tests.support.service import Server
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell
from thidua.views.disputes import Dispute, disputes

CLUSTER = "cluster/dong-bang-song-hong"
DIFFER = {"vi": "các nguồn nói khác nhau", "en": "sources differ"}
READINGS = {"vi": "một văn bản, hai cách đọc", "en": "one text, two readings"}
BOTH = {"vi": "thuộc hai cụm", "en": "in two clusters"}


@pytest.fixture(scope="module")
def disputed(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with a second version, in which two sources name different heads of the Red River Delta in 2023."""
    with contested(store, tmp_path_factory.mktemp("disputed")) as service:
        yield service


def marked(server: Server, path: str, language: str) -> list[str]:
    """The rows of a page that are marked; each mark leads to a section of that page."""
    page = call(server, f"/doc/{path}.html?lang={language}").text
    found = []
    for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL):
        if mark := re.search(r'<a href="#([^"]*)"[^>]*>≠', row):
            assert f'<h2 id="{mark[1]}"' in page
            found.append(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row)).strip())
    return found


@pytest.mark.parametrize("language", ["vi", "en"])
def test_rows_that_sources_contradict_are_marked_and_lead_to_both_claims(disputed: Server, language: str) -> None:
    rows = marked(disputed, CLUSTER, language)
    assert len(rows) == 2 and all(row.startswith("2023") and f"≠ {DIFFER[language]}" in row for row in rows)
    assert any("Thái Bình" in row or "Thai Binh" in row for row in rows)
    rows = marked(disputed, "cluster/dong-nam-bo", language)
    assert [row[:4] for row in rows] == ["2018", "2019"] and all(f"≠ {READINGS[language]}" in row for row in rows)
    # The same on the pages of the units, and of the year.
    assert len(marked(disputed, "province/dong-nai", language)) == 2
    assert len(marked(disputed, "edition/dong-bang-song-hong_2023", language)) == 2
    rows = marked(disputed, "province/hue", language)
    assert len(rows) == 2 and all(f"≠ {BOTH[language]}" in row for row in rows)
    assert "conflicts-1" in call(disputed, f"/doc/head/dong-nam-bo_2018_dong-nai.html?lang={language}").text
    # What nobody contradicts is not marked: the first version has one head of that year.
    assert not marked(disputed, "province/cao-bang", language)
    assert "≠" not in call(disputed, f"/doc/{CLUSTER}.html?lang={language}&version=1").text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_cluster_begins_with_its_years_in_a_row(disputed: Server, language: str) -> None:
    page = call(disputed, f"/doc/{CLUSTER}.html?lang={language}").text
    strip = page.partition('<ol class="years"')[2].partition("</ol>")[0]
    years = {}
    for state, text in re.findall(r'<li class="(\w+)">(.*?)</li>', strip, re.DOTALL):
        said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)).strip()
        years[int(said[:4])] = (state, said[5:])
    assert sorted(years) == list(range(min(years), max(years) + 1))  # with those of which nothing is known
    unknown, nothing = {"vi": ("? chưa rõ", "– không có tin"), "en": ("? not known", "– nothing known")}[language]
    assert years[2016] == ("unknown", unknown) and years[2017] == ("none", nothing)
    assert years[2018] == ("certain", "Hà Nam") and years[2019][0] == "possible"
    assert years[2023][0] == "disputed" and years[2023][1].startswith("Hà Nam ≠ Thái Bình")
    assert 'href="/doc/edition/dong-bang-song-hong_2018' in strip
    assert page.index('<ol class="years"') < page.index('aria-labelledby="who-led-1"')


@pytest.mark.parametrize("language", ["vi", "en"])
def test_rows_of_answers_are_marked_too(disputed: Server, language: str) -> None:
    def rows(question: str) -> list[str]:
        page = call(disputed, f"/questions/{question}&lang={language}", accept=BROWSER).text
        return [re.sub(r"\s+", " ", row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if "≠ " in row]

    led = rows("who-led?cluster=dong-bang-song-hong")
    assert led and all(DIFFER[language] in row and ("2023" in row) for row in led)
    assert len({name for row in led for name in ("Hà Nam", "Thái Bình") if name in row}) == 2
    read = rows("who-led?cluster=dong-nam-bo&year=2018")
    assert len(read) == 1 and READINGS[language] in read[0] and "2019" in read[0]
    assert not rows("who-led?cluster=dong-bang-song-hong&version=1")


def test_the_marks_can_be_read_on_a_phone_too(disputed: Server, browser: Browser) -> None:
    with reading(browser, f"{disputed.url}/doc/{CLUSTER}?lang=en", size=(375, 800)) as (page, _):
        assert not too_wide(page)
        assert violations(page) == []
        page.locator("a", has_text=f"≠ {DIFFER['en']}").first.click()
        expect(page.locator(":target")).to_have_text("Where sources differ")


@pytest.mark.parametrize(("language", "said", "or_else"), [
    ("vi", "Các nguồn nêu những cụm trưởng khác nhau", "Một văn bản, hai cách đọc: cũng có thể là năm 2019."),
    ("en", "Sources name different heads", "One text, two readings: it may also mean 2019."),
])  # fmt: skip
def test_the_dialog_says_that_sources_differ(
    disputed: Server, browser: Browser, language: str, said: str, or_else: str
) -> None:
    for cluster, year, text in (("dong-bang-song-hong", 2023, said), ("dong-nam-bo", 2018, or_else)):
        address = f"{disputed.url}/timeline?lang={language}&cluster={cluster}&from={year}&to={year}"
        with reading(browser, address) as (page, _):
            page.locator("#table td.disputed a").first.click()
            expect(page.locator("dialog .against")).to_contain_text(f"≠ {text}")


def test_of_two_pairs_in_one_row_it_is_not_told_which_claims_what() -> None:
    row = {"what": Cell("head", "literal"), "claimA": Cell("a", "iri"), "claimB": Cell("b", "iri")}
    lists = row | {"what": Cell("member list", "literal")}
    one = disputes(Rows("conflicts", tuple(row), [row, lists], behind=[("r1", "r2"), ("r3", "r4")]))
    assert one == {"r1": [Dispute("head", row["claimB"])], "r2": [Dispute("head", row["claimA"])]}
    two = disputes(Rows("conflicts", tuple(row), [row], behind=[("r1", "r2", "r3")]))
    assert two == {name: [Dispute("head", None)] for name in ("r1", "r2", "r3")}
