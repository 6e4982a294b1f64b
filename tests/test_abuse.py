"""Whatever strangers ask, the service answers in time, fetches nothing, tells no file, and goes on."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import psutil
import pytest

from tests.support import abuse
from tests.support.pace import within
from tests.support.service import Server, running, until
from tests.support.stores import copied

DEADLINE = 2.0
LIMITS = {
    "THIDUA_TIMEOUT": str(DEADLINE),
    "THIDUA_MEMORY": "512",
    "THIDUA_ANSWER": "5",
    "THIDUA_BUDGET": "0",
}
LIGHT = "SELECT * { <https://w3id.org/thidua/id/province/thai-binh> ?p ?o }"
CODES = {
    "query-timeout", "query-memory", "answer-too-large", "query-refused", "query-syntax", "bad-input", "too-busy",
    "too-large", "not-acceptable", "unsupported-function", "query-failed",
}  # fmt: skip


@pytest.fixture(scope="module")
def hardened(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with tight limits, so that meeting them does not take long."""
    copy = copied(store, tmp_path_factory.mktemp("abuse") / "store")
    with running(copy, env=LIMITS) as service:
        yield service


def post(service: Server, text: str, timeout: float = 60) -> tuple[int, dict[str, str], bytes]:
    """A query as the body."""
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=timeout)
    try:
        headers = {"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json, text/turtle"}
        connection.request("POST", "/sparql", text.encode("utf-8", "surrogatepass"), headers)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()
    finally:
        connection.close()


def web_processes(service: Server) -> list[int]:
    """The web processes: children of the one that was started, without the workers that they start."""
    return sorted(child.pid for child in psutil.Process(service.process.pid).children())


def in_time_and_whole(service: Server, text: str) -> None:
    begun = time.monotonic()
    status, headers, body = post(service, text)
    assert within(time.monotonic() - begun, DEADLINE + 1)
    if status == 200:
        if headers["Content-Type"].startswith("application/sparql-results+json"):
            assert json.loads(body)["head"] is not None
        return
    problem = json.loads(body)
    assert (problem["status"], headers["Content-Type"]) == (status, "application/problem+json")
    assert problem["code"] in CODES, problem


def is_well(service: Server, processes: list[int]) -> None:
    assert web_processes(service) == processes
    status, _, body = post(service, LIGHT)
    assert status == 200
    assert len(json.loads(body)["results"]["bindings"]) > 10


@pytest.mark.parametrize("size", abuse.SIZES)
@pytest.mark.parametrize("name", abuse.QUERIES)
def test_every_query_is_answered_within_its_deadline(hardened: Server, name: str, size: int) -> None:
    processes = web_processes(hardened)
    in_time_and_whole(hardened, abuse.QUERIES[name](size))
    is_well(hardened, processes)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address that nobody should ever call, and the calls it got."""
    calls: list[bytes] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.1)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    calls.append(connection.recv(100))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/", calls
        finally:
            done.set()
            thread.join()


def test_nothing_is_ever_fetched(hardened: Server, listener: tuple[str, list[bytes]]) -> None:
    address, calls = listener
    for text in abuse.fetching(address).values():
        in_time_and_whole(hardened, text)
        form = urlencode({"query": text}).encode()
        in_time_and_whole_form(hardened, form)
    for graph in ("default-graph-uri", "named-graph-uri"):
        connection = http.client.HTTPConnection(urlsplit(hardened.url).netloc, timeout=30)
        connection.request("GET", f"/sparql?query=ASK%7B%7D&{graph}={quote(address, safe='')}")
        assert connection.getresponse().status in (200, 400, 403)
        connection.close()
    assert calls == []


def in_time_and_whole_form(service: Server, form: bytes) -> None:
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=30)
    try:
        connection.request("POST", "/sparql", form, {"Content-Type": "application/x-www-form-urlencoded"})
        response = connection.getresponse()
        assert response.status in (200, 400, 403)
        response.read()
    finally:
        connection.close()


def test_a_worker_could_not_fetch_even_if_the_text_got_through(store: Path, listener: tuple[str, list[bytes]]) -> None:
    from thidua.engine.query import Caller
    from thidua.workers.pool import QueryPool

    address, calls = listener
    pool = QueryPool()
    head = {
        "op": "query", "store": str((store / "current").resolve()), "default_graphs": [], "named_graphs": [],
        "base": None, "results": "text/csv", "graphs": "text/turtle",
    }  # fmt: skip
    try:
        for text in abuse.fetching(address).values():
            try:
                pool.run(head, text.encode(), Caller())[1].close()
            except Exception as exc:
                assert str(exc)  # whatever it says, nothing was fetched
        assert pool.isolation in ("namespace", "seccomp")
    finally:
        pool.close()
    assert calls == []


def test_no_file_is_ever_told(hardened: Server, tmp_path: Path) -> None:
    marker = "urn:x-marker:e0a4c1"
    secret = tmp_path / "secret.ttl"
    secret.write_text(f"<{marker}> <{marker}> <{marker}> .", encoding="utf-8")
    address = secret.as_uri()
    for text in (
        f"SELECT * FROM <{address}> {{ ?s ?p ?o }}",
        f"SELECT * FROM NAMED <{address}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        f"SELECT * {{ GRAPH <{address}> {{ ?s ?p ?o }} }}",
        f"CONSTRUCT {{ ?s ?p ?o }} FROM <{address}> WHERE {{ ?s ?p ?o }}",
        f"DESCRIBE <{address}>",
        f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}",
        f"LOAD <{address}>",
    ):
        _, _, body = post(hardened, text)
        assert marker.encode() not in body


@pytest.mark.parametrize(("rounds", "allowed"), [(150, 4e6), pytest.param(1000, 20e6, marks=pytest.mark.nightly)])
def test_memory_comes_back(hardened: Server, rounds: int, allowed: float) -> None:
    """After a thousand rounds of everything that is refused or ends quickly, the web process is no larger."""
    process = psutil.Process(web_processes(hardened)[0])
    texts = [QUERY(1) for name, QUERY in abuse.QUERIES.items() if name.startswith(("nested", "long", "open", "quotes"))]
    for text in texts * 5:
        post(hardened, text)
    before = process.memory_info().rss
    with ThreadPoolExecutor(4) as clients:
        for round_ in range(rounds):
            clients.submit(post, hardened, texts[round_ % len(texts)])
    assert process.memory_info().rss < before + allowed
    assert process.num_fds() < 100


def test_the_queue_is_bounded_and_says_when_to_come_back(hardened: Server) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with ThreadPoolExecutor(24) as clients:
        replies = list(clients.map(lambda _: post(hardened, slow), range(24)))
    codes = [json.loads(body)["code"] for _, _, body in replies]
    assert {status for status, _, _ in replies} == {503, 429}
    refused = [headers for status, headers, _ in replies if status == 429]
    assert refused and all(int(headers["Retry-After"]) >= 1 for headers in refused)
    assert set(codes) <= {"query-timeout", "too-busy", "too-many-requests"}
    is_well(hardened, web_processes(hardened))


def test_a_client_that_leaves_takes_its_query_along(store: Path, tmp_path: Path) -> None:
    """Long before its time is up."""
    from thidua.workers.control import queries

    slow = b"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    own = copied(store, tmp_path / "store")
    with running(own, env=LIMITS | {"THIDUA_TIMEOUT": "600"}) as service:
        address = urlsplit(service.url)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(
                b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(slow), slow)
            )
            until(lambda: queries(own))
        until(lambda: not queries(own))


@pytest.mark.serial
def test_a_caller_may_lower_the_deadline_but_not_raise_it(hardened: Server) -> None:
    slow = quote("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    for asked, least in (("0.4", 0.3), ("600", DEADLINE - 0.2)):
        connection = http.client.HTTPConnection(urlsplit(hardened.url).netloc, timeout=30)
        begun = time.monotonic()
        connection.request("GET", f"/sparql?query={slow}&timeout={asked}", headers={"Accept": "application/json"})
        response = connection.getresponse()
        body = json.loads(response.read())
        connection.close()
        assert (response.status, body["code"], body["limit"]) == (503, "query-timeout", "timeout")
        taken, limit = time.monotonic() - begun, min(float(asked), DEADLINE)
        assert taken >= least and within(taken, limit + 1)
        assert f"within {limit:g} s" in body["detail"]


@pytest.mark.serial
@pytest.mark.parametrize(
    "accept",
    ["application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"],
)
def test_a_table_is_whole_or_an_error(hardened: Server, accept: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(hardened.url).netloc, timeout=30)
    connection.request("GET", "/sparql?query=" + quote("SELECT * { ?s ?p ?o }"), headers={"Accept": accept})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status == 200:
        assert len(body) == int(response.headers["Content-Length"])
        assert body.rstrip().endswith((b"}", b"</sparql>")) or body.endswith(b"\n")
    else:
        assert json.loads(body)["code"] == "answer-too-large"


@pytest.mark.serial
@pytest.mark.parametrize(
    "accept", ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml"]
)
def test_a_graph_is_whole_or_an_error(hardened: Server, accept: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(hardened.url).netloc, timeout=30)
    query = quote("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")
    connection.request("GET", f"/sparql?query={query}", headers={"Accept": accept})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status == 200:
        import rdflib

        graph = rdflib.Graph().parse(data=body, format=accept.replace("n-triples", "n-triples"))
        assert len(graph) > 20_000
    else:
        assert json.loads(body)["code"] in ("answer-too-large", "query-timeout", "query-memory")
