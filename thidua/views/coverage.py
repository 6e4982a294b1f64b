"""Coverage: what is known of a cluster in a year, and which gaps that leaves for articles to close."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.rdf.cells import Record, integer
from thidua.views.timeline import Edition, Timeline, timeline

_NOBODY: Final = Caller()

#: How far something is known: no source names it; what sources say contradicts, or can be read in two ways; it follows
#: from what one says; one says it outright, for that year.
Degree = Literal["unknown", "disputed", "implied", "stated"]
Kind = Literal["head", "deputy", "members"]
#: Gaps from the widest to the narrowest: of what, and whether nothing at all is known.
_RANKED: Final[tuple[tuple[Kind, bool], ...]] = (
    ("head", True), ("head", False), ("deputy", True), ("deputy", False), ("members", True),
)  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """Something that no source states yet of a cluster, by its local id, in a year."""

    kind: Kind
    cluster: str
    year: int
    known: Degree = "unknown"


@dataclass(frozen=True)
class Address:
    """A source as it is found again."""

    iri: str
    url: str
    title: str
    published: str
    reading: str


@dataclass(frozen=True)
class Meeting:
    """A conference of a cluster, put together from all sources that tell of it."""

    iri: str
    kind: str
    year: int
    """The year it reviews, or that it opens where it only signs."""
    date: str
    """A day, or a period where no day is known; empty for neither."""
    place: str
    """IRI of the unit where it met; empty where it is not known."""
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """What a version of the graph knows, by cluster and year; of an empty one nothing is known."""

    table: Timeline = field(default_factory=lambda: Timeline([], range(0)))
    members: Mapping[tuple[str, int], Mapping[str, str]] = field(default_factory=dict)
    """By the cluster's local id and the year: IRIs of the units, and what they were called."""
    meetings: Mapping[str, Sequence[Meeting]] = field(default_factory=dict)
    """By the cluster's local id, in the order of their years and days."""
    sources: Mapping[str, Address] = field(default_factory=dict)
    """By IRI."""
    telling: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    """The sources that tell of a cluster, by its local id, in a year."""

    @cached_property
    def editions(self) -> Mapping[tuple[str, int], Edition]:
        """The cluster-years that sources speak of, by the cluster's local id and the year."""
        return {(row.key, year): edition for row in self.table.rows for year, edition in row.editions.items()}

    def head(self, cluster: str, year: int) -> Degree:
        """How far the head is known."""
        edition = self.editions.get((cluster, year))
        if edition is None or not edition.standing_heads:
            return "unknown"
        if edition.state == "disputed":
            return "disputed"
        return "stated" if any(each.settled for each in edition.standing_heads) else "implied"

    def deputy(self, cluster: str, year: int) -> Degree:
        """How far the deputies are known: as the surest of them is."""
        edition = self.editions.get((cluster, year))
        if edition is None or not edition.standing_deputies:
            return "unknown"
        return "stated" if any(each.settled for each in edition.standing_deputies) else "implied"

    def gaps(self, cluster: str, year: int) -> tuple[Gap, ...]:
        """What is missing of a cluster-year: the head first, then the deputies, then the list of members."""
        found = []
        if (head := self.head(cluster, year)) != "stated":
            found.append(Gap("head", cluster, year, head))
        if (deputy := self.deputy(cluster, year)) != "stated":
            found.append(Gap("deputy", cluster, year, deputy))
        if not self.members.get((cluster, year)):
            found.append(Gap("members", cluster, year))
        return tuple(found)


def worth(gaps: Iterable[Gap]) -> tuple[int, ...]:
    """What closing gaps is worth; the larger, the more.

    One head that nobody knows is worth more than any number of those that are implied or disputed, those more than
    any number of deputies, and so on down to lists of members.
    """
    kinds = [(gap.kind, gap.known == "unknown") for gap in gaps]
    return tuple(kinds.count(each) for each in _RANKED)


def coverage(snapshot: Snapshot, caller: Caller = _NOBODY) -> Coverage:
    """What one version knows."""
    members: dict[tuple[str, int], dict[str, str]] = {}
    telling: dict[tuple[str, int], dict[str, None]] = {}

    def tells(record: Record) -> tuple[str, int]:
        key = _text(record, "cluster").rpartition("/")[2], integer(record["year"]) or 0
        telling.setdefault(key, {})[_text(record, "source")] = None
        return key

    for record in snapshot.ask("who-led", {}, caller).records:
        tells(record)
    for record in snapshot.ask("cluster-members", {}, caller).records:
        members.setdefault(tells(record), {})[_text(record, "province")] = _text(record, "provinceLabel")
    meetings: dict[tuple[str, str, str], list[Record]] = {}
    for record in snapshot.ask("conferences", {}, caller).records:
        cluster, _ = tells(record)
        meetings.setdefault((cluster, _text(record, "conference"), _text(record, "kind")), []).append(record)
    by_cluster: dict[str, list[Meeting]] = {}
    for (cluster, _, _), records in meetings.items():
        by_cluster.setdefault(cluster, []).append(_meeting(records))
    return Coverage(
        timeline(snapshot, caller),
        members,
        {cluster: sorted(each, key=lambda one: (one.year, one.date, one.iri)) for cluster, each in by_cluster.items()},
        addresses(snapshot, caller),
        {key: tuple(each) for key, each in telling.items()},
    )


def addresses(snapshot: Snapshot, caller: Caller = _NOBODY) -> dict[str, Address]:
    """Every source, by its IRI."""
    names = ("source", "url", "title", "published", "reading")
    found: dict[str, Address] = {}
    for record in snapshot.ask("sources", {}, caller).records:
        # One that has several addresses or names has a row for each.
        found.setdefault(_text(record, "source"), Address(*(_text(record, name) for name in names)))
    return found


def _meeting(records: Sequence[Record]) -> Meeting:
    """One conference, of which each source tells what it knows: of the days the most exact."""
    dates = [_text(record, "date").rpartition("/")[2] for record in records]
    return Meeting(
        _text(records[0], "conference"),
        _text(records[0], "kind"),
        integer(records[0]["year"]) or 0,
        max(dates, key=lambda date: (len(date), date)),
        next((place for record in records if (place := _text(record, "place"))), ""),
        tuple(dict.fromkeys(_text(record, "source") for record in records)),
    )


def _text(record: Record, name: str) -> str:
    cell = record[name]
    return cell.value if cell else ""
