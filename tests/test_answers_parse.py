"""Whatever is answered, in whatever format, a second parser reads, and finds the same terms; or it is refused."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from tests.conftest import Server, running
from tests.support.w3c import send
from thidua.base.errors import NotAcceptableError
from thidua.base.formats import GRAPHS, RESULTS
from thidua.building.plain import start_plain
from thidua.exchange.export import export
from thidua.graph import KnowledgeGraph
from thidua.questions.output import write
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import iri_term, term
from thidua.rdf.quads import QuadStore
from thidua.rdf.xml import parted

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#: What XML 1.0 has no character for.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

texts = st.lists(
    st.one_of(
        st.sampled_from(["\r", "\r\n", "\n", "\t", " ", "]]>", "<", "&", "&#13;", '"', "'", "\\", ",", ";", "ế", "🙂"]),
        st.sampled_from(["\x00", "\x01", "\x0b", "\x1f", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe", "\uffff"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    ),
    max_size=6,
).map("".join)
iris = st.builds(
    "".join,
    st.tuples(
        st.sampled_from([
            "http://e/", "http://e/vocab/", "urn:x:", "http://e/a?b=", "http://e/'&", "https://w3id.org/thidua/ontology#",
            "http://www.w3.org/2004/02/skos/core#", "geo:", "c:", RDF, "http://www.w3.org/XML/1998/namespace",
        ]),
        # No full stop at the end: td:a\\. is good Turtle, but rdflib does not read it.
        st.sampled_from([
            "a", "2024", "a2024", "2024a", "_1", "li", "a.b", "a·b", "ế", "a(b", "a%20b", "x-y", "type", "a/1", "é9",
        ]),
    ),
)  # fmt: skip
literals = st.one_of(
    texts.map(lambda text: Cell(text, "literal", XSD + "string")),
    st.builds(
        lambda text, tag: Cell(text, "literal", RDF + "langString", tag), texts, st.sampled_from(["vi", "en", "vi-vn"])
    ),
    st.builds(lambda text, kind: Cell(text, "literal", kind), texts, iris),
)
nodes = iris.map(lambda iri: Cell(iri, "iri"))
triples = st.lists(st.tuples(nodes, nodes, st.one_of(nodes, literals)), min_size=1, max_size=5)
classes = st.lists(st.tuples(nodes, st.just(Cell(RDF + "type", "iri")), nodes), max_size=3)
look = settings(max_examples=150, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


def rdflib_term(cell: Cell) -> rdflib.term.Identifier:
    if cell.kind == "iri":
        return rdflib.URIRef(cell.value)
    if cell.language:
        return rdflib.Literal(cell.value, lang=cell.language)
    plain = cell.datatype == XSD + "string"
    return rdflib.Literal(cell.value, datatype=None if plain else rdflib.URIRef(cell.datatype or ""), normalize=False)


@given(triples, classes)
@look
def test_graphs(stated: list[tuple[Cell, Cell, Cell]], typed: list[tuple[Cell, Cell, Cell]]) -> None:
    expected = {(*map(rdflib_term, triple),) for triple in (*stated, *typed)}
    lines = [" ".join(map(term, triple)) for triple in (*stated, *typed)]
    store = QuadStore.memory()
    store.change(None, add=lines)
    for media_type, form in ((each, known.name) for each, known in GRAPHS.items()):
        out = io.BytesIO()
        try:
            store.query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }").write_to(out, media_type)
        except NotAcceptableError as exc:
            assert form == "rdfxml" and media_type not in exc.available and "text/turtle" in exc.available
            assert any(unsayable(triple) for triple in (*stated, *typed))
            continue
        if form == "rdfxml":
            assert not any(unsayable(triple) for triple in (*stated, *typed))
        name = {"rdfxml": "xml", "jsonld": "json-ld", "ntriples": "nt11"}.get(form, form)
        found = rdflib.Dataset(default_union=True)
        if form == "nquads" or form == "ntriples":
            # rdflib's reader of lines parts them at every character that Python takes for the end of one.
            name, form = "turtle", "turtle"
        found.parse(data=out.getvalue(), format=name)
        assert {triple[:3] for triple in found.quads()} == expected, media_type


def unsayable(triple: tuple[Cell, Cell, Cell]) -> bool:
    own = re.fullmatch(re.escape(RDF) + "(li|Description|about)", triple[1].value)
    return bool(NOT_XML.search(triple[2].value) or parted(triple[1].value) is None or own)


@given(st.lists(st.one_of(nodes, literals), min_size=1, max_size=5))
@look
def test_tables(cells: list[Cell]) -> None:
    values = " ".join(map(term, cells))
    for media_type, form in ((each, known.name) for each, known in RESULTS.items()):
        answer = QuadStore.memory().query(f"SELECT ?x {{ VALUES ?x {{ {values} }} }}")
        try:
            content = answer.write(media_type)
        except NotAcceptableError as exc:
            assert form == "xml" and media_type not in exc.available
            assert any(NOT_XML.search(cell.value) for cell in cells)
            continue
        match form:
            case "json":
                bindings = [row["x"] for row in json.loads(content)["results"]["bindings"]]
                found = [(each["value"], each.get("xml:lang"), each.get("datatype"), each["type"]) for each in bindings]
            case "xml":
                found = list(of_xml(content))
            case "tsv":
                text = content.decode().removesuffix("\n")
                found = [of_turtle(line) for line in text.split("\n")[1:]]
            case _:
                rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
                # An empty line is how CSV writes one empty cell.
                assert [row[0] if row else "" for row in rows] == ["x", *(cell.value for cell in cells)]
                continue
        assert [(value, language, datatype or "", kind) for value, language, datatype, kind in found] == [
            (cell.value, cell.language, "" if cell.language or cell.datatype == XSD + "string" else cell.datatype or "",
             "uri" if cell.kind == "iri" else "literal")
            for cell in cells
        ], media_type  # fmt: skip


def of_xml(content: bytes) -> Iterator[tuple[str, str | None, str | None, str]]:
    space = "{http://www.w3.org/2005/sparql-results#}"
    for binding in ET.fromstring(content).iter(space + "binding"):
        (value,) = binding
        language = value.get("{http://www.w3.org/XML/1998/namespace}lang")
        yield value.text or "", language, value.get("datatype"), value.tag.removeprefix(space)


def of_turtle(text: str) -> tuple[str, str | None, str | None, str]:
    ((_, _, value),) = rdflib.Graph().parse(data=f"<urn:s> <urn:p> {text} .", format="turtle")
    if isinstance(value, rdflib.URIRef):
        return str(value), None, None, "uri"
    assert isinstance(value, rdflib.Literal)
    return str(value), value.language, None if value.datatype is None else str(value.datatype), "literal"


@given(st.lists(texts, min_size=1, max_size=4))
@look
def test_workbooks(values: list[str]) -> None:
    try:
        book = write(Rows("x", ("x",), [{"x": Cell(value)} for value in values]), "xlsx")
    except NotAcceptableError as exc:
        assert any(map(NOT_XML.search, values)) and "text/csv" in exc.available
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(book))["rows"]
        assert [cell or "" for (cell,) in sheet.iter_rows(min_row=2, values_only=True)] == values


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("plain") / "store"
    folder.mkdir()
    (folder / "names.nt").write_text(
        '<http://e/s> <http://ex.org/vocab/2024> "x" .\n<http://e/t> <http://ex.org/p> "a\\rb\\r\\nc" .\n'
        f"<http://e/t> <{RDF}type> <http://ex.org/class/2024> .\n"
        '<http://e/c> <http://ex.org/p> "a\\u0001b" .\n'
    )
    with running(folder, "--plain", str(folder)) as service:
        yield service


def asked(service: Server, query: str, media_type: str) -> tuple[int, bytes]:
    status, _, body = send(service, "GET", f"/sparql?query={quote(query)}", {"Accept": media_type})
    return status, body


def test_over_http_a_class_without_a_name_and_a_carriage_return_arrive(plain: Server) -> None:
    query = "CONSTRUCT { <http://e/t> ?p ?o } { <http://e/t> ?p ?o }"
    status, body = asked(plain, query, "application/rdf+xml")
    assert status == 200
    found = rdflib.Graph().parse(data=body, format="xml")
    expected = rdflib.Graph().parse(data=asked(plain, query, "text/turtle")[1], format="turtle")
    assert len(found) == 2 and isomorphic(found, expected)
    status, body = asked(plain, "SELECT ?o { <http://e/t> <http://ex.org/p> ?o }", "application/sparql-results+xml")
    assert (status, [value for value, *_ in of_xml(body)]) == (200, ["a\rb\r\nc"])


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        (f"/sparql?query={quote('CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }')}", "application/rdf+xml"),
        (f"/sparql?query={quote('DESCRIBE <http://e/s>')}", "application/rdf+xml"),
        (f"/sparql?query={quote('DESCRIBE <http://e/c>')}", "application/rdf+xml"),
        (f"/sparql?query={quote('SELECT * { <http://e/c> ?p ?o }')}", "application/sparql-results+xml"),
        ("/data?default", "application/rdf+xml"),
    ],
)
def test_over_http_what_xml_cannot_say_is_not_acceptable(plain: Server, path: str, media_type: str) -> None:
    status, headers, body = send(plain, "GET", path, {"Accept": media_type})
    problem = json.loads(body)
    assert (status, problem["code"], headers["Content-Type"]) == (406, "not-acceptable", "application/problem+json")
    others = problem["available"]
    assert others and media_type not in others
    assert {send(plain, "GET", path, {"Accept": other})[0] for other in others} == {200}


def test_a_network_without_what_xml_cannot_say(tmp_path: Path) -> None:
    thing = "<http://e/a> a <http://e/Thing> . <http://e/Thing> a <http://www.w3.org/2002/07/owl#Class> ."
    (tmp_path / "a.ttl").write_text(thing + ' <http://e/a> <http://e/text> "a\\u0001" .')
    start_plain(tmp_path / "store", [tmp_path / "a.ttl"])
    with pytest.raises(NotAcceptableError, match=r"U\+0001.*sqlite"):
        export(KnowledgeGraph.open(tmp_path / "store").current(), tmp_path / "a.graphml", "graphml")
    assert not (tmp_path / "a.graphml").exists()


def test_an_iri_in_a_query_is_one_in_the_answer() -> None:
    assert iri_term("http://e/'&") == "<http://e/'&>"
