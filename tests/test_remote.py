"""The remote engine, on each engine that can be had here: the same questions, the same answers, guarded writes."""

import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from SPARQLWrapper import JSON, POST, SPARQLWrapper

from bench.services import free_port
from tests.support import engines
from tests.support.engines import Engine
from tests.support.paths import ROOT
from tests.support.service import running, until
from thidua.base.errors import (
    ConflictError,
    EngineError,
    InputError,
    InvalidDataError,
    KnowledgeGraphError,
    NotFoundError,
    QuerySyntaxError,
    StaleReadError,
    StoreBusyError,
)
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, PREFIXES
from thidua.base.tokens import TokenFile
from thidua.building.build import build
from thidua.engine.query import Query
from thidua.engine.remote import state as states
from thidua.engine.remote.addresses import Addresses
from thidua.engine.remote.clauses import with_graphs
from thidua.engine.remote.client import Client
from thidua.engine.remote.replica import RemoteReplica
from thidua.engine.remote.slot import RemoteBackend
from thidua.engine.remote.state import State
from thidua.engine.remote.working_copy import RemoteWorkingCopy, all_or_nothing
from thidua.graph import KnowledgeGraph
from thidua.questions.catalogue import read_catalogue
from thidua.rdf.cells import Cell, Record
from thidua.rdf.quads import QuadStore
from thidua.versions.store import VersionStore
from thidua.write.request import CommitInfo, Payload, Write
from thidua.write.transaction import Writer

PREFIX = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
SOURCE = "18d8c37f4f6536d1"
NAMED = f"""{PREFIX}INSERT DATA {{ GRAPH <{GRAPH}{SOURCE}> {{ province:thai-binh skos:altLabel "%s"@vi }} }}"""
#: No rule reads these, so they are written faster than names.
NOTED = NAMED.replace("skos:altLabel", "rdfs:comment")
BROKEN = f"{PREFIX}INSERT DATA {{ GRAPH <{GRAPH}x> {{ head:nowhere_2031_ha-nam a td:HeadTerm ; td:rank 3 }} }}"


#: Questions that Virtuoso 7.2 answers otherwise than the standard has it, silently; docs/remote.md names them.
WRONG_ON_VIRTUOSO = {
    "awards", "sources", "cluster-timeline", "conferences", "conflicts", "documents", "province-names",
    "units-with-code",
}  # fmt: skip


#: Newer questions that nobody has asked it.
UNTRIED_ON_VIRTUOSO = {"coverage", "leadership", "likely-heads", "never-head", "people", "rotation"}


def on_engines(*by_day: str) -> pytest.MarkDecorator:
    """Each test on each engine that there is; those not named are slow, and left to the night."""
    names = [
        name if name in by_day else pytest.param(name, marks=pytest.mark.nightly)
        for name in ("oxigraph", "oxigraph-merged", "fuseki", "virtuoso")
    ]
    return pytest.mark.parametrize("engine", names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def engine(
    request: pytest.FixtureRequest, files: ProjectFiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An engine into which the project was built."""
    folder = tmp_path_factory.mktemp(request.param)
    with engines.running(request.param.partition("-")[0], folder / "engine") as started:
        mine = started.merged() if request.param.endswith("-merged") else started
        build(files, folder / "store", author="tests", working_copy=RemoteWorkingCopy(folder / "store", mine.addresses))
        yield mine


@pytest.fixture(scope="module")
def machines(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of several machines are; each finds what it needs in the engine."""
    return tmp_path_factory.mktemp("machines")


@pytest.fixture
def remote(engine: Engine, machines: Path) -> KnowledgeGraph:
    return KnowledgeGraph.open(machines / "reader", backend=engine.backend)


@pytest.fixture(scope="module")
def one(engine: Engine, machines: Path) -> Writer:
    return writer(machines / "one", engine)


@pytest.fixture(scope="module")
def other(engine: Engine, machines: Path) -> Writer:
    return writer(machines / "other", engine)


@pytest.fixture
def oxigraph(tmp_path: Path, store: Path) -> Iterator[Engine]:
    """An engine for one test alone, filled with the graph of all tests."""
    with engines.running("oxigraph", tmp_path / "engine") as started:
        fill(store, started)
        yield started


def fill(store: Path, engine: Engine) -> None:
    """Send what an embedded store holds to an empty engine."""
    versions = VersionStore(store)
    current = versions.current()
    assert current
    RemoteWorkingCopy(store.parent / "unused", engine.addresses).push(None, versions.current_path(), current)


def writer(root: Path, engine: Engine) -> Writer:
    return Writer(root, ProjectFiles.find(ROOT), RemoteWorkingCopy(root, engine.addresses))


def comparable(record: Record) -> tuple[object, ...]:
    """A row, in which a decimal that was computed may be written as 571 or 571.0."""
    return tuple(_number(cell) for cell in record.values())


def _number(cell: Cell | None) -> object:
    if cell and cell.datatype == PREFIXES["xsd"] + "decimal":
        return Decimal(cell.value)
    return cell


@on_engines("oxigraph", "oxigraph-merged")
class TestTheSameAnswers:
    @pytest.mark.parametrize("name", sorted(read_catalogue(ProjectFiles.find(ROOT).questions)))
    def test_every_question(
        self, engine: Engine, remote: KnowledgeGraph, kg: KnowledgeGraph, name: str, request: pytest.FixtureRequest
    ) -> None:
        if engine.name == "virtuoso" and name in UNTRIED_ON_VIRTUOSO:
            pytest.skip("not tried on Virtuoso yet")
        if engine.name == "virtuoso" and name in WRONG_ON_VIRTUOSO:
            request.applymarker(
                pytest.mark.xfail(reason="Virtuoso 7.2", raises=(AssertionError, EngineError), strict=True)
            )
        question = kg.questions[name]
        examples = {each.name: each.example for each in question.parameters}
        needed = {each.name: each.example for each in question.parameters if each.required}
        for given in (needed, examples):
            here, there = (graph.ask(name, given) for graph in (kg, remote))
            assert there.columns == here.columns
            assert list(map(comparable, there.records)) == list(map(comparable, here.records)), given
        assert kg.ask(name, needed).hash == remote.ask(name, needed).hash

    def test_the_evidence_of_a_question(self, remote: KnowledgeGraph, kg: KnowledgeGraph) -> None:
        here, there = (graph.ask("who-led", {"year": "2023"}, evidence=True) for graph in (kg, remote))
        assert here.evidence
        assert there.evidence == here.evidence

    @pytest.mark.parametrize("text", ["ninh binh", "NINH BÌNH", "thai bin", "cum truong", "nguyen khac than"])
    def test_search(self, remote: KnowledgeGraph, kg: KnowledgeGraph, text: str) -> None:
        assert kg.search(text)
        assert remote.search(text) == kg.search(text)

    def test_hidden_labels_in_plain_sparql(self, remote: KnowledgeGraph) -> None:
        rows = remote.current().select(f'{PREFIX}SELECT ?s {{ ?s skos:hiddenLabel "ninh binh" }}')
        assert f"{PREFIXES['province']}ninh-binh" in {row["s"].value for row in rows if row["s"]}

    @pytest.mark.parametrize("media_type", ["application/sparql-results+xml", "text/csv", "text/tab-separated-values"])
    def test_tables_in_every_format(self, remote: KnowledgeGraph, kg: KnowledgeGraph, media_type: str) -> None:
        text = f"{PREFIX}SELECT ?p ?l {{ ?p a td:Province ; skos:prefLabel ?l }} ORDER BY STR(?p) STR(?l) LANG(?l)"
        here, there = (graph.query(Query(text, results=media_type)) for graph in (kg, remote))
        assert (there.form, there.read()) == ("SELECT", here.read())

    def test_ask_and_construct(self, remote: KnowledgeGraph, kg: KnowledgeGraph) -> None:
        assert json.load(remote.query(f"{PREFIX}ASK {{ province:ninh-binh ?p ?o }}").file)["boolean"] is True
        assert json.load(remote.query(f"{PREFIX}ASK {{ province:nowhere ?p ?o }}").file)["boolean"] is False
        for text in (
            "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c ; a td:Province }",
            "CONSTRUCT WHERE { ?s a td:EmulationCluster ; skos:prefLabel ?l }",
            "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH graph:provinces { ?s ?p ?o } }",
        ):
            query = Query(PREFIX + text, graphs="application/n-triples")
            here, there = (set(graph.query(query).read().splitlines()) for graph in (kg, remote))
            assert there == here, text

    def test_a_graph_is_seen_once(self, remote: KnowledgeGraph, kg: KnowledgeGraph) -> None:
        """Neither the graph of the merge nor the record doubles what a source says."""
        text = f"{PREFIX}SELECT ?g {{ GRAPH ?g {{ province:ninh-binh a td:Province }} }} ORDER BY ?g"
        assert remote.current().select(text) == kg.current().select(text)

    def test_the_protocols_own_dataset(self, remote: KnowledgeGraph, kg: KnowledgeGraph) -> None:
        text = f"{PREFIX}SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }}"
        named = text.replace(") {", f") FROM <{GRAPH}provinces> {{")
        for query in (Query(text, default_graphs=(f"{GRAPH}provinces",)), Query(named)):
            here, there = (json.load(graph.query(query).file)["results"]["bindings"] for graph in (kg, remote))
            assert there[0]["n"]["value"] == here[0]["n"]["value"]

    def test_a_syntax_error_is_told_the_same(self, remote: KnowledgeGraph, kg: KnowledgeGraph) -> None:
        found = []
        for graph in (kg, remote):
            with pytest.raises(QuerySyntaxError) as wrong:
                graph.query("SELECT ?x\nWHERE { ?x ?y }")
            found.append((wrong.value.line, wrong.value.column, str(wrong.value)))
        assert found[0] == found[1]

    def test_what_is_no_sparql_never_reaches_the_engine(self, remote: KnowledgeGraph) -> None:
        with pytest.raises(QuerySyntaxError):
            remote.query("define input:inference 'x' SELECT * { ?s ?p ?o }")

    def test_a_thing_described(
        self, engine: Engine, remote: KnowledgeGraph, kg: KnowledgeGraph, request: pytest.FixtureRequest
    ) -> None:
        if engine.name == "virtuoso":
            request.applymarker(
                pytest.mark.xfail(reason="Virtuoso 7.2 loses labels", raises=AssertionError, strict=True)
            )
        iri = PREFIXES["province"] + "ninh-binh"
        here, there = (graph.current().describe(iri) for graph in (kg, remote))
        assert there == here

    def test_exports(self, remote: KnowledgeGraph, kg: KnowledgeGraph, tmp_path: Path) -> None:
        """Everything, blank nodes included: each graph has the hash that it has here."""
        hashes = []
        for graph in (kg, remote):
            store = QuadStore.memory()
            store.load_quads(BytesIO(graph.current().dump("application/n-quads").read()))
            hashes.append({name: store.graph_hash(name) for name in [None, *store.graphs()]})
        assert hashes[0] == hashes[1]

    def test_one_graph(self, remote: KnowledgeGraph, kg: KnowledgeGraph) -> None:
        here, there = (
            graph.current().graph(f"{GRAPH}provinces", "application/n-triples").read() for graph in (kg, remote)
        )
        assert sorted(there.splitlines()) == sorted(here.splitlines())
        with pytest.raises(NotFoundError):
            remote.current().graph(f"{GRAPH}nowhere", "text/turtle")


@on_engines("oxigraph", "oxigraph-merged")
class TestAWrite:
    def test_a_write_is_seen_by_all_and_undone(
        self, engine: Engine, remote: KnowledgeGraph, machines: Path, one: Writer
    ) -> None:
        before = remote.version
        outcome = one.write(Write("update", text=NAMED % "Tên thử một"), CommitInfo("somebody", "a test"))
        assert outcome.version.number == before.number + 1
        with pytest.raises(StaleReadError):
            remote.current().select("SELECT * { ?s ?p ?o } LIMIT 1")
        after = KnowledgeGraph.open(machines / "reader", backend=engine.backend)
        assert (after.version.author, after.version.hash) == ("somebody", outcome.version.hash)
        assert after.search("Tên thử một")[0].id == "province/thai-binh"
        # The merge and the inferred names have it too, once.
        spelled = 'province:thai-binh skos:altLabel "Tên thử một"@vi'
        folded = 'province:thai-binh skos:hiddenLabel "ten thu mot"'
        text = f"{PREFIX}SELECT ?g {{ {{ {spelled} }} UNION {{ GRAPH ?g {{ {folded} }} }} }}"
        assert len(after.current().select(text)) == 2
        undone = one.write(Write("update", text=(NAMED % "Tên thử một").replace("INSERT", "DELETE")))
        assert undone.version.hash == before.hash


@on_engines("oxigraph")
class TestWrites:
    @pytest.fixture(autouse=True)
    def once(self, engine: Engine) -> None:
        """More writes to a graph of the merge are tried on the engine that needs one, if it is here."""
        if engine.name == "oxigraph" and engine.addresses.merged and shutil.which("virtuoso-t"):
            pytest.skip("done on Virtuoso")

    def test_what_breaks_a_shape_is_never_sent(self, engine: Engine, one: Writer) -> None:
        before = State.read(Client(engine.addresses))
        with pytest.raises(InvalidDataError, match="rank"):
            one.write(Write("update", text=BROKEN))
        assert State.read(Client(engine.addresses)) == before

    def test_two_machines_write_in_turn(self, remote: KnowledgeGraph, one: Writer, other: Writer) -> None:
        """Each finds what the other wrote, though neither is told; the completed statements travel too."""
        first = one.write(Write("update", text=NOTED % "Tên thử hai"))
        second = other.write(Write("update", text=NOTED % "Tên thử ba"))
        assert second.version.number == first.version.number + 1
        for name in ("Tên thử hai", "Tên thử ba"):
            last = one.write(Write("update", text=(NOTED % name).replace("INSERT", "DELETE")))
        assert last.version.hash == remote.version.hash

    def test_an_expected_version_that_is_none_any_more(self, one: Writer, other: Writer) -> None:
        seen = one.write(Write("update", text=NOTED % "Tên thử bốn")).version.number
        other.write(Write("update", text=(NOTED % "Tên thử bốn").replace("INSERT", "DELETE")))
        with pytest.raises(ConflictError):
            one.write(Write("update", text=NOTED % "Tên thử năm"), CommitInfo(expected=seen))

    def test_a_source_deleted_and_put_back(
        self, engine: Engine, remote: KnowledgeGraph, machines: Path, one: Writer
    ) -> None:
        """Differences of many triples, with completion, inference and merge, in both directions."""
        before = remote.version.hash
        one.write(Write("delete", GRAPH + SOURCE))
        payload = Payload((ROOT / f"data/sources/{SOURCE}.ttl").read_bytes(), "text/turtle")
        assert one.write(Write("put", GRAPH + SOURCE, (payload,))).version.hash == before
        RemoteWorkingCopy(machines / "fresh", engine.addresses).pull()  # which compares each graph's hash

    def test_a_build_of_the_same_files_changes_nothing(self, engine: Engine, machines: Path) -> None:
        before = State.read(Client(engine.addresses))
        working_copy = RemoteWorkingCopy(machines / "other", engine.addresses)
        built = build(ProjectFiles.find(ROOT), machines / "other", replace=True, working_copy=working_copy)
        assert not built.published
        assert State.read(Client(engine.addresses)) == before


class TestWhenItGoesWrong:
    def test_a_writer_that_died(
        self, oxigraph: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: ProjectFiles
    ) -> None:
        """Nobody is answered from what is half there; in time a build fills the engine anew."""
        client = Client(oxigraph.addresses)
        reader = KnowledgeGraph.open(tmp_path / "reader", backend=oxigraph.backend)
        state = State.read(client)
        client.update(states.exchange(state, State.writing(state)))
        client.update(f"DROP GRAPH <{GRAPH}provinces>")
        with pytest.raises(StaleReadError):
            reader.ask("who-led", {"year": "2023"})
        with pytest.raises(StaleReadError):
            RemoteReplica(tmp_path / "late", oxigraph.addresses).follow()
        with pytest.raises(StoreBusyError, match="since 20"):
            writer(tmp_path / "writer", oxigraph).write(Write("update", text=NOTED % "x"))
        monkeypatch.setattr("thidua.engine.remote.working_copy.PATIENCE", 0)
        with pytest.raises(StoreBusyError, match="thidua build"):
            writer(tmp_path / "empty", oxigraph).write(Write("update", text=NOTED % "x"))
        working_copy = RemoteWorkingCopy(tmp_path / "builder", oxigraph.addresses)
        assert build(files, tmp_path / "builder", working_copy=working_copy).published
        assert KnowledgeGraph.open(tmp_path / "healed", backend=oxigraph.backend).ask("who-led").records

    def test_somebody_was_first(self, oxigraph: Engine, store: Path, tmp_path: Path) -> None:
        """A difference that rests on a state that is none any more changes nothing at all."""
        working_copy = RemoteWorkingCopy(tmp_path / "one", oxigraph.addresses)
        working_copy.pull()
        copy = VersionStore(working_copy.root)
        old, current = State.read(Client(oxigraph.addresses)), copy.current()
        assert old and current
        other = writer(tmp_path / "other", oxigraph).write(Write("update", text=NOTED % "Người nhanh hơn"))
        with pytest.raises(ConflictError):
            working_copy.push(copy.current_path(), copy.current_path(), replace(current, number=7))
        mine = State.published(replace(current, number=7))
        client = Client(oxigraph.addresses)
        client.update(all_or_nothing(old, mine, [], [(None, "<urn:x> <urn:y> <urn:z>")]))
        after = State.read(client)
        assert after and after.is_of(other.version)
        assert json.loads(client.query("ASK { <urn:x> ?p ?o }", "application/sparql-results+json"))["boolean"] is False

    def test_an_engine_that_has_other_data(self, tmp_path: Path, store: Path) -> None:
        with engines.running("oxigraph", tmp_path / "engine") as other:
            Client(other.addresses).update("INSERT DATA { <urn:x> <urn:y> <urn:z> }")
            with pytest.raises(InputError, match="empty dataset"):
                fill(store, other)

    def test_an_engine_that_holds_nothing(self, tmp_path: Path) -> None:
        with engines.running("oxigraph", tmp_path / "engine") as empty:
            ended = thidua(empty.addresses, "ask", "who-led", "--store", str(tmp_path / "store"))
            assert (ended.returncode, "thidua build" in ended.stderr) == (3, True)

    def test_an_engine_that_is_down(self, tmp_path: Path) -> None:
        nowhere = Addresses(f"http://127.0.0.1:{free_port()}/query")
        with pytest.raises(EngineError, match="cannot be reached"):
            KnowledgeGraph.open(tmp_path, backend=RemoteBackend(nowhere))

    def test_wrong_credentials(self, tmp_path: Path) -> None:
        with engines.running("virtuoso", tmp_path / "engine") as locked:
            wrong = replace(locked.addresses, password="wrong")
            with pytest.raises(EngineError, match="THIDUA_STORE_PASSWORD"):
                KnowledgeGraph.open(tmp_path / "store", backend=RemoteBackend(wrong))

    def test_reading_needs_one_address_and_writing_three(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="THIDUA_STORE_UPDATE"):
            RemoteWorkingCopy(tmp_path, Addresses("http://127.0.0.1:1/query"))

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"STORE_UPDATE": "http://x/"}, "THIDUA_STORE_QUERY"),
            ({"STORE_QUERY": "x"}, "THIDUA_STORE_QUERY is an address"),
            ({"STORE_QUERY": "http://x/", "STORE_DATA": "ftp://x/"}, "THIDUA_STORE_DATA is an address"),
            ({"STORE_QUERY": "http://me:secret@x/"}, "_USER and _PASSWORD"),
            ({"STORE_QUERY": "http://x/", "STORE_AUTH": "kerberos"}, "basic or digest"),
        ],
    )
    def test_settings_that_make_no_sense(self, settings: dict[str, str], said: str) -> None:
        with pytest.raises(InputError, match=said):
            Addresses.read({"STORE_AUTH": "basic"} | settings)

    @pytest.mark.parametrize("command", [["rollback", "1"], ["prune"], ["diff", "1"], ["backup", "x.tar"]])
    def test_what_only_an_embedded_store_can_do(self, tmp_path: Path, command: list[str]) -> None:
        ended = thidua(Addresses("http://127.0.0.1:1/query"), *command, "--store", str(tmp_path / "store"))
        assert (ended.returncode, "THIDUA_STORE_QUERY" in ended.stderr) == (2, True)


def thidua(addresses: Addresses, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "thidua", *arguments],
        env={**os.environ, **addresses.as_environment()}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT * FROM <urn:m> FROM NAMED <urn:g> { ?s ?p ?o }"),
        ("SELECT * WHERE { ?s ?p ?o }", "SELECT * FROM <urn:m> FROM NAMED <urn:g> WHERE { ?s ?p ?o }"),
        (
            "SELECT (EXISTS { ?a ?b ?c } AS ?x) WHERE {}",
            "SELECT ( EXISTS { ?a ?b ?c } AS ?x ) FROM <urn:m> FROM NAMED <urn:g> WHERE { }",
        ),
        (
            "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
            "CONSTRUCT { ?s ?p ?o } FROM <urn:m> FROM NAMED <urn:g> WHERE { ?s ?p ?o }",
        ),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT FROM <urn:m> FROM NAMED <urn:g> WHERE { ?s ?p ?o }"),
        ("DESCRIBE <urn:x>", "DESCRIBE <urn:x> FROM <urn:m> FROM NAMED <urn:g>"),
        ("DESCRIBE <urn:x> LIMIT 3", "DESCRIBE <urn:x> FROM <urn:m> FROM NAMED <urn:g> LIMIT 3"),
        (
            "ASK { FILTER('{' = \"WHERE\") } # {",
            'ASK FROM <urn:m> FROM NAMED <urn:g> { FILTER ( "{" = "WHERE" ) }',
        ),
        ("PREFIX select: <urn:select> SELECT * FROM <urn:q> {}", "SELECT * FROM <urn:q> { }"),
    ],
)
def test_the_graphs_written_into_a_query(text: str, expected: str) -> None:
    found = with_graphs(text, "urn:m", ["urn:g"])
    assert found.split() == expected.split()
    QuadStore.memory().query(found)


def test_a_forked_process_has_connections_of_its_own() -> None:
    """The command opens some before gunicorn forks; two that read from one would read each other's answers."""
    addresses = Addresses("http://127.0.0.1:1/query")
    connections = Client(addresses)._http._session()
    child = os.fork()
    if child == 0:
        os._exit(Client(addresses)._http._session() is connections)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert Client(addresses)._http._session() is connections


class TestServices:
    """Web processes without a graph of their own, in front of one engine."""

    def test_several_one_killed_under_load(self, oxigraph: Engine, tmp_path: Path) -> None:
        """No request fails but those that the killed process had in hand; a write through one is seen in all."""
        environment = oxigraph.environment | {"THIDUA_BUDGET": "0"}
        token = None
        for name in ("a", "b"):
            file = TokenFile(tmp_path / name / "tokens.json")
            (tmp_path / name).mkdir()
            token = file.create("tester", "write") if name == "a" else token
        with running(tmp_path / "a", env=environment) as a, running(tmp_path / "b", env=environment) as b:
            failed: list[str] = []
            good: list[str] = []
            killed = threading.Event()
            stop = threading.Event()

            def ask(service: str) -> None:
                while not stop.is_set():
                    dead = killed.is_set()
                    try:
                        rows = select(service, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
                        assert int(rows[0]["n"]["value"]) > 30_000
                        good.append(service)
                    except (OSError, urllib.error.URLError) as exc:
                        if service != b.url:
                            failed.append(f"{service}: {exc}")
                        elif dead:
                            return
                        elif not killed.wait(1):
                            failed.append(f"{service} before it was killed: {exc}")

            threads = [threading.Thread(target=ask, args=(url,)) for url in (a.url, b.url)]
            for thread in threads:
                thread.start()

            def go_on(*urls: str) -> None:
                """Until each has answered ten times more."""
                enough = {url: good.count(url) + 10 for url in urls}
                until(lambda: failed or all(good.count(url) > enough[url] for url in urls), 60)

            try:
                go_on(a.url, b.url)
                assert update(a.url, NAMED % "Tên dưới tải", str(token)) == 204
                go_on(a.url, b.url)
                b.process.kill()
                killed.set()
                go_on(a.url)
            finally:
                stop.set()
                for thread in threads:
                    thread.join(60)
            assert not failed
            assert len(select(a.url, f'{PREFIX}SELECT ?s {{ ?s skos:altLabel "Tên dưới tải"@vi }}')) == 1

    def test_what_another_machine_wrote_is_seen_at_once(self, oxigraph: Engine, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        with running(tmp_path / "a", env=oxigraph.environment) as service:
            writer(tmp_path / "elsewhere", oxigraph).write(Write("update", text=NAMED % "Từ máy khác"))
            rows = select(service.url, f'{PREFIX}SELECT ?s {{ ?s skos:altLabel "Từ máy khác"@vi }}')
            assert [row["s"]["value"] for row in rows] == [PREFIXES["province"] + "thai-binh"]
            with urllib.request.urlopen(f"{service.url}/search?{urlencode({'q': 'tu may khac'})}", timeout=30) as found:
                assert b"thai-binh" in found.read()

    def test_the_pages_and_the_clients(self, oxigraph: Engine, tmp_path: Path) -> None:
        with running(tmp_path / "a", env=oxigraph.environment) as service:
            for path in ("/", "/timeline", "/map", "/id/province/ninh-binh", "/validation", "/versions", "/questions"):
                request = urllib.request.Request(service.url + path, headers={"Accept": "text/html"})
                with urllib.request.urlopen(request, timeout=60) as page:
                    assert page.status == 200, path
            wrapper = SPARQLWrapper(f"{service.url}/sparql", returnFormat=JSON)
            wrapper.setMethod(POST)
            wrapper.setQuery(f"{PREFIX}SELECT ?c {{ ?c a td:EmulationCluster }}")
            assert wrapper.queryAndConvert()["results"]["bindings"]

    def test_an_engine_that_goes_and_comes_back(self, tmp_path: Path, store: Path) -> None:
        port = free_port()
        with engines.running("oxigraph", tmp_path / "engine", port) as engine:
            fill(store, engine)
            with running(tmp_path / "a", env=engine.environment) as service:
                assert select(service.url, "SELECT ?s { ?s ?p ?o } LIMIT 1")
                engine.process.terminate()
                engine.process.wait(30)
                with pytest.raises(urllib.error.HTTPError) as down:
                    select(service.url, "SELECT ?p { ?s ?p ?o } LIMIT 1")
                with down.value as error:
                    problem = json.loads(error.read())
                    assert (error.code, problem["code"]) == (503, "engine-unavailable")
                    assert "127.0.0.1" not in problem["detail"]
                for path, status in (("/health/live", 200), ("/health/ready", 503)):
                    assert asked(service.url + path) == status
                with engines.running("oxigraph", tmp_path / "engine", port):
                    assert select(service.url, "SELECT ?o { ?s ?p ?o } LIMIT 1")
                    assert asked(service.url + "/health/ready") == 200


def asked(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def select(service: str, text: str) -> list[dict[str, dict[str, str]]]:
    request = urllib.request.Request(
        f"{service}/sparql", urlencode({"query": text}).encode(), {"Accept": "application/sparql-results+json"}
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        found: list[dict[str, dict[str, str]]] = json.load(reply)["results"]["bindings"]
        return found


def update(service: str, text: str, token: str) -> int:
    request = urllib.request.Request(
        f"{service}/update", text.encode(),
        {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as reply:
        return int(reply.status)


def test_its_errors_are_the_projects_own() -> None:
    assert issubclass(EngineError, KnowledgeGraphError)
    assert issubclass(StaleReadError, KnowledgeGraphError)
