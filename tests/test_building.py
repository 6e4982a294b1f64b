"""The project that builds are measured with: it must pass, or nothing is measured."""

from pathlib import Path

from bench.building import stepwise, write_project
from thidua.rdf.quads import QuadStore


def test_a_project_with_a_register_is_built_without_violations(tmp_path: Path) -> None:
    files = write_project(tmp_path, 60, 2)
    steps = stepwise(files, tmp_path / "store")
    assert {"reading files", "inferring", "checking shapes", "writing the version"} <= steps.keys()
    store = QuadStore.read_only(tmp_path / "store/current/rocksdb")
    (row,) = store.select("SELECT (COUNT(*) AS ?n) { ?c a <https://w3id.org/thidua/ontology#AwardConferral> }")
    assert row["n"] and int(row["n"].value) >= 60
    assert {"register-0", "register-1"} <= {graph.rpartition("/")[2] for graph in store.graphs()}
