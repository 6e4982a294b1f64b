"""A thing is called the same on every page: by one function, in each language one spelling."""

import re
from html import unescape

import pytest

from tests.support.http import BROWSER, call
from tests.support.service import Server
from thidua.base.files import ProjectFiles
from thidua.graph import KnowledgeGraph
from thidua_server.html import words

#: Spellings without marks, which the data has for programs and for search.
PLAIN = ("Hai Duong", "Ha Nam", "Nam Dinh", "Thai Binh", "Binh Thuan", "Dong Nai", "Ninh Binh", "Hung Yen")
PAGES = (
    "/doc/cluster/dong-bang-song-hong.html", "/doc/province/ninh-binh-2025.html", "/doc/person/nguyen-khac-than.html",
    "/doc/edition/dong-bang-song-hong_2023.html", "/doc/head/dong-nam-bo_2018_dong-nai.html", "/timeline", "/coverage",
    "/questions/who-led", "/questions/officials", "/questions/conflicts", "/map?year=2024",
    "/cite?thing=head:dong-bang-song-hong_2023_thai-binh", "/cite?question=province-today&province=thai-binh",
)  # fmt: skip


def text_of(server: Server, address: str, language: str) -> str:
    """What a reader sees above the table of all statements, which quotes the graph."""
    page = call(server, f"{address}{'&' if '?' in address else '?'}lang={language}", accept=BROWSER)
    assert page.status == 200, address
    main = page.text.partition("<main")[2].partition("</main>")[0].partition(">Statements</h2>")[0]
    main = main.partition(">Các phát biểu</h2>")[0]
    return re.sub(
        r"\s+",
        " ",
        unescape(re.sub(r"<(?:script|dialog|form).*?</(?:script|dialog|form)>|<[^>]*>", " ", main, flags=re.DOTALL)),
    )


@pytest.mark.parametrize("address", PAGES)
def test_places_have_their_marks_and_clusters_are_short_in_english_too(server: Server, address: str) -> None:
    said = text_of(server, address, "en")
    assert not [name for name in PLAIN if name in said]
    said = said.partition("Also called:")[0] + said.partition("Also called:")[2].partition("Heads and deputies")[2]
    # Titles of articles speak of clusters as their authors do.
    assert not re.search(r"(?<!the )(?:Red River Delta|South-East|North Central) emulation cluster", said)


def test_the_name_of_a_unit_in_that_of_its_post_is_spelled_as_the_unit(server: Server) -> None:
    page = text_of(server, "/doc/post/chu-tich-ubnd-tinh_binh-thuan.html", "en")
    assert "Chair of the provincial People's Committee, Bình Thuận" in page and "Binh Thuan" not in page
    assert "Party Standing Committee of Hà Nội" in text_of(server, "/doc/body/ban-thuong-vu-tinh-uy_ha-noi.html", "en")


@pytest.mark.parametrize(("language", "then", "now"), [
    ("vi", "Ninh Bình (đến ngày 30/6/2025)", "Ninh Bình (từ ngày 1/7/2025)"),
    ("en", "Ninh Bình (until June 30, 2025)", "Ninh Bình (since July 1, 2025)"),
])  # fmt: skip
def test_two_units_of_one_name_tell_themselves_apart(server: Server, language: str, then: str, now: str) -> None:
    for id_, name in (("ninh-binh", then), ("ninh-binh-2025", now)):
        page = call(server, f"/doc/province/{id_}.html?lang={language}").text
        assert f"<h1>{name}</h1>" in page and f"{name} ·" in page.partition("</title>")[0]
    assert "<h1>Cao Bằng</h1>" in call(server, f"/doc/province/cao-bang.html?lang={language}").text


@pytest.mark.parametrize(("language", "edition", "kind", "province"), [
    ("vi", "Đồng bằng sông Hồng, 2023", "Kỳ hoạt động của cụm", "Đơn vị cấp tỉnh"),
    ("en", "Red River Delta, 2023", "cluster edition", "province"),
])  # fmt: skip
def test_a_kind_is_the_most_specific_class_alone(
    server: Server, language: str, edition: str, kind: str, province: str
) -> None:
    def trail(page: str) -> str:
        return re.sub(r"<[^>]*>", "", page.partition('<p class="trail">')[2].partition("</p>")[0])

    page = call(server, f"/doc/edition/dong-bang-song-hong_2023.html?lang={language}").text
    assert f"<h1>{edition}</h1>" in page and trail(page) == kind
    assert trail(call(server, f"/doc/province/thai-binh.html?lang={language}").text) == province
    assert trail(call(server, f"/doc/person/nguyen-khac-than.html?lang={language}").text) in ("Cá nhân", "person")
    # A concept, whose class is not ours, by its scheme.
    concept = trail(call(server, f"/doc/concept/region-dong-bang-song-hong.html?lang={language}").text)
    assert concept in ("khái niệm, Vùng kinh tế - xã hội", "concept, Socio-economic regions")


@pytest.mark.parametrize(("language", "own"), [
    ("vi", ["Cụm thi đua các tỉnh Đồng bằng sông Hồng"]), ("en", ["Red River Delta emulation cluster"])
])  # fmt: skip
def test_aliases_are_names_that_differ_in_more_than_writing(server: Server, language: str, own: list[str]) -> None:
    def aliases(path: str) -> list[str]:
        page = call(server, f"/doc/{path}.html?lang={language}").text
        found = re.search(r"<p>(?:Còn gọi là|Also called): (.*?)</p>", page)
        return re.sub(r"<[^>]*>", "", found[1]).split("; ") if found else []

    assert aliases("cluster/dong-bang-song-hong") == own
    for path in ("province/ninh-binh", "province/ninh-binh-2025", "person/nguyen-khac-than"):
        assert aliases(path) == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_years_have_no_separators(server: Server, language: str) -> None:
    for path in ("edition/dong-bang-song-hong_2024", "movement/ca-nuoc-xoa-nha-tam"):
        found = call(server, f"/doc/{path}.html?lang={language}", accept=BROWSER)
        assert found.status == 404 or not re.search(r">\s*[12][.,]\d{3}\s*<", found.text)
    page = call(server, f"/doc/edition/dong-bang-song-hong_2024.html?lang={language}").text
    assert re.search(r"<dt>(?:năm|year)</dt><dd>2024</dd>", page)


def test_every_property_and_column_of_years_is_known(files: ProjectFiles, kg: KnowledgeGraph) -> None:
    """By what they are called: a new one must be listed, or left out here with a reason."""
    counts = {"years", "yearsAfter", "editionYears"}
    text = (files.root / "ontology/thidua.ttl").read_text(encoding="utf-8")
    named = set(re.findall(r"^td:(\w*[yY]ear\w*)$", text, re.MULTILINE))
    named |= {column.name for question in kg.questions.values() for column in question.columns if "ear" in column.name}
    assert {name for name in named if re.search(r"[yY]ear", name) and not words.is_year(name)} <= counts
    assert words.is_year("https://w3id.org/thidua/ontology#fromYear") and not words.is_year("td:yearsAfter")


@pytest.mark.parametrize(("language", "cluster"), [("vi", "Đồng bằng sông Hồng"), ("en", "Red River Delta")])
def test_search_calls_things_as_their_pages_do(server: Server, language: str, cluster: str) -> None:
    page = call(server, f"/search?q=red+river+delta&kind=cluster&lang={language}", accept=BROWSER).text
    assert f'">{cluster}</a></h2>' in page
    page = call(server, f"/search?q=ninh+binh&kind=province&lang={language}", accept=BROWSER).text
    since = "từ" if language == "vi" else "since"
    assert f">Ninh Bình ({since} 2025)</a>" in page and ">Ninh Bình</a>" in page
