"""Indicators and periods of figures, by the words that articles print, where a fact does not name them by id."""

import datetime
import re
from collections.abc import Sequence
from typing import Any, Final

from thidua.base.text import fold

#: Words that a figure's name has, all of a row, to its indicator; the first row that fits counts.
_WORDS: Final[Sequence[tuple[tuple[str, ...], str]]] = (
    (("nong thon moi nang cao",), "communes-ntm-advanced"),
    (("nong thon moi kieu mau",), "communes-ntm-model"),
    (("huyen", "nong thon moi"), "districts-ntm"),
    (("xa", "nong thon moi"), "communes-ntm"),
    (("thu nhap binh quan dau nguoi",), "income-per-capita"),
    (("thu ngan sach",), "budget-revenue"),
    (("tang", "grdp"), "grdp-growth"),
    (("tang", "tong san pham"), "grdp-growth"),
    (("tang truong kinh te",), "grdp-growth"),
    (("toc do tang truong",), "grdp-growth"),
)
#: What is no figure of the indicator, though its words are there: a share of a plan, a rise, a place.
_NOT: Final = ("ke hoach", "du toan", "so voi", "phan dau", "muc tieu", "thu hang", "xep hang", "ty trong")
_ISO: Final = re.compile(r"((?:19|20)[0-9]{2})(?:-H[12]|-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
_HALF: Final = re.compile(r"(?:6|sau) thang (dau|cuoi) nam ((?:19|20)[0-9]{2})")
_END: Final = re.compile(r"(?:het|cuoi|den het|tinh den het|den cuoi) (?:nam )?((?:19|20)[0-9]{2})")
_MONTH: Final = re.compile(r"(?:tinh )?(?:het |den het |den |cuoi )?thang ([0-9]{1,2}) (?:nam )?((?:19|20)[0-9]{2})")
_DAY: Final = re.compile(
    r"(?:tinh )?(?:den )?(?:ngay )?([0-9]{1,2}) (?:thang )?([0-9]{1,2}) (?:nam )?((?:19|20)[0-9]{2})"
)
_YEAR: Final = re.compile(r"(?:trong )?(?:nam )?((?:19|20)[0-9]{2})")


def indicator_of(printed: str) -> str:
    """The indicator that a printed name means, such as ``budget-revenue``; empty where none does."""
    words = f" {fold(printed)} "
    if any(f" {word} " in words for word in _NOT):
        return ""
    fitting = (name for row, name in _WORDS if all(f" {word} " in words for word in row))
    return next(fitting, "")


def period_of(told: Any) -> str:
    """The key of a period, such as ``2024-H1``, told as a key or in words; empty for what is no period of ours.

    What is reached by the end of a year is a figure of that year's last day.
    """
    text = str(told or "").strip()
    if _ISO.fullmatch(text):
        return text
    words = fold(text)
    if found := _HALF.fullmatch(words):
        return f"{found[2]}-H{1 if found[1] == 'dau' else 2}"
    if found := _END.fullmatch(words):
        return f"{found[1]}-12-31"
    if (found := _DAY.fullmatch(words)) and (day := _day(found[3], found[2], found[1])):
        return day
    if (found := _MONTH.fullmatch(words)) and 1 <= int(found[1]) <= 12:
        return f"{found[2]}-{int(found[1]):02}"
    return found[1] if (found := _YEAR.fullmatch(words)) else ""


def _day(year: str, month: str, day: str) -> str:
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
