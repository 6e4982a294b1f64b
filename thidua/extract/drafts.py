"""Drafts of source files: facts read in the light of each other, and the records that are common to several."""

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from thidua.extract.article import Article
from thidua.extract.entries import Entries
from thidua.extract.facts import Fact, Span
from thidua.extract.indicators import period_of
from thidua.extract.registry import Registry
from thidua.extract.turtle import Document, Record

#: Kinds of conference, by what facts call an event.
EVENTS: Final[Mapping[str, str]] = {
    "year-end-review": "annual", "annual": "annual", "mid-year": "mid-year", "mid-year-review": "mid-year",
    "signing": "signing", "agreement-signing": "signing", "preparatory": "preparatory", "standing": "standing",
}  # fmt: skip
YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
#: From which month a meeting that looks back on a year looks back on its own.
LATE: Final = 10
#: How a year is implied that no passage prints.
INFERRED: Final = "c:basis-year-inferred"


@dataclass(frozen=True)
class LeftOut:
    """A fact that no record says, whole or in part, with the reason: a line of ``data/left-out.csv``."""

    fact: Fact
    reason_vi: str
    reason_en: str
    part: str = ""
    """As much of it as is left out; empty for all."""

    def row(self, address: str) -> tuple[str, str, str, str, str, str]:
        """The line: table, row, source, part and the reasons."""
        said = next(
            (str(self.fact.get(name)) for name in ("printed", "name", "number", "province") if self.fact.get(name)), ""
        )
        said = said.lstrip("=+-@\t\r ")  # what a spreadsheet would run
        where = " ".join(str(self.fact.get(name)) for name in ("cluster", "year") if self.fact.get(name))
        return (self.fact.kind, said or where or self.fact.kind, address, self.part, self.reason_vi, self.reason_en)


class Draft:
    """One file on its way."""

    def __init__(self, article: Article, facts: Iterable[Fact], registry: Registry) -> None:
        self.article = article
        self.registry = registry
        self.facts = list(facts)
        self.source = article.source.id
        self.entries = Entries(registry)
        self.left: list[LeftOut] = []
        clusters = [fact.get("cluster") for fact in self.facts if fact.kind == "cluster"]
        named = Counter(fact.get("cluster") for fact in self.facts if fact.get("cluster"))
        self.cluster: str = next(iter(clusters), None) or next((name for name, _ in named.most_common(1)), "") or ""
        self.document = Document(self.source, self.heading())
        self.events = [fact for fact in self.facts if fact.kind == "event" and self.cluster_of(fact)]
        self.people: dict[str, str] = {}
        self.on = next((day for fact in self.events if (day := when(fact)[0])), "") or self.latest_year()

    def title(self) -> str:
        """A title for an article that prints none, in brackets, as a reader gives it."""
        years = sorted({year for fact in self.facts if (year := year_of(fact.get("year")))})
        called = self.registry.labels.get(f"cluster:{self.cluster}", "")
        return f"[{', '.join([called, *map(str, years)])}]" if called else ""

    def heading(self) -> str:
        """The first line of the file."""
        called = self.registry.english.get(f"cluster:{self.cluster}", "An article")
        return f"{called}: what was found in an article by the rules of docs/extraction.md, as decided."

    def latest_year(self) -> str:
        """The last year that a fact names; empty where none does."""
        years = [year for fact in self.facts if (year := year_of(fact.get("year")))]
        return str(max(years)) if years else self.article.published[:4]

    def leave(self, fact: Fact, vi: str, en: str, part: str = "") -> None:
        """Leave a fact out, or a part of it, for a reason."""
        self.left.append(LeftOut(fact, vi, en, part))

    def spans(self, fact: Fact) -> list[Span]:
        """Its passages, in whole words, as far as they lie in the text."""
        length = len(self.article.text)
        return [self.article.source.word_edges(start, end) for start, end in fact.spans if 0 <= start < end <= length]

    def prints(self, spans: Iterable[Span], words: str) -> bool:
        """Whether a year, or any words, stand in the passages."""
        return any(words in self.article.text[start:end] for start, end in spans)

    def basis(self, fact: Fact, spans: Iterable[Span] = (), year: int | None = None) -> str:
        """How a fact is implied; empty where it is stated.

        A year that the fact does not have, and that comes from the event, is inferred unless its passages print it.
        """
        if fact.basis == "implied":
            why = fact.why if fact.why.startswith("c:") else f"c:{fact.why}" if fact.why else ""
            why = why if why.startswith("c:basis-") or not why else why.replace("c:", "c:basis-", 1)
            return why if self.registry.has(why) else INFERRED if fact.get("year") or year else "c:basis-inferred"
        return "" if year is None or self.prints(spans, str(year)) else INFERRED

    def rest(self, record: Record, fact: Fact, spans: list[Span], year: int | None = None) -> Record:
        """Rest a record on the passages of a fact, stated or implied as that is."""
        return record.rest_on(spans, self.basis(fact, spans, year))

    def cluster_of(self, fact: Fact) -> str:
        """The cluster that a fact is of, where the registry has it; the article's where it names none."""
        cluster = str(fact.get("cluster") or self.cluster)
        return cluster if self.registry.has(f"cluster:{cluster}") else ""

    def edition(self, fact: Fact, spans: list[Span], cluster: str, year: int | None) -> str:
        """The edition of a cluster's year, resting on what speaks of it; empty, and the fact left out, for none."""
        if not cluster:
            self.leave(fact, "không rõ cụm nào", "which cluster it is of is not known")
            return ""
        if not year:
            self.leave(fact, "không rõ năm nào", "of which year it is is not known")
            return ""
        if not 1948 <= year <= datetime.date.today().year + 1:
            self.leave(
                fact, f"năm {year} ở ngoài khoảng có thể biết", f"the year {year} is outside of what a source can know"
            )
            return ""
        edition = f"edition:{cluster}_{year}"
        record = self.document.record(edition).say("td:editionOf", f"cluster:{cluster}").say("td:year", str(year))
        # What an edition rests on is the cluster in a year: that its passage prints the year is enough.
        record.rest_on(spans, "" if self.prints(spans, str(year)) else INFERRED)
        return edition

    def unit(self, fact: Fact, name: str, year: int | None = None, day: str = "") -> str:
        """A unit that existed then; empty, and the fact left out, where it did not."""
        province = f"province:{fact.get(name)}"
        if not self.registry.has(province):
            self.leave(
                fact,
                f"{fact.get(name)} không có trong danh bạ đơn vị",
                f"the registry has no unit {fact.get(name)}",
                name,
            )
            return ""
        when = day or str(year or "")
        if when and not self.registry.exists(province, when):
            self.leave(
                fact,
                f"đơn vị {fact.get(name)} không tồn tại vào {when}",
                f"the unit {fact.get(name)} did not exist in {when}",
                name,
            )
            return ""
        return province

    def event_years(self, fact: Fact) -> tuple[int | None, int | None]:
        """The years that an event looks back on and begins, by its kinds, its day and the article's other facts."""
        cluster, kinds = self.cluster_of(fact), kinds_of(fact)
        told = "".join(when(fact)) or self.article.published
        year = year_of(told[:4])
        month = int(told[5:7]) if re.fullmatch(r"[0-9]{4}-[0-9]{2}.*", told) else None
        others = [each for each in self.facts if self.cluster_of(each) == cluster]
        begun = {year_of(each.get("year")) for each in others if each.kind in ("agreement", "handover")} - {None}
        begun = {each for each in begun if year is None or each in (year, year + 1)}
        launched = min((each for each in begun if each), default=None)
        if "annual" in kinds or "preparatory" in kinds:
            reviewed = launched - 1 if launched else None
            if reviewed is None and year:
                reviewed = year if month and month >= LATE else year - 1
            if launched is None and "signing" in kinds and reviewed:
                launched = reviewed + 1
            return reviewed, launched
        if "mid-year" in kinds:
            years = Counter(year_of(each.get("year")) for each in others if each.get("year"))
            return year or next((each for each, _ in years.most_common(1)), None), None
        if launched is None and year:
            launched = year + 1 if month and month >= LATE else year
        return None, launched

    def key(self, fact: Fact) -> str:
        """The key of an event: its cluster and day, or the year and the kind where no day is told."""
        if day := when(fact)[0]:
            return f"conf:{self.cluster_of(fact)}_{day}"
        reviewed, launched = self.event_years(fact)
        kinds = kinds_of(fact)
        return f"conf:{self.cluster_of(fact)}_{reviewed or launched}-{kinds[0]}" if kinds else ""

    def conference(self, cluster: str = "") -> str:
        """The event that the article tells of, once its record is there."""
        for fact in self.events:
            if (not cluster or self.cluster_of(fact) == cluster) and (key := self.key(fact)) in self.document.records:
                return key
        return ""

    def years(self, cluster: str) -> tuple[int | None, int | None]:
        """The years that the article's event of a cluster looks back on and begins."""
        for fact in self.events:
            if self.cluster_of(fact) == cluster:
                return self.event_years(fact)
        return None, None

    def own_year(self, fact: Fact, *, begun: bool = False) -> tuple[int | None, int | None]:
        """The year of a fact, and again where it is the event's and not its own."""
        if year := year_of(fact.get("year")):
            return year, None
        reviewed, launched = self.years(self.cluster_of(fact))
        year = (launched or reviewed) if begun else (reviewed or launched)
        return year, year

    def agrees(self, fact: Fact, thing: str, by: str, value: str) -> bool:
        """Whether nobody gives another value of what has one only; else it is left out."""
        said = self.document.records[thing].facts.get(f"td:{by}", []) if thing in self.document.records else []
        others = self.registry.others(thing, by, self.source) | set(said)
        if not others - {value}:
            return True
        other = ", ".join(sorted(others - {value}))
        self.leave(fact, f"{thing} đã có giá trị khác: {other}", f"{thing} has another value already: {other}", by)
        return False

    def free(self, thing: str) -> str:
        """A key that no other record has: several counts may begin at one place."""
        number, free = 2, thing
        while free in self.document.records:
            free, number = f"{thing}_{number}", number + 1
        return free


def kinds_of(fact: Fact) -> list[str]:
    """The kinds of an event, in the order of the code list."""
    said = fact.get("event")
    names = said if isinstance(said, list | tuple) else [said]
    found = {EVENTS[name] for name in map(str, names) if name in EVENTS}
    return [kind for kind in dict.fromkeys(EVENTS.values()) if kind in found]


def year_of(value: Any) -> int | None:
    """A year, from a number or a text; None for what is none."""
    text = str(value or "")
    return int(text) if YEAR.fullmatch(text) else None


def when(fact: Fact) -> tuple[str, str]:
    """The day of an event, or else the month, half or whole year that it was in: one of the two is empty."""
    day, period = str(fact.get("date") or ""), period_of(fact.get("period"))
    return (day, "") if is_day(day) else ("", period_of(day) or period)


def is_day(text: str) -> bool:
    """Whether a text is a day as ISO 8601 writes it."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
