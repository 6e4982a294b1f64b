"""Connections that nobody uses lock nobody out, and a system without room for more is asked again later."""

import contextlib
import os
import resource
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import Server, running

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
DATA = "<https://example.org/a> <https://example.org/p> 1 .\n"


@pytest.fixture(scope="module", autouse=True)
def descriptors() -> None:
    """As many for us as the system allows: each end of a connection is one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def bounded(folder: Path, descriptors: int) -> Iterator[tuple[Server, running]]:
    """A service that may have so many files open."""
    (folder / "data.ttl").write_text(DATA, encoding="utf-8")
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nulimit -n {descriptors}\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    service = running(folder, "--plain", str(folder), python=str(python))
    with service as server:
        yield server, service


def connected(server: Server, me: str) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=60, source_address=(me, 0))


def asked(line: socket.socket) -> bool:
    """Whether a request is answered on a connection."""
    try:
        line.sendall(LIVE)
        return answer(line).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def answer(line: socket.socket) -> bytes:
    """The next response, all of it: health's are short JSON objects."""
    data = b""
    while not data.rstrip().endswith(b"}"):
        if not (piece := line.recv(4096)):
            break
        data += piece
    return data


def test_idle_connections_of_many_addresses_lock_nobody_out(tmp_path: Path) -> None:
    with bounded(tmp_path, 600) as (server, _), contextlib.ExitStack() as opened:
        kept = opened.enter_context(connected(server, "127.0.9.200"))
        assert asked(kept)
        # More than there is room for, though no address has more than it may have.
        idle = [opened.enter_context(connected(server, f"127.0.9.{1 + n // 90}")) for n in range(450)]
        for number in range(20):
            with connected(server, f"127.0.9.{100 + number}") as polite:
                assert asked(polite)
        assert asked(kept), "who has one connection keeps it"
        for line in idle:
            line.setblocking(False)
        gone = 0
        for line in idle:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                gone += line.recv(1) == b""
        assert 0 < gone < len(idle), "only as many as there had to be"


def test_a_connection_in_use_is_not_dropped_for_an_idle_one(tmp_path: Path) -> None:
    """Half a request is one that is on its way."""
    with bounded(tmp_path, 600) as (server, _), contextlib.ExitStack() as opened:
        slow = opened.enter_context(connected(server, "127.0.9.1"))
        slow.sendall(LIVE[:20])
        for n in range(400):
            opened.enter_context(connected(server, f"127.0.9.{1 + n // 90}"))
        slow.sendall(LIVE[20:])
        assert answer(slow).startswith(b"HTTP/1.1 200")


def cpu(server: Server) -> float:
    """Seconds of computing that the service and what it started took so far."""
    pids, seconds = [server.process.pid], 0.0
    while pids:
        pid = pids.pop()
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            for task in Path(f"/proc/{pid}/task").iterdir():
                pids += map(int, (task / "children").read_text(encoding="ascii").split())
    return seconds


def test_without_descriptors_it_waits_and_says_so_once(tmp_path: Path) -> None:
    with bounded(tmp_path, 100) as (server, service), contextlib.ExitStack() as opened:
        for n in range(140):
            opened.enter_context(connected(server, f"127.0.9.{1 + n // 40}"))
        began, first, answered = cpu(server), time.monotonic(), 0
        while answered < 5:
            with connected(server, "127.0.9.100") as polite:
                answered += asked(polite)
            assert time.monotonic() - first < 60
        assert cpu(server) - began < max(2, (time.monotonic() - first) / 2), "it does not spin"
        service.log.seek(0)
        told = [line for line in service.log.read().decode().splitlines() if "no room" in line]
        assert len(told) == 1


def test_behind_a_proxy_threads_are_shared_out_among_whom_it_speaks_for(tmp_path: Path) -> None:
    """All connections come from one address; one client's bodies that never come leave threads to the others."""
    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    settings = {"THIDUA_TRUSTED_PROXIES": "1", "THIDUA_RUNNING": "1", "THIDUA_WAITING": "1", "THIDUA_QUEUE": "1"}
    stalled = b"POST /sparql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
    with running(tmp_path, "--plain", str(tmp_path), env=settings) as server, contextlib.ExitStack() as opened:
        for _ in range(90):  # more than there are threads
            opened.enter_context(connected(server, "127.0.0.1")).sendall(stalled % b"10.0.0.2, 10.0.0.1")
        for number in range(5):
            with connected(server, "127.0.0.1") as polite:
                # What a client claims by itself stands before what our proxy says.
                polite.sendall(
                    LIVE.replace(b"Host: x", b"Host: x\r\nX-Forwarded-For: 10.0.0.1, 10.0.0.%d" % (number + 2))
                )
                assert answer(polite).startswith(b"HTTP/1.1 200")
