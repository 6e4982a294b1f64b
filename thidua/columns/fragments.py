"""Fragments of SQL: terms and their parts, put together and taken apart."""

from typing import Any, Final

from rdflib.term import Literal
from sqlglot import exp

from thidua.columns.relations import Form, Sql, Value, case, minus, number
from thidua.columns.terms import DATATYPES, XSD, Kind, Kinds

#: Digits behind the point that a decimal has.
DIGITS: Final = 18


def quoted(text: str) -> str:
    """A text as DuckDB's SQL writes it."""
    return exp.Literal.string(text).sql(dialect="duckdb")


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
    whole = exp.cast(divided(size, power(base)), "varchar")
    rest = exp.cast(exp.Mod(this=size.copy(), expression=power(base)), "varchar")
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


def power(value: int) -> Sql:
    """A number of 128 bits."""
    return exp.cast(exp.Literal.number(value), "int128")


def scaled(sql: Sql, factor: int) -> Sql:
    """A number times another, in 128 bits."""
    return exp.paren(exp.Mul(this=exp.cast(exp.paren(sql.copy()), "int128"), expression=power(factor)))


def divided(one: Sql, other: Sql) -> Sql:
    """A quotient without its fraction."""
    return exp.IntDiv(this=exp.paren(one), expression=exp.paren(other))


def typed(text: Sql, kind: Kind) -> Sql:
    """A text as a literal of a datatype."""
    return concat(exp.Literal.string('"'), text, exp.Literal.string(f'"^^<{DATATYPES[kind]}>'))


def truth_value(sql: Sql) -> Value:
    """A condition as a value."""
    return Value(exp.paren(sql), Form.BOOL)


def only(value: Value, kinds: Kinds) -> bool:
    """Whether a value is a number, or a term of some kinds alone."""
    return value.form in (Form.INT, Form.DEC) or (value.form is Form.ID and bool(value.kinds) and value.kinds <= kinds)


def unless_null(then: Sql, *sqls: Sql) -> Sql:
    """A value, where others are not NULL."""
    there = exp.and_(*(exp.Is(this=exp.paren(each.copy()), expression=exp.Not(this=exp.null())) for each in sqls))
    return case([(there, then)])


def whole_number(node: Any) -> int | None:
    """An integer that stands in a query itself."""
    return int(node) if isinstance(node, Literal) and str(node.datatype) == f"{XSD}integer" else None
