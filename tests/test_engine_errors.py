"""What the engine cannot do, and how that is told: never as a fault of ours, nor as a graph that is not there."""

import errno
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlencode

import pandas as pd
import pytest

import thidua
from tests.conftest import Server, contents, copied, running
from tests.support.desk import Desk, Reply
from thidua.base.errors import (
    InputError,
    KnowledgeGraphError,
    NotAcceptableError,
    QueryFailedError,
    QueryRefusedError,
    QuerySyntaxError,
    RdfSyntaxError,
    StoreError,
    TemporarySpaceError,
    UnsupportedFunctionError,
    UnsupportedRdfError,
)
from thidua.base.formats import GRAPHS, RESULTS
from thidua.base.terms import GRAPH, ID
from thidua.building.plain import start_plain
from thidua.engine.execute import ResultFile
from thidua.engine.in_process import InProcess
from thidua.engine.query import Caller, Query, SerializedResult
from thidua.rdf.answer import Answer
from thidua.rdf.engine_errors import damage_told
from thidua.rdf.quads import QuadStore
from thidua.rdf.results_json import records_of_json
from thidua.workers.answer_cache import CachedAnswer

THING = f"<{ID}province/thai-binh>"
NOTE = "<http://www.w3.org/2004/02/skos/core#editorialNote>"
TRIPLE = f'<<( {THING} {NOTE} "x" )>>'
TABLE = f"SELECT ?t ?n {{ BIND({TRIPLE} AS ?t) BIND(1 AS ?n) }}"
CONSTRUCT = f"CONSTRUCT {{ {THING} {NOTE} {TRIPLE} }} WHERE {{}}"


@pytest.fixture(scope="module")
def desk(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    own = copied(store, tmp_path_factory.mktemp("engine") / "store")
    with running(own, "--open-writes") as service:
        yield Desk(service, own, {})


def ask(desk: Desk, query: str, accept: str) -> tuple[int, bytes]:
    return answered(desk.call("POST", "/sparql", query, None, Accept=accept, Content_Type="application/sparql-query"))


def answered(reply: Reply) -> tuple[int, bytes]:
    return reply.status, reply.body


class TestTripleTerms:
    """RDF 1.2 in answers: shown as what it is, or refused with what to ask for instead."""

    @pytest.mark.parametrize("media_type", RESULTS)
    def test_in_a_table(self, desk: Desk, media_type: str) -> None:
        status, body = ask(desk, TABLE, media_type)
        if RESULTS[media_type].name == "csv":
            assert (status, json.loads(body)["code"]) == (406, "not-acceptable")
            assert "application/sparql-results+json" in json.loads(body)["available"]
            assert "text/csv" not in json.loads(body)["available"]
        else:
            assert status == 200 and (b"triple" in body or b"<<(" in body)

    def test_in_csv_that_has_none_after_all(self, desk: Desk) -> None:
        status, body = ask(desk, f'SELECT ?x {{ BIND({TRIPLE} AS ?t) BIND("<<triple" AS ?x) }}', "text/csv")
        assert (status, body) == (200, b"x\r\n<<triple\r\n")

    @pytest.mark.parametrize("media_type", GRAPHS)
    def test_in_a_graph(self, desk: Desk, media_type: str) -> None:
        status, body = ask(desk, CONSTRUCT, media_type)
        if GRAPHS[media_type].name in ("jsonld", "rdfxml"):
            assert (status, json.loads(body)["code"]) == (406, "not-acceptable")
            assert "RDF 1.2" in json.loads(body)["detail"] or "triple term" in json.loads(body)["detail"]
            assert "application/ld+json" not in json.loads(body)["available"]
            assert "text/turtle" in json.loads(body)["available"]
        else:
            assert status == 200 and b"x" in body

    def test_on_a_page(self, desk: Desk) -> None:
        status, body = ask(desk, TABLE, "text/html")
        assert status == 200 and b"&lt;&lt;( &lt;" in body
        assert ask(desk, CONSTRUCT, "text/html")[0] == 200

    def test_in_a_notebook(self, desk: Desk, store: Path) -> None:
        for kg in (thidua.open(store), thidua.connect(desk.service.url)):
            frame = kg.query(TABLE)
            assert isinstance(frame, pd.DataFrame)
            assert frame["t"].tolist() == [TRIPLE.replace(ID, ID)] and frame["n"].tolist() == [1]

    def test_on_the_command_line(self, store: Path) -> None:
        for form, status in (("json", 0), ("csv", 2), ("tsv", 0), ("table", 2)):
            done = command("query", TABLE, "--store", str(store), "--format", form)
            assert done.returncode == status, done.stderr
        done = command("query", CONSTRUCT, "--store", str(store), "--format", "jsonld")
        assert done.returncode == 2 and b"triple term" in done.stderr and b"Traceback" not in done.stderr

    def test_from_another_engine(self) -> None:
        table = QuadStore.memory().query(TABLE).write("application/sparql-results+json")
        _, records = records_of_json(json.loads(table))
        (row,) = Answer.read("SELECT", table).table()[1]
        assert records == [row] and row["t"] and (row["t"].kind, row["t"].value) == ("triple", TRIPLE)
        with pytest.raises(NotAcceptableError):
            Answer.read("SELECT", table).write("text/csv")
        with pytest.raises(NotAcceptableError):
            Answer.read("GRAPH", f"{THING} {NOTE} {TRIPLE} .\n".encode()).write("application/ld+json")


#: RDF 1.2 in each format that has it: a triple term, a reified triple, and a text with a direction.
INPUTS = [
    ("text/turtle", f"{THING} {NOTE} {TRIPLE} ."),
    ("text/turtle", f'<< {THING} {NOTE} "x" >> {NOTE} "y" .'),
    ("text/turtle", f'{THING} {NOTE} "x"@ar--rtl .'),
    ("application/n-triples", f"{THING} {NOTE} {TRIPLE} ."),
    ("application/n-triples", f'{THING} {NOTE} "x"@ar--rtl .'),
]


class TestRdf12:
    """RDF 1.2 in what is written: refused by name, at every door, and nothing is written."""

    @pytest.mark.parametrize(("media_type", "text"), INPUTS)
    @pytest.mark.parametrize("method", ["PUT", "POST"])
    def test_in_a_graph(self, desk: Desk, method: str, media_type: str, text: str) -> None:
        self.refused(desk, lambda: desk.call(method, f"/data?graph={GRAPH}x", text, None, Content_Type=media_type))

    def test_in_a_dataset(self, desk: Desk) -> None:
        for kind, text in (("trig", f"<{GRAPH}x> {{ %s }}"), ("n-quads", f"%s <{GRAPH}x> .")):
            said = text % f"{THING} {NOTE} {TRIPLE}"
            self.refused(desk, lambda: desk.call("POST", "/data", said, None, Content_Type=f"application/{kind}"))  # noqa: B023

    def test_in_an_update(self, desk: Desk) -> None:
        for value in (TRIPLE, '"x"@ar--rtl'):
            text = f"INSERT DATA {{ GRAPH <{GRAPH}x> {{ {THING} {NOTE} {value} }} }}"
            self.refused(desk, lambda: desk.update(text, None))  # noqa: B023
        text = f"INSERT {{ GRAPH <{GRAPH}x> {{ ?s {NOTE} ?t }} }} WHERE {{ BIND({THING} AS ?s) BIND({TRIPLE} AS ?t) }}"
        self.refused(desk, lambda: desk.update(text, None))

    @pytest.mark.parametrize("action", ["try", "publish"])
    def test_at_the_curators_desk(self, desk: Desk, action: str) -> None:
        form = {"graph": "x", "mode": "put", "turtle": f"{THING} {NOTE} {TRIPLE} .", "action": action}
        self.refused(
            desk,
            lambda: desk.call(
                "POST", "/curate", urlencode(form), None, Content_Type="application/x-www-form-urlencoded"
            ),
        )

    def refused(self, desk: Desk, write: Callable[[], Reply]) -> None:
        before = contents(desk.store)
        reply = write()
        assert (reply.status, reply.json["code"]) == (422, "unsupported-rdf"), reply.body
        assert "RDF 1.2" in reply.json["detail"]
        assert contents(desk.store) == before

    def test_from_files(self, store: Path, tmp_path: Path) -> None:
        own, file = copied(store, tmp_path / "store"), tmp_path / "x.ttl"
        file.write_text(f"{THING} {NOTE} {TRIPLE} .")
        before = contents(own)
        for call in (
            ("load", str(file), "--graph", GRAPH + "x"),
            ("update", f"INSERT DATA {{ GRAPH <{GRAPH}x> {{ {THING} {NOTE} {TRIPLE} }} }}"),
        ):
            done = command(*call, "--store", str(own))
            assert done.returncode == 2 and b"RDF 1.2" in done.stderr and b"Traceback" not in done.stderr
        assert contents(own) == before
        with pytest.raises(UnsupportedRdfError):
            start_plain(tmp_path / "plain", [file])
        assert not (tmp_path / "plain" / "current").exists()

    def test_in_the_files_of_a_build(self, tmp_path: Path) -> None:
        file = tmp_path / "x.ttl"
        file.write_text(f"{THING} {NOTE} {TRIPLE} .")
        with pytest.raises(KnowledgeGraphError, match=r"x\.ttl: .*RDF 1\.2"):
            QuadStore.memory().load_turtle(file, GRAPH + "x", "x.ttl")


#: Queries that the engine cannot answer, whatever it says of it.
FAILING: dict[str, tuple[str, type[KnowledgeGraphError]]] = {
    "no function": ("SELECT (<http://ex/f>(1) AS ?y) {}", UnsupportedFunctionError),
    "no function, of a row": ("SELECT (<http://ex/f>(?s) AS ?y) { ?s ?p ?o }", UnsupportedFunctionError),
    "no function, in a filter": ("ASK { ?s ?p ?o FILTER(<http://ex/f>(?s)) }", UnsupportedFunctionError),
    "no function, in a template": (
        "CONSTRUCT { ?s ?p ?y } { ?s ?p ?o BIND(<urn:f>(?o) AS ?y) }",
        UnsupportedFunctionError,
    ),
    "no datatype": ("SELECT (<http://www.w3.org/2001/XMLSchema#none>(1) AS ?y) {}", UnsupportedFunctionError),
    "no query": ("", QuerySyntaxError),
    "no end": ("SELECT * {", QuerySyntaxError),
    "an IRI that is none": ("SELECT * { <http://a b> ?p ?o }", QuerySyntaxError),
    "a relative IRI": ("SELECT * { <a> ?p ?o }", QuerySyntaxError),
    "no prefix": ("SELECT * { nowhere:x ?p ?o }", QuerySyntaxError),
    "too large a number": ("SELECT * {} LIMIT 99999999999999999999999", QuerySyntaxError),
    "a negative number": ("SELECT * {} OFFSET -1", QuerySyntaxError),
    "an escape of half a pair": ("SELECT ('\\uD800' AS ?x) {}", QuerySyntaxError),
    "half a pair": ("SELECT ('\ud800' AS ?x) {}", InputError),
    "an unbound service": ("SELECT * { SERVICE ?x { ?s ?p ?o } }", QueryFailedError),
    "a service": ("SELECT * { SERVICE <http://127.0.0.1:9/x> { ?s ?p ?o } }", QueryRefusedError),
}
UPDATES: dict[str, tuple[str, type[KnowledgeGraphError]]] = {
    "no function": ("INSERT { ?s ?p ?y } WHERE { ?s ?p ?o BIND(<http://ex/f>(?o) AS ?y) }", UnsupportedFunctionError),
    "a graph that is there": ("CREATE GRAPH <urn:g> ; CREATE GRAPH <urn:g>", QueryFailedError),
    "a graph that is not there": ("DROP GRAPH <urn:none>", QueryFailedError),
    "nothing to clear": ("CLEAR GRAPH <urn:none>", QueryFailedError),
    "an address": ("LOAD <http://127.0.0.1:9/>", QueryRefusedError),
    "a file": ("LOAD <file:///etc/passwd>", QueryRefusedError),
    "a service": ("INSERT {} WHERE { SERVICE <http://127.0.0.1:9/x> { ?s ?p ?o } }", QueryRefusedError),
    "a variable": ("INSERT DATA { ?x <urn:p> 1 }", QuerySyntaxError),
    "half a pair": ("INSERT DATA { <urn:s> <urn:p> '\ud800' }", InputError),
}


class TestTheEngine:
    """Each failure of the engine as what it is."""

    @pytest.mark.parametrize("case", FAILING)
    def test_a_query(self, case: str) -> None:
        text, kind = FAILING[case]
        store = QuadStore.memory()
        store.load(b"<urn:s> <urn:p> 1 .", "text/turtle", None, None)
        with pytest.raises(KnowledgeGraphError) as caught:
            answer = store.query(text)
            answer.write("text/turtle" if answer.form == "GRAPH" else "text/csv")
        assert type(caught.value) is kind
        assert caught.value.status < 500

    @pytest.mark.parametrize("case", UPDATES)
    def test_an_update(self, case: str) -> None:
        text, kind = UPDATES[case]
        store = QuadStore.memory()
        store.load(b"<urn:s> <urn:p> 1 .", "text/turtle", None, None)
        with pytest.raises(KnowledgeGraphError) as caught:
            store.update(text)
        assert type(caught.value) is kind

    @pytest.mark.parametrize(
        ("media_type", "data", "kind"),
        [
            ("text/turtle", b"<urn:s> <urn:p> .", RdfSyntaxError),
            ("text/turtle", b"<a> <urn:p> 1 .", RdfSyntaxError),
            ("text/turtle", b"\xff\xfe", InputError),
            ("text/turtle", b"\xff", RdfSyntaxError),
            ("text/turtle", b"<urn:s> <urn:p> '\\uD800' .", RdfSyntaxError),
            ("application/n-triples", b'<urn:s> <urn:p> "\xff" .', RdfSyntaxError),
            ("application/n-triples", b'<urn:s> <urn:p> "x"@not_a_language .', RdfSyntaxError),
            ("application/ld+json", b"{", RdfSyntaxError),
            ("application/ld+json", b'{"@context": "http://127.0.0.1:9/", "a": 1}', RdfSyntaxError),
            ("application/ld+json", b'{"@id": {"@id": "urn:s", "urn:p": 1}, "urn:p": 1}', RdfSyntaxError),
        ],
    )
    def test_a_text(self, media_type: str, data: bytes, kind: type[KnowledgeGraphError]) -> None:
        with pytest.raises(kind):
            QuadStore.memory().load(data, media_type, None, None)
        with pytest.raises(InputError):
            QuadStore.memory().load(data, media_type, None, "no base")

    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ("SELECT (<http://ex/f>(1) AS ?y) {}", 422, "unsupported-function"),
            ("SELECT * {", 400, "query-syntax"),
            ("SELECT * { SERVICE <http://127.0.0.1:9/x> { ?s ?p ?o } }", 403, "query-refused"),
            ("ASK " + "{" * 200 + "}" * 200, 403, "query-refused"),
        ],
    )
    def test_over_http(self, server: Server, store: Path, query: str, status: int, code: str) -> None:
        answered = ask(Desk(server, store, {}), query, "application/json")
        assert (answered[0], json.loads(answered[1])["code"]) == (status, code)

    def test_a_disk_that_is_full_is_told_as_such(self) -> None:
        class Full:
            def write(self, data: bytes) -> int:
                raise OSError(28, "No space left on device")

        for text, media_type in (("SELECT * {}", "text/csv"), ("CONSTRUCT { <urn:s> <urn:p> 1 } {}", "text/turtle")):
            with pytest.raises(OSError, match="No space left"):
                QuadStore.memory().query(text).write_to(Full(), media_type)  # type: ignore[arg-type]


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a wrong byte in each table": lambda folder: [flip(table) for table in folder.glob("*.sst")] and None,
    "no tables": lambda folder: [table.unlink() for table in folder.glob("*.sst")] and None,
    "a wrong manifest": lambda folder: [flip(each) for each in folder.glob("MANIFEST-*")] and None,
    "no manifest": lambda folder: [each.unlink() for each in folder.glob("MANIFEST-*")] and None,
    "a wrong pointer": lambda folder: (folder / "CURRENT").write_bytes(b"MANIFEST-999999\n") and None,
    "no pointer": lambda folder: (folder / "CURRENT").unlink(),
}


def flip(file: Path) -> None:
    """Change a byte in the middle; in a file of its own, for versions share theirs."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.unlink()
    file.write_bytes(data)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_says_so(store: Path, tmp_path: Path, damage: str) -> None:
    own = copied(store, tmp_path / "store")
    folder = (own / "current").resolve()
    DAMAGES[damage](folder / "rocksdb")
    engine, local = InProcess(), Caller()
    everything = "SELECT (COUNT(?o) AS ?n) (MAX(STR(?o)) AS ?most) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    for read in (
        lambda: engine.query(folder, Query(everything), local),
        lambda: engine.dump(folder, "application/n-quads", False, local),
        lambda: engine.graph(folder, None, "text/turtle", local),
    ):
        with pytest.raises(StoreError):
            read()
    done = command("query", everything, "--store", str(own))
    assert done.returncode == StoreError.exit_code and b"Traceback" not in done.stderr, done.stderr


def test_no_room_for_temporary_files(store: Path, tmp_path: Path) -> None:
    """In a folder for them of eight megabytes: a large answer fits, and no longer when others fill it."""
    full = tmp_path / "full"
    full.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", full], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here, so no folder is small")
    try:
        # One worker, which has found its folder already: a new one would look for another.
        settings = {"TMPDIR": str(full), "THIDUA_FAST_SLOTS": "1", "THIDUA_SLOW_AFTER": "20"}
        with running(store, "--open-writes", env=settings) as service:
            desk = Desk(service, store, {})
            status, body = ask(desk, large("a"), "text/csv")
            assert status == 200, body
            before = contents(store)
            parts = b"--x\r\nContent-Disposition: form-data; name=f; filename=a.nt\r\n\r\n" + b"#\n" * 500_000
            form = {"Content_Type": "multipart/form-data; boundary=x"}
            upload = parts + b"\r\n--x--\r\n"
            fill(full / "x")
            assert ask(desk, large("a"), "text/csv")[0] == 200  # which is remembered, and lies there
            for send in (
                lambda n: ask(desk, large(f"b{n}"), "text/csv"),
                lambda _: answered(desk.call("PUT", f"/data?graph={GRAPH}x", upload, None, **form)),
            ):
                for attempt in range(10):  # for the answer before may be held until another one is asked for
                    assert desk.call("GET", "/health/live", role=None).status == 200
                    fill(full / "x")
                    status, body = send(attempt)
                    if status != 200:
                        break
                assert status == 503, (status, body)
                assert json.loads(body)["code"] == "no-temporary-space"
                assert "temporary files" in json.loads(body)["detail"] and "No graph" not in json.loads(body)["detail"]
            assert contents(store) == before
            assert ask(desk, "ASK {}", "text/csv")[0] == 200
    finally:
        subprocess.run(["umount", "-l", full], check=False)


def test_no_folder_for_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(TemporarySpaceError, match="gone"):
        QuadStore.memory().query(large("a")).write_to(cast(IO[bytes], ResultFile(10_000_000)), "text/csv")
    kept = CachedAnswer.of(SerializedResult("SELECT", "text/csv", BytesIO(bytes(2 << 20))), 10_000_000)
    assert kept is not None
    with pytest.raises(TemporarySpaceError, match="gone"):
        kept.file()


def fill(file: Path) -> None:
    """Leave no room beside a file; what others still hold may have gone since it was filled before."""
    with file.open("ab", buffering=0) as out, pytest.raises(OSError, match="No space"):
        while True:
            out.write(bytes(1 << 16))


def large(name: str) -> str:
    """A query whose answer takes some four megabytes."""
    values = " ".join(f'"{n:0499}"' for n in range(64))
    return f"SELECT ?{name} ?o {{ VALUES ?{name} {{ {values} }} VALUES ?o {{ {values} }} }}"


def command(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "thidua", *arguments], capture_output=True, check=False)


def test_a_disk_that_the_engine_finds_full_is_told_as_python_tells_it() -> None:
    """Also while it reads: so whoever writes is told that the disk is full, and what to do."""
    said = "IO error: No space left on device: While appending to file: 000098.log: No space left on device"
    with pytest.raises(OSError, match="No space left on device") as told, damage_told():
        raise OSError(said)
    assert told.value.errno == errno.ENOSPC
    with pytest.raises(StoreError, match="cannot be read"), damage_told():
        raise OSError("IO error: No such file or directory: 000012.sst")
