"""Alignments are delivered: each is asked by a query in the words of the other vocabulary, and has rows.

The project's own words do not occur in the queries below: whoever knows schema.org, Data Cube, ORG, ELI, PROV, OWL-Time
or Web Annotation, and nothing of ours, gets an answer.
"""

import re

import pytest
import rdflib
from rdflib.namespace import RDFS

from tests.support.paths import ROOT
from thidua.base.terms import PREFIXES, TD
from thidua.building.build import Assembly
from thidua.rdf.quads import QuadStore

_PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items() if name not in ("td", "tdsh", "c"))

#: What is asked, and at least how many rows there are: fewer would mean that most are lost.
OUTSIDE = {
    "schema: what happened when": ("?what a schema:Event ; schema:startDate ?day", 20),
    "schema: what is over": ("?unit a schema:AdministrativeArea ; schema:endDate ?day", 50),
    "schema: where": ("?what a schema:Event ; schema:location ?place . ?place a schema:AdministrativeArea", 20),
    "schema: articles that tell of events": (
        "?what a schema:Event ; schema:subjectOf ?article . ?article a schema:Article", 20,
    ),
    "schema: a country": ("?country a schema:Country", 1),
    "schema: when an article was changed": ("?article a schema:Article ; schema:dateModified ?day", 1),
    "dct: kinds": ("?thing dct:type ?kind", 100),
    "dct: versions of a cluster": ("?edition dct:isVersionOf ?cluster", 50),
    "dct: what took the place of a unit": ("?unit dct:isReplacedBy ?later", 52),
    "org: who held a post": ("?post org:heldBy ?person ; org:postIn ?body", 100),
    "org: members of a collaboration": (
        "?m a org:Membership ; org:member ?u ; org:organization ?all ; org:role ?role ; org:memberDuring ?t", 200,
    ),
    "org: acts by which units began": (
        "?act a org:ChangeEvent ; org:originalOrganization ?old ; org:resultingOrganization ?new", 50,
    ),
    "opengov: posts": ("?holding opengov:post ?post", 100),
    "qb: a data set, its structure, its observations": (
        "?figure qb:dataSet ?set ; sdmxm:obsValue ?value ; sdmxd:refArea ?area ; sdmxd:refPeriod ?period ; "
        "sdmxa:unitMeasure ?unit . ?set qb:structure/qb:component ?component", 200,
    ),
    "time: first and last days": (
        "?span a time:ProperInterval ; time:hasBeginning/time:inXSDDate ?first ; time:hasEnd/time:inXSDDate ?last", 20,
    ),
    "eli: laws and what repealed them": ("?law a eli:LegalResource ; eli:repealed_by ?later", 1),
    "eli: laws in force": ("?law a eli:LegalResource ; eli:type_document ?kind", 100),
    "oa: passages": ("?passage a oa:SpecificResource ; oa:hasSource ?text ; oa:hasSelector/oa:start ?start", 100),
    "prov: what a graph was made from, by whom": (
        "?graph prov:hadPrimarySource ?text ; prov:wasGeneratedBy ?run . ?run prov:used ?text ; "
        "prov:wasAssociatedWith ?who", 5,
    ),
    "prov: what a reading brought forth": ("?passage prov:wasGeneratedBy ?run . ?run a prov:Activity", 100),
    "skos: movements and their phases": ("?phase a skos:Concept ; skos:broader ?series", 5),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "rows"), OUTSIDE.values(), ids=OUTSIDE)
def test_an_outside_vocabulary_has_an_answer(assembly: Assembly, asked: str, rows: int) -> None:
    assert len(list(assembly.store.select(f"{_PREFIXES}SELECT DISTINCT * {{ {asked} }}"))) >= rows


def test_no_event_is_derived_from_a_document(assembly: Assembly) -> None:
    """PROV is said of a source's graph and of passages; a meeting is not made of a newspaper."""
    made = "{ ?event prov:wasDerivedFrom|prov:hadPrimarySource|prov:wasGeneratedBy ?x } UNION { ?event a prov:Entity }"
    assert not list(assembly.store.select(f"{_PREFIXES}SELECT ?event {{ ?event a schema:Event . {made} }}"))


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(ROOT / "ontology/thidua.ttl")


def test_every_subproperty_is_closed(ontology: rdflib.Graph, assembly: Assembly) -> None:
    """What a property of ours says, all that it is declared to be below says too, in the graph as built."""
    pairs = [(below, above) for below, above in ontology.subject_objects(RDFS.subPropertyOf) if TD in below]
    assert len(pairs) > 30
    lacking = [
        f"{below} -> {above}"
        for below, above in pairs
        if list(
            assembly.store.select(f"SELECT ?s {{ ?s <{below}> ?o FILTER NOT EXISTS {{ ?s <{above}> ?o }} }} LIMIT 1")
        )
    ]
    assert not lacking
    # Nothing that has a superproperty and is never used passes unseen.
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "ontology/rules").rglob("*.rq"))
    given = set(re.findall(r"td:(\w+)", rules))
    assert {str(below).removeprefix(TD) for below, _ in pairs} <= given


#: https://www.w3.org/TR/vocab-data-cube/#wf-rules, those that concern a cube without slices, in our own words:
#: each finds what breaks it. Of the others (IC-6 to 10, 15 to 18) nothing here has what they speak of.
CUBE = {
    "IC-1 one data set each": (
        "?x a qb:Observation . FILTER NOT EXISTS { ?x qb:dataSet ?set } } UNION "
        "{ ?x qb:dataSet ?set , ?other . FILTER(?set != ?other)"
    ),
    "IC-2 one structure each": (
        "?x a qb:DataSet . FILTER NOT EXISTS { ?x qb:structure ?dsd } } UNION "
        "{ ?x qb:structure ?dsd , ?other . FILTER(?dsd != ?other)"
    ),
    "IC-3 a measure in it": (
        "?x a qb:DataStructureDefinition . FILTER NOT EXISTS { ?x qb:component/qb:measure ?measure }"
    ),
    "IC-4 dimensions have ranges": ("?c qb:dimension ?x . FILTER NOT EXISTS { ?x rdfs:range ?range }"),
    "IC-5 coded dimensions have code lists": (
        "?x a qb:DimensionProperty ; rdfs:range skos:Concept . FILTER NOT EXISTS { ?x qb:codeList ?list }"
    ),
    "IC-11 every dimension has a value": (
        "?x qb:dataSet/qb:structure/qb:component/qb:dimension ?dimension . FILTER NOT EXISTS { ?x ?dimension ?value }"
    ),
    "IC-12 no two with the same dimensions": (
        "?x td:area ?area ; td:indicator ?i ; td:period ?p ; td:statistic ?s ; td:comparedWith ?g ; td:reportedIn ?r . "
        "?y td:area ?area ; td:indicator ?i ; td:period ?p ; td:statistic ?s ; td:comparedWith ?g ; td:reportedIn ?r . "
        "FILTER(?x != ?y)"
    ),
    "IC-13 required attributes": (
        "?x qb:dataSet/qb:structure/qb:component ?c . ?c qb:componentRequired true ; qb:attribute ?attribute . "
        "FILTER NOT EXISTS { ?x ?attribute ?value }"
    ),
    "IC-14 every measure": (
        "?x qb:dataSet/qb:structure/qb:component/qb:measure ?measure . FILTER NOT EXISTS { ?x ?measure ?value }"
    ),
    "IC-19 codes from the list": (
        "?x qb:dataSet/qb:structure/qb:component/qb:dimension ?dimension . ?dimension qb:codeList ?list . "
        "?x ?dimension ?code . FILTER NOT EXISTS { ?code a skos:Concept ; skos:inScheme ?list }"
    ),
}
#: Condition to a property, one statement of which is taken away.
BREAKS = {
    "IC-1": "qb:dataSet",
    "IC-3": "qb:measure",
    "IC-11": "td:statistic",
    "IC-13": "sdmxa:unitMeasure",
    "IC-14": "td:value",
}


def broken(store: QuadStore, condition: str) -> list[str]:
    prefixes = f"{_PREFIXES}PREFIX td: <{TD}>\n"
    rows = store.select(f"{prefixes}SELECT DISTINCT ?x {{ {{ {condition} }} }}")
    return [cell.value for row in rows if (cell := row["x"])]


@pytest.mark.parametrize("condition", CUBE.values(), ids=CUBE)
def test_the_figures_are_a_well_formed_cube(assembly: Assembly, condition: str) -> None:
    assert broken(assembly.store, condition) == []


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_cube_is_seen(assembly: Assembly, name: str) -> None:
    (condition,) = (text for key, text in CUBE.items() if key.split()[0] == name)
    store = QuadStore.memory()
    store.change(None, add=assembly.store.lines(None))
    prefix, _, local = BREAKS[name].partition(":")
    lines = sorted(line for line in store.lines(None) if f"> <{PREFIXES[prefix]}{local}> " in line)
    gone = next((line for line in lines if "/id/obs/" in line), lines[0])
    store.change(None, remove=[gone])
    assert broken(store, condition)
