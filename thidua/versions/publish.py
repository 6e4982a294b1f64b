"""Publishing: what a version's folder holds beside the quads, and how a finished draft becomes a version.

``graphs.json`` has each graph's hash, so that a write hashes only what it changed; ``completed/`` the statements that
the completion rules added to each graph, so that they can be drawn again; ``findings.json`` what the checks found
doubtful; ``search.db`` the names.
"""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import Finding, StoreError
from thidua.rdf.quads import QuadStore
from thidua.versions.sort_lines import ExternalSort
from thidua.versions.store import Digests, Version, VersionStore, combined

#: Triples of a graph that is not sorted in memory, where they take about 400 bytes each.
_LARGE: Final = 1_000_000
_PIECE: Final = 1 << 20


def digest(store: QuadStore, graphs: Iterable[str | None], room: Path | None = None) -> Digests:
    """The hash and the size of each graph.

    :param room: a folder in which the lines of large graphs may be sorted, rather than in memory.
    :raises OSError: the disk is full, or fails.
    """
    found = {}
    for graph in graphs:
        size = store.size(graph)
        large = _sorted_hash(store, graph, room) if room and size > _LARGE else None
        found[graph or ""] = large or store.graph_hash(graph), size
    return found


def _sorted_hash(store: QuadStore, graph: str | None, room: Path) -> str | None:
    """What :meth:`~thidua.rdf.quads.QuadStore.graph_hash` gives; None where there may be blank nodes."""
    with ExternalSort(room / "graph.nt") as sorting:
        with suppress(BrokenPipeError):  # `close` knows why `sort` ended
            store.dump_graph(sorting.lines, graph)
        sorting.close()
        digest, rest = hashlib.sha256(), b""
        with sorting.path.open("rb") as file:
            while piece := file.read(_PIECE):
                if b"_:" in rest + piece:
                    return None
                digest.update(piece)
                rest = piece[-1:]
    return digest.hexdigest()


def publish(
    versions: VersionStore,
    draft: Path,
    *,
    digests: Digests,
    findings: Iterable[Finding],
    triples: int,
    sources: int,
    author: str,
    message: str,
    online: bool = False,
    confirm: Callable[[Path, Version], None] | None = None,
) -> Version:
    """Describe a finished draft and make it the current version.

    Call while :meth:`~thidua.versions.store.VersionStore.writing`, which says what to do when the disk is full.

    :param confirm: called with the draft, complete, before anybody can see it; if that fails, nothing is published.
    """
    findings = list(findings)
    parent = versions.current()
    describe_version(draft, digests, findings)
    version = Version(
        number=versions.next_number(),
        time=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        author=author,
        message=message,
        hash=combined(digests),
        parent=parent.number if parent else None,
        triples=triples,
        sources=sources,
        warnings=len(findings),
        online=online,
    )
    if confirm is not None:
        versions.write(draft, version)
        confirm(draft, version)
    versions.publish(draft, version)
    return version


def describe_version(draft: Path, digests: Digests, findings: Iterable[Finding]) -> None:
    """Write what is known of a version's graphs."""
    _write(draft / "graphs.json", digests)
    _write(draft / "findings.json", [asdict(finding) for finding in findings])


def read_findings(folder: Path) -> list[Finding]:
    """What the checks of a published version found.

    :raises StoreError: the version is damaged.
    """
    try:
        return [Finding(**each) for each in _read(folder / "findings.json")]
    except (OSError, ValueError, TypeError) as exc:
        raise StoreError(f"{folder} is damaged ({exc}); build the store again") from exc


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
