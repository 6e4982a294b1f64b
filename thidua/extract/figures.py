"""Figures: an indicator, its value and unit, of which area and period."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon
from thidua.extract.meeting import Meeting, unit_of
from thidua.extract.mentions import Reading
from thidua.extract.tokens import Token, keys_of, tokens

_UNITS: Final = tuple(
    tuple(words.split())
    for words in (
        "nghin ty dong", "ngan ty dong", "ty dong", "ti dong", "trieu dong / nguoi / nam", "trieu dong / nguoi", "trieu dong", "ty usd", "ti usd", "trieu usd", "ty do la", "trieu do la",
        "dong", "usd", "%", "xa", "huyen", "don vi cap huyen", "phuong", "thon", "ho ngheo", "ho", "can nha", "ngoi nha", "nha", "doanh nghiep", "san pham", "trieu luot khach", "trieu luot",
        "luot khach", "luot nguoi", "luot", "nguoi", "can nha", "can", "cong trinh", "trieu kwh", "trieu cay", "cay", "du toan", "van lao dong", "trieu ty dong", "ho so", "dai bieu", "dot", "lao dong", "km", "ha", "tan", "trieu tan", "truong", "guong", "mo hinh", "du an", "diem phan tram", "bac", "diem", "hoi vien", "tram y te",
        "thi xa , thanh pho", "phong trao", "sang kien", "de tai", "cong trinh", "hop tac xa", "billion", "million", "percent", "don vi",
    )
)  # fmt: skip
_BY_FIRST: Final = {
    words[0]: sorted((each for each in _UNITS if each[0] == words[0]), key=len, reverse=True) for words in _UNITS
}
_COMPARATORS: Final = {
    "hon": "more-than", "tren": "more-than", "vuot": "more-than", "qua": "more-than", "gan": "less-than", "duoi": "less-than", "xap": "about",
    "khoang": "about", "chung": "about", "uoc": "about", "nearly": "less-than", "over": "more-than",
}  # fmt: skip
_VERBS: Final = frozenset(
    """
    dat la co con uoc tang giam chiem bang thu duoc khoang gan hon tren vuot duoi xap xi len xuong toi den muc tong
    binh quan se phan dau
""".split()
)
#: A list goes on that an earlier sentence opened: *Yên Bái 12,5%; Bắc Kạn 11,3%*.
_LISTED: Final = re.compile(r"U\d+(?: [^U\s.;]\S*){0,6}? \d[\d.,]* (?:%|ty|xa|trieu|nghin)")
#: Words of what is measured, without which a number is none of ours.
_MEASURED: Final = re.compile(
    r"\b(?:grdp|tang truong|thu ngan sach|tong thu|thu noi dia|chi ngan sach|kim ngach|xuat khau|nhap khau|von dau tu|dau tu|thu nhap|binh quan|"
    r"ho ngheo|giam ngheo|ngheo|nong thon moi|ntm|xa dat|dat chuan|san xuat cong nghiep|iip|chi so|ty le|ti le|gia tri|"
    r"doanh nghiep|doanh thu|ban le|khach|tong san pham|can nha|cong trinh|chi bo|dai bieu|thon|trong|thiet hai|thu duoc|nguoi chet|duong|huy dong|du lich|giai ngan|fdi|von|nha tam|nha dot|lao dong|viec lam|bao hiem|y te|ocop|sang kien|dien hinh|guong|mo hinh|san luong|"
    r"quyen gop|ung ho|quy|kinh phi|che phu|pci|par index|budget|export|growth|poverty|co cau|nong nghiep|cong nghiep|dich vu|thue|hop tac xa|truong)\b"
)


def facts_of(readings: Sequence[Reading], meeting: Meeting, lexicon: Lexicon, text: str) -> Iterator[Fact]:
    """Numbers with a unit, in sentences that measure something."""
    measured = ""
    for reading in readings:
        if reading.sentence.body and _MEASURED.search(reading.written):
            last = ""
            for fact in _figures(reading, meeting, lexicon, text, ""):
                last = str(fact.get("printed"))
                yield fact
            measured = last or measured
        elif reading.sentence.body and measured and _LISTED.search(reading.written):
            yield from _figures(reading, meeting, lexicon, text, measured)
        else:
            measured = ""


def _figures(reading: Reading, meeting: Meeting, lexicon: Lexicon, text: str, measured: str) -> Iterator[Fact]:
    words = reading.sentence.words
    masked = {
        place for mention in reading.kinds("T", "Y", "C", "R", "Q", "N") for place in range(mention.first, mention.last)
    }
    begun = 0
    for place, word in enumerate(words):
        if not word.key[0].isdigit() or place in masked or place < begun:
            continue
        behind = place + 1
        value_end = word.end
        if behind + 1 < len(words) and words[behind].key == "/" and words[behind + 1].key[0].isdigit():
            value_end, behind = words[behind + 1].end, behind + 2
        unit = next(
            (each for each in _BY_FIRST.get(words[behind].key, ()) if tuple(w.key for w in words[behind : behind + len(each)]) == each), None,
        ) if behind < len(words) else None  # fmt: skip
        if unit == ("truong",) and behind + 1 < len(words) and words[behind + 1].key == "hop":
            unit = None
        if unit is None or (
            place and words[place - 1].key in ("so", "khoa", "thu", "lan", "/", "thang", "ngay", "quy", "dieu", "trang")
        ):
            continue
        counted = place and words[place - 1].key in ("gom", "cum", "cac") and word.key.isdigit() and int(word.key) < 20
        if counted or (unit in (("don", "vi"), ("tap", "the"), ("nguoi",)) and _about_awards(words, place)):
            continue
        first, comparator = _before(words, place, begun)
        listed = first and any(u.last in (first, first - 1) for u in reading.kinds("U"))
        printed = "" if listed and measured else _printed(words, first, place, begun, text, behind + len(unit))
        if _only_a_unit(printed, lexicon):
            printed = _measured_before(words, first, text) or measured or printed
        printed = printed or measured
        if not printed:
            continue
        measured = measured if listed and measured else printed
        values: dict[str, object] = {
            "printed": printed, "value": text[word.start : value_end],
            "unit": " ".join(text[words[behind].start : words[behind + len(unit) - 1].end].split()),
        }  # fmt: skip
        if comparator:
            values["comparator"] = comparator
        around = " ".join(w.key for w in words[max(begun, place - 24) : _next_number(words, behind)])
        if indicator := _indicator(lexicon, f"{' '.join(keys_of(printed))} {around}", unit):
            values["indicator"] = indicator
        values["area"] = _area(reading, place, begun, lexicon, meeting)
        years = [m for m in reading.kinds("Y") if m.first < place] or reading.kinds("Y")
        if period := _period(reading, place, meeting):
            values["period"] = period
        named = text.rfind(printed, reading.sentence.start, word.start)
        start = named if named >= 0 and word.start - named < 220 else min(words[first].start, word.start)
        yield Fact(
            "figure", values, ((start, words[behind + len(unit) - 1].end),), "stated" if years else "implied",
            "" if years else "basis-year-inferred", 0.82, "figure.measured",
        )  # fmt: skip
        begun = behind + len(unit)


def _only_a_unit(printed: str, lexicon: Lexicon) -> bool:
    """Whether what stands before a number names a province, and nothing that is measured."""
    words = [word for word in tokens(printed) if word.is_word]
    if not words:
        return True
    left = [word.key for word in words]
    for first, last, _ in lexicon.unit_finder.every(words):
        left[first:last] = [""] * (last - first)
    return not [key for key in left if key and key not in _AROUND_UNITS]


def _measured_before(words: Sequence[Token], first: int, text: str) -> str:
    """The last words of a sentence, before a number, that name what is measured."""
    found = list(_MEASURED.finditer(" ".join(word.key for word in words[:first])))
    if not found:
        return ""
    place = len(found[-1].string[: found[-1].start()].split())
    start, end = place, place + 1
    while start and words[start - 1].key not in (",", ";", ".", ":", "(", ")", '"', "-"):
        start -= 1
    while (
        end < first
        and words[end].key not in (",", ";", ".", ":", "(", ")", '"', "-")
        and not words[end].key[0].isdigit()
    ):
        end += 1
    while end > start and words[end - 1].key in _VERBS:
        end -= 1
    return " ".join(text[words[start].start : words[end - 1].end].split()) if end > start else ""


_AROUND_UNITS: Final = frozenset("tinh thanh pho tp cac con la o tai voi cung thi so nhat thap cao rieng".split())
_HALF: Final = re.compile(r"\b(?:6|sau) thang (dau|cuoi)(?: nam)?\b|\bnua dau\b")
_MONTH: Final = re.compile(r"\bthang (0?[1-9]|1[0-2]) ?(?:/|-|nam) ?(20\d\d)\b")


def _period(reading: Reading, place: int, meeting: Meeting) -> str:
    """The period of a number: the last one told before it, else the one told behind it, else the meeting's."""
    before = " ".join(word.key for word in reading.sentence.words[:place])
    years = [m for m in reading.kinds("Y") if m.first < place] or reading.kinds("Y")[:1]
    year = years[-1].value if years else meeting.reviewed
    if months := _MONTH.findall(before):
        return f"{months[-1][1]}-{int(months[-1][0]):02}"
    half = _HALF.search(before)
    if year and (half or (not years and "mid-year" in meeting.kinds)):
        return f"{year}-H2" if half and half[1] == "cuoi" else f"{year}-H1"
    return str(year or "")


def _next_number(words: Sequence[Token], behind: int) -> int:
    last = behind
    while last < len(words) and last < behind + 14 and not words[last].key[0].isdigit():
        last += 1
    return last


#: What is no figure of the indicator, though its words are there: a share of a plan, a rise, a place.
_NOT: Final = re.compile(
    r"\b(?:ke hoach|du toan|so voi|phan dau|muc tieu|thu hang|xep hang|ty trong|trung binh ca nuoc)\b"
)


def _indicator(lexicon: Lexicon, around: str, unit: tuple[str, ...]) -> str | None:
    """The indicator whose words stand around a number with its unit: of several, the longest words."""
    if _NOT.search(around):
        return None
    around = re.sub(r"\bntm\b", "nong thon moi", around)
    fitting = [
        (len(words), indicator)
        for words, of, indicator in lexicon.indicators
        if of in unit and f" {words} " in f" {around} "
    ]
    return max(fitting)[1] if fitting else None


def _about_awards(words: Sequence[Token], place: int) -> bool:
    near = " ".join(word.key for word in words[max(0, place - 14) : place + 8])
    return bool(re.search(r"\b(?:bang khen|co thi dua|giay khen|huan chuong|khen thuong|khen)\b", near))


def _before(words: Sequence[Token], place: int, begun: int) -> tuple[int, str | None]:
    first = place
    comparator = None
    while first > begun and words[first - 1].key in _VERBS and not words[first - 1].capital:
        first -= 1
        comparator = comparator or _COMPARATORS.get(words[first].key)
    return first, comparator


def _printed(words: Sequence[Token], first: int, place: int, begun: int, text: str, behind: int) -> str:
    """What is measured: the words before, to the last sign; of counts, those behind the number."""
    start = first
    while start > begun and words[start - 1].key not in (",", ";", ".", ":", "(", '"', "-"):
        start -= 1
        if words[start].key == ")":  # GRDP behind its long name
            opened = next((p for p in range(start, max(begun, start - 7), -1) if words[p].key == "("), begun)
            if opened <= begun:
                start += 1
                break
            start = opened
    while (
        start < first
        and words[start].key in ("va", "trong", "do", "co", "toan", "cum", "da", "tong")
        and first - start > 3
        and words[start].key != "tong"
    ):
        start += 1
    if first - start >= 2:
        return " ".join(text[words[start].start : words[first - 1].end].split())
    end = place + 1
    while end < len(words) and end - place < 14:
        listed = words[end].key == "," and end + 1 < len(words) and words[end + 1].key in ("thi", "thanh")
        if words[end].key in (",", ";", ".", "(", ")", ":") and not listed:
            break  # huyện, thị xã, thành phố is one thing
        end += 1
    if end - behind >= 2:
        return " ".join(text[words[place + 1].start : words[end - 1].end].split())
    return " ".join(text[words[start].start : words[first - 1].end].split()) if first > start else ""


def _area(reading: Reading, place: int, begun: int, lexicon: Lexicon, meeting: Meeting) -> str:
    """The unit beside a number; without one, a figure is the cluster's."""
    units = [u for u in reading.kinds("U") if begun <= u.first <= place + 6]
    if not units:
        return "cluster"
    return unit_of(min(units, key=lambda unit: abs(unit.first - place)), lexicon, meeting.asked)
