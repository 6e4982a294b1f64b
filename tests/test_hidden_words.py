"""Words that hide from a look at the text, sent to a real service: they are refused, and nothing is done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.http import DIRECT, call
from tests.support.service import Server, running
from tests.support.stores import contents, copied

UPDATE = {"Content-Type": "application/sparql-update"}
SEEN = (
    "PREFIX g: <https://w3id.org/thidua/graph/> INSERT DATA { GRAPH g:provinces { "
    '<https://w3id.org/thidua/id/province/thai-binh> <http://www.w3.org/2004/02/skos/core#altLabel> "Ghi chú"@vi } } ; '
)


@pytest.fixture(scope="module")
def own(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(store, tmp_path_factory.mktemp("hidden") / "store")


@pytest.fixture(scope="module")
def open_server(own: Path) -> Iterator[Server]:
    with running(own, "--open-writes") as service:
        yield service


@pytest.mark.parametrize(
    "hidden",
    [
        "DROPGRAPHg:18d8c37f4f6536d1",
        "CLEARGRAPHg:18d8c37f4f6536d1",
        "CREATEGRAPHg:x",
        "COPYg:links TOg:inferred",
        "MOVEg:links TOg:18d8c37f4f6536d1",
        "ADDg:links TOg:18d8c37f4f6536d1",
        "LOADSILENT<http://127.0.0.1:1/>",
    ],
)
def test_an_operation_that_hides_behind_another_writes_nothing(hidden: str, open_server: Server, own: Path) -> None:
    before = contents(own)
    reply = call(open_server, "/update", method="POST", body=(SEEN + hidden).encode(), headers=UPDATE)
    assert (reply.status, reply.json["code"]) == (400, "query-syntax")
    assert reply.json["line"] == 1
    assert contents(own) == before


def test_what_is_written_openly_is_checked(open_server: Server, own: Path) -> None:
    before = contents(own)
    openly = SEEN + "COPY g:links TO g:inferred"
    reply = call(open_server, "/update", method="POST", body=openly.encode(), headers=UPDATE)
    assert (reply.status, reply.json["code"]) == (403, "forbidden")
    assert contents(own) == before


def test_a_mistake_is_told_where_it_stands_in_what_was_sent(server: Server) -> None:
    text = "# một\nSELECT * {\n  ?s td:year ?year ; ?year }"
    reply = call(server, "/sparql", method="POST", body=text.encode(), headers=DIRECT)
    assert reply.json["code"] == "query-syntax"
    assert (reply.json["line"], reply.json["column"]) == (3, 6)
    assert "PREFIX td: <https://w3id.org/thidua/ontology#>" in reply.json["detail"]
    declared = f"PREFIX td: <https://w3id.org/thidua/ontology#>\n{text}"
    for _ in range(2):  # the second time by the way of what is known
        reply = call(server, "/sparql", method="POST", body=declared.encode(), headers=DIRECT)
        assert (reply.status, reply.json["code"], reply.json["line"]) == (400, "query-syntax", 4)
