"""Parsing of numbers and HTTP dates in addresses and headers, within what can be one."""

import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from werkzeug.routing import IntegerConverter

#: Headers that hold a date, and with what each is passed over if it holds none (RFC 9110, section 13.1).
_CONDITIONS: Final = {
    "HTTP_IF_MODIFIED_SINCE": (),
    "HTTP_IF_UNMODIFIED_SINCE": (),
    "HTTP_IF_RANGE": ("HTTP_RANGE",),
}


class Number(IntegerConverter):
    """A number in an address: nine digits are the most that any of ours has, and Python parses no thousands of them."""

    regex = "[0-9]{1,9}"


def read_date(text: str) -> datetime.datetime | None:
    """A date as HTTP writes it; None for a text that is none, or one beyond the calendar."""
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=datetime.UTC)


def pass_over_impossible_dates(environ: dict[str, Any]) -> None:
    """Take conditions out of a request whose date is none, as HTTP demands: Flask fails on some."""
    for name, others in _CONDITIONS.items():
        given = environ.get(name, "")
        if given and '"' not in given and read_date(given) is None:
            for each in (name, *others):
                environ.pop(each, None)
