"""RDF that comes in is kept whole, or refused by name: from files, over HTTP, by an update, from a backup."""

import gzip
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import SEEDS, Server, running
from tests.support.w3c import send
from thidua.base.errors import InputError
from thidua.building.plain import start_plain
from thidua.cli import main
from thidua.rdf.inputs import found_in, media_type_of
from thidua.rdf.quads import QuadStore
from thidua.rdf.syntax import parse
from thidua.versions.history import backup, restore
from thidua.versions.store import VersionStore
from thidua_server.command import first_version

TRIPLE = "<http://e/a> <http://e/p> <http://e/b> .\n"
FIELD = SEEDS.parent / "field"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("plain") / "store"
    with running(folder, "--plain", str(folder), "--open-writes") as service:
        yield service


def refused(reply: tuple[int, object, bytes], words: str) -> None:
    status, _, body = reply
    assert status == 400 and words in json.loads(body)["detail"], body


def quads(service: Server) -> bytes:
    number = json.loads(send(service, "GET", "/versions", {"Accept": "application/json"})[2])["current"]
    return send(service, "GET", f"/dumps/{number}.nq")[2]


# Graphs that blank nodes name.


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/n-quads", '<http://e/a> <http://e/p> "" <http://e/g> .\n<http://e/b> <http://e/p> "" _:g .\n'),
        ("application/trig", "_:g { <http://e/b> <http://e/p> 1 }"),
        ("application/trig", "[] { <http://e/b> <http://e/p> 1 }"),
    ],
)  # fmt: skip
def test_a_graph_named_by_a_blank_node_is_refused(plain: Server, media_type: str, body: str) -> None:
    before = quads(plain)
    refused(send(plain, "POST", "/data", {"Content-Type": media_type}, body.encode()), "named by a blank node")
    assert quads(plain) == before


def test_an_update_that_makes_such_a_graph_is_refused(plain: Server) -> None:
    before = quads(plain)
    text = b"INSERT { GRAPH ?g { <http://e/a> <http://e/p> 1 } } WHERE { BIND(BNODE() AS ?g) }"
    refused(send(plain, "POST", "/update", {"Content-Type": "application/sparql-update"}, text), "blank node")
    assert quads(plain) == before


def test_a_file_with_such_a_graph_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bnode-graph.nq"
    path.write_text('<http://e/a> <http://e/p> "kept" <http://e/g> .\n<http://e/b> <http://e/p> "lost" _:g .\n')
    with pytest.raises(InputError, match=r"bnode-graph\.nq.*<http://e/b>.*blank node"):
        start_plain(tmp_path / "store", [path])
    assert VersionStore(tmp_path / "store").current() is None


def test_a_backup_with_such_a_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nq").write_text('<http://e/a> <http://e/p> "kept" <http://e/g> .\n')
    start_plain(tmp_path / "store", [tmp_path / "a.nq"])
    backup(tmp_path / "store", tmp_path / "good.tar.gz")
    with tarfile.open(tmp_path / "good.tar.gz") as good:
        good.extractall(tmp_path / "members", filter="data")
    with (tmp_path / "members/quads.nq").open("a") as file:
        file.write('<http://e/a> <http://e/p> "more" _:g .\n')
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as bad:
        for name in ("version.json", "graphs.json", "findings.json", "completed.nq", "quads.nq"):
            bad.add(tmp_path / "members" / name, name)
    with pytest.raises(InputError, match="blank node"):
        restore(tmp_path / "bad.tar.gz", tmp_path / "other")


def test_a_dataset_does_not_lose_its_graphs_in_one(tmp_path: Path) -> None:
    (tmp_path / "a.nq").write_text('<http://e/a> <http://e/p> "x" <http://e/g> .\n')
    arguments = ["load", "--plain", "--store", str(tmp_path / "store"), str(tmp_path / "a.nq")]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    ended = CliRunner().invoke(main, [*arguments, "--graph", "http://e/other"])
    assert ended.exit_code == 2 and "names its graphs itself" in ended.output


# JSON-LD.


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ('{"@id": "http://e/a b", "http://e/p": "1"}', "'http://e/a b' is no IRI"),
        ('{"@id": "not an iri", "http://e/p": "1"}', "is no IRI"),
        ('{"@id": "http://e/a", "http://e/p": {"@id": "no iri"}}', "is no IRI"),
        ('{"@id": "http://e/a", "@type": "http://e/no iri"}', "is no IRI"),
        ('{"@id": "http://e/a", "name": "x"}', "'name' is no IRI"),
        ('{"@id": "http://e/a", "_:p": "x"}', "'_:p' is no IRI"),
        ('{"@id": "http://e/a", "http://e/p": {"@value": "v", "@language": "no tag"}}', "is no language tag"),
        ('{"@id": "http://e/a", "http://e/p": {"@value": "v", "@type": "http://e/no iri"}}', "is no IRI"),
        ('{"@id": "http://e/a", "http://e/p": "1", "http://e/p": "2"}', "stands twice"),
        ('{"@context": {"p": "http://e/1", "p": "http://e/2"}, "@id": "http://e/a", "p": "1"}', "stands twice"),
        ('{"@id": "http://e/a", "@foo": "1"}', "no keyword '@foo'"),
        ('{"@id": "http://e/a", "http://e/p": {"@id": "@bar"}}', "'@bar'"),
        ('{"@id": "http://e/g", "@graph": [{"@id": "http://e/a", "http://e/p": "1"}]}', "names a graph"),
        ('{"@id": "_:g", "@graph": [{"@id": "http://e/a", "http://e/p": "1"}]}', "names a graph"),
        ('{"@id": "no iri", "@graph": [{"@id": "http://e/a", "http://e/p": "1"}]}', "is no IRI"),
        ('[{"@id": "http://e/a", "http://e/p": "1"}, "free"]', "said of nothing"),
        ('{"@graph": [{"@value": "free"}]}', "said of nothing"),
        ('"text"', "said of nothing"),
        ('{"@context": "http://127.0.0.1:1/context", "@id": "http://e/a"}', "nothing is fetched here"),
        ("[" * 100_000, ""),
    ],
)
def test_nothing_of_json_ld_is_passed_over(document: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        list(parse(document.encode(), "application/ld+json", "http://e/base/", "body"))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("document", "count"),
    [
        ('{"@context": {"@vocab": "http://e/"}, "@id": "a", "p": ["1", "2", {"@id": "b"}], "q": null}', 3),
        ('{"@context": {"p": "http://e/p", "note": null}, "@id": "http://e/a", "p": "1", "note": "to be left out"}', 1),
        ('{"@graph": [{"@id": "http://e/a", "http://e/p": {"@list": ["1", "2"]}}]}', 5),
        ('{"@id": "http://e/a", "@reverse": {"http://e/p": {"@id": "http://e/b"}}}', 1),
        ('{"@id": "http://e/a", "http://e/p": {"http://e/q": "of a blank node"}}', 2),
        ("[]", 0),
    ],
)
def test_good_json_ld_is_kept(document: str, count: int) -> None:
    assert len(list(parse(document.encode(), "application/ld+json", "http://e/base/", "body"))) == count


def test_over_http_json_ld_is_refused_by_name(plain: Server) -> None:
    body = b'{"@id": "http://e/a b", "http://e/p": "1"}'
    reply = send(plain, "PUT", "/data?graph=http://e/json", {"Content-Type": "application/ld+json"}, body)
    refused(reply, "'http://e/a b' is no IRI")


# Folders.


def test_a_folder_is_read_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "deep/er/a.TTL").write_text("<> <http://e/p> 1 .")
    (tmp_path / "b.Nt.GZ").write_bytes(gzip.compress(TRIPLE.encode()))
    (tmp_path / "c.n3").write_text("@prefix e: <http://e/> . e:c e:p e:d .")
    (tmp_path / "d.owl").write_text(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="">'
        '<p xmlns="http://e/">x</p></rdf:Description></rdf:RDF>'
    )
    (tmp_path / "README.md").write_text("a word")
    (tmp_path / ".hidden.ttl").write_text("rubbish")
    first_version(tmp_path, True)
    assert "passed over" in (said := capsys.readouterr().err) and "README.md" in said and "hidden" not in said
    store = QuadStore.read_only(tmp_path / "current/rocksdb")
    subjects = {row["s"].value for row in store.select("SELECT ?s { ?s ?p ?o }") if row["s"]}
    inside = tmp_path.resolve().as_uri()
    assert subjects == {f"{inside}/deep/er/a.TTL", "http://e/a", "http://e/c", f"{inside}/d.owl"}
    del store
    assert found_in(tmp_path)[0] == sorted(tmp_path / name for name in ("b.Nt.GZ", "c.n3", "d.owl", "deep/er/a.TTL"))


@pytest.mark.parametrize("name", ["a.json", "a.zip", "a.gz", "a.ttl.bz2", "a.csv.gz", "a.xml"])
def test_what_may_be_rdf_and_is_not_read_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match=name):
        found_in(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no folder .*missing"):
        found_in(tmp_path / "missing")
    ended = CliRunner().invoke(main, ["serve", "--plain", str(tmp_path / "missing")])
    assert ended.exit_code == 2 and not (tmp_path / "missing").exists()


def test_n3_that_is_no_turtle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rule.n3").write_text("@prefix e: <http://e/> . { e:a e:p e:b } => { e:b e:p e:a } .")
    with pytest.raises(InputError, match=r"rule\.n3"):
        start_plain(tmp_path / "store", [tmp_path / "rule.n3"])


# Files: relative IRIs and packed ones.


def test_relative_iris_of_files(tmp_path: Path) -> None:
    (tmp_path / "a b.ttl").write_text("<> <http://e/p> <#Thing> .")
    (tmp_path / "c.ttl").write_text("<> <http://e/p> <#Thing> .")
    store = ["load", "--plain", "--store", str(tmp_path / "store")]
    assert CliRunner().invoke(main, [*store, str(tmp_path / "a b.ttl")]).exit_code == 0
    assert CliRunner().invoke(main, [*store, "--graph", "http://e/g/", str(tmp_path / "c.ttl")]).exit_code == 0
    found = QuadStore.read_only(tmp_path / "store/current/rocksdb")
    file = tmp_path.resolve().as_uri() + "/a%20b.ttl"
    assert found.lines(None) == {f"<{file}> <http://e/p> <{file}#Thing>"}
    assert found.lines("http://e/g/") == {"<http://e/g/> <http://e/p> <http://e/g/#Thing>"}


def test_a_bomb_is_refused_and_half_a_file_too(tmp_path: Path) -> None:
    bomb, half = tmp_path / "bomb.nt.gz", tmp_path / "half.nt.gz"
    bomb.write_bytes(gzip.compress(b"#" * 30_000_000))
    half.write_bytes(gzip.compress(TRIPLE.encode() * 1000)[:-20])
    for path, words in ((bomb, "200 times as large"), (half, "cannot be read")):
        with pytest.raises(InputError, match=words):
            start_plain(tmp_path / "store", [path])
        loaded = CliRunner().invoke(main, ["load", "--plain", "--store", str(tmp_path / "other"), str(path)])
        assert loaded.exit_code == 2


def test_what_stands_for_far_more_is_refused() -> None:
    text = f"@prefix e: <http://e/{'x' * 100_000}> .\n" + "e:a e:p e:b ." * 1000
    with pytest.raises(InputError, match="64 times"):
        list(parse(text.encode(), "text/turtle", None, "body"))


def test_the_format_of_a_name() -> None:
    assert media_type_of(Path("A.TTL.gz")) == "text/turtle"
    with pytest.raises(InputError, match=r"\.ttl"):
        media_type_of(Path("a"))


@pytest.mark.skipif(not FIELD.is_dir(), reason="needs ../shared/field")
@pytest.mark.parametrize(
    ("name", "media_type", "words"),
    [
        ("bnode-graph.nq", "application/n-quads", "blank node"),
        ("jsonld-duplicate-key.jsonld", "application/ld+json", "stands twice"),
    ],
)
def test_the_field_inputs(name: str, media_type: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        list(parse((FIELD / name).read_bytes(), media_type, None, name))
