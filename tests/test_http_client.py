"""The HTTP client, and what asks through it, against real servers on a socket."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import thidua
from thidua.base.errors import BusyError, RemoteError
from thidua.base.http_client import HttpClient

Answer = tuple[int, dict[str, str], bytes]


class Server:
    """Answers with what is given it, one after the other, the last one for ever; keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes, int]] = []
        given = iter(answers)
        last: list[Answer] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler) -> None:
                body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
                self.asked.append((handler.path, dict(handler.headers), body, handler.client_address[1]))
                last[:] = [next(given, *last)] if last else [next(given)]
                status, headers, content = last[0]
                handler.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    handler.send_header(name, value)
                handler.end_headers()
                handler.wfile.write(content)
                handler.close_connection = int(headers.get("Content-Length", 0)) > len(content)

            do_POST = do_GET

            def log_message(handler, *told: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*answers: Answer) -> Server:
        servers.append(Server(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


BUSY = (503, {"Retry-After": "0"}, b"")
FINE = (200, {}, b"fine")


def test_a_connection_is_kept_and_says_who_asks(serve: Callable[..., Server]) -> None:
    server, client = serve(FINE), HttpClient()
    for _ in range(3):
        assert client.send("POST", server.url, {"Accept": "text/plain"}, 5, b"text").content == b"fine"
    assert len({port for _, _, _, port in server.asked}) == 1
    assert {body for _, _, body, _ in server.asked} == {b"text"}
    headers = server.asked[0][1]
    assert headers["User-Agent"].startswith("thidua/") and headers["Accept-Encoding"] == "identity"


def test_after_a_fork_a_process_has_its_own(serve: Callable[..., Server]) -> None:
    server, client = serve(FINE), HttpClient()
    client.send("GET", server.url, {}, 5)
    if (child := os.fork()) == 0:
        os._exit(client.send("GET", server.url, {}, 5).status_code // 100)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    client.send("GET", server.url, {}, 5)
    first, second, third = (port for _, _, _, port in server.asked)
    assert first == third != second


def test_a_busy_server_is_waited_for_as_often_as_was_said(serve: Callable[..., Server]) -> None:
    server = serve(BUSY, (429, {"Retry-After": "1"}, b""), FINE)
    begun = time.monotonic()
    assert HttpClient(busy=2).send("POST", server.url, {}, 5, b"x").content == b"fine"
    assert len(server.asked) == 3 and time.monotonic() - begun >= 1
    for busy in (0, 2):
        server = serve(BUSY)
        assert HttpClient(busy=busy).send("GET", server.url, {}, 5).status_code == 503
        assert len(server.asked) == busy + 1


def test_one_that_asks_for_too_much_is_told_at_once(serve: Callable[..., Server]) -> None:
    server = serve((503, {"Retry-After": "61"}, b"busy"))
    response = HttpClient(busy=3).send("GET", server.url, {}, 5)
    assert (response.status_code, response.content, len(server.asked)) == (503, b"busy", 1)
    server = serve((500, {"Retry-After": "0"}, b"broken"))  # which will not be better in a moment
    assert HttpClient(busy=3).send("GET", server.url, {}, 5).status_code == 500 and len(server.asked) == 1


def test_a_kept_connection_that_was_closed_meanwhile(serve: Callable[..., Server]) -> None:
    server, client = serve((200, {"Connection": "close"}, b"fine"), FINE), HttpClient()
    assert [client.send("GET", server.url, {}, 5).content for _ in range(2)] == [b"fine", b"fine"]


def test_nobody_there_and_half_an_answer(serve: Callable[..., Server]) -> None:
    with pytest.raises(OSError, match="refused"):
        HttpClient().send("GET", "http://127.0.0.1:1", {}, 5)
    server = serve((200, {"Content-Length": "100"}, b"half"))
    with pytest.raises(OSError, match="4 bytes read"):
        HttpClient().send("GET", server.url, {}, 5)


def test_a_server_that_says_nothing(serve: Callable[..., Server]) -> None:
    server = serve(FINE)
    server.http.shutdown()  # it listens, and nobody accepts
    begun = time.monotonic()
    with pytest.raises(OSError, match="timed out"):
        HttpClient().send("GET", server.url, {}, 0.2)
    assert time.monotonic() - begun < 5
    threading.Thread(target=server.http.serve_forever, args=(0.01,), daemon=True).start()


def test_only_a_user_is_led_elsewhere_and_no_netrc_is_read(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    elsewhere = serve(FINE)
    server = serve((302, {"Location": "/there"}, b""), FINE)
    assert HttpClient(as_user=True).send("GET", server.url, {}, 5).content == b"fine"
    assert [path for path, *_ in server.asked] == ["/", "/there"]
    assert HttpClient().send("GET", serve((302, {"Location": elsewhere.url}, b"")).url, {}, 5).status_code == 302
    assert not elsewhere.asked
    assert "Authorization" not in server.asked[0][1]


READY = (200, {"Content-Type": "application/json"}, b'{"version": {"number": 7}}')
PROBLEM = b'{"code": "too-busy", "detail": "All lanes are busy.", "limit": "queue", "status": 503}'


def test_a_notebook_waits_for_a_busy_service(serve: Callable[..., Server]) -> None:
    server = serve(READY, (503, {"Retry-After": "0"}, PROBLEM), (503, {"Retry-After": "0"}, PROBLEM), READY)
    kg = thidua.connect(server.url, token="secret")
    assert len(server.asked) == 1
    assert kg.version == 7 and len(server.asked) == 4
    assert {headers["Authorization"] for _, headers, _, _ in server.asked} == {"Bearer secret"}


def test_and_says_so_in_the_end(serve: Callable[..., Server]) -> None:
    server = serve((503, {"Retry-After": "0"}, PROBLEM))
    with pytest.raises(BusyError, match="All lanes are busy"):
        thidua.connect(server.url)
    assert len(server.asked) == 4
    with pytest.raises(RemoteError, match="cannot be reached"):
        thidua.connect("http://127.0.0.1:1")
