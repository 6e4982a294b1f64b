"""Evidence points at whole words of the very text that was read, wherever that text is at hand."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import SEEDS, copied, running
from tests.test_checkout import checked_out, thidua
from thidua.base.articles import SourceText
from thidua.base.errors import Finding
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH
from thidua.base.tokens import TokenFile
from thidua.building.build import assemble, check
from thidua.write.request import Payload, Write
from thidua.write.transaction import Writer

ARTICLE = "18d8c37f4f6536d1"
pytestmark = pytest.mark.skipif(not SEEDS.exists(), reason="the articles are not beside the project")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of articles as an operator keeps it."""
    folder = tmp_path_factory.mktemp("texts")
    for path in SEEDS.glob("*.txt"):
        shutil.copy(path, folder / f"{path.stem.rpartition('_')[2]}.txt")
    return folder


@pytest.fixture(scope="module")
def turtle(files: ProjectFiles) -> str:
    return next(file.path for file in files.sources if file.path.stem == ARTICLE).read_text(encoding="utf-8")


def test_the_projects_own_passages_are_whole_words(files: ProjectFiles, texts: Path) -> None:
    assert len(list(texts.iterdir())) == 5
    assert not [each for each in check(assemble(files), texts=str(texts)) if each.severity == "Violation"]


@pytest.mark.parametrize(
    ("wrong", "shape", "told"),
    [
        (f"ev:{ARTICLE}_4315-99999", "passage-in-text", "ends outside the text, which has 4559 characters"),
        (f"ev:{ARTICLE}_99000-99999", "passage-in-text", "ends outside the text"),
        (f"ev:{ARTICLE}_4316-4384", "passage-in-text", "in whole words it is 4315-4384"),
        (f"ev:{ARTICLE}_4315-4382", "passage-in-text", "in whole words it is 4315-4383"),
    ],
)  # fmt: skip
def test_a_passage_that_is_none_is_refused_at_its_line(
    store: Path, tmp_path: Path, files: ProjectFiles, texts: Path, turtle: str, wrong: str, shape: str, told: str
) -> None:
    mistaken = turtle.replace(f"ev:{ARTICLE}_4315-4384", wrong)
    line = 1 + mistaken[: mistaken.index(wrong)].count("\n")
    write = Write("put", GRAPH + ARTICLE, (Payload(mistaken.encode(), "text/turtle", None, "Turtle"),))
    own = copied(store, tmp_path / "store")
    found = violations(Writer(own, files, texts=str(texts)), write)
    assert [(each.shape, each.where) for each in found] == [(shape, f"Turtle:{line}")] and told in found[0].en
    assert violations(Writer(own, files), write) == []  # nothing to look it up in


def violations(writer: Writer, write: Write) -> list[Finding]:
    return [each for each in writer.preview(write).findings if each.severity == "Violation"]


def test_another_text_than_was_read_is_refused_once(
    store: Path, tmp_path: Path, files: ProjectFiles, texts: Path, turtle: str
) -> None:
    other = tmp_path / "texts"
    shutil.copytree(texts, other)
    (other / f"{ARTICLE}.txt").write_text("Một bài khác.\n", encoding="utf-8")
    writer = Writer(copied(store, tmp_path / "store"), files, texts=str(other))
    write = Write("put", GRAPH + ARTICLE, (Payload(turtle.replace('"vi"', '"vi-VN"').encode(), "text/turtle"),))
    assert [each.shape for each in violations(writer, write)] == ["text-is-read"]


def test_every_door_looks(store: Path, tmp_path: Path, texts: Path, turtle: str) -> None:
    wrong = turtle.replace(f"ev:{ARTICLE}_4315-4384", f"ev:{ARTICLE}_4316-4384")
    copy, own = checked_out(tmp_path), copied(store, tmp_path / "store")
    path = copy / f"data/sources/{ARTICLE}.ttl"
    path.write_text(wrong, encoding="utf-8")
    env = {"THIDUA_SOURCE_TEXTS": str(texts)}
    for command in (
        ("validate",),
        ("build", "--store", str(own)),
        ("load", str(path), "--replace", "--store", str(own)),
    ):
        done = thidua(*command, cwd=copy, env=env)
        assert done.returncode == 4, command
        assert f"{ARTICLE}.ttl:" in done.stderr and "cuts a word" in done.stderr, command
    assert thidua("validate", "--texts", str(texts), cwd=copy).returncode == 4
    assert thidua("validate", cwd=copy).returncode == 0
    token = TokenFile(own / "tokens.json").create("Lan", "write")
    with running(own, env=env) as server:
        command = ["curl", "-s", "-X", "PUT", f"{server.url}/data?graph={GRAPH}{ARTICLE}", "--data-binary", f"@{path}"]
        headers = ["-H", "Content-Type: text/turtle", "-H", f"Authorization: Bearer {token}"]
        assert b"cuts a word" in subprocess.run([*command, *headers], capture_output=True).stdout


def test_words_end_where_letters_do() -> None:
    text = SourceText("x", "Năm 2018, Hải-Phòng (6/2018).", "")
    assert [position for position in range(len(text.text) + 1) if not text.breaks_word(position)] == [
        0, 3, 4, 8, 9, 10, 13, 14, 19, 20, 21, 22, 23, 27, 28, 29
    ]  # fmt: skip
    assert text.word_edges(5, 7) == (4, 8) and text.word_edges(10, 13) == (10, 13)
