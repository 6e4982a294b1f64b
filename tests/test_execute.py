"""A request means the same wherever it runs: in this process and in a worker the results and the errors are equal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from thidua.base.errors import KnowledgeGraphError
from thidua.base.limits import Limits
from thidua.base.terms import GRAPH, INFERRED
from thidua.engine.in_process import InProcess
from thidua.engine.query import Caller, Diff, Dump, GraphExport, Query, Request, from_wire, to_wire
from thidua.workers.pool import QueryPool
from thidua.workers.pooled import Pooled

NAMES = "PREFIX td: <https://w3id.org/thidua/ontology#> SELECT ?c { ?c a td:EmulationCluster } ORDER BY ?c"
CONSTRUCT = "CONSTRUCT { ?s a ?o } WHERE { ?s a ?o } ORDER BY ?s ?o LIMIT 50"
REQUESTS: dict[str, Request] = {
    "a table": Query(NAMES),
    "a table in CSV": Query(NAMES, results="text/csv"),
    "the beginning of a table": Query(NAMES, rows=2),
    "a truth": Query("ASK { ?s ?p ?o }", results="application/sparql-results+xml"),
    "a graph": Query(CONSTRUCT),
    "the beginning of a graph": Query(CONSTRUCT, turtle=200),
    "of one graph": Query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", default_graphs=(INFERRED,)),
    "of a base": Query("SELECT (<x> AS ?x) {}", base="urn:base:"),
    "one graph": GraphExport(INFERRED, "application/n-triples"),
    "all": Dump("application/n-quads", False),
    "all, packed": Dump("application/trig", True),
    "a difference": Diff("", "text/plain", "vi"),
}
REFUSED: dict[str, Request] = {
    "no table": Query("ASK {}", results=None),
    "no graph": Query(CONSTRUCT, graphs=None),
    "a table of triples": Query("SELECT (<<( <urn:s> <urn:p> 1 )>> AS ?t) {}", results="text/csv"),
    "no query": Query("SELECT * {"),
    "no function": Query("SELECT (<urn:f>(1) AS ?x) {}"),
    "no such graph": GraphExport(GRAPH + "none", "text/turtle"),
}


@pytest.fixture(scope="module")
def pooled() -> Iterator[Pooled]:
    pool = QueryPool(Limits(fast_slots=1, timeout=60))
    yield Pooled(pool)
    pool.close()


@pytest.mark.parametrize("name", REQUESTS)
def test_results_are_equal(store: Path, pooled: Pooled, name: str) -> None:
    folder, request = (store / "current").resolve(), REQUESTS[name]
    if isinstance(request, Diff):
        request = Diff(str(folder), request.media_type, request.language)
    here, there = (engine.execute(folder, request, Caller()) for engine in (InProcess(), pooled))
    assert (here.form, here.media_type) == (there.form, there.media_type)
    content = here.read()
    assert content == there.read()
    assert content or isinstance(request, Diff)


@pytest.mark.parametrize("name", REFUSED)
def test_errors_are_equal(store: Path, pooled: Pooled, name: str) -> None:
    told = []
    for engine in (InProcess(), pooled):
        with pytest.raises(KnowledgeGraphError) as caught:
            engine.execute((store / "current").resolve(), REFUSED[name], Caller())
        told.append((type(caught.value), str(caught.value), vars(caught.value)))
    assert told[0] == told[1]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_travels(name: str) -> None:
    assert from_wire(*to_wire(REQUESTS[name])) == REQUESTS[name]
