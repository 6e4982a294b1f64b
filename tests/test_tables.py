"""Answers as Arrow tables: each column has the type its question declares, and every cell is what the answer says."""

import dataclasses
import datetime
import json
import subprocess
import sys

import pyarrow as pa
import pytest

from tests.support.paths import ROOT
from thidua.base.files import ProjectFiles
from thidua.graph import KnowledgeGraph
from thidua.questions.catalogue import read_catalogue
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell

XSD = "http://www.w3.org/2001/XMLSchema#"
CATALOGUE = read_catalogue(ProjectFiles.find(ROOT).questions)
TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.float64(),
    "date": pa.date32(),
    "dateTime": pa.timestamp("us"),
    "boolean": pa.bool_(),
}


def column(*cells: Cell | None, declared: str | None = None) -> pa.ChunkedArray:
    rows = Rows("x", ("x",), [{"x": cell} for cell in cells], types={"x": declared} if declared else {})
    return rows.to_arrow().column("x")


def literal(value: str, datatype: str) -> Cell:
    return Cell(value, datatype=XSD + datatype)


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (("7", "integer"), pa.int64(), 7),
        (("6.3", "decimal"), pa.float64(), 6.3),
        (("1e3", "double"), pa.float64(), 1000.0),
        (("2024-03-13", "date"), pa.date32(), datetime.date(2024, 3, 13)),
        (("2024-03-13T08:00:00", "dateTime"), pa.timestamp("us"), datetime.datetime(2024, 3, 13, 8)),
        (
            ("2024-03-13T08:00:00+07:00", "dateTime"),
            pa.timestamp("us", tz="UTC"),
            datetime.datetime(2024, 3, 13, 1, tzinfo=datetime.UTC),
        ),
        (("true", "boolean"), pa.bool_(), True),
        (("0", "boolean"), pa.bool_(), False),
        (("Thái Bình", "string"), pa.string(), "Thái Bình"),
        # What a type cannot hold exactly stays text.
        (("9223372036854775808", "integer"), pa.string(), "9223372036854775808"),
        (("0.12345678901234567890", "decimal"), pa.string(), "0.12345678901234567890"),
        (("2024-02-30", "date"), pa.string(), "2024-02-30"),
        (("2024-03-13Z", "date"), pa.string(), "2024-03-13Z"),
    ],
)
def test_a_column_is_as_narrow_as_its_cells(cells: tuple[str, str], kind: pa.DataType, values: object) -> None:
    made = column(literal(*cells), None)
    assert made.type == kind
    assert made.to_pylist() == [values, None]


def test_columns_of_several_kinds() -> None:
    numbers = column(literal("72", "integer"), literal("8.7", "decimal"))
    assert (numbers.type, numbers.to_pylist()) == (pa.float64(), [72.0, 8.7])
    mixed = column(literal("2024-03-13", "date"), Cell("https://w3id.org/thidua/id/period/2024-H1", "iri"))
    assert mixed.to_pylist() == ["2024-03-13", "https://w3id.org/thidua/id/period/2024-H1"]
    times = column(literal("2024-03-13T08:00:00", "dateTime"), literal("2024-03-13T08:00:00Z", "dateTime"))
    assert times.type == pa.string()


def test_what_is_declared_holds_whatever_the_rows() -> None:
    assert column(declared="date").type == pa.date32()
    assert column(None, declared="integer").type == pa.int64()
    assert column(literal("72", "integer"), declared="decimal").type == pa.float64()
    assert column(literal("2024-03-13", "date"), declared="string").type == pa.string()
    assert column(literal("many", "string"), declared="integer").to_pylist() == ["many"]


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_question_as_it_declares(kg: KnowledgeGraph, name: str) -> None:
    question = CATALOGUE[name]
    rows = kg.ask(name, {each.name: each.example for each in question.parameters if each.required})
    table = rows.to_arrow()
    assert {field.name: field.type for field in table.schema} == {
        each.name: TYPES[each.type] for each in question.columns
    }
    assert table.num_rows == len(rows.records)
    for record, made in zip(rows.records, table.to_pylist(), strict=True):
        for key, cell in record.items():
            if cell is None:
                assert made[key] is None
            elif cell.datatype in (XSD + "integer", XSD + "decimal"):
                assert made[key] == float(cell.value)
            else:
                assert str(made[key]) == cell.value


def test_a_type_is_declared_where_there_is_one(kg: KnowledgeGraph) -> None:
    """No column is left as text whose every cell, in the whole answer, is of one other type."""
    late = {("guests", "date")}  # a period, where no day is known
    for name, question in CATALOGUE.items():
        rows = kg.ask(name, {each.name: each.example for each in question.parameters if each.required})
        by_cells = dataclasses.replace(rows, types={}).to_arrow().schema
        for each in question.columns:
            if each.type == "string" and (name, each.name) not in late:
                assert by_cells.field(each.name).type == pa.string(), (name, each.name)


def test_the_table_says_what_it_is(kg: KnowledgeGraph) -> None:
    schema = kg.ask("who-led", {"year": "2023"}).to_arrow().schema
    metadata = {key.decode(): value.decode() for key, value in schema.metadata.items()}
    assert metadata["question"] == "who-led"
    assert (metadata["version"], metadata["hash"]) == (str(kg.version.number), kg.version.hash)
    assert json.loads(metadata["labels"])["province"] == {"vi": "đơn vị", "en": "province"}
    assert schema.field("year").metadata == {b"label_vi": "năm".encode(), b"label_en": b"year"}


def test_nothing_loads_pyarrow_before_a_table_is_made() -> None:
    heavy = "{'pyarrow', 'openpyxl', 'pandas'}"
    code = f"import sys, thidua_server.app, thidua.questions.arrow, thidua.graph; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
