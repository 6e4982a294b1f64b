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
from thidua.columns.compiler import Compiled, Cut
from thidua.columns.errors import NotExactError
from thidua.columns.layout import Manifest, Predicate, read_manifest
from thidua.columns.scope import TERMS
from thidua.columns.terms import Term

#: Rows that are fetched at once.
_AT_ONCE: Final = 10_000
_NOTHING: Final = "SELECT 0::BIGINT AS s, 0::BIGINT AS o WHERE false"
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
        self._db = duckdb.connect(":memory:", config=config)
        self._db.execute(f"SET allowed_directories = [{exp.Literal.string(str(folder)).sql('duckdb')}]")
        self._db.execute("SET enable_external_access = false; SET lock_configuration = true")
        self._tables: set[str] = set()
        self._view(TERMS, self._files(self._manifest.terms))

    @property
    def predicates(self) -> Mapping[str, Predicate]:
        return self._manifest.predicates

    def number(self, term: Term) -> int | None:
        (first, end) = (term.kind.first, term.kind.end)
        with _damage_told(self._folder):
            rows = self._db.execute(
                f"SELECT id FROM {TERMS} WHERE value = ? AND tail = ? AND id BETWEEN ? AND ?",
                [term.value, term.tail, first, end - 1],
            ).fetchall()
        return int(rows[0][0]) if rows else None

    def rows(self, compiled: Compiled) -> Iterator[Row]:
        """The rows of a query: each term as N-Triples writes it, None where it is unbound.

        :raises NotExactError: they are not determined by the query, or a number is too large.
        :raises QueryMemoryError: it needs more memory than it may take.
        """
        sql = self.sql(compiled)
        try:
            cursor = self._db.execute(sql)
            cut = compiled.cut
            yield from (_batches(cursor) if cut is None else _within(_batches(cursor), cut, len(compiled.variables)))
        except duckdb.OutOfMemoryException as exc:
            raise QueryMemoryError("The query needed more memory than it may take. Ask for less.", "memory") from exc
        except duckdb.Error as exc:
            raise NotExactError(str(exc)) from exc

    def sql(self, compiled: Compiled) -> str:
        """A query as DuckDB reads it; the tables that it names are there from now on."""
        tree = compiled.tree
        tables = {each.number: each for each in self.predicates.values()}
        for table in tree.find_all(exp.Table):
            name = table.name
            if name not in self._tables and name.startswith("p") and name[1:].isdigit():
                predicate = tables[int(name[1:])]
                self._view(name, self._rows_of(predicate))
        return with_constants(tree, compiled.foreign).sql(dialect="duckdb")

    def _view(self, name: str, query: str) -> None:
        with _damage_told(self._folder):
            self._db.execute(f"CREATE VIEW {name} AS {query}")
        self._tables.add(name)

    def _files(self, names: tuple[str, ...]) -> str:
        return f"FROM read_parquet({[str(self._folder / name) for name in names]!r})"

    def _rows_of(self, predicate: Predicate) -> str:
        found = self._files((predicate.base,)) if predicate.base else _NOTHING
        if predicate.removed:
            found = f"FROM ({found}) one ANTI JOIN ({self._files((predicate.removed,))}) other USING (s, o)"
        return f"({found}) UNION ALL ({self._files((predicate.added,))})" if predicate.added else found


def with_constants(tree: exp.Query, foreign: Mapping[int, Term]) -> exp.Query:
    """A statement whose dictionary has the constants that the copy lacks."""
    if not foreign:
        return tree
    dictionary: exp.Query = exp.select("id", "value", "tail").from_(TERMS)
    for number, term in foreign.items():
        texts = (
            exp.alias_(exp.Literal.string(each), name) for each, name in ((term.value, "value"), (term.tail, "tail"))
        )
        dictionary = dictionary.union(exp.select(exp.alias_(exp.Literal.number(number), "id"), *texts), distinct=False)

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and node.name == TERMS:
            return dictionary.copy().subquery(node.alias)
        return node

    found = tree.transform(replaced)
    assert isinstance(found, exp.Query)
    return found


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
        if last is not None and (beyond or position == cut.start) and row[width:] == last[width:] and row != last:
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
