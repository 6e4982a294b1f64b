"""A build keeps what was written online, beside what the files say by now, or says why it cannot."""

import shutil
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.stores import copied
from thidua.base.errors import DataError, InputError
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH
from thidua.building.build import Built, build
from thidua.rdf.quads import QuadStore
from thidua.versions.history import backup, prune, restore, rollback
from thidua.versions.online import built_below, online_writes
from thidua.versions.store import VersionStore
from thidua.write.request import Write
from thidua.write.transaction import Writer

PROVINCES = f"{GRAPH}provinces"
PREFIXES = """PREFIX td: <https://w3id.org/thidua/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX province: <https://w3id.org/thidua/id/province/>
"""
NAMED = f'{PREFIXES}INSERT DATA {{ GRAPH <{PROVINCES}> {{ province:thai-binh skos:altLabel "Quê lúa"@vi }} }}'
TAKEN = f"""{PREFIXES}DELETE {{ GRAPH <{PROVINCES}> {{ province:ha-nam skos:prefLabel ?name }} }}
INSERT {{ GRAPH <{PROVINCES}> {{ province:ha-nam skos:prefLabel "Hà Nam xưa"@vi }} }}
WHERE {{ GRAPH <{PROVINCES}> {{ province:ha-nam skos:prefLabel ?name FILTER(LANG(?name) = "vi") }} }}"""
#: Where the files describe a province.
THERE = "province:thai-binh\n    a td:Province ;"
LABEL = "<http://www.w3.org/2004/02/skos/core#"
NICKNAME = f'<https://w3id.org/thidua/id/province/thai-binh> {LABEL}altLabel> "Quê lúa"@vi'
FORMER = f'<https://w3id.org/thidua/id/province/ha-nam> {LABEL}prefLabel> "Hà Nam"@vi'
NEW = FORMER.replace("Hà Nam", "Hà Nam xưa")


@pytest.fixture
def own(store: Path, tmp_path: Path) -> Path:
    return copied(store, tmp_path / "store")


@pytest.fixture
def project(tmp_path: Path) -> ProjectFiles:
    """The project's files, to be changed."""
    for folder in ("ontology", "shapes", "data", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    return ProjectFiles(tmp_path / "project")


def write(own: Path, *updates: str) -> None:
    writer = Writer(own, ProjectFiles.find(ROOT))
    for update in updates:
        writer.write(Write("update", text=update))


def changed(project: ProjectFiles, name: str, old: str, new: str) -> ProjectFiles:
    path = project.root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return project


def stated(own: Path) -> set[str]:
    return QuadStore.read_only(VersionStore(own).current_path() / "rocksdb").lines(PROVINCES)


def built(project: ProjectFiles, own: Path, *, replace: bool = False) -> tuple[Built, list[str]]:
    told: list[str] = []
    return build(project, own, progress=told.append, replace=replace), told


def test_it_is_kept_beside_what_the_files_say_by_now(own: Path, project: ProjectFiles) -> None:
    write(own, NAMED, TAKEN)
    changed(project, "data/registry/provinces.ttl", THERE, f'{THERE} skos:altLabel "Thai Binh Province"@en ;')
    made, told = built(project, own)
    assert made.published and made.version.online
    assert "keeping what was written online: 2 statements added and 1 withdrawn in 1 graphs" in told
    lines = stated(own)
    assert {NICKNAME, NEW} <= lines and FORMER not in lines
    assert any('"Thai Binh Province"@en' in line for line in lines)
    # The next build keeps it too, and what is written on top of it.
    write(own, NAMED.replace("Quê lúa", "Quê hương năm tấn"))
    changed(project, "data/registry/provinces.ttl", '"Thai Binh Province"@en', '"Province of Thai Binh"@en')
    made, told = built(project, own)
    assert "keeping what was written online: 3 statements added and 1 withdrawn in 1 graphs" in told
    assert {NICKNAME, NICKNAME.replace("Quê lúa", "Quê hương năm tấn"), NEW} <= stated(own)
    # What is in the version that holds it, rules complete and infer as if it stood in a file.
    assert QuadStore.read_only(VersionStore(own).current_path() / "rocksdb").lines(GRAPH + "inferred")


def test_what_the_files_have_by_now_is_online_no_more(own: Path, project: ProjectFiles) -> None:
    write(own, NAMED)
    changed(project, "data/registry/provinces.ttl", THERE, f'{THERE} skos:altLabel "Quê lúa"@vi ;')
    made, told = built(project, own)
    # The same statements make the same version, and nothing is to be kept any more.
    assert not any(step.startswith("keeping") for step in told)
    assert not made.published


def test_replace_drops_it(own: Path, store: Path, project: ProjectFiles) -> None:
    write(own, NAMED)
    made, _ = built(project, own, replace=True)
    assert made.published and not made.version.online
    assert made.version.hash == (VersionStore(store).current() or made.version).hash


def test_what_new_shapes_refuse_is_named(own: Path, project: ProjectFiles) -> None:
    write(own, NAMED)
    (project.root / "shapes/nicknames.ttl").write_text(
        """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix tdsh: <https://w3id.org/thidua/shapes#> .
@prefix td: <https://w3id.org/thidua/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
tdsh:NoNickname a sh:NodeShape ; sh:targetClass td:Province ; sh:property tdsh:NoNickname-altLabel .
tdsh:NoNickname-altLabel a sh:PropertyShape ; sh:path skos:altLabel ; sh:not [ sh:hasValue "Quê lúa"@vi ] ;
    sh:severity sh:Violation ; sh:message "S99 Không biệt danh."@vi, "S99 No nicknames."@en .
""",
        encoding="utf-8",
    )
    before = VersionStore(own).current()
    with pytest.raises(DataError, match="S99 No nicknames"):
        built(project, own)
    assert VersionStore(own).current() == before


def test_pruning_keeps_what_online_writes_stand_on(own: Path, project: ProjectFiles) -> None:
    write(own, NAMED, TAKEN)
    deleted, _ = prune(own, keep=1)
    assert deleted == [2]
    built(project, own)
    assert {NICKNAME, NEW} <= stated(own)


def test_without_what_they_stand_on_nothing_is_dropped(own: Path, project: ProjectFiles) -> None:
    write(own, NAMED)
    shutil.rmtree(VersionStore(own).folder(1))
    with pytest.raises(InputError, match=r"cannot be told apart.*--replace"):
        built(project, own)
    assert NICKNAME in stated(own)


def test_versions_that_do_not_say_so_have_a_parent(own: Path, project: ProjectFiles) -> None:
    """As older releases wrote them."""
    write(own, NAMED, TAKEN)
    for number in (2, 3):
        (VersionStore(own).folder(number) / "built").unlink()
    built(project, own)
    assert {NICKNAME, NEW} <= stated(own)


def test_a_version_brought_back_knows_what_it_stands_on(own: Path, project: ProjectFiles, tmp_path: Path) -> None:
    write(own, NAMED, TAKEN)
    rollback(own, 2)
    versions = VersionStore(own)
    current = versions.read(versions.current_path())
    assert built_below(versions, current) == 1
    built(project, own)
    assert NICKNAME in stated(own) and FORMER in stated(own)
    # A restored one does not: its history stayed elsewhere.
    backup(own, tmp_path / "kept.tar.gz")
    write(own, NAMED.replace("Quê lúa", "Đất lúa"))
    backup(own, tmp_path / "online.tar.gz")
    restored = restore(tmp_path / "online.tar.gz", tmp_path / "elsewhere")
    assert restored.online and online_writes(VersionStore(tmp_path / "elsewhere"), restored) is None
    with pytest.raises(InputError, match="cannot be told apart"):
        built(project, tmp_path / "elsewhere")
