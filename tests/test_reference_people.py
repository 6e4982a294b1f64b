"""Whoever the tables name holds the printed posts in the graph of their own source."""

import re
from collections.abc import Iterator

import pytest

from tests.support.tables import (
    CONFIDENCE,
    Ask,
    Row,
    asks,
    graph_of,
    is_left_out,
    named_units,
    needs_tables,
    parts_left_out,
    table,
    verdict,
)
from thidua.base.text import fold
from thidua.building.build import Assembly

pytestmark = needs_tables

#: What a printed title says of a cluster, and not of a post.
OF_A_CLUSTER = re.compile(
    r"(?:deputy )?head of the (?:north central )?emulation cluster.*|leader of the emulation cluster"
    r"|cụm (?:trưởng|phó).*|in charge of the emulation cluster.*|phụ trách (?:chỉ đạo )?cụm.*",
    re.IGNORECASE,
)
#: Where one title ends and the next begins.
BETWEEN = re.compile(r"[,;] | kiêm | (?=phụ trách Cụm)| \((?=Cụm trưởng)| - (?=Giám đốc cơ quan)")
SPELLED_OUT = {
    "Bộ Văn hóa, Thể thao và Du lịch (VH-TT&DL)": "Bộ Văn hóa",
    "ĐBQH": "Đại biểu Quốc hội",
    "TUV": "Tỉnh ủy viên",
    "TP.HCM": "TP. Hồ Chí Minh",
}
#: What texts put in or leave out: kinds of unit, and the state's full name.
LOOSE = {"tinh", "thanh", "pho", "bch", "cong", "hoa", "xhcn", "chxhcn", "xa", "hoi"}


@pytest.fixture(scope="module")
def ask(assembly: Assembly) -> Ask:
    return asks(assembly)


@pytest.fixture(scope="module")
def units(ask: Ask) -> dict[str, set[str]]:
    return named_units(ask)


@pytest.fixture(scope="module")
def languages(ask: Ask) -> dict[str, str]:
    return {row["s"]: row["l"] for row in ask("SELECT ?s ?l { ?s schema:inLanguage ?l }")}


@pytest.fixture(scope="module")
def words_of(ask: Ask) -> dict[str, set[str]]:
    """The words of each post, of its body, and of the post of which it is the one in a province."""
    found: dict[str, set[str]] = {}
    named = "(dct:isVersionOf?/(skos:prefLabel|skos:altLabel))|(org:postIn/skos:prefLabel)"
    for row in ask(f"SELECT ?post ?name {{ ?post a td:Post ; {named} ?name }}"):
        found.setdefault(row["post"], set()).update(fold(row["name"]).split())
    return found


def titles(row: Row) -> Iterator[str]:
    """The posts and roles of a row, one by one."""
    printed = row["post_as_printed"]
    for short, full in SPELLED_OUT.items():
        printed = printed.replace(short, full)
    for part in BETWEEN.split(re.sub(r" nhiệm kỳ [0-9-]+$", "", printed)):
        yield part.removesuffix(")") if part.startswith("Cụm trưởng") else part


def name_of(row: Row) -> str:
    """The name in Latin letters."""
    return re.sub(r"^[^(]*[\u3040-\u30ff][^(]*\((.*)\)$", r"\1", row["person"])


def test_people(
    ask: Ask, units: dict[str, set[str]], words_of: dict[str, set[str]], languages: dict[str, str]
) -> None:  # fmt: skip
    wrong = []
    for row in table("people"):
        if is_left_out("people", row):
            continue
        what = f"{row['person']} ({row['article_id'] or row['source']})"
        graph = graph_of(row)
        holdings = ask(
            f"""SELECT DISTINCT ?holding ?post ?day ?span ?confidence ?implied ?basis ?unit ?body {{
              GRAPH $graph {{ ?holding org:member ?person ; td:post ?post ; td:confidence ?confidence .
                OPTIONAL {{ ?holding td:impliedBy ?implied ; td:basis ?basis }}
                OPTIONAL {{ ?holding td:attestedOn ?day }} OPTIONAL {{ ?holding td:during ?span }} }}
              ?person skos:prefLabel|skos:altLabel ?name FILTER(STR(?name) = "{name_of(row)}")
              OPTIONAL {{ ?post org:postIn ?in . ?in skos:prefLabel ?body FILTER(LANG(?body) = "vi")
                OPTIONAL {{ ?in td:ofProvince ?unit }} }} }}""",
            graph,
        )
        out = {each.part for each in parts_left_out("people", row)}
        expected = [title for title in titles(row) if not OF_A_CLUSTER.fullmatch(title) and title not in out]
        if len(holdings) != len(expected):
            wrong.append(f"{what}: {len(holdings)} holdings for {expected}")
        for title in expected if languages[graph] == "vi" else []:
            words = set(fold(title).split()) - LOOSE - set(fold(row["body"]).split())
            if not any(words <= words_of[each["post"]] for each in holdings):
                wrong.append(f"{what}: {title}")
        wrong += [f"{what}: {found}" for each in holdings for found in faults(row, each)]
        if row["province"] and not any(of_its_province(row, each, units) for each in holdings):
            wrong.append(f"{what}: nothing in {row['province']}")
    verdict("people", wrong)


def of_its_province(row: Row, holding: Row, units: dict[str, set[str]]) -> bool:
    if "unit" not in holding:
        return fold(row["province"].removeprefix("TP. ")) in fold(holding.get("body", ""))
    named = units[row["province"]]
    since = "merged province" in row["note"] or row["seen_on"] >= "2025-07"
    merged = since and any(unit.endswith("-2025") for unit in named)
    return holding["unit"] in named and holding["unit"].endswith("-2025") == merged


def faults(row: Row, holding: Row) -> Iterator[str]:
    """Where a holding differs from its row in its time, or in how sure it is."""
    if holding["confidence"] != CONFIDENCE[row["confidence"]]:
        yield holding["confidence"]
    seen, when = row["seen_on"].removesuffix(" (inferred)"), holding.get("day") or holding.get("span", "")
    if when != seen and (seen or "basis" not in holding):  # where a row has no time, one may be deduced
        yield f"{holding['holding']} seen {when or 'at no time'}"
    deduced = re.search(r"inferred|year from the (?!title|page)", row["note"] + row["seen_on"])
    in_province = "unit" in holding or fold(row["province"] or "-") in fold(holding.get("body", ""))
    if not deduced and in_province:
        deduced = re.search("province (not printed|from)", row["note"])
    if deduced and "implied" not in holding:
        yield f"{holding['holding']} is said to be stated"


def test_whoever_leads_or_has_charge_of_a_cluster_does_so_in_the_graph(ask: Ask) -> None:
    wrong = []
    for row in table("people"):
        out = {each.part for each in parts_left_out("people", row)}
        roles = [title for title in titles(row) if OF_A_CLUSTER.fullmatch(title) and not {title, ""} & out]
        for role in roles:
            in_charge = re.search("charge|phụ trách", role, re.IGNORECASE)
            way = (
                "?edition td:oversight ?record . ?record org:member ?person"
                if in_charge
                else "?edition td:headTerm|td:deputyTerm ?t . ?act td:inCapacity ?t ; td:participant|td:speaker ?person"
            )
            called = f'?person skos:prefLabel|skos:altLabel ?name FILTER(STR(?name) = "{row["person"]}")'
            if not ask(f"SELECT ?person {{ GRAPH $graph {{ {way} }} {called} }}", graph_of(row)):
                wrong.append(f"{row['person']} ({row['article_id']}): {role}")
    assert not wrong


def test_a_name_in_other_letters_or_without_marks_is_no_vietnamese_one(ask: Ask, languages: dict[str, str]) -> None:
    wrong = []
    for row in table("people"):
        language, printed = languages[graph_of(row)], row["person"].partition(" (")[0]
        if language == "vi" or is_left_out("people", row) or not (printed.isascii() or printed != row["person"]):
            continue
        named = ask("SELECT ?n ?l { GRAPH $graph { ?p skos:altLabel ?n BIND(LANG(?n) AS ?l) } }", graph_of(row))
        if {"n": printed, "l": language} not in named:
            wrong.append(f"{printed} ({row['article_id']})")
    assert not wrong
    vietnamese = {row["person"] for row in table("people") if languages[graph_of(row)] == "vi"}
    names = ask('SELECT ?n { ?p a td:Person ; skos:prefLabel|skos:altLabel ?n FILTER(LANG(?n) = "vi") }')
    bare = {each["n"] for each in names if each["n"].isascii()}
    assert bare == {"Cao Huy", "Kring Ba", "Rah Lan Chung"} <= vietnamese
