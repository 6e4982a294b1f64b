"""The synthetic register: the same bytes each time, whole, in our model, and refused by everything that keeps facts."""

import hashlib
import io
import re
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from bench.generate import BASE, INFERRED, NOTICE, REGISTRY, YEARS, Register, iri, write, zipf
from bench.run import QUERIES, _ours, _term
from tests.support.paths import ROOT
from tests.support.stores import copied
from thidua.base.errors import DataError, ForbiddenError, InvalidDataError
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, ID, PREFIXES, TD
from thidua.base.text import fold
from thidua.building.build import assemble
from thidua.checks.shacl import read_shapes, validate
from thidua.rdf.quads import QuadStore
from thidua.write.request import Payload, Write
from thidua.write.transaction import Writer

SIZE = 2000
HEADS = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("td", "skos", "schema", "org", "dct", "oa"))
_IRI = re.compile(r"<([^>]*)>")


@pytest.fixture(scope="module")
def register() -> Register:
    return Register(SIZE)


@pytest.fixture(scope="module")
def graph(register: Register) -> QuadStore:
    """All of it, in the default graph."""
    store = QuadStore.memory()
    out = io.BytesIO()
    write(register, out, "nt")
    store.load_quads(io.BytesIO(out.getvalue()))
    return store


def numbers(graph: QuadStore, pattern: str) -> int:
    """How many rows a pattern has."""
    row = next(graph.select(f"{HEADS} SELECT (COUNT(*) AS ?n) {{ {pattern} }}"))
    assert row["n"]
    return int(row["n"].value)


def digest(register: Register, form: str) -> str:
    out = io.BytesIO()
    write(register, out, form)
    return hashlib.sha256(out.getvalue()).hexdigest()


def slice_of(register: Register, *editions: str) -> list[str]:
    """What the registry and the sources of some editions state."""
    graphs = {REGISTRY, *(f"{BASE}graph/{key}{end}" for key in editions for end in ("", "_b"))}
    return [triple for graph, triple in register.statements() if graph in graphs]


@pytest.mark.parametrize("form", ["nt", "nq"])
def test_one_seed_gives_the_same_bytes_and_another_gives_others(form: str) -> None:
    assert digest(Register(SIZE), form) == digest(Register(SIZE), form)
    assert digest(Register(SIZE), form) != digest(Register(SIZE, seed=2), form)


def test_counts_add_up(register: Register, graph: QuadStore) -> None:
    assert sum(size for _, _, size in register.sizes()) == SIZE
    assert numbers(graph, "?c a td:AwardConferral") == SIZE
    assert numbers(graph, "?edition td:conferral ?c") == SIZE
    assert len(YEARS) == 40
    assert numbers(graph, "?e a td:ClusterEdition") == 40 * register.clusters
    assert numbers(graph, "?c a td:EmulationCluster") == register.clusters
    assert numbers(graph, "?part a td:Participation ; td:participant ?who") == numbers(
        graph, "?c td:individualCount|td:collectiveCount 1 FILTER EXISTS { ?part td:atEvent ?c }"
    )
    named = "{ ?r a td:Person } UNION { ?r a td:PublicBody } FILTER(REGEX(STR(?r), '/r[0-9]+$'))"
    assert numbers(graph, named) == register.recipients


def test_every_triple_is_written_once_and_both_forms_say_the_same(register: Register) -> None:
    merged = list(register.lines("nt"))
    assert len(merged) == len(set(merged))
    assert {f"{line.rpartition(' <')[0]} .\n" for line in register.lines("nq")} == set(merged)


def test_every_reference_resolves(register: Register) -> None:
    described, mentioned = set(), set()
    for _, triple in register.statements():
        subject, *rest = _IRI.findall(re.sub(r'"[^"]*"(\^\^<[^>]*>)?', "", triple))
        described.add(subject)
        mentioned |= {each for each in rest if each.startswith(BASE)}
    assert mentioned
    assert mentioned <= described


def test_the_units_are_those_before_and_after_the_merger(graph: QuadStore) -> None:
    assert numbers(graph, "?p a td:Province FILTER NOT EXISTS { ?p td:startDate ?d }") == 63
    assert numbers(graph, "?p a td:Province FILTER NOT EXISTS { ?p td:endDate ?d }") == 34
    assert numbers(graph, "?p td:successor ?q . ?q td:startDate ?d") == 52
    assert numbers(graph, "?p td:currentUnit ?now FILTER EXISTS { ?now td:endDate ?ended }") == 0


def test_what_is_honoured_after_the_merger_belongs_to_a_present_unit_if_it_was_replaced(graph: QuadStore) -> None:
    honoured = "?part td:atEvent/td:startDate ?day ; td:participant ?who . ?who schema:location ?home ."
    assert numbers(graph, honoured + 'FILTER(?day >= "2025-07-01"^^<http://www.w3.org/2001/XMLSchema#date>)') > 0
    replaced = honoured + "?who dct:isReplacedBy ?later ."
    assert numbers(graph, replaced) > 0
    assert numbers(graph, replaced + 'FILTER(STR(?day) >= "2025-07-01")') == 0
    assert numbers(graph, "?who dct:isReplacedBy ?later . ?later schema:location ?home . ?home td:endDate ?end") == 0


def test_conflicts_are_between_sources_and_both_ways() -> None:
    """At this size each kind is there, and each has another source."""
    graph = QuadStore.memory()
    out = io.BytesIO()
    write(Register(SIZE, seed=3), out, "nt")
    graph.load_quads(io.BytesIO(out.getvalue()))
    for kind in ("HeadTerm", "Observation"):
        pairs = f"?a a td:{kind} ; td:conflictsWith ?b . "
        assert numbers(graph, pairs) > 0
        assert numbers(graph, pairs + "FILTER NOT EXISTS { ?b td:conflictsWith ?a }") == 0
        both = "?a td:statedBy/oa:hasSource ?s . ?b td:statedBy/oa:hasSource ?s"
        assert numbers(graph, pairs + both) == 0


def test_recipients_are_skewed_as_zipf_has_it() -> None:
    ranks = [zipf(number / 100_000, 1000) for number in range(100_000)]
    assert min(ranks) >= 0 and max(ranks) == 999
    first, tenth = ranks.count(0), ranks.count(9)
    assert 5 < first / tenth < 12


def test_names_are_found_without_marks(graph: QuadStore) -> None:
    rows = list(
        graph.select(f"{HEADS} SELECT ?label ?key {{ ?r a td:Person ; skos:prefLabel ?label ; skos:hiddenLabel ?key }}")
    )
    assert rows
    for row in rows:
        assert row["label"] and row["key"]
        assert fold(row["label"].value) == row["key"].value
    assert numbers(graph, '?r skos:hiddenLabel ?key FILTER(CONTAINS(?key, "nguyen"))') > 0


def test_it_obeys_our_shapes_but_for_the_iris(register: Register, files: ProjectFiles) -> None:
    """All that is wrong with it is that its things are not ours: that is what keeps it out."""
    editions = [f"{cluster}_{year}" for cluster in (0, 3) for year in (1987, 2024, 2025, 2026)]
    store = QuadStore.memory()
    store.change(None, add=slice_of(register, *editions))
    for file in files.vocabulary:
        store.load_turtle(file.path, file.graph, str(file.path))
        store.change(None, add=store.lines(file.graph))
    found = {finding.shape for finding in validate(store, read_shapes(files.shapes))}
    classes = {
        row["class"].value.removeprefix(TD)
        for row in store.select(
            f'SELECT DISTINCT ?class {{ ?thing a ?class FILTER(STRSTARTS(STR(?thing), "{BASE}")) }}'
        )
        if row["class"] and row["class"].value.startswith(TD)
    }
    assert found == {f"{name}-iri" for name in classes}


def test_every_graph_says_that_it_is_synthetic(register: Register) -> None:
    says: dict[str, set[str]] = {}
    for graph, triple in register.statements():
        found = says.setdefault(graph, set())
        found |= {language for language, text in NOTICE.items() if triple.startswith(f"<{graph}> ") and text in triple}
        assert triple.startswith(f"<{BASE}")
    assert all(found == set(NOTICE) for found in says.values())
    assert {REGISTRY, INFERRED} < set(says)
    assert all(graph.startswith(BASE) and not graph.startswith(GRAPH) for graph in says)


def test_the_writer_refuses_its_graphs(register: Register, store: Path, tmp_path: Path, files: ProjectFiles) -> None:
    writer = Writer(copied(store, tmp_path / "store"), files)
    quads = "".join(f"{triple} <{graph}> .\n" for graph, triple in list(register.statements())[:50])
    with pytest.raises(ForbiddenError, match="The graph of a source is called"):
        writer.write(Write("post", None, (Payload(quads.encode(), "application/n-quads"),)))
    with pytest.raises(ForbiddenError, match="The graph of a source is called"):
        writer.write(Write("put", REGISTRY, (Payload(b"<urn:a> <urn:b> <urn:c> .\n", "application/n-triples"),)))


@pytest.mark.parametrize("line", ["award", "mention"])
def test_the_writer_refuses_its_things_in_a_graph_of_ours(
    store: Path, tmp_path: Path, files: ProjectFiles, line: str
) -> None:
    """Even one award, for whose class the shapes ask nothing of the IRI, and even a link to one."""
    award, label = iri("award", "giay-khen"), f"<{PREFIXES['skos']}prefLabel>"
    concept = f"<{PREFIXES['rdf']}type> <{PREFIXES['skos']}Concept>"
    lines = {
        "award": f'<{award}> {concept} .\n<{award}> {label} "giấy khen"@vi .\n',
        "mention": f"<{ID}award/giay-khen> <{PREFIXES['skos']}closeMatch> <{award}> .\n",
    }[line]
    writer = Writer(copied(store, tmp_path / "store"), files)
    with pytest.raises(InvalidDataError) as refused:
        writer.write(Write("put", GRAPH + "0123456789abcdef", (Payload(lines.encode(), "application/n-triples"),)))
    assert {finding.shape for finding in refused.value.findings} == {"no-made-up-thing"}


def test_a_build_refuses_it(register: Register, tmp_path: Path, files: ProjectFiles) -> None:
    for folder in ("ontology", "shapes", "data/registry", "queries"):
        shutil.copytree(files.root / folder, tmp_path / folder)
    (tmp_path / "data" / "sources").mkdir()
    lines = slice_of(register, "3_2026")
    (tmp_path / "data" / "sources" / "0123456789abcdef.ttl").write_text("".join(f"{line} .\n" for line in lines))
    with pytest.raises(DataError, match="is made up to measure with"):
        assemble(ProjectFiles(tmp_path))


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_question_says_what_it_asks_and_finds_something(graph: QuadStore, name: str) -> None:
    assert QUERIES[name].startswith("# ")
    assert next(graph.select(QUERIES[name]), None) is not None


def test_answers_are_compared_by_value() -> None:
    integer, decimal = (
        {"type": "literal", "value": v, "datatype": PREFIXES["xsd"] + t}
        for v, t in (("7", "integer"), ("7.0", "decimal"))
    )
    assert _term("n", integer) == _term("n", decimal)
    assert _term("n", integer) != _term("n", {"type": "literal", "value": "7"})
    plain, typed = (
        {"type": "literal", "value": "a"},
        {"type": "typed-literal", "value": "a", "datatype": PREFIXES["xsd"] + "string"},
    )
    assert _term("n", plain) == _term("n", typed)


def test_memory_does_not_grow_with_the_size() -> None:
    peaks = []
    for size in (1000, 8000):
        tracemalloc.start()
        for _ in Register(size).lines("nt"):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


def test_the_command_writes_a_small_register_and_says_what(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.generate", "--conferrals", "100", "--quiet", "--format", "nq"]
    told = subprocess.run([*command, str(tmp_path / "r.nq")], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = (tmp_path / "r.nq").read_text(encoding="utf-8").splitlines()
    assert f"{len(lines):,} triples, 100 conferrals" in told.stderr
    assert sum(f"<{TD}AwardConferral>" in line for line in lines) == 100
    assert any(f"<{iri('conferral', 99)}>" in line for line in lines)


def test_the_bench_makes_its_first_version(tmp_path: Path) -> None:
    register = tmp_path / "register.nt"
    with register.open("wb") as out:
        write(Register(20), out, "nt")
    notes: list[str] = []
    assert _ours(register, tmp_path / "store", 12, notes).name == "thidua"
    assert (tmp_path / "store" / "current" / "rocksdb").is_dir()
    assert "building the first version took" in notes[0]
