"""A version's columns are made in the build, and in a write of what it changed alone."""

import random
from pathlib import Path

import pytest

from tests.support.columns import triples_of
from tests.support.stores import copied
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH
from thidua.building.build import build
from thidua.building.plain import start_plain
from thidua.columns.duck import Columns
from thidua.columns.layout import FOLDER, is_there
from thidua.columns.make import make_columns
from thidua.rdf.quads import QuadStore
from thidua.versions.store import VersionStore
from thidua.write.request import Payload, Write
from thidua.write.transaction import Writer

ROOT = Path(__file__).parents[1]


def in_columns(version: Path) -> set[str]:
    """The triples of a version's columns, as lines of N-Triples."""
    return triples_of(Columns(version / FOLDER))


def in_store(version: Path) -> set[str]:
    return QuadStore.read_only(version / "rocksdb").lines(None)


def given_columns(store: Path) -> Path:
    """The current version of a store, with columns."""
    version = VersionStore(store).current_path()
    dump = store / "dump.nt"
    with dump.open("wb") as out:
        QuadStore.read_only(version / "rocksdb").dump_graph(out, None)
    assert make_columns(dump, version / FOLDER)
    return version


def test_a_build_makes_them(tmp_path: Path) -> None:
    build(ProjectFiles.find(ROOT), tmp_path / "store", columns_from=0)
    version = VersionStore(tmp_path / "store").current_path()
    assert in_columns(version) == in_store(version)


def test_writes_keep_them_up(store: Path, tmp_path: Path) -> None:
    own = copied(store, tmp_path / "store")
    version = given_columns(own)
    assert in_columns(version) == in_store(version)
    writer = Writer(own, ProjectFiles.find(ROOT))
    source = f"{GRAPH}people"
    label = '<https://w3id.org/thidua/id/person/nobody> <http://www.w3.org/2004/02/skos/core#prefLabel> "Nobody\\n"@vi'
    for text in (
        f"INSERT DATA {{ GRAPH <{source}> {{ {label} }} }}",
        f"DELETE DATA {{ GRAPH <{source}> {{ {label} }} }}",
    ):
        assert writer.write(Write("update", text=text)).published
        before, version = version, VersionStore(own).current_path()
        assert in_columns(version) == in_store(version)
        shared = {path.name for path in (version / FOLDER).glob("*.parquet") if path.stat().st_nlink > 1}
        assert len(shared) > 50
        assert in_columns(before) == in_store(before)


def test_a_plain_store_keeps_them_up(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    chance = random.Random(pytestconfig.getoption("--seed"))
    things, terms = (
        [f"<urn:s:{n}>" for n in range(30)],
        ['"a\\nb"', '"1"@vi', "3", "<urn:o>", '"x"^^<urn:d>', "0.50", "_:b"],
    )

    def some() -> str:
        return f"{chance.choice(things)} <urn:p:{chance.randrange(4)}> {chance.choice(terms)} ."

    first = tmp_path / "first.ttl"
    first.write_text("\n".join(some() for _ in range(60)), encoding="utf-8")
    start_plain(tmp_path / "store", [first], columns_from=0)
    writer = Writer(tmp_path / "store", None)
    for step in range(8):
        data = "\n".join(some() for _ in range(20)).encode()
        graph = None if step % 3 else "urn:graph:other"
        writer.write(Write("post" if step % 2 else "put", graph, payloads=(Payload(data, "text/turtle"),)))
        version = VersionStore(tmp_path / "store").current_path()
        assert in_columns(version) == in_store(version), step


def test_what_rdf_1_1_lacks_has_none(tmp_path: Path) -> None:
    own = tmp_path / "own.nt"
    own.write_text('<urn:s> <urn:p> "x" .\n', encoding="utf-8")
    start_plain(tmp_path / "store", [own], columns_from=2)
    assert not is_there(VersionStore(tmp_path / "store").current_path())


@pytest.mark.parametrize("damage", ["manifest", "format", "file", "rubbish"])
def test_a_write_passes_over_damaged_columns(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is published, without columns, and the log says why."""
    first = tmp_path / "first.nt"
    first.write_text('<urn:s> <urn:p> "x" .\n', encoding="utf-8")
    start_plain(tmp_path / "store", [first], columns_from=0)
    before = VersionStore(tmp_path / "store").current_path()
    manifest = before / FOLDER / "columns.json"
    match damage:
        case "manifest":
            manifest.write_text("{", encoding="utf-8")
        case "format":
            manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 0'), encoding="utf-8")
        case "file":
            (before / FOLDER / "p1.parquet").unlink()
        case "rubbish":
            (before / FOLDER / "terms.parquet").write_bytes(b"rubbish")
    data = Payload(b'<urn:s> <urn:p> "y" .', "text/turtle")
    assert Writer(tmp_path / "store", None).write(Write("post", None, payloads=(data,))).published
    version = VersionStore(tmp_path / "store").current_path()
    assert version != before and not (version / FOLDER).exists()
    assert len(in_store(version)) == 2
    assert "no columns are made" in caplog.text


def test_a_build_goes_on_without_columns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A text that is longer than DuckDB reads keeps nobody from building."""
    long = tmp_path / "long.nt"
    long.write_text(f'<urn:s> <urn:p> "{"x" * 16_400_000}" .\n', encoding="utf-8")
    assert start_plain(tmp_path / "store", [long], columns_from=0).triples == 1
    assert not (VersionStore(tmp_path / "store").current_path() / FOLDER).exists()
    assert "no columns are made" in caplog.text
