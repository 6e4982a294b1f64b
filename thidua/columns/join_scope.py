"""Scope of a join's condition: it sees both sides, and what it looks up is joined to the side that it is of."""

from collections.abc import Sequence

from rdflib.term import Variable
from sqlglot import exp

from thidua.columns.errors import NotCompiledError
from thidua.columns.relations import Relation, Sql, Value, select, within
from thidua.columns.scope import TERMS, Names, Scope


class JoinScope(Scope):
    """A row of a join that is being made: what its condition looks up is joined to the side that it is of."""

    def __init__(self, names: Names, left: Relation, one: str, right: Relation, other: str) -> None:
        super().__init__(names, left)
        self.alias = one
        self._right = right
        self._other = other

    def value(self, variable: Variable) -> Value | None:
        mine, theirs = self.relation.columns.get(variable), self._right.columns.get(variable)
        if mine is not None and theirs is not None and not mine.bound:
            sql = exp.Coalesce(this=mine.of(self.alias).sql, expressions=[theirs.of(self._other).sql])
            return Value(sql, mine.form, mine.kinds | theirs.kinds, theirs.bound)
        if mine is not None:
            return mine.of(self.alias)
        return theirs.of(self._other) if theirs is not None else None

    def joined(self, shown: Sequence[Sql], condition: Sql, how: str) -> exp.Select:
        """SELECT of the join."""
        sides: dict[str, list[tuple[str, Sql]]] = {self.alias: [], self._other: []}
        for alias, number_ in self._lookups.values():
            tables = {column.table for column in number_.find_all(exp.Column)}
            if len(tables) != 1:
                raise NotCompiledError("a condition of OPTIONAL on a variable of both sides, which may be unbound")
            sides[tables.pop()].append((alias, number_))
        for alias, _ in (each for side in sides.values() for each in side):
            for column in condition.find_all(exp.Column):
                if column.table == alias:
                    own = self.alias if any(alias == each for each, _ in sides[self.alias]) else self._other
                    column.set("this", exp.to_identifier(f"{alias}_{column.name}"))
                    column.set("table", exp.to_identifier(own))
        left, right = (
            _with_lookups(query, alias, sides[alias])
            for query, alias in ((self.relation.query, self.alias), (self._right.query, self._other))
        )
        return select(shown).from_(left, copy=False).join(right, on=condition, join_type=how, copy=False)


def _with_lookups(query: exp.Query, alias: str, lookups: Sequence[tuple[str, Sql]]) -> exp.Subquery:
    """A table with what is looked up in the dictionary for it, as further columns."""
    if not lookups:
        return within(query, alias)
    more = [
        exp.alias_(exp.column(name, table=each), f"{each}_{name}") for each, _ in lookups for name in ("value", "tail")
    ]
    found = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier(alias)), *more).from_(within(query, alias))
    for each, sql in lookups:
        same = exp.EQ(this=exp.column("id", table=each), expression=sql.copy())
        found = found.join(exp.to_table(TERMS, alias=each), on=same, join_type="left")
    return within(found, alias)
