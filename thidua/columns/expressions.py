"""Expressions of SPARQL as SQL: what SPARQL calls an error is NULL, whose tables for AND, OR and NOT are the same.

Where a function of SQL may differ from the engine's for some values, it is not used for these, or not at all.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from rdflib.term import Literal, URIRef, Variable
from sqlglot import exp

from thidua.columns.algebra import constant, name_of
from thidua.columns.errors import NotCompiledError
from thidua.columns.relations import Form, Sql, Value, by_kind, case, is_any, is_kind, minus, number
from thidua.columns.scope import Scope
from thidua.columns.terms import DATATYPES, INLINE, LITERALS, SCALE, XSD, Kind, Kinds, Term

#: Digits behind the point that a decimal has.
DIGITS: Final = 18
#: The largest integer, by its digits, that is its number; see :data:`thidua.columns.terms.FORMS`.
_LARGEST: Final = 10**16
_NUMERIC: Final[Kinds] = frozenset({Kind.INTEGER, Kind.DECIMAL})
_TEXTS: Final[Kinds] = frozenset({Kind.STRING, Kind.LANG})
_WITH_TEXT: Final[Kinds] = frozenset({Kind.IRI, Kind.STRING, Kind.LANG, Kind.OTHER})
_TURNED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_COMPARED: Final[dict[str, type[exp.Binary]]] = {
    "=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE
}  # fmt: skip
_LANG_STRING: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
#: Regular expressions that both engines read alike.
_PLAIN: Final = re.compile(r"\^?(?:[\w \-,:;/'\"!%&=@#~]|\\[.*+?()|\[\]{}^$\\-]|\.\*|\.)*\$?")
#: Letters whose other case is one letter, the same in every version of Unicode.
_CASED: Final = "[\x00-\xde\xe0-\u012f\u0131-\u0148\u014a-\u017e\u0300-\u0344\u1ea0-\u1ef9\u2010-\u2027]*"
Exists = Callable[[Any, Scope], Sql]


class Expressions:
    """Compiles expressions in one scope after another."""

    def __init__(self, encode: Callable[[Term], int], exists: Exists) -> None:
        """Begin.

        :param encode: the number of a constant, one of its own for what the dictionary lacks.
        :param exists: whether a pattern has a row that agrees with a scope's.
        """
        self._encode = encode
        self._exists = exists

    def condition(self, node: Any, scope: Scope) -> Sql:
        """An expression's effective boolean value."""
        return self._truth(self.value(node, scope), scope)

    def value(self, node: Any, scope: Scope) -> Value:
        """What an expression gives.

        :raises NotCompiledError: it has no exact translation.
        """
        if isinstance(node, Variable):
            return scope.value(node) or Value(exp.null(), Form.ID)
        if isinstance(node, Literal | URIRef):
            return self._constant(constant(node))
        name = name_of(node)
        match name:
            case "TrueFilter":
                return Value(exp.true(), Form.BOOL, bound=True)
            case "ConditionalAndExpression":
                return _bool(exp.and_(*(self.condition(each, scope) for each in (node.expr, *node.other))))
            case "ConditionalOrExpression":
                return _bool(exp.or_(*(self.condition(each, scope) for each in (node.expr, *node.other))))
            case "UnaryNot":
                return _bool(exp.not_(exp.paren(self.condition(node.expr, scope))))
            case "RelationalExpression":
                return self._relational(node, scope)
            case "Builtin_EXISTS":
                return Value(self._exists(node.graph, scope), Form.BOOL, bound=True)
            case "Builtin_NOTEXISTS":
                return Value(exp.not_(exp.paren(self._exists(node.graph, scope))), Form.BOOL, bound=True)
            case "AdditiveExpression" | "MultiplicativeExpression":
                found = self.value(node.expr, scope)
                for sign, other in zip(node.op, node.other, strict=True):
                    found = self._calculated(found, str(sign), self.value(other, scope))
                return found
            case "UnaryMinus" | "UnaryPlus":
                return self._signed(self.value(node.expr, scope), name == "UnaryMinus")
        if name.startswith("Builtin_"):
            return self._builtin(name.removeprefix("Builtin_"), node, scope)
        raise NotCompiledError(name)

    # Constants, and values in other forms.

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
                return _typed(decimal_text(sql, DIGITS), Kind.DECIMAL)
        found = self.as_id(value)
        assert found is not None
        sql = found.sql
        if sql.is_type("null") or not found.kinds:
            return exp.cast(exp.null(), "varchar")
        branches = {kind: _typed(inline_text(sql, kind), kind) for kind in INLINE & found.kinds}
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
        if value.form is Form.ID and value.kinds & _NUMERIC == {Kind.INTEGER} and Kind.OTHER not in value.kinds:
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
        if value.form is Form.ID and value.kinds & (_NUMERIC | {Kind.OTHER}) == {Kind.DECIMAL}:
            return Value(self.decimal(value), Form.DEC, bound=value.bound and value.kinds == {Kind.DECIMAL})
        return None

    def decimal(self, value: Value) -> Sql:
        """A number's value, times 10 to the 18th; NULL for what is none.

        :raises NotCompiledError: it may be a number that is counted otherwise.
        """
        if value.form is Form.DEC:
            return value.sql
        if value.form is Form.INT:
            return _scaled(value.sql, 10**DIGITS)
        if value.form in (Form.STR, Form.BOOL):
            return exp.cast(exp.null(), "int128")
        if value.form is Form.TERM or Kind.OTHER in value.kinds:
            raise NotCompiledError("a number of any datatype")
        factors = {Kind.INTEGER: 10**DIGITS, Kind.DECIMAL: 10**DIGITS // SCALE}
        branches = {kind: _scaled(minus(value.sql, kind.zero), factor) for kind, factor in factors.items()}
        if not value.kinds & branches.keys():
            return exp.cast(exp.null(), "int128")
        return by_kind(value.sql, value.kinds, branches)

    # Comparisons.

    def _relational(self, node: Any, scope: Scope) -> Value:
        left, sign = self.value(node.expr, scope), str(node.op)
        if sign in ("IN", "NOT IN"):
            others = node.other if isinstance(node.other, list) else [node.other]
            some = exp.or_(exp.false(), *(self.equal(left, self.value(each, scope), scope) for each in others))
            return _bool(some if sign == "IN" else exp.not_(exp.paren(some)))
        right = self.value(node.other, scope)
        if sign == "=":
            return _bool(self.equal(left, right, scope))
        if sign == "!=":
            return _bool(exp.not_(exp.paren(self.equal(left, right, scope))))
        if sign not in _TURNED:
            raise NotCompiledError(sign)
        return _bool(self._compared(left, sign, right, scope))

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
        mixed = (one.kinds | other.kinds) & _NUMERIC == _NUMERIC
        if not (mixed and one.kinds & _NUMERIC and other.kinds & _NUMERIC):
            return exp.paren(same)
        both = exp.and_(is_any(one.sql, one.kinds & _NUMERIC), is_any(other.sql, other.kinds & _NUMERIC))
        numbers = exp.EQ(this=self.decimal(one), expression=self.decimal(other))
        return exp.paren(case([(both, numbers)], same))

    def _equal_text(self, left: Value, right: Value, scope: Scope) -> Sql:
        text, other = (left, right) if left.form is Form.STR else (right, left)
        if other.form is Form.STR:
            return exp.paren(exp.EQ(this=exp.paren(text.sql), expression=exp.paren(other.sql)))
        if other.form is Form.DEC:
            return _unless_null(exp.false(), text.sql, other.sql)
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
        rest = _unless_null(exp.false(), text.sql, found.sql)
        other_literal = (
            [(is_kind(found.sql, Kind.OTHER), exp.cast(exp.null(), "boolean"))] if Kind.OTHER in found.kinds else []
        )
        return exp.paren(
            case([*((is_kind(found.sql, kind), each) for kind, each in branches.items()), *other_literal], rest)
        )

    def _equal_number(self, left: Value, right: Value) -> Sql:
        for each in (left, right):
            if each.form not in (Form.DEC, Form.INT) and not (each.form is Form.ID and each.kinds <= _NUMERIC):
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
        if one is not None and other is not None and _only(left, _NUMERIC) and _only(right, _NUMERIC):
            return by(one, other)
        if _only(left, _NUMERIC) and _only(right, _NUMERIC):
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
        numeric = left.kinds & _NUMERIC, right.kinds & _NUMERIC
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

    # Arithmetic.

    def _calculated(self, left: Value, sign: str, right: Value) -> Value:
        one, other = self._integer(left), self._integer(right)
        if one is not None and other is not None:
            if sign == "/":
                scaled = _scaled(one, 10**DIGITS)
                zero = exp.Nullif(this=exp.paren(other), expression=number(0))
                return Value(exp.paren(_divided(scaled, zero)), Form.DEC)
            operation: type[exp.Binary] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[sign]
            return Value(exp.paren(operation(this=exp.paren(one), expression=exp.paren(other))), Form.INT)
        for each in (left, right):
            if each.form is Form.ID and each.kinds >= _NUMERIC:
                raise NotCompiledError(f"{sign} of numbers of several kinds")
        if sign in "+-" and not all(self._integer(each) is not None for each in (left, right)):
            add: type[exp.Binary] = exp.Add if sign == "+" else exp.Sub
            return Value(exp.paren(add(this=self.decimal(left), expression=self.decimal(right))), Form.DEC)
        raise NotCompiledError(f"{sign} of decimals")

    def _signed(self, value: Value, negative: bool) -> Value:
        if (found := self._integer(value)) is not None:
            return Value(exp.paren(exp.Neg(this=exp.paren(found)) if negative else found), Form.INT)
        if value.form is Form.DEC:
            return Value(exp.paren(exp.Neg(this=exp.paren(value.sql)) if negative else value.sql), Form.DEC)
        raise NotCompiledError("the sign of a number of any datatype")

    # Functions.

    def _builtin(self, name: str, node: Any, scope: Scope) -> Value:
        match name:
            case "BOUND":
                found = scope.value(node.arg)
                return Value(
                    exp.false()
                    if found is None
                    else exp.paren(exp.Is(this=found.sql, expression=exp.Not(this=exp.null()))),
                    Form.BOOL,
                    bound=True,
                )
            case "IF":
                condition = self.condition(node.arg1, scope)
                values, form = self.in_common([self.value(node.arg2, scope), self.value(node.arg3, scope)], scope)
                branches = ((condition, values[0].sql), (exp.not_(exp.paren(condition.copy())), values[1].sql))
                return Value(case(branches), form, values[0].kinds | values[1].kinds)
            case "COALESCE":
                parts = node.arg if isinstance(node.arg, list) else [node.arg]
                values, form = self.in_common([self.value(each, scope) for each in parts], scope)
                kinds = frozenset[Kind]().union(*(each.kinds for each in values))
                sql = exp.Coalesce(this=values[0].sql, expressions=[each.sql for each in values[1:]])
                return Value(sql, form, kinds, any(each.bound for each in values))
            case "sameTerm":
                one, other = (self.as_id(self.value(each, scope)) for each in (node.arg1, node.arg2))
                if one is None or other is None:
                    raise NotCompiledError("sameTerm of what is worked out")
                return _bool(exp.EQ(this=one.sql, expression=other.sql))
            case "isIRI" | "isURI":
                return self._of_kind(node.arg, frozenset({Kind.IRI}), scope)
            case "isBLANK":
                return self._of_kind(node.arg, frozenset({Kind.BLANK}), scope)
            case "isLITERAL":
                return self._of_kind(node.arg, LITERALS, scope)
            case "isNUMERIC":
                found = self.value(node.arg, scope)
                if Kind.OTHER in found.kinds:
                    raise NotCompiledError("isNumeric of a literal of any datatype")
                return self._of_kind(node.arg, _NUMERIC, scope)
            case "STR":
                return Value(self._lexical(self.value(node.arg, scope), scope), Form.STR)
            case "LANG":
                return self._lang(self.value(node.arg, scope), scope)
            case "LANGMATCHES":
                return self._language_matches(node, scope)
            case "DATATYPE":
                return self._datatype(self.value(node.arg, scope))
            case "YEAR" | "MONTH" | "DAY":
                return self._part_of_date(name, self.value(node.arg, scope))
            case "ABS" | "CEIL" | "FLOOR" | "ROUND":
                if (integer := self._integer(self.value(node.arg, scope))) is None:
                    raise NotCompiledError(f"{name} of a number of any datatype")
                return Value(exp.Abs(this=integer) if name == "ABS" else integer, Form.INT)
        return self._of_texts(name, node, scope)

    def _of_texts(self, name: str, node: Any, scope: Scope) -> Value:
        match name:
            case "STRLEN":
                return Value(exp.Length(this=self._text(self.value(node.arg, scope), scope, lang=True)), Form.INT)
            case "CONTAINS" | "STRSTARTS" | "STRENDS":
                text = self._text(self.value(node.arg1, scope), scope, lang=True)
                part = self._text(self.value(node.arg2, scope), scope)
                function = {"CONTAINS": "contains", "STRSTARTS": "starts_with", "STRENDS": "ends_with"}[name]
                return _bool(function_of(function, text, part))
            case "REGEX":
                return self._matches(node, scope)
            case "UCASE" | "LCASE":
                text = self._text(self.value(node.arg, scope), scope)
                plain = function_of("regexp_full_match", text, exp.Literal.string(_CASED))
                changed = exp.Upper(this=text.copy()) if name == "UCASE" else exp.Lower(this=text.copy())
                strange = exp.not_(exp.paren(plain.copy()))
                return Value(case([(plain, changed), (strange, failed(f"{name} of a letter"))]), Form.STR)
            case "SUBSTR":
                start, length = (_whole(each) for each in (node.start, node.length))
                if start is None or start < 1 or (node.length is not None and (length is None or length < 0)):
                    raise NotCompiledError("SUBSTR from a place that is worked out")
                text = self._text(self.value(node.arg, scope), scope)
                return Value(
                    exp.Substring(this=text, start=number(start), length=None if length is None else number(length)),
                    Form.STR,
                )
            case "CONCAT":
                parts = node.arg if isinstance(node.arg, list) else [node.arg]
                return Value(concat(*(self._text(self.value(each, scope), scope) for each in parts)), Form.STR)
        raise NotCompiledError(name)

    def _of_kind(self, node: Any, kinds: Kinds, scope: Scope) -> Value:
        value = self.value(node, scope)
        if value.form is Form.TERM:
            raise NotCompiledError("the kind of a term of several kinds")
        own = {Form.STR: Kind.STRING, Form.DEC: Kind.DECIMAL, Form.INT: Kind.INTEGER, Form.BOOL: Kind.BOOLEAN}
        if value.form in own:
            return _bool(_unless_null(exp.true() if own[value.form] in kinds else exp.false(), value.sql))
        if value.kinds <= kinds or not value.kinds & kinds:
            return _bool(_unless_null(exp.true() if value.kinds and value.kinds <= kinds else exp.false(), value.sql))
        return _bool(is_any(value.sql, value.kinds & kinds))

    def _lang(self, value: Value, scope: Scope) -> Value:
        if value.form is Form.TERM:
            raise NotCompiledError("LANG of a term of several kinds")
        if value.form is not Form.ID:
            return Value(_unless_null(exp.Literal.string(""), value.sql), Form.STR)
        branches: dict[Kind, Sql] = {
            kind: _unless_null(exp.Literal.string(""), value.sql) for kind in LITERALS - {Kind.LANG}
        }
        if Kind.LANG in value.kinds:
            branches[Kind.LANG] = exp.Substring(this=scope.tail(value.sql), start=number(2))
        if not value.kinds & branches.keys():
            return Value(exp.cast(exp.null(), "varchar"), Form.STR)
        return Value(by_kind(value.sql, value.kinds, branches), Form.STR)

    def _language_matches(self, node: Any, scope: Scope) -> Value:
        if not isinstance(node.arg2, Literal) or node.arg2.language or not re.fullmatch(r"[a-z]+|\*", str(node.arg2)):
            raise NotCompiledError("langMatches with what is not one word in small letters, or *")
        tag, wanted = self._text(self.value(node.arg1, scope), scope), str(node.arg2)
        if wanted == "*":
            return _bool(exp.NEQ(this=exp.paren(tag), expression=exp.Literal.string("")))
        same = exp.EQ(this=exp.paren(tag), expression=exp.Literal.string(wanted))
        return _bool(exp.or_(same, function_of("starts_with", tag.copy(), exp.Literal.string(f"{wanted}-"))))

    def _datatype(self, value: Value) -> Value:
        found = self.as_id(value)
        if found is None or Kind.OTHER in found.kinds:
            raise NotCompiledError("DATATYPE of a literal of any datatype")
        names = {**DATATYPES, Kind.STRING: f"{XSD}string", Kind.LANG: _LANG_STRING}
        branches = {kind: self._constant(Term(Kind.IRI, names[kind])).sql for kind in names if kind in found.kinds}
        return Value(
            case((is_kind(found.sql, kind), each) for kind, each in branches.items()), Form.ID, frozenset({Kind.IRI})
        )

    def _part_of_date(self, name: str, value: Value) -> Value:
        if value.form is Form.TERM or Kind.OTHER in value.kinds:
            raise NotCompiledError(f"{name} of a literal of any datatype")
        if value.form is not Form.ID or Kind.DATE not in value.kinds:
            return Value(exp.cast(exp.null(), "bigint"), Form.INT)
        part = exp.cast(exp.Extract(this=exp.var(name), expression=day(value.sql)), "bigint")
        return Value(by_kind(value.sql, value.kinds, {Kind.DATE: part}), Form.INT)

    def _matches(self, node: Any, scope: Scope) -> Value:
        flags = "" if node.flags is None else str(node.flags)
        if not isinstance(node.pattern, Literal) or node.pattern.language or not _PLAIN.fullmatch(str(node.pattern)):
            raise NotCompiledError("REGEX with more than letters, dots, stars and ends")
        if flags not in ("", "i") or (node.flags is not None and not isinstance(node.flags, Literal)):
            raise NotCompiledError(f"REGEX with the flags {flags!r}")
        if flags and not str(node.pattern).isascii():
            raise NotCompiledError("REGEX of letters in either case beyond ASCII")
        text = self._text(self.value(node.text, scope), scope, lang=True)
        pattern = f"(?{flags}-s:{node.pattern})" if flags else f"(?-s:{node.pattern})"
        return _bool(function_of("regexp_matches", text, exp.Literal.string(pattern)))


def function_of(name: str, *arguments: Sql) -> Sql:
    """A function, by the name that DuckDB gives it."""
    found: Sql = exp.func(name, *arguments, dialect="duckdb")
    return found


def concat(*parts: Sql) -> Sql:
    """Texts in a row; NULL if one of them is."""
    found = parts[0]
    for part in parts[1:]:
        found = exp.DPipe(this=found, expression=part, safe=True)
    return exp.paren(found)


def failed(what: str) -> Sql:
    """What ends the answering: the columns are not exact here."""
    return function_of("error", exp.Literal.string(f"not exact: {what}"))


def day(sql: Sql) -> Sql:
    """The day of a date's number."""
    days = exp.cast(minus(sql, Kind.DATE.zero), "int")
    return exp.paren(exp.Add(this=exp.cast(exp.Literal.string("1970-01-01"), "date"), expression=days))


def inline_text(sql: Sql, kind: Kind) -> Sql:
    """The lexical form of a term that is its number."""
    match kind:
        case Kind.BOOLEAN:
            each = ((kind.zero + 1, "true"), (kind.zero, "false"))
            return case((exp.EQ(this=sql.copy(), expression=number(n)), exp.Literal.string(word)) for n, word in each)
        case Kind.DATE:
            return exp.cast(day(sql), "varchar")
        case Kind.DECIMAL:
            return decimal_text(minus(sql, kind.zero), 6)
    return exp.cast(minus(sql, kind.zero), "varchar")


def decimal_text(sql: Sql, digits: int) -> Sql:
    """A decimal, times ten to a power, as the engine writes it."""
    size, base = exp.Abs(this=exp.paren(sql.copy())), 10**digits
    whole = exp.cast(_divided(size, _power(base)), "varchar")
    rest = exp.cast(exp.Mod(this=size.copy(), expression=_power(base)), "varchar")
    padded = function_of("lpad", rest, number(digits), exp.Literal.string("0"))
    part = function_of("rtrim", padded, exp.Literal.string("0"))
    tail = case([(exp.EQ(this=part, expression=exp.Literal.string("")), exp.Literal.string(""))],
                concat(exp.Literal.string("."), part.copy()))  # fmt: skip
    sign = case(
        [(exp.LT(this=exp.paren(sql.copy()), expression=number(0)), exp.Literal.string("-"))], exp.Literal.string("")
    )
    return concat(sign, whole, tail)


def escaped(sql: Sql) -> Sql:
    """A text between quotation marks."""
    found = sql
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        found = function_of("replace", found, exp.Literal.string(character), exp.Literal.string(escape))
    return found


def _power(value: int) -> Sql:
    return exp.cast(exp.Literal.number(value), "int128")


def _scaled(sql: Sql, factor: int) -> Sql:
    return exp.paren(exp.Mul(this=exp.cast(exp.paren(sql.copy()), "int128"), expression=_power(factor)))


def _divided(one: Sql, other: Sql) -> Sql:
    return exp.IntDiv(this=exp.paren(one), expression=exp.paren(other))


def _typed(text: Sql, kind: Kind) -> Sql:
    return concat(exp.Literal.string('"'), text, exp.Literal.string(f'"^^<{DATATYPES[kind]}>'))


def _bool(sql: Sql) -> Value:
    return Value(exp.paren(sql), Form.BOOL)


def _only(value: Value, kinds: Kinds) -> bool:
    return value.form in (Form.INT, Form.DEC) or (value.form is Form.ID and bool(value.kinds) and value.kinds <= kinds)


def _unless_null(then: Sql, *sqls: Sql) -> Sql:
    """A value, where others are not NULL."""
    there = exp.and_(*(exp.Is(this=exp.paren(each.copy()), expression=exp.Not(this=exp.null())) for each in sqls))
    return case([(there, then)])


def _whole(node: Any) -> int | None:
    return int(node) if isinstance(node, Literal) and str(node.datatype) == f"{XSD}integer" else None
