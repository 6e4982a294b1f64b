"""Names as people type them: the tables in tests/data."""

import csv
import unicodedata

from tests.support.paths import ROOT


def rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "tests/data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def as_typed(row: dict[str, str]) -> str:
    """Files are NFC; where the reason says so, the text was typed decomposed."""
    return unicodedata.normalize("NFD", row["text"]) if row["why"].startswith("NFD") else row["text"]
