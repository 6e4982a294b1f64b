"""A text as it is written out again has the same answer as the text that was sent, whatever it is made of."""

import random
import re

import pytest

from tests.support.sparql_grammar import Grammar, written
from thidua.base.errors import KnowledgeGraphError, QuerySyntaxError
from thidua.rdf.quads import QuadStore
from thidua.rdf.scan import scan

_BLANK = re.compile(rb"_:[0-9a-f]+")
_BASE = "http://h/a/b?q"
_PREFIXES = "PREFIX x: <http://x/> PREFIX g: <http://g/> PREFIX : <http://x/> "
_DATA = """@prefix x: <http://x/> . @prefix g: <http://g/> .
x:a x:p 1, 2, -1, 1.5, 1e3, "x"@en, "y"@en-gb, 'z', "it's", "t\\tab", "new\\nline", true, x:b ; x:q x:c .
x:b x:p x:c, "1"^^x:dt ; x:q () , (1 2 x:a) . x:c x:p x:a . <http://h/a/c> x:p <http://h/x> .
x:a x:r _:n . _:n x:p 5 . <http://x/a%41b> x:p 1 . <http://x/~a-b.c> x:p 7 . <http://x/a:b> x:p 8 .
<< x:a x:p 1 >> x:src x:s . x:t x:tt <<( x:a x:p 1 )>> . x:a x:e "é€𝄞" ; x:ar "x"@ar--rtl .
g:1 { x:a x:p 1 } g:2 { x:a x:p 2 . x:g x:p x:Đ }"""

#: Legal, and odd; one a line.
_ODD = r'''
SELECT * { ?s x:p 'it\'s' }
SELECT * { ?s x:p "it's" }
SELECT * { ?s x:p """it's""" }
SELECT * { ?s x:p "t	ab" , ?o }
SELECT * { ?s x:p "t\tab" , ?o }
SELECT * { ?s x:p "\u0074\tab" , ?o }
SELECT (§it''s"§ AS ?c) {}
SELECT ("\U0001D11E\u00e9é" AS ?c) {}
SELECT ("a\u000Ab" AS ?c) ("a\u0000b" AS ?d) {}
SELECT ("x"@EN AS ?c) ("x" @en AS ?d) ("x"@en--ltr AS ?e) (LANGDIR("x"@ar--rtl) AS ?f) {}
SELECT ("1"^^x:dt AS ?c) ("1" ^^ x:dt AS ?d) ("1"^^ <dt> AS ?e) {}
SELECT (1 AS ?a) (1. AS ?b) {}
SELECT (1.0 AS ?a) (.5 AS ?b) (1e5 AS ?c) (1.e5 AS ?d) (.5E-3 AS ?e) (+1 AS ?f) (-1.5e+2 AS ?g) {}
SELECT (?x-1 AS ?a) (?x -1*2 AS ?b) (-?x AS ?c) (- ?x AS ?d) (+?x AS ?e) (!?x AS ?f) {VALUES ?x {5}}
SELECT (1-1-1 AS ?a) (1 -1 -1 AS ?b) (10/5*2 AS ?c) (2+3*-1 AS ?d) {}
SELECT * { x:a x:p -1 . x:a x:p+1 }
SELECT * { x:a x:p - 1 }
SELECT * { ?s x:p 1.5.?s x:p 2. }
SELECT * { ?s x:p 1.?s x:q ?c }
SELECT * {?s x:p?x}
SELECT * {?s x:p? x:b}
SELECT * {?s x:p??o}
SELECT * {?s x:p ? ?o}
SELECT * {?s (x:p)?/x:q ?o}
SELECT * {?s (x:p|x:q)+ ?o}
SELECT * {?s ^x:p|!x:q ?o}
SELECT * {?s !(x:p|^x:q|a) ?o}
SELECT * {?s !^x:p ?o}
SELECT * {?s ^(x:p/x:q)* ?o}
SELECT * {?s x:p*/x:p? ?o . ?o a* ?s}
SELECT * {?s <http://x/p>?<http://x/b>}
SELECT * {?s <http://x/p>?"z"}
SELECT * {?s x:p*1}
SELECT * {?s x:p+?o}
SELECT * {?s x:p/^x:p ?o}
SELECT * {?s x:p/a? ?o}
SELECT * {x:a x:p [] . [] x:q [] , [ ] . [ x:p 1 ] x:q ?o . [x:p 2]}
SELECT * {x:b x:q () . x:b x:q ( ) . x:b x:q (1 ?y <http://x/a>) . }
SELECT * {_:a x:p ?o . _:a x:q ?c . FILTER(isNUMERIC(?o)) _:b x:p 1}
SELECT * {_:a x:p ?o . {_:b x:p ?o} }
SELECT * {_:a x:p ?o . {_:a x:p ?o} }
SELECT * {_:a.b x:p ?o . _:a-b x:p 1 . _:0 x:p 2 . _:a x:p 1._:z x:p 2}
BASE <http://x/> SELECT * { <a> <p> ?o }
BASE <http://x/> PREFIX y: <p> SELECT * { <a> y: ?o }
BASE <http://x/> BASE <y/> PREFIX y: <../p> SELECT * { <../a> y: ?o }
PREFIX y: <http://x/> BASE <http://x/z> PREFIX y: <./> SELECT * { <a> y:p ?o }
PREFIX y: <c> SELECT * { y: x:p ?o . <../x> x:p ?z }
SELECT (IRI("a") AS ?a) (URI("../a") AS ?b) (IRI("http://x/../a") AS ?c) (IRI("#f") AS ?d) {}
SELECT * { x:%41 x:p ?o }
SELECT * { x:a%41b x:p ?o }
SELECT * { x:\~a-b.c x:p ?o . x:\~a\-b\.c x:p ?z}
SELECT * { x:a:b x:p ?o }
SELECT (x: AS ?a) (: AS ?b) (:a.b AS ?c) (x:0 AS ?d) (x:\,\;\=\/\?\#\@\%\!\$\&\'\(\)\*\+\_ AS ?e) {}
SELECT * { ?s x:p ?o FILTER(?o<5&&?o>0) }
SELECT * { ?s x:p ?o FILTER(?o<=2) }
SELECT * { ?s x:p ?o FILTER(?o <?o) }
SELECT * { ?s x:p ?o FILTER(1<?o&&?o>1) }
SELECT * { ?s x:p ?o . ?s x:q ?c FILTER(?o<x:p||?o>=1) }
SELECT * { ?s x:p ?o FILTER(?s=<http://x/a>&&?o<2) }
SELECT * { ?s x:p ?o FILTER(?s IN(<http://x/a>,<http://x/b>)) }
SELECT * { ?s x:p ?o FILTER(?s NOT IN (<http://x/a>)) FILTER(?o IN ()) }
SELECT * { ?s x:p ?o FILTER(<http://x/a> = ?s) }
SELECT (IF(?o<2,<http://x/y>,<http://x/z>) AS ?r) { ?s x:p ?o }
SELECT (COALESCE(?zz,<http://x/y>) AS ?r) (?o<2 AS ?l) (?o <=2 AS ?m) { ?s x:p ?o }
SELECT (COUNT(DISTINCT*) AS ?n) (COUNT(DISTINCT ?o) AS ?m) { ?s x:p ?o }
SELECT ?k (SUM(?o) AS ?n) { ?s x:p ?o } GROUP BY (?o<2 AS ?k)
SELECT ?o { ?s x:p ?o } ORDER BY <http://www.w3.org/2001/XMLSchema#string>(?o) (?o<2) ?o
SELECT ?o { ?s x:p ?o FILTER <http://www.w3.org/2001/XMLSchema#boolean>(?o<2) }
SELECT * { VALUES ?x { 1 UNDEF <http://x/a> "z" true x:a -1 } OPTIONAL { ?x x:q ?y } }
SELECT * { VALUES () { () () } }
SELECT * { ?s x:p ?o } VALUES (?s ?o) { (x:a 1) (x:b UNDEF) }
SELECT * { ?s x:p ?o } VALUES ?s { x:a }
SELECT REDUCED ?s { ?s x:p ?o . } LIMIT 1
SELECT DISTINCT*{?s x:q ?o}
SELECT * { GRAPH ?g { ?s x:p ?o } }
SELECT * { GRAPH g:1 { ?s x:p ?o } GRAPH<http://g/2>{?s x:p ?z} }
SELECT * FROM g:1 FROM <http://g/2> { ?s x:p ?o }
SELECT * FROM NAMED g:1 { GRAPH ?g { ?s x:p ?o } }
SELECT * { ?s x:q ?c OPTIONAL { ?c x:p ?d FILTER(?d=x:a) } MINUS { x:b x:q ?c } }
SELECT * { { ?s x:q ?o } UNION { ?s x:p ?o } UNION { } }
SELECT * { ?s x:q ?c LATERAL { SELECT * { ?c x:p ?d } LIMIT 1 } }
SELECT * { BIND(<<( x:a x:p 1 )>> AS ?t) ?s x:tt ?t }
SELECT * { ?s x:tt <<( x:a x:p ?o )>> }
SELECT * { ?s x:tt <<(x:a x:p ?o)>> . ?s ?p <<(?a ?b ?c)>>}
SELECT * { << x:a x:p ?o >> x:src ?s }
SELECT * { <<x:a x:p ?o>> x:src ?s }
SELECT * { << x:a x:p ?o ~ ?r >> x:src ?s }
SELECT * { <<<http://x/a> <http://x/p> ?o~?r>> ?p ?s }
SELECT * { x:a x:p ?o ~ ?r . }
SELECT * { x:a x:p ?o ~?r {| x:src ?s |} }
SELECT * { x:a x:p ?o {| x:src ?s |} , ?z }
SELECT * { x:a x:p ?o {|x:src ?s;a ?q|} }
SELECT * { x:a x:p ?o ~ ~ ?r {| x:src ?s |} }
SELECT * { ?s x:tt ?o FILTER(<<( x:a x:p 1 )>> = ?o) }
SELECT * { ?s x:tt ?o FILTER(?o=<<(x:a x:p 1)>>) }
SELECT * { VALUES ?o { <<( x:a x:p 1 )>> } ?s x:tt ?o }
SELECT*{?s?p?o}ORDER BY?s LIMIT 3
SELECT ?A ?a { ?A x:q ?a }
SELECT $s { $s x:q ?o . ?s x:p $o }
ASK{}
ask where{?s ?p ?o.}
CONSTRUCT { ?s x:z [ x:y ?o ] , ( 1 2 ) . _:a x:b _:a } WHERE { ?s x:q ?o }
CONSTRUCT WHERE { ?s x:q ?o }
CONSTRUCT { } { }
CONSTRUCT { << ?s x:q ?o >> x:b 1 } { ?s x:q ?o }
CONSTRUCT { ?s x:q ?o {| x:b 1 |} } { ?s x:q ?o }
DESCRIBE x:a
DESCRIBE <http://x/a> ?c { ?s x:q ?c }
DESCRIBE * { ?s x:q x:c }
SELECT * { ?s x:e "é€𝄞" }
SELECT * { ?s x:p x:Đ . }
SELECT * { ?đ x:p x:Đ . }
PREFIX tỉnh: <http://x/> SELECT * { tỉnh:a tỉnh:p ?giá·trị }
PREFIX a.b-c: <http://x/> SELECT * { a.b-c:a a.b-c:p ?o }
PREFIX PREFIX: <http://x/> PREFIX SELECT: <http://x/> SELECT * { SELECT:a PREFIX:p ?o }
PREFIX x: <http://nowhere/> PREFIX x: <http://x/> SELECT * { x:a x:p ?o }
VERSION "1.2" SELECT * { ?s x:q ?o }
VERSION '1.2' PREFIX z: <http://x/> VERSION "1.1" SELECT * { ?s z:q ?o }
SELECT (x:a = x:a AS ?t) (x:a != x:b AS ?f) (!true AS ?g) (!(true) AS ?h) (!!true AS ?i) {}
SELECT (1 = 1 && 2 < 3 || false AS ?t) (((1))<2 AS ?u) (1<2=true AS ?v) {}
SELECT (EXISTS{x:a x:q x:c} AS ?t) (NOT EXISTS { x:a x:q x:c } AS ?u) {}
SELECT ?s WHERE { ?s x:p ?o } GROUP BY ?s ORDER BY DESC(?s) OFFSET 1 LIMIT 1
SELECT * { ?s x:p ?o . FILTER(?o < 3) . OPTIONAL { ?s x:q ?c } . }
SELECT * { { ?s x:p ?o . } . ?s x:q ?c ; ; x:p ?z ; . }
SELECT * { ?s x:p 1 , 2 ; x:q ?c ; a ?t . }
SELECT * { ?s a ?t }
SELECT * { ?s a/x:p ?t }
SELECT (SAMPLE(?x) AS ?s) { VALUES ?x { 1 } } HAVING (SUM(?x)<2)
SELECT * { x:a x:p?o }
SELECT * {?s ?p <http://x/\u0061> }
SELECT * {?s ?p <http://x/\U00000061\u003F> }
SELECT * {?s ?p <\u0061> }
SELECT * {<http://x/a><http://x/p>?o.<http://x/a>a?t}
SELECT * {<http://x/a><http://x/p>1,"z"@en,'y'}
SELECT * {x:a x:p true;x:q?c.FILTER(true)}
SELECT (1AS ?x) (?x+1AS?y) {}
SELECT * {x:a x:p"z"}
SELECT ?s{?s x:p"z","x"@en.}
'''


_TWO_DOTS = re.compile(r":[\w%\\-]*\.[\w%\\:-]+\.[\w%\\:]")


@pytest.fixture(scope="module")
def data() -> QuadStore:
    store = QuadStore.memory()
    store.load(_DATA.encode(), "application/trig", None, None)
    return store


def _answer(store: QuadStore, text: str) -> object:
    """What an engine says, apart from the names of blank nodes and the order of rows; None for a mistake."""
    try:
        answer = store.query(text, base=_BASE)
        if answer.form != "GRAPH":
            written_out = answer.write(
                "application/sparql-results+json" if answer.form == "ASK" else "text/tab-separated-values"
            )
            return sorted(_BLANK.sub(b"_:", written_out).splitlines())
        graph = QuadStore.memory()
        graph.load(answer.write("application/n-triples"), "application/n-triples", None, None)
        return graph.canonical_lines(None)
    except KnowledgeGraphError:
        return None


@pytest.mark.parametrize("text", _ODD.strip().replace("§", "'" * 3).splitlines())
def test_odd_texts_keep_their_meaning(text: str, data: QuadStore) -> None:
    sent = _PREFIXES + text
    assert _answer(data, scan(sent, base=_BASE).text) == _answer(data, sent)


@pytest.mark.parametrize("many", [500, pytest.param(20_000, marks=pytest.mark.nightly)])
def test_texts_of_the_grammar_keep_their_meaning(many: int, chance: random.Random, data: QuadStore) -> None:
    grammar, same = Grammar(chance, "http://127.0.0.1:9/"), 0
    for _ in range(many):
        tokens = grammar.query()
        sent = written(tokens, chance) if chance.random() < 0.5 else " ".join(tokens)
        if "SERVICE" in sent.upper():
            continue
        try:
            scanned = scan(sent, base=_BASE)
        except KnowledgeGraphError:
            continue
        # The engine ends a prefixed name at its second dot, which no text of ours has.
        if scanned.repeatable and not _TWO_DOTS.search(sent) and (answer := _answer(data, sent)) is not None:
            assert _answer(data, scanned.text) == answer, sent
            same += 1
    assert same > many / 20, "too few texts are queries"


@pytest.mark.parametrize("text", ["SELECT ?s { ?s ?p ?o", "ASK\n{\n?s ?p ?o\n\n", "SELECT ?x {}\n GROUP", "ASK"])
def test_what_is_missing_at_the_end_is_told_as_behind_it(text: str, data: QuadStore) -> None:
    scanned = scan(text)
    with pytest.raises(QuerySyntaxError) as of_ours:
        data.query(scanned.text)
    told = scanned.where(of_ours.value)
    lines = text.rstrip().split("\n")
    assert (told.line, told.column) == (len(lines), len(lines[-1]) + 1)


def test_a_name_may_have_many_dots(data: QuadStore) -> None:
    text = scan("PREFIX x: <http://x.example/> SELECT ?v { VALUES ?v { x:b.c.d.e x:b.c } }").text
    assert _answer(data, text) == [b"<http://x.example/b.c.d.e>", b"<http://x.example/b.c>", b"?v"]
