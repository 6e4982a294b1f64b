"""Fetching for the desk, against a server that means harm: nowhere inside or unnamed, never more than is asked."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from thidua.base.errors import KnowledgeGraphError, QueryRefusedError, QueryTimeoutError, RemoteError
from thidua.extract import fetching
from thidua.extract.addresses import hosts, is_public, target

PAGE = "<html><p>Cụm thi đua</p></html>".encode()


@dataclass
class Hostile:
    """A server on this machine, and what it was asked."""

    port: int
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    found = Hostile(0)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, dict(self.headers.items())))
            name = self.path.strip("/").partition("?")[0]
            getattr(self, name, self.page)()

        def page(self, **headers: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", headers.pop("kind", "text/html; charset=utf-8"))
            for header, value in headers.items():
                self.send_header(header.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def to(self, where: str) -> None:
            self.send_response(302)
            self.send_header("Location", where)
            self.send_header("Set-Cookie", "a=b")
            self.end_headers()

        def moved(self) -> None:
            self.to("/page")

        def round_and_round(self) -> None:
            self.to("/round_and_round")

        def to_metadata(self) -> None:
            self.to("http://169.254.169.254/latest/meta-data/")

        def to_file(self) -> None:
            self.to("file:///etc/passwd")

        def to_unnamed(self) -> None:
            self.to("http://example.org/")

        def to_password(self) -> None:
            self.to(f"http://a:b@localhost:{found.port}/page")

        def pdf(self) -> None:
            self.page(kind="application/pdf")

        def packed(self) -> None:
            self.page(Content_Encoding="gzip")

        def missing(self) -> None:
            self.send_error(404)

        def endless(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass

        def short(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")

        def dribbles(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x")
                    time.sleep(0.1)
            except OSError:
                pass

        def slow_head(self) -> None:
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for number in range(600):
                    self.wfile.write(f"X-{number}: y\r\n".encode())
                    time.sleep(0.1)
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    found.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def fetch(hostile: Hostile, path: str, patience: float = 10) -> fetching.Page:
    return fetching.fetch(hostile.url + path, ("localhost",), patience=patience, loopback=True)


def test_a_page_is_fetched_without_anything_of_ours(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    hostile.asked.clear()
    page = fetch(hostile, "/moved")
    assert (page.content, page.media_type, page.charset) == (PAGE, "text/html", "utf-8")
    assert page.address == f"{hostile.url}/page"
    assert [path for path, _ in hostile.asked] == ["/moved", "/page"]
    for _, headers in hostile.asked:
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


@pytest.mark.parametrize(
    ("path", "error", "told"),
    [
        ("/to_metadata", QueryRefusedError, "has not named it"),
        ("/to_unnamed", QueryRefusedError, "has not named it"),
        ("/to_file", QueryRefusedError, "Only http"),
        ("/to_password", QueryRefusedError, "password"),
        ("/round_and_round", RemoteError, "more than 5 times"),
        ("/pdf", RemoteError, "application/pdf"),
        ("/packed", RemoteError, "compressed"),
        ("/missing", RemoteError, "404"),
        ("/endless", RemoteError, "bytes"),
        ("/short", RemoteError, "cannot be read|broke off"),
    ],
)
def test_a_server_that_means_harm_gets_nothing(
    hostile: Hostile, path: str, error: type[KnowledgeGraphError], told: str
) -> None:
    with pytest.raises(error, match=told):
        fetch(hostile, path)


@pytest.mark.parametrize("path", ["/dribbles", "/slow_head"])
def test_a_server_that_dribbles_holds_nobody_up(hostile: Hostile, path: str) -> None:
    begun = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        fetch(hostile, path, patience=1)
    assert time.monotonic() - begun < 20


def test_this_machine_is_never_asked_but_in_tests(hostile: Hostile) -> None:
    hostile.asked.clear()
    for address in (hostile.url, "http://localhost/", "http://127.0.0.1/", "http://[::1]/", "http://2130706433/"):
        with pytest.raises(QueryRefusedError):
            fetching.fetch(address, ("localhost", "127.0.0.1", "::1", "2130706433"))
    assert hostile.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.0.1", "198.18.0.1", "240.0.0.1", "::", "::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "::7f00:1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1", "localhost", "", "1",
    ],
)  # fmt: skip
def test_addresses_of_inside_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "103.1.2.3"])
def test_addresses_of_the_world(address: str) -> None:
    assert is_public(address)


def test_every_address_of_a_name_is_looked_at_and_that_one_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads outside when it is looked at, and inside when it is connected to, leads nowhere."""
    answers = [["93.184.215.14", "10.0.0.1"], ["93.184.215.14"]]

    def resolved(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(QueryRefusedError, match=r"10\.0\.0\.1, which is not public"):
        target("https://example.vn/x", ("example.vn",))
    assert target("https://example.vn/x?y=1", ("example.vn",)).numeric == "93.184.215.14"
    assert answers == []


def test_hosts_are_named_exactly() -> None:
    named = hosts("baoninhbinh.org.vn, *.gov.vn\nBáo.vn")
    assert named == ("baoninhbinh.org.vn", "*.gov.vn", "báo.vn".encode("idna").decode())
    for address in (
        "https://baoninhbinh.org.vn.evil.example/", "https://evil-gov.vn/", "https://gov.vn/", "https://sub.baoninhbinh.org.vn/",
        "https://baoninhbinh.org.vn@evil.example/", "https://evil.example/#baoninhbinh.org.vn", "//evil.example/",
        "ftp://baoninhbinh.org.vn/", "javascript:alert(1)", "https://baoninhbinh.org.vn:8443/", "https:///x", "",
        "https://baoninhbinh.org.vn/a b", "https://baoninhbinh.org.vn/\r\nHost: x", "https://[", "http://\ud800.vn/",
        "https://baoninhbinh.org.vn/" + "a" * 3000,
    ):  # fmt: skip
        with pytest.raises(QueryRefusedError):
            target(address, named)
    assert hosts("") == ()
