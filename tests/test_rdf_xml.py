"""RDF/XML is read in a process of its own: what no XML parser reads is refused, and so is what would occupy it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner
from rdflib.compare import isomorphic

from tests.conftest import Server, running
from tests.support.w3c import send
from thidua.base.errors import InputError, RdfSyntaxError
from thidua.cli import main
from thidua.rdf import rdfxml_reader
from thidua.rdf.quads import QuadStore
from thidua.rdf.syntax import parse

XML = "application/rdf+xml"
HEAD = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
THING = '<e:Thing rdf:about="#a"><e:p xml:lang="vi">một</e:p><e:q rdf:parseType="Resource"><e:p>2</e:p></e:q></e:Thing>'
WHOLE = HEAD + THING + "</rdf:RDF>"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("plain") / "store"
    with running(folder, "--plain", str(folder), "--open-writes") as service:
        yield service


def test_over_http(plain: Server) -> None:
    expected = rdflib.Graph().parse(data=WHOLE, format="xml", publicID="http://e/g")
    for method in ("PUT", "POST"):
        status, _, body = send(plain, method, "/data?graph=http://e/g", {"Content-Type": XML}, WHOLE.encode())
        assert status in (200, 201, 204), body
        reply = send(plain, "GET", "/data?graph=http://e/g", {"Accept": XML})[2]
        found = rdflib.Graph().parse(data=reply, format="xml")
        if method == "PUT":
            assert len(expected) == 4 and isomorphic(found, expected)
    status, _, body = send(plain, "PUT", "/data?graph=http://e/g", {"Content-Type": XML}, b"<!DOCTYPE a><a/>")
    problem = json.loads(body)
    assert (status, problem["code"]) == (400, "rdf-syntax") and "DOCTYPE" in problem["detail"]


def test_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.rdf").write_text(WHOLE, encoding="utf-8")
    ended = CliRunner().invoke(main, ["load", "--plain", "--store", str(tmp_path / "store"), str(tmp_path / "a.rdf")])
    assert ended.exit_code == 0, ended.output
    base = (tmp_path / "a.rdf").resolve().as_uri()
    found = rdflib.Graph().parse(data=QuadStore.read_only(tmp_path / "store/current/rocksdb").n_triples(), format="nt")
    assert isomorphic(found, rdflib.Graph().parse(data=WHOLE, format="xml", publicID=base))


@pytest.mark.parametrize(
    "text",
    [
        WHOLE[:-10],  # the engine alone takes these for whole
        "",
        WHOLE + WHOLE,
        '<!DOCTYPE rdf:RDF [<!ENTITY e "x">]>' + WHOLE.replace("một", "&e;"),
        "<!doctype rdf:RDF>" + WHOLE,
        WHOLE.replace("một", "<!DOCTYPE a>"),
        WHOLE.replace("một", "&unknown;"),
        WHOLE.replace("một", "&#1;"),
        WHOLE.replace("một", "\x01"),
        HEAD + "<e:a><e:b>" * 200 + "</e:b></e:a>" * 200 + "</rdf:RDF>",
        WHOLE.replace("một", "x</e:p> text <e:p>"),
        WHOLE.replace("#a", "http://e/no iri"),
        '{"a": 1}',
    ],
)
def test_what_is_not_whole_or_not_to_be_read_is_refused(text: str) -> None:
    with pytest.raises(RdfSyntaxError, match="body"):
        list(parse(text.encode(), XML, "http://e/base", "body"))


def test_the_line_is_told() -> None:
    with pytest.raises(RdfSyntaxError) as caught:
        list(parse((HEAD + "\n\n  <e:a></e:b>").encode(), XML, None, "body"))
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "text", ["<![CDATA[a < b & c]]>", "x<![CDATA[]]>y", "a\r\nb&#13;c", "<!-- <![CDATA[ -->x<!-- ]]> -->"]
)
def test_texts_are_those_that_another_parser_reads(text: str) -> None:
    document = WHOLE.replace("một", text)
    expected = rdflib.Graph().parse(data=document.encode(), format="xml", publicID="http://e/")
    lines = "".join(f"{quad} .\n" for quad in parse(document.encode(), XML, "http://e/", "body"))
    assert isomorphic(rdflib.Graph().parse(data=lines, format="turtle"), expected)


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdfxml_reader, "_SECONDS", 1)
    names = " ".join(f'xmlns:n{number}="http://n/{number}"' for number in range(4000))
    literal = '<e:p rdf:parseType="Literal"><e:x/></e:p>'
    text = f"{HEAD}<rdf:Description {names}>{literal * 4000}</rdf:Description></rdf:RDF>"
    with pytest.raises(InputError, match="takes more than 1 s"):
        list(parse(text.encode(), XML, None, "body"))


@pytest.mark.parametrize("name", ["a.rdf", "a.owl"])
def test_several_at_once(plain: Server, name: str) -> None:
    body = f'--x\r\nContent-Disposition: form-data; name="f"; filename="{name.upper()}"\r\n\r\n{WHOLE}\r\n--x--\r\n'
    status, _, reply = send(
        plain, "POST", "/data?graph=http://e/form", {"Content-Type": "multipart/form-data; boundary=x"}, body.encode()
    )
    assert status in (200, 201, 204), reply
