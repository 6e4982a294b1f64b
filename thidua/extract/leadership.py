"""Leadership: which unit is head or deputy of which year, who hands over to whom, and how surely the text says it.

A year printed with a role is its year. Without one, who is elected or receives leads the year that is launched, and who
is only called head the year under review: then the role is implied, by ``basis-year-inferred``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from thidua.extract.facts import Fact, Span
from thidua.extract.lexicon import Lexicon
from thidua.extract.meeting import Meeting, unit_of
from thidua.extract.mentions import Mention, Reading
from thidua.extract.tokens import Token, keys_of

_ROLE: Final = r"[HD]\d+"
#: What may stand before the name of a unit and belongs to it.
_BEFORE: Final = r"(?:(?:don|vi|dia|phuong|tinh|thanh|pho|tp|uy|ban|nhan|dan|ubnd|hdtdkt|cac|hai|\.|la|:) ){0,8}"
#: Units of one role: one, or several joined.
_UNITS: Final = rf"U\d+(?:(?: ,| va| , va)* {_BEFORE}U\d+)*"
_TAIL: Final = r"(?: (?:R\d+|C\d+|G\d+|cac|tinh|cua|thi|dua|toan|khu|vuc|thu|nhat|hai|so|1|2|\())*"
_GIVEN: Final = r"(?:bau|bau chon|suy ton|cu|chon|tin nhiem|nhat tri|thong nhat|giao|phan cong|de nghi|dong thuan|bieu quyet|cong bo|cong nhan|phe duyet|trao)"
_HOLDS: Final = (
    r"(?:lam|la|giu|dam nhan|dam nhiem|dam trach|dam duong|dung|tro thanh|nhan|tiep nhan|ganh vac|phu trach)"
)
_POSTS: Final = frozenset(
    """
    , - ( va la don vi dia phuong tinh thanh pho tp . chu tich pho bi thu uy vien ban chap hanh thuong vu thuong
    truc truong giam doc so noi vu hoi dong thi dua khen thuong kiem nhan dan ubnd hdnd hdtdkt dang bo trung uong
    dong chi ong ba voi vai tro tu cach dang giu chuc hien nay quyen uy tinh uy thanh doan dai bieu quoc khoa nguoi
    dung dau cua cac co quan dai dien thay mat dong hai tan deu cung vua hoan nhiem ky
""".split()
)
_HEDGED: Final = re.compile(
    r"\b(?:du kien|de cu|ung cu|ung vien|khong phai|chua phai|chua|gioi thieu|khong con|khong lam|khong giu|nham la|tuong la|tin don|neu|co the|du phong|dang ky)\b"
)
_INCOMING: Final = re.compile(
    r"\b(?:tiep nhan|nhan ban giao|nhan co|se|ke nhiem|moi|duoc|bau|suy ton|trao|ban giao|chuyen giao)\b"
)


@dataclass(frozen=True)
class _Found:
    role: Mention
    unit: Mention
    incoming: bool
    rule: str
    confidence: float


_PATTERNS: Final = tuple(
    (rule, re.compile(pattern), incoming, confidence)
    for rule, pattern, incoming, confidence in (
        # X (đơn vị Cụm trưởng năm 2023)
        ("role.brackets", rf"(?P<u>{_UNITS}) \( (?:(?:don|vi|la|giu|chuc|vai|tro|dam|nhan|nhiem|hien) )*(?P<r>{_ROLE})", False, 0.95),
        # do X làm Cụm trưởng
        ("role.by", rf"\bdo {_BEFORE}(?P<u>U\d+) (?:\S+ ){{0,3}}?{_HOLDS} (?:(?:vai|tro|chuc|nhiem|vu|don|vi|danh) )*(?P<r>{_ROLE})", False, 0.93),
        # bầu X làm Cụm trưởng
        ("role.elected", rf"\b{_GIVEN}\b(?: [^UHD\s]\S*| U\d+(?= \S+ {_HOLDS}\b))*? {_BEFORE}(?P<u>{_UNITS}) (?:(?:tiep|tuc|se|,|cung) )*{_HOLDS} (?:(?:vai|tro|chuc|nhiem|vu|don|vi|trong|trach) )*(?P<r>{_ROLE})", True, 0.94),
        # X được suy tôn là Cụm phó; X được tín nhiệm giao trọng trách Cụm trưởng
        ("role.passive", rf"(?P<u>{_UNITS}) (?:(?:tiep|tuc|da|vinh|du|se|chinh|thuc|lan|luot|cung|,) )*duoc(?: [^UHD\s,;]\S*| ,)*? (?P<r>{_ROLE})", True, 0.93),
        # X nhận nhiệm vụ Cụm trưởng
        ("role.takes", rf"(?P<u>{_UNITS}) (?:(?:se|da|chinh|thuc|lan|luot|,|tiep|tuc|cung|co|thi|van|con|chi|nam|khi|ay|luc|do|tung|[YV]\d+) )*(?:tiep nhan|nhan|dam nhan|dam nhiem|dam trach|giu|lam|tro thanh|ke nhiem|doi sang|cam co|giu co|o vi tri|o cuong vi)(?: [^UHD\s,;]\S*){{0,8}}? (?P<r>{_ROLE})", True, 0.9),
        # X là Cụm trưởng
        ("role.is", rf"(?P<u>{_UNITS}) (?:, )?(?:(?:khi|ay|luc|do|da|tung|cung|nay|se|van|con|hien) )*la (?:(?:don|vi|tinh|dia|phuong|hai|hien|tan) )*(?P<r>{_ROLE})", False, 0.93),
        # trao Cờ luân lưu Cụm trưởng cho X
        ("role.handed", rf"\b(?:trao|ban giao|chuyen giao|giao|chuyen)(?: [^UHD\s]\S*| U\d+| ,)*? (?P<r>{_ROLE})(?: [^UHD\s]\S*| Y\d+){{0,12}}? (?:cho|sang|toi|ve) {_BEFORE}(?P<u>{_UNITS})", True, 0.94),
        # Cụm trưởng năm 2024 là tỉnh X
        ("role.predicate", rf"(?P<r>{_ROLE}){_TAIL}(?: cho| trong| cua)?(?: [YV]\d+)?(?: \))?(?: ,)? (?:la|:|thuoc ve|do|-|gom|se la|do la|lan nay la|duoc giao cho|giao cho|duoc trao cho) {_BEFORE}(?P<u>{_UNITS})", True, 0.9),
        # Cụm phó cùng với X
        ("role.with", rf"(?P<r>D\d+) cung(?: voi)? {_BEFORE}(?P<u>{_UNITS})", True, 0.82),
        # Vai trò Cụm phó năm 2026, hội nghị chọn X
        ("role.chosen", rf"(?P<r>{_ROLE}){_TAIL}(?: [YV]\d+)? , (?:[^UHD\s,;]\S* ){{0,8}}?{_GIVEN} {_BEFORE}(?P<u>{_UNITS})", True, 0.85),
        # Được giao làm Cụm trưởng, X …
        ("role.opening", rf"^(?:duoc|voi viec duoc|sau khi duoc)(?: [^UHD\s,;]\S*)*? (?P<r>{_ROLE}){_TAIL}(?: [YV]\d+)? , {_BEFORE}(?P<u>U\d+)", True, 0.85),
        # đơn vị Cụm trưởng tỉnh X
        ("role.attribute", rf"(?P<r>{_ROLE})(?: Y\d+)? (?:(?:tinh|thanh|pho|tp|\.|,|-|\() )*(?P<u>U\d+)(?! (?:{_HOLDS}|duoc))", False, 0.75),
    )
)  # fmt: skip


def facts_of(
    readings: Sequence[Reading], meeting: Meeting, lexicon: Lexicon, text: str, homes: Mapping[str, str] | None = None
) -> Iterator[Fact]:
    """Roles and hand-overs of the meeting's cluster; of two that say the same, the surer.

    :param homes: units by the folded names of those who are said to be their officials.
    """
    found: dict[tuple[object, ...], Fact] = {}
    for reading in readings:
        if not reading.sentence.body:
            continue
        reading = _with_homes(reading, homes or {}, text)
        for fact in (*_roles(reading, meeting, lexicon, text), *_handovers(reading, meeting, lexicon)):
            key = (fact.kind, *(fact.get(name) for name in ("year", "role", "province", "from", "to")))
            known = found.get(key)
            if known is None or _better(fact, known):
                official = fact.get("official") or (known.get("official") if known else None)
                if fact.kind == "role" and official:
                    fact = replace(fact, values={**fact.values, "official": official})
                found[key] = fact
            elif known.kind == "role" and not known.get("official") and fact.get("official"):
                found[key] = replace(known, values={**known.values, "official": fact.get("official")})
    yield from _settled(found.values())


def _with_homes(reading: Reading, homes: Mapping[str, str], text: str) -> Reading:
    """People whose unit is told elsewhere stand for it where no unit is named beside them."""
    if not homes or (
        not reading.kinds("H", "D") and "luan luu" not in reading.written and " co " not in reading.written
    ):
        return reading
    mentions = list(reading.mentions)
    written = reading.written
    for number, mention in enumerate(mentions):
        if mention.kind != "N":
            continue
        unit = homes.get(" ".join(keys_of(text[mention.start : mention.end])))
        near = [u for u in reading.kinds("U") if -12 < u.first - mention.last < 14]
        if unit and not near:
            mentions[number] = replace(mention, kind="U", value=(unit, "person"))
            written = re.sub(rf"\bN{number}\b", f"U{number}", written)
    return replace(reading, mentions=mentions, written=written)


def _better(one: Fact, other: Fact) -> bool:
    return (one.basis == "stated", one.confidence) > (other.basis == "stated", other.confidence)


def _settled(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Without an implied role of a unit that the text states for the next or the last year, in the same words."""
    every = list(facts)
    for fact in every:
        rivals = [
            other for other in every
            if fact.kind == other.kind == "role" and other is not fact and fact.basis == "implied"
            and other.basis == "stated" and other.get("role") == fact.get("role")
            and other.get("province") == fact.get("province") and other.get("year") != fact.get("year")
        ]  # fmt: skip
        others = {
            other.get("province") for other in every
            if other.kind == "role" == fact.kind and other.basis == "stated" and other.get("role") == fact.get("role") == "head"
            and other.get("year") == fact.get("year") and other.get("province") != fact.get("province")
        }  # fmt: skip
        if rivals or (others and fact.basis == "implied"):
            continue
        yield fact


def _roles(reading: Reading, meeting: Meeting, lexicon: Lexicon, text: str) -> Iterator[Fact]:
    if not reading.kinds("H", "D") or reading.written.endswith("?"):
        return
    paired = list(_paired(reading))
    done_together = {each.role.first for each in paired}
    found = [*paired, *(each for each in _matched(reading) if each.role.first not in done_together)]
    done: set[tuple[int, int]] = set()
    roles_done: dict[int, set[str]] = {}
    for each in found:
        if (each.role.first, each.unit.first) in done or _of_another(reading, each, meeting):
            continue
        done.add((each.role.first, each.unit.first))
        roles_done.setdefault(each.role.first, set()).add(each.rule)
        yield from _fact(reading, each, meeting, lexicon, text, found)
    for role in reading.kinds("H", "D"):
        if role.first in roles_done:
            continue
        for apposed in _apposed(reading, role):
            if not _of_another(reading, apposed, meeting):
                yield from _fact(reading, apposed, meeting, lexicon, text, found)


def _matched(reading: Reading) -> Iterator[_Found]:
    claimed: set[str] = set()
    for rule, pattern, incoming, confidence in _PATTERNS:
        place = 0
        while match := pattern.search(reading.written, place):
            place = match.start() + 1
            if match["r"] in claimed:
                continue
            role = reading.of(match["r"])
            units = [reading.of(symbol) for symbol in re.findall(r"U\d+", match["u"])]
            if role.kind == "H" and len(units) > 1:
                units = units[-1:] if rule not in ("role.handed", "role.predicate") else units[:1]
            if len(units) > 1 and " va " not in match["u"] and rule != "role.brackets":
                units = units[-1:]
            units = [unit for unit in units if not _is_bodys(reading, unit)]
            if not units:
                continue
            claimed.add(match["r"])
            for unit in units:
                yield _Found(role, unit, incoming, rule, confidence)
    return


def _is_bodys(reading: Reading, unit: Mention) -> bool:
    """Whether a department of the province is meant, which leads no cluster of provinces."""
    return any(0 <= unit.first - body.last < 4 for body in reading.kinds("S"))


def _paired(reading: Reading) -> Iterator[_Found]:
    """Two roles and two units in the same order: *X và Y tiếp nhận vai trò Cụm trưởng và Cụm phó*."""
    roles = list(re.finditer(rf"({_ROLE})(?:(?: ,| va| , va) ({_ROLE}))+", reading.written))
    for group in roles:
        named = [reading.of(symbol) for symbol in re.findall(_ROLE, group[0])]
        lists = [
            [reading.of(symbol) for symbol in re.findall(r"U\d+", match[0])]
            for match in re.finditer(rf"U\d+(?:(?: ,| va| , va| ;)+ {_BEFORE}U\d+)+", reading.written)
        ]
        fitting = [units for units in lists if len(units) == len(named)]
        if not fitting and len(named) == 2:
            fitting = [units for units in lists if len(units) == 3]  # a head, and two deputies
        if not fitting:
            continue
        units = min(fitting, key=lambda each: abs(each[0].first - named[0].first))
        incoming = bool(_INCOMING.search(reading.written))
        for place, unit in enumerate(units):
            yield _Found(named[min(place, len(named) - 1)], unit, incoming, "role.respectively", 0.88)


def _apposed(reading: Reading, role: Mention) -> list[_Found]:
    """The last unit before a role, with nothing but posts between; else the first behind it, told of at once."""
    words = reading.sentence.words
    before = [unit for unit in reading.kinds("U") if unit.last <= role.first and not _is_bodys(reading, unit)]
    if before:
        unit = before[-1]
        people = {place for mention in reading.kinds("N", "S", "Y") for place in range(mention.first, mention.last)}
        gap = [words[place].key for place in range(unit.last, role.first) if place not in people]
        if len(gap) < 28 and all(key in _POSTS for key in gap):
            units = [unit]
            if gap[-1:] in (["dong"], ["hai"]) and role.kind == "D" and len(before) > 1:
                units = before[-2:]
            return [_Found(role, each, False, "role.apposition", 0.9) for each in units]
    opening = re.search(
        rf"\b(?:voi vai tro|voi tu cach|thay mat|dai dien|dai dien cho|tren cuong vi|o vai tro|trong vai tro|o cuong vi)(?: [a-z]+){{0,4}} {role.kind}\d+",
        reading.written,
    )
    if opening and opening[0].endswith(f"{role.kind}{reading.mentions.index(role)}"):
        behind = [unit for unit in reading.kinds("U") if 0 <= unit.first - role.last < 22]
        if behind:
            return [_Found(role, behind[0], False, "role.in-capacity", 0.85)]
    return []


def _of_another(reading: Reading, found: _Found, meeting: Meeting) -> bool:
    first, last = min(found.role.first, found.unit.first), max(found.role.last, found.unit.last)
    near = [c for c in reading.kinds("C") if first <= c.first <= last or 0 <= c.first - found.role.last < 3]
    return any(cluster.value[0] != meeting.cluster for cluster in near)


def _year(reading: Reading, found: _Found, every: Sequence[_Found]) -> Mention | None:
    """The year printed with a role: behind it in its clause, opening the sentence, or shared by what is joined to it."""
    written = reading.written
    symbol = f"{found.role.kind}{reading.mentions.index(found.role)}"
    begun = re.search(rf"\b{symbol}\b", written)
    assert begun
    behind = written[begun.end() :]
    if match := re.match(rf"{_TAIL}(?: cua| trong| cho| tu hoi nghi dau| tu dau| tu| hoi)? (V\d+)", behind):
        return reading.of(match[1])
    if match := re.match(rf"{_TAIL}(?: (?:\(|nhiem ky|cho|trong|cua|,))?(?: U\d+)?{_TAIL} (Y\d+)", behind):
        return reading.of(match[1])
    unit_symbol = f"U{reading.mentions.index(found.unit)}"
    if match := re.match(
        rf"(?: [^,;.()HDY\s]\S*){{0,14}}? {unit_symbol}{_TAIL}(?: trong| cho| ,)?(?: \))? (Y\d+)", behind
    ):
        return reading.of(match[1])
    before = written[: begun.start()]
    if match := re.match(r"(?:(?:trong|buoc|sang|cung|va|,|-|\*|rieng|hoi|nhat|la|rang) )*([YV]\d+) ", before):
        return reading.of(match[1])
    if match := re.search(rf"([YV]\d+)(?: [^UHD;.\s]\S*| ,){{0,7}} {unit_symbol}\b", before):
        if not re.search(rf"giao uoc(?: thi dua)?(?: \S+){{0,2}} {match[1]} ", before):
            return reading.of(match[1])
    clause = re.split(r" [;.] ", before)[-1]
    if match := re.search(r"(?:^|[,;:\"] )(?:(?:hoi|vao|tu|trong|con) )*([YV]\d+) (?:, )?[^;.]{0,90}$", clause):
        last = list(re.finditer(_ROLE, clause))
        if not last or last[-1].end() < match.start() or not found.incoming:
            return reading.of(match[1])
    if match := re.search(r"(Y\d+) (?:, )?(?:(?:do|la|vai|tro|nhiem|vu|don|vi|chuc) )*$", before):
        if not re.search(rf"giao uoc(?: thi dua)?(?: \S+){{0,2}} {match[1]} ", before):
            return reading.of(match[1])
    # Bầu A làm Cụm trưởng, B làm Cụm phó năm 2023: the year is of both.
    if match := re.match(rf"{_TAIL}(?: ,| ;| va|(?! Y)(?: [^.()HDY\s]\S*)){{1,14}}? (?:{_ROLE}){_TAIL} (Y\d+)", behind):
        partner = re.search(_ROLE, match[0])
        if partner and any(
            f"{o.role.kind}{reading.mentions.index(o.role)}" == partner[0] and o.incoming == found.incoming
            for o in every
        ):
            return reading.of(match[1])
    if match := re.search(rf"(?:{_ROLE}){_TAIL} (Y\d+)(?: [^.HDY\s]\S*){{0,12}} $", before):
        joined = re.search(r"^[^.;]*$", before[match.end(1) :])
        if (
            joined
            and any(o.incoming == found.incoming and o is not found for o in every)
            and found.rule != "role.apposition"
        ):
            return reading.of(match[1])
    return None


def _fact(
    reading: Reading, found: _Found, meeting: Meeting, lexicon: Lexicon, text: str, every: Sequence[_Found]
) -> Iterator[Fact]:
    year_mention = _year(reading, found, every)
    first, last = min(found.role.first, found.unit.first), max(found.role.last, found.unit.last)
    window = " ".join(word.key for word in reading.sentence.words[max(0, first - 6) : last])
    if _HEDGED.search(window) and not (
        year_mention and re.search(r"\bdu kien\b", window) is None and "chua" not in window
    ):
        return
    incoming = found.incoming
    if found.rule == "role.attribute" and re.search(r"\btan\b", window):
        incoming = True
    if found.rule == "role.is" and re.search(r"\b(?:moi|tiep theo|ke nhiem|toi)\b", window):
        incoming = True
    if found.rule == "role.predicate" and not re.search(
        r"\b(?:moi|bau|suy ton|tiep theo|ke nhiem|nhiem ky toi|ban giao|ra mat|cong bo|se)\b", reading.written
    ):
        incoming = False
    year = year_mention.value if year_mention else meeting.year_of(incoming=incoming)
    if year_mention and year_mention.kind == "V":
        now = int(meeting.asked[:4]) if meeting.asked else meeting.launched
        year = now + year if now is not None and year is not None else None
    if year is None:
        return
    unit = unit_of(found.unit, lexicon, _asked(meeting, year))
    ended = lexicon.units[unit].ended if unit in lexicon.units else ""
    if not lexicon.fits(meeting.cluster, unit) or (ended and ended < f"{year}-01-01"):
        return  # another cluster's, told in passing; or of a year that it did not see
    values: dict[str, object] = {
        "cluster": meeting.cluster, "year": year, "role": "head" if found.role.kind == "H" else "deputy",
        "province": unit,
    }  # fmt: skip
    if official := _official(reading, found, text):
        values["official"] = official
    start = reading.sentence.words[first].start
    end = reading.sentence.words[last - 1].end
    if year_mention:
        start, end = min(start, year_mention.start), max(end, year_mention.end)
    spans: tuple[Span, ...] = ((start, end),)
    stated = year_mention is not None and year_mention.kind == "Y"
    if not stated and meeting.day_span:
        spans = tuple(sorted({*spans, *meeting.kind_spans[:1]}))
    yield Fact(
        "role", values, spans, "stated" if stated else "implied", "" if stated else "basis-year-inferred",
        found.confidence if stated else round(found.confidence - 0.08, 2), found.rule,
    )  # fmt: skip


def _asked(meeting: Meeting, year: int) -> str:
    """The day on which a name is resolved: the meeting's, unless the role's year was over when units were merged."""
    day = meeting.asked
    return day if not day or int(day[:4]) <= year + 1 else f"{year}-12-31"


def _official(reading: Reading, found: _Found, text: str) -> str | None:
    """Who is said to act for the unit: named right before its post; after it, where the role comes first."""
    if found.rule not in ("role.apposition", "role.in-capacity", "role.brackets", "role.attribute"):
        return None
    words = reading.sentence.words
    named = [*reading.kinds("N"), *(unit for unit in reading.kinds("U") if unit.value[1] == "person")]
    before = [person for person in named if person.last <= max(found.unit.first, found.unit.last)]
    after = [person for person in named if person.first >= found.unit.last]
    person = max(before, key=lambda each: each.first, default=None)
    if person and _apart(words, person.last, found.unit.first):
        person = None
    if person is None and found.rule in ("role.in-capacity", "role.attribute") and after:
        person = min(after, key=lambda each: each.first)
        if _apart(words, found.unit.last, person.first):
            person = None
    return " ".join(text[person.start : person.end].split()) if person else None


def _apart(words: Sequence[Token], first: int, last: int) -> bool:
    between = [word.key for word in words[first:last]]
    return len(between) > 25 or not all(key in _POSTS for key in between)


_PASSING: Final = (
    # A nhận cờ từ B; đón nhận cờ từ B, A
    (re.compile(r"(?P<to>U\d+)(?: [^U\s]\S*)*? (?:nhan|tiep nhan|don nhan)\b(?: [^U\s;]\S*){0,12}? tu\b(?: [^U\s;]\S*){0,10}? (?P<from>U\d+)")),
    (re.compile(r"\b(?:nhan|don nhan|tiep nhan)\b(?: [^U\s;]\S*){0,12}? tu\b(?: [^U\s;]\S*){0,10}? (?P<from>U\d+)(?: [^U\s]\S*){0,8}? (?P<to>U\d+)")),
    # giữa A và B
    (re.compile(r"\b(?:ban giao|chuyen giao|trao)\b(?: [^U\s;]\S*){0,14}? giua\b(?: [^U\s;]\S*){0,6}? (?P<from>U\d+)(?: [^U\s;]\S*){0,8}? (?P<to>U\d+)")),
    # từ A sang B
    (re.compile(r"\b(?:ban giao|chuyen giao|chuyen|trao)\b(?: [^U\s;]\S*){0,14}? tu\b(?: [^U\s;]\S*){0,6}? (?P<from>U\d+)(?: [^U\s;]\S*){0,8}? (?:sang|cho|toi|ve)\b(?: [^U\s;]\S*){0,8}? (?P<to>U\d+)")),
    # A bàn giao … cho B
    (re.compile(r"(?P<from>U\d+)(?: [^U\s;]\S*){0,30}? (?:ban giao|chuyen giao|trao|chuyen|trao lai|goi|gui|gui den)\b(?: [^U\s;]\S*){0,20}? (?:cho|sang|toi|den)\b(?: [^U\s;]\S*){0,10}? (?P<to>U\d+)")),
    # A bàn giao, B tiếp nhận
    (re.compile(r"(?P<from>U\d+) (?:da )?(?:ban giao|chuyen giao|trao)\b(?: [^U\s;]\S*){0,8}? (?:,|va) (?:tinh )?(?P<to>U\d+) (?:da )?(?:tiep nhan|nhan)\b")),
)  # fmt: skip


def _giver_and_receiver(reading: Reading) -> tuple[Mention, Mention] | None:
    for pattern in _PASSING:
        if match := pattern.search(reading.written):
            giver, receiver = reading.of(match["from"]), reading.of(match["to"])
            if giver.value[0] != receiver.value[0]:
                return giver, receiver
    return None


def _handovers(reading: Reading, meeting: Meeting, lexicon: Lexicon) -> Iterator[Fact]:
    written = reading.written
    flag = re.search(r"\b(?:luan luu|luan phien|la co|co truyen thong)\b", written) or (
        re.search(_ROLE, written)
        and re.search(r"\b(?:vai tro|nhiem vu|trong trach|chuc|trach nhiem|don vi|ho so)\b|[HD]\d+", written)
    )
    if not flag or any(c.value[0] != meeting.cluster for c in reading.kinds("C")):
        return
    if re.search(r"\b(?:bang khen|co thi dua|giay khen|huan chuong)\b", written) and not re.search(
        _ROLE + "|luan luu", written
    ):
        return
    pair = _giver_and_receiver(reading)
    if pair is None:
        return
    giver, receiver = pair
    years = [m.value for m in reading.kinds("Y") if meeting.reviewed is None or m.value > meeting.reviewed]
    year = years[0] if years else meeting.year_of(incoming=True)
    if year is None:
        return
    day = _asked(meeting, year)
    low, high = min(giver.start, receiver.start), max(giver.end, receiver.end)
    yield Fact(
        "handover",
        {"cluster": meeting.cluster, "year": year, "from": unit_of(giver, lexicon, day), "to": unit_of(receiver, lexicon, day)},
        ((low, high),), "stated" if years else "implied", "" if years else "basis-year-inferred", 0.9, "handover.from-to",
    )  # fmt: skip
    if not (years and meeting.launched and years[0] != meeting.launched) and lexicon.fits(
        meeting.cluster, unit_of(giver, lexicon, day)
    ):
        yield Fact(
            "role",
            {"cluster": meeting.cluster, "year": year - 1, "role": "head", "province": unit_of(giver, lexicon, day)},
            ((low, high),), "implied", "basis-inferred", 0.75, "role.hands-over",
        )  # fmt: skip
    yield Fact(
        "role",
        {"cluster": meeting.cluster, "year": year, "role": "head", "province": unit_of(receiver, lexicon, day)},
        ((low, high),), "stated" if years else "implied", "" if years else "basis-year-inferred", 0.86, "role.handed-over",
    )  # fmt: skip
