"""Lines of statements in Turtle texts."""

from pathlib import Path

import pytest

from thidua.base.terms import PREFIXES, TD
from thidua.rdf import positions as turtle
from thidua.rdf.positions import positions, positions_in

TEXT = """\
@prefix td: <https://w3id.org/thidua/ontology#> .
@prefix x: <http://example.org/> .
# x:comment is not a subject
x:a a td:HeadTerm ;
    td:note "x:b ; . in a string",
        "twice" ;
    td:list ( x:c x:d ) ;
    td:node [ td:inner x:e ;
        td:other x:f ] ;
    td:last x:g .
x:b.c td:year 2024.
<http://example.org/h> td:year 2025 .
"""


def test_positions() -> None:
    found = positions(TEXT)
    ex = "http://example.org/"
    assert found.subjects == {ex + "a": 4, ex + "b.c": 11, ex + "h": 12}
    assert found.line(ex + "a", PREFIXES["rdf"] + "type") == 4
    assert found.line(ex + "a", TD + "note") == 5
    assert found.line(ex + "a", TD + "last") == 10
    assert found.line(ex + "h", TD + "year") == 12
    assert found.line(ex + "a", TD + "unknown") == 4
    assert found.line(ex + "nothing") is None
    assert found.mentions[ex + "f"] == 9
    assert ex + "comment" not in found.mentions


LINES = (
    '<urn:a> <urn:p> "<urn:b> . \\" #" .\n'
    "<urn:b> <urn:p> <urn:a>.\n"
    '<urn:a> <urn:q> "1"^^<urn:t> .\n'
    '<urn:a> <urn:p> "a"@vi-VN .\n'
)


def test_a_large_file_of_triples_is_indexed_for_what_is_sought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turtle, "_LARGE", 0)
    path = tmp_path / "large.ttl"
    path.write_text(LINES, encoding="utf-8")
    whole = positions(LINES)
    found = positions_in(path, {"urn:a", "urn:t", "urn:x"})
    assert not found.whole
    assert found.subjects == {"urn:a": 1}
    assert found.statements == {key: line for key, line in whole.statements.items() if key[0] == "urn:a"}
    assert found.mentions == {"urn:a": 1, "urn:t": 3}


@pytest.mark.parametrize(
    "other", ["# a comment\n", "<urn:a> a <urn:t> .\n", "<urn:a> <urn:p> 1, 2 .\n", '<urn:a> <urn:p> """\n']
)
def test_a_large_file_of_anything_else_is_indexed_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    monkeypatch.setattr(turtle, "_LARGE", 0)
    path = tmp_path / "large.ttl"
    path.write_text(LINES + other, encoding="utf-8")
    assert positions_in(path, {"urn:a"}) == positions(LINES + other)
