"""The first version of a plain store: any RDF, however large."""

from collections.abc import Callable, Sequence
from pathlib import Path

from thidua.building.bulk import BulkLoader
from thidua.versions.publish import publish
from thidua.versions.store import Version, VersionStore


def start_plain(root: Path, files: Sequence[Path] = (), progress: Callable[[str], None] = lambda step: None) -> Version:
    """Make the first version of a plain store, from RDF files if there are any, however large.

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
        store.close()
        return publish(
            versions, draft, digests=digests, findings=(), triples=sum(size for _, size in digests.values()),
            sources=0, author="", message="first version",
        )  # fmt: skip
