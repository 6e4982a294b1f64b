"""What would a columnar copy of a register gain? The questions of bench/queries on DuckDB and on our engine, in turn.

The copy has a dictionary (number, kind, value, text of each term) and a table (s, o) of numbers for each predicate,
sorted by s. The numbers of one kind of term stand in SPARQL's order. bench/compiled.py turns a question into SQL; what
it cannot turn is named at the end, with the reason. The answers of both must be the same rows after sorting, or the run
ends.

\b
Load      each in a process of its own, one after the other, from register.nt to files; memory is that process's peak
Times     of the whole answer: the engine writes it as TSV, the copy as rows of Python text; the copy's include
          compiling, which is also shown alone
Rounds    each asks every question once of each; the first answers are compared and do not count
DuckDB    is no dependency of the project: pip install duckdb

\b
python -m bench.generate --conferrals 100_000 FOLDER/register.nt
python -m bench.columnar --data FOLDER --rounds 7
"""

import multiprocessing
import re
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import duckdb
import pyoxigraph as ox
from rdflib.term import BNode, Identifier, Literal, URIRef

from bench.compiled import COLLAPSED, VALUES, NotCompiledError, Predicate, compiled

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
QUERIES: Final = {path.stem: path for path in sorted((Path(__file__).parent / "queries").glob("*.rq"))}
THREADS: Final = (1, 2)

_DAY: Final = (
    "[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    "|(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)-02-29"
)
#: Kinds of terms, for whole texts. The engine writes each of these as it stands; of all others that is not certain.
KINDS: Final = {
    "iri": r'<[^<>"{}|^`\\\x00-\x20]*>',
    "integer": rf'"(?:0|-?[1-9][0-9]{{0,17}})"\^\^<{XSD}integer>',
    "decimal": rf'"-?(?:0|[1-9][0-9]{{0,11}})\.[0-9]{{0,5}}[1-9]"\^\^<{XSD}decimal>',
    "date": rf'"(?:{_DAY})"\^\^<{XSD}date>',
    "string": r'"[^"\\\x00-\x1f\x7f]*"',
    "lang": r'"[^"\\\x00-\x1f\x7f]*"@[a-z]+(?:-[a-z0-9]+)*',
}
#: What terms of one kind are sorted by: the closing > or " does not count.
_KEY: Final = "CASE WHEN kind IN ('iri', 'string') THEN text[:-2] ELSE text END"


class Copy:
    """A copy that is there, to be read."""

    def __init__(self, path: Path, threads: int = 1, memory: str = "2GB") -> None:
        config: dict[str, Any] = {"threads": threads, "memory_limit": memory, "enable_external_access": False}
        self.connection = duckdb.connect(str(path), read_only=True, config=config)
        rows = self.connection.execute("SELECT iri, number, subjects, objects FROM predicates").fetchall()
        self.predicates: Mapping[str, Predicate] = {
            iri: Predicate(f"p{n}", frozenset(s), frozenset(o)) for iri, n, s, o in rows
        }

    def number(self, term: Identifier) -> int | None:
        text, kind = _written(term)
        return self._first("kind = $1 AND text = $2", kind, text)

    def range(self, literal: Literal) -> tuple[str, int, int]:
        text, kind = _written(literal)
        if kind not in VALUES:
            raise NotCompiledError(f"a comparison with {text}")
        what = "number" if kind == "integer" else _KEY
        value = int(literal) if kind == "integer" else text[:-1] if kind == "string" else text
        end = self.connection.execute("SELECT max(id) + 1 FROM terms WHERE kind = $1", [kind]).fetchall()[0][0] or 0
        start = self._first(f"kind = $1 AND {what} >= $2", kind, value)
        after = self._first(f"kind = $1 AND {what} > $2", kind, value)
        return kind, end if start is None else start, end if after is None else after

    def _first(self, condition: str, *values: object) -> int | None:
        found: list[tuple[int | None]]
        found = self.connection.execute(f"SELECT min(id) FROM terms WHERE {condition}", values).fetchall()
        return found[0][0]


def _written(term: Identifier) -> tuple[str, str]:
    """A constant as the dictionary has it, and its kind."""
    if isinstance(term, BNode):
        raise NotCompiledError("a blank node as a constant")
    if isinstance(term, URIRef):
        text = f"<{term}>"
    else:
        assert isinstance(term, Literal)
        tail = f"@{term.language}" if term.language else f"^^<{term.datatype}>" if term.datatype else ""
        text = f'"{term}"' + ("" if tail == f"^^<{XSD}string>" else tail)
    kind = next((name for name, form in KINDS.items() if re.fullmatch(form, text)), COLLAPSED)
    if kind == COLLAPSED:
        raise NotCompiledError(f"{text}, which may be spelt in several ways")
    return text, kind


@dataclass(frozen=True)
class Load:
    """What one load took."""

    seconds: float
    disk_mib: float
    peak_mib: float


def copied(source: Path, path: Path, memory: str = "2GB", threads: int = 2) -> None:
    """Make a copy of a register in N-Triples; what does not fit in `memory` goes to disk.

    :raises duckdb.Error: a line is not a triple with single spaces, or a predicate no plain IRI.
    """
    staging = path.with_suffix(".staging")
    config: dict[str, Any] = {"memory_limit": memory, "threads": threads, "temp_directory": str(path) + ".tmp"}
    db = duckdb.connect(str(path), config=config)
    db.execute(f"ATTACH '{staging}' AS staging")
    # No control character can stand in a line of N-Triples that pyoxigraph or the generator writes.
    db.execute(
        f"""CREATE TABLE staging.lines AS
        SELECT split_part(line, ' ', 1) AS s, split_part(line, ' ', 2) AS p,
            CASE WHEN ends_with(line, ' .') THEN line[len(s) + len(p) + 3:-3]
            ELSE error('Not a triple: ' || line) END AS o
        FROM read_csv('{source}', delim='\\x01', quote='', escape='', header=false, auto_detect=false,
            columns={{'line': 'VARCHAR'}})"""
    )
    kinds = " ".join(f"WHEN regexp_full_match(text, '{form}') THEN '{kind}'" for kind, form in KINDS.items())
    db.execute(
        f"""CREATE TABLE staging.found AS
        SELECT text, CASE {kinds} ELSE '{COLLAPSED}' END AS kind,
            CASE kind WHEN 'integer' THEN regexp_extract(text, '-?[0-9]+')::BIGINT END AS number
        FROM (SELECT s AS text FROM staging.lines UNION SELECT o FROM staging.lines)"""
    )
    db.execute(
        f"""CREATE TABLE terms AS
        SELECT (row_number() OVER (ORDER BY kind, number, {_KEY}, text))::UINTEGER AS id, kind, number, text
        FROM staging.found"""
    )
    db.execute(
        f"""CREATE TABLE staging.names AS
        SELECT text, (row_number() OVER (ORDER BY text))::UINTEGER AS number,
            CASE WHEN regexp_full_match(text, '{KINDS["iri"]}') THEN text[2:-2]
            ELSE error('Not a predicate: ' || text) END AS iri
        FROM (SELECT DISTINCT p AS text FROM staging.lines)"""
    )
    db.execute(
        """CREATE TABLE staging.encoded AS
        SELECT DISTINCT n.number AS p, a.id AS s, b.id AS o FROM staging.lines l
        JOIN staging.names n ON n.text = l.p JOIN terms a ON a.text = l.s JOIN terms b ON b.text = l.o
        ORDER BY ALL"""
    )
    ranges = db.execute("SELECT kind, min(id), max(id) FROM terms GROUP BY kind").fetchall()
    subject, value = (
        "CASE " + " ".join(f"WHEN {side} BETWEEN {low} AND {high} THEN '{k}'" for k, low, high in ranges) + " END"
        for side in "so"
    )
    db.execute(
        f"""CREATE TABLE predicates AS
        SELECT iri, number, list(DISTINCT {subject}) AS subjects, list(DISTINCT {value}) AS objects
        FROM staging.encoded JOIN staging.names ON number = p GROUP BY ALL"""
    )
    for (number,) in db.execute("SELECT number FROM predicates ORDER BY number").fetchall():
        db.execute(f"CREATE TABLE p{number} AS SELECT s, o FROM staging.encoded WHERE p = {number} ORDER BY s, o")
    db.execute("DETACH staging")
    db.execute("CHECKPOINT")
    db.close()
    staging.unlink()


def bulk_loaded(source: Path, path: Path) -> None:
    """The same by the engine's own loader."""
    ox.Store(str(path)).bulk_load(path=str(source), format=ox.RdfFormat.N_TRIPLES)


def _timed_load(make: Callable[[Path, Path], None], source: Path, path: Path) -> Load:
    start = time.perf_counter()
    make(source, path)
    seconds = time.perf_counter() - start
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    disk = sum(each.stat().st_size for each in files) / 2**20
    return Load(seconds, disk, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def loaded(make: Callable[[Path, Path], None], source: Path, path: Path) -> Load:
    """Load in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_timed_load, make, source, path).result()


def answer_of_engine(store: ox.Store, text: str) -> bytes:
    """The answer as TSV."""
    results = store.query(text)
    assert isinstance(results, ox.QuerySolutions)
    return results.serialize(format=ox.QueryResultsFormat.TSV) or b""


def answer_of_copy(copy: Copy, text: str) -> list[tuple[str | None, ...]]:
    """The answer as rows of terms in N-Triples."""
    rows: list[tuple[str | None, ...]] = copy.connection.execute(compiled(text, copy)).fetchall()
    return rows


def rows_of_engine(store: ox.Store, text: str) -> list[tuple[str | None, ...]]:
    """The answer as rows of terms in N-Triples, to compare."""
    results = store.query(text)
    assert isinstance(results, ox.QuerySolutions)
    return [tuple(None if term is None else str(term) for term in row) for row in results]


def ordered(rows: list[tuple[str | None, ...]]) -> list[tuple[str, ...]]:
    """Rows to be compared as multisets."""
    return sorted(tuple("" if term is None else term for term in row) for row in rows)


def measured(store: ox.Store, copy: Copy, rounds: int) -> list[str]:
    """A table of the questions that compile, and a list of those that do not.

    :raises click.ClickException: an answer differs.
    """
    texts, sizes, refused = {}, {}, []
    for name, path in QUERIES.items():
        text = path.read_text(encoding="utf-8")
        try:
            rows = answer_of_copy(copy, text)
        except NotCompiledError as exc:
            refused.append(f"- {name} does not compile: {exc}")
            continue
        if ordered(rows) != ordered(rows_of_engine(store, text)):
            raise click.ClickException(f"{name}: the answers differ.")
        texts[name], sizes[name] = text, len(rows)
    times: dict[tuple[str, str], list[float]] = {}

    def timed(name: str, who: str, ask: Callable[[], object]) -> None:
        start = time.perf_counter()
        ask()
        times.setdefault((name, who), []).append(1000 * (time.perf_counter() - start))

    for _ in range(rounds):
        for name, text in texts.items():
            timed(name, "engine", partial(answer_of_engine, store, text))
            for threads in THREADS:
                copy.connection.execute(f"SET threads = {threads}")
                timed(name, str(threads), partial(answer_of_copy, copy, text))
            timed(name, "compiling", partial(compiled, text, copy))
    heads = "".join(f" DuckDB, {n} thread{'s' * (n > 1)} | ratio |" for n in THREADS)
    lines = [f"| p50 | rows | pyoxigraph |{heads} of that compiling |", f"|---|{'--:|' * (3 + 2 * len(THREADS))}"]
    for name, size in sizes.items():
        base = statistics.median(times[name, "engine"])
        cells = [f"{base:.1f} ms"]
        for threads in THREADS:
            value = statistics.median(times[name, str(threads)])
            cells += [f"{value:.1f} ms", f"{value / base:.3f}"]
        cells.append(f"{statistics.median(times[name, 'compiling']):.1f} ms")
        lines.append(f"| {name} | {size:,} | {' | '.join(cells)} |")
    return [*lines, "", *refused]


@click.command(help=__doc__)
@click.option("--data", required=True, type=click.Path(path_type=Path, exists=True), help="Folder of register.nt.")
@click.option("--stores", type=click.Path(path_type=Path), help="Keep both stores here; what is here is not loaded.")
@click.option("--rounds", default=5, show_default=True, help="How often each question is asked of each.")
def main(data: Path, stores: Path | None, rounds: int) -> None:
    """Load both, ask both, print Markdown."""
    folder = stores or Path(tempfile.mkdtemp(prefix="columnar-"))
    folder.mkdir(parents=True, exist_ok=True)
    paths = {"pyoxigraph": folder / "engine", "DuckDB": folder / "copy.duckdb"}
    loads = {}
    try:
        for (name, path), make in zip(paths.items(), (bulk_loaded, copied), strict=True):
            if not path.exists():
                loads[name] = loaded(make, data / "register.nt", path)
        print(f"pyoxigraph {ox.__version__}, DuckDB {duckdb.__version__}\n")
        if len(loads) == 2:
            base = loads["pyoxigraph"]
            print("| | load | ratio | on disk | ratio | peak memory |\n|---|--:|--:|--:|--:|--:|")
            for name, load in loads.items():
                print(
                    f"| {name} | {load.seconds:.1f} s | {load.seconds / base.seconds:.2f} | {load.disk_mib:.0f} MiB "
                    f"| {load.disk_mib / base.disk_mib:.2f} | {load.peak_mib:.0f} MiB |"
                )
            print(flush=True)
        copy = Copy(paths["DuckDB"])
        print("\n".join(measured(ox.Store.read_only(str(paths["pyoxigraph"])), copy, rounds)))
        copy.connection.close()
    finally:
        if stores is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
