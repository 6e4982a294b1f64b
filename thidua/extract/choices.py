"""Choices at the desk: what fields of facts can be filled with, as people read it, and back to local ids.

What is shown of each thing is unique among its kind, so that what is picked, or typed, leads to one thing: of two units
of one name, each has its days behind it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from thidua.base.terms import PREFIXES, TD
from thidua.base.text import fold
from thidua.base.translation import LANGUAGES
from thidua.names.labels import Labels, in_language, labels
from thidua.rdf.cells import Select
from thidua.views.naming import short_name

#: What each kind of choice is in the graph.
_PATTERNS: Final = {
    "province": f"?thing a <{TD}Province>",
    "cluster": f"?thing a <{TD}EmulationCluster>",
    "person": f"?thing a <{TD}Person>",
    "award": f"?thing <{PREFIXES['skos']}inScheme> <{PREFIXES['c']}award>",
    "movement": f"?thing a <{TD}EmulationMovement>",
    "legal": f"?thing a <{TD}LegalDocument>",
    "indicator": f"?thing <{PREFIXES['skos']}inScheme> <{PREFIXES['c']}ind>",
}
_DAYS: Final = (
    f"SELECT ?thing ?start ?end {{ {_PATTERNS['province']} "
    f"OPTIONAL {{ ?thing <{TD}startDate> ?start }} OPTIONAL {{ ?thing <{TD}endDate> ?end }} }}"
)


@dataclass(frozen=True)
class Choices:
    """Of each kind: local id to what is shown of it, by language."""

    shown: Mapping[str, Mapping[str, Mapping[str, str]]]
    """Kind, local id, language."""
    found: Mapping[str, Mapping[str, str]]
    """Kind, folded text, local id."""
    days: Mapping[str, tuple[str, str]]
    """First and last day of each unit, empty where open."""

    @classmethod
    def of(cls, select: Select) -> "Choices":
        """From a graph."""
        days = {}
        for row in select(_DAYS):
            thing, start, end = row["thing"], row["start"], row["end"]
            if thing:
                days[_local(thing.value)] = (start.value if start else "", end.value if end else "")
        shown: dict[str, dict[str, dict[str, str]]] = {}
        found: dict[str, dict[str, str]] = {}
        for kind, pattern in _PATTERNS.items():
            named = {_local(iri): each for iri, each in labels(select, pattern=pattern).items()}
            shown[kind] = {local: {} for local in named}
            found[kind] = {}
            for language in LANGUAGES:
                for local, text in _unique(kind, named, days, language).items():
                    shown[kind][local][language] = text
                    found[kind].setdefault(fold(text), local)
            found[kind] |= {local: local for local in named}
        return cls(shown, found, days)

    def text(self, kind: str, local: str, language: str) -> str:
        """What is shown of a thing; its id where it is not known."""
        return self.shown.get(kind, {}).get(local, {}).get(language, local)

    def at(self, local: str, year: int | None, language: str) -> str:
        """What a unit is called in a year: its name alone where no other of that name was there then."""
        text = self.text("province", local, language)
        start, end = self.days.get(local, ("", ""))
        settled = year is not None and (int(start[:4] or 0) < year if start else True)
        settled = settled and (year is not None and year < int(end[:4]) if end else settled)
        return text.partition(" (")[0] if settled else text

    def find(self, kind: str, text: str) -> str | None:
        """The thing that a text shows, by its name with or without marks, or by its id; None for none."""
        text = text.strip()
        return text if text in self.shown.get(kind, {}) else self.found.get(kind, {}).get(fold(text))

    def offered(self, kind: str, language: str) -> list[str]:
        """Everything of a kind, in the order of its names."""
        texts = [each[language] for each in self.shown.get(kind, {}).values() if language in each]
        return sorted(texts, key=fold)


def _unique(
    kind: str, named: Mapping[str, Labels], days: Mapping[str, tuple[str, str]], language: str
) -> dict[str, str]:
    texts = {local: short_name(in_language(each, language)) for local, each in named.items()}
    often = Counter(fold(text) for text in texts.values())
    return {
        local: text if often[fold(text)] == 1 else f"{text} ({_since(days.get(local), language) or local})"
        for local, text in texts.items()
    }


def _since(days: tuple[str, str] | None, language: str) -> str:
    """The days of a unit that shares its name."""
    start, end = days or ("", "")
    since, until = ("từ", "đến") if language == "vi" else ("since", "until")
    if end:
        return f"{until} {_day(end, language)}"
    return f"{since} {_day(start, language)}" if start else ""


def _day(iso: str, language: str) -> str:
    year, month, day = [*iso[:10].split("-"), "", ""][:3]
    return f"{int(day)}/{int(month)}/{year}" if language == "vi" else iso[:10]


def _local(iri: str) -> str:
    return iri.rpartition("/")[2]
