"""Page layout: which lines of a text are the article, and where its sentences begin and end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from thidua.extract.tokens import Token, keys_of, tokens

#: A sentence longer than this is read in pieces: nobody writes one, and rules look at it as a whole.
_LONGEST: Final = 1500
#: Lines with which what is about other articles begins.
_ELSEWHERE: Final = re.compile(
    r"(?:(?:cac )?(?:tin|bai|bai viet)(?: bai)? (?:lien quan|khac|cung chuyen muc|cung muc|cung chu de|moi|moi nhat|moi hon|noi bat|doc nhieu|tiep theo|"
    r"da dua|cu hon)|(?:xem|doc) (?:them|nhieu|tiep|nhieu nhat)|co the ban quan tam|ban co the (?:quan tam|thich)|(?:y kien |gui |viet )?binh luan|"
    r"y kien(?: ban doc)?|tin xem nhieu|tu khoa|tags?|chia se|cung chuyen muc|cung chu de|chu de lien quan|video|infographic|noi bat|goc anh|"
    r"ban quyen|dang ky nhan(?: ban)? tin|muc luc|quang cao|thong tin lien he|tin noi bat)(?: \d+)?"
)
#: A quotation within which no sentence ends.
_QUOTED: Final = 220
#: Words before a full stop that end no sentence.
_SHORT: Final = frozenset(
    """
    tp tx tt ts ths pgs gs th bs q p h st nr v vv d c dc ttr so
""".split()
)


@dataclass(frozen=True)
class Sentence:
    """A sentence, or a line that stands alone."""

    start: int
    end: int
    words: Sequence[Token]
    line: int
    """The number of the line, from 0, that it begins on."""
    body: bool
    """False for menus, headlines of other articles, and what else is around the article."""


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text in their order; lines that a layout broke are put together."""
    found: list[Sentence] = []
    elsewhere = False
    left = 0
    for number, (start, end) in enumerate(_paragraphs(text)):
        line = text[start : min(end, start + 90)]
        words = keys_of(line.partition(":")[0].partition("|")[0])
        if end - start < 400 and _ELSEWHERE.fullmatch(" ".join(words)):
            # A box in the middle of an article names a few others; what stands at the end has no end.
            elsewhere, left = True, (5 if start < 0.55 * len(text) else 10_000)
        elif elsewhere:
            left -= 1
            if left < 0 or (left < 1000 and end - start > 200):
                elsewhere = False
        for first, last in _split(text, start, end):
            while last - first > _LONGEST:  # nobody writes such a sentence; it is read in pieces
                cut = text.rfind(" ", first + _LONGEST // 2, first + _LONGEST)
                cut = cut if cut > 0 else first + _LONGEST
                found.append(Sentence(first, cut, (), number, not elsewhere))
                first = cut
            found.append(Sentence(first, last, (), number, not elsewhere))
    every = tokens(text)
    place = 0
    with_words = []
    for sentence in found:
        while place < len(every) and every[place].start < sentence.start:
            place += 1
        begun = place
        while place < len(every) and every[place].end <= sentence.end:
            place += 1
        with_words.append(Sentence(sentence.start, sentence.end, every[begun:place], sentence.line, sentence.body))
    return [sentence for sentence in with_words if sentence.words]


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Runs of lines that belong together: a line goes on in the next if it ends as no line of its own would."""
    found: list[tuple[int, int]] = []
    width = _width(text)
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        bare = line.strip()
        if bare:
            first = start + len(line) - len(line.lstrip())
            last = first + len(bare)
            if found and _goes_on(text, found[-1], first, bare, width):
                found[-1] = (found[-1][0], last)
            else:
                found.append((first, last))
        start = end + 1
    return found


def _width(text: str) -> int:
    """Of a text that is set in columns of one width, that width; else 0."""
    lengths = sorted(len(line.strip()) for line in text.split("\n") if len(line.strip()) > 25)
    if len(lengths) < 15:
        return 0
    usual = lengths[int(len(lengths) * 0.9)]
    near = sum(1 for length in lengths if length > 0.8 * usual)
    return usual if usual < 100 and near > 0.6 * len(lengths) else 0


def _goes_on(text: str, before: tuple[int, int], first: int, line: str, width: int) -> bool:
    gap = text[before[1] : first]
    if gap.count("\n") > 1:
        return False
    last = text[before[1] - 1]
    length = before[1] - max(before[0], text.rfind("\n", 0, before[1]) + 1)
    if width and length > 0.7 * width and line[0] not in "-+•*▪":
        return True
    if last in ".!?…":
        return False
    opens = line[0].islower() or line[0] in ",.;)”"
    return opens or (last in ",-–(" and length > 30)


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    found = []
    begun = start
    place = start
    while place < end:
        if text[place] == "“" and (closed := text.find("”", place, min(end, place + _QUOTED))) > 0:
            place = closed  # a slogan has commas and semicolons of its own
        if text[place] in ".!?…;" and _ends_here(text, place, end):
            stop = place + 1
            while stop < end and text[stop] in '.!?…”"’)':
                stop += 1
            found.append((begun, stop))
            begun = stop
            while begun < end and text[begun].isspace():
                begun += 1
            place = begun
        else:
            place += 1
    if begun < end:
        found.append((begun, end))
    return found


def _ends_here(text: str, place: int, end: int) -> bool:
    behind = place + 1
    while behind < end and text[behind] in '.…”"’)':
        behind += 1
    if behind >= end:
        return True
    if not text[behind].isspace():
        return False
    if text[place] != ".":
        return True
    after = behind
    while after < end and text[after].isspace():
        after += 1
    if after < end and not (text[after].isupper() or text[after] in '“"-–•*+(' or text[after].isdigit()):
        return False
    word = place
    while word > 0 and (text[word - 1].isalnum()):
        word -= 1
    key = keys_of(text[word:place])
    return not key or not (key[0] in _SHORT or (key[0].isdigit() and place - word < 3 and word == 0))
