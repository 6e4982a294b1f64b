"""Claims of a graph beside proposals: who says the same, and who says otherwise.

A claim is compared with what a fact's records say, not with their keys: of what bears the source in its key, such as a
count of awards, the graph has the same thing under another one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from thidua.base.terms import GRAPH, ID, PREFIXES, shorten
from thidua.extract.facts import Fact
from thidua.extract.turtle import Record
from thidua.rdf.cells import Cell, Select

#: ``known``: this very source says it. ``unknown``: there is no graph to compare with.
Status = Literal["new", "confirms", "contradicts", "known", "unknown"]

_HEADER: Final = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("td", "c", "org"))
#: Things of one name are one claim, whoever makes it.
_THINGS: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?thing {{ VALUES ?thing {{ THINGS }}
  GRAPH ?graph {{ ?thing td:statedBy|td:impliedBy ?evidence }} }}"""
_TERMS: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?edition ?by ?thing {{ VALUES ?edition {{ THINGS }}
  VALUES ?by {{ td:headTerm td:deputyTerm }} GRAPH ?graph {{ ?edition ?by ?thing }} }}"""
_MEETINGS: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?edition ?by ?thing ?kind ?day ?place {{
  VALUES ?edition {{ THINGS }} VALUES ?by {{ td:reviews td:launches }}
  GRAPH ?graph {{ ?thing ?by ?edition ; td:kind ?kind OPTIONAL {{ ?thing td:startDate ?day }}
    OPTIONAL {{ ?thing td:heldIn ?place }} }} }}"""
_FIGURES: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?area ?thing ?indicator ?period ?value {{
  VALUES ?area {{ THINGS }}
  GRAPH ?graph {{ ?area td:figure|^td:area ?thing . ?thing td:indicator ?indicator ; td:period ?period ;
    td:value ?value }} }}"""
_AWARDS: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?edition ?by ?thing ?kind ?count ?number {{
  VALUES ?edition {{ THINGS }} VALUES ?by {{ td:conferral td:proposal }}
  VALUES ?count {{ td:awardCount td:collectiveCount td:individualCount td:householdCount }}
  GRAPH ?graph {{ ?edition ?by ?thing . ?thing ?count ?number OPTIONAL {{ ?thing td:kind ?kind }} }} }}"""
_NAMED: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?edition ?thing ?named {{
  VALUES ?edition {{ THINGS }}
  GRAPH ?graph {{ {{ ?edition td:engagement ?thing . ?thing td:movement ?named }}
    UNION {{ ?edition td:remark ?thing . ?thing td:about|td:aboutResolved ?named }} }} }}"""
_COUNTS: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?edition ?number {{
  VALUES ?edition {{ THINGS }} GRAPH ?graph {{ ?edition td:statedMemberCount ?number }} }}"""
_TAKING: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?thing ?to {{
  VALUES ?thing {{ THINGS }} GRAPH ?graph {{ ?thing td:toTerm ?to }} }}"""

#: Kinds of things whose key bears no source: a record of that name elsewhere is the same claim.
_SHARED: Final = ("head", "deputy", "member", "conf", "agreement", "handover", "holding")
#: The record that a fact of a kind is mainly about.
_MAIN: Final = {
    "member": "member", "event": "conf", "handover": "handover", "agreement": "agreement", "official": "holding",
}  # fmt: skip
_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Claim:
    """What the graph says already."""

    record: str
    """The record, such as ``head:dong-bang-song-hong_2024_nam-dinh``."""
    says: str
    """What it says, in short: the unit, the day, the count; empty where the record's name says it."""
    sources: tuple[str, ...]
    """The sources that say so, such as ``src:18d8c37f4f6536d1``."""


@dataclass(frozen=True)
class _Said:
    """One statement of one source."""

    source: str
    kind: str
    """What is told: ``thing``, ``headTerm``, ``meeting``, ``figure``, ``award``, ``named``, ``count``, ``taking``."""
    key: tuple[str, ...]
    """What has one right answer."""
    value: str
    record: str


class Claims:
    """What a graph says of the things that some records speak of; read at once."""

    def __init__(self, select: Select, source: str, records: Iterable[Record]) -> None:
        self._source = f"src:{source}"
        self._said = list(_read(select, list(records)))

    def status(self, fact: Fact, records: Sequence[Record]) -> tuple[Status, tuple[Claim, ...]]:
        """How a fact, by the records that it comes to, stands to the graph, and the claims that it meets."""
        same: list[_Said] = []
        other: list[_Said] = []
        for kind, key, value in _statements(fact, records):
            for said in self._said:
                if said.kind == kind and said.key == key:
                    (same if said.value == value else other).append(said)
        others = [said for said in other if _has_one_answer(said.kind)]
        if any(said.source == self._source for said in same):
            return "known", _claims(said for said in same if said.source != self._source)
        if against := [said for said in others if said.source != self._source]:
            return "contradicts", _claims([*against, *same])
        if same:
            return "confirms", _claims(same)
        return "new", ()


def _has_one_answer(kind: str) -> bool:
    """Whether two answers of a kind contradict each other; an edition has many members, awards and movements."""
    return kind in ("headTerm", "role", "meeting", "figure", "count", "taking")


def _statements(fact: Fact, records: Sequence[Record]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """What a fact says, as it is looked for: its kind, what it is said of, and the value."""
    by_kind: dict[str, list[Record]] = {}
    for record in records:
        by_kind.setdefault(record.thing.partition(":")[0], []).append(record)
    if main := _MAIN.get(fact.kind):
        for record in by_kind.get(main, []):
            yield "thing", (record.thing,), record.thing
    match fact.kind:
        case "role":
            for edition in by_kind.get("edition", []):
                if not edition.facts.keys() & {"td:headTerm", "td:deputyTerm"}:  # left out, for another source's sake
                    yield "role", (edition.thing, f"province:{fact.get('province')}"), str(fact.get("role"))
                for term in edition.facts.get("td:headTerm", []):
                    yield "headTerm", (edition.thing,), term
                    yield "role", (edition.thing, _unit(term)), "head"
                for term in edition.facts.get("td:deputyTerm", []):
                    yield "thing", (term,), term
                    yield "role", (edition.thing, _unit(term)), "deputy"
        case "handover":
            handovers = by_kind.get("handover", [])
            for record in handovers:
                yield "taking", (record.thing,), "".join(record.facts.get("td:toTerm", []))
            # One that another source contradicts has no record; the terms have.
            for edition in [] if handovers else by_kind.get("edition", []):
                for term in edition.facts.get("td:headTerm", []):
                    yield "headTerm", (edition.thing,), term
        case "event":
            for record in by_kind.get("conf", []):
                yield from _meeting(record, fact.get("place"))
        case "cluster":
            for edition in by_kind.get("edition", []):
                if fact.get("units"):
                    yield "count", (edition.thing,), str(fact.get("units"))
                yield "thing", (edition.thing,), edition.thing
        case "figure":
            for record in by_kind.get("obs", []):
                where = record.facts.get("td:area") or [each.thing for each in by_kind.get("edition", [])]
                key = (*where, *record.facts["td:indicator"], *record.facts["td:period"])
                yield "figure", key, _number(record.facts["td:value"][0])
        case "award":
            for edition in by_kind.get("edition", []):
                for by, name in (("conferral", "conferral"), ("proposal", "proposal")):
                    for record in by_kind.get(name, []):
                        kind = "".join(record.facts.get("td:kind", []))
                        for count in ("awardCount", "collectiveCount", "individualCount", "householdCount"):
                            for number in record.facts.get(f"td:{count}", []):
                                yield "award", (edition.thing, by, kind, count), number
        case "document" | "movement":
            for edition in by_kind.get("edition", []):
                for record in (*by_kind.get("remark", []), *by_kind.get("engagement", [])):
                    for property_ in ("td:about", "td:aboutResolved", "td:movement"):
                        for named in record.facts.get(property_, []):
                            yield "named", (edition.thing, named), named


def _meeting(record: Record, place: Any) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """A cluster reviews a year once, so that another day of it is another claim."""
    day = "".join(record.facts.get("td:startDate", []))[1:11]
    for by in ("reviews", "launches"):
        for edition in record.facts.get(f"td:{by}", []):
            for kind in record.facts["td:kind"]:
                if day:
                    yield "meeting", (edition, by, kind, "day"), day
                if place:
                    yield "meeting", (edition, by, kind, "place"), f"province:{place}"


def _read(select: Select, records: list[Record]) -> Iterator[_Said]:
    """All statements on the things that the records speak of."""
    things = {record.thing for record in records}
    editions = {thing for thing in things if thing.startswith("edition:")}
    areas = editions | {area for record in records for area in record.facts.get("td:area", [])}
    shared = {thing for thing in things if thing.partition(":")[0] in _SHARED} | editions
    for row in _rows(select, _THINGS, shared):
        yield _Said(_source(row), "thing", (_short(row, "thing"),), _short(row, "thing"), _short(row, "thing"))
    for row in _rows(select, _TERMS, editions):
        edition, term, by = _short(row, "edition"), _short(row, "thing"), _short(row, "by")
        if by == "td:headTerm":
            yield _Said(_source(row), "headTerm", (edition,), term, term)
        role = "head" if by == "td:headTerm" else "deputy"
        yield _Said(_source(row), "role", (edition, _unit(term)), role, term)
    for row in _rows(select, _MEETINGS, editions):
        meeting = (_short(row, "edition"), _short(row, "by").removeprefix("td:"), _short(row, "kind"))
        for name in ("day", "place"):
            if row[name]:
                yield _Said(_source(row), "meeting", (*meeting, name), _short(row, name), _short(row, "thing"))
    for row in _rows(select, _FIGURES, areas):
        key = (_short(row, "area"), _short(row, "indicator"), _short(row, "period"))
        yield _Said(_source(row), "figure", key, _number(_short(row, "value")), _short(row, "thing"))
    for row in _rows(select, _AWARDS, editions):
        by, count = (_short(row, name).removeprefix("td:") for name in ("by", "count"))
        given = (_short(row, "edition"), by, _short(row, "kind"), count)
        yield _Said(_source(row), "award", given, _short(row, "number"), _short(row, "thing"))
    for row in _rows(select, _NAMED, editions):
        named = _short(row, "named")
        yield _Said(_source(row), "named", (_short(row, "edition"), named), named, _short(row, "thing"))
    for row in _rows(select, _COUNTS, editions):
        yield _Said(_source(row), "count", (_short(row, "edition"),), _short(row, "number"), _short(row, "edition"))
    for row in _rows(select, _TAKING, {thing for thing in things if thing.startswith("handover:")}):
        yield _Said(_source(row), "taking", (_short(row, "thing"),), _short(row, "to"), _short(row, "thing"))


def _rows(select: Select, text: str, things: Iterable[str]) -> Iterator[dict[str, Cell | None]]:
    """The rows of a question about things, asked in portions; those of graphs that are no source's are left out."""
    ordered = sorted(things)
    for first in range(0, len(ordered), _AT_ONCE):
        values = " ".join(f"<{_long(thing)}>" for thing in ordered[first : first + _AT_ONCE])
        for row in select(text.replace("THINGS", values)):
            if (graph := row["graph"]) and graph.value.startswith(GRAPH) and graph.value != f"{GRAPH}inferred":
                yield row


def _claims(said: Iterable[_Said]) -> tuple[Claim, ...]:
    """What is claimed, record by record, each with its sources."""
    says: dict[str, dict[str, None]] = {}
    sources: dict[str, set[str]] = {}
    for each in said:
        sources.setdefault(each.record, set()).add(each.source)
        told = says.setdefault(each.record, {})
        if each.kind in ("headTerm", "taking"):
            told[_unit(each.value)] = None
        elif each.kind not in ("thing", "role") or (each.kind == "role" and not told):
            told[each.value] = None
    return tuple(Claim(record, ", ".join(told), tuple(sorted(sources[record]))) for record, told in says.items())


def _unit(term: str) -> str:
    """The unit of a term, by its key."""
    return "province:" + term.rpartition("_")[2]


def _source(row: dict[str, Cell | None]) -> str:
    graph = row["graph"]
    return "src:" + graph.value.removeprefix(GRAPH) if graph else ""


def _short(row: dict[str, Cell | None], name: str) -> str:
    cell = row.get(name)
    return "" if cell is None else shorten(cell.value) if cell.kind == "iri" else cell.value


def _long(thing: str) -> str:
    kind, _, key = thing.partition(":")
    return f"{ID}{kind}/{key}"


def _number(text: str) -> str:
    """A number in one form, for 103 and 103.0 are one."""
    return text.rstrip("0").rstrip(".") if "." in text else text
