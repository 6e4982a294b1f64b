"""The W3C's tests of the query and update languages: the cases, the known failures, and answers made comparable."""

import csv
import io
import re
from collections import Counter
from decimal import Decimal
from typing import Any, Final

import pyoxigraph as ox
import rdflib
from rdflib.compare import isomorphic

from tests.support import w3c

QUERY: Final = w3c.cases("sparql11/manifest-sparql11-query.ttl", "sparql11/manifest-sparql11-results.ttl")
UPDATE: Final = w3c.cases("sparql11/manifest-sparql11-update.ttl")

#: Tests that fail, by suite and name, with the reason; docs/conformance.md lists them.
FAILURES: Final[dict[str, str]] = {
    "aggregates/agg-groupconcat-04": "the engine's GROUP_CONCAT gives no value for language-tagged strings",
    "aggregates/agg-groupconcat-06": "the engine's GROUP_CONCAT gives no value for language-tagged strings",
    "aggregates/agg-empty-group-count-graph": "the engine drops ?g from GRAPH ?g around an aggregate",
    "bindings/graph": "the engine leaves ?g unbound in GRAPH ?g around VALUES ?g",
    "csv-tsv-res/tsv03": "the engine keeps an xsd:negativeInteger as an xsd:integer",
    "functions/bnode01": "the engine's BNODE(label) gives the same blank node in every row",
    "negation/graph-minus": "the engine joins ?g into both sides of MINUS within GRAPH ?g",
    "property-path/zero_or_more_set_start": "the engine finds no zero-length path to a term outside the data",
    "property-path/zero_or_more_set_end": "the engine finds no zero-length path to a term outside the data",
    "property-path/zero_or_one_set_start": "the engine finds no zero-length path to a term outside the data",
    "property-path/zero_or_one_set_end": "the engine finds no zero-length path to a term outside the data",
}
_NUMERIC: Final = re.compile(r"http://www\.w3\.org/2001/XMLSchema#(integer|decimal|double|float)")


def of_csv(body: bytes) -> Counter[Any]:
    """The rows of a CSV answer, whatever the order of its columns and the names of its blank nodes."""
    rows = csv.DictReader(io.StringIO(body.decode()))
    return Counter(frozenset((name, csv_value(value)) for name, value in row.items()) for row in rows)


def csv_value(text: str) -> object:
    """A cell such that numbers written differently, and blank nodes, are the same."""
    try:
        return float(text)
    except ValueError:
        return re.sub("^_:.*", "_:", text)


def same(found: Any, expected: Any) -> bool:
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    return bool(found[0] == expected[0] and isomorphic(found[1], expected[1]))


def solutions(body: bytes, media_type: str) -> object:
    form = {
        "application/sparql-results+json": ox.QueryResultsFormat.JSON,
        "text/tab-separated-values": ox.QueryResultsFormat.TSV,
    }[media_type]
    return canonical(ox.parse_query_results(body, format=form))


def solutions_of_file(body: bytes, suffix: str, address: str) -> object:
    if suffix == "ttl":
        return canonical_result_set(rdflib.Graph().parse(data=body, format="turtle", publicID=address))
    form = {
        "srx": ox.QueryResultsFormat.XML,
        "srj": ox.QueryResultsFormat.JSON,
        "tsv": ox.QueryResultsFormat.TSV,
    }[suffix]
    return canonical(ox.parse_query_results(body, format=form))


def canonical(results: Any) -> object:
    """A table as a multiset of rows that does not depend on blank nodes' names; or a truth value."""
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    names = [variable.value for variable in results.variables]
    return frozen([{name: term for name in names if (term := row[name]) is not None} for row in results])


def frozen(rows: list[dict[str, Any]]) -> tuple[Counter[Any], rdflib.Graph]:
    # Rows with blank nodes become nodes of a graph, and graphs can be compared whatever the names.
    graph = rdflib.Graph()
    plain: Counter[Any] = Counter()
    for row in rows:
        cells = {name: value_of(term) for name, term in row.items()}
        if not any(isinstance(term, ox.BlankNode) for term in row.values()):
            plain[frozenset(cells.items())] += 1
            continue
        node = rdflib.BNode()
        for name, term in row.items():
            value = rdflib.BNode(term.value) if isinstance(term, ox.BlankNode) else rdflib.Literal(str(cells[name]))
            graph.add((node, rdflib.URIRef(f"urn:column:{name}"), value))
    return plain, graph


def value_of(term: Any) -> Any:
    """A term such that numbers written differently are the same."""
    if isinstance(term, ox.Literal) and (found := _NUMERIC.fullmatch(term.datatype.value)):
        try:
            number = float(term.value) if found[1] in ("double", "float") else Decimal(term.value)
            return (found[1], round(number, 9))
        except (ArithmeticError, ValueError):
            pass
    if isinstance(term, ox.Literal) and term.datatype.value.endswith("#boolean"):
        return ("boolean", term.value in ("1", "true"))
    return str(term)


def canonical_result_set(graph: rdflib.Graph) -> object:
    """A table in the vocabulary of the older suites."""
    rs = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
    rows = []
    for solution in graph.objects(None, rs.solution):
        rows.append(
            {
                str(graph.value(binding, rs.variable)): term_of(graph.value(binding, rs.value))
                for binding in graph.objects(solution, rs.binding)
            }
        )
    return frozen(rows)


def term_of(term: rdflib.term.Node | None) -> Any:
    match term:
        case rdflib.URIRef():
            return ox.NamedNode(str(term))
        case rdflib.Literal():
            datatype = ox.NamedNode(str(term.datatype)) if term.datatype and not term.language else None
            return ox.Literal(str(term), datatype=datatype, language=term.language)
        case _:
            return ox.BlankNode(str(term))
