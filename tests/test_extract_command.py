"""`thidua extract`: an article in, its facts out, decisions noted, files written; each as a process of its own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import thidua
from tests.support.made_up_article import CLUSTER, LEAD, TEXT
from tests.support.paths import ROOT
from thidua.base.files import ProjectFiles
from thidua.checks.left_out import left_out
from thidua.extract.facts import FIELDS, Fact
from thidua.rdf.quads import QuadStore


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's files, to be written into."""
    for folder in ("ontology", "shapes", "data", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    for path in (tmp_path / "project/data/decisions").glob("*.jsonl"):
        path.unlink()
    return tmp_path / "project"


def facts(text: Path, *more: str) -> list[Fact]:
    done = thidua("extract", str(text), "--format", "facts", *more)
    assert done.returncode == 0, done.stderr
    return [Fact.from_json(json.loads(line)) for line in done.stdout.splitlines()]


def ids(text: Path, *more: str) -> dict[str, tuple[str, str]]:
    """Open proposals: id to kind and rule."""
    done = thidua("extract", str(text), "--format", "jsonld", *more)
    assert done.returncode == 0, done.stderr
    items = json.loads(done.stdout)["first"]["items"]
    return {item["id"].rpartition("/")[2]: (item["body"]["value"], item["generator"]["name"]) for item in items}


def test_facts_as_json_lines_without_a_store(text: Path) -> None:
    found = facts(text)
    assert found[0].values == {"value": "national"}
    members = {fact.get("province") for fact in found if fact.kind == "member"}
    assert members == {"thai-binh", "ha-nam", "nam-dinh"}
    for line in thidua("extract", str(text), "--format", "facts").stdout.splitlines():
        record = json.loads(line)
        assert record.keys() >= {"kind", "basis", "confidence", "rule", "spans", *FIELDS[record["kind"]]}
        assert all(0 <= start < end <= len(TEXT) for start, end in record["spans"])


def test_standard_input_is_read_as_a_file_is(text: Path) -> None:
    command = [sys.executable, "-m", "thidua", "extract", "-", "--format", "facts"]
    done = subprocess.run(command, input=TEXT.encode(), capture_output=True, cwd=ROOT)
    assert done.stdout.decode() == thidua("extract", str(text), "--format", "facts").stdout


def test_a_table_shows_the_passages_and_annotations_do_not(text: Path) -> None:
    table = thidua("extract", str(text), "--format", "table", env={"COLUMNS": "400"})
    assert table.returncode == 0
    assert LEAD[:60] in table.stdout and "proposals on src:" in table.stderr
    for form in ("jsonld", "turtle"):
        done = thidua("extract", str(text), "--format", form)
        assert done.returncode == 0 and LEAD[:60] not in done.stdout
        assert "unknown" in done.stdout


def test_compared_with_a_store(store: Path, text: Path) -> None:
    done = thidua("extract", str(text), "--format", "jsonld", "--store", str(store))
    items = json.loads(done.stdout)["first"]["items"]
    event = next(item for item in items if "td:startDate" in item["body"]["value"])
    assert event["status"] == "confirms"
    assert event["seeAlso"] == [f"https://w3id.org/thidua/id/conf/{CLUSTER}_2024-03-13"]


def test_what_is_accepted_is_a_source_that_validates(text: Path, project: Path) -> None:
    own = ("--files", str(project))
    proposed = ids(text, *own)
    wrong = next(name for name, (_, rule) in proposed.items() if rule.startswith("movement."))
    rules = sorted({rule.partition(" ")[0] for _, rule in proposed.values()})
    chosen = [option for rule in rules for option in ("--rule", rule)]
    done = thidua("extract", "accept", str(text), *chosen, "--reject", wrong, "--reason", "a slogan",
                  "--curator", "Lan Nguyễn", "--url", "https://example.vn/1", *own)  # fmt: skip
    assert done.returncode == 0, done.stderr
    (name,) = {path.stem for path in (project / "data/decisions").glob("*.jsonl")}
    source = project / f"data/sources/{name}.ttl"
    assert f"wrote data/sources/{name}.ttl" in done.stdout
    assert "agent:lan-nguyen" in source.read_text(encoding="utf-8")
    assert "agent:lan-nguyen" in (project / "data/registry/agents.ttl").read_text(encoding="utf-8")
    assert LEAD[:40] not in source.read_text(encoding="utf-8")
    texts = project / "texts"
    texts.mkdir()
    shutil.copy(text, texts / f"{name}.txt")
    checked = thidua("validate", *own, "--texts", str(texts))
    assert checked.returncode == 0, checked.stderr
    assert left_out(project / "data/left-out.csv", "left-out.csv"), "still in its columns"

    # Nothing comes back, unless it is asked for; a second curator sees what was decided.
    assert ids(text, *own) == {}
    assert ids(text, *own, "--all").keys() == proposed.keys()
    scored = json.loads(thidua("extract", "score", "--rules", *own).stdout)
    assert [each["wrong"] for each in scored if each["rule"].startswith("movement.")] == [1]
    assert scored[-1]["rule"] == "all" and scored[-1]["right"] == len(proposed) - 1

    # A second decision keeps what was accepted, and what is known of the article.
    before = source.read_text(encoding="utf-8")
    more = thidua("extract", "accept", str(text), "--ids", wrong, "--curator", "Minh", *own)
    assert more.returncode == 0, more.stderr
    after = source.read_text(encoding="utf-8")
    assert 'schema:url "https://example.vn/1"' in after and "agent:minh" in after and "agent:lan-nguyen" in after
    assert len(after) > len(before)
    assert thidua("validate", *own).returncode == 0


def test_a_value_is_edited(text: Path, project: Path) -> None:
    own = ("--files", str(project))
    event = next(name for name, (body, _) in ids(text, *own).items() if "td:startDate" in body)
    done = thidua("extract", "accept", str(text), "--edit", f"{event}:date=2024-03-14", "--curator", "Lan", *own)
    assert done.returncode == 0, done.stderr
    (path,) = (project / "data/decisions").glob("*.jsonl")
    (line,) = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert (line["decision"], line["before"]["date"], line["after"]["date"]) == ("edit", "2024-03-13", "2024-03-14")
    assert '"2024-03-14"^^xsd:date' in (project / f"data/sources/{path.stem}.ttl").read_text(encoding="utf-8")
    assert event not in ids(text, *own)


def test_a_file_that_somebody_wrote_is_not_overwritten(text: Path, project: Path) -> None:
    own = ("--files", str(project))
    named = text.rename(text.with_name("x_18d8c37f4f6536d1.txt"))
    path = project / "data/sources/18d8c37f4f6536d1.ttl"
    before = path.read_bytes()
    done = thidua("extract", "accept", str(named), "--rule", "member.list", "--curator", "Lan", *own)
    assert done.returncode == 2 and "--replace" in done.stderr and "not written by this command" in done.stderr
    assert path.read_bytes() == before
    assert not list((project / "data/decisions").glob("*.jsonl"))


def test_taking_back_withdraws_only_when_told_so(text: Path, project: Path) -> None:
    own = ("--files", str(project))
    accept = ("extract", "accept", str(text), "--curator", "Lan", *own)
    assert thidua(*accept, "--rule", "member.list", "--rule", "cluster.region").returncode == 0
    member = next(name for name, (_, rule) in ids(text, *own, "--all").items() if rule.startswith("member."))
    refused = thidua(*accept, "--undo", member)
    assert refused.returncode == 2 and "--replace" in refused.stderr
    assert member not in ids(text, *own)
    assert thidua(*accept, "--undo", member, "--replace").returncode == 0
    assert member in ids(text, *own)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["extract", "/nowhere.txt"], "/nowhere.txt"),
        (["extract", "{folder}", "--format", "jsonld"], "is a folder, whose queue is"),
        (["extract", "{text}", "--format", "csv"], "csv"),
        (["extract", "accept", "{text}", "--ids", "zz", "--curator", "x"], "thidua extract FILE"),
        (["extract", "accept", "{text}", "--ids", "zz"], "--curator"),
        (["extract", "accept", "{text}", "--curator", "x"], "--ids"),
        (["extract", "accept", "{text}", "--rule", "no.rule", "--curator", "x"], "member.list"),
        (["extract", "accept", "{text}", "--edit", "nonsense", "--curator", "x"], "ID:FIELD=VALUE"),
        (["extract", "score", "--corpus", "{folder}"], "facts.jsonl"),
        (["extract", "{text}", "--store", "/nowhere/store"], "thidua build"),
    ],
)
def test_mistakes_are_told_with_the_next_step(text: Path, arguments: list[str], told: str) -> None:
    done = thidua(*(each.format(text=text, folder=text.parent) for each in arguments))
    assert done.returncode == (3 if "--store" in arguments else 2), done.stdout
    assert told in done.stderr and "Traceback" not in done.stderr


def test_help_is_worth_reading() -> None:
    told = thidua("extract", "--help").stdout
    assert "thidua extract article.txt" in told and "extract propose --help" in told
    assert "W3C Web Annotation" in thidua("extract", "propose", "--help").stdout
    assert "data/decisions" in thidua("extract", "accept", "--help").stdout
    assert "Jeffreys" in thidua("extract", "score", "--help").stdout


def test_a_corpus_is_scored(tmp_path: Path) -> None:
    (tmp_path / "001.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "001.facts.jsonl").write_text(
        "".join(
            json.dumps({"kind": "member", "cluster": CLUSTER, "year": 2024, "province": unit}) + "\n"
            for unit in ("thai-binh", "ha-nam", "nam-dinh", "hai-duong")
        ),
        encoding="utf-8",
    )
    done = thidua("extract", "score", "--corpus", str(tmp_path), "--wrong")
    scores = {each["kind"]: each for each in json.loads(done.stdout)}
    assert (scores["member"]["precision"], scores["member"]["recall"]) == (1.0, 0.75)
    assert "hai-duong" in done.stderr


def test_the_files_of_a_source_parse(project: Path, text: Path) -> None:
    assert thidua("extract", "accept", str(text), "--rule", "member.list", "--curator", "Lan", "--files",
                  str(project)).returncode == 0  # fmt: skip
    store = QuadStore.memory()
    for file in ProjectFiles(project).data:
        store.load_turtle(file.path, file.graph, str(file.path))
