"""Units of figures: a value as printed, in the unit in which its indicator counts."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from thidua.base.text import fold

#: What is printed, folded, to the unit that it is, and how many of it.
_PRINTED: Final[Mapping[str, tuple[str, Decimal]]] = {
    "": ("", Decimal(1)),
    "phan tram": ("percent", Decimal(1)),
    "percent": ("percent", Decimal(1)),
    "diem phan tram": ("percentage-point", Decimal(1)),
    "percentage point": ("percentage-point", Decimal(1)),
    "dong": ("vnd", Decimal(1)),
    "vnd": ("vnd", Decimal(1)),
    "trieu dong": ("vnd", Decimal(10) ** 6),
    "trieu": ("vnd", Decimal(10) ** 6),
    "million vnd": ("vnd", Decimal(10) ** 6),
    "trieu dong nguoi": ("income", Decimal(1)),
    "trieu dong nguoi nam": ("income", Decimal(1)),
    "million vnd per person year": ("income", Decimal(1)),
    "ty dong": ("vnd", Decimal(10) ** 9),
    "ty": ("vnd", Decimal(10) ** 9),
    "ti dong": ("vnd", Decimal(10) ** 9),
    "billion vnd": ("vnd", Decimal(10) ** 9),
    "nghin ty dong": ("vnd", Decimal(10) ** 12),
    "nghin ty": ("vnd", Decimal(10) ** 12),
    "ngan ty dong": ("vnd", Decimal(10) ** 12),
    "trieu ty dong": ("vnd", Decimal(10) ** 15),
    "xa": ("commune", Decimal(1)),
    "commune": ("commune", Decimal(1)),
    "huyen": ("district", Decimal(1)),
    "don vi cap huyen": ("district", Decimal(1)),
    "district": ("district", Decimal(1)),
    "hang": ("rank", Decimal(1)),
    "thu": ("rank", Decimal(1)),
    "rank": ("rank", Decimal(1)),
}
#: The units of the code list, likewise; income is told as so many million dong, for each person and year.
_LISTED: Final[Mapping[str, tuple[str, Decimal]]] = {
    "c:unit-percent": ("percent", Decimal(1)),
    "c:unit-percentage-point": ("percentage-point", Decimal(1)),
    "c:unit-million-vnd": ("vnd", Decimal(10) ** 6),
    "c:unit-million-vnd-per-person-year": ("income", Decimal(1)),
    "c:unit-billion-vnd": ("vnd", Decimal(10) ** 9),
    "c:unit-commune": ("commune", Decimal(1)),
    "c:unit-district": ("district", Decimal(1)),
    "c:unit-rank": ("rank", Decimal(1)),
}


#: Numbers in groups of three, as Vietnamese writes thousands.
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")
#: Numbers with a comma before their fraction, and dots between groups.
_NATIVE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]+,[0-9]+")


def number_of(value: Any) -> Decimal | None:
    """A number, or one as Vietnamese prints it: ``8.100``, ``6,3``, ``1.234,5``; None for what is none."""
    text = "".join(str(value).split())
    if not isinstance(value, int | float | Decimal) and (_GROUPED.fullmatch(text) or _NATIVE.fullmatch(text)):
        text = text.replace(".", "").replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def in_unit(value: Any, printed: Any, listed: str) -> Decimal | None:
    """A value in a unit of the code list; None where the two units are of different things.

    :param printed: as the text has it, or the local id of a unit; where there is none, it is that of the code list.
    """
    if (number := number_of(value)) is None:
        return None
    key = "phan tram" if str(printed or "").strip() == "%" else fold(str(printed or "").replace("%", " phần trăm "))
    kind, factor = _PRINTED.get(key, ("?", Decimal(1)))
    wanted, unit = _LISTED.get(listed, ("", Decimal(1)))
    if not kind or key == fold(listed.removeprefix("c:unit-")):
        return number
    if kind == "vnd" and wanted == "income":
        return number * factor / Decimal(10) ** 6
    if kind == "percent" and wanted == "percentage-point":
        return number
    return number * factor / unit if kind == wanted else None
