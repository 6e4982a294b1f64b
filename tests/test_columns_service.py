"""Long queries go to a version's columns: over HTTP, with every limit of the service."""

import json
import shutil
import socket
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bench.generate import Register, write
from tests.support.pace import within
from tests.support.service import Server, running, said, until
from thidua.building.plain import start_plain
from thidua.columns.layout import FOLDER

QUERIES = {
    path.stem: path.read_text(encoding="utf-8") for path in (Path(__file__).parents[1] / "bench/queries").glob("*.rq")
}
#: Every query counts as a long one.
AT_ONCE = {"THIDUA_SLOW_AFTER": "0.0001", "THIDUA_BUDGET": "0", "THIDUA_CACHE": "0"}
#: Rows of a join without a condition, which no engine gives within the deadline.
CROSS = "SELECT (COUNT(*) AS ?n) { ?a <https://w3id.org/thidua/ontology#kind> ?b . ?c <https://w3id.org/thidua/ontology#inEdition> ?d . ?e <https://w3id.org/thidua/ontology#conferredBy> ?f }"  # noqa: E501
TD = "https://w3id.org/thidua/ontology#"


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain store of made-up conferrals, with columns."""
    folder = tmp_path_factory.mktemp("register")
    with (folder / "register.nt").open("wb") as out:
        write(Register(2_000), out, "nt")
    start_plain(folder / "store", [folder / "register.nt"], columns_from=0)
    return folder / "store"


@pytest.fixture(scope="module")
def columns(register: Path) -> Iterator[Server]:
    with running(register, "--plain", str(register), env={**AT_ONCE, "THIDUA_TIMEOUT": "20"}) as server:
        yield server


@pytest.fixture(scope="module")
def store(register: Path) -> Iterator[Server]:
    with running(register, "--plain", str(register), env={**AT_ONCE, "THIDUA_COLUMNS": "off"}) as server:
        yield server


def ask(server: Server, query: str, **more: str) -> tuple[str, Counter[str]]:
    """Who answered, and the rows."""
    request = urllib.request.Request(f"{server.url}/sparql", urlencode({"query": query, **more}).encode())
    request.add_header("Accept", "application/sparql-results+json")
    with urllib.request.urlopen(request, timeout=60) as response:
        document = json.loads(response.read())
        rows = document["results"]["bindings"] if "results" in document else [document["boolean"]]
        return response.headers["Thidua-Answered-By"], Counter(json.dumps(row, sort_keys=True) for row in rows)


def answered_by_columns(server: Server, query: str) -> Counter[str]:
    """The rows; a query that the store answers in a millisecond is asked again until it lasts longer than that."""

    def rows() -> Counter[str] | None:
        who, found = ask(server, query)
        return found if who == "columns" else None

    found: Counter[str] = until(rows)
    return found


def refusal(server: Server, query: str, **more: str) -> dict[str, Any]:
    """The problem that a query ends in."""
    with pytest.raises(urllib.error.HTTPError) as told:
        ask(server, query, **more)
    problem: dict[str, Any] = json.loads(told.value.read())
    return problem


@pytest.mark.parametrize("name", sorted(QUERIES.keys() - {"point-lookup"}))
def test_both_engines_give_the_same_rows(columns: Server, store: Server, name: str) -> None:
    rows = answered_by_columns(columns, QUERIES[name])
    other, expected = ask(store, QUERIES[name])
    assert other == "store"
    assert rows == expected
    assert rows


@pytest.mark.parametrize("media_type", ["text/csv", "text/tab-separated-values", "application/sparql-results+xml"])
def test_every_format_is_the_same(columns: Server, store: Server, media_type: str) -> None:
    def written(server: Server) -> list[str]:
        request = urllib.request.Request(f"{server.url}/sparql", urlencode({"query": QUERIES["who-led"]}).encode())
        request.add_header("Accept", media_type)
        with urllib.request.urlopen(request, timeout=60) as response:
            text: str = response.read().decode()
            return text.splitlines()

    assert written(columns) == written(store)


def test_an_ask_is_answered(columns: Server, store: Server) -> None:
    path = f"<{TD}atEvent>/<{TD}kind> <https://example.org/synthetic/id/award/giay-khen>"
    for last in ("z", "https://example.org/synthetic/id/part/1"):
        query = f"ASK {{ ?p {path} . ?q {path} . FILTER(STR(?p) > STR(?q) && STR(?q) > '{last}') }}"
        assert answered_by_columns(columns, query) == ask(store, query)[1]


def test_what_does_not_compile_is_the_stores(register: Path) -> None:
    query = f"SELECT (GROUP_CONCAT(?k) AS ?all) {{ ?c <{TD}kind> ?k }} GROUP BY ?c"
    service = running(register, "--plain", str(register), env=AT_ONCE)
    with service as server:
        assert ask(server, query)[0] == "store"
        assert ask(server, "#again\n" + query.replace("?all", "?these"))[0] == "store"
        told = [line for line in said(service) if "columns refused" in line]
        assert len(told) == 2
        assert "GROUP_CONCAT" in told[0]
        with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as response:
            metrics = response.read().decode()
    assert 'thidua_answers_total{engine="store"} 2.0' in metrics


def test_a_lookup_never_comes_there(register: Path) -> None:
    """Not even a second time: what is short stays in the fast lane."""
    with running(register, "--plain", str(register), env={"THIDUA_SLOW_AFTER": "30"}) as server:
        for number in range(3):
            assert ask(server, f"#{number}\n" + QUERIES["point-lookup"])[0] == "store"


def test_the_deadline_holds(columns: Server) -> None:
    begun = time.monotonic()
    assert refusal(columns, CROSS, timeout="2")["code"] == "query-timeout"
    assert within(time.monotonic() - begun, 6)
    assert ask(columns, QUERIES["who-led"])[0] == "columns"


def test_memory_is_bounded(columns: Server) -> None:
    query = CROSS.replace("(COUNT(*) AS ?n)", "DISTINCT ?a ?c ?e")
    assert refusal(columns, query)["code"] in ("query-memory", "query-timeout")
    assert ask(columns, QUERIES["count-distinct"])[0] == "columns"


def test_an_answer_has_its_largest_size(register: Path) -> None:
    with running(register, "--plain", str(register), env={**AT_ONCE, "THIDUA_ANSWER": "1"}) as server:
        query = f"SELECT ?a ?b ?c {{ ?a <{TD}kind> ?b . ?c <{TD}year> ?d }}"
        assert refusal(server, query)["code"] == "answer-too-large"


def test_who_leaves_takes_the_query_along(columns: Server) -> None:
    def busy() -> bool:
        with urllib.request.urlopen(f"{columns.url}/metrics", timeout=10) as response:
            return "thidua_queries_running 0.0" not in response.read().decode()

    host, port = columns.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        body = urlencode({"query": CROSS + " # leaves"}).encode()
        head = f"POST /sparql HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
        client.sendall(head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + body)
        until(busy)
    until(lambda: not busy(), 10)


def test_damaged_columns_are_passed_over(register: Path, tmp_path: Path) -> None:
    own = shutil.copytree(register, tmp_path / "store", symlinks=True, ignore=shutil.ignore_patterns("run"))
    folder = next((own / "versions").glob("*")) / FOLDER
    for path in folder.glob("*.parquet"):
        path.write_bytes(b"rubbish")
    with running(own, "--plain", str(own), env=AT_ONCE) as server:
        assert ask(server, QUERIES["who-led"])[0] == "store"


def test_a_small_store_has_none(tmp_path: Path, register: Path) -> None:
    start_plain(tmp_path / "store", [register.parent / "register.nt"], columns_from=10_000_000)
    assert not list((tmp_path / "store").rglob(FOLDER))


def test_a_wrong_setting_is_told(register: Path) -> None:
    service = running(register, "--plain", str(register), env={"THIDUA_COLUMNS": "spark"})
    with pytest.raises(RuntimeError, match="THIDUA_COLUMNS is on or off"), service:
        pass
