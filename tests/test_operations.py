"""What operators rely on: stopping, figures, logs, compression, stopping a query, CORS; each in a real service."""

import datetime
import gzip
import json
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.cli import thidua
from tests.support.http import DIRECT, ENDLESS, Reply, call, problem, sparql
from tests.support.service import Server, running, said, until
from tests.support.stores import copied
from thidua.base.errors import StoreError
from thidua.base.settings import read_settings
from thidua.base.tokens import TokenFile
from thidua.versions.history import rollback
from thidua.workers.control import queries
from thidua.workers.wire import receive, send


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
        with running(mine, env={"THIDUA_TIMEOUT": "10"}) as service:
            asked: Future[Reply] = pool.submit(post, service, ENDLESS)
            until(lambda: queries(mine))
            service.process.terminate()
            until(lambda: refuses(service))
            # Asked to stop long before the query's time was up, and still it got its answer, which is that.
            assert not asked.done()
            assert problem(asked.result(60), 503, "query-timeout")["limit"] == "timeout"
            assert service.process.wait(60) == 0

    def test_nothing_is_left_running_and_nothing_is_said_but_lines_of_json(self, mine: Path) -> None:
        service = running(mine)
        with service as started:
            assert sparql(started, "ASK {}").status == 200
            group = [int(pid) for pid in children(started.process.pid)]
            workers = [pid for parent in group for pid in map(int, children(parent))]
            assert len(workers) >= 2
            started.process.send_signal(signal.SIGTERM)
            assert started.process.wait(60) == 0
            until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in [*group, *workers]))
            lines = said(service)
        assert [line for line in lines if not line.startswith(("{", "open http"))] == []

    def test_it_ends_after_it_has_built_its_first_version(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data/one.ttl").write_text("<a:a> <a:b> <a:c> .", encoding="utf-8")
        with running(tmp_path / "data", "--plain", str(tmp_path / "data")) as service:
            # No thread of the engine in the process that is forked: forked, it would be waited for at the end, in vain.
            assert len(list(Path(f"/proc/{service.process.pid}/task").iterdir())) == 1
            service.process.terminate()
            assert service.process.wait(60) == 0

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
    except ConnectionResetError:  # caught in the moment of closing
        return False
    except ConnectionRefusedError:
        return True


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


class TestFigures:
    """What Prometheus reads."""

    @pytest.fixture
    def service(self, mine: Path) -> Iterator[Server]:
        with running(mine, env={"THIDUA_TIMEOUT": "8", "THIDUA_FAST_SLOTS": "2"}) as service:
            yield service

    def test_they_move_with_what_happens(self, service: Server, mine: Path, pool: ThreadPoolExecutor) -> None:
        before = figures(service)
        for query in ("ASK {}", "ASK { ?s ?p ?o }", "SELECT oops"):
            sparql(service, query)
        after = figures(service)
        assert grown(before, after, "thidua_requests_total", kind="sparql", outcome="ok") == 2
        assert grown(before, after, "thidua_requests_total", kind="sparql", outcome="query-syntax") == 1
        assert grown(before, after, "thidua_request_seconds_count", kind="sparql") == 3
        assert 0 < grown(before, after, "thidua_request_seconds_sum", kind="sparql") < 60
        assert after["thidua_workers"] == 2 and after["thidua_network_cut"] == 1
        assert after["thidua_workers_memory_bytes"] > 1e6 and after["thidua_memory_bytes"] > 1e6
        assert after["thidua_open_files"] > 3

        # Two of a client's queries run, the third waits.
        asked = [pool.submit(post, service, ENDLESS) for _ in range(3)]
        until(lambda: (now := figures(service))["thidua_queries_running"] == 2 and now["thidua_queries_waiting"] == 1)
        for each in asked:
            assert each.result(60).status == 503
        until(lambda: (now := figures(service))["thidua_queries_running"] == now["thidua_queries_waiting"] == 0)
        ended = figures(service)
        assert grown(after, ended, "thidua_requests_total", kind="sparql", outcome="query-timeout") >= 2

        version = rollback(mine, 1)
        now = figures(service)
        assert (now["thidua_version"], now["thidua_versions"]) == (version.number, 2)
        assert now["thidua_triples"] == version.triples

    def test_they_are_there_before_there_is_a_graph(self, service: Server, mine: Path) -> None:
        (mine / "current").unlink()
        assert "thidua_workers" in figures(service) and "thidua_version" not in figures(service)


def figures(service: Server) -> dict[str, float]:
    """Every sample of ``/metrics``, by its name and labels."""
    reply = call(service, "/metrics")
    assert (reply.status, reply.media_type, reply.headers["Cache-Control"]) == (200, "text/plain", "no-store")
    return {
        key(sample.name, **sample.labels): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def key(name: str, **labels: str) -> str:
    return name + "".join(f" {label}={value}" for label, value in sorted(labels.items()))


def grown(before: dict[str, float], after: dict[str, float], name: str, **labels: str) -> float:
    return after[key(name, **labels)] - before.get(key(name, **labels), 0)


class TestLogs:
    """One JSON object a line, which tells who asked and how it ended, but not what."""

    SECRET: Final = "who-is-asked-about"

    @pytest.mark.parametrize("wanted", [False, True])
    def test_a_request_is_a_line(self, mine: Path, wanted: bool) -> None:
        service = running(mine, env={"THIDUA_LOG_QUERIES": "1"} if wanted else {})
        with service as started:
            query = f'SELECT ("{self.SECRET}" AS ?x) {{}}'
            given = call(started, "/sparql?query=" + quote(query), headers={"X-Request-Id": "mine-1"})
            failed = post(started, query + "}")
            assert (given.status, failed.status) == (200, 400)
            lines = until(lambda: sum('"/sparql"' in line for line in said(service)) == 2 and said(service))
        found = [json.loads(line) for line in lines if line.startswith("{")]
        first, second = (line for line in found if line["path"] == "/sparql")
        assert (first["request_id"], first["status"], first["method"]) == ("mine-1", 200, "GET")
        assert first["bytes"] == len(given.body) and first["ms"] > 0 and first["client"] == "127.0.0.1"
        assert first["version"] == 1 and datetime.datetime.fromisoformat(first["time"]).tzinfo
        assert second["request_id"] == failed.headers["X-Request-Id"] and second["code"] == "query-syntax"
        assert (first.get("query") == query) is wanted
        assert any(self.SECRET in line for line in lines) is wanted

    def test_what_went_wrong_on_our_side_is_found_by_its_id(self, mine: Path) -> None:
        service = running(mine)
        with service as started:
            (mine / "current").unlink()
            body = problem(call(started, "/questions/who-led"), 503, "store-unavailable")
            lines = until(lambda: [json.loads(line) for line in said(service) if body["request_id"] in line])
        assert any(line["level"] == "error" and str(mine) in line["message"] for line in lines)


class TestCompression:
    """Text is packed for those who take it; a client that does not, gets it as it is."""

    def test_gzip(self, server: Server) -> None:
        path = "/sparql?format=csv&query=" + quote("SELECT * { ?s a ?p } ORDER BY ?s ?p LIMIT 500")
        plain = call(server, path)
        packed = call(server, path, headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body and len(packed.body) < len(plain.body) / 3
        assert int(packed.headers["Content-Length"]) == len(packed.body)
        assert "Accept-Encoding" in packed.vary() and "Accept-Encoding" in plain.vary()
        for reply in (plain, packed):
            again = call(server, path, headers={"If-None-Match": reply.headers["ETag"], "Accept-Encoding": "gzip"})
            assert (again.status, again.body) == (304, b"")

    def test_an_answer_that_comes_from_a_file(self, server: Server) -> None:
        path = "/sparql?format=csv&query=" + quote("SELECT * { ?s ?p ?o }")
        plain, packed = call(server, path), call(server, path, headers={"Accept-Encoding": "gzip"})
        assert len(plain.body) > 1 << 20
        assert gzip.decompress(packed.body) == plain.body

    def test_small_answers_are_not_worth_it(self, server: Server) -> None:
        path = "/sparql?query=ASK%7B%7D"
        assert "Content-Encoding" not in call(server, path, headers={"Accept-Encoding": "gzip"}).headers


class TestQueries:
    """What `thidua queries` does."""

    def test_a_running_query_is_listed_and_stopped(self, mine: Path, pool: ThreadPoolExecutor) -> None:
        with running(mine, env={"THIDUA_TIMEOUT": "600"}) as service:
            asked = pool.submit(post, service, ENDLESS)
            until(lambda: queries(mine))
            listed = thidua("queries", "list", store=mine).stdout
            number = queries(mine)[0]["id"]
            assert number in listed and "127.0.0.1" in listed and "COUNT(*)" in listed
            assert thidua("queries", "cancel", number, store=mine).stdout == f"cancelled {number}\n"
            problem(asked.result(60), 503, "query-cancelled")
            until(lambda: queries(mine) == [])
            assert sparql(service, "ASK {}").status == 200
            gone = thidua("queries", "cancel", number, store=mine)
            assert (gone.returncode, number in gone.stderr) == (2, True)
        assert thidua("queries", "list", store=mine).returncode == 0

    def test_only_the_one_who_serves_can_reach_it(self, mine: Path) -> None:
        with running(mine):
            assert (mine / "run").stat().st_mode & 0o077 == 0


class TestOtherSites:
    """Pages elsewhere may read what anybody may read, and nothing that a token opens."""

    ASKED: Final = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}

    def test_a_page_may_ask(self, server: Server) -> None:
        first = call(server, "/sparql", method="OPTIONS", headers=self.ASKED)
        assert (first.status, first.body) == (204, b"")
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        assert {"GET", "POST"} <= set(first.headers["Access-Control-Allow-Methods"].split(", "))
        assert "Content-Type" in first.headers["Access-Control-Allow-Headers"]
        assert "Authorization" not in first.headers["Access-Control-Allow-Headers"]
        reply = call(server, "/sparql", method="POST", headers={**DIRECT, **self.ASKED}, body=b"ASK {}")
        exposed = reply.headers["Access-Control-Expose-Headers"]
        assert reply.headers["Access-Control-Allow-Origin"] == "*" and "X-Graph-Version" in exposed
        assert "Access-Control-Allow-Credentials" not in reply.headers

    @pytest.mark.parametrize(
        ("method", "path"),
        [("POST", "/update"), ("PUT", "/data?default"), ("DELETE", "/data?default"), ("POST", "/versions/1/rollback")],
    )
    def test_a_page_may_not_write(self, server: Server, method: str, path: str) -> None:
        for sent in ("OPTIONS", method):
            reply = call(server, path, method=sent, headers=self.ASKED, body=b"")
            allowed = reply.headers.get("Access-Control-Allow-Methods", "GET")
            assert not {"PUT", "DELETE"} & set(allowed.split(", "))
        assert "Access-Control-Allow-Origin" not in reply.headers


class TestSettings:
    """A setting that is wrong is told at the start; none is passed over in silence."""

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("THIDUA_PRIVTE", "1", "THIDUA_PRIVATE"), ("THIDUA_PRIVATE", "perhaps", "true or false"),
            ("THIDUA_LOG_LEVEL", "loud", "WARNING"), ("THIDUA_TRUSTED_PROXIES", "nginx", "a number"),
            ("THIDUA_TIMEOUT", "soon", "positive number"), ("THIDUA_MEMORY", "0", "positive number"),
            ("THIDUA_OPEN_WRITES", "1", "no setting"),
        ],
    )  # fmt: skip
    def test_it_does_not_start(self, store: Path, name: str, value: str, told: str) -> None:
        done = thidua("serve", "--port", "0", store=store, env={name: value})
        assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (2, True, False)

    @pytest.mark.parametrize(
        ("value", "private"), [("1", True), ("True", True), ("yes", True), ("0", False), ("False", False), ("", False)]
    )
    def test_truth_in_the_words_that_people_use(self, value: str, private: bool) -> None:
        assert read_settings({"THIDUA_PRIVATE": value, "OTHER": "x"})["PRIVATE"] is private

    def test_tokens_that_cannot_be_read_are_not_called_damaged(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match=r"cannot be read.*the user who serves"):
            TokenFile(tmp_path).all()
