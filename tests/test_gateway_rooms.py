"""The gateway: the app answers without it, a switch chooses it, and its page says what it relies on."""

import contextlib
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.paths import ROOT
from tests.support.service import running
from thidua_server.gateway.buffering_worker import BufferingWorker
from thidua_server.gateway.caching_worker import CachingWorker
from thidua_server.gateway.connection import Connection, DeadlineReader

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
SERVER = ROOT / "server" / "thidua_server"


def test_the_app_answers_without_gunicorn(store: Path) -> None:
    text = """
import sys
sys.modules["gunicorn"] = sys.modules["thidua_server.gateway"] = None  # an import of either fails
from thidua_server import create_app
client = create_app({"STORE": sys.argv[1], "LOG_LEVEL": "WARNING"}).test_client()
answer = client.post("/sparql", data="ASK {}", content_type="application/sparql-query")
print(answer.status_code, answer.json["boolean"])
print(client.get("/questions/who-led.csv?cluster=dong-bang-song-hong&year=2023").status_code)
print(client.post("/sparql", data="ASK {", content_type="application/sparql-query").json["code"])
"""
    done = subprocess.run([sys.executable, "-c", text, str(store)], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["200", "True", "200", "query-syntax"], done.stderr


@pytest.mark.parametrize(("gateway", "answered"), [("buffering", True), ("plain", False)])
def test_what_has_begun_to_arrive_holds_a_thread_of_the_plain_gateway_alone(
    tmp_path: Path, gateway: str, answered: bool
) -> None:
    (tmp_path / "data.ttl").write_text("<x:a> <x:p> 1 .\n", encoding="utf-8")
    settings = {"THIDUA_GATEWAY": gateway, "THIDUA_QUEUE": "1", "THIDUA_FAST_SLOTS": "1", "THIDUA_SLOW_SLOTS": "1"}
    with running(tmp_path, "--plain", str(tmp_path), env=settings) as server, contextlib.ExitStack() as opened:
        address = (urlsplit(server.url).hostname, urlsplit(server.url).port)
        for number in range(80):  # more than there are threads
            line = socket.create_connection(address, source_address=(f"127.0.8.{1 + number}", 0))
            opened.enter_context(line).sendall(LIVE[:20])
        with socket.create_connection(address, timeout=60 if answered else 3) as polite:
            polite.sendall(LIVE)
            try:
                told = polite.recv(4096)
            except TimeoutError:
                told = b""
    assert told.startswith(b"HTTP/1.1 200") is answered


def test_a_gateway_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="THIDUA_GATEWAY is buffering or plain, not 'waitress'"):
        running(tmp_path, env={"THIDUA_GATEWAY": "waitress"}).__enter__()


def test_the_page_names_each_of_gunicorns_methods_that_is_overridden() -> None:
    page = (ROOT / "docs/gateway.md").read_text(encoding="utf-8")
    for ours in (BufferingWorker, CachingWorker, Connection, DeadlineReader):
        theirs = next(kind for kind in ours.__mro__ if kind.__module__.startswith("gunicorn"))
        overridden = {name for name in vars(ours) if hasattr(theirs, name) and not name.startswith("__")}
        assert overridden and {name for name in overridden if f"`{name}`" not in page} == set(), ours
    pinned = re.search(r'"gunicorn([^"]*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pinned and f"`{pinned[1]}`" in page


def test_the_page_names_every_room() -> None:
    page = (ROOT / "docs/gateway.md").read_text(encoding="utf-8")
    rooms = {path.stem for path in (SERVER / "gateway").glob("*.py")} - {"__init__"}
    assert {name for name in rooms if f"`{name}`" not in page.split("## What it relies on")[0]} == set()
