"""Awards: what was given or proposed, by whom, how often and to whom."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon
from thidua.extract.meeting import Meeting
from thidua.extract.mentions import Reading
from thidua.extract.tokens import Token, keys_of

_KINDS: Final = tuple(
    tuple(words.split())
    for words in (
        "co thi dua xuat sac", "co thi dua", "co don vi xuat sac", "co don vi dan dau", "bang khen", "giay khen", "huan chuong lao dong", "huan chuong doc lap",
        "huan chuong dung cam", "huan chuong huu nghi", "huan chuong chien cong", "huan chuong bao ve to quoc",
        "huan chuong ho chi minh", "huan chuong dai doan ket", "huan chuong huy chuong", "huan chuong", "huy chuong", "danh hieu anh hung lao dong", "anh hung lao dong",
        "anh hung luc luong vu trang nhan dan", "chien si thi dua toan quoc", "chien si thi dua cap tinh", "chien si thi dua co so", "chien si thi dua",
        "tap the lao dong xuat sac", "ky niem chuong", "danh hieu ba me viet nam anh hung", "ba me viet nam anh hung", "danh hieu chien si thi dua toan quoc",
        "danh hieu anh hung luc luong vu trang nhan dan", "danh hieu vinh du nha nuoc", "nha giao uu tu", "nghe nhan uu tu", "thay thuoc uu tu", "co truyen thong",
    )
)  # fmt: skip
_BY_FIRST: Final = {w[0]: sorted((e for e in _KINDS if e[0] == w[0]), key=len, reverse=True) for w in _KINDS}
#: What may follow a kind and belongs to the award's name.
_GOES_ON: Final = frozenset(
    """
    cua chinh phu thu tuong chu tich nuoc bo truong hang nhat nhi ba i ii iii cap tinh toan quoc trung uong ubnd uy
    ban nhan dan cum thi dua xuat sac thoi ky doi moi cac loai noi vu cp
""".split()
)
_RANKS: Final = ("nhat", "nhi", "ba", "i", "ii", "iii")
_PROPOSED: Final = re.compile(
    r"\b(?:de nghi|trinh|xet tang|de xuat|binh chon|kien nghi|du kien tang|suy ton)\b(?!.*\b(?:da duoc|va duoc|da co quyet dinh|da tang)\b)"
)
_GIVING: Final = re.compile(
    r"\b(?:tang|trao|nhan|vinh du|khen|tang thuong|truy tang|don nhan|phong tang|cong nhan|cap|duoc|co|la|gom|voi|khen thuong|:)\b|:"
)
_N: Final = r"(?<![\d.])(\d{1,7}(?:\.\d{3}){0,3})"
_WORDS: Final = ["mot", "hai", "ba", "bon", "tu", "nam", "lam", "sau", "bay", "tam", "chin", "muoi"]
_CLASS: Final = {"tap the": "collectives", "don vi": "collectives", "tinh": "collectives", "thanh pho": "collectives", "dia phuong": "collectives",
                 "ca nhan": "individuals", "can bo": "individuals", "nguoi": "individuals", "cong nhan": "individuals", "me": "individuals", "ba me": "individuals", "dong chi": "individuals",
                 "nguoi dan": "individuals", "nong dan": "individuals", "ho gia dinh": "households", "gia dinh": "households", "ho": "households", "doanh nghiep": "collectives"}  # fmt: skip
_CLASSES: Final = "|".join(sorted(_CLASS, key=len, reverse=True))
_COUNTED: Final = re.compile(
    rf"{_N} (?:luot )?({_CLASSES})\b|\b({_CLASSES})(?: la| :|:)? {_N}\b(?! (?:{_CLASSES}|A\d))"
)
#: Counts of recipients right before an award: *5 tập thể và 7 cá nhân được tặng*.
_BEFORE: Final = re.compile(
    rf"((?:{_N} (?:luot )?(?:{_CLASSES})(?: nguoi dan toc)?(?: (?:,|va) (?:ca nhan|ho|gia dinh)(?! \d))*(?: ,| va| ;|, va)* ?)+)"
    r"(?:(?:duoc|vinh|du|da|chu|tich|nuoc|thu|tuong|chinh|phu|ubnd|tinh|phong|truy|tang|thuong|nhan|trao|cong|don|dat|danh|hieu|,|va|nhan|khen|bo|de|nghi|xet|la|gianh|nay|trinh|tro|thanh|con|lai|trong|cum|tai|hoi|quyet|dinh|con|cap|thoi|cua) )*$"
)
_AT: Final = re.compile(rf"{_N} (?:(?:la|chiec|danh hieu|luot|tam|suat) )?$")


@dataclass(frozen=True)
class _Named:
    first: int
    last: int
    printed: str
    symbol: str


def facts_of(readings: Sequence[Reading], meeting: Meeting, lexicon: Lexicon, text: str) -> Iterator[Fact]:
    """Awards that are counted, or given to somebody named."""
    before, base = "", ""
    for reading in readings:
        if not reading.sentence.body:
            continue
        named = _named(reading.sentence.words, text, base)
        yield from _awards(reading, named, before, meeting, lexicon, text)
        # What a semicolon parts goes on: who gives, whether it is only proposed, and of which award these are classes.
        going_on = text[reading.sentence.end - 1] in ";:"
        before = _written(reading, named) if going_on else ""
        base = named[-1].printed if named and going_on else ""


def _awards(
    reading: Reading, named: Sequence[_Named], before: str, meeting: Meeting, lexicon: Lexicon, text: str
) -> Iterator[Fact]:
    if not named:
        return
    written = _written(reading, named)
    context = re.sub(r"A\d+|UU", "_", before).rstrip(" ;:") + " , " if before else ""
    ends = [match.end() for match in re.finditer(r"\bA\d+\b", written)]
    starts = [match.start() for match in re.finditer(r"\bA\d+\b", written)]
    lefts = []
    for number, _ in enumerate(named):
        left = written[ends[number - 1] if number else 0 : starts[number]]
        lefts.append(_own_left(left))
    for number, award in enumerate(named):
        stop = starts[number + 1] - len(lefts[number + 1]) if number + 1 < len(named) else len(written)
        right = re.split(r" ; | \. ", written[ends[number] : max(stop, ends[number])])[0]
        fact = _award(reading, award, context + written[: starts[number]], lefts[number], right, meeting, lexicon, text)
        if fact:
            yield fact


def _named(words: Sequence[Token], text: str, base: str = "") -> list[_Named]:
    found: list[_Named] = []
    place = 0
    while place < len(words):
        wanted = next(
            (each for each in _BY_FIRST.get(words[place].key, ())
             if tuple(word.key for word in words[place : place + len(each)]) == each), None,
        )  # fmt: skip
        if wanted:
            last = place + len(wanted)
            while last < len(words) and last - place < 16 and words[last].key in _GOES_ON:
                last += 1
            while (
                last > place + len(wanted)
                and not words[last - 1].capital
                and words[last - 1].key
                in (
                    "cua",
                    "cum",
                    "thi",
                    "cac",
                    "hang",
                    "ba",
                    "tinh",
                    "nhan",
                    "cap",
                    "chu",
                    "xuat",
                    "toan",
                    "dua",
                    "nuoc",
                )
                and not (words[last - 1].key in ("tinh", "nuoc") and words[last - 2].key in ("cap", "tich"))
            ):
                last -= 1
            printed = " ".join(text[words[place].start : words[last - 1].end].split())
            found.append(_Named(place, last, printed, f"A{len(found)}"))
            place = last
        elif verb := _praised(words, place):
            printed = " ".join(text[words[place].start : words[verb - 1].end].split())
            found.append(_Named(place, verb, printed, f"A{len(found)}"))
            place = verb
        elif (
            (found or base)
            and words[place].key == "hang"
            and place + 1 < len(words)
            and words[place + 1].key in _RANKS
            and "chuong" in keys_of(found[-1].printed if found else base)
        ):
            kind = re.sub(r"\s+hạng\s+\S+$", "", found[-1].printed if found else base)
            rank = text[words[place].start : words[place + 1].end]
            found.append(_Named(place, place + 2, f"{kind} {' '.join(rank.split())}", f"A{len(found)}"))
            place += 2
        else:
            place += 1
    return found


def _praised(words: Sequence[Token], place: int) -> int:
    """The token behind *khen*, *khen thưởng* … where recipients are counted around it; 0 for talk of commendation."""
    if words[place].key != "khen" or (place and words[place - 1].key in ("dua", ",", "-", "bang", "giay", "tac", "va")):
        return 0
    last = place + 1
    while last < len(words) and words[last].key in (
        "thuong",
        "dot",
        "xuat",
        "cap",
        "nha",
        "nuoc",
        "tinh",
        "thanh",
        "pho",
    ):
        last += 1
    behind = " ".join(word.key for word in words[last : last + 6])
    before = " ".join(word.key for word in words[max(0, place - 12) : place])
    counted = re.match(rf"(?:cho |la |: )?{_N} (?:luot |truong hop|tap the|ca nhan|nguoi|nong dan|cong nhan)", behind)
    told = re.search(rf"{_N} (?:luot )?(?:tap the|ca nhan|truong hop)\b.*\bduoc\b", before)
    return last if counted or told else 0


def _written(reading: Reading, named: Sequence[_Named]) -> str:
    """The sentence's words with awards as symbols and small numbers in digits."""
    words = reading.sentence.words
    units = {u.first: u for u in reading.kinds("U")}
    starts = {award.first: award for award in named}
    parts: list[str] = []
    place = 0
    while place < len(words):
        if place in starts:
            parts.append(starts[place].symbol)
            place = starts[place].last
        elif place in units:
            parts.append("UU")
            place = units[place].last
        else:
            parts.append(words[place].key)
            place += 1
    written = " ".join(parts)
    return _NUMERAL.sub(_in_digits, written)


_NUMERAL: Final = re.compile(
    rf"(?<!\bthu )(?<!\btrong )\b((?:{'|'.join(_WORDS)})(?: (?:{'|'.join(_WORDS)}))*)(?= (?:{_CLASSES}|A\d+|la co|luot)\b)"
)


def _in_digits(found: re.Match[str]) -> str:
    total = 0
    for word in found[1].split():
        number = {
            "mot": 1,
            "hai": 2,
            "ba": 3,
            "bon": 4,
            "tu": 4,
            "nam": 5,
            "lam": 5,
            "sau": 6,
            "bay": 7,
            "tam": 8,
            "chin": 9,
            "muoi": 10,
        }[word]
        total = (total or 1) * 10 if number == 10 else total + number
    return str(total)


def _own_left(left: str) -> str:
    """What before an award is its own: recipients counted before it, or its number."""
    for pattern in (_BEFORE, _AT):
        if match := pattern.search(left):
            return match[0]
    return ""


def _award(
    reading: Reading, award: _Named, before: str, own: str, right: str, meeting: Meeting, lexicon: Lexicon, text: str
) -> Fact | None:
    counts: dict[str, int] = {}
    total = None
    if match := _BEFORE.search(own):
        counts = _counts(match[1])
        if re.search(rf"{_N} (?:luot )?tap the (?:,|va) ca nhan\b", match[1]):
            counts, total = {}, next(iter(counts.values()))  # told together
    elif match := _AT.search(own):
        total = _value(match[1])
    if not counts:
        near = re.split(r" (?:tang them|ngoai ra|rieng) ", right)[0]
        opening = re.match(r"(?: (?!A\d)[^\d;.]\S*| UU| \(){0,12}? ?(?=\d|tap the \d|ca nhan \d)", near)
        if opening is not None:
            counts = _counts(near)
    if (
        total is None
        and not counts
        and (match := re.match(rf"(?: cac hang| cac loai)? (?:la|:|dat|len) {_N}\b", right))
    ):
        total = _value(match[1])
    units = len(re.findall(r"\bUU\b", right)) if re.match(r"(?: \S+){0,3}? (?:cho|UU|:|\()", right) else 0
    clause = re.split(r" [;.] ", before)[-1]
    giving = _GIVING.search(clause)
    by_name = False
    if not counts and total is None:
        behind = re.search(
            r"(?:(\d+) (?:tinh|don vi|thanh pho) )?UU(?: (?:,|va|tinh|thanh pho|tp|\.|va tinh) ?(?:tinh |thanh pho )?UU)*(?: \S+){0,12}? (?:duoc|nhan|trinh|de nghi)(?: \S+){0,8}? $",
            clause.rstrip() + " ",
        )
        if units and giving:
            counts, by_name = {"collectives": units}, True
        elif behind:
            counts, by_name = {"collectives": len(re.findall(r"\bUU\b", behind[0]))}, True
        else:
            return None
    status = "proposed" if _PROPOSED.search(clause[-220:]) else "given"
    values: dict[str, object] = {"printed": award.printed, "status": status, **counts}
    if total is not None:
        values["total"] = total
    giver = _giver(reading, award, text)
    if giver:
        values["giver"] = giver
    if linked := _linked(lexicon, award.printed, giver or ""):
        values["award"] = linked
    years = [m for m in reading.kinds("Y") if m.last <= award.first]
    year = years[-1].value if years else meeting.reviewed
    if year:
        values["year"] = year
    words = reading.sentence.words
    low, high = words[max(0, award.first - len(own.split()))].start, words[award.last - 1].end
    if counts and not own:
        last = min(len(words), award.last + len(right.split()))
        high = words[last - 1].end
    return Fact(
        "award", values, ((low, high),), "stated" if years else "implied", "" if years else "basis-year-inferred",
        0.7 if by_name else 0.86, "award.named" if by_name else "award.counted",
    )  # fmt: skip


def _value(digits: str) -> int:
    return int(digits.replace(".", ""))


def _counts(written: str) -> dict[str, int]:
    found: dict[str, int] = {}
    if match := re.search(rf"{_N} (?:luot )?(?:truong hop|tap the (?:,|va) ca nhan)\b", written):
        found["total"] = _value(match[1])
        written = written[match.end() :]
    for match in _COUNTED.finditer(written):
        if "total" in found and found["total"] < _value(match[1] or match[4]):
            continue
        name = _CLASS[match[2] or match[3]]
        found.setdefault(name, _value(match[1] or match[4]))
    return found


def _giver(reading: Reading, award: _Named, text: str) -> str | None:
    words = reading.sentence.words
    inside = re.search(r"\scủa\s+(.+)$", award.printed)
    if inside:
        return inside[1]
    if award.last < len(words) and words[award.last].key == "cua":
        end = award.last + 1
        while (
            end < len(words)
            and (words[end].capital or words[end].key in ("tinh", "ban", "nhan", "dan", "nuoc", "phu", "tuong"))
            and end - award.last < 12
        ):
            end += 1
        if end > award.last + 1:
            return " ".join(text[words[award.last + 1].start : words[end - 1].end].split())
    keys = [word.key for word in words[: award.first]]
    for name in (
        "thu tuong chinh phu",
        "chu tich nuoc",
        "thu tuong",
        "chinh phu",
        "chu tich ubnd tinh",
        "ubnd tinh",
        "bo noi vu",
        "cum thi dua",
    ):
        wanted = name.split()
        for place in range(award.first - len(wanted), max(-1, award.first - 40), -1):
            if keys[place : place + len(wanted)] == wanted:
                return " ".join(text[words[place].start : words[place + len(wanted) - 1].end].split())
    return None


def _linked(lexicon: Lexicon, printed: str, giver: str) -> str | None:
    named = lexicon.award_ids
    whole = " ".join(keys_of(printed))
    short = " ".join(keys_of(re.sub(r"\s+của\s+.*$", "", printed)))
    short = short.removeprefix("danh hieu ")
    of_giver = f"{short} cua {' '.join(keys_of(giver))}" if giver else ""
    return named.get(of_giver) or named.get(whole) or named.get(short)
