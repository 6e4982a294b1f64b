"""Mentions: units, clusters, people, roles, years, days and quotations of a sentence, and the sentence written in them.

Rules are short expressions over that writing: ``<U0>, cum truong <C1> <Y2>``, in which each mention is one symbol.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from thidua.extract.lexicon import Lexicon
from thidua.extract.passages import Sentence
from thidua.extract.tokens import Token

#: Capitalised words that no person's name goes on into.
_NO_NAME: Final = frozenset(["ubnd", "hdnd", "mttq", "hdtdkt", "tw", "ttxvn", "tp", "btv", "bch"])
_NUMERALS: Final = dict(
    zip(["mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin", "muoi"], range(1, 11), strict=True)
) | {
    "tu": 4,
    "muoi mot": 11,
    "muoi hai": 12,
    "muoi ba": 13,
    "muoi bon": 14,
    "muoi lam": 15,
}
_TITLES: Final = frozenset(("ong", "ba", "chi", "dc"))
_ROLES: Final = (
    (("pho", "truong", "cum"), "deputy"), (("pho", "cum", "truong"), "deputy"), (("cum", "pho"), "deputy"),
    (("pho", "cum"), "deputy"), (("cum", "truong"), "head"), (("truong", "cum"), "head"), (("dung", "dau", "cum"), "head"),
)  # fmt: skip
_ROLE_WORDS: Final = frozenset(wanted[0] for wanted, _ in _ROLES)
#: Years told from the day of the text: this one, and the last.
_RELATIVE: Final = {"nay": 0, "ngoai": -1, "roi": -1, "vua": -1, "qua": -1, "truoc": -1}
_DAY: Final = re.compile(r"(\d{1,2}) ?[/.-] ?(\d{1,2})(?: ?[/.-] ?(20\d\d|19\d\d))?(?!\d)")


@dataclass(frozen=True)
class Mention:
    """Something named."""

    kind: str
    """U unit, C cluster, N person, H head, D deputy, Y year, V year told from now, T day, Q quotation, S body of a sector, R cluster unnamed."""
    first: int
    """Its first token in the sentence."""
    last: int
    """The token behind it."""
    start: int
    end: int
    value: Any


@dataclass(frozen=True)
class Reading:
    """A sentence with its mentions, written in symbols."""

    sentence: Sentence
    mentions: Sequence[Mention]
    written: str
    places: Sequence[int]
    """For each word of the writing, the token it stands for, or the first one of its mention."""

    def of(self, symbol: str) -> Mention:
        """The mention of a symbol such as ``U3``."""
        return self.mentions[int(symbol[1:])]

    def kinds(self, *kinds: str) -> list[Mention]:
        """Mentions of some kinds, in their order."""
        return [mention for mention in self.mentions if mention.kind in kinds]


def read(sentence: Sentence, lexicon: Lexicon, text: str) -> Reading:
    """Find the mentions of a sentence, and write it in them."""
    words = sentence.words
    taken: dict[int, tuple[str, int, Any]] = {}
    for finder in (_quotations, _days, _years, _roles):
        for kind, first, last, value in finder(words, text):
            if not any(place in taken for place in range(first, last)):
                _take(taken, kind, first, last, value)
    for kind, first, last, value in _named(words, lexicon, taken):
        if not any(place in taken for place in range(first, last)):
            _take(taken, kind, first, last, value)
    mentions: list[Mention] = []
    parts: list[str] = []
    places: list[int] = []
    place = 0
    while place < len(words):
        if place in taken and taken[place][1] > place:
            kind, last, value = taken[place]
            parts.append(f"{kind}{len(mentions)}")
            mentions.append(Mention(kind, place, last, words[place].start, words[last - 1].end, value))
            places.append(place)
            place = last
        else:
            parts.append(words[place].key)
            places.append(place)
            place += 1
    return Reading(sentence, mentions, " ".join(parts), places)


def _take(taken: dict[int, tuple[str, int, Any]], kind: str, first: int, last: int, value: Any) -> None:
    taken[first] = (kind, last, value)
    for place in range(first + 1, last):
        taken[place] = (kind, -1, None)


Found = Iterator[tuple[str, int, int, Any]]


def _quotations(words: Sequence[Token], text: str) -> Found:
    opened = None
    for place, word in enumerate(words):
        if word.key != '"':
            continue
        if opened is None:
            opened = place
        else:
            # A name in quotation marks is not a slogan; a unit within is still read.
            if place - opened > 3:
                yield "Q", opened, place + 1, text[words[opened].end : word.start].strip()
            opened = None


def _days(words: Sequence[Token], text: str) -> Found:
    for place, word in enumerate(words):
        if not word.key[0].isdigit():
            continue
        match = _DAY.match(text, word.start, min(word.start + 24, words[-1].end))
        if match and 1 <= int(match[1]) <= 31 and 1 <= int(match[2]) <= 12:
            before = words[place - 1].key if place else ""
            named = (
                before in ("ngay", "sang", "chieu", "toi", "trua", "dem", ",", "(", "-", "va", "nay", "qua")
                or place == 0
            )
            if "." in match[0] and not match[3]:
                continue
            if not (named or match[3]):
                continue
            last = place
            while last < len(words) and words[last].end <= match.end():
                last += 1
            # 16/34 is a share, and 34-CT a number, if letters or more signs follow.
            if last < len(words) and words[last].key in "/-" and words[last].start == words[last - 1].end:
                continue
            if last > place:
                yield "T", place, last, (int(match[3]) if match[3] else None, int(match[2]), int(match[1]))
        elif place and words[place - 1].key in ("ngay", "mung") and word.key.isdigit() and int(word.key) < 32:
            keys = [each.key for each in words[place : place + 5]]
            if len(keys) > 2 and keys[1] == "thang" and keys[2].isdigit() and 1 <= int(keys[2]) <= 12:
                year = int(keys[4]) if len(keys) > 4 and keys[3] == "nam" and _is_year(keys[4]) else None
                yield "T", place, place + (5 if year else 3), (year, int(keys[2]), int(word.key))


def _is_year(key: str) -> bool:
    return len(key) == 4 and key.isdigit() and 1998 <= int(key) <= 2035


def _years(words: Sequence[Token], text: str) -> Found:
    place = 0
    while place < len(words):
        word = words[place]
        if _is_year(word.key) and not (place and words[place - 1].key in "/-." and words[place - 1].end == word.start):
            first = place - 1 if place and words[place - 1].key == "nam" else place
            yield "Y", first, place + 1, int(word.key)
        elif word.key == "nam" and place + 1 < len(words) and words[place + 1].key in _RELATIVE:
            last = place + 3 if words[place + 1].key == "vua" else place + 2
            yield "V", place, min(last, len(words)), _RELATIVE[words[place + 1].key]
            place = last - 1
        place += 1


def _roles(words: Sequence[Token], text: str) -> Found:
    place = 0
    while place < len(words):
        if words[place].key not in _ROLE_WORDS:
            place += 1
            continue
        for wanted, role in _ROLES:
            if tuple(word.key for word in words[place : place + len(wanted)]) == wanted:
                last = place + len(wanted)
                if wanted == ("pho", "cum") and last < len(words) and words[last].key == "cong":
                    continue
                if [word.key for word in words[last : last + 2]] == ["thi", "dua"]:
                    last += 2
                yield ("H" if role == "head" else "D"), place, last, role
                place = last - 1
                break
        place += 1


def _named(words: Sequence[Token], lexicon: Lexicon, taken: dict[int, tuple[str, int, Any]]) -> Found:
    place = 0
    while place < len(words):
        if place in taken:
            place += 1
            continue
        found = (
            _cluster(words, place, lexicon) or _sector(words, place, lexicon) or _unit_or_person(words, place, lexicon)
        )
        if found:
            yield found
            place = found[2]
        else:
            place += 1


def _cluster(words: Sequence[Token], place: int, lexicon: Lexicon) -> tuple[str, int, int, Any] | None:
    key = words[place].key
    if key == "cum" or key == "emulation" or key == "cluster":
        last = place + 1
        number = None
        if [word.key for word in words[last : last + 2]] == ["thi", "dua"]:
            last += 2
        elif (
            key == "cum"
            and last < len(words)
            and words[last].key in ("cong", "truong", "pho", "tu", "san", "dan", "di")
        ):
            return None
        for ahead in range(last, min(last + 10, len(words))):
            if words[ahead].key in '.;():"':
                break
            if region := lexicon.region_finder.at(words, ahead):
                return "C", place, region[0], (region[1], number)
            if (found := number_of(words[ahead].key)) and number is None and ahead + 1 < len(words):
                number = found if words[ahead + 1].key in ("tinh", "thanh", "tp", "don", "dia") else number
            if lexicon.sector_finder.at(words, ahead) and words[ahead].key not in ("cac",):
                break
        if key != "cum":
            return None
        return "R", place, last, (None, number)
    if key in ("cac", "tinh", "thanh", "tp") or number_of(key):
        # The units of a region, without the word for a cluster.
        for ahead in range(place + 1, min(place + 6, len(words))):
            if words[ahead].key in '.;():",':
                return None
            if region := lexicon.region_finder.at(words, ahead):
                return "G", place, region[0], (region[1], number_of(key))
    if key == "thanh" and (region := lexicon.region_finder.at(words, place)):
        return "G", place, region[0], (region[1], None)
    return None


def _sector(words: Sequence[Token], place: int, lexicon: Lexicon) -> tuple[str, int, int, Any] | None:
    found = lexicon.sector_finder.at(words, place)
    if not found or (words[place].key == "so" and not _is_body(words, place)):
        return None
    if not words[place].capital and words[place].key not in ("nganh", "khoi"):
        return None
    return "S", place, found[0], found[1]


def _is_body(words: Sequence[Token], place: int) -> bool:
    """*Sở* and *ngành* before a name of theirs: sở folds into số (number) and sơ (first)."""
    behind = words[place + 1] if place + 1 < len(words) else None
    return behind is not None and behind.capital and (words[place].capital or words[place].key == "nganh")


def number_of(key: str) -> int | None:
    """A whole number in digits or in words, up to 63; None for anything else."""
    if key.isdigit() and len(key) < 3:
        return int(key)
    return _NUMERALS.get(key)


def _unit_or_person(words: Sequence[Token], place: int, lexicon: Lexicon) -> tuple[str, int, int, Any] | None:
    word = words[place]
    if not word.capital:
        return None
    unit = lexicon.unit_finder.at(words, place)
    if unit and not all(each.capital for each in words[place : unit[0]] if each.is_word):
        unit = None
    person = _person(words, place, lexicon)
    before = words[place - 1].key if place else ""
    if unit and unit[1].startswith("ho-chi-minh") and words[place].key == "ho":
        if not _is_city(words, place, unit[0]):
            return (
                ("N", place, unit[0], "Hồ Chí Minh")
                if before not in (",", "va")
                else ("U", place, unit[0], (unit[1], "name"))
            )
    if unit and person and person > unit[0] and (before in _TITLES or before == "chi" or person - unit[0] > 1):
        # Nguyễn Thái Bình is somebody; Ninh Bình Phạm Quang Ngọc is a province and somebody.
        behind = _person(words, unit[0], lexicon) if unit[0] < len(words) and words[unit[0]].capital else None
        if behind is None:
            unit = None
    if unit:
        return "U", place, unit[0], (unit[1], "name")
    seat = lexicon.seat_finder.at(words, place)
    if seat and not all(each.capital for each in words[place : seat[0]] if each.is_word):
        seat = None
    if person and not (seat and person == seat[0]):
        return "N", place, person, None
    if seat:
        return "U", place, seat[0], (seat[1], "seat")
    return None


def _is_city(words: Sequence[Token], place: int, last: int) -> bool:
    before = words[place - 1].key if place else ""
    earlier = words[place - 2].key if place > 1 else ""
    if before in ("tp", "pho") or (before == "." and earlier == "tp"):
        return True
    behind = words[last].key if last < len(words) else ""
    return before in (",", ";", ":", "-", "va", "(") and behind in (",", ";", "va", ")", ".", "")


def _person(words: Sequence[Token], place: int, lexicon: Lexicon) -> int | None:
    """The token behind a person's name that begins at a token: a family name, and one to four names more."""
    first = words[place]
    if first.plain not in lexicon.surnames or first.shout:
        return None
    behind = words[place + 1] if place + 1 < len(words) else first
    if first.key in ("ong", "ba") and behind.capital and behind.plain in lexicon.surnames and place + 2 < len(words):
        if words[place + 2].capital:
            return None  # a title that opens a sentence
    if (
        place + 1 < len(words)
        and first.key in ("doan", "giang", "ninh", "bac", "nam", "dong")
        and lexicon.unit_finder.at(words, place + 1)
    ):
        return None  # the delegation of a unit
    last = place + 1
    while last < len(words) and last - place < 5:
        word = words[last]
        if not word.capital or not word.is_word or word.shout or word.key[0].isdigit():
            break
        if last - place >= 2 and word.key in _NO_NAME:
            break
        if last - place >= 2 and _starts_post(words, last):
            break
        if (
            last - place >= 2
            and (unit := lexicon.unit_finder.at(words, last))
            and all(w.capital for w in words[last : unit[0]])
        ):
            break
        last += 1
    if last - place < 2 or _starts_post(words, place) or _starts_post(words, place + 1):
        return None
    return last


_POSTLIKE: Final = frozenset(
    ("chu tich", "pho chu", "bi thu", "pho bi", "uy vien", "truong ban", "pho truong", "giam doc", "pho giam", "bo truong",
     "thu truong", "vu truong", "van phong", "uy ban", "hoi dong", "tinh uy", "thanh uy", "dong chi", "trung uong", "thi dua",
     "khen thuong", "nhan dan", "bang khen", "co thi", "huan chuong", "mat tran", "to quoc", "viet nam", "quoc hoi",
     "chinh phu", "nha nuoc", "thu tuong", "tong bi", "ban thi", "ban chap", "dang bo", "doan dai", "dai bieu", "cong an",
     "ban thuong", "thuong truc", "so noi", "bo noi", "truong doan", "dong bang", "dong nam", "tay nguyen", "mien nam", "chi thi", "ke hoach", "quyet dinh",
     "nghi quyet", "ha noi", "phong trao", "luat thi", "cum thi", "hoi nghi", "giao uoc", "tong cuc", "cum truong", "cum pho", "pho cum", "truong cum")
)  # fmt: skip


def _starts_post(words: Sequence[Token], place: int) -> bool:
    return place + 1 < len(words) and f"{words[place].key} {words[place + 1].key}" in _POSTLIKE
