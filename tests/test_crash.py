"""Crash consistency: killed at any moment or out of space, a write leaves the last acknowledged version or the next.

A killed process loses nothing that it has given to the kernel, so these stores may lie in memory, as all temporary
files of tests do. What a power cut would lose is another matter, which ``fsync`` is for.
"""

import fcntl
import math
import os
import random
import re
import shutil
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psutil
import pytest

from tests.support.crashing import Victim, marking
from tests.support.desk import Desk
from tests.support.paths import ROOT
from tests.support.service import Server, running
from tests.support.stores import contents
from thidua.base.errors import InputError, NotFoundError, OutcomeUnknownError, StoreBusyError, WriteFailedError
from thidua.base.files import ProjectFiles
from thidua.base.limits import Limits
from thidua.base.terms import GRAPH
from thidua.building.build import build
from thidua.building.plain import start_plain
from thidua.graph import KnowledgeGraph
from thidua.names.index import NameIndex
from thidua.names.search import exact
from thidua.rdf.quads import QuadStore
from thidua.versions.history import backup, prune, restore
from thidua.versions.publish import digest
from thidua.versions.store import VersionStore, combined, read_digests
from thidua.workers import write_process
from thidua.workers.pool import Worker
from thidua.write.request import CommitInfo, Write

MARKS = 'SELECT ?mark { GRAPH ?g { ?thing ?property ?mark } FILTER(STRSTARTS(STR(?mark), "Dấu ")) }'


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's files with little in them: the vocabulary, the rules and the shapes."""
    root = tmp_path_factory.mktemp("few")
    for folder in ("ontology", "shapes"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / "ontology/awards.ttl").unlink()  # links to the registry
    for folder in ("data/registry", "data/sources", "queries"):
        (root / folder).mkdir(parents=True)
    return root


@dataclass
class Bench:
    """A store, a process that works on it, and what each version must hold."""

    root: Path
    files: Path | None
    victim: Victim
    marks: dict[int, frozenset[int]] = field(default_factory=lambda: {1: frozenset()})
    """Of each version that has been acknowledged."""
    last: int = 1
    """The last version that was acknowledged, or seen."""
    proved: set[int] = field(default_factory=set)
    """Versions that need not be looked at again; forgotten now and then, for later ones share their files."""

    @property
    def store(self) -> VersionStore:
        return VersionStore(self.root)

    def next_marks(self) -> frozenset[int]:
        """What the next write's version holds."""
        return self.marks[self.last] | {self.last + 1}

    def heard(self, told: list[dict[str, Any]]) -> None:
        """Take note of the writes that the victim says are done: each goes on from the one before."""
        for message in told:
            if "done" in message:
                assert message["done"] == self.last + 1
                self.marks[self.last + 1] = self.next_marks()
                self.last += 1

    def check(self, upcoming: frozenset[int] | None) -> bool:
        """The last version stands, or the next; every folder is whole; nothing else can be seen.

        :param upcoming: what the version being published holds; None when none is.
        :return: whether the next one stands.
        """
        listed = [version.number for version in self.store.all()]
        current = self.store.current()
        assert current is not None and listed[-1] == current.number
        published = upcoming is not None and current.number == self.last + 1
        if published and upcoming is not None:
            self.last += 1
            self.marks[self.last] = upcoming
        assert current.number == self.last
        with pytest.raises(NotFoundError):
            self.store.path(self.last + 1)
        for folder in (self.root / "versions").iterdir():
            number = int(folder.name) if folder.name.isdigit() else 0
            assert number or folder.suffix == ".tmp"
            if number and number not in self.proved:
                assert self.held(folder) == (upcoming if number > self.last else self.marks[number])
                if number <= self.last:
                    self.proved.add(number)
        return published

    def held(self, folder: Path) -> frozenset[int]:
        """The marks in a version's folder, after proving that it is whole."""
        version = VersionStore.read(folder)
        store = QuadStore.read_only(folder / "rocksdb")
        digests = digest(store, [*([] if self.files else [None]), *store.graphs()])
        assert digests == read_digests(folder)
        assert version.hash == combined(digests)
        marks = frozenset(int(row["mark"].value.split()[1]) for row in store.select(MARKS) if row["mark"])
        if self.files:
            names = NameIndex(folder / "search.db")
            assert all(exact(names, f"dau {mark}", ["person"]) for mark in marks)
            assert bool(marks) == QuadStore.read_only(folder / "completed").has_graph(f"{GRAPH}marks")
        return marks

    def leftovers(self) -> list[str]:
        """What is on its way, or was left behind by the dead."""
        return sorted(path.name for path in (*self.root.glob("*.tmp"), *self.root.glob("versions/*.tmp")))


@contextmanager
def bench_on(root: Path, files: Path | None) -> Iterator[Bench]:
    """A bench with a new store: a plain one, or one with the project's rules, shapes and names."""
    if files:
        build(ProjectFiles(files), root)
    else:
        start_plain(root)
    with closing(Victim(root, files)) as victim:
        yield Bench(root, files, victim)


@pytest.fixture
def plain_bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_on(tmp_path / "store", None) as bench:
        yield bench


@pytest.fixture(params=["plain", "project"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with bench_on(tmp_path / "store", request.getfixturevalue("few") if request.param == "project" else None) as bench:
        yield bench


@pytest.mark.parametrize(
    ("bench", "rounds"),
    [
        ("plain", 40),
        ("project", 10),
        pytest.param("plain", 470, marks=pytest.mark.nightly),
        pytest.param("project", 30, marks=pytest.mark.nightly),
    ],
    indirect=["bench"],
)
def test_killed_at_random(bench: Bench, rounds: int, chance: random.Random) -> None:
    """All in all 500 times each night, at a moment drawn from one and a half times the length of a write."""
    lengths: list[float] = []
    landed: Counter[str] = Counter()
    for turn in range(rounds):
        if turn % 10 == 0:
            told = bench.victim.run("write")
            bench.heard(told)
            lengths.append(told[0]["seconds"])
        bench.victim.start("write", times=0)
        bench.heard(bench.victim.kill(after=chance.uniform(0, 1.5) * statistics.median(lengths[-5:])))
        left = bench.leftovers()
        if bench.check(bench.next_marks()):
            landed["current, not acknowledged"] += 1
        elif "current.tmp" in left:
            landed["being published"] += 1
        else:
            landed["in the draft" if "NEXT.tmp" in left else "between two writes"] += 1
        if turn % 5 == 4:  # in the other rounds, the next writer finds what is left
            prune(bench.root, keep=2)
            bench.proved.clear()
    print(f"\n{rounds} kills: {dict(landed)}; {bench.last - 1} writes of {statistics.median(lengths) * 1000:.0f} ms")
    bench.heard(bench.victim.run("write"))
    bench.proved.clear()
    assert not bench.check(None)
    assert bench.leftovers() == []
    assert sum(landed.values()) == rounds
    # As many writes were acknowledged before the kill as the odds make likely; of a few rounds they say less.
    luck = 0 if rounds >= 30 else 2 * math.sqrt(rounds)
    assert landed["in the draft"] > rounds / 3 - luck and bench.last > rounds / 5 - luck


@dataclass
class Work:
    """Something to do with the last of a few versions, again and again from the same start."""

    bench: Bench
    do: str
    order: dict[str, Any]
    upcoming: frozenset[int] | None
    """What the version that it publishes holds; None when it publishes none."""

    def rewind(self) -> None:
        """Go back to the start."""
        start = self.bench.root.with_name("start")
        if not start.exists():
            shutil.copytree(self.bench.root, start, symlinks=True)
        shutil.rmtree(self.bench.root)
        shutil.copytree(start, self.bench.root, symlinks=True)
        self.bench.last = VersionStore(start).all()[-1].number
        self.bench.proved = set(range(self.bench.last))

    def places(self, then: str, every: int, chance: random.Random) -> Iterator[list[dict[str, Any]]]:
        """Do it with a mishap at every so many steps, then at each of those that publish; yields what is told.

        The steps are the same each time, and most of them flush one file of many.
        """
        for begin, apart in (("", every), ("symlink", 1)):
            for step in count(chance.randint(1, apart), apart):
                self.rewind()
                self.bench.victim.start(self.do, at=step, then=then, begin=begin, **self.order)
                told = self.bench.victim.told(until="stopped")
                if "step" not in told[0]:
                    break
                yield told


@pytest.fixture(params=["write", "rollback", "restore", "prune"])
def work(request: pytest.FixtureRequest, plain_bench: Bench, tmp_path: Path) -> Work:
    """Everything that takes the lock, but a build, on four versions."""
    plain_bench.heard(plain_bench.victim.run("write", times=3))
    plain_bench.check(None)
    backup(plain_bench.root, tmp_path / "backup", 2)
    order, upcoming = {
        "write": ({}, plain_bench.next_marks()),
        "rollback": ({"number": 3}, plain_bench.marks[3]),
        "restore": ({"archive": str(tmp_path / "backup")}, plain_bench.marks[2]),
        "prune": ({}, None),
    }[request.param]
    return Work(plain_bench, request.param, order, upcoming)


#: A mishap at every step each night; at others, drawn anew, each time.
every_step = pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.nightly)])


@every_step
def test_killed_on_the_way(work: Work, every: int, chance: random.Random) -> None:
    """A reader looks while it stands still there, and when it is dead; half of the recoveries are killed, too."""
    bench = work.bench
    published, taken = [], []
    for told in work.places("stop", every, chance):
        taken.append(told[0]["step"].replace(str(bench.root), "").strip())
        published.append(bench.check(work.upcoming))
        with pytest.raises(StoreBusyError, match="another process is writing"):
            prune(bench.root, keep=1)
        bench.victim.kill()
        bench.check(None if published[-1] else work.upcoming)
        if len(taken) % 2:
            bench.victim.start("write", at=chance.randint(1, 30), then="stop")
            bench.victim.told(until="stopped")
            bench.victim.kill()
            bench.check(bench.next_marks())
        bench.heard(bench.victim.run("write"))
        bench.check(None)
        assert bench.leftovers() == []
    print(f"\n{work.do}: {len(taken)} kills, {sum(published)} of them after the version became current")
    if work.upcoming is None:
        assert any(step.startswith("remove ") for step in taken)
    else:
        assert taken[-9:] == [
            "symlink versions/000005", "fsync", "flushed",
            "rename /versions/NEXT.tmp", "fsync /versions", "flushed /versions",
            "rename /current.tmp", "fsync", "flushed",
        ]  # fmt: skip
        assert published[-9:] == [False] * 7 + [True] * 2


@every_step
def test_out_of_space_on_the_way(work: Work, every: int, chance: random.Random) -> None:
    bench = work.bench
    ended = []
    for told in work.places("fail", every, chance):
        assert told[-1] == {"ended": 0}
        error, detail = told[1].get("refused", "none"), told[1].get("detail", "")
        ended.append(error)
        assert bench.leftovers() == []
        # Only the last flush comes too late to take anything back, and says so.
        assert bench.check(work.upcoming) == (error != "WriteFailedError")
        if error != "none":
            assert "No space left" in detail
            assert ("is current" if error == "StoreError" else "Nothing was published") in detail
        bench.heard(bench.victim.run("write"))
        bench.check(None)
    print(f"\n{work.do}: {dict(Counter(ended))}")
    # Only a rollback can do without a step: it copies what it cannot link.
    assert ("none" in ended) == (work.do == "rollback")
    late = 2 if work.upcoming else 0
    assert ended[-9:] == ["WriteFailedError"] * (9 - late) + ["StoreError"] * late


def test_readers_go_on_while_versions_are_pruned(plain_bench: Bench) -> None:
    bench = plain_bench
    bench.heard(bench.victim.run("write", times=30))
    with ThreadPoolExecutor(1) as operator:
        pruning = operator.submit(prune, bench.root, keep=1)
        while not pruning.done():
            assert bench.store.all()[-1].number == 31
            with suppress(NotFoundError):
                bench.store.path(20)
        # The first stays: it is what was built, and what is written online is told apart from it.
        assert pruning.result() == (list(range(2, 31)), [])


def test_a_version_pruned_while_it_is_being_opened(plain_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, flock = plain_bench, fcntl.flock
    bench.heard(bench.victim.run("write", times=2))
    kg = KnowledgeGraph.open(bench.root, plain=True)

    def late(file: IO[str], how: int) -> None:
        monkeypatch.undo()
        assert prune(bench.root, keep=1) == ([2], [])
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(NotFoundError, match="Version 2 has just been pruned"):
        kg.at(2)


def test_a_damaged_backup_restores_nothing(plain_bench: Bench, tmp_path: Path, chance: random.Random) -> None:
    """Cut off somewhere, or with a byte changed: it is refused, unless what it holds is unharmed."""
    bench = plain_bench
    bench.heard(bench.victim.run("write"))
    backup(bench.root, tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    refused = 0
    for turn in range(80):
        place = chance.randrange(len(content))
        other = content[:place] if turn % 2 else content[:place] + bytes([content[place] ^ 32]) + content[place + 1 :]
        (tmp_path / "damaged").write_bytes(other)
        try:
            restore(tmp_path / "damaged", bench.root)
        except InputError:
            refused += 1
            assert not bench.check(None)
        else:
            assert bench.check(bench.marks[2])
    assert refused > 60


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of one's own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,nr_inodes=2000", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    except OSError as exc:
        pytest.skip(f"there is no mount here: {exc}")
    if mounted.returncode:
        pytest.skip(f"a disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


class filled:
    """Leave so many KiB free on a disk, or not even room for a name, until the end."""

    def __init__(self, disk: Path, free: int = 0) -> None:
        self._folder = disk / "filler"
        self._free = free

    def __enter__(self) -> None:
        self._folder.mkdir()
        left = shutil.disk_usage(self._folder).free - self._free * 1024
        with (self._folder / "bytes").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, left)
        with suppress(OSError):
            for number in count() if not self._free else ():
                (self._folder / str(number)).touch()

    def __exit__(self, *failure: object) -> None:
        shutil.rmtree(self._folder)


def _written_with(free: int, bench: Bench, disk: Path, before: object, details: dict[int, str]) -> list[dict[str, Any]]:
    """What a write with so many KiB free told if it was done; why it was not is kept."""
    with filled(disk, free):
        told = bench.victim.run("write")
        if "done" in told[0]:
            return told
        assert contents(bench.root) == before
        assert not bench.check(None)
    assert told[0]["refused"] == "WriteFailedError"
    details[free] = told[0]["detail"]
    assert bench.leftovers() == []
    return []


@pytest.mark.parametrize("kind", ["plain", "project"])
def test_full_disk(kind: str, disk: Path, request: pytest.FixtureRequest) -> None:
    """With more and more room, a write gets further and further, until it succeeds."""
    files = request.getfixturevalue("few") if kind == "project" else None
    with bench_on(disk / "store", files) as bench:
        bench.heard(bench.victim.run("write", times=2))
        before = contents(bench.root)
        details: dict[int, str] = {}
        step = 120 if files else 60
        for free in count(0, step):
            if done := _written_with(free, bench, disk, before, details):
                break
            if "search.db" in details[free] and "search.db" not in details[free - step]:
                # What is completed anew is smaller than a step, and comes just before the names.
                for less in range(free - step + 10, free, 10):
                    assert not _written_with(less, bench, disk, before, details)
        bench.heard(done)
        bench.heard(bench.victim.run("write"))
        bench.check(None)
        print(f"\n{kind}: {len(details)} refusals, with up to {max(details)} KiB free")
        for detail in details.values():
            assert re.search("No space left on device|disk is full", detail)
            assert f"thidua prune --store {bench.root}" in detail
        wanted = ["NEXT.tmp'", "rocksdb"] + (["completed", "search.db"] if files else [])
        assert [what for what in wanted if not any(what in detail for detail in details.values())] == []


def test_a_full_disk_can_be_pruned(disk: Path) -> None:
    with bench_on(disk / "store", None) as bench:
        bench.heard(bench.victim.run("write", times=3))
        with filled(disk):
            assert bench.victim.run("write")[0]["refused"] == "WriteFailedError"
            assert "done" in bench.victim.run("prune")[0]
            assert [version.number for version in bench.store.all()] == [1, 4]
            bench.check(None)


def test_a_service_on_a_full_disk_goes_on_reading(disk: Path) -> None:
    root = disk / "store"
    start_plain(root)
    service = running(root, "--plain", str(root), "--open-writes")
    with service as server:
        desk = Desk(server, root, {})
        for mark in (2, 3):
            assert desk.update(marking(mark, plain=True), None).status in (200, 204)
        before = contents(root)
        with filled(disk):
            for body in (marking(4, plain=True), marking(5, plain=True)):
                reply = desk.update(body, None)
                assert (reply.status, reply.json["code"]) == (503, "write-failed")
                assert "Nothing was written" in reply.json["detail"] and str(root) not in reply.body.decode()
                assert reply.headers["Content-Type"] == "application/problem+json"
            assert contents(root) == before
            assert (desk.current(), served(desk)) == (3, {2, 3})
            # Versions that no worker has opened yet, too.
            assert (served(desk, 1), served(desk, 2)) == (set(), {2})
        assert desk.update(marking(4, plain=True), None).status in (200, 204)
        assert (desk.current(), served(desk)) == (4, {2, 3, 4})
        service.log.seek(0)
        assert b"No space left on device" in service.log.read()


def served(desk: Desk, version: int | None = None) -> set[int]:
    """The marks that a service shows."""
    address = f"/sparql?query={quote(MARKS)}" + (f"&version={version}" if version else "")
    reply = desk.call("GET", address, role=None, Accept="application/sparql-results+json")
    assert reply.status == 200, reply.body
    return {int(row["mark"]["value"].split()[1]) for row in reply.json["results"]["bindings"]}


def awaited(condition: Callable[[], object]) -> None:
    """Return as soon as something is so."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.0005)


def processes(service: Server, module: str = "") -> list[psutil.Process]:
    """A service's processes that run a module, or all below the first."""
    return [
        process for process in psutil.Process(service.process.pid).children(recursive=True)
        if not module or module in process.cmdline()
    ]  # fmt: skip


@pytest.fixture
def project_store(few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store for a service that has the project's rules and little data."""
    monkeypatch.setenv("THIDUA_FILES", str(few))
    build(ProjectFiles(few), tmp_path / "store")
    return tmp_path / "store"


def test_a_service_survives_its_writing_process(project_store: Path) -> None:
    """Killed when it has got so far; should a write be done sooner than that, the next one is tried."""
    draft = project_store / "versions/NEXT.tmp"
    with running(project_store, "--open-writes") as service, ThreadPoolExecutor(1) as client:
        desk, marks = Desk(service, project_store, {}), count(2)
        held = {next(marks)}
        assert desk.update(marking(2, plain=False), None).status in (200, 204)
        for moment in ("", "rocksdb", "completed", "search.db"):
            for _ in range(20):
                (writer,) = processes(service, "thidua.workers.write_worker")
                before, mark = contents(project_store), next(marks)
                reply = client.submit(desk.update, marking(mark, plain=False), None)
                awaited(lambda now=moment, reply=reply: (draft / now).exists() or reply.done())  # type: ignore[misc]
                writer.kill()
                if (ended := reply.result()).status == 503:
                    break
                assert ended.status in (200, 204)
                held.add(mark)
            assert (ended.status, ended.json["code"]) == (503, "write-failed")
            assert contents(project_store) == before
            assert served(desk) == held
            mark = next(marks)
            assert desk.update(marking(mark, plain=False), None).status in (200, 204)
            held.add(mark)
            assert (served(desk), desk.current()) == (held, len(held) + 1)


@pytest.mark.parametrize(
    "spared", ["", "thidua.workers.write_worker"], ids=["all of it", "all but the writing process"]
)
def test_a_service_killed_while_it_writes(spared: str, project_store: Path) -> None:
    """Kill -9, then a start: what was acknowledged is served. A writing process left alone ends by itself."""
    with running(project_store, "--open-writes") as service, ThreadPoolExecutor(1) as client:
        desk = Desk(service, project_store, {})
        for mark in (2, 3):
            assert desk.update(marking(mark, plain=False), None).status in (200, 204)
        reply = client.submit(desk.update, marking(4, plain=False), None)
        awaited(lambda: (project_store / "versions/NEXT.tmp/completed").exists())
        below = processes(service)
        # Chosen while all live: a process without its parent may have ended by the time it is asked what it was.
        doomed = [process for process in below if not spared or spared not in process.cmdline()]
        service.process.kill()
        for process in doomed:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        assert isinstance(reply.exception(), (OSError, HTTPException))
        assert psutil.wait_procs(below, timeout=60)[1] == []
    with running(project_store, "--open-writes") as service:
        desk = Desk(service, project_store, {})
        assert (desk.current(), served(desk)) in ((3, {2, 3}), (4, {2, 3, 4}))
        assert desk.update(marking(5, plain=False), None).status in (200, 204)
        assert served(desk) in ({2, 3, 5}, {2, 3, 4, 5})
        assert list((project_store / "versions").glob("*.tmp")) == []


def test_a_writing_process_that_dies_while_it_publishes(plain_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has sent the write is never told that nothing was written when it was."""
    bench = plain_bench
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    said = []
    for step in range(1, 20):
        monkeypatch.setattr(
            write_process,
            "Worker",
            lambda _, *rest, step=step, **more: Worker("tests.support.crashing", step, *rest, **more),
        )
        remote = write_process.WritingProcess(bench.root, None, Limits())
        write = Write("update", text=marking(bench.last + 1, plain=True))
        try:
            with closing(remote):
                remote.write(write, CommitInfo("a writer", "a mark"))
        except WriteFailedError:
            said.append("not written")
            assert not bench.check(bench.next_marks())
        except OutcomeUnknownError as exc:
            said.append("unknown")
            assert f"/versions/{bench.last + 1}/diff" in str(exc)
            assert bench.check(bench.next_marks())
        else:
            break
    assert said == ["not written"] * 7 + ["unknown"] * 2
    assert bench.check(bench.next_marks())
