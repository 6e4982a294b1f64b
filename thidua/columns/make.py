"""Making of a columnar copy: lines of N-Triples to a folder of Parquet, or what a write changed to another folder.

DuckDB does the work, out of core where memory does not suffice. Every term is numbered once; literals that the engine
spells in its own way are spelt by it first, so that one term has one number.
"""

import errno
import logging
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import duckdb

from thidua.base.errors import StoreError
from thidua.columns.fragments import quoted
from thidua.columns.layout import Manifest, Predicate, read_manifest, write_manifest
from thidua.columns.terms import DATATYPES, FORMS, INLINE, RESPELT, SCALE, SHIFT, Kind, Term, term_of
from thidua.rdf.ntriples import respelt

log = logging.getLogger(__name__)

#: Rows that a later version may have added to a predicate or taken from it before its file is written anew.
_FEW: Final = 20_000
_SHARE: Final = 0.1
#: Terms handed to the engine at once.
_AT_ONCE: Final = 100_000
_PARQUET: Final = "(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)"
#: What the engine's own writer escapes, but for control characters; the first is a backslash, which waits as \1.
_ESCAPES: Final = (('\\"', '"'), ("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("\\b", "\b"), ("\\f", "\f"))


def make_columns(lines: Path, folder: Path, *, memory: int = 1_000, threads: int = 2) -> bool:
    """Make a copy of a default graph.

    :param lines: canonical N-Triples, or N-Quads, whose named graphs are passed over; no line is there twice.
    :param folder: where to make it; nothing may be there.
    :param memory: megabytes that DuckDB may take; it goes to disk beyond that.
    :return: whether it could be made; if not, nothing is left of it. Of what RDF 1.1 does not have there is no copy.
    :raises OSError: the disk is full, or fails.
    """
    return _unless_impossible(folder, lambda: _made(lines, folder, memory, threads))


def _made(lines: Path, folder: Path, memory: int, threads: int) -> bool:
    with _working(folder, memory, threads) as db:
        _read(db, lines)
        if not _classify(db):
            return False
        db.execute(
            f"""CREATE TABLE ids AS SELECT text, kind, value, tail, {
                _number("dense_rank() OVER (PARTITION BY kind ORDER BY value, tail)")
            } AS id FROM found"""
        )
        db.execute("DROP TABLE found")
        last = _write_terms(db, folder / "terms.parquet")
        _encode(db)
        predicates = {}
        for iri, number in db.execute("SELECT iri, number FROM names ORDER BY number").fetchall():
            base = f"p{number}.parquet"
            _copy(db, f"SELECT s, o FROM encoded WHERE p = {number}", folder / base)
            predicates[iri[1:-1]] = _described(db, folder / base, Predicate(number, base))
    write_manifest(folder, Manifest(predicates, ("terms.parquet",), last))
    return True


def renew_columns(parent: Path, folder: Path, added: Collection[str], removed: Collection[str]) -> bool:
    """Make the copy of a version from that of its parent: what changed is written, and all other files are shared.

    :param added: triples as N-Triples lines without their ends, as the engine writes them, that the parent lacks.
    :param removed: triples that only the parent has.
    :return: whether it could be made, as :func:`make_columns`; of a damaged one nothing is.
    :raises OSError: the disk is full, or fails.
    """
    return _unless_impossible(folder, lambda: _made_from(parent, folder, added, removed))


def _made_from(parent: Path, folder: Path, added: Collection[str], removed: Collection[str]) -> bool:
    manifest = read_manifest(parent)
    if lost := [name for name in manifest.names() if not (parent / name).is_file()]:
        gone = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), min(lost))
        raise StoreError(f"{parent} is damaged ({gone}); build the store again")
    if added or removed:
        with _working(folder, 500, 1) as db:
            changed = _renewed(db, parent, folder, manifest, added, removed)
        if changed is None:
            return False
        manifest = changed
    for name in manifest.names():
        if not (folder / name).exists():
            os.link(parent / name, folder / name)
    write_manifest(folder, manifest)
    return True


def _unless_impossible(folder: Path, make: Callable[[], bool]) -> bool:
    """Make a copy; nobody's build or write fails for want of one, so what stands against it is for the log.

    :raises OSError: the disk is full, or fails.
    """
    folder.mkdir()
    made = False
    try:
        made = make()
    except (duckdb.Error, StoreError) as exc:
        log.warning("no columns are made: %s", str(exc).splitlines()[0])
    finally:
        if not made:
            shutil.rmtree(folder, ignore_errors=True)
    return made


@contextmanager
def _working(folder: Path, memory: int, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that goes to disk, in this folder, where memory does not suffice."""
    room = folder / "working"
    config: dict[str, Any] = {"memory_limit": f"{memory}MB", "threads": threads, "temp_directory": str(room / "spill"),
              "preserve_insertion_order": False, "autoinstall_known_extensions": False}  # fmt: skip
    room.mkdir()
    try:
        with duckdb.connect(str(room / "working.db"), config=config) as db:
            yield db
    except duckdb.IOException as exc:
        raise OSError(str(exc)) from exc
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _copy(db: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    db.execute(f"COPY ({query}) TO {quoted(str(path))} {_PARQUET}")


def _number(otherwise: str) -> str:
    """The number of a term: its own, or the one that the dictionary gives."""
    own = " ".join(f"WHEN {int(kind)} THEN {_inline(kind)}" for kind in INLINE)
    return f"CASE kind {own} ELSE (kind::BIGINT << {SHIFT}) + {otherwise} END"


def _inline(kind: Kind) -> str:
    """The number of a term that is its number."""
    match kind:
        case Kind.BOOLEAN:
            return f"{kind.zero} + (value = 'true')::BIGINT"
        case Kind.DECIMAL:
            return f"{kind.zero} + (value::DECIMAL(38, 6) * {SCALE})::BIGINT"
        case Kind.DATE:
            return f"{kind.zero} + (value::DATE - DATE '1970-01-01')"
    return f"{kind.zero} + value::BIGINT"


def _stored() -> str:
    """What the dictionary has."""
    return f"kind NOT IN ({', '.join(str(int(kind)) for kind in INLINE)})"


def _read(db: duckdb.DuckDBPyConnection, lines: Path) -> None:
    # No control character can stand in a line that the engine wrote.
    db.execute(
        f"""CREATE TABLE lines AS
        SELECT split_part(line, ' ', 1) AS s, split_part(line, ' ', 2) AS p, line[len(s) + len(p) + 3:-3] AS o
        FROM read_csv({quoted(str(lines))}, delim='\x01', quote='', escape='', header=false, auto_detect=false,
            columns={{'line': 'VARCHAR'}}, max_line_size=16000000)
        WHERE CASE WHEN starts_with(o, '"') THEN NOT (ends_with(o, '>') AND regexp_matches(o, '^".*"[^" ]* <[^ ]*$'))
            ELSE NOT contains(o, ' ') OR starts_with(o, '<<') END"""
    )


def _classify(db: duckdb.DuckDBPyConnection) -> bool:
    """Make ``found`` of ``lines``: text, kind, value and tail of each term; whether all of them are RDF 1.1."""
    db.execute("CREATE TABLE texts AS SELECT s AS text FROM lines UNION SELECT o FROM lines")
    unescaped = "replace(value, '\\\\', '\x01')"
    for escaped, meant in _ESCAPES:
        unescaped = f"replace({unescaped}, {quoted(escaped)}, {quoted(meant)})"
    typed = " ".join(
        f"WHEN tail = '^^<{DATATYPES[kind]}>' AND regexp_full_match(value, '{FORMS[kind]}') THEN {int(kind)}"
        for kind in FORMS
    )
    nodes = f"{int(Kind.BLANK)}, {int(Kind.IRI)}"
    respelt_tails = ", ".join(quoted(f"^^<{name}>") for name in RESPELT)
    db.execute(
        f"""CREATE TABLE found AS
        SELECT text, kind, CASE WHEN contains(value, '\\') AND kind NOT IN ({nodes})
            THEN replace({unescaped}, '\x01', '\\') ELSE value END AS value, tail,
            kind = 0 OR (kind NOT IN ({nodes}) AND regexp_matches(text, '\\\\[uU]')) AS strange
        FROM (
            SELECT text, value, tail, CASE
                WHEN starts_with(text, '<<') OR contains(tail, '--') THEN -1
                WHEN starts_with(text, '<') THEN {int(Kind.IRI)}
                WHEN starts_with(text, '_:') THEN {int(Kind.BLANK)}
                WHEN tail = '' THEN {int(Kind.STRING)}
                WHEN starts_with(tail, '@') THEN {int(Kind.LANG)}
                {typed}
                WHEN tail IN ({respelt_tails}) THEN 0 ELSE {int(Kind.OTHER)} END AS kind
            FROM (
                SELECT text,
                    CASE WHEN starts_with(text, '"') THEN regexp_extract(text, '"([^"]*)$', 1) ELSE '' END AS tail,
                    CASE WHEN starts_with(text, '"') THEN text[2:len(text) - len(tail) - 1]
                    WHEN starts_with(text, '_:') THEN text[3:] ELSE text[2:-2] END AS value
                FROM texts))"""
    )
    db.execute("DROP TABLE texts")
    if db.execute("SELECT 1 FROM found WHERE kind = -1 LIMIT 1").fetchall():
        return False
    db.execute("CREATE TABLE spelt (text VARCHAR, kind INTEGER, value VARCHAR, tail VARCHAR)")
    strange = db.cursor().execute("SELECT text FROM found WHERE strange")
    while rows := strange.fetchmany(_AT_ONCE):
        texts = [text for (text,) in rows]
        db.executemany(
            "INSERT INTO spelt VALUES (?, ?, ?, ?)",
            [(text, int(term.kind), term.value, term.tail) for text, term in zip(texts, _terms(texts), strict=True)],
        )
    db.execute(
        """CREATE OR REPLACE TABLE found AS
        SELECT text, kind, value, tail FROM found WHERE NOT strange
        UNION ALL SELECT text, kind, value, tail FROM spelt"""
    )
    return True


def _terms(texts: list[str]) -> Iterable[Term]:
    return (term_of(cell) for cell in respelt(texts))


def _write_terms(db: duckdb.DuckDBPyConnection, path: Path) -> dict[Kind, int]:
    """Write the dictionary of ``ids``; the last number of each kind."""
    _copy(db, f"SELECT id, value, tail FROM ids WHERE {_stored()} GROUP BY ALL ORDER BY id", path)
    rows = db.execute(f"SELECT kind, max(id) FROM ids WHERE {_stored()} GROUP BY kind").fetchall()
    return {Kind(kind): most - Kind(kind).first for kind, most in rows}


def _encode(db: duckdb.DuckDBPyConnection) -> None:
    """Make ``encoded`` of ``lines`` and ``ids``: the predicate's number p, s and o, in order, each row once."""
    # Hashes are joined many times faster than texts, as long as no two texts have the same; and two lines can only
    # become one where the engine spells two terms alike.
    ((apart, alike),) = db.execute(
        "SELECT count(DISTINCT hash(text)) = count(*), count(DISTINCT id) < count(*) FROM ids"
    ).fetchall()
    key, of = ("key", "hash") if apart else ("text", "")
    db.execute("CREATE TABLE names AS SELECT iri, row_number() OVER (ORDER BY iri) AS number FROM "
               "(SELECT DISTINCT p AS iri FROM lines)")  # fmt: skip
    db.execute(
        f"""CREATE TABLE encoded AS
        WITH keys AS MATERIALIZED (SELECT {of}(text) AS {key}, id FROM ids)
        SELECT {"DISTINCT" if alike else ""} n.number AS p, a.id AS s, b.id AS o
        FROM lines l JOIN names n ON n.iri = l.p JOIN keys a ON a.{key} = {of}(l.s) JOIN keys b ON b.{key} = {of}(l.o)
        ORDER BY ALL"""
    )


def _described(db: duckdb.DuckDBPyConnection, path: Path, predicate: Predicate) -> Predicate:
    """What the rows in a file, and those that a predicate had already, may hold."""
    ((rows, subjects, objects),) = db.execute(
        f"SELECT count(*), list(DISTINCT s >> {SHIFT}), list(DISTINCT o >> {SHIFT}) FROM {quoted(str(path))}"
    ).fetchall()
    return _with_kinds(replace(predicate, rows=predicate.rows + rows), subjects, objects)


def _with_kinds(predicate: Predicate, subjects: list[int] | None, objects: list[int] | None) -> Predicate:
    """A predicate that may have terms of further kinds."""
    more = (frozenset(map(Kind, kinds or ())) for kinds in (subjects, objects))
    return replace(predicate, subjects=predicate.subjects | next(more), objects=predicate.objects | next(more))


def _renewed(
    db: duckdb.DuckDBPyConnection, parent: Path, folder: Path, manifest: Manifest,
    added: Collection[str], removed: Collection[str],
) -> Manifest | None:  # fmt: skip
    """The manifest of the parent with what changed, whose files are written; None where there can be no copy."""
    lines = folder / "working" / "lines.nt"
    lines.write_text("".join(f"{line} .\n" for line in added), encoding="utf-8")
    gone = folder / "working" / "gone.nt"
    gone.write_text("".join(f"{line} .\n" for line in removed), encoding="utf-8")
    _read(db, gone)
    db.execute("ALTER TABLE lines RENAME TO gone")
    _read(db, lines)
    db.execute("CREATE TABLE changed AS SELECT *, true AS here FROM lines UNION ALL SELECT *, false FROM gone")
    db.execute("DROP TABLE lines; ALTER TABLE changed RENAME TO lines")
    if not _classify(db):
        return None
    terms = [str(parent / name) for name in manifest.terms]
    first = " ".join(f"WHEN {int(kind)} THEN {last}" for kind, last in manifest.last.items())
    given = f"(CASE kind {first} ELSE 0 END) + dense_rank() OVER (PARTITION BY kind, old IS NULL ORDER BY value, tail)"
    db.execute(
        f"""CREATE TABLE ids AS
        SELECT text, kind, value, tail, old IS NULL AND {_stored()} AS fresh, coalesce(old, {_number(given)}) AS id
        FROM (
            SELECT f.*, t.id AS old FROM found f LEFT JOIN (
                SELECT id, value, tail FROM read_parquet({terms!r}) WHERE value IN (SELECT value FROM found)
            ) t ON t.value = f.value AND t.tail = f.tail AND t.id >> {SHIFT} = f.kind)"""
    )
    if db.execute("SELECT 1 FROM ids WHERE fresh LIMIT 1").fetchall():
        name = f"terms-{_next(manifest)}.parquet"
        kept = f"SELECT id, value, tail FROM read_parquet({terms[1:]!r}) UNION ALL" if terms[1:] else ""
        _copy(db, f"{kept} (SELECT DISTINCT id, value, tail FROM ids WHERE fresh) ORDER BY id", folder / name)
        rows = db.execute("SELECT kind, max(id) FROM ids WHERE fresh GROUP BY kind").fetchall()
        last = {**manifest.last, **{Kind(kind): most - Kind(kind).first for kind, most in rows}}
        manifest = replace(manifest, terms=(manifest.terms[0], name), last=last)
    db.execute(
        """CREATE TABLE encoded AS SELECT DISTINCT l.p, a.id AS s, b.id AS o, here FROM lines l
        JOIN ids a ON a.text = l.s JOIN ids b ON b.text = l.o"""
    )
    predicates = dict(manifest.predicates)
    for (iri,) in db.execute("SELECT DISTINCT p FROM encoded").fetchall():
        name = iri[1:-1]
        old = predicates.get(name) or Predicate(1 + max((each.number for each in predicates.values()), default=0))
        predicates[name] = _changed(db, parent, folder, iri, old, _next(manifest))
    present = {iri: each for iri, each in predicates.items() if each.rows}
    return replace(manifest, predicates=present, shrunk=manifest.shrunk or bool(removed))


def _next(manifest: Manifest) -> int:
    """A number that no file of a copy has."""
    return 1 + max(
        (int(name.partition(".")[0].rpartition("-")[2]) for name in manifest.names() if "-" in name), default=0
    )


def _changed(
    db: duckdb.DuckDBPyConnection, parent: Path, folder: Path, iri: str, old: Predicate, number: int
) -> Predicate:
    """A predicate after a write: what was added and removed since its base, in two files, or a base made anew."""
    db.execute(
        f"""CREATE OR REPLACE TABLE more AS SELECT s, o FROM encoded WHERE p = {quoted(iri)} AND here;
        CREATE OR REPLACE TABLE less AS SELECT s, o FROM encoded WHERE p = {quoted(iri)} AND NOT here;
        CREATE OR REPLACE TABLE added AS {_rows(parent, old.added)};
        CREATE OR REPLACE TABLE removed AS {_rows(parent, old.removed)};
        CREATE OR REPLACE TABLE now_added AS (FROM added EXCEPT FROM less) UNION (FROM more EXCEPT FROM removed);
        CREATE OR REPLACE TABLE now_removed AS (FROM removed EXCEPT FROM more) UNION (FROM less EXCEPT FROM added)"""
    )
    counted = "SELECT (SELECT count(*) FROM more) - (SELECT count(*) FROM less), "
    counted += "(SELECT count(*) FROM now_added), (SELECT count(*) FROM now_removed)"
    ((grown, added, removed),) = db.execute(counted).fetchall()
    ((subjects, objects),) = db.execute(
        f"SELECT list(DISTINCT s >> {SHIFT}), list(DISTINCT o >> {SHIFT}) FROM more"
    ).fetchall()
    new = _with_kinds(replace(old, rows=old.rows + grown), subjects, objects)
    new = replace(new, added="", removed="")
    if not old.base or added + removed > max(_FEW, _SHARE * new.rows):
        base = f"p{old.number}-{number}.parquet"
        _copy(
            db,
            f"({_rows(parent, old.base)} EXCEPT FROM now_removed) UNION ALL FROM now_added ORDER BY s, o",
            folder / base,
        )
        return replace(new, base=base)
    if added:
        new = replace(new, added=f"p{old.number}-added-{number}.parquet")
        _copy(db, "FROM now_added ORDER BY s, o", folder / new.added)
    if removed:
        new = replace(new, removed=f"p{old.number}-removed-{number}.parquet")
        _copy(db, "FROM now_removed ORDER BY s, o", folder / new.removed)
    return new


def _rows(parent: Path, name: str) -> str:
    """The rows of a file; none without one."""
    return (
        f"SELECT s, o FROM {quoted(str(parent / name))}"
        if name
        else "SELECT 0::BIGINT AS s, 0::BIGINT AS o WHERE false"
    )
