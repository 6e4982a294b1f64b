"""Bodies of requests: each is read whole or refused, and of one that is refused nothing is ever written."""

import http.client
import json
import shutil
import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode, urlsplit

import pytest

import thidua
from tests.conftest import Server, contents, copied, running
from thidua.base.errors import EngineError, RemoteError
from thidua.engine.remote.addresses import Addresses
from thidua.engine.remote.client import TRIPLES, Client

LIMIT = 1_000_000
QUERY_LIMIT = 256 * 1024
LINES, FORM = "application/n-triples", "application/x-www-form-urlencoded"
BOUNDARY = "b0undary"


class Desk:
    """A service that anybody on this machine may write to, and its store."""

    def __init__(self, service: Server, store: Path) -> None:
        self.service, self.store = service, store

    def send(self, method: str, path: str, kind: str, body: bytes, *, chunked: bool, whole: bool = True) -> "Reply":
        """Send a body with its length, or in chunks; if it is not to be whole, leave before its end."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(self.service.url).netloc}\r\nContent-Type: {kind}\r\n"
        if chunked:
            pieces = [body[start : start + 65_000] for start in range(0, len(body), 65_000)]
            data = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n" * whole
            return self.raw(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + data, leave=not whole)
        return self.raw(head.encode() + b"Content-Length: %d\r\n\r\n" % (len(body) + 1 - whole) + body, leave=not whole)

    def raw(self, data: bytes, *, leave: bool = False) -> "Reply":
        """Send bytes; if told to leave, nothing more follows, and the service may know."""
        address = urlsplit(self.service.url)
        with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
            connection.sendall(data)
            if leave:
                connection.shutdown(socket.SHUT_WR)
            with http.client.HTTPResponse(connection) as response:
                try:
                    response.begin()
                except http.client.RemoteDisconnected:
                    return Reply(0, b"{}")
                return Reply(response.status, response.read())

    def now(self) -> dict[str, str]:
        return contents(self.store)


class Reply:
    """An answer; of status 0 if there was none, for who hangs up early may get none."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body

    @property
    def code(self) -> object:
        return json.loads(self.body).get("code")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "store").mkdir()
    with running(folder / "store", "--plain", str(folder / "store"), "--open-writes", env={"THIDUA_UPLOAD": "1"}) as up:
        yield Desk(up, folder / "store")


@pytest.fixture(scope="module")
def ours(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    own = copied(store, tmp_path_factory.mktemp("ours") / "store")
    with running(own, "--open-writes", env={"THIDUA_UPLOAD": "1"}) as service:
        yield Desk(service, own)
    shutil.rmtree(own)


def n_triples(size: int) -> bytes:
    """So many bytes of lines of 100, the last of which is longer."""
    whole, more = divmod(size, 100)
    lines = [f'<http://ex.org/s{n:06d}> <http://ex.org/p> "'.ljust(96, "x") + '" .\n' for n in range(whole - 1)]
    lines.append('<http://ex.org/last> <http://ex.org/p> "'.ljust(96 + more, "x") + '" .\n')
    return "".join(lines).encode()


def update(size: int) -> bytes:
    text = "INSERT DATA { GRAPH <urn:u> { <http://ex.org/s> <http://ex.org/p> 1 } } #"
    return text.ljust(size, "x").encode()


def form_of(name: str, text: str, size: int) -> bytes:
    return urlencode({name: text}).encode().ljust(size, b"x")


def parts(size: int, closed: bool = True) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="a.nt"\r\nContent-Type: {LINES}\r\n\r\n'
    end = f"\r\n--{BOUNDARY}--\r\n" if closed else ""
    return head.encode() + n_triples(size - len(head) - len(end)) + end.encode()


UPDATE_FORM = ("INSERT DATA { GRAPH <urn:f> { <http://ex.org/s> <http://ex.org/p> 1 } } #", "update")
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
#: Where a body goes, what it is, and how one of so many bytes is made.
WRITES = {
    "PUT /data": ("PUT", "/data?graph=urn:d", LINES, n_triples),
    "POST /data": ("POST", "/data?graph=urn:d", LINES, n_triples),
    "POST /data, in parts": ("POST", "/data?graph=urn:d", MULTIPART, parts),
    "POST /data, a dataset": ("POST", "/data", "application/n-quads", n_triples),
    "/update": ("POST", "/update", "application/sparql-update", update),
    "/update, a form": ("POST", "/update", FORM, lambda size: form_of("update", UPDATE_FORM[0], size)),
}
READS = {
    "/sparql": ("POST", "/sparql", "application/sparql-query", lambda size: b"ASK {} #".ljust(size, b"x")),
    "/sparql, a form": ("POST", "/sparql", FORM, lambda size: form_of("query", "ASK {} #", size)),
    "/reconcile": ("POST", "/reconcile", FORM, lambda size: b"queries=%7B%7D&x=".ljust(size, b"x")),
}
BROKEN_OFF = ((400, "bad-request"), (0, None))
WAYS = pytest.mark.parametrize("chunked", [False, True], ids=["sized", "chunked"])


@WAYS
@pytest.mark.parametrize("door", WRITES)
def test_a_write_at_the_limit_is_whole_and_one_byte_above_it_is_refused(plain: Desk, door: str, chunked: bool) -> None:
    method, path, kind, made = WRITES[door]
    assert len(made(LIMIT)) == LIMIT
    reply = plain.send(method, path, kind, made(LIMIT), chunked=chunked)
    assert reply.status in (200, 201, 204), reply.body
    before = plain.now()
    # In the middle of a line, and at the end of one: 12 lines more, of which none may be written.
    for size in (LIMIT + 1, LIMIT + 1234, LIMIT + 1200):
        reply = plain.send(method, path, kind, made(size), chunked=chunked)
        assert (reply.status, reply.code) == (413, "too-large"), size
        assert f"{LIMIT:,} bytes".encode() in reply.body
    assert plain.now() == before


@WAYS
@pytest.mark.parametrize("door", WRITES)
def test_a_write_that_breaks_off_is_refused(plain: Desk, door: str, chunked: bool) -> None:
    method, path, kind, made = WRITES[door]
    before = plain.now()
    for size in (5_000, 400_000, 400_050):  # at a line's end, and within one
        reply = plain.send(method, path, kind, made(size), chunked=chunked, whole=False)
        assert (reply.status, reply.code) in BROKEN_OFF, (size, reply.body)
        assert reply.status or size == 5_000  # a short one is collected first, and dropped
    assert plain.now() == before


def test_a_form_without_its_last_boundary_is_refused(plain: Desk) -> None:
    before = plain.now()
    for chunked in (False, True):
        reply = plain.send("POST", "/data?graph=urn:d", MULTIPART, parts(5_000, closed=False), chunked=chunked)
        assert (reply.status, reply.code) == (400, "bad-request")
        assert b"form" in reply.body
    assert plain.now() == before


@WAYS
@pytest.mark.parametrize("door", READS)
def test_a_question_is_read_whole_or_refused(server: Server, store: Path, door: str, chunked: bool) -> None:
    desk = Desk(server, store)
    method, path, kind, made = READS[door]
    at_most = desk.send(method, path, kind, made(QUERY_LIMIT), chunked=chunked)
    assert at_most.status != 413, at_most.body
    if "/sparql" in door:  # which itself bounds a query's length
        assert made(10_000) != made(QUERY_LIMIT)
        assert desk.send(method, path, kind, made(10_000), chunked=chunked).status == 200
    reply = desk.send(method, path, kind, made(QUERY_LIMIT + 1), chunked=chunked)
    assert (reply.status, reply.code) == (413, "too-large")
    reply = desk.send(method, path, kind, made(10_000), chunked=chunked, whole=False)
    assert (reply.status, reply.code) in BROKEN_OFF


@WAYS
@pytest.mark.parametrize("kind", [FORM, MULTIPART])
def test_the_curators_form_is_read_whole_or_refused(ours: Desk, kind: str, chunked: bool) -> None:
    def made(size: int) -> bytes:
        if kind == FORM:
            return b"graph=x&mode=put&turtle=%23".ljust(size, b"x")
        field = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s'
        head = field % ("graph", "x\r\n") + field % ("mode", "put\r\n") + field % ("turtle", "#")
        return head.encode().ljust(size - 16, b"x") + f"\r\n--{BOUNDARY}--\r\n".encode()

    before = ours.now()
    assert ours.send("POST", "/curate", kind, made(50_000), chunked=chunked).status == 200  # a preview
    reply = ours.send("POST", "/curate", kind, made(LIMIT + 1), chunked=chunked)
    assert (reply.status, reply.code) == (413, "too-large")
    reply = ours.send("POST", "/curate", kind, made(5_000), chunked=chunked, whole=False)
    assert (reply.status, reply.code) in BROKEN_OFF
    assert ours.now() == before


QUERY = b"ASK {}"
ENCODINGS = {
    "a size that is none": (b"zz\r\nASK {}\r\n0\r\n\r\n", 400),
    "a negative size": (b"-6\r\nASK {}\r\n0\r\n\r\n", 400),
    "a size of nothing": (b"\r\nASK {}\r\n0\r\n\r\n", 400),
    "an endless size": (b"9" * 10_000, 400),
    "an extension": (b"6;x=y\r\nASK {}\r\n0\r\n\r\n", 200),
    "a quoted extension": (b'6;x="y z"\r\nASK {}\r\n0\r\n\r\n', 200),
    "lines in an extension": (b'6;x="\r\n"\r\nASK {}\r\n0\r\n\r\n', 400),
    "a wrong extension": (b"6;;\r\nASK {}\r\n0\r\n\r\n", 400),
    "more than its size": (b"3\r\nASK {}\r\n0\r\n\r\n", 400),
    "less than its size": (b"60\r\nASK {}\r\n0\r\n\r\n", 400),
    "a trailer": (b"6\r\nASK {}\r\n0\r\nX-Sum: 5\r\n\r\n", 200),
    "a trailer that is none": (b"6\r\nASK {}\r\n0\r\nno header\r\n\r\n", 400),
    "a trailer that belongs into the head": (b"6\r\nASK {}\r\n0\r\nContent-Length: 5\r\n\r\n", 400),
    "a trailer with line feeds alone": (b"6\r\nASK {}\r\n0\r\nX-Sum: 5\n\n", 400),
    "a trailer without an end": (b"6\r\nASK {}\r\n0\r\nX-Sum: 5\r\n", 400),
    "an endless trailer": (b"6\r\nASK {}\r\n0\r\n" + b"X-Sum: 5\r\n" * 5_000 + b"\r\n", 400),
}


@pytest.mark.parametrize("path", ["/sparql", "/update", "/data?graph=urn:d", "/reconcile", "/curate", "/nowhere"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_chunks_are_read_as_http_has_them_or_refused(server: Server, store: Path, encoding: str, path: str) -> None:
    chunks, status = ENCODINGS[encoding]
    head = f"POST {path} HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\nTransfer-Encoding: chunked\r\n"
    kind = "application/sparql-query" if path == "/sparql" else FORM
    reply = Desk(server, store).raw(f"{head}Content-Type: {kind}\r\n\r\n".encode() + chunks, leave=status == 400)
    if path == "/sparql":
        assert reply.status == status, reply.body
    assert reply.status < 500, reply.body


GRAPH_LINES = b"<urn:s> <urn:p> 1 .\n<urn:s> <urn:p> 2 .\n"
ANSWERS = {
    "whole": (b"Content-Length: %d\r\n\r\n" % len(GRAPH_LINES) + GRAPH_LINES, True),
    "whole, in chunks": (b"Transfer-Encoding: chunked\r\n\r\n28\r\n" + GRAPH_LINES + b"\r\n0\r\n\r\n", True),
    "shorter than it says": (b"Content-Length: 60\r\n\r\n" + GRAPH_LINES, False),
    "without a last chunk": (b"Transfer-Encoding: chunked\r\n\r\n28\r\n" + GRAPH_LINES + b"\r\n", False),
    "in half a chunk": (b"Transfer-Encoding: chunked\r\n\r\n60\r\n" + GRAPH_LINES, False),
    "without an end": (b"Connection: close\r\n\r\n" + GRAPH_LINES, False),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_of_another_engine_is_read_whole_or_refused(answer: str) -> None:
    rest, whole = ANSWERS[answer]
    with answering(b"HTTP/1.1 200 OK\r\nContent-Type: application/n-triples\r\n" + rest) as url:
        client = Client(Addresses(url, data=url), patience=10)
        for ask in (lambda: client.query("CONSTRUCT { ?s ?p ?o } {}", TRIPLES), lambda: client.graph(None)):
            if whole:
                assert ask() == GRAPH_LINES
            else:
                with pytest.raises(EngineError):
                    ask()


def test_a_notebook_takes_no_answer_that_breaks_off() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n{}") as url, pytest.raises(RemoteError):
        thidua.connect(url).query("ASK {}")


@contextmanager
def answering(response: bytes) -> Iterator[str]:
    """A server that answers every request with the same bytes, and hangs up."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1 << 16)
            self.request.sendall(response)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
