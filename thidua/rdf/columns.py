"""Typed columns: cells as Python values of one kind, which every tabular format is written from."""

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from thidua.base.terms import PREFIXES
from thidua.rdf.cells import Cell

_XSD = PREFIXES["xsd"]
_INT64: Final = range(-(2**63), 2**63)


def column_values(cells: Sequence[Cell | None], declared: str | None = None) -> tuple[str, list[Any]]:
    """The kind of a column and its cells as Python values of that kind.

    :param declared: one of :data:`thidua.questions.catalogue.COLUMNS`, if known.
    """
    types = {cell.datatype if cell.kind == "literal" else "" for cell in cells if cell}
    fitting = [kind for kind, datatypes in KINDS.items() if types <= datatypes] if types or declared else []
    kind = next((kind for kind in fitting if declared in (None, kind)), None)
    if kind:
        try:
            return _narrowed(kind, [_PARSE[kind](cell.value) if cell else None for cell in cells])
        except (ValueError, InvalidOperation):
            pass  # ill-typed, or beyond what the type can hold: the text is still right
    return "string", [cell.value if cell else None for cell in cells]


def _narrowed(kind: str, values: list[Any]) -> tuple[str, list[Any]]:
    """Timestamps with a time zone are another type than those without; both in one column are none."""
    if kind != "dateTime":
        return kind, values
    zoned = {value.tzinfo is not None for value in values if value}
    if len(zoned) > 1:
        raise ValueError("some with a time zone and some without")
    if zoned == {True}:
        return "dateTimeStamp", [value and value.astimezone(datetime.UTC) for value in values]
    return kind, values


def _integer(text: str) -> int:
    if (number := int(text)) not in _INT64:
        raise ValueError(f"{text} does not fit in 64 bits")
    return number


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number) or Decimal(repr(number)) != Decimal(text):
        raise ValueError(f"{text} is no number that fits")
    return number


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text]


def _named(*names: str) -> frozenset[str]:
    return frozenset(_XSD + name for name in names)


_INTEGERS: Final = _named("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger")

#: The datatypes that a kind of column may hold, the narrowest first.
KINDS: Final[Mapping[str, frozenset[str]]] = {
    "integer": _INTEGERS,
    "decimal": _INTEGERS | _named("decimal", "double", "float"),
    "date": _named("date"),
    "dateTime": _named("dateTime", "dateTimeStamp"),
    "boolean": _named("boolean"),
}
_PARSE: Final[Mapping[str, Callable[[str], Any]]] = {
    "integer": _integer,
    "decimal": _float,
    "date": datetime.date.fromisoformat,
    "dateTime": datetime.datetime.fromisoformat,
    "boolean": _boolean,
}
