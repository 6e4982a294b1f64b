"""Registry look-ups for records: which people, posts, bodies, documents and units there are, by id and by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from thidua.base.files import ProjectFiles
from thidua.base.terms import PREFIXES, TD, shorten
from thidua.base.text import fold
from thidua.rdf.cells import Select
from thidua.rdf.quads import QuadStore

_HEADER: Final = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("td", "c", "dct", "org", "skos"))
_NAMES: Final = f"""{_HEADER}SELECT DISTINCT ?thing ?by ?label {{
  VALUES ?by {{ skos:prefLabel skos:altLabel }}
  GRAPH ?graph {{ ?thing ?by ?label }} FILTER(LANG(?label) = "vi") }}"""
_ENGLISH: Final = f"""{_HEADER}SELECT DISTINCT ?thing ?label {{
  GRAPH ?graph {{ ?thing skos:prefLabel ?label }} FILTER(LANG(?label) = "en") }}"""
_LINKS: Final = f"""{_HEADER}SELECT DISTINCT ?thing ?by ?value {{
  VALUES ?by {{ td:startDate td:endDate td:kind td:unit dct:isVersionOf org:postIn td:ofProvince }}
  GRAPH ?graph {{ ?thing ?by ?value }}
  FILTER(CONTAINS(STR(?thing), "/id/province/") || CONTAINS(STR(?thing), "/id/post/")
    || CONTAINS(STR(?thing), "/id/body/") || CONTAINS(STR(?thing), "/concept/ind-")) }}"""
_SEEN: Final = f"""{_HEADER}SELECT DISTINCT ?person ?post {{
  GRAPH ?graph {{ ?holding org:member ?person ; td:post ?post }} }}"""
#: Properties that have one value, whatever number of sources speak of the thing.
_SINGLE: Final = ("heldIn", "statedMemberCount", "toTerm", "fromTerm", "partOfDay", "startDate")
_VALUES: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?thing ?by ?value {{
  VALUES ?by {{ {" ".join(f"td:{name}" for name in _SINGLE)} }}
  GRAPH ?graph {{ ?thing ?by ?value . ?thing td:statedBy|td:impliedBy ?evidence }} }}"""

#: Units of editions by their role there, but for what an editor has deprecated.
_ROLES: Final = f"""{_HEADER}SELECT DISTINCT ?graph ?edition ?by ?unit {{
  VALUES ?by {{ td:headTerm td:deputyTerm td:membership }}
  GRAPH ?graph {{ ?edition ?by ?record . ?record org:member ?unit }}
  FILTER NOT EXISTS {{ GRAPH ?any {{ ?record td:rank c:rank-deprecated }} }} }}"""

#: Units that are called a city: *thành phố*, *Thành ủy*.
_CITY: Final = "c:kind-municipality"


@dataclass(frozen=True)
class Registry:
    """What the graph has a name for."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Short IRI, such as ``person:nguyen-khac-than``, to its Vietnamese name."""
    english: Mapping[str, str] = field(default_factory=dict)
    """The same in English, where there is one."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Folded name, of any kind of thing, to short IRIs."""
    links: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Short IRI and the local name of a property, such as ``postIn``, to values."""
    seen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """People to the posts that sources show them in."""
    single: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    """What can have one value only: thing and property to graph (its short name) to value."""
    roles: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Edition and ``headTerm``, ``deputyTerm`` or ``membership``, to units and the graphs (their short names)."""

    @classmethod
    def of(cls, select: Select) -> "Registry":
        """From a graph: a snapshot's, or one that the project's files were read into."""
        labels: dict[str, str] = {}
        names: dict[str, set[str]] = {}
        for row in select(_NAMES):
            thing, by, label = row["thing"], row["by"], row["label"]
            if thing and by and label and thing.kind == "iri":
                short = shorten(thing.value)
                names.setdefault(fold(label.value), set()).add(short)
                if by.value.endswith("prefLabel"):
                    labels.setdefault(short, label.value)
        english = {
            shorten(thing.value): label.value
            for row in select(_ENGLISH)
            if (thing := row["thing"]) and (label := row["label"]) and thing.kind == "iri"
        }
        links: dict[tuple[str, str], set[str]] = {}
        for row in select(_LINKS):
            if (thing := row["thing"]) and (by := row["by"]) and (value := row["value"]):
                told = shorten(value.value) if value.kind == "iri" else value.value
                links.setdefault((shorten(thing.value), _local(by.value)), set()).add(told)
        seen: dict[str, set[str]] = {}
        for row in select(_SEEN):
            if (person := row["person"]) and (post := row["post"]):
                seen.setdefault(shorten(person.value), set()).add(shorten(post.value))
        single: dict[tuple[str, str], dict[str, str]] = {}
        for row in select(_VALUES):
            graph, thing, by, value = row["graph"], row["thing"], row["by"], row["value"]
            if graph and thing and by and value:
                told = shorten(value.value) if value.kind == "iri" else value.value
                single.setdefault((shorten(thing.value), _local(by.value)), {})[shorten(graph.value)] = told
        roles: dict[tuple[str, str], dict[str, set[str]]] = {}
        for row in select(_ROLES):
            graph, thing, by, unit = row["graph"], row["edition"], row["by"], row["unit"]
            if graph and thing and by and unit:
                units = roles.setdefault((shorten(thing.value), _local(by.value)), {})
                units.setdefault(shorten(unit.value), set()).add(shorten(graph.value))
        return cls(
            labels,
            english,
            {name: tuple(sorted(things)) for name, things in names.items()},
            {key: tuple(sorted(values)) for key, values in links.items()},
            {person: tuple(sorted(posts)) for person, posts in seen.items()},
            single,
            {key: {unit: tuple(sorted(graphs)) for unit, graphs in units.items()} for key, units in roles.items()},
        )

    @classmethod
    def read(cls, files: ProjectFiles) -> "Registry":
        """From a project's files, read once for each state of them."""
        newest = max((file.path.stat().st_mtime_ns for file in files.data), default=0)
        return _read(files.root, newest)

    def has(self, thing: str) -> bool:
        """Whether a thing, by its short IRI, is described."""
        return thing in self.labels

    def link(self, thing: str, by: str) -> str:
        """The first value of a property, empty for none."""
        return next(iter(self.links.get((thing, by), ())), "")

    def exists(self, province: str, first: str, last: str = "") -> bool:
        """Whether a unit existed in some part of a span of days or of a year; unknown units do not."""
        if not self.has(province):
            return False
        start, end = self.link(province, "startDate"), self.link(province, "endDate")
        last = last or first
        return not (start and start[: len(last)] > last) and not (end and end[: len(first)] < first)

    def is_city(self, province: str) -> bool:
        """Whether a unit is called a city."""
        return _CITY in self.links.get((province, "kind"), ())

    def called(self, name: str, kind: str) -> list[str]:
        """Things of a kind, such as ``post``, that have a name, however it is marked."""
        return [thing for thing in self.names.get(fold(name), ()) if thing.startswith(kind + ":")]

    def elsewhere(self, edition: str, by: str, source: str) -> dict[str, str]:
        """The units that other sources give a role in an edition, each with one of these sources."""
        found = {}
        for unit, graphs in self.roles.get((edition, by), {}).items():
            if others := [graph for graph in graphs if graph not in (f"graph:{source}", "graph:inferred")]:
                found[unit] = others[0].replace("graph:", "src:")
        return found

    def others(self, thing: str, by: str, source: str) -> set[str]:
        """What other sources say a property's one value is."""
        found = self.single.get((thing, by), {})
        return {value for graph, value in found.items() if graph != f"graph:{source}"}


@lru_cache(maxsize=4)
def _read(root: Path, newest: int) -> Registry:
    store = QuadStore.memory()
    files = ProjectFiles(root)
    for file in files.data:
        store.load_turtle(file.path, file.graph, files.relative(file.path))
    return Registry.of(lambda text: list(store.select(text)))


def _local(iri: str) -> str:
    return iri.removeprefix(TD).rpartition("#")[2].rpartition("/")[2]
