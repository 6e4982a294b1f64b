"""Comparisons as SQL: equality and order of values, by what they may be."""

from typing import Any, Final

from rdflib.namespace import RDF
from sqlglot import exp

from thidua.columns.errors import NotCompiledError
from thidua.columns.forms import NUMERIC, Forms
from thidua.columns.fragments import only, truth_value, unless_null
from thidua.columns.relations import Form, Sql, Value, case, is_any, is_kind
from thidua.columns.scope import Scope
from thidua.columns.terms import LITERALS, Kind

_TURNED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_COMPARED: Final[dict[str, type[exp.Binary]]] = {
    "=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE
}  # fmt: skip


class Comparisons(Forms):
    """Compares values."""

    def value(self, node: Any, scope: Scope) -> Value:
        """What an expression gives."""
        raise NotImplementedError

    def _relational(self, node: Any, scope: Scope) -> Value:
        left, sign = self.value(node.expr, scope), str(node.op)
        if sign in ("IN", "NOT IN"):
            others = node.other if isinstance(node.other, list) else [node.other]
            if others in ([], [RDF.nil]):  # as the parser reads ()
                raise NotCompiledError("IN of nothing")
            some = exp.or_(exp.false(), *(self.equal(left, self.value(each, scope), scope) for each in others))
            return truth_value(some if sign == "IN" else exp.not_(exp.paren(some)))
        right = self.value(node.other, scope)
        if sign == "=":
            return truth_value(self.equal(left, right, scope))
        if sign == "!=":
            return truth_value(exp.not_(exp.paren(self.equal(left, right, scope))))
        if sign not in _TURNED:
            raise NotCompiledError(sign)
        return truth_value(self._compared(left, sign, right, scope))

    def equal(self, left: Value, right: Value, scope: Scope) -> Sql:
        """Whether two values are equal: of numbers the values, of all other terms the terms."""
        if left.form is Form.TERM or right.form is Form.TERM:
            raise NotCompiledError("= of terms of several kinds")
        if Form.STR in (left.form, right.form):
            return self._equal_text(left, right, scope)
        if Form.DEC in (left.form, right.form):
            return self._equal_number(left, right)
        one, other = self.as_id(left), self.as_id(right)
        assert one is not None and other is not None
        if not one.kinds or not other.kinds:
            return exp.cast(exp.null(), "boolean")
        if (Kind.OTHER in one.kinds and other.kinds & (LITERALS - {Kind.LANG})) or (
            Kind.OTHER in other.kinds and one.kinds & (LITERALS - {Kind.LANG})
        ):
            raise NotCompiledError("= of literals of any datatype")
        same = exp.EQ(this=one.sql, expression=other.sql)
        mixed = (one.kinds | other.kinds) & NUMERIC == NUMERIC
        if not (mixed and one.kinds & NUMERIC and other.kinds & NUMERIC):
            return exp.paren(same)
        both = exp.and_(is_any(one.sql, one.kinds & NUMERIC), is_any(other.sql, other.kinds & NUMERIC))
        numbers = exp.EQ(this=self.decimal(one), expression=self.decimal(other))
        return exp.paren(case([(both, numbers)], same))

    def _equal_text(self, left: Value, right: Value, scope: Scope) -> Sql:
        text, other = (left, right) if left.form is Form.STR else (right, left)
        if other.form is Form.STR:
            return exp.paren(exp.EQ(this=exp.paren(text.sql), expression=exp.paren(other.sql)))
        if other.form is Form.DEC:
            return unless_null(exp.false(), text.sql, other.sql)
        found = self.as_id(other)
        assert found is not None
        branches = {}
        if Kind.STRING in found.kinds:
            same = exp.EQ(this=scope.text(found.sql), expression=exp.paren(text.sql))
            branches[Kind.STRING] = exp.paren(same)
        if not found.kinds:
            return exp.cast(exp.null(), "boolean")
        if found.kinds == {Kind.STRING}:
            return branches[Kind.STRING]
        rest = unless_null(exp.false(), text.sql, found.sql)
        other_literal = (
            [(is_kind(found.sql, Kind.OTHER), exp.cast(exp.null(), "boolean"))] if Kind.OTHER in found.kinds else []
        )
        return exp.paren(
            case([*((is_kind(found.sql, kind), each) for kind, each in branches.items()), *other_literal], rest)
        )

    def _equal_number(self, left: Value, right: Value) -> Sql:
        for each in (left, right):
            if each.form not in (Form.DEC, Form.INT) and not (each.form is Form.ID and each.kinds <= NUMERIC):
                raise NotCompiledError("= of a decimal and what may be none")
        return exp.paren(exp.EQ(this=self.decimal(left), expression=self.decimal(right)))

    def _compared(self, left: Value, sign: str, right: Value, scope: Scope) -> Sql:
        """Which of two values is less, where their kinds have an order."""
        compare = _COMPARED[sign]

        def by(one: Sql, other: Sql) -> Sql:
            return exp.paren(compare(this=exp.paren(one), expression=exp.paren(other)))

        if Form.TERM in (left.form, right.form) or Form.BOOL in (left.form, right.form):
            raise NotCompiledError(f"{sign} of truth values, or of terms of several kinds")
        for each in (left, right):
            if each.form is Form.ID and each.kinds & {Kind.OTHER, Kind.BOOLEAN}:
                raise NotCompiledError(f"{sign} of literals of any datatype")
        if Form.STR in (left.form, right.form):
            for each in (left, right):
                if each.form is Form.ID and each.kinds - {Kind.STRING}:
                    raise NotCompiledError(f"{sign} of a text and what may be none")
                if each.form in (Form.INT, Form.DEC):
                    return exp.cast(exp.null(), "boolean")
            return by(self._text(left, scope), self._text(right, scope))
        one, other = self._integer(left), self._integer(right)
        if one is not None and other is not None and only(left, NUMERIC) and only(right, NUMERIC):
            return by(one, other)
        if only(left, NUMERIC) and only(right, NUMERIC):
            return by(self.decimal(left), self.decimal(right))
        first, second = self.as_id(left), self.as_id(right)
        if first is None or second is None:
            raise NotCompiledError(f"{sign} of a decimal and what may be none")
        if not first.kinds or not second.kinds:
            return exp.cast(exp.null(), "boolean")
        if first.kinds == second.kinds == {Kind.DATE}:
            return by(first.sql, second.sql)
        return self._compared_by_kind(first, sign, second, scope)

    def _compared_by_kind(self, left: Value, sign: str, right: Value, scope: Scope) -> Sql:
        compare = _COMPARED[sign]
        one, other = left.sql, right.sql
        same = exp.true() if "=" in sign else exp.false()
        branches: list[tuple[Sql, Sql]] = [(exp.EQ(this=one.copy(), expression=other.copy()), same)]
        numeric = left.kinds & NUMERIC, right.kinds & NUMERIC
        if all(numeric):
            both = exp.and_(is_any(one, numeric[0]), is_any(other, numeric[1]))
            branches.append((both, compare(this=self.decimal(left), expression=self.decimal(right))))
        for kind in (Kind.DATE, Kind.STRING, Kind.LANG):
            if kind not in left.kinds or kind not in right.kinds:
                continue
            both = exp.and_(is_kind(one, kind), is_kind(other, kind))
            if kind is Kind.LANG:
                both = exp.and_(both, exp.EQ(this=scope.tail(one), expression=scope.tail(other)))
            sides = (one, other) if kind is Kind.DATE else (scope.text(one), scope.text(other))
            branches.append((both, compare(this=sides[0].copy(), expression=sides[1].copy())))
        return exp.paren(case(branches))
