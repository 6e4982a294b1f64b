"""The command line as people use it: a real process, its output, its exit code."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from tests.support.cli import thidua
from tests.support.stores import contents, copied
from thidua.base.formats import TABLES, by_name
from thidua.cli import graph
from thidua.questions.catalogue import Question, read_catalogue


def test_who_led_as_csv(store: Path) -> None:
    done = thidua(
        "ask", "who-led", "--cluster", "dong bang song hong", "--year", "2023", "--format", "csv", store=store
    )
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    columns = "year cluster clusterLabel role province provinceLabel official officialLabel source rank confidence"
    assert list(rows[0]) == [*columns.split(), "certainty", "on", "support", "reading", "basis", "time"]
    heads = {(row["provinceLabel"], row["officialLabel"]) for row in rows if row["role"] == "head"}
    assert heads == {("Thái Bình", "Nguyễn Khắc Thận")}


def test_who_led_as_json_and_table(store: Path) -> None:
    done = thidua(
        "ask", "who-led", "--cluster", "dong-bang-song-hong", "--year", "2023", "--format", "json", store=store
    )
    assert json.loads(done.stdout)["rows"][0]["year"] == 2023
    done = thidua(
        "ask", "who-led", "--cluster", "dong-bang-song-hong", "--year", "2023", "--format", "table", store=store
    )
    assert "Thái Bình" in done.stdout
    assert "src:18d8c37f4f6536d1" in done.stdout
    assert "cluster:dong-bang-song-hong" not in done.stdout, "its name stands there instead"


@pytest.mark.parametrize("width", ["80", "320"])
def test_an_id_is_whole_in_a_table_of_any_width(store: Path, width: str) -> None:
    """It is what somebody copies, and tells namesakes apart. A column that says nothing is left out."""
    env = {"COLUMNS": width}
    found = thidua("search", "ninh binh", "--limit", "2", "--format", "table", store=store, env=env).stdout
    assert {"province/ninh-binh", "province/ninh-binh-2025"} <= set(found.split()), found
    assert "spelled" not in found
    asked = thidua("ask", "who-led", "--year", "2023", "--format", "table", store=store, env=env).stdout
    assert "src:18d8c37f4f6536d1" in asked.split(), asked
    assert not {"on", "on:"} & set(asked.split())
    assert ("province:" in asked.split()) == (width == "80"), asked


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["ask", "who-led", "--province", "Ninh Bình"], 2, ["names 2 things", "ninh-binh-2025", "2025-07-01"]),
        (["ask", "who-led", "--cluster", "dong bang song hog"], 2, ["No cluster is called", "dong-bang-song-hong"]),
        (["ask", "who-led", "--year", "year"], 2, ["a year of four digits"]),
        (["ask", "who-lead"], 2, ["No question is called 'who-lead'", "who-led"]),
        (["ask", "who-led", "--clustr", "x"], 2, ["--cluster"]),
        (["ask", "province-today"], 2, ["Missing option '--province'"]),
        (["ask", "who-led", "--store", "/nowhere"], 3, ["thidua build"]),
        (["query", "SELECT * { ?s ?p }"], 2, ["Line 1, column"]),
        (["query", "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }"], 2, ["SERVICE is not allowed"]),
        (["query"], 2, ["Give a query"]),
        (["validate", "--files", "/nowhere"], 3, ["--files"]),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_the_next_step(store: Path, arguments: list[str], code: int, told: list[str]) -> None:
    done = thidua(*arguments, store=store)
    assert done.returncode == code, done.stderr
    for words in told:
        assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_year_tells_namesake_provinces_apart(store: Path) -> None:
    done = thidua("ask", "who-led", "--province", "Ninh Bình", "--year", "2022", "--format", "csv", store=store)
    assert done.returncode == 0, done.stderr
    assert {row["role"] for row in csv.DictReader(io.StringIO(done.stdout))} == {"deputy"}


def test_no_answer_is_no_rows(store: Path) -> None:
    done = thidua(
        "ask", "who-led", "--cluster", "dong-bang-song-hong", "--year", "1999", "--format", "csv", store=store
    )
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("sparql", "form", "expected"),
    [
        ("ASK { ?s ?p ?o }", "csv", "true\n"),
        ("SELECT (1 + 1 AS ?two) {}", "csv", "two\r\n2\r\n"),
        ("CONSTRUCT { <a:b> <c:d> 'e' } {}", "ntriples", '<a:b> <c:d> "e" .\n'),
    ],
)  # fmt: skip
def test_query(store: Path, sparql: str, form: str, expected: str) -> None:
    env = {**os.environ, "THIDUA_STORE": str(store)}
    command = [sys.executable, "-m", "thidua", "query", sparql, "--format", form]
    done = subprocess.run(command, capture_output=True, env=env)
    assert done.stdout.decode() == expected


def test_versions(store: Path) -> None:
    done = thidua("versions", store=store)
    assert done.returncode == 0
    assert "for the tests" in done.stdout


def test_help_is_worth_reading() -> None:
    assert "thidua ask who-led" in thidua("--help").stdout
    assert "who-led" in thidua("ask", "--help").stdout
    told = thidua("ask", "who-led", "--help").stdout
    for words in ("--cluster", "e.g. ", "Columns:", "confidence"):
        assert words in told


def test_validate(store: Path) -> None:
    done = thidua("validate")
    assert done.returncode == 0, done.stderr
    assert "0 violations" in done.stdout


def test_a_source_is_begun_and_a_passage_found(tmp_path: Path, store: Path) -> None:
    text = tmp_path / "article_00112233445566aa.txt"
    text.write_text("Dòng một.\nTỉnh Thái Bình bàn giao  đơn vị Cụm trưởng.\n", encoding="utf-8")
    done = thidua("source", "find", str(text), "bàn giao đơn vị")
    assert done.stdout.startswith("ev:00112233445566aa_25-41  line 2: ")
    assert thidua("source", "find", str(text), "không có").returncode == 2
    assert thidua("source", "find", str(text), "").returncode == 2
    for folder in ("ontology", "shapes", "queries", "data/sources"):
        (tmp_path / "files" / folder).mkdir(parents=True)
    arguments = ["source", "new", "--text", str(text), "--files", str(tmp_path / "files")]
    assert "wrote data/sources/00112233445566aa.ttl" in thidua(*arguments).stdout
    again = thidua(*arguments)
    assert again.returncode == 2
    assert "here already" in again.stderr


@pytest.mark.parametrize(
    ("phrase", "span"), [("Ngày 9-3", "0-8"), ("ngay 9-3", "0-8"), ('"tan binh"', "16-26"), ("Dai dien", "27-35")]
)
def test_a_passage_is_found_as_people_type_it(tmp_path: Path, phrase: str, span: str) -> None:
    """A keyboard has no dash or quote of print, somebody in haste no tone marks; the offsets are the text's own."""
    text = tmp_path / "article_00112233445566aa.txt"
    text.write_text("Ngày 9–3, huyện “Tân Bình” Đại diện ký.\n", encoding="utf-8")
    assert text.read_text(encoding="utf-8")[slice(*map(int, span.split("-")))]
    assert f"ev:00112233445566aa_{span} " in thidua("source", "find", str(text), phrase).stdout


def test_an_answer_into_a_file(store: Path, tmp_path: Path) -> None:
    for form in by_name(TABLES):
        path = tmp_path / f"heads.{form}"
        done = thidua("ask", "who-led", "--year", "2023", "--evidence", "--output", str(path), store=store)
        assert done.returncode == 0 and "rows of version 1" in done.stderr, done.stderr
        piped = subprocess.run(
            [sys.executable, "-m", "thidua", "ask", "who-led", "--year", "2023", "--evidence", "--format", form],
            env={**os.environ, "THIDUA_STORE": str(store)},
            capture_output=True,
        )
        assert piped.stdout.rstrip(b"\n") == path.read_bytes().rstrip(b"\n")
    assert {"evidenceUrl", "provinceLabel"} <= set(pq.read_schema(tmp_path / "heads.parquet").names)
    done = thidua("ask", "who-led", "--output", str(tmp_path / "heads.zip"), store=store)
    assert done.returncode == 2 and "--format" in done.stderr
    done = thidua("ask", "sources", "--evidence", store=store)
    assert done.returncode == 2 and "no evidence" in done.stderr


def test_a_preview_tells_what_would_be_and_changes_nothing(store: Path, tmp_path: Path) -> None:
    own = copied(store, tmp_path / "store")
    before = contents(own)
    remark = """INSERT DATA { GRAPH <https://w3id.org/thidua/graph/remarks> {
        <https://w3id.org/thidua/id/province/ha-nam> <http://www.w3.org/2000/01/rdf-schema#comment> "lời thử"@vi } }"""
    told = thidua("update", remark, "--preview", "--store", str(own))
    assert told.returncode == 0 and "lời thử@vi" in told.stdout and "preview on version 1" in told.stdout
    wrong = remark.replace("http://www.w3.org/2000/01/rdf-schema#comment", "https://w3id.org/thidua/ontology#komment")
    told = thidua("update", wrong, "--preview", "--store", str(own))
    assert told.returncode == 4 and "komment" in told.stderr
    assert contents(own) == before


def test_the_project_s_prefixes_need_no_declaration(store: Path, tmp_path: Path) -> None:
    asked = "SELECT ?name { province:thai-binh skos:prefLabel ?name FILTER(LANG(?name) = 'vi') }"
    assert thidua("query", "--store", str(store), "--format", "csv", asked).stdout.splitlines() == ["name", "Thái Bình"]
    own = copied(store, tmp_path / "store")
    said = 'INSERT DATA { GRAPH graph:provinces { province:thai-binh skos:altLabel "Quê lúa"@vi } }'
    assert thidua("update", "--store", str(own), said).returncode == 0
    unknown = thidua("query", "--store", str(store), "ASK { ?s nobody:x ?o }")
    assert unknown.returncode == 2 and "PREFIX nobody: <…>" in unknown.stderr


@pytest.mark.parametrize("command", ["query", "update"])
def test_a_file_that_is_not_utf_8_is_told_so(command: str, store: Path, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"ASK { ?s ?p '\xe9' }")
    done = thidua(command, "--store", str(store), "--file", str(tmp_path / "latin"))
    assert done.returncode == 2 and "not UTF-8: byte 13" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["who-led", "--help"], ["who-let"]])
def test_the_catalogue_is_read_once_a_call(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Iterable[Path]] = []

    def counted(paths: Iterable[Path]) -> dict[str, Question]:
        read.append(paths)
        return read_catalogue(paths)

    monkeypatch.setattr(graph, "read_catalogue", counted)
    assert "who-led" in CliRunner().invoke(graph.ask, arguments).output
    assert len(read) == 1
