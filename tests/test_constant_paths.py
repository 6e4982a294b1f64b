"""A query whose closures are asked from their constant ends has the answer of the text as it was sent."""

import random
from collections import Counter
from itertools import islice, product
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pytest

from bench.generate import Register, write
from tests.support import w3c
from tests.support.paths import ROOT
from thidua.base.errors import QuerySyntaxError
from thidua.rdf.constant_paths import constants_first
from thidua.rdf.quads import QuadStore
from thidua.rdf.scan import scan

PREFIX: Final = "PREFIX : <x:> "

#: What is asked otherwise, and how.
REWRITTEN: Final = {
    "SELECT * { ?c :k/:b* :C }": "SELECT * { _:c0 <x:b> * <x:C> . ?c <x:k> _:c0 }",
    "SELECT * { ?c :k/:b+ :C . }": "SELECT * { _:c0 <x:b> + <x:C> . ?c <x:k> _:c0 . }",
    "ASK { ?c a/^:b* :C ; :z ?y, 'x'@en, 1 }": 'ASK { _:c0 ^ <x:b> * <x:C> . ?c a _:c0 ; <x:z> ?y , "x"@en , 1 }',
    "ASK { ?c ^:k/(^:b)* :C }": "ASK { _:c0 ( ^ <x:b> ) * <x:C> . ?c ^ <x:k> _:c0 }",
    "ASK { _:n (:k)/(:b)+ :C . ?y :z _:n }": "ASK { _:c0 ( <x:b> ) + <x:C> . _:b0 ( <x:k> ) _:c0 . ?y <x:z> _:b0 }",
    "ASK { ?c :k ?x . ?x :b* :C }": "ASK { ?x <x:b> * <x:C> . ?c <x:k> ?x }",
    "ASK { ?c :k ?x ; :z 1 . ?x :b* :C . ?c :y ?w }":
        "ASK { ?x <x:b> * <x:C> . ?c <x:k> ?x ; <x:z> 1 . ?c <x:y> ?w }",
    "ASK { ?x :k ?c . :C :b+ ?x ; . }": "ASK { <x:C> <x:b> + ?x ; . ?x <x:k> ?c . }",
    "ASK { VALUES ?y { 1 } ?c :k/:b* :C FILTER(?y = 1) OPTIONAL { ?c :z ?y } }":
        "ASK { VALUES ?y { 1 } _:c0 <x:b> * <x:C> . ?c <x:k> _:c0 FILTER ( ?y = 1 ) OPTIONAL { ?c <x:z> ?y } }",
    "ASK { FILTER EXISTS { ?c :k/:b* :C } ?c :k/:b* :C }":
        "ASK { FILTER EXISTS { ?c <x:k> / <x:b> * <x:C> } _:c0 <x:b> * <x:C> . ?c <x:k> _:c0 }",
    "SELECT * { { SELECT ?c { ?c :k/:b* :C } GROUP BY ?c } BIND(1 AS ?y) ?d :k/:b* :D }":
        "SELECT * { { SELECT ?c { _:c0 <x:b> * <x:C> . ?c <x:k> _:c0 } GROUP BY ?c } BIND ( 1 AS ?y ) "
        "_:c1 <x:b> * <x:D> . ?d <x:k> _:c1 }",
    "CONSTRUCT { ?c :k :C } WHERE { ?c :k/:b* :C }":
        "CONSTRUCT { ?c <x:k> <x:C> } WHERE { _:c0 <x:b> * <x:C> . ?c <x:k> _:c0 }",
    "DESCRIBE ?c FROM :g { ?c :k/:b* :C }": "DESCRIBE ?c FROM <x:g> { _:c0 <x:b> * <x:C> . ?c <x:k> _:c0 }",
}  # fmt: skip

#: What is left as it is: nothing would be gained, or the answer might be another, or it is not understood.
LEFT: Final = (
    "SELECT * { ?c :k :C }",
    "SELECT (COUNT(*) AS ?n) { ?c :k ?x }",
    "SELECT ?x { ?x :b* :C . ?c :k ?x }",
    "SELECT ?x { :C :b*/:k ?x }",
    "SELECT ?x { ?x :k/:b* ?y }",
    "SELECT ?x { :A :k/:b* :C }",
    "SELECT ?x { ?x :k/:b? :C }",
    "SELECT ?x { ?x :k/(:b|:c)* :C }",
    "SELECT ?x { ?x :k/(:b/:c)* :C }",
    "SELECT ?x { ?x :k/:b* 1 }",
    "SELECT ?x { ?x :k/a* :C }",
    "SELECT ?x { ?x :k/!:b* :C }",
    "SELECT ?x { ?x !:k/:b* :C }",
    "SELECT ?x { ?x :k|:b* :C }",
    "SELECT ?x { ?x :j/:k/:b* :C }",
    "SELECT ?x { ?x (:k/:b*) :C }",
    "SELECT ?x { ?x ^(:k/:b*) :C }",
    "SELECT ?x { ?x :k/:b* :C, :D }",
    "SELECT ?x { ?x :rare ?y ; :k/:b* :C }",
    "SELECT ?x { ?x ?p ?y . ?y :b* :C }",
    "SELECT ?x { ?x :k ?y . ?z :b* :C }",
    "SELECT ?x { ?x :k ?y . ?y :b* :C ; :z ?w }",
    "SELECT ?x { ?x :k/:b* [] }",
    "SELECT ?x { ?x :k/:b* :C ; :z [ :y 1 ] }",
    "SELECT ?x { ?x :k/:b* :C ; :z (1 2) }",
    "SELECT ?x { ?x :k/:b* <<( :a :b :c )>> }",
    "SELECT ?x { ?x :z ?w {| :k/:b* :C |} }",
    "SELECT ?x { ?x :k/:b* :C } LIMIT 1",
    "SELECT ?x { { SELECT ?x { ?x :z ?y } ORDER BY ?x OFFSET 1 } ?x :k/:b* :C }",
    "SELECT (SUM(?y) AS ?n) { ?x :k/:b* :C ; :y ?y }",
    "SELECT (SAMPLE(?x) AS ?n) { ?x :k/:b* :C }",
    "SELECT (RAND() AS ?n) { ?x :k/:b* :C }",
    "SELECT REDUCED ?x { ?x :k/:b* :C }",
    "SELECT ?x { ?x :z ?y OPTIONAL { ?x :k/:b* :C } }",
    "SELECT ?x { ?x :z ?y MINUS { ?x :k/:b* :C } }",
    "SELECT ?x { ?x :z ?y LATERAL { ?x :k/:b* :C } }",
    "SELECT ?x { ?x :z ?y FILTER NOT EXISTS { ?x :k/:b* :C } }",
    "SELECT ?x { ?x :z ?y FILTER(?y || EXISTS { ?x :k/:b* :C }) }",
    "SELECT (EXISTS { ?x :k/:b* :C } AS ?e) { ?x :z ?y }",
    "SELECT ?x { { ?x :k/:b* :C } UNION { ?x :z ?y } }",
    "SELECT ?x { GRAPH ?g { ?x :k/:b* :C } }",
    "SELECT ?x { ?x :z '?x :k/:b* :C' }",
    "SELECT ?x { ?x :k/:b* :C",
    "SELECT ?x { ?x :k/:b* other:C }",
    "SELECT ?x { ?x :k/:b* <relative> }",
    "CONSTRUCT WHERE { ?x :k/:b* :C }",
    ")*",
)  # fmt: skip


@pytest.mark.parametrize("text", REWRITTEN)
def test_asked_from_the_constant(text: str) -> None:
    assert constants_first(PREFIX + text) == REWRITTEN[text]
    assert constants_first(scan(PREFIX + text).text) == REWRITTEN[text]
    ox.Store().query(REWRITTEN[text])


@pytest.mark.parametrize("text", LEFT)
def test_left_as_it_is(text: str) -> None:
    assert constants_first(PREFIX + text) is None


def test_a_relative_iri_is_read_by_the_base() -> None:
    rewritten = constants_first("SELECT * { ?c <k>/<b>* <C> }", "http://x/")
    assert rewritten == "SELECT * { _:c0 <http://x/b> * <http://x/C> . ?c <http://x/k> _:c0 }"


def test_the_question_of_the_bench(tmp_path: Path) -> None:
    text = (ROOT / "bench/queries/path.rq").read_text(encoding="utf-8")
    rewritten = constants_first(text)
    assert rewritten and "WHERE { _:c0 <http://www.w3.org/2004/02/skos/core#broader> * <" in rewritten
    with (tmp_path / "register.nt").open("wb") as out:
        write(Register(2000), out, "nt")
    store = ox.Store()
    store.bulk_load(path=str(tmp_path / "register.nt"), format=ox.RdfFormat.N_TRIPLES)
    assert rows(store, text) == rows(store, rewritten) and rows(store, text)


@pytest.mark.parametrize(
    ("asked", "of"), [("?c :k/:b* :n0", ":n1 :b :n0"), ("?c :k ?x . :n0 (^:b)* ?x", ":n1 :b :n0"),
                      ("?c :k/(^:b)+ :n0", ":n0 :b :n1"), ("?c :k ?x . :n0 :b* ?x", ":n0 :b :n1")]
)  # fmt: skip
def test_a_large_closure_is_left_to_those_who_climb_to_it(asked: str, of: str) -> None:
    """Counted from its constant end, in the direction in which it is walked."""
    text = f"{PREFIX}SELECT * {{ {asked} }}"
    for size, is_small in ((998, True), (1001, False)):
        store = ox.Store()
        triples = " . ".join(of.replace(":n1", f":n{at}") for at in range(1, size + 1))
        store.update(f"{PREFIX}INSERT DATA {{ {triples} . :n1 :b :n0 . :n0 :b :n1 }}")
        assert (constants_first(text, None, store) is not None) is is_small


@pytest.mark.parametrize("rest", ["?c :z ?y BIND(1 AS ?y)", "?c :z <x:%zz>", "?c :k/:b* <x:%zz>"])
def test_an_error_tells_its_place_in_the_text_that_was_sent(rest: str) -> None:
    """What the engine alone finds wrong, a name that is there already or an IRI, is told of the text as it is."""
    text = f"{PREFIX}SELECT * {{ ?c :k/:b* :C . {rest} }}"
    assert constants_first(text)
    with pytest.raises(SyntaxError) as expected:
        ox.Store().query(text)
    with pytest.raises(QuerySyntaxError) as found:
        QuadStore.memory().query(text)
    assert str(found.value).partition(": ")[2] in str(expected.value)
    assert f"{found.value.line}:{found.value.column}" in str(expected.value)


# Both texts, on random graphs.

_NODES: Final = (":a", ":b", ":a", ":b", ":c", ":d", "_:n", '"1"', '"x"@en', "1", "01", "1.0")
_PROPERTIES: Final = (":p", ":q", ":r", "a")
_GRAPHS: Final = ("", ":g", ":h")


class Cases:
    """Random data, and random queries that have closures with constant ends."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def data(self) -> str:
        """Few nodes and many triples, so that there are cycles, many ways, and the same in several graphs."""
        one = self._chance.choice
        lines = []
        for _ in range(self._chance.choice((0, 5, 40, 80, 80))):
            triple = f"{one(_NODES[:7])} {one(_PROPERTIES)} {one(_NODES)} ."
            lines += [f"GRAPH {graph} {{ {triple} }}" if graph else triple for graph in self._some(_GRAPHS)]
        return "PREFIX : <x:> INSERT DATA { " + " ".join(lines) + " }"

    def query(self) -> str:
        one = self._chance.choice
        head, tail = one(
            (
                ("SELECT *", ""), ("SELECT *", ""), ("SELECT ?x ?y", ""), ("SELECT DISTINCT *", ""),
                ("SELECT ?x (COUNT(*) AS ?n) (COUNT(DISTINCT *) AS ?m) (COUNT(DISTINCT ?y) AS ?k)", "GROUP BY ?x"),
                ("SELECT (COUNT(*) AS ?n)", "HAVING(COUNT(?x) > 0)"), ("ASK", ""), ("SELECT *", "ORDER BY ?x"),
                ("CONSTRUCT { ?x :of ?y } WHERE", ""), ("SELECT *", "VALUES ?x { :a :b UNDEF }"),
            )
        )  # fmt: skip
        source = one(("", "", "", "FROM :g", "FROM :g FROM :h", "FROM NAMED :g"))
        if head.endswith("WHERE"):
            head, where = head.removesuffix("WHERE"), "WHERE"
        else:
            where = ""
        return " ".join((PREFIX, head, source, where, "{", self.group(2), "}", tail))

    def group(self, depth: int) -> str:
        elements = [self.other(depth) for _ in range(self._chance.choice((0, 0, 0, 1, 2)))]
        elements.insert(self._chance.choice((0, 0, len(elements))), self.block(sure=depth == 2))
        return " ".join(elements)

    def other(self, depth: int) -> str:
        """An element that is no triple; within braces there are blocks again."""
        one = self._chance.choice
        inner = self.group(depth - 1) if depth else self.block()
        return one(
            (
                f"OPTIONAL {{ {inner} }}", f"MINUS {{ {inner} }}", f"FILTER NOT EXISTS {{ {inner} }}",
                f"FILTER EXISTS {{ {inner} }}", f"{{ {inner} }} UNION {{ {self.block()} }}", f"{{ {inner} }}",
                f"GRAPH {one((':g', '?g'))} {{ {inner} }}", f"{{ SELECT ?x {{ {inner} }} }}",
                f"{{ SELECT * {{ {inner} }} }}", f"{{ SELECT ?y (COUNT(*) AS ?w) {{ {inner} }} GROUP BY ?y }}",
                "VALUES ?x { :a :b :c 1 }", "VALUES (?x ?z) { (:a UNDEF) (UNDEF :b) }", "FILTER(?x != ?y)",
                "FILTER isIRI(?x)", f"BIND(1 AS ?v{self._chance.randrange(999)})", "LATERAL { ?x :p ?u }",
                "FILTER(BOUND(?z) || ?y = 1)", f"FILTER(?x = :a || EXISTS {{ {inner} }})",
            )
        )  # fmt: skip

    def block(self, *, sure: bool = False) -> str:
        triples = [self.asked() if sure or self._chance.random() < 0.7 else self.plain()]
        triples += [
            one() for one in self._chance.choices((self.plain, self.asked), k=self._chance.choice((0, 1, 1, 2)))
        ]
        return " . ".join(triples) + self._chance.choice((" .", ""))

    def asked(self) -> str:
        """A closure with a constant end, alone or with a step, or with more of its subject."""
        one = self._chance.choice
        subject, value, constant = (
            one(("?x", "?y", "_:s")),
            one(("?x", "?y", "?z")),
            one((":a", ":b", ":a", ":b", ":c", ":none", "1", "01", '"1"')),
        )
        closure = one(("{}*", "{}+", "^{}*", "(^{})+", "({})*", "({}|:q)*", "{}?")).format(one(_PROPERTIES))
        step = one(("{}", "^{}", "({})", "{}|:q", "{}?")).format(one(_PROPERTIES))
        return one(
            (
                f"{subject} {step}/{closure} {constant}", f"{subject} {step}/{closure} {constant}",
                f"{subject} {step}/{closure} {constant} ; {one(_PROPERTIES)} {value}",
                f"{subject} {step}/{closure} {constant}, {value}", f"{subject} {closure} {constant}",
                f"{subject} {one(_PROPERTIES)} {value} . {value} {closure} {constant}",
                f"{value} {one(_PROPERTIES)} {subject} . :a {closure} {value}",
                f":a {closure}/{step} {value}",
            )
        )  # fmt: skip

    def plain(self) -> str:
        one = self._chance.choice
        verb = one((*_PROPERTIES, "?p", ":p/:q"))
        return f"{one(('?x', '?y', ':a', '_:s'))} {verb} {one(('?x', '?y', '?z', ':b', '1'))}"

    def _some(self, of: tuple[str, ...]) -> list[str]:
        return [each for each in of if self._chance.random() < 0.6]


def rows(store: ox.Store, text: str, most: int | None = None, **options: Any) -> object:
    """An answer, to be compared: its columns, and its rows as a multiset; None if it has more than so many."""
    answer = store.query(text, **options)
    if isinstance(answer, ox.QueryBoolean):
        return bool(answer)
    if isinstance(answer, ox.QueryTriples):
        return Counter(map(str, answer))
    found = Counter(tuple(map(str, row)) for row in islice(answer, most))
    return None if found.total() == most else ([str(variable) for variable in answer.variables], found)


@pytest.mark.parametrize("many", [300, pytest.param(3000, marks=pytest.mark.nightly)])
def test_the_same_answer_on_random_graphs(chance: random.Random, many: int) -> None:
    """Until so many texts have been written otherwise that the engine takes as they are."""
    cases, compared, told = Cases(chance), 0, 0
    while compared < many:
        store, data = ox.Store(), cases.data()
        store.update(data)
        for _ in range(10):
            text = cases.query()
            if (rewritten := constants_first(text)) is None:
                continue
            for options in ({}, {"use_default_graph_as_union": True}):
                try:
                    expected = rows(store, text, most=10_000, **options)
                except SyntaxError:
                    with pytest.raises(SyntaxError):
                        rows(store, rewritten, **options)
                    break
                if expected is None:
                    break
                assert rows(store, rewritten, **options) == expected, (data, text, rewritten)
                told += expected not in (False, Counter()) and bool(not isinstance(expected, tuple) or expected[1])
            else:
                compared += 1
    assert told > many / 5, "too few queries find anything"


@w3c.present
def test_the_same_answer_on_the_graphs_of_the_w3c() -> None:
    """Every two properties and every node of each graph that the tests of property paths have."""
    asked = 0
    for file in sorted((w3c.SUITES / "sparql11/property-path").glob("*.ttl")):
        store = ox.Store()
        store.load(file.read_bytes(), ox.RdfFormat.TURTLE, base_iri=file.as_uri())
        properties = sorted({str(quad.predicate) for quad in store})
        nodes = sorted({str(node) for quad in store for node in (quad.subject, quad.object) if "<" in str(node)[:1]})
        for first, second, sign, node in product(properties[:5], properties[:5], "*+", nodes[:20]):
            text = f"SELECT * {{ ?x {first}/{second}{sign} {node} }}"
            rewritten = constants_first(text, None, store)
            assert rewritten and rows(store, rewritten) == rows(store, text)
            asked += 1
    assert asked > 100
