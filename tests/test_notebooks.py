"""The notebooks run from clean, and their figures are there."""

import base64
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.paths import ROOT

FIGURES = {"who-led-what-when": 4, "awards-and-indicators": 2, "join-your-own-table": 0}


def test_every_notebook_is_tested() -> None:
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} == set(FIGURES)


@pytest.mark.nightly
@pytest.mark.parametrize("name", FIGURES)
def test_it_runs_from_clean(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", "")))))
    notebook = nbformat.read(ROOT / f"notebooks/{name}.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "keep notebooks without outputs"
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures = [base64.b64decode(each.data["image/png"]) for each in shown if "image/png" in each.get("data", {})]
    assert len(pictures) == FIGURES[name]
    assert all(picture.startswith(b"\x89PNG") and len(picture) > 10_000 for picture in pictures)
    assert any("text/html" in output.get("data", {}) for output in shown), "no table was shown"
