"""Write transactions: each makes a whole new version, or leaves everything as it was.

A write goes into a copy of the current version that shares its files. There it is carried out, the graphs it changed
are compared with what they were, completed again, inferred and merged again, and checked as far as it touches; then
one rename makes the copy the current version. Whatever goes wrong before that rename, the copy is thrown away.
"""

import dataclasses
import io
import os
import shutil
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from thidua.base.errors import (
    ConflictError,
    Finding,
    ForbiddenError,
    InvalidDataError,
    NotFoundError,
    QuerySyntaxError,
    RdfSyntaxError,
    ReplacesError,
)
from thidua.base.files import ProjectFiles
from thidua.base.formats import DATASETS, INPUTS
from thidua.base.limits import Limits
from thidua.base.terms import BASE, GRAPH, ID, INFERRED, PREFIXES, TD, shorten
from thidua.checks.across_sources import across_sources
from thidua.checks.consequences import without_consequences
from thidua.checks.hygiene import dangling, made_up, undeclared
from thidua.checks.rules import Rules
from thidua.checks.shacl import located, predicate_of, read_shapes, reads_one_step, revalidate, subject_of, validate
from thidua.checks.sources import misplaced, one_article, unedited
from thidua.columns.layout import FOLDER, is_there
from thidua.names.collect import named_in, names_of, with_those_told_by
from thidua.names.index import update_names, write_names
from thidua.rdf.derivation import sync_union
from thidua.rdf.quads import QuadStore, lines_in
from thidua.rdf.scan import Scanned, scan_update
from thidua.versions.diff import between, withdrawn
from thidua.versions.online import built_below, note_built
from thidua.versions.publish import digest, publish, read_findings
from thidua.versions.store import Digests, VersionStore, combined, read_digests, refuse_if_overtaken
from thidua.write.payload_positions import PayloadPositions, undeclared_in
from thidua.write.request import CommitInfo, Preview, Write, WriteResult
from thidua.write.source_text import known
from thidua.write.updates import graphs_written, with_dataset

if TYPE_CHECKING:
    from thidua.engine.backend import WorkingCopy

#: A write that changes the names of more things than this has the index of names made anew.
_MOST_RENAMED: Final = 500
#: Triples of a plain store's default graph up to which a write into it finds out what it changed there.
_COMPARED: Final = 1_000_000
#: How often a write is made again because somebody else wrote to the same engine first.
_TRIES: Final = 5


class Writer:
    """Writes to one store, as often as one likes: rules and shapes are read once.

    :param files: the project's files, whose rules and shapes hold; None for a plain store, where none do.
    :param working_copy: of the engine that the store follows; then the writes are made in its copy, and sent.
    :param texts: a folder of articles, each as ``<id>.txt``, in which passages are looked up; empty for none.
    :param limits: on the texts of updates.
    """

    def __init__(
        self,
        root: Path,
        files: ProjectFiles | None,
        working_copy: "WorkingCopy | None" = None,
        texts: str = "",
        limits: Limits | None = None,
    ) -> None:
        self._versions = VersionStore(working_copy.root if working_copy else root)
        self._working_copy = working_copy
        self._files = files
        self._texts = texts
        self._limits = limits
        if files is not None:
            self._rules = Rules(files)
            self._shapes = read_shapes(files.shapes)
            self._one_step = reads_one_step(self._shapes)

    def write(self, write: Write, commit: CommitInfo | None = None, *, wait: float = 0) -> WriteResult:
        """Carry out one write.

        :param wait: seconds to wait for other writers.
        :raises InputError: the write cannot be read, or asks for what is not done.
        :raises ForbiddenError: it would change a graph that is not written online.
        :raises NotFoundError: the graph to delete is not there.
        :raises ReplacesError: it was to keep what the graph states, and would not.
        :raises InvalidDataError: the graph would break its shapes; ``findings`` says where.
        :raises ConflictError: somebody else has published since the version that was expected.
        :raises StoreError: the store cannot be written.
        """
        if self._working_copy is None:
            return self._write(write, commit or CommitInfo(), wait)
        for left in range(_TRIES - 1, -1, -1):
            self._working_copy.pull()
            try:
                result = self._write(write, commit or CommitInfo(), wait)
            except ConflictError:
                if not left or (commit and commit.expected is not None):
                    raise
            else:
                self._working_copy.published()
                return result
        raise AssertionError("unreachable")

    def _write(self, write: Write, commit: CommitInfo, wait: float) -> WriteResult:
        with self._versions.writing(wait=wait) as draft, _Transaction(self, draft, write, commit) as transaction:
            return transaction.run()

    def preview(self, write: Write, commit: CommitInfo | None = None, *, wait: float = 0) -> Preview:
        """Try a write, and tell what it would do; raises what :meth:`write` does, but for two.

        What is wrong and what would be lost are in the preview, beside the graph as it would be.
        """
        if self._working_copy is not None:
            self._working_copy.pull()
        commit = commit or CommitInfo()
        with self._versions.writing(wait=wait) as draft, _Transaction(self, draft, write, commit) as transaction:
            return transaction.preview()


class _Transaction:
    """One write, under the store's lock."""

    def __init__(self, writer: Writer, draft: Path, write: Write, commit: CommitInfo) -> None:
        self._writer = writer
        self._versions = writer._versions
        self._folder = writer._versions.current_path()
        self._parent = writer._versions.read(self._folder)
        self._draft = draft
        self._write = write
        self._commit = commit
        self._where = PayloadPositions(write)
        self._update = self._scanned() if write.action == "update" else None
        self._copies: list[QuadStore] = []
        self._texts: dict[str | None, tuple[bytes, bytes]] = {}
        """The graphs that the write changed, as N-Triples, before and after."""
        self._delta: tuple[set[str], set[str]] = set(), set()
        """Lines of the default graph that the write adds, and those that it removes, where rules make it."""

    def __enter__(self) -> "_Transaction":
        return self

    def __exit__(self, *failure: object) -> None:
        # An error knows where it came from, and so holds what was open there: its files would stay locked.
        for store in self._copies:
            store.release()

    def _copy(self, name: str, opened: QuadStore | None = None) -> QuadStore:
        """A store of the parent, which may be open, to be changed; let go of in the end, whatever happens."""
        store = (opened or QuadStore.read_only(self._folder / name)).copied(self._draft / name)
        self._copies.append(store)
        return store

    def run(self) -> WriteResult:
        refuse_if_overtaken(self._commit.expected, self._parent)
        before = QuadStore.read_only(self._folder / "rocksdb")
        store = self._copy("rocksdb", before)
        created = self._apply(store)
        changed = self._changed(before, store)
        digests = read_digests(self._folder)
        if not changed:
            return WriteResult(self._parent, False, created)
        if self._write.keep and self._write.action == "put" and (lost := self._lost(before, store)):
            raise ReplacesError(
                f"{self._there(before)['en']} {len(lost)} of its statements would be withdrawn, and nothing was "
                "written. To correct it, edit what it is; to withdraw them all the same, say so: --replace, or the "
                "box on the desk."
            )
        if self._writer._files is None:
            findings: list[Finding] = []
            triples = None
        else:
            findings, triples = self._derive(before, store, changed, self._writer._files)
        digests = self._digests(store, digests, changed)
        new = self._new(findings)
        if combined(digests) == self._parent.hash:
            return WriteResult(self._parent, False, created, new)
        self._renew_columns(before, store, changed)
        store.close()
        note_built(self._draft, built_below(self._versions, self._parent))
        version = publish(
            self._versions,
            self._draft,
            digests=digests,
            findings=findings,
            triples=sum(size for _, size in digests.values()) if triples is None else triples,
            sources=sum(self._writer._rules.is_source(name) for name in digests) if self._writer._files else 0,
            author=self._commit.author,
            message=self._commit.message,
            online=True,
            confirm=partial(self._writer._working_copy.push, self._folder) if self._writer._working_copy else None,
        )
        return WriteResult(version, True, created, new)

    def preview(self) -> Preview:
        refuse_if_overtaken(self._commit.expected, self._parent)
        before = QuadStore.read_only(self._folder / "rocksdb")
        store = self._copy("rocksdb", before)
        self._apply(store)
        changed, lost = self._changed(before, store), self._lost(before, store)
        findings: list[Finding] = []
        if changed and self._writer._files is not None:
            try:
                findings = self._new(self._derive(before, store, changed, self._writer._files)[0])
            except InvalidDataError as exc:
                findings = list(exc.findings)
        next_one = dataclasses.replace(self._parent, number=self._parent.number + 1)
        diff = between(self._parent, next_one, before, store, [graph or "" for graph in changed])
        out = io.BytesIO()
        graph = self._write.graph
        if graph is not None and store.has_graph(graph):
            store.write_graph(out, "text/turtle", graph)
        gone = withdrawn(self._parent, graph or "", lost, before, store)
        store.close()
        return Preview(
            parent=self._parent.number,
            graph=graph or "",
            findings=findings,
            added=diff.added,
            removed=diff.removed,
            words={language: diff.write("text/plain", language).decode() for language in ("vi", "en")},
            turtle=out.getvalue().decode(),
            there=self._there(before),
            lost=len(lost),
            withdrawn={language: "\n".join(gone.resources_in_words(language)) for language in ("vi", "en")}
            if lost
            else {},
        )

    def _there(self, before: QuadStore) -> dict[str, str]:
        """What the graph to be written tells already, by language; empty for a new one."""
        graph = self._write.graph
        if graph is None or not before.has_graph(graph):
            return {}
        found = known(before.select, source_id=graph.removeprefix(GRAPH))
        if found:
            return {language: found.told(language) for language in ("vi", "en")}
        name, size = shorten(graph), before.size(graph)
        return {"vi": f"{name} đã có ở đây: {size} phát biểu.", "en": f"{name} is here already: {size} statements."}

    def _lost(self, before: QuadStore, store: QuadStore) -> set[str]:
        """What somebody stated in the graph that is written, and nobody would any more; completed lines are not it."""
        graph = self._write.graph
        if graph is None or self._write.action not in ("put", "delete") or not before.has_graph(graph):
            return set()
        lost = before.lines(graph) - _lines(store, graph)
        if lost and self._writer._files is not None:
            completed = QuadStore.read_only(self._folder / "completed")
            lost -= _lines(completed, graph)
        return lost

    # Applying the write to the copy.

    def _apply(self, store: QuadStore) -> bool:
        """Change the copy; returns whether the graph written to is new."""
        write = self._write
        if self._update is not None:
            text = self._update.text
            if write.using or write.using_named:
                text = with_dataset(self._update, write.using, write.using_named)
            try:
                store.update(text, write.base)
            except QuerySyntaxError as exc:
                raise self._update.where(exc) from exc
            return False
        created = write.graph is not None and not store.has_graph(write.graph)
        if write.action == "delete":
            if created:
                raise NotFoundError(f"There is no graph <{write.graph}> here.")
            store.clear(write.graph, forget=True)
            return False
        if write.action == "put":
            store.clear(write.graph)
        for payload in write.payloads:
            try:
                store.load(payload.data, payload.media_type, write.graph, payload.base, payload.shown_as)
            except RdfSyntaxError as exc:
                if "has not been declared" in str(exc) and (told := undeclared_in(payload)):
                    raise RdfSyntaxError(f"{payload.shown_as}: {told}", exc.line, exc.column) from exc
                raise
        return created

    def _scanned(self) -> Scanned:
        """The update as the engine gets it."""
        return scan_update(
            self._write.text,
            self._writer._limits,
            base=self._write.base,
            prefixes=PREFIXES if self._write.declared else None,
            # The embedded engine has no network, and says so.
            load=self._writer._files is None and self._writer._working_copy is None,
        )

    def _changed(self, before: QuadStore, store: QuadStore) -> set[str | None]:
        """The graphs that differ now."""
        write = self._write
        candidates: Iterable[str | None] | None = None
        if self._update is not None:
            candidates = graphs_written(self._update)
        elif not any(INPUTS[each.media_type] in DATASETS for each in write.payloads):
            candidates = [write.graph]
        if candidates is None:
            candidates = {None, *before.graphs(), *store.graphs()}
        changed = set()
        for graph in candidates:
            old, new = before.n_triples(graph), store.n_triples(graph)
            if old != new or (graph is not None and before.has_graph(graph) != store.has_graph(graph)):
                changed.add(graph)
                store.refuse_rdf12(graph, new)
                self._texts[graph] = old, new
        return changed

    # What follows from it.

    def _derive(
        self, before: QuadStore, store: QuadStore, changed: set[str | None], files: ProjectFiles
    ) -> tuple[list[Finding], int]:
        """Complete, merge, infer and check; returns the findings of the whole graph and the size of the merge."""
        rules = self._writer._rules
        self._refuse_derived(changed)
        completed = QuadStore.read_only(self._folder / "completed")
        graphs = {graph for graph in changed if graph is not None}
        written = [graph for graph in graphs if store.has_graph(graph)]
        old = {graph: lines_in(self._texts[graph][0]) for graph in graphs}
        new = {graph: lines_in(self._texts[graph][1]) for graph in graphs}
        named = [graph for graph in written if _names_in(old[graph]) != _names_in(new[graph])]
        _refuse_any([
            *undeclared(store, self._where, written), *made_up(store, self._where, written),
            *unedited(store, self._where, written), *(one_article(store, self._where, named) if named else ()),
        ])  # fmt: skip
        shared = (old[graph] ^ new[graph] for graph in graphs & set(rules.registry))
        again = graphs | (set(store.graphs()) if any(map(rules.concern_others, shared)) else set())
        for graph in rules.in_order(again):
            there = new[graph] if graph in new else store.lines(graph)
            given = there if self._write.action == "put" and graph == self._write.graph else set()
            store.change(graph, remove=completed.lines(graph) & there - given)
        self._keep_completed(
            completed,
            {
                graph: rules.complete(store, graph) if store.has_graph(graph) else set()
                for graph in rules.in_order(again)
            },
        )
        for graph in again:
            if store.has_graph(graph) and not store.size(graph):
                store.clear(graph, forget=True)

        stated: set[str] = set()
        for graph in again:
            stated |= (old[graph] if graph in old else _lines(before, graph)) ^ _lines(store, graph)
        added, removed = sync_union(store, stated)
        inferred, uninferred = set[str](), set[str]()
        changed |= again
        if rules.concern_inference(added | removed):
            inferred, uninferred = rules.infer(store)
            if before.n_triples(INFERRED) != store.n_triples(INFERRED):
                changed.add(INFERRED)
                stated |= _lines(before, INFERRED) ^ _lines(store, INFERRED)
        delta_in, delta_out = (added | inferred) - uninferred - removed, (removed | uninferred) - inferred - added
        self._delta = delta_in, delta_out
        predicates = {predicate_of(line) for line in stated | delta_in | delta_out}
        findings = self._check(store, delta_in, delta_out, files, written, predicates)
        self._name(store, with_those_told_by(store, named_in(delta_in | delta_out)))
        return findings, self._parent.triples + len(delta_in) - len(delta_out)

    def _renew_columns(self, before: QuadStore, store: QuadStore, changed: set[str | None]) -> None:
        """The columns of the parent, with what the write changed; a default graph too large to compare loses them."""
        if not is_there(self._folder) or self._writer._working_copy is not None:
            return
        if self._writer._files is None and None in changed:
            if self._parent.triples > _COMPARED:
                return
            old, new = before.lines(None), store.lines(None)
            self._delta = new - old, old - new
        from thidua.columns.make import renew_columns  # DuckDB takes a fifth of a second to load

        renew_columns(self._folder / FOLDER, self._draft / FOLDER, *self._delta)

    def _keep_completed(self, before: QuadStore, added: Mapping[str, set[str]]) -> None:
        """Keep what the completion rules added to some graphs; the files are shared if that is what they had added."""
        changed = {graph: lines for graph, lines in added.items() if _lines(before, graph) != lines}
        if not changed:
            shutil.copytree(self._folder / "completed", self._draft / "completed", copy_function=os.link)
            return
        completed = self._copy("completed")
        for graph, lines in changed.items():
            completed.clear(graph, forget=True)
            completed.change(graph, add=lines)
        completed.close()

    def _name(self, store: QuadStore, touched: set[str]) -> None:
        """The index of names: as it was, where no name or date changed; else with what changed."""
        old, new = self._folder / "search.db", self._draft / "search.db"
        if not touched:
            os.link(old, new)
        elif (
            # The dates of a province are those of its posts and bodies, too.
            any(iri.startswith(f"{ID}province/") for iri in touched)
            or len(touched) > _MOST_RENAMED
            or not update_names(old, new, touched, names_of(store, touched))
        ):
            write_names(new, names_of(store))

    def _refuse_derived(self, changed: set[str | None]) -> None:
        rules = self._writer._rules
        for graph in changed:
            if graph is None:
                raise ForbiddenError(
                    "The default graph is the merge of all others, so nobody writes to it. "
                    f"Name the graph of a source: GRAPH <{GRAPH}…> {{ … }}, or ?graph={GRAPH}…"
                )
            if graph == INFERRED:
                raise ForbiddenError(f"<{INFERRED}> follows from the other graphs, so nobody writes to it.")
            if graph in rules.vocabulary:
                raise ForbiddenError(f"<{graph}> comes from ontology/; change the file and build.")
            if not graph.startswith(GRAPH):
                raise ForbiddenError(f"The graph of a source is called <{GRAPH}…>, not <{graph}>.")

    def _check(
        self,
        store: QuadStore,
        added: set[str],
        removed: set[str],
        files: ProjectFiles,
        written: list[str],
        predicates: set[str],
    ) -> list[Finding]:
        targets = {_object(line) for line in added} | {subject_of(line) for line in removed}
        broken = list(dangling(store, self._where, sorted(target for target in targets if target.startswith(BASE))))
        found: list[Finding] = []
        known = read_findings(self._folder)
        shapes, locate = self._writer._shapes, self._where.locate
        if self._writer._one_step:
            found += revalidate(store, known, added, removed, shapes, locate)
        else:
            found += located(validate(store, shapes), locate)
        found += across_sources(store, files, self._where, known, predicates)
        found += misplaced(store, self._where, self._writer._texts, written)
        found = broken + without_consequences(store, found, {each.value or "" for each in broken})
        _refuse_any(self._new(found))
        return found

    def _new(self, findings: Iterable[Finding]) -> list[Finding]:
        """What is wrong, and what is doubtful that was not before: of the rest whoever writes need not hear again."""
        known = {_said(finding) for finding in read_findings(self._folder)}
        return [each for each in findings if each.severity == "Violation" or _said(each) not in known]

    def _digests(self, store: QuadStore, digests: Digests, changed: Iterable[str | None]) -> Digests:
        digests = dict(digests)
        plain = self._writer._files is None
        for graph in changed:
            digests.pop(graph or "", None)
            if (graph is None and plain) or (graph is not None and store.has_graph(graph)):
                digests |= digest(store, [graph])
        return digests


def _refuse_any(findings: Iterable[Finding]) -> None:
    found = list(findings)
    if any(finding.severity == "Violation" for finding in found):
        raise InvalidDataError(found)


def _lines(store: QuadStore, graph: str) -> set[str]:
    return store.lines(graph) if store.has_graph(graph) else set()


def _said(finding: Finding) -> tuple[str | None, ...]:
    """What tells a finding from others, wherever it stands and however it is worded."""
    return finding.shape, finding.focus, finding.path, finding.value


def _names_in(lines: set[str]) -> set[str]:
    """What tells which article a graph is about."""
    means = (f" <{TD}contentHash> ", f" <{PREFIXES['schema']}url> ")
    return {line for line in lines if any(each in line for each in means)}


def _object(line: str) -> str:
    """The object's IRI; an empty text for what is none."""
    value = line.split(" ", 2)[2]
    return value[1:-1] if value.startswith("<") else ""
