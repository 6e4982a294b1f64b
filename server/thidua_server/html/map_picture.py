"""Picture of the map: the units of a time by cluster, with the legend, as one drawing that needs no style sheet."""

from typing import Any, Final
from xml.sax.saxutils import quoteattr

from thidua.base.terms import instance
from thidua.views import outlines
from thidua_server.html import map_view, picture
from thidua_server.html.language import pick

#: The colours of static/map.css, by class.
COLOURS: Final = {
    "k1": "#77aadd", "k2": "#ee8866", "k3": "#eedd88", "k4": "#ffaabb", "k5": "#44bb99", "k6": "#bbcc33",
    "k7": "#99ddff", "k8": "#c9a0e0", "k9": "#c0a080", "k10": "#d5d5d5", "k11": "#aaaa00", "k12": "#8fd0c0",
}  # fmt: skip
_EDGE, _STRIPE, _UNKNOWN = "#5d574d", "#b9b1a2", "#f1ede4"
_MAP_WIDTH, _HEIGHT, _LEGEND = 820, 881, 400
_HATCHES: Final = {"unknown": "hatch", "conflict": "cross"}
_SIGNS: Final = {"★": True, "☆": False}
_SEA: Final = (("Hoàng Sa", 575, 362), ("Trường Sa", 640, 602))


def draw(shown: dict[str, Any], foot: str) -> str:
    """The map that the page shows, as SVG.

    :param shown: what :func:`map_view.shown` made.
    """
    title = f"{pick('Các cụm thi đua', 'Emulation clusters')}: {shown['title']}"
    drawn = f'{_patterns()}<g transform="translate(4 4)">{_land(shown["units"])}</g>{_legend(shown)}'
    return picture.framed(_MAP_WIDTH + _LEGEND, _HEIGHT, title, f"{shown['says']}.", drawn, foot)


def _patterns() -> str:
    made = ""
    for name, d in (("hatch", "M0 0V6"), ("cross", "M0 0V6M0 0H6")):
        made += (
            f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><path d="{d}" stroke="{_STRIPE}" stroke-width="1.6" fill="none"/></pattern>'
        )
    return f"<defs>{made}</defs>"


def _land(units: list[dict[str, Any]]) -> str:
    paths = map_view.places()
    shapes, signs = [], []
    for unit in units:
        if not unit["parts"]:
            continue
        # Each is a path of its own: it begins where it says, and not where the one before it ends.
        ds = [" ".join(each.split()) for part in unit["parts"] for each in paths[instance("province", part)]]
        fill = COLOURS.get(unit["kind"], _UNKNOWN)
        outline = f'<use href="#u-{unit["id"]}"'
        drawn = "".join(f"<path d={quoteattr(d)}/>" for d in ds)
        shapes.append(f'<defs><g id="u-{unit["id"]}">{drawn}</g></defs>')
        # Where a unit is drawn as several, the fill's own edge covers what parts them.
        shapes.append(f'{outline} fill="none" stroke="{_EDGE}" stroke-width="2.2" stroke-linejoin="round"/>')
        shapes.append(f'{outline} fill="{fill}" stroke="{fill}" stroke-width="1" stroke-linejoin="round"/>')
        if hatch := _HATCHES.get(unit["kind"]):
            shapes.append(f'{outline} fill="url(#{hatch})"/>')
        if unit["text"]:
            signs.append(_sign(unit["text"], unit["x"], unit["y"]))
    sea = "".join(picture.text(x, y, name, 13, picture.SOFT, middle=True) for name, x, y in _SEA)
    return f"{''.join(shapes)}{''.join(signs)}{sea}"


def _sign(written: str, x: float, y: float) -> str:
    """A number, behind a star where the unit led."""
    stars = [full for sign, full in _SIGNS.items() if sign in written]
    number = written.strip("★☆")
    left = x - (10 * len(stars) if number else 10 * (len(stars) - 1)) / 2
    drawn = "".join(picture.star(left + 10 * at, y - 0.5, 5, full=full) for at, full in enumerate(stars))
    return drawn + (picture.text(left + 10 * len(stars), y + 3.2, number, 9, bold=True, middle=True) if number else "")


def _legend(shown: dict[str, Any]) -> str:
    x, y, made = _MAP_WIDTH + 12, 22.0, []
    made.append(picture.text(x + 44, y - 6, pick("Cụm", "Cluster"), 13, picture.SOFT))
    for row in shown["legend"]:
        fill = COLOURS.get(row["kind"], _UNKNOWN)
        made.append(f'<rect x="{x}" y="{y}" width="32" height="24" fill="{fill}" stroke="{_EDGE}"/>')
        if hatch := _HATCHES.get(row["kind"]):
            made.append(f'<rect x="{x}" y="{y}" width="32" height="24" fill="url(#{hatch})"/>')
        made.append(picture.text(x + 16, y + 17, row["number"], 14, bold=True, middle=True))
        name = f"{row['name']} ({row['count']})" if row["count"] else row["name"]
        for line in picture.lines(name, _LEGEND - 60, 15):
            made.append(picture.text(x + 44, y + 17, line, 15))
            y += 20
        for head in row["heads"]:
            words = head["text"].lstrip("★☆ ") + (f" ({head['note']})" if head["note"] else "")
            made.append(picture.star(x + 50, y + 12, 6))
            for line in picture.lines(words, _LEGEND - 76, 14):
                made.append(picture.text(x + 62, y + 17, line, 14, picture.SOFT))
                y += 19
        y += 16
    y += 4
    for full, words in (
        (True, pick(f"cụm trưởng năm {shown['day'][:4]}", f"head of its cluster in {shown['day'][:4]}")),
        (False, pick("cụm phó", "deputy head")),
    ):
        made.append(picture.star(x + 16, y + 4, 7, full=full))
        made.append(picture.text(x + 44, y + 9, words, 13, picture.SOFT))
        y += 24
    notes = pick(
        f"Đường biên sơ đồ: {outlines.CREDIT}. Hoàng Sa vẽ cùng Đà Nẵng, Trường Sa cùng Khánh Hòa.",
        f"Schematic borders: {outlines.CREDIT}. Hoàng Sa is drawn with Đà Nẵng, Trường Sa with Khánh Hòa.",
    )
    y = max(y + 16, _HEIGHT - 60)
    for line in picture.lines(notes, _LEGEND - 20, 12, 5):
        made.append(picture.text(x, y, line, 12, picture.SOFT))
        y += 17
    return "".join(made)
