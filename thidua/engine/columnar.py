"""Columnar engine: answers from a version's columns what these answer exactly; the rest is the triple store's."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from thidua.columns.compiler import compiled
from thidua.columns.duck import Columns
from thidua.columns.errors import NotCompiledError
from thidua.columns.layout import FOLDER
from thidua.engine.backend import VersionReader
from thidua.engine.execute import ResultFile
from thidua.rdf.answer import Answer

#: Queries that stay compiled, of each version.
_KEPT: Final = 200


class ColumnarReader(VersionReader):
    """A version's columns, opened for reading; only :meth:`query` is meant to be asked of it."""

    def __init__(self, folder: Path, memory: int, answer: float = float("inf")) -> None:
        """Open them.

        :param folder: the version's.
        :param memory: megabytes that an answer may take while it is worked out.
        :param answer: bytes that it may have in the end.
        :raises StoreError: they are not there, or damaged.
        """
        self._columns = Columns(folder / FOLDER, memory=memory)
        self._answer = answer
        self._compiled = lru_cache(_KEPT)(lambda text, base: compiled(text, self._columns, base))

    def query(
        self,
        text: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
    ) -> Answer:
        """Run a query over the default graph.

        :raises NotCompiledError: a part of it has no exact translation.
        :raises NotExactError: its answer is not determined, or a number in it is too large.
        :raises QueryMemoryError: it needs more memory than it may take.
        """
        if default_graphs or named_graphs:
            raise NotCompiledError("a query over the graphs named beside it")
        query = self._compiled(text, base)
        rows = self._columns.rows(query)
        if query.form == "ASK":
            return Answer.of_truth(any(True for _ in rows))
        return Answer.of_rows(query.variables, rows, ResultFile(self._answer, stretch=2))
