"""Layout of a columnar copy: a folder of Parquet files, and the manifest that says what they hold.

The dictionary is (id, value, tail), each predicate (s, o). Either has a file that was made with the first version of
a copy, and beside it what later versions added and removed. Files are never changed, so versions share them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import StoreError
from thidua.columns.terms import Kind, Kinds

#: Of a version's folder.
FOLDER: Final = "columns"
#: Counts up when files of before cannot be read any more; a copy of another format is passed over.
FORMAT: Final = 1
_MANIFEST: Final = "columns.json"


@dataclass(frozen=True)
class Predicate:
    """Where the rows of a predicate are, and what they may hold."""

    number: int
    base: str = ""
    added: str = ""
    """Rows that the base lacks."""
    removed: str = ""
    """Rows that only the base has."""
    rows: int = 0
    subjects: Kinds = frozenset()
    objects: Kinds = frozenset()

    @property
    def table(self) -> str:
        """Its name in SQL."""
        return f"p{self.number}"


@dataclass(frozen=True)
class Manifest:
    """What a copy is made of."""

    predicates: Mapping[str, Predicate]
    """By IRI."""
    terms: tuple[str, ...]
    """Files of the dictionary: the base, and what was added since."""
    last: Mapping[Kind, int]
    """The last number that the dictionary gave to each kind."""
    shrunk: bool = False
    """Whether triples were removed, so that the dictionary may have terms that no triple has."""

    def names(self) -> set[str]:
        """The names of all files but the manifest's own."""
        tables = (name for each in self.predicates.values() for name in (each.base, each.added, each.removed) if name)
        return {*self.terms, *tables}


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Say what a finished folder holds; until then nobody takes it for a copy."""
    document = {
        "format": FORMAT,
        "predicates": {iri: asdict(each) | {"subjects": sorted(each.subjects), "objects": sorted(each.objects)}
                       for iri, each in sorted(manifest.predicates.items())},
        "terms": manifest.terms,
        "last": {kind.name: number for kind, number in manifest.last.items()},
        "shrunk": manifest.shrunk,
    }  # fmt: skip
    (folder / _MANIFEST).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def is_there(version: Path) -> bool:
    """Whether a version has a copy; whether it can be read is another matter."""
    return (version / FOLDER / _MANIFEST).is_file()


def read_manifest(folder: Path) -> Manifest:
    """What a copy holds.

    :raises StoreError: there is none of this format, or it is damaged.
    """
    try:
        document: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise StoreError(f"{folder} has columns of format {document['format']}; build the store again")
        return Manifest(
            {iri: _predicate(each) for iri, each in document["predicates"].items()},
            tuple(document["terms"]),
            {Kind[name]: number for name, number in document["last"].items()},
            bool(document["shrunk"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StoreError(f"{folder} is damaged ({exc}); build the store again") from exc


def _predicate(each: dict[str, Any]) -> Predicate:
    kinds = {side: frozenset(map(Kind, each[side])) for side in ("subjects", "objects")}
    return Predicate(**each | kinds)
