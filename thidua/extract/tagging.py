"""Sequence labelling: sentences as items with features, and the labels that noted facts give them.

An item is a word, or a whole mention; there are three layers of labels, each a model of its own: who holds a role or is
a member (of units), what is measured (of numbers), and what is awarded to how many.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from thidua.extract.facts import Fact, Span
from thidua.extract.grounding import Ground
from thidua.extract.meeting import unit_of
from thidua.extract.mentions import Mention, Reading
from thidua.extract.tokens import Token

OUTSIDE: Final = "O"
_WINDOW: Final = 4
_NUMERALS: Final = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10,
}  # fmt: skip
#: Words that say who leads or passes the lead on, wherever they stand in a sentence.
_LEADING: Final = (
    "bau", "suy", "luan", "giao", "nhan", "trao", "ban", "tiep", "dang", "moi", "nhiem", "dam", "tri", "xep", "hang",
    "gom", "du", "dung", "dau", "thay", "mat", "dai", "dien", "du", "kien", "uoc",
)  # fmt: skip
_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "collectives": ("tap", "don", "tinh", "thanh", "dia", "doanh"),
    "individuals": ("ca", "can", "nguoi", "cong", "me", "ba", "dong"),
    "households": ("ho", "gia"),
}
_AWARDS: Final = frozenset(("khen", "co", "huan", "huy", "danh", "anh", "chien", "ky", "nha", "giay"))


@dataclass(frozen=True)
class Item:
    """A word of a sentence, or a whole mention."""

    symbol: str
    """The folded word; of a mention its kind, and how it stands to the meeting."""
    first: Token
    last: Token
    mention: Mention | None

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.first.start, self.last.end

    @property
    def number(self) -> int | None:
        """The whole number that it is, in digits or in words."""
        digits = self.symbol.replace(".", "")
        return int(digits) if digits.isdecimal() and len(digits) < 10 else _NUMERALS.get(self.symbol)


@dataclass(frozen=True)
class Sequence_:
    """A sentence of an article as items."""

    ground: Ground
    reading: Reading

    @cached_property
    def items(self) -> list[Item]:
        """Its items."""
        words, places = self.reading.sentence.words, self.reading.places
        found = []
        for number, (symbol, place) in enumerate(zip(self.reading.written.split(" "), places, strict=True)):
            behind = places[number + 1] if number + 1 < len(places) else len(words)
            mention = self.reading.mentions[int(symbol[1:])] if _is_symbol(symbol) else None
            shown = self._shown(mention) if mention else symbol
            found.append(Item(shown, words[place], words[behind - 1], mention))
        return found

    def _shown(self, mention: Mention) -> str:
        meeting = self.ground.meeting
        if meeting and mention.kind == "Y":
            how = "past" if mention.value == meeting.reviewed else "next" if mention.value == meeting.launched else ""
            return f"<Y{how}>"
        if meeting and mention.kind == "C":
            return "<C>" if mention.value[0] == meeting.cluster else "<C-other>"
        return f"<{mention.kind}>"

    def features(self) -> list[list[str]]:
        """The features of each item."""
        items = self.items
        shapes = [_shape(item) for item in items]
        said = sorted({item.symbol for item in items if item.symbol in _LEADING or item.symbol in ("<H>", "<D>")})
        kinds = [mention.kind for mention in self.reading.mentions]
        whole = [f"has={word}" for word in said] + [f"units={min(9, kinds.count('U'))}"]
        meeting = self.ground.meeting
        whole += [f"meeting={kind}" for kind in (meeting.kinds if meeting else ())]
        found = []
        for place, item in enumerate(items):
            mine = ["bias", f"w={item.symbol}", f"s={shapes[place]}"]
            for step in (*range(-_WINDOW, 0), *range(1, _WINDOW + 1)):
                other = place + step
                inside = 0 <= other < len(items)
                mine.append(f"{step}={items[other].symbol if inside else '|'}")
                if inside and abs(step) <= 2:
                    mine.append(f"s{step}={shapes[other]}")
            mine.append(f"-2-1={_joined(items, place - 2, place)}")
            mine.append(f"+1+2={_joined(items, place + 1, place + 3)}")
            mine.append(f"-1+1={_joined(items, place - 1, place)}_{_joined(items, place + 1, place + 2)}")
            mine.append(f"-3-2-1={_joined(items, place - 3, place)}")
            mine += _marks_around(items, place)
            if item.mention and item.mention.kind == "U":
                mine += whole
            found.append(mine)
        return found


def _is_symbol(word: str) -> bool:
    return word[0].isupper() and word[1:].isdecimal()


def _shape(item: Item) -> str:
    if item.mention:
        return item.mention.kind
    if item.first.key[0].isdigit():
        return "0,0" if "," in item.first.key else "0.0" if "." in item.first.key else f"0{min(5, len(item.first.key))}"
    if not item.first.is_word:
        return "sign"
    return "SHOUT" if item.first.shout else "Word" if item.first.capital else "word"


def _joined(items: Sequence[Item], first: int, last: int) -> str:
    return "_".join(items[place].symbol if 0 <= place < len(items) else "|" for place in range(first, last))


#: Marks that are looked for to the left and to the right, and how far.
_FAR: Final = 25


def _marks_around(items: Sequence[Item], place: int) -> Iterator[str]:
    """The nearest role, number and award on either side, how far it is, and what kind of sign lies between."""
    for side, step in (("l", -1), ("r", 1)):
        wanted = {"<H>": "role", "<D>": "role"}
        signs = units = 0
        seen: set[str] = set()
        for distance in range(1, _FAR):
            other = place + step * distance
            if not 0 <= other < len(items):
                break
            symbol = items[other].symbol
            if symbol in wanted or symbol in ("<Ypast>", "<Ynext>", "<Y>", "<R>", "<C>") or symbol in _AWARDS:
                name = symbol if symbol not in _AWARDS else "award"
                if name not in seen:
                    seen.add(name)
                    far = 1 if distance < 3 else 2 if distance < 6 else 3 if distance < 12 else 4
                    yield f"{side}:{name}"
                    yield f"{side}:{name}:{far}:{min(units, 2)}:{min(signs, 2)}"
            signs += symbol in (",", ";", "(", ")", ".")
            units += symbol == "<U>"


Labels = list[str]


def sequences(ground: Ground) -> list[Sequence_]:
    """The sentences of the article itself."""
    return [Sequence_(ground, reading) for reading in ground.body]


def wanted(layer: str, sequence: Sequence_) -> bool:
    """Whether a sentence can have a label of a layer at all."""
    if layer == "units":
        return any(item.symbol == "<U>" for item in sequence.items)
    numbers = any(item.first.key[0].isdigit() and not item.mention for item in sequence.items)
    if layer == "figures":
        return numbers
    return any(item.symbol in _AWARDS for item in sequence.items)


def labels(layer: str, sequence: Sequence_, facts: Sequence[Fact]) -> Labels:
    """The labels that noted facts give a sentence."""
    found = [OUTSIDE] * len(sequence.items)
    start, end = sequence.reading.sentence.start, sequence.reading.sentence.end
    for fact in facts:
        spans = [(max(start, low), min(end, high)) for low, high in fact.spans if low < end and start < high]
        if spans and fact.kind in LAYERS[layer]:
            _LABELLERS[fact.kind](sequence, fact, spans, found)
    return found


def _inside(sequence: Sequence_, spans: Sequence[Span]) -> list[int]:
    return [
        place for place, item in enumerate(sequence.items)
        if any(low <= item.first.start and item.last.end <= high for low, high in spans)
    ]  # fmt: skip


def _of_role(sequence: Sequence_, fact: Fact, spans: Sequence[Span], found: Labels) -> None:
    meeting, year = sequence.ground.meeting, fact.get("year")
    if meeting is None:
        return
    units = _units(sequence, spans, fact.get("province"), year)
    roles = [place for place in _inside(sequence, spans) if sequence.items[place].symbol in ("<H>", "<D>")]
    if units:
        place = min(units, key=lambda each: min((abs(each - role) for role in roles), default=each))
        when = "past" if year == meeting.reviewed else "next" if year == meeting.launched else "other"
        found[place] = f"{fact.get('role')}.{when}"


def _of_member(sequence: Sequence_, fact: Fact, spans: Sequence[Span], found: Labels) -> None:
    for place in _units(sequence, spans, fact.get("province"), fact.get("year"))[:1]:
        if found[place] == OUTSIDE:
            found[place] = "member"


def _units(sequence: Sequence_, spans: Sequence[Span], province: object, year: object) -> list[int]:
    day = sequence.ground.asked(year if isinstance(year, int) else None)
    return [
        place for place in _inside(sequence, spans)
        if (mention := sequence.items[place].mention) and mention.kind == "U"
        and unit_of(mention, sequence.ground.lexicon, day) == province
    ]  # fmt: skip


def _of_figure(sequence: Sequence_, fact: Fact, spans: Sequence[Span], found: Labels) -> None:
    value = keys_of_text(str(fact.get("value")))
    unit = keys_of_text(str(fact.get("unit") or ""))
    inside = _inside(sequence, spans)
    for place in _runs(sequence, inside, [*value, *unit]) or _runs(sequence, inside, value):
        if found[place] == OUTSIDE:
            _mark(found, place, len(value), "value")
            if _runs(sequence, [*range(place + len(value), place + len(value) + len(unit))], unit):
                _mark(found, place + len(value), len(unit), "unit")
            break
    printed = list(keys_of_text(str(fact.get("printed") or "")))
    for place in _runs(sequence, [*range(len(found))], printed)[:1]:
        if printed and all(label == OUTSIDE for label in found[place : place + len(printed)]):
            _mark(found, place, len(printed), "measured")


def _of_award(sequence: Sequence_, fact: Fact, spans: Sequence[Span], found: Labels) -> None:
    inside = _inside(sequence, spans)
    printed = keys_of_text(str(fact.get("printed") or ""))
    named = _runs(sequence, inside, printed) or _runs(sequence, [*range(len(found))], printed)
    if not named:
        return
    award = named[0]
    if all(label == OUTSIDE for label in found[award : award + len(printed)]):
        _mark(found, award, len(printed), "award-proposed" if fact.get("status") == "proposed" else "award")
    for name in ("collectives", "individuals", "households", "total"):
        count = fact.get(name)
        places = [place for place in inside if sequence.items[place].number == count and found[place] == OUTSIDE]
        classed = [place for place in places if _classed(sequence, place, name)]
        if count is not None and (places := classed or places):
            place = min(places, key=lambda each: abs(each - award))
            found[place] = f"{name}.{'right' if place < award else 'left'}"


def _classed(sequence: Sequence_, place: int, name: str) -> bool:
    near = [item.symbol for item in sequence.items[max(0, place - 3) : place + 3]]
    return any(word in near for word in _CLASSES.get(name, ()))


def _mark(found: Labels, place: int, length: int, name: str) -> None:
    found[place] = f"B-{name}"
    for behind in range(place + 1, min(place + length, len(found))):
        found[behind] = f"I-{name}"


def keys_of_text(text: str) -> tuple[str, ...]:
    """The folded words and signs of a text, as items have them."""
    from thidua.extract.tokens import tokens

    return tuple(token.key for token in tokens(text))


def _runs(sequence: Sequence_, places: Sequence[int], keys: Sequence[str]) -> list[int]:
    """Where in some places the words begin, one item each."""
    allowed = set(places)
    items = sequence.items
    return [
        place for place in places
        if keys and all(
            place + step in allowed and place + step < len(items) and items[place + step].symbol == key
            for step, key in enumerate(keys)
        )
    ]  # fmt: skip


#: The kinds of fact of each layer.
LAYERS: Final[Mapping[str, tuple[str, ...]]] = {
    "units": ("role", "member"), "figures": ("figure",), "awards": ("award",),
}  # fmt: skip
_LABELLERS: Final[Mapping[str, Callable[[Sequence_, Fact, Sequence[Span], Labels], None]]] = {
    "role": _of_role, "member": _of_member, "figure": _of_figure, "award": _of_award,
}  # fmt: skip
