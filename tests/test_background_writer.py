"""What a build writes in the background: the same quads, and nothing of it where the build is given up."""

import threading
from pathlib import Path

import pytest

from thidua.building.background import BackgroundWriter
from thidua.rdf.derivation import rebuild_union
from thidua.rdf.quads import QuadStore

NAMED = {
    "<urn:a> <urn:p> _:x",
    '_:x <urn:p> "a _: in \\"text\\""',
    '<urn:b> <urn:name> "tỉnh Hà Nam"@vi',
    "<urn:a> <urn:q> <urn:b>",
}


def stated() -> QuadStore:
    store = QuadStore.memory()
    store.change("urn:g", add=NAMED)
    store.change("urn:h", add=["_:x <urn:q> _:y", "_:y <urn:q> _:x"])
    return store


def test_a_saved_store_has_the_same_quads_and_names_of_blank_nodes(tmp_path: Path) -> None:
    store = stated()
    with BackgroundWriter(tmp_path) as writer:
        writer.take_all(store)
        writer.take_completed({"urn:g": ["<urn:a> <urn:p> _:x"]})
        rebuild_union(store)
        store.change("urn:inferred", add=["<urn:b> <urn:r> _:x", "<urn:b> <urn:r> <urn:a>"])
        writer.take_graph(store, None)
        writer.take_graph(store, "urn:inferred")
        writer.compact()
        writer.finish()
    saved = QuadStore.read_only(tmp_path / "rocksdb")
    assert saved.graphs() == store.graphs()
    for graph in (None, *store.graphs()):
        assert saved.lines(graph) == store.lines(graph)
    assert QuadStore.read_only(tmp_path / "completed").lines("urn:g") == {"<urn:a> <urn:p> _:x"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["completed", "rocksdb"]


def test_what_is_given_up_leaves_neither_files_nor_work(tmp_path: Path) -> None:
    store = QuadStore.memory()
    lines = [f"<urn:s{number % 997}> <urn:p> <urn:o{number}>" for number in range(50_000)]
    graphs = [f"urn:g{number}" for number in range(8)]
    for graph in graphs:
        store.change(graph, add=lines)
    threads = threading.active_count()
    with pytest.raises(ZeroDivisionError), BackgroundWriter(tmp_path) as writer:
        for graph in graphs:
            writer.take_graph(store, graph)
        writer.compact()
        raise ZeroDivisionError
    assert threading.active_count() == threads
    assert [path.name for path in tmp_path.iterdir()] == ["rocksdb"]
    # Loading takes many times as long as dumping.
    assert graphs[-1] not in QuadStore.read_only(tmp_path / "rocksdb").graphs()


def test_what_could_not_be_written_is_told_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "completed").write_text("in the way")
    with BackgroundWriter(tmp_path) as writer:
        writer.take_completed({"urn:g": ["<urn:a> <urn:p> <urn:b>"]})
        writer.take_all(stated())
        with pytest.raises(OSError, match="completed"):
            writer.finish()
    assert not list(tmp_path.glob("dump*"))
