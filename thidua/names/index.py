"""Name index of one version, in SQLite.

One file per version, made when the version is made and only read afterwards. A row is one spelling of one thing; its
number puts what people mean most often first, so that a search may stop early and still have the likeliest. Every
question asked of it costs a bounded number of steps, whatever the text: :mod:`thidua.names.search` decides what to ask.
"""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from thidua.base.errors import StoreError
from thidua.base.text import fold, loose, proper_key, sort_key

#: The kinds of things that have names, likeliest first.
KINDS: Final = (
    "province", "cluster", "person", "post", "award", "movement", "body", "legal", "concept", "country",
    "exemplar", "period", "src", "linkset",
)  # fmt: skip
#: Kinds whose names follow the words *tỉnh*, *thành phố* or *cụm*, and which are few: a typing error is looked for in
#: the whole name, not only word by word.
_PLACES: Final = ("province", "cluster")

_SCHEMA_VERSION: Final = 3
#: A draft is flushed to disk as a whole before it is published, so nothing is gained by doing that at each step.
_UNSYNCED: Final = "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;"
_SCHEMA: Final = f"""{_UNSYNCED}
CREATE TABLE thing (
  id INTEGER PRIMARY KEY, iri TEXT UNIQUE, kind TEXT, label TEXT, start TEXT, end TEXT,
  about TEXT, about_en TEXT, seen TEXT
);
CREATE TABLE spelling (id INTEGER PRIMARY KEY, key TEXT, loose TEXT, text TEXT);
CREATE INDEX by_key ON spelling(key);
CREATE INDEX by_loose ON spelling(loose);
CREATE VIRTUAL TABLE words USING fts5(
  text, content='', detail=none, columnsize=0, tokenize='ascii', prefix='1 2 3 4'
);
CREATE TABLE word (text TEXT PRIMARY KEY, uses INTEGER) WITHOUT ROWID;
CREATE TABLE near (part TEXT, word TEXT, PRIMARY KEY (part, word)) WITHOUT ROWID;
PRAGMA user_version = {_SCHEMA_VERSION};
"""
#: Spellings that one thing may have; the number of a spelling is its thing's, times this, and one of these.
_SPELLINGS: Final = 64
_COLUMNS: Final = "t.iri, t.kind, t.label, t.start, t.end, t.about, t.about_en, t.seen"
#: A word longer than this has no neighbours: it is no Vietnamese syllable.
_LONGEST: Final = 24


@dataclass(frozen=True)
class Name:
    """A thing that has a name. Dates are ISO days, empty where open.

    What tells it from its namesakes, in Vietnamese and in English: of a person the newest post, of a concept its list,
    of a document its number; `seen` is the day, month or year by which the post is known.
    """

    iri: str
    kind: str
    label: str
    start: str = ""
    end: str = ""
    about: str = ""
    about_en: str = ""
    seen: str = ""

    def valid_in(self, first: str, last: str) -> bool:
        """Whether the thing existed at some time from day `first` to day `last`."""
        return (not self.start or self.start <= last) and (not self.end or self.end >= first)

    @property
    def local(self) -> str:
        """The last part of the IRI. It finds the thing when it is typed whole, and is no word to search for."""
        return self.iri.rpartition("/")[2]

    def described(self) -> str:
        """The label with its dates, else with what tells it from namesakes: ``Ninh Bình (until 2025-06-30)``."""
        if self.start and self.end:
            return f"{self.label} ({self.start} to {self.end})"
        if self.end:
            return f"{self.label} (until {self.end})"
        if self.start:
            return f"{self.label} (from {self.start})"
        about = ", ".join(filter(None, (self.about, self.seen)))
        return f"{self.label} ({about})" if about else self.label


@dataclass(frozen=True)
class Spelling:
    """One way to write the name of a thing: as somebody wrote it, and its key."""

    name: Name
    text: str
    key: str


def write_names(path: Path, names: Iterable[tuple[Name, Iterable[str]]]) -> None:
    """Write the index: each thing with all its spellings.

    :raises OSError: the disk is full, or fails.
    """
    ordered = sorted(names, key=lambda each: (_shelf(each[0]), len(each[0].label), sort_key(each[0].label)))
    with closing(sqlite3.connect(path)) as db:
        db.executescript(_SCHEMA)
        with db:
            _insert(db, ((_shelf(each[0]) << 32 | number, *each) for number, each in enumerate(ordered)))
            db.execute("INSERT INTO words(words) VALUES ('optimize')")


def update_names(old: Path, new: Path, touched: Iterable[str], names: Iterable[tuple[Name, Iterable[str]]]) -> bool:
    """Write an index that differs from another only in some things; False if the other is of an older release.

    :param touched: the IRIs of the things whose names, or dates, are no longer the same.
    :param names: what they are now; those left out have no name any more.
    """
    shutil.copyfile(old, new)
    with closing(sqlite3.connect(new)) as db:
        if _version(db) != _SCHEMA_VERSION:
            new.unlink()
            return False
        db.executescript(_UNSYNCED)
        with db:
            for iri in touched:
                _delete(db, iri)
            for name, spellings in names:
                shelf = _shelf(name)
                (last,) = db.execute("SELECT max(id) FROM thing WHERE id < ?", (shelf + 1 << 32,)).fetchone()
                _insert(db, [(max((last or 0) + 1, shelf << 32), name, spellings)])
    return True


def _shelf(name: Name) -> int:
    """Where a thing stands: by kind, what has ended behind what goes on."""
    kind = KINDS.index(name.kind) if name.kind in KINDS else len(KINDS)
    return kind << 1 | bool(name.end)


def _insert(db: sqlite3.Connection, numbered: Iterable[tuple[int, Name, Iterable[str]]]) -> None:
    things, rows, words = [], [], []
    uses: Counter[str] = Counter()
    whole: set[str] = set()
    for number, name, spellings in numbered:
        things.append((number, *astuple(name)))
        for place, (key, text) in enumerate(_keys(name, spellings)):
            row = number * _SPELLINGS + place
            rows.append((row, key, loose(key), text))
            if text != name.local:
                words.append((row, _indexed(key, name.kind)))
                uses.update(set(key.split()))
                if name.kind in _PLACES:
                    whole.add(loose(key))
    db.executemany("INSERT INTO thing VALUES (?,?,?,?,?,?,?,?,?)", things)
    db.executemany("INSERT INTO spelling VALUES (?,?,?,?)", rows)
    db.executemany("INSERT INTO words(rowid, text) VALUES (?,?)", words)
    db.executemany(
        "INSERT INTO word VALUES (?,?) ON CONFLICT DO UPDATE SET uses = uses + excluded.uses", sorted(uses.items())
    )
    near = sorted((part, word) for word in whole | uses.keys() for part in _parts(word))
    db.executemany("INSERT OR IGNORE INTO near VALUES (?,?)", near)


def _delete(db: sqlite3.Connection, iri: str) -> None:
    thing = db.execute("SELECT id, kind FROM thing WHERE iri = ?", (iri,)).fetchone()
    if thing is None:
        return
    number, kind = thing
    rows = (number * _SPELLINGS, (number + 1) * _SPELLINGS)
    local = iri.rpartition("/")[2]
    for row, key, text in db.execute("SELECT id, key, text FROM spelling WHERE id >= ? AND id < ?", rows).fetchall():
        if text != local:
            db.execute("INSERT INTO words(words, rowid, text) VALUES ('delete',?,?)", (row, _indexed(key, kind)))
            db.executemany("UPDATE word SET uses = uses - 1 WHERE text = ?", ((word,) for word in set(key.split())))
    db.execute("DELETE FROM spelling WHERE id >= ? AND id < ?", rows)
    db.execute("DELETE FROM thing WHERE id = ?", (number,))


def _keys(name: Name, spellings: Iterable[str]) -> list[tuple[str, str]]:
    """The keys of a thing, each with the spelling as written; the label's first, those without marks last."""
    pairs: dict[tuple[str, str], None] = {}
    for text in sorted(set(spellings), key=lambda text: (text != name.label, text.isascii(), text == name.local, text)):
        for key in [fold(text), proper_key(text)] if name.kind in _PLACES else [fold(text)]:
            # A spelling without marks says nothing that the same with marks does not say.
            if key and not (text.isascii() and any(key == known for known, _ in pairs)):
                pairs[key, text] = None
    return list(pairs)[:_SPELLINGS]


def _indexed(key: str, kind: str) -> str:
    """What the full-text table holds of a spelling: its words, and its kind as a word that nobody can type."""
    return f"{key} §{kind}"


def _parts(word: str) -> set[str]:
    """The word, and what is left of it without any one letter: two words one error apart share one of these."""
    if len(word) > _LONGEST:
        return {word}
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))} - {""}


def _one_error(one: str, other: str) -> bool:
    """Whether one letter more, less or other, or two letters exchanged, turn one word into the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        wrong = [place for place in range(len(one)) if one[place] != other[place]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return one[wrong[0]] == other[wrong[1]] and one[wrong[1]] == other[wrong[0]]
        return len(wrong) == 1
    short, long = sorted((one, other), key=len)
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


class NameIndex:
    """Reads an index written by :func:`write_names`. Safe to use from many threads.

    Texts are keys as :func:`thidua.base.text.fold` makes them, ``[a-z0-9 ]`` only: nothing else ever reaches the
    full-text table.
    """

    def __init__(self, path: Path) -> None:
        """Open it.

        :raises StoreError: it was made by an older release.
        """
        # Immutable: the file never changes once its version is published, so no lock files appear beside it.
        self._db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        if _version(self._db) != _SCHEMA_VERSION:
            raise StoreError(f"{path} was made by an older release; build the store again")

    def by_iri(self, iri: str) -> Name | None:
        """The thing with that IRI, if it has a name."""
        known = iri.encode("utf-8", "replace").decode()
        row = self._db.execute(f"SELECT {_COLUMNS} FROM thing t WHERE iri = ?", (known,)).fetchone()
        return Name(*row) if row else None

    def by_key(self, keys: Sequence[str], kinds: Sequence[str], limit: int) -> list[Spelling]:
        """Spellings with one of these keys."""
        return self._spellings(f"s.key IN ({_marks(keys)})", keys, kinds, limit)

    def by_loose(self, keys: Sequence[str], kinds: Sequence[str], limit: int) -> list[Spelling]:
        """Spellings with one of these loose keys."""
        return self._spellings(f"s.loose IN ({_marks(keys)})", keys, kinds, limit)

    def by_words(
        self, groups: Sequence[Sequence[str]], kinds: Sequence[str], limit: int, *, begun: bool
    ) -> list[Spelling]:
        """Spellings that have a word of every group, likeliest first.

        :param begun: the words of the last group may be only begun.
        """
        if not groups or not all(groups):
            return []
        wanted = [" OR ".join(f'"{word}"' for word in group) for group in groups]
        if begun:
            wanted[-1] = " OR ".join(f'"{word}"*' for word in groups[-1])
        wanted.append(" OR ".join(f'"§{kind}"' for kind in kinds))
        match = " AND ".join(f"({alternatives})" for alternatives in wanted)
        rows = self._db.execute(
            f"""SELECT {_COLUMNS}, s.text, s.key
                FROM (SELECT rowid AS id FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?) w
                JOIN spelling s ON s.id = w.id JOIN thing t ON t.id = s.id / {_SPELLINGS}""",
            (match, limit),
        )
        return list(_read(rows))

    def uses(self, words: Sequence[str]) -> dict[str, int]:
        """How many spellings have each of these words; words that none has are left out."""
        rows = self._db.execute(f"SELECT text, uses FROM word WHERE uses > 0 AND text IN ({_marks(words)})", words)
        return {str(text): int(uses) for text, uses in rows}

    def neighbours(self, word: str, limit: int) -> list[str]:
        """Words of the index, and whole names of places, one typing error away; most used first."""
        parts = sorted(_parts(word))
        rows = self._db.execute(
            f"""SELECT DISTINCT n.word, ifnull(w.uses, 1) AS uses FROM near n LEFT JOIN word w ON w.text = n.word
                WHERE n.part IN ({_marks(parts)}) ORDER BY uses DESC, n.word LIMIT 400""",
            parts,
        )
        return [other for other, _ in rows if _one_error(word, other)][:limit]

    def _spellings(self, where: str, keys: Sequence[str], kinds: Sequence[str], limit: int) -> list[Spelling]:
        rows = self._db.execute(
            f"""SELECT {_COLUMNS}, s.text, s.key
                FROM spelling s JOIN thing t ON t.id = s.id / {_SPELLINGS}
                WHERE {where} AND t.kind IN ({_marks(kinds)}) ORDER BY s.id LIMIT ?""",
            (*keys, *kinds, limit),
        )
        return list(_read(rows))


def _read(rows: Iterable[tuple[str, ...]]) -> Iterator[Spelling]:
    return (Spelling(Name(*row[:-2]), *row[-2:]) for row in rows)


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
