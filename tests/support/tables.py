"""The tables of reference, and how to look for one of their rows in the graph."""

import csv
import re
from collections.abc import Callable
from functools import cache

import pytest

from tests.support.paths import REFERENCE, ROOT
from thidua.base.articles import id_of_address
from thidua.base.terms import PREFIXES
from thidua.building.build import Assembly
from thidua.checks.left_out import LeftOut, left_out

needs_tables = pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs ../shared/reference")

_HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
#: What a reader's "high", "medium" and "low" are as a number.
CONFIDENCE = {"high": "0.9", "medium": "0.6", "low": "0.3"}
LEFT_OUT = left_out(ROOT / "data/left-out.csv", "data/left-out.csv")

Row = dict[str, str]
Ask = Callable[..., list[Row]]


@cache
def table(name: str) -> list[Row]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def asks(assembly: Assembly) -> Ask:
    """Rows of a query as texts, of IRIs the last segment; ``$graph`` stands for a source's graph."""

    def run(query: str, graph: str = "") -> list[Row]:
        found = []
        for row in assembly.store.select(_HEADER + query.replace("$graph", f"graph:{graph}")):
            bound = {name: cell for name, cell in row.items() if cell}
            found.append({n: c.value.rpartition("/")[2] if c.kind == "iri" else c.value for n, c in bound.items()})
        return found

    return run


def named_units(ask: Ask) -> dict[str, set[str]]:
    """Names of units, with those that bear them."""
    found: dict[str, set[str]] = {}
    for row in ask("SELECT ?unit ?name { ?unit a td:Province ; skos:prefLabel|skos:altLabel ?name }"):
        found.setdefault(row["name"], set()).add(row["unit"])
    found["TP. Hồ Chí Minh"] = found["Hồ Chí Minh"]
    return found


def in_hand(row: Row) -> bool:
    """Whether a row rests on one of the articles in hand, which have tests of their own."""
    return row["source"].startswith("seed ")


def graph_of(row: Row) -> str:
    """The id of the source that a row rests on, which is its graph's."""
    seed = re.fullmatch(r"seed \d+_(\w+)\.txt", row["source"])
    return seed[1] if seed else id_of_address(row["source"])


def parts_left_out(name: str, row: Row) -> list[LeftOut]:
    """What data/left-out.csv names of a row."""
    key = {"clusters": f"{row.get('cluster_id')} {row.get('as_of')}", "people": row.get("person")}
    wanted = (name, key.get(name, row.get("id")), row["source"] if name != "posts" else "")
    return [each for each in LEFT_OUT if (each.table, each.row, each.source) == wanted]


def is_left_out(name: str, row: Row) -> bool:
    """Whether the whole of a row is left out."""
    return any(not each.part for each in parts_left_out(name, row))


def verdict(name: str, wrong: list[str]) -> None:
    """Tell how many rows of a table reached the graph, and fail for what did not."""
    rows = table(name)
    out = sum(is_left_out(name, row) for row in rows)
    print(f"{name}: {len(rows)} rows, {len(rows) - out} in the graph, {out} left out")
    assert not wrong, "\n".join(wrong)
