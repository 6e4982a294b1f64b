"""Learning: the tagger is trained on noted and on decided facts, and measured by cross-validation against the rules.

Articles are dealt into folds; what is said of one was learnt from the others. For each kind of fact the least
probability is chosen on the other folds, too, so that nothing is measured where it was chosen. A kind is spoken on only
if rules and tagger together are as precise as the rules alone, and find more.
"""

import hashlib
import random
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import InputError
from thidua.extract.article import Article
from thidua.extract.decisions import Decision
from thidua.extract.extractor import extract
from thidua.extract.facts import Fact, Span
from thidua.extract.grounding import Ground
from thidua.extract.lexicon import Lexicon
from thidua.extract.quoting import Quotable
from thidua.extract.score import article_of, beta_quantile, facts_in, records_in
from thidua.extract.tagger import Kind, candidates, crfsuite, labeller_of, write
from thidua.extract.tagging import LAYERS, Sequence_, labels, sequences, wanted
from thidua.extract.voices import beside, keys_of_fact

#: The kinds that a tagger can speak on.
KINDS: Final = tuple(kind for kinds in LAYERS.values() for kind in kinds)
#: Least probabilities that are tried.
_TRIED: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
_SILENT: Final = 2.0
#: As precise: within half a point, which is one or two facts of a few hundred.
_AS_PRECISE: Final = 0.005
#: More is found: by a point of recall at least.
_MORE: Final = 0.01
_SETTINGS: Final = {"c1": 0.3, "c2": 0.05, "max_iterations": 80, "feature.minfreq": 2}
_FEWEST_ARTICLES: Final = 4


@dataclass(frozen=True)
class Noted:
    """An article with facts that somebody noted or decided."""

    name: str
    article: Article
    facts: Sequence[Fact]
    only: Sequence[Span] | None = None
    """Where everything is known; None for all of it. What is not decided yet may be right, and is not learnt from."""

    @property
    def is_national(self) -> bool:
        """Whether it is of a national cluster: of others no fact is noted, though their sentences look alike."""
        return all(fact.get("value") == "national" for fact in self.facts if fact.kind == "scope")

    def knows(self, sequence: Sequence_) -> bool:
        """Whether everything that a sentence says is known."""
        start, end = sequence.reading.sentence.start, sequence.reading.sentence.end
        return self.only is None or any(low < end and start < high for low, high in self.only)


def of_corpus(folder: Path) -> list[Noted]:
    """The articles of a folder of ``NNN.txt`` with ``NNN.facts.jsonl``, whose facts have ``spans`` or ``quotes``.

    :raises InputError: there are none, or a line is no fact.
    """
    paths = sorted(folder.glob("*.facts.jsonl"))
    if not paths:
        raise InputError(f"{folder} has no NNN.facts.jsonl beside NNN.txt; name the folder of a corpus")
    found = []
    for path in paths:
        article = article_of(folder, path.name.removesuffix(".facts.jsonl"))
        found.append(Noted(path.name.removesuffix(".facts.jsonl"), article, _placed(path, article)))
    return found


def _placed(path: Path, article: Article) -> list[Fact]:
    """Facts with their passages: by positions, else by what is quoted, ``"passage"`` or ``["passage", 2]``."""
    quotable = Quotable(article.text)
    found = []
    for fact, (_, record) in zip(facts_in(path), records_in(path), strict=True):
        quotes = [] if fact.spans else [(q, 1) if isinstance(q, str) else tuple(q) for q in record.get("quotes", ())]
        spans = fact.spans or tuple(span for quote, n in quotes if (span := quotable.first(str(quote), int(n))))
        found.append(Fact(fact.kind, fact.values, spans, fact.basis))
    return found


def of_decisions(decisions: Iterable[tuple[str, Decision]], texts: Callable[[str], Article | None]) -> list[Noted]:
    """The articles that curators decided on, as far as they did: what was accepted is so, what was rejected is not.

    :param texts: the article of a source, None where its text is not at hand.
    """
    by_source: dict[str, list[Decision]] = {}
    for source, decision in decisions:
        if decision.settled:
            by_source.setdefault(source, []).append(decision)
    found = []
    for source, decided in sorted(by_source.items()):
        article = texts(source)
        if article is None:
            continue
        facts = [Fact.from_json(decision.fact) for decision in decided if decision.fact]
        seen = [*facts, *(Fact.from_json(decision.before) for decision in decided if decision.before)]
        found.append(Noted(source, article, facts, sorted({span for fact in seen for span in fact.spans})))
    return found


@dataclass(frozen=True)
class Measured:
    """How rules do on a kind of fact, alone and with the tagger."""

    kind: str
    noted: int
    rules: tuple[float, float]
    """Precision and recall."""
    both: tuple[float, float]
    right: int
    """What the tagger alone found, rightly."""
    wrong: int
    unseen: tuple[int, int]
    """What the rules said and the tagger did not see: right and wrong."""
    threshold: float
    """Chosen on all folds, for the model that is trained on all."""

    @property
    def speaks(self) -> bool:
        """Whether it is worth a voice: as precise, and more is found."""
        as_precise = self.both[0] >= self.rules[0] - _AS_PRECISE
        return self.threshold < _SILENT and as_precise and self.both[1] >= self.rules[1] + _MORE

    @property
    def voice(self) -> Kind:
        """What a model says of it, and how sure that is."""
        return Kind(self.threshold, round((self.right + 0.5) / (self.right + self.wrong + 1), 3), self.doubted)

    @property
    def doubted(self) -> float | None:
        """How often what the tagger does not see is right; None unless that is surely less often than else."""
        right, wrong = self.unseen
        surely = beta_quantile(0.975, right + 0.5, wrong + 0.5) < self.rules[0]
        return round((right + 0.5) / (right + wrong + 1), 3) if surely else None

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        found: dict[str, Any] = {"kind": self.kind, "noted": self.noted}
        for name, (precision, recall) in (("rules", self.rules), ("both", self.both)):
            found[name] = {"precision": round(precision, 4), "recall": round(recall, 4)}
        found["unseen"] = {"right": self.unseen[0], "wrong": self.unseen[1]}
        return found | {"right": self.right, "wrong": self.wrong, "threshold": self.threshold, "speaks": self.speaks}


@dataclass(frozen=True)
class Learnt:
    """A trained tagger, and how it was measured."""

    measured: Sequence[Measured]
    articles: int
    sha256: str
    """Of the texts and facts that it was trained on."""
    folds: int
    seed: int
    repeats: int
    fields: Mapping[str, bytes] = field(repr=False)

    @property
    def kinds(self) -> dict[str, Kind]:
        """What it may speak on."""
        return {each.kind: each.voice for each in self.measured if each.speaks}

    def as_json(self) -> dict[str, Any]:
        """The report."""
        return {
            "articles": self.articles, "sha256": self.sha256, "folds": self.folds, "seed": self.seed, "repeats": self.repeats,
            "settings": _SETTINGS, "measured": [each.as_json() for each in self.measured],
        }  # fmt: skip

    def write(self, path: Path) -> None:
        """Write the model file: the kinds that it speaks on, and their fields alone."""
        layers = {name: content for name, content in self.fields.items() if set(LAYERS[name]) & self.kinds.keys()}
        write(path, layers, self.kinds, self.as_json())


def learn(noted: Sequence[Noted], lexicon: Lexicon, *, folds: int = 5, seed: int = 16, repeats: int = 3) -> Learnt:
    """Train on all articles, and measure by cross-validation, several times: one dealing of a few articles is chance.

    Only articles on which everything is known are measured; those that curators decided on in part are learnt from.

    :raises InputError: there are too few articles, or python-crfsuite is not installed.
    """
    crfsuite()
    whole = [each for each in noted if each.only is None]
    if len(whole) < max(folds, _FEWEST_ARTICLES):
        raise InputError(f"{len(whole)} articles with all their facts are too few for {folds} folds; note more of them")
    read = [_Read.of(each, lexicon) for each in noted]
    rounds = [_dealt(read, folds, seed + repeat) for repeat in range(repeats)]
    return Learnt(
        [_measured(kind, rounds) for kind in KINDS], len(noted), _fingerprint(noted), folds, seed, repeats,
        {layer: _train(read, layer) for layer in LAYERS},
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Read:
    """An article that is learnt from, read once."""

    noted: Noted
    ground: Ground
    rules: Sequence[Fact]
    known: Sequence[Sequence_]

    @classmethod
    def of(cls, noted: Noted, lexicon: Lexicon) -> "_Read":
        ground = Ground.of(noted.article, lexicon)
        known = [each for each in sequences(ground) if noted.knows(each)] if noted.is_national else []
        return cls(noted, ground, extract(noted.article, lexicon), known)


@dataclass(frozen=True, eq=False)
class _Tested:
    """An article, and what was learnt from others says of it."""

    read: _Read
    candidates: Sequence[Fact]


def _dealt(read: Sequence[_Read], folds: int, seed: int) -> list[list[_Tested]]:
    order = [each for each in read if each.noted.only is None]
    random.Random(seed).shuffle(order)
    found = []
    for place in range(folds):
        fold = order[place::folds]
        others = [each for each in read if each not in fold]
        fields = {layer: labeller_of(_train(others, layer)) for layer in LAYERS}
        found.append([_Tested(each, candidates(each.ground, fields)) for each in fold])
    return found


def _train(read: Sequence[_Read], layer: str) -> bytes:
    trainer = crfsuite().Trainer(verbose=False)
    trainer.set_params(_SETTINGS)
    for each in read:
        for sequence in each.known:
            if wanted(layer, sequence):
                trainer.append(sequence.features(), labels(layer, sequence, each.noted.facts))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "field"
        trainer.train(str(path))
        return path.read_bytes()


Counts = tuple[int, int, int, int, int]


def _measured(kind: str, rounds: Sequence[Sequence[Sequence[_Tested]]]) -> Measured:
    every = [each for dealt in rounds for fold in dealt for each in fold]
    tried = (*_TRIED, _SILENT)
    counted = {threshold: {id(each): _counts(kind, each, threshold) for each in every} for threshold in tried}
    alone = _sum(counted[_SILENT][id(each)] for each in every)
    honest = []
    for dealt in rounds:
        for fold in dealt:
            others = [id(each) for other in dealt if other is not fold for each in other]
            threshold = _chosen(counted, others)
            honest += [counted[threshold][id(each)] for each in fold]
    both = _sum(honest)
    unseen = [_unseen(kind, each) for each in every]
    times = len(rounds)
    return Measured(
        kind, (alone[0] + alone[2]) // times, _shares(alone), _shares(both),
        round(both[3] / times), round(both[4] / times),
        (round(sum(right for right, _ in unseen) / times), round(sum(wrong for _, wrong in unseen) / times)),
        _chosen(counted, [id(each) for each in every]),
    )  # fmt: skip


def _counts(kind: str, each: _Tested, threshold: float) -> Counts:
    """Right, wrong and missed of rules and tagger together; right and wrong of what the tagger alone says."""
    rules = [fact for fact in each.read.rules if fact.kind in (kind, "cluster")]
    likely = [fact for fact in each.candidates if fact.kind == kind and fact.confidence >= threshold]
    gold = _keys(kind, each.read.noted.facts)
    ours = _keys(kind, rules)
    more = _keys(kind, beside(rules, likely)) - ours
    both = ours | more
    return len(both & gold), len(both - gold), len(gold - both), len(more & gold), len(more - gold)


def _unseen(kind: str, each: _Tested) -> tuple[int, int]:
    gold = _keys(kind, each.read.noted.facts)
    unseen = _keys(kind, each.read.rules) - _keys(kind, each.candidates)
    return len(unseen & gold), len(unseen - gold)


def _keys(kind: str, facts: Iterable[Fact]) -> set[tuple[Any, ...]]:
    return {key for fact in facts if fact.kind == kind for key in keys_of_fact(fact)}


def _chosen(counted: Mapping[float, Mapping[int, Counts]], names: Sequence[int]) -> float:
    """The least probability with which nothing is lost of the rules' precision, and most is found."""
    alone = _shares(_sum(counted[_SILENT][name] for name in names))
    best, most = _SILENT, alone[1]
    for threshold in _TRIED:
        precision, recall = _shares(_sum(counted[threshold][name] for name in names))
        if precision >= alone[0] and recall > most:
            best, most = threshold, recall
    return best


def _sum(counts: Iterable[Counts]) -> Counts:
    right, wrong, missed, more, less = (sum(column) for column in zip(*counts, strict=True))
    return right, wrong, missed, more, less


def _shares(counts: Counts) -> tuple[float, float]:
    right, wrong, missed, _, _ = counts
    return right / (right + wrong) if right + wrong else 1.0, right / (right + missed) if right + missed else 1.0


def _fingerprint(noted: Sequence[Noted]) -> str:
    digest = hashlib.sha256()
    for each in noted:
        digest.update(each.article.source.sha256.encode())
        digest.update(
            repr([(fact.kind, sorted(fact.values.items(), key=str), fact.spans) for fact in each.facts]).encode()
        )
    return digest.hexdigest()
