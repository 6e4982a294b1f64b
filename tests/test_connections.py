"""Requests as clients really send them, in pieces, in rows, and too large: each is answered, or refused in words."""

import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.service import Server, until
from thidua.base.limits import Limits
from thidua.engine.query import Caller, Query
from thidua.workers.pool import QueryPool
from thidua.workers.pooled import Pooled

QUERY = b"SELECT (1 AS ?one) {}"
HEAD = b"POST /sparql HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\nContent-Type: application/sparql-query\r\n"
SIZED = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(QUERY), QUERY)
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(QUERY), QUERY)
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


class Line:
    """A connection, byte by byte."""

    def __init__(self, service: Server) -> None:
        address = urlsplit(service.url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self.socket.makefile("rb")

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next response."""
        status = int(self._reader.readline().split()[1])
        headers = {}
        while line := self._reader.readline().strip().decode():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self._reader.read(int(headers.get("content-length", 0)))

    def close(self) -> None:
        """Hang up."""
        self._reader.close()
        self.socket.close()

    def is_over(self) -> bool:
        """Whether the service has hung up, or does so now."""
        return self._reader.read(1) == b""


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    line = Line(server)
    yield line
    line.close()


@pytest.mark.parametrize("request_", [SIZED, CHUNKED, LIVE], ids=["sized", "chunked", "without a body"])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_in_pieces(line: Line, request_: bytes, size: int) -> None:
    for start in range(0, len(request_), size):
        line.socket.sendall(request_[start : start + size])
    assert line.answer()[0] == 200


def test_several_in_one_packet_are_answered_in_order(line: Line) -> None:
    line.socket.sendall(SIZED + LIVE + SIZED + LIVE[:9])
    assert [line.answer()[2][:3] for _ in range(3)] == [b"one", b'{"s', b"one"]
    line.socket.sendall(LIVE[9:])
    assert line.answer()[0] == 200


def test_a_body_that_is_sent_when_asked_for(line: Line) -> None:
    head, _, body = SIZED.partition(b"\r\n\r\n")
    line.socket.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert line.answer()[0] == 100
    line.socket.sendall(body)
    assert line.answer()[2].startswith(b"one")


def test_a_client_that_sends_the_last_of_it_and_closes_its_side(line: Line) -> None:
    line.socket.sendall(SIZED)
    line.socket.shutdown(socket.SHUT_WR)
    # It may have left: a query whose client is gone is stopped. Either way the connection ends soon.
    line.socket.settimeout(5)
    while line.socket.recv(4096):
        pass


def test_an_endless_head(line: Line) -> None:
    line.socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: %s\r\n" % (b"b" * 1000) * 400)
    status, headers, body = line.answer()
    assert (status, headers["content-type"]) == (json.loads(body)["status"], "application/problem+json")
    assert status == 431 and line.is_over()


def test_a_body_of_more_than_is_sent(line: Line) -> None:
    line.socket.sendall(HEAD + b"Content-Length: 100\r\n\r\n" + QUERY)
    line.socket.shutdown(socket.SHUT_WR)
    assert line.is_over()


def test_who_asks_to_be_hung_up_on_is(line: Line) -> None:
    line.socket.sendall(LIVE.replace(b"Host: x", b"Host: x\r\nConnection: close"))
    assert line.answer()[0] == 200
    assert line.is_over()


def answered(server: Server) -> int | None:
    """The status that a client gets who comes now; None when there is no room for them."""
    line = Line(server)
    try:
        line.socket.sendall(LIVE)
        return line.answer()[0]
    except (ConnectionError, IndexError):
        return None
    finally:
        line.close()


def test_one_client_cannot_take_all_connections(server: Server) -> None:
    lines: list[Line] = []
    try:
        while len(lines) < 300:
            lines.append(Line(server))
        # The first ones are kept, the last ones are not, and whoever hangs up makes room.
        lines[0].socket.sendall(LIVE)
        assert lines[0].answer()[0] == 200
        with contextlib.suppress(ConnectionError):
            assert lines[-1].is_over()
        assert answered(server) is None
        for each in lines[1:]:
            each.close()
        while answered(server) is None:
            pass
    finally:
        for each in lines:
            each.close()


def test_a_worker_that_died_idle_fails_nobody(store: Path) -> None:
    pool = QueryPool(Limits(fast_slots=2))
    try:
        engine, folder = Pooled(pool), (store / "current").resolve()
        ask = lambda: engine.query(folder, Query("ASK {}"), Caller()).read()  # noqa: E731
        assert b"true" in ask()
        for worker in list(pool._workers):
            os.kill(worker.process.pid, signal.SIGKILL)
            os.waitid(os.P_PID, worker.process.pid, os.WEXITED | os.WNOWAIT)
        for _ in range(4):
            assert b"true" in ask()
        assert pool.state().workers == 2
    finally:
        pool.close()


def test_a_long_query_leaves_a_worker_ready(store: Path) -> None:
    pool = QueryPool(Limits(fast_slots=2, timeout=8))
    try:
        engine, folder = Pooled(pool), (store / "current").resolve()
        assert engine.query(folder, Query("ASK {}"), Caller()).read()
        endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        with ThreadPoolExecutor(2) as others:
            pending = [
                others.submit(engine.query, folder, Query(f"{endless} LIMIT {9 + n}"), Caller(f"other {n}"))
                for n in (0, 1)
            ]
            while sum(query["state"] == "slow" for query in pool.queries()) < 2:
                assert not any(each.done() for each in pending)
                time.sleep(0.01)
            # Two have moved on, and what they left behind has been filled.
            until(lambda: pool.state().workers >= 4)
            assert b"true" in engine.query(folder, Query("ASK {} #2"), Caller()).read()
            for each in pending:
                assert "did not end within 8 s" in str(each.exception())
    finally:
        pool.close()
