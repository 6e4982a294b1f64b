"""HermiT finds the graph consistent, and finds the contradictions that are planted, with reasons."""

import shutil
from pathlib import Path

import pytest

from tests.support.paths import SEED_IDS
from thidua.base.errors import StoreError
from thidua.base.files import ProjectFiles
from thidua.base.terms import ID, TD
from thidua.building.build import Assembly, assemble
from thidua.checks.owl import clashes, reason

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")


@pytest.fixture
def small(files: ProjectFiles, tmp_path: Path) -> ProjectFiles:
    """The vocabulary, the registries and two of the articles: enough to contradict."""
    for folder in ("ontology", "shapes", "data/registry", "queries"):
        shutil.copytree(files.root / folder, tmp_path / folder)
    (tmp_path / "data/sources").mkdir()
    for source in SEED_IDS[3:]:
        shutil.copy(files.root / f"data/sources/{source}.ttl", tmp_path / "data/sources")
    for source in SEED_IDS[:3]:  # which the registries cite
        described = f"<{ID}src/{source}> a <{TD}SourceDocument> ."
        (tmp_path / f"data/sources/{source}.ttl").write_text(described, encoding="utf-8")
    return ProjectFiles(tmp_path)


def planted(small: ProjectFiles, name: str, text: str) -> Assembly:
    path = small.root / name
    path.write_text(path.read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")
    return assemble(small)


def test_no_clash_is_found_in_the_whole_graph(assembly: Assembly) -> None:
    """What the axioms can contradict, looked for by queries; HermiT is asked about all of it each night."""
    assert list(clashes(assembly)) == []


@needs_java
@pytest.mark.nightly
def test_the_whole_graph_is_consistent(assembly: Assembly) -> None:
    verdict = reason(assembly)
    assert verdict.consistent, verdict.reasons
    assert verdict.unsatisfiable == ()


SOURCE = "data/sources/18d8c37f4f6536d1.ttl"
#: What contradicts the rest, and the words of its reason.
CONTRADICTIONS = {
    "a head term that is a deputy term": (
        "head:dong-bang-song-hong_2024_nam-dinh a td:DeputyTerm .\n",
        ["head:dong-bang-song-hong_2024_nam-dinh", "td:DeputyTerm", "td:HeadTerm", "disjoint"],
    ),
    "one term of two provinces": (
        "head:dong-bang-song-hong_2024_nam-dinh org:member province:ha-nam .\n",
        ["head:dong-bang-song-hong_2024_nam-dinh", "org:member", "province:ha-nam", "province:nam-dinh"],
    ),
    "an edition of two years": (
        "edition:dong-bang-song-hong_2024 td:year 2025 .\n",
        ["edition:dong-bang-song-hong_2024", "td:year", "2024", "2025"],
    ),
    "a province that is a person": (
        "province:thai-binh td:speaker person:pham-duc-toan .\nprovince:thai-binh a td:Person .\n",
        ["province:thai-binh", "td:Person"],
    ),
}


def explained(reasons: tuple[str, ...], words: list[str]) -> None:
    assert any(line.startswith(SOURCE) and all(word in line for word in words) for line in reasons), reasons


@needs_java
def test_planted_contradictions_are_found_and_explained(small: ProjectFiles) -> None:
    """HermiT says that there are some; which, and where, is found by queries."""
    verdict = reason(planted(small, SOURCE, "".join(text for text, _ in CONTRADICTIONS.values())))
    assert not verdict.consistent
    for _, words in CONTRADICTIONS.values():
        explained(verdict.reasons, words)


@needs_java
@pytest.mark.nightly
@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_planted_contradiction_alone_is_found_and_explained(small: ProjectFiles, name: str) -> None:
    text, words = CONTRADICTIONS[name]
    verdict = reason(planted(small, SOURCE, text))
    assert not verdict.consistent
    explained(verdict.reasons, words)


@needs_java
@pytest.mark.nightly
def test_a_class_that_can_have_no_member_is_named(small: ProjectFiles) -> None:
    verdict = reason(planted(small, "ontology/thidua.ttl", "td:Handover rdfs:subClassOf td:Conference .\n"))
    assert any(iri.endswith("#Handover") for iri in verdict.unsatisfiable) or not verdict.consistent
    assert any("nothing can be a td:Handover" in line for line in verdict.reasons)


def test_a_class_that_can_have_no_member_is_explained(small: ProjectFiles) -> None:
    found = clashes(planted(small, "ontology/thidua.ttl", "td:Handover rdfs:subClassOf td:Conference .\n"))
    assert any("nothing can be a td:Handover" in line for line in found)


def test_without_java_the_error_says_what_to_install(small: ProjectFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    assembly = assemble(small)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StoreError, match="install a JRE"):
        reason(assembly)
