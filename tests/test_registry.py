"""What the registries and the sources known by address must hold, whoever edits them next."""

from collections import Counter
from collections.abc import Callable

import pytest

from thidua.base.terms import PREFIXES
from thidua.graph import KnowledgeGraph
from thidua.rdf.cells import Cell

HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())

Select = Callable[[str], list[dict[str, Cell | None]]]


@pytest.fixture(scope="module")
def select(kg: KnowledgeGraph) -> Select:
    def run(query: str) -> list[dict[str, Cell | None]]:
        return list(kg.current().select(HEADER + query))

    return run


def values(rows: list[dict[str, Cell | None]], name: str) -> list[str]:
    return [cell.value.rpartition("/")[2] for row in rows if (cell := row[name])]


@pytest.mark.parametrize(
    ("cls", "count"),
    [("td:Province", 87), ("td:ProvinceChange", 31), ("td:EmulationMovement", 27), ("td:EmulationCluster", 9)],
)
def test_registers_are_whole(select: Select, cls: str, count: int) -> None:
    assert len(select(f"SELECT ?x {{ ?x a {cls} }}")) == count


def test_a_change_is_one_act_with_all_its_units(select: Select) -> None:
    """52 units ended in 23 mergers, and each has the unit that came of it as its successor."""
    merged = select(
        """SELECT ?change ?old ?new { ?change td:kind c:change-merger ;
           org:originalOrganization ?old ; org:resultingOrganization ?new . ?old td:successor ?new ; td:areaShare ?share
           FILTER(?share > 0.97) }"""
    )
    assert len(set(values(merged, "change"))) == len(set(values(merged, "new"))) == 23
    assert len(merged) == len(set(values(merged, "old"))) == 52
    told = select("SELECT ?change ?how { ?change a td:ProvinceChange ; td:kind/skos:notation ?how }")
    assert Counter(row["how"].value for row in told if row["how"]) == {
        "merger": 23, "reclassification": 5, "split": 3, "absorption": 1,
    }  # fmt: skip
    assert not select("SELECT ?x { ?x org:originalOrganization ?u ; org:resultingOrganization ?u }")
    assert len(select("SELECT ?x { ?new org:resultedFrom ?x . ?x org:resultingOrganization ?new }")) == 27


def test_a_body_named_after_a_province_leads_to_it(select: Select) -> None:
    units = select(
        """SELECT ?u ?name { ?u a td:Province { ?u skos:prefLabel|skos:altLabel ?name }
           UNION { ?d td:designates ?u ; skos:prefLabel ?name } FILTER(LANG(?name) = "vi") }"""
    )
    named: dict[str, set[str]] = {}
    for row in units:
        assert row["u"] and row["name"]
        named.setdefault(row["name"].value, set()).add(row["u"].value)
    bodies = select(
        """SELECT ?body ?name ?unit { ?body a td:PublicBody ; skos:prefLabel ?name FILTER(LANG(?name) = "vi")
           OPTIONAL { ?body td:ofProvince ?unit } }"""
    )
    assert len(bodies) > 200
    for row in bodies:
        assert row["name"]
        told = row["name"].value
        meant = {unit for name, found in named.items() if told.endswith(f" {name}") for unit in found}
        if told == "Đoàn Thanh niên Cộng sản Hồ Chí Minh":  # after the man
            meant = set()
        assert (row["unit"].value in meant) if row["unit"] else not meant, told


def test_nothing_was_issued_by_a_province_that_was_not_there(select: Select) -> None:
    assert select("SELECT ?d { ?d eli:passed_by/td:ofProvince ?u ; eli:date_document ?day }")
    assert not select(
        """SELECT ?d { ?d eli:passed_by/td:ofProvince ?u ; eli:date_document ?day
           OPTIONAL { ?u td:startDate ?start } OPTIONAL { ?u td:endDate ?end } FILTER(?day < ?start || ?end < ?day) }"""
    )


def test_the_codes_have_the_decisions_behind_them(select: Select) -> None:
    rows = select("SELECT ?number { linkset:gso td:legalBasis/eli:id_local ?number }")
    assert {row["number"].value for row in rows if row["number"]} == {"124/2004/QĐ-TTg", "19/2025/QĐ-TTg"}


def test_the_country_is_a_country(select: Select) -> None:
    assert select("SELECT ?x { VALUES ?x { country:vn } ?x a schema:Country, schema:AdministrativeArea }")


def test_the_award_catalogue_is_whole(select: Select) -> None:
    assert len(select("SELECT ?x { ?x skos:inScheme c:award }")) == 96


@pytest.mark.parametrize(("day", "units"), [("2008-07-31", 64), ("2024-06-01", 63), ("2026-01-01", 34)])
def test_units_in_force_and_their_codes(kg: KnowledgeGraph, day: str, units: int) -> None:
    rows = kg.ask("provinces-on", {"on": day}).records
    assert len(rows) == units
    assert max(Counter(row["gso"].value for row in rows if row["gso"]).values()) == 1


def test_each_of_the_63_reaches_exactly_one_unit_of_today(select: Select) -> None:
    rows = select('SELECT ?u ?now { ?u a td:Province ; td:currentUnit ?now . ?u td:endDate "2025-06-30"^^xsd:date }')
    reached = Counter(values(rows, "u"))
    assert len(reached) == 52
    assert set(reached.values()) == {1}
    assert len(set(values(rows, "now"))) == 23


def test_a_code_passes_to_another_name(kg: KnowledgeGraph) -> None:
    before = kg.ask("units-with-code", {"code": "24"}).records
    assert [row["provinceLabel"].value for row in before if row["provinceLabel"]] == ["Bắc Giang", "Bắc Ninh"]


def test_merged_units_share_no_identity_with_their_namesakes(select: Select) -> None:
    exact = select("SELECT ?q { province:ninh-binh skos:exactMatch ?q . province:ninh-binh-2025 skos:exactMatch ?q }")
    close = select("SELECT ?q { province:ninh-binh skos:closeMatch ?q . province:ninh-binh-2025 skos:closeMatch ?q }")
    assert not exact
    assert any("wikidata" in (row["q"].value if row["q"] else "") for row in close)


def test_one_source_per_address(select: Select) -> None:
    rows = select("SELECT ?s ?u { ?s schema:url ?u FILTER EXISTS { ?r schema:subjectOf ?s } }")
    urls = Counter(row["u"].value for row in rows if row["u"])
    assert len(urls) == 122  # the 121, and the one article that prints its own
    assert max(urls.values()) == 1
    assert len(select("SELECT DISTINCT ?s { ?r schema:subjectOf ?s }")) == 126


def test_what_is_known_by_address_has_no_hash_and_no_position(select: Select) -> None:
    assert len(select("SELECT ?s { ?s td:contentHash ?h }")) == 5
    assert not select("SELECT ?e { ?e oa:hasSource ?s ; oa:hasSelector ?p FILTER NOT EXISTS { ?s td:contentHash ?h } }")


def test_one_person_once_and_namesakes_apart(select: Select) -> None:
    names = 'SELECT DISTINCT ?p { ?p a td:Person ; skos:prefLabel|skos:altLabel ?n FILTER(STR(?n) = "%s") }'
    assert values(select(names % "Tran Tue Hien"), "p") == values(select(names % "Trần Tuệ Hiền"), "p")
    assert values(select(names % "グエン・カック・タン"), "p") == ["nguyen-khac-than"]
    assert len(select(names % "Vương Văn Đinh")) == 1
    assert sorted(values(select(names % "Nguyễn Văn Sơn"), "p")) == [
        "nguyen-van-son_ha-giang",
        "nguyen-van-son_tuyen-quang",
    ]


def test_both_member_lists_of_the_south_east_stand(kg: KnowledgeGraph) -> None:
    lists = {
        year: {row["provinceLabel"].value for row in rows if row["provinceLabel"]}
        for year in ("2019", "2023")
        if (rows := kg.ask("cluster-members", {"cluster": "dong-nam-bo", "year": year}).records)
    }
    assert lists["2019"] - lists["2023"] == {"Long An"}
    assert lists["2023"] - lists["2019"] == {"Ninh Thuận"}
    told = kg.ask("conflicts").records
    assert {"member list", "reading"} <= {row["what"].value for row in told if row["what"]}


def test_what_is_inferred_says_so(select: Select) -> None:
    rows = select(
        """SELECT ?term ?basis ?confidence { VALUES ?basis { c:basis-inferred c:basis-ambiguous c:basis-year-inferred }
           ?term a td:LeadershipTerm . GRAPH ?source { ?term td:basis ?basis ; td:confidence ?confidence } }"""
    )
    assert len(rows) >= 14
    assert all(float(row["confidence"].value) < 0.9 for row in rows if row["confidence"])
    assert not select(
        "SELECT ?term { VALUES ?b { c:basis-inferred c:basis-ambiguous }"
        " GRAPH ?g { ?term td:basis ?b ; td:statedBy ?e } }"
    )


def test_unverified_entries_say_so(kg: KnowledgeGraph) -> None:
    rows = kg.ask("unverified").records
    told = {
        row["thing"].value.rpartition("/")[2]: row["verification"].value
        for row in rows
        if row["thing"] and row["verification"]
    }
    assert told["ha-tay"] == "partial"
    assert told["quyet-dinh-368-qd-ttg-2023"] == "unverified"
