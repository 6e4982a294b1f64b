"""Relations: what a part of a query compiles to, its columns and what they may hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from rdflib.term import Variable
from sqlglot import exp

from thidua.columns.terms import Kind, Kinds

Sql = exp.Expr


class Form(Enum):
    """What a value is in SQL; NULL is always what is unbound, or an error."""

    ID = "a term's number"
    BOOL = "a truth value"
    INT = "an integer"
    DEC = "a decimal, times 10 to the 18th"
    STR = "a text"
    TERM = "a term as N-Triples writes it"


@dataclass(frozen=True)
class Value:
    """An expression in SQL."""

    sql: Sql
    form: Form
    kinds: Kinds = frozenset()
    """Of a number of a term: all that it may be."""
    bound: bool = False
    """Whether it is never NULL."""


@dataclass(frozen=True)
class Column:
    """A variable's column."""

    name: str
    form: Form
    kinds: Kinds
    bound: bool = True

    def of(self, table: str) -> Value:
        """Its value in a row of a table."""
        return Value(exp.column(self.name, table=table), self.form, self.kinds, self.bound)


@dataclass(frozen=True)
class Key:
    """What rows are to be ordered by: columns of the relation, most significant first."""

    columns: tuple[str, ...]
    descending: bool
    variable: Variable | None
    """What it orders, where equal keys mean equal terms."""


@dataclass(frozen=True)
class Relation:
    """Rows, an order that they are still to be brought into, and what tells them apart."""

    query: exp.Query
    columns: Mapping[Variable, Column]
    order: tuple[Key, ...] = ()
    unique: frozenset[Variable] | None = None
    """Variables that determine the whole row; None where rows may be there twice."""
    hidden: tuple[str, ...] = field(default=())
    """Further columns, which the order needs."""

    def names(self) -> list[str]:
        """Of all columns."""
        return [*(column.name for column in self.columns.values()), *self.hidden]


#: A column for what has none.
UNIT: Final = "unit"


def select(columns: Iterable[Sql]) -> exp.Select:
    """SELECT of columns; of one without a meaning if there are none."""
    return exp.select(*(list(columns) or [exp.alias_(exp.Literal.number(1), UNIT)]))


def within(query: exp.Query, alias: str) -> exp.Subquery:
    """A query to select from."""
    return query.subquery(alias, copy=False)  # each is put in one place


def restricted(relation: Relation, columns: Mapping[Variable, Column], alias: str) -> Relation:
    """Only some of the columns, and those that the order needs."""
    names = [*(column.name for column in columns.values()), *relation.hidden]
    query = select(exp.column(name, table=alias) for name in names).from_(within(relation.query, alias), copy=False)
    return replace(relation, query=query, columns=columns)


def number(value: int) -> Sql:
    """A number as SQL writes it."""
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def is_kind(sql: Sql, kind: Kind) -> Sql:
    """Whether a term is of a kind."""
    return exp.and_(
        exp.GTE(this=sql.copy(), expression=number(kind.first)), exp.LT(this=sql.copy(), expression=number(kind.end))
    )


def is_any(sql: Sql, kinds: Iterable[Kind]) -> Sql:
    """Whether a term is of one of some kinds."""
    return exp.or_(*(is_kind(sql, kind) for kind in sorted(kinds))) if kinds else exp.false()


def case(branches: Iterable[tuple[Sql, Sql]], otherwise: Sql | None = None) -> Sql:
    """CASE, NULL where no branch holds; of one that always holds, its value."""
    found = exp.Case()
    some = False
    for condition, value in branches:
        some = True
        found = found.when(condition, value)
    if not some:
        return otherwise or exp.null()
    return found.else_(otherwise) if otherwise is not None else found


def by_kind(sql: Sql, kinds: Kinds, branches: Mapping[Kind, Sql], otherwise: Sql | None = None) -> Sql:
    """What a term gives, by its kind; nothing is asked of one that can be of one kind alone."""
    given = {kind: each for kind, each in branches.items() if kind in kinds}
    if len(kinds) == 1 and given:
        return next(iter(given.values()))
    return case(((is_kind(sql, kind), each) for kind, each in given.items()), otherwise)


def minus(sql: Sql, value: int) -> Sql:
    """What a number is beyond another."""
    return exp.paren(exp.Sub(this=sql.copy(), expression=number(value)))
