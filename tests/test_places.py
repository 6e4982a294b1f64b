"""Places in time: 63 units became 34, and a question may be asked from either end."""

import datetime
import itertools
from collections import Counter

import pytest

from thidua.base.terms import PREFIXES
from thidua.graph import KnowledgeGraph
from thidua.rdf.cells import Cell

HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
LAST_DAY, FIRST_DAY = "2025-06-30", "2025-07-01"


def local(cell: Cell | None) -> str:
    return cell.value.rpartition("/")[2] if cell else ""


def asked(kg: KnowledgeGraph, name: str, columns: str, **values: str) -> list[tuple[str, ...]]:
    """The columns named, of each row."""
    return [tuple(local(row[column]) for column in columns.split()) for row in kg.ask(name, values).records]


@pytest.fixture(scope="module")
def former(kg: KnowledgeGraph) -> set[str]:
    """The units in force on the last day before the mergers."""
    return {unit for (unit,) in asked(kg, "provinces-on", "province", on=LAST_DAY)}


@pytest.fixture(scope="module")
def current(kg: KnowledgeGraph) -> set[str]:
    return {unit for (unit,) in asked(kg, "provinces-on", "province", on=FIRST_DAY)}


def test_63_units_reach_34_and_each_exactly_one(kg: KnowledgeGraph, former: set[str], current: set[str]) -> None:
    assert (len(former), len(current)) == (63, 34)
    rows = kg.current().select(HEADER + "SELECT ?unit ?today { ?unit a td:Province ; td:currentUnit ?today }")
    reached = {unit: {local(row["today"]) for row in rows if local(row["unit"]) == unit} for unit in former}
    assert {len(today) for today in reached.values()} == {1}
    assert set().union(*reached.values()) == current
    assert len(former & current) == 11  # those that no merger touched


def test_there_and_back_again(kg: KnowledgeGraph, former: set[str], current: set[str]) -> None:
    """Each unit of today names its former units; each of those names it; together they are the 63, once each."""
    found: Counter[str] = Counter()
    for unit in current:
        parts = [part for (part,) in asked(kg, "province-today", "former", province=unit, on=LAST_DAY)]
        assert parts
        found.update(parts)
        for part in parts:
            assert asked(kg, "province-today", "today", province=part) == [(unit,)] or part == unit
            assert asked(kg, "province-today", "former", province=part, on=FIRST_DAY) == [(unit,)]
    assert set(found) == former
    assert set(found.values()) == {1}


#: Unit, a day, its name and its kind then: the last day of the one, and the first of the next.
CALLED = [
    ("hue", "2013-06-01", "Thừa Thiên Huế", "province"),
    ("hue", "2024-12-31", "Thừa Thiên Huế", "province"),
    ("hue", "2025-01-01", "Huế", "municipality"),
    ("can-tho", "2003-12-31", "Cần Thơ", "province"),
    ("can-tho", "2004-01-01", "Cần Thơ", "municipality"),
    ("dong-nai", "2025-06-30", "Đồng Nai", "province"),
    ("dong-nai-2025", "2026-04-29", "Đồng Nai", "province"),
    ("dong-nai-2025", "2026-04-30", "Đồng Nai", "municipality"),
    ("quang-ninh", "2026-08-31", "Quảng Ninh", "province"),
    ("quang-ninh", "2026-09-01", "Quảng Ninh", "municipality"),
    ("bac-ninh-2025", "2026-09-19", "Bắc Ninh", "province"),
    ("bac-ninh-2025", "2026-09-20", "Bắc Ninh", "municipality"),
    ("ha-noi", "2008-07-31", "Hà Nội", "municipality"),
]


@pytest.mark.parametrize(("unit", "on", "name", "kind"), CALLED)
def test_a_unit_is_called_what_it_was_called_that_day(
    kg: KnowledgeGraph, unit: str, on: str, name: str, kind: str
) -> None:
    shown = [(each, called) for each, called, _ in asked(kg, "provinces-on", "province provinceLabel kind", on=on)]
    assert (unit, name) in shown and len(shown) == len({each for each, _ in shown})
    assert asked(kg, "province-codes", "provinceLabel kind", province=unit, on=on) == [(name, kind)]
    ((code,),) = asked(kg, "province-codes", "gso", province=unit)
    assert (unit, name, kind) in asked(kg, "units-with-code", "province provinceLabel kind", code=code, on=on)
    assert (unit, name) in asked(kg, "province-today", "former formerLabel", province=unit, on=on)


def test_without_a_day_a_unit_is_called_what_it_is(kg: KnowledgeGraph) -> None:
    assert asked(kg, "province-codes", "provinceLabel kind", province="hue") == [("Huế", "municipality")]
    assert asked(kg, "units-with-code", "provinceLabel kind", code="46") == [("Huế", "municipality")]


def test_records_have_the_name_of_their_year(kg: KnowledgeGraph) -> None:
    rows = kg.current().select(
        HEADER
        + """SELECT ?kind ?year ?name { ?record td:nameThen ?name ; a ?class ; td:inEdition ?edition .
          VALUES (?class ?kind) { (td:HeadTerm "head") (td:ClusterMembership "member") }
          ?edition td:editionOf cluster:bac-trung-bo ; td:year ?year FILTER(LANG(?name) = "vi") }"""
    )
    told = {(local(row["kind"]), local(row["year"]), local(row["name"])) for row in rows}
    named = {("head", "2018"), ("member", "2013"), ("member", "2014"), ("member", "2017")}
    assert named <= {row[:2] for row in told} and {row[2] for row in told} == {"Thừa Thiên Huế"}
    assert not kg.current().select(
        HEADER + "SELECT ?r { ?r td:nameThen ?name ; td:inEdition/td:year ?year FILTER(?year > 2024) }"
    )
    assert ("2018", "Thừa Thiên Huế") in asked(kg, "led-by-territory", "year predecessorLabel", province="hue")


def test_the_names_of_a_unit_leave_no_day_out(kg: KnowledgeGraph) -> None:
    """From its first day to its last, one after the other; and each is a spelling of the unit."""
    rows = kg.current().select(
        HEADER
        + """SELECT ?unit ?name ?from ?until ?start ?end ?spelled { ?each td:designates ?unit ; skos:prefLabel ?name
          FILTER(LANG(?name) = "vi") OPTIONAL { ?each td:startDate ?from } OPTIONAL { ?each td:endDate ?until }
          OPTIONAL { ?unit td:startDate ?start } OPTIONAL { ?unit td:endDate ?end }
          BIND(EXISTS { ?unit skos:prefLabel|skos:altLabel ?name } AS ?spelled) } ORDER BY ?unit ?from"""
    )
    units: dict[str, list[tuple[str, ...]]] = {}
    for row in rows:
        assert local(row["spelled"]) == "true"
        units.setdefault(local(row["unit"]), []).append(
            tuple(local(row[name]) for name in ("from", "until", "start", "end"))
        )
    assert len(units) == 5
    for spans in units.values():
        first, last = spans[0], spans[-1]
        assert first[0] == first[2] and last[1] == last[3]
        for before, after in itertools.pairwise(spans):
            assert datetime.date.fromisoformat(before[1]) + datetime.timedelta(1) == datetime.date.fromisoformat(
                after[0]
            )


@pytest.mark.parametrize("text", ["Thừa Thiên Huế", "tỉnh Thừa Thiên Huế", "thua thien hue", "TP Huế"])
def test_a_former_name_finds_the_unit(kg: KnowledgeGraph, text: str) -> None:
    assert kg.search(text, ["province"])[0].name.iri.endswith("/province/hue")


def test_a_unit_that_nothing_befell_is_itself(kg: KnowledgeGraph) -> None:
    assert asked(kg, "province-today", "today former since", province="cao-bang") == [("cao-bang", "cao-bang", "")]


def test_the_territory_of_a_unit_of_today_and_of_a_former_one(kg: KnowledgeGraph) -> None:
    columns = "year role predecessor relation"
    today = asked(kg, "led-by-territory", columns, province="ninh-binh-2025")
    assert today == [
        ("2018", "head", "ha-nam", "predecessor"),
        ("2022", "deputy", "ninh-binh", "predecessor"),
        ("2024", "head", "nam-dinh", "predecessor"),
    ]
    before = asked(kg, "led-by-territory", columns, province="Hà Nam")
    assert [row[:3] for row in before] == [row[:3] for row in today]
    assert [row[3] for row in before] == ["itself", "merged-with", "merged-with"]
    assert set(asked(kg, "led-by-territory", "today", province="Hà Nam")) == {("ninh-binh-2025",)}


def test_asking_every_unit_of_today_tells_everything_once(kg: KnowledgeGraph, current: set[str]) -> None:
    by_territory: Counter[tuple[str, ...]] = Counter()
    for unit in current:
        by_territory.update(asked(kg, "led-by-territory", "predecessor year cluster role", province=unit))
    assert by_territory == Counter(asked(kg, "province-led", "province year cluster role"))


def test_a_year_that_is_only_inferred_is_possible(kg: KnowledgeGraph) -> None:
    """Sources that print no year, or that can be read two ways, settle nothing: even for the year."""
    told = {row[:2]: row[2] for row in asked(kg, "who-led", "province year certainty")}
    assert told["dong-nai", "2018"] == told["dong-nai", "2019"] == "possible"
    assert told["hue", "2018"] == "possible"
    assert told["ha-nam", "2018"] == "certain"
    territory = dict(asked(kg, "led-by-territory", "predecessor certainty", province="ho-chi-minh-2025"))
    assert territory["binh-duong"] == "possible"


def test_nobody_leads_or_belongs_after_its_end(kg: KnowledgeGraph) -> None:
    before = {unit for (unit,) in asked(kg, "cluster-members", "province", year="2025", on=LAST_DAY)}
    after = {unit for (unit,) in asked(kg, "cluster-members", "province", year="2025", on=FIRST_DAY)}
    assert before - after == {
        "ha-giang", "lao-cai", "can-tho", "hai-phong", "ho-chi-minh", "da-nang", "quang-binh", "quang-tri",
    }  # fmt: skip
    assert after < before


def test_no_review_was_later_than_the_end_of_april(kg: KnowledgeGraph) -> None:
    """The bound that docs/time.md gives a term whose hand-over no source dates."""
    rows = kg.current().select(
        HEADER + "SELECT ?year ?day { ?c td:kind c:conf-annual ; td:reviews/td:year ?year ; td:startDate ?day }"
    )
    assert len(rows) > 15
    for row in rows:
        assert row["day"] and row["year"]
        assert f"{int(row['year'].value) + 1}-01-01" <= row["day"].value <= f"{int(row['year'].value) + 1}-04-30"


@pytest.mark.parametrize(("on", "certainty"), [("2024-08-01", "certain"), ("2024-01-01", "possible")])
def test_a_post_is_certain_on_the_day_it_was_seen(kg: KnowledgeGraph, on: str, certainty: str) -> None:
    told = asked(kg, "officials", "official seenOn source certainty", province="lao-cai", on=on)
    assert ("trinh-xuan-truong", "2024-08-01", "ed5451d7c68959e8", certainty) in told


def test_a_day_whose_year_is_inferred_settles_nothing(kg: KnowledgeGraph) -> None:
    """The article prints 13 March and no year; those that print the year were read at second hand."""
    columns = "official seenOn source support reading time certainty"
    told = asked(kg, "officials", columns, province="thai-binh", on="2024-03-13")
    assert ("nguyen-khac-than", "2024-03-13", "18d8c37f4f6536d1", "stated", "first-hand", "allowed", "possible") in told
    assert "certain" not in {row[-1] for row in told}


def test_a_post_between_two_days_it_was_seen_on_is_possible(kg: KnowledgeGraph) -> None:
    """And in a year with no day at all it is not told."""
    rows = kg.current().select(
        HEADER
        + """SELECT ?who ?post ?first ?last { ?h td:attestedOn ?first, ?last ; org:member ?who ; td:post ?post
          FILTER(YEAR(?last) - YEAR(?first) > 1) FILTER NOT EXISTS { ?h td:attestedOn|td:during ?third
            FILTER(?third != ?first && ?third != ?last) } } LIMIT 1"""
    )
    assert rows, "somebody was seen in one post in years apart"
    who, post, first = local(rows[0]["who"]), local(rows[0]["post"]), local(rows[0]["first"])
    between = f"{int(first[:4]) + 1}-07-01"
    told = asked(kg, "posts-of-person", "post seenOn certainty", person=who, on=between)
    assert (post, first, "possible") in told
    assert "certain" not in {certainty for _, _, certainty in told}
    assert post not in {
        each for (each,) in asked(kg, "posts-of-person", "post", person=who, on=f"{int(first[:4]) - 1}-07-01")
    }
