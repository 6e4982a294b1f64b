"""Plots: who led when, who belonged where, who knows whom. The home of matplotlib."""

from __future__ import annotations

import datetime
import io
import math
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import shapely
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon, Rectangle
from shapely.geometry.base import BaseGeometry

from thidua.base.errors import ParameterError
from thidua.base.files import ProjectFiles
from thidua.base.text import sort_key
from thidua.names.labels import labelled
from thidua.views.outlines import CREDIT, outlines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from thidua.notebook import Graph

#: Ten colours that those who see few colours tell apart (after Paul Tol), then again.
_COLOURS: Final = (
    "#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#99DDFF", "#44BB99", "#BBCC33", "#AAAA00", "#C9A0DC", "#B0A090",
)  # fmt: skip
_UNKNOWN: Final = "#E2E2E2"
_INK: Final = "#222222"
_ALARM: Final = "#B00020"
#: The area, in the drawing's units, of what is drawn without a border.
_ISLET: Final = 15.0
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "timeline": ("Ai là cụm trưởng, năm nào", "Who headed which cluster when"),
    "map": ("Các cụm thi đua năm {year}", "Emulation clusters in {year}"),
    "network": ("{cluster}: ai dẫn đầu, ai đại diện", "{cluster}: who led, who acted"),
    "deputy": ("phó: {names}", "deputy: {names}"),
    "gap": ("chưa có nguồn", "no source"),
    "conflict": ("nguồn mâu thuẫn", "sources conflict"),
    "confident": ("độ tin cậy từ 0,8", "confidence 0.8 or more"),
    "doubtful": ("độ tin cậy thấp hơn", "less confident"),
    "head": ("★ cụm trưởng", "★ head"),
}
_CLUSTERS: Final = f"""SELECT ?cluster ?clusterLabel {{
  ?cluster a td:EmulationCluster . {labelled("?cluster", "?clusterLabel")} }}"""
_GENERIC: Final = re.compile(
    r"^Cụm thi đua (?:\d+ )?(?:các )?(?:tỉnh )?|^Emulation cluster of (?:the )?| emulation cluster$", re.IGNORECASE
)


class Picture(Figure):
    """A matplotlib figure that a notebook shows by itself."""

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png", dpi=100)
        return out.getvalue()


class Plots:
    """``kg.plot``: each method returns a picture, which a notebook shows and ``savefig`` keeps."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def timeline(self, cluster: str | None = None, *, lang: str = "vi") -> Picture:
        """Clusters down, years across; in each cell the head, and below it the deputies.

        A cell without a source is hatched; one whose sources name different heads has a red frame. The shade tells how
        sure the sources are.

        :param cluster: only this one.
        :param lang: ``vi`` or ``en``.
        """
        led = self._graph.ask("who-led", cluster=cluster)
        if led.empty:
            raise ParameterError("cluster", "No source says who led there.")
        led = led[led["rank"] != "deprecated"]
        names = self._names(led, "cluster", lang)
        if cluster is None:
            names |= self._names(self._graph.query(_CLUSTERS), "cluster", lang)
        clusters = sorted(names, key=lambda iri: sort_key(names[iri]))
        years = range(int(led["year"].min()), int(led["year"].max()) + 1)
        figure = Picture(figsize=(2.4 + 1.15 * len(years), 1.5 + 0.72 * len(clusters)), layout="constrained")
        axes = figure.subplots()
        cells = dict(iter(led.groupby(["cluster", "year"], observed=True)))
        for row, iri in enumerate(clusters):
            for column, year in enumerate(years):
                _cell(axes, column, row, cells.get((iri, year)), lang)
        axes.set(xlim=(0, len(years)), ylim=(len(clusters), 0))
        axes.set_xticks([column + 0.5 for column in range(len(years))], [str(year) for year in years])
        axes.set_yticks([row + 0.5 for row in range(len(clusters))], [_wrapped(names[iri]) for iri in clusters])
        axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False, colors=_INK)
        axes.spines[:].set_visible(False)
        axes.set_title(_word("timeline", lang), loc="left", fontweight="bold", pad=14, color=_INK)
        shown = [
            Patch(facecolor=_COLOURS[0], label=_word("confident", lang)),
            Patch(facecolor=_COLOURS[0], alpha=0.35, label=_word("doubtful", lang)),
            Patch(facecolor="white", edgecolor=_ALARM, linewidth=2, label=_word("conflict", lang)),
            Patch(facecolor=_UNKNOWN, hatch="///", edgecolor="white", label=_word("gap", lang)),
        ]
        figure.legend(handles=shown, loc="outside lower left", ncols=4, frameon=False, fontsize=8)
        return figure

    def map(self, year: int, *, on: str | None = None, lang: str = "vi") -> Picture:
        """Provincial units coloured by the cluster they are said to belong to in a year; a star marks the heads.

        The units are those in force on the first day of the year (63 to 2025, 34 after), or on another day.

        :param on: that day, such as ``2025-07-01``.
        """
        day = datetime.date.fromisoformat(on) if on else datetime.date(year, 1, 1)
        units = self._graph.ask("provinces-on", on=day.isoformat())
        shapes = self._shapes(list(units["province"]))
        members = self._graph.ask("cluster-members", year=year)
        heads = self._graph.ask("who-led", year=year)
        names = self._names(members, "cluster", lang)
        order = sorted(names, key=lambda iri: sort_key(names[iri]))
        colours = {iri: _COLOURS[number % len(_COLOURS)] for number, iri in enumerate(order)}
        of = self._clusters_of(members, list(units["province"]))
        figure = Picture(figsize=(8.5, 8.2), layout="constrained")
        axes = figure.subplots()
        for unit, shape in shapes.items():
            clusters = sorted(of[unit], key=order.index)
            fill = {"facecolor": colours[clusters[0]]} if clusters else {"facecolor": _UNKNOWN}
            if len(clusters) > 1:
                fill |= {"hatch": "///", "edgecolor": colours[clusters[1]]}
            _draw(axes, shape, **fill)
            # Islets would vanish under a white line.
            _draw(axes, shapely.MultiPolygon([part for part in _parts(shape) if part.area > _ISLET]),
                  facecolor="none", edgecolor="white", linewidth=0.6)  # fmt: skip
        leading = heads[(heads["role"] == "head") & (heads["rank"] != "deprecated")]
        for unit, label in leading[["province", "provinceLabel"]].drop_duplicates().itertuples(index=False):
            if unit in shapes:
                spot = _largest(shapes[unit]).representative_point()
                axes.annotate(
                    f"★ {label}", (spot.x, spot.y), (6, 0), textcoords="offset points", fontsize=8, color=_INK,
                    va="center", bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.75, "lw": 0},
                )  # fmt: skip
        axes.set_aspect("equal")
        axes.autoscale_view()
        axes.invert_yaxis()
        axes.set_axis_off()
        axes.set_title(_word("map", lang, year=year), loc="left", fontweight="bold", color=_INK)
        legend = [Patch(facecolor=colours[iri], label=_wrapped(names[iri], 40)) for iri in order]
        legend.append(Patch(facecolor=_UNKNOWN, label=_word("gap", lang)))
        axes.legend(handles=legend, loc="upper right", frameon=False, fontsize=8, title=_word("head", lang))
        figure.text(0.99, 0.005, CREDIT, ha="right", fontsize=6, color="#666666")
        return figure

    def network(self, cluster: str, *, lang: str = "vi") -> Picture:
        """A cluster, the units that led it, and the officials who acted for them; thicker lines for more years."""
        led = self._graph.ask("who-led", cluster=cluster)
        if led.empty:
            raise ParameterError("cluster", f"No source says who led {cluster!r}.")
        centre = ", ".join(self._names(led, "cluster", lang).values())
        figure = Picture(figsize=(9, 8), layout="constrained")
        axes = figure.subplots()
        units = [unit for unit in led.groupby("provinceLabel", observed=True) if not unit[1].empty]
        for number, (name, rows) in enumerate(units):
            angle = math.tau * number / len(units)
            spot = _polar(angle, 1.0)
            _link(axes, (0, 0), spot, rows["year"].nunique())
            actors = [who for who in rows.groupby("officialLabel", observed=True) if not who[1].empty]
            for place, (actor, acted) in enumerate(actors):
                turned = angle + (place - (len(actors) - 1) / 2) * min(0.3, 2 / len(units))
                _link(axes, spot, _polar(turned, 1.75), acted["year"].nunique())
                _node(axes, _polar(turned, 1.75), _wrapped(str(actor), 12), _COLOURS[2], 9)
            years = ", ".join(str(year) for year in sorted(set(rows["year"])))
            _node(axes, spot, f"{name}\n{years}", _COLOURS[0], 9)
        _node(axes, (0, 0), _wrapped(centre, 14), _COLOURS[1], 11)
        axes.set(xlim=(-2.15, 2.15), ylim=(-2.0, 2.0))
        axes.set_aspect("equal")
        axes.set_axis_off()
        axes.set_title(_word("network", lang, cluster=centre), loc="left", fontweight="bold", color=_INK)
        return figure

    def _names(self, answer: pd.DataFrame, column: str, lang: str) -> dict[str, str]:
        """Each thing's short name in a language; the Vietnamese one where there is no other."""
        _word("gap", lang)
        pairs = answer[[column, column + "Label"]].drop_duplicates().itertuples(index=False)
        names = {iri: _short(str(label)) for iri, label in pairs}
        if lang != "vi" and names:
            things = " ".join(f"<{iri}>" for iri in names)
            pattern = f"VALUES ?thing {{ {things} }} {labelled('?thing', '?name', lang)}"
            found = self._graph.query(f"SELECT ?thing ?name {{ {pattern} }}")
            names |= {thing: _short(str(name)) for thing, name in found.itertuples(index=False)}
        return names

    def _predecessors(self) -> dict[str, list[str]]:
        """Each unit to those that it was made of, at any remove."""
        pairs = self._graph.query("SELECT DISTINCT ?unit ?old { ?old td:laterUnit ?unit }")
        found = defaultdict(list)
        for unit, old in pairs.itertuples(index=False):
            found[unit].append(old)
        return found

    def _shapes(self, units: Iterable[str]) -> dict[str, BaseGeometry]:
        drawn = outlines(ProjectFiles.find().borders)
        polygons = {
            unit: shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings if len(ring) > 2])
            for unit, rings in drawn.items()
        }
        older = self._predecessors()
        shapes = {}
        for unit in units:
            parts = [polygons[each] for each in (unit, *older[unit]) if each in polygons]
            if parts:
                # Neighbours in the drawing do not quite touch: grown a little, then shrunk, they become one.
                shapes[unit] = shapely.union_all([part.buffer(0.6) for part in parts]).buffer(-0.4)
        return shapes

    def _clusters_of(self, members: pd.DataFrame, units: Iterable[str]) -> dict[str, set[str]]:
        """Each unit to the clusters that it, or a unit it was made of, is said to belong to."""
        stated = defaultdict(set)
        for unit, cluster in members[["province", "cluster"]].itertuples(index=False):
            stated[unit].add(cluster)
        older = self._predecessors()
        newer = {old: unit for unit, olds in older.items() for old in olds}
        return {
            unit: stated[unit] or set().union(*(stated[old] for old in older[unit])) or stated[newer.get(unit, "")]
            for unit in units
        }


def _cell(axes: Axes, column: int, row: int, led: pd.DataFrame | None, lang: str) -> None:
    """One cell of the timeline."""
    box = (column + 0.03, row + 0.06), 0.94, 0.88
    heads = [] if led is None else _distinct(led[led["role"] == "head"])
    deputies = [] if led is None else _distinct(led[led["role"] == "deputy"])
    if led is None or not heads:
        axes.add_patch(Rectangle(*box, facecolor=_UNKNOWN, hatch="///", edgecolor="white", linewidth=0))
    else:
        sure = led.loc[led["role"] == "head", "confidence"].fillna(0.0).max() >= 0.8
        axes.add_patch(Rectangle(*box, facecolor=_COLOURS[0], alpha=1.0 if sure else 0.35, linewidth=0))
        if len(heads) > 1:
            axes.add_patch(Rectangle(*box, facecolor="none", edgecolor=_ALARM, linewidth=2))
    high = row + (0.36 if deputies else 0.5)
    axes.text(column + 0.5, high, " ≠ ".join(heads), ha="center", va="center", fontsize=8, color=_INK, wrap=True)
    if deputies:
        text = _wrapped(_word("deputy", lang, names=", ".join(deputies)), 20)
        axes.text(column + 0.5, row + 0.7, text, ha="center", va="center", fontsize=6, color=_INK)


def _distinct(led: pd.DataFrame) -> list[str]:
    return sorted({str(name) for name in led["provinceLabel"].dropna()}, key=sort_key)


def _parts(shape: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, shapely.Polygon)]


def _draw(axes: Axes, shape: BaseGeometry, **style: Any) -> None:
    axes.add_collection(PatchCollection([Polygon(list(part.exterior.coords)) for part in _parts(shape)], **style))


def _largest(shape: BaseGeometry) -> shapely.Polygon:
    return max(_parts(shape), key=lambda part: part.area)


def _polar(angle: float, radius: float) -> tuple[float, float]:
    """A place on a circle, clockwise from the top."""
    return radius * math.sin(angle), radius * math.cos(angle)


def _link(axes: Axes, one: tuple[float, float], other: tuple[float, float], years: int) -> None:
    axes.plot(*zip(one, other, strict=True), color="#BBBBBB", linewidth=1 + years, zorder=1)


def _node(axes: Axes, spot: tuple[float, float], text: str, colour: str, size: int) -> None:
    box = {"boxstyle": "round,pad=0.45", "facecolor": colour, "linewidth": 0}
    axes.text(*spot, text, ha="center", va="center", fontsize=size, color=_INK, bbox=box, zorder=2)


def _short(name: str) -> str:
    short = _GENERIC.sub("", name)
    return short[:1].upper() + short[1:]


def _wrapped(text: str, width: int = 22) -> str:
    return "\n".join(textwrap.wrap(text, width))


def _word(key: str, lang: str, **values: object) -> str:
    if lang not in ("vi", "en"):
        raise ParameterError("lang", f"Figures speak vi and en, not {lang!r}.")
    return _WORDS[key][("vi", "en").index(lang)].format(**values)
