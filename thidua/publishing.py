"""What a version's folder holds beside the quads, and how a finished draft becomes a version.

``graphs.json`` has each graph's hash, so that a write hashes only what it changed; ``completed/`` the statements that
the completion rules added to each graph, so that they can be drawn again; ``findings.json`` what the checks found
doubtful; ``search.db`` the names.
"""

import datetime
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from thidua.errors import Finding, StoreError
from thidua.names import Name
from thidua.rows import Cell
from thidua.store import QuadStore
from thidua.terms import BASE, CONCEPT, ID, PREFIXES
from thidua.versions import Digests, Version, VersionStore, combined

_SKOS: Final = PREFIXES["skos"]


def digest(store: QuadStore, graphs: Iterable[str | None]) -> Digests:
    """The hash and the size of each graph."""
    return {graph or "": (store.graph_hash(graph), store.size(graph)) for graph in graphs}


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
) -> Version:
    """Describe a finished draft and make it the current version.

    Call while :meth:`~thidua.versions.VersionStore.writing`, which says what to do when the disk is full.
    """
    findings = list(findings)
    parent = versions.current()
    _write(draft / "graphs.json", digests)
    _write(draft / "findings.json", [asdict(finding) for finding in findings])
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
    versions.publish(draft, version)
    return version


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


def names_of(store: QuadStore) -> Iterator[tuple[Name, list[str]]]:
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
