"""Province outlines before July 2025, for drawing maps: ``data/borders/vietnam.svg``.

Units merged in 2025 have no outline of their own: draw those of their predecessors. :func:`paths` and :func:`rings_of`
need nothing beside the standard library; :func:`outlines`, which follows curves, needs svg.path.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from thidua.base.errors import DataError
from thidua.base.terms import instance
from thidua.base.text import slug

#: The drawing's whole area: x, y, width and height in its own units.
VIEW_BOX: Final = "0 0 812 873"
CREDIT: Final = "@svg-maps/vietnam, CC BY 4.0, after StephenTruong110"
#: What the drawing calls otherwise than this project, and the archipelagos by the unit that they belong to.
_OTHER_NAMES: Final = {
    "hoang-sa": "da-nang",
    "thua-thien-hue": "hue",
    "truong-sa": "khanh-hoa",
}
#: Points on a curve.
_CURVE: Final = 4
#: A command of a path and the numbers behind it.
_COMMAND: Final = re.compile(r"([A-DF-Za-df-z])([^A-DF-Za-df-z]*)")
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
#: Lines across a shape on which a place for its name is looked for.
_ACROSS: Final = 15
#: Neighbours in the drawing do not quite touch: what is nearer than this is one.
_GAP: Final = 1.5

Ring = tuple[tuple[float, float], ...]


@cache
def paths(path: Path) -> dict[str, tuple[str, ...]]:
    """Each unit's IRI to its outline as the ``d`` of SVG paths, within :data:`VIEW_BOX`.

    :raises DataError: the file is not the drawing that this reads.
    """
    try:
        found: dict[str, tuple[str, ...]] = {}
        for shape in ElementTree.parse(path).getroot().iterfind("{http://www.w3.org/2000/svg}path"):
            name = slug(shape.attrib["aria-label"])
            unit = instance("province", _OTHER_NAMES.get(name, name))
            found[unit] = (*found.get(unit, ()), shape.attrib["d"])
    except (OSError, ElementTree.ParseError, KeyError) as exc:
        raise DataError([f"{path}: no outlines can be read from it: {exc}"]) from exc
    return found


@cache
def outlines(path: Path) -> dict[str, tuple[Ring, ...]]:
    """Each unit's IRI to its rings, closed polygons of (x, y); x grows eastwards and y southwards, in no geodetic unit.

    :raises DataError: the file is not the drawing that this reads.
    """
    try:
        return {unit: tuple(ring for d in ds for ring in _rings(d)) for unit, ds in paths(path).items()}
    except ValueError as exc:
        raise DataError([f"{path}: no outlines can be read from it: {exc}"]) from exc


def rings_of(d: str) -> list[Ring]:
    """The rings of one path, coarsely: of a curve, its end.

    :raises ValueError: it has commands that the drawing does not use.
    """
    rings: list[Ring] = []
    ring: list[tuple[float, float]] = []
    x = y = 0.0
    for command, text in _COMMAND.findall(d):
        numbers = [float(number) for number in _NUMBER.findall(text)]
        match command.lower():
            case "z":
                rings.append(tuple(ring))
                x, y = ring[0]
                ring = []
                continue
            case "m" | "l":
                step = 2
            case "c":
                step = 6
            case _:
                raise ValueError(f"the path command {command!r}")
        for first in range(0, len(numbers), step):
            to_x, to_y = numbers[first + step - 2 : first + step]
            x, y = (x + to_x, y + to_y) if command.islower() else (to_x, to_y)
            ring.append((x, y))
    return rings


def middle(rings: Iterable[Ring]) -> tuple[float, float]:
    """A place well inside a shape, where its name can stand: the roomiest on some lines across it."""
    shape = [ring for ring in rings if len(ring) > 2]
    down = [[(y, x) for x, y in ring] for ring in shape]
    top, bottom = (pick(y for ring in shape for _, y in ring) for pick in (min, max))
    best, place = -1.0, (0.0, 0.0)
    for line in range(1, _ACROSS + 1):
        y = top + (bottom - top) * line / (_ACROSS + 1)
        for west, east in _inside(shape, y):
            x = (west + east) / 2
            north, south = next(((a, b) for a, b in _inside(down, x) if a <= y <= b), (y, y))
            room = min(y - north, south - y, (east - west) / 2)
            if room > best:
                best, place = room, (x, y)
    return place


def _inside(rings: Iterable[Iterable[tuple[float, float]]], y: float) -> list[tuple[float, float]]:
    """Where a level line is inside a shape, from west to east; parts that nearly touch are one."""
    spans = []
    for ring in rings:
        points = list(ring)
        crossed = sorted(
            a + (y - b) / (d - b) * (c - a) for (a, b), (c, d) in pairwise([*points, points[0]]) if (b <= y) != (d <= y)
        )
        spans += list(zip(crossed[::2], crossed[1::2], strict=True))
    joined: list[tuple[float, float]] = []
    for west, east in sorted(spans):
        if joined and west - joined[-1][1] < _GAP:
            joined[-1] = joined[-1][0], max(east, joined[-1][1])
        else:
            joined.append((west, east))
    return joined


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
