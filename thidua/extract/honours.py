"""Awards and rankings: what was given or proposed, by whom, how often and to whom; who came first."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from thidua.extract.facts import Fact
from thidua.extract.lexicon import Lexicon
from thidua.extract.meeting import Meeting, unit_of
from thidua.extract.mentions import Reading, number_of
from thidua.extract.tokens import Token

_KINDS: Final = tuple(
    tuple(words.split())
    for words in (
        "co thi dua xuat sac", "co thi dua", "co don vi xuat sac", "co don vi dan dau", "bang khen", "giay khen", "huan chuong lao dong", "huan chuong doc lap",
        "huan chuong ho chi minh", "huan chuong dai doan ket", "huan chuong", "huy chuong", "danh hieu anh hung lao dong", "anh hung lao dong", "chien si thi dua toan quoc",
        "chien si thi dua cap tinh", "chien si thi dua co so", "chien si thi dua", "tap the lao dong xuat sac", "ky niem chuong", "ba me viet nam anh hung",
        "nha giao uu tu", "nghe nhan uu tu", "thay thuoc uu tu", "co truyen thong", "bieu trung", "bieu tuong",
    )
)  # fmt: skip
_BY_FIRST: Final = {words[0]: [each for each in _KINDS if each[0] == words[0]] for words in _KINDS}
#: What may follow a kind and belongs to the award's name.
_GOES_ON: Final = frozenset(
    "cua chinh phu thu tuong chu tich nuoc bo truong hang nhat nhi ba i ii iii cap tinh toan quoc trung uong ubnd uy ban nhan dan cum thi dua xuat sac".split()
)
_PROPOSED: Final = re.compile(
    r"\b(?:de nghi|trinh|xet tang|de xuat|binh chon|binh xet|thong nhat (?:de nghi|trinh|xet)|kien nghi|xet de nghi|du kien tang)\b"
)
_GIVING: Final = re.compile(
    r"\b(?:tang|trao|trao tang|duoc tang|nhan|duoc nhan|vinh du|khen thuong|tang thuong|truy tang|don nhan|phong tang|cong nhan|cap|da co|ky quyet dinh|co)\b"
)
_CLASSES: Final = (
    ("collectives", re.compile(r"(\S+) (?:don vi )?(?:tap the|don vi|tinh|dia phuong|thanh pho)\b")),
    ("individuals", re.compile(r"(\S+) (?:ca nhan|can bo|nguoi|dong chi|guong)\b")),
    ("households", re.compile(r"(\S+) (?:ho gia dinh|gia dinh|ho)\b")),
)
_TENS: Final = {"muoi": 10, "chuc": 10}


def facts_of(readings: Sequence[Reading], meeting: Meeting, lexicon: Lexicon, text: str) -> Iterator[Fact]:
    """Awards that are counted, or given to somebody named, and ranks."""
    for reading in readings:
        if reading.sentence.body:
            yield from _awards(reading, meeting, lexicon, text)
            yield from _ranks(reading, meeting, lexicon)


def _awards(reading: Reading, meeting: Meeting, lexicon: Lexicon, text: str) -> Iterator[Fact]:
    words = reading.sentence.words
    found: list[tuple[int, int]] = []
    place = 0
    while place < len(words):
        wanted = next(
            (each for each in _BY_FIRST.get(words[place].key, ())
             if tuple(word.key for word in words[place : place + len(each)]) == each), None,
        )  # fmt: skip
        if wanted:
            last = place + len(wanted)
            while (
                last < len(words)
                and last - place < 14
                and (
                    words[last].key in _GOES_ON
                    or (words[last].key in (",", "-") and last + 1 < len(words) and words[last + 1].key in ("khen",))
                )
            ):
                last += 1
            while last > place + len(wanted) and words[last - 1].key in ("cua", "cum", "thi", "dua", "ba", "toan"):
                if words[last - 1].key == "dua" and words[last - 3].key == "cum" and words[last - 4].key == "cua":
                    break
                last -= 1
            found.append((place, last))
            place = last
        else:
            place += 1
    for number, (first, last) in enumerate(found):
        stop = found[number + 1][0] if number + 1 < len(found) else len(words)
        begun = found[number - 1][1] if number else 0
        fact = _award(reading, first, last, begun, stop, meeting, lexicon, text)
        if fact:
            yield fact


def _award(
    reading: Reading, first: int, last: int, begun: int, stop: int, meeting: Meeting, lexicon: Lexicon, text: str
) -> Fact | None:
    words = reading.sentence.words
    before = " ".join(word.key for word in words[:first])
    near_before = " ".join(word.key for word in words[begun:first])
    behind = _clause(words, last, stop)
    counts: dict[str, int] = {}
    for name, pattern in _CLASSES:
        for match in pattern.finditer(behind):
            if (value := _number(match[1])) is not None:
                counts.setdefault(name, value)
    count = _count_before(words, begun, first)
    if not counts and count is None:
        # Counted before: 5 tập thể và 7 cá nhân được tặng Bằng khen.
        for name, pattern in _CLASSES:
            matches = list(pattern.finditer(near_before))
            if matches and (value := _number(matches[-1][1])) is not None:
                counts.setdefault(name, value)
    units = [unit for unit in reading.kinds("U") if begun <= unit.first < stop]
    named = [unit for unit in units if last <= unit.first] or [unit for unit in units if unit.last <= first]
    tail = re.search(r"\bcho (?:cac )?(?:tinh|don vi|tap the|thanh pho|U\d+)", reading.written)
    if not counts and count is None and not (named and (tail or _GIVING.search(near_before))):
        return None
    proposed_here = _PROPOSED.search(before[-160:])
    given = bool(_GIVING.search(near_before))
    if not (given or proposed_here or counts or count):
        return None
    status = "proposed" if proposed_here else "given"
    printed = " ".join(text[words[first].start : words[last - 1].end].split())
    values: dict[str, object] = {"printed": printed, "status": status}
    values |= counts
    if count is not None:
        if not counts:
            values["total"] = count
        elif "collectives" not in counts or len(counts) > 1 or counts.get("collectives") != count:
            values["total"] = count
    elif not counts and named:
        joined = [unit for unit in named]
        values["collectives"] = len({unit.value for unit in joined})
    giver = _giver(reading, first, last, begun, text, printed)
    if giver:
        values["giver"] = giver
    award = _linked(lexicon, words, first, last, giver or "")
    if award:
        values["award"] = award
    years = [m for m in reading.kinds("Y") if begun <= m.first < stop]
    stated = bool(years)
    year = years[0].value if years else meeting.reviewed
    if year:
        values["year"] = year
    low = words[first].start
    high = max([words[last - 1].end, *(words[p - 1].end for p in [stop] if counts and p - last < 30)])
    if counts and stop - last < 40:
        end = last
        for place in range(last, stop):
            if words[place].key in (".", ";"):
                break
            end = place + 1
        high = words[min(end, stop) - 1].end
    return Fact(
        "award", values, ((low, high),), "stated" if stated else "implied", "" if stated else "basis-year-inferred",
        0.85 if counts or count else 0.7, "award.counted" if counts or count else "award.named",
    )  # fmt: skip


def _clause(words: Sequence[Token], first: int, stop: int) -> str:
    last = first
    while last < stop and words[last].key not in (".", ";"):
        last += 1
    return " ".join(word.key for word in words[first:last])


def _number(key: str) -> int | None:
    key = key.replace(".", "")
    if key.isdigit() and len(key) < 8:
        return int(key)
    return number_of(key)


def _count_before(words: Sequence[Token], begun: int, first: int) -> int | None:
    place = first - 1
    while place >= begun and words[place].key in ("la", "chiec", "tam", "danh", "hieu", "luot", "suat", "giai"):
        place -= 1
    if place < begun:
        return None
    value = _number(words[place].key)
    if value is None or (value > 1990 and value < 2040):
        return None
    if place and words[place - 1].key in ("/", "ngay", "thang", "nam", "so", "-"):
        return None
    if (
        words[place].key in ("nam", "tu")
        and words[place].key == "nam"
        and place
        and words[place - 1].key in ("trong", "hang", "cuoi", "moi")
    ):
        return None
    return value


def _giver(reading: Reading, first: int, last: int, begun: int, text: str, printed: str) -> str | None:
    words = reading.sentence.words
    for start in range(first, last):
        if words[start].key == "cua":
            return " ".join(text[words[start + 1].start : words[last - 1].end].split()) if start + 1 < last else None
    if last < len(words) and words[last].key == "cua":
        end = last + 1
        while (
            end < len(words)
            and (words[end].capital or words[end].key in ("tinh", "ban", "nhan", "dan", "nuoc", "phu", "tuong"))
            and end - last < 12
        ):
            end += 1
        if end > last + 1:
            return " ".join(text[words[last + 1].start : words[end - 1].end].split())
    keys = [word.key for word in words[:first]]
    joined = " ".join(keys[begun:])
    for name in (
        "thu tuong chinh phu",
        "chu tich nuoc",
        "chinh phu",
        "chu tich ubnd tinh",
        "ubnd tinh",
        "bo noi vu",
        "cum thi dua",
        "cum",
    ):
        wanted = name.split()
        for place in range(first - len(wanted), begun - 1, -1):
            if keys[place : place + len(wanted)] == wanted:
                return " ".join(text[words[place].start : words[place + len(wanted) - 1].end].split())
    del joined, printed
    return None


def _linked(lexicon: Lexicon, words: Sequence[Token], first: int, last: int, giver: str) -> str | None:
    best = None
    for end in range(last, first, -1):
        if (found := lexicon.award_finder.at(words, first)) and found[0] <= end:
            best = found[1]
            break
    if best and giver:
        from thidua.extract.tokens import keys_of

        keys = (*(word.key for word in words[first : first + 3]), "cua", *keys_of(giver))
        named = {name: award for name, award in ((" ".join(keys_of(n)), a) for n, a in lexicon.awards)}
        return named.get(" ".join(keys), named.get(" ".join((*keys[:3], *keys_of(giver))), best))
    return best


_RANK: Final = {
    "nhat": 1,
    "dau": 1,
    "nhi": 2,
    "ba": 3,
    "tu": 4,
    "nam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
    "muoi": 10,
}
_RANKED: Final = re.compile(
    r"(U\d+)(?: [^UHDY\s.;]\S*){0,10}? (?:xep|dung|dat|o|giu|vuon len)(?: [^UHDY\s.;]\S*){0,3}? (?:thu|hang|vi tri|vi tri thu|hang thu|dau|hang nhat|giai)(?: (?:thu|so|hang))* ?(\S+)?"
)
_POINTS: Final = re.compile(r"([0-9][0-9.,]*)(?: ?/ ?[0-9.,]+)? diem")


def _ranks(reading: Reading, meeting: Meeting, lexicon: Lexicon) -> Iterator[Fact]:
    if meeting.reviewed is None or not re.search(r"\b(?:xep|dung|diem)\b", reading.written):
        return
    if not re.search(r"\b(?:cum|thi dua|cham diem|binh xet|diem)\b|R\d+|C\d+", reading.written):
        return
    for match in _RANKED.finditer(reading.written):
        rank = _RANK.get(match[2] or "", int(match[2]) if (match[2] or "").isdigit() else None)
        if rank is None or rank > 15:
            continue
        unit = reading.of(match[1])
        values: dict[str, object] = {
            "cluster": meeting.cluster, "year": meeting.reviewed, "province": unit_of(unit, lexicon, meeting.asked), "rank": rank,
        }  # fmt: skip
        points = _POINTS.search(reading.written, match.start(), match.end() + 60)
        if points:
            values["points"] = points[1].rstrip(".,")
        words = reading.sentence.words
        place = min(
            len(words) - 1,
            reading.places[min(len(reading.places) - 1, len(reading.written[: match.end()].split()) - 1)],
        )
        yield Fact(
            "ranking",
            values,
            ((unit.start, words[place].end),),
            "implied",
            "basis-year-inferred",
            0.75,
            "ranking.placed",
        )
