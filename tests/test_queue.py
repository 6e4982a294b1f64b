"""The queue of articles: what closes gaps of the graph first, whatever else lies in the folder."""

import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT
from thidua.base.errors import InputError
from thidua.cli.queue import known_in, print_queue, queue_of_folder
from thidua.extract.article import Article, from_text
from thidua.extract.facts import Fact
from thidua.extract.queue import Known, Queue, Read, articles_in, in_words, queue, read_all, records
from thidua.graph import KnowledgeGraph
from thidua.views.coverage import Gap, worth

NATIONAL = Fact("scope", {"value": "national"})


@pytest.fixture(scope="module")
def known(kg: KnowledgeGraph) -> Known:
    return Known.of(kg.current())


def role(cluster: str, year: int, what: str = "head", basis: Any = "stated", province: str = "kon-tum") -> Fact:
    return Fact("role", {"cluster": cluster, "year": year, "role": what, "province": province}, basis=basis)


def member(cluster: str, year: int, province: str = "kon-tum") -> Fact:
    return Fact("member", {"cluster": cluster, "year": year, "province": province})


def figure(value: object, area: str = "dien-bien", period: str = "2024") -> Fact:
    return Fact("figure", {"printed": "tăng trưởng", "area": area, "period": period, "value": value})


def read(name: str, *facts: Fact, url: str = "", text: str = "", scope: str = "national") -> Read:
    article = from_text(text or f"Bài {name}", url=url)
    return Read(Path(name), article, (Fact("scope", {"value": scope}), *facts))


def order(found: Queue) -> list[str]:
    return [str(each.path) for each in found.articles]


class TestOrder:
    def test_heads_then_deputies_then_members_then_figures(self, known: Known) -> None:
        articles = [
            read("nothing"),
            read("figures", figure("1.234,5"), figure("12")),
            read("members", member("tay-nguyen", 2019), member("tay-nguyen", 2019, "gia-lai")),
            read("deputy", role("dong-bang-song-hong", 2023, "deputy")),
            read("weak head", role("bac-trung-bo", 2024)),
            read("head", role("tay-nguyen", 2019)),
            read("two heads", role("tay-nguyen", 2020), role("tay-nguyen", 2021)),
        ]
        for shuffled in (articles, articles[::-1]):
            assert order(queue(shuffled, known)) == [
                "two heads", "head", "weak head", "deputy", "members", "figures", "nothing",
            ]  # fmt: skip

    def test_what_it_closes_is_told(self, known: Known) -> None:
        found = queue([read("a", role("bac-trung-bo", 2024), role("tay-nguyen", 2019, "deputy"))], known)
        assert found.articles[0].closes == (
            Gap("head", "bac-trung-bo", 2024, "implied"), Gap("deputy", "tay-nguyen", 2019, "unknown"),
        )  # fmt: skip
        assert in_words(found.articles[0].closes) == "bac-trung-bo 2024: head; tay-nguyen 2019: deputy"

    def test_what_is_known_as_well_closes_nothing(self, known: Known) -> None:
        facts = (
            role("dong-bang-song-hong", 2023, province="thai-binh"),
            role("bac-trung-bo", 2024, basis="implied"),  # as it stands in the graph
            member("dong-bang-song-hong", 2023, "thai-binh"),
            figure("8,7"),  # as an article has told of Điện Biên in 2024
        )
        (found,) = queue([read("a", *facts)], known).articles
        assert (found.closes, found.figures) == ((), 0)
        (found,) = queue([read("a", *facts)], Known()).articles
        assert len(found.closes) == 3 and found.figures == 1

    def test_an_implied_head_narrows_a_gap_that_a_statement_closes(self, known: Known) -> None:
        implied, stated = role("tay-nguyen", 2019, basis="implied"), role("tay-nguyen", 2019)
        found = queue([read("a", implied), read("b", stated, role("tay-nguyen", 2020))], known)
        assert order(found) == ["b", "a"] and found.articles[1].closes == ()
        found = queue([read("a", implied, role("tay-nguyen", 2020)), read("b", stated)], known)
        assert [each.closes for each in found.articles] == [
            (Gap("head", "tay-nguyen", 2019), Gap("head", "tay-nguyen", 2020)),
            (Gap("head", "tay-nguyen", 2019, "implied"),),
        ]

    def test_what_one_closes_counts_no_more_for_the_next(self, known: Known) -> None:
        heads = [role("tay-nguyen", year) for year in (2019, 2020, 2021)]
        articles = [read("three", *heads), read("two of them", *heads[:2]), read("another", role("bac-trung-bo", 2020))]
        assert order(queue(articles, known)) == ["three", "another", "two of them"]
        assert queue(articles, known).articles[2].closes == ()
        same = [read("a", figure("1.234,5")), read("b", figure("1.234,5"), figure("1.234,5")), read("c", figure("12"))]
        assert [each.figures for each in queue(same, known).articles] == [1, 1, 0]

    def test_another_scope_comes_last_and_closes_nothing(self, known: Known) -> None:
        facts = [role("tay-nguyen", 2019), member("tay-nguyen", 2019), figure("1.234,5")]
        articles = [read(scope, *facts, scope=scope, text=scope) for scope in ("sector", "province", "other")]
        found = queue([*articles, read("national")], known)
        assert order(found)[0] == "national"
        assert all(not each.closes and not each.figures for each in found.articles)

    def test_facts_that_say_too_little_close_nothing(self, known: Known) -> None:
        facts = [
            Fact("role", {"cluster": "tay-nguyen", "role": "head", "province": "kon-tum"}),
            Fact("role", {"year": 2019, "role": "head", "province": "kon-tum"}),
            Fact("role", {"cluster": "tay-nguyen", "year": 2019, "role": "head"}),
            Fact("member", {"cluster": "tay-nguyen", "year": 2019}),
            Fact("ranking", {"cluster": "tay-nguyen", "year": 2019, "province": "kon-tum", "rank": 1}),
        ]
        assert queue([read("a", *facts)], known).articles[0].closes == ()

    def test_each_article_is_the_best_of_those_left(self, known: Known) -> None:
        """By trying all that are left at every step, for queues made at random."""
        chance = random.Random(16)
        for _ in range(30):
            articles = []
            for number in range(12):
                facts = [
                    role("tay-nguyen", chance.randint(2019, 2023), chance.choice(["head", "deputy"]),
                         chance.choice(["stated", "implied"]))
                    for _ in range(chance.randint(0, 4))
                ]  # fmt: skip
                articles.append(read(f"{number:02d}", *facts))
            found, left = queue(articles, known), {str(each.path): each for each in articles}
            for place, each in enumerate(found.articles):
                # The first of a queue of what was taken and one more, by what that one more closes.
                taken = [next(a for a in articles if a.path == one.path) for one in found.articles[:place]]
                gains = {name: _gain(taken, other, known) for name, other in left.items()}
                assert gains[str(each.path)] == max(gains.values()) == worth(each.closes)
                del left[str(each.path)]


def _gain(taken: Sequence[Read], other: Read, known: Known) -> tuple[int, ...]:
    """What an article closes after others: degrees of knowledge, counted without the queue."""
    degrees = {"unknown": 0, "disputed": 1, "implied": 1, "stated": 2}

    def told(articles: Sequence[Read], key: tuple[str, str, int]) -> int:
        facts = [fact for each in articles for fact in each.facts if fact.kind == "role"]
        own = [fact for fact in facts if (fact.get("role"), fact.get("cluster"), fact.get("year")) == key]
        return max((2 if fact.basis == "stated" else 1 for fact in own), default=0)

    gaps = []
    for key in itertools.product(("head", "deputy"), ("tay-nguyen",), range(2019, 2024)):
        kind, cluster, year = key
        state = known.coverage.head(cluster, year) if kind == "head" else known.coverage.deputy(cluster, year)
        before = max(degrees[state], told(taken, key))
        if told([other], key) > before:
            gaps.append(Gap(kind, cluster, year, "unknown" if before == 0 else "implied"))  # type: ignore[arg-type]
    return worth(gaps)


@pytest.mark.parametrize("value", ["1.234,50", "1234,5", 1234.5, "1234.5"])
def test_a_figure_is_its_number_however_it_is_printed(value: object) -> None:
    (first, second) = queue([read("a", figure("1.234,5")), read("b", figure(value))], Known()).articles
    assert (first.figures, second.figures) == (1, 0)


def test_figures_of_other_places_years_and_values_are_others(known: Known) -> None:
    others = [figure("8,7", period="2023"), figure("8,7", "lao-cai"), figure("8,76"), figure("8,7", "dien-bien-2")]
    (found,) = queue([read("a", *others)], known).articles
    assert found.figures == 4


def _with(article: Article, **known: str) -> Article:
    return replace(article, source=replace(article.source, **known))


class TestKnownSources:
    def test_by_its_address_however_it_is_written(self, known: Known) -> None:
        iri, address = next(
            (iri, each) for each, iri in known.addresses.items() if known.readings[iri] == "second-hand"
        )
        (found,) = queue([read("a", url=f"http://www.{address}/?utm_source=x#top")], known).articles
        assert (found.source, found.reading) == (iri, "second-hand") or "?" in address
        (found,) = queue([read("a", url=f"https://{address}")], known).articles
        assert (found.source, found.reading) == (iri, "second-hand")

    def test_by_its_text(self, known: Known) -> None:
        assert known.source_of(from_text("Bài")) == ""
        iri = next(iri for iri, how in known.readings.items() if how == "first-hand")
        own = from_text("Bài")
        (found,) = queue([Read(Path("a"), _with(own, id=iri.rpartition("/")[2]), (NATIONAL,))], known).articles
        assert (found.source, found.reading) == (iri, "first-hand")
        # A source keeps its id when its text comes to hand, so the id need not be that of the text.
        for text, iri in known.hashes.items():
            assert known.source_of(_with(own, sha256=text)) == iri
        assert len(known.hashes) >= 5

    def test_of_two_that_close_as_much_the_unknown_one_comes_first(self, known: Known) -> None:
        address = next(iter(known.addresses))
        found = queue([read("a", url=address), read("b")], known)
        assert order(found) == ["b", "a"] and found.articles[1].source

    def test_the_same_article_twice_is_marked(self, known: Known) -> None:
        head = role("tay-nguyen", 2019)
        articles = [read("a", head, text="Một bài"), read("b", head, text="Một bài"), read("c", url="x.vn/1"),
                    read("d", url="https://x.vn/1/")]  # fmt: skip
        found = {str(each.path): each for each in queue(articles, known).articles}
        assert found["b"].same_as == Path("a") and found["d"].same_as == Path("c")
        assert found["a"].same_as is None and found["c"].same_as is None and found["b"].closes == ()


class TestFolder:
    def reader(self, path: Path) -> Article:
        text = path.read_bytes().decode()
        if "hỏng" in text:
            raise InputError(f"{path.name} holds no article")
        return from_text(text)

    def extract(self, article: Article) -> list[Fact]:
        if "lỗi" in article.text:
            raise IndexError
        return [NATIONAL, role("tay-nguyen", 2019 + len(article.text))]

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "bài"
        (folder / "trong").mkdir(parents=True)
        (folder / ".git").mkdir()
        for name, content in {
            "a.txt": "Một bài", "b.HTML": "hỏng", "c.txt": "lỗi", "trong/e.htm": "Bài khác", "ghi.json": "{}",
            ".git/x.txt": "x", ".ẩn.txt": "x",
        }.items():  # fmt: skip
            (folder / name).write_text(content, encoding="utf-8")
        (folder / "d.txt").write_bytes(b"\xff\xfe\x00")
        return folder

    def test_only_what_may_be_an_article_is_read(self, folder: Path) -> None:
        names = [str(path.relative_to(folder)) for path in articles_in(folder)]
        assert names == ["a.txt", "b.HTML", "c.txt", "d.txt", "trong/e.htm"]
        with pytest.raises(InputError, match=r"trống: no article is in it; put files ending in \.htm, "):
            empty = folder / "trống"
            empty.mkdir()
            articles_in(empty)

    def test_it_goes_on_past_what_cannot_be_read(self, folder: Path) -> None:
        steps: list[str] = []
        done, failed = read_all(articles_in(folder), self.reader, self.extract, steps.append)
        assert [each.path.name for each in done] == ["a.txt", "e.htm"]
        assert [each.path.name for each in failed] == ["b.HTML", "c.txt", "d.txt"]
        assert failed[0].why == "b.HTML holds no article" and failed[1].why == "IndexError" and "utf-8" in failed[2].why
        assert steps[0] == "reading 1 of 5: a.txt" and len(steps) == 5

    def test_a_table_with_the_failures_at_the_end(
        self, folder: Path, store: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        print_queue(queue_of_folder(folder, self.reader, self.extract, store), "table")
        out, err = capfd.readouterr()
        assert out.splitlines()[0].split() == ["file", "closes", "figures", "facts", "note"]
        assert "a.txt" in out and "e.htm" in out and "tay-nguyen" in out
        lines = err.splitlines()
        assert "reading 5 of 5: e.htm" in lines
        assert lines[-1] == "2 articles, which may close 2 gaps; 3 files not read"
        assert lines[-4].startswith("not read: ") and "b.HTML" in lines[-4]

    def test_as_json(self, folder: Path, store: Path, capfd: pytest.CaptureFixture[str]) -> None:
        found = queue_of_folder(folder, self.reader, self.extract, store)
        print_queue(found, "json")
        told = json.loads(capfd.readouterr().out)
        assert told == records(found) and len(told["unread"]) == 3
        first = told["articles"][0]
        assert first["closes"][0]["kind"] == "head" and first["scope"] == "national" and first["facts"] == 2

    def test_without_a_graph_every_gap_is_open(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        assert known_in(tmp_path / "none") == Known()
        assert "every gap counts as open" in capfd.readouterr().err

    def test_names_are_no_markup(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        print_queue(queue([read("[red]x.txt")], Known()), "table")
        assert "[red]x.txt" in capfd.readouterr().out


def test_the_page_tells_of_every_field() -> None:
    described = (ROOT / "docs" / "collecting.md").read_text(encoding="utf-8")
    (record,) = records(queue([read("a")], Known()))["articles"]
    assert [name for name in record if f"| `{name}` |" not in described] == []
