"""A map to colour: the outlines of provincial units, and which units of a version they draw."""

from pathlib import Path
from typing import Any, Final

from thidua.base.terms import TD
from thidua.borders import CREDIT, VIEW_BOX, paths
from thidua.engine.query import Caller
from thidua.graph import Snapshot

_PARTS: Final = f"SELECT DISTINCT ?unit ?part {{ ?part <{TD}laterUnit> ?unit }} ORDER BY ?unit ?part"
_CODES: Final = f"""SELECT ?code ?unit ?start ?end {{ ?unit <{TD}gsoCode> ?code
  OPTIONAL {{ ?unit <{TD}startDate> ?start }} OPTIONAL {{ ?unit <{TD}endDate> ?end }} }} ORDER BY ?code ?unit"""


def drawing(snapshot: Snapshot, file: Path, caller: Caller) -> dict[str, Any]:
    """Outlines by IRI, the drawn units that each later unit was made of, and which codes meant which unit when.

    :param file: of the outlines: :attr:`~thidua.base.files.ProjectFiles.borders`.
    :raises DataError: the file is not the drawing that is expected.
    """
    outlines = paths(file)
    parts: dict[str, list[str]] = {}
    for row in snapshot.select(_PARTS, caller):
        unit, part = row["unit"], row["part"]
        if unit and part and part.value in outlines and unit.value not in outlines:
            parts.setdefault(unit.value, []).append(part.value)
    codes = [{name: cell.value for name, cell in row.items() if cell} for row in snapshot.select(_CODES, caller)]
    return {"viewBox": VIEW_BOX, "credit": CREDIT, "paths": outlines, "parts": parts, "codes": codes}
