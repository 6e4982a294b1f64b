"""Map figure: which cluster each unit belonged to, on the borders of a day, with who led; the archipelagos named."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from shapely.geometry.base import BaseGeometry

from thidua.base.errors import ParameterError
from thidua.base.files import ProjectFiles
from thidua.base.terms import instance
from thidua.notebook.figures import INK, SOFT, UNKNOWN, Picture, Words, colour_of, distinct, names_of, wrapped
from thidua.views.outlines import CREDIT, outlines
from thidua.views.province_map import FIRST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

    from thidua.notebook import Graph

_WORDS: Final = {
    "title": ("Các cụm thi đua năm {year}", "Emulation clusters in {year}"),
    "title-on": (
        "Các cụm thi đua năm {year}, trên ranh giới ngày {day}",
        "Emulation clusters in {year}, on the borders of {day}",
    ),
    "title-day": ("Các cụm thi đua ngày {day}", "Emulation clusters on {day}"),
    "says": (
        "{known}/{all} đơn vị có nguồn nói thuộc cụm nào. Ranh giới ngày {day}. Phiên bản {version} của thidua.",
        "Sources tell the cluster of {known} of {all} units. Borders of {day}. Version {version} of the thidua graph.",
    ),
    "says-parts": (
        "{known}/{all} đơn vị trước sáp nhập có nguồn nói thuộc cụm nào. Phiên bản {version} của thidua.",
        "Sources tell the cluster of {known} of the {all} former units. Version {version} of the thidua graph.",
    ),
    "row": ("{name} ({count} đơn vị)", "{name} ({count} units)"),
    "leads": ("màu nhạt: nguồn chỉ nói là cụm trưởng, cụm phó", "paler: sources only say that it led or was deputy"),
    "unknown": ("không nguồn nào nói thuộc cụm nào", "no source gives its cluster"),
    "several": ("các nguồn nói thuộc hai cụm", "sources put it in two clusters"),
    "signs": ("★ cụm trưởng   ☆ cụm phó năm {year}", "★ head   ☆ deputy in {year}"),
    "parts": (
        "Đường đậm: ranh giới ngày {day}; màu: đơn vị mà nguồn nói đến.",
        "Dark lines: borders of {day}; colours: the units that sources speak of.",
    ),
    "missing": ("Bản vẽ không có đường biên của {names}.", "The drawing has no outline for {names}."),
    "hoang-sa": ("Quần đảo Hoàng Sa\n(Đà Nẵng)", "Hoàng Sa archipelago\n(Đà Nẵng)"),
    "truong-sa": ("Quần đảo Trường Sa\n(Khánh Hòa)", "Trường Sa archipelago\n(Khánh Hòa)"),
}
#: The archipelagos by the unit that they belong to: what of it lies east of this is one of them.
_ARCHIPELAGOS: Final = {"da-nang": "hoang-sa", "khanh-hoa": "truong-sa"}
_EAST: Final = 400.0
#: The area, in the drawing's units, of what is drawn without a border.
_ISLET: Final = 15.0
_FAINT: Final = 0.45
_SIGNS: Final = {"head": "★", "deputy": "☆"}
#: Points from a unit at which its label is tried.
_AWAY: Final = (7, 16, 28, 42, 60, 80, 105)
_AROUND: Final = ((1, 0), (-1, 0), (1, -0.6), (1, 0.6), (-1, -0.6), (-1, 0.6), (0.3, -1), (0.3, 1))

Shapes = dict[str, BaseGeometry]


def draw(graph: Graph, year: int, on: datetime.date | None, lang: str) -> Picture:
    """The map of a year, on the borders of a day; by default of its last."""
    words, land = Words(_WORDS, lang), _Land(graph)
    day = on or datetime.date(year, 12, 31)
    units = graph.ask("provinces-on", on=day.isoformat())
    of_the_day = on is not None and on.year == year
    when = {"on": day.isoformat()} if of_the_day else {"year": year}
    members, led = graph.ask("cluster-members", **when), graph.ask("who-led", year=year)
    led = led[led["rank"] != "deprecated"]
    names = names_of(graph, pd.concat([members, led])[["cluster", "clusterLabel"]], "cluster", lang)
    belongs, leads = land.clusters(members), land.clusters(led)
    figure = Picture(figsize=(9, 9.6))
    FigureCanvasAgg(figure)  # measures texts
    axes = figure.add_axes((0.01, 0.03, 0.98, 0.87))
    for unit, shape in land.shapes.items():
        _fill(axes, shape, sorted(belongs[unit]), sorted(leads[unit]))
    borders = {unit: land.of(unit) for unit in units["province"]}
    moved = any(len(land.parts(unit)) > 1 for unit in borders)
    for found in filter(None, borders.values()):
        solid = shapely.MultiPolygon([part for part in _parts(found) if part.area > _ISLET])
        _draw(axes, solid, facecolor="none", edgecolor="#444444" if moved else "white", linewidth=0.8)
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.invert_yaxis()
    axes.set_axis_off()
    legend = axes.legend(
        handles=_legend(names, members, led, land, belongs, leads, words, year), loc="upper right", frameon=False,
        fontsize=9, title=words("signs", year=year), title_fontsize=9, alignment="left",
    )  # fmt: skip
    placed = [legend.get_window_extent(figure.canvas.get_renderer())]  # type: ignore[attr-defined]
    for unit, key in _ARCHIPELAGOS.items():
        placed.append(_archipelago(axes, land.shapes[instance("province", unit)], words(key)))
    for unit, text in _leaders(led).items():
        if spot := land.spot(unit):
            _label(axes, spot, text, placed)
    shown_day = f"{day.day} {day:%B %Y}" if lang == "en" else f"{day.day}/{day.month}/{day.year}"
    title = words("title-day" if of_the_day else "title" if on is None else "title-on", day=shown_day, year=year)
    figure.text(0.02, 0.965, title, fontsize=14, fontweight="bold", color=INK)
    counted = list(land.shapes) if moved else list(borders)
    stated = sum(bool(belongs[unit]) for unit in counted)
    key = "says-parts" if moved else "says"
    says = words(key, known=stated, all=len(counted), day=shown_day, version=graph.version)
    figure.text(0.02, 0.94, says, fontsize=9, color=SOFT)
    notes = [words("parts", day=shown_day)] if moved else []
    if missing := [unit for unit, found in borders.items() if found is None]:
        labels = units.loc[units["province"].isin(missing), "provinceLabel"]
        notes.append(words("missing", names=", ".join(distinct(labels))))
    figure.text(0.02, 0.92, " ".join(notes), fontsize=9, color=SOFT)
    figure.text(0.99, 0.008, CREDIT, ha="right", fontsize=7, color=SOFT)
    return figure


def asked_day(year: int, on: str | None, last: int) -> datetime.date | None:
    """The day whose borders are asked for.

    :param last: the last year that there is something to show of.
    :raises ParameterError: it is no day, or year or day is beyond what the drawing and the graph know.
    """
    first = int(FIRST[:4])
    if not first <= year <= last:
        raise ParameterError("year", f"The map shows {first} to {last}, not {year}.")
    if on is None:
        return None
    try:
        day = datetime.date.fromisoformat(str(on))
    except ValueError as exc:
        raise ParameterError("on", f"`on` is a day such as 2025-07-01, not {on!r}.") from exc
    if not first <= day.year <= last:
        raise ParameterError("on", f"The map has borders of {first} to {last}, not of {on}.")
    return day


class _Land:
    """The outlines of the units before July 2025, and which of them later units are made of."""

    def __init__(self, graph: Graph) -> None:
        self.shapes: Shapes = {
            unit: shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings if len(ring) > 2])
            for unit, rings in outlines(ProjectFiles.find().borders).items()
        }
        self._older: dict[str, list[str]] = defaultdict(list)
        pairs = graph.query("SELECT DISTINCT ?unit ?old { ?old td:laterUnit ?unit }")
        for unit, old in pairs.itertuples(index=False):
            self._older[unit].append(old)

    def parts(self, unit: str) -> list[str]:
        """The units whose outlines together are a unit's."""
        return [each for each in dict.fromkeys((unit, *self._older[unit])) if each in self.shapes]

    def of(self, unit: str) -> BaseGeometry | None:
        """A unit's own outline, None where the drawing has none."""
        # Neighbours in the drawing do not quite touch: grown a little, then shrunk, they become one.
        parts = [self.shapes[part].buffer(0.6) for part in self.parts(unit)]
        return shapely.union_all(parts).buffer(-0.4) if parts else None

    def spot(self, unit: str) -> shapely.Point | None:
        """Where a unit's label points to."""
        found = self.of(unit)
        return max(_parts(found), key=lambda part: part.area).representative_point() if found else None

    def clusters(self, answer: pd.DataFrame) -> Mapping[str, set[str]]:
        """Each outline to the clusters that an answer tells of the unit that had it then."""
        found: dict[str, set[str]] = defaultdict(set)
        for unit, cluster in answer[["province", "cluster"]].itertuples(index=False):
            for part in self.parts(unit):
                found[part].add(cluster)
        return found


def _fill(axes: Axes, shape: BaseGeometry, clusters: list[str], led: list[str]) -> None:
    """One unit's land: its clusters' colours, that of the cluster it led, or the hatching of what is not known."""
    faint = not clusters
    colours = [colour_of(each) for each in clusters or led]
    style: dict[str, Any] = {"facecolor": UNKNOWN, "hatch": "/////", "edgecolor": "#BDBDBD"}
    if colours:
        style = {"facecolor": colours[0], "alpha": _FAINT if faint else 1}
        style |= {"hatch": "////", "edgecolor": colours[1]} if len(colours) > 1 else {}
    large = [part for part in _parts(shape) if part.area > _ISLET]
    _draw(axes, shapely.MultiPolygon(large), **style, linewidth=0)
    _draw(axes, shapely.MultiPolygon(large), facecolor="none", edgecolor="white", linewidth=0.7)
    # Islets would vanish without a line of their own.
    small = [part for part in _parts(shape) if part.area <= _ISLET]
    line = colours[0] if colours else "#777777"
    _draw(axes, shapely.MultiPolygon(small), facecolor=line, edgecolor=line, linewidth=0.8)


def _legend(
    names: Mapping[str, str], members: pd.DataFrame, led: pd.DataFrame, land: _Land,
    belongs: Mapping[str, set[str]], leads: Mapping[str, set[str]], words: Words, year: int,
) -> list[Patch | Line2D]:  # fmt: skip
    shown: list[Patch | Line2D] = []
    for iri, name in names.items():
        count = members.loc[members["cluster"] == iri, "province"].nunique()
        text = words("row", name=name, count=count) if count else name
        for role, sign in _SIGNS.items():
            who = distinct(led.loc[(led["cluster"] == iri) & (led["role"] == role), "provinceLabel"])
            text += f"\n  {sign} {', '.join(who)}" if who else ""
        shown.append(Patch(facecolor=colour_of(iri), alpha=1 if count else _FAINT, label=text))
    if any(leads[unit] and not belongs[unit] for unit in land.shapes):
        shown.append(Patch(facecolor="#8899AA", alpha=_FAINT, label=wrapped(words("leads"), 40)))
    if any(len(belongs[unit]) > 1 for unit in land.shapes):
        shown.append(Patch(facecolor="#8899AA", hatch="////", edgecolor="white", label=words("several")))
    if any(not belongs[unit] and not leads[unit] for unit in land.shapes):
        shown.append(Patch(facecolor=UNKNOWN, hatch="/////", edgecolor="#BDBDBD", label=words("unknown")))
    return shown


def _leaders(led: pd.DataFrame) -> dict[str, str]:
    """Each unit that led to its label; a head's signs come first."""
    found: dict[str, str] = {}
    for role, sign in _SIGNS.items():
        for unit, label in led.loc[led["role"] == role, ["province", "provinceLabel"]].itertuples(index=False):
            if sign not in found.get(unit, ""):
                found[unit] = f"{sign} {label}" if unit not in found else f"{found[unit][0]}{sign} {label}"
    return found


def _archipelago(axes: Axes, shape: BaseGeometry, text: str) -> Bbox:
    """The name of an archipelago below it; where it stands, in pixels."""
    islets = shapely.MultiPolygon([part for part in _parts(shape) if part.bounds[0] > _EAST])
    west, _, east, south = islets.bounds
    written = axes.text(
        (west + east) / 2, south + 6, text, ha="center", va="top", fontsize=9, style="italic", color=INK
    )
    return written.get_window_extent(axes.figure.canvas.get_renderer())  # type: ignore[attr-defined]


def _label(axes: Axes, spot: shapely.Point, text: str, placed: list[Bbox]) -> None:
    """A label beside its unit, at the nearest place where no other stands; a line leads to it from afar."""
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    behind = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.85, "linewidth": 0}
    for away in _AWAY:
        for across, down in _AROUND:
            side = "left" if across > 0 else "right"
            written = axes.annotate(
                text, (spot.x, spot.y), (across * away, down * away), textcoords="offset points", fontsize=9, color=INK,
                ha=side, va="center", bbox=behind, fontweight="bold" if "★" in text else "normal",
                arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
            box = written.get_window_extent(renderer).padded(3)
            if not any(box.overlaps(other) for other in placed) or away == _AWAY[-1]:
                placed.append(box)
                return
            written.remove()


def _parts(shape: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, shapely.Polygon)]


def _draw(axes: Axes, shape: BaseGeometry, **style: Any) -> None:
    outlined: Iterable[Polygon] = [Polygon(list(part.exterior.coords)) for part in _parts(shape)]
    axes.add_collection(PatchCollection(list(outlined), **style))
