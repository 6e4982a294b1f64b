"""From files to a published version: read, complete, infer, check, publish.

Each step looks at the whole graph and gathers everything wrong before it gives up, so that a curator mends a file
once, not error by error.
"""

import datetime
import logging
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from thidua.catalogue import read_catalogue
from thidua.errors import DataError, InputError, QuerySyntaxError
from thidua.files import ProjectFiles, SourceFile
from thidua.names import Name, write_names
from thidua.rows import Cell
from thidua.store import QuadStore
from thidua.terms import BASE, CONCEPT, GRAPH, ID, INFERRED, ONTOLOGY, PREFIXES, shorten
from thidua.text import fold
from thidua.turtle import Positions, positions
from thidua.validation import Finding, read_shapes, validate
from thidua.versions import Version, VersionStore

log = logging.getLogger(__name__)

Progress = Callable[[str], None]
_SKOS = PREFIXES["skos"]
#: The languages that the ontology is written in, whose terms it need not declare.
_LANGUAGES = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl", "xsd"))
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
    texts: dict[str, list[tuple[str, Positions]]] = field(default_factory=dict)
    """Graph name to (file as shown, positions)."""

    def locate(self, subject: str, predicate: str | None = None) -> str:
        """``file:line`` where a thing is described, sources first; empty when no file does."""
        best = ""
        for graph in sorted(self.texts, key=lambda name: name in self._shared):
            for shown, found in self.texts[graph]:
                line = found.line(subject, predicate)
                if line and (not best or (subject, predicate) in found.statements):
                    best = f"{shown}:{line}"
                    if (subject, predicate) in found.statements:
                        return best
        return best

    def mention(self, iri: str, graph: str | None = None) -> str:
        """``file:line`` where an IRI is first written, in one graph's files or in any."""
        for name, texts in self.texts.items():
            for shown, found in texts:
                if iri in found.mentions and graph in (None, name):
                    return f"{shown}:{found.mentions[iri]}"
        return ""

    @property
    def _shared(self) -> set[str]:
        return {file.graph for file in self.files.vocabulary + self.files.registry}


def assemble(files: ProjectFiles, progress: Progress = lambda step: None) -> Assembly:
    """Read, complete and infer: the whole graph, unchecked but for what would make the next step meaningless.

    :raises DataError: a file does not parse, uses a term nobody declared, or links to nothing.
    """
    assembly = Assembly(files)
    progress("reading files")
    _read(assembly)
    _refuse([*_undeclared(assembly), *_unknown_in_texts(assembly)])
    progress("completing sources")
    _complete(assembly)
    progress("inferring")
    _infer(assembly)
    _refuse([*_dangling(assembly), *_broken_questions(assembly)])
    return assembly


def check(assembly: Assembly, progress: Progress = lambda step: None) -> list[Finding]:
    """Everything the shapes and the checks across sources find, worst first."""
    progress("checking shapes")
    found = validate(
        assembly.store.n_triples(),
        read_shapes(assembly.files.shapes),
        lambda focus, path: assembly.locate(focus, path),
    )
    progress("checking across sources")
    crossed = [finding for path in assembly.files.cross_checks for finding in _cross_check(assembly, path)]
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
    progress: Progress = lambda step: None,
) -> Built:
    """Build the graph and publish it as a new version; the same files again publish nothing.

    :raises DataError: something is wrong with the files; the old version goes on being served.
    :raises StoreError: the store cannot be written.
    """
    versions = VersionStore(root)
    with versions.writing() as draft:
        assembly = assemble(files, progress)
        findings = check(assembly, progress)
        _refuse(str(finding) for finding in findings if finding.severity == "Violation")
        progress("hashing")
        digest = assembly.store.canonical_hash()
        parent = versions.current()
        if parent is not None and parent.hash == digest:
            return Built(parent, False, findings)
        progress("writing the version")
        assembly.store.save(draft / "rocksdb")
        write_names(draft / "search.db", _names(assembly.store))
        newest = max((version.number for version in versions.all()), default=0)
        version = Version(
            number=newest + 1,
            time=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            author=author,
            message=message,
            hash=digest,
            parent=parent.number if parent else None,
            triples=assembly.store.triples(),
            sources=len(files.sources),
            warnings=len(findings),
        )
        versions.publish(draft, version)
        return Built(version, True, findings)


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
            text = file.path.read_text(encoding="utf-8")
        except DataError as exc:
            problems += exc.problems
        else:
            assembly.texts.setdefault(file.graph, []).append((shown, positions(text)))
    _refuse(problems)


def _undeclared(assembly: Assembly) -> Iterator[str]:
    """Terms used as a property or a class, or standing in our namespaces, that the ontology does not declare."""
    declared = {
        row["term"].value
        for row in assembly.store.select(f"SELECT ?term {{ GRAPH <{GRAPH}ontology> {{ ?term a ?kind }} }}")
        if row["term"]
    }
    used = assembly.store.select(
        """SELECT DISTINCT ?graph ?term ?as {
          { GRAPH ?graph { ?s ?term ?o } BIND("property" AS ?as) }
          UNION { GRAPH ?graph { ?s a ?term } BIND("class" AS ?as) } }"""
    )
    for row in used:
        graph, term, role = row["graph"], row["term"], row["as"]
        assert graph and term and role
        if term.value in declared or term.value.startswith(_LANGUAGES) or term.kind == "blank":
            continue
        where = assembly.mention(term.value, graph.value)
        yield (
            f"{where}: {shorten(term.value)} is not declared as a {role.value}; "
            f"correct the spelling, or declare it in ontology/thidua.ttl"
        )


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
        for iri, line in positions(path.read_text(encoding="utf-8")).mentions.items():
            if iri.startswith(_CLOSED) and iri not in known and iri not in _CLOSED:
                yield (
                    f"{files.relative(path)}:{line}: {shorten(iri)} is not declared; "
                    f"correct the spelling, or declare it in ontology/"
                )


def _broken_questions(assembly: Assembly) -> Iterator[str]:
    """Questions that the engine cannot read."""
    for question in read_catalogue(assembly.files.questions).values():
        try:
            columns, _ = assembly.store.table(question.text)
        except InputError as exc:
            line = f":{exc.line}:{exc.column}" if isinstance(exc, QuerySyntaxError) and exc.line else ""
            yield f"queries/{question.name}.rq{line}: {exc}"
        else:
            if list(columns) != [column.name for column in question.columns]:
                yield (
                    f"queries/{question.name}.rq: the header explains other columns than the query has, "
                    f"{', '.join(columns)}; write one [columns.…] for each, in order"
                )


def _complete(assembly: Assembly) -> None:
    """Run the completion rules over each registry and each source until they add nothing."""
    files = assembly.files
    shared = [file.graph for file in files.vocabulary + files.registry]
    rules = [(path, path.read_text(encoding="utf-8")) for path in files.rules("completion")]
    for source in files.registry + files.sources:
        over = [source.graph, *shared]
        while sum(_run_rule(assembly, rule, over, source) for rule in rules):
            pass


def _run_rule(assembly: Assembly, rule: tuple[Path, str], over: list[str], source: SourceFile | None = None) -> int:
    path, text = rule
    try:
        if source is None:
            return assembly.store.construct(text, into=INFERRED)
        return assembly.store.construct(text, over=over, named=[source.graph], into=source.graph)
    except (QuerySyntaxError, InputError) as exc:
        raise DataError([f"{assembly.files.relative(path)}: {exc}"]) from exc


def _infer(assembly: Assembly) -> None:
    """Merge the graphs, infer over the merge until nothing is new, and merge again."""
    store = assembly.store
    store.merge()
    rules = [(path, path.read_text(encoding="utf-8")) for path in assembly.files.rules("inference")]
    store.add_literals(_hidden_labels(store), INFERRED)
    while sum(_run_rule(assembly, rule, []) for rule in rules):
        store.merge()
    store.merge()


def _hidden_labels(store: QuadStore) -> Iterator[tuple[str, str, str]]:
    """Names without tone marks, so that plain SPARQL finds *ninh binh* on any engine."""
    labels = store.select(
        f"""SELECT DISTINCT ?thing ?label {{
          ?thing <{_SKOS}prefLabel>|<{_SKOS}altLabel> ?label
          FILTER(isIRI(?thing) && LANG(?label) = "vi") }}"""
    )
    for row in labels:
        thing, label = row["thing"], row["label"]
        assert thing and label
        if fold(label.value) != label.value:
            yield thing.value, _SKOS + "hiddenLabel", fold(label.value)


def _dangling(assembly: Assembly) -> Iterator[str]:
    """Links into our own namespace that lead nowhere."""
    rows = assembly.store.select(
        f"""SELECT DISTINCT ?s ?p ?o {{
          ?s ?p ?o
          FILTER(isIRI(?o) && (STRSTARTS(STR(?o), "{ID}") || STRSTARTS(STR(?o), "{CONCEPT}")
            || STRSTARTS(STR(?o), "{ONTOLOGY}#")))
          FILTER NOT EXISTS {{ ?o ?any ?thing }} }} ORDER BY ?o ?s"""
    )
    for row in rows:
        subject, predicate, target = row["s"], row["p"], row["o"]
        assert subject and predicate and target
        where = assembly.mention(target.value) or assembly.locate(subject.value, predicate.value)
        yield (
            f"{where}: {shorten(subject.value)} {shorten(predicate.value)} links to {shorten(target.value)}, "
            f"which nothing describes; correct the name, or add it to data/registry/"
        )


def _cross_check(assembly: Assembly, path: Path) -> Iterator[Finding]:
    """Run one check that looks at named graphs; each row is a finding."""
    text = path.read_text(encoding="utf-8")
    try:
        header = tomllib.loads("\n".join(line[2:].strip() for line in text.splitlines() if line.startswith("#+")))
        rows = list(assembly.store.select(text))
        code, severity = header["code"], header["severity"]
        vi, en = header["message_vi"], header["message_en"]
    except (tomllib.TOMLDecodeError, KeyError, QuerySyntaxError) as exc:
        raise DataError([f"{assembly.files.relative(path)}: {exc}"]) from exc
    for row in rows:
        focus, value, graph = row.get("focus"), row.get("value"), row.get("graph")
        assert focus
        where = assembly.mention(focus.value, graph.value) if graph else ""
        yield Finding(
            severity, path.stem, focus.value, None, value.value if value else None,
            vi if vi.startswith(code) else f"{code} {vi}", en if en.startswith(code) else f"{code} {en}",
            where or assembly.locate(focus.value),
        )  # fmt: skip


def _names(store: QuadStore) -> Iterator[tuple[Name, list[str]]]:
    """Everything that has a name, with all its spellings and its dates."""
    rows = store.select(
        f"""PREFIX td: <{PREFIXES["td"]}> PREFIX skos: <{_SKOS}> PREFIX schema: <{PREFIXES["schema"]}>
        PREFIX dct: <{PREFIXES["dct"]}>
        SELECT ?thing ?label ?preferred ?start ?end {{
          ?thing skos:prefLabel|skos:altLabel|skos:hiddenLabel|schema:name|dct:identifier ?label
          FILTER(STRSTARTS(STR(?thing), "{BASE}"))
          OPTIONAL {{ ?thing skos:prefLabel ?preferred FILTER(LANG(?preferred) = "vi") }}
          OPTIONAL {{ ?thing td:startDate ?start }}
          OPTIONAL {{ ?thing td:endDate ?end }}
        }} ORDER BY ?thing ?label"""
    )
    things: dict[str, tuple[Name, set[str]]] = {}
    for row in rows:
        thing, label = row["thing"], row["label"]
        assert thing and label
        local = thing.value.rpartition("/")[2]
        name, spellings = things.setdefault(
            thing.value,
            (
                Name(
                    thing.value,
                    _kind(thing.value),
                    _text(row["preferred"]) or label.value,
                    _text(row["start"]),
                    _text(row["end"]),
                ),
                {local},
            ),
        )
        spellings.add(label.value)
    for name, spellings in things.values():
        yield name, sorted(spellings)


def _kind(iri: str) -> str:
    return "concept" if iri.startswith(CONCEPT) else iri.removeprefix(ID).partition("/")[0]


def _text(cell: Cell | None) -> str:
    return cell.value if cell else ""
