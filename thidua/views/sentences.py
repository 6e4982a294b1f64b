"""Answers in a sentence: what the rows of a question say, in the reader's language, no surer than they are.

:data:`MAKERS` has a maker for each question that allows one. Words of certainty are those of docs/certainty.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from thidua.questions import certainty
from thidua.rdf.cells import Record, integer
from thidua.views.leader_sentences import led, led_by
from thidua.views.told import LISTED, Part, Sentence, Told, grouped, text


def sentence(question: str, told: Told) -> Sentence:
    """The answer in a sentence; empty where the question, or what it was asked with, allows none."""
    maker = MAKERS.get(question)
    made = maker(told) if maker and told.rows else []
    if not made:
        return []
    first = made[0]
    return [Part(first.text[:1].upper() + first.text[1:], first.iri), *made[1:], Part(".")]


def plain(made: Sentence) -> str:
    """A sentence as text."""
    return "".join(part.text for part in made)


def _members(told: Told) -> Sentence:
    if "cluster" not in told.asked:
        return []
    by_unit = grouped(told.rows, "province")
    units = [told.part(rows[0], "province") for rows in by_unit.values()]
    when = (
        f" {told.span}"
        if told.span
        else f" {told.pick('ngày', 'on')} {told.day(told.asked['on'])}"
        if "on" in told.asked
        else ""
    )
    certain = sum(1 for rows in by_unit.values() if not told.doubt(rows))
    made = [Part(told.pick(f"Các nguồn cho biết {told.count(len(units), 'thành viên', '')} của cụm ",
                           f"Sources mention {told.count(len(units), '', 'member')} of ")),
            told.thing("cluster"), Part(f"{when}: "), *_all(told, units)]  # fmt: skip
    if certain == len(units):
        return made
    sure = told.pick(
        f"{certain} chắc chắn" if certain else "tất cả là có thể", f"{certain} certain" if certain else "all possible"
    )
    rest = told.pick(f", {len(units) - certain} có thể", f", {len(units) - certain} possible") if certain else ""
    return [*made, Part(f"; {sure}{rest}")]


def _all(told: Told, parts: Sequence[Part]) -> Sentence:
    """All of them, up to twice as many as are listed elsewhere: a cluster has so many members."""
    return told.joined([[part] for part in parts]) if len(parts) <= 2 * LISTED else told.listed(parts)


def _officials(told: Told) -> Sentence:
    if not told.asked.keys() & {"province", "cluster", "person"}:
        return []
    by_person = grouped(told.rows, "official") if "person" not in told.asked else {}
    if not by_person:
        return _posts(told)
    people: list[Sentence] = []
    for rows in list(by_person.values())[: LISTED // 2]:
        posts = told.joined([[_post(told, same[0])] for same in grouped(rows, "post").values()][:2])
        people.append([told.part(rows[0], "official"), Part(" ("), *posts, Part(")")])
    more = len(by_person) - len(people)
    if more > 0:
        people.append([Part(told.pick(f"{more} người nữa", f"{more} more"))])
    whose = [Part(told.pick(" của ", " of ")), told.thing("province")] if "province" in told.asked else (
        [Part(told.pick(" của cụm ", " of ")), told.thing("cluster")])  # fmt: skip
    when = f" {told.span}" if told.span else ""
    start = told.pick(f"Các nguồn thấy {told.count(len(by_person), 'người', '')} giữ chức vụ",
                      f"Sources show {told.count(len(by_person), '', 'person', 'people')} in posts")  # fmt: skip
    return [Part(start), *whose, Part(f"{when}: "), *told.joined(people)]


def _post(told: Told, row: Record) -> Part:
    """A post; of a unit that was asked for without its name, where that stands behind a comma."""
    part = told.part(row, "post")
    return Part(part.text.rpartition(", ")[0] or part.text, part.iri) if "province" in told.asked else part


def _posts(told: Told) -> Sentence:
    if "person" not in told.asked:
        return []
    pieces: list[Sentence] = []
    for rows in list(grouped(told.rows, "post").values())[:LISTED]:
        days = list(dict.fromkeys(_when(told, row, "seenOn") for row in rows))
        shown = ", ".join(days[:3]) + ("…" if len(days) > 3 else "")
        seen = told.pick(f" (thấy {shown})", f" (seen {shown})") if shown else ""
        pieces.append([told.part(rows[0], "post"), Part(seen + told.doubt(rows))])
    return [told.thing("person"), Part(": "), *told.joined(pieces, "; ")]


def _when(told: Told, row: Record, column: str) -> str:
    cell = row.get(column)
    if cell is None:
        return ""
    return told.names.cell(row, column) if cell.kind == "iri" else told.day(cell.value)


def _conferences(told: Told) -> Sentence:
    if "cluster" not in told.asked:
        return []
    found = grouped(told.rows, "conference")
    pieces: list[Sentence] = []
    for rows in list(found.values())[: LISTED // 2]:
        kinds = list(dict.fromkeys(told.words("kind", text(row, "kind")) for row in rows))
        when, place = _when(told, rows[0], "date"), told.part(rows[0], "place")
        piece = [Part(", ".join(each for each in (*kinds, when) if each), text(rows[0], "conference"))]
        pieces.append(piece + ([Part(told.pick(" tại ", " in ")), place] if place.text else []))
    if (more := len(found) - len(pieces)) > 0:
        pieces.append([Part(told.pick(f"{more} hội nghị nữa", f"{more} more"))])
    when = f" {told.span}" if told.span else ""
    return [Part(told.pick(f"Các nguồn cho biết {told.count(len(found), 'hội nghị', '')} của cụm ",
                           f"Sources mention {told.count(len(found), '', 'conference')} of ")),
            told.thing("cluster"), Part(f"{when}: "), *told.joined(pieces, "; ")]  # fmt: skip


_OF_AWARDS: Final = (
    ("total", "tổng số", "", "in all"), ("collectives", "tập thể", "collective", "collectives"),
    ("individuals", "cá nhân", "individual", "individuals"), ("households", "hộ gia đình", "household", "households"),
)  # fmt: skip


def _awards(told: Told) -> Sentence:
    if "cluster" not in told.asked:
        return []
    pieces: list[Sentence] = []
    named = [rows for rows in grouped(told.rows, "award", "status").values() if told.part(rows[0], "award").text]
    for rows in named[: LISTED // 2]:
        counts = []
        for column, vi, one, many in _OF_AWARDS:
            number = integer(rows[0].get(column))
            if number is not None:
                counts.append(f"{number} {told.pick(vi, one if number == 1 and one else many)}")
        proposed = (
            certainty.in_words("status", "proposed", told.language) if text(rows[0], "status") == "proposed" else ""
        )
        inside = "; ".join(each for each in (", ".join(counts), proposed) if each)
        pieces.append([told.part(rows[0], "award"), Part((f" ({inside})" if inside else "") + told.doubt(rows))])
    kinds = len({text(rows[0], "award") for rows in named})
    if (more := len(named) - len(pieces)) > 0:
        pieces.append([Part(told.pick(f"{more} dòng nữa", f"{more} more"))])
    when = f" {told.span}" if told.span else ""
    return [Part(told.pick(f"Các nguồn cho biết {told.count(kinds, 'hình thức khen thưởng', '')} của cụm ",
                           f"Sources mention {told.count(kinds, '', 'kind of award', 'kinds of award')} in ")),
            told.thing("cluster"), Part(f"{when}: "), *told.joined(pieces, "; ")]  # fmt: skip


def _today(told: Told) -> Sentence:
    if "province" not in told.asked:
        return []
    unit, row = told.thing("province"), told.rows[0]
    now = list(grouped(told.rows, "today").values())
    if len(now) == 1 and text(row, "today") == unit.iri:
        return [unit, Part(told.pick(" vẫn là một đơn vị cấp tỉnh", " is still a provincial unit of its own"))]
    since, law = text(row, "since"), told.part(row, "legalBasis")
    made = [unit, Part(told.pick(" nay là ", " is today ")), *told.listed(told.part(rows[0], "today") for rows in now)]
    if since:
        made.append(Part(told.pick(f", từ ngày {told.day(since)}", f", since {told.day(since)}")))
    return [*made, Part(told.pick(", theo ", ", by ")), law] if law.text else made


def _handovers(told: Told) -> Sentence:
    pieces: list[Sentence] = []
    for rows in list(grouped(told.rows, "from", "to", "year").values())[: LISTED // 2]:
        day = _when(told, rows[0], "conferenceDate")
        giver, taker = told.part(rows[0], "from"), told.part(rows[0], "to")
        when = Part((told.pick(f" ngày {day}", f" on {day}") if day else "") + told.doubt(rows))
        if giver.text and taker.text:
            pieces.append([giver, Part(told.pick(" bàn giao cho ", " handed over to ")), taker, when])
        elif giver.text:
            pieces.append([giver, Part(told.pick(" bàn giao", " handed over")), when])
        elif taker.text:
            pieces.append([taker, Part(told.pick(" nhận bàn giao", " took over")), when])
    return told.joined(pieces, "; ") if "cluster" in told.asked or told.years else []


#: Question to what makes its sentence.
MAKERS: Final[Mapping[str, Callable[[Told], Sentence]]] = {
    "awards": _awards,
    "cluster-members": _members,
    "conferences": _conferences,
    "handovers": _handovers,
    "heads-by-year": led,
    "officials": _officials,
    "posts-of-person": _posts,
    "province-led": led_by,
    "province-today": _today,
    "who-led": led,
}
