"""The tagger: conditional random fields trained on noted facts, as a further voice for the kinds that it is good at.

A model is a ZIP archive of the fields, one a layer of :mod:`thidua.extract.tagging`, and of ``model.json``: the kinds
that it speaks on, from which probability on, and how often it was right there in cross-validation. It needs
python-crfsuite, the extra ``learn``.
"""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from thidua.base.errors import InputError
from thidua.extract.facts import Fact, Span
from thidua.extract.grounding import Ground
from thidua.extract.meeting import unit_of
from thidua.extract.tagging import LAYERS, OUTSIDE, Item, Sequence_, sequences, wanted

#: Below this nothing is a candidate.
LEAST: Final = 0.2
#: No other voice's silence makes what the tagger alone says sure.
SUREST: Final = 0.7
_ALONE: Final = "only the tagger says so"
_COMPARATORS: Final = {
    "hon": "more-than", "tren": "more-than", "vuot": "more-than", "duoi": "less-than", "gan": "less-than",
    "khoang": "about", "xap": "about", "chung": "about",
}  # fmt: skip
_FORMAT: Final = 1


class Labeller(Protocol):
    """A trained field."""

    def __call__(self, features: Sequence[Sequence[str]]) -> list[dict[str, float]]:
        """For each item, the probability of each label that is not much less likely than others."""


@dataclass(frozen=True)
class Kind:
    """What a model may say of one kind of fact."""

    threshold: float
    """The least probability."""
    precision: float
    """How often what it alone said was right, in cross-validation."""
    unseen: float | None = None
    """How often what rules said and it did not see was right; None where that is no less often than else."""


@dataclass(frozen=True)
class Tagger:
    """A trained model."""

    labellers: Mapping[str, Labeller]
    kinds: Mapping[str, Kind]
    """By kind of fact; it is silent on all others."""
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> "Tagger":
        """Read a model file.

        :raises InputError: there is none, it is no model, or python-crfsuite is not installed.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                about = json.loads(archive.read("model.json"))
                if about["format"] != _FORMAT:
                    raise InputError(f"{path} is of another release; train it anew with `thidua extract learn`")
                kinds = {
                    kind: Kind(it["threshold"], it["precision"], it["unseen"]) for kind, it in about["kinds"].items()
                }
                needed = [layer for layer, of in LAYERS.items() if set(of) & kinds.keys()]
                fields = {layer: labeller_of(archive.read(f"{layer}.crfsuite")) for layer in needed}
        except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as exc:
            raise InputError(f"{path} is no model of the tagger ({exc}); make one with `thidua extract learn`") from exc
        return cls(fields, kinds, about)

    def facts(self, ground: Ground) -> list[Fact]:
        """What it reads in a text, of the kinds that it speaks on."""
        return self.said(self.seen(ground))

    def seen(self, ground: Ground) -> list[Fact]:
        """What it takes for possible, of the kinds that it speaks on."""
        return [fact for fact in candidates(ground, self.labellers) if fact.kind in self.kinds]

    def said(self, found: Sequence[Fact]) -> list[Fact]:
        """What of it is likely enough to be said."""
        return [
            replace(fact, confidence=min(SUREST, self.kinds[fact.kind].precision), warnings=(_ALONE, *fact.warnings))
            for fact in found
            if fact.confidence >= self.kinds[fact.kind].threshold
        ]


def write(path: Path, fields: Mapping[str, bytes], kinds: Mapping[str, Kind], about: Mapping[str, Any]) -> None:
    """Write a model file; the same fields make the same bytes."""
    said = {name: asdict(kind) for name, kind in sorted(kinds.items())}
    record = {"format": _FORMAT, "kinds": said, **about}
    entries = {"model.json": json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True).encode()}
    entries |= {f"{layer}.crfsuite": content for layer, content in sorted(fields.items())}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def crfsuite() -> Any:
    """The library.

    :raises InputError: it is not installed.
    """
    try:
        import pycrfsuite
    except ImportError as exc:
        raise InputError("The tagger needs python-crfsuite; install it with: pip install 'thidua[learn]'") from exc
    return pycrfsuite


def labeller_of(content: bytes) -> Labeller:
    """A trained field, from its bytes."""
    tagger = crfsuite().Tagger()
    tagger.open_inmemory(content)
    names = [name for name in tagger.labels() if name != OUTSIDE]
    # The library reads in these bytes for as long as it lives, and does not hold them itself.
    held = (tagger, content)

    def label(features: Sequence[Sequence[str]]) -> list[dict[str, float]]:
        tagger = held[0]
        tagger.set(features)
        found = []
        for place in range(len(features)):
            likely = {name: tagger.marginal(name, place) for name in names}
            found.append({name: share for name, share in likely.items() if share >= LEAST / 4})
        return found

    return label


def candidates(ground: Ground, labellers: Mapping[str, Labeller]) -> list[Fact]:
    """What the fields take for facts, each once, its probability as its confidence."""
    found: dict[tuple[object, ...], Fact] = {}
    every = sequences(ground) if ground.meeting else []
    for layer, label in labellers.items():
        for sequence in every:
            if not wanted(layer, sequence):
                continue
            for fact in _READERS[layer](sequence, label(sequence.features())):
                key = (fact.kind, *sorted((name, str(value)) for name, value in fact.values.items()))
                if key not in found or found[key].confidence < fact.confidence:
                    found[key] = fact
    return list(found.values())


Likely = Sequence[Mapping[str, float]]


def _best(likely: Mapping[str, float], *, prefix: str = "") -> tuple[str, float]:
    fitting = [(share, name) for name, share in likely.items() if name.startswith(prefix)]
    share, name = max(fitting, default=(0.0, ""))
    return name, share


def _fact(
    sequence: Sequence_, kind: str, values: Mapping[str, object], items: Sequence[Item], share: float, stated: bool
) -> Fact:
    span: Span = min(item.span[0] for item in items), max(item.span[1] for item in items)
    kept = {name: value for name, value in values.items() if value is not None}
    why = "" if stated else "basis-year-inferred"
    return Fact(kind, kept, (span,), "stated" if stated else "implied", why, share, f"tagger.{kind}", ("tagger",))


def _units(sequence: Sequence_, likely: Likely) -> Iterator[Fact]:
    meeting, items = sequence.ground.meeting, sequence.items
    if meeting is None:
        return
    for place, item in enumerate(items):
        name, share = _best(likely[place])
        if share < LEAST or item.mention is None or item.mention.kind != "U":
            continue
        if name == "member" and meeting.reviewed:
            province = unit_of(item.mention, sequence.ground.lexicon, meeting.asked)
            values = {"cluster": meeting.cluster, "year": meeting.reviewed, "province": province}
            yield _fact(sequence, "member", values, [item], share, True)
        elif name != "member":
            role, _, when = name.partition(".")
            years = sorted(
                (abs(other - place), other) for other, it in enumerate(items) if it.mention and it.mention.kind == "Y"
            )
            year = {"past": meeting.reviewed, "next": meeting.launched}.get(when)
            printed = [other for _, other in years if _year(items[other]) == year]
            if when == "other":
                printed = [o for _, o in years if _year(items[o]) not in (meeting.reviewed, meeting.launched)]
                year = _year(items[printed[0]]) if printed else None
            if year is None:
                continue
            symbol = "<H>" if role == "head" else "<D>"
            roles = sorted((abs(other - place), other) for other, it in enumerate(items) if it.symbol == symbol)
            bearing = [item, *(items[other] for _, other in roles[:1]), *(items[other] for other in printed[:1])]
            province = unit_of(item.mention, sequence.ground.lexicon, sequence.ground.asked(year))
            values = {"cluster": meeting.cluster, "year": year, "role": role, "province": province}
            yield _fact(sequence, "role", values, bearing, share, bool(printed))


def _year(item: Item) -> int | None:
    return item.mention.value if item.mention and item.mention.kind == "Y" else None


def _chunk(likely: Likely, place: int, name: str) -> int:
    """The item behind a chunk that begins at a place."""
    last = place + 1
    while last < len(likely) and likely[last].get(f"I-{name}", 0) >= 0.5:
        last += 1
    return last


def _text(sequence: Sequence_, first: int, last: int) -> str:
    start, end = sequence.items[first].span[0], sequence.items[last - 1].span[1]
    return " ".join(sequence.ground.text[start:end].split())


def _figures(sequence: Sequence_, likely: Likely) -> Iterator[Fact]:
    items, meeting = sequence.items, sequence.ground.meeting
    measured: list[tuple[int, int]] = [
        (place, _chunk(likely, place, "measured"))
        for place in range(len(items))
        if likely[place].get("B-measured", 0) >= 0.5
    ]
    behind = 0
    for place in range(len(items)):
        share = likely[place].get("B-value", 0)
        if share < LEAST or not items[place].first.key[0].isdigit():
            continue
        last = _chunk(likely, place, "value")
        end = _chunk(likely, last, "unit") if last < len(items) and likely[last].get("B-unit", 0) >= 0.4 else last
        if end == last:
            continue
        if items[last].symbol == "%":
            end = last + 1
        before = [chunk for chunk in measured if chunk[1] <= place]
        after = [chunk for chunk in measured if chunk[0] >= end]
        chunk = before[-1] if before else after[0] if after else _before(items, behind, place)
        if chunk is None or chunk[1] - chunk[0] < 2:
            continue  # a number of nobody knows what
        units = [it for it in items[max(behind, place - 20) : place] if it.mention and it.mention.kind == "U"]
        years = [it for it in items if _year(it)]
        words = [it.symbol for it in items[max(0, place - 3) : place]]
        values = {
            "printed": _text(sequence, *chunk), "value": _text(sequence, place, last).replace(" ", ""),
            "unit": _text(sequence, last, end),
            "comparator": next((_COMPARATORS[word] for word in reversed(words) if word in _COMPARATORS), None),
            "area": unit_of(units[-1].mention, sequence.ground.lexicon, sequence.ground.asked())
            if units and units[-1].mention else "cluster",
            "period": str(_year(years[0]) if years else meeting.reviewed if meeting and meeting.reviewed else "") or None,
        }  # fmt: skip
        bearing = [items[place], items[end - 1], *([items[chunk[0]]] if chunk[0] < place else [])]
        yield _fact(sequence, "figure", values, bearing, share, bool(years))
        behind = end


def _before(items: Sequence[Item], behind: int, place: int) -> tuple[int, int] | None:
    """What stands before a number, to the last sign."""
    first = place
    while first > behind and items[first - 1].first.is_word:
        first -= 1
    return (first, place) if first < place else None


def _awards(sequence: Sequence_, likely: Likely) -> Iterator[Fact]:
    items, meeting = sequence.items, sequence.ground.meeting
    named: list[tuple[int, int, str, float]] = []
    for place in range(len(items)):
        name, share = _best(likely[place], prefix="B-award")
        if share >= LEAST:
            named.append((place, _chunk(likely, place, name.removeprefix("B-")), name, share))
    counts: dict[int, dict[str, tuple[int, float]]] = {}
    for place, item in enumerate(items):
        name, share = _best({name: s for name, s in likely[place].items() if name.endswith((".left", ".right"))})
        if share < LEAST or item.number is None:
            continue
        what, _, side = name.partition(".")
        near = [n for n, each in enumerate(named) if (each[0] > place if side == "right" else each[1] <= place)]
        if near:
            mine = counts.setdefault(near[0] if side == "right" else near[-1], {})
            if what not in mine or mine[what][1] < share:
                mine[what] = (place, share)
    for number, (first, last, name, share) in enumerate(named):
        mine = counts.get(number, {})
        if not mine:
            continue
        values: dict[str, object] = {
            "printed": _text(sequence, first, last),
            "status": "proposed" if name.endswith("proposed") else "given",
            "year": meeting.reviewed if meeting else None,
            **{what: items[place].number for what, (place, _) in mine.items()},
        }
        bearing = [items[first], items[last - 1], *(items[place] for place, _ in mine.values())]
        sure = min(share, *(each for _, each in mine.values()))
        yield _fact(sequence, "award", values, bearing, sure, False)


_READERS: Final[Mapping[str, Callable[[Sequence_, Likely], Iterator[Fact]]]] = {
    "units": _units, "figures": _figures, "awards": _awards,
}  # fmt: skip
