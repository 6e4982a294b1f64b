"""How fast is the search at 100,000 names, and what do the worst texts cost?

    python -m bench.search [NAMES] [--store DIR]

Builds a version of the project's own graph, puts in its place an index of NAMES made-up Vietnamese names (persons,
bodies, documents; the same every time) beside the real ones, serves it, and asks what people type letter by letter:
once through the library, once over HTTP on loopback, one request at a time. Prints median, 95th and 99th percentile
and the slowest, in milliseconds, and beside it the CPU time of the library per search, which a busy machine does not
stretch; and last what rebuilding and changing the index cost.
"""

import argparse
import http.client
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

from bench.services import free_port
from thidua.base.files import ProjectFiles
from thidua.base.terms import ID
from thidua.building.build import build
from thidua.names.collect import names_of
from thidua.names.index import Name, NameIndex, update_names, write_names
from thidua.names.search import search
from thidua.rdf.quads import QuadStore


def listed(text: str, between: str | None = None) -> list[str]:
    return text.split(between)


FAMILY = listed("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Lâm Trịnh Mai")
MIDDLE = listed("Văn Thị Hữu Đức Minh Quang Thanh Ngọc Xuân Thu Hồng Kim Anh Bảo Gia Khánh Tuấn Trọng Công Đình")
GIVEN = listed(
    "An Anh Bình Châu Chi Cường Dung Dũng Duy Dương Đạt Đông Giang Hà Hải Hạnh Hiền Hiếu Hòa Hùng Hưng Hương Khánh "
    "Khoa Lan Linh Long Mai Minh Nam Nga Nghĩa Ngọc Nhung Oanh Phong Phúc Phương Quân Quý Sơn Tâm Thảo Thắng Thịnh "
    "Thủy Tiến Trang Trung Tú Tuấn Vân Việt Vinh Xuân Yến"
)
BODIES = listed(
    "Sở Nội vụ|Phòng Thi đua - Khen thưởng|Ủy ban nhân dân xã|Ban Thi đua - Khen thưởng|Hội đồng nhân dân xã", "|"
)


def made_up(number: int) -> Iterator[tuple[Name, list[str]]]:
    """So many names; three in five are persons'."""
    chance = random.Random(7)
    for each in range(number):
        match each % 5:
            case 0:
                label = f"{chance.choice(BODIES)} {chance.choice(GIVEN)} {chance.choice(GIVEN)} {each}"
                kind = "body"
            case 1:
                label = (
                    f"Về thi đua, khen thưởng trong lĩnh vực {chance.choice(GIVEN)} {chance.choice(MIDDLE)} ({each})"
                )
                kind = "legal"
            case _:
                words = [chance.choice(FAMILY), chance.choice(MIDDLE), chance.choice(MIDDLE), chance.choice(GIVEN)]
                label, kind = " ".join(words), "person"
        yield Name(f"{ID}{kind}/made-up-{each}", kind, label), [label, f"made-up-{each}"]


def typed() -> list[str]:
    """What people type: names letter by letter, with and without marks, and mistyped."""
    names = [
        "Ninh Bình",
        "nguyen van hung",
        "Trần Thị Hà",
        "so noi vu giang",
        "thi đua khen thưởng",
        "dong bang song hong",
    ]
    letters = [name[:end] for name in names for end in range(1, len(name) + 1)]
    wrong = ["ninh bih", "nguyenn van hung", "tran thi hax", "sở nộ vụ", "dong bang song hog", "khen thuongf", "xyzzy"]
    return letters + wrong


WORST = {
    "one letter": "t",
    "one letter, many times": " ".join("abcdefghiklm"),
    "the commonest words": "nguyen van thi nguyen van thi",
    "all words mistyped": "nguyxn vxn thx nguyyn vann thii minhh quann",
    "300 letters": "a" * 300,
    "300 characters of words": ("nguyen thi van " * 20)[:300],
    "quotation marks and operators": '"NEAR(" OR * AND ^ NOT : - (" * 6',
}


def percentiles(times: Sequence[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"median {statistics.median(times):.1f}  p95 {cuts[94]:.1f}  p99 {cuts[98]:.1f}  slowest {max(times):.1f}"


def timed(run: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    run()
    return (clock() - start) * 1000


def over_http(root: Path, texts: Sequence[str]) -> tuple[list[float], list[float], float, dict[str, float]]:
    """Against a served store: times of each text, of /health/live in turn, the service's mean CPU time, the worst."""
    port = free_port()
    command = [sys.executable, "-m", "thidua", "serve", "--port", str(port), "--store", str(root)]
    service = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        connection = connected(port)

        def ask(text: str | None) -> None:
            connection.request("GET", "/health/live" if text is None else "/search?" + urlencode({"q": text}))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status

        for text in texts:
            ask(text)
        usual, idle, before = [], [], processor_time(service.pid)
        for text in texts * 5:
            usual.append(timed(lambda text=text: ask(text), time.perf_counter))
            idle.append(timed(lambda: ask(None), time.perf_counter))
        spent = (processor_time(service.pid) - before) / len(usual)
        worst = {
            name: max(timed(lambda text=text: ask(text), time.perf_counter) for _ in range(5))
            for name, text in WORST.items()
        }
        return usual, idle, spent, worst
    finally:
        service.terminate()
        service.wait()


def processor_time(pid: int) -> float:
    """Milliseconds that a process and its children have run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_time(int(child)) for child in children)


def connected(port: int) -> http.client.HTTPConnection:
    until = time.monotonic() + 90
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/health/ready")
            connection.getresponse().read()
            return connection
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="?", type=int, default=100_000)
    number = parser.parse_args().names
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        version = root / "versions/000001"
        build(ProjectFiles.find(), root, author="bench")
        store = QuadStore.read_only(version / "rocksdb")
        names = [*names_of(store), *made_up(number)]
        index = version / "search.db"
        index.unlink()
        whole = timed(lambda: write_names(index, names), time.perf_counter)
        one = [f"{ID}person/nguyen-khac-than"]
        other = Path(folder) / "changed.db"
        changed = timed(lambda: update_names(index, other, one, names_of(store, one)), time.perf_counter)
        print(f"{len(names):,} things, {index.stat().st_size / 1e6:.0f} MB")
        print(f"index written in {whole / 1000:.1f} s; one name changed in {changed:.0f} ms, the copy included")
        texts, opened = typed(), NameIndex(index)
        for name, clock in (("wall", time.perf_counter), ("CPU", time.process_time)):
            times = [timed(lambda text=text: search(opened, text), clock) for _ in range(3) for text in texts]
            print(f"library, {name}:  {percentiles(times)} ms")
        for name, text in WORST.items():
            cost = max(timed(lambda text=text: search(opened, text), time.process_time) for _ in range(3))
            print(f"  worst, CPU: {cost:6.1f} ms  {name}")
        usual, idle, spent, worst = over_http(root, texts)
        print(f"over HTTP:  {percentiles(usual)} ms; CPU of the service, mean: {spent:.1f} ms")
        print(f"/health/live, in turn:  {percentiles(idle)} ms")
        for name, cost in worst.items():
            print(f"  worst: {cost:6.1f} ms  {name}")
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
