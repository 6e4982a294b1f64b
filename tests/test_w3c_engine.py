"""The same W3C tests put to pyoxigraph alone: it fails the ones that the service fails, so the service adds none."""

import re
from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from tests.support import w3c
from tests.support.w3c import MF, QT, UT, Case, contents
from tests.support.w3c_language import FAILURES, QUERY, UPDATE, canonical, of_csv, same, solutions_of_file

pytestmark = w3c.present

_FORMATS: Final = {"ttl": ox.RdfFormat.TURTLE, "rdf": ox.RdfFormat.RDF_XML, "nt": ox.RdfFormat.N_TRIPLES}


def of_kind(cases: list[Case], *kinds: str) -> list[pytest.param]:  # type: ignore[valid-type]
    return [
        pytest.param(
            case,
            id=case.path,
            marks=[pytest.mark.xfail(reason=FAILURES[case.path], strict=True)] if case.path in FAILURES else [],
        )
        for case in cases
        if case.kind in kinds
    ]


def loaded(files: Iterator[tuple[str | None, rdflib.term.Node]]) -> ox.Store:
    store = ox.Store()
    for graph, file in files:
        form = _FORMATS[str(file).rpartition(".")[2]]
        where = ox.NamedNode(graph) if graph is not None else None
        store.load(w3c.read(file), form, base_iri=str(file), to_graph=where)
    return store


def dataset(case: Case) -> Iterator[tuple[str | None, rdflib.term.Node]]:
    action = case.value(MF.action)
    yield from ((None, file) for file in case.manifest.objects(action, QT.data))
    yield from ((str(file), file) for file in case.manifest.objects(action, QT.graphData))


@pytest.mark.parametrize("case", of_kind(QUERY, "QueryEvaluationTest", "CSVResultFormatTest"))
def test_query(case: Case) -> None:
    query, expected = case.value(MF.action, QT.query), case.value(MF.result)
    suffix = str(expected).rpartition(".")[2]
    answer = loaded(dataset(case)).query(w3c.read(query).decode(), base_iri=str(query))
    want = w3c.read(expected)
    if isinstance(answer, ox.QueryTriples):
        turtle = answer.serialize(format=ox.RdfFormat.N_TRIPLES)
        graph = rdflib.Graph().parse(data=want, format="turtle" if suffix == "ttl" else "xml", publicID=str(expected))
        assert isomorphic(rdflib.Graph().parse(data=turtle, format="nt"), graph)
    elif suffix == "csv":
        assert of_csv(answer.serialize(format=ox.QueryResultsFormat.CSV)) == of_csv(want)
    else:
        form = ox.QueryResultsFormat.TSV if suffix == "tsv" else ox.QueryResultsFormat.JSON
        found = canonical(ox.parse_query_results(answer.serialize(format=form), format=form))
        assert same(found, solutions_of_file(want, suffix, str(expected)))


@pytest.mark.parametrize("case", of_kind(QUERY, "PositiveSyntaxTest11", "NegativeSyntaxTest11"))
def test_query_syntax(case: Case) -> None:
    file = case.value(MF.action)
    try:
        ox.Store().query(w3c.read(file).decode(), base_iri=str(file))
        read = True
    except SyntaxError:
        read = False
    except RuntimeError as error:  # it was read, and calls a function that nobody defines
        read = str(error).endswith("is not supported")
    assert read is (case.kind == "PositiveSyntaxTest11")


@pytest.mark.parametrize("case", of_kind(UPDATE, "UpdateEvaluationTest"))
def test_update(case: Case) -> None:
    store, request = loaded(iter(contents(case, MF.action))), case.value(MF.action, UT.request)
    store.update(w3c.read(request).decode(), base_iri=str(request))
    expected = {graph: rdflib.Graph().parse(str(file)) for graph, file in contents(case, MF.result)}
    names = {graph.value for graph in store.named_graphs() if any(store.quads_for_pattern(None, None, None, graph))}
    assert names == {graph for graph, content in expected.items() if graph is not None and len(content)}
    for graph in {None, *expected}:
        where = ox.NamedNode(graph) if graph is not None else ox.DefaultGraph()
        lines = store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=where)
        content = rdflib.Graph().parse(data=lines, format="nt")
        assert isomorphic(content, expected.get(graph, rdflib.Graph()))


@pytest.mark.parametrize(
    "case", of_kind(UPDATE, "PositiveUpdateSyntaxTest11", "NegativeUpdateSyntaxTest11", "NegativeSyntaxTest11")
)
def test_update_syntax(case: Case) -> None:
    file = case.value(MF.action)
    text = w3c.read(file).decode()
    try:
        ox.Store().update(text, base_iri=str(file))
        read = True
    except SyntaxError:
        read = False
    except (OSError, RuntimeError):  # it was read, and loads from an address, or drops a graph that is not there
        assert re.search(r"(?i)\b(load|drop|clear|copy|move|add)\b", text)
        read = True
    assert read is case.kind.startswith("Positive")
