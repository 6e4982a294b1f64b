"""The documentation tells the truth: blocks parse, generated pages are fresh, links lead somewhere."""

import importlib.metadata
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import rdflib
from click import Context
from prometheus_client.parser import text_string_to_metric_families

from tests.support import transcripts, w3c
from tests.support.http import call
from tests.support.paths import ROOT
from tests.support.service import Server, running, said, until
from tests.support.stores import copied
from tests.support.w3c_language import FAILURES, QUERY, UPDATE
from thidua.base.errors import KnowledgeGraphError
from thidua.base.files import ProjectFiles
from thidua.base.formats import GRAPHS, RESULTS, Format
from thidua.base.limits import Limits, table
from thidua.base.settings import SETTINGS
from thidua.cli.reference import write_pages
from thidua.engine.query import Query
from thidua.graph import KnowledgeGraph
from thidua_server.http.problems import CODES

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str, of: str = "") -> list[pytest.param]:  # type: ignore[valid-type]
    return [
        pytest.param(text, id=f"{page.name}-{number}")
        for page in PAGES
        if of in ("", page.name) and page.parent.name != "vi"  # those have the code of their originals
        for number, (kind, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))
        if kind == language
    ]


@pytest.mark.parametrize("text", blocks("turtle"))
def test_turtle_parses(text: str) -> None:
    assert len(rdflib.Graph().parse(data=text, format="turtle"))


@pytest.mark.parametrize("text", blocks("sparql"))
def test_sparql_answers(text: str, kg: KnowledgeGraph) -> None:
    assert kg.query(Query(text, results="text/csv")).read().count(b"\n") > 1


SERVICE = "http://127.0.0.1:8000"


@pytest.mark.parametrize("text", blocks("python", "questions-api.md"))
def test_python_runs(text: str, server: Server, store: Path) -> None:
    code = text.replace(SERVICE, server.url)
    done = subprocess.run([sys.executable, "-c", code], cwd=store.parent, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout, done.stderr


@pytest.mark.parametrize("text", blocks("console", "questions-api.md"))
def test_commands_run(text: str, server: Server, store: Path, tmp_path: Path) -> None:
    if "curl" in text and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    for line in text.splitlines():
        command = shlex.split(line.removeprefix("$ ").replace(SERVICE, server.url))
        if command[0] == "curl":
            command.insert(1, "-fsS")
        else:
            command = [sys.executable, "-m", *command, "--store", str(store)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True)
        assert done.returncode == 0 and (done.stdout or list(tmp_path.iterdir())), (line, done.stderr)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_headings(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(((?!https?:)[^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8")):
        other = page.parent / target if target else page
        headings = re.findall(r"^#+ (.+)$", other.read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_reference_pages_are_fresh(files: ProjectFiles, tmp_path: Path) -> None:
    for path in write_pages(files, tmp_path):
        kept = ROOT / "docs/reference" / path.name
        assert kept.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), "run `make docs`"


def test_every_command_in_the_readme_exists() -> None:
    from thidua.cli import main

    names = set(re.findall(r"\bthidua ([a-z]+)\b", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert names <= set(main.list_commands(Context(main))) | {"graph"}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    text = f"\n{text}".split(f"\n{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


def bare(text: str) -> str:
    return text.strip("`")


class TestOperating:
    """docs/operating.md against the program."""

    def test_every_limit(self) -> None:
        of_machine = {"fast_slots": "a core each, at least 2", "slow_slots": "twice as many"}
        expected = [
            [f"`THIDUA_{name.upper()}`", of_machine.get(name, f"{value:g} {unit}".strip()), text]
            for name, value, unit, text in table(Limits())
        ]
        assert rows("operating.md", "## Limits") == expected

    def test_every_setting(self) -> None:
        expected = []
        for each in SETTINGS:
            default = str(each.default).lower() if isinstance(each.default, bool) else str(each.default)
            expected.append([f"`THIDUA_{each.name}`", f"`{default}`" if default else "", each.text])
        assert rows("operating.md", "## Settings") == expected

    def test_every_error(self) -> None:
        kinds, found = [KnowledgeGraphError], {}
        while kinds:
            kind = kinds.pop()
            kinds += kind.__subclasses__()
            found[kind.code] = str(kind.status)
        found |= {code: str(status) for status, code in CODES.items()}
        listed = rows("operating.md", "## What each error means")
        assert {bare(code): status for code, status, *_ in listed} == found
        assert all(meaning for _, _, meaning, _ in listed) and len(listed) == len(found)
        assert [status for _, status, *_ in listed] == sorted(found.values())

    def test_every_metric(self, server: Server) -> None:
        families = list(text_string_to_metric_families(call(server, "/metrics").text))
        served = {each.name: each.type for each in families if not each.name.endswith("_created")}
        assert {bare(name): kind for name, kind, _ in rows("operating.md", "### Figures")} == served

    def test_every_field_of_the_log(self, store: Path, tmp_path: Path) -> None:
        service = running(copied(store, tmp_path / "store"), env={"THIDUA_LOG_QUERIES": "1"})
        with service as started:
            call(started, "/sparql?query=ASK%7B%7D")
            call(started, "/nowhere")
            lines = until(lambda: [line for line in said(service) if "nowhere" in line] and said(service))
        fields = {field for line in lines if line.startswith("{") for field in json.loads(line)}
        listed = {bare(name) for cell, _ in rows("operating.md", "### The log") for name in cell.split(", ")}
        assert listed == fields | {"exception"}


class TestHttp:
    """docs/http.md against the program."""

    @pytest.mark.parametrize(("column", "known"), [(0, RESULTS), (2, GRAPHS)], ids=["tables", "graphs"])
    def test_every_format(self, column: int, known: Mapping[str, Format]) -> None:
        listed = {bare(row[column]): bare(row[column + 1].split(", ")[0]) for row in rows("http.md", "### Formats")}
        expected = {form.media_type: form.name for form in known.values()} | {"text/html": "html"}
        assert {media_type: name for media_type, name in listed.items() if media_type} == expected

    def test_the_limits_in_its_words(self) -> None:
        text = " ".join((ROOT / "docs/http.md").read_text(encoding="utf-8").split())
        limits = Limits()
        for words in (
            f"A query has {limits.timeout:g} seconds",
            f"beyond {limits.answer} MB",
            f"longer than {limits.query_length} KiB",
            f"deeper than {limits.depth} brackets",
            f"more than {limits.operators} operators or {limits.path_steps} path steps",
            f"more than {limits.optionals} OPTIONAL",
            f"use {limits.budget:g} seconds in a minute",
            f"may have {limits.upload} MB",
        ):
            assert words in text
        assert (limits.running, limits.waiting) == (2, 8) and "two queries run at once and eight wait" in text


@pytest.mark.parametrize("page", ["http.md", "operating.md"])
def test_every_command_prints_what_the_page_says(page: str, store: Path, tmp_path: Path) -> None:
    mine = copied(store, tmp_path / "store")
    with running(mine) as service:
        everything = transcripts.examples(ROOT / "docs" / page)
        runnable = [example for example in everything if transcripts.can_run(example)]
        env = {"THIDUA_STORE": str(mine), "PYTHONPATH": str(ROOT)}
        printed = transcripts.run(runnable, tmp_path, env, {"http://127.0.0.1:8000": service.url})
    assert len(printed) == len(runnable) > 10
    for example, output in zip(runnable, printed, strict=True):
        assert transcripts.agrees(output, example.expected), f"{example.text}\nprints\n{output}"


class TestConformance:
    """docs/conformance.md against the suites."""

    def test_every_failure_is_named(self) -> None:
        assert {bare(name): why for name, why in rows("conformance.md", "## Failures")} == FAILURES
        version = re.search(r"pyoxigraph's \(([\d.]+)\)", (ROOT / "docs/conformance.md").read_text(encoding="utf-8"))
        assert version is not None and version[1] == importlib.metadata.version("pyoxigraph")

    @w3c.present
    def test_the_numbers(self) -> None:
        sections = [
            ("Query: evaluation", "sparql11/manifest-sparql11-query.ttl", "Evaluation"),
            ("Query: syntax", "sparql11/manifest-sparql11-query.ttl", "Syntax"),
            ("Results: CSV and TSV", "sparql11/csv-tsv-res/manifest.ttl", ""),
            ("Results: JSON", "sparql11/json-res/manifest.ttl", ""),
            ("Update: evaluation", "sparql11/manifest-sparql11-update.ttl", "Evaluation"),
            ("Update: syntax", "sparql11/manifest-sparql11-update.ttl", "Syntax"),
            ("Protocol", "sparql11/protocol/manifest.ttl", ""),
            ("Graph Store Protocol", "sparql11/graph-store-protocol/manifest.ttl", ""),
            ("Service Description", "sparql11/service-description/manifest.ttl", ""),
        ]
        expected = []
        for name, manifest, kind in sections:
            cases = [case for case in w3c.cases(manifest) if kind in case.kind]
            # Those tests are strict: what is listed fails, what is not passes.
            passed = str(sum(case.path not in FAILURES for case in cases))
            http = {case.kind for case in cases} & {"ProtocolTest", "GraphStoreProtocolTest", "ServiceDescriptionTest"}
            expected.append([name, str(len(cases)), passed, "speaks no HTTP" if http else passed])
        assert rows("conformance.md", "# Conformance") == expected
        assert sum(int(row[1]) for row in expected[:6]) == len(QUERY) + len(UPDATE)
