"""Writes over HTTP: who may, what comes of them, what is refused and how, and that nothing half-done is ever seen."""

import hashlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import rdflib
from rdflib.namespace import SH
from SPARQLWrapper import POST, SPARQLWrapper

from tests.support.desk import Desk, Reply
from tests.support.paths import ROOT
from tests.support.service import Server, running
from tests.support.stores import contents, copied
from thidua.base.terms import GRAPH, INFERRED
from thidua.base.tokens import TokenFile
from thidua.versions.store import VersionStore

ARTICLE = "18d8c37f4f6536d1"
TURTLE = {"Content-Type": "text/turtle"}
#: A statement that breaks a shape on its fifth line.
BROKEN = """@prefix td: <https://w3id.org/thidua/ontology#> .
@prefix head: <https://w3id.org/thidua/id/head/> .

head:nowhere_2031_ha-nam a td:HeadTerm ;
    td:rank 3 .
"""
REMARK = f"""PREFIX c: <https://w3id.org/thidua/concept/> PREFIX td: <https://w3id.org/thidua/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX province: <https://w3id.org/thidua/id/province/>
INSERT DATA {{ GRAPH <{GRAPH}provinces> {{ province:thai-binh skos:altLabel "%s"@vi }} }}"""


@pytest.fixture(scope="module")
def desk(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    mine = copied(store, tmp_path_factory.mktemp("desk") / "store")
    file = TokenFile(mine / "tokens.json")
    tokens = {role: file.create(f"a {role}er", role) for role in ("read", "write", "admin")}
    with running(mine, env={"THIDUA_BUDGET": "0"}) as service:
        yield Desk(service, mine, tokens)


class TestWhoMayWrite:
    def test_nobody_where_no_token_was_made(self, server: Server) -> None:
        request = urllib.request.Request(server.url + "/update", b"update=CLEAR+ALL")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        with refused.value as error:
            assert error.code == 403
            assert "thidua token new" in json.loads(error.read())["detail"]

    @pytest.mark.parametrize(
        ("header", "status"),
        [
            (None, 401), ("", 401), ("Bearer", 401), ("Bearer ", 401), ("Bearer wrong", 401), ("Basic {write}", 401),
            ("Bearer {short}", 401), ("Bearer {write}{write}", 401), ("Bearer {write}, Bearer {write}", 401),
            ("Bearer {write} {write}", 401), ("Bearer {read}", 403),
        ],
    )  # fmt: skip
    def test_nobody_else(self, desk: Desk, header: str | None, status: int) -> None:
        before = desk.current()
        given = header and header.format(short=desk.tokens["write"][:-1], **desk.tokens)
        headers = {} if given is None else {"Authorization": given}
        for method, path in (
            ("POST", "/update"),
            ("PUT", f"/data?graph={GRAPH}x"),
            ("DELETE", f"/data?graph={GRAPH}x"),
        ):
            reply = desk.call(method, path, b"DROP ALL", role=None, **headers)
            assert (reply.status, "WWW-Authenticate" in reply.headers) == (status, status == 401)
        assert desk.current() == before

    def test_only_an_admin_rolls_back(self, desk: Desk) -> None:
        assert desk.call("POST", "/versions/1/rollback", b"", "write").status == 403
        before = desk.current()
        tag = f'"{before}"'
        assert desk.call("POST", "/versions/1/rollback", b"", "admin", If_Match='"9999"').status == 412
        reply = desk.call("POST", "/versions/1/rollback?message=again", b"", "admin", If_Match=tag)
        assert (reply.status, reply.json["version"]) == (200, before + 1)
        described = desk.call("GET", f"/versions/{before + 1}").json
        assert (described["author"], described["message"]) == ("a adminer", "again")
        assert desk.call("POST", "/versions/1/rollback", b"", "admin", If_Match=tag).status == 412

    def test_tokens_are_kept_as_hashes_and_can_be_revoked_at_once(self, desk: Desk) -> None:
        file = TokenFile(desk.store / "tokens.json")
        text = file.create("for a moment", "write")
        kept = (desk.store / "tokens.json").read_text(encoding="utf-8")
        assert text not in kept and hashlib.sha256(text.encode()).hexdigest() in kept
        assert (desk.store / "tokens.json").stat().st_mode & 0o077 == 0
        desk.tokens["moment"] = text
        assert desk.update("INSERT DATA {}", "moment").status in (200, 204)
        file.revoke("for a moment")
        assert desk.update("INSERT DATA {}", "moment").status == 401

    def test_open_writes_are_for_loopback_addresses(self, tmp_path: Path) -> None:
        import subprocess
        import sys

        command = [sys.executable, "-m", "thidua", "serve", "--open-writes", "--host", "0.0.0.0"]
        ended = subprocess.run([*command, "--store", str(tmp_path)], capture_output=True, timeout=30, check=False)
        assert ended.returncode == 2
        assert b"loopback" in ended.stderr

    @pytest.mark.parametrize("header", [{"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}])
    def test_open_writes_are_not_for_other_sites_pages(self, tmp_path: Path, header: dict[str, str]) -> None:
        folder = tmp_path / "plain"
        with running(folder, "--plain", str(folder), "--open-writes") as service:
            request = urllib.request.Request(service.url + "/update", b"update=CLEAR+ALL", headers=header)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request)
            with refused.value as error:
                assert error.code == 403


class TestWhatComesOfIt:
    def test_an_update_makes_a_version_that_answers_at_once(self, desk: Desk) -> None:
        before = desk.current()
        # Header values are bytes; what is not Latin is sent as UTF-8.
        message = "thử ghi".encode().decode("latin-1")
        reply = desk.update(REMARK % "Tên thử", Accept="application/json", X_Message=message)
        assert (reply.status, reply.json["version"], reply.json["published"]) == (200, before + 1, True)
        query = 'SELECT ?s { ?s skos:altLabel "Tên thử"@vi ; skos:hiddenLabel "ten thu" }'
        text = quote(f"PREFIX skos: <http://www.w3.org/2004/02/skos/core#> {query}")
        rows = desk.call("GET", f"/sparql?query={text}", role=None, Accept="text/csv").body
        assert b"thai-binh" in rows
        assert b"thai-binh" not in desk.call("GET", f"/sparql?query={text}&version={before}", Accept="text/csv").body
        # The name finds it, too, and the version says who wrote it.
        assert desk.call("GET", "/questions/province-today.json?province=ten+thu").json["rows"]
        described = desk.call("GET", f"/versions/{before + 1}").json
        assert (described["author"], described["message"], described["online"]) == ("a writeer", "thử ghi", True)

    def test_what_changes_nothing_makes_no_version(self, desk: Desk) -> None:
        before = desk.current()
        assert desk.update(f"DELETE DATA {{ GRAPH <{GRAPH}{ARTICLE}> {{ <a:b> <a:c> <a:d> }} }}").status in (200, 204)
        assert desk.current() == before

    def test_a_source_taken_out_and_put_back_gives_the_graph_that_was(self, desk: Desk) -> None:
        start = desk.call("GET", f"/versions/{desk.current()}").json
        path = f"/data?graph={GRAPH}{ARTICLE}"
        assert desk.call("DELETE", path).status in (200, 204)
        assert desk.call("GET", path, role=None).status == 404
        less = desk.call("GET", f"/versions/{desk.current()}").json
        assert less["sources"] == start["sources"] - 1 and less["triples"] < start["triples"]
        source = (ROOT / f"data/sources/{ARTICLE}.ttl").read_bytes()
        assert desk.call("PUT", path, source, **{"Content-Type": "text/turtle"}).status == 201
        again = desk.call("GET", f"/versions/{desk.current()}").json
        assert (again["hash"], again["triples"], again["sources"]) == (
            start["hash"],
            start["triples"],
            start["sources"],
        )

    def test_the_merge_is_exact_after_a_retraction(self, desk: Desk) -> None:
        # What two sources state stays when one of them goes: the province still has its label.
        desk.call("DELETE", f"/data?graph={GRAPH}{ARTICLE}")
        count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
        merged = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }"
        answers = [desk.call("GET", f"/sparql?query={quote(text)}", Accept="text/csv").body for text in (count, merged)]
        assert answers[0] == answers[1]
        source = (ROOT / f"data/sources/{ARTICLE}.ttl").read_bytes()
        assert (
            desk.call("PUT", f"/data?graph={GRAPH}{ARTICLE}", source, **{"Content-Type": "text/turtle"}).status == 201
        )

    def test_sparqlwrapper_writes(self, desk: Desk) -> None:
        client = SPARQLWrapper(desk.service.url + "/update")
        client.setMethod(POST)
        client.addCustomHttpHeader("Authorization", f"Bearer {desk.tokens['write']}")
        client.setQuery(REMARK % "Tên của máy khách")
        before = desk.current()
        client.query()
        assert desk.current() == before + 1

    def test_several_files_at_once(self, desk: Desk) -> None:
        boundary = "x0x"
        part = '--x0x\r\nContent-Disposition: form-data; name="{0}"; filename="{0}.ttl"\r\n\r\n{1}\r\n'
        label = '<https://w3id.org/thidua/id/province/ha-nam> <http://www.w3.org/2004/02/skos/core#altLabel> "{0}"@vi .'
        body = "".join(part.format(name, label.format(name)) for name in ("Mot", "Hai")) + "--x0x--\r\n"
        reply = desk.call(
            "POST", f"/data?graph={GRAPH}provinces", body, Content_Type=f"multipart/form-data; boundary={boundary}"
        )
        assert reply.status in (200, 204)
        read = desk.call("GET", f"/data?graph={GRAPH}provinces", Accept="application/n-triples").body
        assert b'"Mot"@vi' in read and b'"Hai"@vi' in read


class TestWhatIsRefused:
    def refused(self, desk: Desk, send: Any, status: int, code: str) -> Reply:
        before = contents(desk.store)
        reply: Reply = send()
        assert (reply.status, reply.json["code"]) == (status, code), reply.body
        assert contents(desk.store) == before
        return reply

    def test_what_breaks_a_shape_is_told_with_its_line(self, desk: Desk) -> None:
        path = f"/data?graph={GRAPH}new"
        reply = self.refused(
            desk, lambda: desk.call("PUT", path, BROKEN, **TURTLE, Accept="application/json"), 422, "invalid-data"
        )
        findings = reply.json["findings"]
        assert {finding["severity"] for finding in findings} == {"Violation"}
        rank = next(finding for finding in findings if finding["path"] and finding["path"].endswith("#rank"))
        assert (rank["where"], rank["shape"]) == ("body:5", "SourcedRecord-rank")
        assert f"And {len(findings) - 1} more" in reply.json["detail"] and len(reply.json["detail"]) < 300
        assert rank["vi"] != rank["en"]

    def test_it_can_be_had_as_a_shacl_report_or_as_text(self, desk: Desk) -> None:
        path = f"/data?graph={GRAPH}new"
        before = contents(desk.store)
        reply = desk.call("PUT", path, BROKEN, **TURTLE, Accept="text/turtle")
        assert (reply.status, reply.headers.get_content_type()) == (422, "text/turtle")
        report = rdflib.Graph().parse(data=reply.body, format="turtle")
        assert report.value(None, SH.conforms) is None or not next(report.objects(None, SH.conforms)).toPython()
        assert (None, SH.sourceShape, rdflib.URIRef("https://w3id.org/thidua/shapes#SourcedRecord-rank")) in report
        reply = desk.call("PUT", path, BROKEN, **TURTLE, Accept="text/plain")
        assert (reply.status, reply.headers.get_content_type()) == (422, "text/plain")
        assert reply.body.decode().startswith("body:")
        assert contents(desk.store) == before

    def test_undeclared_terms_and_dangling_links(self, desk: Desk) -> None:
        for turtle, shape in (
            (
                "<https://w3id.org/thidua/id/province/ha-nam> <https://w3id.org/thidua/ontology#colour> 1 .",
                "declared-term",
            ),
            (
                "<https://w3id.org/thidua/id/province/ha-nam> <https://w3id.org/thidua/ontology#successor> "
                "<https://w3id.org/thidua/id/province/atlantis> .",
                "described-target",
            ),
        ):
            reply = self.refused(
                desk,
                lambda turtle=turtle: desk.call("PUT", f"/data?graph={GRAPH}x", turtle, **TURTLE),
                422,
                "invalid-data",
            )
            assert [(f["shape"], f["where"]) for f in reply.json["findings"]] == [(shape, "body:1")]

    def test_taking_away_what_others_need(self, desk: Desk) -> None:
        reply = self.refused(desk, lambda: desk.call("DELETE", f"/data?graph={GRAPH}provinces"), 422, "invalid-data")
        assert len(reply.json["findings"]) > 100

    @pytest.mark.parametrize("graph", [INFERRED, GRAPH + "ontology", "https://example.org/other"])
    def test_graphs_that_nobody_writes(self, desk: Desk, graph: str) -> None:
        turtle = "<https://w3id.org/thidua/id/province/ha-nam> <http://www.w3.org/2004/02/skos/core#altLabel> 'x'@vi ."
        self.refused(desk, lambda: desk.call("POST", f"/data?graph={graph}", turtle, **TURTLE), 403, "forbidden")

    def test_the_default_graph(self, desk: Desk) -> None:
        self.refused(desk, lambda: desk.call("PUT", "/data?default", "<a:a> <a:b> 1 .", **TURTLE), 403, "forbidden")
        self.refused(desk, lambda: desk.update("INSERT DATA { <a:a> <a:b> 1 }"), 403, "forbidden")
        self.refused(desk, lambda: desk.update("CLEAR DEFAULT"), 403, "forbidden")

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("INSERT DATA { nonsense", "query-syntax"),
            ("LOAD <http://127.0.0.1:1/>", "query-refused"),
            ("INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "query-refused"),
            ("INSERT { ?s ?p ?o } WHERE " + "{" * 70 + "}" * 70, "query-refused"),
            ("SELECT * { ?s ?p ?o }", "query-syntax"),
            ("INSERT { ?s ?p ?x } WHERE { ?s ?p ?o BIND(<urn:f>(?o) AS ?x) }", "unsupported-function"),
            ("DROP GRAPH <urn:none>", "query-failed"),
        ],
    )
    def test_bad_updates(self, desk: Desk, text: str, code: str) -> None:
        status = {"query-syntax": 400, "query-refused": 403}.get(code, 422)
        self.refused(desk, lambda: desk.update(text), status, code)

    @pytest.mark.parametrize(
        ("media_type", "body", "status", "code"),
        [
            ("text/turtle", "<a> <b>", 400, "rdf-syntax"),
            ("text/turtle", "\n\n<a:a> <a:b> <a:c> . }", 400, "rdf-syntax"),
            ("application/n-triples", "rubbish", 400, "rdf-syntax"),
            ("application/ld+json", '{"@context": "http://127.0.0.1:1/context", "a": "b"}', 400, "rdf-syntax"),
            ("application/rdf+xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 400, "rdf-syntax"),
            ("application/trig", "<a:g> { <a:a> <a:b> <a:c> }", 415, "unsupported-media-type"),
            ("text/html", "<p>", 415, "unsupported-media-type"),
            ("application/octet-stream", "\x00\xff", 415, "unsupported-media-type"),
        ],
    )
    def test_bad_uploads(self, desk: Desk, media_type: str, body: str, status: int, code: str) -> None:
        path = f"/data?graph={GRAPH}x"
        reply = self.refused(desk, lambda: desk.call("PUT", path, body, Content_Type=media_type), status, code)
        if code == "rdf-syntax" and media_type == "text/turtle":
            assert reply.json["line"] >= 1 and "body" in reply.json["detail"]

    def test_compressed_and_oversized_uploads(self, desk: Desk) -> None:
        path = f"/data?graph={GRAPH}x"
        send = lambda: desk.call("PUT", path, b"\x1f\x8b", **TURTLE, Content_Encoding="gzip")  # noqa: E731
        self.refused(desk, send, 415, "unsupported-media-type")
        big = b"<a:a> <a:b> <a:c> .\n" * 600_000
        assert desk.call("PUT", path, big, **TURTLE).status == 413

    @pytest.mark.parametrize("query", ["", "?default&graph=a:b", "?graph=relative", "?graph=a:b&graph=a:c"])
    def test_a_graph_must_be_named_once(self, desk: Desk, query: str) -> None:
        self.refused(desk, lambda: desk.call("PUT", "/data" + query, "<a:a> <a:b> 1 .", **TURTLE), 400, "bad-input")


class TestRaces:
    def test_the_one_who_lost_is_told(self, desk: Desk) -> None:
        seen = desk.current()
        assert desk.update(REMARK % "first", If_Match=f'"{seen}"').status in (200, 204)
        reply = desk.update(REMARK % "second", If_Match=f'"{seen}"')
        assert (reply.status, reply.json["code"]) == (412, "precondition-failed")
        assert desk.current() == seen + 1
        # An entity tag of any answer names the version as well.
        tag = desk.call("GET", "/sparql?query=ASK%7B%7D", role=None).headers["ETag"]
        assert desk.update(REMARK % "third", If_Match=tag).status in (200, 204)
        assert desk.update(REMARK % "third", If_Match="rubbish").status == 400

    def test_waiting_for_a_build_has_an_end_and_is_told(self, store: Path, tmp_path: Path) -> None:
        mine = copied(store, tmp_path / "store")
        token = TokenFile(mine / "tokens.json").create("an operator", "admin")
        with running(mine, env={"THIDUA_WRITE_TIMEOUT": "5"}) as service:
            other = Desk(service, mine, {"admin": token})
            with VersionStore(mine).writing():
                reply = other.call("POST", "/versions/1/rollback", b"", "admin")
            assert (reply.status, reply.json["code"]) == (503, "store-busy")
            assert int(reply.headers["Retry-After"]) >= 1 and str(mine) not in reply.json["detail"]
            assert other.call("POST", "/versions/1/rollback", b"", "admin").status == 200

    def test_writers_queue_and_lose_nothing(self, desk: Desk) -> None:
        before = desk.current()
        with ThreadPoolExecutor(6) as writers:
            names = [f"Tên số {number}" for number in range(6)]
            replies = list(writers.map(lambda name: desk.update(REMARK % name), names))
        assert {reply.status for reply in replies} <= {200, 204}
        assert desk.current() == before + 6
        read = desk.call("GET", f"/data?graph={GRAPH}provinces", Accept="application/n-triples").body.decode()
        assert all(f'"{name}"@vi' in read for name in names)

    def test_readers_go_on_while_somebody_writes(self, desk: Desk) -> None:
        with ThreadPoolExecutor(4) as readers:
            writing = readers.submit(lambda: [desk.update(REMARK % f"while {n}").status for n in range(3)])
            seen = []
            while not writing.done():
                reply = desk.call("GET", "/questions/who-led.json?year=2023", role=None)
                assert reply.status == 200 and reply.json["rows"]
                seen.append(int(reply.headers["X-Graph-Version"]))
            assert set(writing.result()) <= {200, 204}
        assert seen == sorted(seen)


class TestHistory:
    def test_what_changed_in_words_and_as_a_patch(self, desk: Desk) -> None:
        desk.update(REMARK % "Tên trong lịch sử")
        number = desk.current()
        words = desk.call("GET", f"/versions/{number}/diff?lang=en", Accept="text/plain").body.decode()
        assert "changed province:thai-binh (Thái Bình)" in words
        assert "skos:altLabel: ∅ → Tên trong lịch sử@vi" in words
        vietnamese = desk.call("GET", f"/versions/{number}/diff?lang=vi", Accept="text/plain").body.decode()
        assert "đổi province:thai-binh" in vietnamese
        document = desk.call("GET", f"/versions/{number}/diff", Accept="application/json").json
        assert (document["from"], document["to"]) == (number - 1, number)
        patch = desk.call("GET", f"/versions/{number}/diff", Accept="application/rdf-patch").body.decode()
        assert f'"Tên trong lịch sử"@vi <{GRAPH}provinces> .' in patch
        assert patch.splitlines()[-1] == "TC ."
        first = desk.call("GET", f"/versions/{number}/diff", Accept="text/plain", Accept_Language="vi")
        assert "immutable" in first.headers["Cache-Control"] and "Accept-Language" in first.headers["Vary"]
        known = {"If_None_Match": first.headers["ETag"], "Accept": "text/plain"}
        assert desk.call("GET", f"/versions/{number}/diff", Accept_Language="vi", **known).status == 304
        assert desk.call("GET", f"/versions/{number}/diff", Accept_Language="en", **known).status == 200
        page = desk.call("GET", f"/versions/{number}/diff", Accept="text/html").body.decode()
        assert "Tên trong lịch sử" in page
        back = desk.call("GET", f"/versions/{number - 1}/diff?from={number}", Accept="text/plain").body.decode()
        assert "Tên trong lịch sử@vi → ∅" in back

    def test_the_versions_are_listed(self, desk: Desk) -> None:
        listed = desk.call("GET", "/versions", Accept="application/json").json
        numbers = [version["number"] for version in listed["versions"]]
        assert numbers == sorted(numbers, reverse=True) and listed["current"] == numbers[0]
        assert "hash" in listed["versions"][0]
        assert b"<table" in desk.call("GET", "/versions", Accept="text/html").body
        links = desk.call("GET", "/versions", Accept="application/link-format").body.decode()
        assert links.count('rel="memento"') == len(numbers)
        assert desk.call("GET", "/versions/9999").status == 404
        assert desk.call("GET", "/versions/1/diff").status == 400

    def test_a_pinned_version_never_changes(self, desk: Desk) -> None:
        first = desk.call("GET", "/questions/who-led.csv?year=2023&version=1", role=None)
        assert "immutable" in first.headers["Cache-Control"]
        assert first.headers["X-Graph-Version"] == "1"
        desk.update(REMARK % "Tên sau")
        second = desk.call("GET", "/questions/who-led.csv?year=2023&version=1", role=None)
        assert (second.body, second.headers["ETag"]) == (first.body, first.headers["ETag"])
        unchanged = desk.call(
            "GET", "/questions/who-led.csv?year=2023&version=1", role=None, If_None_Match=first.headers["ETag"]
        )
        assert (unchanged.status, unchanged.body) == (304, b"")

    def test_the_newest_must_be_asked_again(self, desk: Desk) -> None:
        path = "/sparql?query=" + quote("SELECT * { ?s ?p ?o } LIMIT 1")
        first = desk.call("GET", path, role=None)
        assert first.headers["Cache-Control"] == "no-cache"
        assert desk.call("GET", path, role=None, If_None_Match=first.headers["ETag"]).status == 304
        other = desk.call("GET", path, role=None, If_None_Match=first.headers["ETag"], Accept="text/csv")
        assert other.status == 200
        desk.update(REMARK % "Tên khác nữa")
        assert desk.call("GET", path, role=None, If_None_Match=first.headers["ETag"]).status == 200

    def test_an_answer_that_differs_each_time_has_no_tag(self, desk: Desk) -> None:
        assert "ETag" not in desk.call("GET", "/sparql?query=" + quote("SELECT (NOW() AS ?now) {}"), role=None).headers

    def test_memento(self, desk: Desk) -> None:
        versions = desk.call("GET", "/versions").json["versions"]
        first = versions[-1]
        long_ago = desk.call("GET", "/questions/who-led.csv?year=2023", Accept_Datetime="Sat, 01 Jan 2000 00:00:00 GMT")
        assert long_ago.headers["X-Graph-Version"] == str(first["number"])
        assert (
            "timegate" in " ".join(long_ago.headers.get_all("Link")) and "Accept-Datetime" in long_ago.headers["Vary"]
        )
        later = desk.call("GET", "/sparql?query=ASK%7B%7D", Accept_Datetime="Fri, 01 Jan 2100 00:00:00 GMT")
        assert later.headers["X-Graph-Version"] == str(versions[0]["number"])
        assert desk.call("GET", "/sparql?query=ASK%7B%7D", Accept_Datetime="yesterday").status == 400

    @pytest.mark.parametrize("version", ["0", "9999", "latest", "-1", "1e3", "٣"])
    def test_versions_that_are_none(self, desk: Desk, version: str) -> None:
        for path in ("/sparql?query=ASK%7B%7D&", "/questions/who-led.json?", "/?", f"/data?graph={GRAPH}provinces&"):
            reply = desk.call("GET", f"{path}version={quote(version)}", role=None)
            assert reply.status in (400, 404)


def test_a_private_service_reads_for_tokens_only(store: Path, tmp_path: Path) -> None:
    mine = copied(store, tmp_path / "store")
    token = TokenFile(mine / "tokens.json").create("reader", "read")
    with running(mine, env={"THIDUA_PRIVATE": "true"}) as service:
        desk = Desk(service, mine, {"read": token})
        assert desk.call("GET", "/sparql?query=ASK%7B%7D", role=None).status == 401
        assert desk.call("GET", "/questions/who-led.json?year=2023", role=None).status == 401
        assert desk.call("GET", "/health/ready", role=None).status == 200
        assert desk.call("GET", "/sparql?query=ASK%7B%7D", role="read").status == 200
        # A cache that others share must not keep what a token opened.
        pinned = desk.call("GET", "/sparql?query=ASK%7B%7D&version=1", role="read")
        assert pinned.headers["Cache-Control"].startswith("private, max-age=")


def test_no_trend_in_the_time_that_a_wrong_token_takes(tmp_path: Path) -> None:
    """Twenty thousand tries: whether the first or the last letter is wrong makes no difference that could be used."""
    file = TokenFile(tmp_path / "tokens.json")
    right = file.create("one", "write")
    early, late = "!" + right[1:], right[:-1] + "!"
    taken = {early: 0.0, late: 0.0}
    for _ in range(10_000):
        for text in (early, late):
            begun = time.process_time()  # whatever else the machine does meanwhile
            assert file.find(text) is None
            taken[text] += time.process_time() - begun
    assert 0.7 < taken[early] / taken[late] < 1.4


def test_form_and_options(desk: Desk) -> None:
    form = urlencode({"update": REMARK % "Tên trong mẫu"})
    reply = desk.call("POST", "/update", form, Content_Type="application/x-www-form-urlencoded")
    assert reply.status in (200, 204)
    for path, methods in (("/sparql", "GET"), ("/update", "POST"), (f"/data?graph={GRAPH}x", "PUT")):
        reply = desk.call("OPTIONS", path, role=None)
        assert reply.status == 204 and methods in reply.headers["Allow"]
    assert "Access-Control-Allow-Origin" not in desk.call("OPTIONS", "/update", role=None).headers


def test_what_a_registry_says_reaches_the_sources_that_lean_on_it(store: Path, tmp_path: Path) -> None:
    """A holding is in the body that its post belongs to, which the registry of posts says."""
    from thidua.base.files import ProjectFiles
    from thidua.graph import KnowledgeGraph
    from thidua.write.request import Write
    from thidua.write.transaction import Writer

    mine = copied(store, tmp_path / "store")
    prefixes = """PREFIX org: <http://www.w3.org/ns/org#> PREFIX td: <https://w3id.org/thidua/ontology#>
        PREFIX post: <https://w3id.org/thidua/id/post/> PREFIX body: <https://w3id.org/thidua/id/body/> """
    kg = KnowledgeGraph.open(mine)
    holdings = prefixes + "SELECT DISTINCT ?body { ?holding td:post post:thu-tuong-chinh-phu ; org:organization ?body }"

    def bodies() -> set[str]:
        return {row["body"].value.rpartition("/")[2] for row in kg.current().select(holdings) if row["body"]}

    assert bodies() == {"chinh-phu"}
    writer, start = Writer(mine, ProjectFiles.find(ROOT)), kg.version.hash
    move = prefixes + (
        f"WITH <{GRAPH}posts> DELETE {{ ?post org:postIn body:%s }} INSERT {{ ?post org:postIn body:%s }} "
        "WHERE { VALUES ?post { post:thu-tuong-chinh-phu } }"
    )
    writer.write(Write("update", text=move % ("chinh-phu", "quoc-hoi")))
    assert bodies() == {"quoc-hoi"}
    writer.write(Write("update", text=move % ("quoc-hoi", "chinh-phu")))
    assert (bodies(), kg.version.hash) == ({"chinh-phu"}, start)
