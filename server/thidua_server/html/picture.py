"""Pictures to save and to pass on: a drawing as an SVG file that stands alone, and the same drawing as PNG.

PNG is drawn by resvg (the extra `pictures`) with the font that is kept here, so that it is the same on every machine,
whatever fonts that has. Only drawings of this project are ever drawn: the words in them are escaped, and nothing in
them refers to another file.
"""

import math
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from flask import Response, request

from thidua.base.errors import LimitError, NotFoundError
from thidua.versions.store import Version
from thidua_server.html import language, vendored

SVG: Final = "image/svg+xml"
PNG: Final = "image/png"
#: Files by the end of their address.
MEDIA_TYPES: Final = {"svg": SVG, "png": PNG}

INK, SOFT, ACCENT, PAPER, LINE, SHADE = "#23211d", "#67625a", "#9a4312", "#fdfcf9", "#d5cfc2", "#f1ede4"
#: The font that is kept here, and what a browser takes where it has none of that name.
FACE: Final = "Be Vietnam Pro, system-ui, Noto Sans, DejaVu Sans, sans-serif"
_FAMILY: Final = "Be Vietnam Pro"
_FONTS: Final = ("be-vietnam-pro-400.ttf", "be-vietnam-pro-700.ttf")
#: Width of a letter as a part of the font's size, rather too much than too little.
_LETTER: Final = 0.58
#: Pixels of a PNG; a larger drawing is drawn at less than its double size, and one larger than this not at all.
_MOST_PIXELS: Final = 16_000_000
#: Characters of a drawing.
_LONGEST: Final = 4_000_000
#: What stands beside a drawing: on each side, above it for the title, below it for where it is from.
EDGE, _TOP, _FOOT = 40, 112, 64
_STAR: Final = "M0-1 .2245-.309 .9511-.309 .3633.118 .5878.809 0 .382-.5878.809-.3633.118-.9511-.309-.2245-.309z"


def can_png() -> bool:
    """Whether what draws PNG is installed."""
    return find_spec("resvg_py") is not None


def png(svg: str, scale: float = 1) -> bytes:
    """A drawing of this project as PNG.

    :param svg: complete, with its width and height.
    :param scale: pixels to a unit of the drawing, fewer where that were too many.
    :raises NotFoundError: what draws PNG is not installed.
    :raises LimitError: the drawing is too large.
    """
    try:
        import resvg_py
    except ModuleNotFoundError as exc:
        raise NotFoundError(
            "PNG is drawn by resvg_py, which is not installed here; ask for the same address with .svg, "
            "or, in a clone of the repository, run pip install '.[pictures]'."
        ) from exc
    width, height = _size(svg)
    if len(svg) > _LONGEST or width * height > _MOST_PIXELS:
        raise LimitError(
            "This picture is too large for PNG; ask for less, or for the same address with .svg.", "picture"
        )
    # The width decides alone, and the height follows from it.
    drawn: bytes = resvg_py.svg_to_bytes(
        svg_string=svg,
        width=round(width * min(scale, math.sqrt(_MOST_PIXELS / (width * height)))),
        skip_system_fonts=True,
        font_files=list(_fonts()),
        font_family=_FAMILY,
        sans_serif_family=_FAMILY,
    )
    return bytes(drawn)


def answer(svg: str, suffix: str, scale: float = 1) -> Response:
    """A drawing as the file that the end of its address asks for."""
    response = Response(png(svg, scale) if suffix == "png" else svg, mimetype=MEDIA_TYPES[suffix])
    response.vary.add("Accept-Language")
    return response


def framed(width: int, height: int, title: str, below: str, drawn: str, foot: str) -> str:
    """A drawing under its title, with where it is from below it.

    :param width: of the drawing itself, and `height` likewise; it begins at 0, 0.
    :param below: the line under the title.
    """
    whole, high = width + 2 * EDGE, height + _TOP + _FOOT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{high}" viewBox="0 0 {whole} {high}" '
        f'role="img" font-family="{FACE}"><title>{escape(title)}</title>'
        f'<rect width="{whole}" height="{high}" fill="{PAPER}"/>'
        f"{text(EDGE, 54, title, 28, bold=True)}{text(EDGE, 86, below, 16, SOFT)}"
        f'<g transform="translate({EDGE} {_TOP})">{drawn}</g>'
        f"{text(EDGE, high - 24, foot, 13, SOFT)}</svg>\n"
    )


def text(
    x: float, y: float, words: str, size: float = 14, fill: str = INK, *, bold: bool = False, middle: bool = False
) -> str:
    """A line of words; `y` is that of the line that letters stand on."""
    more = (' font-weight="700"' if bold else "") + (' text-anchor="middle"' if middle else "")
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill={quoteattr(fill)}{more}>{escape(words)}</text>'


def star(x: float, y: float, size: float, *, full: bool = True) -> str:
    """A star, which few fonts have, round a point."""
    look = f'fill="{INK}"' if full else f'fill="none" stroke="{INK}" stroke-width=".18"'
    return f'<path transform="translate({x:g} {y:g}) scale({size:g})" d="{_STAR}" {look}/>'


def lines(words: str, width: float, size: float = 14, most: int = 3) -> list[str]:
    """Words in lines that are no wider than that."""
    return textwrap.wrap(words, max(4, int(width / (size * _LETTER))), max_lines=most, placeholder=" …")


def source_line(version: Version, path: str, asked: Iterable[tuple[str, str]]) -> str:
    """Where a picture is from: the address that shows it for good."""
    address = f"{request.host_url.rstrip('/')}{path}?{urlencode([*asked, ('version', str(version.number))])}"
    return f"Thi đua · {language.pick('phiên bản', 'version')} {version.number} · {address} · CC BY 4.0"


def _size(svg: str) -> tuple[int, int]:
    head = svg[: svg.index(">")]
    width, height = (head.partition(f' {name}="')[2].partition('"')[0] for name in ("width", "height"))
    return int(width), int(height)


@cache
def _fonts() -> tuple[str, ...]:
    return tuple(_there())


def _there() -> Iterator[str]:
    for name in _FONTS:
        if (path := vendored.FOLDER / name).is_file():
            yield str(path)
