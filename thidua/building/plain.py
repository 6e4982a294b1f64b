"""The first version of a plain store: any RDF, however large."""

from collections.abc import Callable, Sequence
from pathlib import Path

from thidua.building.bulk import BulkLoader
from thidua.columns.layout import FOLDER
from thidua.versions.publish import publish
from thidua.versions.store import Version, VersionStore


def start_plain(
    root: Path,
    files: Sequence[Path] = (),
    progress: Callable[[str], None] = lambda step: None,
    columns_from: int | None = None,
) -> Version:
    """Make the first version of a plain store, from RDF files if there are any, however large.

    :param columns_from: triples from which it gets columns; None for never.
    :raises InputError: a file does not parse, or is of no known format.
    """
    versions = VersionStore(root)
    with versions.writing() as draft:
        with BulkLoader(draft) as loader:
            for path in files:
                progress(f"reading {path.name}")
                loader.read(path)
            progress("sorting")
            loader.close()
            progress("loading")
            store, digests = loader.load(draft / "rocksdb")
            if columns_from is not None and digests[""][1] >= columns_from:
                from thidua.columns.make import make_columns  # DuckDB takes a fifth of a second to load

                progress("making columns")
                if loader.renames:
                    with loader.path.open("wb") as out:
                        store.dump_graph(out, None)
                make_columns(loader.path, draft / FOLDER)
            store.close()
        return publish(
            versions, draft, digests=digests, findings=(), triples=sum(size for _, size in digests.values()),
            sources=0, author="", message="first version",
        )  # fmt: skip
