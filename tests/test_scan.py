"""The lexer of strangers' texts: what it refuses, how it writes the rest out again, and that it stays linear."""

import contextlib
import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pace import within
from thidua.base.errors import (
    InputError,
    KnowledgeGraphError,
    QueryRefusedError,
    QuerySyntaxError,
    UnsupportedFunctionError,
)
from thidua.base.limits import Limits
from thidua.rdf.iri import resolve
from thidua.rdf.quads import QuadStore
from thidua.rdf.scan import scan, scan_update

XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { \\U00000053\\u0045RVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { SERVICE<http://127.0.0.1/> { ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1/> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE ?e { ?s ?p ?o } } }",
        "LOAD <http://127.0.0.1/>",
        "DROP ALL",
        "SELECT * " + "{" * 65 + "}" * 65,
        "SELECT * { FILTER(" + "(" * 64 + "1" + ")" * 64 + ") }",
        "SELECT * { FILTER(" + "!" * 300 + "true) }",
        "SELECT (1" + "+1" * 300 + " AS ?x) {}",
        "SELECT (1" + "+(1)" * 300 + " AS ?x) {}",
        "SELECT * { ?s " + "/".join(["<a:b>"] * 400) + " ?o }",
        "SELECT * { " + " UNION ".join(["{ ?s ?p ?o }"] * 400) + " }",
        "SELECT * { ?s ?p ?o " + "OPTIONAL { ?s ?p ?o } " * 150 + "}",
        "SELECT * { ?s ?p ?o } # " + "x" * 65536,
        "PREFIX : <a:> SELECT * { ?s :it\\'s ?o . SERVICE <http://127.0.0.1/> { ?s ?p '' } }",
        'SELECT * { VALUES ?s {"""a"} SERVICE <http://127.0.0.1/> { ?s ?p ?o } }',
        # What the engine reads as "less than" hides nothing that a look for IRIs would skip.
        'SELECT * { FILTER(1<2#>"""\n)\nSERVICE <http://127.0.0.1/> { ?s ?p ?o }\n#"""\n}',
        "ASK { FILTER(?x <'#>1)\nSERVICE <http://127.0.0.1/> {} #'\n}",
        "SELECT (1" + "<1-1-1-1-1-1-1-1>2 && 1" * 50 + " AS ?x) {}",
        "SELECT (1" + "+1.0" * 300 + " AS ?x) {}",
        "PREFIX a: <b:> SELECT (1" + "-1-1-1-1-1-1-1-a:b " * 60 + " AS ?x) {}",
        # The engine replaces escapes within strings, where they end nothing.
        'SELECT * { FILTER(?s = "\\u0022" )\nSERVICE <http://127.0.0.1/> { ?s ?p ?o } #"""\n}',
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises((QueryRefusedError, QuerySyntaxError)):
        scan(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service a <http://example.org/SERVICE> }",
        "ASK { FILTER(1<(((1)))&&2>1) }",
        'SELECT * { FILTER(?s = "\\u0022) SERVICE <http://127.0.0.1/> { ?s ?p ?o } #") }',
        'SELECT * { ?s ?p "SERVICE <http://127.0.0.1/>" }',
        "SELECT * { ?s ?p '''SERVICE\n<x>''' }",
        "SELECT * { ?s ?p ?o } # SERVICE <x>",
        "PREFIX schema: <https://schema.org/> SELECT * { ?s schema:serviceType ?o }",
        "SELECT * { ?s ?p ?o FILTER(?o < 5 && ?o > 3 || !BOUND(?s)) }",
        "SELECT * { ?s (<a:b>|^<c:d>)*/<e:f>? ?o }",
        "SELECT * { ?s ?p [ <a:b> ( 1 2 3 ) ] }",
        "SELECT * { VALUES (?s ?o) { (1 <http://example.org/a#b>) (<a> <b>) (<#a> 2) } }",
        "SELECT * { ?s <#p> ?o . ( <a:b> <c:d/e-f> 'x' ) <#q> ?o FILTER(?o <5 && ?o>3) }",
    ],
)
def test_let_through(text: str) -> None:
    scan(text, base="http://example.org/")


@pytest.mark.parametrize("word", ["SERVICE", "LOAD", "DROP", "INSERT"])
def test_a_word_that_is_refused_is_named(word: str) -> None:
    with pytest.raises(QueryRefusedError, match=word):
        scan(f"SELECT * {{ ?s ?p ?o . {word} <http://127.0.0.1/> {{}} }}")


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("select*where{?s?p$o}", "SELECT * WHERE { ?s ?p ?o }"),
        (r"PREFIX a: <b:c#> ASK{?s a a:d.e,a:\~f;a: TRUE.}", "ASK { ?s a <b:c#d.e> , <b:c#~f> ; <b:c#> true . }"),
        (r"""ASK { ?s ?p 'it"s\n' #'""", None),
        ("ASK { ?s ?p 'it\"s\\n', '''a''b''' #'\n}", 'ASK { ?s ?p "it\\"s\\n" , "a\'\'b" }'),
        ('ASK { ?s ?p "x"@en--ltr , "1" ^^ <a:b> , -1,1.5e3 }', 'ASK { ?s ?p "x"@en--ltr , "1"^^<a:b> , -1 , 1.5e3 }'),
        ("ASK { FILTER(?a<?b&&?c>?d) }", "ASK { FILTER ( ?a < ?b && ?c > ?d ) }"),
        ("ASK { FILTER xsd:boolean(?a<=?b&&?c>=1) }", f"ASK {{ FILTER <{XSD}boolean> ( ?a <= ?b && ?c >= 1 ) }}"),
        (
            "SELECT(?a<?b&&?c>?d AS ?e){(1 <f:>)<g:>(?h<i:>)}",
            "SELECT ( ?a < ?b && ?c > ?d AS ?e ) { ( 1 <f:> ) <g:> ( ?h <i:> ) }",
        ),
        ("ASK { BIND(<<( ?s <a:p> <a:o> )>> AS ?x) }", "ASK { BIND ( <<( ?s <a:p> <a:o> )>> AS ?x ) }"),
        ("ASK { _:SERVICE ?p _:x . _:x ?q _:SERVICE }", "ASK { _:b0 ?p _:b1 . _:b1 ?q _:b0 }"),
        ("SELECT (now () AS ?n) (concat ( 'a' ) AS ?c) {}", 'SELECT ( NOW() AS ?n ) ( CONCAT( "a" ) AS ?c ) { }'),
        (
            "BASE <b/> BASE <c> ASK { <d> <#e> <../f?g> }",
            "BASE <http://a/b/> BASE <http://a/b/c> ASK { <http://a/b/d> <http://a/b/c#e> <http://a/f?g> }",
        ),
        (r"PREFIX : <#> ASK { :x ?p <\u0061:b>, '\u0022' }", 'ASK { <http://a/#x> ?p <a:b> , "\\"" }'),
    ],
)
def test_written_out_in_one_form(sent: str, written: str | None) -> None:
    if written is None:
        with pytest.raises(QuerySyntaxError):
            QuadStore.memory().query(scan(sent).text)
    else:
        assert scan(sent, base="http://a/", prefixes={"xsd": XSD}).text == written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ASK {\n  ?s td:year ?y }",
            "Line 2, column 6: the prefix td: is not declared; begin with PREFIX td: <https://w3id.org/thidua/ontology#>",
        ),
        (
            "ASK { ?s nobody:x ?y }",
            "Line 1, column 10: the prefix nobody: is not declared; begin with PREFIX nobody: <…>",
        ),
        ("ASK { ?s <x> ?y }", "Line 1, column 10: <x> is relative"),
        ("ASK { FILTERNOTEXISTS {} }", "Line 1, column 7: 'FILTERNOTEXISTS' is no word of SPARQL"),
        ("ASK { ?s ?p 'x }", "Line 1, column 13: a string begins here that does not end"),
        (r"ASK { ?s ?p '\uD800' }", "Line 1, column 13: .* stands for no character"),
        (r"ASK { ?s ?p <a:\u0020b> }", "Line 1, column 13: an escape stands for a character that no IRI may have"),
        ("ASK { PREFIX a: <b:> }", "Line 1, column 7: PREFIX stands where no prologue is"),
        ("PREFIX a <b:> ASK {}", "Line 1, column 8: 'a' is no word|Line 1, column 8: a prefix is declared as"),
        ("PREFIX a:", "Line 1, column 10: an IRI in brackets was expected behind PREFIX a:"),
        (r"ASK { ?s \u0061 ?o }", "Line 1, column 10: an escape stands outside of strings and IRIs"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(QuerySyntaxError, match=message):
        scan(text)


@pytest.mark.parametrize(
    "text", ["ASK {\n ?s ?p }", "SELECT *\n{ ?s <a:b> 'x'\n} LIMIT x:y", "SELECT ?x { ?s ?p ?o }\nGROUP ?x"]
)
def test_what_the_engine_says_is_told_of_the_text_that_was_sent(text: str) -> None:
    store, sent = QuadStore.memory(), f"PREFIX x: <http://example.org/>\n# {'x' * 70}\n{text}"
    scanned = scan(sent)
    with pytest.raises(QuerySyntaxError) as of_ours:
        store.query(scanned.text)
    with pytest.raises(QuerySyntaxError) as of_theirs:
        store.query(sent)
    told = scanned.where(of_ours.value)
    assert told.line == of_theirs.value.line
    assert str(told).startswith(f"Line {told.line}, column {told.column}: ")


@pytest.mark.parametrize(
    "text",
    [
        "ASK { FILTER(IF(true, true, <bif:x>())) }",
        "ASK { FILTER(false && <http://jena.apache.org/f#x>(1)) }",
        "SELECT (<java:x>(?y) AS ?x) {}",
        "SELECT * { ?s ?p ?o } ORDER BY <bif:x>(?s)",
        "ASK { FILTER <bif:x>(1) }",
    ],
)
def test_a_function_that_an_engine_might_have_does_not_reach_it(text: str) -> None:
    with pytest.raises(UnsupportedFunctionError, match="There is no function"):
        scan(text)


def test_casts_are_functions() -> None:
    scan("PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT (xsd:integer('1') AS ?x) { ?s <a:b> (1 <c:d>) }")


def test_prefixes_may_be_known() -> None:
    assert scan("ASK { ?s a:b ?o }", prefixes={"a": "c:"}).text == "ASK { ?s <c:b> ?o }"


@pytest.mark.parametrize("base", ["http://a/b/c/d;p?q", "http://a", "urn:a:b", "file:///a/b", "http://a/b#c"])
@pytest.mark.parametrize(
    "reference",
    [
        "g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", ";x", "g;x", "", ".", "./", "..", "../", "../g",
        "../..", "../../g", "../../../g", "g.", "..g", "./../g", "g/./h", "g/../h", "g?y/../x", "g#s/../x",
        "#", "?", "../q#",
    ],
)  # fmt: skip
def test_relative_iris_are_resolved_as_the_engine_does(base: str, reference: str) -> None:
    store = QuadStore.memory()
    store.load(f"<{reference}> <p:> <o:> .".encode(), "text/turtle", None, base)
    (line,) = store.lines(None)
    assert line.partition(" ")[0] == f"<{resolve(reference, base)}>"


@given(st.text(alphabet="{}()[]<>\"'\\#?@:.!+u053SERVIC \n", max_size=400))
def test_any_text_is_read_to_its_end_or_refused(text: str) -> None:
    try:
        scan(text)
    except (QueryRefusedError, QuerySyntaxError, UnsupportedFunctionError) as refused:
        assert str(refused)


#: What strangers may put together so that the engine reads it otherwise than we do.
_PIECES = ("<1", "<a:b", "#>", ">1", '"""', '"', "'", "\\u0022", "\\u0027", "\\u003C", "(", ")", "&&1", "-1", "@en")
_ENDS = ("", '#"""\n', "#'\n", "#'''\n", '#"\n')


def test_nothing_is_hidden_that_the_engine_runs() -> None:
    """Where we see no word of chance, the engine answers the same twice, or not at all."""
    store = QuadStore.memory()
    for text, end in itertools.product(map("".join, itertools.product(_PIECES, repeat=3)), _ENDS):
        query = f"PREFIX : <c:> PREFIX a: <a:> SELECT * {{ FILTER(0{text}\n) BIND(STRUUID() AS ?u)\n{end} }}"
        with contextlib.suppress(KnowledgeGraphError):
            if (scanned := scan(query)).repeatable:
                first, second = ([row.get("u") for row in store.select(scanned.text)] for _ in range(2))
                assert first == second, query


@pytest.mark.parametrize("piece", [
    '" \\', "'\\\"", '"""\n\\', "'''\"", '"\\\n', "é\\'", "a.", "a-", "a:\\", "@a-", "<a", ">", "#\n", "{(", "_:", "%|",
])  # fmt: skip
def test_no_text_takes_long(piece: str) -> None:
    limits = Limits(depth=10**6, operators=10**6, path_steps=10**6, optionals=10**6)

    def seconds() -> float:
        begun = time.process_time()
        for start in ("", "ASK { FILTER(1 ", "ASK { ?s "):
            with contextlib.suppress(QuerySyntaxError, UnsupportedFunctionError):
                scan(start + (piece * 65536)[:32768], limits, base="a:", prefixes={"a": "b:"})
        return time.process_time() - begun

    # A token that reads on to the end of the text, and fails there, would make it ten times as long at the least. Of
    # three times, the shortest tells: the processor may be slow for a moment.
    assert within(min(seconds() for _ in range(3)), 1)


def test_a_query_is_the_same_each_time_unless_it_asks_for_the_clock_or_for_chance() -> None:
    assert scan("SELECT ?now { ?now ?p 'RAND() NOW()' }").repeatable
    for function in ("NOW()", "rand ( )", "UUID()", "STRUUID()", "COUNT(DISTINCT STRUUID())"):
        assert not scan(f"SELECT ({function} AS ?x) {{}}").repeatable


def test_a_long_list_of_data_is_no_chain_of_operators() -> None:
    scan_update("INSERT DATA { " + "<a:s> <a:p> -1 , -2 ; <a:q> +3 . " * 1000 + "}")


@pytest.mark.parametrize(
    "text", ["LOAD <http://127.0.0.1/>", "INSERT { ?s ?p ?o } WHERE { SERVICE <a:b> { ?s ?p ?o } }"]
)
def test_an_update_that_would_fetch_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError):
        scan_update(text)


def test_limits_are_read_from_settings() -> None:
    limits = Limits.read({"TIMEOUT": "2.5", "MEMORY": 512, "BUDGET": "0"})
    assert (limits.timeout, limits.memory, limits.budget, limits.depth) == (2.5, 512, 0, 64)


@pytest.mark.parametrize("value", ["", "ten", "-1", "0", "nan", "inf"])
def test_a_limit_that_is_no_positive_number_is_named(value: str) -> None:
    with pytest.raises(InputError, match="THIDUA_TIMEOUT"):
        Limits.read({"TIMEOUT": value})
