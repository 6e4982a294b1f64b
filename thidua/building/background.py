"""Background writer: a version's quads go to disk beside the work that finds out whether they will be published.

The engine reads text without holding Python up: what is final is dumped, and loaded on the other processor while this
one goes on with rules and checks.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from thidua.columns.layout import FOLDER
from thidua.rdf.dumps import load_dump
from thidua.rdf.quads import QuadStore


class BackgroundWriter:
    """What of a version is written while it is built; a context, at whose end what is unfinished is given up."""

    def __init__(self, folder: Path) -> None:
        """Begin an empty store.

        :param folder: the version's draft.
        """
        self._folder: Final = folder
        self._disk: Final = QuadStore.create(folder / "rocksdb")
        self._other: Final = ThreadPoolExecutor(1)
        self._tasks: Final[list[Future[None]]] = []
        self._finished = False
        self._dumps: Final[list[Path]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        for dump in self._dumps:
            with suppress(FileNotFoundError):
                os.truncate(dump, 0)  # the engine cannot be told to stop, but stops where a file ends
        self._other.shutdown(cancel_futures=True)
        for dump in self._dumps:
            dump.unlink(missing_ok=True)
        if not self._finished:
            with suppress(OSError):  # what went wrong is told already
                self._disk.close()

    def take_all(self, store: QuadStore) -> None:
        """Take every quad that a store has now.

        :raises OSError: the disk is full, or fails.
        """
        dump = self._dump()
        store.dump_quads(dump)
        self._load(dump, None)

    def take_graph(self, store: QuadStore, graph: str | None, *, columns: bool = False) -> None:
        """Take what a graph of a store, the default graph for None, has now.

        :param columns: whether columns are made of it, too.
        :raises OSError: the disk is full, or fails.
        """
        dump = self._dump()
        with dump.open("wb") as out:
            store.dump_graph(out, graph)
        self._load(dump, graph, columns)

    def take_completed(self, added: Mapping[str, Iterable[str]]) -> None:
        """Take what the completion rules added: names of graphs, and N-Triples lines without their ends."""
        self._do(lambda: QuadStore.write(self._folder / "completed", added))

    def compact(self) -> None:
        """Order the store's files; nothing can be taken afterwards."""
        self._do(self._disk.compact)

    def finish(self) -> None:
        """Wait until everything is on disk, and let go of the files.

        :raises OSError: the disk is full, or fails.
        """
        for task in self._tasks:
            task.result()
        self._finished = True
        self._disk.close()

    def _dump(self) -> Path:
        self._dumps.append(self._folder / f"dump-{len(self._dumps)}.nq")
        return self._dumps[-1]

    def _do(self, task: Callable[[], None]) -> None:
        self._tasks.append(self._other.submit(task))

    def _load(self, dump: Path, graph: str | None, columns: bool = False) -> None:
        def load() -> None:
            if columns:
                from thidua.columns.make import make_columns  # DuckDB takes a fifth of a second to load

                make_columns(dump, self._folder / FOLDER)
            load_dump(self._disk, dump, graph)
            dump.unlink()

        self._do(load)
