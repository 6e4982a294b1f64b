"""Loading in bulk: what sorted lines tell is what the engine would tell."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thidua.base.errors import InputError, RdfSyntaxError, StoreError, WriteFailedError
from thidua.building.bulk import BulkLoader
from thidua.building.plain import start_plain
from thidua.rdf.derivation import rebuild_union
from thidua.rdf.quads import QuadStore
from thidua.versions import publish as publishing
from thidua.versions.history import backup, restore
from thidua.versions.publish import digest, publish
from thidua.versions.store import VersionStore, combined, read_digests

NODES = st.sampled_from(["<urn:a>", "<urn:a/b>", "<urn:b>", "_:x", "_:y"])
TEXT = st.text(st.sampled_from('a ><_:.^@\\"\n\té😀'), max_size=6).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
)
LITERALS = st.builds(str.__add__, TEXT, st.sampled_from(["", "@vi", "@vi-latn", "^^<urn:t>"]))
QUADS = st.tuples(
    NODES,
    st.sampled_from(["<urn:p>", "<urn:q>"]),
    st.one_of(NODES, LITERALS),
    st.sampled_from(["", "<urn:g>", "<urn:h>"]),
)


@pytest.mark.parametrize("named", [True, False])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quads=st.lists(QUADS, max_size=12))
def test_sorted_lines_tell_what_the_store_tells(
    tmp_path_factory: pytest.TempPathFactory, named: bool, quads: list[tuple[str, str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("loader")
    path = folder / ("some.nq" if named else "some.nt")
    graphs = quads if named else [(*quad[:3], "") for quad in quads]
    path.write_text("".join(" ".join(quad) + " .\n" for quad in graphs), encoding="utf-8")
    version = start_plain(folder / "store", [path])
    current = folder / "store" / "current"
    store = QuadStore.read_only(current / "rocksdb")
    expected = digest(store, [None, *store.graphs()])
    assert read_digests(current) == expected
    assert version.hash == combined(expected)
    assert version.triples == len({(*quad[:3], quad[3]) for quad in graphs})


@pytest.mark.parametrize("large", [0, 1, 2, 3, 4])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quads=st.lists(QUADS, max_size=12))
def test_large_graphs_sorted_on_disk_have_the_same_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int, quads: list[tuple[str, str, str, str]]
) -> None:
    monkeypatch.setattr(publishing, "_LARGE", large)
    monkeypatch.setattr(publishing, "_PIECE", 1 + large)
    store = QuadStore.memory()
    store.load_quads(io.BytesIO("".join(" ".join(quad) + " .\n" for quad in quads).encode()))
    graphs = [None, *store.graphs()]
    assert digest(store, graphs, tmp_path) == digest(store, graphs)
    assert not list(tmp_path.iterdir())


def test_a_version_holds_nothing_of_how_it_was_loaded(tmp_path: Path) -> None:
    (tmp_path / "some.ttl").write_text("<urn:a> <urn:p> 1, 2 .", encoding="utf-8")
    start_plain(tmp_path / "store", [tmp_path / "some.ttl"])
    held = sorted(path.name for path in (tmp_path / "store/versions/000001").iterdir())
    assert held == ["findings.json", "graphs.json", "rocksdb", "version.json"]


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.nt").write_text(f'_:b <urn:p> "{name}" .\n', encoding="utf-8")
    start_plain(tmp_path / "store", [tmp_path / "one.nt", tmp_path / "two.nt"])
    store = QuadStore.read_only(tmp_path / "store/current/rocksdb")
    assert len({row["s"] for row in store.select("SELECT ?s { ?s <urn:p> ?o }")}) == 2


def test_a_broken_file_is_named_with_its_line_and_nothing_is_published(tmp_path: Path) -> None:
    good, broken = tmp_path / "good.nt", tmp_path / "broken.nt"
    good.write_text("<urn:a> <urn:p> <urn:b> .\n" * 10, encoding="utf-8")
    broken.write_text("<urn:a> <urn:p> <urn:b> .\n<urn:a> <urn:p\n", encoding="utf-8")
    with pytest.raises(RdfSyntaxError, match=r"broken\.nt.*line 2"):
        start_plain(tmp_path / "store", [good, broken])
    assert VersionStore(tmp_path / "store").current() is None
    assert not list((tmp_path / "store/versions").iterdir())


def test_a_system_without_sort_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="install coreutils"):
        BulkLoader(tmp_path)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")  # noqa: PTH110
def test_a_disk_that_is_full_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "some.nt").write_text("<urn:a> <urn:p> <urn:b> .\n", encoding="utf-8")
    (tmp_path / "quads.nq").symlink_to("/dev/full")
    with BulkLoader(tmp_path) as loader:
        loader.read(tmp_path / "some.nt")
        with pytest.raises(OSError, match=r"full|No space"):
            loader.close()


def test_what_was_loaded_in_many_files_is_put_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[int] = []
    compact = QuadStore.compact

    def noted(store: QuadStore) -> None:
        settled.append(store.size(None))
        compact(store)

    monkeypatch.setattr(QuadStore, "compact", noted)
    (tmp_path / "some.nt").write_text("<urn:a> <urn:p> <urn:b> .\n", encoding="utf-8")
    start_plain(tmp_path / "store", [tmp_path / "some.nt"])
    assert settled == [1]  # after all of it was there


def test_a_sort_that_ends_early_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "sort"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'sort: write failed: No space left on device' >&2\nexit 2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    path = tmp_path / "some.nt"
    path.write_text("".join(f"<urn:a{n}> <urn:p> <urn:b> .\n" for n in range(50_000)), encoding="utf-8")
    with pytest.raises(WriteFailedError, match="No space left on device"):
        start_plain(tmp_path / "store", [path])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.nt").mkdir()
    with pytest.raises(InputError, match=r"folder\.nt: cannot be read: Is a directory"):
        start_plain(tmp_path / "store", [tmp_path / "folder.nt"])


def test_a_restored_store_is_put_in_order_after_its_merge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[int] = []
    monkeypatch.setattr(QuadStore, "compact", lambda store: settled.append(store.size(None)))
    versions = VersionStore(tmp_path / "store")
    with versions.writing() as draft:
        for name in ("rocksdb", "completed"):
            store = QuadStore.create(draft / name)
            store.load(b"<urn:a> <urn:p> 1, 2 .", "text/turtle", "urn:g", None)
            rebuild_union(store)
            digests = digest(store, ["urn:g"])
            store.close()
        publish(versions, draft, digests=digests, findings=(), triples=2, sources=1, author="", message="")
    backup(tmp_path / "store", tmp_path / "some.tar.gz")
    restore(tmp_path / "some.tar.gz", tmp_path / "again")
    assert settled[-1] == 2
