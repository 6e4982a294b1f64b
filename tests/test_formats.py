"""Every question in every format, from a real service, read back by the programs that people read it with."""

import csv
import datetime
import io
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from tests.support.http import BROWSER, Reply, call, problem
from tests.support.paths import ROOT
from tests.support.service import Server
from thidua.base.errors import AnswerTooLargeError, NotAcceptableError, ParameterError
from thidua.base.files import ProjectFiles
from thidua.base.formats import TABLES, by_name
from thidua.graph import KnowledgeGraph
from thidua.questions.catalogue import Question, read_catalogue
from thidua.questions.output import write
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell

CATALOGUE = read_catalogue(ProjectFiles.find(ROOT).questions)
XSD = "http://www.w3.org/2001/XMLSchema#"
HEAD = "/questions/who-led{}?cluster=dong-bang-song-hong&year=2023"
Table = list[dict[str, Any]]


def address(question: Question, form: str, **more: str) -> str:
    """The question with as much as it needs."""
    values = {each.name: each.example for each in question.parameters if each.required} | more
    return f"/questions/{question.name}.{form}" + ("?" + urlencode(values) if values else "")


def plain(table: Table) -> Table:
    """Values as JSON would have them: days as text, what is missing as None."""
    return [{name: _plain(value) for name, value in row.items()} for row in table]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        value = value.date()  # no question has a time of day
    if isinstance(value, datetime.date):
        return value.isoformat()
    return None if value is None or value == "" or value != value else value


def from_text(body: bytes, separator: str, question: Question) -> Table:
    """CSV has no types: the columns that are numbers are made so."""
    types = {"integer": int, "decimal": float}
    kinds: dict[str, Callable[[str], Any]] = {each.name: types.get(each.type, str) for each in question.columns}
    kinds |= {"evidenceStart": int, "evidenceEnd": int}
    reader = csv.DictReader(io.StringIO(body.decode(), newline=""), delimiter=separator)
    return [{name: kinds.get(name, str)(text) if text else None for name, text in row.items()} for row in reader]


def from_workbook(body: bytes) -> Table:
    rows = openpyxl.load_workbook(io.BytesIO(body))["rows"].iter_rows(values_only=True)
    names = next(rows)
    return [dict(zip(names, row, strict=True)) for row in rows]


def read(reply: Reply, form: str, question: Question) -> Table:
    match form:
        case "json":
            return list(reply.json["rows"])
        case "csv" | "tsv":
            return from_text(reply.body, "\t" if form == "tsv" else ",", question)
        case "xlsx":
            return from_workbook(reply.body)
        case "parquet":
            return list(pq.read_table(io.BytesIO(reply.body)).to_pylist())
        case "arrow":
            return list(pa.ipc.open_file(reply.body).read_all().to_pylist())
    raise NotImplementedError(f"nothing here reads {form}: add it, so that it is compared with the others")


class TestEveryQuestion:
    """The same rows in every format."""

    @pytest.mark.parametrize("name", CATALOGUE)
    def test_says_the_same(self, server: Server, name: str) -> None:
        question = CATALOGUE[name]
        expected = call(server, address(question, "json")).json["rows"]
        for media_type, form in ((each, known.name) for each, known in TABLES.items()):
            reply = call(server, address(question, form), accept=BROWSER)
            if form == "geojson":
                continue
            assert (reply.status, reply.media_type) == (200, media_type)
            assert plain(read(reply, form, question)) == expected, form
            negotiated = call(server, address(question, form).replace("." + form, ""), accept=media_type)
            assert negotiated.body == reply.body

    @pytest.mark.parametrize("name", [name for name, question in CATALOGUE.items() if question.evidence])
    def test_with_evidence(self, server: Server, name: str) -> None:
        question = CATALOGUE[name]
        rows = call(server, address(question, "json", evidence="1")).json["rows"]
        assert [{key: row[key] for key in row if key != "evidence"} for row in rows] == call(
            server, address(question, "json")
        ).json["rows"]
        assert all(row["evidence"] for row in rows)
        flat = [
            {key: value for key, value in row.items() if key != "evidence"}
            | {"evidence" + key.capitalize(): value for key, value in piece.items() if key != "id"}
            for row in rows
            for piece in row["evidence"]
        ]
        for row in rows:
            assert {piece["source"] for piece in row["evidence"]} <= {
                row.get("source", piece["source"]) for piece in row["evidence"]
            }
        for form in (each.name for each in TABLES.values() if each.name not in ("json", "geojson")):
            reply = call(server, address(question, form, evidence="1"))
            assert plain(read(reply, form, question)) == flat, form

    @pytest.mark.parametrize("name", [name for name, question in CATALOGUE.items() if question.place])
    def test_as_a_map(self, server: Server, name: str) -> None:
        question = CATALOGUE[name]
        reply = call(server, address(question, "geojson"))
        assert (reply.status, reply.media_type) == (200, "application/geo+json")
        collection = reply.json
        assert collection["type"] == "FeatureCollection" and collection["link"]
        rows = [row for row in call(server, address(question, "json")).json["rows"] if row[question.place]]
        codes = {row["province"]: row["gso"] for row in call(server, "/questions/province-codes.json").json["rows"]}
        for feature, row in zip(collection["features"], rows, strict=True):
            assert feature["type"] == "Feature"
            # The graph has no borders and no points, so none are given out.
            assert feature["geometry"] is None
            assert feature["id"] == row[question.place]
            assert row.items() <= feature["properties"].items()
            assert feature["properties"].get("gso") == codes.get(feature["id"])
            assert "/province/" not in feature["id"] or feature["properties"]["gso"]


class TestClients:
    """As analysts do it."""

    def test_pandas(self, server: Server) -> None:
        url = server.url + "/questions/who-led.{}?year=2023"
        from_csv, from_parquet = pd.read_csv(url.format("csv")), pd.read_parquet(url.format("parquet"))
        from_excel = pd.read_excel(url.format("xlsx"))
        from_arrow = pd.read_feather(io.BytesIO(call(server, "/questions/who-led.arrow?year=2023").body))
        assert from_parquet["year"].dtype == "int64" and from_parquet["confidence"].dtype == "float64"
        for frame in (from_csv, from_excel, from_arrow):
            assert list(frame["provinceLabel"]) == list(from_parquet["provinceLabel"])
            pd.testing.assert_series_equal(frame["confidence"], from_parquet["confidence"])
        dates = pd.read_parquet(server.url + "/questions/mergers.parquet")["date"]
        assert {type(day) for day in dates} == {datetime.date} and datetime.date(2025, 7, 1) in set(dates)

    def test_a_table_carries_its_labels_and_its_link(self, server: Server) -> None:
        schema = pq.read_schema(io.BytesIO(call(server, HEAD.format(".parquet")).body))
        metadata = {key.decode(): value.decode() for key, value in schema.metadata.items()}
        assert json.loads(metadata["labels"])["year"] == {"vi": "năm", "en": "year"}
        assert metadata["link"].startswith(server.url) and metadata["question"] == "who-led"

    def test_a_workbook_says_what_it_is(self, server: Server) -> None:
        reply = call(server, HEAD.format(".xlsx"))
        book = openpyxl.load_workbook(io.BytesIO(reply.body))
        assert book.sheetnames == ["rows", "about"]
        about = {row[0]: row[1:] for row in book["about"].iter_rows(values_only=True)}
        assert about["link"][0].startswith(server.url) and about["version"][0] == reply.headers["X-Graph-Version"]
        assert about["province"] == ("đơn vị", "province")
        assert book["rows"].freeze_panes == "A2"

    def test_file_names(self, server: Server) -> None:
        for form in by_name(TABLES):
            given = call(server, HEAD.format("." + form)).headers["Content-Disposition"]
            assert re.fullmatch(rf'(attachment|inline); filename="who-led_v[0-9]+\.{form}"', given)

    def test_from_python(self, kg: KnowledgeGraph) -> None:
        frame = kg.ask("who-led", {"year": "2023"}, evidence=True).to_arrow().to_pandas()
        assert {"provinceLabel", "evidenceUrl", "evidenceStart"} <= set(frame.columns)
        assert set(frame["year"]) == {2023}


class TestEvidence:
    """What is asked with `evidence=1`."""

    def test_the_passage_that_names_the_head(self, server: Server) -> None:
        rows = call(server, "/questions/who-led?cluster=dong-bang-song-hong&year=2024&evidence=1").json["rows"]
        (piece,) = rows[0]["evidence"]
        assert piece["source"].endswith("/18d8c37f4f6536d1")
        assert (piece["start"], piece["end"], piece["how"]) == (4315, 4384, "stated")
        assert piece["title"].startswith("[")  # the article prints none; its reader named what it tells of

    def test_a_head_that_is_only_implied(self, server: Server) -> None:
        rows = call(server, "/questions/implied-heads?evidence=true").json["rows"]
        assert {piece["how"] for row in rows for piece in row["evidence"]} == {"implied"}

    @pytest.mark.parametrize("path", ["/questions/sources?evidence=1", "/questions/who-led?evidence=yes"])
    def test_where_there_is_none(self, server: Server, path: str) -> None:
        assert problem(call(server, path), 400, "bad-parameter")["parameter"] == "evidence"

    def test_on_the_page(self, server: Server) -> None:
        plain_page = call(server, HEAD.format(".html") + "&lang=en").text
        assert "evidence=1" in plain_page and 'class="passages"' not in plain_page
        page = call(server, HEAD.format(".html") + "&lang=en&evidence=1").text
        assert 'class="passages"' in page and "characters 2072–2221" in page


class TestPermanence:
    """The link that gives an answer again."""

    @pytest.mark.parametrize("form", by_name(TABLES))
    def test_the_link_gives_the_same_bytes(self, server: Server, form: str) -> None:
        for path in (HEAD, "/questions/officials{}?year=2023&evidence=1&cluster=", "/questions/province-led{}?lang=en"):
            reply = call(server, path.format("." + form))
            found = re.search(r'<([^>]+)>; rel="cite-as"', reply.headers["Link"])
            assert found, reply.headers["Link"]
            parts = urlsplit(found[1])
            assert parts.query.endswith("version=1") and parts.path.endswith("." + form)
            again = call(server, f"{parts.path}?{parts.query}")
            assert again.body == reply.body
            assert "immutable" in again.headers["Cache-Control"]
            if form.endswith("json"):
                assert reply.json["link"] == found[1] and reply.json["version"] == 1
            original = re.search(r'<([^>]+)>; rel="original timegate"', ", ".join(again.headers.get_all("Link")))
            assert original and "version" not in original[1] and parts.path in original[1]

    def test_the_page_has_one(self, server: Server) -> None:
        found = re.search(r'rel="cite-as" href="([^"]+)"', call(server, HEAD.format(".html")).text)
        assert found and call(server, found[1].removeprefix(server.url).replace("&amp;", "&")).status == 200


DANGEROUS = ("=1+1", "+84", "-1", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0")


class TestInert:
    """Text that a spreadsheet would run."""

    @pytest.fixture
    def rows(self) -> Rows:
        texts = [*DANGEROUS, "#N/A", "Thái Bình", "x\r\ny"]
        return Rows(
            "x",
            ("text", "number"),
            [{"text": Cell(text), "number": Cell("-5", datatype=XSD + "integer")} for text in texts],
        )

    def test_excel(self, rows: Rows) -> None:
        sheet = openpyxl.load_workbook(io.BytesIO(write(rows, "xlsx")))["rows"]
        cells = [row[0] for row in sheet.iter_rows(min_row=2)]
        assert [cell.data_type for cell in cells] == ["s"] * len(cells)
        assert [cell.value for cell in cells[: len(DANGEROUS)]] == list(DANGEROUS)
        assert all(cell.quotePrefix for cell in cells[: len(DANGEROUS)])
        assert cells[-1].value == "x\r\ny"
        assert {row[1].value for row in sheet.iter_rows(min_row=2)} == {-5}

    @pytest.mark.parametrize(("form", "separator"), [("csv", ","), ("tsv", "\t")])
    def test_text(self, rows: Rows, form: str, separator: str) -> None:
        table = list(csv.DictReader(io.StringIO(write(rows, form).decode(), newline=""), delimiter=separator))
        assert [row["text"] for row in table] == ["'" + text for text in DANGEROUS] + ["#N/A", "Thái Bình", "x\r\ny"]
        assert {row["number"] for row in table} == {"-5"}

    def test_what_programs_read_is_as_it_is(self, rows: Rows) -> None:
        texts = [record["text"].value for record in rows.records if record["text"]]
        assert [row["text"] for row in json.loads(write(rows, "json"))["rows"]] == texts
        assert pq.read_table(io.BytesIO(write(rows, "parquet")))["text"].to_pylist() == texts

    def test_what_a_sheet_cannot_hold(self) -> None:
        with pytest.raises(AnswerTooLargeError, match="32,767"):
            write(Rows("x", ("x",), [{"x": Cell("a" * 32_768)}]), "xlsx")

    def test_no_places(self, server: Server) -> None:
        with pytest.raises(NotAcceptableError):
            write(Rows("x", ("x",), []), "geojson")
        body = problem(call(server, "/questions/sources.geojson"), 406, "not-acceptable")
        assert "application/geo+json" not in body["available"]
        problem(call(server, "/questions/sources", accept="application/geo+json"), 406, "not-acceptable")


NASTY = {
    "quotes": '2023" \'\\" """',
    "marks": "2023\" ' \"\"\" '''",
    "braces": "} } UNION { ?s ?p ?o",
    "value": '24" ) } ?s ?p ?o . VALUES (?x) { ("',
    "iri": "https://w3id.org/thidua/id/province/x> } ?s ?p ?o . {<",
    "comment": "2023 # }",
    "escape": "\\u0022 \\u007D",
    "nul": "2023\0",
    "surrogate": "thai\ud800",
    "bidi": "thái\u202ebình\u2066",
    "zero width": "th\u200bai binh",
    "line": "2023\u2028}",
    "digits": "２０２３",
    "long": "a" * 1_000_000,
    "nested": "{" * 400,
}


#: A question that takes a parameter of each type.
TYPES = {
    "year": ("who-led", "year"),
    "date": ("provinces-on", "on"),
    "string": ("units-with-code", "code"),
    "cluster": ("who-led", "cluster"),
    "province": ("who-led", "province"),
    "area": ("statistics", "area"),
    "indicator": ("statistics", "indicator"),
    "award": ("award-catalogue", "award"),
    "source": ("sources", "source"),
    "person": ("posts-of-person", "person"),
    "movement": ("remarks", "about"),
    "thing": ("identifiers", "thing"),
    "registry": ("identifiers", "registry"),
}


class TestInjection:
    """Whatever is typed is one term of the query, or an error; the query's structure is the file's."""

    @pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
    @pytest.mark.parametrize("type_", TYPES)
    def test_a_parameter(self, kg: KnowledgeGraph, type_: str, text: str) -> None:
        name, parameter = TYPES[type_]
        try:
            rows = kg.ask(name, {parameter: text})
        except ParameterError as exc:
            assert exc.parameter == parameter
            return
        assert type_ == "string", "only a text can be anything"
        value = unicodedata.normalize("NFC", " ".join(text.split()))
        assert algebra(rows.sparql, value) == algebra(CATALOGUE[name].bound({parameter: '"24"'}), "24")
        assert rows.records == []

    def test_every_type_is_tried(self) -> None:
        types = {parameter.type for question in CATALOGUE.values() for parameter in question.parameters}
        assert types == set(TYPES)

    def test_the_year_and_the_day_in_no_other_spelling(self, kg: KnowledgeGraph) -> None:
        for name, parameter, text in (
            ("provinces-on", "on", "20250701"),
            ("provinces-on", "on", "2025-W27-2"),
            ("provinces-on", "on", "2025-02-30"),
            ("who-led", "year", "٢٠٢٣"),
        ):
            with pytest.raises(ParameterError):
                kg.ask(name, {parameter: text})

    def test_both_normal_forms_are_one_name(self, kg: KnowledgeGraph) -> None:
        for form in ("NFC", "NFD"):
            rows = kg.ask("who-led", {"province": unicodedata.normalize(form, "Thái\u00a0Bình")})
            assert {record["provinceLabel"].value for record in rows.records if record["provinceLabel"]} == {
                "Thái Bình"
            }
            assert rows.sparql == kg.ask("who-led", {"province": "thai-binh"}).sparql

    @pytest.mark.parametrize("escaped", ["%00", "%ED%A0%80", "%FF", "%E2%80%AE", "%22%7D", "a" * 5000])
    def test_over_http(self, server: Server, escaped: str) -> None:
        for name, parameter in (("units-with-code", "code"), ("who-led", "province"), ("who-led", "year")):
            reply = call(server, f"/questions/{name}.json?{parameter}={escaped}")
            if reply.status == 200:
                assert parameter == "code" and reply.json["rows"] == []
            else:
                assert reply.status in (400, 414) and reply.media_type == "application/problem+json"


def algebra(text: str, value: str) -> str:
    """The query's algebra by rdflib, in which the value stands once, as a literal, and is left out here."""
    described = repr(prepareQuery(text).algebra)
    assert described.count(repr(rdflib.Literal(value))) == 1
    return described.replace(repr(rdflib.Literal(value)), "VALUE")


def test_the_docs_list_every_format() -> None:
    page = (ROOT / "docs/questions-api.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `\.(\w+)` \| `([^`]+)` \|", page, re.MULTILINE))
    assert listed == {form.suffix: media_type for media_type, form in TABLES.items()} | {"html": "text/html"}
    assert all(form.title in (ROOT / "README.md").read_text(encoding="utf-8") for form in TABLES.values())
