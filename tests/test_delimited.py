"""CSV and TSV: whatever a text holds, a spreadsheet runs none of it, and numbers stay numbers."""

import csv
import datetime
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cli import thidua
from tests.support.service import running
from thidua.base.delimited import FORMULA, Number, write_delimited
from thidua.questions.output import write
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell

XSD = "http://www.w3.org/2001/XMLSchema#"
BEN_TRE = "http://www.wikidata.org/entity/Q33366"


def read(text: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@given(
    st.lists(st.text() | st.sampled_from(["=1+1", "+84", "-", "@x", "\t=1", "'=1"]), min_size=1), st.sampled_from(",\t")
)
def test_no_text_is_a_formula(texts: list[str], separator: str) -> None:
    out = io.StringIO(newline="")
    write_delimited(out, ["x", "y"], ([text, 1] for text in texts), separator)
    header, *rows = read(out.getvalue(), separator)
    assert header == ["x", "y"]
    for (found, one), text in zip(rows, texts, strict=True):
        assert not found.startswith(FORMULA) and one == "1"
        assert found == ("'" + text if text.startswith(FORMULA) else text)


def test_other_values() -> None:
    out, day = io.StringIO(newline=""), datetime.date(2025, 7, 1)
    values = [None, True, -5, -1.5, day, datetime.datetime(2025, 7, 1, tzinfo=datetime.UTC), Number("-1.5e3")]
    write_delimited(out, map(str, range(7)), [values])
    told = ["", "true", "-5", "-1.5", "2025-07-01", "2025-07-01T00:00:00+00:00", "-1.5e3"]
    assert read(out.getvalue())[1] == told


@pytest.mark.parametrize(("form", "separator"), [("csv", ","), ("tsv", "\t")])
def test_what_only_says_that_it_is_a_number(form: str, separator: str) -> None:
    """RDF lets any text be an xsd:integer, so the datatype alone makes none of it harmless."""
    cells = [Cell(text, "literal", XSD + "integer") for text in ("-5", "+5", "=1+1", "-1+cmd|'x'!A1")]
    written = write(Rows("x", ("x",), [{"x": cell} for cell in cells]), form).decode()
    assert [row for (row,) in read(written, separator)[1:]] == ["-5", "+5", "'=1+1", "'-1+cmd|'x'!A1"]


def test_what_another_registry_says(tmp_path: Path) -> None:
    """`thidua link check` writes names that strangers gave."""
    said = '"=HYPERLINK(\\"http://example.org\\")"@vi'
    (tmp_path / "items.nt").write_text(
        f"<{BEN_TRE}> <http://www.w3.org/2000/01/rdf-schema#label> {said} .\n", encoding="utf-8"
    )
    with running(tmp_path, "--plain", str(tmp_path)) as service:
        done = thidua("link", "check", "--endpoint", service.url + "/sparql", "--pause", "0", "--format", "csv")
    assert done.returncode == 4, done.stderr
    fields = [field for row in read(done.stdout) for field in row]
    assert '\'=HYPERLINK("http://example.org")' in fields
    assert not [field for field in fields if field.startswith(FORMULA)]
