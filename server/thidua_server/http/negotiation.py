"""Content negotiation (RFC 9110, section 12.5): which of the formats and languages on offer a client wants."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from flask import request
from werkzeug.http import parse_list_header, parse_options_header

from thidua.base.errors import NotAcceptableError
from thidua.base.translation import LANGUAGES

HTML: Final = "text/html"
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

_WEIGHT = re.compile(r"0(\.\d*)?|\.\d+|1(\.0*)?")
_NEVER: Final = ("q=0", "q=0.", "q=0.0", "q=0.00", "q=0.000")
#: Characters of an Accept-Encoding that is read; browsers send thirty.
_ENCODINGS: Final = 1000


def choose(offers: Sequence[str], accept: str | None = None) -> str:
    """The offer that an ``Accept`` header likes best.

    A tie goes to the offer that the client names more exactly, then to the one offered first. No header, or an
    empty one, accepts everything.

    :param accept: by default the current request's header.
    :raises NotAcceptableError: listing the offers.
    """
    accept = request.environ.get("HTTP_ACCEPT", "") if accept is None else accept
    best = _best(tuple(offers), accept)
    if best is None:
        raise NotAcceptableError("This answer does not come in the format that you accept.", offers)
    return best


@lru_cache(256)
def _best(offers: tuple[str, ...], accept: str) -> str | None:
    """Clients send few different headers, so what one means is worked out once."""
    ranges = list(_ranges(accept))
    if not accept.strip():
        return offers[0]
    liking = {offer: _liking(offer, ranges) for offer in offers}
    best = max(offers, key=lambda offer: liking[offer])
    return best if liking[best][0] else None


def named(wanted: Sequence[str], names: Mapping[str, str]) -> str:
    """The media type that the first name known here stands for, whatever the ``Accept`` header says.

    :param names: short name to media type; a media type names itself too.
    :raises NotAcceptableError: listing the media types.
    """
    offers = tuple(dict.fromkeys(names.values()))
    for name in wanted:
        name = name.strip().lower().replace(" ", "+")  # an unescaped plus sign arrives as a space
        if name in names or name in offers:
            return names.get(name, name)
    raise NotAcceptableError(f"This answer does not come as {' or '.join(wanted)}.", offers)


def wants_html(*instead_of: str) -> bool:
    """Whether the client would rather read a page than any of these (by default, a problem body)."""
    try:
        return choose((*(instead_of or (PROBLEM, "application/json")), HTML)) == HTML
    except NotAcceptableError:
        return False


def language(without: str = "vi") -> str:
    """``?lang=``, else what the client asks for, else the one given."""
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or without


@lru_cache(256)
def encodings(accept: str) -> str:
    """The codings of an ``Accept-Encoding`` header that may be used at all; none for a header that is too long.

    Flask-Compress takes a weight of zero for the least of all, but it means never (RFC 9110, section 12.4.2).
    """
    if len(accept) > _ENCODINGS:
        return ""
    return ",".join(part for part in accept.split(",") if part.partition(";")[2].strip().lower() not in _NEVER)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Media ranges and their weights; what does not parse is passed over."""
    for item in parse_list_header(accept):
        media_range, options = parse_options_header(item)
        weight = options.get("q", "1").strip()
        if _WEIGHT.fullmatch(weight):
            yield "*/*" if media_range == "*" else media_range.lower(), float(weight)


def _liking(offer: str, ranges: Sequence[tuple[str, float]]) -> tuple[float, int]:
    """Weight and exactness of the most exact range that covers the offer."""
    levels = {"*/*": 1, offer.split("/")[0] + "/*": 2, offer: 3}
    covering = [(levels[media_range], weight) for media_range, weight in ranges if media_range in levels]
    exactness, weight = max(covering, default=(0, 0.0))
    return weight, exactness
