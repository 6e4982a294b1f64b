"""Term encoding: each RDF term is a number of 64 bits whose range tells its kind.

Integers, decimals, dates and booleans are their numbers: these need no dictionary and stand in SPARQL's order. All
other terms are numbered by a dictionary, ``(id, value, tail)``: the text, and behind it ``@vi``, ``^^<…>`` or nothing.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from thidua.rdf.cells import Cell

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
#: Bits below a number's kind.
SHIFT: Final = 56
#: Zero, of terms that are their numbers.
MIDDLE: Final = 1 << (SHIFT - 1)
#: What a decimal is multiplied by, so that six digits behind the point are exact.
SCALE: Final = 10**6
#: The first number of terms that only a query has: above all that a dictionary gives.
FOREIGN: Final = 1 << (SHIFT - 1)


class Kind(IntEnum):
    """Kinds of terms, in the order that ``ORDER BY`` gives them as far as it does."""

    BLANK = 1
    IRI = 2
    STRING = 3
    LANG = 4
    BOOLEAN = 5
    INTEGER = 6
    DECIMAL = 7
    DATE = 8
    OTHER = 9
    """A literal whose value is not worked out here: it is joined, grouped and shown, and compared with nothing."""

    @property
    def first(self) -> int:
        """The first number of the kind's range."""
        return int(self) << SHIFT

    @property
    def end(self) -> int:
        """The first number behind the kind's range."""
        return (int(self) + 1) << SHIFT

    @property
    def zero(self) -> int:
        """The number of zero, or of the day 1970-01-01."""
        return self.first + MIDDLE


Kinds = frozenset[Kind]
INLINE: Final[Kinds] = frozenset({Kind.BOOLEAN, Kind.INTEGER, Kind.DECIMAL, Kind.DATE})
LITERALS: Final[Kinds] = frozenset(Kind) - {Kind.BLANK, Kind.IRI}
DATATYPES: Final[Mapping[Kind, str]] = {
    Kind.BOOLEAN: f"{XSD}boolean",
    Kind.INTEGER: f"{XSD}integer",
    Kind.DECIMAL: f"{XSD}decimal",
    Kind.DATE: f"{XSD}date",
}

#: Lexical forms of what is its number; whatever is spelt otherwise is of kind OTHER, or is spelt so by the engine.
_OWN: Final = (
    (Kind.BOOLEAN, re.compile("true|false")),
    (Kind.INTEGER, re.compile("0|-?[1-9][0-9]{0,15}")),
    (Kind.DECIMAL, re.compile(r"0|-?(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{0,5}[1-9])|-?[1-9][0-9]{0,9}")),
    (Kind.DATE, re.compile(
        "[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
        "|(?:0[13578]|1[02])-31)"
        "|(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)-02-29"
    )),
)  # fmt: skip
FORMS: Final[Mapping[Kind, str]] = {kind: form.pattern for kind, form in _OWN}
#: Datatypes whose literals the engine may spell otherwise than they were written.
RESPELT: Final = tuple(
    XSD + name
    for name in (
        "boolean", "byte", "date", "dateTime", "dateTimeStamp", "dayTimeDuration", "decimal", "double", "duration",
        "float", "gDay", "gMonth", "gMonthDay", "gYear", "gYearMonth", "int", "integer", "long", "negativeInteger",
        "nonNegativeInteger", "nonPositiveInteger", "positiveInteger", "short", "time", "unsignedByte", "unsignedInt",
        "unsignedLong", "unsignedShort", "yearMonthDuration",
    )
)  # fmt: skip
_EPOCH: Final = datetime.date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Term:
    """A term as a dictionary has it, or would have it."""

    kind: Kind
    value: str
    """The IRI, the label of a blank node, or a literal's lexical form."""
    tail: str = ""
    """What stands behind a literal's quotation marks; empty for a plain text."""

    @property
    def number(self) -> int | None:
        """Of a term that is its number; None for the others."""
        match self.kind:
            case Kind.BOOLEAN:
                return self.kind.zero + (self.value == "true")
            case Kind.INTEGER:
                return self.kind.zero + int(self.value)
            case Kind.DECIMAL:
                whole, _, part = self.value.lstrip("-").partition(".")
                scaled = int(whole) * SCALE + int(part.ljust(6, "0"))
                return self.kind.zero + (-scaled if self.value.startswith("-") else scaled)
            case Kind.DATE:
                return self.kind.zero + datetime.date.fromisoformat(self.value).toordinal() - _EPOCH
        return None


def term_of(cell: Cell) -> Term:
    """The term of a cell, which is spelt as the engine spells it."""
    if cell.kind in ("iri", "blank"):
        return Term(Kind.IRI if cell.kind == "iri" else Kind.BLANK, cell.value)
    if cell.language:
        return Term(Kind.LANG, cell.value, f"@{cell.language}")
    if cell.datatype in (None, f"{XSD}string"):
        return Term(Kind.STRING, cell.value)
    own = (kind for kind, form in _OWN if cell.datatype == DATATYPES[kind] and form.fullmatch(cell.value))
    return Term(next(own, Kind.OTHER), cell.value, f"^^<{cell.datatype}>")
