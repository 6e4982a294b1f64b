"""What curators decided is kept: added to by many at once, never rewritten, carried by backups and exports."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import thidua
from tests.support.paths import ROOT
from tests.support.stores import copied
from thidua.base import journals
from thidua.base.errors import InputError, WriteFailedError
from thidua.base.files import ProjectFiles
from thidua.building.build import build
from thidua.extract.decisions import FOLDER, Decision, Decisions

SOURCE = "18d8c37f4f6536d1"


def said(word: str, proposal: str = "a" * 16, curator: str = "Lan", **more: object) -> Decision:
    return Decision(proposal, word, curator, rule="role.by-hand", before={"kind": "role"}, **more)  # type: ignore[arg-type]


def test_a_second_curator_sees_what_the_first_decided(tmp_path: Path) -> None:
    Decisions(tmp_path).append(SOURCE, [said("reject", reason="of another cluster")])
    (found,) = Decisions(tmp_path).read(SOURCE)
    assert (found.decision, found.curator, found.reason, found.settled) == ("reject", "Lan", "of another cluster", True)
    assert found.time.endswith("+00:00")
    assert Decisions(tmp_path).read("0" * 16) == []


def test_the_last_word_counts_and_the_first_stays(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path)
    decisions.append(SOURCE, [said("accept"), said("reject", "b" * 16)])
    first = decisions.path(SOURCE).read_bytes()
    decisions.append(SOURCE, [said("undo"), said("unsure", "b" * 16, curator="Minh")])
    assert decisions.path(SOURCE).read_bytes().startswith(first)
    latest = decisions.latest(SOURCE)
    assert {name: each.decision for name, each in latest.items()} == {"b" * 16: "unsure"}
    assert not latest["b" * 16].settled


def test_many_processes_lose_no_line(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from thidua.extract.decisions import Decision, Decisions\n"
        "for n in range(40):\n"
        "    said = Decision(f'{sys.argv[2]}-{n}', 'accept', 'x', reason='y' * 900)\n"
        "    Decisions(Path(sys.argv[1])).append('s', [said] * 2)"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)], cwd=ROOT) for n in range(4)]
    assert [each.wait() for each in running] == [0] * 4
    found = Decisions(tmp_path).read("s")
    assert len({each.proposal for each in found}) == 160
    assert len(Decisions(tmp_path).path("s").read_text(encoding="utf-8").splitlines()) == 320


def test_half_a_line_of_a_killed_process_harms_nothing(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path)
    decisions.append(SOURCE, [said("accept")])
    path = decisions.path(SOURCE)
    with path.open("ab") as file:
        file.write('{"curator": "Lan", "reason": "bị c'.encode()[:-1])
    assert len(decisions.read(SOURCE)) == 1
    decisions.append(SOURCE, [said("reject", "b" * 16)])
    assert [each.decision for each in decisions.read(SOURCE)] == ["accept", "reject"]


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a" * 101, "x.jsonl", "é"])
def test_a_source_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no id of a source"):
        Decisions(tmp_path / "d").append(name, [said("accept")])
    assert not (tmp_path / "d").exists()


def test_what_is_no_decision(tmp_path: Path) -> None:
    for wrong in ("maybe", ""):
        with pytest.raises(InputError, match="no decision"):
            said(wrong)
    with pytest.raises(InputError, match="curator"):
        said("accept", curator=" ")
    with pytest.raises(InputError, match="2,000"):
        said("accept", reason="x" * 2001)


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WriteFailedError, match="Nothing was noted"):
        Decisions(tmp_path / "file").append(SOURCE, [said("accept")])


def test_two_folders_are_read_as_one(tmp_path: Path) -> None:
    Decisions(tmp_path / "a").append(SOURCE, [said("accept", time="2026-01-01T00:00:00+00:00")])
    Decisions(tmp_path / "b").append(SOURCE, [said("reject", time="2026-01-02T00:00:00+00:00")])
    both = Decisions(tmp_path / "a", tmp_path / "b")
    assert both.latest(SOURCE)["a" * 16].decision == "reject"
    both.append(SOURCE, [said("undo")])
    assert len(Decisions(tmp_path / "a").read(SOURCE)) == 2 and len(Decisions(tmp_path / "b").read(SOURCE)) == 1


def test_a_backup_carries_them_and_a_build_keeps_them(store: Path, files: ProjectFiles, tmp_path: Path) -> None:
    own = copied(store, tmp_path / "store")
    decisions = Decisions(own / FOLDER)
    decisions.append(SOURCE, [said("accept"), said("reject", "b" * 16)])
    build(files, own)
    assert len(decisions.read(SOURCE)) == 2
    assert thidua("backup", str(tmp_path / "backup.tar.gz"), store=own).returncode == 0
    target = tmp_path / "restored"
    assert thidua("restore", str(tmp_path / "backup.tar.gz"), store=target).returncode == 0
    assert Decisions(target / FOLDER).read(SOURCE) == decisions.read(SOURCE)
    # Into a store that has gone on meanwhile: what it has stays, what it lacks is added.
    decisions.append(SOURCE, [said("unsure", "c" * 16)])
    Decisions(target / FOLDER).append(SOURCE, [said("skip", "d" * 16)])
    assert thidua("backup", str(tmp_path / "later.tar.gz"), store=own).returncode == 0
    assert thidua("restore", str(tmp_path / "later.tar.gz"), store=target).returncode == 0
    assert sorted(each.proposal[0] for each in Decisions(target / FOLDER).read(SOURCE)) == ["a", "b", "c", "d"]


def test_a_build_brings_those_of_the_files(store: Path, tmp_path: Path) -> None:
    for folder in ("ontology", "shapes", "data", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    project, own = ProjectFiles(tmp_path / "project"), copied(store, tmp_path / "store")
    Decisions(own / FOLDER).append(SOURCE, [said("reject", "b" * 16)])
    Decisions(project.root / "data" / FOLDER).append(SOURCE, [said("accept")])
    for _ in range(2):
        build(project, own)
        assert [each.decision for each in Decisions(own / FOLDER).read(SOURCE)] == ["reject", "accept"]


def test_what_is_merged_later_was_not_decided_later(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path)
    decisions.append(SOURCE, [said("reject", time="2026-01-02T00:00:00+00:00")])
    journals.merge(tmp_path, SOURCE, journals.line_of(said("accept", time="2026-01-01T00:00:00+00:00").as_json()))
    assert decisions.latest(SOURCE)["a" * 16].decision == "reject"


def test_an_export_carries_them(store: Path, tmp_path: Path) -> None:
    own = copied(store, tmp_path / "store")
    Decisions(own / FOLDER).append(SOURCE, [said("accept", curator="Lan Anh")])
    assert thidua("export", str(tmp_path / "tables"), "--format", "csv", store=own).returncode == 0
    with (tmp_path / "tables/decision.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["source"], row["decision"], row["curator"]) == (SOURCE, "accept", "Lan Anh")
    assert json.loads(row["before"]) == {"kind": "role"}
    package = json.loads((tmp_path / "tables/datapackage.json").read_text(encoding="utf-8"))
    assert "decision" in {resource["name"] for resource in package["resources"]}


def test_a_line_that_is_no_record_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.joinpath("s.jsonl").write_text('[1]\n{"decision": "accept"}\nnull\n', encoding="utf-8")
    assert Decisions(tmp_path).read("s") == []
    assert "passing over" in caplog.text
    assert journals.names(tmp_path) == ["s"] and journals.names(tmp_path / "nowhere") == []
