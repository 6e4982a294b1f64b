"""Timeline figure: clusters down, years across, in each cell who led; what is not known is told from what is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from thidua.notebook.figures import ALARM, INK, SOFT, UNKNOWN, Picture, Words, colour_of, distinct, names_of, wrapped
from thidua.views.told import spans

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from thidua.notebook import Graph

_WORDS: Final = {
    "title": (
        "Cụm trưởng và cụm phó các cụm thi đua, {years}",
        "Heads and deputies of the emulation clusters, {years}",
    ),
    "of": ("Cụm trưởng và cụm phó: {cluster}, {years}", "Heads and deputies: {cluster}, {years}"),
    "says": (
        "Có nguồn nêu cụm trưởng cho {known} trong {all} cụm-năm. Phiên bản {version} của đồ thị thi đua.",
        "Sources name a head for {known} of {all} cluster-years. Version {version} of the thidua graph.",
    ),
    "earlier": (
        "Trong các năm khác ({years}), nguồn còn nói đến {count} cụm-năm.",
        "Of other years ({years}) sources speak of {count} more cluster-years.",
    ),
    "head": ("★ cụm trưởng", "★ head"),
    "deputy": ("☆ cụm phó", "☆ deputy"),
    "certain": (
        "chữ đậm, chắc chắn: một nguồn đọc toàn văn nêu thẳng",
        "bold, certain: a source read in full states it",
    ),
    "possible": ("có thể: hàm ý, đọc gián tiếp hoặc suy ra năm", "possible: implied, second-hand or year inferred"),
    "disputed": ("nguồn nêu khác nhau", "sources name different heads"),
    "readings": ("một văn bản, hai cách hiểu về năm", "one text that may mean either year"),
    "unknown": ("có nguồn nói đến cụm, không nêu cụm trưởng", "sources speak of the cluster, none names its head"),
    "none": ("không nguồn nào nói đến cụm năm ấy", "no source speaks of the cluster that year"),
}
#: Inches: of a cell, and what stands around the cells.
_WIDTH, _HEIGHT, _NAMES, _REST = 1.06, 0.8, 1.75, 1.75
#: Characters of a line in a cell.
_LINE: Final = 12
_FAINT: Final = 0.45


def draw(graph: Graph, grid: pd.DataFrame, everything: pd.DataFrame, cluster: str | None, lang: str) -> Picture:
    """The table of some cluster-years.

    :param grid: rows of the question `coverage` to draw, a cell each.
    :param everything: those of all years.
    """
    words = Words(_WORDS, lang)
    led = graph.ask("who-led", cluster=cluster)
    led = led[led["rank"] != "deprecated"]
    names = names_of(graph, grid, "cluster", lang)
    years = range(int(grid["year"].min()), int(grid["year"].max()) + 1)
    figure = Picture(figsize=(_NAMES + _WIDTH * max(len(years), 6), _REST + _HEIGHT * len(names)), layout="constrained")
    axes = figure.subplots()
    cells = dict(iter(led.groupby(["cluster", "year"])))
    rows = {iri: row for row, iri in enumerate(names)}
    for each in grid.itertuples(index=False):
        _cell(axes, int(each.year) - years.start, rows[each.cluster], each, cells.get((each.cluster, each.year)))
    axes.set(xlim=(0, len(years)), ylim=(len(names), 0))
    axes.set_xticks([column + 0.5 for column in range(len(years))], [str(year) for year in years], fontsize=10)
    axes.set_yticks([row + 0.5 for row in range(len(names))], [wrapped(name, 18) for name in names.values()])
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False, colors=INK)
    axes.spines[:].set_visible(False)
    span = f"{years.start}–{years[-1]}" if len(years) > 1 else str(years.start)
    title = words("of", cluster=next(iter(names.values())), years=span) if cluster else words("title", years=span)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    says = words("says", known=int((grid["head"] == "known").sum()), all=len(grid), version=graph.version)
    others = everything[(everything["state"] != "none") & ~everything["year"].isin(years)]
    if len(others):
        listed = spans(sorted({int(year) for year in others["year"]}))
        says += " " + words("earlier", count=len(others), years=listed)
    axes.set_title(wrapped(says, 16 * len(years) + 30), loc="left", fontsize=9, color=SOFT, pad=12)
    handles = _legend(grid, words)
    figure.legend(handles=handles, loc="outside lower left", ncols=3, frameon=False, fontsize=8.5, handlelength=2.4)
    return figure


def _cell(axes: Axes, column: int, row: int, cell: object, led: pd.DataFrame | None) -> None:
    """One cell of the timeline."""
    state, reason = getattr(cell, "state", ""), getattr(cell, "reason", "")
    heads = [] if led is None else distinct(led.loc[led["role"] == "head", "provinceLabel"])
    deputies = [] if led is None else distinct(led.loc[led["role"] == "deputy", "provinceLabel"])
    box, style = ((column + 0.03, row + 0.05), 0.94, 0.9), dict[str, Any]()
    if state == "none":
        axes.text(column + 0.5, row + 0.5, "–", ha="center", va="center", fontsize=9, color=SOFT)
        return
    if state == "unknown":
        style = {"facecolor": UNKNOWN, "hatch": "////", "edgecolor": "white", "linewidth": 0}
    else:
        style = {"facecolor": colour_of(getattr(cell, "cluster", "")), "alpha": 1 if state == "certain" else _FAINT}
    axes.add_patch(Rectangle(*box, **style))
    if state == "disputed":
        dashes = "--" if reason == "two-readings" else "-"
        axes.add_patch(Rectangle(*box, facecolor="none", edgecolor=ALARM, linewidth=1.6, linestyle=dashes))
    head = wrapped("★ " + (" ≠ " if reason == "several-heads" else ", ").join(heads), _LINE) if heads else ""
    below = wrapped("☆ " + ", ".join(deputies), _LINE + 2) if deputies else ""
    lines = head.count("\n") + 1 if head else 0, below.count("\n") + 1 if below else 0
    whole = lines[0] * 0.19 + lines[1] * 0.165
    top = row + 0.5 - whole / 2
    weight = "bold" if state == "certain" else "normal"
    if head:
        axes.text(column + 0.5, top, head, ha="center", va="top", fontsize=8.5, fontweight=weight, color=INK)
    if below:
        behind = {"boxstyle": "round,pad=0.2", "facecolor": "white", "linewidth": 0} if not head else None
        axes.text(column + 0.5, top + lines[0] * 0.19, below, ha="center", va="top", fontsize=7, color=INK, bbox=behind)


def _legend(grid: pd.DataFrame, words: Words) -> list[Patch | Line2D]:
    """What the marks mean; only those that there are."""
    colour, states = "#8899AA", set(grid["state"])
    shown: list[Patch | Line2D] = [
        Line2D([], [], linestyle="none", label=f"{words('head')}    {words('deputy')}"),
    ]
    if "certain" in states:
        shown.append(Patch(facecolor=colour, label=words("certain")))
    if states & {"possible", "disputed"}:
        shown.append(Patch(facecolor=colour, alpha=_FAINT, label=words("possible")))
    reasons = set(grid.loc[grid["state"] == "disputed", "reason"])
    for reason, key, dashes in (("several-heads", "disputed", "-"), ("two-readings", "readings", "--")):
        if reason in reasons:
            framed: dict[str, Any] = {"facecolor": "white", "edgecolor": ALARM, "linewidth": 1.6, "linestyle": dashes}
            shown.append(Patch(**framed, label=words(key)))
    if "unknown" in states:
        shown.append(Patch(facecolor=UNKNOWN, hatch="////", edgecolor="white", label=words("unknown")))
    if "none" in states:
        shown.append(Line2D([], [], color=SOFT, linestyle="none", marker="$–$", label=words("none")))
    return shown
