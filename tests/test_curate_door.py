"""Nothing large is read, and nobody waited for, before it is known who writes."""

import contextlib
import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.conftest import Server, copied, running
from thidua.base.tokens import TokenFile

FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def desk(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    own = copied(store, tmp_path_factory.mktemp("door") / "store")
    token = TokenFile(own / "tokens.json").create("Lan", "write")
    with running(own) as server:
        yield server, token


def opened(server: Server, me: str = "127.0.0.1") -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=20, source_address=(me, 0))


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", FORM, *lines, "", ""]).encode()


def status(line: socket.socket) -> int:
    data = b""
    while b"\r\n\r\n" not in data:
        data += (piece := line.recv(4096))
        assert piece, "the service hung up without a word"
    return int(data.split()[1])


def post(server: Server, path: str, body: bytes, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", path, body, {"Content-Type": FORM.partition(": ")[2], **named})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


@pytest.mark.parametrize("path", ["/curate", "/curate?lang=en", "/update", "/data?graph=x:y"])
@pytest.mark.parametrize("size", ["Content-Length: 9000000", "Transfer-Encoding: chunked"])
def test_a_large_body_of_nobody_is_refused_by_its_head(desk: tuple[Server, str], path: str, size: str) -> None:
    with opened(desk[0]) as line:
        line.sendall(head(path, size))
        line.settimeout(4)  # a body would have been waited for longer
        assert status(line) == 401
        line.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")  # is of the body, and no request
        rest = b""
        with contextlib.suppress(ConnectionError):
            while piece := line.recv(4096):
                rest += piece
        assert b"HTTP/1.1" not in rest


@pytest.mark.parametrize("signed", [[], ["Authorization: Bearer nobody"]])
@pytest.mark.parametrize("path", ["/curate", "/update", "/data?graph=x:y"])
def test_slow_writers_whom_nobody_knows_hold_no_threads(desk: tuple[Server, str], path: str, signed: list[str]) -> None:
    """As many as there are threads, from addresses enough: somebody else is answered while all of them wait."""
    lines = [opened(desk[0], f"127.0.7.{1 + n // 12}") for n in range(120)]
    try:
        for line in lines:
            line.sendall(head(path, *signed, "Content-Length: 9000000") + b"a=")
        answered = 0
        for _ in range(20):
            with opened(desk[0], "127.0.8.1") as polite:
                polite.settimeout(3)
                polite.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
                answered += status(polite) == 200
        assert answered == 20
    finally:
        for line in lines:
            line.close()


def test_who_sends_a_large_body_under_an_unknown_token_reads_the_answer(desk: tuple[Server, str]) -> None:
    for path in ("/curate", "/update"):
        assert post(desk[0], path, b"a=" + b"x" * 9_000_000, Authorization="Bearer nobody").status == 401


@pytest.mark.parametrize("path", ["/curate", "/sparql", "/reconcile", "/update"])
def test_a_form_has_so_many_fields_and_no_more(desk: tuple[Server, str], path: str) -> None:
    server, token = desk
    body = b"&".join(b"a%d=" % number for number in range(5000))
    assert post(server, path, body, Authorization=f"Bearer {token}", Accept="application/json").status == 400


def test_a_form_of_many_parts_is_refused(desk: tuple[Server, str]) -> None:
    server, token = desk
    part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    kind = {"Content_Type": "multipart/form-data; boundary=x", "Accept": "application/json"}
    body = (part * 30 + "--x--\r\n").encode()
    assert post(server, "/curate", body, Authorization=f"Bearer {token}", **kind).status == 413


def test_a_small_form_brings_its_token_itself_and_a_large_one_in_a_header(desk: tuple[Server, str]) -> None:
    server, token = desk
    given = {"turtle": "# nothing\n", "graph": "0000000000000001", "mode": "put", "action": "preview"}
    json = {"Accept": "application/json"}
    by_form = urlencode({**given, "token": token}).encode()
    assert post(server, "/curate", by_form, **json).status == 200
    large = urlencode({**given, "turtle": "# nothing\n" * 20_000}).encode()
    assert post(server, "/curate", large + b"&token=" + token.encode(), **json).status == 401
    assert post(server, "/curate", large, Authorization=f"Bearer {token}", **json).status == 200
    assert post(server, "/curate", large, Authorization="Bearer wrong", **json).status == 401


def test_blank_lines_that_describe_no_source_are_read_fast(desk: tuple[Server, str]) -> None:
    server, token = desk
    body = urlencode({"turtle": "\n" * 100_000, "mode": "put"}).encode()
    response = post(server, "/curate", body, Authorization=f"Bearer {token}", Accept="application/json")
    assert response.status == 400
