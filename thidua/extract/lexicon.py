"""The lexicon: names of the registry, and words a curator can teach, as the extractor looks them up."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from thidua.base.delimited import read_delimited
from thidua.base.errors import DataError
from thidua.base.files import ProjectFiles
from thidua.base.terms import ID, PREFIXES
from thidua.extract.tokens import Token, keys_of
from thidua.rdf.derivation import rebuild_union
from thidua.rdf.quads import QuadStore

_HEADER: Final = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("td", "c", "skos", "eli", "dct", "org"))
_UNITS: Final = """SELECT ?thing ?name ?from ?until ?then { ?thing a td:Province ; skos:prefLabel|skos:altLabel ?name
  OPTIONAL { ?thing td:startDate ?from } OPTIONAL { ?thing td:endDate ?until }
  OPTIONAL { ?thing td:successor ?then } }"""
_NAMED: Final = "SELECT ?thing ?name { ?thing a %s ; skos:prefLabel|skos:altLabel|skos:hiddenLabel ?name }"
_DOCUMENTS: Final = """SELECT ?thing ?name ?day { ?thing a td:LegalDocument ; eli:id_local|dct:identifier ?name
  OPTIONAL { ?thing eli:date_document|dct:issued ?day } }"""
_MEMBERS: Final = """SELECT DISTINCT ?cluster ?unit {
  ?edition td:editionOf ?cluster ; td:membership|td:headTerm|td:deputyTerm ?record . ?record org:member ?unit }"""
_AWARDS: Final = (
    "SELECT ?thing ?name { ?thing skos:inScheme c:award ; skos:prefLabel|skos:altLabel ?name "
    'FILTER(LANG(?name) = "vi") }'
)


@dataclass(frozen=True)
class Unit:
    """A provincial unit in the time that it exists."""

    id: str
    begun: str = ""
    ended: str = ""
    successor: str = ""


class Names:
    """Names of some kind, found in a text by their words, the longest first."""

    def __init__(self, named: Iterable[tuple[Sequence[str], str]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for words, meaning in named:
            if words:
                self._by_first.setdefault(words[0], []).append((tuple(words), meaning))
        for several in self._by_first.values():
            several.sort(key=lambda entry: -len(entry[0]))

    def at(self, words: Sequence[Token], place: int) -> tuple[int, str] | None:
        """The longest name that begins at a token: (the token behind it, what it means).

        Hyphens and full stops may stand between its words, or be left out; nothing else may.
        """
        for wanted, meaning in self._by_first.get(words[place].key, ()):
            if (end := _follows(words, place, wanted)) is not None:
                return end, meaning
        return None

    def every(self, words: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
        """Every name in a text, none within another."""
        place = 0
        while place < len(words):
            if found := self.at(words, place):
                yield place, found[0], found[1]
                place = found[0]
            else:
                place += 1


def _follows(words: Sequence[Token], place: int, wanted: Sequence[str]) -> int | None:
    for number, key in enumerate(wanted):
        if number and place < len(words) and words[place].key in "-." and words[place].key != key:
            place += 1
        if place >= len(words) or words[place].key != key:
            return None
        place += 1
    return place


@dataclass(frozen=True)
class Lexicon:
    """Names by kind, from the registry's files and ``data/lexicon/``."""

    units: Mapping[str, Unit]
    unit_names: Sequence[tuple[str, str]]
    """(printed, the id of the first unit of that name)."""
    seats: Sequence[tuple[str, str, str, str]]
    """(town, unit, from, until)."""
    regions: Sequence[tuple[str, str]]
    sectors: Sequence[tuple[str, str]]
    surnames: frozenset[str]
    indicators: Sequence[tuple[str, str, str]] = ()
    """(words, folded; the last word of the unit; indicator)."""
    awards: Sequence[tuple[str, str]] = ()
    documents: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """(id, day or empty) by number, folded and without spaces: two may have one number."""
    movements: Sequence[tuple[str, str]] = ()
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids by folded name."""
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Units that some source lists for a cluster, in any year."""

    @classmethod
    def read(cls, files: ProjectFiles) -> "Lexicon":
        """Read it; about a third of a second.

        :raises DataError: a file does not parse, or a line of the lexicon is not as its first line says.
        """
        store = QuadStore.memory()
        for file in (*files.vocabulary, *files.registry, *files.sources):
            store.load_turtle(file.path, file.graph, files.relative(file.path))
        rebuild_union(store)
        units: dict[str, Unit] = {}
        names: list[tuple[str, str]] = []
        for row in store.select(_HEADER + _UNITS):
            id_, name, begun, ended, then = (
                cell.value if cell else "" for cell in (row[key] for key in ("thing", "name", "from", "until", "then"))
            )
            id_, then = id_.removeprefix(f"{ID}province/"), then.removeprefix(f"{ID}province/")
            units[id_] = Unit(id_, begun, ended, then)
            names.append((name, id_))
        taught = files.root / "data/lexicon"
        names += [(printed, unit) for printed, unit, _ in _rows(files, taught / "spellings.csv", 3)]
        return cls(
            units,
            # Of the units of one name the first is asked for; the day of the event then leads to later ones.
            sorted(names, key=lambda named: (named[0], named[1].endswith("-2025"))),
            [(seat, unit, begun, ended) for seat, unit, begun, ended, _ in _rows(files, taught / "seats.csv", 5)],
            [(words, cluster) for words, cluster, _ in _rows(files, taught / "regions.csv", 3)],
            [(words, scope) for words, scope, _ in _rows(files, taught / "sectors.csv", 3)],
            frozenset(row[0].lower() for row in _rows(files, taught / "surnames.csv", 2)),
            [
                (" ".join(keys_of(words)), " ".join(keys_of(unit)) or unit, indicator)
                for words, unit, indicator, _ in _rows(files, taught / "indicators.csv", 4)
            ],
            list(_named(store, _AWARDS)),
            _documents(store),
            [(name, thing) for thing, name in _ids(store, _NAMED % "td:EmulationMovement")],
            _people(_ids(store, _NAMED % "td:Person")),
            _members(store),
        )

    @cached_property
    def unit_finder(self) -> Names:
        """Units by their names."""
        seen: dict[tuple[str, ...], str] = {}
        for printed, unit in self.unit_names:
            seen.setdefault(keys_of(printed), unit)
        return Names(seen.items())

    @cached_property
    def seat_finder(self) -> Names:
        """Towns; what they mean is their name, for it depends on the day."""
        return Names((keys_of(seat), seat) for seat, *_ in self.seats)

    @cached_property
    def region_finder(self) -> Names:
        """Clusters by the words of their regions."""
        return Names((keys_of(words), cluster) for words, cluster in self.regions)

    @cached_property
    def sector_finder(self) -> Names:
        """Scopes by the bodies whose clusters they are."""
        return Names((keys_of(words), scope) for words, scope in self.sectors)

    @cached_property
    def award_ids(self) -> Mapping[str, str]:
        """Awards by their names, folded."""
        return {" ".join(keys_of(name)): award for name, award in self.awards}

    def unit_on(self, id_: str, day: str) -> str:
        """The unit that a name means on a day (ISO, or a year): the one in force then."""
        unit, heir = self.units.get(id_), self.units.get(f"{id_}-2025")
        # A name that no later unit bears still means the unit that bore it.
        return heir.id if unit and heir and day and unit.ended and unit.ended < day else id_

    def successor_on(self, id_: str, day: str) -> str:
        """The unit whose territory a unit's is on a day."""
        unit = self.units.get(id_)
        while unit and day and unit.ended and unit.ended < day and unit.successor:
            unit = self.units.get(unit.successor)
        return unit.id if unit else id_

    def fits(self, cluster: str, unit: str) -> bool:
        """Whether a unit, or one that it came from, is known as the cluster's; true where nothing is known."""
        known = self.members.get(cluster)
        return not known or unit in known or any(self._becomes(each, unit) for each in known)

    def _becomes(self, id_: str, unit: str) -> bool:
        each = self.units.get(id_)
        return each is not None and unit in (each.successor, f"{id_}-2025")

    def unit_of_seat(self, seat: str, day: str) -> str:
        """The unit that a town lay in on a day."""
        mine = [row for row in self.seats if row[0] == seat]
        for _, unit, begun, ended in mine:
            if (not begun or begun <= day) and (not ended or not day or day <= ended) and (begun or day):
                return self.successor_on(unit, day)
        return self.successor_on(mine[0][1], day)


def number_key(number: str) -> str:
    """The number of a document without what is printed in many ways: spaces, dashes, case, marks."""
    return "".join(keys_of(number.replace("/", " ").replace("-", " ")))


def _rows(files: ProjectFiles, path: Path, columns: int) -> Iterator[list[str]]:
    if not path.is_file():
        return
    for number, (line, row) in enumerate(read_delimited(path.read_text(encoding="utf-8"))):
        if len(row) != columns:
            raise DataError([f"{files.relative(path)}:{line}: {len(row)} columns where there should be {columns}"])
        if number:
            yield row


def _ids(store: QuadStore, query: str) -> Iterator[tuple[str, str]]:
    for row in store.select(_HEADER + query):
        thing, name = row["thing"], row["name"]
        if thing and name:
            yield thing.value.removeprefix(ID).partition("/")[2], name.value


def _named(store: QuadStore, query: str) -> Iterator[tuple[str, str]]:
    yield from ((name, thing) for thing, name in _ids(store, query))


def _documents(store: QuadStore) -> Mapping[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in store.select(_HEADER + _DOCUMENTS):
        thing, name, day = row["thing"], row["name"], row["day"]
        if thing and name:
            each = (thing.value.removeprefix(ID).partition("/")[2], day.value if day else "")
            key = number_key(name.value)
            found[key] = tuple(sorted({*found.get(key, ()), each}))
    return found


def _members(store: QuadStore) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in store.select(_HEADER + _MEMBERS):
        cluster, unit = row["cluster"], row["unit"]
        if cluster and unit:
            found.setdefault(cluster.value.removeprefix(f"{ID}cluster/"), set()).add(
                unit.value.removeprefix(f"{ID}province/")
            )
    return {cluster: frozenset(units) for cluster, units in found.items()}


def _people(named: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for thing, name in named:
        key = " ".join(keys_of(name))
        found[key] = tuple(dict.fromkeys((*found.get(key, ()), thing)))
    return found
