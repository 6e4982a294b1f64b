"""What operators rely on: stopping, figures, logs, compression, stopping a query, CORS; each in a real service."""

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Server, copied, running
from tests.test_server import DIRECT, Reply, call, problem, sparql
from thidua.control import queries
from thidua.worker import receive, send

#: Runs for as long as it may.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def until(holds: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait for a condition; returns what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come about")


@pytest.fixture
def mine(store: Path, tmp_path: Path) -> Path:
    """A store of one's own."""
    return copied(store, tmp_path / "store")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def post(service: Server, query: str, path: str = "/sparql") -> Reply:
    return call(service, path, method="POST", headers=DIRECT, body=query.encode())


class TestStopping:
    """What becomes of those who are being served, and of those who come too late."""

    def test_a_running_query_ends_and_nobody_new_gets_in(self, mine: Path, pool: ThreadPoolExecutor) -> None:
        with running(mine, env={"THIDUA_TIMEOUT": "3"}) as service:
            asked: Future[Reply] = pool.submit(post, service, ENDLESS)
            until(lambda: queries(mine))
            service.process.terminate()
            until(lambda: refuses(service))
            # Asked to stop long before the query's time was up, and still it got its answer, which is that.
            assert not asked.done()
            assert problem(asked.result(20), 503, "query-timeout")["limit"] == "timeout"
            assert service.process.wait(20) == 0

    def test_nothing_is_left_running_and_nothing_is_said_but_lines_of_json(self, mine: Path) -> None:
        service = running(mine)
        with service as started:
            assert sparql(started, "ASK {}").status == 200
            group = [int(pid) for pid in children(started.process.pid)]
            workers = [pid for parent in group for pid in map(int, children(parent))]
            assert len(workers) >= 2
            started.process.send_signal(signal.SIGTERM)
            assert started.process.wait(20) == 0
            until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in [*group, *workers]))
            lines = said(service)
        assert [line for line in lines if not line.startswith(("{", "open http"))] == []

    def test_a_parent_that_leaves_without_listening_has_left(self) -> None:
        ours, theirs = socket.socketpair()
        send(theirs, {"ready": True})
        ours.close()
        with theirs, pytest.raises(EOFError):
            receive(theirs)


def refuses(service: Server) -> bool:
    try:
        with socket.create_connection((urlsplit(service.url).hostname, urlsplit(service.url).port), timeout=5):
            return False
    except ConnectionRefusedError:
        return True


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def said(service: running) -> list[str]:
    """What a service has written to standard error so far."""
    written = os.pread(service.log.fileno(), 1 << 24, 0)
    return written.decode().splitlines()
