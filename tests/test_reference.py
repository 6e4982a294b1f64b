"""What the tables tell of clusters is in the graph of its own source: who led and belonged, when and where they met."""

import re
from collections import Counter

import pytest

from tests.support.tables import (
    CONFIDENCE,
    Ask,
    Row,
    asks,
    graph_of,
    in_hand,
    named_units,
    needs_tables,
    table,
    verdict,
)
from thidua.base.text import fold
from thidua.building.build import Assembly

pytestmark = needs_tables


@pytest.fixture(scope="module")
def ask(assembly: Assembly) -> Ask:
    return asks(assembly)


@pytest.fixture(scope="module")
def units(ask: Ask) -> dict[str, set[str]]:
    return named_units(ask)


def test_leadership(ask: Ask, units: dict[str, set[str]]) -> None:
    wrong, told = [], Counter[str]()
    for row in table("cluster_leadership"):
        what = f"{row['cluster_id']} {row['year']} {row['role']} {row['province']} ({row['article_id']})"
        graph = graph_of(row)
        terms = ask(
            f"""SELECT ?term ?unit ?says ?basis ?confidence ?ordinal {{ GRAPH $graph {{
              edition:{row["cluster_id"]}_{row["year"]} td:{row["role"]}Term ?term .
              ?term org:member ?unit ; ?says ?evidence . VALUES ?says {{ td:statedBy td:impliedBy }}
              OPTIONAL {{ ?term td:basis ?basis }} OPTIONAL {{ ?term td:confidence ?confidence }}
              OPTIONAL {{ ?term td:ordinal ?ordinal }} }} }}""",
            graph,
        )
        found = [term for term in terms if term["unit"] in units[row["province"]]]
        if not found:
            wrong.append(what)
            continue
        term = found[0]
        acted = ask(
            f"""SELECT ?name {{ GRAPH $graph {{ ?act td:inCapacity ?term ; td:participant|td:speaker ?person .
              FILTER(STRENDS(STR(?term), "/{term["term"]}")) }} ?person skos:prefLabel|skos:altLabel ?name }}""",
            graph,
        )
        if row["official"] and row["official"] not in {each["name"] for each in acted}:
            wrong.append(f"{what}: {row['official']} did not act")
        if in_hand(row):
            continue
        told[graph] += 1
        basis = "basis-" + row["basis"].replace(" ", "-")
        if (term["basis"], term["confidence"]) != (basis, CONFIDENCE[row["confidence"]]):
            wrong.append(f"{what}: {term}")
        if term["says"].endswith("statedBy") != (row["basis"] == "stated"):
            wrong.append(f"{what}: {term['says']}")
        place = re.search(r"Cụm [Pp]hó thứ (nhất|hai)", row["note"])
        if term.get("ordinal") != ({"nhất": "1", "hai": "2"}[place[1]] if place else None):
            wrong.append(f"{what}: ordinal {term.get('ordinal')}")
    for graph, rows in told.items():
        terms = ask("SELECT ?t { GRAPH $graph { ?edition td:headTerm|td:deputyTerm ?t } }", graph)
        wrong += [f"{graph}: {len(terms)} terms for {rows} rows"] if len(terms) != rows else []
    verdict("cluster_leadership", wrong)


#: The first word of an event: the kind of meeting, and what it is to the year.
MEETINGS = {
    "year-end": ("annual", "reviews"),
    "mid-year": ("mid-year", "reviews"),
    "signing": ("signing", "launches"),
    "meeting": ("standing", "launches"),
}
CITIES = {"Cần Thơ", "Đà Nẵng", "Hà Nội", "Hải Phòng", "TP. Hồ Chí Minh"}


def is_the_unit(printed: str, unit: str) -> bool:
    """Whether a place as printed is no finer than the unit; in the cities, city and unit are one."""
    whole = [unit, f"tỉnh {unit}", f"tại {unit}", f"hosted by {unit}", f"UBND tỉnh {unit} tổ chức"]
    if unit in CITIES:
        whole += [f"TP. {unit}", f"{unit} City", f"{unit.removeprefix('TP. ')} City"]
    return fold(printed) in map(fold, whole)


def test_meetings(ask: Ask, units: dict[str, set[str]]) -> None:
    wrong = []
    for row in table("cluster_hosting"):
        what = f"{row['cluster_id']} {row['event']} ({row['article_id'] or row['source']})"
        kind, relation = MEETINGS[row["event"].split()[0]]
        year = re.findall(r"\d{4}", row["event"])[-1]
        found = ask(
            f"""SELECT ?day ?span ?place ?venue ?basis {{ GRAPH $graph {{
              ?conf td:kind c:conf-{kind} ; td:{relation} edition:{row["cluster_id"]}_{year} .
              OPTIONAL {{ ?conf td:startDate ?day }} OPTIONAL {{ ?conf td:during ?span }}
              OPTIONAL {{ ?conf td:impliedBy ?evidence ; td:basis ?basis }}
              OPTIONAL {{ ?conf td:heldIn ?place }} OPTIONAL {{ ?conf td:venue ?venue }} }} }}""",
            graph_of(row),
        )
        if not found:
            wrong.append(what)
            continue
        meeting = found[0]
        if meeting.get("place", "") not in (units[row["host_province"]] if row["host_province"] else {""}):
            wrong.append(f"{what}: held in {meeting.get('place')}")
        if in_hand(row):
            continue
        if row["date"].startswith("unknown"):
            told = "span" in meeting and "basis" in meeting
        else:
            told = row["date"].removesuffix(" (day unknown)") == meeting.get("day", meeting.get("span"))
        if not told:
            wrong.append(f"{what}: {meeting}")
        printed = re.sub(r" \(.*\)$", "", row["place_as_printed"])
        if not printed.startswith("not printed") and not is_the_unit(printed, row["host_province"]):
            wrong += [f"{what}: {printed} is lost"] if meeting.get("venue") != printed else []
    verdict("cluster_hosting", wrong)


def test_nobody_met_of_whom_no_row_tells(ask: Ask) -> None:
    """Two texts list the leaders who attended, and no table has their meetings: that there was one is inferred."""
    rows = {graph_of(row) for row in table("cluster_hosting")}
    met = ask(
        """SELECT DISTINCT ?graph ?basis { GRAPH ?graph { ?conf td:kind ?kind ; td:reviews|td:launches ?edition
           OPTIONAL { ?conf td:impliedBy ?evidence ; td:basis ?basis } } }"""
    )
    articles = {graph_of(row): row["article_id"] for row in table("people")}
    assert {articles[each["graph"]]: each["basis"] for each in met if each["graph"] not in rows} == {
        "024": "basis-inferred",
        "026": "basis-inferred",
    }


def test_hand_overs_that_rows_tell_of(ask: Ask) -> None:
    found = ask(
        """SELECT ?to ?day { ?h td:toTerm ?to ; td:atEvent/td:startDate ?day ; td:statedBy/oa:hasSource ?source .
           FILTER NOT EXISTS { ?source td:contentHash ?hash } }"""
    )
    assert {(row["to"], row["day"]) for row in found} == {
        ("thanh-pho-truc-thuoc-trung-uong_2018_hai-phong", "2018-03-09"),
        ("dong-bang-song-hong_2019_hai-duong", "2019-03-20"),
        ("tay-nam-bo_2020_hau-giang", "2020-02-28"),
    }


#: Words for how a text shows members, the first that fits, with the basis.
SHOWN = {
    "attending": "attendance",
    "institutions": "attendance",
    "signatories": "signing",
    "listed": "listed",
    "named in the results": "named",
    "ranking": "year-inferred",
}


def years(text: str) -> list[int]:
    """``2018-2019`` is both years; a page after the end of 2021 is of 2022."""
    if text.startswith("after 2021"):
        return [2022]
    found = [int(year) for year in re.findall(r"\d{4}", text)]
    return list(range(found[0], found[-1] + 1))


def prints_number(row: Row) -> bool:
    """Whether a text says how many members there are; else whoever made the table counted them."""
    number = row["n_members_stated_or_counted"]
    said = f"{row['name_as_printed']} {row['member_basis']}"
    return bool(number and re.search(rf"\bnumber\b|\b({number}|bảy|năm|five)\b", said))


def test_clusters(ask: Ask, units: dict[str, set[str]]) -> None:
    of_name = {name: unit for name, found in units.items() for unit in found if not unit.endswith("-2025")}
    wrong = []
    for row in table("clusters"):
        graph, cluster = graph_of(row), row["cluster_id"]
        what = f"{cluster} {row['as_of']} ({row['article_id'] or row['source']})"
        editions = ask(
            f"""SELECT ?year ?count {{ GRAPH $graph {{ ?edition td:editionOf cluster:{cluster} ; td:year ?year .
              OPTIONAL {{ ?edition td:statedMemberCount ?count }} }} }}""",
            graph,
        )
        counts = {int(each["year"]): each.get("count", "") for each in editions}
        if not counts:
            wrong.append(what)
        if in_hand(row):
            continue
        called = "skos:prefLabel|skos:altLabel|skos:hiddenLabel"
        names = {each["n"] for each in ask(f"SELECT ?n {{ GRAPH $graph {{ cluster:{cluster} {called} ?n }} }}", graph)}
        printed = re.sub(r"(?<=\w) \(Cụm .*\)$", "", row["name_as_printed"])
        if not re.fullmatch(r"\(.*\)", printed) and printed not in names:
            wrong.append(f"{what}: called {printed}")
        listed = {of_name[name] for name in row["members"].split(";") if name}
        for year in years(row["as_of"]):
            if year not in counts or (prints_number(row) and counts[year] != row["n_members_stated_or_counted"]):
                wrong.append(f"{what}: {counts.get(year) or 'no'} members in {year}")
            if listed:
                shown = next(basis for word, basis in SHOWN.items() if word in row["member_basis"])
                expected = f"basis-{shown}", CONFIDENCE[row["confidence"]]
                if (
                    row["article_id"] == "303" and year == 2025
                ):  # it met in 2025; of whom it consists then, it is silent
                    expected = "basis-year-inferred", "0.6"
                members = ask(
                    f"""SELECT ?unit ?basis ?confidence {{ GRAPH $graph {{ edition:{cluster}_{year} td:membership ?m .
                      ?m org:member ?unit ; td:basis ?basis ; td:confidence ?confidence }} }}""",
                    graph,
                )
                wrong += [f"{what}: {each}" for each in members if (each["basis"], each["confidence"]) != expected]
                if beside := {each["unit"] for each in members} ^ listed:
                    wrong.append(f"{what}: in {year} {beside}")
        if re.search("members? named|named in a ranking|(first|third) for", row["member_basis"] + row["note"]):
            told = ask("SELECT ?unit { GRAPH $graph { ?edition td:membership/org:member ?unit } }", graph)
            named = {unit for name, unit in of_name.items() if re.search(rf"(^|[ ,;]){name}($|[,; ])", row["note"])}
            if not named or not named <= {each["unit"] for each in told}:
                wrong.append(f"{what}: {named}")
    verdict("clusters", wrong)
