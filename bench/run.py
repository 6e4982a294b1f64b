"""The twelve questions of bench/queries on this service and on four others: one register, one run, each in turn.

Data: a synthetic register (bench/generate.py) in one graph. Every service loads it by its own bulk loader; then each
question goes by HTTP to each service in turn, in rounds. The first answers are compared after sorting, numbers by
their value; one that differs is named in the report, and its times count for nothing. Each request has another number
in its BASE, so that nobody can answer from memory; `repeated` is this service with the same text each time.

\b
Peers        a peer that cannot be had is skipped with a line that says why
Time limit   a question that a service does not answer within --limit is shown so; the service is started anew
Ratios       are to the reference service's in the same round of turns; take them, not the seconds
Memory       resident, of the process and its children, pages that they share counted for each

\b
python -m bench.run --conferrals 10_000 --output report.md --picture docs/pictures/scale.svg
"""

import contextlib
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from bench import services
from bench.client import Target, measure, varied
from bench.first_figures import resident_mib
from bench.generate import Register, write
from bench.services import MissingPeer, Service
from thidua.base.terms import PREFIXES

ROOT = Path(__file__).resolve().parent.parent
QUERIES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "bench" / "queries").glob("*.rq"))}
NAMES = ("thidua", "oxigraph", "rdflib-endpoint", "virtuoso", "fuseki")
_NUMBERS = {PREFIXES["xsd"] + name for name in ("integer", "decimal", "double", "int", "long")}
Rows = list[tuple[tuple[str, ...], ...]]


@dataclass
class Seat:
    """A service that takes part: how it loaded, and what it did with each question."""

    service: Service
    load_seconds: float
    disk_mib: float | None
    """None for a service that keeps nothing on disk."""
    at_rest_mib: float = 0.0
    after_mib: float = 0.0
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    target: Target | None = None
    told: dict[str, str] = field(default_factory=dict)
    """Of a question that it could not do, or did otherwise than the others, what happened."""
    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """(question, texts) to seconds of each request."""

    def start(self) -> None:
        """Start it, or start it anew."""
        self.stack.close()
        self.target = self.stack.enter_context(services.running(self.service))

    def percentile(self, query: str, share: float, texts: str = "varied") -> float | None:
        """Milliseconds, or None if it gave no good answer."""
        times = sorted(self.times.get((query, texts), []))
        return 1000 * times[min(int(len(times) * share), len(times) - 1)] if times and query not in self.told else None


@click.command(help=__doc__)
@click.option("--conferrals", default=10_000, show_default=True, help="Size of the register.")
@click.option("--seed", default=1, show_default=True)
@click.option("--services", "chosen", default=",".join(NAMES), show_default=True, help="Which take part.")
@click.option("--queries", default=",".join(QUERIES), show_default=True, help="Which questions.")
@click.option("--reference", default="Oxigraph server", show_default=True, help="Whose times are 1.")
@click.option("--seconds", default=2.0, show_default=True, help="Length of a service's turn.")
@click.option("--rounds", default=2, show_default=True, help="Turns of each service with each question.")
@click.option("--limit", default=60.0, show_default=True, help="Seconds that an answer may take.")
@click.option("--memory", default=12, show_default=True, help="GiB that loading into this service may take.")
@click.option("--peers", type=click.Path(path_type=Path), help="Folder of oxigraph and rdflib-endpoint.")
@click.option("--fuseki", "jar", type=click.Path(path_type=Path), help="The jar of Fuseki.")
@click.option("--virtuoso", "package", type=click.Path(path_type=Path), help="Where Virtuoso's packages are unpacked.")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder for the register and the stores.")
@click.option("--keep", is_flag=True, help="Take the stores of the run before, and the times it took to load them.")
@click.option("--output", type=click.Path(path_type=Path), help="File for the report.")
@click.option("--picture", "pictures", multiple=True, type=click.Path(path_type=Path), help="SVG or PNG file.")
def main(
    conferrals: int, seed: int, chosen: str, queries: str, reference: str, seconds: float, rounds: int, limit: float,
    memory: int, peers: Path | None, jar: Path | None, package: Path | None, data: Path, keep: bool,
    output: Path | None,    pictures: tuple[Path, ...],
) -> None:  # fmt: skip
    data = data.absolute()
    register, triples = generated(data, Register(conferrals, seed))
    names = [name.strip() for name in queries.split(",")]
    skipped: list[str] = []
    makers: dict[str, Callable[[Path], Service]] = {
        "thidua": lambda store: _ours(register, store, memory, skipped),
        "oxigraph": lambda store: services.oxigraph(peers, register, store),
        "rdflib-endpoint": lambda store: services.rdflib_endpoint(peers, register),
        "virtuoso": lambda store: services.virtuoso(package, register, store),
        "fuseki": lambda store: services.fuseki(jar, register, store),
    }
    seats = []
    for name in chosen.split(","):
        try:
            seats.append(seated(makers[name.strip()], data / name.strip(), keep))
        except (MissingPeer, RuntimeError, subprocess.CalledProcessError) as exc:
            skipped.append(f"{name} is skipped: {exc}")
            click.echo(skipped[-1], err=True)
    title = f"{conferrals:,} conferrals, {triples:,} triples"
    sizes: dict[str, int] = {}
    try:
        for name in names:
            sizes[name] = asked(name, seats, seconds, rounds, limit)
            for seat in seats:
                seat.after_mib = resident_mib(seat.target.pid) if seat.target else 0
            if output:  # a long run that is ended early leaves what it has
                output.write_text(written(title, seats, sizes, skipped, reference, {}), encoding="utf-8")
    finally:
        for seat in seats:
            seat.stack.close()
    store = data / "thidua" / "current" / "rocksdb"
    spent = {name: phases(store, QUERIES[name]) for name in names} if store.exists() and "thidua" in chosen else {}
    text = written(title, seats, sizes, skipped, reference, spent)
    click.echo(text)
    if output:
        output.write_text(text, encoding="utf-8")
    for picture in pictures:
        drawn(picture, title, seats, names, reference)


def generated(folder: Path, register: Register) -> tuple[Path, int]:
    """The register's file, made unless it is there, and how many triples it has."""
    folder.mkdir(parents=True, exist_ok=True)
    path, size = folder / "register.nt", folder / "register.size"
    if not size.exists():
        with path.open("wb") as out:
            size.write_text(str(write(register, out, "nt", quiet=False)))
    return path, int(size.read_text())


def seated(make: Callable[[Path], Service], store: Path, keep: bool) -> Seat:
    """Load the data into a service from clean, and start it.

    :param keep: take the store that is there, and the time that loading it took.
    """
    kept = store.with_suffix(".load")
    if not (keep and kept.exists()):
        shutil.rmtree(store, ignore_errors=True)
        kept.unlink(missing_ok=True)
    click.echo(f"loading {store.name}", err=True)
    started = time.perf_counter()
    service = make(store)
    loaded = time.perf_counter() - started
    seat = Seat(service, loaded, _size_mib(store) if store.exists() else None)
    started = time.perf_counter()
    seat.start()
    if seat.disk_mib is None:
        seat.load_seconds = time.perf_counter() - started  # it reads the file each time that it starts
    if kept.exists():
        seat.load_seconds = float(kept.read_text())
    kept.write_text(str(seat.load_seconds))
    assert seat.target
    seat.at_rest_mib = resident_mib(seat.target.pid)
    click.echo(f"{service.name}: {seat.load_seconds:.1f} s, {seat.at_rest_mib:.0f} MiB resident", err=True)
    return seat


def _ours(register: Path, store: Path, memory: int, notes: list[str]) -> Service:
    """What `thidua serve --plain` does when it finds no version yet.

    :param memory: GiB of address space that it may take.
    :raises RuntimeError: it failed.
    """
    if (store / "current").exists():
        return services.ours("thidua", store, 1, plain=True)
    store.mkdir(parents=True)
    (store / "register.nt").symlink_to(register)
    call = "import sys; from thidua_server.command import first_version; first_version(sys.argv[1], True)"
    bounded = ["prlimit", f"--as={memory << 30}", sys.executable, "-c", call, str(store)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(bounded, cwd=ROOT, env=environment, capture_output=True, text=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise RuntimeError(f"with {memory} GiB of address space its first version failed at {peak:,} MiB: {last}")
    notes.append(f"thidua: building the first version took {peak:,} MiB at its peak")
    return services.ours("thidua", store, 1, plain=True)


def _size_mib(folder: Path) -> float:
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    # What two names stand for is there once, and a sparse file is as large as what is written.
    kept = {(path.stat().st_dev, path.stat().st_ino): path.stat().st_blocks * 512 for path in paths}
    return sum(kept.values()) / 2**20


def asked(name: str, seats: list[Seat], seconds: float, rounds: int, limit: float) -> int:
    """Compare the answers to one question, then time those that gave the right one; returns how many rows it has."""
    text, expected = QUERIES[name], None
    for seat in seats:
        began = time.perf_counter()
        try:
            rows = _answer(seat, text, limit)
        except (TimeoutError, urllib.error.URLError, ConnectionError) as exc:
            late = time.perf_counter() - began >= limit * 0.95
            detail = exc.read()[:200].decode(errors="replace") if isinstance(exc, urllib.error.HTTPError) else str(exc)
            seat.told[name] = f"over {limit:.0f} s" if late else f"refused: {detail}".replace("\n", " ")
            click.echo(f"{name}, {seat.service.name}: {seat.told[name]}", err=True)
            seat.start()
            continue
        took = time.perf_counter() - began
        if expected is None:
            expected = rows
        elif rows != expected:
            at = next((i for i, (a, b) in enumerate(zip(rows, expected, strict=False)) if a != b), 0)
            seat.told[name] = f"other rows: {len(rows):,} for {len(expected):,}"
            click.echo(f"{name}, {seat.service.name}: {seat.told[name]}, {rows[at : at + 1]}", err=True)
            continue
        click.echo(f"{name}, {seat.service.name}: {len(rows):,} rows, first time {1000 * took:.0f} ms", err=True)
        if took > limit / 3:
            seat.times[name, "varied"] = [took]
    timed(name, seats, seconds, rounds)
    return len(expected or [])


def timed(name: str, seats: list[Seat], seconds: float, rounds: int) -> None:
    """Ask each service that gave the right answer, in turn; a very slow one had its turn with the first answer."""
    query = varied(QUERIES[name])
    number = 0
    slow = [seat for seat in seats if (name, "varied") in seat.times]
    for _ in range(rounds):
        for seat in (each for each in seats if name not in each.told):
            kinds = ("varied", "repeated") if seat.service.name == "thidua" else ("varied",)
            for texts in kinds[seat in slow :]:
                number += 100_000_000
                try:
                    seat.times.setdefault((name, texts), []).extend(_turn(seat, query, texts, number, seconds))
                except RuntimeError as exc:
                    seat.told[name] = f"failed: {str(exc)[:150]}".replace("\n", " ")
                    seat.start()
                    break


def _turn(seat: Seat, query: Callable[[int], bytes], texts: str, number: int, seconds: float) -> list[float]:
    assert seat.target
    fixed = query(number)

    def repeated(_: int) -> bytes:
        return fixed

    if texts == "varied":
        return list(measure(seat.target, query, 1, seconds, number).latencies)
    for _ in range(2):  # what is asked again is remembered
        measure(seat.target, repeated, 1, 0.0, number)
    return list(measure(seat.target, repeated, 1, seconds, number).latencies)


def _answer(seat: Seat, text: str, limit: float) -> Rows:
    assert seat.target
    headers = {"Content-Type": seat.target.media_type, "Accept": "application/sparql-results+json"}
    address = f"http://127.0.0.1:{seat.target.port}{seat.target.path}"
    request = urllib.request.Request(address, seat.target.body(text.encode()), headers)
    with urllib.request.urlopen(request, timeout=limit) as response:
        bindings = json.load(response)["results"]["bindings"]
    return sorted(tuple(sorted(_term(name, term) for name, term in row.items())) for row in bindings)


def _term(name: str, term: dict[str, str]) -> tuple[str, ...]:
    """A term in one spelling: a number by its value, a literal without a type as a string."""
    datatype, value = term.get("datatype", "").replace(PREFIXES["xsd"] + "string", ""), term["value"]
    if datatype in _NUMBERS:
        return name, "number", f"{float(value):.9g}"
    return name, term["type"].replace("typed-", ""), value, datatype, term.get("xml:lang", "").lower()


def phases(store: Path, query: str) -> tuple[float, float, float]:
    """Milliseconds within the engine alone, the best of three: planning, finding all rows, and with serialising them.

    Planning is what the query takes on an empty store; rows are found, and counted, by the engine itself.
    """
    import pyoxigraph as ox

    graph = ox.Store.read_only(str(store))
    heads = [line for line in query.splitlines() if line.startswith("PREFIX")]
    body = "\n".join(line for line in query.splitlines() if not line.startswith(("PREFIX", "#")))
    ordered = body.rfind("\nORDER BY") if "\nORDER BY" in body else len(body)
    counting = "\n".join([*heads, f"SELECT (COUNT(*) AS ?rows) {{ {{ {body[:ordered]} }} }}"])

    def best(run: Callable[[], Any]) -> float:
        times = []
        for _ in range(3):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
            if times[-1] > 5:
                break
        return 1000 * min(times)

    def serialised(graph: ox.Store, text: str) -> None:
        solutions = graph.query(text)
        assert isinstance(solutions, ox.QuerySolutions)
        solutions.serialize(format=ox.QueryResultsFormat.JSON)

    empty = ox.Store()
    return (
        best(lambda: serialised(empty, query)),
        best(lambda: serialised(graph, counting)),
        best(lambda: serialised(graph, query)),
    )


def written(
    title: str, seats: list[Seat], sizes: dict[str, int], skipped: list[str], reference: str,
    spent: dict[str, tuple[float, float, float]],
) -> str:  # fmt: skip
    """The report, in Markdown."""
    base = next((seat for seat in seats if seat.service.name == reference), seats[0])
    heads = " | ".join(seat.service.name for seat in seats)
    lines = [
        f"### {title}\n",
        f"Python {platform.python_version()}, {os.cpu_count()} cores ({_processor()}), Linux {platform.release()}. "
        f"Ratios are to {base.service.name}.\n",
        *(f"- {seat.service.name}: {seat.service.version}" for seat in seats),
        *(f"- {line}" for line in skipped),
        f"\n| | {heads} | {base.service.name}, measured |\n|---|{'--:|' * (len(seats) + 1)}",
        _row("load", [seat.load_seconds for seat in seats], base.load_seconds, f"{base.load_seconds:.1f} s"),
        _row("on disk", [seat.disk_mib for seat in seats], base.disk_mib, f"{base.disk_mib or 0:.0f} MiB"),
        _row("resident, just started", [s.at_rest_mib for s in seats], base.at_rest_mib, f"{base.at_rest_mib:.0f} MiB"),
        _row("resident, afterwards", [s.after_mib for s in seats], base.after_mib, f"{base.after_mib:.0f} MiB"),
    ]
    ours = next((seat for seat in seats if seat.service.name == "thidua"), None)
    for share, what in ((0.5, "p50"), (0.95, "p95")):
        lines.append(
            f"\n| {what} | rows | {heads} | thidua, repeated | {base.service.name}, measured |"
            f"\n|---|--:|{'--:|' * (len(seats) + 2)}"
        )
        for name, size in sizes.items():
            unit = base.percentile(name, share)
            cells = [_ratio(seat.percentile(name, share), unit) or seat.told.get(name, "–") for seat in seats]
            again = _ratio(ours.percentile(name, share, "repeated"), unit) if ours else ""
            cells += [again or "–", f"{unit:.1f} ms" if unit else "–"]
            lines.append(f"| {name} | {size:,} | {' | '.join(_short(cell) for cell in cells)} |")
    for seat in seats:
        several = [len(seat.times.get((name, "varied"), [])) for name in sizes]
        lines.append(f"\n{seat.service.name}: {min(several)} to {max(several)} requests a question.")
    lines += [f"\n- {seat.service.name}, {name}: {told}" for seat in seats for name, told in seat.told.items()]
    if spent and ours:
        lines.append(
            "\nWhere the time of this service goes, as shares of its p50 over HTTP:\n"
            "\n| | planning | finding rows | serialising | HTTP and all else | p50 |\n|---|--:|--:|--:|--:|--:|"
        )
        for name, (planning, rows, whole) in spent.items():
            total = ours.percentile(name, 0.5)
            if not total:
                continue
            # Counting may be a little slower than not counting, and the machine is never quite still.
            rows = min(rows, whole)
            parts = (planning, rows - planning, whole - rows, total - whole)
            lines.append(f"| {name} | {' | '.join(f'{max(p, 0) / total:.0%}' for p in parts)} | {total:.1f} ms |")
    return "\n".join(lines) + "\n"


def _row(name: str, values: list[float | None], unit: float | None, measured: str) -> str:
    return f"| {name} | {' | '.join(_ratio(value, unit) or 'none' for value in values)} | {measured} |"


def _ratio(value: float | None, unit: float | None) -> str:
    return f"{value / unit:.2f}" if value is not None and unit else ""


def _short(cell: str) -> str:
    return cell if len(cell) < 30 else cell[:28].rstrip() + "…"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def drawn(path: Path, title: str, seats: list[Seat], names: list[str], reference: str) -> None:
    """A point for each service and question: p50 over the reference's, on a logarithmic scale."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "thidua", "font.family": "DejaVu Sans", "font.size": 9})
    from matplotlib import pyplot

    base = next((seat for seat in seats if seat.service.name == reference), seats[0])
    figure, axes = pyplot.subplots(figsize=(7.5, 5), layout="constrained")
    marks = iter("osD^vP")
    for seat in [*seats]:
        found = _points(seat, base, names, "varied")
        axes.plot(*zip(*found, strict=True) if found else ([], []), next(marks), label=seat.service.name, alpha=0.85)
        if seat.service.name == "thidua" and (again := _points(seat, base, names, "repeated")):
            axes.plot(*zip(*again, strict=True), "x", label="thidua, repeated", alpha=0.85)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.axvline(1, color="0.5", linewidth=0.8)
    axes.grid(axis="x", color="0.9")
    axes.set_xlabel(f"p50 over that of {base.service.name}; left is faster")
    axes.set_title(title, fontsize=10)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def _points(seat: Seat, base: Seat, names: list[str], texts: str) -> list[tuple[float, int]]:
    found = []
    for place, name in enumerate(names):
        value, unit = seat.percentile(name, 0.5, texts), base.percentile(name, 0.5)
        if value and unit:
            found.append((value / unit, place))
    return found


if __name__ == "__main__":
    main()
