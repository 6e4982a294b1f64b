"""ORDER BY as columns to sort by: what is unbound first, then blank nodes, IRIs and literals."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rdflib.term import Variable
from sqlglot import exp

from thidua.columns.errors import NotCompiledError
from thidua.columns.expressions import Expressions
from thidua.columns.forms import NUMERIC
from thidua.columns.relations import Form, Key, Relation, Sql, Value, case, is_any, is_kind, number
from thidua.columns.scope import Names, Scope
from thidua.columns.terms import Kind

_DICTIONARY = frozenset({Kind.BLANK, Kind.IRI, Kind.STRING, Kind.LANG})


def ordered(relation: Relation, conditions: Sequence[Any], expressions: Expressions, names: Names) -> Relation:
    """A relation with columns to sort by."""
    scope = Scope(names, relation)
    keys, more = [], []
    for condition in conditions:
        value = expressions.value(condition.expr, scope)
        parts = sorting_parts(value, scope, expressions)
        columns = tuple(names.fresh("k") for _ in parts)
        more += [exp.alias_(part, column) for part, column in zip(parts, columns, strict=True)]
        injective = type(condition.expr) is Variable and not (value.form is Form.ID and value.kinds >= NUMERIC)
        keys.append(Key(columns, condition.order == "DESC", condition.expr if injective else None))
    hidden = (*relation.hidden, *(name for key in keys for name in key.columns))
    return replace(relation, query=scope.select(*more), order=tuple(keys), hidden=hidden)


def in_order(part: Sql, descending: bool) -> exp.Ordered:
    """A part of ORDER BY; what is unbound is the least."""
    return exp.Ordered(this=part, desc=descending, nulls_first=not descending)


def sorting_parts(value: Value, scope: Scope, expressions: Expressions) -> list[Sql]:
    """What a value is sorted by."""
    if value.form in (Form.STR, Form.DEC, Form.INT):
        return [value.sql]
    found = expressions.as_id(value)
    if found is not None and not found.kinds:
        return []  # of what nothing binds
    if found is None or Kind.OTHER in found.kinds:
        raise NotCompiledError("ORDER BY literals of any datatype, or terms of several kinds")
    sql, literals = found.sql, found.kinds - {Kind.BLANK, Kind.IRI}
    if not (len(literals) <= 1 or literals <= NUMERIC or literals <= {Kind.STRING, Kind.LANG}):
        raise NotCompiledError("ORDER BY literals of several kinds")
    if len(found.kinds) <= 1 and not found.kinds & _DICTIONARY:
        return [sql]
    parts: list[Sql] = []
    if len(found.kinds) > 1:
        ranks = [(is_kind(sql, kind), number(int(kind))) for kind in (Kind.BLANK, Kind.IRI) if kind in found.kinds]
        there = exp.Is(this=sql.copy(), expression=exp.Not(this=exp.null()))
        parts.append(case([*ranks, (there, number(3))]))
    if literals & NUMERIC:
        is_number = is_any(sql, literals & NUMERIC)
        parts.append(case([(is_number, expressions.decimal(Value(sql, Form.ID, literals)))]))
    elif literals & {Kind.DATE, Kind.BOOLEAN}:
        parts.append(case([(is_any(sql, literals), sql.copy())]))
    if found.kinds & _DICTIONARY:
        texts = found.kinds & _DICTIONARY
        parts.append(scope.text(sql) if texts == found.kinds else case([(is_any(sql, texts), scope.text(sql))]))
        if Kind.LANG in found.kinds:
            # A text with a language comes before one without, for so do their datatypes.
            last = exp.Literal.string("\uffff")
            parts.append(case([(is_kind(sql, Kind.LANG), scope.tail(sql)), (is_kind(sql, Kind.STRING), last)]))
    return parts
