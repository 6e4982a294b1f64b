"""Working copy of a remote engine: an embedded store, and how what is published there reaches the engine.

A write is made and checked in the copy's next version, as in any embedded store; then its difference is sent, and only
once the engine has it the copy's version becomes current. A small difference is one update, of which an engine with
transactions does all or nothing, and which does nothing if somebody else was first. A large one takes many requests:
the state says so meanwhile, and nobody is answered from what is half there.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Final, TypeVar

from thidua.base.errors import ConflictError, EngineError, InputError, StoreBusyError, StoreError
from thidua.base.terms import BASE
from thidua.engine.remote.addresses import Addresses
from thidua.engine.remote.client import TABLE, Client
from thidua.engine.remote.contents import (
    MANIFEST,
    STATE,
    WHOLE,
    Manifest,
    Quad,
    everything,
    is_of_blank,
    lines_of,
    manifest_of,
    with_blanks,
)
from thidua.engine.remote.replica import RemoteReplica
from thidua.engine.remote.state import PATIENCE, State, exchange
from thidua.names.collect import names_of
from thidua.names.index import write_names
from thidua.rdf.answer import Answer
from thidua.rdf.derivation import in_union, rebuild_union, sync_union
from thidua.rdf.ntriples import iri_term, read_lines
from thidua.rdf.quads import QuadStore
from thidua.versions.publish import describe_version
from thidua.versions.store import Digests, Version, VersionStore, read_digests

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Triples of a difference that is sent as one update; and to Virtuoso, which compiles updates and takes no longer ones.
_AT_ONCE: Final = 100_000
_AT_ONCE_COMPILED: Final = 1000
#: Triples in one request of a larger difference: to add, and to remove.
_ADDED: Final = 50_000
_REMOVED: Final = 500


class RemoteWorkingCopy:
    """An engine, and a copy of what it holds."""

    def __init__(self, root: Path, addresses: Addresses) -> None:
        """Touch nothing yet.

        :param root: a store that follows the engine, in which the copy has a folder.
        :raises InputError: the engine can only be read at these addresses.
        """
        if not addresses.update or not addresses.data:
            raise InputError("To write to the engine, set THIDUA_STORE_UPDATE and THIDUA_STORE_DATA.")
        self.root: Final = root / "copy"
        self._follower = RemoteReplica(root, addresses)
        self._versions = VersionStore(self.root)
        self._addresses = addresses
        self._client = Client(addresses)

    # From the engine into the copy.

    def pull(self, progress: Callable[[str], None] = lambda step: None, *, anew: bool = False) -> None:
        """Bring the copy to the version that the engine holds; nothing happens if that is what it has.

        :param anew: what is to be pushed does not rest on it, so it may be missing after a writer that died.
        :raises StoreBusyError: somebody is writing to the engine.
        :raises EngineError: it does not answer, or does not give back what was put into it.
        """
        state = State.read(self._client)
        if state is None:
            return
        if state.word != "published":
            self._refuse_unless_dead(state, self._versions.current(), anew)
            return  # whoever pushes next fills the engine anew
        current = self._versions.current()
        if current is not None and state.is_of(current):
            return
        progress("copying what the engine holds")
        with self._versions.writing(wait=PATIENCE) as draft:
            manifest = Manifest(Answer.read("SELECT", self._client.query(WHOLE, TABLE)).table()[1])
            if self._versions.folder(manifest.version.number).exists():
                raise StoreError(f"{self.root} is a copy of another engine; delete it, and it will be made anew")
            self._copy(draft, manifest, progress)
            describe_version(draft, manifest.digests, manifest.findings)
            if State.read(self._client) != state:
                raise StoreBusyError("the engine was written while it was copied; try again")
            self._versions.publish(draft, manifest.version)

    def _copy(self, draft: Path, manifest: Manifest, progress: Callable[[str], None]) -> None:
        parent = self._versions.current_path() if self._versions.current() else None
        old = read_digests(parent) if parent else {}
        target = draft / "rocksdb"
        with QuadStore.read_only(parent / "rocksdb").copied(target) if parent else QuadStore.create(target) as store:
            self._copy_into(store, old, manifest, progress)
            if parent is None:
                store.compact()
            write_names(draft / "search.db", names_of(store))
            store.close()
        QuadStore.write(draft / "completed", manifest.completed)

    def _copy_into(self, store: QuadStore, old: Digests, manifest: Manifest, progress: Callable[[str], None]) -> None:
        """Let a store that holds the graphs of `old` hold those of a manifest instead."""
        restated: set[str] = set()
        for graph in old.keys() | manifest.digests.keys():
            if old.get(graph) == manifest.digests.get(graph):
                continue
            progress(f"copying {graph.removeprefix(BASE)}")
            before = store.lines(graph)
            store.clear(graph, forget=True)
            if graph in manifest.digests:
                store.change(graph, add=with_blanks(read_lines(self._client.graph(graph))))
                if (found := store.graph_hash(graph)) != manifest.digests[graph][0]:
                    raise EngineError(
                        f"the engine does not give back <{graph}> as it was put in ({found[:12]}, not "
                        f"{manifest.digests[graph][0][:12]}); write from where the copy is, or build again"
                    )
            restated |= before ^ store.lines(graph)
        if old:
            sync_union(store, restated)
        else:
            rebuild_union(store)

    # From the copy into the engine.

    def push(self, parent: Path | None, draft: Path, version: Version, *, anew: bool = False) -> None:
        """Send what makes a draft of the copy different from its parent, and have the engine hold that version.

        :param parent: the folder of the copy's current version; None if there is none.
        :param anew: the draft does not rest on what its parent says, so it may replace what a dead writer left.
        :raises ConflictError: the engine holds another version than the parent by now.
        :raises StoreBusyError: somebody is writing to it.
        :raises EngineError: it does not answer; what it holds then is the old version or the new one.
        """
        state, new = State.read(self._client), State.published(version)
        if state is None or state.word != "published":
            if state is None:
                self._refuse_foreign()
            else:
                self._refuse_unless_dead(state, VersionStore.read(parent) if parent else None, anew)
            self._fill(state, new, draft)
        elif parent is None or not state.is_of(VersionStore.read(parent)):
            raise ConflictError(f"The engine holds version {state.number} by now; read it, then write again.")
        else:
            removed, added = self._difference(parent, draft)
            most = _AT_ONCE_COMPILED if self._client.is_virtuoso else _AT_ONCE
            if len(removed) + len(added) <= most:
                self._certainly(all_or_nothing(state, new, removed, added), new)
            else:
                self._in_pieces(state, new, removed, added)
        if State.read(self._client) != new:
            raise ConflictError("Somebody else wrote to the engine first; read it, then write again.")

    def published(self) -> None:
        """Have the store that follows the engine see the newest version at once, if it can; forget older copies."""
        with suppress(StoreError):
            self._follower.follow()
            if current := self._versions.current():
                self._versions.keep_only(current.number)

    def _certainly(self, update: str, new: State) -> None:
        """Send an update that puts a state in place; one whose answer was lost may have done so."""
        try:
            self._client.update(update)
        except EngineError:
            if State.read(self._client) != new:
                raise

    def _difference(self, parent: Path, draft: Path) -> tuple[list[Quad], list[Quad]]:
        """What the engine must lose, and what it must get."""
        old, new = read_digests(parent), read_digests(draft)
        before, after = (QuadStore.read_only(folder / "rocksdb") for folder in (parent, draft))
        removed: list[Quad] = []
        added: list[Quad] = []
        touched: set[str] = set()
        for graph in sorted(old.keys() | new.keys()):
            if old.get(graph) == new.get(graph):
                continue
            was = lines_of(before, graph, old) if graph in old else set()
            now = lines_of(after, graph, new) if graph in new else set()
            removed += [(graph, line) for line in was - now]
            added += [(graph, line) for line in now - was]
            touched |= was ^ now
        # No other triples of the merge can have changed. A blank node is in one graph alone.
        plain = {line for line in touched if not is_of_blank(line)}
        was, now = in_union(before, plain), in_union(after, plain)
        removed += [(None, line) for line in was - now]
        added += [(None, line) for line in now - was]
        blank = touched - plain
        removed += [(None, line) for graph, line in removed if graph and line in blank]
        added += [(None, line) for graph, line in added if graph and line in blank]
        was, now = manifest_of(parent), manifest_of(draft)
        removed += [(MANIFEST, line) for line in was - now]
        added += [(MANIFEST, line) for line in now - was]
        return [self._placed(quad) for quad in removed], [self._placed(quad) for quad in added]

    def _placed(self, quad: Quad) -> Quad:
        return (quad[0] or self._addresses.merged or None, quad[1])

    def _in_pieces(self, old: State, new: State, removed: Iterable[Quad], added: Iterable[Quad]) -> None:
        """Send a difference in many requests, during which nobody is answered."""
        lease = self._leased(old)
        for some in _pieces(removed, _REMOVED):
            self._refuse_unless_ours(lease)
            for block in _blocks(some):
                self._client.update(f"DELETE DATA {{ {block} }}")
        self._add(lease, added)
        self._certainly(exchange(lease, new), new)

    def _fill(self, old: State | None, new: State, draft: Path) -> None:
        """Send all that a version holds to an engine that is empty, or that is emptied after a writer that died."""
        lease = self._leased(old)
        if old is not None:
            log.warning("engine: a writer that began at %s left it half written; it is filled anew", old.since)
            self._empty()
        self._add(lease, map(self._placed, everything(draft)))
        self._certainly(exchange(lease, new), new)

    def _add(self, lease: State, quads: Iterable[Quad]) -> None:
        for graph, some in groupby(quads, key=itemgetter(0)):
            for piece in _pieces(some, _ADDED):
                self._refuse_unless_ours(lease)
                self._client.add(graph, "".join(f"{line} .\n" for _, line in piece).encode())

    def _leased(self, old: State | None) -> State:
        lease = State.writing(old)
        self._client.update(exchange(old, lease))
        self._refuse_unless_ours(lease)
        return lease

    def _refuse_unless_ours(self, lease: State) -> None:
        if State.read(self._client) != lease:
            raise ConflictError("Somebody else is writing to the engine; read it, then write again.")

    def _refuse_unless_dead(self, state: State, current: Version | None, anew: bool) -> None:
        """Pass only if a writer has died, and what it began upon is here or does not matter."""
        if state.age < PATIENCE or not (anew or (current is not None and state.is_over(current))):
            raise StoreBusyError(
                f"somebody is writing to the engine since {state.since}; try again in some seconds. If that writer is "
                f"dead, `thidua build` fills the engine anew {PATIENCE // 60} minutes after it began"
            )

    def _empty(self) -> None:
        """Remove all of ours but the state."""
        found = Answer.read("SELECT", self._client.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", TABLE))
        for row in found.table()[1]:
            if (graph := row["g"]) and graph.value.startswith(BASE) and graph.value != MANIFEST:
                self._client.update(f"DROP SILENT GRAPH {iri_term(graph.value)}")
        self._client.update(
            f"DROP SILENT GRAPH {iri_term(self._addresses.merged)}" if self._addresses.merged else "CLEAR DEFAULT"
        )
        rest = f"GRAPH <{MANIFEST}> {{ ?s ?p ?o FILTER(?p != <{STATE}>) }}"
        self._client.update(f"DELETE {{ GRAPH <{MANIFEST}> {{ ?s ?p ?o }} }} WHERE {{ {rest} }}")

    def _refuse_foreign(self) -> None:
        """Refuse to fill an engine that has other things in the same place."""
        place = f"GRAPH {iri_term(self._addresses.merged)} {{ ?s ?p ?o }}" if self._addresses.merged else "?s ?p ?o"
        ours = f'GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{BASE}"))'
        for pattern in (place, ours):
            if json.loads(self._client.query(f"ASK {{ {pattern} }}", TABLE))["boolean"]:
                raise InputError(
                    "The engine holds triples already, and no manifest that this project put them there; "
                    "give it an empty dataset, or on an engine whose default graph is the union of all graphs "
                    "(Virtuoso, GraphDB, Neptune) set THIDUA_STORE_MERGED."
                )


def all_or_nothing(old: State, new: State, removed: list[Quad], added: list[Quad]) -> str:
    """One update: the state is exchanged, and all else happens only if that was done."""
    done = f"WHERE {{ GRAPH <{MANIFEST}> {{ {new.triple} }} }}"
    steps = [
        f"{word} {{ {block} }} {done}"
        for word, quads in (("DELETE", removed), ("INSERT", added))
        for block in _blocks(quads)
    ]
    return " ;\n".join([exchange(old, new), *steps])


def _blocks(quads: Iterable[Quad]) -> Iterator[str]:
    """Triples as a template has them, each graph's alone.

    Of several graphs in one template Virtuoso passes over literals with a language and letters beyond ASCII.
    """
    for graph, lines in _by_graph(quads).items():
        triples = " .\n".join(lines)
        yield f"GRAPH {iri_term(graph)} {{ {triples} }}" if graph else f"{triples} ."


def _by_graph(quads: Iterable[Quad]) -> dict[str | None, list[str]]:
    graphs: dict[str | None, list[str]] = {}
    for graph, line in quads:
        graphs.setdefault(graph, []).append(line)
    return graphs


def _pieces(items: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(items)
    while piece := list(islice(left, size)):
        yield piece
