"""The index of names of one version: the sole home of SQLite.

It finds things by what people type: an IRI, a local id, a label in any spelling. One file per version, made when
the version is built and only read afterwards.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from thidua.text import fold, proper_key


@dataclass(frozen=True)
class Name:
    """A thing that has a name. Dates are ISO days, empty where open."""

    iri: str
    kind: str
    label: str
    start: str = ""
    end: str = ""

    def valid_in(self, first: str, last: str) -> bool:
        """Whether the thing existed at some time from day `first` to day `last`."""
        return (not self.start or self.start <= last) and (not self.end or self.end >= first)

    def described(self) -> str:
        """The label, with its dates where it has any: ``Ninh Bình (until 2025-06-30)``."""
        if self.start and self.end:
            return f"{self.label} ({self.start} to {self.end})"
        if self.end:
            return f"{self.label} (until {self.end})"
        return f"{self.label} (from {self.start})" if self.start else self.label


def write_names(path: Path, names: Iterable[tuple[Name, Iterable[str]]]) -> None:
    """Write the index: each thing with all its spellings.

    :raises OSError: the disk is full, or fails.
    """
    try:
        with closing(sqlite3.connect(path)) as db, db:
            _write_names(db, names)
    except sqlite3.OperationalError as exc:
        raise OSError(f"{path}: {exc}") from exc


def _write_names(db: sqlite3.Connection, names: Iterable[tuple[Name, Iterable[str]]]) -> None:
    db.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, iri TEXT, kind TEXT, label TEXT, start TEXT, end TEXT)")
    db.execute("CREATE TABLE spelling (key TEXT, thing INTEGER)")
    db.execute("CREATE VIRTUAL TABLE words USING fts5(key, thing UNINDEXED, tokenize='ascii')")
    for number, (name, spellings) in enumerate(names):
        db.execute(
            "INSERT INTO thing VALUES (?,?,?,?,?,?)",
            (number, name.iri, name.kind, name.label, name.start, name.end),
        )
        keys = {fold(text) for text in spellings} | {proper_key(text) for text in spellings}
        for key in sorted(keys - {""}):
            db.execute("INSERT INTO spelling VALUES (?,?)", (key, number))
            db.execute("INSERT INTO words VALUES (?,?)", (key, number))
    db.execute("CREATE INDEX by_key ON spelling(key)")
    db.execute("CREATE INDEX by_iri ON thing(iri)")


class NameIndex:
    """Finds names in an index written by :func:`write_names`. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        # Immutable: the file never changes once its version is published, so no lock files appear beside it.
        self._db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def by_iri(self, iri: str) -> Name | None:
        """The thing with that IRI, if it has a name."""
        return next(iter(self._names("SELECT * FROM thing WHERE iri = ?", (iri,))), None)

    def exact(self, text: str, kinds: Iterable[str]) -> list[Name]:
        """Things of those kinds one of whose spellings has the same key."""
        return self._find("id IN (SELECT thing FROM spelling WHERE key IN (?, ?))", text, kinds)

    def containing(self, text: str, kinds: Iterable[str], limit: int = 10) -> list[Name]:
        """Things of those kinds one of whose spellings contains every word of the text, as words or beginnings."""
        words, kinds = fold(text).split(), tuple(kinds)
        if not words:
            return []
        match = " AND ".join(f'"{word}"*' for word in words)
        return self._names(
            f"""SELECT DISTINCT t.* FROM words w JOIN thing t ON t.id = w.thing
                WHERE words MATCH ? AND t.kind IN ({_marks(kinds)}) ORDER BY length(t.label), t.iri LIMIT ?""",
            (match, *kinds, limit),
        )

    def spellings(self, kinds: Iterable[str]) -> list[str]:
        """Every key of things of those kinds."""
        kinds = tuple(kinds)
        cursor = self._db.cursor().execute(
            f"SELECT DISTINCT key FROM spelling JOIN thing ON id = thing WHERE kind IN ({_marks(kinds)}) ORDER BY key",
            kinds,
        )
        return [str(row[0]) for row in cursor]

    def _find(self, where: str, text: str, kinds: Iterable[str]) -> list[Name]:
        kinds = tuple(kinds)
        return self._names(
            f"SELECT * FROM thing WHERE kind IN ({_marks(kinds)}) AND {where} ORDER BY iri",
            (*kinds, fold(text), proper_key(text)),
        )

    def _names(self, statement: str, values: tuple[object, ...]) -> list[Name]:
        cursor = self._db.cursor()
        return [Name(*row[1:6]) for row in cursor.execute(statement, values)]


def _marks(kinds: Iterable[str]) -> str:
    return ", ".join("?" for _ in kinds)
