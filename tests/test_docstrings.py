"""The examples in the docstrings of the public library run, as they stand there."""

import doctest
import os
from pathlib import Path

import pytest

import thidua
from tests.support.service import Server
from thidua.graph import KnowledgeGraph, Snapshot

#: Where an example says that the service is.
_ADDRESS = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "what", [thidua.open, thidua.connect, KnowledgeGraph, Snapshot], ids=lambda what: what.__name__
)
def test_examples_run(
    what: object, store: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kg: KnowledgeGraph
) -> None:
    """In a folder with a store; what else an example needs is the module itself and, of one version, its graph."""
    (tmp_path / "store").symlink_to(store)
    monkeypatch.chdir(tmp_path)
    text = (what.__doc__ or "").replace(_ADDRESS, server.url)
    name = str(getattr(what, "__name__", what))
    test = doctest.DocTestParser().get_doctest(text, {"thidua": thidua, "kg": kg}, name, None, 0)
    assert test.examples, "an example shows how it is used"
    told: list[str] = []
    failed, tried = doctest.DocTestRunner().run(test, out=told.append)
    assert (failed, tried > 1) == (0, True), os.linesep.join(told)
