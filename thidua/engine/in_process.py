"""In-process engine: requests run here, without limits, for the command line, notebooks and tests."""

from pathlib import Path

from thidua.engine.backend import Backend, VersionReader
from thidua.engine.embedded import EmbeddedBackend
from thidua.engine.execute import ResultFile, execute
from thidua.engine.query import Caller, Engine, Request, SerializedResult
from thidua.rdf.cells import Record


class InProcess(Engine):
    """Runs requests in this process; the version asked last stays open."""

    def __init__(self, backend: Backend | None = None) -> None:
        self._backend = backend or EmbeddedBackend()
        self._opened: tuple[Path, VersionReader] | None = None

    def execute(self, folder: Path, request: Request, caller: Caller) -> SerializedResult:
        return execute(request, folder, self._open, ResultFile())

    def table(self, folder: Path, text: str, caller: Caller) -> tuple[tuple[str, ...], list[Record]]:
        columns, records = self._open(folder).table(text)
        return columns, list(records)

    def _open(self, folder: Path) -> VersionReader:
        if self._opened is None or self._opened[0] != folder:
            self._opened = (folder, self._backend.open(folder))
        return self._opened[1]
