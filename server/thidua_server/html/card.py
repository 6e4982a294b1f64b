"""Link preview cards: a title, a line below it and a drawing, as SVG of 1200 by 630, the size that previews have."""

import textwrap
from typing import Final
from xml.sax.saxutils import escape

from thidua_server.html.picture import ACCENT, FACE, INK, PAPER, SOFT

#: Characters of a line of the title by its size, and the lines that there is room for.
_SIZES: Final = ((76, 20, 3), (60, 25, 4), (48, 31, 5))
_LINE: Final = "#e2ddd2"


def draw(title: str, below: str, foot: str) -> str:
    """The card; a title that is too long for it ends in dots."""
    size, width, most = next((each for each in _SIZES if len(textwrap.wrap(title, each[1])) <= each[2]), _SIZES[-1])
    lines = textwrap.wrap(title, width, max_lines=most, placeholder=" …")
    top = 180 + size // 2
    drawn = "".join(
        f'<text x="80" y="{top + number * round(size * 1.22)}" font-size="{size}" font-weight="700" fill="{INK}">'
        f"{escape(line)}</text>"
        for number, line in enumerate(lines)
    )
    under = top + len(lines) * round(size * 1.22)
    room = 2 if under < 490 else 1
    more = "".join(
        f'<text x="80" y="{under + number * 42}" font-size="32" fill="{SOFT}">{escape(line)}</text>'
        for number, line in enumerate(textwrap.wrap(below, 62, max_lines=room, placeholder=" …"))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630" viewBox="0 0 1200 630" role="img" '
        f'font-family="{FACE}"><title>{escape(title)}</title><rect width="1200" height="630" fill="{PAPER}"/>'
        f'<rect width="1200" height="14" fill="{ACCENT}"/>{_mark()}'
        f'<text x="150" y="112" font-size="40" font-weight="700" fill="{ACCENT}">Thi đua</text>'
        f'{drawn}{more}<path d="M80 548H1120" stroke="{_LINE}" stroke-width="2"/>'
        f'<text x="80" y="592" font-size="26" fill="{SOFT}">{escape(foot)}</text></svg>'
    )


def _mark() -> str:
    """The icon: three units of a cluster, one of them at the head."""
    return (
        f'<g transform="translate(76 64) scale(1.9)"><path d="M16 7 7 24h18z" fill="none" stroke="{ACCENT}" '
        f'stroke-width="2"/><g fill="{ACCENT}"><circle cx="16" cy="7" r="4.5"/><circle cx="7" cy="24" r="4.5"/>'
        '<circle cx="25" cy="24" r="4.5"/></g></g>'
    )
