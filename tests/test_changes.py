"""Changes in words: two versions whose difference is known, told on the page, in feeds and by the library."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser

from tests.support.browser import PHONE, follow, reading, too_wide, violations
from tests.support.http import BROWSER, call
from tests.support.second_head import contested
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.base.terms import instance
from thidua.building.build import build
from thidua.graph import KnowledgeGraph
from thidua.views.changes import in_words

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def corrected(store: Path, files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose second version has another head of one year, and another name of a movement."""
    folder = tmp_path_factory.mktemp("corrected")
    for name in ("ontology", "shapes", "data", "queries"):
        shutil.copytree(files.root / name, folder / "files" / name)
    source = folder / "files/data/sources/18d8c37f4f6536d1.ttl"
    text = source.read_text(encoding="utf-8")
    text = text.replace(
        "head:dong-bang-song-hong_2024_nam-dinh\n    org:member province:nam-dinh",
        "head:dong-bang-song-hong_2024_ha-nam\n    org:member province:ha-nam",
    ).replace("head:dong-bang-song-hong_2024_nam-dinh", "head:dong-bang-song-hong_2024_ha-nam")
    source.write_text(text, encoding="utf-8")
    movements = folder / "files/data/registry/movements.ttl"
    text = movements.read_text(encoding="utf-8")
    movements.write_text(text.replace("Bình dân học vụ số", "Bình dân học vụ số hóa"), encoding="utf-8")
    root = copied(store, folder / "store")
    build(ProjectFiles.find(folder / "files"), root, author="an editor", message="a correction")
    return root


@pytest.fixture(scope="module")
def service(corrected: Path) -> Iterator[Server]:
    with running(corrected) as server:
        yield server


def test_each_thing_is_a_sentence_with_its_source(corrected: Path) -> None:
    kg = KnowledgeGraph.open(corrected)
    words = in_words(kg.at(1), kg.at(2), "en")
    assert words.counts == {"added": 1, "changed": 1, "withdrawn": 1} and not words.nothing
    (added,), (changed,), (withdrawn,) = (words.of(what) for what in ("added", "changed", "withdrawn"))
    assert added.text == "Hà Nam headed the Red River Delta cluster in 2024"
    assert withdrawn.text == "Nam Định headed the Red River Delta cluster in 2024"
    assert added.sources == withdrawn.sources == (instance("src", "18d8c37f4f6536d1"),)
    assert words.sources[added.sources[0]].startswith("[Review of 2023")
    assert [(each.property, each.before, each.after) for each in changed.details] == [
        ("name", ("Bình dân học vụ số",), ("Bình dân học vụ số hóa",))
    ]
    assert [each.what for each in words.about(instance("province", "nam-dinh"))] == ["withdrawn"]
    assert [each.what for each in words.about(instance("cluster", "dong-bang-song-hong"))] == ["added", "withdrawn"]
    assert words.about(instance("province", "ca-mau")) == []
    told = in_words(kg.at(1), kg.at(2), "vi").of("added")[0].text
    assert told == "Hà Nam là cụm trưởng cụm Đồng bằng sông Hồng năm 2024"


def test_the_way_back_tells_the_reverse_and_a_version_differs_not_from_itself(corrected: Path) -> None:
    kg = KnowledgeGraph.open(corrected)
    back = in_words(kg.at(2), kg.at(1), "en")
    assert back.of("added")[0].text == "Nam Định headed the Red River Delta cluster in 2024"
    assert in_words(kg.at(1), kg.at(1), "en").nothing


def test_a_reader_compares_two_versions_of_their_choice(service: Server, browser: Browser) -> None:
    with reading(browser, f"{service.url}/versions?lang=en", size=PHONE) as (page, _):
        follow(page.get_by_role("button", name="Compare"))
        assert page.url.startswith(f"{service.url}/versions/2/diff?")
        assert "Hà Nam headed the Red River Delta cluster in 2024" in page.inner_text("section.added")
        assert "Review of 2023" in page.inner_text("section.added")
        assert "Nam Định headed" in page.inner_text("section.withdrawn")
        assert not too_wide(page) and violations(page) == []
        follow(page.locator("section.added a").first)
        assert page.url.startswith(f"{service.url}/doc/head/dong-bang-song-hong_2024_ha-nam")
    assert call(service, "/compare?from=1&to=1").status == 400
    assert call(service, "/compare?from=1").status == 400


def test_a_page_tells_what_differs_about_a_thing_where_its_own_statements_are_the_same(service: Server) -> None:
    page = call(service, "/doc/province/nam-dinh?lang=en", accept=BROWSER).text
    assert "Its own statements are the same as in version 1" in page
    assert "/versions/2/diff?" in page
    about = call(service, "/versions/2/diff?from=1&about=province:nam-dinh&lang=en", accept=BROWSER).text
    assert "Nam Định headed" in about and "Hà Nam headed" not in about.partition("<details")[0]
    other = call(service, "/versions/2/diff?from=1&about=province:ca-mau&lang=en", accept=BROWSER).text
    assert "Nothing about this has changed." in other


@pytest.mark.parametrize(("language", "sentence"), [
    ("vi", "Hà Nam là cụm trưởng cụm Đồng bằng sông Hồng năm 2023"),
    ("en", "Hà Nam headed the Red River Delta cluster in 2023"),
])  # fmt: skip
def test_what_another_source_states_too_and_what_follows_from_it_is_no_change(
    restated: Server, language: str, sentence: str
) -> None:
    """An edition that only gained a head: its year and its cluster are what they were."""
    page = call(restated, f"/versions/2/diff?from=1&lang={language}", accept=BROWSER).text
    told = page.partition("<main")[2].partition("<details")[0]
    assert sentence in told and told.count("<h2") == 1
    assert not re.search(r"dct:|isVersionOf|editionOf|>Đổi<|>Changed<", told)


@pytest.fixture(scope="module")
def restated(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service whose second version has another head of an edition, from a source that did not speak of it before."""
    with contested(store, tmp_path_factory.mktemp("restated"), "4bab3f486d3b71a1") as server:
        yield server


def test_feeds_tell_of_everything_and_of_one_thing(service: Server) -> None:
    def entries(path: str) -> list[ElementTree.Element]:
        reply = call(service, path)
        assert reply.media_type == "application/atom+xml"
        root = ElementTree.fromstring(reply.body)
        assert root.findtext(f"{ATOM}id") and root.findtext(f"{ATOM}updated")
        found = root.findall(f"{ATOM}entry")
        assert all(each.findtext(f"{ATOM}{name}") for each in found for name in ("id", "title", "updated"))
        return found

    newest, _ = entries("/feed.atom?lang=en")
    assert newest.findtext(f"{ATOM}title") == "Version 2: 1 added, 1 changed, 1 withdrawn"
    assert newest.findtext(f"{ATOM}author/{ATOM}name") == "an editor"
    assert "Hà Nam headed the Red River Delta cluster" in (newest.findtext(f"{ATOM}content") or "")
    (only,) = entries("/feed/province/nam-dinh.atom?lang=en")
    assert only.findtext(f"{ATOM}title") == "Version 2: 1 withdrawn"
    assert entries("/feed/province/ca-mau.atom") == []
    assert call(service, "/feed/province/nowhere.atom").status == 404


def test_a_past_version_says_so_above_its_text(service: Server) -> None:
    page = call(service, "/timeline?version=1&lang=en", accept=BROWSER).text
    assert "You are reading version 1" in page and page.index("banner") < page.index("<h1>")
    assert "You are reading" not in call(service, "/timeline?lang=en", accept=BROWSER).text
