"""Scope of an expression: the row that it is evaluated in, and the look-ups in the dictionary that it needs."""

from collections.abc import Mapping
from itertools import count
from typing import Final

from rdflib.term import Identifier, Variable
from sqlglot import exp

from thidua.columns.relations import Column, Relation, Sql, Value, select, within
from thidua.columns.terms import Term

#: The dictionary's name in SQL.
TERMS: Final = "terms"


class Names:
    """Names in one statement: SQL does not tell ``?a`` from ``?A``, so variables get numbers."""

    def __init__(self, constants: Mapping[int, Term]) -> None:
        """Begin.

        :param constants: of the query, by their numbers: their texts are not looked up.
        """
        self.constants = constants
        self._variables: dict[Identifier, str] = {}
        self._numbers = count(1)

    def of(self, variable: Identifier) -> str:
        """A variable's."""
        return self._variables.setdefault(variable, f"v{len(self._variables)}")

    def fresh(self, prefix: str = "t") -> str:
        """One that nothing has."""
        return f"{prefix}{next(self._numbers)}"


class Scope:
    """The columns of one table, and further ones outside it, whose rows see this one's."""

    def __init__(self, names: Names, relation: Relation, outer: "Scope | None" = None) -> None:
        self.names = names
        self.relation = relation
        self.alias = names.fresh("r")
        self._outer = outer
        self._lookups: dict[str, tuple[str, Sql]] = {}

    @property
    def columns(self) -> Mapping[Variable, Column]:
        """Those of its own table."""
        return self.relation.columns

    def value(self, variable: Variable) -> Value | None:
        """What a variable has in this row; None if nothing binds it."""
        if (column := self.columns.get(variable)) is not None:
            return column.of(self.alias)
        return self._outer.value(variable) if self._outer else None

    def text(self, number: Sql) -> Sql:
        """The text of a term that the dictionary has."""
        if (constant := self._constant(number)) is not None:
            return exp.Literal.string(constant.value)
        return exp.column("value", table=self._looked_up(number))

    def tail(self, number: Sql) -> Sql:
        """What stands behind that text."""
        if (constant := self._constant(number)) is not None:
            return exp.Literal.string(constant.tail)
        return exp.column("tail", table=self._looked_up(number))

    def _constant(self, number: Sql) -> Term | None:
        return self.names.constants.get(int(number.name)) if isinstance(number, exp.Literal) else None

    def _looked_up(self, number: Sql) -> str:
        key = number.sql()
        if key not in self._lookups:
            self._lookups[key] = self.names.fresh("t"), number
        return self._lookups[key][0]

    @property
    def looked_up(self) -> tuple[str, ...]:
        """The columns whose terms are looked up."""
        return tuple(number.name for _, number in self._lookups.values() if isinstance(number, exp.Column))

    def select(self, *more: Sql, keep: bool = True) -> exp.Select:
        """SELECT of the table's columns and of others, with the look-ups joined; conditions may be added to it."""
        own = [exp.column(name, table=self.alias) for name in self.relation.names()] if keep else []
        query = select([*own, *more]).from_(within(self.relation.query, self.alias), copy=False)
        for alias, number in self._lookups.values():
            query = query.join(
                exp.to_table(TERMS, alias=alias),
                on=exp.EQ(this=exp.column("id", table=alias), expression=number.copy()),
                join_type="left",
                copy=False,
            )
        return query
