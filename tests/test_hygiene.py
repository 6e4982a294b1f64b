"""What must hold of every file, whatever it says."""

import re
import unicodedata
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import OWL, RDF

from tests.support.paths import ROOT
from thidua.base.files import ProjectFiles
from thidua.base.terms import PREFIXES, TD
from thidua.building.build import Assembly
from thidua_server.html.vendored import FOLDER

TURTLE = sorted(path for folder in ("ontology", "shapes", "data") for path in (ROOT / folder).rglob("*.ttl"))
SPARQL = sorted(path for folder in ("ontology", "shapes", "queries") for path in (ROOT / folder).rglob("*.rq"))
TEXT = [
    path
    for folder in ("ontology", "shapes", "data", "queries", "thidua", "server", "tests", "docs")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".ttl", ".rq", ".py", ".md", ".html", ".css", ".toml", ".trig"}
] + sorted(ROOT.glob("*.md"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_text_is_utf8_nfc_with_plain_line_ends() -> None:
    wrong = []
    for path in TEXT:
        if path.parent == FOLDER:  # third-party files, as they came
            continue
        raw = path.read_bytes()
        text = raw.decode("utf-8")
        if not unicodedata.is_normalized("NFC", text) or b"\r" in raw or not raw.endswith(b"\n"):
            wrong.append(relative(path))
    assert not wrong


def test_prefixes_are_bound_as_everywhere() -> None:
    declared = re.compile(r"^\s*(?:@prefix|PREFIX)\s+([\w-]*):\s*<([^>]*)>", re.MULTILINE)
    wrong = [
        f"{relative(path)}: {prefix}: {namespace}"
        for path in TURTLE + SPARQL
        for prefix, namespace in declared.findall(path.read_text(encoding="utf-8"))
        if PREFIXES.get(prefix) != namespace
    ]
    assert not wrong


@pytest.mark.parametrize("folder", ["data", "ontology/concepts.ttl", "ontology/awards.ttl"])
def test_data_has_no_blank_nodes(folder: str) -> None:
    paths = [path for path in TURTLE if relative(path).startswith(folder)]
    assert paths
    wrong = [
        relative(path)
        for path in paths
        if any(isinstance(term, rdflib.BNode) for triple in rdflib.Graph().parse(path) for term in triple)
    ]
    assert not wrong


def test_queries_and_shapes_use_declared_terms_only(files: ProjectFiles) -> None:
    """RDF forgives spelling: a misspelled property matches nothing, silently. (Builds check the data.)"""
    ontology = rdflib.Graph().parse(ROOT / "ontology/thidua.ttl")
    known = {str(subject) for subject in ontology.subjects(RDF.type)}
    for path in (ROOT / "ontology").glob("*.ttl"):
        known |= {str(subject) for subject in rdflib.Graph().parse(path).subjects(RDF.type)}
    name = re.compile(r"(?<![\w:/<\"])(td|c|org|prov|oa|skos|eli|qb|sdmxa|sdmxd|sdmxm|schema|opengov):([A-Za-z][\w-]*)")
    wrong = []
    for path in [*SPARQL, *(ROOT / "shapes").glob("*.ttl")]:
        text = re.sub(r"(?m)^\s*#.*$", "", path.read_text(encoding="utf-8"))
        text = re.sub(r'"[^"\n]*"(?!")', '""', text)  # messages, not the SPARQL in """ """
        for prefix, local in name.findall(text):
            if PREFIXES[prefix] + local not in known:
                wrong.append(f"{relative(path)}: {prefix}:{local}")
    assert not sorted(set(wrong))


def test_every_term_is_explained_in_both_languages() -> None:
    graph = rdflib.Graph().parse(ROOT / "ontology/thidua.ttl")
    skos, rdfs = rdflib.Namespace(PREFIXES["skos"]), rdflib.Namespace(PREFIXES["rdfs"])
    ontology = next(graph.subjects(RDF.type, OWL.Ontology))
    kinds = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty}
    terms = {s for kind in kinds for s in graph.subjects(RDF.type, kind) if str(s).startswith(TD)}
    assert len(terms) > 90
    wrong = []
    for term in terms:
        for prop in (rdfs.label, skos.definition):
            languages = sorted(o.language or "" for o in graph.objects(term, prop) if isinstance(o, rdflib.Literal))
            if languages != ["en", "vi"]:
                wrong.append(f"{term}: {prop} in {languages}")
        definitions = [str(o) for o in graph.objects(term, skos.definition)]
        wrong += [f"{term}: {text!r} is no sentence" for text in definitions if len(text) < 20 or text[-1] != "."]
        if graph.value(term, skos.example) is None:
            wrong.append(f"{term}: no example")
        if graph.value(term, rdfs.isDefinedBy) != ontology:
            wrong.append(f"{term}: isDefinedBy")
    assert not sorted(wrong)


@pytest.mark.parametrize(
    ("what", "query"),
    [
        (
            "a thing people see, without a Vietnamese name",
            """SELECT ?thing { VALUES ?class { td:EmulationCluster td:Province td:PublicBody td:Person td:Post
                 td:EmulationMovement td:Document td:Designation skos:Concept skos:ConceptScheme }
               ?thing a ?class FILTER NOT EXISTS { ?thing skos:prefLabel ?name FILTER(LANG(?name) = "vi") } }""",
        ),
        (
            "a fact without evidence",
            """SELECT ?thing { ?thing a td:SourcedRecord
               FILTER NOT EXISTS { ?thing td:statedBy|td:impliedBy ?evidence . ?evidence oa:hasSource ?source } }""",
        ),
        (
            "a code used as a concept, without a scheme",
            "SELECT ?thing { ?thing a skos:Concept FILTER NOT EXISTS { ?thing skos:inScheme ?scheme } "
            "FILTER NOT EXISTS { ?thing a td:EmulationMovement } }",
        ),
        (
            "a record in the graph of a source that it does not come from",
            """SELECT ?thing { GRAPH ?graph { ?thing td:statedBy|td:impliedBy ?evidence }
               ?evidence oa:hasSource ?source
               FILTER(STRAFTER(STR(?graph), "/graph/") != STRAFTER(STR(?source), "/src/")) }""",
        ),
        (
            "an identity that merges two provinces",
            "SELECT ?thing { ?thing owl:sameAs|skos:exactMatch ?same . ?other owl:sameAs|skos:exactMatch ?same "
            "FILTER(?thing != ?other) }",
        ),
    ],
)
def test_the_graph_has_nobody_who_is(assembly: Assembly, what: str, query: str) -> None:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    found = [row["thing"].value for row in assembly.store.select(prefixes + query) if row["thing"]]
    assert not found, what


def test_the_project_speaks_of_itself_alone() -> None:
    """No machine path; and the word for what lies beside the project only where a test needs it."""
    paths = [path for path in TEXT if not relative(path).startswith("tests/")]
    wrong = [relative(path) for path in paths if re.search(r"/work/|/tmp/|\.\./shared", path.read_text("utf-8"))]
    assert not wrong


def test_the_lock_files_hold_versions_and_hashes_alone() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "--index" not in text
