"""What the gateway gains: the same app under it and under gunicorn's own threaded worker, in turn.

Five kinds of requests for the project's graph, from one client and from several. A lookup that is new has another LIMIT
each time, and a question that is new another timeout, so that nothing can answer it from memory.

Take ratios from one run, not times from two: the services take turns within each round.
"""

import dataclasses
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click

from bench import services
from bench.client import Measured, Target, measure
from bench.services import ROOT, Service
from thidua.base.files import ProjectFiles
from thidua.base.terms import BASE
from thidua.building.build import build

_LOOKUP: Final = f"SELECT ?p ?o {{ <{BASE}id/province/thai-binh> ?p ?o }} LIMIT %d"
_WHO_LED: Final = "/questions/who-led.csv?cluster=dong-bang-song-hong&year=2023"


@dataclasses.dataclass(frozen=True)
class Page(Target):
    """A target whose queries are addresses."""

    def request(self, query: bytes) -> bytes:
        return b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (query, self.port)


#: What is asked: of what kind of target, and the request with a number that no other has.
CELLS: Final[dict[str, tuple[type[Target], Callable[[int], bytes]]]] = {
    "lookup, repeated": (Target, lambda number: (_LOOKUP % 10**9).encode()),
    "lookup, new": (Target, lambda number: (_LOOKUP % (10**9 + number)).encode()),
    "who-led, repeated": (Page, lambda number: _WHO_LED.encode()),
    "who-led, new": (Page, lambda number: f"{_WHO_LED}&timeout=9.{number:010d}".encode()),
    "/health/live": (Page, lambda number: b"/health/live"),
}


@click.command(help=__doc__.split("\n\n", 1)[0], epilog=__doc__.split("\n\n", 1)[1])
@click.option("--seconds", default=2.0, show_default=True, help="Length of one round of one service in one cell.")
@click.option("--rounds", default=5, show_default=True, help="Rounds of each cell; the services take turns in each.")
@click.option("--clients", default="1,4", show_default=True, help="How many clients ask at once, in turn.")
@click.option("--before", type=click.Path(path_type=Path, exists=True), help="Another checkout to run beside this one.")
def main(seconds: float, rounds: int, clients: str, before: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        store = Path(folder) / "store"
        build(ProjectFiles.find(ROOT), store)
        ours = services.ours("buffering", store, 1, plain=False)
        found = [
            ours,
            dataclasses.replace(ours, name="plain", environment={**ours.environment, "THIDUA_GATEWAY": "plain"}),
        ]
        if before:
            found.append(services.ours("before", store, 1, plain=False, root=before.absolute()))
        targets = [(service, stack.enter_context(services.running(service))) for service in found]
        click.echo("| asked | clients | service | requests/s | ratio | p50 ms | ratio | p95 ms | CPU ms |")
        click.echo("|---|--:|---|--:|--:|--:|--:|--:|--:|")
        for name in CELLS:
            for crowd in map(int, clients.split(",")):
                cell(name, crowd, targets, seconds, rounds)


def cell(name: str, clients: int, targets: list[tuple[Service, Target]], seconds: float, rounds: int) -> None:
    """Measure one kind of request at each service in turn, and say it; ratios are to the first."""
    kind, ask = CELLS[name]
    done: dict[str, list[Measured]] = {service.name: [] for service, _ in targets}
    number = 0
    for _ in range(rounds):
        for service, target in targets:
            here = kind(target.port, target.path, target.pid)
            number += 100_000_000
            measure(here, ask, clients, 0.2, number + 50_000_000)
            done[service.name].append(measure(here, ask, clients, seconds, number))
    first: tuple[float, float] | None = None
    for service, rounds_done in done.items():
        times = sorted(time for each in rounds_done for time in each.latencies)
        speed = len(times) / sum(each.seconds for each in rounds_done)
        median = 1000 * statistics.median(times)
        used = 1000 * sum(each.service_seconds for each in rounds_done) / len(times)
        first = first or (speed, median)
        click.echo(
            f"| {name} | {clients} | {service} | {speed:.0f} | {speed / first[0]:.2f} "
            f"| {median:.2f} | {median / first[1]:.2f} | {1000 * times[int(0.95 * len(times))]:.2f} | {used:.2f} |"
        )


if __name__ == "__main__":
    main()
