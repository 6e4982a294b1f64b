"""The embedded engine: a version is a folder of RocksDB files, which pyoxigraph reads in whichever process asks."""

from collections.abc import Mapping
from pathlib import Path

from thidua.engine.backend import Backend, VersionReader
from thidua.rdf.quads import QuadStore


class EmbeddedBackend(Backend):
    """Opens the store in a version's folder."""

    def open(self, folder: Path) -> VersionReader:
        return QuadStore.read_only(folder / "rocksdb")


def backend(settings: Mapping[str, object]) -> Backend:
    """What fills the slot; it has no settings."""
    return EmbeddedBackend()
