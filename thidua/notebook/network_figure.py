"""Network figure: a cluster, the units that led it, apart those that were deputies, and who acted for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thidua.base.errors import ParameterError
from thidua.base.text import sort_key
from thidua.notebook.figures import INK, SOFT, Picture, Words, colour_of, names_of, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from thidua.notebook import Graph

_WORDS: Final = {
    "title": (
        "{cluster}: cụm trưởng, cụm phó và người đại diện, {years}",
        "{cluster}: heads, deputies and who acted for them, {years}",
    ),
    "says": ("Theo các nguồn trong phiên bản {version}.", "By the sources in version {version}."),
    "head": ("★ đơn vị làm cụm trưởng, năm", "★ unit that was head, and when"),
    "deputy": ("☆ đơn vị chỉ làm cụm phó, năm", "☆ unit that was only deputy, and when"),
    "person": ("người đại diện", "who acted for it"),
    "thick": ("nét càng đậm, càng nhiều năm", "the thicker, the more years"),
}
_PERSON: Final = "#F3EBD2"
_LINE: Final = "#AAAAAA"


def draw(graph: Graph, cluster: str, lang: str) -> Picture:
    """One cluster's network."""
    words = Words(_WORDS, lang)
    led = graph.ask("who-led", cluster=cluster)
    led = led[led["rank"] != "deprecated"]
    if led.empty:
        raise ParameterError("cluster", f"No source says who led {cluster!r}; kg.coverage({cluster!r}) tells why.")
    names = names_of(graph, led, "cluster", lang)
    colour = colour_of(next(iter(names)))
    figure = Picture(figsize=(9.5, 9), layout="constrained")
    axes = figure.subplots()
    spots = [(0.0, 0.0)]
    units = sorted(led.groupby("provinceLabel"), key=lambda unit: (int(unit[1]["year"].min()), sort_key(str(unit[0]))))
    for number, (name, rows) in enumerate(units):
        angle = math.tau * number / len(units)
        spot = _polar(angle, 1.0)
        spots.append(spot)
        leads = (rows["role"] == "head").any()
        _link(axes, (0, 0), spot, rows["year"].nunique(), dashed=not leads)
        actors = [who for who in rows.groupby("officialLabel") if not who[1].empty]
        for place, (actor, acted) in enumerate(actors):
            turned = angle + (place - (len(actors) - 1) / 2) * min(0.34, 2.2 / len(units))
            outside = _polar(turned, 1.78)
            spots.append(outside)
            _link(axes, spot, outside, acted["year"].nunique())
            _node(axes, outside, wrapped(str(actor), 12), _PERSON, 9)
        _node(axes, spot, "\n".join([str(name), *_years(rows)]), colour, 9, outlined=not leads)
    _node(axes, (0, 0), wrapped(", ".join(names.values()), 14), "#333333", 11, ink="white")
    (west, east), (south, north) = ((min(each) - 0.4, max(each) + 0.4) for each in zip(*spots, strict=True))
    axes.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[])
    figure.set_size_inches(max(2.4 * (east - west), 7.5), 2.4 * (north - south) + 1.5)
    axes.set_aspect("equal")
    axes.set_axis_off()
    first, last = int(led["year"].min()), int(led["year"].max())
    title = words("title", cluster=", ".join(names.values()), years=f"{first}–{last}" if first < last else first)
    figure.suptitle(wrapped(title, 75), x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    axes.set_title(words("says", version=graph.version), loc="left", fontsize=9, color=SOFT)
    shown = [
        Patch(facecolor=colour, label=words("head")),
        Patch(facecolor="white", edgecolor=colour, linewidth=2, linestyle="--", label=words("deputy")),
        Patch(facecolor=_PERSON, label=words("person")),
        Line2D([], [], color=_LINE, linewidth=3, label=words("thick")),
    ]
    figure.legend(handles=shown, loc="outside lower left", ncols=2, frameon=False, fontsize=9)
    return figure


def _years(rows: pd.DataFrame) -> list[str]:
    """The years in each role, on a line of its own."""
    lines = []
    for role, sign in (("head", "★"), ("deputy", "☆")):
        if years := sorted({int(year) for year in rows.loc[rows["role"] == role, "year"]}):
            lines.append(f"{sign} {', '.join(map(str, years))}")
    return lines


def _polar(angle: float, radius: float) -> tuple[float, float]:
    """A place on a circle, clockwise from the top."""
    return radius * math.sin(angle), radius * math.cos(angle)


def _link(axes: Axes, one: tuple[float, float], other: tuple[float, float], years: int, dashed: bool = False) -> None:
    style = "--" if dashed else "-"
    axes.plot(*zip(one, other, strict=True), color=_LINE, linewidth=0.5 + 1.2 * years, linestyle=style, zorder=1)


def _node(
    axes: Axes, spot: tuple[float, float], text: str, colour: str, size: int, *, ink: str = INK, outlined: bool = False
) -> None:
    box = {"boxstyle": "round,pad=0.45", "facecolor": "white" if outlined else colour, "linewidth": 2 * outlined}
    if outlined:
        box |= {"edgecolor": colour, "linestyle": "--"}
    axes.text(*spot, text, ha="center", va="center", fontsize=size, color=ink, bbox=box, zorder=2)
