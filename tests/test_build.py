"""Builds: what they refuse and where they point, that they are deterministic, and that killing them hurts nobody."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.stores import copied
from thidua.base.errors import DataError, StoreError
from thidua.base.files import ProjectFiles
from thidua.building.build import assemble, build, check
from thidua.checks.rules import Rules
from thidua.graph import KnowledgeGraph
from thidua.rdf.quads import QuadStore
from thidua.versions.publish import digest
from thidua.versions.store import VersionStore, combined

ARTICLE = "data/sources/18d8c37f4f6536d1.ttl"


@pytest.fixture
def workspace(files: ProjectFiles, tmp_path: Path) -> ProjectFiles:
    """A copy of the project's files to plant mistakes in."""
    for folder in ("ontology", "shapes", "data", "queries"):
        shutil.copytree(files.root / folder, tmp_path / "files" / folder)
    return ProjectFiles(tmp_path / "files")


def plant(workspace: ProjectFiles, name: str, old: str, new: str) -> int:
    """Replace the first occurrence of a text; returns its line."""
    path = workspace.root / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def add(workspace: ProjectFiles, name: str, text: str) -> int:
    """Append a text; returns the line on which it begins."""
    path = workspace.root / name
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    return before.count("\n") + 1


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        pytest.param(ARTICLE, "td:year 2023 ;", "td:year 2023", "", id="article: a lost semicolon"),
        pytest.param(ARTICLE, "td:headTerm ", "td:headTrem ", "td:headTrem is not declared", id="article: a typo"),
        pytest.param(
            ARTICLE, "org:member province:nam-dinh", "org:member province:nam-din", "links to province:nam-din",
            id="article: a link to nothing",
        ),
        pytest.param(
            "data/registry/provinces.ttl", 'td:gsoCode "34"', 'td:gsoCode "34', "", id="registry: an open quote"
        ),
        pytest.param(
            "data/registry/provinces.ttl", "skos:prefLabel", "skos:preflabel", "skos:preflabel is not declared",
            id="registry: a typo in a famous vocabulary",
        ),
        pytest.param("ontology/thidua.ttl", "a owl:Ontology ;", "a owl:Ontology", "", id="ontology: a lost semicolon"),
        pytest.param(
            "ontology/concepts.ttl", "a skos:Concept ;", "a skos:Konzept ;", "skos:Konzept is not declared",
            id="code lists: a typo",
        ),
        pytest.param(
            "queries/who-led.rq", "td:nameThen", "td:nameThan", "td:nameThan is not declared",
            id="question: a typo",
        ),
        pytest.param(
            "queries/who-led.rq", "FILTER(LANG(?nameNow)", "FILTER(LONG(?nameNow)", "", id="question: syntax"
        ),
        pytest.param(
            "queries/who-led.rq", "#+ [columns.rank]", "#+ [columns.rang]", "other columns", id="question: its header"
        ),
        pytest.param(
            "ontology/rules/completion/05-figure.rq", "td:figure", "td:figur", "td:figur is not declared",
            id="rule: a typo",
        ),
        pytest.param(
            "shapes/handover.ttl", "sh:path td:fromTerm", "sh:path td:fromTrem", "td:fromTrem is not declared",
            id="shape: a typo",
        ),
        pytest.param(
            "data/links/wikidata.ttl", " skos:exactMatch <", " skos:exactmatch <", "skos:exactmatch is not declared",
            id="links: a typo",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_line(
    workspace: ProjectFiles, name: str, old: str, new: str, reason: str
) -> None:
    line = plant(workspace, name, old, new)
    with pytest.raises(DataError) as refused:
        assemble(workspace)
    told = [problem for problem in refused.value.problems if problem.startswith(name)]
    assert told, refused.value.problems
    if reason:
        where = name if reason == "other columns" else f"{name}:{line}"  # a header is wrong as a whole
        assert any(problem.startswith(f"{where}: ") and reason in problem for problem in told)
    else:  # where a parser stops may be a little after the mistake
        assert abs(int(told[0].split(":")[1]) - line) <= 3


def test_a_broken_shape_is_refused_with_its_line(workspace: ProjectFiles) -> None:
    line = plant(workspace, ARTICLE, '"2024-03-13"^^xsd:date', '"2024-02-30"^^xsd:date')
    found = [f for f in check(assemble(workspace)) if f.severity == "Violation"]
    assert f"{ARTICLE}:{line}" in {finding.where for finding in found}


def test_a_rule_that_does_not_parse_is_named(workspace: ProjectFiles) -> None:
    plant(workspace, "ontology/rules/completion/05-figure.rq", "WHERE", "WHEN")
    with pytest.raises(DataError, match=r"ontology/rules/completion/05-figure\.rq: Line"):
        assemble(workspace)


def test_a_shape_file_that_does_not_parse_is_named(workspace: ProjectFiles) -> None:
    plant(workspace, "shapes/leadership-term.ttl", "sh:targetClass", "sh:targetClass ;")
    with pytest.raises(DataError, match=r"shapes/leadership-term\.ttl"):
        check(assemble(workspace))


def test_a_misspelled_shacl_term_is_named(workspace: ProjectFiles) -> None:
    plant(workspace, "shapes/dates.ttl", "sh:datatype", "sh:dataType")
    with pytest.raises(DataError, match="sh:dataType is not a SHACL term"):
        check(assemble(workspace))


def test_a_question_without_a_header_is_named(workspace: ProjectFiles, store: Path) -> None:
    plant(workspace, "queries/who-led.rq", "#+ title_vi", "# title_vi")
    with pytest.raises(DataError, match=r"queries/who-led\.rq: bad header"):
        KnowledgeGraph.open(store, workspace)


def test_everything_wrong_is_told_at_once(workspace: ProjectFiles) -> None:
    plant(workspace, ARTICLE, "td:headTerm ", "td:headTrem ")
    plant(workspace, "data/registry/provinces.ttl", "td:gsoCode", "td:gsocode")
    with pytest.raises(DataError) as refused:
        assemble(workspace)
    assert {problem.split(":")[0] for problem in refused.value.problems} == {ARTICLE, "data/registry/provinces.ttl"}


def test_a_refused_build_leaves_the_old_version(workspace: ProjectFiles, tmp_path: Path, store: Path) -> None:
    mine = tmp_path / "store"
    copied(store, mine)
    before = VersionStore(mine).current()
    plant(workspace, ARTICLE, "td:headTerm ", "td:headTrem ")
    with pytest.raises(DataError):
        build(workspace, mine)
    assert VersionStore(mine).current() == before
    assert [path.name for path in (mine / "versions").iterdir()] == ["000001"]


def test_the_same_files_give_the_same_hash_and_publish_nothing(
    files: ProjectFiles, tmp_path: Path, store: Path
) -> None:
    mine = tmp_path / "store"
    copied(store, mine)
    again = build(files, mine)
    assert not again.published
    assert again.version == VersionStore(store).current()


def test_completion_and_inference_add_nothing_a_second_time(files: ProjectFiles) -> None:
    assembly = assemble(files)
    rules = Rules(files)
    before = combined(digest(assembly.store, assembly.store.graphs()))
    assert not any(rules.complete(assembly.store, graph) for graph in rules.in_order(assembly.store.graphs()))
    assert rules.infer(assembly.store) == (set(), set())
    assert combined(digest(assembly.store, assembly.store.graphs())) == before


def test_the_default_graph_is_the_exact_merge(store: Path) -> None:
    published = QuadStore.read_only(VersionStore(store).current_path() / "rocksdb")
    union = set()
    for graph in published.graphs():
        union.update(published.n_triples(graph).splitlines())
    assert set(published.n_triples().splitlines()) == union


def test_two_writers_do_not_mix(files: ProjectFiles, tmp_path: Path) -> None:
    with VersionStore(tmp_path).writing(), pytest.raises(StoreError, match="another process is writing"):
        build(files, tmp_path)


@pytest.mark.parametrize(
    "moment",
    ["any", *(pytest.param(share, marks=pytest.mark.nightly) for share in (0.2, 0.5, 0.8, 0.9, 0.95, 1.0))],
)
def test_a_build_killed_in_the_middle_leaves_the_old_version_serving(
    workspace: ProjectFiles, tmp_path: Path, store: Path, moment: float | str, chance: random.Random
) -> None:
    share = chance.random() if isinstance(moment, str) else moment
    mine = tmp_path / "store"
    copied(store, mine)
    old = VersionStore(mine).current()
    add(
        workspace,
        "data/registry/people.ttl",
        '\nperson:pham-quang-ngoc\n    skos:hiddenLabel "ông Ngọc" .\n',
    )
    command = [sys.executable, "-m", "thidua", "build", "--store", str(mine), "--files", str(workspace.root)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
    assert process.stderr is not None
    # Kill it at a share of the way: by the step it names, then a little further in.
    steps = [b"completing sources", b"inferring", b"checking shapes", b"hashing", b"writing the version"]
    wanted = steps[min(int(share * len(steps)), len(steps) - 1)]
    for told in process.stderr:
        if told.strip() == wanted:
            break
    time.sleep(chance.uniform(0, 0.3))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    current = VersionStore(mine).current()
    assert old is not None and current is not None
    assert current.number in (old.number, old.number + 1)
    assert KnowledgeGraph.open(mine).ask("who-led", {"year": "2023"}).records
    after = build(workspace, mine)
    assert after.version.number == old.number + 1
    assert sorted(path.name for path in (mine / "versions").iterdir()) == ["000001", "000002"]
