"""Requests that are answered from what earlier ones meant: the same bytes, or the same around another query."""

import gzip
import json
import os
import re
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.support.service import Server, running
from thidua_server.gateway.split_request import split

DATA = '<https://example.org/a> <https://example.org/p> "một", "hai" .\n'
SELECT = "SELECT ?o { <https://example.org/a> ?p ?o } ORDER BY ?o"


class Client:
    """One connection, on which the very bytes of requests are ours to choose."""

    def __init__(self, server: Server) -> None:
        host, port = urlsplit(server.url).hostname, urlsplit(server.url).port
        self.socket = socket.create_connection((host, port), timeout=30)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *failure: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send bytes and read one response: status, headers in small letters, body."""
        self.socket.sendall(data)
        return self.read()

    def read(self, *, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        status = int(self._file.readline().split()[1])
        headers = {}
        while (line := self._file.readline().decode().strip()) != "":
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        return status, headers, self._file.read(int(headers.get("content-length", 0))) if body else b""


def get(query: str, *headers: str, rest: str = "") -> bytes:
    lines = [f"GET /sparql?query={quote(query)}{rest} HTTP/1.1", "Host: localhost", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(query: str, *headers: str) -> bytes:
    body = query.encode()
    lines = ["POST /sparql HTTP/1.1", "Host: localhost", "Content-Type: application/sparql-query", *headers]
    return ("\r\n".join([*lines, f"Content-Length: {len(body)}"]) + "\r\n\r\n").encode() + body


def update(server: Server, text: str) -> None:
    headers = {"Content-Type": "application/sparql-update"}
    urllib.request.urlopen(urllib.request.Request(server.url + "/update", text.encode(), headers)).close()


def lasting(reply: tuple[int, dict[str, str], bytes]) -> tuple[int, dict[str, str], bytes]:
    """A response without what every response has of its own."""
    status, headers, body = reply
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)  # which tells the time as well
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"]) and headers["date"]
    return status, {name: value for name, value in headers.items() if name not in ("x-request-id", "date")}, body


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "data.ttl").write_text(DATA, encoding="utf-8")
    with running(folder, "--plain", str(folder), "--open-writes") as server:
        yield server


ASKED = [SELECT, "ASK {}", "CONSTRUCT WHERE { ?s ?p ?o }", "SELECT * { VALUES ?x { 1 2 } }", "SELECT (1 AS ?một) {}"]


@pytest.mark.parametrize("accept", ["", "text/csv", "text/turtle, application/sparql-results+xml", "*/*", "text/html"])
@pytest.mark.parametrize("encoding", ["", "gzip", "identity"])
@pytest.mark.parametrize("make", [get, post])
def test_the_answer_is_the_same_however_it_is_come_by(plain: Server, accept: str, encoding: str, make) -> None:  # type: ignore[no-untyped-def]
    numbers = " ".join(map(str, range(30)))
    long = f"SELECT * {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"
    headers = [f"Accept: {accept}"] * bool(accept) + [f"Accept-Encoding: {encoding}"] * bool(encoding)
    with Client(plain) as client:
        for query in [*ASKED, long, "SELECT nothing", "SERVICE", "", "SELECT * { SERVICE <http://localhost/> {} }"]:
            # A header that says nothing makes it a request like no other before.
            unlike = make(query, *headers, f"X-Unlike: {make.__name__}{accept}{encoding}{len(query)}")
            known = make(query, *headers)
            expected = lasting(client.send(unlike))
            assert lasting(client.send(known)) == expected, query
            assert lasting(client.send(known)) == expected, query


def test_errors_of_a_query_in_a_known_shape_are_the_apps(plain: Server) -> None:
    with Client(plain) as client:
        assert client.send(post(SELECT))[0] == 200
        wrong = {"SELECT ?": "query-syntax", "DROP ALL": "query-refused", "SELECT * {": "query-syntax"}
        for query, code in wrong.items():
            status, headers, body = client.send(post(query))
            assert status == (403 if code == "query-refused" else 400), query
            assert headers["content-type"] == "application/problem+json"
            assert json.loads(body)["code"] == code
        assert client.send(post("SELECT (NOW() AS ?now) {}"))[2] != client.send(post("SELECT (NOW() AS ?now) {}"))[2]


def test_an_entity_tag_from_a_known_shape_is_taken_back(plain: Server) -> None:
    with Client(plain) as client:
        client.send(get("ASK { ?a ?b ?c }"))
        tag = client.send(get(SELECT))[1]["etag"]
        assert client.send(get(SELECT, f"If-None-Match: {tag}"))[0] == 304
        assert client.send(get("ASK {}", f"If-None-Match: {tag}"))[0] == 200


def test_a_write_is_seen_by_the_next_request_of_the_same_bytes(plain: Server) -> None:
    with Client(plain) as client:
        before = client.send(post(SELECT)), client.send(post(SELECT))
        assert before[0][2] == before[1][2]
        update(plain, "INSERT DATA { <https://example.org/a> <https://example.org/p> 'ba' }")
        after = client.send(post(SELECT))
        assert b'"ba"' in after[2] and after[1]["x-graph-version"] != before[0][1]["x-graph-version"]
        assert b'"ba"' in client.send(post(SELECT + " "))[2]
        update(plain, "DELETE DATA { <https://example.org/a> <https://example.org/p> 'ba' }")
        assert b'"ba"' not in client.send(post(SELECT))[2]


def test_what_is_answered_from_memory_is_counted_and_logged(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    service = running(tmp_path, "--plain", str(tmp_path))
    with service as server, Client(server) as client:
        for _ in range(3):
            client.send(post(SELECT))
        for number in range(3):
            client.send(post(f"ASK {{}} LIMIT {10**6 + number}"))
        with urllib.request.urlopen(server.url + "/metrics") as response:
            assert 'thidua_requests_total{kind="sparql",outcome="ok"} 6.0' in response.read().decode()
        service.log.seek(0)
        lines = [json.loads(line) for line in service.log.read().decode().splitlines() if line.startswith("{")]
    told = [line for line in lines if line.get("path") == "/sparql"]
    assert len(told) == 6 and len({line["request_id"] for line in told}) == 6
    assert {line["client"] for line in told} == {"127.0.0.1"} and all(line["status"] == 200 for line in told)
    assert told[0].keys() == told[1].keys() == told[5].keys()


def test_a_private_service_keeps_nothing_for_strangers(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    service = running(tmp_path, "--plain", str(tmp_path), env={"THIDUA_PRIVATE": "true"})
    with service as server, Client(server) as client:
        assert [client.send(post(SELECT))[0] for _ in range(2)] == [403, 403]


def product(size: int) -> str:
    numbers = " ".join(map(str, range(size)))
    return f"SELECT * {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"


def workers(server: Server) -> list[int]:
    """The processes that run queries."""
    found, pids = [], [server.process.pid]
    while pids:
        for task in Path(f"/proc/{pids.pop()}/task").iterdir():
            pids += (children := [int(pid) for pid in (task / "children").read_text(encoding="ascii").split()])
            found += [
                pid for pid in children if b"thidua.workers.query_worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
            ]
    return found


@pytest.mark.parametrize(
    ("size", "more"),
    [(90, 1 << 19), (130, 1 << 20), (270, 8 << 20), (600, 32 << 20)],
    ids=["as it is", "large", "very large", "more than its room"],
)
def test_a_large_answer_is_kept_too(tmp_path: Path, size: int, more: int) -> None:
    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    with running(tmp_path, "--plain", str(tmp_path)) as server, Client(server) as client:
        status, _, body = client.send(post(product(size)))
        assert status == 200 and len(body) > more
        for pid in workers(server):  # none is left to work anything out
            os.kill(pid, signal.SIGSTOP)
        for _ in range(2):
            status, headers, again = client.send(post(product(size)))
            assert (status, int(headers["content-length"])) == (200, len(body))
            assert again == body


def test_many_read_one_kept_answer_at_once_and_each_has_all_of_it(plain: Server) -> None:
    def asked(number: int) -> bytes:
        with Client(plain) as client:
            status, _, body = client.send(post(product(290)))
        assert status == 200
        return body

    first = asked(0)
    with ThreadPoolExecutor(4) as clients:
        assert set(clients.map(asked, range(12))) == {first}


def test_an_answer_too_large_for_what_is_kept_is_worked_out_each_time(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    settings = {"THIDUA_BUDGET": "0.1", "THIDUA_CACHE": "1"}
    query = product(200).replace("*", "(SHA512(CONCAT(STR(?a), ' ', STR(?b))) AS ?text)")  # which cannot be packed well
    with running(tmp_path, "--plain", str(tmp_path), env=settings) as server, Client(server) as client:
        status, _, body = client.send(post(query))
        assert status == 200 and len(body) > 4 << 20
        assert client.send(post(query))[0] == 429


def test_an_answer_from_a_file_is_whole_in_every_way(plain: Server) -> None:
    numbers = " ".join(map(str, range(260)))
    query = f"SELECT * {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"
    with Client(plain) as client:
        status, headers, body = client.send(get(query))
        assert status == 200 and len(json.loads(body)["results"]["bindings"]) == 260 * 260 and len(body) > 4 << 20
        client.socket.sendall(get(query).replace(b"GET", b"HEAD", 1))
        status, of_head, nothing = client.read(body=False)
        assert (status, of_head["content-length"], nothing) == (200, headers["content-length"], b"")
        assert lasting(client.send(get(query))) == lasting((200, headers, body))
    request = urllib.request.Request(f"{plain.url}/sparql?query={quote(query)}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as response:
        assert response.headers["Content-Encoding"] == "gzip" and gzip.decompress(response.read()) == body


def test_requests_in_pieces_and_in_a_row_are_answered_each(plain: Server) -> None:
    with Client(plain) as client:
        for piece in (post(SELECT)[:10], post(SELECT)[10:90], post(SELECT)[90:]):
            client.socket.sendall(piece)
            time.sleep(0.05)  # so that they are sent as several packets
        assert client.read()[0] == 200
        client.socket.sendall(post("ASK {}") + post("ASK { 1 }") + post("ASK {}"))
        assert [client.read()[0] for _ in range(3)] == [200, 400, 200]


def test_many_clients_at_once_get_their_own_answers(plain: Server) -> None:
    wrong: list[object] = []

    def ask(own: int) -> None:
        with Client(plain) as client:
            for number in range(25):
                shared = f"SELECT (0 AS ?n) {{}} LIMIT {1000 + number}"
                body = client.send(post(f"SELECT ({own * 100 + number} AS ?n) {{}}"))[2]
                value = json.loads(body)["results"]["bindings"][0]["n"]["value"]
                if value != str(own * 100 + number) or b'"0"' not in client.send(post(shared))[2]:
                    wrong.append((own, number, body))

    threads = [threading.Thread(target=ask, args=(own,)) for own in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_request_is_parted_only_where_nothing_else_can_be_meant() -> None:
    assert split(get("ASK {}", rest="&format=json")) is not None and split(post("ASK {}")) is not None
    around = {split(get(query)).around for query in ("ASK {}", SELECT)} | {split(get("a", rest="")).around}  # type: ignore[union-attr]
    assert len(around) == 1
    for data in (
        get("ASK {}") + b"GET / HTTP/1.1\r\n\r\n",  # two requests
        get("ASK {}").replace(b"ASK", b"ASK\r\nX-Smuggled: 1"),
        get("ASK {}").replace(b"ASK", b"ASK\xc3\xa9"),
        get("ASK {}").replace(b"ASK", b"ASK\x00"),
        get("ASK {} #" + "x" * 8190),  # gunicorn refuses so long a line
        post("ASK {}") + b"x",
        post("ASK {}")[:-1],
        post("ASK {}").replace(b"Content-Length", b"Content-Type"),
        b"PUT" + post("ASK {}")[4:],
        b"",
    ):
        assert split(data) is None
