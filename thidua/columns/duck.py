"""DuckDB over a columnar copy: the home of the engine that answers in this process.

It reads the copy's own folder and nothing else, and its configuration is locked before a query comes.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
from sqlglot import exp

from thidua.base.errors import QueryMemoryError, StoreError
from thidua.columns.compiler import ANSWER, Compiled, Cut
from thidua.columns.errors import NotExactError
from thidua.columns.fragments import quoted
from thidua.columns.layout import Manifest, Predicate, read_manifest
from thidua.columns.scope import TERMS
from thidua.columns.terms import Term

#: Rows that are fetched at once.
_AT_ONCE: Final = 10_000
_NOTHING: Final = "SELECT 0::BIGINT AS s, 0::BIGINT AS o WHERE false"
#: The table of those terms that an answer has.
_NAMED: Final = "named"
Row = tuple[str | None, ...]


class Columns:
    """A copy, opened for reading."""

    def __init__(self, folder: Path, *, memory: int = 1_000, threads: int = 1) -> None:
        """Open it.

        :param memory: megabytes that a query may take; there is no disk to go to beyond that.
        :raises StoreError: it is not there, or damaged.
        """
        self._folder = folder
        self._manifest: Final[Manifest] = read_manifest(folder)
        config: dict[str, Any] = {
            "threads": threads, "memory_limit": f"{memory}MB", "temp_directory": "",
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }  # fmt: skip
        self.database: Final = duckdb.connect(":memory:", config=config)
        """DuckDB itself, for measuring."""
        self.database.execute(f"SET allowed_directories = [{quoted(str(folder))}]")
        self.database.execute("SET enable_external_access = false; SET lock_configuration = true")
        self._tables: set[str] = set()
        self._view(TERMS, self._files(self._manifest.terms))

    @property
    def predicates(self) -> Mapping[str, Predicate]:
        return self._manifest.predicates

    def number(self, term: Term) -> int | None:
        (first, end) = (term.kind.first, term.kind.end)
        with _damage_told(self._folder):
            rows = self.database.execute(
                f"SELECT id FROM {TERMS} WHERE value = ? AND tail = ? AND id BETWEEN ? AND ?",
                [term.value, term.tail, first, end - 1],
            ).fetchall()
        return int(rows[0][0]) if rows else None

    def occurs(self, number: int) -> bool:
        if not self._manifest.shrunk:
            for kind, last in self._manifest.last.items():
                if kind.first <= number < kind.end:
                    return number <= kind.first + last
        tables = (f"({self._rows_of(each)})" for each in self.predicates.values())
        with _damage_told(self._folder):
            return any(
                self.database.execute(
                    f"SELECT 1 FROM {table} WHERE s = ? OR o = ? LIMIT 1", [number, number]
                ).fetchall()
                for table in tables
            )

    def rows(self, compiled: Compiled) -> Iterator[Row]:
        """The rows of a query: each term as N-Triples writes it, None where it is unbound.

        :raises NotExactError: they are not determined by the query, or a number is too large.
        :raises QueryMemoryError: it needs more memory than it may take.
        """
        found, names, shown = self.statements(compiled)
        try:
            self.database.execute(f"CREATE OR REPLACE TEMP TABLE {ANSWER} AS {found}")
            self.database.execute(f"CREATE OR REPLACE TEMP TABLE {_NAMED} AS {names}")
            rows, cut = _batches(self.database.execute(shown)), compiled.cut
            yield from (rows if cut is None else _within(rows, cut, len(compiled.variables)))
        except duckdb.OutOfMemoryException as exc:
            raise QueryMemoryError("The query needed more memory than it may take. Ask for less.", "memory") from exc
        except duckdb.Error as exc:
            raise NotExactError(str(exc)) from exc
        finally:
            self.database.execute(f"DROP TABLE IF EXISTS {ANSWER}; DROP TABLE IF EXISTS {_NAMED}")

    def statements(self, compiled: Compiled) -> tuple[str, str, str]:
        """A query as DuckDB reads it: its rows, their terms, and the rows shown; the tables are there from now on."""
        numbers = {each.table: each for each in self.predicates.values()}
        for table in compiled.tree.find_all(exp.Table):
            if table.name in numbers and table.name not in self._tables:
                self._view(table.name, self._rows_of(numbers[table.name]))
        shown = compiled.shown.copy()
        for table in shown.find_all(exp.Table):
            if table.name == TERMS:
                table.set("this", exp.to_identifier(_NAMED))
        return compiled.tree.sql(dialect="duckdb"), _named(compiled), shown.sql(dialect="duckdb")

    def _view(self, name: str, query: str) -> None:
        with _damage_told(self._folder):
            self.database.execute(f"CREATE VIEW {name} AS {query}")
        self._tables.add(name)

    def _files(self, names: tuple[str, ...]) -> str:
        return f"FROM read_parquet({[str(self._folder / name) for name in names]!r})"

    def _rows_of(self, predicate: Predicate) -> str:
        found = self._files((predicate.base,)) if predicate.base else _NOTHING
        if predicate.removed:
            found = f"FROM ({found}) one ANTI JOIN ({self._files((predicate.removed,))}) other USING (s, o)"
        return f"({found}) UNION ALL ({self._files((predicate.added,))})" if predicate.added else found


def _named(compiled: Compiled) -> str:
    """The terms of an answer, and the constants in it that the copy lacks."""
    columns = " UNION ".join(f"SELECT {name} FROM {ANSWER}" for name in compiled.looked_up) or "SELECT 0 WHERE false"
    constants = "".join(
        f" UNION ALL SELECT {number}, {quoted(term.value)}, {quoted(term.tail)}"
        for number, term in compiled.foreign.items()
    )
    return f"SELECT id, value, tail FROM {TERMS} WHERE id IN ({columns}){constants}"


def _batches(cursor: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while rows := cursor.fetchmany(_AT_ONCE):
        yield from rows


def _within(rows: Iterator[Row], cut: Cut, width: int) -> Iterator[Row]:
    """The rows within LIMIT and OFFSET; one more on either side tells whether the order determines them.

    :raises NotExactError: rows that differ are equal in the order, and one of them is beyond the cut.
    """
    last: Row | None = None
    for position, row in enumerate(rows, cut.start - bool(cut.start)):
        beyond = cut.length is not None and position >= cut.start + cut.length
        if last is not None and (beyond or position == cut.start) and row[width:] == last[width:]:
            raise NotExactError("LIMIT or OFFSET in an order that leaves rows equal")
        if beyond:
            return
        if position >= cut.start:
            yield row[:width]
        last = row


@contextmanager
def _damage_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as exc:
        raise StoreError(f"{folder} is damaged ({exc}); build the store again") from exc
