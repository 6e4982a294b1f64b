"""SQLite export: tidy tables as one database file, with what Datasette shows beside them."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import StoreError
from thidua.exchange.tidy import KEY, THING, Column, Table

_TYPES: Final = {"integer": "INTEGER", "boolean": "INTEGER", "decimal": "REAL"}


def write_database(path: Path, tables: Iterable[Table]) -> None:
    """Write a file with foreign keys and indexes; dates are ISO texts, truth values 0 and 1.

    :raises StoreError: it cannot be written, or something refers to nothing.
    """
    try:
        with closing(sqlite3.connect(path)) as db:
            # Nobody sees the file before it is complete, so there is nothing to roll back to.
            db.execute("PRAGMA journal_mode = OFF")
            with db:
                for table in tables:
                    _write(db, table)
            dangling = db.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as exc:
        raise StoreError(f"{path} cannot be written: {exc}") from exc
    if dangling:
        raise StoreError(f"{path}: a row of {dangling[0]} refers to no row of {dangling[2]}")


def _write(db: sqlite3.Connection, table: Table) -> None:
    declared = [_declared(column, table) for column in table.columns]
    db.execute(f"CREATE TABLE {_quoted(table.name)} ({', '.join(declared)})")
    marks = ", ".join("?" for _ in table.columns)
    rows = ([_stored(value) for value in row] for row in table.rows)
    db.executemany(f"INSERT INTO {_quoted(table.name)} VALUES ({marks})", rows)
    for column in table.columns:
        if column.refers and not (table.keyed and column.name == KEY):
            index = _quoted(f"{table.name}.{column.name}")
            db.execute(f"CREATE INDEX {index} ON {_quoted(table.name)} ({_quoted(column.name)})")


def _declared(column: Column, table: Table) -> str:
    text = f"{_quoted(column.name)} {_TYPES.get(column.kind, 'TEXT')}"
    if table.keyed and column.name == KEY:
        text += " PRIMARY KEY NOT NULL"
    if column.refers:
        text += f" REFERENCES {THING}({KEY})"
    return text


def _stored(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, float, str)) else value.isoformat()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
