"""The registries have what the tables have of movements, awards and posts, and what is left out is named."""

import re
from pathlib import Path

import pytest

from tests.support.cli import thidua
from tests.support.tables import LEFT_OUT, Ask, asks, is_left_out, needs_tables, parts_left_out, table, verdict
from thidua.base.errors import DataError
from thidua.base.text import fold
from thidua.building.build import Assembly
from thidua.checks.left_out import left_out


@pytest.fixture(scope="module")
def ask(assembly: Assembly) -> Ask:
    return asks(assembly)


@needs_tables
def test_movements(ask: Ask) -> None:
    wrong = []
    for row in table("movements"):
        thing = f"movement:{row['id']}"
        names = {fold(each["n"]) for each in ask(f"SELECT ?n {{ {thing} skos:prefLabel|skos:altLabel ?n }}")}
        other = re.split("; (?=Toàn)", row["other_names"]) if row["other_names"] else []
        wanted = [row["name_vi"], *(re.sub(r" \([^)]*\)$", "", each) for each in other)]
        wrong += [f"{row['id']}: {name}" for name in wanted if fold(name) not in names]
        # Articles name a series and its phases by each other's slogans.
        family = f"{thing} (skos:broader?|^skos:broader|skos:broader/^skos:broader) ?m"
        spelled = ask(f"SELECT ?n {{ {family} . ?m skos:prefLabel|skos:altLabel|skos:hiddenLabel ?n }}")
        known = {fold(each["n"]) for each in spelled}
        slogans = re.findall(r'"([^"]+)" \[', row["variants_in_seeds"])
        wrong += [f"{row['id']}: {slogan}" for slogan in slogans if fold(slogan) not in known]
        (found,) = ask(
            f"""SELECT ?start ?from ?to ?broader ?plan {{ VALUES ?m {{ {thing} }}
              OPTIONAL {{ ?m td:startDate ?start }} OPTIONAL {{ ?m td:fromYear ?from }} OPTIONAL {{ ?m td:toYear ?to }}
              OPTIONAL {{ ?m skos:broader ?broader }}
              OPTIONAL {{ ?m dct:source ?plan FILTER EXISTS {{ ?plan skos:prefLabel ?title }} }} }}"""
        )
        day = row["launch_date"] if len(row["launch_date"]) == len("2025-01-01") else ""
        told = [found.get(name, "") for name in ("start", "from", "to", "broader", "plan")]
        if told != [day, row["period_from"], row["period_to"], row["series_id"], row["plan_document_id"]]:
            wrong.append(f"{row['id']}: {told}")
        if bool(ask(f"SELECT ?by {{ {thing} td:launchedBy ?by }}")) != bool(row["launched_by"]):
            wrong.append(f"{row['id']}: launched by {row['launched_by'] or 'nobody'}")
    verdict("movements", wrong)


@needs_tables
def test_awards(ask: Ask) -> None:
    wrong = []
    for row in table("awards"):
        thing = f"award:{row['id']}"
        names = {each["n"].casefold() for each in ask(f"SELECT ?n {{ {thing} skos:prefLabel|skos:altLabel ?n }}")}
        wanted = (row["name_vi"], row["name_vi_2003"], row["name_en"])
        wrong += [f"{row['id']}: {name}" for name in wanted if name and name.casefold() not in names]
        (found,) = ask(
            f"""SELECT ?parent ?from ?to ?by {{ VALUES ?a {{ {thing} }} OPTIONAL {{ ?a skos:broader ?parent }}
              OPTIONAL {{ ?a td:startDate ?from }} OPTIONAL {{ ?a td:endDate ?to }}
              OPTIONAL {{ ?a td:conferringAuthority ?by }} }}"""
        )
        expected = [row["parent_id"], row["listed_from"], row["listed_to"], row["conferring_authority"]]
        if row["id"] == "huan-chuong-khang-chien":  # no order among those of the law of 2022
            expected[2] = "2023-12-31"
        if row["id"] == "xa-phuong-tieu-bieu":  # whose it is, the table had not seen
            expected[3] = "chair of the provincial People's Committee"
        told = [found.get(name, "") for name in ("parent", "from", "to", "by")]
        wrong += [f"{row['id']}: {told} for {expected}"] if told != expected else []
        articles = {each["n"] for each in ask(f"SELECT ?n {{ {thing} td:legalArticle ?n }}")}
        if articles != {row["legal_basis_2003"], row["legal_basis_2022"]} - {""}:
            wrong.append(f"{row['id']}: {articles}")
    verdict("awards", wrong)


def test_ten_orders_as_the_law_of_2022_lists_them(ask: Ask) -> None:
    lasting = "SELECT ?a { ?a skos:broader award:huan-chuong FILTER NOT EXISTS { ?a td:endDate ?ended } }"
    by_law = "SELECT ?a { ?a skos:broader award:huan-chuong ; td:legalBasis legal:luat-06-2022-qh15 }"
    assert len(ask(lasting)) == len(ask(by_law)) == 10


def test_names_begin_alike_and_name_one_thing(ask: Ask) -> None:
    """Units of measure and grades of a person's name apart, lists of names begin with capitals; no two are the same."""
    names = ask(
        """SELECT ?thing ?name { { ?thing a td:EmulationMovement } UNION { ?thing a td:Post } UNION
           { ?thing skos:inScheme c:award } ?thing skos:prefLabel ?name }"""
    )
    assert [each["name"] for each in names if not each["name"][0].isupper() and not each["name"][0].isdigit()] == []
    movements = ask('SELECT ?name { ?m a td:EmulationMovement ; skos:prefLabel ?name FILTER(LANG(?name) = "vi") }')
    assert len({each["name"] for each in movements}) == len(movements)


@needs_tables
def test_posts(ask: Ask) -> None:
    roles = {"cum-truong-cum-thi-dua": "c:role-head", "cum-pho-cum-thi-dua": "c:role-deputy"}
    every = {each["n"] for each in ask("SELECT ?n { ?p a td:Post ; skos:prefLabel|skos:altLabel ?n }")}
    wrong = []
    for row in table("posts"):
        if is_left_out("posts", row):
            continue
        thing = roles.get(row["id"], f"post:{row['id']}")
        names = {each["n"].casefold() for each in ask(f"SELECT ?n {{ {thing} skos:prefLabel|skos:altLabel ?n }}")}
        wrong += [f"{row['id']}: {n}" for n in (row["name_vi"], row["name_en"]) if n.casefold() not in names]
        for variant in filter(None, row["abbreviations_variants"].split("; ")):
            bare = re.sub(r" ?\([^)]*\)", "", variant)
            if "(in a block)" not in variant and bare.casefold() not in names and bare not in every:
                wrong.append(f"{row['id']}: {variant}")
    verdict("posts", wrong)


@needs_tables
def test_what_is_left_out_is_in_the_tables() -> None:
    for each in LEFT_OUT:
        rows = [row for row in table(each.table) if each in parts_left_out(each.table, row)]
        assert len(rows) == 1, each
        if each.table == "people":
            assert each.part in rows[0]["post_as_printed"]
    assert len(set(LEFT_OUT)) == len(LEFT_OUT)


def test_a_check_says_how_many_rows_are_left_out_and_where_they_are_named() -> None:
    assert (
        f"{len(LEFT_OUT)} rows that were read are left out, whole or in part: data/left-out.csv"
        in thidua("validate").stdout
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("people,An,,,vì,", "left-out.csv:2: reason_en is empty; say which row it is, and why, in both languages"),
        ("people,An,,,vì", "left-out.csv:2: it has not as many columns as the first line; mend it"),
        (",An,,,vì,for", "left-out.csv:2: table is empty"),
    ],
)
def test_what_is_left_out_has_its_reason(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "left-out.csv"
    path.write_text(f"table,row,source,part,reason_vi,reason_en\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        left_out(path, "left-out.csv")
    assert caught.value.problems[0].startswith(told)
    path.write_text("table,row\n", encoding="utf-8")
    with pytest.raises(DataError, match="the columns are not table,row,source"):
        left_out(path, "left-out.csv")
    assert left_out(tmp_path / "none.csv", "none.csv") == []
