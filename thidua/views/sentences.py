"""Answers in a sentence: what the rows of a question say, in the reader's language, no surer than they are.

:data:`MAKERS` has a maker for each question that allows one. Words of certainty are those of docs/certainty.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from thidua.questions import certainty
from thidua.rdf.cells import Record, integer
from thidua.views.answer_names import AnswerNames

#: Things that a sentence lists; of more it tells how many.
_LISTED: Final = 12


@dataclass(frozen=True)
class Part:
    """A stretch of a sentence, and the thing that it names."""

    text: str
    iri: str = ""


Sentence = list[Part]


@dataclass(frozen=True)
class Told:
    """What a maker knows: the rows, what they were asked with, and how to say it."""

    rows: Sequence[Record]
    asked: Mapping[str, str]
    """Parameter to an IRI or a value, where it was given and is no range."""
    years: range | None
    """The years asked for, if any."""
    names: AnswerNames
    language: str
    day: Callable[[str], str]
    """A day as the language writes it."""
    words: Callable[[str, str], str]
    """A column's code in words."""

    def pick(self, vi: str, en: str) -> str:
        """One of two texts, by the language."""
        return vi if self.language == "vi" else en

    def part(self, row: Record, column: str) -> Part:
        """What a column of a row names."""
        cell = row.get(column)
        return Part(self.names.cell(row, column), cell.value if cell and cell.kind == "iri" else "")

    def thing(self, parameter: str) -> Part:
        """What a parameter names."""
        iri = self.asked[parameter]
        return Part(self.names.of(iri), iri)

    def listed(self, parts: Iterable[Part]) -> Sentence:
        """``A, B and C``; of very many, some and how many there are besides."""
        found = list(dict.fromkeys(parts))
        shown = found[:_LISTED]
        if rest := len(found) - len(shown):
            shown.append(Part(self.pick(f"{rest} nữa", f"{rest} more")))
        return self.joined([[part] for part in shown])

    def joined(self, pieces: Sequence[Sentence], comma: str = ", ") -> Sentence:
        """Pieces one behind the other, with *and* before the last."""
        made: Sentence = []
        for number, piece in enumerate(pieces):
            if number:
                last = number == len(pieces) - 1
                made.append(Part(self.pick(" và ", " and ") if last and comma == ", " else comma))
            made += piece
        return made

    def count(self, number: int, vi: str, en: str, many: str = "") -> str:
        """``một nguồn``, ``2 nguồn``; ``one source``, ``2 sources``."""
        if self.language == "vi":
            return f"{'một' if number == 1 else number} {vi}"
        return f"one {en}" if number == 1 else f"{number} {many or en + 's'}"

    def sure(self, rows: Iterable[Record]) -> str:
        """How sure rows are that say one thing: as the surest of their sources says it."""
        found = list(rows)
        best = max(found, key=_sureness)
        sources = {cell.value for row in found if (cell := row.get("source"))}
        words = [
            certainty.in_words(column, value, self.language)
            for column in ("support", "reading", "basis")
            if (value := text(best, column))
        ]
        verdict = text(best, "certainty")
        how = [] if verdict == "certain" else words
        told = ([self.count(len(sources), "nguồn", "source")] if sources else []) + how
        said = certainty.in_words("certainty", verdict, self.language) if verdict else ""
        return ": ".join(each for each in (said, ", ".join(told)) if each)

    def doubt(self, rows: Iterable[Record]) -> str:
        """`` (possible)`` behind what no source settles; nothing behind what is certain."""
        if any(text(row, "certainty") in ("certain", "") for row in rows):
            return ""
        return f" ({certainty.in_words('certainty', 'possible', self.language)})"

    @property
    def span(self) -> str:
        """The years asked for, as words; empty for none."""
        if not self.years:
            return ""
        first, last = self.years[0], self.years[-1]
        if first == last:
            return self.pick(f"năm {first}", f"in {first}")
        return self.pick(f"từ năm {first} đến năm {last}", f"from {first} to {last}")


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


def text(row: Record, column: str) -> str:
    """The text of a column; empty where there is none."""
    cell = row.get(column)
    return cell.value if cell else ""


def grouped(rows: Iterable[Record], *columns: str) -> dict[tuple[str, ...], list[Record]]:
    """Rows by what they have in some columns, in their order."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    for row in rows:
        groups.setdefault(tuple(text(row, column) for column in columns), []).append(row)
    return groups


def _sureness(row: Record) -> tuple[bool, bool, bool, bool]:
    return (
        text(row, "certainty") == "certain",
        text(row, "support") == "stated",
        text(row, "time") == "settled",
        text(row, "reading") == "first-hand",
    )


def _led(told: Told) -> Sentence:
    """Who led: of a unit what it led; of a cluster in a year its head and deputies; else heads by year."""
    if "province" in told.asked:
        return _led_by(told)
    if "on" in told.asked:
        return _on_a_day(told)
    if "cluster" not in told.asked:
        return _heads_of_all(told) if told.years and len(told.years) == 1 else []
    if told.years and len(told.years) == 1:
        return _edition(told)
    return _heads_by_year(told)


def _edition(told: Told) -> Sentence:
    year, cluster = told.years[0] if told.years else 0, told.thing("cluster")
    roles = grouped(told.rows, "role")
    heads = grouped(roles.get(("head",), []), "province")
    deputies = [told.part(row, "province") for row in roles.get(("deputy",), [])]
    if len(heads) == 1:
        (rows,) = heads.values()
        made = [
            Part(told.pick(f"Năm {year}, ", "")), told.part(rows[0], "province"),
            Part(told.pick(" là cụm trưởng cụm ", " led ")), cluster, Part(told.pick("", f" in {year}")),
        ]  # fmt: skip
        certain = told.sure(rows)
    elif heads:
        number = len(heads)
        made = [Part(told.pick(f"Các nguồn nêu {number} cụm trưởng năm {year} của cụm ", f"Sources name {number} heads of ")),
                cluster, Part(told.pick(": ", f" in {year}: "))]  # fmt: skip
        made += told.joined(
            [[told.part(rows[0], "province"), Part(f" ({told.sure(rows)})")] for rows in heads.values()]
        )
        certain = ""
    else:
        made = [Part(told.pick(f"Không nguồn nào nêu cụm trưởng năm {year} của cụm ", "No source names the head of ")),
                cluster, Part(told.pick("", f" in {year}"))]  # fmt: skip
        certain = told.sure(told.rows)
    if deputies:
        several = len(set(deputies)) > 1
        made += [Part(told.pick(", cụm phó là ", ", deputies " if several else ", deputy ")), *told.listed(deputies)]
    return [*made, Part(f"; {certain}")] if certain else made


def _heads_by_year(told: Told) -> Sentence:
    heads = grouped((row for row in told.rows if text(row, "role") in ("head", "")), "year")
    if not heads:
        return []
    span = f" {told.span}" if told.span else ""
    made = [Part(told.pick("Cụm trưởng đã biết của cụm ", "The known heads of ")), told.thing("cluster"), Part(f"{span}: ")]
    pieces: list[Sentence] = []
    for (year,), rows in heads.items():
        units = [
            [told.part(same[0], "province"), Part(told.doubt(same))] for same in grouped(rows, "province").values()
        ]
        pieces.append([Part(f"{year} "), *told.joined(units, "/")])
    made += told.joined(pieces, "; ")
    if told.years and (silent := [year for year in told.years if (str(year),) not in heads]):
        made.append(Part(told.pick(". Không nguồn nào nêu cụm trưởng năm ", ". No source names the head of ")))
        made.append(Part(spans(silent)))
    return made


def _heads_of_all(told: Told) -> Sentence:
    heads = grouped((row for row in told.rows if text(row, "role") == "head"), "cluster")
    if not heads:
        return []
    made = [Part(told.pick(f"{told.span} đã biết cụm trưởng của {len(heads)} cụm: ",
                           f"{told.span}, the heads of {told.count(len(heads), '', 'cluster')} are known: "))]  # fmt: skip
    pieces: list[Sentence] = []
    for rows in heads.values():
        units = [
            [told.part(same[0], "province"), Part(told.doubt(same))] for same in grouped(rows, "province").values()
        ]
        pieces.append([*told.joined(units, "/"), Part(told.pick(" (cụm ", " (")), told.part(rows[0], "cluster"), Part(")")])
    return made + told.joined(pieces)


def _on_a_day(told: Told) -> Sentence:
    if "cluster" not in told.asked:
        return []
    heads = grouped((row for row in told.rows if text(row, "role") == "head"), "province")
    if not heads:
        return []
    day = told.day(told.asked["on"])
    made = [Part(told.pick(f"Ngày {day}, cụm trưởng cụm ", "The head of ")), told.thing("cluster"),
            Part(told.pick(" là ", f" on {day}: "))]  # fmt: skip
    return made + told.joined(
        [[told.part(rows[0], "province"), Part(f" ({told.sure(rows)})")] for rows in heads.values()]
    )


def _led_by(told: Told) -> Sentence:
    made, pieces = [told.thing("province"), Part(" ")], []
    for (role, _), rows in grouped(told.rows, "role", "cluster").items():
        years = grouped(rows, "year")
        dated = told.joined(
            [[Part(f"{year}{told.doubt(same)}")] for (year,), same in list(years.items())[:_LISTED]]
        )
        head = role == "head"
        pieces.append([
            Part(told.pick("là cụm trưởng cụm " if head else "là cụm phó cụm ", "led " if head else "was deputy head of ")),
            told.part(rows[0], "cluster"), Part(told.pick(" năm ", " in ")), *dated,
        ])  # fmt: skip
    return made + told.joined(pieces[:_LISTED])


def _members(told: Told) -> Sentence:
    if "cluster" not in told.asked:
        return []
    by_unit = grouped(told.rows, "province")
    units = [told.part(rows[0], "province") for rows in by_unit.values()]
    when = f" {told.span}" if told.span else f" {told.pick('ngày', 'on')} {told.day(told.asked['on'])}" if "on" in told.asked else ""
    certain = sum(1 for rows in by_unit.values() if not told.doubt(rows))
    made = [Part(told.pick(f"Các nguồn cho biết {told.count(len(units), 'thành viên', '')} của cụm ",
                           f"Sources tell of {told.count(len(units), '', 'member')} of ")),
            told.thing("cluster"), Part(f"{when}: "), *_all(told, units)]  # fmt: skip
    if certain == len(units):
        return made
    sure = told.pick(f"{certain} chắc chắn" if certain else "tất cả là có thể", f"{certain} certain" if certain else "all possible")
    rest = told.pick(f", {len(units) - certain} có thể", f", {len(units) - certain} possible") if certain else ""
    return [*made, Part(f"; {sure}{rest}")]


def _all(told: Told, parts: Sequence[Part]) -> Sentence:
    """All of them, up to twice as many as are listed elsewhere: a cluster has so many members."""
    return told.joined([[part] for part in parts]) if len(parts) <= 2 * _LISTED else told.listed(parts)


def _officials(told: Told) -> Sentence:
    if not told.asked.keys() & {"province", "cluster", "person"}:
        return []
    by_person = grouped(told.rows, "official") if "person" not in told.asked else {}
    if not by_person:
        return _posts(told)
    people: list[Sentence] = []
    for rows in list(by_person.values())[: _LISTED // 2]:
        posts = told.joined([[told.part(same[0], "post")] for same in grouped(rows, "post").values()][:3])
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


def _posts(told: Told) -> Sentence:
    if "person" not in told.asked:
        return []
    pieces: list[Sentence] = []
    for rows in list(grouped(told.rows, "post").values())[:_LISTED]:
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
    for rows in list(found.values())[: _LISTED // 2]:
        kinds = list(dict.fromkeys(told.words("kind", text(row, "kind")) for row in rows))
        when, place = _when(told, rows[0], "date"), told.part(rows[0], "place")
        piece = [Part(", ".join(each for each in (*kinds, when) if each), text(rows[0], "conference"))]
        pieces.append(piece + ([Part(told.pick(" tại ", " in ")), place] if place.text else []))
    if (more := len(found) - len(pieces)) > 0:
        pieces.append([Part(told.pick(f"{more} hội nghị nữa", f"{more} more"))])
    when = f" {told.span}" if told.span else ""
    return [Part(told.pick(f"Các nguồn cho biết {told.count(len(found), 'hội nghị', '')} của cụm ",
                           f"Sources tell of {told.count(len(found), '', 'conference')} of ")),
            told.thing("cluster"), Part(f"{when}: "), *told.joined(pieces, "; ")]  # fmt: skip


_OF_AWARDS: Final = (
    ("total", "tổng số", "", "in all"), ("collectives", "tập thể", "collective", "collectives"),
    ("individuals", "cá nhân", "individual", "individuals"), ("households", "hộ gia đình", "household", "households"),
)  # fmt: skip


def _awards(told: Told) -> Sentence:
    if "cluster" not in told.asked:
        return []
    pieces: list[Sentence] = []
    for rows in list(grouped(told.rows, "award", "status").values())[: _LISTED // 2]:
        counts = []
        for column, vi, one, many in _OF_AWARDS:
            number = integer(rows[0].get(column))
            if number is not None:
                counts.append(f"{number} {told.pick(vi, one if number == 1 and one else many)}")
        proposed = certainty.in_words("status", "proposed", told.language) if text(rows[0], "status") == "proposed" else ""
        inside = "; ".join(each for each in (", ".join(counts), proposed) if each)
        pieces.append([told.part(rows[0], "award"), Part((f" ({inside})" if inside else "") + told.doubt(rows))])
    kinds = len(grouped(told.rows, "award"))
    if (more := len(grouped(told.rows, "award", "status")) - len(pieces)) > 0:
        pieces.append([Part(told.pick(f"{more} dòng nữa", f"{more} more"))])
    when = f" {told.span}" if told.span else ""
    return [Part(told.pick(f"Các nguồn cho biết {told.count(kinds, 'hình thức khen thưởng', '')} của cụm ",
                           f"Sources tell of {told.count(kinds, '', 'kind of award', 'kinds of award')} to ")),
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
    for rows in list(grouped(told.rows, "from", "to", "year").values())[: _LISTED // 2]:
        day = _when(told, rows[0], "conferenceDate")
        pieces.append([
            told.part(rows[0], "from"), Part(told.pick(" bàn giao cho ", " handed over to ")), told.part(rows[0], "to"),
            Part((told.pick(f" ngày {day}", f" on {day}") if day else "") + told.doubt(rows)),
        ])  # fmt: skip
    return told.joined(pieces, "; ") if "cluster" in told.asked or told.years else []


def spans(years: Sequence[int]) -> str:
    """Years as people write them: ``2015–2017, 2020``."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


#: Question to what makes its sentence.
MAKERS: Final[Mapping[str, Callable[[Told], Sentence]]] = {
    "awards": _awards,
    "cluster-members": _members,
    "conferences": _conferences,
    "handovers": _handovers,
    "heads-by-year": _led,
    "officials": _officials,
    "posts-of-person": _posts,
    "province-led": _led_by,
    "province-today": _today,
    "who-led": _led,
}
