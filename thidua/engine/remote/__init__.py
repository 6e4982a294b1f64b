"""The remote engine: a SPARQL 1.1 server that holds the graph, for those who outgrow one machine. No
other engine is here.

The engine holds what a version's folder holds: the quads, and in one more graph, the manifest, which version that is.
Whoever reads keeps no more than the version's description and its index of names
(:mod:`~thidua.engine.remote.replica`). Whoever writes keeps a copy as an embedded store, in which each write is made
and checked before its difference is sent (:mod:`~thidua.engine.remote.working_copy`). Both come from the engine and may
be deleted at any time.
"""

from collections.abc import Mapping

from thidua.engine.backend import Backend
from thidua.engine.remote.addresses import Addresses
from thidua.engine.remote.slot import RemoteBackend


def backend(settings: Mapping[str, object]) -> Backend | None:
    """What fills the slot, if ``THIDUA_STORE_QUERY`` is set."""
    addresses = Addresses.read(settings)
    return RemoteBackend(addresses) if addresses else None
