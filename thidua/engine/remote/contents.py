"""What an engine holds of a version, as lines of N-Triples without their ends: its graphs, and its manifest.

The manifest is a graph that tells which version the others are. Its subject :data:`MANIFEST` has the state, the version
and the findings; each graph has its digest, and a statement for each triple that the completion rules added to it, so
that a copy can go on where another one stopped. Blank nodes have IRIs in the engine, made of what their graph says:
an update could not name them otherwise.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from thidua.base.errors import EngineError, Finding
from thidua.base.terms import BASE
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import literal_term
from thidua.rdf.quads import QuadStore
from thidua.versions.publish import read_findings
from thidua.versions.store import Digests, Version, VersionStore, read_digests

#: Engines hold it by this name since the first version.
MANIFEST: Final = BASE + "record"
STATE: Final = MANIFEST + "#state"
_VERSION: Final = MANIFEST + "#version"
_FINDINGS: Final = MANIFEST + "#findings"
_DIGEST: Final = MANIFEST + "#digest"
_COMPLETED: Final = MANIFEST + "#completed"
#: A graph, None for the default graph, and a triple as N-Triples has it.
Quad = tuple[str | None, str]
#: What blank nodes are called: https://www.w3.org/TR/rdf11-concepts/#section-skolemization
_GENID: Final = BASE + ".well-known/genid/"


def lines_of(store: QuadStore, graph: str, digests: Digests) -> set[str]:
    """A named graph as the engine holds it."""
    sha, _ = digests[graph]
    return {_skolemised(line, sha[:16]) for line in store.canonical_lines(graph)}


def everything(folder: Path) -> Iterator[Quad]:
    """All that an engine holds of a version, but for the state: graph by graph, read as it is asked for."""
    store, digests = QuadStore.read_only(folder / "rocksdb"), read_digests(folder)
    blank: list[Quad] = []
    with TemporaryFile() as file:
        for graph in (None, *digests):
            file.seek(0)
            file.truncate()
            store.dump_graph(file, graph)
            file.seek(0)
            lines = (line[:-3].decode() for line in file)
            if graph is None:
                yield from ((None, line) for line in lines if not _names(line, "_:"))
            elif any(_names(line, "_:") for line in lines):
                named = lines_of(store, graph, digests)
                yield from ((graph, line) for line in named)
                blank += [(None, line) for line in named if is_of_blank(line)]
            else:
                file.seek(0)
                yield from ((graph, line[:-3].decode()) for line in file)
    yield from blank
    yield from ((MANIFEST, line) for line in manifest_of(folder))


def is_of_blank(line: str) -> bool:
    """Whether a line names what is a blank node elsewhere."""
    return _names(line, f"<{_GENID}")


def _names(line: str, beginning: str) -> bool:
    """Whether the subject or the object of a line begins so."""
    return line.startswith(beginning) or line.split(" ", 2)[2].startswith(beginning)


def with_blanks(lines: Iterable[str]) -> set[str]:
    """What the engine holds of a graph, with its blank nodes again."""
    return {_term_by_term(line, _unskolemised) for line in lines}


def _skolemised(line: str, tag: str) -> str:
    if "_:" not in line:
        return line
    return _term_by_term(line, lambda term: f"<{_GENID}{tag}-{term[2:]}>" if term.startswith("_:") else term)


def _unskolemised(term: str) -> str:
    return f"_:b{term[len(_GENID) + 1 : -1].replace('-', '')}" if term.startswith(f"<{_GENID}") else term


def _term_by_term(line: str, change: Callable[[str], str]) -> str:
    subject, predicate, value = line.split(" ", 2)
    return f"{change(subject)} {predicate} {change(value)}"


def manifest_of(folder: Path) -> set[str]:
    """The manifest of a version, but for its state.

    :raises StoreError: the version is damaged.
    """
    version = json.dumps(asdict(VersionStore.read(folder)), ensure_ascii=False)
    findings = json.dumps([asdict(finding) for finding in read_findings(folder)], ensure_ascii=False)
    lines = {_said(MANIFEST, _VERSION, version), _said(MANIFEST, _FINDINGS, findings)}
    lines |= {_said(graph, _DIGEST, f"{sha} {size}") for graph, (sha, size) in read_digests(folder).items()}
    completed = QuadStore.read_only(folder / "completed")
    return lines | {_said(graph, _COMPLETED, line) for graph in completed.graphs() for line in completed.lines(graph)}


class Manifest:
    """A manifest as it was read."""

    def __init__(self, rows: Iterable[dict[str, Cell | None]]) -> None:
        """Understand the triples of the manifest: rows of ``?s ?p ?o``.

        :raises EngineError: they are no manifest.
        """
        said: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            subject, predicate, value = row["s"], row["p"], row["o"]
            assert subject and predicate and value
            said.setdefault(predicate.value, []).append((subject.value, value.value))
        try:
            ((_, version),) = said[_VERSION]
            ((_, findings),) = said[_FINDINGS]
            self.version: Final = Version(**json.loads(version))
            self.findings: Final = [Finding(**each) for each in json.loads(findings)]
            pairs = ((graph, value.split(" ")) for graph, value in said.get(_DIGEST, ()))
            self.digests: Final[Digests] = {graph: (sha, int(size)) for graph, (sha, size) in pairs}
        except (KeyError, ValueError, TypeError) as exc:
            raise EngineError(f"the engine's record of its version, <{MANIFEST}>, is damaged: {exc!r}") from exc
        self.completed: Final[dict[str, set[str]]] = {}
        """Each graph, with the lines that the completion rules added to it."""
        for graph, line in said.get(_COMPLETED, ()):
            self.completed.setdefault(graph, set()).add(line)


#: What a reader needs of the manifest, and what a copy needs.
DESCRIPTION: Final = (
    f"SELECT ?s ?p ?o {{ VALUES ?p {{ <{_VERSION}> <{_FINDINGS}> <{_DIGEST}> }} GRAPH <{MANIFEST}> {{ ?s ?p ?o }} }}"
)
WHOLE: Final = f"SELECT ?s ?p ?o {{ GRAPH <{MANIFEST}> {{ ?s ?p ?o }} }}"


def _said(subject: str, predicate: str, text: str) -> str:
    return f"<{subject}> <{predicate}> {literal_term(text)}"
