"""Inputs of a notebook: years, days and parameters as an analyst passes them, checked; nothing is guessed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from thidua.base.errors import InputError, ParameterError
from thidua.names.search import day_span

#: One year, the first and the last, or a range of them.
Years = int | str | range | tuple[int, int]

_RANGE: Final = re.compile(r"([0-9]{4})(?: ?[-–] ?([0-9]{4}))?")


def years_of(years: Years) -> range:
    """The years that were passed.

    :raises ParameterError: they are none.
    """
    match years:
        case range() if len(years) and years.step == 1:
            first, last = years[0], years[-1]
        case (int(), int()):
            first, last = years
        case int() if not isinstance(years, bool):
            first = last = years
        case str() if found := _RANGE.fullmatch(years.strip()):
            first, last = int(found[1]), int(found[2] or found[1])
        case _:
            first, last = 0, -1
    if not 1000 <= first <= last <= 9999:
        raise ParameterError("years", f"Years are (2015, 2025), range(2015, 2026), '2015-2025' or 2024, not {years!r}.")
    return range(first, last + 1)


def one_year(name: str, year: Any) -> int:
    """A year that was passed as a number or as text.

    :raises ParameterError: it is none.
    """
    if isinstance(year, bool) or not re.fullmatch(r"[0-9]{4}", str(year)):
        raise ParameterError(name, f"`{name}` is a year such as 2024, not {year!r}.")
    return int(year)


def typed(parameters: Mapping[str, object]) -> dict[str, str]:
    """Parameters of a question as people type them; None leaves one out.

    :raises ParameterError: one is empty, missing in a table, or several.
    """
    given = {}
    for name, value in parameters.items():
        if value is None:
            continue
        if isinstance(value, range):
            years = years_of(value)
            value = f"{years[0]}-{years[-1]}"
        if isinstance(value, (list, set, tuple, dict, pd.Series, pd.DataFrame, pd.Index)):
            raise ParameterError(name, f"`{name}` takes one value, not {type(value).__name__}; ask once for each.")
        if pd.isna(value) or not str(value).strip():
            raise ParameterError(name, f"`{name}` is empty; leave it out to ask about all.")
        # A day in a table is a time at midnight.
        is_day = isinstance(value, (pd.Timestamp, datetime.datetime))
        given[name] = str(value.date()) if is_day else str(value)  # type: ignore[attr-defined]
    return given


def column(names: Any) -> pd.Series:
    """A column of names.

    :raises ParameterError: it is one text, or a whole table.
    """
    if isinstance(names, str):
        raise ParameterError("names", f"{names!r} is one name; pass a list of them: [{names!r}].")
    if isinstance(names, (pd.DataFrame, Mapping)) or not isinstance(names, Iterable):
        raise ParameterError("names", "Pass one column or a list of names, such as table['province'].")
    return names if isinstance(names, pd.Series) else pd.Series(list(names), dtype="object")


def days(on: Any, names: pd.Series) -> pd.Series:
    """The day or the year of each name, as text: one for all, or one for each.

    :raises ParameterError: one is no day or year, or there are not as many as names.
    """
    many = isinstance(on, (pd.Series, pd.Index, Sequence)) and not isinstance(on, str)
    given = list(on) if many else [on] * len(names)
    if len(given) != len(names):
        raise ParameterError("on", f"`on` has {len(given)} days for {len(names)} names; pass one for each, or one.")
    return pd.Series([_day(each) for each in given], index=names.index, dtype="object")


def _day(given: Any) -> str | None:
    if pd.isna(given):
        return None
    if isinstance(given, (pd.Timestamp, datetime.date)):
        return str(given)[:10]
    text = str(int(given)) if isinstance(given, float) and given.is_integer() else str(given).strip()
    try:
        if not re.fullmatch(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?", text):
            raise InputError("of another form")
        day_span(text)
    except InputError as exc:
        raise ParameterError("on", f"`on` is a year such as 2024 or a day such as 2024-03-13, not {given!r}.") from exc
    return text
