"""What stands between strangers and the graph: addresses that stay here, stores that are replaced, workers cut off."""

import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import ROOT, Server, running
from tests.support.service import until
from tests.test_repeats import Client, post, product
from thidua.workers.control import FOLDER

ELSEWHERE = (
    "/%5cevil.example/x",
    "/%5c%5cevil.example",
    "//evil.example/x",
    "/%2f%2fevil.example",
    "/%09/evil.example",
)


@pytest.mark.parametrize("path", ELSEWHERE)
def test_links_of_a_page_lead_to_this_host_whatever_its_address(server: Server, path: str) -> None:
    with Client(server) as client:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n"
        status, headers, body = client.send(request.encode())
    assert status in (301, 308, 404)
    for address in [*re.findall(r'(?:href|action|src)="([^"]*)"', body.decode()), headers.get("location", "")]:
        assert not re.match(r"[/\\\t\n\r]*[/\\][\t\n\r]*[/\\]", address), address


def test_a_store_that_is_put_in_the_place_of_another_answers_at_once(tmp_path: Path) -> None:
    """Its numbers begin again, and what was remembered of the other is not said of it."""
    served, other = tmp_path / "served", tmp_path / "other"
    for folder, number in ((served, 1), (other, 2)):
        folder.mkdir()
        (folder / "data.ttl").write_text(f"<x:a> <x:p> {number} .\n", encoding="utf-8")
        subprocess.run(
            [sys.executable, "-c", f"from tests.test_gateway import built; built({str(folder)!r})"],
            cwd=ROOT,
            check=True,
        )
    select, large = "SELECT ?o { <x:a> <x:p> ?o }", product(150).replace("{ VALUES", "{ <x:a> <x:p> ?o VALUES", 1)
    with running(served, "--plain", str(served)) as server, Client(server) as client:
        for query in (select, large):
            first = [client.send(post(query))[2] for _ in range(2)]
            assert b'"1"' in first[0] and first[0] == first[1]
        shutil.rmtree(served / "versions")
        (served / "current").unlink()
        shutil.copytree(other / "versions", served / "versions")
        (served / "current").symlink_to("versions/000001")
        for query in (select, f"{select} LIMIT 1000000", large):
            body = client.send(post(query))[2]
            assert b'"o":{"type":"literal","value":"2"' in body and b'"o":{"type":"literal","value":"1"' not in body


def built(folder: str) -> None:
    """Make a plain store of a folder, in a process of its own."""
    with running(Path(folder), "--plain", folder):
        pass


def test_workers_that_cannot_be_cut_off_run_nothing(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text("<x:a> <x:p> 1 .\n", encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text(
        "import os\nos.uname = lambda: os.uname_result(('Linux', 'x', '1', '1', 'unknown'))\n"
        "import ctypes\n_CDLL = ctypes.CDLL\n"
        "class CDLL(_CDLL):\n    unshare = staticmethod(lambda flags: -1)\n"
        "ctypes.CDLL = CDLL\n",
        encoding="utf-8",
    )
    uncut = {"PYTHONPATH": f"{tmp_path}:{ROOT}:{ROOT}/server"}
    query = "/sparql?query=ASK%7B%7D"
    lives = "/health/live"  # it never gets ready
    with running(tmp_path, "--plain", str(tmp_path), env=uncut, sign=lives) as server, Client(server) as client:
        status, _, body = client.send(f"GET {query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert (status, b"not-isolated" in body) == (503, True)
    allowed = {**uncut, "THIDUA_UNISOLATED": "true"}
    with running(tmp_path, "--plain", str(tmp_path), env=allowed) as server:
        with urllib.request.urlopen(server.url + query) as response:
            assert response.status == 200
        with urllib.request.urlopen(server.url + "/metrics") as response:
            assert "thidua_network_cut 0.0" in response.read().decode()


@pytest.mark.skipif("x86_64" not in str(__import__("os").uname().machine), reason="x32 is of x86_64 alone")
def test_the_second_table_of_system_calls_is_refused() -> None:
    text = """
import ctypes, errno
from thidua.base import sandbox
assert sandbox._refuse_sockets()
libc = ctypes.CDLL(None, use_errno=True)
assert libc.syscall(39) > 0  # getpid
assert libc.syscall(0x40000000 | 41, 2, 2, 0) == -1
print(errno.errorcode[ctypes.get_errno()])
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "EACCES"


def test_sockets_of_processes_that_died_are_tidied_away(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text("<x:a> <x:p> 1 .\n", encoding="utf-8")
    (tmp_path / FOLDER).mkdir()
    for name in ("1.sock", "999999.sock"):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(tmp_path / FOLDER / name))
    with running(tmp_path, "--plain", str(tmp_path)):
        sockets = (tmp_path / FOLDER).glob
        until(lambda: len(list(sockets("*.sock"))) == 1)
        (left,) = sockets("*.sock")
        assert left.name not in ("1.sock", "999999.sock")
