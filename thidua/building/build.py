"""Build pipeline: read, complete, infer, check, publish.

Each step looks at the whole graph and gathers everything wrong before it gives up, so that a curator mends a file
once, not error by error.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from thidua.base import journals
from thidua.base.errors import DataError, Finding, InputError, QuerySyntaxError
from thidua.base.files import ProjectFiles, SourceFile
from thidua.base.terms import BASE, INFERRED, PREFIXES, shorten
from thidua.building.background import BackgroundWriter
from thidua.checks.across_sources import across_sources
from thidua.checks.consequences import without_consequences
from thidua.checks.hygiene import dangling, made_up, undeclared
from thidua.checks.rules import Rules
from thidua.checks.shacl import located, read_shapes, validate
from thidua.checks.sources import misplaced, one_article, unedited
from thidua.names.collect import names_of
from thidua.names.index import write_names
from thidua.questions.catalogue import read_catalogue
from thidua.rdf.derivation import rebuild_union
from thidua.rdf.positions import Positions, positions, positions_in, undeclared_prefixes
from thidua.rdf.quads import QuadStore
from thidua.versions.online import OnlineWrites, online_writes
from thidua.versions.publish import digest, publish
from thidua.versions.store import Version, VersionStore, combined

if TYPE_CHECKING:
    from thidua.engine.backend import WorkingCopy

Progress = Callable[[str], None]
#: What the parser says of a prefix, of the first one alone.
_UNDECLARED = "has not been declared"
#: The languages that the ontology is written in, whose terms it need not declare.
#: Namespaces whose every term must be declared before a shape, a rule or a question uses it.
_CLOSED = tuple(
    namespace
    for name, namespace in PREFIXES.items()
    if name in ("td", "c") or not (namespace.startswith(BASE) or name in ("rdf", "rdfs", "owl", "xsd", "sh"))
)


@dataclass
class Assembly:
    """A graph put together in memory, with the place in the files where each thing is said."""

    files: ProjectFiles
    store: QuadStore = field(default_factory=QuadStore.memory)
    completed: dict[str, set[str]] = field(default_factory=dict)
    """Graph name to what the completion rules added to it."""
    online: OnlineWrites = field(default_factory=OnlineWrites)
    """What it states beyond the files, since it was written online."""

    _sought: set[str] = field(default_factory=set)
    _texts: dict[SourceFile, tuple[str, Positions]] = field(default_factory=dict)
    """Files as shown, and where in them something is said: of large ones only of what was sought."""

    def seek(self, things: Iterable[str]) -> None:
        """Read the texts for things that will be located: large ones are read at each call that names new things."""
        if new := set(things) - self._sought:
            self._sought |= new
            for file in self.files.data:
                if file not in self._texts or not self._texts[file][1].whole:
                    self._texts[file] = self.files.relative(file.path), positions_in(file.path, self._sought)

    def locate(self, subject: str, predicate: str | None = None) -> str:
        """``file:line`` where a thing is described, sources first; empty when no file does."""
        self.seek([subject])
        best = ""
        for file in sorted(self._texts, key=lambda file: file.graph in self._shared):
            shown, found = self._texts[file]
            line = found.line(subject, predicate)
            if line and (not best or (subject, predicate) in found.statements):
                best = f"{shown}:{line}"
                if (subject, predicate) in found.statements:
                    return best
        return best or ("written online" if self.online.states(subject) else "")

    def mention(self, iri: str, graph: str | None = None) -> str:
        """``file:line`` where an IRI is first written, in one graph's files or in any."""
        self.seek([iri])
        for file, (shown, found) in self._texts.items():
            if iri in found.mentions and graph in (None, file.graph):
                return f"{shown}:{found.mentions[iri]}"
        return ""

    @cached_property
    def _shared(self) -> set[str]:
        return {file.graph for file in self.files.vocabulary + self.files.registry}


def assemble(
    files: ProjectFiles,
    progress: Progress = lambda step: None,
    writer: BackgroundWriter | None = None,
    online: OnlineWrites | None = None,
    columns_from: int | None = None,
) -> Assembly:
    """Read, complete and infer: the whole graph, unchecked but for what would make the next step meaningless.

    :param writer: takes what is final.
    :param online: what was written online, to be stated beside what the files have.
    :param columns_from: triples from which the writer makes columns of the default graph; None for never.
    :raises DataError: a file does not parse, uses a term nobody declared, or links to nothing.
    """
    assembly = Assembly(files)
    progress("reading files")
    _read(assembly)
    if online is not None:
        assembly.online = online.apply(assembly.store)
        if assembly.online.graphs:
            progress(f"keeping what was written online: {assembly.online.told()}")
    found = [each for check in (undeclared, made_up, unedited, one_article) for each in check(assembly.store, assembly)]
    _refuse([*_problems(found), *_unknown_in_texts(assembly)])
    rules = Rules(files)
    progress("completing sources")
    for graph in rules.in_order(assembly.store.graphs()):
        assembly.completed[graph] = rules.complete(assembly.store, graph)
    if writer:
        writer.take_all(assembly.store)
        writer.take_completed(assembly.completed)
    progress("inferring")
    rebuild_union(assembly.store)
    rules.infer_first(assembly.store)
    if writer:
        large = columns_from is not None and assembly.store.triples() >= columns_from
        writer.take_graph(assembly.store, None, columns=large)
        writer.take_graph(assembly.store, INFERRED)
        writer.compact()
    _refuse([*_problems(dangling(assembly.store, assembly)), *_broken_questions(assembly)])
    return assembly


def check(assembly: Assembly, progress: Progress = lambda step: None, texts: str = "") -> list[Finding]:
    """Everything the shapes and the checks across sources find, worst first.

    :param texts: a folder of articles, each as ``<id>.txt``, in which passages are looked up; empty for none.
    """
    progress("checking shapes")
    found = validate(assembly.store, read_shapes(assembly.files.shapes), progress=progress)
    found = without_consequences(assembly.store, found)
    assembly.seek(finding.focus for finding in found)
    found = located(found, assembly.locate)
    progress("checking across sources")
    crossed = [
        *across_sources(assembly.store, assembly.files, assembly), *misplaced(assembly.store, assembly, texts)
    ]  # fmt: skip
    return sorted(found + crossed, key=lambda finding: finding.severity != "Violation")


@dataclass(frozen=True)
class Built:
    """What a build did: the version that is current now, whether it is new, and what was found doubtful."""

    version: Version
    published: bool
    findings: list[Finding]


def build(
    files: ProjectFiles,
    root: Path,
    *,
    author: str = "",
    message: str = "",
    replace: bool = False,
    progress: Progress = lambda step: None,
    working_copy: "WorkingCopy | None" = None,
    texts: str = "",
    columns_from: int | None = None,
) -> Built:
    """Build the graph and publish it as a new version; the same files again publish nothing.

    What was written online since the last build is stated again in what is built. What curators decided, by the files,
    is added to what the store has of it.

    :param replace: drop what was written online and is not in the files.
    :param working_copy: of the engine that the store follows; the version is made in its copy, and sent.
    :param texts: a folder of articles, each as ``<id>.txt``, in which passages are looked up; empty for none.
    :param columns_from: triples from which the version gets columns; None for never.
    :raises DataError: something is wrong with the files; the old version goes on being served.
    :raises InputError: the current version holds online writes that cannot be told apart any more.
    :raises StoreError: the store cannot be written.
    """
    if working_copy is not None:
        working_copy.pull(progress, anew=True)
    versions = VersionStore(working_copy.root if working_copy else root)
    built = _build(files, versions, author, message, replace, progress, working_copy, texts, columns_from)
    if working_copy is not None:
        working_copy.published()
    for name in journals.names(decided := files.root / "data" / journals.DECISIONS):
        journals.merge(root / journals.DECISIONS, name, journals.path_of(decided, name).read_bytes())
    return built


def _build(
    files: ProjectFiles,
    versions: VersionStore,
    author: str,
    message: str,
    replace: bool,
    progress: Progress,
    working_copy: "WorkingCopy | None",
    texts: str,
    columns_from: int | None,
) -> Built:
    with versions.writing() as draft, BackgroundWriter(draft) as writer:
        parent = versions.current()
        online = None if replace or parent is None or not parent.online else _online(versions, parent)
        assembly = assemble(files, progress, writer, online, None if working_copy else columns_from)
        findings = check(assembly, progress, texts)
        _refuse(str(finding) for finding in findings if finding.severity == "Violation")
        progress("hashing")
        digests = digest(assembly.store, assembly.store.graphs(), draft)
        if parent is not None and parent.hash == combined(digests):
            return Built(parent, False, findings)
        assembly.online.write(draft)
        progress("writing the version")
        write_names(draft / "search.db", names_of(assembly.store))
        writer.finish()
        version = publish(
            versions,
            draft,
            digests=digests,
            findings=findings,
            triples=assembly.store.triples(),
            sources=sum(map(Rules(files).is_source, digests)),
            author=author,
            message=message,
            online=bool(assembly.online.graphs),
            confirm=partial(working_copy.push, versions.current_path() if parent else None, anew=True)
            if working_copy
            else None,
        )
        return Built(version, True, findings)


def _online(versions: VersionStore, parent: Version) -> OnlineWrites:
    if (found := online_writes(versions, parent)) is None:
        raise InputError(
            f"Version {parent.number} holds writes that the files lack, and the version that they were made on is not "
            f"kept, so they cannot be told apart. Look at them with `thidua export`, bring them into data/, or build "
            f"with --replace, which drops them."
        )
    return found


def _problems(findings: Iterable[Finding]) -> Iterator[str]:
    return (f"{finding.where}: {finding.en}" for finding in findings)


def _refuse(problems: Iterable[str]) -> None:
    found = list(problems)
    if found:
        raise DataError(found)


def _read(assembly: Assembly) -> None:
    problems: list[str] = []
    for file in assembly.files.data:
        shown = assembly.files.relative(file.path)
        try:
            assembly.store.load_turtle(file.path, file.graph, shown)
        except DataError as exc:
            prefixes = [f"{shown}:{line}: {told}" for line, told in undeclared_prefixes(_text(file.path))]
            problems += [each for each in exc.problems if not (prefixes and _UNDECLARED in each)] + prefixes
    _refuse(problems)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _unknown_in_texts(assembly: Assembly) -> Iterator[str]:
    """Terms in shapes, rules and questions that nothing declares: there they would match nothing, silently."""
    files = assembly.files
    graphs = " ".join(f"<{file.graph}>" for file in files.vocabulary)
    known = {
        row["term"].value
        for row in assembly.store.select(f"SELECT ?term {{ VALUES ?g {{ {graphs} }} GRAPH ?g {{ ?term a ?kind }} }}")
        if row["term"]
    }
    rules = [path for step in ("completion", "inference") for path in files.rules(step)]
    for path in [*files.shapes, *files.cross_checks, *rules, *files.questions]:
        for iri, line in positions(path.read_text(encoding="utf-8-sig")).mentions.items():
            if iri.startswith(_CLOSED) and iri not in known and iri not in _CLOSED:
                yield (
                    f"{files.relative(path)}:{line}: {shorten(iri)} is not declared; "
                    f"correct the spelling, or declare it in ontology/"
                )


def _broken_questions(assembly: Assembly) -> Iterator[str]:
    """Questions that the engine cannot read: asked of nothing, for an answer would take its time and is not wanted."""
    nothing = QuadStore.memory()
    for question in read_catalogue(assembly.files.questions).values():
        try:
            columns, _ = nothing.table(question.text)
        except InputError as exc:
            line = f":{exc.line}:{exc.column}" if isinstance(exc, QuerySyntaxError) and exc.line else ""
            yield f"queries/{question.name}.rq{line}: {exc}"
        else:
            if list(columns) != [column.name for column in question.columns]:
                yield (
                    f"queries/{question.name}.rq: the header explains other columns than the query has, "
                    f"{', '.join(columns)}; write one [columns.…] for each, in order"
                )
