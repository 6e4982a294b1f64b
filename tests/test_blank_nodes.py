"""Blank nodes that nothing tells apart: a few kilobytes of them occupy no writer, and what people mean is taken."""

from pathlib import Path

import pytest

from tests.support.http import call
from tests.support.service import running
from thidua.base.errors import UnsupportedRdfError
from thidua.rdf.quads import QuadStore

P = "<http://e/p>"


def graph_of(turtle: str) -> QuadStore:
    store = QuadStore.memory()
    store.load(turtle.encode(), "text/turtle", None, None)
    return store


@pytest.mark.parametrize(
    "turtle",
    [
        f"<http://e/a> {P} ({'1 ' * 5000}) .",
        f"<http://e/a> {P} {'[ ' + P + ' ' * 1}{('[ ' + P + ' ') * 400}1{' ]' * 401} .",
        "".join(f"_:n{one} {P} _:n{other} . " for one in range(30) for other in range(30) if one != other),
    ],
    ids=["a long list of the same", "a long chain", "each with each"],
)
def test_what_takes_minutes_to_label_is_refused(turtle: str) -> None:
    with pytest.raises(UnsupportedRdfError, match="alike"):
        graph_of(turtle).graph_hash(None)


@pytest.mark.parametrize(
    "turtle",
    [
        f"<http://e/a> {P} ({'1 ' * 50}) .",
        f"<http://e/a> {P} ({' '.join(map(str, range(3000)))}) .",
        f"<http://e/a> {P} [ <http://e/q> 1 ] . " * 2000,
        "".join(f"<http://e/a{n}> {P} [ {P} 'x' ; {P} [ {P} 1 ] ] . " for n in range(1000)),
        f"_:c {P} {', '.join(f'[ {P} _:c ]' for _ in range(50))} .",
    ],
    ids=["a list of the same", "a long list", "many alike", "addresses", "a star"],
)
def test_what_people_mean_is_labelled(turtle: str) -> None:
    assert len(graph_of(turtle).graph_hash(None)) == 64


def test_whoever_sends_such_is_told_and_others_write_on(tmp_path: Path) -> None:
    with running(tmp_path / "store", "--plain", str(tmp_path / "data"), "--open-writes") as plain:
        kind = {"Content-Type": "text/turtle"}
        body = f"<http://e/a> {P} ({'1 ' * 5000}) .".encode()
        reply = call(plain, "/data?graph=http://t/g", method="PUT", body=body, headers=kind)
        assert (reply.status, reply.json["code"]) == (422, "unsupported-rdf")
        reply = call(plain, "/data?graph=http://t/g", method="PUT", body=b"<a:a> <a:b> <a:c> .", headers=kind)
        assert reply.status == 201
