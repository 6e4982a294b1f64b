"""What a second reading found: input that was dropped, or read as something else, without a word."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import rdflib
from rdflib.compare import isomorphic

from tests.support.http import call
from tests.support.service import Server, running
from thidua.base.errors import InputError
from thidua.rdf.syntax import parse

HEAD = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
LINE = b'<http://e/a> <http://e/p> "\xc3\xa9" .\n'
CHUNK = b"%x\r\n%b\r\n0\r\n\r\n" % (len(LINE), LINE)
PATH = "/data?graph=http://e/g"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("plain") / "store"
    with running(folder, "--plain", str(folder), "--open-writes") as service:
        yield service


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ('{"@context": {"id": "@id"}, "id": "@bar", "http://e/p": "1"}', "'@bar' looks like a keyword"),
        ('{"@context": {"g": "@graph"}, "g": ["free", {"@id": "http://e/a", "http://e/p": "1"}]}', "said of nothing"),
        ('{"@context": {"g": "h", "h": {"@id": "@graph"}}, "g": ["free"]}', "said of nothing"),
        ('{"@context": {"v": "@value"}, "v": "free"}', "said of nothing"),
        ('[[["free"]]]', "said of nothing"),
        ('{"@set": ["free"]}', "said of nothing"),
        ('{"@list": ["free"]}', "said of nothing"),
        ('{"@id": "http://e/a", "http://e/p": 1e400}', "larger than JSON-LD's can be"),
        ('{"@id": "http://e/a", "http://e/p": %s}' % ("9" * 5000), "larger than JSON-LD's can be"),
        ('{"@context": {"@import": "http://127.0.0.1:1/"}, "@id": "http://e/a"}', "nothing is fetched here"),
        ('{"@id": "http://e/a", "": "1"}', "'' is no IRI"),
    ],
)
def test_json_ld_that_would_be_dropped_is_refused(document: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        list(parse(document.encode(), "application/ld+json", None, "body"))
    assert words in str(caught.value)


def test_terms_for_keywords_do_no_harm() -> None:
    context = '"@context": {"id": "@id", "type": "@type", "g": "@graph", "v": "@value", "p": "http://e/p"}'
    document = f'{{{context}, "g": [{{"id": "http://e/a", "type": "http://e/T", "p": [{{"v": "x"}}, 1, 1.5]}}, null]}}'
    assert len(list(parse(document.encode(), "application/ld+json", None, "body"))) == 4


@pytest.mark.parametrize(
    "content",
    [
        "<e:p>a<!-- b -->c<?d e?>f</e:p>",
        "<e:p>a<![CDATA[ < b]]>c</e:p>",
        '<e:p><e:Q e:q="a\nb&#10;c&#13;d\te&#9;f"/></e:p>',
        '<e:p rdf:parseType="Collection"><e:Q rdf:about="http://e/b"/><e:Q/></e:p>',
        '<p xmlns="http://f/"><Q rdf:about="#x" xmlns="http://g/" rdf:value="&lt;&quot;&amp;"/></p>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
def test_rdf_xml_is_what_another_parser_reads(content: str, encoding: str) -> None:
    about = '<rdf:Description rdf:about="http://e/\u00e9">'
    text = f'<?xml version="1.0" encoding="{encoding}"?>{HEAD}{about}{content}</rdf:Description></rdf:RDF>'
    utf8 = text.replace(encoding, "utf-8").encode()  # what rdflib reads
    expected = rdflib.Graph().parse(data=utf8, format="xml", publicID="http://e/")
    lines = "".join(f"{quad} .\n" for quad in parse(text.encode(encoding), "application/rdf+xml", "http://e/", "body"))
    assert len(expected) and isomorphic(rdflib.Graph().parse(data=lines, format="turtle"), expected)


def test_an_unknown_parse_type_is_a_literal() -> None:
    text = f'{HEAD}<e:T rdf:about="http://e/a"><e:p rdf:parseType="daml:collection"><e:Q/></e:p></e:T></rdf:RDF>'
    lines = [str(quad) for quad in parse(text.encode(), "application/rdf+xml", None, "body")]
    assert len(lines) == 2 and "<e:Q" in lines[1] and "XMLLiteral" in lines[1]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [('rdf:bagID="b"', "bagID"), ('xmlns:f="http://e/" e:q="1" f:q="2"', "duplicate"), ('g:p="1"', "prefix")],
)
def test_attributes_without_a_meaning_are_refused(attributes: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        list(parse(f"{HEAD}<e:T {attributes}/></rdf:RDF>".encode(), "application/rdf+xml", "http://e/", "body"))


def parts(*heads: str) -> bytes:
    return b"".join(
        f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + LINE + b"\r\n" for head in heads
    )


@pytest.mark.parametrize(
    ("kind", "body", "more", "status", "words"),
    [
        ("multipart/form-data; boundary=b", parts('name="f"; filename="a.nt"', 'name="g"'), {}, 400, "'g' is no file"),
        ("text/turtle; charset=iso-8859-1", LINE, {}, 415, "UTF-8"),
        (
            "multipart/form-data; boundary=b",
            parts('name="f"; filename="a.nt"\r\nContent-Type: text/turtle; charset=latin1'), {}, 415, "UTF-8",
        ),
        ("text/turtle", CHUNK, {"Transfer-Encoding": "gzip, chunked"}, 415, "compressed"),
    ],
)  # fmt: skip
def test_bodies_that_would_be_read_in_part_or_wrongly(
    plain: Server, kind: str, body: bytes, more: dict[str, str], status: int, words: str
) -> None:
    whole = body + b"--b--\r\n" if "multipart" in kind else body
    reply = call(plain, PATH, method="POST", body=whole, headers={"Content-Type": kind, **more})
    assert reply.status == status and words in reply.json["detail"], reply.body
    assert call(plain, PATH).status == 404


def test_a_body_without_a_length_empties_no_graph(plain: Server) -> None:
    there = "/data?graph=http://e/kept"
    assert call(plain, there, method="PUT", body=LINE, headers={"Content-Type": "text/turtle"}).status == 201
    connection = http.client.HTTPConnection(urlsplit(plain.url).netloc, timeout=30)
    connection.putrequest("PUT", there)
    connection.putheader("Content-Type", "text/turtle")
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 400 and "no length" in json.loads(response.read())["detail"]
    connection.close()
    assert call(plain, there, accept="application/n-triples").body == LINE
