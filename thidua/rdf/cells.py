"""RDF terms as plain values: a cell of a table, and records of them."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from thidua.base.terms import PREFIXES
from thidua.base.text import sort_key

_XSD = PREFIXES["xsd"]
_NUMBERS: Final = tuple(_XSD + name for name in ("integer", "decimal", "double", "float"))


@dataclass(frozen=True)
class Cell:
    """One RDF term: ``value`` is the IRI, the lexical form, or of a triple term what N-Triples writes."""

    value: str
    kind: Literal["iri", "literal", "blank", "triple"] = "literal"
    datatype: str | None = None
    language: str | None = None


Record = dict[str, Cell | None]
#: Answers a SELECT.
Select = Callable[[str], list[Record]]


def integer(cell: Cell | None) -> int | None:
    """A cell as a number; None for what is none."""
    return int(cell.value) if cell and re.fullmatch(r"[0-9]{1,18}", cell.value) else None


def in_order(cell: Cell | None) -> tuple[int, float, str]:
    """A key that sorts cells as SPARQL does, but names as Vietnamese dictionaries do: nothing, IRIs, numbers, text."""
    if cell is None:
        return (0, 0, "")
    if cell.kind != "literal":
        return (1 if cell.kind == "blank" else 2, 0, cell.value)
    if cell.datatype in _NUMBERS:
        with contextlib.suppress(ValueError):
            return (3, float(cell.value), "")
    return (4, 0, sort_key(cell.value) if cell.language == "vi" else cell.value)
