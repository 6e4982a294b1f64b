"""Figures: the colours, words and sizes that all pictures share, and how one is saved. The home of matplotlib."""

from __future__ import annotations

import io
import textwrap
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pandas as pd
from matplotlib.figure import Figure

from thidua.base.errors import ParameterError
from thidua.base.text import sort_key
from thidua.names.labels import labelled
from thidua.views.naming import short_name

if TYPE_CHECKING:
    from thidua.notebook import Graph

INK: Final = "#222222"
SOFT: Final = "#666666"
ALARM: Final = "#B00020"
UNKNOWN: Final = "#E4E4E4"
#: The colour of each cluster, in every picture of every year; those who see few colours tell them apart (after Paul
#: Tol). The map of the service has the same.
_OF_CLUSTER: Final = {
    "mien-nui-bien-gioi-phia-bac": "#77AADD",
    "thanh-pho-truc-thuoc-trung-uong": "#EE8866",
    "bac-trung-bo": "#EEDD88",
    "dong-bang-song-hong": "#FFAABB",
    "dong-nam-bo": "#44BB99",
    "tay-nam-bo": "#BBCC33",
    "tay-nguyen": "#99DDFF",
    "tay-nguyen-duyen-hai-mien-trung": "#C9A0E0",
    "trung-du-mien-nui-phia-bac": "#C0A080",
}
#: Those of clusters that come later, by their ids.
_OTHERS: Final = ("#AAAA00", "#8FD0C0", "#D0A0A0", "#A0A0D0", "#D5B8E8")
#: What pictures can be saved as.
_SUFFIXES: Final = (".pdf", ".png", ".svg")
_PRINTED: Final = 300


class Picture(Figure):
    """A matplotlib figure that a notebook shows by itself."""

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png", dpi=100)
        return out.getvalue()

    def save(self, path: str | Path) -> Self:
        """Keep it as a file to print, PDF, PNG or SVG by its suffix.

        :raises ParameterError: the suffix is another, or the file cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() not in _SUFFIXES:
            raise ParameterError("save", f"{path.name!r} has none of the suffixes {', '.join(_SUFFIXES)}.")
        try:
            self.savefig(path, dpi=_PRINTED)
        except OSError as exc:
            raise ParameterError("save", f"{path} cannot be written: {exc}.") from exc
        return self


def colour_of(cluster: str) -> str:
    """A cluster's colour, by its IRI or local id: the same one for ever."""
    key = cluster.rpartition("/")[2]
    return _OF_CLUSTER.get(key) or _OTHERS[zlib.crc32(key.encode()) % len(_OTHERS)]


def spoken(lang: str) -> int:
    """Where a language's words stand in a pair of Vietnamese and English.

    :raises ParameterError: it is neither.
    """
    if lang not in ("vi", "en"):
        raise ParameterError("lang", f"Figures speak vi and en, not {lang!r}.")
    return ("vi", "en").index(lang)


class Words:
    """Words of one picture in one language."""

    def __init__(self, table: Mapping[str, tuple[str, str]], lang: str) -> None:
        self._table, self._at, self.lang = table, spoken(lang), lang

    def __call__(self, key: str, **values: object) -> str:
        return self._table[key][self._at].format(**values)


def names_of(graph: Graph, answer: pd.DataFrame, column: str, lang: str) -> dict[str, str]:
    """Each thing of a column to its short name in a language, in Vietnamese order; Vietnamese where it has no other."""
    pairs = answer[[column, column + "Label"]].drop_duplicates().dropna().itertuples(index=False)
    names = {str(iri): short_name(str(label)) for iri, label in pairs}
    order = sorted(names, key=lambda iri: (sort_key(names[iri]), iri))
    if lang != "vi" and names:
        things = " ".join(f"<{iri}>" for iri in names)
        pattern = f"VALUES ?thing {{ {things} }} {labelled('?thing', '?name', lang)}"
        found = graph.query(f"SELECT ?thing ?name {{ {pattern} }}")
        names |= {thing: short_name(str(name)) for thing, name in found.itertuples(index=False)}
    return {iri: names[iri] for iri in order}


def distinct(names: Iterable[Any]) -> list[str]:
    """Names, each once, in Vietnamese order."""
    return sorted({str(name) for name in names if pd.notna(name)}, key=sort_key)


def wrapped(text: str, width: int = 22) -> str:
    """A text on lines of some characters."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=False))
