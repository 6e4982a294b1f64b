"""Links to other registries, against a real endpoint on this machine that holds data in Wikidata's shape."""

import csv
import io
import json
import re
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
from thidua.rdf.derivation import rebuild_union
from thidua.rdf.quads import QuadStore
from thidua.views.identifiers import of_address

#: Links that may be right, beside data/ and read by no build.
PROPOSALS = ROOT / "proposals/links.ttl"
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
# A namesake of another country.
wd:Q906 rdfs:label "Trinh Xuan Truong"@en ; wdt:P31 wd:Q5 ; wdt:P27 wd:Q930 .
wd:Q930 rdfs:label "Laos"@en .
wd:Q931 rdfs:label "Vietnam"@en .
# Two ministries and two offices of one name, of two countries.
wd:Q940 rdfs:label "ministry"@en .
wd:Q941 rdfs:label "Ministry of National Defence"@en ; wdt:P31 wd:Q940 ; wdt:P17 wd:Q931 .
wd:Q942 rdfs:label "Ministry of National Defence"@en ; wdt:P31 wd:Q940 ; wdt:P17 wd:Q930 .
wd:Q943 rdfs:label "public office"@en .
wd:Q944 rdfs:label "Vice Chair of the National Assembly"@en ; wdt:P31 wd:Q943 ; wdt:P1001 wd:Q931 .
wd:Q945 rdfs:label "Vice Chair of the National Assembly"@en ; wdt:P31 wd:Q943 ; wdt:P17 wd:Q930 .
# An order older than the law that regulates it.
wd:Q946 rdfs:label "order"@en .
wd:Q947 rdfs:label "Huân chương Lao động"@vi ; wdt:P31 wd:Q946 ; wdt:P17 wd:Q931 ;
  wdt:P571 "1950-05-01T00:00:00Z"^^xsd:dateTime .
# Two laws of one title; which is which the day and the number tell.
wd:Q948 rdfs:label "law"@en .
wd:Q949 rdfs:label "Luật Thi đua, khen thưởng"@vi ; wdt:P31 wd:Q948 ; wdt:P1031 "06/2022/QH15" ;
  wdt:P577 "2022-06-15T00:00:00Z"^^xsd:dateTime .
# A campaign that began in another year than ours.
wd:Q950 rdfs:label "campaign"@en .
wd:Q951 rdfs:label "Cả nước chung sức xây dựng nông thôn mới"@vi ; wdt:P31 wd:Q950 ;
  wdt:P580 "2011-06-08T00:00:00Z"^^xsd:dateTime .
wd:Q952 rdfs:label "country"@en .
wd:Q881 wdt:P31 wd:Q952 .
"""


@pytest.fixture(scope="module")
def world(files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An endpoint that has every entry we link to, but for four; and some more."""
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
                tells = subject.startswith("province:") and name.language == "vi"
                text = f"tỉnh {name.value}" if tells else name.value
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
        + """SELECT ?set (COUNT(DISTINCT ?link) AS ?count) {
          ?set a void:Linkset ; void:subjectsTarget ?ours ; dct:title ?title .
          FILTER(LANG(?title) = "vi") ?ours a void:Dataset . graph:links void:subset ?set .
          ?link a td:Link ; td:inLinkSet ?set ; td:matchMethod ?method ; td:matchConfidence ?confidence }
          GROUP BY ?set"""
    )
    counts = {
        row["set"].value.rpartition("/")[2]: int(row["count"].value) for row in rows if row["set"] and row["count"]
    }
    assert counts == COUNTS
    assert counts.keys() == {path.stem for path in (ROOT / "data/links").glob("*.ttl")}
    table = re.findall(
        r"^\| (`.*?) \| ([\d, ]+) \|", (ROOT / "docs/links.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    told = {
        name: int(count)
        for names, numbers in table
        for name, count in zip(re.findall(r"`([\w-]+)\.ttl`", names), numbers.split(", "), strict=True)
    }
    assert told == counts, "the table of docs/links.md"


#: What the link sets hold: provinces and documents, then the rest.
COUNTS = {
    "geonames": 88, "gso": 87, "iso-3166-2": 64, "openstreetmap": 86, "vanban-chinhphu": 2, "vbpl": 52, "wikidata": 136,
    "bnf": 1, "crossref-funder": 2, "gnd": 1, "grid": 2, "idref": 2, "isni": 1, "iso-3166-1-alpha-2": 1,
    "iso-3166-1-alpha-3": 1, "iso-3166-1-numeric": 1, "lcnaf": 1, "ror": 3, "thuvienphapluat": 2, "viaf": 2,
}  # fmt: skip


def test_each_link_says_when_it_was_seen_and_where(kg: KnowledgeGraph) -> None:
    rows = kg.current().select(
        HEADER
        + """SELECT ?link ?subject ?day (COUNT(DISTINCT ?source) AS ?sources) (COUNT(DISTINCT ?text) AS ?texts) {
          ?link a td:Link ; td:linkSubject ?subject ; td:seenOn ?day . OPTIONAL { ?link dct:description ?text }
          OPTIONAL { ?link dct:source ?source . ?source a td:SourceDocument } } GROUP BY ?link ?subject ?day"""
    )
    assert len(rows) == sum(COUNTS.values())
    for row in rows:
        assert row["link"] and row["day"] and row["sources"] and row["subject"] and row["texts"]
        later = row["day"].value == "2026-11-30"
        assert later or row["day"].value == "2026-11-21"
        assert int(row["sources"].value) >= 1, row["link"].value
        assert int(row["texts"].value) == (2 if later else 0), "in both languages"


def test_the_table_of_other_links_is_there_whole(kg: KnowledgeGraph) -> None:
    """Each row is a link, or a proposal where it is not sure."""
    table = ROOT.parent / "shared/reference/links_other.csv"
    if not table.is_file():
        pytest.skip(f"{table} is not here")
    store, proposed = kg.current(), QuadStore.memory()
    proposed.load_turtle(PROPOSALS, "urn:proposals", str(PROPOSALS))
    rebuild_union(proposed)
    found: dict[tuple[str, str, str], tuple[str, float]] = {}
    asked = """SELECT ?subject ?set ?entry ?predicate ?confidence { ?link td:linkSubject ?subject ; td:inLinkSet ?set ;
      td:linkTarget|td:targetCode ?entry ; td:linkPredicate ?predicate ; td:matchConfidence ?confidence }"""
    for row in [*store.select(HEADER + asked), *proposed.select(HEADER + asked)]:
        subject, set_, entry, predicate, confidence = row.values()
        assert subject and set_ and entry and predicate and confidence
        key = of_address(entry.value).name if entry.kind == "iri" else entry.value
        place = shorten(subject.value), set_.value.rpartition("/")[2], key
        found[place] = shorten(predicate.value), float(confidence.value)
    names = {"Global Data Lab": "global-data-lab", "Crossref Funder": "crossref-funder"}
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 77
    for each in rows:
        registry = names.get(each["registry"], each["registry"].lower().replace(" ", "-").removesuffix(".vn"))
        predicate, sure = found[each["local_id"], registry, each["identifier"].removeprefix("https://ror.org/")]
        assert predicate == ("dct:identifier" if registry.startswith("iso-") else f"skos:{each['relation']}"), each
        assert sure == {"high": 0.9, "medium": 0.6, "low": 0.3}[each["confidence"]], each


def test_an_office_is_exact_where_the_body_of_its_name_is_close(kg: KnowledgeGraph) -> None:
    rows = kg.current().select(
        HEADER + f"SELECT ?thing ?how {{ ?thing ?how <{WD}Q866680> . ?link td:linkSubject ?thing }}"
    )
    told = {(shorten(row["thing"].value), shorten(row["how"].value)) for row in rows if row["thing"] and row["how"]}
    assert told == {("post:chu-tich-nuoc", "skos:exactMatch"), ("body:chu-tich-nuoc", "skos:closeMatch")}


def test_what_is_not_sure_is_kept_apart(kg: KnowledgeGraph, workspace: Path) -> None:
    """No build reads it; each proposal is of a thing that we have, and says where it was found."""
    graph = rdflib.Graph().parse(PROPOSALS)
    td = rdflib.Namespace(PREFIXES["td"])
    found = set(graph.subjects(rdflib.RDF.type, td.LinkProposal))
    assert len(found) == 7
    known = kg.current()
    assert not known.select(HEADER + "SELECT ?x { ?x a td:LinkProposal }")
    for each in found:
        for part in (*graph.objects(each, td.linkSubject), *graph.objects(each, rdflib.DCTERMS.source)):
            assert known.select(f"SELECT ?p {{ <{part}> ?p ?o }} LIMIT 1"), part
        assert not known.select(f"SELECT ?p {{ <{each}> ?p ?o }} LIMIT 1"), f"{each} is a link by now: remove it"
        assert {text.language for text in graph.objects(each, rdflib.DCTERMS.description)} == {"vi", "en"}
    shutil.copy(PROPOSALS, workspace / "mine.ttl")
    done = asked(
        "accept", str(workspace / "mine.ttl"), "--only", "person:ha-thi-nga", "--on", "2026-12-01", files=workspace
    )
    assert done.returncode == 0, done.stderr
    assert not [each for each in check(assemble(ProjectFiles.find(workspace))) if each.severity == "Violation"]
    taken = rdflib.Graph().parse(workspace / "data/links/wikidata.ttl")
    link = rdflib.URIRef(PREFIXES["link"] + "wikidata_person_ha-thi-nga")
    for name in (rdflib.DCTERMS.description, rdflib.DCTERMS.source, td.seenOn):
        assert set(taken.objects(link, name)) == set(graph.objects(link, name)), "nothing is lost on the way"
    assert str(taken.value(link, td.checkedOn)) == "2026-12-01"
    done = asked("accept", str(workspace / "mine.ttl"), "--only", "c:region-tay-nguyen", files=workspace)
    assert (done.returncode, "has no address yet" in done.stderr) == (2, True)


def test_pages_and_link_sets_read_an_address_alike(kg: KnowledgeGraph) -> None:
    rows = kg.ask("identifiers", {}).records
    assert len(rows) == sum(COUNTS.values())
    for row in rows:
        if address := row["address"]:
            assert row["identifier"] and of_address(address.value).name == row["identifier"].value


def test_an_identifier_of_several_things_says_so(kg: KnowledgeGraph) -> None:
    rows = kg.ask("identifiers", {"registry": "Wikidata"}).records
    things: dict[str, set[str]] = {}
    for row in rows:
        assert row["identifier"] and row["thing"]
        things.setdefault(row["identifier"].value, set()).add(row["thing"].value)
    for row in rows:
        assert row["identifier"] and row["shared"]
        assert int(row["shared"].value) == len(things[row["identifier"].value]) - 1
    alone = [row for row in rows if row["shared"] and row["shared"].value == "0"]
    assert len({row["identifier"].value for row in alone if row["identifier"]}) == len(alone), "a join doubles nothing"


def test_no_day_is_claimed_on_which_a_link_was_checked(kg: KnowledgeGraph) -> None:
    """The registers were compiled from copies; each link set says so."""
    assert not kg.current().select(HEADER + "SELECT ?link { ?link td:checkedOn ?day }")
    rows = kg.current().select(HEADER + "SELECT ?note { ?set a void:Linkset ; skos:editorialNote ?note }")
    assert len(rows) == len(COUNTS)
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
    assert "50 of 111" in done.stderr  # 136 links lead to 111 entries, asked for in batches
    assert "136 links asked for, 4 changed" in done.stderr
    assert "thidua validate" in done.stderr
    assert (workspace / "data/links/wikidata.ttl").read_bytes() == before


def test_check_as_json_lists_everything_when_asked(world: str) -> None:
    done = asked("check", "--endpoint", world, "--pause", "0", "--format", "json", "--all")
    assert Counter(row["status"] for row in json.loads(done.stdout)) == {
        "ok": 132, "vanished": 1, "merged": 1, "renamed": 2,
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "count"), [("person", 27), ("post", 5), ("body", 8), ("award", 6), ("concept", 2)])
def test_check_asks_for_one_kind_alone(world: str, kind: str, count: int) -> None:
    done = asked("check", "--endpoint", world, "--pause", "0", "--kind", kind, "--all", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert f"{count} links asked for, 0 changed" in done.stderr
    prefix = "c" if kind == "concept" else kind
    assert all(row["thing"].startswith(f"{prefix}:") for row in csv.DictReader(io.StringIO(done.stdout)))


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
    assert "132 links asked for, 0 changed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--registry", "nobody"], "there are: bnf, crossref-funder, geonames"),
        (["--registry", "geonames"], "give one with --endpoint"),
        (["--endpoint", "file:///etc/passwd"], "http://"),
        (["--registry", "gso", "--endpoint", "http://127.0.0.1:9/sparql"], "leads to an address"),
        (["--kind", "movement", "--endpoint", "http://127.0.0.1:9/sparql"], "'wikidata' of a movement leads"),
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
    }, "neither the dead nor the game nor the foreigner"  # fmt: skip
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


@pytest.mark.parametrize("kind", ["province", "cluster", "country"])
def test_what_has_its_link_is_not_proposed(world: str, kind: str) -> None:
    """Every province has its link, and the clusters have no namesakes there: nothing is proposed, nothing fails."""
    done = asked("propose", "--kind", kind, "--endpoint", world, "--pause", "0")
    assert done.returncode == 0, done.stderr
    assert "0 proposals" in done.stderr
    assert "td:LinkProposal" not in done.stdout


#: Kind, thing, entry, score, what is said for it; the namesakes of another country are not there.
PROPOSED: list[tuple[str, str, str, float, tuple[str, ...]]] = [
    ("body", "body:bo-quoc-phong", "Q941", 0.85, ("ministry", "both have 'Vietnam'")),
    ("post", "post:pho-chu-tich-quoc-hoi", "Q944", 0.85, ("public office", "both have 'Vietnam'")),
    ("award", "award:huan-chuong-lao-dong", "Q947", 0.85, ("order", "both have 'Vietnam'")),
    ("legal", "legal:luat-06-2022-qh15", "Q949", 1.0, ("law", "began 2022-06-15", "number '06/2022/QH15'")),
    ("movement", "movement:nong-thon-moi", "Q951", 0.85, ("campaign", "began 2011-06-08")),
]


@pytest.mark.parametrize(("kind", "thing", "entry", "score", "words"), PROPOSED, ids=[each[0] for each in PROPOSED])
def test_each_kind_has_evidence_of_its_own(
    world: str, kind: str, thing: str, entry: str, score: float, words: tuple[str, ...]
) -> None:
    done = asked("propose", "--kind", kind, "--endpoint", world, "--pause", "0")
    assert done.returncode == 0, done.stderr
    graph, td = rdflib.Graph().parse(data=done.stdout, format="turtle"), rdflib.Namespace(PREFIXES["td"])
    told = {
        (shorten(str(graph.value(link, td.linkSubject))), str(graph.value(link, td.linkTarget)).removeprefix(WD)): link
        for link in graph.subjects(rdflib.RDF.type, td.LinkProposal)
    }
    assert (thing, entry) in told, done.stdout
    assert float(str(graph.value(told[thing, entry], td.matchConfidence))) == score
    evidence = str(graph.value(told[thing, entry], rdflib.DCTERMS.description))
    assert all(word in evidence for word in words), evidence
    assert not {entry for _, entry in told} & {"Q942", "Q945"}, "of another country"
    assert "legal:luat-15-2003-qh11" not in {subject for subject, _ in told}, "of the same title, and another year"


def test_a_country_is_found_in_another_registry(world: str) -> None:
    done = asked("propose", "--kind", "country", "--registry", "openstreetmap", "--endpoint", world, "--pause", "0")
    assert done.returncode == 0, done.stderr
    assert f"<{WD}Q881>" in done.stdout
    assert "type 'country'" in done.stdout


def test_help_says_what_is_asked_and_what_the_kinds_are() -> None:
    told = asked("propose", "--help").stdout
    for kind in ("person", "post", "body", "award", "country", "legal", "movement", "province", "cluster"):
        assert kind in told
    assert "thidua link propose --kind award --output awards.ttl" in told
    assert "proposals/links.ttl" in asked("accept", "--help").stdout
    assert "thidua link check --kind person --all" in asked("check", "--help").stdout


def test_an_office_may_be_accepted_beside_the_body_of_its_name(workspace: Path, tmp_path: Path) -> None:
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    one = """link:wikidata_{0}_{1} a td:LinkProposal ; td:linkSubject {0}:{1} ; td:linkPredicate skos:{2} ;
        td:linkTarget <http://www.wikidata.org/entity/Q7> ; td:matchMethod c:match-label ; td:matchConfidence 0.5 ;
        td:inLinkSet linkset:wikidata .\n"""
    file = tmp_path / "mine.ttl"
    body, office = one.format("body", "bo-noi-vu", "{0}"), one.format("post", "pho-chu-tich-quoc-hoi", "{0}")
    for of_body, of_office, fine in (("exactMatch", "closeMatch", False), ("closeMatch", "exactMatch", True)):
        file.write_text(prefixes + body.format(of_body) + office.format(of_office), encoding="utf-8")
        done = asked("accept", str(file), files=workspace)
        assert (done.returncode == 0, "two things cannot be" in done.stderr) == (fine, not fine), done.stderr
    assert not [each for each in check(assemble(ProjectFiles.find(workspace))) if each.severity == "Violation"]


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
        evidence=(("en", strange),),
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
