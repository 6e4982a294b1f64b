"""Groups and their aggregates as SQL."""

from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Variable
from sqlglot import exp

from thidua.columns.errors import NotCompiledError
from thidua.columns.expressions import Expressions
from thidua.columns.fragments import DIGITS, failed
from thidua.columns.relations import Column, Form, Relation, Sql, Value, number, select, within
from thidua.columns.scope import Names, Scope
from thidua.columns.terms import Kind, Kinds

#: Kinds of which the least number is the least term.
_ORDERED: Kinds = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DATE})


class Groups:
    """Compiles GROUP BY."""

    def __init__(self, expressions: Expressions, names: Names) -> None:
        self._expressions = expressions
        self._names = names

    def grouped(self, node: CompValue, rows: Relation) -> Relation:
        """One row for each group, or one in all."""
        keys = list(node.p.expr or [])
        if not all(type(key) is Variable for key in keys):
            raise NotCompiledError("GROUP BY an expression without a name")
        own = [key for key in keys if key in rows.columns]
        scope = Scope(self._names, rows)
        parts = [(part, self._argument(part, scope, own)) for part in node.A]
        inner = scope.select(
            *(exp.alias_(value.sql, f"a{at}") for at, (_, value) in enumerate(parts) if value is not None)
        )
        table = self._names.fresh("g")
        shown: list[Sql] = []
        columns: dict[Variable, Column] = {}
        for at, (part, value) in enumerate(parts):
            argument = (
                None
                if value is None
                else Value(exp.column(f"a{at}", table=table), value.form, value.kinds, value.bound)
            )
            found = self._aggregate(part, argument, rows, table)
            column = Column(self._names.of(part.res), found.form, found.kinds, found.bound)
            shown.append(exp.alias_(found.sql, column.name))
            columns[part.res] = column
        query = select(shown).from_(within(inner, table), copy=False)
        if keys:
            by: list[Sql] = [exp.column(rows.columns[key].name, table=table) for key in own]
            query = query.group_by(*(by or [exp.null()]))
        kept = {part.vars: part.res for part in node.A if part.name == "Aggregate_Sample"}
        # The algebra samples each key under another name, and gives it back its own afterwards.
        unique = frozenset(kept[key] for key in own) if all(key in kept for key in own) else None
        return Relation(query, columns, unique=unique)

    def _argument(self, part: CompValue, scope: Scope, keys: list[Variable]) -> Value | None:
        """What an aggregate is of; None for rows, and for the keys of the group."""
        if part.vars == "*":
            return None
        if part.name == "Aggregate_Sample":
            if part.vars in keys or (type(part.vars) is Variable and part.vars not in scope.columns):
                return None
            raise NotCompiledError("SAMPLE, which may give any")
        if part.name == "Aggregate_Count" and type(part.vars) is not Variable:
            raise NotCompiledError("COUNT of an expression")
        value = self._expressions.value(part.vars, scope)
        if part.name in ("Aggregate_Min", "Aggregate_Max") and value.form is Form.ID and value.kinds == {Kind.STRING}:
            return Value(scope.text(value.sql), Form.STR, bound=value.bound)
        if part.name in ("Aggregate_Sum", "Aggregate_Avg"):
            if (calculated := self._expressions.number(value)) is None:
                raise NotCompiledError("SUM or AVG of what may be no number, or one of several kinds")
            return calculated
        return value

    def _aggregate(self, part: CompValue, value: Value | None, rows: Relation, table: str) -> Value:
        kind = part.name.removeprefix("Aggregate_")
        if kind == "Count":
            return self._count(part, value)
        if value is None:
            column = rows.columns.get(part.vars)
            # An aggregate, though of nothing, makes one row where there are no keys.
            nothing = exp.Max(this=exp.cast(exp.null(), "bigint"))
            return column.of(table) if column else Value(nothing, Form.ID)
        match kind:
            case "Min" | "Max":
                return self._extreme(kind, value)
            case "Sum":
                return self._sum(value, bool(part.distinct))
            case "Avg" if not part.distinct:
                return self._mean(value)
        raise NotCompiledError(_TOLD.get(kind, kind.upper()))

    def _extreme(self, kind: str, value: Value) -> Value:
        if value.form in (Form.TERM, Form.BOOL) or (
            value.form is Form.ID and (len(value.kinds) != 1 or value.kinds - _ORDERED)
        ):
            raise NotCompiledError(f"{kind.upper()} of IRIs, of texts in a language, or of terms of several kinds")
        sql = (exp.Min if kind == "Min" else exp.Max)(this=value.sql.copy())
        found = _if_all(value, sql, value.form, value.kinds)
        return self._expressions.as_id(found) or found

    def _sum(self, value: Value, distinct: bool) -> Value:
        of = exp.Distinct(expressions=[value.sql.copy()]) if distinct else value.sql.copy()
        total = exp.cast(exp.Sum(this=of), "bigint" if value.form is Form.INT else "int128")
        # Of no rows it is the integer 0.
        empty = exp.EQ(this=exp.Count(this=exp.Star()), expression=number(0))
        none = number(0) if value.form is Form.INT else failed("SUM of nothing")
        found = _if_all(value, exp.Case().when(empty, none).else_(total), value.form)
        return self._expressions.as_id(found) or found

    def _mean(self, value: Value) -> Value:
        if value.form is not Form.INT:
            raise NotCompiledError("AVG of decimals")
        total = exp.cast(exp.Sum(this=value.sql.copy()), "int128")
        scaled = exp.Mul(this=total, expression=exp.cast(number(10**DIGITS), "int128"))
        mean = exp.IntDiv(this=exp.paren(scaled), expression=exp.Count(this=exp.Star()))
        empty = exp.EQ(this=exp.Count(this=exp.Star()), expression=number(0))
        return _if_all(value, exp.Case().when(empty, failed("AVG of nothing")).else_(mean), Form.DEC)

    def _count(self, part: CompValue, value: Value | None) -> Value:
        if value is None:
            if part.distinct:
                raise NotCompiledError("COUNT(DISTINCT *)")
            counted: Sql = exp.Count(this=exp.Star())
        elif value.sql.is_type("null"):
            counted = number(0)
        else:
            counted = exp.Count(this=exp.Distinct(expressions=[value.sql]) if part.distinct else value.sql)
        sql = exp.paren(exp.Add(this=counted, expression=number(Kind.INTEGER.zero)))
        return Value(sql, Form.ID, frozenset({Kind.INTEGER}), bound=True)


_TOLD = {
    "GroupConcat": "GROUP_CONCAT, in an order that nothing says",
    "Avg": "AVG(DISTINCT)",
}


def _if_all(value: Value, sql: Sql, form: Form, kinds: Kinds = frozenset()) -> Value:
    """An aggregate that is unbound where one of its values is."""
    if value.bound:
        return Value(sql, form, kinds)
    every = exp.EQ(this=exp.Count(this=exp.Star()), expression=exp.Count(this=value.sql.copy()))
    return Value(exp.Case().when(every, sql), form, kinds)
