"""Remote engine in its slot; an HTTP client, which takes a tenth of a second to load, is loaded when it is needed."""

from pathlib import Path

from thidua.engine.backend import Backend, Replica, VersionReader, WorkingCopy
from thidua.engine.remote.addresses import Addresses


class RemoteBackend(Backend):
    """A SPARQL server at some addresses."""

    is_remote: bool = True

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def open(self, folder: Path) -> VersionReader:
        from thidua.engine.remote.reader import RemoteVersion

        return RemoteVersion(folder, self._addresses)

    def environment(self) -> dict[str, str]:
        return super().environment() | self._addresses.as_environment()

    def replica(self, root: Path) -> Replica:
        from thidua.engine.remote.replica import RemoteReplica

        return RemoteReplica(root, self._addresses)

    def working_copy(self, root: Path) -> WorkingCopy:
        from thidua.engine.remote.working_copy import RemoteWorkingCopy

        return RemoteWorkingCopy(root, self._addresses)
