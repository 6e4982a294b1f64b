"""Choropleth map of a day: which units there were, which cluster each belonged to, who led, what is drawn.

Everything is asked by the catalogued questions, so the map says what they say. A membership that no source states for
the time asked is not there; nothing is carried over from another year.
"""

import datetime
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from thidua.base.errors import ParameterError
from thidua.base.text import sort_key
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.names.labels import in_language
from thidua.rdf.cells import Cell, Record
from thidua.views.naming import cluster_names

#: The first day whose units the drawing can show, but for Hà Tây, which became part of Hà Nội in 2008.
FIRST: Final = "2004-01-01"
#: Changes by which the land of one unit became another's.
_JOINED: Final = ("merger", "absorption")


@dataclass(frozen=True)
class Moment:
    """What the map is asked for: a day, or a whole year, whose last day's units are then drawn."""

    day: str
    whole: bool

    @property
    def year(self) -> int:
        return int(self.day[:4])

    @property
    def asked(self) -> dict[str, str]:
        """As a parameter of the map and of the questions."""
        return {"year": self.day[:4]} if self.whole else {"on": self.day}


@dataclass(frozen=True)
class Stop:
    """A step of the slider: a year, or the part of one in which the units stayed the same."""

    moment: Moment
    begins: str
    members: int = 0
    """Units whose cluster a source tells then."""
    heads: int = 0
    """Units that a source calls head of a cluster that year."""


@dataclass(frozen=True)
class Support:
    """A source that says so: outright or not, how it was read, on what ground, how sure that is of the time asked."""

    source: str
    support: str
    reading: str
    basis: str
    certainty: str


@dataclass(frozen=True)
class Membership:
    """A unit in a cluster."""

    cluster: str
    supports: tuple[Support, ...]

    @property
    def certainty(self) -> str:
        """``certain`` when one source makes it so, else ``possible``."""
        return _certainty(self.supports)


@dataclass(frozen=True)
class Term:
    """A unit as ``head`` or ``deputy`` of a cluster in the map's year."""

    cluster: str
    role: str
    unit: str
    name: str
    supports: tuple[Support, ...]

    @property
    def certainty(self) -> str:
        """``certain`` when one source makes it so, else ``possible``."""
        return _certainty(self.supports)


@dataclass(frozen=True)
class Change:
    """A unit that another was made of, or became part of."""

    unit: str
    name: str
    date: str
    number: str
    """Of the legal document; empty if none is known."""


@dataclass(frozen=True)
class Unit:
    """A unit that was in force, with what the sources tell of it."""

    iri: str
    name: str
    memberships: tuple[Membership, ...]
    terms: tuple[Term, ...]
    former: tuple[Change, ...]
    """The units that it was made of."""
    later: tuple[Change, ...]
    """The unit that it is part of today."""
    drawn: tuple[str, ...]
    """The IRIs of the outlines that together are its own; none where the drawing has none."""


@dataclass(frozen=True)
class Chart:
    """The map of one moment."""

    moment: Moment
    units: tuple[Unit, ...]
    clusters: Mapping[str, str]
    """Every cluster that the graph knows, by IRI, and its name; in the order of their Vietnamese names."""
    terms: tuple[Term, ...]
    """All heads and deputies of the year, also of units that were not in force on the day."""
    stops: tuple[Stop, ...] = field(default=())

    @property
    def at(self) -> int:
        """Which of the stops the moment falls on."""
        return max((n for n, stop in enumerate(self.stops) if stop.begins <= self.moment.day), default=0)


def read_moment(on: str | None, year: str | None, stops: Collection[Stop]) -> Moment:
    """What is asked for; without a wish, the latest of the years that sources tell most of.

    :raises ParameterError: both are given, one is no day or year, or it is outside the map's time.
    """
    on, year = (on or "").strip(), (year or "").strip()
    last = max(stop.moment.day for stop in stops)
    if on and year:
        raise ParameterError("on", "Give `on` or `year`, not both.")
    if year:
        if not re.fullmatch(r"[0-9]{4}", year):
            raise ParameterError("year", f"`year` is a year such as 2024, not {year!r}.")
        wanted = Moment(f"{year}-12-31", True)
    elif on:
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", on):
                raise ValueError(on)
            wanted = Moment(datetime.date.fromisoformat(on).isoformat(), False)
        except ValueError as exc:
            raise ParameterError("on", f"`on` is a day such as 2024-06-01, not {on!r}.") from exc
    else:
        return max(stops, key=lambda stop: (stop.members, stop.begins)).moment
    if not FIRST <= wanted.day <= last:
        name = "year" if year else "on"
        raise ParameterError(name, f"The map shows {FIRST} to {last}; {year or on} is outside that time.")
    return wanted


def read_stops(snapshot: Snapshot, caller: Caller) -> tuple[Stop, ...]:
    """The steps of the slider, oldest first: from :data:`FIRST` to the last year that the graph tells of."""
    members, terms = (snapshot.ask(name, {}, caller).records for name in ("cluster-members", "who-led"))
    changes = [
        row
        for row in snapshot.ask("mergers", {}, caller).records
        if _text(row, "predecessor") != _text(row, "province")
    ]
    cuts = sorted({day for row in changes if (day := _text(row, "date")) > FIRST and len(day) == 10})
    belonged = _by_year(members)
    led = _by_year(row for row in terms if _text(row, "role") == "head")
    last = max([*belonged, *led, int(snapshot.version.time[:4]), *(int(day[:4]) for day in cuts)])
    stops = []
    for year in range(int(FIRST[:4]), last + 1):
        begins = [f"{year}-01-01", *(day for day in cuts if day.startswith(str(year)) and not day.endswith("-01-01"))]
        for here, after in zip(begins, [*begins[1:], None], strict=True):
            if len(begins) == 1:
                moment, there = Moment(f"{year}-12-31", True), None
            else:
                moment = Moment(here if after is None else _eve(after), False)
                rows = snapshot.ask("provinces-on", {"on": moment.day}, caller).records
                there = {_text(row, "province") for row in rows}
            counts = (len(found[year] if there is None else found[year] & there) for found in (belonged, led))
            stops.append(Stop(moment, here, *counts))
    return tuple(stops)


def _by_year(rows: Iterable[Record]) -> dict[int, set[str]]:
    units: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        units[int(_text(row, "year"))].add(_text(row, "province"))
    return units


def read_chart(
    snapshot: Snapshot,
    moment: Moment,
    stops: tuple[Stop, ...],
    outlines: Collection[str],
    language: str,
    caller: Caller,
) -> Chart:
    """The map of a moment.

    :param outlines: the units that the drawing has.
    :param language: of the clusters' names; those of units are Vietnamese.
    """
    there = snapshot.ask("provinces-on", {"on": moment.day}, caller).records
    terms = _terms(snapshot.ask("who-led", {"year": str(moment.year)}, caller).records)
    belongs = _memberships(snapshot.ask("cluster-members", moment.asked, caller).records)
    former, later = _changes(snapshot.ask("mergers", {}, caller).records)
    units = [
        Unit(
            iri,
            _text(row, "provinceLabel"),
            belongs.get(iri, ()),
            tuple(term for term in terms if term.unit == iri),
            tuple(former.get(iri, ())),
            _today(iri, later),
            _drawn(iri, former, outlines),
        )
        for row in there
        if (iri := _text(row, "province"))
    ]
    units.sort(key=lambda unit: (sort_key(unit.name), unit.iri))
    clusters = cluster_names(lambda query: snapshot.select(query, caller))
    named = {cluster: in_language(each, language) for cluster, each in clusters.items()}
    return Chart(moment, tuple(units), named, terms, stops)


def _memberships(rows: Iterable[Record]) -> dict[str, tuple[Membership, ...]]:
    found: dict[tuple[str, str], list[Support]] = defaultdict(list)
    for row in rows:
        found[_text(row, "province"), _text(row, "cluster")].append(_support(row))
    units: dict[str, tuple[Membership, ...]] = {}
    for (unit, cluster), supports in found.items():
        units[unit] = (*units.get(unit, ()), Membership(cluster, tuple(dict.fromkeys(supports))))
    return units


def _terms(rows: Iterable[Record]) -> tuple[Term, ...]:
    found: dict[tuple[str, str, str, str], list[Support]] = defaultdict(list)
    for row in rows:
        if _text(row, "rank") != "deprecated":
            key = tuple(_text(row, name) for name in ("cluster", "role", "province", "provinceLabel"))
            found[key].append(_support(row))  # type: ignore[index]
    return tuple(Term(*key, tuple(dict.fromkeys(supports))) for key, supports in found.items())


def _support(row: Record) -> Support:
    return Support(*(_text(row, name) for name in ("source", "support", "reading", "basis", "certainty")))


def _certainty(supports: Iterable[Support]) -> str:
    return "certain" if any(each.certainty == "certain" for each in supports) else "possible"


Changes = dict[str, list[Change]]


def _changes(rows: Iterable[Record]) -> tuple[Changes, Changes]:
    """Each unit to those that it was made of, and to those that it became part of."""
    former: Changes = defaultdict(list)
    later: Changes = defaultdict(list)
    for row in rows:
        old, new = _text(row, "predecessor"), _text(row, "province")
        if old != new and _text(row, "changeKind") in _JOINED:
            date, number = _text(row, "date"), _text(row, "number")
            before = Change(old, _text(row, "predecessorLabel"), date, number)
            after = Change(new, _text(row, "provinceLabel"), date, number)
            if before not in former[new]:
                former[new].append(before)
                later[old].append(after)
    for changes in former.values():
        changes.sort(key=lambda change: sort_key(change.name))
    return dict(former), dict(later)


def _today(unit: str, later: Changes) -> tuple[Change, ...]:
    """The last unit that a unit became part of, by the change that it first took part in."""
    changes = later.get(unit, ())
    found = []
    for change in changes:
        last = _today(change.unit, later)
        found += [Change(each.unit, each.name, change.date, change.number) for each in last] or [change]
    return tuple(found)


def _drawn(unit: str, former: Changes, outlines: Collection[str]) -> tuple[str, ...]:
    if unit in outlines:
        return (unit,)
    return tuple(part for change in former.get(unit, ()) for part in _drawn(change.unit, former, outlines))


def _eve(day: str) -> str:
    return (datetime.date.fromisoformat(day) - datetime.timedelta(days=1)).isoformat()


def _text(row: Record, name: str) -> str:
    cell: Cell | None = row.get(name)
    return cell.value if cell else ""
