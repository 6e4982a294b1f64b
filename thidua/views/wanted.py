"""Collecting list: cluster-years whose head or deputies no source states, and how to find the articles that may.

The article that is looked for is the report of the conference that reviews a year: it is held early in the next one,
names who headed the year and who takes over, and so closes gaps of two years.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from thidua.base.terms import PREFIXES, TD
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.names.labels import Labels, in_language, labels
from thidua.rdf.cells import Select
from thidua.views.coverage import Address, Coverage, Degree, Gap, Meeting, coverage, worth
from thidua.views.timeline import Row

_NOBODY: Final = Caller()
#: The first year that is collected.
FIRST: Final = 2015
#: Years that are listed; data that speak of others are wrong.
_MOST_YEARS: Final = 100
#: Units that may have been hosts, as many as a search engine takes well.
_HOSTS: Final = 4
#: Spellings of a cluster's name that are looked for at once.
_SPELLINGS: Final = 3
#: Years around one in which whoever led does not lead again.
_TURN: Final = 3
#: What a conference tells of a year: its review most, an opening least.
_TELLING: Final = ("annual", "mid-year", "standing", "signing")
_SKOS: Final = PREFIXES["skos"]
_NAMES: Final = f"""SELECT DISTINCT ?cluster ?name {{ ?cluster a <{TD}EmulationCluster> ;
  <{_SKOS}prefLabel>|<{_SKOS}altLabel> ?name FILTER(LANG(?name) = "vi") }}"""
_ENDED: Final = f"""SELECT DISTINCT ?unit ?ended ?now {{ ?unit a <{TD}Province> ; <{TD}endDate> ?ended ;
  <{TD}currentUnit> ?now }}"""

#: The columns of the list as a table.
COLUMNS: Final = (
    "cluster", "clusterLabel", "year", "head", "heads", "deputy", "deputies", "members", "closes",
    "conference", "conferenceKind", "conferenceYear", "conferenceDate", "conferencePlace", "conferenceSource",
    "readWhole", "hosts", "searchReview", "searchShort", "searchPlace", "searchMidYear",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """A cluster-year to find an article of; units are called as in Vietnamese."""

    cluster: str
    """Its local id."""
    names: Labels
    """The cluster's, by language."""
    year: int
    edition: str
    """IRI of the cluster in that year; empty where no source speaks of it."""
    head: Degree
    heads: tuple[str, ...]
    """Units that sources name, none of which is settled."""
    deputy: Degree
    deputies: tuple[str, ...]
    members: tuple[str, ...]
    closes: tuple[Gap, ...]
    """What the report on this year's review may close: gaps of this year, and of the next in the list."""
    conference: Meeting | None
    """The nearest that is known."""
    place: str
    """What the unit is called where it met."""
    source: Address | None
    """A source of it, one with an address if there is any."""
    read_whole: tuple[Address, ...]
    """Articles on this year that are known from excerpts only."""
    hosts: tuple[str, ...]
    """Units where the year's conferences may have been, the likeliest first."""
    search: Mapping[str, str]
    """Words for a search engine: for the review, the same with the short name, by place, for the mid-year meeting."""


def wanted(
    snapshot: Snapshot, clusters: Sequence[str] = (), first: int = FIRST, caller: Caller = _NOBODY
) -> list[Wanted]:
    """The list of one version, what closes most gaps first, up to the last year that any source speaks of.

    Of those that tell as much of heads and deputies, first come years with an article whose address is known, then
    years whose conference is dated, then those without members, then later years, of which more is left on the web.

    :param clusters: IRIs of those to list; all if left out.
    :param first: the first year.
    """
    known = coverage(snapshot, caller)
    maker = _Maker(known, lambda query: snapshot.select(query, caller))
    last = max((year for _, year in known.editions if year < first + _MOST_YEARS), default=first - 1)
    found = [
        maker.entry(row, year, last)
        for row in known.table.rows
        if not clusters or row.cluster in clusters
        for year in range(first, last + 1)
        if any(gap.kind != "members" for gap in known.gaps(row.key, year))
    ]
    return sorted(found, key=_urgency, reverse=True)


def _urgency(entry: Wanted) -> tuple[Any, ...]:
    dated = bool(entry.conference and entry.conference.year == entry.year and len(entry.conference.date) == 10)
    *leaders, members = worth(entry.closes)
    return leaders, bool(entry.read_whole), dated, members, entry.year


class _Maker:
    """Makes entries out of what is known."""

    def __init__(self, known: Coverage, select: Select) -> None:
        self._known = known
        self._names: dict[str, set[str]] = {}
        for record in select(_NAMES):
            if (cluster := record["cluster"]) and (name := record["name"]):
                self._names.setdefault(cluster.value, set()).add(name.value)
        self._now = {
            unit.value: (ended.value, now.value)
            for record in select(_ENDED)
            if (unit := record["unit"]) and (ended := record["ended"]) and (now := record["now"])
        }
        self._reviews: dict[tuple[str, int], Meeting] = {}
        for key, meetings in known.meetings.items():
            for meeting in meetings:
                if meeting.kind == "annual":
                    self._reviews.setdefault((key, meeting.year), meeting)
        self._listed: dict[str, list[int]] = {}
        for key, year in known.members:
            self._listed.setdefault(key, []).append(year)
        met = {meeting.place for meetings in known.meetings.values() for meeting in meetings if meeting.place}
        units = labels(select, met | {now for _, now in self._now.values()})
        self._called = {iri: in_language(each, "vi") for iri, each in units.items()}

    def entry(self, row: Row, year: int, last: int) -> Wanted:
        """The entry of a cluster-year."""
        known, key = self._known, row.key
        edition = known.editions.get((key, year))
        meeting = self._nearest(key, year)
        sources = [known.sources[iri] for iri in meeting.sources if iri in known.sources] if meeting else []
        members = known.members.get((key, year), {})
        hosts = self._hosts(key, year)
        preferred = row.names.get("vi")
        # Of other names the shorter ones are found more often.
        names = sorted(self._names.get(row.cluster, ()), key=lambda name: (name != preferred, len(name), name))
        return Wanted(
            cluster=key,
            names=row.names,
            year=year,
            edition=edition.iri if edition else "",
            head=known.head(key, year),
            heads=tuple(head.label for head in edition.standing_heads) if edition else (),
            deputy=known.deputy(key, year),
            deputies=tuple(deputy.label for deputy in edition.standing_deputies) if edition else (),
            members=tuple(members.values()),
            closes=known.gaps(key, year) + (known.gaps(key, year + 1) if year < last else ()),
            conference=meeting,
            place=self._called.get(meeting.place, "") if meeting else "",
            source=next((each for each in sources if each.url), sources[0] if sources else None),
            read_whole=self._excerpts(key, year),
            hosts=hosts,
            search=_search(names or [key], year, hosts, self._reviews.get((key, year))),
        )

    def _nearest(self, cluster: str, year: int) -> Meeting | None:
        """The conference nearest to a year: what tells of it, else the one that opened it, else by distance."""

        def distance(meeting: Meeting) -> tuple[int, bool, int, bool]:
            telling = _TELLING.index(meeting.kind) if meeting.kind in _TELLING else len(_TELLING)
            return abs(meeting.year - year), meeting.year > year, telling, not meeting.date

        return min(self._known.meetings.get(cluster, ()), key=distance, default=None)

    def _excerpts(self, cluster: str, year: int) -> tuple[Address, ...]:
        """Articles that are known from excerpts: those on the year, then those on the conference that opened it."""
        before = self._reviews.get((cluster, year - 1))
        told = dict.fromkeys((*self._known.telling.get((cluster, year), ()), *(before.sources if before else ())))
        sources = [self._known.sources[iri] for iri in told if iri in self._known.sources]
        return tuple(each for each in sources if each.url and each.reading == "second-hand")

    def _hosts(self, cluster: str, year: int) -> tuple[str, ...]:
        """Who may have been host: the head has the review, a deputy the mid-year meeting; else whose turn it may be."""
        found: dict[str, str] = {}
        if (review := self._reviews.get((cluster, year))) and review.place:
            found[review.place] = self._called.get(review.place, "")
        if edition := self._known.editions.get((cluster, year)):
            found |= {each.unit: each.label for each in (*edition.standing_heads, *edition.standing_deputies)}
        if before := self._known.editions.get((cluster, year - 1)):
            found |= {each.unit: each.label for each in before.standing_deputies}
        lately = self._led_about(cluster, year)
        for unit, label in self._members_about(cluster, year).items():
            if unit not in lately:
                found.setdefault(unit, label)
        called = (self._then(unit, label, year) for unit, label in found.items())
        return tuple(dict.fromkeys(filter(None, called)))[:_HOSTS]

    def _members_about(self, cluster: str, year: int) -> Mapping[str, str]:
        """The members of the year, or of the nearest one of which they are known."""
        nearest = min(self._listed.get(cluster, ()), key=lambda each: (abs(each - year), each), default=None)
        return self._known.members[cluster, nearest] if nearest is not None else {}

    def _led_about(self, cluster: str, year: int) -> set[str]:
        """Who led, or was host of a review, in the years around one."""
        led = set()
        for each in range(year - _TURN, year + _TURN + 1):
            if edition := self._known.editions.get((cluster, each)):
                led |= {head.unit for head in edition.standing_heads}
            if review := self._reviews.get((cluster, each)):
                led.add(review.place)
        return led

    def _then(self, unit: str, label: str, year: int) -> str:
        """What bears the name of a unit when the year is reviewed: after a merger, the unit that it became."""
        ended, now = self._now.get(unit, ("9999", unit))
        return label if ended >= f"{year + 1}-01-01" else self._called.get(now, label)


def _search(names: Sequence[str], year: int, hosts: Sequence[str], review: Meeting | None) -> dict[str, str]:
    """Words by which search engines find the report: exact names in quotes, any one of several names with OR."""
    about = f'"cụm thi đua" {_any(_different(map(core, names)))}'
    day = _day(review.date) if review else ""
    return {
        "review": f'{_any(_different(names))} "tổng kết" {year} "giao ước thi đua" {year + 1}',
        "short": f'{about} "tổng kết" {year} "cụm trưởng" {year + 1}',
        "place": f"{about} {day or year + 1} {_any(hosts)}".rstrip() if hosts or day else "",
        "midYear": f'{about} "sơ kết" "6 tháng đầu năm {year}"',
    }


def core(name: str) -> str:
    """A cluster's name without what writers vary: "Cụm thi đua 7 tỉnh miền núi …" is "miền núi …".

    >>> core("Cụm thi đua các tỉnh miền Đông Nam Bộ")
    'Đông Nam Bộ'
    >>> core("Cụm 5 thành phố")
    '5 thành phố'
    """
    words = name.split()
    for opening in (["cụm"], ["thi", "đua"], ["các"], ["tỉnh,", "thành", "phố"], ["tỉnh"]):
        if len(words) > len(opening) and [word.lower() for word in words[: len(opening)]] == opening:
            words = words[len(opening) :]
        # A number stays where no name of a region is left beside it.
        if words and words[0].isdigit() and any(word[0].isupper() for word in words[1:]):
            words = words[1:]
    if len(words) > 1 and words[0].lower() == "miền" and words[1][0].isupper():
        words = words[1:]
    return " ".join(words)


def _different(names: Iterable[str]) -> list[str]:
    """Names of which no two differ by small and capital letters alone, the first few."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.casefold(), name)
    return list(found.values())[:_SPELLINGS]


def _any(names: Sequence[str]) -> str:
    quoted = " OR ".join(f'"{name}"' for name in names)
    return f"({quoted})" if len(names) > 1 else quoted


def _day(date: str) -> str:
    """A day as articles print it; empty for a period."""
    year, _, rest = date.partition("-")
    month, _, day = rest.partition("-")
    return f"{int(day)}/{int(month)}/{year}" if day.isdigit() and month.isdigit() else ""


def records(entries: Iterable[Wanted]) -> Iterator[dict[str, Any]]:
    """Entries as JSON has them: nothing is left out; what is not known is empty."""
    for entry in entries:
        meeting = entry.conference
        yield {
            "cluster": entry.cluster,
            "clusterLabel": in_language(entry.names, "vi") or entry.cluster,
            "year": entry.year,
            "head": entry.head,
            "heads": list(entry.heads),
            "deputy": entry.deputy,
            "deputies": list(entry.deputies),
            "members": list(entry.members),
            "closes": [{"kind": gap.kind, "year": gap.year, "known": gap.known} for gap in entry.closes],
            "conference": {
                "iri": meeting.iri, "kind": meeting.kind, "year": meeting.year, "date": meeting.date,
                "place": entry.place, "source": (entry.source.url or entry.source.iri) if entry.source else "",
            } if meeting else None,
            "readWhole": [each.url for each in entry.read_whole],
            "hosts": list(entry.hosts),
            "search": dict(entry.search),
        }  # fmt: skip


def rows(entries: Iterable[Wanted]) -> Iterator[tuple[object, ...]]:
    """Entries by :data:`COLUMNS`; several values of one column have a semicolon between them."""
    for record in records(entries):
        meeting = record["conference"] or {}
        yield (
            record["cluster"], record["clusterLabel"], record["year"],
            record["head"], "; ".join(record["heads"]), record["deputy"], "; ".join(record["deputies"]),
            "; ".join(record["members"]), "; ".join(f"{gap['kind']} {gap['year']}" for gap in record["closes"]),
            meeting.get("iri", "").rpartition("/")[2], *(meeting.get(name, "") for name in ("kind", "year")),
            *(meeting.get(name, "") for name in ("date", "place", "source")),
            "; ".join(record["readWhole"]), "; ".join(record["hosts"]),
            *(record["search"][name] for name in ("review", "short", "place", "midYear")),
        )  # fmt: skip
