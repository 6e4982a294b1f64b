"""Building a project whose sources hold a large synthetic register, step by step, beside a raw load of the same quads.

The project is ours (ontology, shapes, questions, data) and, beside its own sources, those of `bench/generate.py`, their
IRIs made to look like ours. A source says of its records no more than a curator writes: what completion adds is left
out. Steps are those that `thidua build` names; the raw load is the engine's bulk loader, which reads every quad of the
finished version, the default graph included, from one file of N-Quads into an empty store.

\b
python -m bench.building --conferrals 2_000,20_000
python -m bench.building --conferrals 1_000_000 --sources 4 --folder /var/tmp/building
"""

import itertools
import multiprocessing
import re
import resource
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import click
import pyoxigraph as ox

from bench.generate import BASE, INFERRED, REGISTRY, ROOT, Register
from thidua.base.files import ProjectFiles
from thidua.base.terms import CONCEPT, ID, PREFIXES, TD
from thidua.building.build import build

_RDF_TYPE: Final = f"<{PREFIXES['rdf']}type>"
_DERIVED: Final = f"<{PREFIXES['schema']}subjectOf>"
#: What completion adds to a source, or says of evidence.
_ADDED: Final = re.compile(
    rf"\S+ (?:<{TD}(?:inEdition|area|observation|reportedIn)>|{_DERIVED}|<{PREFIXES['sdmxa']}unitMeasure>"
    rf"|<{PREFIXES['org']}(?:organization|memberDuring|role)>) |<{ID}ev/|<{ID}[a-z]+/\S+ {_RDF_TYPE} "
)
_TOLD: Final = re.compile(rf"<{ID}ev/")
_EVIDENCE: Final = re.compile(rf"<{BASE}id/ev/([0-9]+_[0-9]+(?:_b)?)_([0-9]+)>")
_SOURCE: Final = re.compile(rf"<{BASE}id/src/([0-9]+)_[0-9]+(_b)?>")
#: Records of units in years before there were any: the register has the units of 2025 in all years.
_TOO_EARLY: Final = re.compile(r"/[0-9]+_(?:19[0-9]{2}|200[0-3])_(?:hau-giang|dien-bien|dak-nong)>")
#: The steps that put the version's quads together and store them; the others look for mistakes.
_CHECKS: Final = ("checking shapes", "checking across sources")


def write_project(folder: Path, conferrals: int, sources: int) -> ProjectFiles:
    """Write a project: ours, and a register spread over so many sources, and as many again that contradict them."""
    for name in ("ontology", "shapes", "queries"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("registry", "links", "sources"):
        shutil.copytree(ROOT / "data" / name, folder / "data" / name)
    opened: dict[str, IO[str]] = {}
    try:
        for graph, line in _statements(Register(conferrals), sources):
            if graph not in opened:
                opened[graph] = (folder / "data" / f"{graph}.ttl").open("w", encoding="utf-8")
            opened[graph].write(line + " .\n")
    finally:
        for file in opened.values():
            file.close()
    return ProjectFiles(folder)


def _statements(register: Register, sources: int) -> Iterator[tuple[str, str]]:
    """(file, N-Triples line without its end) of what a curator would write."""
    ours = {
        str(quad.subject)
        for file in ProjectFiles(ROOT).data
        for quad in ox.parse(path=str(file.path), format=ox.RdfFormat.TURTLE)
    }
    seen: set[str] = set()
    for graph, line in register.statements():
        if graph == INFERRED or line.startswith(f"<{BASE}graph/"):
            continue
        if graph == REGISTRY:
            line = _renamed(line)
            if line.split(" ", 1)[0] not in ours and f"<{PREFIXES['skos']}hiddenLabel>" not in line:
                yield "registry/register", line
            continue
        cluster, _, rest = graph.rpartition("/")[2].partition("_")
        second = rest.endswith("_b")
        source = f"register-{int(cluster) % sources}{'-b' * second}"
        line = _EVIDENCE.sub(lambda found, source=source: _span(source, found), line)  # type: ignore[misc]
        line = _renamed(_SOURCE.sub(f"<{ID}src/{source}>", line))
        if line.startswith(f"<{ID}src/"):
            about = line.rpartition(" ")[0].split('"')[0]
            if about in seen:
                continue  # it has one hash
            seen.add(about)
        # Another source of an edition does not say whose and of when the edition is, so nothing is added.
        if not _TOO_EARLY.search(line) and not (_TOLD if second else _ADDED).match(line):
            yield f"sources/{source}", line


def _span(source: str, found: re.Match[str]) -> str:
    start = int(found[2]) * 200
    return f"<{ID}ev/{source}_{start}-{start + 180}>"


def _renamed(line: str) -> str:
    return line.replace(BASE + "id/", ID).replace(BASE + "concept/", CONCEPT)


@dataclass(frozen=True)
class Seconds:
    """What a step took: on the clock, and of processors, which others' work on the machine changes less."""

    clock: float = 0.0
    processor: float = 0.0

    @classmethod
    def now(cls) -> "Seconds":
        """The time, to be subtracted from a later one."""
        return cls(time.perf_counter(), time.process_time())

    def __add__(self, other: "Seconds") -> "Seconds":
        return Seconds(self.clock + other.clock, self.processor + other.processor)

    def __sub__(self, other: "Seconds") -> "Seconds":
        return Seconds(self.clock - other.clock, self.processor - other.processor)


@dataclass(frozen=True)
class Measured:
    """One size: a build's steps, the raw load, how many quads there are, and the most memory that the build had."""

    steps: dict[str, Seconds]
    raw: Seconds
    quads: int
    mebibytes: float

    def total(self, *, checks: bool) -> Seconds:
        """All steps, or those that put the version's quads together and store them."""
        return sum((took for name, took in self.steps.items() if checks or name not in _CHECKS), Seconds())


def stepwise(files: ProjectFiles, store: Path) -> dict[str, Seconds]:
    """Build, and say what each step took."""
    steps: dict[str, Seconds] = {}
    name, since = "opening", Seconds.now()

    def progress(step: str) -> None:
        nonlocal name, since
        steps[name] = steps.get(name, Seconds()) + Seconds.now() - since
        name, since = step.partition(":")[0], Seconds.now()

    build(files, store, progress=progress)
    progress("")
    return steps


def raw_load(quads: Path, folder: Path) -> Seconds:
    """What the engine's bulk loader takes for a file of N-Quads."""
    store, begun = ox.Store(str(folder)), Seconds.now()
    store.bulk_load(path=str(quads), format=ox.RdfFormat.N_QUADS)
    store.flush()
    return Seconds.now() - begun


def measure(folder: Path, conferrals: int, sources: int) -> Measured:
    """Build in this process, which should have done nothing else, for its memory is told; then load."""
    if not (folder / "project").is_dir():
        (folder / "project").mkdir()
        write_project(folder / "project", conferrals, sources)
    shutil.rmtree(folder / "store", ignore_errors=True)
    steps = stepwise(ProjectFiles(folder / "project"), folder / "store")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    quads = folder / "quads.nq"
    ox.Store.read_only(str(folder / "store/current/rocksdb")).dump(str(quads), format=ox.RdfFormat.N_QUADS)
    with quads.open("rb") as file:
        number = sum(1 for _ in file)
    shutil.rmtree(folder / "raw", ignore_errors=True)
    return Measured(steps, raw_load(quads, folder / "raw"), number, most)


def _table(found: dict[int, Measured]) -> Iterator[str]:
    def row(name: str, cells: Iterable[str]) -> str:
        return f"| {name} | {' | '.join(cells)} |"

    def seconds(took: Iterable[Seconds]) -> Iterator[str]:
        return (f"{each.clock:.1f} ({each.processor:.1f})" for each in took)

    yield row("seconds (of processors)", (f"{size:,}" for size in found))
    yield f"|---|{'--:|' * len(found)}"
    for name in dict.fromkeys(itertools.chain.from_iterable(each.steps for each in found.values())):
        yield row(name, seconds(each.steps.get(name, Seconds()) for each in found.values()))
    yield row("raw load", seconds(each.raw for each in found.values()))
    for title, checks in (("all", True), ("all but the shapes and checks", False)):
        totals = [each.total(checks=checks) for each in found.values()]
        yield row(title, seconds(totals))
        pairs = list(zip(found.values(), totals, strict=True))
        shares = (f"{e.raw.clock / t.clock:.0%} ({e.raw.processor / t.processor:.0%})" for e, t in pairs)
        yield row(f"{title}: speed beside the raw load", shares)
    yield row("quads", (f"{each.quads:,}" for each in found.values()))
    yield row("MiB at the peak", (f"{each.mebibytes:,.0f}" for each in found.values()))


@click.command(help=__doc__)
@click.option("--conferrals", default="2_000,20_000", show_default=True, help="Sizes, in turn.")
@click.option("--sources", default=1, show_default=True, help="Over how many sources the register is spread.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to work and to keep the projects written.")
def main(conferrals: str, sources: int, folder: Path | None) -> None:
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        for size in (int(number) for number in conferrals.replace("_", "").split(",")):
            place = (folder or Path(temporary)) / f"{size}-{sources}"
            place.mkdir(parents=True, exist_ok=True)
            # A process for each, so that none has the memory of another.
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
                found[size] = process.submit(measure, place, size, sources).result()
    click.echo("\n".join(_table(found)))


if __name__ == "__main__":
    main()
