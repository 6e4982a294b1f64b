"""Online writes carried over a build: what was written since the files were last built, told apart and stated again.

A build makes the graph from the files. What somebody wrote online meanwhile is the difference between the version that
was last built and the current one, in what each graph *states*: what rules completed or inferred is drawn anew. A
version that was built with such writes keeps them in ``online.json``, for the next build.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from thidua.base.errors import StoreError
from thidua.base.terms import INFERRED
from thidua.rdf.quads import QuadStore
from thidua.versions.store import Version, VersionStore, read_digests

#: In a version built with online writes: those writes.
_KEPT: Final = "online.json"
#: In a version written online: the number of the version built last before it.
_BUILT: Final = "built"


@dataclass
class OnlineWrites:
    """Graph name to the statements (N-Triples lines without their ends) added to it, and withdrawn from it, online."""

    added: dict[str, set[str]] = field(default_factory=dict)
    withdrawn: dict[str, set[str]] = field(default_factory=dict)

    @property
    def graphs(self) -> list[str]:
        """What was written to."""
        return sorted(graph for graph in {*self.added, *self.withdrawn} if self.added[graph] or self.withdrawn[graph])

    def states(self, subject: str) -> bool:
        """Whether something is stated of a thing."""
        return any(line.startswith(f"<{subject}> ") for lines in self.added.values() for line in lines)

    def then(self, graph: str, added: set[str], withdrawn: set[str]) -> None:
        """Let these changes of a graph follow."""
        self.added[graph] = self.added.get(graph, set()) - withdrawn | added
        self.withdrawn[graph] = self.withdrawn.get(graph, set()) - added | withdrawn

    def apply(self, store: QuadStore) -> "OnlineWrites":
        """State them in a graph that is being built.

        :return: those that the files do not have by now.
        """
        left = OnlineWrites()
        for graph in self.graphs:
            there = store.lines(graph) if store.has_graph(graph) else set()
            left.added[graph], left.withdrawn[graph] = self.added[graph] - there, self.withdrawn[graph] & there
            store.change(graph, add=left.added[graph], remove=left.withdrawn[graph])
        return left

    def write(self, folder: Path) -> None:
        """Keep them beside the version that is built with them, where there are any."""
        if not self.graphs:
            return
        document = {graph: [sorted(self.added[graph]), sorted(self.withdrawn[graph])] for graph in self.graphs}
        (folder / _KEPT).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def told(self) -> str:
        """In a few words."""
        added, gone = (sum(map(len, each.values())) for each in (self.added, self.withdrawn))
        return f"{added} statements added and {gone} withdrawn in {len(self.graphs)} graphs"


def online_writes(versions: VersionStore, current: Version) -> OnlineWrites | None:
    """What was written online and is in a version; None where the version it was written on is gone or not known.

    :raises StoreError: a version is damaged.
    """
    number = built_below(versions, current)
    if number is None or not versions.folder(number).is_dir():
        return None
    there, here = versions.folder(number), versions.folder(current.number)
    found = _kept(there)
    if number != current.number:
        for graph, old, new in _changed(there, here):
            found.then(graph, new - old, old - new)
    return found


def built_below(versions: VersionStore, version: Version) -> int | None:
    """The number of the version that was built last before a version was written; None where that is not known.

    :raises StoreError: a version is damaged.
    """
    while version.online and not ((folder := versions.folder(version.number)) / _KEPT).is_file():
        if (note := folder / _BUILT).is_file():
            return int(number) if (number := note.read_text(encoding="ascii").strip()) else None
        # Written before versions said so.
        if version.parent is None or not versions.folder(version.parent).is_dir():
            return None
        version = versions.read(versions.folder(version.parent))
    return version.number


def note_built(folder: Path, number: int | None) -> None:
    """Say in a version that is written online on which built version its writes stand."""
    (folder / _BUILT).write_text("" if number is None else f"{number}\n", encoding="ascii")


def _kept(folder: Path) -> OnlineWrites:
    found = OnlineWrites()
    if not (folder / _KEPT).is_file():
        return found
    try:
        document = json.loads((folder / _KEPT).read_text(encoding="utf-8"))
        for graph, (added, withdrawn) in document.items():
            found.then(graph, set(added), set(withdrawn))
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise StoreError(f"{folder / _KEPT} is damaged ({exc}); bring what was written online into data/") from exc
    return found


def _changed(old: Path, new: Path) -> Iterator[tuple[str, set[str], set[str]]]:
    """Each graph that differs, with what it states in either version."""
    before, after = read_digests(old), read_digests(new)
    names = {name for name in {*before, *after} if name and name != INFERRED and before.get(name) != after.get(name)}
    stores = [[QuadStore.read_only(folder / part) for part in ("rocksdb", "completed")] for folder in (old, new)]
    for name in sorted(names):
        first, second = (_lines(store, name) - _lines(completed, name) for store, completed in stores)
        yield name, first, second


def _lines(store: QuadStore, graph: str) -> set[str]:
    return store.lines(graph) if store.has_graph(graph) else set()
