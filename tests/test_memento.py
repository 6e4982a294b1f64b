"""Memento (RFC 7089) through HTTP, after the RFC's patterns: time gates, mementos, time maps, fixed resources."""

import datetime
import re
import socket
import time
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.conftest import Server, copied, running
from tests.support.http import BROWSER, Reply, call
from tests.test_linked_data import LINKS, PROVINCE
from thidua.base.files import ProjectFiles
from thidua.base.terms import BASE
from thidua.versions.store import VersionStore
from thidua.write.request import Write
from thidua.write.transaction import Writer

ASK = "/sparql?query=" + quote("ASK { GRAPH <https://w3id.org/thidua/graph/links> { ?s ?p ?o } }")
#: What is answered by versions, and differs between the two that there are, in path or in what it says.
PLACES = (
    "/",
    ASK,
    "/sparql",
    "/questions/who-led.csv?year=2023",
    "/questions/who-led?year=2023",
    "/data?default",
    f"/doc/{PROVINCE}",
    f"/doc/{PROVINCE}.ttl",
    "/doc/src/bfc.nt?page=2",
    "/dataset",
    "/.well-known/void",
    "/ontology",
)
FUTURE, PAST = "Fri, 01 Jan 2100 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"


@pytest.fixture(scope="module")
def history(store: Path, files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A service with two versions, of different seconds, and when the first was published."""
    root = copied(store, tmp_path_factory.mktemp("memento") / "store")
    first = datetime.datetime.fromisoformat(VersionStore(root).current().time)
    while datetime.datetime.now(datetime.UTC) - first < datetime.timedelta(seconds=1.1):
        time.sleep(0.05)
    Writer(root, files).write(Write("delete", LINKS))
    with running(root) as server:
        yield server, format_datetime(first.astimezone(datetime.UTC), usegmt=True)


def links(reply: Reply) -> dict[str, str]:
    """Where each relation leads; a relation may share its link with others."""
    found = {}
    for value in reply.headers.get_all("Link", []):
        for target, rest in re.findall(r'<([^>]*)>((?:;\s*[\w-]+="[^"]*")*)', value):
            for name in re.search(r'rel="([^"]*)"', rest)[1].split():  # type: ignore[index]
                found[name] = target
                if name == "memento":
                    found["datetime"] = re.search(r'datetime="([^"]*)"', rest)[1]  # type: ignore[index]
    return found


def below(server: Server, address: str) -> str:
    assert address.startswith(server.url + "/")
    return address.removeprefix(server.url)


def with_version(path: str, number: int) -> str:
    return f"{path}{'&' if '?' in path else '?'}version={number}"


@pytest.mark.parametrize("path", PLACES)
def test_each_address_is_its_own_time_gate(history: tuple[Server, str], path: str) -> None:
    """Pattern 1.2: 200, the memento's own address in Content-Location."""
    server, first = history
    for when, number in ((PAST, 1), (first, 1), (FUTURE, 2)):
        reply = call(server, path, accept="text/turtle, */*;q=0.1", headers={"Accept-Datetime": when})
        assert (reply.status, reply.headers["X-Graph-Version"]) == (200, str(number))
        assert {"Accept-Datetime", "Accept"} <= reply.vary()
        told = links(reply)
        assert told["original"] == told["timegate"] == server.url + path
        assert told["memento"] == server.url + with_version(path, number)
        assert told["datetime"] == reply.headers["Memento-Datetime"]
        assert (reply.headers["Memento-Datetime"] == first) == (number == 1)
        # What stands there is this very representation, and lasts.
        there = call(server, below(server, reply.headers["Content-Location"]), accept="text/turtle, */*;q=0.1")
        assert there.headers["X-Graph-Version"] == str(number)
        assert there.media_type == reply.media_type
        if reply.media_type != "text/html":
            assert sorted(there.body.splitlines()) == sorted(reply.body.splitlines())


@pytest.mark.parametrize("path", PLACES)
def test_a_memento_says_what_it_is_a_memento_of(history: tuple[Server, str], path: str) -> None:
    server, first = history
    reply = call(server, with_version(path, 1), accept="text/turtle, */*;q=0.1", headers={"Accept-Datetime": FUTURE})
    assert (reply.status, reply.headers["X-Graph-Version"], reply.headers["Memento-Datetime"]) == (200, "1", first)
    assert "Accept-Datetime" not in reply.vary()  # it is no gate: a time changes nothing
    told = links(reply)
    assert told["original"] == told["timegate"] == server.url + path
    assert told["memento"] == server.url + with_version(path, 1) and told["datetime"] == first


@pytest.mark.parametrize("path", PLACES)
def test_the_living_resource_is_no_memento(history: tuple[Server, str], path: str) -> None:
    server, _ = history
    reply = call(server, path, accept="text/turtle, */*;q=0.1")
    assert reply.status == 200 and "Memento-Datetime" not in reply.headers
    assert "Accept-Datetime" in reply.vary()
    told = links(reply)
    assert told["original"] == told["timegate"] == server.url + path
    assert told["memento"] == server.url + with_version(path, 2)
    assert (
        call(server, below(server, told["memento"]), accept="text/turtle, */*;q=0.1").headers["Memento-Datetime"]
        == told["datetime"]
    )


@pytest.mark.parametrize("path", [*PLACES, f"/id/{PROVINCE}"])
def test_the_time_map_lists_every_memento(history: tuple[Server, str], path: str) -> None:
    server, first = history
    there = links(call(server, path, accept="text/turtle, */*;q=0.1"))["timemap"]
    reply = call(server, below(server, there))
    assert (reply.status, reply.media_type) == (200, "application/link-format")
    lines = reply.text.rstrip("\n").split(",\n")
    assert lines[0] == f'<{server.url + path}>; rel="original timegate"'
    assert lines[1].startswith(f'<{there}>; rel="self"; type="application/link-format"; from="{first}"; until="')
    found = re.findall(r'^<(.*)>; rel="memento"; datetime="(.*)"$', "\n".join(lines[2:]), re.MULTILINE)
    assert [target for target, _ in found] == [server.url + with_version(path, number) for number in (2, 1)]
    assert found[1][1] == first
    for target, when in found:
        memento = call(server, below(server, target), accept="text/turtle, */*;q=0.1")
        if memento.status == 200:
            assert memento.headers["Memento-Datetime"] == when


def test_what_has_no_past_has_no_time_map(history: tuple[Server, str]) -> None:
    server, _ = history
    for path in ("health/live", "dumps/1.nq", "versions", "shapes", "nowhere", "timemap/", "update"):
        assert call(server, f"/timemap/{path}").status == 404, path


def test_a_thing_of_another_time_leads_to_the_document_of_that_time(history: tuple[Server, str]) -> None:
    server, _ = history
    for accept, ending in (("text/turtle", "ttl"), (BROWSER, "html")):
        reply = call(server, "/graph/links", accept=accept, headers={"Accept-Datetime": PAST})
        assert (reply.status, reply.headers["Location"]) == (303, f"/doc/graph/links.{ending}?version=1")
        assert "Memento-Datetime" not in reply.headers  # a redirect has no state
        assert {"Accept", "Accept-Datetime"} <= reply.vary()
        assert links(reply)["original"] == links(reply)["timegate"] == f"{server.url}/graph/links"
    gone = call(server, "/graph/links", accept="text/turtle")
    assert gone.status == 410 and {"Accept", "Accept-Datetime"} <= gone.vary()  # at another time it is there
    assert "Accept-Datetime" in call(server, ASK, headers={"Accept-Datetime": "yesterday"}).vary()


def test_a_document_of_another_time_links_to_that_time(history: tuple[Server, str]) -> None:
    server, _ = history
    reply = call(server, f"/doc/{PROVINCE}.html", headers={"Accept-Datetime": PAST})
    assert 'href="/doc/province/ha-nam?version=1"' in reply.text
    graph = call(server, "/doc/graph/links.ttl", headers={"Accept-Datetime": PAST}).text
    assert f"/data?graph={LINKS}&version=1" in graph


def test_a_dump_is_a_fixed_resource(history: tuple[Server, str]) -> None:
    """Pattern 3: it is its own original, and has no gate to other times."""
    server, first = history
    reply = call(server, "/dumps/1.nq", method="HEAD", headers={"Accept-Datetime": FUTURE})
    assert (reply.status, reply.headers["Memento-Datetime"]) == (200, first)
    assert links(reply) == {"original": f"{server.url}/dumps/1.nq"}
    assert "Accept-Datetime" not in reply.vary() and "immutable" in reply.headers["Cache-Control"]


def test_the_variant_that_accept_chose_has_an_address(history: tuple[Server, str]) -> None:
    server, _ = history
    for path, accept, variant in (
        (f"/doc/{PROVINCE}", "application/n-quads", f"/doc/{PROVINCE}.nq"),
        ("/doc/src/bfc?page=2", BROWSER, "/doc/src/bfc.html?page=2"),
        ("/questions/who-led?year=2023", "text/csv", "/questions/who-led.csv?year=2023"),
    ):
        reply = call(server, path, accept=accept)
        assert reply.headers["Content-Location"] == server.url + variant
        assert call(server, variant).media_type == reply.media_type
        known = {"If-None-Match": reply.headers["ETag"]}
        assert call(server, path, accept=accept, headers=known).headers["Content-Location"] == server.url + variant
        assert "Content-Location" not in call(server, variant).headers


def test_a_kept_response_is_not_given_to_who_asks_for_another_time(history: tuple[Server, str]) -> None:
    """The very bytes of a request are the key under which its response is kept, and the time is among them."""
    server, _ = history
    netloc = urlsplit(server.url).netloc

    def ask(*headers: str) -> tuple[str, bool]:
        head = "\r\n".join([f"GET {ASK} HTTP/1.1", f"Host: {netloc}", "Accept: */*", *headers])
        with socket.create_connection((urlsplit(server.url).hostname, urlsplit(server.url).port), 30) as connection:
            connection.sendall(f"{head}\r\n\r\n".encode())
            answer = b""
            while not answer.rstrip().endswith(b"}"):
                answer += connection.recv(1 << 16)
        return re.search(r"X-Graph-Version: (\d+)", answer.decode())[1], b"true" in answer  # type: ignore[index]

    for _ in range(3):
        assert ask() == ("2", False)
        assert ask(f"Accept-Datetime: {PAST}") == ("1", True)
        assert ask(f"accept-datetime: {PAST}") == ("1", True)


def test_links_are_of_the_very_query_however_the_answer_is_come_by(history: tuple[Server, str]) -> None:
    server, _ = history
    for number in range(3):
        for _ in range(2):
            path = "/sparql?query=" + quote(f"SELECT ({number} AS ?n) {{}}") + "&format=csv"
            told = links(call(server, path, headers={"X-Of": "test"}))
            assert told["original"] == server.url + path and told["memento"] == f"{server.url}{path}&version=2"
    # An address too long to be said again is not; it is still a gate.
    long = "/sparql?query=" + quote("ASK {} #" + "x" * 2000)
    for _ in range(2):
        reply = call(server, long)
        assert reply.status == 200 and "Link" not in reply.headers and "Accept-Datetime" in reply.vary()
    assert links(call(server, long, headers={"Accept-Datetime": PAST}))["original"] == server.url + long


@pytest.mark.parametrize(
    "query",
    [
        "query=ASK%7B%7D&x=1",
        "query=ASK+%7b%7d&%76ersion=1",
        "version=1&query=ASK%7B%7D",
        "query=ASK%7B%7D%23%0D%0A%23X:1",
    ],
)
def test_an_address_is_said_again_as_it_was_written(history: tuple[Server, str], query: str) -> None:
    server, _ = history
    reply = call(server, f"/sparql?{query}")
    rest = "&".join(part for part in query.split("&") if part not in ("version=1", "%76ersion=1"))
    assert reply.status == 200 and links(reply)["original"] == f"{server.url}/sparql?{rest}"
    assert reply.headers["X-Graph-Version"] == ("1" if rest != query else "2")


def test_a_post_is_of_a_version_but_names_no_address(history: tuple[Server, str]) -> None:
    server, first = history
    headers = {"Content-Type": "application/sparql-query", "Accept-Datetime": PAST}
    reply = call(server, "/sparql", method="POST", body=b"ASK {}", headers=headers)
    assert (reply.headers["X-Graph-Version"], reply.headers["Memento-Datetime"]) == ("1", first)
    assert "Link" not in reply.headers and "Content-Location" not in reply.headers
    assert BASE not in reply.text
