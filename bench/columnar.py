"""The twelve questions on a version's columns and on the engine, in turn; and what the columns cost to make.

The columns are asked as the service asks them, through :mod:`thidua.engine.columnar`, in Parquet; and the same SQL over
the same tables in DuckDB's own file, which is what another layout would give. All must give the same rows.

\b
Load      each in a process of its own, one after the other, from register.nt to files; memory is that process's peak
Times     of the whole answer as JSON, without HTTP; `compiling` is a part of the columns' time that a query asked again
          does not take
Rounds    each asks every question once of each; the first answers are compared and do not count

\b
python -m bench.generate --conferrals 100_000 FOLDER/register.nt
python -m bench.columnar --data FOLDER --rounds 7
"""

import json
import multiprocessing
import resource
import shutil
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import duckdb
import pyoxigraph as ox

from thidua.columns.compiler import compiled
from thidua.columns.duck import Columns
from thidua.columns.layout import FOLDER
from thidua.columns.make import make_columns
from thidua.engine.columnar import ColumnarReader
from thidua.rdf.quads import QuadStore

QUERIES: Final = {path.stem: path.read_text() for path in sorted((Path(__file__).parent / "queries").glob("*.rq"))}
_JSON: Final = "application/sparql-results+json"


@dataclass(frozen=True)
class Load:
    """What one load took."""

    seconds: float
    disk_mib: float
    peak_mib: float


def _loaded(source: Path, path: Path) -> None:
    store = ox.Store(str(path))
    store.bulk_load(path=str(source), format=ox.RdfFormat.N_TRIPLES)
    store.optimize()


def _made(source: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert make_columns(source, path)


def _native(columns: Path, path: Path) -> None:
    """The same tables in DuckDB's own file."""
    opened = Columns(columns)
    with duckdb.connect(str(path)) as db:
        for predicate in opened.predicates.values():
            db.execute(f"CREATE TABLE {predicate.table} AS FROM '{columns / predicate.base}'")
        db.execute(f"CREATE TABLE terms AS FROM '{columns / 'terms.parquet'}'")


def _timed_load(make: Callable[[Path, Path], None], source: Path, path: Path) -> Load:
    start = time.perf_counter()
    make(source, path)
    seconds = time.perf_counter() - start
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    disk = sum(each.stat().st_size for each in files) / 2**20
    return Load(seconds, disk, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _apart(make: Callable[[Path, Path], None], source: Path, path: Path) -> Load:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_timed_load, make, source, path).result()


def _rows(document: bytes) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in json.loads(document)["results"]["bindings"])


def _asked(database: duckdb.DuckDBPyConnection, statements: tuple[str, str, str]) -> None:
    """Run the SQL alone."""
    for name, sql in zip(("answer", "named"), statements[:2], strict=True):
        database.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    database.execute(statements[2]).fetchall()


def _timed(act: Callable[[Any], object], asked: Any) -> float:
    start = time.perf_counter()
    act(asked)
    return time.perf_counter() - start


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of register.nt.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--keep", is_flag=True, help="Take the stores of the run before.")
@click.option("--engine/--no-engine", default=True, help="Ask the engine, too, which may take minutes.")
@click.option("--memory", default=1000, show_default=True, help="Megabytes that DuckDB may take for an answer.")
def main(data: Path, rounds: int, keep: bool, engine: bool, memory: int) -> None:
    source, version, native = data / "register.nt", data / "version", data / "native.duckdb"
    if not keep:
        shutil.rmtree(version, ignore_errors=True)
        native.unlink(missing_ok=True)
        version.mkdir()
        print("| | seconds | MiB on disk | MiB at the peak |\n|---|--:|--:|--:|")
        steps: list[tuple[str, Callable[[Path, Path], None], Path, Path]] = [
            ("columns, Parquet", _made, source, version / FOLDER),
            ("columns, DuckDB's own file, from Parquet", _native, version / FOLDER, native),
        ]
        if engine:
            steps.insert(0, ("engine, bulk load and order", _loaded, source, version / "rocksdb"))
        for name, make, start, path in steps:
            load = _apart(make, start, path)
            print(f"| {name} | {load.seconds:.1f} | {load.disk_mib:.0f} | {load.peak_mib:,.0f} |", flush=True)
    columns, reader = Columns(version / FOLDER, memory=memory), ColumnarReader(version, memory)
    store = QuadStore.read_only(version / "rocksdb") if engine else None
    own = duckdb.connect(str(native), read_only=True, config={"threads": 1, "memory_limit": f"{memory}MB"})
    print("\n| milliseconds | rows | engine | columns | columns / engine | compiling | SQL, Parquet | SQL, own file |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, text in QUERIES.items():
        first = reader.query(text).write(_JSON)
        if store is not None:
            assert _rows(store.query(text).write(_JSON)) == _rows(first), name
        statements = columns.statements(compiled(text, columns))
        times: dict[str, list[float]] = defaultdict(list)
        for number in range(rounds):
            again = f"#{number}\n{text}"
            if store is not None and (number < 2 or times["engine"][0] < 5):
                times["engine"].append(_timed(lambda text: store.query(text).write(_JSON), again))
            times["columns"].append(_timed(lambda text: reader.query(text).write(_JSON), again))
            times["compiling"].append(_timed(lambda text: compiled(text, columns), again))
            times["parquet"].append(_timed(partial(_asked, columns.database), statements))
            times["own"].append(_timed(partial(_asked, own), statements))
        found = {what: statistics.median(each) for what, each in times.items()}
        whole = found.get("engine", 0)
        shown = [f"{1000 * found.get(what, 0):,.1f}" for what in ("engine", "columns", "compiling", "parquet", "own")]
        shown.insert(2, f"{found['columns'] / whole:.3f}" if whole else "")
        print(f"| {name} | {len(_rows(first)):,} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
