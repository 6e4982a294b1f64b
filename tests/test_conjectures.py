"""Conjectures: by a rule whose count is published, only where asked for, never a fact, gone when a source speaks."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.support.browser import DESKTOP, PHONE, follow, reading, too_wide, violations
from tests.support.cli import thidua
from tests.support.http import BROWSER, call, problem
from tests.support.paths import ROOT
from tests.support.service import Server
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.base.terms import CONCEPT, GRAPH, PREFIXES, TD
from thidua.graph import KnowledgeGraph
from thidua.rdf.cells import integer
from thidua.views.conjectures import conjectures
from thidua.views.timeline import timeline
from thidua.write.request import Write
from thidua.write.transaction import Writer

CITIES = "https://w3id.org/thidua/id/cluster/thanh-pho-truc-thuoc-trung-uong"
SOURCE = "86b24df8185416ce"
#: A source names the head of 2021, for which the place of the review was all that was known.
NAMED = f"""PREFIX td: <{TD}> PREFIX org: <{PREFIXES["org"]}> PREFIX id: <https://w3id.org/thidua/id/>
INSERT DATA {{ GRAPH <{GRAPH}{SOURCE}> {{
  <https://w3id.org/thidua/id/edition/thanh-pho-truc-thuoc-trung-uong_2021>
    td:headTerm <https://w3id.org/thidua/id/head/thanh-pho-truc-thuoc-trung-uong_2021_ha-noi> .
  <https://w3id.org/thidua/id/head/thanh-pho-truc-thuoc-trung-uong_2021_ha-noi>
    org:member <https://w3id.org/thidua/id/province/ha-noi> ;
    td:statedBy <https://w3id.org/thidua/id/ev/{SOURCE}> }} }}"""
#: Reviews with their places, and the heads that sources state outright: told one by one, not counted.
REVIEWS = f"""PREFIX td: <{TD}> PREFIX c: <{CONCEPT}> PREFIX org: <{PREFIXES["org"]}>
SELECT DISTINCT ?edition ?place ?head {{ ?review td:kind c:conf-annual ; td:reviews ?edition ; td:heldIn ?place .
  ?place a td:Province . ?edition td:headTerm ?term . ?term org:member ?head ; td:statedBy ?outright }}"""


def test_the_count_is_computed_from_heads_that_are_stated(kg: KnowledgeGraph) -> None:
    rows = kg.current().select(REVIEWS)
    pairs = [(row["edition"], row["place"], row["head"]) for row in rows]
    cases = {edition for edition, _, _ in pairs}
    held = {edition for edition, place, head in pairs if place == head}
    found = conjectures(kg.current())
    assert {(each.held, each.cases) for each in found.values()} == {(len(held), len(cases))} == {(7, 7)}
    assert {each.rule for each in found.values()} == {"host-of-review"}


def test_only_where_no_source_names_a_head(kg: KnowledgeGraph) -> None:
    found = conjectures(kg.current())
    assert len(found) == 13 and found[CITIES, 2021].label == "Hồ Chí Minh"
    for row in timeline(kg.current()).rows:
        named = {(row.cluster, year) for year, edition in row.editions.items() if edition.heads}
        assert not named & found.keys()


def test_no_fact_and_not_exported(kg: KnowledgeGraph, store: Path, tmp_path: Path) -> None:
    """What the graph says of heads is the same without the rule: the union, coverage, and every file of an export."""
    found = conjectures(kg.current())
    rows = kg.current().select(f"SELECT ?c ?y ?u {{ ?e <{TD}headedBy> ?u ; <{TD}editionOf> ?c ; <{TD}year> ?y }}")
    assert not found.keys() & {(row["c"].value, integer(row["y"])) for row in rows if row["c"]}
    known = kg.ask("coverage", {"head": "known"}).records
    assert not found.keys() & {(row["cluster"].value, integer(row["year"])) for row in known if row["cluster"]}
    assert thidua("export", "--format", "csv", str(tmp_path / "out"), store=store).returncode == 0
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) > 20 and not any(b"host-of-review" in path.read_bytes() for path in written)


def test_gone_when_a_source_speaks(store: Path, tmp_path: Path) -> None:
    own = copied(store, tmp_path / "store")
    Writer(own, ProjectFiles.find(ROOT)).write(Write("update", text=NAMED))
    found = conjectures(KnowledgeGraph.open(own).current())
    assert (CITIES, 2021) not in found and len(found) == 12
    # And the rule, which said Hồ Chí Minh, is seen to have failed once.
    assert {(each.held, each.cases) for each in found.values()} == {(7, 8)}


def test_the_timeline_shows_them_only_when_asked(server: Server, browser: Browser) -> None:
    assert "phỏng đoán, " not in call(server, "/timeline", accept=BROWSER).text
    assert problem(call(server, "/timeline?likely=yes"), 400, "bad-parameter")["parameter"] == "likely"
    for size in (DESKTOP, PHONE):
        with reading(browser, server.url + "/timeline?lang=en&likely=1&from=2015", size=size) as (page, _):
            guessed = page.locator("#table td.likely")
            assert guessed.count() == 10
            assert all(re.search(r"\?\s*conjecture, 7/7", text) for text in guessed.all_inner_texts())
            assert "repeating-linear-gradient" in guessed.first.evaluate(
                "each => getComputedStyle(each).backgroundImage"
            )
            assert "the rule held in 7/7" in " ".join(page.locator(".legend").inner_text().split())
            assert violations(page) == [] and not too_wide(page)
    with reading(browser, server.url + "/timeline?lang=en", scripts=False) as (page, _):
        page.get_by_label("Conjectures too").check()
        follow(page.get_by_role("button", name="Show"))
        expect(page.locator("#table td.likely").first).to_be_visible()
        follow(page.locator("#table td.likely a").first)
        assert "/questions/likely-heads?" in page.url and page.locator("tbody tr").count() == 2  # and its passages
