"""The embedded engine: queries run in this process, for the command line, notebooks and tests."""

from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from thidua.base.errors import NotAcceptableError
from thidua.base.formats import GRAPHS, RESULTS
from thidua.base.temporary import temporary_file
from thidua.engine.opening import opened
from thidua.engine.query import Caller, Query, Written
from thidua.engine.remote.addresses import Addresses
from thidua.rdf.cells import Record
from thidua.rdf.dumps import write_dump
from thidua.rdf.excerpt import excerpt
from thidua.rdf.quads import QuadStore
from thidua.versions.diff import compare

if TYPE_CHECKING:
    from thidua.engine.remote.reader import RemoteVersion


class InProcess:
    """Runs queries here, without limits: for the command line, notebooks and tests."""

    def __init__(self, addresses: Addresses | None = None) -> None:
        self._addresses = addresses
        self._opened: tuple[Path, QuadStore | RemoteVersion] | None = None

    def query(self, folder: Path, query: Query, caller: Caller) -> Written:
        answer = self._store(folder).query(
            query.text, default_graphs=query.default_graphs, named_graphs=query.named_graphs, base=query.base
        )
        media_type = query.graphs if answer.form == "GRAPH" else query.results
        if media_type is None:
            offers = tuple(GRAPHS if answer.form == "GRAPH" else RESULTS)
            raise NotAcceptableError(f"A {answer.form} answer does not come in that format.", offers)
        out = BytesIO(answer.write(media_type))
        return Written(answer.form, media_type, excerpt(out, answer.form, query.rows, query.turtle))

    def table(self, folder: Path, text: str, caller: Caller) -> tuple[tuple[str, ...], list[Record]]:
        columns, records = self._store(folder).table(text)
        return columns, list(records)

    def graph(self, folder: Path, graph: str | None, media_type: str, caller: Caller) -> Written:
        out = BytesIO()
        self._store(folder).write_graph(out, media_type, graph)
        out.seek(0)
        return Written("GRAPH", media_type, out)

    def dump(self, folder: Path, media_type: str, compressed: bool, caller: Caller) -> Written:
        with ExitStack() as unfinished:
            out = unfinished.enter_context(temporary_file())
            media_type = write_dump(self._store(folder), out, media_type, compressed)
            out.seek(0)
            unfinished.pop_all()
        return Written("GRAPH", media_type, out)

    def compared(self, folder: Path, other: Path, media_type: str, language: str, caller: Caller) -> Written:
        return Written("DIFF", media_type, BytesIO(compare(folder, other).write(media_type, language)))

    def _store(self, folder: Path) -> "QuadStore | RemoteVersion":
        if self._opened is None or self._opened[0] != folder:
            self._opened = (folder, opened(folder, self._addresses))
        return self._opened[1]
