"""Scores of extraction: precision by rule from curators' decisions, precision and recall by kind on a corpus.

Bounds are those of the Beta posterior under Jeffreys' prior: with ``r`` right and ``w`` wrong, the 2.5 % and 97.5 %
quantiles of Beta(r + ½, w + ½), found by bisection of the regularised incomplete beta function.

:source: https://doi.org/10.1214/ss/1009213286 (Brown, Cai, DasGupta: Interval Estimation for a Binomial Proportion)
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from thidua.base.articles import read_text
from thidua.base.errors import InputError
from thidua.base.text import fold, loose
from thidua.extract.article import Article, from_text
from thidua.extract.decisions import Decision
from thidua.extract.facts import Fact
from thidua.extract.indicators import indicator_of, period_of
from thidua.extract.units import number_of

ALL: Final = "all"
_STEPS: Final = 60


@dataclass(frozen=True)
class Score:
    """How often something is right."""

    name: str
    """A rule, or a kind of fact, or :data:`ALL`."""
    right: int
    wrong: int
    changed: int = 0
    """Of the wrong ones, how many a curator made right; with a corpus, 0."""
    missed: int | None = None
    """With a corpus, how many noted facts were not found."""

    @property
    def precision(self) -> float:
        """The mean of the posterior of a rule; with a corpus, the share of what was found that is right."""
        if self.missed is not None:
            return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0
        return (self.right + 0.5) / (self.right + self.wrong + 1)

    @property
    def recall(self) -> float:
        """The share of noted facts that were found; 1 where none is noted."""
        noted = self.right + (self.missed or 0)
        return self.right / noted if noted else 1.0

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which precision lies, with 95 %."""
        return beta_quantile(0.025, self.right + 0.5, self.wrong + 0.5), beta_quantile(
            0.975, self.right + 0.5, self.wrong + 0.5
        )

    def as_json(self, name: str) -> dict[str, Any]:
        """For programs."""
        low, high = self.bounds
        found: dict[str, Any] = {name: self.name, "right": self.right, "wrong": self.wrong}
        if self.missed is None:
            found["changed"] = self.changed
        else:
            found |= {"missed": self.missed, "recall": round(self.recall, 4)}
        return found | {"precision": round(self.precision, 4), "low": round(low, 4), "high": round(high, 4)}


def beta_quantile(share: float, a: float, b: float) -> float:
    """The quantile of a Beta distribution, to some 1e-12."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _beta_share(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction.

    :source: https://dlmf.nist.gov/8.17#E22
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    tiny = 1e-300
    above, below, product = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1), tiny), 0.0
    product = below
    for m in range(1, 500):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            below = 1 / _not_zero(1 + term * below, tiny)
            above = _not_zero(1 + term / above, tiny)
            product *= above * below
        if abs(above * below - 1) < 1e-14:
            break
    return front * product / a


def _not_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


def of_rules(decisions: Iterable[tuple[str, Decision]]) -> list[Score]:
    """Precision by rule, the surest first and all together at the end; what a curator added has no rule.

    A proposal that was accepted as it was is right; one that was changed or rejected is wrong. Who was unsure, or
    skipped it, has said nothing of it.
    """
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    for _, decision in decisions:
        if not decision.rule or decision.decision not in ("accept", "edit", "reject"):
            continue
        if decision.decision == "accept" and decision.after in (None, decision.before):
            right[decision.rule] += 1
        else:
            wrong[decision.rule] += 1
            changed[decision.rule] += decision.decision != "reject"
    found = [Score(rule, right[rule], wrong[rule], changed[rule]) for rule in {*right, *wrong}]
    if not found:
        return []
    found.sort(key=lambda score: (-score.bounds[0], score.name))
    return [*found, Score(ALL, right.total(), wrong.total(), changed.total())]


@dataclass(frozen=True)
class Result:
    """How an extractor does on a corpus."""

    scores: list[Score]
    """By kind and by part, as :func:`parts_of` names them; all facts together at the end."""
    wrong: list[tuple[str, str, Fact]]
    """Article, ``wrong`` or ``missed``, and the fact."""


def of_corpus(folder: Path, extract: Callable[[Article], Sequence[Fact]]) -> Result:
    """Precision and recall by kind on a folder of ``NNN.txt`` with ``NNN.facts.jsonl``, and ``NNN.json`` of metadata.

    :raises InputError: no article with facts is in it, or a line is no fact.
    """
    right: Counter[str] = Counter()
    extra: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    told: list[tuple[str, str, Fact]] = []
    noted = sorted(folder.glob("*.facts.jsonl"))
    if not noted:
        raise InputError(f"{folder} has no NNN.facts.jsonl beside NNN.txt; name a folder of a corpus with --corpus")
    for path in noted:
        name = path.name.removesuffix(".facts.jsonl")
        article = article_of(folder, name)
        gold, found = list(facts_in(path)), list(extract(article))
        for part, keys in parts_of(gold).items():
            ours = parts_of(found).get(part, {})
            right[part] += len(keys.keys() & ours.keys())
            missed[part] += len(keys.keys() - ours.keys())
            told += [(name, "missed", keys[key]) for key in keys.keys() - ours.keys() if part in _WHOLE]
        for part, ours in parts_of(found).items():
            keys = parts_of(gold).get(part, {})
            extra[part] += len(ours.keys() - keys.keys())
            told += [(name, "wrong", ours[key]) for key in ours.keys() - keys.keys() if part in _WHOLE]
    # Of what no hand has noted at all, such as links, nothing is known.
    parts = [part for part in _PARTS if right[part] + missed[part] or (part in _WHOLE and extra[part])]
    scores = [Score(part, right[part], extra[part], missed=missed[part]) for part in parts]
    whole = [part for part in parts if part in _WHOLE]
    total = [sum(counter[part] for part in whole) for counter in (right, extra, missed)]
    told.sort(key=lambda each: (each[0], each[1], each[2].kind))
    return Result([*scores, Score(ALL, total[0], total[1], missed=total[2])], told)


def article_of(folder: Path, name: str) -> Article:
    """An article of a corpus, with what is known of it."""
    text = folder / f"{name}.txt"
    try:
        article = Article(read_text(text))
    except InputError:
        article = from_text(text.read_text(encoding="utf-8"))
    metadata = folder / f"{name}.json"
    if not metadata.is_file():
        return article
    known = json.loads(metadata.read_text(encoding="utf-8"))
    fields = ("url", "title", "publisher", "published", "author")
    return article.with_(**{field: str(known[field]) for field in fields if known.get(field)})


def facts_in(path: Path) -> Iterator[Fact]:
    """Facts noted by hand.

    :raises InputError: a line is none.
    """
    for number, record in records_in(path):
        try:
            # Quotations are where a hand found it, before the positions were counted.
            yield Fact.from_json({name: value for name, value in record.items() if name != "quotes"})
        except (KeyError, TypeError, ValueError) as exc:
            raise InputError(f"{path}:{number}: it is no fact: {exc}; docs/extraction.md has the fields") from exc


def records_in(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Facts noted by hand, as their lines have them, with the numbers of these.

    :raises InputError: a line is no JSON object.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                record = dict(json.loads(line))
            except (TypeError, ValueError) as exc:
                raise InputError(f"{path}:{number}: it is no fact: {exc}; docs/extraction.md has the fields") from exc
            yield number, record


#: What is scored, in the order in which it is told.
_PARTS: Final = (
    "scope", "cluster", "cluster units", "member", "member in year", "event", "event date", "event place", "role",
    "role stated", "role implied", "handover", "agreement", "official", "official and post", "award", "award in full",
    "figure", "figure in full", "document", "document linked", "movement", "ranking",
)  # fmt: skip
#: Parts that are whole facts, which count towards all.
_WHOLE: Final = (
    "scope", "cluster", "member", "event", "event date", "event place", "role", "handover", "agreement",
    "official", "award", "figure", "document", "movement", "ranking",
)  # fmt: skip

Key = tuple[Any, ...]


def parts_of(facts: Iterable[Fact]) -> dict[str, dict[Key, Fact]]:
    """What facts say, part by part, by the keys that make two of them one; docs/extraction.md has the list.

    Spans, confidence and rules are no part of a key. A fact says each thing once, however often it is found.
    """
    parts: dict[str, dict[Key, Fact]] = {}
    for fact in facts:
        for part, key in _keys(fact):
            parts.setdefault(part, {}).setdefault(key, fact)
    return parts


def _keys(fact: Fact) -> Iterator[tuple[str, Key]]:
    get = fact.get
    match fact.kind:
        case "scope":
            yield "scope", (get("value"),)
        case "cluster":
            yield "cluster", (get("cluster"),)
            if get("units"):
                yield "cluster units", (get("cluster"), get("units"))
        case "member":
            yield "member", (get("cluster"), get("province"))
            yield "member in year", (get("cluster"), get("province"), get("year"))
        case "event":
            said = get("event")
            for kind in said if isinstance(said, list | tuple) else [said]:
                yield "event", (get("cluster"), kind)
            if when := get("date") or get("period"):
                yield "event date", (get("cluster"), when)
            if get("place"):
                yield "event place", (get("cluster"), get("place"))
        case "role":
            key = (get("cluster"), get("year"), get("role"), get("province"))
            yield "role", key
            yield f"role {fact.basis}", key
        case "handover":
            yield "handover", (get("cluster"), get("year"), get("from"), get("to"))
        case "agreement":
            yield "agreement", (get("cluster"), get("year"))
        case "official":
            yield "official", (_name(get("name")),)
            if get("post"):
                yield "official and post", (_name(get("name")), _name(get("post")))
        case "award":
            counts = [get(count) for count in ("total", "collectives", "individuals", "households")]
            kind, status = _name(get("printed") or get("award")).partition(" cua ")[0], get("status") or "given"
            yield "award", (kind, tuple(sorted({count for count in counts if count is not None})), status)
            yield "award in full", (kind, _name(get("giver")), *counts, status, get("year"))
        case "figure":
            value, unit = number_of(get("value")), _name(str(get("unit") or "").replace("%", " phần trăm "))
            yield "figure", (value, unit)
            indicator = (
                str(get("indicator") or "").removeprefix("ind-")
                or indicator_of(str(get("printed") or ""))
                or _name(get("printed"))
            )
            yield (
                "figure in full",
                (value, unit, indicator, get("area"), period_of(get("period")) or _name(get("period"))),
            )
        case "document":
            yield "document", (_number_of_document(get("number")),)
            if get("id"):
                yield "document linked", (get("id"),)
        case "movement":
            yield "movement", (loose(str(get("printed") or get("id") or "")),)
        case "ranking":
            yield "ranking", (get("cluster"), get("year"), get("province"), get("rank"))


def _name(text: Any) -> str:
    return fold(str(text or ""))


def _number_of_document(number: Any) -> str:
    return "".join(str(number or "").upper().replace("Đ", "D").split())
