"""Names in an answer: what each IRI of its rows is called in the reader's language.

Proper names of places and people are Vietnamese in both languages; a cluster goes by its short name; a unit that bore
another name then by the one that the answer gives; of two units of one name the later has its year behind it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from thidua.base.terms import TD, instance
from thidua.names.labels import in_language, labels
from thidua.rdf.cells import Cell, Record, Select
from thidua.views.naming import SINCE, names, namesakes, short_name

_PROPER: Final = (instance("province", ""), instance("person", ""))
_EDITION: Final = instance("edition", "")


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
        proper = {iri for iri in new if iri.startswith(_PROPER)}
        called = labels(self._select, proper) if proper else {}
        self._names |= {iri: in_language(texts, "vi") for iri, texts in called.items()}
        self._since |= namesakes(self._select, proper) if proper else {}
        found = names(self._select, new - proper, self._language, self._known) if new - proper else {}
        self._names |= {iri: _short(iri, name) for iri, name in found.items()}

    def of(self, iri: str, then: str = "") -> str:
        """What a thing is called; empty where nobody says.

        :param then: the name that the answer itself gives it.
        """
        name = (then if iri.startswith(_PROPER) and then else self._names.get(iri, "")) or then
        year = self._since.get(iri, "")[:4]
        return f"{name} ({SINCE[self._language]} {year})" if name and year else name

    def cell(self, record: Record, column: str) -> str:
        """What the thing in a column is called; a value as it is."""
        cell, label = record.get(column), record.get(f"{column}Label")
        if cell is None:
            return label.value if label else ""
        return self.of(cell.value, label.value if label else "") if cell.kind == "iri" else cell.value


def _short(iri: str, name: str) -> str:
    """A name without what all names of its kind have: of an edition its cluster and year."""
    parts = [short_name(part) for part in name.split(" · ")]
    return ", ".join(parts[-2:]) if iri.startswith(_EDITION) and len(parts) > 2 else " · ".join(parts)


def iris_in(records: Iterable[Record]) -> set[str]:
    """The IRIs that stand in some rows."""
    return {cell.value for record in records for cell in record.values() if is_iri(cell) and cell}


def is_iri(cell: Cell | None) -> bool:
    """Whether a cell names a thing."""
    return cell is not None and cell.kind == "iri" and not cell.value.startswith(TD)
