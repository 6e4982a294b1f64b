"""Rows left out: what a table of reference has and no graph tells, whole or in part, each with its reason."""

import csv
from dataclasses import dataclass, fields
from pathlib import Path

from thidua.base.errors import DataError


@dataclass(frozen=True)
class LeftOut:
    """A row that was read, and why the graph lacks it."""

    table: str
    row: str
    """What names it there: a person, a post, a cluster and its years."""
    source: str
    """The address that it stands on; empty where it has none."""
    part: str
    """As much of it as is left out; empty for all."""
    reason_vi: str
    reason_en: str


def left_out(path: Path, shown: str) -> list[LeftOut]:
    """The rows that a file names, in its order; none where there is no such file.

    :param shown: the file as messages name it.
    :raises DataError: a line is not in the columns, or gives no reason.
    """
    if not path.is_file():
        return []
    columns = [column.name for column in fields(LeftOut)]
    needed = [column for column in columns if column not in ("source", "part")]
    problems, found = [], []
    with path.open(encoding="utf-8-sig", newline="") as text:
        lines = csv.DictReader(text)
        if lines.fieldnames != columns:
            raise DataError([f"{shown}:1: the columns are not {','.join(columns)}; write them so"])
        for line in lines:
            if None in line or None in line.values():
                problems.append(f"{shown}:{lines.line_num}: it has not as many columns as the first line; mend it")
            elif empty := [name for name in needed if not line[name].strip()]:
                told = f"{', '.join(empty)} is empty; say which row it is, and why, in both languages"
                problems.append(f"{shown}:{lines.line_num}: {told}")
            else:
                found.append(LeftOut(**line))
    if problems:
        raise DataError(problems)
    return found
