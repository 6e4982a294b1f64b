"""Thirty minutes of mixed reads and writes with workers killed at random: nothing lost, nothing grown.

Run: python -m bench.soak --help
"""

import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import click
import psutil
from rich.console import Console
from rich.live import Live
from rich.table import Column, Table

from bench.services import free_port
from bench.soak_traffic import World, Writer, start
from thidua.base.files import ProjectFiles
from thidua.base.tokens import TokenFile
from thidua.building.build import build
from thidua.checks.across_sources import across_sources
from thidua.checks.hygiene import dangling, undeclared
from thidua.checks.shacl import read_shapes, validate
from thidua.rdf.quads import QuadStore
from thidua.versions.publish import digest
from thidua.versions.store import VersionStore, combined, read_digests
from thidua.workers.control import queries

out = Console(emoji=False)
MIB = 2**20


@dataclass(frozen=True)
class Sample:
    """What the service holds at one moment; memory in MiB."""

    web_memory: float
    workers_memory: float
    web_descriptors: int
    all_descriptors: int
    web_threads: int
    workers: int
    temporary_files: int
    zombies: int


#: What each may be larger in the last quarter than in the first, as a share and at least: the rest is noise. Workers
#: come and go, and each keeps the last four versions that it was asked about open, so what they hold swings.
TOLERANCE = {
    "web_memory": (0.10, 16.0),
    "workers_memory": (0.25, 150.0),
    "web_descriptors": (0.0, 24.0),
    "all_descriptors": (0.25, 200.0),
    "web_threads": (0.0, 8.0),
    "workers": (0.0, 3.0),
    "temporary_files": (0.0, 2.0),
    "zombies": (0.0, 1.0),
}


def sample(world: World, temporary: Path) -> Sample:
    """Look at the processes and the folder of temporary files, open nameless ones included."""
    web = world.web()
    memory, descriptors, zombies, workers, nameless = 0, 0, 0, 0, set()
    for process in [web, *web.children(recursive=True)]:
        with contextlib.suppress(psutil.Error, OSError):
            if process.status() == psutil.STATUS_ZOMBIE:
                zombies += 1
                continue
            for link in Path(f"/proc/{process.pid}/fd").iterdir():
                descriptors += 1
                with contextlib.suppress(OSError):
                    target = str(link.readlink())
                    if target.startswith(str(temporary)) and target.endswith("(deleted)"):
                        nameless.add((process.pid, target))
            if process.pid != web.pid:
                workers += 1
                memory += process.memory_info().rss
    return Sample(
        web.memory_info().rss / MIB, memory / MIB, web.num_fds(), descriptors, web.num_threads(), workers,
        sum(1 for _ in temporary.rglob("*")) + len(nameless), zombies,
    )  # fmt: skip


@contextlib.contextmanager
def served(store: Path, temporary: Path, log: Path, port: int) -> Iterator[World]:
    """`thidua serve` on a store, with a folder of its own for temporary files."""
    token = TokenFile(store / "tokens.json").create("soak", "write")
    # A small memory of answers and few places for workers are full before the first quarter begins.
    limits = {"THIDUA_CACHE": "4", "THIDUA_FAST_SLOTS": "2", "THIDUA_SLOW_SLOTS": "2", "THIDUA_BUDGET": "0"}
    limits["THIDUA_LOG_LEVEL"] = "WARNING"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "thidua", "serve", "--store", str(store), "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=os.environ | limits | {"TMPDIR": str(temporary)},
        )
        world = World(f"http://127.0.0.1:{port}", store, token, psutil.Process(process.pid), 0)
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    urllib.request.urlopen(world.url + "/health/ready", timeout=5).close()
                    break
                except (urllib.error.URLError, ConnectionError) as exc:
                    if process.poll() is not None or time.monotonic() > until:
                        raise click.ClickException(f"the service did not start; see {log}") from exc
                    time.sleep(0.1)
            yield world
        finally:
            world.stop.set()
            children = world.process.children(recursive=True)
            process.terminate()
            if process.wait(timeout=60) != 0:
                world.fail(f"the service ended with {process.returncode}")
            _, alive = psutil.wait_procs(children, timeout=10)
            for child in alive:
                world.fail(f"a process outlived the service: {child}")
                child.kill()


def grown(samples: list[Sample]) -> Iterator[tuple[str, float, float, bool]]:
    """Each figure's median in the first and in the last quarter after warming up, and whether that is too much."""
    settled = samples[len(samples) // 5 :]
    quarter = max(1, len(settled) // 4)
    for number, field in enumerate(fields(Sample)):
        first, last = (statistics.median(astuple(each)[number] for each in part)
                       for part in (settled[:quarter], settled[-quarter:]))  # fmt: skip
        share, least = TOLERANCE[field.name]
        yield field.name, first, last, last > first + max(share * first, least)


class _Nowhere:
    """Where things are said does not matter here."""

    def seek(self, things: Iterable[str]) -> None:
        pass

    def locate(self, subject: str, predicate: str | None = None) -> str:
        return ""

    def mention(self, iri: str, graph: str | None = None) -> str:
        return ""


def verify(world: World, writers: list[Writer], files: ProjectFiles) -> None:
    """Prove that the current version holds what was acknowledged, is valid and merged, and is what its hash says."""
    for writer in writers:
        writer.hang_up()
        if (found := writer.found()) != writer.lines:
            lost, more = sorted(writer.lines - found)[:3], sorted(found - writer.lines)[:3]
            world.fail(f"{writer.graph}: lost {lost}, kept {more}")
    told = [version for writer in writers for version in writer.versions]
    if len(set(told)) < len(told):
        world.fail("two writes were told the same version")
    versions = VersionStore(world.store)
    folder = versions.current_path()
    store = QuadStore.read_only(folder / "rocksdb")
    merged = set().union(*map(store.lines, store.graphs()))
    if store.lines(None) != merged:
        world.fail(f"the default graph is not the merge: {len(store.lines(None) ^ merged)} triples differ")
    found_hash = digest(store, store.graphs())
    if combined(found_hash) != versions.read(folder).hash or found_hash != read_digests(folder):
        world.fail("the current version is not what its hash says")
    if versions.read(folder).triples != store.size(None):
        world.fail("the current version counts its triples wrongly")
    findings = [
        *validate(store, read_shapes(files.shapes), visit_all=True),
        *across_sources(store, files, _Nowhere()),
        *undeclared(store, _Nowhere()),
        *dangling(store, _Nowhere()),
    ]
    for finding in findings:
        if finding.severity == "Violation":
            world.fail(f"full validation: {finding}")
    for left in (*(world.store / "versions").glob("*.tmp"), *world.store.glob("*.tmp")):
        world.fail(f"{left.name} was left behind")


def shown(world: World, begun: float, seconds: float, latest: Sample | None) -> Table:
    """How it stands."""
    table = Table.grid(padding=(0, 2))
    table.add_row("time", f"{time.monotonic() - begun:.0f} of {seconds:.0f} s")
    for name, number in sorted(world.done.items()):
        table.add_row(name, f"{number:,}")
    for field in fields(Sample) if latest else ():
        table.add_row(field.name.replace("_", " "), f"{getattr(latest, field.name):,.0f}")
    table.add_row("failures", str(len(world.failures)))
    return table


def soak(world: World, temporary: Path, seconds: float, readers: int, writers: int, kill_every: float
         ) -> tuple[list[Writer], list[Sample]]:  # fmt: skip
    """Let everybody do what they do, and look on; returns the writers and what was seen."""
    begun = time.monotonic()
    writing, threads = start(world, readers, writers, kill_every)
    samples: list[Sample] = []
    every = min(5.0, seconds / 80)
    told = begun
    with Live(console=out, refresh_per_second=1) if out.is_terminal else contextlib.nullcontext() as live:
        while (now := time.monotonic()) < begun + seconds and len(world.failures) < 50:
            with contextlib.suppress(psutil.NoSuchProcess):
                samples.append(sample(world, temporary))
            if live is not None:
                live.update(shown(world, begun, seconds, samples[-1] if samples else None))
            elif now - told >= 60:
                told = now
                figures = ", ".join(f"{name} {number}" for name, number in sorted(world.done.items()))
                out.print(f"{now - begun:.0f} s: {samples[-1]}; {figures}; failures {len(world.failures)}",
                          highlight=False, soft_wrap=True)  # fmt: skip
            time.sleep(max(0.0, now + every - time.monotonic()))
    world.stop.set()
    for thread in threads:
        thread.join(200)
        if thread.is_alive():
            world.fail(f"{thread.name} does not come to an end")
    return writing, samples


def at_rest(world: World, temporary: Path) -> Sample:
    """What the service holds when nobody asks anything."""
    until = time.monotonic() + 30
    while True:
        found = sample(world, temporary)
        # One temporary file is the web process's own: by it, gunicorn sees that it lives.
        if (not queries(world.store) and not found.zombies and found.temporary_files <= 1) or time.monotonic() > until:
            return found
        time.sleep(0.1)


@click.command()
@click.option("--minutes", default=30.0, show_default=True, help="How long.")
@click.option("--readers", default=4, show_default=True, help="Clients that read, each from an address of its own.")
@click.option("--writers", default=2, show_default=True, help="Clients that write, each to a graph of its own.")
@click.option("--kill-every", default=5.0, show_default=True, help="Mean seconds between two workers killed.")
@click.option("--port", type=int, help="Loopback port to serve on; a free one if left out.")
@click.option("--seed", default=1, show_default=True, help="What is asked, and in which order; timing stays random.")
def main(minutes: float, readers: int, writers: int, kill_every: float, port: int | None, seed: int) -> None:
    """Soak a real service, and say whether anything was lost or grew.

    A store is built in a temporary folder and served by `thidua serve`. Readers ask queries of every form, questions,
    pages, differences, old versions and data in every format; writers insert, delete, replace and drop by /update
    and /data; clients leave in the middle, an operator cancels queries and prunes versions, and workers, the
    writing one too, are killed with SIGKILL. Each answer must be whole and from no older version than the last one
    acknowledged; each write must be there as a whole, or not at all.

    At the end every acknowledged write must be in the current version, which must pass full validation, be the exact
    merge of its graphs and have the hash it says. Memory, descriptors, threads and temporary files are compared
    between the first and the last quarter, after a fifth of the time for warming up.

    Exit code 0 when all of that holds, 1 when anything does not; the summary says what.
    """
    # An end from outside is an end like any other: the service is stopped, and its folder deleted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    files = ProjectFiles.find()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        store, temporary, log = Path(folder) / "store", Path(folder) / "tmp", Path(folder) / "log"
        temporary.mkdir()
        build(files, store, author="soak", message="to begin with")
        with served(store, temporary, log, port or free_port()) as world:
            world.seed = seed
            before = at_rest(world, temporary)
            writing, samples = soak(world, temporary, 60 * minutes, readers, writers, kill_every)
            after = at_rest(world, temporary)
            verify(world, writing, files)
            acknowledged = sum(len(writer.versions) for writer in writing)
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"exception"' in line or line.startswith("Traceback"):
                world.fail(f"the service's log: {line[:500]}")
        left = [path.name for path in temporary.rglob("*")]
        if left:
            world.fail(f"temporary files were left behind: {', '.join(left[:5])}")
    summary(world, samples, before, after)
    out.print(f"{acknowledged} writes acknowledged, {len(world.failures)} failures", highlight=False)
    for failure in world.failures[:50]:
        out.print(failure, style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(1 if world.failures else 0)


def summary(world: World, samples: list[Sample], before: Sample, after: Sample) -> None:
    """Print what was done and what was held; what has grown too much is a failure."""
    done = Table("done", "times")
    for name, number in sorted(world.done.items()):
        done.add_row(name, f"{number:,}")
    held = Table(
        Column("held", no_wrap=True),
        "at rest before",
        "first quarter",
        "last quarter",
        "most",
        "at rest after",
        "allowed growth",
    )
    for name, first, last, too_much in grown(samples):
        share, least = TOLERANCE[name]
        most = max(getattr(each, name) for each in samples)
        held.add_row(
            name.replace("_", " "), *(f"{value:,.0f}" for value in (getattr(before, name), first, last, most)),
            f"{getattr(after, name):,.0f}", f"{max(share * first, least):.0f}",
        )  # fmt: skip
        if too_much:
            world.fail(f"{name.replace('_', ' ')} grew from {first:.0f} to {last:.0f}")
    out.print(done, held)


if __name__ == "__main__":
    main()
