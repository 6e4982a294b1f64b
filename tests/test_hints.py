"""Why an answer is empty, where it can be known: over HTTP, on pages, on the command line, in notebooks."""

import time
import warnings
from pathlib import Path
from urllib.parse import urlencode

import pytest

import thidua as library
from tests.support.cli import thidua
from tests.support.http import BROWSER, DIRECT, call
from tests.support.service import Server
from thidua.assistants.calls import Calls
from thidua.base.errors import NotFoundError, ParameterError, QuerySyntaxError
from thidua.base.limits import Limits
from thidua.base.terms import PREFIXES
from thidua.engine.query import Caller, Query
from thidua.graph import KnowledgeGraph
from thidua.metadata.void_dcat import Place
from thidua.notebook import Graph, Hint
from thidua.rdf.scan import scan
from thidua.views import hints

TD = f"PREFIX td: <{PREFIXES['td']}> "

#: A query that finds nothing, the piece of it that is to blame, and what is said.
EMPTY = (
    ("SELECT ?e { ?e td:yaer 2023 }", "td:yaer", "has no td:yaer; did you mean td:year?"),
    ("SELECT ?e { ?e td:Year 2023 }", "td:Year", "did you mean td:year?"),
    ("SELECT ?e { ?e a td:EmulationClusters }", "td:EmulationClusters", "did you mean td:EmulationCluster?"),
    ("SELECT ?e { ?e skos:preflabel ?n }", "skos:preflabel", "did you mean skos:prefLabel?"),
    ("SELECT ?e { ?e td:headedBy province:thai-bihn }", "province:thai-bihn", "did you mean province:thai-binh (Thái"),
    ('SELECT ?e { ?e td:year "2023" }', '"2023"', '"2023"; there it is a number, without quotes: write 2023.'),
    ('ASK { ?e td:year "2023"^^xsd:gYear }', '"2023"', "write 2023."),
    ('SELECT ?e { ?e td:year ?y FILTER(?y = "2023") }', '"2023"', "write 2023."),
    ('SELECT ?e { ?e td:year ?y FILTER("2023" = ?y) }', '"2023"', "write 2023."),
    ('SELECT ?e { ?e td:year ?y FILTER(?y IN ("2023")) }', '"2023"', "write 2023."),
    ('SELECT ?e { VALUES ?y { "2023" } ?e td:year ?y }', '"2023"', "write 2023."),
    ('SELECT ?e { ?e skos:prefLabel "Thái Bình" }', '"Thái', 'language behind it: write "Thái Bình"@vi.'),
    ('SELECT ?e { ?e skos:prefLabel "Thái Bình"@en }', '"Thái', 'another language: write "Thái Bình"@vi.'),
    ("SELECT ?e { ?e td:gsoCode 34 }", "34", 'write "34".'),
    ("SELECT ?e { ?e td:year ?year FILTER(?yeer = 2023) }", "?yeer", "so it has no value; did you mean ?year?"),
    ("CONSTRUCT { ?e a td:Mine } WHERE { ?e td:yaer 2023 }", "td:yaer", "did you mean td:year?"),
)  # fmt: skip
#: Queries that find nothing for a reason that nobody can know, or something.
SILENT = (
    "SELECT ?e { ?e td:year 3000 }",
    'SELECT ?e { ?e skos:prefLabel "nobody is called so"@vi }',
    "ASK { province:thai-binh td:headedBy province:ha-noi }",
    "SELECT ?e { ?e td:year 2023 } LIMIT 1",
    "SELECT ?e { ?e td:year 2023.0 } LIMIT 0",
    "SELECT ?e { ?e td:year ?y FILTER(xsd:integer(?y) = 3000) }",
    "CONSTRUCT { ?e td:mine ?y } WHERE { ?e td:year ?y FILTER(?y = 3000) }",
    "SELECT ?x { ?e td:year 3000 } VALUES ?x { 1 }",
    "SELECT (COUNT(?e) AS ?n) { ?e td:year 3000 } ORDER BY ?n",
    "SELECT ?y (COUNT(?e) AS ?n) { ?e td:year ?y FILTER(?y = 3000) } GROUP BY ?y HAVING(?n > 1) ORDER BY ?n",
    "SELECT ?s { GRAPH graph:inferred { ?s td:year 3000 } }",
    "SELECT ?o { province:thai-binh ?p ?o FILTER(?p = <https://example.org/nobody>) }",
)


@pytest.mark.parametrize(("query", "piece", "told"), EMPTY)
def test_a_query_that_finds_nothing_is_told_why(kg: KnowledgeGraph, query: str, piece: str, told: str) -> None:
    found = of(kg, f"# a note\n{query}")
    assert len(found) == 1, found
    assert told in found[0].en and found[0].line == 2
    assert query[(found[0].column or 0) - 1 :].startswith(piece)
    assert found[0].told_in("vi").startswith(f"Dòng 2, cột {found[0].column}: ")


@pytest.mark.parametrize("query", SILENT)
def test_nothing_is_said_that_is_not_known(kg: KnowledgeGraph, query: str) -> None:
    assert of(kg, query) == []


def test_each_question_of_the_catalogue_is_without_a_hint(kg: KnowledgeGraph) -> None:
    for question in kg.questions.values():
        scanned = scan(question.text, prefixes=PREFIXES)
        found = hints.of_query(kg.current(), scanned, Caller(), empty=True)
        parameters = [f"the variable ?{each.name}," for each in question.parameters]  # which nothing has bound here
        assert [each.en for each in found if not any(name in each.en for name in parameters)] == [], question.name


def test_a_variable_that_nothing_binds_is_told_though_there_are_rows(kg: KnowledgeGraph) -> None:
    (found,) = of(kg, "SELECT ?e ?yeer { ?e td:year ?year }")
    assert found.told_in("en") == (
        "Line 1, column 11: no pattern of the query has the variable ?yeer, so it has no value; did you mean ?year?"
    )


@pytest.mark.parametrize("media_type", ["json", "xml", "csv", "tsv"])
@pytest.mark.parametrize(
    ("query", "empty"),
    [
        ("SELECT ?x ?y { ?x td:year 3000 ; td:year ?y }", True),
        ("SELECT ?x { VALUES ?x { UNDEF } }", False),
        ('SELECT ?x { VALUES ?x { "" } }', False),
        ('SELECT ?x { VALUES ?x { "\\"bindings\\":[] <results/>" } }', False),
        ("SELECT ?x { ?x td:year 2023 }", False),
        ("ASK { ?x td:year 3000 }", True),
        ("ASK { ?x td:year 2023 }", False),
    ],
)
def test_what_is_empty_is_seen_in_each_format(kg: KnowledgeGraph, media_type: str, query: str, empty: bool) -> None:
    form = {"csv": "text/csv", "tsv": "text/tab-separated-values"}.get(
        media_type, f"application/sparql-results+{media_type}"
    )
    result = kg.query(Query(query, form))
    assert hints.is_empty(result) == empty
    assert result.file.tell() == 0


def test_a_header_says_it_and_the_answer_stays_the_same(server: Server) -> None:
    query = f'{TD}SELECT ?e {{ ?e td:year "2023" }}'
    for _ in range(3):  # the app, the fast path, the cache
        reply = call(server, "/sparql?" + urlencode({"query": query}))
        assert reply.json == {"head": {"vars": ["e"]}, "results": {"bindings": []}}
        assert reply.headers["Query-Hint"].startswith('%"Line 1, column ')
        assert "write 2023" in hints.of_header(reply.headers["Query-Hint"])[0]
    assert "Query-Hint" in reply.headers["Access-Control-Expose-Headers"]


def test_a_header_is_of_its_own_query_alone(server: Server) -> None:
    """Requests that differ in their query alone share a template."""
    asked = [
        f"{TD}SELECT ?e {{ ?e {name} ?y }} LIMIT {n}" for n in range(1, 4) for name in ("td:year", "td:yaer", "td:yeer")
    ]
    for query in asked:
        reply = call(server, "/sparql", method="POST", body=query.encode(), headers=DIRECT)
        assert ("Query-Hint" in reply.headers) == ("td:year" not in query), query


def test_a_header_may_be_vietnamese(server: Server) -> None:
    query = f"{TD}SELECT ?e {{ ?e td:headedBy <{PREFIXES['province']}thai-bihn> }}"
    reply = call(server, "/sparql?" + urlencode({"query": query, "lang": "vi"}))
    assert reply.headers["Query-Hint"].isascii()
    (told,) = hints.of_header(reply.headers["Query-Hint"])
    assert told.endswith("không có province:thai-bihn; có phải là province:thai-binh (Thái Bình)?")


def test_a_page_says_it_below_the_answer(server: Server) -> None:
    for lang, words in (("vi", "có phải là td:year?"), ("en", "did you mean td:year?")):
        asked = urlencode({"query": f"{TD}SELECT ?e {{ ?e td:yaer 2023 }}", "format": "html", "lang": lang})
        page = call(server, f"/sparql?{asked}", accept=BROWSER).text
        assert words in page and "Query-Hint" not in page
        assert ("Có thể vì" if lang == "vi" else "Perhaps because") in page


def test_a_page_shows_the_line_that_does_not_parse(server: Server) -> None:
    asked = urlencode({"query": "SELECT ?e {\n  ?e <a:b> 1 ?f <a:b> 2 }", "format": "html", "lang": "en"})
    reply = call(server, f"/sparql?{asked}", accept=BROWSER)
    assert reply.status == 400
    assert "  ?e &lt;a:b&gt; 1 ?f &lt;a:b&gt; 2 }\n               ^" in reply.text


def test_a_program_gets_place_and_line_too(server: Server) -> None:
    body = call(server, "/sparql?" + urlencode({"query": "SELCT ?e { ?e ?p ?o }"})).json
    assert (body["code"], body["line"], body["column"]) == ("query-syntax", 1, 1)
    assert body["detail"] == "Line 1, column 1: 'SELCT' is no word of SPARQL; did you mean SELECT?"
    assert body["excerpt"] == "  SELCT ?e { ?e ?p ?o }\n  ^"


def test_a_question_says_which_years_are_known(server: Server) -> None:
    reply = call(server, "/questions/who-led.json?cluster=dong-bang-song-hong&year=2035")
    (told,) = hints.of_header(reply.headers["Query-Hint"])
    assert told.startswith("Version 1 has no answer for 2035; the same question has one for 20")
    assert not reply.json["rows"]
    assert "Query-Hint" not in call(server, "/questions/who-led.json?cluster=dong-bang-song-hong&year=2023").headers


def test_a_map_of_a_year_beyond_says_which_it_shows(server: Server) -> None:
    reply = call(server, "/map?year=3000&lang=en", accept=BROWSER)
    assert reply.status == 400 and "The map shows 2004-01-01 to" in reply.text


def test_the_command_line_says_it_apart_from_the_answer(store: Path) -> None:
    done = thidua("query", "SELECT ?e { ?e td:yaer 2023 }", store=store)
    assert (done.returncode, done.stdout.strip()) == (0, "e")
    assert "did you mean td:year?" in done.stderr
    done = thidua("query", "SELECT ?e {\n ?e td:year 2023 ?f td:year 2024 }", store=store)
    assert done.returncode == 2
    assert "Line 2, column 18: ?f would be a fourth part of one statement" in done.stderr
    assert "   ?e td:year 2023 ?f td:year 2024 }\n                   ^" in done.stderr
    done = thidua("ask", "who-led", "--cluster", "Red River Delta", "--year", "2035", store=store)
    assert "has no answer for 2035; the same question has one for" in done.stderr
    done = thidua("ask", "who-led", "--cluster", "", store=store)
    assert (done.returncode, done.stdout) == (2, "") and "--cluster is empty; leave it out" in done.stderr
    done = thidua("ask", "who-led", "--cluster", "Thái Bình", store=store)
    assert "that is a province, province:thai-binh, to be given as province" in done.stderr


@pytest.fixture(params=["here", "there"])
def graph(request: pytest.FixtureRequest, store: Path) -> Graph:
    return library.open(store) if request.param == "here" else library.connect(request.getfixturevalue("server").url)


class TestNotebook:
    def test_a_hint_is_a_warning(self, graph: Graph) -> None:
        with pytest.warns(Hint, match="Line 2, column 6: version 1 has no td:yaer; did you mean td:year") as told:
            assert graph.query("SELECT ?e {\n  ?e td:yaer 2023 }").empty
        assert told[0].filename == __file__
        with pytest.warns(Hint, match="^Line 1, column 11: no pattern of the query has the variable ?"):
            graph.query("SELECT ?e ?yeer { ?e td:year ?year }")
        with pytest.warns(Hint, match="Version 1 has no answer for 3000, nor for any other time"):
            graph.ask("who-led", cluster="Tây Nguyên", year=3000)
        with pytest.warns(Hint, match="Version 1 has no answer for 2035; the same question has one for 20"):
            graph.coverage(years=2035)
        with pytest.warns(Hint, match="Version 1 has no answer for 2035"):
            graph.ask("who-led", cluster="Red River Delta", year=2035)

    def test_what_is_well_warns_of_nothing(self, graph: Graph) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert not graph.query("SELECT ?e ?y { ?e td:year ?y }").empty
            assert graph.query("SELECT ?e { ?e td:year 3000 }").empty
            assert not graph.ask("who-led", year=2023).empty

    @pytest.mark.parametrize(
        ("query", "place", "told"),
        [
            ("SELCT ?s { ?s ?p ?o }", (1, 1), "did you mean SELECT?"),
            ("SELECT ?s { ?s td:year }", (1, 24), "the value is missing"),
            ("SELECT ?s { ?s td:year ?y", (1, 26), "the { of line 1, column 11 is never closed"),
            ("SELECT ?s {\n  ?s foo:year ?y }", (2, 6), "the prefix foo: is not declared"),
            ("PREFIX td: <http://a/>\nSELECT ?s ?p { ?s ?p ?o } GROUP BY ?s", None, "GROUP BY names"),
        ],
    )
    def test_a_mistake_has_its_place_as_typed(
        self, graph: Graph, query: str, place: tuple[int, int] | None, told: str
    ) -> None:
        with pytest.raises(QuerySyntaxError) as wrong:
            graph.query(query)
        error = wrong.value
        assert told in str(error) and str(error).startswith(f"Line {error.line}, column {error.column}: ")
        assert place in (None, (error.line, error.column))
        assert error.__notes__ == [error.excerpt]
        shown, caret = (error.excerpt or "").splitlines()
        assert shown == f"  {query.splitlines()[(error.line or 1) - 1]}" and caret.index("^") == (error.column or 0) + 1

    def test_a_thing_that_is_not_there_has_one_that_may_be_meant(self, graph: Graph) -> None:
        with pytest.raises(NotFoundError, match=r"did you mean province:thai-binh \(Thái Bình\)\?$"):
            graph.describe("province:thai-bihn")
        with pytest.raises(NotFoundError, match=r"look for it with kg.search"):
            graph.describe("head:nobody")

    def test_a_name_of_another_kind_is_told(self, graph: Graph) -> None:
        with pytest.raises(ParameterError, match="that is a province, province:thai-binh, to be given as province"):
            graph.ask("who-led", cluster="Thái Bình")


def test_an_assistant_is_told_too(kg: KnowledgeGraph) -> None:
    told = Calls(kg, Place("")).call("sparql", {"query": "SELECT ?e { ?e td:yaer 2023 }", "lang": "en"}, Caller())
    assert told["hints"] == ["Line 1, column 16: version 1 has no td:yaer; did you mean td:year?"]


def test_hints_end_with_their_time(kg: KnowledgeGraph) -> None:
    """The worst that may be sent: many terms, many values, many variables, in the longest text that is let through."""
    most = Limits().query_length * 1024
    for piece in ('?s td:a "b" . ', "?s td:{n} province:b{n} . ", "?v{n} td:year 'x'@fr . ", "FILTER(?x{n} = 1) "):
        body = ""
        for n in range(most // len(piece)):
            body += piece.replace("{n}", str(n))
            if len(body) > most - 100:
                break
        scanned = scan(f"SELECT ?u {{ {body[: body.rindex(' ', 0, most - 100)].rpartition(' . ')[0] or '?s ?p ?o'} }}",
                       Limits(operators=10**6), prefixes=PREFIXES)  # fmt: skip
        begun = time.process_time()
        assert len(hints.of_query(kg.current(), scanned, Caller(), empty=True)) <= 5
        assert time.process_time() - begun < 3


def of(kg: KnowledgeGraph, query: str) -> list[hints.Hint]:
    snapshot, scanned = kg.current(), scan(query, prefixes=PREFIXES)
    result = snapshot.query(Query("", graphs="application/n-triples").of(scanned))
    return hints.of_query(snapshot, scanned, Caller(), empty=hints.is_empty(result))
