"""What a sentence is made of: rows, what they were asked with, and how to name, count and doubt in either language."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from thidua.questions import certainty
from thidua.rdf.cells import Record
from thidua.views.answer_names import AnswerNames

#: Things that a sentence lists; of more it tells how many.
LISTED: Final = 12


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
        shown = found[:LISTED]
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


def spans(years: Sequence[int]) -> str:
    """Years as people write them: ``2015–2017, 2020``."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
