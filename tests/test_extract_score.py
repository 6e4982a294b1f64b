"""Scores: bounds that hold, what counts as right, and when two facts are one."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.made_up_article import CLUSTER, FACTS, LEAD, PASSED, TEXT, fact, head
from thidua.base.errors import InputError
from thidua.extract.decisions import Decision
from thidua.extract.facts import lines
from thidua.extract.score import beta_quantile, of_corpus, of_rules, parts_of


@pytest.mark.parametrize(
    ("share", "a", "b", "expected"),
    [
        (0.025, 1, 1, 0.025),
        (0.975, 2, 1, math.sqrt(0.975)),
        (0.025, 1, 3, 1 - 0.975 ** (1 / 3)),
        (0.025, 0.5, 0.5, math.sin(math.pi * 0.025 / 2) ** 2),
        (0.975, 0.5, 0.5, math.sin(math.pi * 0.975 / 2) ** 2),
        (0.5, 190.5, 190.5, 0.5),
    ],
)
def test_quantiles_where_they_are_known(share: float, a: float, b: float, expected: float) -> None:
    assert beta_quantile(share, a, b) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("a", "b"), [(0.5, 190.5), (7.5, 3.5), (2000.5, 20.5)])
def test_quantiles_mirror_each_other(a: float, b: float) -> None:
    assert beta_quantile(0.1, a, b) == pytest.approx(1 - beta_quantile(0.9, b, a), abs=1e-9)


def decision(word: str, rule: str, number: int, **more: object) -> tuple[str, Decision]:
    return "s", Decision(f"{rule}-{number}", word, "Lan", rule, **more)  # type: ignore[arg-type]


def test_precision_of_rules() -> None:
    decisions = [
        *(decision("accept", "member.list", number) for number in range(190)),
        decision("accept", "role.brackets", 1, before={"year": 1}, after={"year": 1}),
        decision("edit", "role.brackets", 2, before={"year": 1}, after={"year": 2}),
        decision("reject", "role.brackets", 3),
        decision("unsure", "role.brackets", 4),
        decision("skip", "role.brackets", 5),
        decision("add", "", 6, after={"year": 1}),
    ]
    members, roles, together = of_rules(decisions)
    assert (members.name, members.right, members.wrong) == ("member.list", 190, 0)
    assert members.bounds[0] > 0.98
    assert (roles.right, roles.wrong, roles.changed) == (1, 2, 1)
    assert roles.bounds[0] < roles.precision < roles.bounds[1]
    assert (together.name, together.right, together.wrong) == ("all", 191, 2)
    assert of_rules([]) == []


def corpus(folder: Path, noted: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "001.txt").write_text(TEXT, encoding="utf-8")
    (folder / "001.facts.jsonl").write_text(noted, encoding="utf-8")
    return folder


def test_precision_and_recall_on_a_corpus(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "corpus", lines(FACTS))
    found = [replace(each, spans=(), rule="", confidence=0.1) for each in FACTS if each.kind != "document"]
    wrong = head(2020, "ha-nam", LEAD)
    result = of_corpus(folder, lambda article: [*found, wrong] if "13/03/2024" in article.text else [])
    scores = {score.name: score for score in result.scores}
    assert (scores["member"].precision, scores["member"].recall) == (1, 1)
    assert (scores["document"].right, scores["document"].missed, scores["document"].recall) == (0, 2, 0)
    assert (scores["role"].right, scores["role"].wrong) == (2, 1)
    assert scores["all"].wrong == 1 and scores["all"].missed == 2
    assert [(name, what) for name, what, _ in result.wrong] == [("001", "missed"), ("001", "missed"), ("001", "wrong")]


def test_a_corpus_with_metadata(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "corpus", lines(FACTS))
    (folder / "001.json").write_text('{"published": "2024-03-14", "other": 1}', encoding="utf-8")
    seen = []
    of_corpus(folder, lambda article: seen.append(article.published) or [])  # type: ignore[func-returns-value]
    assert seen == ["2024-03-14"]


@pytest.mark.parametrize("line", ["{", '{"kind": "nothing"}', '{"kind": "role", "colour": 1}', "[]"])
def test_a_line_that_is_no_fact_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError, match=r"001\.facts\.jsonl:2"):
        of_corpus(corpus(tmp_path / "corpus", lines(FACTS[:1]) + line + "\n"), lambda article: [])


def test_a_folder_without_facts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"facts\.jsonl"):
        of_corpus(tmp_path, lambda article: [])


def same(one: dict[str, object], other: dict[str, object], kind: str, part: str = "") -> bool:
    keys = [set(parts_of([fact(kind, PASSED, **each)]).get(part or kind, {})) for each in (one, other)]
    return bool(keys[0]) and keys[0] == keys[1]


def test_when_two_facts_are_one() -> None:
    assert same({"name": "Trần Văn Mới"}, {"name": "TRẦN VĂN MỚI", "post": "x"}, "official")
    assert not same({"name": "Trần Văn Mới", "post": "a"}, {"name": "Trần Văn Mới", "post": "b"}, "official",
                    "official and post")  # fmt: skip
    assert same({"value": "8.100", "unit": "tỷ đồng"}, {"value": 8100, "unit": "Tỷ đồng"}, "figure")
    assert not same({"value": "8,1", "unit": "%"}, {"value": "8,1", "unit": "tỷ đồng"}, "figure")
    assert same({"printed": "bằng khen của UBND", "total": 5}, {"printed": "Bằng khen", "collectives": 5}, "award")
    assert not same({"printed": "bằng khen", "total": 5}, {"printed": "bằng khen", "total": 5, "status": "proposed"},
                    "award")  # fmt: skip
    assert same({"number": "34 - CT/TW"}, {"number": "34-CT/TW"}, "document")
    assert same({"printed": "Lao động giỏi"}, {"printed": "lao động giỏi."}, "movement")
    event = parts_of([fact("event", LEAD, cluster=CLUSTER, event=["signing", "mid-year"], date="2024-03-13")])
    assert {part: len(keys) for part, keys in event.items()} == {"event": 2, "event date": 1}


def test_a_score_as_json() -> None:
    (score, _) = of_rules([decision("accept", "a.b", 1)])
    assert json.loads(json.dumps(score.as_json("rule"))).keys() == {
        "rule", "right", "wrong", "changed", "precision", "low", "high",
    }  # fmt: skip
