"""Forms of values: a term's number as its text, its truth or its numeric value, and back."""

from collections.abc import Callable
from typing import Final

from sqlglot import exp

from thidua.columns.errors import NotCompiledError
from thidua.columns.fragments import DIGITS, concat, decimal_text, escaped, failed, inline_text, scaled, typed
from thidua.columns.relations import Form, Sql, Value, by_kind, case, minus, number
from thidua.columns.scope import Scope
from thidua.columns.terms import INLINE, SCALE, Kind, Kinds, Term

NUMERIC: Final[Kinds] = frozenset({Kind.INTEGER, Kind.DECIMAL})
#: The largest integer, by its digits, that is its number; see :data:`thidua.columns.terms.FORMS`.
_LARGEST: Final = 10**16
_TEXTS: Final[Kinds] = frozenset({Kind.STRING, Kind.LANG})
_WITH_TEXT: Final[Kinds] = frozenset({Kind.IRI, Kind.STRING, Kind.LANG, Kind.OTHER})


class Forms:
    """Takes a value for what is asked of it; NULL where it is none of that."""

    def __init__(self, encode: Callable[[Term], int]) -> None:
        """Begin.

        :param encode: the number of a constant, one of its own for what the dictionary lacks.
        """
        self._encode = encode

    def _constant(self, term: Term) -> Value:
        return Value(number(self._encode(term)), Form.ID, frozenset({term.kind}), bound=True)

    def as_id(self, value: Value) -> Value | None:
        """A value as the number of a term; None where no number stands for it."""
        sql = value.sql
        match value.form:
            case Form.ID:
                return value
            case Form.BOOL:
                zero = Kind.BOOLEAN.zero
                branches = ((sql, number(zero + 1)), (exp.not_(exp.paren(sql.copy())), number(zero)))
                return Value(case(branches), Form.ID, frozenset({Kind.BOOLEAN}), value.bound)
            case Form.INT:
                size = exp.Abs(this=sql.copy())
                fits = exp.LT(this=size, expression=number(_LARGEST))
                # A NULL is no error: CASE goes on to the last branch, which adds to it.
                large = exp.GTE(this=size.copy(), expression=number(_LARGEST))
                coded = exp.Add(this=exp.paren(sql), expression=number(Kind.INTEGER.zero))
                found = case([(fits, coded), (large, failed("a number of 17 digits"))])
                return Value(found, Form.ID, frozenset({Kind.INTEGER}), value.bound)
        return None

    def in_common(self, values: list[Value], scope: Scope) -> tuple[list[Value], Form]:
        """Values of several kinds in one form."""
        numbers = [each for value in values if (each := self.as_id(value)) is not None]
        if len(numbers) == len(values):
            return numbers, Form.ID
        if all(value.form is Form.STR for value in values):
            return values, Form.STR
        return [Value(self.written(value, scope), Form.TERM, bound=value.bound) for value in values], Form.TERM

    def written(self, value: Value, scope: Scope) -> Sql:
        """A value as N-Triples writes it."""
        sql = value.sql
        match value.form:
            case Form.TERM:
                return sql
            case Form.STR:
                return concat(exp.Literal.string('"'), escaped(sql), exp.Literal.string('"'))
            case Form.DEC:
                return typed(decimal_text(sql, DIGITS), Kind.DECIMAL)
        found = self.as_id(value)
        assert found is not None
        sql = found.sql
        if sql.is_type("null") or not found.kinds:
            return exp.cast(exp.null(), "varchar")
        branches = {kind: typed(inline_text(sql, kind), kind) for kind in INLINE & found.kinds}
        if found.kinds - INLINE:
            text, tail = scope.text(sql), scope.tail(sql)
            quoted = concat(exp.Literal.string('"'), escaped(text), exp.Literal.string('"'), tail)
            branches |= {
                Kind.IRI: concat(exp.Literal.string("<"), text.copy(), exp.Literal.string(">")),
                Kind.BLANK: concat(exp.Literal.string("_:"), text.copy()),
                Kind.STRING: quoted, Kind.LANG: quoted.copy(), Kind.OTHER: quoted.copy(),
            }  # fmt: skip
        return by_kind(sql, found.kinds, branches)

    # What a value may be taken for.

    def _truth(self, value: Value, scope: Scope) -> Sql:
        sql = value.sql
        match value.form:
            case Form.BOOL:
                return sql
            case Form.INT | Form.DEC:
                return exp.paren(exp.NEQ(this=exp.paren(sql), expression=number(0)))
            case Form.STR:
                return exp.paren(exp.NEQ(this=exp.paren(sql), expression=exp.Literal.string("")))
            case Form.TERM:
                raise NotCompiledError("the truth of a term of several kinds")
        if value.kinds & {Kind.OTHER, Kind.LANG}:
            raise NotCompiledError("the truth of a literal of any datatype or language")
        branches = {
            kind: exp.NEQ(this=sql.copy(), expression=number(kind.zero))
            for kind in (Kind.BOOLEAN, Kind.INTEGER, Kind.DECIMAL)
        }
        if Kind.STRING in value.kinds:
            branches[Kind.STRING] = exp.NEQ(this=scope.text(sql), expression=exp.Literal.string(""))
        if not value.kinds & branches.keys():
            return exp.cast(exp.null(), "boolean")
        return by_kind(sql, value.kinds, branches)

    def _lexical(self, value: Value, scope: Scope) -> Sql:
        """What STR gives."""
        match value.form:
            case Form.STR:
                return value.sql
            case Form.DEC:
                return decimal_text(value.sql, DIGITS)
            case Form.TERM:
                raise NotCompiledError("STR of a term of several kinds")
        found = self.as_id(value)
        assert found is not None
        branches = {kind: inline_text(found.sql, kind) for kind in INLINE & found.kinds}
        if found.kinds & _WITH_TEXT:
            branches |= dict.fromkeys(_WITH_TEXT, scope.text(found.sql))
        if not found.kinds & branches.keys():
            return exp.cast(exp.null(), "varchar")
        return by_kind(found.sql, found.kinds, branches)

    def _text(self, value: Value, scope: Scope, *, lang: bool = False) -> Sql:
        """The text of what is one; NULL for what is none.

        :param lang: whether one in a language will do.
        """
        if value.form is Form.STR:
            return value.sql
        if value.form is Form.TERM:
            raise NotCompiledError("a text function of a term of several kinds")
        found = self.as_id(value)
        if found is None:
            return exp.cast(exp.null(), "varchar")
        if Kind.LANG in found.kinds and not lang:
            raise NotCompiledError("a text function that keeps the language of its argument")
        wanted = _TEXTS if lang else {Kind.STRING}
        if not found.kinds & wanted:
            return exp.cast(exp.null(), "varchar")
        return by_kind(found.sql, found.kinds, dict.fromkeys(wanted, scope.text(found.sql)))

    def _integer(self, value: Value) -> Sql | None:
        """An integer's value, where a value can be no other number; None where it is none."""
        if value.form is Form.INT:
            return value.sql
        if value.form is Form.ID and value.kinds & NUMERIC == {Kind.INTEGER} and Kind.OTHER not in value.kinds:
            return by_kind(value.sql, value.kinds, {Kind.INTEGER: minus(value.sql, Kind.INTEGER.zero)})
        return None

    def number(self, value: Value) -> Value | None:
        """A value as an integer or as a decimal; None where it may be either, or a number of another kind."""
        if (found := self._integer(value)) is not None:
            return Value(
                found, Form.INT, bound=value.bound and (value.form is Form.INT or value.kinds == {Kind.INTEGER})
            )
        if value.form is Form.DEC:
            return value
        if value.form is Form.ID and value.kinds & (NUMERIC | {Kind.OTHER}) == {Kind.DECIMAL}:
            return Value(self.decimal(value), Form.DEC, bound=value.bound and value.kinds == {Kind.DECIMAL})
        return None

    def decimal(self, value: Value) -> Sql:
        """A number's value, times 10 to the 18th; NULL for what is none.

        :raises NotCompiledError: it may be a number that is counted otherwise.
        """
        if value.form is Form.DEC:
            return value.sql
        if value.form is Form.INT:
            return scaled(value.sql, 10**DIGITS)
        if value.form in (Form.STR, Form.BOOL):
            return exp.cast(exp.null(), "int128")
        if value.form is Form.TERM or Kind.OTHER in value.kinds:
            raise NotCompiledError("a number of any datatype")
        factors = {Kind.INTEGER: 10**DIGITS, Kind.DECIMAL: 10**DIGITS // SCALE}
        branches = {kind: scaled(minus(value.sql, kind.zero), factor) for kind, factor in factors.items()}
        if not value.kinds & branches.keys():
            return exp.cast(exp.null(), "int128")
        return by_kind(value.sql, value.kinds, branches)
