"""Timeline of cluster heads: clusters down, years across, with its gaps and contradictions."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from thidua.base.terms import TD
from thidua.base.text import sort_key
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.names.labels import in_language
from thidua.rdf.cells import Record, integer
from thidua.views.disputes import doubts_of_heads
from thidua.views.naming import cluster_names, short_name

#: What is known of the head of a cluster in a year. Of `none` no source speaks of the cluster in that year at all;
#: `unknown` is a year that sources speak of without naming the head; `possible` a head whose year is inferred.
State = Literal["certain", "possible", "disputed", "unknown", "none"]
STATES: Final[tuple[State, ...]] = ("certain", "possible", "disputed", "unknown", "none")

_NOBODY: Final = Caller()
_EDITIONS: Final = (
    f"PREFIX td: <{TD}> SELECT ?edition ?cluster ?year {{ ?edition td:editionOf ?cluster ; td:year ?year }}"
)


@dataclass(frozen=True)
class Statement:
    """That one source names a leader; `confidence` is its own, from 0 to 1, where it has one."""

    source: str
    confidence: Decimal | None
    certain: bool
    settled: bool
    """Whether the source says it outright and leaves no doubt of the year, however it was read."""


@dataclass(frozen=True)
class Leader:
    """A unit that sources name as head or deputy of a cluster in a year; `rank` is the editors' judgement."""

    unit: str
    label: str
    rank: str
    statements: tuple[Statement, ...]

    @property
    def certain(self) -> bool:
        """Whether a source leaves no doubt of the year."""
        return any(statement.certain for statement in self.statements)

    @property
    def settled(self) -> bool:
        """Whether a source says so outright, for this year."""
        return any(statement.settled for statement in self.statements)

    @property
    def confidences(self) -> list[Decimal]:
        """Those that the sources have, highest first, each once."""
        return sorted({each.confidence for each in self.statements if each.confidence is not None}, reverse=True)

    @property
    def unrated(self) -> bool:
        """Whether a source has no confidence of its own."""
        return any(each.confidence is None for each in self.statements)


@dataclass
class Edition:
    """A cluster in one year that sources speak of."""

    iri: str = ""
    heads: list[Leader] = field(default_factory=list)
    deputies: list[Leader] = field(default_factory=list)
    disputed: bool = False
    """Whether sources name several heads that cannot all be right."""
    readings: list[int] = field(default_factory=list)
    """Other years for which the same text may be meant."""
    members: int = 0
    conferences: int = 0

    @property
    def parted(self) -> bool:
        """Whether there were several heads, whose own dates part them: else they would be disputed."""
        return len(self.standing_heads) > 1 and not self.disputed

    @property
    def standing_deputies(self) -> list[Leader]:
        """Those that no editor has rejected."""
        return [deputy for deputy in self.deputies if deputy.rank != "deprecated"]

    @property
    def standing_heads(self) -> list[Leader]:
        """Those that no editor has rejected."""
        return [head for head in self.heads if head.rank != "deprecated"]

    @property
    def state(self) -> State:
        """What is known of the head."""
        if self.disputed or self.readings:
            return "disputed"
        if not self.standing_heads:
            return "unknown"
        return "certain" if any(head.certain for head in self.standing_heads) else "possible"


@dataclass(frozen=True)
class Row:
    """A cluster: its names by language, and its editions by year."""

    cluster: str
    names: Mapping[str, str]
    editions: Mapping[int, Edition]

    @property
    def key(self) -> str:
        """The id by which questions know the cluster."""
        return self.cluster.rpartition("/")[2]

    def short_name(self, language: str) -> str:
        """The name without what all clusters' names have in common."""
        return short_name(in_language(self.names, language) or self.key)

    def state(self, year: int) -> State:
        """What is known of the head in a year."""
        return self.editions[year].state if year in self.editions else "none"


@dataclass(frozen=True)
class Timeline:
    """The table: rows by the clusters' Vietnamese names."""

    rows: list[Row]
    years: range

    def only(self, clusters: Collection[str] = (), first: int | None = None, last: int | None = None) -> "Timeline":
        """A part of it.

        :param clusters: IRIs of those to show; all if left out.
        :param first: the first year; by default the first that anything is known of.
        :param last: the last year, likewise.
        """
        rows = [row for row in self.rows if not clusters or row.cluster in clusters]
        known = [year for row in rows for year in row.editions]
        first = min(known, default=last) if first is None else first
        last = max(known, default=first) if last is None else last
        return Timeline(rows, range(0) if first is None or last is None else range(first, last + 1))

    @property
    def sources(self) -> set[str]:
        """The sources that name a leader."""
        editions = [edition for row in self.rows for edition in row.editions.values()]
        leaders = [leader for edition in editions for leader in (*edition.heads, *edition.deputies)]
        return {statement.source for leader in leaders for statement in leader.statements}

    def counts(self) -> dict[State, int]:
        """How many cells there are of each state."""
        states = [row.state(year) for row in self.rows for year in self.years]
        return {state: states.count(state) for state in STATES}


def timeline(snapshot: Snapshot, caller: Caller = _NOBODY) -> Timeline:
    """The whole table of one version, over all years that anything is known of."""
    return Timeline(_rows(snapshot, caller), range(0)).only()


def _rows(snapshot: Snapshot, caller: Caller) -> list[Row]:
    names = cluster_names(lambda query: snapshot.select(query, caller))
    editions: dict[str, dict[int, Edition]] = {cluster: {} for cluster in names}
    for row in snapshot.select(_EDITIONS, caller):
        if named := row["edition"]:
            _edition(editions, row).iri = named.value
    for record in snapshot.ask("coverage", {}, caller).records:
        if (state := record["state"]) and state.value == "none":
            continue  # the question has a row for every year
        edition = _edition(editions, record)
        edition.members = integer(record["members"]) or 0
        edition.conferences = integer(record["conferences"]) or 0
    _add_leaders(editions, snapshot.ask("who-led", {}, caller).records)
    for (cluster, year), doubt in doubts_of_heads(lambda query: snapshot.select(query, caller)).items():
        edition = editions.setdefault(cluster, {}).setdefault(year, Edition())
        edition.disputed, edition.readings = doubt.disputed, list(doubt.readings)
    rows = [Row(cluster, names.get(cluster, {}), found) for cluster, found in editions.items()]
    return sorted(rows, key=lambda row: (sort_key(row.names.get("vi", row.key)), row.cluster))


def _edition(editions: dict[str, dict[int, Edition]], record: Record) -> Edition:
    cluster, year = record["cluster"], integer(record["year"])
    assert cluster and year is not None
    return editions.setdefault(cluster.value, {}).setdefault(year, Edition())


def _add_leaders(editions: dict[str, dict[int, Edition]], records: Iterable[Record]) -> None:
    """Who led: a row per source and per person, put together by unit."""
    leaders: dict[tuple[str, ...], tuple[list[Leader], str, dict[Statement, None]]] = {}
    for record in records:
        text = {name: cell.value if cell else "" for name, cell in record.items()}
        edition = _edition(editions, record)
        among = edition.heads if text["role"] == "head" else edition.deputies
        key = (text["cluster"], text["year"], text["role"], text["province"], text["rank"])
        confidence = Decimal(text["confidence"]) if text["confidence"] else None
        settled = (text["support"], text["time"]) == ("stated", "settled")
        statement = Statement(text["source"], confidence, text["certainty"] == "certain", settled)
        leaders.setdefault(key, (among, text["provinceLabel"], {}))[2][statement] = None
    for (_, _, _, unit, rank), (among, label, statements) in leaders.items():
        among.append(Leader(unit, label, rank, tuple(statements)))
