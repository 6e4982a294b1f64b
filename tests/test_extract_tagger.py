"""The tagger: what noted facts label, what is learnt from them and from decisions, and when it gets a voice."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import thidua
from tests.support.pace import within
from thidua.base.errors import InputError
from thidua.base.files import ProjectFiles
from thidua.extract.article import from_text
from thidua.extract.decisions import Decision
from thidua.extract.facts import Fact
from thidua.extract.grounding import Ground
from thidua.extract.learning import Measured, Noted, learn, of_corpus, of_decisions
from thidua.extract.lexicon import Lexicon
from thidua.extract.tagger import Kind, Tagger, candidates
from thidua.extract.tagging import labels, sequences
from thidua.extract.voices import beside, extract_by

pytest.importorskip("pycrfsuite", reason="the extra learn is not installed")

LEAD = """Cụm thi đua các tỉnh Bắc Trung Bộ tổng kết năm 2022

Ngày 15/3/2023, tại tỉnh Nghệ An, Cụm thi đua các tỉnh Bắc Trung Bộ tổ chức hội nghị tổng kết công tác thi đua \
năm 2022 và ký kết giao ước thi đua năm 2023. Cụm gồm 6 tỉnh: Thanh Hóa, Nghệ An, Hà Tĩnh, Quảng Bình, Quảng Trị và \
Thừa Thiên Huế.

"""
#: A way of measuring that no rule knows: words for a unit that are none of the rules'.
UNITS = ("bao thóc", "giỏ ốc", "chum mật", "gánh rơm")


def article(number: int) -> tuple[str, list[dict[str, Any]]]:
    """A text with figures in units that nobody counts in, and the facts of it."""
    unit = UNITS[number % len(UNITS)]
    value, other = str(1000 + 37 * number)[:1] + "." + f"{100 + 7 * number:03}", str(11 + number)
    text = LEAD + (
        f"Sản lượng lúa mùa của cả vùng đạt {value} {unit}. Sản lượng lúa nếp của tỉnh Hà Tĩnh đạt {other} {unit}. "
        f"Có {number + 3} đại biểu ngồi ở hàng ghế thứ {number + 2}.\n"
    )
    facts: list[dict[str, Any]] = [{"kind": "scope", "value": "national", "basis": "stated", "quotes": []}]
    facts += [
        {"kind": "figure", "printed": printed, "value": number_, "unit": unit, "basis": "implied",
         "quotes": [f"{printed} đạt {number_} {unit}"]}
        for printed, number_ in (
            ("Sản lượng lúa mùa của cả vùng", value), ("Sản lượng lúa nếp của tỉnh Hà Tĩnh", other)
        )
    ]  # fmt: skip
    return text, facts


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.read(ProjectFiles.find())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(12):
        text, facts = article(number)
        if number % 2:  # positions, as the corpus of the project has them
            for fact in facts:
                fact["spans"] = [[text.index(quote), text.index(quote) + len(quote)] for quote in fact.pop("quotes")]
        (folder / f"{number:03}.txt").write_text(text, encoding="utf-8")
        lines = "".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts)
        (folder / f"{number:03}.facts.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def model(corpus: Path, lexicon: Lexicon, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tagger.zip"
    learn(of_corpus(corpus), lexicon, folds=3, repeats=1).write(path)
    return path


class TestLabels:
    def test_of_figures(self, corpus: Path, lexicon: Lexicon) -> None:
        for noted in of_corpus(corpus)[:2]:  # by quotations, and by positions
            ground = Ground.of(noted.article, lexicon)
            found = [
                (item.symbol, label)
                for sequence in sequences(ground)
                for item, label in zip(sequence.items, labels("figures", sequence, noted.facts), strict=True)
            ]
            assert [symbol for symbol, label in found if label == "B-unit"] in (["bao", "bao"], ["gio", "gio"])
            assert sum(label == "B-value" for _, label in found) == 2
            assert ("lua", "I-measured") in found and all(label == "O" for symbol, label in found if symbol == "thu")

    def test_of_roles_by_the_year_of_the_meeting(self, lexicon: Lexicon) -> None:
        text = LEAD + "Hội nghị bầu tỉnh Hà Tĩnh làm Cụm trưởng, thay Nghệ An.\n"
        start = text.index("bầu tỉnh")
        cluster = {"cluster": "bac-trung-bo", "role": "head"}
        facts = [
            Fact("role", cluster | {"year": 2023, "province": "ha-tinh"}, ((start, start + 33),)),
            Fact("role", cluster | {"year": 2022, "province": "nghe-an"}, ((start, len(text) - 2),)),
        ]
        last = sequences(Ground.of(from_text(text), lexicon))[-1]
        assert [label for label in labels("units", last, facts) if label != "O"] == ["head.next", "head.past"]


class TestLearning:
    def test_what_rules_do_not_know_is_learnt_and_gets_a_voice(self, corpus: Path, lexicon: Lexicon) -> None:
        learnt = learn(of_corpus(corpus), lexicon, folds=3, repeats=1)
        (figures,) = [each for each in learnt.measured if each.kind == "figure"]
        assert figures.noted == 24 and figures.rules[1] < 0.2 and figures.both[1] > 0.8 and figures.speaks
        assert list(learnt.kinds) == ["figure"]

    def test_the_same_corpus_makes_the_same_file(
        self, corpus: Path, lexicon: Lexicon, model: Path, tmp_path: Path
    ) -> None:
        learn(of_corpus(corpus), lexicon, folds=3, repeats=1).write(tmp_path / "again.zip")
        assert (tmp_path / "again.zip").read_bytes() == model.read_bytes()

    def test_a_voice_that_is_less_precise_or_finds_no_more_stays_silent(self) -> None:
        def measured(precision: float, recall: float, threshold: float = 0.5) -> Measured:
            return Measured("role", 100, (0.9, 0.7), (precision, recall), 1, 1, (9, 1), threshold)

        assert measured(0.9, 0.75).speaks and measured(0.896, 0.75).speaks
        assert not measured(0.89, 0.99).speaks
        assert not measured(0.95, 0.705).speaks
        assert not measured(0.9, 0.75, threshold=2.0).speaks

    def test_what_the_tagger_does_not_see_is_doubted_where_that_is_surely_wrong_more_often(self) -> None:
        def doubted(right: int, wrong: int) -> float | None:
            return Measured("member", 100, (0.9, 0.7), (0.9, 0.8), 1, 1, (right, wrong), 0.5).doubted

        assert doubted(6, 29) == 0.181
        assert doubted(9, 1) is None and doubted(1, 0) is None and doubted(0, 0) is None

    def test_too_few_articles(self, corpus: Path, lexicon: Lexicon) -> None:
        with pytest.raises(InputError, match="too few"):
            learn(of_corpus(corpus)[:3], lexicon, folds=3, repeats=1)

    def test_of_decisions_only_what_was_decided_is_known(self, lexicon: Lexicon) -> None:
        text, facts = article(0)
        quote = facts[1]["quotes"][0]
        span = [[text.index(quote), text.index(quote) + len(quote)]]
        before = {"kind": "figure", "value": "1.100", "unit": "bao", "spans": span}
        decisions = [
            ("s1", Decision("p1", "edit", "Lan", before=before, after=before | {"unit": "bao thóc"})),
            ("s1", Decision("p2", "unsure", "Lan", before=before | {"spans": [[0, 9]]})),
            ("s1", Decision("p3", "reject", "Lan", before={"kind": "movement", "printed": "x", "spans": [[10, 20]]})),
            ("s2", Decision("p4", "accept", "Lan", before=before)),
        ]
        (noted,) = of_decisions(decisions, {"s1": from_text(text)}.get)
        assert [fact.get("unit") for fact in noted.facts] == ["bao thóc"]
        assert noted.only == [(10, 20), tuple(span[0])]
        known = [each for each in sequences(Ground.of(noted.article, lexicon)) if noted.knows(each)]
        assert len(known) == 2

    def test_articles_of_another_scope_teach_nothing(self) -> None:
        assert not Noted("x", from_text("x"), [Fact("scope", {"value": "sector"})]).is_national


class TestVoice:
    def test_beside_the_rules(self, model: Path, lexicon: Lexicon) -> None:
        text, _ = article(30)
        rules = extract_by(from_text(text), lexicon)
        facts = extract_by(from_text(text), lexicon, ("rules", "tagger"), tagger=Tagger.open(model))
        more = [fact for fact in facts if fact.by == ("tagger",)]
        assert {fact.get("unit") for fact in more} == {UNITS[30 % len(UNITS)]}
        for fact in more:
            ((start, end),) = fact.spans
            assert str(fact.get("value")) in text[start:end] and str(fact.get("unit")) in text[start:end]
            assert fact.confidence <= 0.7 and fact.warnings and fact.rule == "tagger.figure"
        assert len([fact for fact in facts if "rules" in fact.by]) == len(rules)

    def test_nothing_of_another_scope(self, model: Path, lexicon: Lexicon) -> None:
        text, _ = article(1)
        facts = extract_by(from_text(text), lexicon, ("rules", "tagger"), "sector", tagger=Tagger.open(model))
        assert [fact.kind for fact in facts] == ["scope"]

    def test_what_rules_alone_see_is_doubted(self, lexicon: Lexicon) -> None:
        blind = Tagger({}, {"member": Kind(0.5, 0.9, unseen=0.2), "event": Kind(0.5, 0.9)})
        facts = extract_by(from_text(LEAD), lexicon, ("rules", "tagger"), tagger=blind)
        members = [fact for fact in facts if fact.kind == "member"]
        assert len(members) == 6 and {fact.confidence for fact in members} == {0.2}
        assert all("does not see" in fact.warnings[-1] for fact in members)
        assert not any("does not see" in str(fact.warnings) for fact in facts if fact.kind != "member")

    def test_without_a_model_the_message_says_what_to_do(self, lexicon: Lexicon, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="extract learn"):
            extract_by(from_text(LEAD), lexicon, ["rules", "tagger"])
        (tmp_path / "no.zip").write_bytes(b"PK")
        for name in ("no.zip", "nowhere.zip"):
            with pytest.raises(InputError, match="no model of the tagger"):
                Tagger.open(tmp_path / name)

    def test_what_contradicts_the_rules_is_not_said(self) -> None:
        def role(province: str, role: str = "head", confidence: float = 0.9, by: str = "tagger") -> Fact:
            values = {"cluster": "c", "year": 2023, "role": role, "province": province}
            return Fact("role", values, ((0, 1),), confidence=confidence, by=(by,))

        mine = [role("a", by="rules")]
        assert beside(mine, [role("b"), role("a", "deputy"), role("a")]) == [role("a")]
        assert beside([], [role("b", confidence=0.6), role("a")]) == [role("a")]
        assert beside(mine, [role("b", "deputy"), role("d", "deputy")]) == [role("b", "deputy"), role("d", "deputy")]

    def test_members_only_where_the_rules_do_not_know_them_all(self) -> None:
        def member(province: str, by: str = "tagger") -> Fact:
            return Fact("member", {"cluster": "c", "year": 2023, "province": province}, by=(by,))

        stated = Fact("cluster", {"cluster": "c", "units": 3})
        whole = [stated, *(member(each, "rules") for each in "abc")]
        assert beside(whole, [member("d")]) == []
        assert [fact.get("province") for fact in beside([stated], [member(each) for each in "abc"])] == ["a", "b", "c"]
        assert beside([stated], [member(each) for each in "abcd"]) == []
        assert beside([], [member("a")]) == []

    def test_hostile_repetition_is_soon_read(self, model: Path, lexicon: Lexicon) -> None:
        tagger = Tagger.open(model)
        for piece in ("7 bao thóc ", "Nghệ An, ", "a ", "đạt 5% "):
            ground = Ground.of(from_text(LEAD + piece * (50_000 // len(piece))), lexicon)
            begun = time.thread_time()
            tagger.facts(ground)
            assert within(time.thread_time() - begun, 5)

    def test_least_probability(self, model: Path, lexicon: Lexicon) -> None:
        opened = Tagger.open(model)
        ground = Ground.of(from_text(article(5)[0]), lexicon)
        assert candidates(ground, opened.labellers) and opened.facts(ground)
        assert Tagger(opened.labellers, {"figure": Kind(1.01, 0.9)}).facts(ground) == []


def test_the_command(corpus: Path, tmp_path: Path) -> None:
    target = tmp_path / "tagger.zip"
    done = thidua(
        "extract",
        "learn",
        str(corpus),
        "--folds",
        "3",
        "--repeats",
        "1",
        "--seed",
        "7",
        "--out",
        str(target),
        "--format",
        "json",
    )
    assert done.returncode == 0, done.stderr
    assert "dealt 1 times from seed 7" in done.stderr and target.is_file()
    report = json.loads(done.stdout)
    assert report["seed"] == 7 and {each["kind"] for each in report["measured"]} == {
        "role",
        "member",
        "figure",
        "award",
    }


def test_voices_of_the_command(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(LEAD, encoding="utf-8")
    wrong = thidua("extract", str(path), "--by", "rules,oracle")
    assert wrong.returncode == 2 and "oracle" in wrong.stderr
    unnamed = thidua("extract", str(path), "--by", "rules,llm")
    assert unnamed.returncode == 2 and "THIDUA_LLM_URL" in unnamed.stderr
