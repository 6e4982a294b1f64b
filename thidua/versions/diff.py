"""Version diffs: in words, as data, and as an RDF patch.

Only graphs whose hashes differ are read. A statement counts once for each graph that states it; what was only
inferred is counted, not listed, since it follows from the rest.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import InputError
from thidua.base.formats import CHANGES
from thidua.base.terms import INFERRED, PREFIXES, shorten
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import cells_of
from thidua.rdf.quads import QuadStore
from thidua.versions.store import Version, VersionStore, read_digests

_LABEL: Final = PREFIXES["skos"] + "prefLabel"
#: What goes is read before what comes.
_FIRST: Final = ("withdrawn", "changed", "added")
_WORDS: Final = {
    "en": {"added": "added", "changed": "changed", "withdrawn": "withdrawn", "nothing": "Nothing differs."},
    "vi": {"added": "thêm", "changed": "đổi", "withdrawn": "rút", "nothing": "Không có gì khác."},
}


@dataclass(frozen=True)
class Change:
    """One property of a thing, in one graph: its values before and after."""

    graph: str
    property: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """A thing of which something else is stated: ``what`` is added, changed or withdrawn."""

    iri: str
    label: str
    what: str
    changes: tuple[Change, ...]

    @property
    def loses(self) -> bool:
        """Whether something is not stated of it any more."""
        return any(change.before for change in self.changes)


@dataclass(frozen=True)
class Diff:
    """From one version to another."""

    old: Version
    new: Version
    graphs: dict[str, tuple[list[str], list[str]]]
    """Graph (empty for a plain store's default graph) to (added, removed) N-Triples lines without their ends."""
    things: list[Resource]

    @property
    def added(self) -> int:
        """Statements that are new, counted once for each graph."""
        return sum(len(each) for each, _ in self.graphs.values())

    @property
    def removed(self) -> int:
        """Statements that are gone, counted once for each graph."""
        return sum(len(each) for _, each in self.graphs.values())

    def write(self, media_type: str, language: str = "en") -> bytes:
        """In one of :data:`thidua.base.formats.CHANGES`.

        :raises InputError: in none of them.
        """
        match media_type:
            case "application/rdf-patch":
                return "".join(self._patch()).encode()
            case "application/json":
                return json.dumps(self._document(), ensure_ascii=False, indent=1).encode()
            case "text/plain":
                return ("\n".join(self._words(language)) + "\n").encode()
        raise InputError(f"A difference can be had as {', '.join(CHANGES)}, not {media_type}.")

    def _patch(self) -> Iterator[str]:
        yield f"H id <urn:sha256:{self.new.hash}> .\nH prev <urn:sha256:{self.old.hash}> .\nTX .\n"
        for graph, (added, removed) in sorted(self.graphs.items()):
            where = f" <{graph}>" if graph else ""
            yield from (f"D {line}{where} .\n" for line in removed)
            yield from (f"A {line}{where} .\n" for line in added)
        yield "TC .\n"

    def _document(self) -> dict[str, Any]:
        return {
            "from": self.old.number,
            "to": self.new.number,
            "graphs": [
                {"graph": graph, "added": len(added), "removed": len(removed)}
                for graph, (added, removed) in sorted(self.graphs.items())
            ],
            "things": [
                {
                    "iri": thing.iri,
                    "label": thing.label,
                    "what": thing.what,
                    "changes": [
                        {"graph": c.graph, "property": c.property, "before": list(c.before), "after": list(c.after)}
                        for c in thing.changes
                    ],
                }
                for thing in self.things
            ],
        }

    def _words(self, language: str) -> Iterator[str]:
        words = _WORDS[language]
        yield f"{self.old.number} → {self.new.number}: +{self.added:,} −{self.removed:,}"
        if not self.graphs:
            yield words["nothing"]
        yield from self.resources_in_words(language)

    def resources_in_words(self, language: str) -> Iterator[str]:
        """What is different of each thing, a line a property; what goes before what comes."""
        words = _WORDS[language]
        for thing in sorted(self.things, key=lambda thing: (_FIRST.index(thing.what), not thing.loses)):
            name = f"{shorten(thing.iri)} ({thing.label})" if thing.label else shorten(thing.iri)
            yield f"{words[thing.what]} {name}"
            for change in thing.changes:
                values = " → ".join(", ".join(side) or "∅" for side in (change.before, change.after))
                yield f"  {shorten(change.property)}: {values}  [{shorten(change.graph) if change.graph else '-'}]"


def compare(old: Path, new: Path) -> Diff:
    """Compare two versions, given their folders."""
    before, after = QuadStore.read_only(old / "rocksdb"), QuadStore.read_only(new / "rocksdb")
    digests = read_digests(old), read_digests(new)
    different = [
        graph for graph in digests[0].keys() | digests[1].keys() if digests[0].get(graph) != digests[1].get(graph)
    ]
    return between(VersionStore.read(old), VersionStore.read(new), before, after, different)


def between(old: Version, new: Version, before: QuadStore, after: QuadStore, different: Iterable[str]) -> Diff:
    """Compare the graphs of two versions that are known to differ."""
    graphs: dict[str, tuple[list[str], list[str]]] = {}
    for graph in sorted(different):
        lines = before.lines(graph or None), after.lines(graph or None)
        graphs[graph] = sorted(lines[1] - lines[0]), sorted(lines[0] - lines[1])
    return Diff(old, new, graphs, _resources(graphs, before, after))


def withdrawn(old: Version, graph: str, lines: Iterable[str], before: QuadStore, after: QuadStore) -> Diff:
    """The same, of some lines that a graph is to lose."""
    graphs: dict[str, tuple[list[str], list[str]]] = {graph: ([], sorted(lines))}
    return Diff(old, old, graphs, _resources(graphs, before, after))


def _resources(graphs: dict[str, tuple[list[str], list[str]]], before: QuadStore, after: QuadStore) -> list[Resource]:
    sides: dict[str, dict[tuple[str, str], tuple[list[str], list[str]]]] = defaultdict(
        lambda: defaultdict(lambda: ([], []))
    )
    for graph, (added, removed) in graphs.items():
        if graph == INFERRED:
            continue
        for lines, side in ((removed, 0), (added, 1)):
            for subject, predicate, value in cells_of(lines):
                sides[subject.value][graph, predicate.value][side].append(_shown(value))
    things = []
    for iri in sorted(sides):
        was, now = before.states_anything_of(iri), after.states_anything_of(iri)
        changes = tuple(
            Change(graph, name, tuple(gone), tuple(come)) for (graph, name), (gone, come) in sorted(sides[iri].items())
        )
        what = "added" if not was else "withdrawn" if not now else "changed"
        things.append(Resource(iri, _label(after if now else before, iri), what, changes))
    return things


def _label(store: QuadStore, iri: str) -> str:
    labels: Sequence[Cell] = store.values(iri, _LABEL)
    return next((label.value for label in labels if label.language == "vi"), labels[0].value if labels else "")


def _shown(value: Cell) -> str:
    if value.kind == "iri":
        return shorten(value.value)
    return f"{value.value}@{value.language}" if value.language else value.value
