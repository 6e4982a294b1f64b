"""The questions the model was made for, answered from the five articles alone, on two engines that must agree.

Expected rows are read off the articles. The catalogue's own questions are compared on both engines as well.
"""

import shutil
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import rdflib

from tests.support.paths import ROOT, SEED_IDS
from thidua.base.files import ProjectFiles
from thidua.base.terms import ID, PREFIXES, shorten
from thidua.building.build import Assembly, assemble
from thidua.questions.catalogue import read_catalogue
from thidua.rdf.cells import Cell

HEADER = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items()) + (
    f"PREFIX x: <{ID}edition/dong-bang-song-hong_>\n"
)
RED_RIVER = {
    "bac-ninh", "ha-nam", "hai-duong", "hung-yen", "nam-dinh", "ninh-binh", "quang-ninh", "thai-binh", "vinh-phuc",
}  # fmt: skip


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The graph of the five articles, with the vocabulary, the registries and the links to others."""
    root = tmp_path_factory.mktemp("seeds")
    for folder in ("ontology", "shapes", "data/registry", "data/links", "queries"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / "data/sources").mkdir()
    for source in SEED_IDS:
        shutil.copy(ROOT / f"data/sources/{source}.ttl", root / "data/sources")
    return assemble(ProjectFiles(root))


@pytest.fixture(scope="module")
def by_rdflib(seeds: Assembly) -> rdflib.Dataset:
    """The same quads in rdflib, its own SPARQL engine over them."""
    dataset = rdflib.Dataset()
    dataset.parse(data=seeds.store.n_triples(), format="nt11")
    for graph in seeds.store.graphs():
        dataset.graph(rdflib.URIRef(graph)).parse(data=seeds.store.n_triples(graph), format="nt11")
    return dataset


def short(cell: Cell | None) -> str:
    """A cell as the expectations write it: the local part of an IRI, or the value."""
    if cell is None:
        return ""
    return shorten(cell.value).partition(":")[2] if cell.kind == "iri" else cell.value


def on_oxigraph(seeds: Assembly, query: str) -> Counter[tuple[str, ...]]:
    return Counter(tuple(short(cell) for cell in row.values()) for row in seeds.store.select(query))


def on_rdflib(dataset: rdflib.Dataset, query: str) -> Counter[tuple[str, ...]]:
    def text(term: Any) -> str:
        if term is None:
            return ""
        return shorten(str(term)).partition(":")[2] if isinstance(term, rdflib.URIRef) else number(str(term))

    return Counter(tuple(text(term) for term in row) for row in dataset.query(query))  # type: ignore[union-attr]


def number(text: str) -> str:
    """Engines may write one number in two ways."""
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


COMPETENCY: dict[int, tuple[str, list[tuple[str, ...]]]] = {
    1: ("SELECT ?u { x:2023 td:headedBy ?u }", [("thai-binh",)]),
    2: (
        "SELECT ?y ?u { ?e td:editionOf cluster:dong-bang-song-hong ; td:year ?y ; td:headedBy ?u }",
        [("2018", "ha-nam"), ("2022", "bac-ninh"), ("2023", "thai-binh"), ("2024", "nam-dinh")],
    ),
    3: (
        "SELECT ?y ?p { ?e ?p province:ninh-binh ; td:year ?y . VALUES ?p { td:headedBy td:deputyHeadedBy } }",
        [("2022", "deputyHeadedBy")],
    ),
    4: ("SELECT ?u { x:2024 td:memberUnit ?u }", [(unit,) for unit in sorted(RED_RIVER)]),
    5: (
        "SELECT ?e { ?e td:statedMemberCount ?k ; td:memberUnit ?u } GROUP BY ?e ?k HAVING(COUNT(?u) != ?k)",
        [],
    ),
    6: (
        """SELECT ?a ?b { ?h td:fromTerm/org:member ?a ; td:toTerm ?t .
           ?t td:inEdition x:2024 ; org:member ?b }""",
        [("thai-binh", "nam-dinh")],
    ),
    7: (
        "SELECT ?who { ?h a td:HeadTerm ; td:actingHolder/org:member ?who }",
        [("nguyen-khac-than",), ("trinh-xuan-truong",), ("vuong-quoc-tuan",)],
    ),
    8: (
        "SELECT ?t ?d { ?h org:member person:nguyen-khac-than ; td:post ?t ; td:attestedOn ?d }",
        [
            ("chu-tich-ubnd-tinh_thai-binh", "2024-03-13"),
            ("truong-ban-thi-dua-khen-thuong-tinh_thai-binh", "2024-03-13"),
        ],
    ),
    9: (
        "SELECT ?d ?u { ?c a td:Conference ; td:startDate ?d ; td:heldIn ?u }",
        [("2017-07-21", "hoa-binh"), ("2019-03-20", "ha-nam"), ("2024-03-13", "thai-binh")],
    ),
    10: (
        "SELECT DISTINCT ?who { ?r td:kind c:part-guest ; td:participant ?who . ?who a td:Person }",
        [("dang-thi-ngoc-thinh",), ("ha-thi-nga",), ("pham-duc-toan",), ("tran-thi-ha",)],
    ),
    11: (
        "SELECT ?u { x:2024 td:agreement/td:signatory ?u . ?u a td:Province }",
        [(unit,) for unit in sorted(RED_RIVER)],
    ),
    12: (
        "SELECT ?n { x:2023 td:conferral ?a . ?a td:awardCount|td:individualCount ?n }",
        [("76",), ("98",), ("267",), ("1",), ("18",)],
    ),
    13: ("SELECT ?c ?i { ?a td:collectiveCount ?c ; td:individualCount ?i }", [("7", "15")]),
    14: (
        "SELECT ?u ?v { ?o td:indicator c:ind-grdp-growth ; td:period period:2024-H1 ; td:area ?u ; td:value ?v }",
        [
            ("dien-bien", "8.7"), ("ha-giang", "5.6"), ("lao-cai", "5.6"), ("lai-chau", "5.5"),
            ("lang-son", "4.7"), ("cao-bang", "4.5"), ("son-la", "0.6"),
        ],
    ),
    15: (
        "SELECT ?p ?v { ?o td:indicator c:ind-communes-ntm-advanced ; td:period ?p ; td:value ?v }",
        [("2022-06-30", "321"), ("2023-12-31", "571")],
    ),
    16: (
        "SELECT ?v ?c { ?o td:indicator c:ind-budget-revenue ; td:value ?v ; td:comparator ?c }",
        [("235000", "cmp-more-than")],
    ),
    17: ("SELECT ?v ?n { ?o td:indicator c:ind-districts-ntm ; td:value ?v ; td:outOf ?n }", [("72", "81")]),
    18: (
        """SELECT ?m (COUNT(DISTINCT ?e) AS ?n) {
             ?e td:engagement/td:movement/skos:broader? ?m .
             FILTER NOT EXISTS { ?m skos:broader ?above }
           } GROUP BY ?m HAVING(COUNT(DISTINCT ?e) > 2)""",
        [("nong-thon-moi", "3"), ("vi-nguoi-ngheo", "3")],
    ),
    20: ("SELECT ?u { ?m a td:Exemplar ; td:fromUnit ?u }", [("bac-kan",), ("hoa-binh",), ("thai-nguyen",)]),
    21: ("SELECT ?u { x:2023 td:headedBy/td:currentUnit ?u }", [("hung-yen-2025",)]),
    22: ('SELECT ?u { ?u td:gsoCode "24" }', [("bac-giang",), ("bac-ninh-2025",)]),
    23: ("SELECT ?e { x:2024 td:headTerm/td:statedBy ?e }", [("18d8c37f4f6536d1_4315-4384",)]),
    24: (
        "SELECT DISTINCT ?u ?y { ?h a td:HeadTerm ; td:impliedBy ?e ; org:member ?u ; td:inEdition/td:year ?y }",
        [("bac-ninh", "2022"), ("lao-cai", "2024")],
    ),
    25: ("SELECT ?a ?b { ?a a td:HeadTerm ; td:conflictsWith ?b }", []),
}  # fmt: skip


@pytest.mark.parametrize("number_", COMPETENCY)
def test_competency_question(seeds: Assembly, by_rdflib: rdflib.Dataset, number_: int) -> None:
    query, expected = COMPETENCY[number_]
    wanted = Counter(tuple(number(value) for value in row) for row in expected)
    got = Counter(tuple(number(value) for value in row) for row in on_oxigraph(seeds, HEADER + query).elements())
    assert got == wanted
    assert on_rdflib(by_rdflib, HEADER + query) == wanted


def test_documents_cited(seeds: Assembly, by_rdflib: rdflib.Dataset) -> None:
    """Question 19: the laws, decrees, circulars and directives that the remarks cite."""
    query = HEADER + "SELECT DISTINCT ?l { ?e td:remark/td:about ?l . ?l a td:LegalDocument ; eli:id_local ?number }"
    cited = set(on_oxigraph(seeds, query))
    assert {
        ("chi-thi-34-ct-tw-2014",), ("nghi-dinh-91-2017-nd-cp",), ("thong-tu-08-2017-tt-bnv",),
        ("luat-06-2022-qh15",), ("quyet-dinh-1526-qd-ttg-2022",), ("chi-thi-05-ct-tw-2016",),
    } <= cited  # fmt: skip
    assert cited == set(on_rdflib(by_rdflib, query))


def test_nobody_is_named_head_where_no_article_says_so(seeds: Assembly) -> None:
    years = "SELECT ?y { ?e td:headTerm ?h ; td:editionOf cluster:dong-bang-song-hong ; td:year ?y }"
    assert {row[0] for row in on_oxigraph(seeds, HEADER + years)} == {"2018", "2022", "2023", "2024"}


def test_two_articles_do_not_say_where_they_met(seeds: Assembly) -> None:
    """One of them does not name the day either."""
    query = """SELECT ?s ?d { ?c a td:Conference ; schema:subjectOf ?s .
      OPTIONAL { ?c td:startDate ?d } FILTER NOT EXISTS { ?c td:heldIn ?p } }"""
    assert set(on_oxigraph(seeds, HEADER + query)) == {("2eef90b56f56e476", ""), ("ed5451d7c68959e8", "2024-08-01")}


CATALOGUE = read_catalogue(ProjectFiles.find(ROOT).questions)


def test_the_catalogue_is_whole() -> None:
    assert len(CATALOGUE) >= 30
    contract: Mapping[str, str] = {
        "who-led": "year, cluster, clusterLabel, role, province, provinceLabel, official, officialLabel, source, "
        "rank, confidence, certainty, on",
        "cluster-members": "year, cluster, clusterLabel, province, provinceLabel, source",
        "officials": "official, officialLabel, post, postLabel, province, seenOn, source",
        "awards": "year, cluster, clusterLabel, award, awardLabel, total, collectives, individuals, "
        "conferredBy, source",
        "statistics": "area, areaLabel, indicator, indicatorLabel, period, value, unit, comparator, source",
        "conferences": "conference, kind, date, cluster, clusterLabel, place, placeLabel, source",
        "documents": "document, number, title, issuer, issued, source",
        "movements": "movement, movementLabel, source",
        "exemplars": "exemplar, label, province, provinceLabel, source",
        "province-today": "province, provinceLabel, today, todayLabel, since, legalBasis, former, formerLabel",
        "province-codes": "province, provinceLabel, gso, iso, wikidata, geonames",
        "conflicts": "subject, what, claimA, sourceA, claimB, sourceB",
        "sources": "source, title, publisher, published, url, facts",
        "identifiers": "thing, thingLabel, kind, registry, registryLabel, identifier, address, relation, confidence, "
        "method, seen, checked, shared",
    }
    for name, columns in contract.items():
        leading = columns.split(", ")
        assert [column.name for column in CATALOGUE[name].columns][: len(leading)] == leading


#: Questions whose every row takes the second engine seconds: it joins in the order in which they are written.
SLOW = {"officials", "province-today", "led-by-territory", "identifiers"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.nightly) if name in SLOW else name for name in CATALOGUE]
)
def test_engines_agree_and_columns_are_described(seeds: Assembly, by_rdflib: rdflib.Dataset, name: str) -> None:
    question = CATALOGUE[name]
    assert list(seeds.store.table(question.text)[0]) == [column.name for column in question.columns]
    got = Counter(tuple(number(v) for v in row) for row in on_oxigraph(seeds, question.text).elements())
    assert on_rdflib(by_rdflib, question.text) == got


RED = "cluster:dong-bang-song-hong"
#: Question, parameters, columns, and the rows that the five articles and the registries give: docs/time.md says why.
AS_OF: list[tuple[str, dict[str, str], str, list[tuple[str, ...]]]] = [
    # The hand-over of 13 March 2024 parts the terms; before it, either unit may have led. Its article prints no year
    # beside the day, so that day settles nothing.
    ("who-led", {"cluster": RED, "on": "2024-03-12"}, "year province certainty",
     [("2023", "thai-binh", "possible"), ("2024", "nam-dinh", "possible")]),
    ("who-led", {"cluster": RED, "on": "2024-03-13"}, "year province certainty",
     [("2023", "thai-binh", "possible"), ("2024", "nam-dinh", "possible")]),
    ("who-led", {"cluster": RED, "on": "2024-03-14"}, "year province support time certainty",
     [("2024", "nam-dinh", "stated", "allowed", "possible")]),
    ("who-led", {"cluster": RED, "on": "2023-06-01"}, "year province certainty", [("2023", "thai-binh", "possible")]),
    # No hand-over from these two is known, so they may have led until the end of April.
    ("who-led", {"cluster": RED, "on": "2023-04-30"}, "year role province certainty",
     [("2022", "deputy", "ninh-binh", "possible"), ("2022", "head", "bac-ninh", "possible"),
      ("2023", "head", "thai-binh", "possible")]),
    ("who-led", {"cluster": RED, "year": "2022", "on": "2023-05-01"}, "province", []),
    ("who-led", {"cluster": RED, "year": "2023"}, "province certainty", [("thai-binh", "certain")]),
    ("who-led", {"cluster": RED, "year": "2022"}, "province support reading basis time certainty confidence",
     [(unit, "implied", "first-hand", "year-inferred", "allowed", "possible", "0.6")
      for unit in ("bac-ninh", "ninh-binh")]),
    ("acting-heads", {"cluster": RED}, "year person support time certainty confidence",
     [("2022", "vuong-quoc-tuan", "implied", "allowed", "possible", "0.6"),
      ("2023", "nguyen-khac-than", "stated", "settled", "certain", "1")]),
    ("acting-heads", {"on": "2024-03-13"}, "province person certainty",
     [("thai-binh", "nguyen-khac-than", "possible"), ("lao-cai", "trinh-xuan-truong", "possible")]),
    ("acting-heads", {"cluster": RED, "on": "2023-12-31"}, "person certainty", [("nguyen-khac-than", "possible")]),
    ("acting-heads", {"cluster": RED, "on": "2024-03-14"}, "person", []),
    ("posts-of-person", {"person": "person:nguyen-khac-than", "on": "2024-03-13"}, "post time certainty",
     [("chu-tich-ubnd-tinh_thai-binh", "allowed", "possible"),
      ("truong-ban-thi-dua-khen-thuong-tinh_thai-binh", "allowed", "possible")]),
    ("posts-of-person", {"person": "person:trinh-xuan-truong", "on": "2024-08-01"}, "post time certainty",
     [("chu-tich-ubnd-tinh_lao-cai", "settled", "certain"), ("pho-bi-thu-tinh-uy_lao-cai", "settled", "certain")]),
    ("posts-of-person", {"person": "person:trinh-xuan-truong", "on": "2024-12-31"}, "post time certainty",
     [("chu-tich-ubnd-tinh_lao-cai", "allowed", "possible"), ("pho-bi-thu-tinh-uy_lao-cai", "allowed", "possible")]),
    ("posts-of-person", {"person": "person:nguyen-khac-than", "on": "2024-12-31"}, "post certainty",
     [("chu-tich-ubnd-tinh_thai-binh", "possible"), ("truong-ban-thi-dua-khen-thuong-tinh_thai-binh", "possible")]),
    ("posts-of-person", {"person": "person:nguyen-khac-than", "on": "2023-12-31"}, "post", []),
    ("cluster-members", {"cluster": RED, "year": "2024", "on": "2024-06-01"}, "province certainty",
     [(unit, "possible") for unit in sorted(RED_RIVER)]),
    ("cluster-members", {"cluster": RED, "year": "2024"}, "province certainty",
     [(unit, "certain") for unit in sorted(RED_RIVER)]),
    ("cluster-members", {"cluster": RED, "on": "2023-12-31", "year": "2024"}, "province", []),
    ("cluster-members", {"cluster": RED, "year": "2023"}, "province basis time certainty",
     [(unit, "year-inferred", "allowed", "possible") for unit in sorted(RED_RIVER)]),
    ("conferences", {"held": "2024"}, "conference kind year",
     [("dong-bang-song-hong_2024-03-13", "annual", "2023"), ("dong-bang-song-hong_2024-03-13", "signing", "2024"),
      ("mien-nui-bien-gioi-phia-bac_2024-08-01", "mid-year", "2024")]),
    ("remarks", {"about": "movement:hoc-tap-va-lam-theo-ho-chi-minh"}, "record year",
     [("6a2b356a64c4720c_4197", "2019"), ("18d8c37f4f6536d1_1006", "2024"), ("18d8c37f4f6536d1_3800", "2024")]),
    ("units-with-code", {"code": '"24"', "on": "2025-06-30"}, "province", [("bac-giang",)]),
    ("units-with-code", {"code": '"24"', "on": "2025-07-01"}, "province", [("bac-ninh-2025",)]),
    ("province-codes", {"province": "province:ninh-binh", "on": "2025-07-01"}, "gso", []),
    ("province-led", {"province": "province:ninh-binh", "year": "2022"}, "year role", [("2022", "deputy")]),
    # Today's unit, and one that it was made of: the same territory, told from either end.
    ("led-by-territory", {"province": "province:ninh-binh-2025"}, "predecessor year role relation today",
     [("ha-nam", "2018", "head", "predecessor", "ninh-binh-2025"),
      ("ninh-binh", "2022", "deputy", "predecessor", "ninh-binh-2025"),
      ("nam-dinh", "2024", "head", "predecessor", "ninh-binh-2025")]),
    ("led-by-territory", {"province": "province:ha-nam"}, "predecessor year role relation today",
     [("ha-nam", "2018", "head", "itself", "ninh-binh-2025"),
      ("ninh-binh", "2022", "deputy", "merged-with", "ninh-binh-2025"),
      ("nam-dinh", "2024", "head", "merged-with", "ninh-binh-2025")]),
    ("led-by-territory", {"province": "province:ha-nam", "year": "2024"}, "predecessor certainty",
     [("nam-dinh", "certain")]),
    ("province-today", {"province": "province:ha-nam"}, "today since former",
     [("ninh-binh-2025", "2025-07-01", "ha-nam")]),
    ("province-today", {"province": "province:ninh-binh-2025"}, "today since former",
     [("ninh-binh-2025", "2025-07-01", unit) for unit in ("ha-nam", "nam-dinh", "ninh-binh")]),
    ("province-today", {"province": "province:ha-nam", "on": "2025-07-01"}, "today former",
     [("ninh-binh-2025", "ninh-binh-2025")]),
    ("province-today", {"province": "province:ha-noi"}, "today former", [("ha-noi", "ha-noi"), ("ha-noi", "ha-tay")]),
    ("province-today", {"province": "province:ha-noi", "on": "2008-08-01"}, "today former", [("ha-noi", "ha-noi")]),
    ("province-today", {"province": "province:ha-tay"}, "today since former", [("ha-noi", "2008-08-01", "ha-tay")]),
    # One entry for the unit before and after July 2025: close to both, and each row says that there is another.
    ("identifiers", {"thing": "province:ninh-binh", "registry": "linkset:wikidata"}, "identifier relation shared",
     [("Q36900", "close", "1")]),
    ("identifiers", {"thing": "province:ninh-binh-2025", "registry": "linkset:wikidata"}, "identifier relation shared",
     [("Q36900", "close", "1")]),
    ("identifiers", {"thing": "province:ninh-binh-2025", "relation": '"close"'}, "registry shared",
     [("openstreetmap", "1"), ("wikidata", "1")]),
    # An office, and the body that bears its name.
    ("identifiers", {"thing": "post:chu-tich-nuoc"}, "kind identifier relation shared",
     [("post", "Q866680", "exact", "1")]),
    ("identifiers", {"thing": "body:chu-tich-nuoc"}, "kind identifier relation shared",
     [("body", "Q866680", "close", "1")]),
    ("identifiers", {"thing": "person:dang-thi-ngoc-thinh"}, "kind identifier confidence method seen checked shared",
     [("person", "Q10841571", "0.9", "evidence", "2026-11-30", "", "0")]),
    ("identifiers", {"thing": "person:chau-van-lam"}, "relation confidence", [("exact", "0.6")]),
    ("identifiers", {"thing": "person:ha-thi-nga"}, "identifier", []),  # a proposal
    ("identifiers", {"thing": "award:huan-chuong-sao-vang"}, "kind identifier", [("award", "Q2338769")]),
    ("identifiers", {"thing": "c:kind-province"}, "kind identifier", [("concept", "Q2824648")]),
    ("identifiers", {"thing": "country:vn", "relation": '"code"'}, "kind registry identifier address",
     [("country", "iso-3166-1-alpha-2", "VN", ""), ("country", "iso-3166-1-alpha-3", "VNM", ""),
      ("country", "iso-3166-1-numeric", "704", "")]),
    ("identifiers", {"thing": "legal:nghi-quyet-175-2024-qh15"}, "kind registry identifier relation",
     [("legal", "thuvienphapluat", "634162", "close")]),
    ("identifiers", {"thing": "legal:luat-15-2003-qh11"}, "identifier relation", [("19415", "see-also")]),
    # One unit, two names; one act that divides and reclassifies; three units that end in one.
    ("province-names", {"province": "province:hue"}, "name kind start end number",
     [("Thừa Thiên Huế", "province", "", "2024-12-31", ""),
      ("Huế", "municipality", "2025-01-01", "", "175/2024/QH15")]),
    ("province-names", {"province": "province:thai-binh"}, "name", []),
    ("mergers", {"province": "province:hue"}, "changeKind predecessorLabel provinceLabel kindFrom kindTo number",
     [("reclassification", "Thừa Thiên Huế", "Huế", "province", "municipality", "175/2024/QH15")]),
    ("mergers", {"province": "province:can-tho"}, "changeKind predecessor change",
     [("reclassification", "can-tho", "hau-giang_2004-01-01")]),
    ("mergers", {"province": "province:hau-giang"}, "changeKind predecessor change",
     [("split", "can-tho", "hau-giang_2004-01-01")]),
    ("mergers", {"province": "province:phu-tho-2025"}, "predecessor change",
     [(unit, "phu-tho-2025_2025-07-01") for unit in ("hoa-binh", "phu-tho", "vinh-phuc")]),
    ("mergers", {"province": "province:ha-noi"}, "changeKind predecessor", [("absorption", "ha-tay")]),
    ("provinces-on", {"on": "2003-12-31"}, "kind", [("municipality",)] * 4 + [("province",)] * 57),
    # Posts by the bodies that they are in, and what their certainty rests on.
    ("officials", {"province": "province:thai-binh", "on": "2024-03-13"}, "official support reading time certainty",
     [("nguyen-khac-than", "stated", "first-hand", "allowed", "possible")] * 2),
    ("officials", {"province": "province:lao-cai", "on": "2024-08-01"}, "official support reading time certainty",
     [("trinh-xuan-truong", "stated", "first-hand", "settled", "certain")] * 2),
    ("officials", {"province": "province:cao-bang", "year": "2024"}, "official support time certainty",
     [("hoang-xuan-anh", "implied", "settled", "possible")] * 2),
    ("led-by-territory", {"province": "province:ha-nam", "year": "2022"}, "predecessor support time certainty",
     [("ninh-binh", "implied", "allowed", "possible")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "columns", "expected"), AS_OF)
def test_as_of(
    seeds: Assembly,
    by_rdflib: rdflib.Dataset,
    name: str,
    values: dict[str, str],
    columns: str,
    expected: list[tuple[str, ...]],
) -> None:
    """Parameters are bound as `KnowledgeGraph.ask` binds them, so that the second engine gets the same text."""
    types = {parameter.name: parameter.type for parameter in CATALOGUE[name].parameters}
    terms = {
        key: f'"{value}"^^<{PREFIXES["xsd"]}date>' if types[key] == "date"
        else f"<{PREFIXES[value.partition(':')[0]]}{value.partition(':')[2]}>" if ":" in value
        else value
        for key, value in values.items()
    }  # fmt: skip
    text = CATALOGUE[name].bound(terms)
    places = [[column.name for column in CATALOGUE[name].columns].index(column) for column in columns.split()]
    for answer in (on_oxigraph(seeds, text), on_rdflib(by_rdflib, text)):
        assert Counter(tuple(row[place] for place in places) for row in answer.elements()) == Counter(expected)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_example_of_a_question_has_an_answer(kg: Any, name: str) -> None:
    question = CATALOGUE[name]
    examples = {parameter.name: parameter.example for parameter in question.parameters}
    if name not in MAY_BE_EMPTY:
        assert kg.ask(name, examples).records
    for parameter, value in examples.items():
        required = {p.name: p.example for p in question.parameters if p.required}
        kg.ask(name, {**required, parameter: value})


#: What the graph at hand has no case of.
MAY_BE_EMPTY: set[str] = set()
