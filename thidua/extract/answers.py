"""Answers of language models: claims with quotations, and the facts that are left when code has read the text itself.

A claim becomes a fact if its quotations are found and what it says can be read there: numbers, names, years and units.
What can only be read beside them is marked; what cannot be read at all is left out, and without it perhaps the fact.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from thidua.extract.facts import Fact, Span
from thidua.extract.grounding import Around, Ground
from thidua.extract.lexicon import number_key
from thidua.extract.quoting import Quotable
from thidua.extract.tokens import keys_of

#: Nothing that a model alone says is surer.
SUREST: Final = 0.5
_LESS_SURE: Final = 0.35
_MOST_CLAIMS: Final = 400
_MOST_QUOTES: Final = 6
_LONGEST_VALUE: Final = 300
_ALONE: Final = "only the language model says so"

#: What a claim says, by kind: fields, and the JSON Schema of each.
_TEXT: Final = {"type": ["string", "null"]}
_WHOLE: Final = {"type": ["integer", "null"]}
_KINDS_OF_EVENT: Final = {
    "year-end-review": ("tong ket",), "mid-year": ("so ket", "6 thang", "sau thang", "giua nam"),
    "signing": ("giao uoc", "cam ket"), "preparatory": ("tru bi", "chuan bi"), "standing": ("thuong truc",),
    "other": (),
}  # fmt: skip
_CLAIMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "scope": {"value": {"type": "string", "enum": ["national", "sector", "province", "other"]}},
    "cluster": {"cluster": _TEXT, "units": _WHOLE},
    "member": {"province": _TEXT},
    "event": {
        "event": {"type": "array", "items": {"type": "string", "enum": list(_KINDS_OF_EVENT)}}, "date": _TEXT,
        "place": _TEXT,
    },
    "role": {
        "role": {"type": "string", "enum": ["head", "deputy"]}, "province": _TEXT, "year": _WHOLE,
        "incoming": {"type": "boolean"}, "official": _TEXT,
    },
    "handover": {"from": _TEXT, "to": _TEXT, "year": _WHOLE},
    "agreement": {"year": _WHOLE},
    "official": {"name": _TEXT, "post": _TEXT, "province": _TEXT},
    "award": {
        "printed": _TEXT, "giver": _TEXT, "collectives": _WHOLE, "individuals": _WHOLE, "households": _WHOLE,
        "total": _WHOLE, "status": {"type": "string", "enum": ["given", "proposed"]}, "year": _WHOLE,
    },
    "figure": {
        "printed": _TEXT, "value": _TEXT, "unit": _TEXT,
        "comparator": {"type": ["string", "null"], "enum": ["more-than", "less-than", "about", None]},
        "area": _TEXT, "period": _TEXT,
    },
    "document": {"number": _TEXT, "date": _TEXT, "issuer": _TEXT},
    "movement": {"printed": _TEXT},
    "ranking": {"province": _TEXT, "rank": _WHOLE, "points": _TEXT, "year": _WHOLE},
}  # fmt: skip


def schema() -> dict[str, Any]:
    """The JSON Schema of an answer: every field of a kind is there, and may be null."""
    kinds = [
        {
            "type": "object", "additionalProperties": False, "required": ["kind", *fields, "quotes"],
            "properties": {
                "kind": {"type": "string", "enum": [kind]}, **fields,
                "quotes": {"type": "array", "items": {"type": "string"}},
            },
        }
        for kind, fields in _CLAIMS.items()
    ]  # fmt: skip
    return {
        "type": "object", "additionalProperties": False, "required": ["facts"],
        "properties": {"facts": {"type": "array", "items": {"anyOf": kinds}}},
    }  # fmt: skip


@dataclass(frozen=True)
class Answered:
    """What is left of an answer."""

    facts: Sequence[Fact]
    scope: str
    """What the model takes the scope to be; empty where it does not say."""
    dropped: int
    """Claims that the text does not bear."""
    warnings: Sequence[str] = ()


def facts_in(answer: str, ground: Ground, warnings: Sequence[str] = ()) -> Answered:
    """The facts of an answer that its text bears.

    :raises ValueError: it is no JSON, or has no list of facts.
    """
    claims = list(_claims(answer))
    quotable = Quotable(ground.text)
    scope = next((str(claim["value"]) for claim in claims if _is_scope(claim)), "")
    found: dict[str, Fact] = {}
    dropped = 0
    for claim in claims:
        if _is_scope(claim):
            continue
        fact = _fact(claim, ground, quotable) if ground.meeting else None
        if fact is None:
            dropped += 1
        else:
            found.setdefault(json.dumps(fact.as_json() | {"spans": [], "warnings": []}, sort_keys=True), fact)
    return Answered(list(found.values()), scope, dropped, warnings)


def _is_scope(claim: Mapping[str, Any]) -> bool:
    return claim.get("kind") == "scope" and claim.get("value") in _CLAIMS["scope"]["value"]["enum"]


def _claims(answer: str) -> Iterator[Mapping[str, Any]]:
    """The claims of an answer; of one that was cut off, those that are whole.

    :raises ValueError: there is no list of them.
    """
    opened = answer.find("{")
    named = answer.find('"facts"', opened)
    place = answer.find("[", named)
    if opened < 0 or named < 0 or place < 0 or answer[named + 7 : place].strip() != ":":
        raise ValueError("it has no list named facts")
    decoder = json.JSONDecoder()
    place += 1
    for _ in range(_MOST_CLAIMS):
        while place < len(answer) and answer[place] in " \t\r\n,":
            place += 1
        try:
            claim, place = decoder.raw_decode(answer, place)
        except (ValueError, RecursionError):
            return  # its end, or where it was cut off
        if isinstance(claim, dict):
            yield claim


def _fact(claim: Mapping[str, Any], ground: Ground, quotable: Quotable) -> Fact | None:
    build = _BUILDERS.get(str(claim.get("kind")))
    quotes = claim.get("quotes")
    if build is None or not isinstance(quotes, list) or not 0 < len(quotes) <= _MOST_QUOTES:
        return None
    spans = [_span(quote, ground, quotable) for quote in quotes]
    if not all(spans):
        return None
    around = ground.around(sorted({span for span in spans if span}))
    if not around.in_body or not around.clusters() <= {ground.meeting.cluster if ground.meeting else ""}:
        return None
    said = _Said(claim, around, ground)
    values = build(said)
    if values is None:
        return None
    cluster = {"cluster": ground.meeting.cluster} if ground.meeting and claim["kind"] in _OF_CLUSTERS else {}
    kept = {name: value for name, value in (cluster | values).items() if value is not None}
    return Fact(
        str(claim["kind"]), kept, around.spans, "implied" if said.implied else "stated",
        "basis-year-inferred" if said.implied else "", _LESS_SURE if said.doubts else SUREST, f"llm.{claim['kind']}",
        ("llm",), (_ALONE, *said.doubts),
    )  # fmt: skip


def _span(quote: object, ground: Ground, quotable: Quotable) -> Span | None:
    """Where a passage stands: in the article rather than around it."""
    if not isinstance(quote, str):
        return None
    first = None
    for number, span in enumerate(quotable.every(quote)):
        if ground.around([span]).in_body:
            return span
        first = first or span
        if number > 10:
            break
    return first


_OF_CLUSTERS: Final = ("cluster", "member", "event", "role", "handover", "agreement", "ranking")


class _Said:
    """A claim beside the passages that it quotes."""

    def __init__(self, claim: Mapping[str, Any], around: Around, ground: Ground) -> None:
        self._claim = claim
        self.around, self.ground = around, ground
        self.doubts: list[str] = []
        self.implied = False

    def text(self, name: str) -> str:
        """A text of the claim, empty where there is none."""
        value = self._claim.get(name)
        return " ".join(value.split())[:_LONGEST_VALUE] if isinstance(value, str) else ""

    def whole(self, name: str) -> int | None:
        """A whole number of the claim."""
        value = self._claim.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None

    def get(self, name: str) -> Any:
        return self._claim.get(name)

    def printed(self, name: str) -> str | None:
        """A text that the passages have in these words."""
        text = self.text(name)
        return text if text and self.around.has_words(text) else None

    def number(self, name: str) -> int | None:
        """A whole number that the passages have."""
        number = self.whole(name)
        return number if number is not None and self.around.has_number(number) else None

    def unit(self, name: str, year: int | None = None) -> str | None:
        """A unit that the passages name; or, which is doubted, the sentences around them."""
        printed = self.text(name)
        unit = self.ground.unit(printed, year) if printed else None
        if unit is None:
            return None
        day = self.ground.asked(year)
        if unit in self.around.units(day):
            return unit
        if unit in self.around.units(day, wide=True):
            self.doubts.append(f"{printed} is not in the passage, but beside it")
            return unit
        return None

    def year(self, name: str, otherwise: int | None) -> int | None:
        """A year that the passages print; else the one that the meeting leads to, which is implied."""
        year, meeting = self.whole(name), self.ground.meeting
        if year in self.around.years():
            return year
        if year in self.around.years(wide=True):
            self.doubts.append(f"{year} is not in the passage, but beside it")
            return year
        self.implied = True
        if meeting and year is not None and year in (meeting.reviewed, meeting.launched):
            return year
        if year is not None:
            self.doubts.append(f"the language model takes it for {year}, which is not in the passage")
        return otherwise

    def day(self, name: str) -> str | None:
        """A day that the sentences print, its year perhaps that of the meeting."""
        parts = self.text(name).split("-")
        if len(parts) != 3 or not all(part.isdecimal() and part.isascii() for part in parts):
            return None
        year, month, day = (int(part) for part in parts)
        days, meeting = self.around.days(), self.ground.meeting
        iso = f"{year:04}-{month:02}-{day:02}"
        if (year, month, day) in days:
            return iso
        if (None, month, day) in days and meeting and iso == meeting.day:
            self.implied = True
            return iso
        return None


Values = dict[str, Any]


def _cluster(said: _Said) -> Values | None:
    meeting = said.ground.meeting
    if meeting is None or said.ground.cluster(said.text("cluster")) != meeting.cluster:
        return None
    return {"units": said.number("units")}


def _member(said: _Said) -> Values | None:
    meeting = said.ground.meeting
    province = said.unit("province")
    return {"year": meeting.reviewed, "province": province} if province and meeting and meeting.reviewed else None


def _event(said: _Said) -> Values | None:
    given = said.get("event")
    named = [kind for kind in given if isinstance(kind, str)] if isinstance(given, list) else []
    kinds = [kind for kind in dict.fromkeys(named) if _bears(said, kind)]
    if not kinds:
        return None
    return {"event": kinds[0] if len(kinds) == 1 else kinds, "date": said.day("date"), "place": said.unit("place")}


def _bears(said: _Said, kind: str) -> bool:
    words = _KINDS_OF_EVENT.get(kind)
    return words is not None and (not words or any(f" {word} " in said.around.folded for word in words))


def _role(said: _Said) -> Values | None:
    role, meeting = said.get("role"), said.ground.meeting
    if role not in ("head", "deputy") or meeting is None:
        return None
    year = said.year("year", meeting.year_of(incoming=said.get("incoming") is True))
    province = said.unit("province", year)
    if province is None or year is None:
        return None
    if role not in said.around.roles():
        said.doubts.append("the passage does not name the role in the usual words")
    return {"year": year, "role": role, "province": province, "official": said.printed("official")}


def _handover(said: _Said) -> Values | None:
    meeting = said.ground.meeting
    year = said.year("year", meeting.year_of(incoming=True) if meeting else None)
    giver, receiver = said.unit("from", year), said.unit("to", year)
    if not giver or not receiver or giver == receiver or year is None:
        return None
    return {"year": year, "from": giver, "to": receiver}


def _agreement(said: _Said) -> Values | None:
    meeting = said.ground.meeting
    year = said.year("year", meeting.launched if meeting else None)
    return {"year": year} if year and " giao uoc " in said.around.folded else None


def _official(said: _Said) -> Values | None:
    name = said.printed("name")
    if name is None or len(keys_of(name)) < 2:
        return None
    known = said.ground.lexicon.people.get(" ".join(keys_of(name)), ())
    if len(known) > 1:
        said.doubts.append("several people of that name are known")
    return {
        "name": name, "post": said.printed("post"), "province": said.unit("province"),
        "id": known[0] if len(known) == 1 else None,
    }  # fmt: skip


def _award(said: _Said) -> Values | None:
    printed = said.printed("printed")
    counts = {name: said.number(name) for name in ("collectives", "individuals", "households", "total")}
    asked = [name for name in counts if said.whole(name) is not None]
    if printed is None or (asked and not any(counts.values())) or said.get("status") not in ("given", "proposed"):
        return None
    if any(counts[name] is None for name in asked):
        said.doubts.append("not all of its numbers are in the passage")
    meeting = said.ground.meeting
    year = said.year("year", meeting.reviewed if meeting else None)
    return {"printed": printed, "giver": said.printed("giver"), **counts, "status": said.get("status"), "year": year}


def _figure(said: _Said) -> Values | None:
    value, unit = said.printed("value"), said.text("unit")
    bare = unit.replace(" ", "")
    passage = "".join(said.ground.text[start:end] for start, end in said.around.spans).replace(" ", "")
    if value is None or not value[0].isdigit() or (unit and bare.lower() not in passage.lower()):
        return None
    area = said.text("area")
    year = said.year("period", None) if said.whole("period") else None
    period = said.printed("period") or (str(year) if year else None)
    comparator = said.get("comparator") if said.get("comparator") in ("more-than", "less-than", "about") else None
    printed = said.printed("printed")
    if printed is None:
        said.doubts.append("what is measured is not told in these words")
    return {
        "printed": printed or said.text("printed") or None, "value": value, "unit": unit or None,
        "comparator": comparator,
        "area": "cluster" if keys_of(area) == ("cluster",) else said.unit("area") if area else None, "period": period,
    }  # fmt: skip


def _document(said: _Said) -> Values | None:
    number = said.text("number")
    passage = "".join(said.ground.text[start:end] for start, end in said.around.spans)
    if not number or not any(letter.isdigit() for letter in number) or number_key(number) not in number_key(passage):
        return None
    known = said.ground.lexicon.documents.get(number_key(number))
    return {"number": number, "date": said.day("date"), "issuer": said.printed("issuer"), "id": known}


def _movement(said: _Said) -> Values | None:
    printed = said.printed("printed")
    if printed is None or len(keys_of(printed)) < 3:
        return None
    key = keys_of(printed)
    linked = next((id_ for name, id_ in said.ground.lexicon.movements if keys_of(name) == key), None)
    return {"printed": printed, "id": linked}


def _ranking(said: _Said) -> Values | None:
    rank, meeting = said.number("rank"), said.ground.meeting
    year = said.year("year", meeting.reviewed if meeting else None)
    province = said.unit("province", year)
    if not rank or rank > 15 or province is None or year is None:
        return None
    return {"year": year, "province": province, "rank": rank, "points": said.printed("points")}


_BUILDERS: Final[Mapping[str, Callable[[_Said], Values | None]]] = {
    "cluster": _cluster, "member": _member, "event": _event, "role": _role, "handover": _handover,
    "agreement": _agreement, "official": _official, "award": _award, "figure": _figure, "document": _document,
    "movement": _movement, "ranking": _ranking,
}  # fmt: skip
