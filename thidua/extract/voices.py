"""Voices: the extractors that read an article, and what they say together.

Where two say the same it is surer; what a model alone says is never sure, and is marked. Rules decide on the scope:
what they take for another's, no model brings into the graph.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from thidua.base.errors import InputError
from thidua.extract.answers import Answered
from thidua.extract.article import Article
from thidua.extract.extractor import extract
from thidua.extract.facts import Fact
from thidua.extract.grounding import Ground
from thidua.extract.lexicon import Lexicon, number_key
from thidua.extract.llm import Model
from thidua.extract.tagger import Kind, Tagger
from thidua.extract.tokens import keys_of

#: Their names, as ``by`` has them; rules first, whose facts are kept where two agree.
VOICES: Final = ("rules", "tagger", "llm")
_IN_WORDS: Final = {"rules": "the rules", "llm": "the language model", "tagger": "the tagger"}
_SUREST: Final = 0.99
_UNSEEN: Final = "the tagger does not see it"
_CHECKED: Final = ("date", "place", "units", "post", "official", "issuer", "year", "status", "points")


def voices_of(given: str) -> tuple[str, ...]:
    """The voices of a list such as ``rules,llm``, in their order.

    :raises InputError: there is no such voice, or none is named.
    """
    named = [name.strip() for name in given.split(",") if name.strip()]
    unknown = [name for name in named if name not in VOICES]
    if unknown or not named:
        what = f"There is no voice {unknown[0]!r}" if unknown else "No voice is named"
        raise InputError(f"{what}; there are {', '.join(VOICES)}, joined by commas")
    return tuple(voice for voice in VOICES if voice in named)


def extract_by(
    article: Article, lexicon: Lexicon, voices: Sequence[str] = ("rules",), scope: str = "", *,
    model: Model | None = None, tagger: Tagger | None = None,
) -> list[Fact]:  # fmt: skip
    """What an article says, by some voices; the scope first, and nothing else where it is another's.

    :param scope: what somebody has decided that it is; left out, rules weigh it.
    :param model: the language model that is asked; the one of the environment if left out.
    :param tagger: the trained tagger; without one, ``tagger`` cannot be asked.
    :raises InputError: there is no such voice, or it is not set up.
    :raises RemoteError: the language model gives no answer that can be used.
    """
    asked = voices_of(",".join(voices))
    if "tagger" in asked and tagger is None:
        raise InputError(
            "There is no trained tagger; make one with `thidua extract learn`, or leave tagger out of --by"
        )
    found = extract(article, lexicon, scope) if "rules" in asked else []
    if asked == ("rules",):
        return found
    model = (model or Model.of_environment()) if "llm" in asked else None
    ground = Ground.of(article, lexicon, scope)
    whose, found = (found[0], found[1:]) if found else (ground.scope, [])
    if ground.meeting is None:
        return [whose]
    if tagger is not None and "tagger" in asked:
        found = _with_tagger(found, tagger, ground)
    if model is not None:
        whose, found = _with_model(whose, found, model.facts(ground))
    return [whose, *sorted(found, key=lambda fact: fact.spans[:1] or ((0, 0),))]


def _with_tagger(found: Sequence[Fact], tagger: Tagger, ground: Ground) -> list[Fact]:
    seen = tagger.seen(ground)
    keys = {key for fact in seen for key in keys_of_fact(fact)}
    return [
        _doubted(fact, tagger.kinds) if fact.by == ("rules",) and keys.isdisjoint(keys_of_fact(fact)) else fact
        for fact in merge(found, beside(found, tagger.said(seen)))
    ]


def _doubted(fact: Fact, kinds: Mapping[str, Kind]) -> Fact:
    """A fact of the rules that the tagger does not see, where such ones were wrong more often."""
    unseen = kinds[fact.kind].unseen if fact.kind in kinds else None
    if unseen is None:
        return fact
    return replace(fact, confidence=min(fact.confidence, unseen), warnings=(*fact.warnings, _UNSEEN))


def _with_model(scope: Fact, found: list[Fact], answered: Answered) -> tuple[Fact, list[Fact]]:
    if answered.scope not in ("", "national"):
        doubt = f"the language model takes the scope to be {answered.scope}; nothing that it alone says is shown"
        return replace(scope, warnings=(*scope.warnings, doubt)), found
    left = f"{answered.dropped} claims of the language model are not borne by the text, and were dropped"
    more = (*answered.warnings, *([left] if answered.dropped else []))
    by = dict.fromkeys((*scope.by, *(["llm"] if answered.scope else [])))
    return replace(scope, warnings=(*scope.warnings, *more), by=tuple(by)), merge(found, answered.facts)


def beside(ours: Sequence[Fact], tagged: Sequence[Fact]) -> list[Fact]:
    """What a tagger says that can stand beside the facts of the rules, and beside what it says itself more surely.

    A year has one head, and a unit one role in it; a list of members that the rules know whole has no others.
    """
    units = next((fact.get("units") for fact in ours if fact.kind == "cluster"), None)
    listed = {fact.get("province") for fact in ours if fact.kind == "member"}
    own = {key for fact in ours for key in keys_of_fact(fact)}
    kept: list[Fact] = []
    for fact in sorted(tagged, key=lambda each: -each.confidence):
        if own.isdisjoint(keys_of_fact(fact)):
            others = [other for other in (*ours, *kept) if other.kind == fact.kind == "role"]
            if any(_contradicts(fact, other) or _same_unit(fact, other) for other in others):
                continue
            if fact.kind == "member" and units and len(listed) == units:
                continue
        kept.append(fact)
    members = listed | {fact.get("province") for fact in kept if fact.kind == "member"}
    if len(members) < 3 or (units and len(members) > units):
        kept = [fact for fact in kept if fact.kind != "member" or fact.get("province") in listed]
    return kept


def _same_unit(one: Fact, other: Fact) -> bool:
    return (one.get("year"), one.get("province")) == (other.get("year"), other.get("province"))


def merge(ours: Sequence[Fact], others: Sequence[Fact]) -> list[Fact]:
    """Facts of two voices: those of the first, surer where the second agrees; then what the second alone says."""
    found = list(ours)
    places: dict[tuple[Any, ...], int] = {}
    for place, fact in enumerate(ours):
        for key in keys_of_fact(fact):
            places.setdefault(key, place)
    alone: list[Fact] = []
    for other in others:
        keys = keys_of_fact(other)
        agreed = next((places[key] for key in keys if key in places), None)
        if agreed is None:
            alone.append(other)
        else:
            found[agreed] = _agreed(found[agreed], other)
    for number, other in enumerate(alone):
        for place, fact in enumerate(found):
            if _contradicts(fact, other):
                mine, theirs = _told(other, other.by), _told(fact, fact.by)
                found[place] = replace(found[place], warnings=_with(found[place].warnings, mine))
                alone[number] = other = replace(other, warnings=_with(other.warnings, theirs))
    return [*found, *alone]


def _with(warnings: tuple[str, ...], more: str) -> tuple[str, ...]:
    return warnings if more in warnings else (*warnings, more)


def _agreed(fact: Fact, other: Fact) -> Fact:
    by = tuple(dict.fromkeys((*fact.by, *other.by)))
    if set(other.by) <= set(fact.by):
        return fact
    both = 1 - (1 - fact.confidence) * (1 - other.confidence)
    warnings = fact.warnings
    for name in _CHECKED:
        mine, theirs = fact.get(name), other.get(name)
        if mine is not None and theirs is not None and _same(mine) != _same(theirs):
            warnings = _with(warnings, f"{_names(other.by)}: {name} {theirs}")
    # Who differs in a part makes the whole no surer.
    sure = fact.confidence if warnings != fact.warnings else min(_SUREST, round(both, 3))
    return replace(fact, confidence=max(fact.confidence, sure), by=by, warnings=warnings)


def _same(value: object) -> tuple[str, ...]:
    return keys_of(str(value))


def _told(fact: Fact, by: Sequence[str]) -> str:
    values = ", ".join(f"{name} {value}" for name, value in fact.values.items() if name != "cluster")
    return f"{_names(by)}: {values}"


def _names(by: Sequence[str]) -> str:
    return " and ".join(_IN_WORDS[name] for name in by)


def _contradicts(one: Fact, other: Fact) -> bool:
    """Whether two facts cannot both be true: one head a year, one rank a unit."""
    if one.kind != other.kind or one.get("year") != other.get("year"):
        return False
    if one.kind == "role":
        heads = one.get("role") == other.get("role") == "head"
        return heads and bool(one.get("province") != other.get("province"))
    if one.kind == "ranking":
        return bool(one.get("rank") == other.get("rank")) != bool(one.get("province") == other.get("province"))
    return one.kind == "handover"


def keys_of_fact(fact: Fact) -> list[tuple[Any, ...]]:
    """What makes two facts one: any key in common."""
    return _KEYS[fact.kind](fact)


def _event(fact: Fact) -> list[tuple[Any, ...]]:
    said = fact.get("event")
    kinds = said if isinstance(said, list | tuple) else [said]
    return [("event", fact.get("cluster"), kind) for kind in kinds]


def _award(fact: Fact) -> list[tuple[Any, ...]]:
    counts = [fact.get(name) for name in ("collectives", "individuals", "households")]
    total = fact.get("total") or math.fsum(count or 0 for count in counts)
    named = [key for key in keys_of(str(fact.get("printed"))) if key not in ("danh", "hieu")]
    return [("award", tuple(named[:2]), int(total), fact.get("status") or "given")]


def _figure(fact: Fact) -> list[tuple[Any, ...]]:
    value = "".join(str(fact.get("value")).split())
    return [("figure", value, keys_of(str(fact.get("unit") or "")) or str(fact.get("unit") or ""))]


def _by(*names: str) -> Callable[[Fact], list[tuple[Any, ...]]]:
    return lambda fact: [(fact.kind, *(fact.get(name) for name in names))]


_KEYS: Final[Mapping[str, Callable[[Fact], list[tuple[Any, ...]]]]] = {
    "scope": lambda fact: [("scope",)],
    "cluster": _by("cluster"),
    "member": _by("cluster", "province"),
    "event": _event,
    "role": _by("cluster", "year", "role", "province"),
    "handover": _by("cluster", "year", "from", "to"),
    "agreement": _by("cluster", "year"),
    "official": lambda fact: [("official", keys_of(str(fact.get("name"))))],
    "award": _award,
    "figure": _figure,
    "document": lambda fact: [("document", number_key(str(fact.get("number"))))],
    "movement": lambda fact: [("movement", keys_of(str(fact.get("printed"))))],
    "ranking": _by("cluster", "province", "rank"),
}
