"""View model of an answer's page: its columns, the rows of one page, what they can be sorted and narrowed by.

Everything is an address: `sort`, `only` and `page` beside the question's own parameters, so that it works without
scripts. Columns that say nothing (empty, or an echo of what was asked) are left out; how sure a row is stands in one.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from flask import request, url_for

from thidua.base.errors import ParameterError
from thidua.base.terms import BASE, shorten
from thidua.base.text import sort_key
from thidua.questions import certainty
from thidua.questions.catalogue import Question
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell, Record, in_order, integer
from thidua.views.answer_names import AnswerNames, iris_in
from thidua.views.disputes import Doubt
from thidua_server.html import words
from thidua_server.html.language import current, day, number, pick
from thidua_server.html.links import page_of
from thidua_server.html.tables import Shown, is_web

#: Rows of one page.
PAGE: Final = 50
_NUMBERS: Final = ("#integer", "#decimal", "#double")
#: What together says how sure a row is, by the end of the columns' names.
_SIDES: Final = ("", "A", "B")
_SURE: Final = ("certainty", "support", "reading", "basis", "time", "confidence")
#: Columns shown in the place of another, which has the same in Vietnamese alone.
_BETTER: Final = {"unit": "measure"}
#: Columns that say once more what others say: a figure's period has its year, an award's parts stand beside its total.
_TWICE: Final = {("statistics", "year"), ("awards", "count"), ("awards", "countOf")}
#: Columns that make a line of several rows: what each of these rows has besides stands in it together.
_MATTERS: Final = {"conflicts": ("what", "subject", "claimA", "claimB")}
#: Columns that hold the record which the row is: the row says what it is.
_ITSELF: Final = {"conferences": "conference", "mergers": "change", "remarks": "record"}
#: Columns of long addresses, and what leads there.
_ADDRESSES: Final = {
    "url": ("bài viết", "the article"),
    "archived": ("bản lưu (chưa kiểm tra)", "archived copy (not checked)"),
}
#: Columns by which rows are narrowed however many there are, and how many values a list of them shows.
_FEWEST_ROWS, _MOST_VALUES, _SHOWN_VALUES = 6, 60, 12
_LONGEST_ADDRESS: Final = 48
#: Columns that mean something else in one question than in the others of that name.
_ANOTHER: Final = {("identifiers", "relation"), ("award-catalogue", "verification")}
#: Questions whose rows name heads.
OF_HEADS: Final = ("who-led", "heads-by-year", "province-led", "head-today", "acting-heads", "led-by-territory")
_EXPLAINED: Final = re.compile(r" ?[:(,;]")


@dataclass(frozen=True)
class View:
    """Which rows are shown: sorted by a column, those that have some values, and a page of them."""

    sort: str = ""
    falling: bool = False
    only: tuple[tuple[str, str], ...] = ()
    page: int = 1


@dataclass(frozen=True)
class Header:
    """A column: where its header leads, and how the rows are sorted by it (`aria-sort`)."""

    name: str
    text: str
    title: str
    href: str
    sorted: str = ""
    number: bool = False


@dataclass(frozen=True)
class Sure:
    """How sure a row is: the verdict, and what it rests on."""

    verdict: str
    code: str
    why: str


@dataclass(frozen=True)
class Line:
    """A row, or several that are about one matter: `why` leads to what the first rests on."""

    cells: list[Shown | Sure | list[Shown | Sure] | None]
    why: str = ""
    key: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """A value that rows can be narrowed to."""

    text: str
    count: int
    href: str
    chosen: bool = False


@dataclass(frozen=True)
class Facet:
    """The values of a column with their counts."""

    text: str
    choices: list[Choice]
    more: int


@dataclass(frozen=True)
class Answer:
    """What the page shows of an answer."""

    headers: list[Header]
    lines: list[Line]
    total: int
    """All rows of the answer; `matching` are those that were asked to be shown, on all pages."""
    matching: int
    first: int
    facets: list[Facet]
    chosen: list[Choice]
    previous: str = ""
    following: str = ""
    page: int = 1
    pages: int = 1
    shown: list[Record] = field(default_factory=list)
    rows: int = 0
    """Rows of the answer as a program gets it, of which a line here may have several."""


def asked_view() -> View:
    """The view that the address asks for.

    :raises ParameterError: it makes no sense.
    """
    sort, page = request.args.get("sort", ""), request.args.get("page", "1")
    if not (page.isascii() and page.isdigit() and 0 < int(page[:8]) < 1_000_000):
        raise ParameterError("page", f"`page` is a number such as 2, not {page!r}.")
    only = []
    for each in request.args.getlist("only"):
        column, colon, value = each.partition(":")
        if not colon:
            raise ParameterError("only", f"`only` is a column and a value, such as role:head, not {each!r}.")
        only.append((column, value))
    return View(sort.removeprefix("-"), sort.startswith("-"), tuple(only), int(page))


def key_of(record: Record, columns: Iterable[str]) -> str:
    """The name of a row in addresses: a digest of what stands in it."""
    cells = [(name, cell.kind, cell.value) for name in columns if (cell := record[name])]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:12]


class _Maker:
    def __init__(
        self, question: Question, rows: Rows, given: Mapping[str, str], single: Iterable[str], view: View,
        names: AnswerNames, links: Mapping[str, Shown], doubts: Mapping[tuple[str, int], Doubt],
    ) -> None:  # fmt: skip
        self.doubts = doubts if question.name in OF_HEADS else {}
        self.question, self.rows, self.given, self.view = question, rows, given, view
        self.names, self.links = names, links
        self.language = current()
        self.columns = self._columns(set(single))

    def _columns(self, single: set[str]) -> list[str]:
        """Those worth showing, the certainty of each side in one, the record that a row is last."""
        rows, there = self.rows, set(self.rows.columns)
        shown = []
        for name in rows.columns:
            if (name.endswith("Label") and name[:-5] in there) or name in shown:
                continue
            name = _BETTER[name] if _BETTER.get(name) in there else name
            values = {record[name] or record.get(name + "Label") for record in rows.records}
            if values <= {None} or (name in single and len(values) == 1):
                continue
            if (self.question.name, name) in _TWICE:
                continue
            if name == "title" and self.question.name == "sources":  # the link to the source has it
                continue
            if name == "rank" and {cell.value for cell in values if cell} == {"normal"}:
                continue
            shown.append(name)
        sides = [side for side in _SIDES if any(part + side in shown for part in _SURE)]
        late = ["source"] if "source" in shown[1:] else []
        last = [*late, *(_SURE[0] + side for side in sides)]
        own = _ITSELF.get(self.question.name)
        merged = {part + side for part in _SURE for side in sides}
        kept = [name for name in shown if name not in merged and name not in (*late, own)]
        if sides and sides != [""]:  # of each of two sources beside it
            placed = []
            for name in kept:
                placed.append(name)
                placed += [_SURE[0] + side for side in sides if name == f"source{side}"]
            kept, last = placed, [name for name in last if name not in placed]
            for side in sides:  # when it is said to have been stands behind what is said
                if f"year{side}" in kept and f"claim{side}" in kept:
                    kept.remove(f"year{side}")
                    kept.insert(kept.index(f"claim{side}") + 1, f"year{side}")
        return kept + last + ([own] if own in shown else [])

    def made(self) -> Answer:
        view = self.view
        known = set(self.rows.columns)
        for column, _ in [*view.only, *([(view.sort, "")] if view.sort else [])]:
            if column not in known:
                raise ParameterError("only" if view.only else "sort", f"The answer has no column {column!r}.")
        records = [row for row in self.rows.records if all(_local(row[column]) == value for column, value in view.only)]
        if view.sort:
            records = self._sorted(records)
        matters = self._matters(records)
        pages = max(1, -(-len(matters) // PAGE))
        page = min(view.page, pages)
        lines = matters[(page - 1) * PAGE : page * PAGE]
        shown = [record for line in lines for record in line]
        self.names.learn(iris_in(shown))
        return Answer(
            headers=[self._header(name) for name in self.columns],
            lines=[self._line(line) for line in lines],
            total=len(self._matters(self.rows.records)),
            matching=len(matters),
            first=(page - 1) * PAGE + 1,
            facets=self._facets([line[0] for line in matters]) if len(self.rows.records) >= _FEWEST_ROWS else [],
            chosen=self._chosen(),
            previous=self._address(page=page - 1) if page > 1 else "",
            following=self._address(page=page + 1) if page < pages else "",
            page=page,
            pages=pages,
            shown=shown,
            rows=len(self.rows.records),
        )

    def _matters(self, records: Sequence[Record]) -> list[list[Record]]:
        """The rows, those about one matter together."""
        names = _MATTERS.get(self.question.name)
        if not names:
            return [[record] for record in records]
        found: dict[tuple[str, ...], list[Record]] = {}
        for record in records:
            found.setdefault(tuple(cell.value if (cell := record[name]) else "" for name in names), []).append(record)
        return list(found.values())

    def _sorted(self, records: list[Record]) -> list[Record]:
        name = self.view.sort
        self.names.learn(cell.value for row in records if (cell := row[name]) and cell.kind == "iri")
        there = [row for row in records if row[name] or row.get(name + "Label")]
        empty = [row for row in records if not (row[name] or row.get(name + "Label"))]

        def key(row: Record) -> tuple[int, float, str]:
            cell = row[name]
            if cell is None or cell.kind == "iri":
                return (4, 0, sort_key(self._text(row, name)))
            return in_order(cell)

        return sorted(there, key=key, reverse=self.view.falling) + empty

    def _header(self, name: str) -> Header:
        label, text = self._label(name), self._short(name)
        if name[:-1] == "certainty":
            text = pick("mức chắc", "certainty")
        by = name
        if name[:9] == "certainty":
            by = next(part + name[9:] for part in _SURE if part + name[9:] in self.rows.columns)
        mine = self.view.sort == by
        sort = f"-{by}" if mine and not self.view.falling else by
        sorted_ = ("descending" if self.view.falling else "ascending") if mine else ""
        return Header(name, text, label, self._address(sort=sort, page=None), sorted_, self._is_number(name))

    def _label(self, name: str) -> str:
        return self.rows.labels.get(name, {}).get(self.language, name)

    def _short(self, name: str) -> str:
        """A header as short as it can be: what a label explains stands behind a sign."""
        known = name in words.COLUMNS and (self.question.name, name) not in _ANOTHER
        return words.COLUMNS[name][self.language] if known else _EXPLAINED.split(self._label(name))[0]

    def _is_number(self, name: str) -> bool:
        if name[:9] == "certainty":
            return False
        cells = [cell for row in self.rows.records if (cell := row.get(name))]
        return bool(cells) and all(cell.datatype and cell.datatype.endswith(_NUMBERS) for cell in cells)

    def _line(self, records: Sequence[Record]) -> Line:
        keys = [key_of(record, self.rows.columns) for record in records]
        cells: list[Shown | Sure | list[Shown | Sure] | None] = []
        for name in self.columns:
            all_ = [self._sure(each, name[9:]) if name[:9] == "certainty" and name[9:] in _SIDES
                    else self._cell(each, name) for each in records]  # fmt: skip
            several = list(dict.fromkeys(each for each in all_ if each))
            if len(several) > 1 and self._is_number(name):
                several = [Shown(", ".join(each.text for each in several if isinstance(each, Shown)), number=True)]
            cells.append(several if len(several) > 1 else several[0] if several else None)
        return Line(cells, self._why(keys[0]) if self.question.evidence else "", keys[0], tuple(keys))

    def _sure(self, record: Record, side: str) -> Sure | None:
        said = {part: cell.value for part in _SURE if (cell := record.get(part + side))}
        if not said:
            return None
        verdict = said.get("certainty", "")
        how = [certainty.in_words(part, said[part], self.language) for part in _SURE[1:4] if part in said]
        if said.get("time") == "allowed":
            how.append(pick("thời điểm không loại trừ", "time allowed"))
        if "confidence" in said and Decimal(said["confidence"]) < 1:
            how.append(number(Decimal(said["confidence"])))
        if not side:
            how += self._against(record)
        if verdict:
            return Sure(certainty.in_words("certainty", verdict, self.language), verdict, ", ".join(how))
        return Sure("", "", ", ".join(how))

    def _against(self, record: Record) -> list[str]:
        """What contradicts a row that names a head."""
        codes = {name: cell.value for name in ("role", "rank") if (cell := record.get(name))}
        cluster, year = record.get("cluster"), integer(record.get("year"))
        if not cluster or year is None or codes.get("role") == "deputy" or codes.get("rank") == "deprecated":
            return []
        doubt = self.doubts.get((cluster.value, year), Doubt())
        said = [pick("≠ các nguồn nói khác nhau", "≠ sources differ")] if doubt.disputed else []
        if doubt.readings:
            or_else = ", ".join(map(str, doubt.readings))
            said.append(pick(f"≠ một văn bản, hai cách đọc: hoặc năm {or_else}",
                             f"≠ one text, two readings: or {or_else}"))  # fmt: skip
        return said

    def _cell(self, record: Record, name: str) -> Shown | None:
        cell, label = record[name], record.get(f"{name}Label")
        if cell is None:
            return Shown(label.value, language=label.language) if label else None
        if cell.value in self.links:
            return self.links[cell.value]
        if cell.kind == "iri":
            own = cell.value.startswith(BASE)
            href = page_of(cell.value) if own else cell.value if is_web(cell.value) else None
            if _ITSELF.get(self.question.name) == name:
                return Shown(pick("chi tiết", "details"), href, self.names.of(cell.value))
            if name in _ADDRESSES:
                return Shown(pick(*_ADDRESSES[name]), cell.value if is_web(cell.value) else href, cell.value)
            text = self.names.cell(record, name) or _brief(cell.value, own)
            return Shown(text, href)
        if known := words.in_words(name, cell.value, self.language):
            return Shown(known)
        if cell.datatype and cell.datatype.endswith("#date"):
            return Shown(day(cell.value), title=cell.value if self.language == "vi" else None)
        if cell.datatype and cell.datatype.endswith(_NUMBERS):
            return Shown(cell.value if words.is_year(name) else number(Decimal(cell.value)), number=True)
        if is_web(cell.value) and name in _ADDRESSES:
            return Shown(pick(*_ADDRESSES[name]), cell.value, cell.value)
        if is_web(cell.value):
            return Shown(_brief(cell.value, False), cell.value)
        return Shown(cell.value, language=cell.language)

    def _text(self, record: Record, name: str) -> str:
        shown = self._cell(record, name)
        return shown.text if shown else ""

    def _facets(self, records: Sequence[Record]) -> list[Facet]:
        found = []
        parts = [part for part in ("certainty", "support", "reading", "basis") if part in self.rows.columns]
        for name in [*(each for each in self.columns if each[:9] != "certainty"), *parts]:
            counts = Counter(_local(record[name]) for record in records if record[name])
            if not 1 < len(counts) <= min(_MOST_VALUES, max(2, len(records) // 2)):
                continue
            if self._is_number(name) and not words.is_year(name):
                continue
            samples = {_local(record[name]): record for record in records if record[name]}
            common = counts.most_common()
            if words.is_year(name):
                common.sort()
            values = common[:_SHOWN_VALUES]
            self.names.learn(cell.value for value, _ in values if (cell := samples[value][name]) and cell.kind == "iri")
            choices = [
                Choice(self._text(samples[value], name), count, self._narrowed(name, value)) for value, count in values
            ]
            found.append(Facet(self._short(name), choices, len(counts) - len(values)))
        return found

    def _chosen(self) -> list[Choice]:
        """What rows are narrowed to, each with the address without it."""
        made = []
        for column, value in self.view.only:
            sample = next((row for row in self.rows.records if _local(row[column]) == value), None)
            if sample:
                self.names.learn(iris_in([{column: sample[column]}]))
            rest = tuple(each for each in self.view.only if each != (column, value))
            shown = self._text(sample, column) if sample else value
            made.append(Choice(f"{self._short(column)}: {shown}", 0, self._address(only=rest, page=None), True))
        return made

    def _narrowed(self, name: str, value: str) -> str:
        """The question's own parameter where it has one of that name, so that a download has the same rows."""
        own = {parameter.name: parameter for parameter in self.question.parameters}
        if name in own and name != "on":
            return self._address(page=None, given={**self.given, name: value})
        return self._address(only=(*self.view.only, (name, value)), page=None)

    def _address(
        self, sort: str | None = "", page: int | None = 0, only: Sequence[tuple[str, str]] | None = None,
        given: Mapping[str, str] | None = None,
    ) -> str:  # fmt: skip
        """This page with something else; what is left out stays as it is, and None is none."""
        if sort == "":
            sort = f"{'-' if self.view.falling else ''}{self.view.sort}"
        pairs = [*(self.given if given is None else given).items()]
        pairs += [(name, request.args[name]) for name in ("evidence", "lang", "version") if name in request.args]
        pairs += [("only", f"{column}:{value}") for column, value in (self.view.only if only is None else only)]
        pairs += [("sort", sort)] if sort else []
        pairs += [("page", str(page))] if page and page > 1 else []
        return f"{request.path}?{urlencode(pairs)}#answer" if pairs else f"{request.path}#answer"

    def _why(self, key: str) -> str:
        """Where the reasons for a row are."""
        pairs = [
            *self.given.items(),
            *((name, request.args[name]) for name in ("lang", "version") if name in request.args),
        ]
        return f"{url_for('questions.why', name=self.question.name)}?{urlencode([*pairs, ('row', key)])}"


def answer(
    question: Question, rows: Rows, given: Mapping[str, str], single: Iterable[str], view: View, names: AnswerNames,
    links: Mapping[str, Shown], doubts: Mapping[tuple[str, int], Doubt] | None = None,
) -> Answer:  # fmt: skip
    """The page of an answer.

    :param given: the parameters as they stand in the address.
    :param single: those that have one value, whose column would repeat it.
    :param doubts: what is against the heads that rows name.
    :raises ParameterError: the view names a column that there is not.
    """
    return _Maker(question, rows, given, single, view, names, links, doubts or {}).made()


def _local(cell: Cell | None) -> str:
    """A value as addresses have it: of a thing the end of its IRI."""
    if cell is None:
        return ""
    return cell.value.rpartition("/")[2] if cell.kind == "iri" and cell.value.startswith(BASE) else cell.value


def _brief(address: str, own: bool) -> str:
    """An address as a reader needs it: without its scheme, and cut."""
    if own:
        return shorten(address).strip("<>")
    text = address.partition("://")[2].removeprefix("www.").rstrip("/")
    return text if len(text) <= _LONGEST_ADDRESS else text[: _LONGEST_ADDRESS - 1] + "…"
