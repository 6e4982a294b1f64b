"""Names in an answer: what each IRI of its rows is called in the reader's language.

A unit that bore another name then goes by the one that the answer gives; all else as :mod:`thidua.views.naming` says.
"""

from collections.abc import Iterable, Mapping

from thidua.base.terms import TD
from thidua.rdf.cells import Cell, Record, Select
from thidua.views.naming import SINCE, is_proper, names, namesakes


class AnswerNames:
    """The names of what stands in some rows.

    :param select: answers a SELECT of our own.
    :param known: names that are made elsewhere, such as those of sources.
    """

    def __init__(self, select: Select, language: str, known: Mapping[str, str]) -> None:
        self._select, self._language, self._known = select, language, known
        self._names: dict[str, str] = dict(known)
        self._since: dict[str, str] = {}

    def learn(self, iris: Iterable[str]) -> None:
        """Look up the names of things that are not known yet."""
        new = {iri for iri in iris if iri not in self._names}
        if new:
            self._names |= names(self._select, new, self._language, self._known)
            self._since |= namesakes(self._select, filter(is_proper, new))

    def of(self, iri: str, then: str = "") -> str:
        """What a thing is called; empty where nobody says.

        :param then: the name that the answer itself gives it.
        """
        if not (then and is_proper(iri)):
            return self._names.get(iri, "") or then
        year = self._since.get(iri, "")[:4]
        return f"{then} ({SINCE[self._language]} {year})" if year else then

    def cell(self, record: Record, column: str) -> str:
        """What the thing in a column is called; a value as it is."""
        cell, label = record.get(column), record.get(f"{column}Label")
        if cell is None:
            return label.value if label else ""
        return self.of(cell.value, label.value if label else "") if cell.kind == "iri" else cell.value


def iris_in(records: Iterable[Record]) -> set[str]:
    """The IRIs that stand in some rows."""
    return {cell.value for record in records for cell in record.values() if is_iri(cell) and cell}


def is_iri(cell: Cell | None) -> bool:
    """Whether a cell names a thing."""
    return cell is not None and cell.kind == "iri" and not cell.value.startswith(TD)
