"""Grounding: what of a fact can be read in its passage, beside it, or nowhere; the same for every extractor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from thidua.extract.article import Article
from thidua.extract.extractor import LONGEST
from thidua.extract.facts import Fact, Span
from thidua.extract.lexicon import Lexicon
from thidua.extract.meeting import Meeting, meeting_of, unit_of
from thidua.extract.mentions import Reading, read
from thidua.extract.passages import sentences
from thidua.extract.scope import scope_of
from thidua.extract.tokens import Token, keys_of

_NUMERALS: Final = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
    "muoi": 10, "chuc": 10, "nhat": 1, "nhi": 2, "dau": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """A text as it is read before any voice speaks: its sentences, whose it is, and the meeting that it tells of."""

    article: Article
    lexicon: Lexicon
    text: str
    readings: Sequence[Reading]
    scope: Fact
    meeting: Meeting | None

    @classmethod
    def of(cls, article: Article, lexicon: Lexicon, given: str = "") -> "Ground":
        """Read a text.

        :param given: the scope that somebody has decided on; left out, it is weighed.
        """
        text = article.text[:LONGEST]
        readings = [read(sentence, lexicon, text) for sentence in sentences(text)]
        scope = scope_of(readings)
        if given and given != scope.get("value"):
            scope = Fact("scope", {"value": given}, scope.spans, confidence=1.0, rule="scope.given")
        national = scope.get("value") == "national"
        return cls(
            article, lexicon, text, readings, scope, meeting_of(article, readings, lexicon) if national else None
        )

    @cached_property
    def body(self) -> list[Reading]:
        """The sentences of the article itself."""
        return [reading for reading in self.readings if reading.sentence.body]

    @property
    def is_national(self) -> bool:
        """Whether anything of it belongs into the graph, as rules see it."""
        return self.meeting is not None

    def around(self, spans: Iterable[Span]) -> "Around":
        """What can be read in passages, and in the sentences that they lie in."""
        return Around(self, tuple(spans))

    def unit(self, printed: str, year: int | None = None) -> str | None:
        """The unit that a printed name means on the day of the meeting, or in a year; None for none."""
        keys = keys_of(printed)
        finder = self.lexicon.unit_finder
        words = _as_words(keys)
        for place in range(len(words)):
            if found := finder.at(words, place):
                return self.lexicon.unit_on(found[1], self.asked(year))
        for place in range(len(words)):
            if found := self.lexicon.seat_finder.at(words, place):
                return self.lexicon.unit_of_seat(found[1], self.asked(year))
        return None

    def cluster(self, printed: str) -> str | None:
        """The cluster that a printed name means; None for none."""
        words = _as_words(keys_of(printed))
        for place in range(len(words)):
            if found := self.lexicon.region_finder.at(words, place):
                return found[1]
        return None

    def asked(self, year: int | None = None) -> str:
        """The day on which a name is resolved: the meeting's, unless a year was over when units were merged."""
        day = self.meeting.asked if self.meeting else ""
        return day if year is None or not day or int(day[:4]) <= year + 1 else f"{year}-12-31"


def _as_words(keys: Sequence[str]) -> list[Token]:
    return [Token(key, 0, 0, True) for key in keys]


@dataclass(frozen=True)
class Around:
    """Passages, and the sentences that they lie in."""

    ground: Ground
    spans: tuple[Span, ...]

    @cached_property
    def _places(self) -> list[int]:
        every = enumerate(self.ground.readings)
        return [place for place, each in every if self._touches(each.sentence.start, each.sentence.end)]

    @cached_property
    def readings(self) -> list[Reading]:
        """The sentences that the passages touch."""
        return [self.ground.readings[place] for place in self._places]

    @cached_property
    def near(self) -> list[Reading]:
        """Those, and one before and behind each."""
        wide = {other for place in self._places for other in (place - 1, place, place + 1)}
        return [self.ground.readings[place] for place in sorted(wide) if 0 <= place < len(self.ground.readings)]

    def _touches(self, start: int, end: int) -> bool:
        return any(start < high and low < end for low, high in self.spans)

    @property
    def in_body(self) -> bool:
        """Whether it is the article that says it, and no menu or headline beside it."""
        return any(reading.sentence.body for reading in self.readings)

    @cached_property
    def words(self) -> list[Token]:
        """The tokens of the passages."""
        return [
            word for reading in self.readings for word in reading.sentence.words if self._touches(word.start, word.end)
        ]

    @cached_property
    def folded(self) -> str:
        """The words of the passages, folded, between spaces."""
        return _folded(self.words)

    def units(self, day: str, *, wide: bool = False) -> set[str]:
        """The units named in the passages, or in the sentences around them."""
        return {
            unit_of(mention, self.ground.lexicon, day)
            for reading in (self.near if wide else self.readings)
            for mention in reading.kinds("U")
            if wide or self._touches(mention.start, mention.end)
        }

    def clusters(self) -> set[str]:
        """The clusters that the sentences name."""
        return {mention.value[0] for reading in self.readings for mention in reading.kinds("C")}

    def years(self, *, wide: bool = False) -> set[int]:
        """The years printed in the passages, alone or in a day; or in the sentences that they lie in."""
        found = set()
        for reading in self.readings:
            for mention in reading.kinds("Y", "T"):
                year = mention.value if mention.kind == "Y" else mention.value[0]
                if year and (wide or self._touches(mention.start, mention.end)):
                    found.add(year)
        return found

    def days(self) -> set[tuple[int | None, int, int]]:
        """The days printed in the sentences: year or None, month, day."""
        return {mention.value for reading in self.readings for mention in reading.kinds("T")}

    def roles(self) -> set[str]:
        """The roles named in the passages: head, deputy."""
        found = (mention for reading in self.readings for mention in reading.kinds("H", "D"))
        return {str(mention.value) for mention in found if self._touches(mention.start, mention.end)}

    def has_words(self, printed: str) -> bool:
        """Whether the passages have these words in this order, but for marks and signs."""
        keys = keys_of(printed)
        return bool(keys) and f" {' '.join(keys)} " in self.folded

    def has_number(self, number: int) -> bool:
        """Whether the passages have a whole number, in digits or in words."""
        return number in self._numbers

    @cached_property
    def _numbers(self) -> set[int]:
        found: set[int] = set()
        said: list[int] = []
        for word in [*self.words, None]:
            numeral = _NUMERALS.get(word.key) if word else None
            if numeral:
                said.append(numeral)
                continue
            found |= {_told(said), *said} if said else set()
            said = []
            if word and word.key[0].isdigit() and len(word.key) < 12 and (digits := _digits(word.key)) is not None:
                found.add(digits)
        return found


def _folded(words: Iterable[Token]) -> str:
    return " " + " ".join(word.key for word in words if word.is_word) + " "


def _digits(key: str) -> int | None:
    """A whole number as Vietnamese prints it, ``1.204``; None for any other."""
    parts = key.split(".")
    whole = len(parts) == 1 or (all(len(part) == 3 for part in parts[1:]) and len(parts[0]) < 4)
    return int("".join(parts)) if whole and all(part.isdecimal() and part.isascii() for part in parts) else None


def _told(said: Sequence[int]) -> int:
    total = 0
    for number in said[:4]:
        total = (total or 1) * 10 if number == 10 else total + number
    return total
