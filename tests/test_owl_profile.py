"""OWLAPI's own profile checker finds the ontology in OWL 2 RL, and sees what is not."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT

HERE = ROOT / "tests/owlapi"

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(
        not (shutil.which("java") and shutil.which("mvn")), reason="OWLAPI needs Java, and Maven to fetch it"
    ),
]


@pytest.fixture(scope="module")
def jars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jars")
    command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    done = subprocess.run([*command, f"-DoutputDirectory={folder}"], capture_output=True, text=True, timeout=580)
    if done.returncode:
        pytest.skip(f"Maven Central does not give OWLAPI: {done.stdout[-300:]}")
    return folder


def violations(jars: Path, document: Path) -> list[str]:
    """Each as the profile and what is wrong, parted by a tab; the number of axioms is not among them."""
    command = ["java", "-cp", f"{jars}/*", str(HERE / "Profile.java"), str(document)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()
    assert int(told[0].removeprefix("axioms\t")) > 1000
    return told[1:]


def test_the_ontology_is_in_owl_2_rl(jars: Path) -> None:
    assert violations(jars, ROOT / "ontology/thidua.ttl") == []


@pytest.mark.parametrize(
    ("axiom", "word"),
    [
        ("td:venue rdfs:range rdf:langString .", "langString"),
        ("td:startDate rdfs:range xsd:date .", "xsd:date"),
        ("td:HeadTerm rdfs:subClassOf [ a owl:Restriction ; owl:onProperty td:year ; owl:minCardinality 1 ] .", "Min"),
    ],
)
def test_the_checker_sees_what_is_outside(jars: Path, tmp_path: Path, axiom: str, word: str) -> None:
    document = tmp_path / "planted.ttl"
    document.write_text((ROOT / "ontology/thidua.ttl").read_text(encoding="utf-8") + f"\n{axiom}\n", encoding="utf-8")
    found = violations(jars, document)
    assert any(line.startswith("OWL2_RL") and word in line for line in found), found
