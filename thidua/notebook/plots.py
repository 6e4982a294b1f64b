"""Plots: who led when, who belonged where, who knows whom; each a picture to show or to print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from thidua.base.errors import ParameterError
from thidua.notebook import map_figure, network_figure, timeline_figure
from thidua.notebook.figures import Picture, spoken
from thidua.notebook.inputs import Years, one_year, years_of

if TYPE_CHECKING:
    from thidua.notebook import Graph

#: The first year that is collected: what a timeline shows by itself.
_SINCE: Final = 2015


class Plots:
    """``kg.plot``: each method returns a picture, which a notebook shows; ``save=`` keeps it as PDF, PNG or SVG."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def timeline(
        self, cluster: str | None = None, *, years: Years | None = None, lang: str = "vi",
        save: str | Path | None = None,
    ) -> Picture:  # fmt: skip
        """Clusters down, years across; in each cell the head and, below it, the deputies.

        What no source speaks of has a dash; hatched is a year of which sources speak and name no head. The paler the
        less sure, in the cluster's own colour; frames mark what sources contradict.

        :param cluster: only this one.
        :param years: ``(2015, 2025)``, ``range(2015, 2026)``, ``"2015-2025"`` or one year; since 2015 by default.
        :param lang: ``vi`` or ``en``.
        :param save: the file to keep it in.
        :raises ParameterError: the years or the language make no sense.
        """
        spoken(lang)
        everything = self._graph.coverage(cluster)
        known = everything["year"].min(), everything["year"].max()
        asked = years_of(years) if years is not None else range(_SINCE, int(known[1]) + 1)
        grid = everything[everything["year"].isin(list(asked))]
        if grid.empty:
            raise ParameterError("years", f"Sources speak of {known[0]} to {known[1]}; choose years among them.")
        return _kept(timeline_figure.draw(self._graph, grid, everything, cluster, lang), save)

    def map(
        self, year: int, *, on: str | None = None, lang: str = "vi", save: str | Path | None = None
    ) -> Picture:  # fmt: skip
        """Provincial units coloured by the cluster that sources put them in; a star marks heads, a hollow one deputies.

        The borders are those of the year's last day, or of ``on``: 63 units to June 2025, 34 since. A day of the same
        year asks for the memberships of that very day too. On borders of another time each former unit keeps the
        colour that sources give it; nothing is said of its neighbours for its sake.

        :param on: a day, such as ``2025-07-01``.
        :param lang: ``vi`` or ``en``.
        :param save: the file to keep it in.
        :raises ParameterError: it is no day, or beyond what is known.
        """
        spoken(lang)
        last = int(max(self._graph.coverage()["year"].max(), self._graph.versions()["time"].max().year))
        wanted = one_year("year", year)
        return _kept(map_figure.draw(self._graph, wanted, map_figure.asked_day(wanted, on, last), lang), save)

    def network(self, cluster: str, *, lang: str = "vi", save: str | Path | None = None) -> Picture:
        """A cluster, the units that led it, those that were only deputies, and the officials who acted for them.

        :param lang: ``vi`` or ``en``.
        :param save: the file to keep it in.
        :raises ParameterError: no source says who led it.
        """
        spoken(lang)
        return _kept(network_figure.draw(self._graph, cluster, lang), save)


def _kept(picture: Picture, path: str | Path | None) -> Picture:
    return picture if path is None else picture.save(path)
