"""The tables of provinces, their changes and the documents, row by row against the graph."""

import csv
from collections.abc import Iterator

import pytest

from tests.support.paths import ROOT
from thidua.base.terms import PREFIXES
from thidua.building.build import Assembly

TABLES = ROOT.parent / "shared" / "reference"
pytestmark = pytest.mark.skipif(not TABLES.is_dir(), reason="the tables are not beside this checkout")
HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


def table(name: str) -> Iterator[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def rows(assembly: Assembly, query: str) -> set[tuple[str, ...]]:
    """Each row as local names and values; what is unbound is empty."""
    return {
        tuple(
            cell.value.rpartition("/")[2] if cell and cell.kind == "iri" else cell.value if cell else "" for cell in row
        )
        for row in (tuple(row.values()) for row in assembly.store.select(HEADER + query))
    }


def test_every_change_is_there_with_its_units(assembly: Assembly) -> None:
    told = rows(
        assembly,
        """SELECT ?old ?new ?day ?how {
          ?change a td:ProvinceChange ; td:startDate ?day ; td:kind ?kind . ?kind skos:notation ?how
          { ?change org:originalOrganization ?old ; org:resultingOrganization ?new }
          UNION { ?change td:reclassifies ?old BIND(?old AS ?new) }
          FILTER((?old = ?new) = (?kind = c:change-reclassification)) }""",
    )
    stated = {
        (row["predecessor"], row["successor"], row["date"], row["change_type"]) for row in table("province_changes")
    }
    assert len(stated) == 61 and told == stated


def test_every_change_has_the_law_and_every_share_its_unit(assembly: Assembly) -> None:
    told = rows(assembly, "SELECT ?u ?share { ?u td:areaShare ?share }")
    assert {(unit, float(share)) for unit, share in told} == {
        (row["predecessor"], float(row["area_share_check"]))
        for row in table("province_changes")
        if row["area_share_check"]
    }
    laws = rows(
        assembly,
        """SELECT DISTINCT ?unit ?day ?number { ?change td:legalBasis/eli:id_local ?number ; td:startDate ?day
          { ?change org:originalOrganization ?unit } UNION { ?change td:reclassifies ?unit } }""",
    )
    for row in table("province_changes"):
        number = row["legal_basis"].removeprefix("Nghị quyết ").partition(" ngày")[0]
        assert (row["predecessor"], row["date"], number) in laws


def test_every_status_that_a_unit_had_is_a_designation(assembly: Assembly) -> None:
    told = rows(
        assembly,
        """SELECT ?unit ?how ?from ?until { ?d td:designates ?unit ; td:kind/skos:notation ?how
          OPTIONAL { ?d td:startDate ?from } OPTIONAL { ?d td:endDate ?until } }""",
    )
    stated = set()
    for row in table("provinces"):
        for part in filter(None, row["kind_history"].split(";")):
            kind, _, span = part.partition("/")
            stated.add((row["id"], kind, *span.split("..")))
    assert len(stated) == 10 and told == stated


def test_every_document_is_there_and_says_what_the_table_says(assembly: Assembly) -> None:
    told = {
        row[0]: row[1:]
        for row in rows(
            assembly,
            """SELECT ?d ?number ?issued ?from ?until {
              ?d a td:Document
              OPTIONAL { ?d eli:id_local|dct:identifier ?number } OPTIONAL { ?d eli:date_document|dct:issued ?issued }
              OPTIONAL { ?d eli:first_date_entry_in_force ?from }
              OPTIONAL { ?d eli:date_no_longer_in_force ?until } }""",
        )
    }
    for row in table("legal_documents"):
        number, issued, since, until = told[row["id"]]
        assert number == row["number"] and since == row["in_force_from"] and until == row["in_force_to"]
        if row["id"] != "nghi-quyet-04-nq-tw-2016":  # whose day the table did not have
            assert issued == (row["issued"] if len(row["issued"]) == 10 else "")
    # Beside them: what changed the provinces, and gave them codes.
    assert len(told.keys() - {row["id"] for row in table("legal_documents")}) == 9
    later = rows(assembly, "SELECT ?old ?new { ?old eli:repealed_by|dct:isReplacedBy ?new . ?old a td:LegalDocument }")
    assert later == {(row["id"], row["replaced_by"]) for row in table("legal_documents") if row["replaced_by"]}
    assert rows(assembly, "SELECT ?d ?old { ?d eli:changes ?old }") == {
        (row["id"], row["amends"]) for row in table("legal_documents") if row["amends"]
    }


def test_what_is_no_law_has_nothing_of_eli(assembly: Assembly) -> None:
    plain = rows(assembly, "SELECT ?d { ?d a td:Document FILTER NOT EXISTS { ?d a eli:LegalResource } }")
    assert {kind for row in table("legal_documents") if (row["id"],) in plain for kind in [row["kind"]]} == {
        "historical text", "cluster plan", "plan", "plan (generic)"
    }  # fmt: skip
    assert len(plain) == 5
    assert not rows(
        assembly,
        f"""SELECT ?d {{ ?d a td:Document ; ?p ?o FILTER NOT EXISTS {{ ?d a td:LegalDocument }}
          FILTER(STRSTARTS(STR(?p), "{PREFIXES["eli"]}")) }}""",
    )


def test_a_replacement_that_is_only_inferred_is_no_repeal(assembly: Assembly) -> None:
    repealed = {old for old, _ in rows(assembly, "SELECT ?old ?new { ?old eli:repealed_by ?new }")}
    guessed = {row["id"] for row in table("legal_documents") if "inferred from the subject" in row["note"]}
    assert guessed and not repealed & guessed
    assert {row["id"] for row in table("legal_documents") if row["replaced_by"] and row["in_force_to"]} < repealed
