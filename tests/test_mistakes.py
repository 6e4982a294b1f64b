"""What is said of a query that does not parse: what is wrong, where, and what to write; never a parser's list."""

import random
import re

import pytest

from tests.support.paths import ROOT
from tests.support.sparql_grammar import Grammar
from thidua.base.errors import KnowledgeGraphError, QuerySyntaxError
from thidua.base.terms import PREFIXES
from thidua.rdf.mistakes import Piece, _Walk
from thidua.rdf.quads import QuadStore
from thidua.rdf.scan import _UNBOUNDED, _Reader, scan

#: Text, the piece of it that the place is of, and what is said.
MISTAKES = (
    ("SELCT ?s { ?s ?p ?o }", "SELCT", "did you mean SELECT?"),
    ("SELECT ?s WERE { ?s ?p ?o }", "WERE", "did you mean WHERE?"),
    ("ASK { FILTRE(?x) }", "FILTRE", "did you mean FILTER?"),
    ("ASK { ?s ?p ?o FILTERNOT EXISTS {} }", "FILTERNOT", "a blank between FILTER and NOT"),
    ("SELECT ?s { ?s ?p ?o } LIMIT ten", "ten", "LIMIT takes a number"),
    ("SELECT (COUNT(?s) AS n) { ?s ?p ?o }", "n)", "a question mark: ?n"),
    ("ASK { ?s ?p ?o FILTER(?o LIKE 'x') }", "LIKE", "write CONTAINS"),
    ("ASK { ?s ?p ?o FILTER(?o = 1 AND ?s != ?o) }", "AND", "write &&"),
    ("ASK { ?s foo:bar ?o }", "foo:bar", "the prefix foo: is not declared; begin with PREFIX foo: <…>"),
    ("ASK { ?s wdt:P31 ?o }", "wdt:", "begin with PREFIX wdt: <http://www.wikidata.org/prop/direct/>"),
    ("ASK { ?s provinse:x ?o }", "provinse:", "did you mean province:?"),
    ("SELECT ?s { ?s a td:EmulationCluster ?s td:year ?y }", "?s td:year", "a dot before it"),
    ("SELECT ?s { ?s td:year ?y FILTER(?y = 3) ?s td:x ?z ?z td:t 3 }", "?z td:t", "a dot before it"),
    ("SELECT ?s { ?s td:year/td:x ?y ?s td:x [] }", "?s td:x", "a dot before it"),
    ("SELECT ?s {\n  ?s td:year ?y\n", None, "the { of line \\d, column 11 is never closed; add }"),
    ("SELECT ?s { ?s td:year ?y }}", "}$", "} closes nothing that is open"),
    ("SELECT ?s { ?s td:year ?y FILTER(?y = 1 }", "}", "the ( of line \\d, column 33 is still open"),
    ("SELECT ?s { ?s td:year ?y FILTER ?y > 3 }", "?y > 3", "FILTER(…)"),
    ("SELECT ?s { ?s td:year ?y = 3 }", "= 3", "a comparison stands in a condition: FILTER(…)"),
    ("SELECT ?s { ?s td:year ?y FILTER(?y == 3) }", "= 3", "one sign: ="),
    ("SELECT ?s { ?s td:year ?y FILTER(?y <> 3) }", "> 3", "unequal is written !="),
    ("SELECT ?s { ?s year 2023 }", "year", "has a prefix, such as td:year"),
    ("SELECT ?s, ?y { ?s td:year ?y }", ",", "take out the comma"),
    ("SELECT COUNT(?s) { ?s td:year ?y }", "COUNT", "(COUNT(…) AS ?name)"),
    ("SELECT (COUNT(?s)) { ?s td:year ?y }", ") {", "(… AS ?name)"),
    ("SELECT ?s { ?s td:year ?y BIND(?y + 1) }", ") }", "BIND(… AS ?name)"),
    ("SELECT ?s { ?s td:year ?y } LIMIT 5 ORDER BY ?y", "ORDER", "ORDER BY stands too late"),
    ("SELECT ?s { ?s td:year ?y } ORDER ?y", "?y$", "ORDER BY"),
    ("SELECT ?s { ?s td:year }", "}", "the value is missing"),
    ("SELECT ?s { ?s ?p ?o , }", "}", "the value is missing"),
    ("SELECT ?s { ?s ?p ?o . OPTIONAL ?s td:x ?z }", "?s td:x", "OPTIONAL { … }"),
    ("SELECT { ?s ?p ?o }", "{", "SELECT says what to give"),
    ("SELECT ?s WHERE ?s ?p ?o", "?s ?p", "WHERE { … }"),
    ("?s ?p ?o", "?s", "a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE"),
    ("PREFIX a: <http://a/>", None, "there is no query here"),
    ("SELECT ?s", None, "the pattern in braces is missing"),
    ("SELECT ?s ?p { ?s ?p ?o } GROUP BY ?s", None, "add the other variables to GROUP BY"),
    ("SELECT (?s AS ?s) { ?s ?p ?o }", None, "a name behind AS is used already"),
    ("SELECT * FROM clusters WHERE year = 2023", None, "this is SQL"),
    ("select name, year from heads where year = 2023;", None, "this is SQL"),
    ('SELECT "name" FROM "clusters"', None, "this is SQL"),
    ("UPDATE clusters SET year = 1", None, "this is SQL"),
    ("show tables", None, "this is SQL"),
    ("SELECT ?s { VALUES ?x ('a') }", "(", "( is not expected here"),
)


@pytest.mark.parametrize("text", [text for text, _, _ in MISTAKES])
def test_a_mistake_is_told_in_vietnamese(text: str) -> None:
    """All of it: what is wrong and what to write, not only that there is a mistake in line 1."""
    told = mistake(text).told_in("vi")
    assert told.startswith("Dòng ")
    assert not re.search(r"\b(the|is|a|stands?|write|takes|begins|missing|here|line|did|of)\b", told), told


@pytest.mark.parametrize(("text", "piece", "told"), MISTAKES)
@pytest.mark.parametrize("before", ["", "# a note\n\n"])
def test_a_mistake_is_told(text: str, piece: str | None, told: str, before: str) -> None:
    error = mistake(before + text)
    assert re.search(re.escape(told).replace(r"\\d", r"\d"), str(error)), error
    assert error.line is not None and error.column is not None and error.excerpt
    assert str(error).startswith(f"Line {error.line}, column {error.column}: ")
    lines = (before + text).splitlines()
    shown, caret = error.excerpt.splitlines()
    assert shown[2:] == lines[error.line - 1].rstrip()
    assert caret.index("^") == error.column + 1
    if piece:
        assert shown[caret.index("^") :].startswith(piece.removesuffix("$"))


@pytest.mark.parametrize(
    "text", [text for text, *_ in MISTAKES] + ["ASK { ?s ?p ?o } x:y", "ASK { FILTER(1 + ) }", "ASK { ?s + ?o }"]
)
def test_nothing_that_a_parser_would_have_taken_is_listed(text: str) -> None:
    assert not re.search(r"expected (one of|\[|[A-Z])|\.\.=|\\u\{|'\['", str(mistake(text)))


def test_a_long_line_is_cut_around_the_place() -> None:
    error = mistake(f"ASK {{ ?s ?p '{'x' * 500}' . FILTRE(?x) ?s ?p '{'y' * 500}' }}")
    shown, caret = (error.excerpt or "").splitlines()
    assert len(shown) < 130 and shown[caret.index("^") :].startswith("FILTRE(?x)")


def test_what_the_text_of_a_query_of_ours_is_about_is_not_sql() -> None:
    for text in (
        "SELECT * FROM <urn:g> { ?s ?p ?o }",
        "SELECT * FROM NAMED <urn:g> {}",
        "SELECT ?x { ?x ?y 'FROM a' }",
    ):
        scan(text)


def test_a_query_that_parses_has_no_mistake() -> None:
    """Each question of the catalogue, and random queries that the engine takes."""
    store, grammar = QuadStore.memory(), Grammar(random.Random(17), "http://127.0.0.1/")
    texts = [path.read_text() for path in sorted((ROOT / "queries").glob("*.rq"))]
    texts += [" ".join(grammar.query()) for _ in range(400)]
    parsed = 0
    for text in texts:
        try:
            written = scan(text, _UNBOUNDED, base="http://a/", prefixes=PREFIXES)
            store.query(written.text)
        except KnowledgeGraphError:
            continue
        parsed += 1
        pieces: list[Piece] = []
        _Reader(text, "http://a/", PREFIXES, _UNBOUNDED).read(pieces)
        assert _Walk(pieces, len(text), str).first() is None, text
    assert parsed > 80


def mistake(text: str) -> QuerySyntaxError:
    with pytest.raises(QuerySyntaxError) as told:
        scanned = scan(text, prefixes=PREFIXES)
        try:
            QuadStore.memory().query(scanned.text)
        except QuerySyntaxError as exc:
            raise scanned.where(exc) from exc
    return told.value
