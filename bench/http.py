"""This service beside the Oxigraph server and rdflib-endpoint: the same data, machine and run, each in turn.

Five queries (a point lookup, the catalogued question who-led, an aggregate, a report full of OPTIONAL, an export of
50,000 rows) go by HTTP to each service, from one client and from several. Before anything is timed, the answers of
all services must be the same rows. A yardstick, a dozen lines of WSGI in front of pyoxigraph, tells what Python costs
any such service.

The data is the project's own build and 100,000 made-up conferrals beside it. Our limits are raised (bench/services.py
says which), so that speed is measured and not refusal.

  texts  varied: each request has another number in its BASE, so that nobody can answer from memory
         repeated: the same text each time; only for services that remember something

Take ratios from one run, not times from two: the services take turns within each cell.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Python puts this folder first, where this file would pass for the standard module it is named like.
sys.path[0] = str(ROOT)

# ruff: noqa: E402
import contextlib
import json
import os
import platform
import statistics
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from bench import services, synthetic
from bench.client import Measured, Target, measure, varied
from bench.services import MissingPeer, Service
from thidua.base.files import ProjectFiles
from thidua.base.terms import CONCEPT, PREFIXES, TD
from thidua.building.build import build
from thidua.rdf.quads import QuadStore

REFERENCE = "Oxigraph server"
MARKS = ("<!-- made by bench/http.py -->", "<!-- the end of that -->")
PEERS = ("oxigraph", "rdflib-endpoint", "yardstick")
_HEADS = f"PREFIX td: <{TD}> PREFIX skos: <{PREFIXES['skos']}> PREFIX oa: <{PREFIXES['oa']}>\n"


def _lookup(number: int) -> bytes:
    thing = synthetic.conferral(number % synthetic.CONFERRALS)
    return f"SELECT ?property ?value {{ <{thing}> ?property ?value }} LIMIT {10**9 + number:010d}".encode()


QUERIES: dict[str, Callable[[int], bytes]] = {
    "point lookup": _lookup,
    "who-led": varied((ROOT / "queries" / "who-led.rq").read_text(encoding="utf-8")),
    "aggregate": varied(
        _HEADS
        + """SELECT ?award (COUNT(?conferral) AS ?conferrals) (SUM(?count) AS ?total) (MAX(?count) AS ?most)
WHERE { ?conferral td:kind ?award ; td:awardCount ?count } GROUP BY ?award ORDER BY ?award"""
    ),
    "report": varied(
        _HEADS
        + """SELECT ?cluster ?award ?total ?collectives ?individuals ?households ?by ?source WHERE {
  ?edition td:year 2005 ; td:editionOf ?cluster ; td:conferral ?conferral .
  ?conferral td:kind ?award ; td:statedBy/oa:hasSource ?source .
  OPTIONAL { ?conferral td:awardCount ?total }
  OPTIONAL { ?conferral td:collectiveCount ?collectives }
  OPTIONAL { ?conferral td:individualCount ?individuals }
  OPTIONAL { ?conferral td:householdCount ?households }
  OPTIONAL { ?conferral td:conferredBy ?by }
} ORDER BY ?cluster ?award ?total ?collectives"""
    ),
    "export": varied(
        _HEADS
        + """SELECT ?conferral ?count ?award ?evidence
WHERE { ?conferral td:awardCount ?count ; td:kind ?award ; td:statedBy ?evidence }"""
    ),
}


@dataclass(frozen=True)
class Cell:
    """What one service did with one query, in all rounds together."""

    query: str
    clients: int
    service: str
    texts: str
    rounds: tuple[Measured, ...]

    @property
    def throughput(self) -> float:
        """Requests a second."""
        return sum(len(each.latencies) for each in self.rounds) / sum(each.seconds for each in self.rounds)

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the requests was answered."""
        times = sorted(time for each in self.rounds for time in each.latencies)
        return 1000 * times[min(int(len(times) * share), len(times) - 1)]

    @property
    def milliseconds_used(self) -> float:
        """Processor time that the service takes for one request; a busy machine changes it less than the others."""
        return 1e3 * sum(e.service_seconds for e in self.rounds) / sum(len(e.latencies) for e in self.rounds)

    @property
    def client_microseconds(self) -> float:
        """Processor time that a client takes for one request."""
        return 1e6 * sum(e.client_seconds for e in self.rounds) / sum(len(e.latencies) for e in self.rounds)


@click.command(help=__doc__.split("\n\n", 1)[0], epilog="\b\n" + __doc__.split("\n\n", 1)[1])
@click.option("--seconds", default=3.0, show_default=True, help="Length of one round of one service in one cell.")
@click.option("--rounds", default=3, show_default=True, help="Rounds of each cell; the services take turns in each.")
@click.option("--clients", default="1,8", show_default=True, help="How many clients ask at once, in turn.")
@click.option("--queries", default=",".join(QUERIES), show_default=True, help="Which queries.")
@click.option("--services", "chosen", default=",".join(PEERS), show_default=True, help="Which to compare with.")
@click.option("--processes", default="1", show_default=True, help="Our numbers of web processes, such as 1,2.")
@click.option("--before", type=click.Path(path_type=Path, exists=True), help="Another checkout to run beside this one.")
@click.option("--peers", type=click.Path(path_type=Path), help="Folder of the peers' programs, if not on the path.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder to keep data and stores in for the next run.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write the tables into, or a page of ours.")
def main(
    seconds: float, rounds: int, clients: str, queries: str, chosen: str, processes: str, before: Path | None,
    peers: Path | None, data: Path | None, output: Path | None,
) -> None:  # fmt: skip
    names = [name.strip() for name in queries.split(",")]
    crowds = [int(number) for number in clients.split(",")]
    with contextlib.ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        quads = prepared(folder.absolute())
        found = list(offered(chosen.split(","), [int(each) for each in processes.split(",")], peers, folder, quads))
        if before:
            found.insert(1, services.ours("thidua, before", quads.parent, 1, plain=True, root=before.absolute()))
        targets: dict[Service, Target] = {}
        for service in found:
            click.echo(f"starting {service.name}", err=True)
            targets[service] = stack.enter_context(services.running(service))
        sizes = {name: same_answer(name, targets) for name in names}
        cells = [cell for name in names for crowd in crowds for cell in timed(name, crowd, targets, seconds, rounds)]
    text = written(cells, sizes, found)
    click.echo(text)
    if output:
        put(output, text)


def put(path: Path, text: str) -> None:
    """Write the tables into a file; into one that has the two marks, between these."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    before, found, rest = old.partition(MARKS[0])
    _, ended, after = rest.partition(MARKS[1])
    path.write_text(f"{before}{MARKS[0]}\n\n{text}\n{MARKS[1]}{after}" if found and ended else text, encoding="utf-8")


def prepared(folder: Path) -> Path:
    """Build the project's graph and the file that every service reads; returns that file."""
    store, plain = folder / "store", folder / "plain"
    if not (store / "current").exists():
        click.echo("building the project's graph", err=True)
        build(ProjectFiles.find(ROOT), store)
    quads = plain / "bench.nq"
    if not quads.exists():
        plain.mkdir(parents=True, exist_ok=True)
        graph = QuadStore.read_only(store / "current" / "rocksdb")
        scheme = f"SELECT ?award {{ ?award <{PREFIXES['skos']}inScheme> <{CONCEPT}award> }} ORDER BY ?award"
        awards = [row["award"].value for row in graph.select(scheme) if row["award"]]
        part = quads.with_suffix(".part")
        graph.dump_quads(part)
        with part.open("a", encoding="utf-8") as file:
            file.writelines(synthetic.quads(awards))
        part.rename(quads)
    return quads


def offered(
    chosen: list[str], processes: list[int], peers: Path | None, folder: Path, quads: Path
) -> Iterator[Service]:
    """The services asked for, ours first; one that is missing is skipped with a line that says so."""
    for number in processes:
        several = f", {number} processes" if number > 1 else ""
        yield services.ours("thidua" + several, quads.parent, number, plain=True)
    yield services.ours("thidua, project store", folder.absolute() / "store", processes[0], plain=False)
    store = folder.absolute() / "oxigraph"
    makers = {
        "oxigraph": lambda: services.oxigraph(peers, quads, store),
        "yardstick": lambda: services.yardstick(store),
        "rdflib-endpoint": lambda: services.rdflib_endpoint(peers, quads),
    }
    for name, make in makers.items():
        if name not in chosen:
            continue
        try:
            yield make()
        except MissingPeer as exc:
            click.echo(f"skipped: {exc}", err=True)


def takes_part(query: str, service: Service) -> bool:
    """The project's own store has no made-up data, so only the question about real data goes there."""
    return "project" not in service.name or query == "who-led"


def same_answer(query: str, targets: dict[Service, Target]) -> int:
    """How many rows the query gives; every service must give the same ones.

    :raises click.ClickException: one gives others.
    """
    expected: tuple[str, Counter[frozenset[tuple[str, ...]]]] | None = None
    for service, target in targets.items():
        if not takes_part(query, service):
            continue
        rows = _rows(target, QUERIES[query](0))
        expected = expected or (service.name, rows)
        if rows != expected[1]:
            other = f"{expected[0]} ({expected[1].total()} rows) and {service.name} ({rows.total()} rows)"
            raise click.ClickException(f"{query}: {other} differ, so nothing is timed; ask both for it by hand.")
    assert expected is not None
    return expected[1].total()


def _rows(target: Target, query: bytes) -> Counter[frozenset[tuple[str, ...]]]:
    headers = {"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json"}
    request = urllib.request.Request(f"http://127.0.0.1:{target.port}{target.path}", query, headers)
    with urllib.request.urlopen(request, timeout=600) as response:
        bindings = json.load(response)["results"]["bindings"]
    return Counter(frozenset(_term(name, term) for name, term in row.items()) for row in bindings)


def _term(name: str, term: dict[str, str]) -> tuple[str, ...]:
    """A term in one spelling: a literal without a type is a string."""
    datatype = term.get("datatype", "").replace(PREFIXES["xsd"] + "string", "")
    return name, term["type"].replace("typed-", ""), term["value"], datatype, term.get("xml:lang", "").lower()


def timed(query: str, clients: int, targets: dict[Service, Target], seconds: float, rounds: int) -> list[Cell]:
    """Let every service answer in turn, round after round; one that is very slow has a single round."""
    number = 0
    measured: dict[tuple[Service, str], list[Measured]] = {}
    for _ in range(rounds):
        for service, target in targets.items():
            for texts in ("varied", "repeated") if service.remembers else ("varied",):
                done = measured.setdefault((service, texts), [])
                if not takes_part(query, service) or (done and done[-1].seconds > 3 * seconds):
                    continue
                number += 100_000_000
                fixed = QUERIES[query](number)
                ask = QUERIES[query] if texts == "varied" else lambda _, fixed=fixed: fixed
                measure(target, ask, 1, 0.0, number + 90_000_000)
                done.append(measure(target, ask, clients, seconds, number))
                click.echo(f"{query}, {clients} clients, {service.name}, {texts}: {_told(done[-1])}", err=True)
    return [
        Cell(query, clients, service.name, texts, tuple(each)) for (service, texts), each in measured.items() if each
    ]


def _told(measured: Measured) -> str:
    per_second = len(measured.latencies) / measured.seconds
    used = 1000 * measured.service_seconds / len(measured.latencies)
    return f"{per_second:.1f}/s, median {1000 * statistics.median(measured.latencies):.2f} ms, CPU {used:.2f} ms"


def written(cells: list[Cell], sizes: dict[str, int], found: list[Service]) -> str:
    """The tables, in Markdown; ratios are to the Oxigraph server in the same cell."""
    lines = [f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}.\n"]
    lines += [f"- {service.name}: {service.version}" for service in found]
    for query in sizes:
        lines += [
            f"\n### {query} ({sizes[query]:,} rows)\n",
            "| clients | service | texts | requests/s | ratio | p50 ms | ratio | p95 ms | p99 ms | CPU ms |",
            "|--:|---|---|--:|--:|--:|--:|--:|--:|--:|",
        ]
        for cell in (each for each in cells if each.query == query):
            peer = next((e for e in cells if (e.query, e.clients, e.service) == (query, cell.clients, REFERENCE)), None)
            faster = f"{cell.throughput / peer.throughput:.2f}" if peer else ""
            slower = f"{cell.percentile(0.5) / peer.percentile(0.5):.2f}" if peer else ""
            times = " | ".join(f"{cell.percentile(share):.2f}" for share in (0.95, 0.99))
            lines.append(
                f"| {cell.clients} | {cell.service} | {cell.texts} | {cell.throughput:.1f} | {faster} "
                f"| {cell.percentile(0.5):.2f} | {slower} | {times} | {cell.milliseconds_used:.2f} |"
            )
    own = [cell.client_microseconds for cell in cells if cell.query == "point lookup"]
    if own:
        lines.append(f"\nThe client itself takes {statistics.median(own):.0f} µs of processor time per point lookup.")
    if over := _over_rdflib(cells):
        lines.append(f"\nOur requests/s over rdflib-endpoint's, varied texts, geometric mean: {over:.0f}.")
    return "\n".join(lines) + "\n"


def _over_rdflib(cells: list[Cell]) -> float | None:
    found = {(e.query, e.clients, e.service): e.throughput for e in cells if e.texts == "varied"}
    ratios = [
        found[query, clients, "thidua"] / throughput
        for (query, clients, service), throughput in found.items()
        if service == "rdflib-endpoint"
    ]
    return statistics.geometric_mean(ratios) if ratios else None


if __name__ == "__main__":
    main()
