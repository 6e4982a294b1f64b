"""Expressions of SPARQL as SQL: what SPARQL calls an error is NULL, whose tables for AND, OR and NOT are the same.

Where a function of SQL may differ from the engine's for some values, it is not used for these, or not at all.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from rdflib.namespace import RDF
from rdflib.term import Literal, URIRef, Variable
from sqlglot import exp

from thidua.columns.algebra import constant, name_of
from thidua.columns.comparisons import Comparisons
from thidua.columns.errors import NotCompiledError
from thidua.columns.forms import NUMERIC
from thidua.columns.fragments import (
    DIGITS,
    concat,
    day,
    divided,
    failed,
    function_of,
    scaled,
    truth_value,
    unless_null,
    whole_number,
)  # fmt: skip
from thidua.columns.relations import Form, Sql, Value, by_kind, case, is_any, is_kind, number
from thidua.columns.scope import Scope
from thidua.columns.terms import DATATYPES, LITERALS, XSD, Kind, Kinds, Term

#: Regular expressions that both engines read alike.
_PLAIN: Final = re.compile(r"\^?(?:[\w \-,:;/'\"!%&=@#~]|\\[.*+?()|\[\]{}^$\\-]|\.\*|\.)*\$?")
#: Letters whose other case is one letter, the same in every version of Unicode.
_CASED: Final = "[\x00-\xde\xe0-\u012f\u0131-\u0148\u014a-\u017e\u0300-\u0344\u1ea0-\u1ef9\u2010-\u2027]*"
#: Ranges of languages that are one word, or any.
_RANGE: Final = re.compile(r"[a-z]+|\*")
Exists = Callable[[Any, Scope], Sql]


class Expressions(Comparisons):
    """Compiles expressions in one scope after another."""

    def __init__(self, encode: Callable[[Term], int], exists: Exists) -> None:
        """Begin.

        :param encode: the number of a constant, one of its own for what the dictionary lacks.
        :param exists: whether a pattern has a row that agrees with a scope's.
        """
        super().__init__(encode)
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
                return truth_value(exp.and_(*(self.condition(each, scope) for each in (node.expr, *node.other))))
            case "ConditionalOrExpression":
                return truth_value(exp.or_(*(self.condition(each, scope) for each in (node.expr, *node.other))))
            case "UnaryNot":
                return truth_value(exp.not_(exp.paren(self.condition(node.expr, scope))))
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
            if node.get("arg") in (RDF.nil, []):  # as the parser reads ()
                raise NotCompiledError(f"{name.removeprefix('Builtin_')} of nothing")
            return self._builtin(name.removeprefix("Builtin_"), node, scope)
        raise NotCompiledError(f"the function <{node.iri}>" if name == "Function" else name)

    # Arithmetic.

    def _calculated(self, left: Value, sign: str, right: Value) -> Value:
        one, other = self._integer(left), self._integer(right)
        if one is not None and other is not None:
            if sign == "/":
                zero = exp.Nullif(this=exp.paren(other), expression=number(0))
                return Value(exp.paren(divided(scaled(one, 10**DIGITS), zero)), Form.DEC)
            operation: type[exp.Binary] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[sign]
            return Value(exp.paren(operation(this=exp.paren(one), expression=exp.paren(other))), Form.INT)
        for each in (left, right):
            if each.form is Form.ID and each.kinds >= NUMERIC:
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
                return truth_value(exp.EQ(this=one.sql, expression=other.sql))
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
                return self._of_kind(node.arg, NUMERIC, scope)
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
                return truth_value(function_of(function, text, part))
            case "REGEX":
                return self._matches(node, scope)
            case "UCASE" | "LCASE":
                text = self._text(self.value(node.arg, scope), scope)
                plain = function_of("regexp_full_match", text, exp.Literal.string(_CASED))
                changed = exp.Upper(this=text.copy()) if name == "UCASE" else exp.Lower(this=text.copy())
                strange = exp.not_(exp.paren(plain.copy()))
                return Value(case([(plain, changed), (strange, failed(f"{name} of a letter"))]), Form.STR)
            case "SUBSTR":
                start, length = (whole_number(each) for each in (node.start, node.length))
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
            return truth_value(unless_null(exp.true() if own[value.form] in kinds else exp.false(), value.sql))
        if value.kinds <= kinds or not value.kinds & kinds:
            return truth_value(
                unless_null(exp.true() if value.kinds and value.kinds <= kinds else exp.false(), value.sql)
            )
        return truth_value(is_any(value.sql, value.kinds & kinds))

    def _lang(self, value: Value, scope: Scope) -> Value:
        if value.form is Form.TERM:
            raise NotCompiledError("LANG of a term of several kinds")
        if value.form is not Form.ID:
            return Value(unless_null(exp.Literal.string(""), value.sql), Form.STR)
        branches: dict[Kind, Sql] = {
            kind: unless_null(exp.Literal.string(""), value.sql) for kind in LITERALS - {Kind.LANG}
        }
        if Kind.LANG in value.kinds:
            branches[Kind.LANG] = exp.Substring(this=scope.tail(value.sql), start=number(2))
        if not value.kinds & branches.keys():
            return Value(exp.cast(exp.null(), "varchar"), Form.STR)
        return Value(by_kind(value.sql, value.kinds, branches), Form.STR)

    def _language_matches(self, node: Any, scope: Scope) -> Value:
        if not isinstance(node.arg2, Literal) or node.arg2.language or not _RANGE.fullmatch(str(node.arg2)):
            raise NotCompiledError("langMatches with what is not one word in small letters, or *")
        tag, wanted = self._text(self.value(node.arg1, scope), scope), str(node.arg2)
        if wanted == "*":
            return truth_value(exp.NEQ(this=exp.paren(tag), expression=exp.Literal.string("")))
        same = exp.EQ(this=exp.paren(tag), expression=exp.Literal.string(wanted))
        return truth_value(exp.or_(same, function_of("starts_with", tag.copy(), exp.Literal.string(f"{wanted}-"))))

    def _datatype(self, value: Value) -> Value:
        found = self.as_id(value)
        if found is None or Kind.OTHER in found.kinds:
            raise NotCompiledError("DATATYPE of a literal of any datatype")
        names = {**DATATYPES, Kind.STRING: f"{XSD}string", Kind.LANG: str(RDF.langString)}
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
        return truth_value(function_of("regexp_matches", text, exp.Literal.string(pattern)))
