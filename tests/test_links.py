"""Links to other registries, against a real endpoint on this machine that holds data in Wikidata's shape."""

import csv
import io
import json
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import rdflib

from tests.support.cli import thidua
from tests.support.paths import ROOT
from tests.support.service import running
from thidua.base.errors import InputError, RemoteError
from thidua.base.files import ProjectFiles
from thidua.base.terms import PREFIXES, shorten
from thidua.building.build import assemble, check
from thidua.exchange.endpoint import Manners, Remote
from thidua.exchange.links import links, names_of, read
from thidua.graph import KnowledgeGraph

WD = "http://www.wikidata.org/entity/"
HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
GONE, MERGED, RENAMED, NAMELESS = (
    "province:bac-kan", "province:bac-giang", "province:ben-tre", "province:binh-duong",
)  # fmt: skip
PEOPLE = """
@prefix wd: <http://www.wikidata.org/entity/> .
@prefix wdt: <http://www.wikidata.org/prop/direct/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
wd:Q5 rdfs:label "người"@vi, "human"@en .
wd:Q7889 rdfs:label "video game"@en .
wd:Q900 rdfs:label "Chủ tịch Ủy ban nhân dân tỉnh Thái Bình"@vi .
# The person, with everything that agrees.
wd:Q901 rdfs:label "Nguyễn Khắc Thận"@vi ; wdt:P31 wd:Q5 ; wdt:P39 wd:Q900 ;
  wdt:P569 "1970-01-01T00:00:00Z"^^xsd:dateTime .
# A namesake without marks, dead before anybody saw him in office, and a thing of another type.
wd:Q902 rdfs:label "Nguyen Khac Than"@en ; wdt:P31 wd:Q5 ; wdt:P570 "1950-01-01T00:00:00Z"^^xsd:dateTime .
wd:Q903 rdfs:label "Nguyễn Khắc Thận"@en ; wdt:P31 wd:Q7889 .
# Known by another name only.
wd:Q904 rdfs:label "Trinh X. T."@en ; skos:altLabel "Trinh Xuan Truong"@en ; wdt:P31 wd:Q5 .
# One entry for two people of one name: never exact.
wd:Q905 rdfs:label "Nguyễn Văn Sơn"@vi ; wdt:P31 wd:Q5 .
"""


@pytest.fixture(scope="module")
def world(files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An endpoint that has every province we link to, but for four; and some people."""
    store = read(files)
    names, items = names_of(store), rdflib.Graph()
    items.parse(data=PEOPLE, format="turtle")
    for link in links(store):
        subject, target = shorten(link.subject), rdflib.URIRef(link.target)
        if link.registry != "wikidata" or subject == GONE:
            continue
        if subject == MERGED:
            items.add((target, rdflib.OWL.sameAs, rdflib.URIRef(WD + "Q999")))
            items.add((rdflib.URIRef(WD + "Q999"), rdflib.RDFS.label, rdflib.Literal("Bắc Giang", "vi")))
        elif subject == RENAMED:
            items.add((target, rdflib.RDFS.label, rdflib.Literal("Bến Tre cũ", "vi")))
        elif subject == NAMELESS:
            items.add((target, rdflib.RDFS.label, rdflib.Literal("ビンズオン省", "ja")))
        else:
            for name in names[link.subject]:
                # As Wikidata writes them: with the generic word, here and there.
                text = f"tỉnh {name.value}" if name.language == "vi" else name.value
                items.add((target, rdflib.RDFS.label, rdflib.Literal(text, name.language)))
    folder = tmp_path_factory.mktemp("wikidata")
    items.serialize(folder / "items.nt", format="nt", encoding="utf-8")
    with running(folder, "--plain", str(folder)) as service:
        yield service.url + "/sparql"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The project's files, to change."""
    for folder in ("ontology", "shapes", "data", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def asked(*arguments: str, files: Path | None = None) -> subprocess.CompletedProcess[str]:
    return thidua("link", *arguments, *(("--files", str(files)) if files else ()))


# --- What the files hold


def test_each_link_has_its_record_and_each_registry_its_link_set(kg: KnowledgeGraph) -> None:
    rows = kg.current().select(
        HEADER
        + """SELECT ?set (COUNT(?link) AS ?count) { ?set a void:Linkset ; void:subjectsTarget ?ours ; dct:title ?title .
          FILTER(LANG(?title) = "vi") ?ours a void:Dataset . graph:links void:subset ?set .
          ?link a td:Link ; td:inLinkSet ?set ; td:matchMethod ?method ; td:matchConfidence ?confidence }
          GROUP BY ?set"""
    )
    counts = {
        row["set"].value.rpartition("/")[2]: int(row["count"].value) for row in rows if row["set"] and row["count"]
    }
    assert counts == {
        "geonames": 87, "gso": 87, "iso-3166-2": 64, "openstreetmap": 86, "vanban-chinhphu": 2, "vbpl": 52,
        "wikidata": 87,
    }  # fmt: skip


def test_no_day_is_claimed_on_which_a_link_was_checked(kg: KnowledgeGraph) -> None:
    """The registers were compiled from copies; each link set says so."""
    assert not kg.current().select(HEADER + "SELECT ?link { ?link td:checkedOn ?day }")
    rows = kg.current().select(HEADER + "SELECT ?note { ?set a void:Linkset ; skos:editorialNote ?note }")
    assert len(rows) == 7
    assert all(row["note"] and "no link has a td:checkedOn" in row["note"].value for row in rows)


def test_what_rests_on_one_data_set_is_less_sure(kg: KnowledgeGraph) -> None:
    rows = kg.current().select(
        HEADER
        + """SELECT ?link ?confidence { ?link td:matchMethod c:match-dataset ; td:linkSubject province:ha-tay ;
          td:matchConfidence ?confidence }"""
    )
    told = {
        row["link"].value.rpartition("/")[2]: row["confidence"].value
        for row in rows
        if row["link"] and row["confidence"]
    }
    assert told["gso_province_ha-tay"] == told["geonames_province_ha-tay"] == "0.6"


def test_no_entry_is_the_same_as_two_things(kg: KnowledgeGraph, workspace: Path) -> None:
    rows = kg.current().select(HEADER + "SELECT ?thing ?entry { ?thing skos:exactMatch ?entry }")
    assert max(Counter(row["entry"].value for row in rows if row["entry"]).values()) == 1
    path = workspace / "data/links/wikidata.ttl"
    text = path.read_text(encoding="utf-8")
    old = "province:ninh-binh\n    skos:closeMatch"
    assert old in text
    path.write_text(text.replace(old, old.replace("close", "exact")), encoding="utf-8")
    found = check(assemble(ProjectFiles.find(workspace)))
    assert any(finding.shape == "Link-exactShared" and finding.severity == "Violation" for finding in found)


# --- thidua link check


def test_check_tells_what_changed_and_changes_nothing(world: str, workspace: Path) -> None:
    before = (workspace / "data/links/wikidata.ttl").read_bytes()
    done = asked("check", "--endpoint", world, "--pause", "0", "--format", "csv", files=workspace)
    assert done.returncode == 4, done.stderr
    rows = {row["thing"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert {thing: row["status"] for thing, row in rows.items()} == {
        GONE: "vanished", MERGED: "merged", RENAMED: "renamed", NAMELESS: "renamed",
    }  # fmt: skip
    assert rows[MERGED]["found"] == WD + "Q999"
    assert WD + "Q999" in rows[MERGED]["next"]
    assert rows[RENAMED]["found"] == "Bến Tre cũ"
    assert rows[RENAMED]["label"] == "Bến Tre"
    assert "50 of 64" in done.stderr  # 87 links lead to 64 entries, asked for in batches
    assert "87 links asked for, 4 changed" in done.stderr
    assert "thidua validate" in done.stderr
    assert (workspace / "data/links/wikidata.ttl").read_bytes() == before


def test_check_as_json_lists_everything_when_asked(world: str) -> None:
    done = asked("check", "--endpoint", world, "--pause", "0", "--format", "json", "--all")
    assert Counter(row["status"] for row in json.loads(done.stdout)) == {
        "ok": 83, "vanished": 1, "merged": 1, "renamed": 2,
    }  # fmt: skip


def test_check_ends_with_0_when_all_is_well(world: str, workspace: Path) -> None:
    path = workspace / "data/links/wikidata.ttl"
    keep, drop = [], False
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        drop = any(f":{each.partition(':')[2]}\n" in block or f"_{each.partition(':')[2]}\n" in block
                   for each in (GONE, MERGED, RENAMED, NAMELESS))  # fmt: skip
        keep += [] if drop else [block]
    path.write_text("\n\n".join(keep), encoding="utf-8")
    done = asked("check", "--endpoint", world, "--pause", "0", files=workspace)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
    assert "83 links asked for, 0 changed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--registry", "nobody"], "there are: geonames"),
        (["--registry", "geonames"], "give one with --endpoint"),
        (["--endpoint", "file:///etc/passwd"], "http://"),
        (["--registry", "gso", "--endpoint", "http://127.0.0.1:9/sparql"], "leads to an address"),
    ],
)
def test_check_says_what_it_needs(arguments: list[str], told: str) -> None:
    done = asked("check", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


# --- Endpoints that do not answer as they should


class Stub(ThreadingHTTPServer):
    """An HTTP server that answers as one function says, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler, int], None]) -> None:
        stub = self
        self.seen: list[dict[str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                stub.seen.append(dict(self.headers))
                answer(self, len(stub.seen))

            def log_message(self, *arguments: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/sparql"

    def __enter__(self) -> "Stub":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.shutdown()
        self.server_close()


def reply(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, form: str = "application/sparql-results+json",
    **headers: str,
) -> None:  # fmt: skip
    handler.send_response(status)
    handler.send_header("Content-Type", form)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


EMPTY = b'{"head": {"vars": []}, "results": {"bindings": []}}'


@pytest.mark.parametrize(
    ("body", "status", "form", "told"),
    [
        (b"<html>Welcome</html>", 200, "text/html", "answered with text/html"),
        (b"<html>Oops</html>", 500, "text/html", "refused the query"),
        (b"Syntax error at line 1", 400, "text/plain", "refused the query"),
        (b"nothing here", 404, "text/plain", "refused the query"),
        (b"no", 403, "text/plain", "answered 403"),
        (b"{", 200, "application/json", "no table of results"),
        (b"[1, 2]", 200, "application/json", "no table of results"),
        (b'{"results": {"bindings": [{"x": {"type": "odd", "value": "1"}}]}}', 200, "application/json", "no table"),
        (b'{"results": {"bindings": [{"x": {"type": "uri", "value": 1}}]}}', 200, "application/json", "no table"),
    ],
)
def test_rubbish_is_told_at_once(body: bytes, status: int, form: str, told: str) -> None:
    with Stub(lambda handler, count: reply(handler, body, status, form)) as stub:
        with pytest.raises(RemoteError, match=told) as caught:
            Remote(stub.url, Manners(pause=0)).select("SELECT * { ?s ?p ?o }")
        assert stub.url in str(caught.value)
        assert "--endpoint" in str(caught.value)
        assert len(stub.seen) == 1


def test_what_may_pass_is_tried_again_later_each_time() -> None:
    waited: list[float] = []

    def busy_twice(handler: BaseHTTPRequestHandler, count: int) -> None:
        if count == 1:
            reply(handler, b"", 503)
        elif count == 2:
            reply(handler, b"", 429, Retry_After="7")
        else:
            reply(handler, EMPTY)

    with Stub(busy_twice) as stub:
        remote = Remote(stub.url, Manners(pause=0.5), sleep=waited.append)
        assert remote.select("SELECT * { ?s ?p ?o }") == []
        assert remote.select("SELECT * { ?s ?p ?o }") == []
    assert waited == [1.0, 7.0, 0.5]  # twice the pause; what the server asked for; the pause between two requests
    assert all(headers["User-Agent"].startswith("thidua/") for headers in stub.seen)


def test_a_busy_endpoint_is_given_up_in_the_end() -> None:
    with Stub(lambda handler, count: reply(handler, b"", 503)) as stub:
        with pytest.raises(RemoteError, match="answered 503 Service Unavailable, 3 times"):
            Remote(stub.url, Manners(pause=0)).select("SELECT * { ?s ?p ?o }")
        assert len(stub.seen) == 3


@pytest.mark.parametrize("drip", [False, True], ids=["silent", "dripping"])
def test_a_slow_endpoint_is_left(drip: bool) -> None:
    """The deadline is over the whole answer, so that a byte now and then does not hold us."""
    ended = threading.Event()

    def slow(handler: BaseHTTPRequestHandler, count: int) -> None:
        if drip:
            handler.send_response(200)
            handler.send_header("Content-Type", "application/sparql-results+json")
            handler.end_headers()
        while not ended.wait(0.2):
            if drip:
                try:
                    handler.wfile.write(b" ")
                    handler.wfile.flush()
                except OSError:
                    return

    with Stub(slow) as stub:
        try:
            with pytest.raises(RemoteError, match=r"within 1 s|timed out"):
                Remote(stub.url, Manners(pause=0, timeout=1, tries=1)).select("SELECT * { ?s ?p ?o }")
        finally:
            ended.set()


def test_nobody_there_and_half_an_answer() -> None:
    with Stub(lambda handler, count: None) as stub:
        gone = stub.url
        with pytest.raises(RemoteError, match=r"broke off|cannot be reached"):
            Remote(gone, Manners(pause=0, tries=1)).select("SELECT * { ?s ?p ?o }")
    done = asked("check", "--endpoint", gone, "--pause", "0", "--tries", "2")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "2 times" in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_only_addresses_of_http_are_asked() -> None:
    for address in ("file:///etc/passwd", "ftp://127.0.0.1/x", "127.0.0.1:80"):
        with pytest.raises(InputError, match="http://"):
            Remote(address)


# --- thidua link propose, thidua link accept


def test_proposals_come_with_evidence_and_become_links(world: str, workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "proposals.ttl"
    done = asked(
        "propose", "--kind", "person", "--endpoint", world, "--pause", "0", "--output", str(file), files=workspace
    )
    assert done.returncode == 0, done.stderr
    graph = rdflib.Graph().parse(file)
    td, skos = rdflib.Namespace(PREFIXES["td"]), rdflib.Namespace(PREFIXES["skos"])
    told = {
        (shorten(str(graph.value(link, td.linkSubject))), str(graph.value(link, td.linkTarget)).removeprefix(WD)): link
        for link in graph.subjects(rdflib.RDF.type, td.LinkProposal)
    }
    assert set(told) == {
        ("person:nguyen-khac-than", "Q901"), ("person:trinh-xuan-truong", "Q904"),
        ("person:nguyen-van-son_ha-giang", "Q905"), ("person:nguyen-van-son_tuyen-quang", "Q905"),
    }, "neither the dead nor the game"  # fmt: skip
    best = told["person:nguyen-khac-than", "Q901"]
    assert float(str(graph.value(best, td.matchConfidence))) == 1.0
    evidence = str(graph.value(best, rdflib.DCTERMS.description))
    for words in ("Nguyễn Khắc Thận", "human", "1970-01-01", "2024-03-13", "Chủ tịch Ủy ban nhân dân tỉnh Thái Bình"):
        assert words in evidence
    assert graph.value(best, td.linkPredicate) == skos.exactMatch
    assert graph.value(told["person:nguyen-van-son_ha-giang", "Q905"], td.linkPredicate) == skos.closeMatch
    folded = told["person:trinh-xuan-truong", "Q904"]
    assert float(str(graph.value(folded, td.matchConfidence))) < 0.7

    before = (workspace / "data/links/wikidata.ttl").read_text(encoding="utf-8")
    done = asked("accept", str(file), "--only", "person:nguyen-khac-than", "--on", "2026-11-24", files=workspace)
    assert done.returncode == 0, done.stderr
    after = (workspace / "data/links/wikidata.ttl").read_text(encoding="utf-8")
    assert before.split("linkset:wikidata\n", 1)[1] in after, "what was there stays as it was"
    assembly = assemble(ProjectFiles.find(workspace))
    assert check(assembly) == check(assemble(ProjectFiles.find(ROOT))), "nothing is found that was not there"
    rows = assembly.store.select(
        HEADER + "SELECT ?entry ?day { person:nguyen-khac-than skos:exactMatch ?entry . "
        "link:wikidata_person_nguyen-khac-than td:linkTarget ?entry ; td:checkedOn ?day ; a td:Link }"
    )
    assert [(row["entry"].value, row["day"].value) for row in rows if row["entry"] and row["day"]] == [
        (WD + "Q901", "2026-11-24")
    ]
    # Not twice; and whoever has a link is not proposed again.
    done = asked("accept", str(file), "--only", "person:nguyen-khac-than", files=workspace)
    assert (done.returncode, "linked to" in done.stderr) == (2, True)
    done = asked("propose", "--kind", "person", "--endpoint", world, "--pause", "0", files=workspace)
    assert "nguyen-khac-than" not in done.stdout
    assert "trinh-xuan-truong" in done.stdout


def test_a_proposal_is_no_link_until_it_is_accepted(world: str, workspace: Path) -> None:
    """Pasted into data/ as it is, it is refused with the next step; nor is it written there."""
    path = workspace / "data/links/wikidata.ttl"
    done = asked(
        "propose", "--kind", "person", "--endpoint", world, "--pause", "0", "--output", str(path), files=workspace
    )
    assert (done.returncode, "inside data/" in done.stderr) == (2, True)
    done = asked("propose", "--kind", "person", "--endpoint", world, "--pause", "0", files=workspace)
    (workspace / "data/links/pasted.ttl").write_text(done.stdout, encoding="utf-8")
    found = check(assemble(ProjectFiles.find(workspace)))
    assert {finding.shape for finding in found if finding.severity == "Violation"} == {"link-is-stated"}
    assert "thidua link accept" in found[0].en


def test_accept_takes_all_or_none_and_never_merges_two(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    one = """link:wikidata_person_{0} a td:LinkProposal ; td:linkSubject person:{0} ; td:linkPredicate skos:exactMatch ;
        td:linkTarget <http://www.wikidata.org/entity/Q1> ; td:matchMethod c:match-label ; td:matchConfidence 0.5 ;
        td:inLinkSet linkset:wikidata .\n"""
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    people = ("nguyen-khac-than", "trinh-xuan-truong")
    file.write_text(prefixes + "".join(map(one.format, people)), encoding="utf-8")
    before = (workspace / "data/links/wikidata.ttl").read_bytes()
    done = asked("accept", str(file), files=workspace)
    assert done.returncode == 2
    assert "two things cannot be skos:exactMatch" in done.stderr
    assert (workspace / "data/links/wikidata.ttl").read_bytes() == before
    file.write_text(prefixes + one.format(people[0]).replace("td:matchMethod c:match-label ;", ""), encoding="utf-8")
    done = asked("accept", str(file), files=workspace)
    assert (done.returncode, "lacks td:matchConfidence or td:matchMethod" in done.stderr) == (2, True)
    done = asked("accept", str(file), "--only", "person:nobody", files=workspace)
    assert (done.returncode, "no proposal of that name" in done.stderr) == (2, True)


@pytest.mark.parametrize("kind", ["body", "province", "cluster"])
def test_other_kinds_can_be_asked_for(world: str, kind: str) -> None:
    """Every province has its link, and the others have no namesakes there: nothing is proposed, nothing fails."""
    done = asked("propose", "--kind", kind, "--endpoint", world, "--pause", "0")
    assert done.returncode == 0, done.stderr
    assert "0 proposals" in done.stderr
    assert "td:LinkProposal" not in done.stdout


def test_a_strange_name_there_cannot_become_turtle(files: ProjectFiles) -> None:
    """Names from elsewhere are data: quotes, line ends and brackets in them change nothing."""
    from thidua.exchange.links import Link, record

    strange = 'x" ; a td:Evil .\n<> \\'
    link = Link(
        iri=PREFIXES["link"] + "wikidata_person_x",
        subject=PREFIXES["person"] + "x",
        predicate=PREFIXES["skos"] + "closeMatch",
        target=WD + "Q1",
        registry="wikidata",
        kind="",
        confidence="0.50",
        method=PREFIXES["c"] + "match-label",
        evidence=strange,
    )
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    graph = rdflib.Graph().parse(data=prefixes + "\n".join(record(link, "td:LinkProposal")), format="turtle")
    assert [str(text) for text in graph.objects(None, rdflib.DCTERMS.description)] == [strange]
    assert len(graph) == 8
    with pytest.raises(ValueError, match="IRI"):
        list(record(Link(**{**vars(link), "target": "http://x/> <y"}), "td:LinkProposal"))


def test_the_library_asks_nobody_else() -> None:
    """SPARQLWrapper and the network of others have one home."""
    homes = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "thidua").rglob("*.py")
        if "SPARQLWrapper" in path.read_text(encoding="utf-8").replace("SPARQLWrapper.", "")
    ]
    assert homes == ["thidua/exchange/endpoint.py"]
    assert "SPARQLWrapper" not in subprocess.run(
        [sys.executable, "-c", "import sys, thidua.graph; print(*sys.modules)"], capture_output=True, text=True
    ).stdout  # fmt: skip
