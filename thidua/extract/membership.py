"""Membership: the units that a text lists as the cluster's."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from thidua.extract.facts import Fact, Span
from thidua.extract.lexicon import Lexicon
from thidua.extract.meeting import Meeting, unit_of
from thidua.extract.mentions import Mention, Reading

_LIST: Final = re.compile(r"U\d+(?:(?: ,| va| , va| ;| -| \+| &)+ (?:(?:tinh|thanh|pho|tp|cac|hai|2|\.) )*U\d+){2,}")
_OPENS: Final = re.compile(
    r"(?:\bgom\b|\bbao gom\b|\bla\b|:|\(|\b(?:cac|\d+|hai|ba|bon|nam|sau|bay|tam|chin|muoi) (?:tinh|thanh pho|dia phuong|don vi)\b|\bcluster\b|\bincluding\b)"
    r"(?: (?:co|tinh|thanh|pho|tp|cac|trong|don|vi|dia|phuong|thanh|vien|,|:|\(|\.|hai|R\d+|C\d+|G\d+|la|\d+))*$"
)
_TOGETHER: Final = re.compile(r"^(?: \S+){0,3}? (?:cung ky|ky|tham du|du|tham gia|da ky)\b")
_RESULTS: Final = re.compile(
    r"\b(?:nhu|trong do|dien hinh|dan dau|tieu bieu|tang truong|xep|dat|cao nhat|thu hut|cac don vi nhat|khen|tang|bang khen|co thi dua|de nghi)\b(?: \S+){0,7}$"
)


def facts_of(readings: Sequence[Reading], meeting: Meeting, lexicon: Lexicon) -> Iterator[Fact]:
    """The members of the best list: the one whose length is the number stated, else the one that is opened as such."""
    lists = []
    for number, reading in enumerate(readings):
        if not reading.sentence.body or any(c.value[0] != meeting.cluster for c in reading.kinds("C")):
            continue
        for match in _LIST.finditer(reading.written):
            before = reading.written[: match.start()].rstrip()
            units = [reading.of(symbol) for symbol in re.findall(r"U\d+", match[0])]
            opened = bool(_OPENS.search(before))
            named = bool(reading.kinds("C", "R", "G"))
            weight = 2.0 * opened + 1.0 * named - 2.5 * bool(_RESULTS.search(before)) + 0.1 * len(units) - 0.02 * number
            distinct = {unit.value for unit in units}
            fitting = [lexicon.fits(meeting.cluster, unit_of(unit, lexicon, meeting.asked)) for unit in units]
            weight += 1.2 if all(fitting) and len(units) > 3 else -1.0 * (fitting.count(False) > 1)
            weight += 0.8 * bool(_TOGETHER.search(reading.written[match.end() : match.end() + 60]))
            if meeting.units and len(distinct) == meeting.units:
                weight += 3
            elif meeting.units and abs(len(distinct) - meeting.units) > 2:
                weight -= 1.5
            lists.append((weight, reading, units, match[0]))
    if not lists:
        yield from _present(readings, meeting, lexicon)
        return
    weight, reading, units, _ = max(lists, key=lambda each: each[0])
    if weight < 2.2 or meeting.reviewed is None:
        yield from _present(readings, meeting, lexicon)
        return
    agrees = meeting.units in (None, len({unit.value for unit in units}))
    warnings = () if agrees else (f"the text says {meeting.units} units, and lists {len(units)}",)
    start, end = units[0].start, units[-1].end
    seen: set[str] = set()
    for unit in units:
        province = unit_of(unit, lexicon, meeting.asked)
        if province in seen:
            continue
        seen.add(province)
        spans = _spans(reading, unit, start, end)
        yield Fact(
            "member", {"cluster": meeting.cluster, "year": meeting.reviewed, "province": province}, spans,
            confidence=0.97 if meeting.units and agrees else 0.9, rule="member.list", warnings=warnings,
        )  # fmt: skip


def _present(readings: Sequence[Reading], meeting: Meeting, lexicon: Lexicon) -> Iterator[Fact]:
    """Where no list stands: the units of the cluster that a text names one by one, if they are all of them."""
    known = lexicon.members.get(meeting.cluster)
    if not known or meeting.reviewed is None:
        return
    found: dict[str, Span] = {}
    for reading in readings:
        if reading.sentence.body and not any(c.value[0] != meeting.cluster for c in reading.kinds("C")):
            for unit in reading.kinds("U"):
                if unit.value[1] == "name":
                    found.setdefault(unit_of(unit, lexicon, meeting.asked), (unit.start, unit.end))
    fitting = {unit: span for unit, span in found.items() if lexicon.fits(meeting.cluster, unit)}
    if len(fitting) != meeting.units:
        return
    for province, span in fitting.items():
        yield Fact(
            "member", {"cluster": meeting.cluster, "year": meeting.reviewed, "province": province}, (span,),
            "implied", "basis-attendance", 0.75, "member.present",
        )  # fmt: skip


def _spans(reading: Reading, unit: Mention, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """A short list is one passage; of a long one, its head and the item."""
    if end - start < 240:
        return ((start, end),)
    head = max((m.end for m in reading.kinds("C", "R", "G") if m.end <= start), default=start)
    return ((head, head), (unit.start, unit.end))[1:]
