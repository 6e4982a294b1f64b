"""What the desk offers and understands: names and their ids, passages by words, work on the disk."""

import datetime
import json
import unicodedata
from pathlib import Path

import pytest

from tests.support import articles
from thidua.base.articles import SourceText
from thidua.base.errors import NotFoundError
from thidua.extract.article import from_text
from thidua.extract.choices import Choices
from thidua.extract.facts import Fact
from thidua.extract.proposals import id_of
from thidua.extract.publishing import accepted, decisions_of, is_national
from thidua.extract.work import Item, Shelf, Work, facts_of
from thidua.graph import KnowledgeGraph
from thidua_server.html.desk_form import by_word, find_passage


@pytest.fixture(scope="module")
def choices(kg: KnowledgeGraph) -> Choices:
    return Choices.of(kg.current().select)


def test_everything_of_a_kind_is_offered_once_and_leads_back(choices: Choices) -> None:
    counts = {kind: len(those) for kind, those in choices.shown.items()}
    assert counts["province"] == 87 and counts["cluster"] == 9 and min(counts.values()) > 5, counts
    for kind, those in choices.shown.items():
        for language in ("vi", "en"):
            texts = choices.offered(kind, language)
            assert len(texts) == len(set(texts)) == len(those), (kind, language)
            for local in those:
                assert choices.find(kind, choices.text(kind, local, language)) == local
                assert choices.find(kind, local) == local


def test_units_of_one_name_have_their_days(choices: Choices) -> None:
    assert choices.text("province", "ninh-binh", "vi") == "Ninh Bình (đến 30/6/2025)"
    assert choices.text("province", "ninh-binh-2025", "en") == "Ninh Binh (since 2025-07-01)"
    assert choices.find("province", "ninh binh (từ 1/7/2025)") == "ninh-binh-2025"
    assert choices.find("province", "Ninh Bình") is None and choices.find("province", "thai binh") == "thai-binh"
    # In a sentence about a year the name is enough, where the year says which.
    assert choices.at("ninh-binh", 2024, "vi") == choices.at("ninh-binh-2025", 2026, "vi") == "Ninh Bình"
    assert choices.at("ninh-binh", 2025, "vi") != choices.at("ninh-binh-2025", 2025, "vi")
    assert choices.find("province", "nowhere") is None and choices.find("nothing", "x") is None


def test_a_passage_moves_by_words_and_keeps_one() -> None:
    source = SourceText.of("Tỉnh Nam Định, Cụm trưởng.\n𝔘 năm 2024")
    text = source.text
    span = (text.index("Nam"), text.index(","))
    assert text[slice(*by_word(source, span, "start", -1))] == "Tỉnh Nam Định"
    assert text[slice(*by_word(source, span, "start", 1))] == "Định"
    assert text[slice(*by_word(source, span, "end", 1))] == "Nam Định,"
    assert text[slice(*by_word(source, span, "end", -1))] == "Nam"
    for edge in ("start", "end"):
        for by in (-1, 1):
            moved = span
            for _ in range(20):
                moved = by_word(source, moved, edge, by)
            assert 0 <= moved[0] < moved[1] <= len(text) and text[slice(*moved)].strip()


def test_a_phrase_is_found_whatever_its_white_space() -> None:
    text = unicodedata.normalize("NFC", "Ông  Nguyễn\nVăn A,\tCụm trưởng.")
    start, end = find_passage(text, "Nguyễn Văn   A") or (0, 0)
    assert text[start:end] == "Nguyễn\nVăn A"
    start, end = find_passage(text, "guyễn Văn") or (0, 0)
    assert text[start:end] == "guyễn\nVăn"
    assert find_passage(text, "Trần") is None and find_passage(text, " ") is None
    assert find_passage(text, "x" * 3000) is None and find_passage("", "a") is None


def work(said: str = "", scope: str = "accept", value: str = "national") -> Work:
    article = from_text(articles.TEXT, url="https://example.org/1")
    items = [
        Item(id_of(article.source.id, fact), fact, said)  # type: ignore[arg-type]
        for fact in articles.facts()
        if fact.kind != "scope"
    ]
    first = Fact("scope", {"value": value})
    return Work(article, (Item("scope", first, scope), *items), "Lan", "", "2999-01-01")  # type: ignore[arg-type]


def test_only_what_was_accepted_of_a_text_about_provinces_is_published() -> None:
    assert len(accepted(work("accept"))) == len(articles.facts()) - 1
    for nothing in (work(), work("accept", ""), work("accept", "reject"), work("accept", "accept", "sector")):
        assert accepted(nothing) == []
    assert not is_national(work(scope="unsure"))
    keys = {item.key for item in work().items[1:]}
    assert accepted(work("accept"), keys) == [] and len(decisions_of(work("reject"), "Lan", keys)) == 1


def test_work_is_kept_whole_and_alone(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "desk", 14)
    lan, binh = shelf.of("Lan a"), shelf.of("Lan b")  # a later token of the same name is another one
    kept = lan.save(work("accept"))
    assert lan.open(kept.id) == kept and lan.has(kept.id) and not binh.has(kept.id)
    assert [(each.decided, each.proposals) for each in lan.all()] == [(len(kept.items), len(kept.items))]
    assert binh.all() == [] and shelf.elsewhere(kept.id, binh) == ["Lan"] and shelf.elsewhere(kept.id, lan) == []
    for wrong in ("../x", "0" * 16, "", kept.id.upper() + "/"):
        with pytest.raises(NotFoundError):
            lan.open(wrong)
        assert not lan.has(wrong)
        lan.drop(wrong)
    (file,) = (tmp_path / "desk").glob("*/*")
    file.with_name(f"{kept.id[:-1]}0.json").write_text("{broken", encoding="utf-8")
    assert len(lan.all()) == 1
    assert shelf.purge(datetime.date(2026, 1, 1)) == 1  # what cannot be read is of no use to anybody
    assert shelf.purge(datetime.date(2998, 12, 31)) == 0 and shelf.purge(datetime.date(2999, 1, 2)) == 1
    assert lan.all() == []


def test_facts_of_a_file() -> None:
    found = list(facts_of(articles.facts_file().decode(), len(articles.TEXT)))
    assert found == articles.facts()
    line = json.dumps({"kind": "role", "spans": [[0, 5]]})
    with pytest.raises(ValueError, match="line 2: a span lies outside"):
        list(facts_of('{"kind": "role"}\n' + line, 4))
