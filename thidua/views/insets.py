"""Insets of the map: Hoàng Sa and Trường Sa in frames beside the mainland, for all of the country to fit a phone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from thidua.base.terms import instance
from thidua.views.outlines import rings_of

#: The sheet on which mainland and insets are drawn: x, y, width and height in the drawing's own units.
SHEET: Final = "-4 -4 408 872"
#: What of a unit lies east of this is an archipelago.
_EAST: Final = 400.0
#: Between an archipelago and its frame, and below it the line of its name.
_PAD: Final = 6.0
_LINE: Final = 20.0
#: Each frame stands in the sea on the side where the archipelago is: x, y, width and height.
_FRAMES: Final = {
    "da-nang": ("Hoàng Sa", (268.0, 214.0, 132.0, 130.0)),
    "khanh-hoa": ("Trường Sa", (246.0, 738.0, 154.0, 108.0)),
}


@dataclass(frozen=True)
class Inset:
    """A part of a unit, its name, its frame, and how it gets there."""

    unit: str
    part: int
    name: str
    x: float
    y: float
    width: float
    height: float
    scale: float
    dx: float
    dy: float

    @property
    def transform(self) -> str:
        """How SVG says it."""
        return f"translate({self.dx:g} {self.dy:g}) scale({self.scale:g})"

    @property
    def middle(self) -> float:
        """Where its name is centred."""
        return self.x + self.width / 2

    @property
    def line(self) -> float:
        """The foot of its name."""
        return self.y + self.height - _PAD


def insets(paths: Mapping[str, tuple[str, ...]]) -> list[Inset]:
    """The insets of a drawing.

    :param paths: of :func:`thidua.views.outlines.paths`.
    """
    found = []
    for key, (name, frame) in _FRAMES.items():
        unit = instance("province", key)
        for part, d in enumerate(paths.get(unit, ())):
            points = [point for ring in rings_of(d) for point in ring]
            if max(x for x, _ in points) > _EAST:
                found.append(_framed(unit, part, name, points, frame))
    return found


def _framed(
    unit: str, part: int, name: str, points: list[tuple[float, float]], frame: tuple[float, float, float, float]
) -> Inset:
    x, y, width, height = frame
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    north, south = min(y for _, y in points), max(y for _, y in points)
    room, high = width - 2 * _PAD, height - 2 * _PAD - _LINE
    scale = round(min(room / (east - west), high / (south - north)), 4)
    dx = x + _PAD + (room - scale * (east - west)) / 2 - scale * west
    dy = y + _PAD + (high - scale * (south - north)) / 2 - scale * north
    return Inset(unit, part, name, x, y, width, height, scale, round(dx, 2), round(dy, 2))
