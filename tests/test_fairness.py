"""Whoever asks briefly is answered at once, whatever others do; and one client's excess is that client's alone."""

import http.client
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.crowd import QUERIES, SLOW
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.workers.control import queries

#: Milliseconds that a light query may take longer, beside twice what it takes when nobody else is there.
ALLOWED = 50.0
_numbers = itertools.count()


class Hall:
    """A running service, with its store."""

    def __init__(self, service: Server, store: Path) -> None:
        self.store = store
        self.address = urlsplit(service.url).netloc

    def ask(self, text: str, source: str = "127.0.0.1") -> tuple[int, http.client.HTTPMessage, bytes]:
        """A query from one of this machine's own addresses, on a connection of its own."""
        connection = http.client.HTTPConnection(self.address, timeout=60, source_address=(source, 0))
        try:
            connection.request("POST", "/sparql", text, {"Content-Type": "application/sparql-query"})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def light(self) -> float:
        """Milliseconds that a light query takes, one that nobody has asked before."""
        text = f"SELECT * {{ <https://w3id.org/thidua/id/province/thai-binh> ?p ?o }} LIMIT {10**6 + next(_numbers)}"
        begun = time.perf_counter()
        status, _, body = self.ask(text)
        taken = 1000 * (time.perf_counter() - begun)
        assert status == 200, body
        assert len(json.loads(body)["results"]["bindings"]) > 10
        return taken

    def p95(self, times: int = 120) -> float:
        """The 95th percentile of a light query, in milliseconds."""
        return sorted(self.light() for _ in range(times))[int(times * 0.95)]

    @contextmanager
    def crowded(self, kinds: dict[str, int]) -> Iterator[None]:
        """With others there, who have begun."""
        port = self.address.rpartition(":")[2]
        asked = [f"{kind}={number}" for kind, number in kinds.items()]
        crowd = subprocess.Popen([sys.executable, "-m", "tests.support.crowd", port, "2", *asked])
        try:
            asking = min(3, sum(number for kind, number in kinds.items() if kind in QUERIES))
            until = time.monotonic() + 60
            while len(queries(self.store)) < asking or not self.connections(sum(kinds.values())):
                assert crowd.poll() is None and time.monotonic() < until, "the crowd does not come"
                time.sleep(0.02)
            yield
            assert crowd.poll() is None
        finally:
            crowd.kill()
            crowd.wait()
            while queries(self.store):
                time.sleep(0.02)

    def connections(self, least: int) -> bool:
        """Whether so many clients are connected, or have been, by what the kernel says."""
        port = f":{int(self.address.rpartition(':')[2]):04X}"
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        return sum(fields[1].endswith(port) and fields[3] != "0A" for fields in map(str.split, lines)) >= least


@pytest.fixture(scope="module")
def hall(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """The service as it comes, but without a budget: what is measured are its places."""
    copy = copied(store, tmp_path_factory.mktemp("fairness") / "store")
    with running(copy, env={"THIDUA_BUDGET": "0"}) as service:
        yield Hall(service, copy)


@pytest.fixture(scope="module")
def half_asked(hall: Hall) -> Iterator[socket.socket]:
    """A request that goes no further than its first line."""
    host, _, port = hall.address.partition(":")
    with socket.create_connection((host, int(port)), timeout=60, source_address=("127.0.0.254", 0)) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\n")
        yield connection


CROWDS = {
    "four with endless queries": {"endless": 4},
    "four with queries of a second": {"long": 4},
    "four with large answers": {"large": 4},
    "four with all of them": {"endless": 1, "long": 1, "large": 1, "same": 1},
    "fifty who abuse it": {"endless": 15, "long": 8, "large": 8, "same": 7, "slow head": 6, "slow body": 6},
    "more slow ones than threads": dict.fromkeys(SLOW, 60),
    "ten who do not hang up": {"clinging": 10},
}
#: A crowd of each sort: who asks for too much, and who says too little.
BY_DAY = ("four with all of them", "more slow ones than threads")


@pytest.mark.serial
@pytest.mark.usefixtures("half_asked")
@pytest.mark.parametrize(
    "name",
    [name if name in BY_DAY else pytest.param(name, marks=pytest.mark.nightly) for name in CROWDS],
)
def test_a_light_query_stays_light_beside(hall: Hall, name: str) -> None:
    """Idle and crowded phases take turns, for others use this machine; their medians are compared."""
    hall.p95(10)
    for attempt in range(3):
        idle, crowded = [], []
        for _ in range(3):
            idle.append(hall.p95())
            with hall.crowded(CROWDS[name]):
                crowded.append(hall.p95())
        before, beside = statistics.median(idle), statistics.median(crowded)
        print(f"{name}: p95 {before:.1f} ms alone, {beside:.1f} ms beside them (attempt {attempt + 1})")
        if beside <= 2 * before + ALLOWED:
            return
    pytest.fail(f"p95 is {beside:.0f} ms beside {name}, {before:.0f} ms alone")


def test_what_does_not_arrive_is_told_so(half_asked: socket.socket) -> None:
    answer = b""
    while data := half_asked.recv(4096):
        answer += data
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in head and json.loads(body)["status"] == 408


def test_whoever_used_up_a_budget_waits_and_nobody_else(store: Path, tmp_path: Path) -> None:
    greedy, polite = "127.0.0.6", "127.0.0.7"
    copy = copied(store, tmp_path / "store")
    with running(copy, env={"THIDUA_BUDGET": "12", "THIDUA_TIMEOUT": "2"}) as service:
        hall = Hall(service, copy)
        with ThreadPoolExecutor(2) as greedily:
            for number in itertools.count():
                texts = [QUERIES["endless"](2 * number + which) for which in (0, 1)]
                replies = list(greedily.map(hall.ask, texts, [greedy] * 2))
                assert hall.ask(f"ASK {{}} LIMIT {10**6 + number}", polite)[0] == 200
                if replies[0][0] == 429:
                    break
                # Two at once for two seconds are four of the twelve.
                assert number < 6 and replies[0][0] == 503
        _, headers, body = replies[0]
        refused = time.monotonic()
        problem, wait = json.loads(body), int(headers["Retry-After"])
        assert (problem["code"], problem["limit"]) == ("too-many-requests", "budget")
        assert 1 <= wait <= 60 and f"{wait} s" in problem["detail"]
        # The greedy one is refused even the smallest thing; the polite one is not.
        assert hall.ask("ASK {} LIMIT 11", greedy)[0] == 429
        assert hall.ask("ASK {} LIMIT 12", polite)[0] == 200
        while hall.ask("ASK {} LIMIT 13", greedy)[0] == 429:
            assert time.monotonic() < refused + wait + 30
        assert hall.ask("ASK {} LIMIT 14", greedy)[0] == 200


def test_a_low_priority_says_something(hall: Hall) -> None:
    """Linux weighs sessions against each other first: in one of its own, a worker's priority would change nothing."""
    groups = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if "thidua.workers.query_worker" in (folder / "cmdline").read_text():
                # After the name: state, parent, group, session.
                _, parent, group, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if str(hall.store) in Path(f"/proc/{parent}/cmdline").read_text():
                    groups[folder.name] = (group, session, parent)
    assert groups
    for worker, (group, session, parent) in groups.items():
        assert group == worker  # so Ctrl+C, which goes to a terminal's group, does not reach it
        assert session == str(os.getsid(int(parent)))
