"""One scheme of certainty: every question has its columns, every row keeps to it, everybody shows the same words."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from tests.support.http import call
from tests.support.paths import ROOT
from tests.support.service import Server
from thidua.base.files import ProjectFiles
from thidua.base.terms import BASE
from thidua.graph import KnowledgeGraph
from thidua.notebook.frames import frame, in_words
from thidua.questions import certainty
from thidua.questions.catalogue import read_catalogue
from thidua.rdf.cells import Cell

CATALOGUE = read_catalogue(ProjectFiles.find(ROOT).questions)
#: Questions whose rows rest on records of sources.
#: A conjecture is borne out by none: it says the rule and its count instead.
SOURCED = sorted(name for name, question in CATALOGUE.items() if question.evidence and name != "likely-heads")
#: Whose two sides have columns of their own.
TWO_SIDED = "conflicts"
#: A column of that name that had another meaning before: the name of the basis, and that of a membership.
OLDER = {("implied-heads", "basis"), ("cluster-members", "basis")}
TIMES = {"year", "on", "held"}
#: Rows that are less sure than the record that they rest on: what it is about, or who acted, may be implied.
OF_SEVERAL = {"acting-heads", "remarks", "documents", "movements"}
PAGE = ROOT / "docs" / "certainty.md"


def text(cell: Cell | None) -> str:
    return cell.value if cell else ""


@pytest.mark.parametrize("name", SOURCED)
def test_a_sourced_question_has_the_columns(name: str) -> None:
    columns = [column.name for column in CATALOGUE[name].columns]
    if name == TWO_SIDED:
        assert {f"{column}{side}" for column in ("support", "reading", "confidence") for side in "AB"} <= {*columns}
        return
    wanted = {"support", "reading", "confidence"} | ({"basis"} if "source" in columns else set())
    if TIMES & {parameter.name for parameter in CATALOGUE[name].parameters}:
        wanted |= {"time", "certainty"}
    assert wanted <= {*columns}


@pytest.mark.parametrize("column", ["support", "reading", "basis", "time", "certainty", "confidence"])
def test_a_column_is_described_alike_everywhere(column: str) -> None:
    told = {
        tuple(sorted(each.label.items())): name
        for name, question in CATALOGUE.items()
        for each in question.columns
        if each.name == column and (name, column) not in OLDER
    }
    assert len(told) == 1, told


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_question_reads_no_meaning_out_of_iris(name: str) -> None:
    """Keys are for machines to tell things apart; what a thing is, the graph says."""
    # By a pattern that its registry gives, an address is read as it says.
    query = re.sub(r"\bREPLACE\(STR\(\?\w+\), \?\w+, ", "(", CATALOGUE[name].sparql)
    assert not re.findall(r"\b(?:STRAFTER|STRBEFORE|REPLACE|REGEX|IRI|URI)\s*\(", query)
    # Which registry a link leads to, its address alone says.
    begins = re.findall(r'\bSTRSTARTS\(STR\(\?\w+\), "([^"]*)"\)', query)
    assert not [start for start in begins if start.startswith(BASE)]
    assert not re.findall(r"\b(?:SUBSTR|STRENDS|CONTAINS)\s*\(\s*STR\(\?(?!on\b)", query)


@pytest.fixture(scope="module")
def readings(kg: KnowledgeGraph) -> Mapping[str, str]:
    """Each source, and how it was read."""
    rows = kg.current().select(
        """PREFIX td: <https://w3id.org/thidua/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?source ?reading { ?source td:reading/skos:notation ?reading }"""
    )
    return {text(row["source"]): text(row["reading"]) for row in rows}


@pytest.mark.parametrize("name", [name for name in SOURCED if name != TWO_SIDED])
def test_rows_keep_to_the_scheme(kg: KnowledgeGraph, readings: Mapping[str, str], name: str) -> None:
    """Each row beside the evidence that it is answered with, which another query collects."""
    answer = kg.ask(name, {}, evidence=True)
    assert answer.records and answer.evidence is not None
    for record, pieces in zip(answer.records, answer.evidence, strict=True):
        row = {column: text(cell) for column, cell in record.items()}
        ways = {piece.how for piece in pieces}
        assert ways, row
        if name in OF_SEVERAL:
            assert row["support"] == "implied" or "stated" in ways, row
        else:
            assert row["support"] == ("stated" if "stated" in ways else "implied"), row
        if "source" in row:
            assert row["reading"] == readings[row["source"]], row
            assert row["support"] == "stated" or row["basis"], row
        else:
            assert row["reading"] in {readings[piece.source] for piece in pieces if piece.how == row["support"]}, row
        if row["reading"] == "first-hand":
            assert row["confidence"], row
        if "certainty" in row:
            sure = (row["time"], row["support"], row["reading"]) == ("settled", "stated", "first-hand")
            assert row["time"] in certainty.WORDS["time"]
            assert row["certainty"] == ("certain" if sure else "possible"), row


def test_both_sides_of_a_contradiction_say_how_they_were_read(kg: KnowledgeGraph, readings: Mapping[str, str]) -> None:
    for record in kg.ask(TWO_SIDED, {}).records:
        for side in "AB":
            assert text(record[f"reading{side}"]) == readings[text(record[f"source{side}"])]
            assert text(record[f"support{side}"]) in certainty.WORDS["support"]


#: Parameters that are conditions on other things than the column of their name, or on what is counted.
CONDITIONS = {("officials", "cluster"), ("officials", "year"), ("conferences", "held")}


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_parameter_keeps_the_rows_that_have_its_value(kg: KnowledgeGraph, name: str) -> None:
    question = CATALOGUE[name]
    for parameter in question.parameters:
        if parameter.required or parameter.type == "date" or (name, parameter.name) in CONDITIONS:
            continue
        asked = kg.ask(name, {parameter.name: parameter.example}).records
        value = {text(record[parameter.name]) for record in asked}
        assert len(value) == 1
        assert asked == [each for each in kg.ask(name, {}).records if {text(each[parameter.name])} == value]


def codes_of(kg: KnowledgeGraph, name: str) -> dict[str, set[str]]:
    """The codes that an answer has in each of its coded columns."""
    found: dict[str, set[str]] = {}
    for record in kg.ask(name, {}).records:
        for column, cell in record.items():
            if cell and certainty.is_coded(column) and not cell.language:  # a name of a basis is no code
                found.setdefault(column, set()).update(cell.value.split(", "))
    return found


class TestWords:
    def test_every_code_of_an_answer_has_words(self, kg: KnowledgeGraph) -> None:
        for name in SOURCED:
            for column, codes in codes_of(kg, name).items():
                for code in codes:
                    assert certainty.in_words(column, code, "vi") != code, (name, column, code)

    @pytest.mark.parametrize("scheme", ["basis", "reading"])
    def test_words_of_a_list_are_the_labels_of_its_entries(self, kg: KnowledgeGraph, scheme: str) -> None:
        rows = kg.current().select(
            f"""PREFIX c: <https://w3id.org/thidua/concept/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
            SELECT ?code ?label {{ ?entry skos:inScheme c:{scheme} ; skos:notation ?code ; skos:prefLabel ?label }}"""
        )
        labels: dict[str, dict[str, str]] = {}
        for row in rows:
            code, label = row["code"], row["label"]
            assert code and label and label.language
            labels.setdefault(code.value, {})[label.language] = label.value.lower()
        assert labels == certainty.WORDS[scheme]

    def test_pages_show_them_in_the_readers_language(self, server: Server) -> None:
        for lang, words in (
            ("vi", ("chắc chắn", "nêu thẳng", "đọc toàn văn", "đọc gián tiếp", "có thể")),
            ("en", ("certain", "stated", "first-hand", "second-hand", "possible")),
        ):
            page = call(server, f"/questions/who-led.html?cluster=dong-bang-song-hong&year=2024&lang={lang}").text
            table = page.partition("<table")[2].partition("</table>")[0]
            assert [word for word in words if word not in table] == []
            page = call(server, f"/doc/edition/dong-bang-song-hong_2024?lang={lang}", accept="text/html").text
            assert words[0] in page and words[1] in page and words[3] in page

    def test_notebooks_show_them(self, kg: KnowledgeGraph) -> None:
        given = {"cluster": "dong-bang-song-hong", "year": "2024"}
        answer: pd.DataFrame = frame(kg.ask("who-led", given).to_arrow())
        assert list(answer["certainty"]) == ["certain", "possible"]
        assert list(in_words(answer, "vi")["certainty"]) == ["chắc chắn", "có thể"]
        assert list(in_words(answer, "vi")["reading"]) == ["đọc toàn văn", "đọc gián tiếp"]
        assert list(in_words(answer, "en")["support"]) == ["stated", "stated"]
        assert list(in_words(answer, "vi")["province"]) == list(answer["province"])


class TestPage:
    """docs/certainty.md."""

    def test_its_words_are_the_words(self) -> None:
        rows = re.findall(r"^\| (?:`(\w+)`)? *\| `([\w-]+)`[^|]*\| ([^|,]+)", PAGE.read_text(encoding="utf-8"), re.M)
        column, told = "", {}
        for name, code, vi in rows:
            column = name or column
            told[column, code] = vi.strip()
        assert len(told) == 9
        for (column, code), vi in told.items():
            assert certainty.in_words(column, code, "vi") == vi

    def test_its_examples(self, kg: KnowledgeGraph) -> None:
        parts = re.findall(r"```console\n([^`]*)```\n\n((?:\|.*\n)+)", PAGE.read_text(encoding="utf-8"))
        assert len(parts) == 3
        for commands, table in parts:
            head, _, *lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()]
            found = [row for command in commands.splitlines() for row in asked(kg, command)]
            for line in lines:
                row = dict(zip(head, line, strict=True))
                assert [each for each in found if row.items() <= each.items()], row


def asked(kg: KnowledgeGraph, command: str) -> list[dict[str, Any]]:
    """The rows of a command, things by their names."""
    _, _, _, name, *options = shlex.split(command)
    given = {key.removeprefix("--"): value for key, value in zip(options[::2], options[1::2], strict=True)}
    return [
        {column: text(record.get(column + "Label") or cell) for column, cell in record.items()}
        for record in kg.ask(name, given).records
    ]
