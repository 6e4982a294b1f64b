"""Compiler from SPARQL to SQL: the algebra of a query to one statement over a columnar copy, as a tree of sqlglot's.

It is exact or refuses: :class:`~thidua.columns.errors.NotCompiledError` names what has no translation.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from rdflib.paths import MulPath
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Variable
from sqlglot import exp

from thidua.columns.algebra import algebra_of, constant
from thidua.columns.dictionary import Dictionary, Encoder
from thidua.columns.errors import NotCompiledError
from thidua.columns.expressions import Expressions
from thidua.columns.groups import Groups
from thidua.columns.join_scope import JoinScope
from thidua.columns.order import in_order, ordered, sorting_parts
from thidua.columns.patterns import Patterns
from thidua.columns.relations import Column, Form, Relation, Sql, number, restricted, select, within
from thidua.columns.scope import TERMS, Names, Scope
from thidua.columns.terms import Kind, Term

#: The name of the table that has the rows of the first statement.
ANSWER: Final = "answer"
#: Joins, unions and subqueries nested in each other that SQL is still made of.
_DEEPEST: Final = 60


@dataclass(frozen=True)
class Cut:
    """LIMIT and OFFSET: where the order leaves rows on both sides of a cut equal, the answer is not determined."""

    start: int
    length: int | None
    keys: int
    """How many columns the statement has behind those of the answer: what the order goes by."""


@dataclass(frozen=True)
class Compiled:
    """A query in SQL, in two statements: the second reads the rows that the first found, by then counted."""

    form: Literal["SELECT", "ASK"]
    tree: exp.Query
    """Its rows have terms as numbers, where these stand for them; of an ASK, there is one if it holds."""
    shown: exp.Query
    """Over :data:`ANSWER`, the rows of the first: each term as N-Triples writes it, NULL where it is unbound."""
    looked_up: tuple[str, ...]
    """Columns of :data:`ANSWER` whose terms the second looks up in the dictionary."""
    variables: tuple[str, ...]
    foreign: Mapping[int, Term]
    """Constants that the dictionary lacks and that a row may have."""
    cut: Cut | None = None


def compiled(text: str, dictionary: Dictionary, base: str | None = None) -> Compiled:
    """Compile a query.

    :raises NotCompiledError: a part of it has no exact translation.
    """
    query, every = algebra_of(text, base)
    if query.datasetClause:
        raise NotCompiledError("FROM")
    if query.name not in ("SelectQuery", "AskQuery"):
        raise NotCompiledError(query.name.removesuffix("Query").upper())
    try:
        return _Compiler(dictionary).compiled(query, every)
    except RecursionError as exc:
        raise NotCompiledError("a query that is nested too deep") from exc


class _Compiler:
    def __init__(self, dictionary: Dictionary) -> None:
        self._encode = Encoder(dictionary)
        self._names = Names(self._encode.constants)
        self._patterns = Patterns(dictionary, self._encode, self._names)
        self._expressions = Expressions(self._encode, self._exists)
        self._groups = Groups(self._expressions, self._names)
        self._depth = 0
        self._handlers: dict[str, Callable[[CompValue], Relation]] = {
            "BGP": lambda node: self._patterns.pattern(node.triples),
            "Join": self._join,
            "LeftJoin": self._optional,
            "Union": self._union,
            "Minus": self._minus,
            "Filter": self._filter,
            "Extend": self._extend,
            "values": self._values,
            "ToMultiSet": self._multiset,
            "AggregateJoin": lambda node: self._groups.grouped(node, self._relation(node.p.p)),
            "Project": self._project,
            "Distinct": self._distinct,
            "Reduced": self._reduced,
            "OrderBy": lambda node: ordered(self._relation(node.p), node.expr, self._expressions, self._names),
            "Slice": self._slice,
        }

    def compiled(self, query: CompValue, every: bool) -> Compiled:
        """A whole query.

        :param every: whether it selects all variables that there are; the engine gives these in alphabetical order.
        """
        if query.name == "AskQuery":
            rows = self._relation(query.p)
            found = select([]).from_(within(rows.query, self._names.fresh("r"))).limit(1)
            foreign = _shown(found, self._encode.foreign)
            every_row = exp.select(exp.Star()).from_(ANSWER)
            return Compiled("ASK", _with_constants(found, foreign), every_row, (), (), foreign)
        node, cut = query.p, None
        if node.name == "Slice":
            node, cut = node.p, (int(node.start or 0), None if node.length is None else int(node.length))
        variables = tuple(map(Variable, query.PV))
        conditions = _order_of(node, variables) if cut is None else []
        if every:  # what the parser lists has what is out of scope, too
            (node.p if node.name == "Distinct" else node)["PV"] = None
        rows = self._relation(_without_order(node) if conditions else node)
        variables = tuple(sorted(rows.columns)) if every else variables
        if not variables:
            raise NotCompiledError("a SELECT of nothing")
        alias = self._names.fresh("r")
        columns = {variable: rows.columns[variable] for variable in variables if variable in rows.columns}
        wanted = restricted(rows, columns, alias)
        tree = _in_order(wanted.query, wanted, alias)
        if cut is not None:
            start, length = cut
            if length is not None:
                tree = tree.limit(length + 1 + bool(start))
            if start:
                tree = tree.offset(start - 1)
        scope = Scope(self._names, replace(wanted, query=exp.select(exp.Star()).from_(ANSWER)))
        cells = [exp.alias_(self._written(scope, variable), f"c{at}") for at, variable in enumerate(variables)]
        keys = [exp.column(name, table=scope.alias) for key in rows.order for name in key.columns] if cut else []
        shown: exp.Query = scope.select(*cells, *keys, keep=False)
        shown = _in_order(shown, wanted, scope.alias)
        if conditions:
            by = [(condition, self._expressions.value(condition.expr, scope)) for condition in conditions]
            sorted_by = [(part, each) for each, value in by for part in sorting_parts(value, scope, self._expressions)]
            shown = scope.select(*cells, keep=False)
            for part, each in sorted_by:
                shown = shown.order_by(in_order(part, each.order == "DESC"))
        names, foreign = tuple(map(str, variables)), _shown(tree, self._encode.foreign)
        cut_ = cut and Cut(*cut, len(keys))
        return Compiled("SELECT", _with_constants(tree, foreign), shown, scope.looked_up, names, foreign, cut_)

    def _written(self, scope: Scope, variable: Variable) -> Sql:
        value = scope.value(variable)
        return exp.cast(exp.null(), "varchar") if value is None else self._expressions.written(value, scope)

    def _relation(self, node: Any) -> Relation:
        if not isinstance(node, CompValue):
            raise NotCompiledError("VALUES of nothing")
        if node.name not in self._handlers:
            raise NotCompiledError(f"{node.name.upper()}")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotCompiledError(f"a query of more than {_DEEPEST} parts in each other")
        found = self._handlers[node.name](node)
        self._depth -= 1
        return found

    # Joins.

    def _join(self, node: CompValue) -> Relation:
        if _is_empty(node.p1):
            return self._relation(node.p2)
        if _is_empty(node.p2):
            return self._relation(node.p1)
        return self._joined(self._relation(node.p1), self._relation(node.p2), "inner", None)

    def _optional(self, node: CompValue) -> Relation:
        left, right = self._relation(node.p1), self._relation(node.p2)
        if any(variable in left.columns and not column.bound for variable, column in right.columns.items()):
            # There the engine, which goes from row to row, sees what is bound outside, as SPARQL's algebra does not.
            raise NotCompiledError("OPTIONAL of what may be unbound in it, and is bound outside")
        return self._joined(left, right, "left", node.expr)

    def _joined(self, left: Relation, right: Relation, how: str, expression: Any) -> Relation:
        shared = [variable for variable in left.columns if variable in right.columns]
        left, right = self._alike(left, right, shared)
        one, other = self._names.fresh("r"), self._names.fresh("r")
        conditions = [_compatible(left.columns[each], one, right.columns[each], other) for each in shared]
        columns, shown = {}, []
        for variable in dict.fromkeys([*left.columns, *right.columns]):
            column, sql = self._both(variable, left, one, right, other, how == "inner")
            if how == "left" and variable not in left.columns:
                column = replace(column, bound=False)
            columns[variable] = column
            shown.append(exp.alias_(sql, column.name))
        scope = JoinScope(self._names, left, one, right, other)
        if expression is not None:
            conditions.append(self._expressions.condition(expression, scope))
        query = scope.joined(shown, exp.and_(exp.true(), *conditions), how)
        return Relation(query, columns)

    def _alike(self, left: Relation, right: Relation, shared: Iterable[Variable]) -> tuple[Relation, Relation]:
        """Both sides with shared variables in one form."""
        for variable in shared:
            one, other = left.columns[variable], right.columns[variable]
            if one.form is not other.form:
                left, right = self._as_terms(left, variable), self._as_terms(right, variable)
        return left, right

    def _as_terms(self, relation: Relation, variable: Variable) -> Relation:
        """A relation with one column in the form of terms as N-Triples writes them."""
        column = relation.columns[variable]
        if column.form is Form.TERM:
            return relation
        scope = Scope(self._names, relation)
        own = [
            exp.alias_(self._written(scope, variable), name)
            if name == column.name
            else exp.column(name, table=scope.alias)
            for name in relation.names()
        ]
        changed = replace(column, form=Form.TERM, kinds=frozenset())
        return replace(relation, query=scope.select(*own, keep=False), columns={**relation.columns, variable: changed})

    def _both(
        self, variable: Variable, left: Relation, one: str, right: Relation, other: str, inner: bool
    ) -> tuple[Column, Sql]:
        """The column that a variable has in a join, and what it is."""
        mine, theirs = left.columns.get(variable), right.columns.get(variable)
        if mine is None or theirs is None:
            column, table = (mine, one) if mine else (theirs, other)
            assert column is not None
            return column, exp.column(column.name, table=table)
        sql: Sql = exp.column(mine.name, table=one)
        if mine.bound:
            return replace(mine, kinds=mine.kinds & theirs.kinds if inner and theirs.bound else mine.kinds), sql
        sql = exp.Coalesce(this=sql, expressions=[exp.column(theirs.name, table=other)])
        return replace(mine, kinds=mine.kinds | theirs.kinds, bound=theirs.bound), sql

    def _minus(self, node: CompValue) -> Relation:
        left, right = self._relation(node.p1), self._relation(node.p2)
        shared = [variable for variable in left.columns if variable in right.columns]
        if not shared:
            return left
        left, right = self._alike(left, right, shared)
        one, other = self._names.fresh("r"), self._names.fresh("r")
        conditions = [_compatible(left.columns[each], one, right.columns[each], other) for each in shared]
        if not any(left.columns[each].bound and right.columns[each].bound for each in shared):
            conditions.append(exp.paren(exp.or_(*(
                exp.and_(_is_bound(left.columns[each], one), _is_bound(right.columns[each], other)) for each in shared
            ))))  # fmt: skip
        theirs = select([]).from_(within(right.query, other)).where(*conditions)
        own = [exp.column(name, table=one) for name in left.names()]
        query = (
            select(own).from_(within(left.query, one), copy=False).where(exp.not_(exp.Exists(this=theirs)), copy=False)
        )
        return replace(left, query=query)

    def _union(self, node: CompValue) -> Relation:
        left, right = self._relation(node.p1), self._relation(node.p2)
        left, right = self._alike(left, right, [each for each in left.columns if each in right.columns])
        columns, sides = {}, []
        for variable in dict.fromkeys([*left.columns, *right.columns]):
            both = [side.columns[variable] for side in (left, right) if variable in side.columns]
            kinds = frozenset[Kind]().union(*(each.kinds for each in both))
            bound = len(both) == 2 and all(each.bound for each in both)
            columns[variable] = replace(both[0], kinds=kinds, bound=bound)
        for side in (left, right):
            alias = self._names.fresh("r")
            shown = [
                exp.alias_(
                    exp.column(column.name, table=alias) if variable in side.columns else _nothing(column), column.name
                )
                for variable, column in columns.items()
            ]
            sides.append(select(shown).from_(within(side.query, alias)))
        return Relation(sides[0].union(sides[1], distinct=False), columns)

    # Filters and what is worked out.

    def _filter(self, node: CompValue) -> Relation:
        relation = self._relation(node.p)
        scope = Scope(self._names, relation)
        condition = self._expressions.condition(node.expr, scope)
        return replace(relation, query=scope.select().where(condition, copy=False))

    def _exists(self, node: CompValue, outer: Scope) -> Sql:
        """Whether a pattern has a row that agrees with one outside, which a filter right over it sees, too."""
        expression = None
        if node.name == "Filter":
            node, expression = node.p, node.expr
        if any(part not in ("BGP", "Join", "ToMultiSet", "values") for part in _parts(node)):
            raise NotCompiledError("EXISTS of more than patterns, values and a filter")
        if any(isinstance(predicate, MulPath) for triples in _triples(node) for _, predicate, _ in triples):
            raise NotCompiledError("EXISTS of a closure, whose ends may be bound outside")
        scope = Scope(self._names, self._relation(node), outer)
        conditions = [] if expression is None else [self._expressions.condition(expression, scope)]
        for variable, column in scope.columns.items():
            if (value := outer.value(variable)) is None:
                continue
            if value.form is not Form.ID or column.form is not Form.ID or not column.bound:
                raise NotCompiledError("EXISTS of what is worked out, or may be unbound")
            same: Sql = exp.EQ(this=exp.column(column.name, table=scope.alias), expression=value.sql.copy())
            if not value.bound:
                same = exp.paren(exp.or_(same, exp.Is(this=value.sql.copy(), expression=exp.null())))
            conditions.append(same)
        query = scope.select(keep=False)
        return exp.Exists(this=query.where(*conditions) if conditions else query)

    def _extend(self, node: CompValue) -> Relation:
        relation = self._relation(node.p)
        if node.var in relation.columns:
            raise NotCompiledError(f"?{node.var}, which is bound twice")
        scope = Scope(self._names, relation)
        value = self._expressions.value(node.expr, scope)
        value = self._expressions.as_id(value) or value
        column = Column(self._names.of(node.var), value.form, value.kinds, value.bound)
        query = scope.select(exp.alias_(value.sql, column.name))
        unique = relation.unique
        if unique is not None and node.expr in unique:  # another name of the same
            unique = unique - {node.expr} | {node.var}
        return replace(relation, query=query, columns={**relation.columns, node.var: column}, unique=unique)

    def _values(self, node: CompValue) -> Relation:
        rows = [{Variable(v): t for v, t in row.items() if str(t) != "UNDEF"} for row in node.res]
        variables = list(dict.fromkeys(variable for row in node.res for variable in map(Variable, row)))
        if not rows or not variables:
            raise NotCompiledError("VALUES of nothing")
        columns, lines = {}, []
        terms = [{variable: constant(term) for variable, term in row.items()} for row in rows]
        for variable in variables:
            kinds = frozenset(row[variable].kind for row in terms if variable in row)
            columns[variable] = Column(self._names.of(variable), Form.ID, kinds, all(variable in row for row in terms))
        for row in terms:
            cells = [number(self._encode(row[v])) if v in row else exp.null() for v in variables]
            lines.append(select(exp.alias_(exp.cast(cell, "bigint"), columns[v].name)
                                for v, cell in zip(variables, cells, strict=True)))  # fmt: skip
        query: exp.Query = lines[0]
        for line in lines[1:]:
            query = query.union(line, distinct=False)
        return Relation(query, columns)

    def _multiset(self, node: CompValue) -> Relation:
        """What a subquery gives to the pattern around it: what it selects, in no order."""
        relation = self._relation(node.p)
        plain = replace(relation, order=(), hidden=(), unique=None)
        return restricted(plain, relation.columns, self._names.fresh("r"))

    # What is done with all rows.

    def _project(self, node: CompValue) -> Relation:
        relation, alias = self._relation(node.p), self._names.fresh("r")
        columns, shown = {}, []
        for variable in relation.columns if node.PV is None else map(Variable, node.PV):
            column = relation.columns.get(variable)
            sql: Sql = exp.column(column.name, table=alias) if column else exp.cast(exp.null(), "bigint")
            column = column or Column(self._names.of(variable), Form.ID, frozenset(), bound=False)
            columns[variable] = column
            shown.append(exp.alias_(sql, column.name))
        shown += [exp.column(name, table=alias) for name in relation.hidden]
        query = select(shown).from_(within(relation.query, alias), copy=False)
        unique = relation.unique if relation.unique is not None and relation.unique <= columns.keys() else None
        return replace(relation, query=query, columns=columns, unique=unique)

    def _distinct(self, node: CompValue) -> Relation:
        relation = self._relation(node.p)
        shown = {column.name for column in relation.columns.values()}
        of_shown = all(key.variable in relation.columns for key in relation.order)
        if relation.hidden and not (of_shown and shown):
            raise NotCompiledError("DISTINCT in an order that is not selected")
        alias = self._names.fresh("r")
        names = [exp.column(name, table=alias) for name in relation.names()]
        query = select(names).distinct().from_(within(relation.query, alias))
        return replace(relation, query=query, unique=frozenset(relation.columns))

    def _reduced(self, node: CompValue) -> Relation:
        raise NotCompiledError("REDUCED")

    def _slice(self, node: CompValue) -> Relation:
        """LIMIT and OFFSET within a query: the order must tell all rows apart."""
        relation = self._relation(node.p)
        ordered_by = {key.variable for key in relation.order}
        if not relation.order or not (
            relation.columns.keys() <= ordered_by or (relation.unique is not None and relation.unique <= ordered_by)
        ):
            raise NotCompiledError("LIMIT in an order that leaves rows equal")
        alias = self._names.fresh("r")
        query = select(exp.column(name, table=alias) for name in relation.names()).from_(within(relation.query, alias))
        sliced = _in_order(query, relation, alias)
        if node.length is not None:
            sliced = sliced.limit(int(node.length))
        if node.start:
            sliced = sliced.offset(int(node.start))
        return replace(relation, query=sliced)


def _shown(tree: exp.Query, foreign: Mapping[int, Term]) -> dict[int, Term]:
    """Those constants that a row may have, rather than being compared with one."""
    shown = {
        int(each.name)
        for each in tree.find_all(exp.Literal)
        if not each.is_string and each.name.isdigit() and not isinstance(each.parent, exp.EQ | exp.GTE | exp.LT)
    }
    return {number_: term for number_, term in foreign.items() if number_ in shown}


def _with_constants(tree: exp.Query, foreign: Mapping[int, Term]) -> exp.Query:
    """A query whose look-ups find the constants, too, that the dictionary lacks."""
    known: exp.Query = exp.select("id", "value", "tail").from_(TERMS)
    for number_, term in foreign.items():
        cells = (number(number_), exp.Literal.string(term.value), exp.Literal.string(term.tail))
        known = known.union(exp.select(*cells), distinct=False)
    if foreign:
        for table in list(tree.find_all(exp.Table)):
            if table.name == TERMS:
                table.replace(known.copy().subquery(table.alias))
    return tree


def _in_order(query: exp.Query, relation: Relation, alias: str) -> exp.Query:
    """A query in the order that a relation is still to be brought into; what is unbound is the least."""
    for key in relation.order:
        for name in key.columns:
            query = query.order_by(in_order(exp.column(name, table=alias), key.descending))
    return query


def _order_of(node: CompValue, variables: Sequence[Variable]) -> list[CompValue]:
    """ORDER BY of a whole query that is by what it selects: it can be brought into order when its rows are known."""
    inner = node.p if node.name == "Distinct" else node
    if inner.name != "Project" or inner.p.name != "OrderBy":
        return []
    conditions: list[CompValue] = list(inner.p.expr)
    return conditions if all(condition.expr in variables for condition in conditions) else []


def _without_order(node: CompValue) -> CompValue:
    if node.name == "Distinct":
        return CompValue("Distinct", p=_without_order(node.p))
    return CompValue("Project", p=node.p.p, PV=node.PV)


def _is_bound(column: Column, table: str) -> Sql:
    return exp.paren(exp.Is(this=exp.column(column.name, table=table), expression=exp.Not(this=exp.null())))


def _compatible(one: Column, left: str, other: Column, right: str) -> Sql:
    """Whether two rows agree in a variable: it is the same, or unbound in one of them."""
    same: Sql = exp.EQ(this=exp.column(one.name, table=left), expression=exp.column(other.name, table=right))
    loose = [exp.not_(_is_bound(column, table)) for column, table in ((one, left), (other, right)) if not column.bound]
    return exp.paren(exp.or_(same, *loose)) if loose else same


def _nothing(column: Column) -> Sql:
    kinds = {Form.ID: "bigint", Form.DEC: "int128"}
    return exp.cast(exp.null(), kinds.get(column.form, "varchar"))


def _is_empty(node: CompValue) -> bool:
    return bool(node.name == "BGP" and not node.triples)


def _triples(node: Any) -> Iterable[Any]:
    """The triples of a pattern's basic graph patterns."""
    if isinstance(node, CompValue):
        if node.name == "BGP":
            yield node.triples
        for name in ("p", "p1", "p2"):
            yield from _triples(node.get(name))


def _parts(node: Any) -> Iterable[str]:
    """The names of a pattern's parts, within expressions too."""
    if isinstance(node, CompValue):
        yield node.name
        for name, each in node.items():
            if name in ("p", "p1", "p2"):
                yield from _parts(each)
