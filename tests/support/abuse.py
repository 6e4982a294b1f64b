"""What strangers will try: texts of three sizes for each class of abuse. They are made here and published nowhere."""

from collections.abc import Callable
from typing import Final

SIZES: Final = (1, 8, 64)
"""How much of it: enough to be annoying, enough to hurt, and what fits into a request."""


def nested(opening: str, closing: str, inside: str = "") -> Callable[[int], str]:
    return lambda size: f"SELECT * WHERE {{ {opening * 100 * size}{inside}{closing * 100 * size} }}"


def cartesian(size: int) -> str:
    steps = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(2 + size // 8))
    return f"SELECT (COUNT(*) AS ?n) {{ {steps} }}"


def doubling(size: int) -> str:
    steps = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(20 + size // 4))
    return f"SELECT (STRLEN(?x20) AS ?n) {{ BIND('xxxxxxxx' AS ?x0) {steps} }}"


def replaced(size: int) -> str:
    steps = " ".join(f"BIND(REPLACE(?x{n}, '.', 'xxxxxxxxxx') AS ?x{n + 1})" for n in range(5 + size // 8))
    return f"SELECT (STRLEN(?x5) AS ?n) {{ BIND('xx' AS ?x0) {steps} }}"


#: Class of abuse to a text of some size. Whatever comes of one, it comes in time.
QUERIES: Final[dict[str, Callable[[int], str]]] = {
    "nested groups": nested("{", "}"),
    "nested brackets": lambda size: f"SELECT * {{ FILTER({'(' * 100 * size}1{')' * 100 * size}) }}",
    "nested nots": lambda size: f"SELECT * {{ FILTER({'!' * 150 * size}true) }}",
    "nested lists": nested("( ", " )", "1"),
    "nested blank nodes": nested("[ <a:p> ", " ]", "1"),
    "nested paths": lambda size: f"SELECT * {{ ?s {'(' * 100 * size}<a:p>{')*' * 100 * size} ?o }}",
    "nested optionals": nested("?s ?p ?o OPTIONAL { ", "}"),
    "nested exists": nested("FILTER EXISTS { ", "}"),
    "nested subqueries": nested("{ SELECT * { ", "} }"),
    "nested triple terms": nested("<< ", " <a:p> <a:o> >>", "<a:s>"),
    "nested functions": lambda size: f"SELECT * {{ FILTER({'STR(' * 100 * size}1{')' * 100 * size}) }}",
    "long sum": lambda size: f"SELECT (1{'+1' * 300 * size} AS ?x) {{}}",
    "long alternative": lambda size: f"SELECT * {{ FILTER(true{'||true' * 150 * size}) }}",
    "long union": lambda size: "SELECT * {" + " UNION ".join(["{ ?s ?p ?o }"] * 60 * size) + "}",
    "long path": lambda size: "SELECT * { ?s " + "/".join(["<a:p>"] * 60 * size) + " ?o }",
    "many optionals": lambda size: "SELECT * { ?s ?p ?o " + "OPTIONAL { ?s ?p ?o } " * 20 * size + "}",
    "many patterns": lambda size: "SELECT * { " + "?s ?p ?o . " * 40 * size + "}",
    "many joins": lambda size: "SELECT * { " + " ".join(f"?a{n} ?p{n} ?a{n + 1} ." for n in range(10 * size)) + "}",
    "many values": lambda size: "SELECT * { VALUES ?x { " + "1 " * 400 * size + "} }",
    "cartesian product": cartesian,
    "unbounded path": lambda size: "SELECT (COUNT(*) AS ?n) { ?a (<>|!<>)* ?b . ?c (<>|!<>)* ?d }",
    "path of paths": lambda size: "SELECT (COUNT(*) AS ?n) { ?a (((<>|!<>)*)*)* ?b . ?b (<>|!<>)+ ?c }",
    "sorted product": lambda size: "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY RAND()",
    "distinct product": lambda size: "SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f }",
    "grouped product": lambda size: "SELECT ?a (GROUP_CONCAT(STR(?f)) AS ?g) { ?a ?b ?c . ?d ?e ?f } GROUP BY ?a",
    "regular expression": lambda size: (
        f"SELECT * {{ ?s ?p ?o FILTER(REGEX(STR(?o), '^({'a?' * 10 * size}){{1,50}}$')) }}"
    ),
    "greedy expression": lambda size: (
        f"SELECT * {{ FILTER(REGEX('{'a' * 500 * size}!', '^(([a-z])+.)+[A-Z]([a-z])+$')) }}"
    ),
    "counted expression": lambda size: f"SELECT * {{ FILTER(REGEX('{'a' * 100}', '(((a{{50}}){{50}}){{50}})')) }}",
    "doubling": doubling,
    "replacing": replaced,
    "large answer": lambda size: "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "large graph": lambda size: "CONSTRUCT { ?a ?b ?f } { ?a ?b ?c . ?d ?e ?f }",
    "too long": lambda size: "SELECT * { ?s ?p ?o } #" + "x" * 1000 * size,
    "open string": lambda size: "SELECT * { ?s ?p '" + "x" * 900 * size,
    "open comment": lambda size: "SELECT * { ?s ?p ?o } #" + "#" * 900 * size,
    "escapes": lambda size: "SELECT * { ?s ?p '" + "\\u0041" * 150 * size + "' }",
    "nul and surrogates": lambda size: "SELECT * { ?s ?p '\x00\ud800\u202e" + "e\u0301" * 200 * size + "' }",
    "quotes": lambda size: "SELECT * { ?s ?p " + "'\"" * 400 * size + " }",
    "angles": lambda size: "SELECT * { ?s ?p " + "<" * 900 * size + " }",
    "prefixes": lambda size: "PREFIX a: <b:c> " * 50 * size + "SELECT * { ?s ?p ?o } LIMIT 1",
}


def fetching(address: str) -> dict[str, str]:
    """Queries that would open a connection to an address, in every spelling."""
    host = address.removeprefix("http://").rstrip("/")
    port = host.rpartition(":")[2]
    hidden = "".join(f"\\u{ord(letter):04X}" for letter in "SERVICE")
    return {
        "service": f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}",
        "service silent": f"SELECT * {{ SERVICE SILENT <{address}> {{ ?s ?p ?o }} }}",
        "lower case": f"SELECT * {{ service <{address}> {{ ?s ?p ?o }} }}",
        "escaped": f"SELECT * {{ {hidden} <{address}> {{ ?s ?p ?o }} }}",
        "half escaped": f"SELECT * {{ SERV\\u0049CE <{address}> {{ ?s ?p ?o }} }}",
        "prefixed": f"PREFIX e: <{address}> SELECT * {{ SERVICE e: {{ ?s ?p ?o }} }}",
        "joined to its prefix": f"PREFIX : <{address}> SELECT * {{ SERVICE:x {{ ?s ?p ?o }} }}",
        "based": f"BASE <{address}> SELECT * {{ SERVICE <x> {{ ?s ?p ?o }} }}",
        "variable": f"SELECT * {{ VALUES ?e {{ <{address}> }} SERVICE ?e {{ ?s ?p ?o }} }}",
        "within exists": f"SELECT * {{ ?s ?p ?o FILTER EXISTS {{ SERVICE <{address}> {{ ?s ?p ?o }} }} }}",
        "within a subquery": f"SELECT * {{ {{ SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }} }} }}",
        "user information": f"SELECT * {{ SERVICE <http://trusted@{host}/> {{ ?s ?p ?o }} }}",
        "mapped address": f"SELECT * {{ SERVICE <http://[::ffff:127.0.0.1]:{port}/> {{ ?s ?p ?o }} }}",
        "from": f"SELECT * FROM <{address}> {{ ?s ?p ?o }}",
        "from named": f"SELECT * FROM NAMED <{address}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        "load": f"LOAD <{address}>",
        "load after a query": f"SELECT * {{ ?s ?p ?o }} ; LOAD <{address}>",
    }
