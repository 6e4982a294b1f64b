"""What depends on whether a store is embedded or follows an engine; an HTTP client is loaded only for the latter."""

from pathlib import Path
from typing import TYPE_CHECKING

from thidua.base.errors import InputError
from thidua.engine.remote.addresses import Addresses
from thidua.rdf.quads import QuadStore

if TYPE_CHECKING:
    from thidua.engine.remote.mirror import Mirror
    from thidua.engine.remote.reader import RemoteVersion


def opened(folder: Path, addresses: Addresses | None) -> "QuadStore | RemoteVersion":
    """Open a version.

    :param addresses: of the engine that holds it; None for an embedded store.
    :raises StoreError: it is not there, or damaged.
    """
    if addresses is None:
        return QuadStore.read_only(folder / "rocksdb")
    from thidua.engine.remote.reader import RemoteVersion

    return RemoteVersion(folder, addresses)


def mirror_of(root: Path, addresses: Addresses | None) -> "Mirror | None":
    """What writes to an engine go through; None for an embedded store, which is written itself.

    :raises InputError: the engine can only be read at these addresses.
    """
    if addresses is None:
        return None
    from thidua.engine.remote.mirror import Mirror

    return Mirror(root, addresses)


def refuse_history(addresses: Addresses | None) -> None:
    """Refuse what needs more versions than the one that an engine holds.

    :raises InputError: there is an engine.
    """
    if addresses is not None:
        raise InputError(
            "A remote engine holds one version of the graph, and this asks for others; use the engine's own backups. "
            "Of an embedded store it can be had: unset THIDUA_STORE_QUERY."
        )
