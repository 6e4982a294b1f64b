"""Registry look-ups for records: which people, posts, bodies, documents and units there are, by id and by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from thidua.base.files import ProjectFiles
from thidua.rdf.cells import Cell

#: The rows of a SELECT: :meth:`thidua.graph.Snapshot.select`, or of a store of ours.
Select = Callable[[str], list[dict[str, Cell | None]]]


@dataclass(frozen=True)
class Registry:
    """What the graph has a name for."""

    labels: Mapping[str, str]
    """Short IRI, such as ``person:nguyen-khac-than``, to its Vietnamese name."""

    @classmethod
    def of(cls, select: Select) -> "Registry":
        """From a graph: a snapshot's, or one that the registry's files were read into."""
        return cls({})

    @classmethod
    def read(cls, files: ProjectFiles) -> "Registry":
        """From a project's files, read once."""
        return _read(files.root)


@lru_cache(maxsize=4)
def _read(root: Path) -> Registry:
    return Registry({})
