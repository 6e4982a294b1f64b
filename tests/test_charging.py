"""What the web process itself does for a client is counted, bounded, and done once where once will do."""

import contextlib
import http.client
import json
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.conftest import Server, running
from tests.test_repeats import product, workers
from thidua.base.errors import BudgetError, QueryMemoryError
from thidua.base.limits import Limits
from thidua.engine.query import Caller, Query
from thidua.workers.clients import Clients
from thidua.workers.pool import QueryPool
from thidua.workers.pooled import Pooled

DATA = "<https://example.org/a> <https://example.org/p> 1 .\n"


def ask(
    server: Server, query: str, me: str = "127.0.0.1", accept: str = "*/*", most: int | None = None
) -> tuple[int, bytes]:
    """A query's answer, or its beginning: who has that hangs up."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60, source_address=(me, 0))
    with contextlib.closing(connection):
        connection.request("GET", f"/sparql?query={quote(query)}", headers={"Accept": accept})
        response = connection.getresponse()
        return response.status, response.read(most)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "data.ttl").write_text(DATA, encoding="utf-8")
    with running(folder, "--plain", str(folder)) as server:
        yield server


def web_process(server: Server) -> int:
    """The process that speaks HTTP."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text(encoding="ascii")
    return int(children.split()[0])


def peak(server: Server) -> int:
    """The most bytes of memory that the web process ever held."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{web_process(server)}/status").read_text(encoding="ascii"))
    assert found
    return 1024 * int(found[1])


def test_a_page_shows_the_beginning_of_a_large_answer_and_reads_no_more(plain: Server) -> None:
    assert ask(plain, product(10), accept="text/html")[0] == 200
    before = peak(plain)
    status, page = ask(plain, product(500), accept="text/html")
    assert status == 200 and page.count(b"<tr>") == 1001 and re.search(rb"250[.,]?000", page)
    assert peak(plain) - before < 30_000_000, "the web process took in the whole answer"


def test_a_page_shows_the_beginning_of_a_large_graph(plain: Server) -> None:
    numbers = " ".join(map(str, range(200)))
    query = f"CONSTRUCT {{ <x:s> ?p ?b }} {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} BIND(IRI(CONCAT('x:', STR(?a))) AS ?p) }}"  # noqa: E501
    status, page = ask(plain, query, accept="text/html")
    assert status == 200 and "# …".encode() in page and len(page) < 1_000_000


def written(server: Server) -> int:
    """Bytes that the web process wrote to files so far."""
    text = Path(f"/proc/{web_process(server)}/io").read_text(encoding="ascii")
    found = re.search(r"wchar: (\d+)", text)
    assert found
    return int(found[1])


def test_a_large_answer_that_is_asked_for_again_is_one_file(plain: Server) -> None:
    size = len(ask(plain, product(600))[1])
    before = written(plain)
    for _ in range(10):
        assert ask(plain, product(600), most=1000)[0] == 200
    # Some of each is sent before the client hangs up; a copy each time would be ten times the size.
    assert written(plain) - before < 8 * size
    with ThreadPoolExecutor(4) as clients:
        assert {len(body) for _, body in clients.map(lambda _: ask(plain, product(600)), range(8))} == {size}


def test_who_has_used_their_time_gets_no_large_answers_from_memory_either(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    with running(tmp_path, "--plain", str(tmp_path), env={"THIDUA_BUDGET": "2"}) as server:
        assert ask(server, product(400), "127.0.0.1")[0] == 200
        for pid in workers(server):  # what follows is the web process's work alone
            os.kill(pid, signal.SIGSTOP)
        statuses = [ask_gzipped(server, product(400), "127.0.0.2") for _ in range(30)]
        assert statuses[0] == 200 and statuses[-1] == 429
        assert ask_gzipped(server, product(400), "127.0.0.3") == 200, "others are not charged for it"


def ask_gzipped(server: Server, query: str, me: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60, source_address=(me, 0))
    with contextlib.closing(connection):
        connection.request("GET", f"/sparql?query={quote(query)}", headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        response.read()
        return response.status


def test_reconciling_is_charged(store: Path) -> None:
    queries = {f"q{n}": {"query": "uy ban nhan dan tinh " * 14 + str(n)} for n in range(50)}
    body = urlencode({"queries": json.dumps(queries)}).encode()
    with running(store, env={"THIDUA_BUDGET": "1"}) as server:
        statuses = []
        for _ in range(40):
            try:
                with urllib.request.urlopen(urllib.request.Request(server.url + "/reconcile", body)) as response:
                    statuses.append(response.status)
            except urllib.error.HTTPError as error:
                with error:
                    statuses.append(error.code)
        assert statuses[0] == 200 and statuses[-1] == 429


def test_work_for_one_client_goes_on_one_thing_at_a_time_and_for_others_beside_it() -> None:
    pool = QueryPool(Limits(fast_slots=1, timeout=0.2))
    try:
        with (
            pool.at_hand(Caller("a")),
            pool.at_hand(Caller("b")),
            pytest.raises(BudgetError),
            pool.at_hand(Caller("a")),
        ):
            pass
        with pool.at_hand(Caller("a")):
            pass
    finally:
        pool.close()


def test_who_ends_a_worker_pays_for_the_next(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    charged: list[float] = []
    monkeypatch.setattr(Clients, "charge", lambda self, name, seconds: charged.append(seconds))
    pool = QueryPool(Limits(fast_slots=1))
    try:
        engine, folder = Pooled(pool), (store / "current").resolve()
        assert b"true" in engine.query(folder, Query("ASK {}"), Caller("a")).read()
        deep = "SELECT * { FILTER(" + "(" * 200_000 + "1" + ")" * 200_000 + ") }"
        with pytest.raises(QueryMemoryError):
            engine.query(folder, Query(deep), Caller("a"))
        assert charged[1] > charged[0] and charged[1] > 0.05, "a start takes a process a tenth of a second"
    finally:
        pool.close()
