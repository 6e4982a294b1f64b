"""Picture of the timeline: clusters down, years across, in each cell the head, as one drawing without a style sheet."""

from typing import Final

from thidua.questions.certainty import in_words
from thidua.views.timeline import Edition, Timeline
from thidua_server.html import picture
from thidua_server.html.language import current, pick

_NAMES, _CELL, _HEAD, _LINE = 250, 104, 34, 17
#: The least height of a row, in lines.
_LEAST: Final = 2
_FILLS: Final = {"certain": "#fff", "possible": "url(#possible)", "disputed": "#fbe3d4"}


def draw(table: Timeline, foot: str) -> str:
    """The heads of each cluster by year, as SVG."""
    width, y, made = _NAMES + _CELL * len(table.years), _HEAD, [_patterns()]
    for at, year in enumerate(table.years):
        made.append(picture.text(_NAMES + _CELL * (at + 0.5), 22, str(year), 15, bold=True, middle=True))
    for row in table.rows:
        name = picture.lines(row.short_name(current()), _NAMES - 16, 15, 4)
        cells = [_words(row.editions.get(year)) for year in table.years]
        height = _LINE * max(_LEAST, len(name), *map(len, cells)) + 18
        made += [picture.text(0, y + 22 + 19 * at, line, 15, bold=True) for at, line in enumerate(name)]
        for at, (year, words) in enumerate(zip(table.years, cells, strict=True)):
            x = _NAMES + _CELL * at
            if fill := _FILLS.get(row.state(year)):
                made.append(f'<rect x="{x}" y="{y}" width="{_CELL}" height="{height}" fill="{fill}"/>')
            known = row.state(year) in _FILLS
            ink = picture.INK if known else picture.SOFT
            top = y + height / 2 - _LINE * len(words) / 2 + 12.5
            made += [
                picture.text(x + _CELL / 2, top + _LINE * number, line, 13, ink, middle=True)
                for number, line in enumerate(words)
            ]
        y += height
        made.append(f'<path d="M0 {y}H{width}" stroke="{picture.LINE}"/>')
    made.append(f'<path d="M0 {_HEAD}H{width}" stroke="{picture.LINE}"/>')
    made += [
        f'<path d="M{_NAMES + _CELL * at} {_HEAD}V{y}" stroke="{picture.LINE}"/>' for at in range(len(table.years) + 1)
    ]
    return _under(table, made, width, y, foot)


def _under(table: Timeline, made: list[str], width: int, y: int, foot: str) -> str:
    notes = pick(
        "? có hoạt động, chưa rõ ai  ·  – không nguồn nào nói đến  ·  sọc: có thể, không nguồn đọc toàn văn nào nêu "
        "thẳng  ·  ≠ các nguồn nói khác nhau",
        "? active, head not known  ·  – no source speaks of it  ·  striped: possible, no source read first-hand states "
        "it  ·  ≠ sources differ",
    )
    width = max(width, 760)
    for line in picture.lines(notes, width, 13, 6):
        y += 20
        made.append(picture.text(0, y + 6, line, 13, picture.SOFT))
    title = pick("Cụm trưởng các cụm thi đua", "Heads of the emulation clusters")
    years = f", {table.years.start}–{table.years[-1]}" if table.years else ""
    below = pick("Đơn vị nào là cụm trưởng năm nào, theo các nguồn", "Which unit led in which year, by the sources")
    return picture.framed(width, y + 20, f"{title}{years}", below, "".join(made), foot)


def _words(edition: Edition | None) -> list[str]:
    """What a cell says, in lines."""
    if edition is None:
        return ["–"]
    heads = edition.standing_heads
    if not heads:
        return ["?"]
    parted = " ≠" if edition.disputed else ";"
    said: list[str] = []
    for at, head in enumerate(heads):
        said += picture.lines(head.label + (parted if at + 1 < len(heads) else ""), _CELL - 4, 13)
    if not any(head.certain for head in heads):
        said.append(f"({in_words('certainty', 'possible', current())})")
    if edition.readings:
        said += picture.lines(f"{pick('hoặc', 'or')} {', '.join(map(str, edition.readings))}", _CELL - 4, 13)
    return said


def _patterns() -> str:
    return (
        '<defs><pattern id="possible" width="10" height="10" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="10" height="10" fill="#fff"/><rect width="5" height="10" '
        f'fill="{picture.SHADE}"/></pattern></defs>'
    )
