"""A byte order mark, which editors write at the beginning of a file, is passed over wherever a text comes in."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from click.testing import CliRunner

from tests.conftest import Server, running
from tests.support.w3c import send
from thidua.base.errors import InputError
from thidua.base.files import ProjectFiles
from thidua.building.plain import start_plain
from thidua.cli import main
from thidua.questions.catalogue import read_catalogue
from thidua.rdf.quads import QuadStore
from thidua.rdf.syntax import parse

MARK = b"\xef\xbb\xbf"
RDF_XML = (
    b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="http://e/a"><p xmlns="http://e/">x</p></rdf:Description></rdf:RDF>'
)
DOCUMENTS = {
    "text/turtle": b'@prefix e: <http://e/> .\ne:a e:p "x" .',
    "application/n-triples": b'<http://e/a> <http://e/p> "x" .',
    "application/ld+json": b'{"@id": "http://e/a", "http://e/p": "x"}',
    "application/rdf+xml": RDF_XML,
    "application/trig": b'{ <http://e/a> <http://e/p> "x" }',
    "application/n-quads": b'<http://e/a> <http://e/p> "x" .',
}
ENDS = {
    "text/turtle": "ttl", "application/n-triples": "nt", "application/ld+json": "jsonld",
    "application/rdf+xml": "rdf", "application/trig": "trig", "application/n-quads": "nq",
}  # fmt: skip
LINES = {'<http://e/a> <http://e/p> "x"'}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("plain") / "store"
    with running(folder, "--plain", str(folder), "--open-writes") as service:
        yield service


@pytest.mark.parametrize("media_type", DOCUMENTS)
def test_rdf(plain: Server, tmp_path: Path, media_type: str) -> None:
    document = MARK + DOCUMENTS[media_type]
    path = tmp_path / f"bom.{ENDS[media_type]}"
    path.write_bytes(document)
    start_plain(tmp_path / "store", [path])
    assert QuadStore.read_only(tmp_path / "store/current/rocksdb").lines(None) == LINES
    ended = CliRunner().invoke(main, ["load", "--plain", "--store", str(tmp_path / "other"), str(path)])
    assert ended.exit_code == 0, ended.output
    assert QuadStore.read_only(tmp_path / "other/current/rocksdb").lines(None) == LINES
    status, _, body = send(plain, "POST", "/data", {"Content-Type": media_type}, document)
    assert status in (200, 201, 204), body


def test_a_mark_alone_and_another_encoding() -> None:
    for media_type in ("text/turtle", "application/n-triples"):
        assert not list(parse(MARK, media_type, None, "body"))
    with pytest.raises(InputError, match="UTF-16"):
        list(parse(DOCUMENTS["text/turtle"].decode().encode("utf-16"), "text/turtle", None, "body"))


def test_queries_over_http(plain: Server) -> None:
    query, accept = MARK + b"ASK {}", {"Accept": "application/sparql-results+json"}
    asked = [
        lambda: send(plain, "GET", f"/sparql?query={quote(query)}", accept),
        lambda: send(plain, "POST", "/sparql", accept | {"Content-Type": "application/sparql-query"}, query),
        lambda: send(
            plain, "POST", "/sparql", accept | {"Content-Type": "application/x-www-form-urlencoded"},
            urlencode({"query": query}).encode(),
        ),
    ]  # fmt: skip
    for ask in asked:
        for _ in range(3):  # the later ones are answered by what is known of the first
            assert ask()[::2] == (200, b'{"head":{},"boolean":true}')


def test_updates_over_http(plain: Server) -> None:
    update = MARK + b'INSERT DATA { <http://e/u> <http://e/p> "x" }'
    assert send(plain, "POST", "/update", {"Content-Type": "application/sparql-update"}, update)[0] in (200, 204)
    form = urlencode({"update": update}).encode()
    assert send(plain, "POST", "/update", {"Content-Type": "application/x-www-form-urlencoded"}, form)[0] in (200, 204)


def test_queries_and_updates_from_files(tmp_path: Path) -> None:
    (tmp_path / "bom.rq").write_bytes(MARK + b"ASK {}")
    (tmp_path / "bom.ru").write_bytes(MARK + b'INSERT DATA { <http://e/u> <http://e/p> "x" }')
    store = ["--store", str(tmp_path / "store")]
    for command in (
        ["update", "--plain", *store, "--file", str(tmp_path / "bom.ru")],
        ["update", "--plain", *store, "\ufeffINSERT DATA { <http://e/v> <http://e/p> 1 }"],
        ["query", *store, "--file", str(tmp_path / "bom.rq")],
        ["query", *store, "\ufeffASK {}"],
    ):
        ended = CliRunner().invoke(main, command)
        assert ended.exit_code == 0, ended.output


def test_files_of_the_project(tmp_path: Path, files: ProjectFiles) -> None:
    question = tmp_path / "who-led.rq"
    question.write_bytes(MARK + next(path for path in files.questions if path.name == question.name).read_bytes())
    assert list(read_catalogue([question])) == ["who-led"]
    (tmp_path / "a.ttl").write_bytes(MARK + DOCUMENTS["text/turtle"])
    store = QuadStore.memory()
    store.load_turtle(tmp_path / "a.ttl", "http://e/g", "a.ttl")
    assert store.lines("http://e/g") == LINES
