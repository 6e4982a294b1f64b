"""Tidy tables: one for each class, a row for each resource, a column for each property.

A property of which some thing of the class has several values, or values of several datatypes, has a table of its own,
``Class__property``, with a row for each value, so nothing is joined into a cell or lost. The layout follows the
version at hand; the table ``dictionary`` says what each column is. What is about the words themselves (classes and
properties of the ontology) is no table: the dictionary has it. Nor are blank nodes without a class, such as lists.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from thidua.base.terms import PREFIXES, shorten
from thidua.names.labels import labels
from thidua.rdf.cells import Cell, Select
from thidua.rdf.columns import column_values

_TYPE: Final = PREFIXES["rdf"] + "type"
_LANGUAGES: Final = tuple(PREFIXES[name] for name in ("owl", "rdf", "rdfs"))
_LANG_STRING: Final = PREFIXES["rdf"] + "langString"
_STRING: Final = PREFIXES["xsd"] + "string"
#: In the place of a class, for things that have none.
_UNTYPED: Final = "untyped"
#: The table that all others refer to, and its key.
THING: Final = "thing"
KEY: Final = "iri"


@dataclass(frozen=True)
class Column:
    """A column: ``kind`` is one of :data:`thidua.rdf.columns.KINDS`, ``string``, or ``iri``."""

    name: str
    kind: str = "string"
    property: str = ""
    datatype: str = ""
    language: str = ""
    refers: bool = False
    """Whether each value is a thing of this export."""


@dataclass(frozen=True)
class Table:
    """Rows of Python values, sorted; the things of a class, or the values of one property of theirs."""

    name: str
    about: str
    """The IRI of the class or of the property; empty for the tables that every export has."""
    columns: Sequence[Column]
    rows: list[list[Any]]
    keyed: bool = True
    """Whether the first column identifies the row."""


class Tidy:
    """Reads the default graph of a version: ``classes`` has the things whose narrowest class each is, sorted;
    ``table_of`` the table of each thing, the first one if it is in several.

    :param select: answers a SELECT.
    """

    def __init__(self, select: Select) -> None:
        self.select = select
        self._types: dict[str, set[str]] = defaultdict(set)
        for thing, kind in self._pairs("?a a ?b"):
            self._types[_name(thing)].add(kind.value)
        self.classes = self._narrowest()
        self._names = _unique((iri, column_name(iri)) for iri in self.classes)
        self.table_of: dict[str, str] = {}
        for iri, things in self.classes.items():
            self.table_of |= {each: self._names[iri] for each in things if each not in self.table_of}
        self._labels = labels(select, pattern="")
        self._described: list[tuple[str, str, Column]] = []

    def _narrowest(self) -> dict[str, list[str]]:
        above: dict[str, set[str]] = defaultdict(set)
        for narrow, wide in self._pairs(f"?a <{PREFIXES['rdfs']}subClassOf>+ ?b FILTER(?a != ?b)"):
            above[narrow.value].add(wide.value)
        members: dict[str, list[str]] = defaultdict(list)
        untyped = self.select("SELECT DISTINCT ?s { ?s ?p ?o FILTER(ISIRI(?s)) FILTER NOT EXISTS { ?s a ?t } }")
        members[_UNTYPED] += sorted(row["s"].value for row in untyped if row["s"])
        for thing, kinds in sorted(self._types.items()):
            told = {kind for kind in kinds if not kind.startswith(_LANGUAGES)}
            for kind in told.difference(*(above[each] for each in told)):
                members[kind].append(thing)
        return {kind: members[kind] for kind in sorted(members, key=column_name) if members[kind]}

    def tables(self, progress: Callable[[str], None] = lambda step: None) -> Iterator[Table]:
        """Every table, one after the other; ``thing`` and ``dictionary`` come last."""
        for kind, things in self.classes.items():
            progress(f"table {self._names[kind]}")
            yield from self._of_class(kind, things)
        progress("tables of all things")
        yield from self._of_all()

    def _of_class(self, kind: str, things: Sequence[str]) -> Iterator[Table]:
        values: dict[str, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
        wanted = set(things)
        pattern = f"?s a <{kind}> ; ?p ?o" if kind != _UNTYPED else "?s ?p ?o FILTER NOT EXISTS { ?s a ?t }"
        for row in self.select(f"SELECT ?s ?p ?o {{ {pattern} }}"):
            thing, link, value = row["s"], row["p"], row["o"]
            if thing and link and value and link.value != _TYPE and _name(thing) in wanted:
                values[link.value][_name(thing)].append(value)
        table = self._names[kind]
        names = _unique((name, column_name(name)) for name in sorted(values, key=column_name))
        columns, contents, apart = [Column(KEY, "iri", refers=True)], [list(things)], []
        for name, short in names.items():
            placed = self._in_columns(name, short, values[name], things)
            if placed is None:
                apart.append(self._apart(f"{table}__{short}", name, values[name]))
            else:
                columns += [column for column, _ in placed]
                contents += [content for _, content in placed]
        about = "" if kind == _UNTYPED else kind
        yield self._known(Table(table, about, columns, [list(row) for row in zip(*contents, strict=True)]))
        for other in apart:
            yield self._known(other)

    def _in_columns(
        self, name: str, short: str, values: Mapping[str, list[Cell]], things: Sequence[str]
    ) -> list[tuple[Column, list[Any]]] | None:
        """A property as a column, or as one for each language; None where it needs a table of its own."""
        cells = [cell for each in values.values() for cell in each]
        if len({_sort(cell) for cell in cells}) > 1:
            return None
        languages = sorted({cell.language or "" for cell in cells})
        columns = []
        for language in languages:
            chosen = {thing: [c for c in each if (c.language or "") == language] for thing, each in values.items()}
            if any(len(each) > 1 for each in chosen.values()):
                return None
            in_order = [next(iter(chosen.get(thing, [])), None) for thing in things]
            unique = f"{short}_{language.replace('-', '_')}" if language else short
            columns.append(self._column(unique, name, in_order, language))
        return columns

    def _apart(self, table: str, name: str, values: Mapping[str, list[Cell]]) -> Table:
        pairs = sorted(
            ((thing, cell) for thing, each in values.items() for cell in each),
            key=lambda pair: (pair[0], pair[1].language or "", pair[1].value, pair[1].datatype or ""),
        )
        cells = [cell for _, cell in pairs]
        sorts = {_sort(cell) for cell in cells}
        contents: list[tuple[Column, list[Any]]] = [(Column(KEY, "iri", refers=True), [thing for thing, _ in pairs])]
        if len(sorts) == 1:
            contents.append(self._column("value", name, cells))
        else:
            contents.append((Column("value", property=name), [_name(cell) for cell in cells]))
            contents.append((Column("datatype"), [_sort(cell) for cell in cells]))
        if any(cell.language for cell in cells):
            contents.append((Column("language"), [cell.language for cell in cells]))
        rows = [list(row) for row in zip(*(content for _, content in contents), strict=True)]
        return Table(table, name, [column for column, _ in contents], rows, keyed=False)

    def _column(
        self, name: str, about: str, cells: Sequence[Cell | None], language: str = ""
    ) -> tuple[Column, list[Any]]:
        """A column of cells that are all of one sort."""
        sort = _sort(next(cell for cell in cells if cell))
        if sort == "iri":
            values = [_name(cell) if cell else None for cell in cells]
            refers = all(value is None or value in self.table_of for value in values)
            return Column(name, "iri", about, refers=refers), values
        kind, values = column_values(cells)
        return Column(name, kind, about, sort, language), values

    def _of_all(self) -> Iterator[Table]:
        things = sorted(self.table_of)
        graphs = sorted(
            (_name(thing), graph.value)
            for thing, graph in self._pairs("GRAPH ?b { ?a ?p ?o }")
            if _name(thing) in self.table_of
        )
        key = Column(KEY, "iri", refers=True)
        columns = [Column(KEY, "iri"), Column("class"), Column("label_vi"), Column("label_en")]
        named = [
            [thing, self.table_of[thing], self.label(thing, "vi"), self.label(thing, "en")] for thing in things
        ]  # fmt: skip
        types = [[thing, kind] for thing in things for kind in sorted(self._types[thing])]
        for table in (
            Table(THING, "", columns, named),
            Table("thing__type", _TYPE, [key, Column("value", "iri", _TYPE)], types, keyed=False),
            Table("thing__graph", "", [key, Column("graph", "iri")], [list(pair) for pair in graphs], keyed=False),
        ):
            yield self._known(table)
        yield self._dictionary()

    def _known(self, table: Table) -> Table:
        self._described += [(table.name, table.about, column) for column in table.columns]
        return table

    def _dictionary(self) -> Table:
        """What each column of the other tables is."""
        meanings = self._meanings()
        names = ("table", "column", "class_or_property", "label_vi", "label_en", "definition_vi", "definition_en")
        rows = []
        for table, about, column in self._described:
            iri = column.property or (about if column.name == KEY else "")
            texts = [
                self.label(iri, "vi"),
                self.label(iri, "en"),
                *(meanings.get(iri, {}).get(x) for x in ("vi", "en")),
            ]
            refers = THING if column.refers else None
            rows.append([table, column.name, iri or None, *texts, column.kind, column.datatype or None, refers])
        columns = [Column(name) for name in (*names, "kind", "datatype", "refers_to")]
        return Table("dictionary", "", columns, rows, keyed=False)

    def _meanings(self) -> dict[str, dict[str, str]]:
        meanings: dict[str, dict[str, str]] = defaultdict(dict)
        for term, text in self._pairs(f"?a <{PREFIXES['skos']}definition> ?b"):
            meanings[term.value][text.language or ""] = text.value
        return meanings

    def label(self, iri: str, language: str) -> str | None:
        """A name in a language, or one without any; None where there is none."""
        names = self._labels.get(iri, {})
        return names.get(language) or names.get("")

    def _pairs(self, pattern: str) -> Iterator[tuple[Cell, Cell]]:
        for row in self.select(f"SELECT DISTINCT ?a ?b {{ {pattern} }}"):
            first, second = row["a"], row["b"]
            assert first and second
            yield first, second


def column_name(iri: str) -> str:
    """A name for tables and columns: ``year`` for this project's terms, ``org_member`` for others'."""
    short = shorten(iri)
    if short.startswith("<"):
        short = re.split(r"[/#]", iri.rstrip("/#"))[-1]
    return re.sub(r"\W", "_", short.removeprefix("td:"), flags=re.ASCII)


def _unique(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The same names, told apart by a number where two differ in nothing but case."""
    taken: set[str] = {KEY, THING, "dictionary"}
    chosen = {}
    for iri, name in names:
        unique, number = name, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique.casefold())
        chosen[iri] = unique
    return chosen


def _name(cell: Cell) -> str:
    return f"_:{cell.value}" if cell.kind == "blank" else cell.value


def _sort(cell: Cell) -> str:
    """What a column's cells must have in common: all IRIs, or one datatype."""
    return "iri" if cell.kind != "literal" else _LANG_STRING if cell.language else cell.datatype or _STRING
