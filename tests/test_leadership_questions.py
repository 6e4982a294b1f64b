"""Who led in one tidy table, who is never named, and in which order heads followed each other."""

from pathlib import Path

from tests.support.paths import ROOT
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, PREFIXES, TD
from thidua.graph import KnowledgeGraph
from thidua.write.request import Write
from thidua.write.transaction import Writer

SOURCE = "fc4f76211082579c"
RED_RIVER = "https://w3id.org/thidua/id/cluster/dong-bang-song-hong"


def headed(year: int, unit: str) -> str:
    """That a source names a head of the Red River Delta."""
    at = f"dong-bang-song-hong_{year}"
    return f"""edition:{at} td:editionOf <{RED_RIVER}> ; td:year {year} ; td:headTerm head:{at}_{unit} ;
      td:statedBy ev:{SOURCE} .
    head:{at}_{unit} org:member province:{unit} ; td:statedBy ev:{SOURCE} ."""


def told(kg: KnowledgeGraph, question: str, *columns: str, **asked: str) -> list[tuple[str, ...]]:
    rows = kg.ask(question, asked).records
    return [tuple(cell.value if (cell := row[name]) else "" for name in columns) for row in rows]


def test_one_row_for_each_unit_role_and_year(kg: KnowledgeGraph) -> None:
    key = ("cluster", "year", "role", "province")
    table = told(kg, "leadership", *key)
    each = told(kg, "who-led", *key, "source", "rank")
    assert len(table) == len(set(table))
    assert set(table) == {tuple(row[:4]) for row in each if row[5] != "deprecated"}
    for *row, number in told(kg, "leadership", *key, "sources"):
        assert int(number) == len({other[4] for other in each if list(other[:4]) == row})
    heads = told(kg, "heads-by-year", "cluster", "year", "province", "support", "reading", "time", "certainty")
    same = told(kg, "leadership", "cluster", "year", "province", "support", "reading", "time", "certainty", "role")
    assert sorted(heads) == sorted(row[:7] for row in same if row[7] == "head")
    disputed = {row[:2] for row in told(kg, "leadership", "provinceLabel", "year", "dispute") if row[2]}
    assert disputed == {("Đồng Nai", "2018"), ("Đồng Nai", "2019")}


def test_members_that_no_source_names_as_head(kg: KnowledgeGraph) -> None:
    """The anti-join, made by hand."""
    members = set(told(kg, "cluster-members", "cluster", "province"))
    heads = {row[:2] for row in told(kg, "who-led", "cluster", "province", "role") if row[2] == "head"}
    found = told(kg, "never-head", "cluster", "province")
    assert sorted(found) == sorted(members - heads) and len(found) > 30
    counts = ("province", "years", "firstYear", "lastYear", "deputy", "known")
    of_one = told(kg, "never-head", *counts, cluster="dong-bang-song-hong")
    (ninh_binh,) = [row for row in of_one if row[0].endswith("/ninh-binh")]
    assert ninh_binh[1:] == ("3", "2016", "2024", "1", "5")


def test_rotation(kg: KnowledgeGraph) -> None:
    found = told(kg, "rotation", "year", "provinceLabel", "before", "nextLabel", "turnLabel", cluster="bac-trung-bo")
    assert found == [
        ("2016", "Nghệ An", "", "", ""),
        ("2018", "Thừa Thiên Huế", "", "", ""),
        ("2023", "Quảng Trị", "", "Huế", ""),
        ("2024", "Thừa Thiên Huế", "2018", "", ""),
    ]
    assert set(told(kg, "rotation", "held", "cases")) == {("0", "0")}  # nobody has been seen twice with a successor
    assert "Đồng Nai" not in {row[0] for row in told(kg, "rotation", "provinceLabel")}  # of 2018 or of 2019


def test_rotation_says_whose_turn_it_is_and_how_often_that_held(store: Path, tmp_path: Path) -> None:
    own = copied(store, tmp_path / "store")
    names = ("edition", "head", "province", "ev")
    prefixes = f"PREFIX td: <{TD}> PREFIX org: <{PREFIXES['org']}> " + " ".join(
        f"PREFIX {name}: <https://w3id.org/thidua/id/{name}/>" for name in names
    )
    facts = "\n".join((headed(2016, "thai-binh"), headed(2017, "nam-dinh"), headed(2025, "ha-nam")))
    text = f"{prefixes} INSERT DATA {{ GRAPH <{GRAPH}{SOURCE}> {{ {facts} }} }}"
    Writer(own, ProjectFiles.find(ROOT)).write(Write("update", text=text))
    kg = KnowledgeGraph.open(own)
    columns = ("year", "provinceLabel", "before", "nextLabel", "turnLabel", "held", "cases")
    found = {row[0]: row[1:] for row in told(kg, "rotation", *columns, cluster="dong-bang-song-hong")}
    # After Thái Bình came Nam Định both times; after Nam Định came Hà Nam, and then Hà Nam again.
    assert found["2023"] == ("Thái Bình", "2016", "Nam Định", "Nam Định", "2", "2")
    assert found["2024"] == ("Nam Định", "2017", "Hà Nam", "Hà Nam", "2", "2")
    assert found["2025"] == ("Hà Nam", "2018", "", "Hải Dương", "2", "2")  # whose turn it is next
