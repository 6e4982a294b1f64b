"""The service as its users meet it: a real process, asked by SPARQLWrapper and by plain HTTP."""

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
import rdflib
from SPARQLWrapper import (
    CSV,
    JSON,
    JSONLD,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    XML,
    SPARQLWrapper,
)

from tests.support.http import BROWSER, DIRECT, Reply, call, problem, sparql
from tests.support.service import Server, running
from tests.support.stores import copied
from thidua.base.formats import GRAPHS, RESULTS, TABLES
from thidua_server.http.negotiation import NotAcceptableError, choose
from thidua_server.pages.home import STARTERS

SELECT = 'SELECT ?n ?name { VALUES (?n ?name) { (1 "Thái Bình"@vi) (2 "a,\\"b\\"") } } ORDER BY ?n'
ASK = "ASK {}"
CONSTRUCT = 'CONSTRUCT { <https://example.org/a> <https://example.org/p> ?x } { VALUES ?x { "Đà Nẵng"@vi 7 } }'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class TestChoosing:
    """Content negotiation by itself."""

    @pytest.mark.parametrize(
        ("accept", "chosen"),
        [
            ("", "a/x"),
            ("*/*", "a/x"),
            ("*;q=.2", "a/x"),
            ("a/y", "a/y"),
            ("A/Y", "a/y"),
            ("a/y;charset=utf-8", "a/y"),
            ("a/x;q=0.5, a/y", "a/y"),
            ("a/x;q=0.5, a/y;q=0.501", "a/y"),
            ("b/*, a/x;q=0.9", "b/z"),
            ("*/*, a/x;q=0", "a/y"),
            ("a/*;q=0.2, */*;q=0.1", "a/x"),
            ("a/*;q=0, */*", "b/z"),
            ("b/z, */*", "b/z"),
            ("c/c, a/y;q=0.1", "a/y"),
            ("a/x;q=nonsense, a/y;q=0.1", "a/y"),
            ('b/z;profile="a,b;q=0";q=1, a/x;q=0.3', "b/z"),
        ],
    )
    def test_the_best_liked_offer_wins(self, accept: str, chosen: str) -> None:
        assert choose(("a/x", "a/y", "b/z"), accept) == chosen

    @pytest.mark.parametrize("accept", ["c/c", "*/*;q=0", "a/x;q=0", "a/*;q=0"])
    def test_nothing_acceptable_lists_what_there_is(self, accept: str) -> None:
        with pytest.raises(NotAcceptableError) as caught:
            choose(("a/x",), accept)
        assert caught.value.available == ("a/x",)
        assert "a/x" in str(caught.value)


class TestSparqlByClient:
    """SPARQLWrapper, as analysts use it."""

    @pytest.fixture(params=["get", "form", "direct"])
    def client(self, request: pytest.FixtureRequest, server: Server) -> SPARQLWrapper:
        client = SPARQLWrapper(server.url + "/sparql")
        if request.param != "get":
            client.setMethod(POST)
        if request.param == "direct":
            client.setRequestMethod(POSTDIRECTLY)
        return client

    def test_select_as_json(self, client: SPARQLWrapper) -> None:
        client.setQuery(SELECT)
        client.setReturnFormat(JSON)
        rows = client.queryAndConvert()["results"]["bindings"]
        assert [row["n"]["value"] for row in rows] == ["1", "2"]
        assert rows[0]["name"] == {"type": "literal", "value": "Thái Bình", "xml:lang": "vi"}

    def test_select_as_xml(self, client: SPARQLWrapper) -> None:
        client.setQuery(SELECT)
        client.setReturnFormat(XML)
        assert "Thái Bình" in client.queryAndConvert().toxml()

    @pytest.mark.parametrize(("form", "separator"), [(CSV, ","), (TSV, "\t")])
    def test_select_as_text(self, client: SPARQLWrapper, form: str, separator: str) -> None:
        client.setQuery(SELECT)
        client.setReturnFormat(form)
        lines = client.queryAndConvert().decode().splitlines()
        assert len(lines) == 3 and "Thái Bình" in lines[1].split(separator)[1]

    @pytest.mark.parametrize(("query", "expected"), [("ASK {}", True), ("ASK { FILTER(false) }", False)])
    def test_ask(self, client: SPARQLWrapper, query: str, expected: bool) -> None:
        client.setQuery(query)
        client.setReturnFormat(JSON)
        assert client.queryAndConvert()["boolean"] is expected

    @pytest.mark.parametrize("form", [XML, RDFXML, TURTLE, JSONLD])
    def test_construct(self, client: SPARQLWrapper, form: str) -> None:
        client.setQuery(CONSTRUCT)
        client.setReturnFormat(form)
        answer = client.queryAndConvert()
        graph = answer if isinstance(answer, rdflib.Graph) else rdflib.Graph().parse(data=answer, format="turtle")
        assert {str(value) for value in graph.objects()} == {"Đà Nẵng", "7"}

    def test_describe(self, client: SPARQLWrapper) -> None:
        client.setQuery("DESCRIBE ?thing { ?thing a ?class } LIMIT 1")
        client.setReturnFormat(XML)
        assert len(client.queryAndConvert()) > 0


class TestSparqlFormats:
    """Each format, asked for by media type and by short name."""

    @pytest.mark.parametrize("media_type", RESULTS)
    def test_select(self, server: Server, media_type: str) -> None:
        reply = sparql(server, SELECT, media_type)
        assert (reply.status, reply.media_type) == (200, media_type)
        assert names_in(reply, RESULTS[media_type].name) == ["Thái Bình", 'a,"b"']
        assert sparql(server, SELECT, format=RESULTS[media_type].name).body == reply.body
        assert sparql(server, SELECT, format=media_type).body == reply.body

    @pytest.mark.parametrize("media_type", RESULTS)
    def test_ask(self, server: Server, media_type: str) -> None:
        reply = sparql(server, ASK, media_type)
        assert (reply.status, reply.media_type) == (200, media_type)
        assert "true" in reply.text

    @pytest.mark.parametrize("media_type", GRAPHS)
    def test_construct(self, server: Server, media_type: str) -> None:
        reply = sparql(server, CONSTRUCT, media_type)
        assert (reply.status, reply.media_type) == (200, media_type)
        dataset = rdflib.Dataset().parse(data=reply.text, format=media_type)
        assert {str(quad[2]) for quad in dataset.quads()} == {"Đà Nẵng", "7"}
        assert sparql(server, CONSTRUCT, format=GRAPHS[media_type].name).media_type == media_type

    @pytest.mark.parametrize(
        ("query", "accept", "chosen"),
        [
            (SELECT, None, "application/sparql-results+json"),
            (SELECT, "*/*", "application/sparql-results+json"),
            (SELECT, "text/*", "text/csv"),
            (SELECT, "text/csv;q=0.4, application/sparql-results+xml;q=0.5", "application/sparql-results+xml"),
            (SELECT, "text/turtle, text/tab-separated-values;q=0.1", "text/tab-separated-values"),
            (SELECT, BROWSER, "text/html"),
            (ASK, BROWSER, "text/html"),
            (CONSTRUCT, None, "text/turtle"),
            (CONSTRUCT, "application/*", "application/n-triples"),
            (CONSTRUCT, "text/csv, application/trig;q=0.2", "application/trig"),
            (CONSTRUCT, 'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"', "application/ld+json"),
            (CONSTRUCT, BROWSER, "text/html"),
        ],
    )  # fmt: skip
    def test_the_kind_of_query_decides_what_is_on_offer(
        self, server: Server, query: str, accept: str | None, chosen: str
    ) -> None:
        reply = sparql(server, query, accept)
        assert (reply.status, reply.media_type) == (200, chosen)
        assert "Accept" in reply.vary()

    @pytest.mark.parametrize(
        ("query", "accept", "available"),
        [(SELECT, "text/turtle", RESULTS), (ASK, "image/png", RESULTS), (CONSTRUCT, "text/csv", GRAPHS)],
    )
    def test_not_acceptable(self, server: Server, query: str, accept: str, available: Mapping[str, str]) -> None:
        reply = sparql(server, query, accept)
        assert set(available) <= set(problem(reply, 406, "not-acceptable")["available"])
        assert "Accept" in reply.vary()

    @pytest.mark.parametrize(("query", "name"), [(SELECT, "turtle"), (CONSTRUCT, "csv"), (SELECT, "xlsx")])
    def test_a_short_name_that_does_not_fit(self, server: Server, query: str, name: str) -> None:
        problem(sparql(server, query, format=name), 406, "not-acceptable")


def names_in(reply: Reply, form: str) -> list[str]:
    """The column `name` of an answer to SELECT."""
    match form:
        case "json":
            return [row["name"]["value"] for row in reply.json["results"]["bindings"]]
        case "xml":
            path = "{*}results/{*}result/{*}binding[@name='name']/{*}literal"
            return [found.text or "" for found in ElementTree.fromstring(reply.text).findall(path)]
        case "csv":
            return [row["name"] for row in csv.DictReader(io.StringIO(reply.text, newline=""))]
        case _:
            cells = [line.split("\t")[1] for line in reply.text.splitlines()[1:]]
            return [re.sub(r'^"|"(@vi)?$', "", cell).replace('\\"', '"') for cell in cells]


class TestSparqlProtocol:
    """What the protocol asks of requests, good and bad."""

    def test_head_is_get_without_the_body(self, server: Server) -> None:
        path = "/sparql?query=" + quote(SELECT)
        got, head = call(server, path), call(server, path, method="HEAD")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["Content-Length"] == str(len(got.body))
        assert head.headers["Content-Type"] == got.headers["Content-Type"]

    def test_a_named_graph_as_the_default(self, server: Server) -> None:
        graphs = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?n LIMIT 1"
        row = sparql(server, graphs).json["results"]["bindings"][0]
        count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
        for reply in (
            sparql(server, count, **{"default-graph-uri": row["g"]["value"]}),
            call(
                server,
                "/sparql",
                method="POST",
                headers=FORM,
                body=urlencode({"query": count, "default-graph-uri": row["g"]["value"]}).encode(),
            ),
            call(
                server,
                "/sparql?" + urlencode({"default-graph-uri": row["g"]["value"]}),
                method="POST",
                headers=DIRECT,
                body=count.encode(),
            ),
        ):
            assert reply.json["results"]["bindings"][0]["n"]["value"] == row["n"]["value"]

    def test_only_the_named_graphs_asked_for(self, server: Server) -> None:
        graphs = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
        every = sorted(row["g"]["value"] for row in sparql(server, graphs).json["results"]["bindings"])
        reply = sparql(server, graphs, **{"named-graph-uri": every[0]})
        assert [row["g"]["value"] for row in reply.json["results"]["bindings"]] == every[:1]

    def test_text_that_is_not_escaped_in_a_form(self, server: Server) -> None:
        body = 'query=SELECT ("Thái Bình" AS ?x) {}'.encode()
        reply = call(server, "/sparql", method="POST", headers=FORM, body=body)
        assert reply.json["results"]["bindings"][0]["x"]["value"] == "Thái Bình"

    def test_a_graph_name_that_is_no_iri(self, server: Server) -> None:
        problem(sparql(server, SELECT, **{"default-graph-uri": "not an iri"}), 400, "bad-input")

    @pytest.mark.parametrize(
        "path",
        [
            "/sparql?query=ASK%20%7B%7D&query=ASK%20%7B%7D",
            "/sparql?query=%FF",
            "/sparql?query=ASK%20%7B%7D&timeout=soon",
            "/sparql?query=ASK%20%7B%7D&timeout=-1",
            "/sparql?query=ASK%20%7B%7D&version=latest",
        ],
    )
    def test_bad_parameters(self, server: Server, path: str) -> None:
        problem(call(server, path), 400, "bad-input")

    @pytest.mark.parametrize(("name", "status"), [("version=77", 404), ("version=1", 200), ("timeout=soon", 400)])
    def test_a_form_holds_every_parameter(self, server: Server, name: str, status: int) -> None:
        reply = call(server, "/sparql", method="POST", headers=FORM, body=f"query=ASK%20%7B%7D&{name}".encode())
        assert reply.status == status

    def test_two_queries_in_address_and_body(self, server: Server) -> None:
        for headers, body in ((FORM, b"query=ASK%20%7B%7D"), (DIRECT, b"ASK {}")):
            reply = call(server, "/sparql?query=ASK%20%7B%7D", method="POST", headers=headers, body=body)
            problem(reply, 400, "bad-input")

    def test_a_body_that_is_not_utf8(self, server: Server) -> None:
        reply = call(server, "/sparql", method="POST", headers=DIRECT, body=b"SELECT * { ?s ?p '\xff' }")
        problem(reply, 400, "bad-input")

    def test_a_syntax_error_says_where(self, server: Server) -> None:
        body = problem(sparql(server, "SELECT *\n{ ?s ?p }"), 400, "query-syntax")
        assert body["line"] == 2 and body["column"] > 1

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
            "LOAD <http://127.0.0.1:9/>",
            "SELECT * " + "{" * 3000 + "}" * 3000,
        ],
    )
    def test_what_is_never_run(self, server: Server, query: str) -> None:
        reply = call(server, "/sparql", method="POST", headers=DIRECT, body=query.encode())
        problem(reply, 403, "query-refused")
        assert sparql(server, ASK).status == 200

    def test_an_update(self, server: Server) -> None:
        for path, headers, body in (
            ("/sparql", FORM, b"update=CLEAR%20ALL"),
            ("/sparql?update=CLEAR%20ALL", DIRECT, b"ASK {}"),
        ):
            problem(call(server, path, method="POST", headers=headers, body=body), 403, "query-refused")

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Content-Type": "application/sparql-update"},
            {"Content-Type": "text/plain"},
            {"Content-Type": "multipart/form-data; boundary=x"},
            DIRECT | {"Content-Encoding": "gzip"},
        ],
    )
    def test_a_body_of_another_kind(self, server: Server, headers: dict[str, str]) -> None:
        reply = call(server, "/sparql", method="POST", headers=headers, body=b"ASK {}")
        problem(reply, 415, "unsupported-media-type")

    def test_too_much(self, server: Server) -> None:
        reply = call(server, "/sparql", method="POST", headers=DIRECT, body=b" " * 300_000)
        problem(reply, 413, "too-large")
        problem(call(server, "/sparql?query=" + "a" * 9000), 414, "address-too-long")

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
    def test_another_method(self, server: Server, method: str) -> None:
        reply = call(server, "/sparql", method=method)
        problem(reply, 405, "method-not-allowed")
        assert {"GET", "HEAD", "POST"} <= {name.strip() for name in reply.headers["Allow"].split(",")}


class TestSparqlPage:
    """The same address in a browser."""

    def test_the_form(self, server: Server) -> None:
        reply = call(server, "/sparql", accept=BROWSER)
        assert (reply.status, reply.media_type) == (200, "text/html")
        assert 'name="query"' in reply.text

    def test_the_form_begins_with_a_catalogued_query(self, server: Server) -> None:
        text = call(server, "/sparql?example=who-led", accept=BROWSER).text
        assert "SELECT" in text and "#+" not in text

    def test_a_table(self, server: Server) -> None:
        text = sparql(server, 'SELECT ?x { VALUES ?x { "<script>" <javascript:alert(1)> } }', BROWSER).text
        assert "&lt;script&gt;" in text and "<script>" not in text and 'href="javascript' not in text

    def test_a_truth_value(self, server: Server) -> None:
        assert ">Yes<" in sparql(server, ASK, BROWSER, lang="en").text

    def test_a_graph(self, server: Server) -> None:
        assert "&#34;Đà Nẵng&#34;@vi" in sparql(server, CONSTRUCT, BROWSER).text

    def test_an_error_keeps_the_query(self, server: Server) -> None:
        reply = sparql(server, "SELECT oops", BROWSER)
        assert (reply.status, reply.media_type) == (400, "text/html")
        assert "query-syntax" in reply.text and "SELECT oops</textarea>" in reply.text

    def test_a_chosen_format_wins_over_the_browser(self, server: Server) -> None:
        assert sparql(server, SELECT, BROWSER, format="csv").media_type == "text/csv"


class TestQuestions:
    """The catalogue, and one question after another."""

    def test_the_list(self, server: Server) -> None:
        reply = call(server, "/questions")
        assert (reply.status, reply.media_type) == (200, "application/json")
        questions = {question["name"]: question for question in reply.json["questions"]}
        assert set(questions["who-led"]["question"]) == {"vi", "en"}
        assert {"cluster", "year", "province", "on"} == {each["name"] for each in questions["who-led"]["parameters"]}
        assert questions["who-led"]["columns"][0]["name"] == "year"
        assert call(server, questions["who-led"]["url"]).status == 200

    def test_the_list_as_a_page(self, server: Server) -> None:
        reply = call(server, "/questions", accept=BROWSER)
        assert (reply.status, reply.media_type) == (200, "text/html")
        assert "/questions/who-led" in reply.text
        assert call(server, "/questions.html").media_type == "text/html"
        assert call(server, "/questions.json", accept=BROWSER).media_type == "application/json"

    def test_json(self, server: Server) -> None:
        reply = call(server, "/questions/who-led?cluster=dong+bang+song+hong&year=2023")
        assert (reply.status, reply.media_type) == (200, "application/json")
        assert reply.json["question"] == "who-led"
        heads = {row["provinceLabel"] for row in reply.json["rows"] if row["role"] == "head"}
        assert heads == {"Thái Bình"}
        assert list(reply.json["rows"][0]) == reply.json["columns"]
        assert "Accept" in reply.vary()

    def test_csv_says_the_same(self, server: Server) -> None:
        path = "/questions/who-led{}?cluster=dong-bang-song-hong&year=2023"
        reply = call(server, path.format(""), accept="text/csv")
        assert (reply.status, reply.media_type) == (200, "text/csv")
        assert reply.body == call(server, path.format(".csv"), accept=BROWSER).body
        rows = list(csv.DictReader(io.StringIO(reply.text, newline="")))
        expected = call(server, path.format(".json")).json["rows"]
        assert [row["province"] for row in rows] == [row["province"] for row in expected]

    def test_a_page_links_to_its_sources(self, server: Server) -> None:
        path = "/questions/who-led{}?cluster=dong-bang-song-hong&year=2023"
        reply = call(server, path.format(""), accept=BROWSER)
        assert (reply.status, reply.media_type) == (200, "text/html")
        assert path.format(".csv").replace("&", "&amp;") in reply.text
        assert 'value="dong-bang-song-hong"' in reply.text
        addresses = {row["source"]: row["url"] for row in call(server, "/questions/sources").json["rows"]}
        for row in call(server, path.format(".json")).json["rows"]:
            if address := addresses[row["source"]]:
                assert f'href="{address.replace("&", "&amp;")}"' in reply.text

    def test_quality_and_suffix(self, server: Server) -> None:
        assert call(server, "/questions/sources", accept="application/json;q=0.1, text/*").media_type == "text/csv"
        assert call(server, "/questions/sources.html").media_type == "text/html"
        body = problem(call(server, "/questions/sources", accept="image/png"), 406, "not-acceptable")
        assert body["available"] == [each for each in TABLES if each != "application/geo+json"] + ["text/html"]

    def test_head(self, server: Server) -> None:
        reply = call(server, "/questions/sources.csv", method="HEAD")
        assert (reply.status, reply.body) == (200, b"") and int(reply.headers["Content-Length"]) > 0

    def test_a_blank_parameter_is_not_given(self, server: Server) -> None:
        with_blank = call(server, "/questions/who-led?year=2023&cluster=&province=+").json
        assert with_blank == call(server, "/questions/who-led?year=2023").json

    def test_no_rows_is_an_answer(self, server: Server) -> None:
        reply = call(server, "/questions/who-led?year=1900")
        assert (reply.status, reply.json["rows"]) == (200, [])
        assert call(server, "/questions/who-led?year=1900&lang=en", accept=BROWSER).text.count("No rows") == 1

    def test_every_example(self, server: Server) -> None:
        for question in call(server, "/questions").json["questions"]:
            values = {parameter["name"]: parameter["example"] for parameter in question["parameters"]}
            for accept in ("application/json", BROWSER):
                reply = call(server, f"{question['url']}?{urlencode(values)}", accept=accept)
                assert reply.status == 200, (question["name"], reply.text)

    def test_an_unknown_question(self, server: Server) -> None:
        problem(call(server, "/questions/who-lead"), 404, "not-found")
        assert call(server, "/questions/who-lead", accept=BROWSER).media_type == "text/html"

    def test_an_unknown_parameter_names_those_there_are(self, server: Server) -> None:
        body = problem(call(server, "/questions/who-led?years=2023"), 400, "bad-parameter")
        assert body["parameter"] == "years"
        assert all(name in body["detail"] for name in ("cluster", "year", "province"))

    def test_a_parameter_given_twice(self, server: Server) -> None:
        reply = call(server, "/questions/who-led?year=2023&year=2024")
        assert problem(reply, 400, "bad-parameter")["parameter"] == "year"

    def test_a_missing_parameter(self, server: Server) -> None:
        reply = call(server, "/questions/province-today")
        assert problem(reply, 400, "bad-parameter")["parameter"] == "province"

    @pytest.mark.parametrize("value", ["23", "abcd", "20 23", "2023' }"])
    def test_a_year_that_is_none(self, server: Server, value: str) -> None:
        reply = call(server, "/questions/who-led?" + urlencode({"year": value}))
        assert problem(reply, 400, "bad-parameter")["parameter"] == "year"

    def test_an_ambiguous_name_lists_candidates_that_work(self, server: Server) -> None:
        body = problem(call(server, "/questions/province-today?province=ninh+binh"), 400, "bad-parameter")
        assert body["parameter"] == "province" and len(body["candidates"]) >= 2
        for candidate in body["candidates"]:
            assert candidate["label"].startswith("Ninh Bình")
            assert call(server, "/questions/province-today?" + urlencode({"province": candidate["iri"]})).status == 200

    def test_a_misspelt_name_lists_what_comes_near(self, server: Server) -> None:
        body = problem(call(server, "/questions/who-led?province=thai+bin"), 400, "bad-parameter")
        assert any(candidate["iri"].endswith("/thai-binh") for candidate in body["candidates"])

    def test_an_unknown_name(self, server: Server) -> None:
        body = problem(call(server, "/questions/who-led?province=zzzz"), 400, "bad-parameter")
        assert body["candidates"] == []

    def test_candidates_on_the_page_can_be_clicked(self, server: Server) -> None:
        reply = call(server, "/questions/province-today?province=ninh+binh&lang=en", accept=BROWSER)
        assert (reply.status, reply.media_type) == (400, "text/html")
        links = re.findall(r'<li><a href="(/questions/province-today\?[^"]+)"', reply.text)
        assert len(links) >= 2
        assert all(call(server, link.replace("&amp;", "&"), accept=BROWSER).status == 200 for link in links)

    def test_the_page_waits_for_a_required_parameter(self, server: Server) -> None:
        reply = call(server, "/questions/province-today", accept=BROWSER)
        assert reply.status == 200 and 'name="province"' in reply.text and "<table" not in reply.text


class TestPages:
    """What people see."""

    def test_home_says_what_is_in_the_graph(self, server: Server) -> None:
        reply = call(server, "/?lang=en")
        assert (reply.status, reply.media_type) == (200, "text/html")
        ready = call(server, "/health/ready").json["version"]
        assert f"version {ready['number']}" in reply.text and ready["time"][:10] in reply.text
        assert all(int(number.replace(",", "")) > 0 for number in re.findall(r"<dd>([\d,]+)</dd>", reply.text))

    def test_five_questions_to_begin_with_have_answers(self, server: Server) -> None:
        links = re.findall(r'<li><a href="(/questions/[^"]+\?[^"]+)"', call(server, "/").text)
        assert len(links) == len(STARTERS) == 5
        for link in links:
            reply = call(server, link.replace("&amp;", "&"))
            assert reply.status == 200 and reply.json["rows"], link

    @pytest.mark.parametrize(
        ("query", "accept_language", "expected"),
        [
            ("", None, "vi"),
            ("", "en-GB,en;q=0.9", "en"),
            ("", "vi,en;q=0.9", "vi"),
            ("", "en;q=0.5,vi;q=0.8", "vi"),
            ("", "fr", "vi"),
            ("?lang=en", "vi", "en"),
            ("?lang=vi", "en", "vi"),
            ("?lang=xx", "en", "en"),
        ],
    )
    @pytest.mark.parametrize("path", ["/", "/questions", "/questions/who-led", "/sparql", "/docs", "/nowhere"])
    def test_language(self, server: Server, path: str, query: str, accept_language: str | None, expected: str) -> None:
        headers = {"Accept-Language": accept_language} if accept_language else {}
        reply = call(server, path + query, accept=BROWSER, headers=headers)
        assert f'<html lang="{expected}">' in reply.text
        assert reply.headers["Content-Language"] == expected
        assert {"Accept", "Accept-Language"} <= reply.vary()

    def test_links_keep_the_chosen_language(self, server: Server) -> None:
        text = call(server, "/questions?lang=en", accept=BROWSER).text
        assert 'href="/questions/who-led?lang=en"' in text
        assert 'href="/questions?lang=vi"' in text

    @pytest.mark.parametrize(
        "path", ["/", "/questions", "/questions/who-led?year=2023", "/sparql", "/docs", "/nowhere"]
    )
    def test_nothing_comes_from_elsewhere(self, server: Server, path: str) -> None:
        text = call(server, path, accept=BROWSER).text
        # A script has an address and no text of its own; JSON-LD is none, and what is told of a page loads nothing.
        text = re.sub(r'<script type="application/ld\+json">.*?</script>', "", text)
        text = re.sub(r'<link rel="(?:canonical|alternate|search)"[^>]*>', "", text)
        assert text.count("<script") == len(re.findall(r'<script[^>]* src="[^"]+"[^>]*></script>', text))
        assert "style=" not in text
        loaded = re.findall(r'<(?:link|img|iframe|script)[^>]*(?:href|src)="([^"]+)"', text)
        assert loaded and all(address.startswith("/static/") for address in loaded)
        assert all(call(server, address).status == 200 for address in loaded)


class TestErrorsAndHeaders:
    """What every response has in common."""

    def test_nowhere(self, server: Server) -> None:
        problem(call(server, "/nowhere"), 404, "not-found")
        problem(call(server, "/nowhere", accept="text/csv"), 404, "not-found")
        page = call(server, "/nowhere", accept=BROWSER)
        assert (page.status, page.media_type) == (404, "text/html")

    def test_a_page_that_is_only_read(self, server: Server) -> None:
        for path in ("/", "/questions", "/questions/who-led", "/health/ready"):
            reply = call(server, path, method="POST", body=b"")
            problem(reply, 405, "method-not-allowed")
            assert "GET" in reply.headers["Allow"]

    @pytest.mark.parametrize(
        "path",
        ["/", "/questions", "/sparql", "/sparql?query=ASK%7B%7D", "/health/live", "/nowhere", "/static/style.css"],
    )
    def test_security(self, server: Server, path: str) -> None:
        headers = call(server, path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in headers

    def test_request_id(self, server: Server) -> None:
        own = call(server, "/health/live").headers["X-Request-Id"]
        assert own and own != call(server, "/health/live").headers["X-Request-Id"]
        given = call(server, "/nowhere", headers={"X-Request-Id": "abc-1.2"})
        assert given.headers["X-Request-Id"] == "abc-1.2"
        strange = call(server, "/nowhere", headers={"X-Request-Id": "a b<c>"})
        assert strange.headers["X-Request-Id"] != "a b<c>"


class TestHealth:
    """What operators watch."""

    def test_live_and_ready(self, server: Server) -> None:
        assert call(server, "/health/live").json == {"status": "live"}
        ready = call(server, "/health/ready")
        assert ready.json["status"] == "ready" and ready.json["version"]["number"] >= 1
        assert ready.headers["Cache-Control"] == "no-store"

    @pytest.fixture
    def own(self, store: Path, tmp_path: Path) -> Iterator[tuple[Server, Path]]:
        """A service with a store of its own."""
        copy = tmp_path / "store"
        copied(store, copy)
        with running(copy) as service:
            yield service, copy

    def test_the_store_disappears_and_a_new_version_comes(self, own: tuple[Server, Path]) -> None:
        service, store = own
        current = store / "current"
        old = current.readlink()
        current.unlink()
        for path in ("/health/ready", "/questions/who-led", "/sparql?query=ASK%7B%7D", "/"):
            body = problem(call(service, path), 503, "store-unavailable")
            assert str(store) not in body["detail"]
        assert call(service, "/health/live").status == 200
        assert call(service, "/sparql", accept=BROWSER).status == 200
        assert call(service, "/", accept=BROWSER).media_type == "text/html"

        new = old.with_name("000777")
        shutil.copytree(store / old, store / new)
        described = json.loads((store / new / "version.json").read_text(encoding="utf-8"))
        (store / new / "version.json").write_text(json.dumps(described | {"number": 777}), encoding="utf-8")
        current.symlink_to(new)
        for _ in range(8):  # whichever worker answers
            assert call(service, "/health/ready").json["version"]["number"] == 777
        assert call(service, "/questions/who-led").status == 200


class TestHeadersFromStrangers:
    """What a request says of itself is believed as far as it can be."""

    @pytest.mark.parametrize("host", ['"><script>', "a b", "a/b", "", "[::1", "a:b"])
    def test_a_host_that_is_none_is_refused(self, server: Server, host: str) -> None:
        problem(call(server, "/questions", headers={"Host": host}), 400, "bad-request")

    @pytest.mark.parametrize("host", ["example.org", "127.0.0.1:80", "[::1]:8000", "my_host"])
    def test_any_other_is_taken(self, server: Server, host: str) -> None:
        assert call(server, "/questions", accept="application/json", headers={"Host": host}).status == 200

    def test_no_proxy_is_believed_unless_there_is_one(self, server: Server) -> None:
        path = "/questions/who-led.json?year=2023"
        ours = call(server, path)
        for header in ({"X-Forwarded-Proto": "https"}, {"SCRIPT_NAME": "/evil"}, {"X-Forwarded-Host": "evil.example"}):
            assert call(server, path, headers=header).json["link"] == ours.json["link"], header
        moved = call(server, "//evil.example/id/province/thai-binh", headers={"SCRIPT_NAME": "//evil.example"})
        assert moved.status != 303

    @pytest.mark.parametrize("accepted", ["gzip;q=0", "gzip;q=0, zstd;q=0.0", "identity, gzip;q=0", "*;q=0, identity"])
    def test_a_weight_of_zero_means_never(self, server: Server, accepted: str) -> None:
        reply = call(server, "/questions/who-led.csv", headers={"Accept-Encoding": accepted})
        assert reply.headers["Content-Encoding"] is None and reply.body.startswith(b"year,")
        either = call(server, "/questions/who-led.csv", headers={"Accept-Encoding": "zstd;q=0, gzip"})
        assert either.headers["Content-Encoding"] == "gzip"

    def test_an_entity_tag_is_of_one_host(self, server: Server) -> None:
        tags = [
            sparql_at.headers["ETag"]
            for host in ("a.example", "b.example", "a.example")
            for sparql_at in [call(server, "/sparql?query=SELECT(%3Cx%3EAS%3Fi)%7B%7D", headers={"Host": host})]
        ]
        assert tags[0] == tags[2] != tags[1]

    def test_what_depends_on_the_language_says_so(self, server: Server) -> None:
        assert "Accept-Language" in call(server, "/reconcile?version=1").vary()


class TestMistakes:
    """What people get wrong is told with what to do instead."""

    @pytest.mark.parametrize(
        ("path", "status", "told"),
        [
            ("/questions/who-led.pdf", 404, "json, csv"),
            ("/questions/who-led.csv?format=json", 400, "who-led.csv"),
            ("/sparql?qeury=ASK%7B%7D", 400, "`query`"),
            ("/questions/who-led?province=Sai+Gonn", 400, "/search"),
        ],
    )
    def test_a_mistake_in_an_address(self, server: Server, path: str, status: int, told: str) -> None:
        reply = call(server, path, accept="application/json")
        assert reply.status == status and told in reply.json["detail"]

    def test_an_empty_cell_spoils_no_batch(self, server: Server) -> None:
        batch = json.dumps({"a": {"query": "Thái Bình"}, "b": {"query": " "}})
        reply = call(server, "/reconcile?" + urlencode({"queries": batch})).json
        assert reply["a"]["result"] and reply["b"]["result"] == []
