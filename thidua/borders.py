"""The outlines of the provincial units before July 2025, for drawing maps: ``data/borders/vietnam.svg``.

Units merged in 2025 have no outline of their own: draw those of their predecessors.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from thidua.errors import DataError
from thidua.terms import instance
from thidua.text import slug

CREDIT: Final = "@svg-maps/vietnam, CC BY 4.0, after StephenTruong110"
#: What the drawing calls otherwise than this project, and the archipelagos by the unit that they belong to.
_OTHER_NAMES: Final = {
    "hoang-sa": "da-nang",
    "thua-thien-hue": "hue",
    "truong-sa": "khanh-hoa",
}
#: Points on a curve.
_CURVE: Final = 4

Ring = tuple[tuple[float, float], ...]


@cache
def outlines(path: Path) -> dict[str, tuple[Ring, ...]]:
    """Each unit's IRI to its rings, closed polygons of (x, y); x grows eastwards and y southwards, in no geodetic unit.

    :raises DataError: the file is not the drawing that this reads.
    """
    try:
        shapes = ElementTree.parse(path).getroot().iterfind("{http://www.w3.org/2000/svg}path")
        found: dict[str, tuple[Ring, ...]] = {}
        for shape in shapes:
            name = slug(shape.attrib["aria-label"])
            unit = instance("province", _OTHER_NAMES.get(name, name))
            found[unit] = found.get(unit, ()) + tuple(_rings(shape.attrib["d"]))
    except (OSError, ElementTree.ParseError, KeyError, ValueError) as exc:
        raise DataError([f"{path}: no outlines can be read from it: {exc}"]) from exc
    return found


def paths(path: Path) -> tuple[str, dict[str, list[str]]]:
    """The drawing's ``viewBox``, and each unit's IRI to the SVG paths that it consists of, as they are in the file.

    :raises DataError: the file is not the drawing that this reads.
    """
    try:
        root = ElementTree.parse(path).getroot()
        found: dict[str, list[str]] = {}
        for shape in root.iterfind("{http://www.w3.org/2000/svg}path"):
            name = slug(shape.attrib["aria-label"])
            found.setdefault(instance("province", _OTHER_NAMES.get(name, name)), []).append(shape.attrib["d"])
        return root.attrib["viewBox"], found
    except (OSError, ElementTree.ParseError, KeyError) as exc:
        raise DataError([f"{path}: no outlines can be read from it: {exc}"]) from exc


def _rings(path: str) -> Iterator[Ring]:
    """The polygons of an SVG path; of a curve, a few points."""
    from svg.path import Close, Line, Move, parse_path

    points: list[complex] = []
    for segment in parse_path(path):
        match segment:
            case Move():
                points = [segment.end]
            case Close():
                yield tuple((point.real, point.imag) for point in points)
            case Line():
                points.append(segment.end)
            case _:
                points += [segment.point(step / _CURVE) for step in range(1, _CURVE + 1)]
