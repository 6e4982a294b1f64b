"""The question `coverage`: a whole grid, which says of each cluster-year what the timeline shows, and why."""

from collections import Counter

import pytest

from thidua.graph import KnowledgeGraph
from thidua.rdf.cells import Record, integer
from thidua.views.timeline import timeline


def rows(kg: KnowledgeGraph, **asked: str) -> list[Record]:
    return kg.ask("coverage", asked).records


def text(record: Record, name: str) -> str:
    cell = record[name]
    return cell.value if cell else ""


def test_every_cluster_has_every_year(kg: KnowledgeGraph) -> None:
    found = Counter((text(each, "cluster"), integer(each["year"])) for each in rows(kg))
    clusters, years = {cluster for cluster, _ in found}, {year for _, year in found}
    assert len(clusters) == 9 and years == set(range(2006, 2026))
    assert set(found.values()) == {1} and len(found) == 9 * 20


def test_it_says_what_the_timeline_shows(kg: KnowledgeGraph) -> None:
    table = {row.cluster: row for row in timeline(kg.current()).rows}
    for each in rows(kg):
        year = integer(each["year"])
        assert year is not None
        row, state = table[text(each, "cluster")], text(each, "state")
        assert state == row.state(year), (row.key, year)
        named = bool(row.editions[year].standing_heads) if year in row.editions else False
        assert text(each, "head") == ("known" if named else "unknown"), (row.key, year)
        assert (integer(each["heads"]) or 0) == (len(row.editions[year].standing_heads) if named else 0)


@pytest.mark.parametrize(
    ("cluster", "year", "state", "reason"),
    [
        ("dong-bang-song-hong", "2023", "certain", "stated"),
        ("dong-bang-song-hong", "2019", "possible", "second-hand"),
        ("dong-bang-song-hong", "2022", "possible", "implied"),
        ("dong-bang-song-hong", "2017", "none", "unmentioned"),
        ("dong-bang-song-hong", "2016", "unknown", "unnamed"),
        ("dong-nam-bo", "2018", "disputed", "two-readings"),
    ],
)
def test_why(kg: KnowledgeGraph, cluster: str, year: str, state: str, reason: str) -> None:
    (row,) = rows(kg, cluster=cluster, year=year)
    assert (text(row, "state"), text(row, "reason")) == (state, reason)


def test_a_part_of_it(kg: KnowledgeGraph) -> None:
    assert len(rows(kg, year="2015-2025")) == 99
    known, unknown = (rows(kg, year="2015-2025", head=head) for head in ("known", "unknown"))
    assert len(known) == 21 and len(unknown) == 78
    assert {text(row, "state") for row in unknown} == {"unknown", "none"}
