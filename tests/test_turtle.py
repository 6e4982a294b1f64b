"""Lines of statements in Turtle texts."""

from thidua.terms import PREFIXES, TD
from thidua.turtle import positions

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
