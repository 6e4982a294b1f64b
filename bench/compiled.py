"""A small part of SPARQL as SQL over a columnar copy (bench/columnar.py), and a refusal by name of all the rest.

What compiles: SELECT over one graph; basic graph patterns with constant predicates; sequence paths; `p*` from or to a
constant; FILTER with comparisons, BOUND, NOT EXISTS, &&, || and !; OPTIONAL; subselects; GROUP BY with COUNT, MIN and
MAX; HAVING; DISTINCT, ORDER BY, LIMIT and OFFSET. rdflib parses the text and gives its algebra.

Terms are numbers, and the numbers of one kind stand in SPARQL's order. So a comparison, an order, MIN or MAX is one of
numbers where all that a variable may be is of one kind; where kinds are mixed it is refused, as is a join on what may
be unbound. What SPARQL calls an error is SQL's NULL: their tables for &&, || and ! are the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from rdflib.paths import MulPath, Path, SequencePath
from rdflib.plugins.sparql import prepareQuery
from rdflib.term import BNode, Identifier, Literal, URIRef, Variable

Kinds = frozenset[str]
COUNT: Final[Kinds] = frozenset({"count"})
ORDERED: Final = ("iri", "integer", "date", "string")
VALUES: Final = ORDERED[1:]
COLLAPSED: Final = "other"
"""The kind of terms that the engine may spell otherwise than the file: no pattern that may meet one compiles."""


class NotCompiledError(Exception):
    """A part of the question has no translation here; the message names it."""


@dataclass(frozen=True)
class Predicate:
    """The table of a predicate, and the kinds of terms on either side."""

    table: str
    subjects: Kinds
    objects: Kinds


class Dictionary(Protocol):
    """What compiling needs to know of a copy."""

    @property
    def predicates(self) -> Mapping[str, Predicate]:
        """By IRI."""

    def number(self, term: Identifier) -> int | None:
        """None if no triple has the term."""

    def range(self, literal: Literal) -> tuple[str, int, int]:
        """Its kind; the first number of that kind that is not before it, and the first that is after it."""


@dataclass(frozen=True)
class Column:
    """A variable's column: all it may hold, and whether it may be unbound."""

    name: str
    kinds: Kinds
    optional: bool = False


@dataclass(frozen=True)
class Relation:
    """A SELECT that may have more columns than can be seen, and an order that is still to be applied."""

    sql: str
    columns: dict[Variable, Column]
    order: tuple[str, ...] = ()


@dataclass
class _Pattern:
    """The tables and conditions of a basic graph pattern, as far as it was read."""

    tables: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    places: dict[Identifier, tuple[str, Kinds]] = field(default_factory=dict)


def compiled(text: str, dictionary: Dictionary) -> str:
    """SQL whose rows are those of a SELECT, in its order: terms in N-Triples, NULL where unbound.

    :raises NotCompiledError: a part of it has no translation.
    """
    query = prepareQuery(text).algebra
    if query.name != "SelectQuery" or query.datasetClause:
        raise NotCompiledError("FROM" if query.name == "SelectQuery" else query.name)
    rows = _Compiler(dictionary).relation(query.p)
    shown, joins = [], []
    for variable in query.PV:
        column = rows.columns.get(variable)
        if column is None:
            raise NotCompiledError(f"?{variable}, which nothing binds")
        if column.kinds == COUNT:
            shown.append(f"""'"' || r.{column.name} || '"^^<http://www.w3.org/2001/XMLSchema#integer>'""")
        else:
            shown.append(f"{column.name}t.text")
            joins.append(f"LEFT JOIN terms {column.name}t ON {column.name}t.id = r.{column.name}")
    order = f" ORDER BY {_of('r', rows.order)}" if rows.order else ""
    return f"SELECT {', '.join(shown)} FROM ({rows.sql}) r {' '.join(joins)}{order}"


def _of(table: str, order: Iterable[str]) -> str:
    return ", ".join(f"{table}.{each}" for each in order)


def _listed(table: str, columns: Iterable[Column]) -> str:
    return ", ".join(f"{table}.{column.name}" for column in columns) or "1 AS unit"


def _seen(rows: Relation) -> Relation:
    """Only the columns that can be seen, in no order: what a subselect gives to the pattern around it."""
    return Relation(f"SELECT {_listed('m', rows.columns.values())} FROM ({rows.sql}) m", rows.columns)


def _one_kind(column: Column, allowed: tuple[str, ...], use: str) -> str:
    """The only kind that a column may hold."""
    if len(column.kinds) != 1 or not column.kinds <= {*allowed}:
        raise NotCompiledError(f"{use} of {' and '.join(sorted(column.kinds)) or 'nothing'}")
    return next(iter(column.kinds))


class _Compiler:
    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self.names: dict[Identifier, str] = {}
        self.aliases = 0

    def name(self, variable: Identifier) -> str:
        """SQL does not tell ?a from ?A, so variables get numbers."""
        return self.names.setdefault(variable, f"v{len(self.names)}")

    def alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases}"

    def relation(self, node: Any) -> Relation:
        handlers: dict[str, Callable[[Any], Relation]] = {
            "BGP": self.pattern,
            "Join": self.join,
            "LeftJoin": self.optional,
            "Filter": self.filter,
            "AggregateJoin": self.aggregate,
            "Extend": self.renamed,
            "Project": self.project,
            "Distinct": self.distinct,
            "OrderBy": self.ordered,
            "Slice": self.slice,
            "ToMultiSet": lambda node: _seen(self.relation(node.p)),
        }
        if node.name not in handlers:
            raise NotCompiledError(node.name)
        return handlers[node.name](node)

    # Patterns

    def pattern(self, node: Any) -> Relation:
        pattern = _Pattern()
        for subject, predicate, value in node.triples:
            self.step(pattern, subject, predicate, value)
        columns = {v: Column(self.name(v), kinds) for v, (_, kinds) in pattern.places.items() if type(v) is Variable}
        shown = [f"{pattern.places[v][0]} AS {column.name}" for v, column in columns.items()]
        tables = f" FROM {', '.join(pattern.tables)}" if pattern.tables else ""
        where = f" WHERE {' AND '.join(pattern.conditions)}" if pattern.conditions else ""
        return Relation(f"SELECT {', '.join(shown) or '1 AS unit'}{tables}{where}", columns)

    def step(self, pattern: _Pattern, subject: Identifier, predicate: Any, value: Identifier) -> None:
        if isinstance(predicate, SequencePath):
            for part in predicate.args[:-1]:
                between = BNode()
                self.step(pattern, subject, part, between)
                subject = between
            self.step(pattern, subject, predicate.args[-1], value)
        elif isinstance(predicate, MulPath) and predicate.mod == "*" and isinstance(predicate.path, URIRef):
            self.closure(pattern, subject, predicate.path, value)
        elif isinstance(predicate, Path):
            raise NotCompiledError(f"{type(predicate).__name__} {predicate.n3()}")
        elif not isinstance(predicate, URIRef):
            raise NotCompiledError(f"the predicate {predicate.n3()}")
        else:
            table, alias = self.table(predicate), self.alias()
            pattern.tables.append(f"{table.table} {alias}")
            self.place(pattern, subject, f"{alias}.s", table.subjects)
            self.place(pattern, value, f"{alias}.o", table.objects)

    def table(self, predicate: URIRef) -> Predicate:
        nothing = "(SELECT 0::UINTEGER AS s, 0::UINTEGER AS o WHERE false)"
        found = self.dictionary.predicates.get(str(predicate), Predicate(nothing, frozenset(), frozenset()))
        if COLLAPSED in found.subjects | found.objects:
            raise NotCompiledError(f"{predicate.n3()}, which has terms that may be spelt in several ways")
        return found

    def place(self, pattern: _Pattern, term: Identifier, place: str, kinds: Kinds) -> None:
        """A term stands in a place: the same as where it stood before, or the number it has."""
        if not isinstance(term, Variable | BNode):
            number = self.dictionary.number(term)
            pattern.conditions.append("false" if number is None else f"{place} = {number}")
        elif term in pattern.places:
            before, others = pattern.places[term]
            pattern.conditions.append(f"{place} = {before}")
            pattern.places[term] = before, others & kinds
        else:
            pattern.places[term] = place, kinds

    def closure(self, pattern: _Pattern, subject: Identifier, predicate: URIRef, value: Identifier) -> None:
        """All from which, or to which, a constant is reached, itself included."""
        table, alias = self.table(predicate), self.alias()
        near, far, open_end, end = ("o", "s", subject, value)
        if isinstance(value, Variable | BNode):
            near, far, open_end, end = ("s", "o", value, subject)
        number = None if isinstance(end, Variable | BNode) else self.dictionary.number(end)
        if number is None or not isinstance(open_end, Variable | BNode):
            raise NotCompiledError(f"{predicate.n3()}* without exactly one end that the register knows")
        pattern.tables.append(
            f"(WITH RECURSIVE reached(x) AS (SELECT {number}::UINTEGER UNION SELECT p.{far} FROM {table.table} p "
            f"JOIN reached ON p.{near} = reached.x) SELECT x FROM reached) {alias}"
        )
        kind = "iri" if isinstance(end, URIRef) else "literal"
        self.place(pattern, open_end, f"{alias}.x", table.subjects | table.objects | {kind})

    # Joins and filters

    def join(self, node: Any) -> Relation:
        return self.joined(node, "JOIN", None)

    def optional(self, node: Any) -> Relation:
        return self.joined(node, "LEFT JOIN", node.expr)

    def joined(self, node: Any, how: str, expression: Any) -> Relation:
        left, right = self.relation(node.p1), self.relation(node.p2)
        conditions = []
        for variable in left.columns.keys() & right.columns.keys():
            one, other = left.columns[variable], right.columns[variable]
            if one.optional or other.optional:
                raise NotCompiledError(f"a join on ?{variable}, which may be unbound")
            if COUNT in (one.kinds, other.kinds):
                raise NotCompiledError(f"a join on ?{variable}, which is counted")
            conditions.append(f"l.{one.name} = r.{other.name}")
        added = {v: column for v, column in right.columns.items() if v not in left.columns}
        refs = {v: f"l.{column.name}" for v, column in left.columns.items()}
        refs |= {v: f"r.{column.name}" for v, column in added.items()}
        if expression is not None:
            conditions.append(self.condition(expression, left.columns | added, refs))
        sql = (
            f"SELECT {', '.join(refs.values()) or '1 AS unit'} FROM ({left.sql}) l {how} ({right.sql}) r "
            f"ON {' AND '.join(conditions) or 'true'}"
        )
        if how == "LEFT JOIN":
            added = {v: replace(column, optional=True) for v, column in added.items()}
        return Relation(sql, left.columns | added)

    def filter(self, node: Any) -> Relation:
        rows = self.relation(node.p)
        alias = self.alias()
        refs = {v: f"{alias}.{column.name}" for v, column in rows.columns.items()}
        condition = self.condition(node.expr, rows.columns, refs)
        sql = f"SELECT {_listed(alias, rows.columns.values())} FROM ({rows.sql}) {alias} WHERE {condition}"
        return Relation(sql, rows.columns)

    def condition(self, node: Any, columns: dict[Variable, Column], refs: dict[Variable, str]) -> str:
        def inner(part: Any) -> str:
            return self.condition(part, columns, refs)

        match getattr(node, "name", type(node).__name__):
            case "TrueFilter":
                return "true"
            case "ConditionalAndExpression":
                return "(" + " AND ".join(map(inner, [node.expr, *node.other])) + ")"
            case "ConditionalOrExpression":
                return "(" + " OR ".join(map(inner, [node.expr, *node.other])) + ")"
            case "UnaryNot":
                return f"(NOT {inner(node.expr)})"
            case "Builtin_BOUND" if node.arg in refs:
                return f"({refs[node.arg]} IS NOT NULL)"
            case "Builtin_NOTEXISTS":
                return self.absent(node.graph, columns, refs)
            case "RelationalExpression":
                return self.comparison(node.expr, node.op, node.other, columns, refs)
            case name:
                raise NotCompiledError(f"{name} in FILTER")

    def absent(self, node: Any, columns: dict[Variable, Column], refs: dict[Variable, str]) -> str:
        """No row agrees with what is bound outside. For patterns and their joins that is what SPARQL means, too."""
        parts = [node]
        for part in parts:
            if part.name not in ("BGP", "Join"):
                raise NotCompiledError(f"{part.name} in NOT EXISTS")
            parts += [part.p1, part.p2] if part.name == "Join" else []
        rows, alias = self.relation(node), self.alias()
        shared = [v for v in rows.columns if v in columns]
        if any(columns[v].optional or columns[v].kinds == COUNT for v in shared):
            raise NotCompiledError("NOT EXISTS of what may be unbound or is counted")
        same = " AND ".join(f"{alias}.{rows.columns[v].name} = {refs[v]}" for v in shared) or "true"
        return f"(NOT EXISTS (SELECT 1 FROM ({rows.sql}) {alias} WHERE {same}))"

    def comparison(
        self, left: Any, op: str, right: Any, columns: dict[Variable, Column], refs: dict[Variable, str]
    ) -> str:
        turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
        if op not in turned:
            raise NotCompiledError(f"{op} in FILTER")
        for side in (left, right):
            if not isinstance(side, Variable | Literal | URIRef):
                raise NotCompiledError(f"{op} with {getattr(side, 'name', type(side).__name__)}")
        if left not in refs:
            left, op, right = right, turned[op], left
        if left not in refs:
            raise NotCompiledError("a comparison without a variable that is bound")
        column = columns[left]
        if right in refs:
            kinds = (*VALUES, "iri", "count") if op in ("=", "!=") else (*VALUES, "count")
            if _one_kind(column, kinds, op) != _one_kind(columns[right], kinds, op):
                raise NotCompiledError(f"{op} of two kinds")
            return f"({refs[left]} {op} {refs[right]})"
        if isinstance(right, URIRef) and op in ("=", "!="):
            _one_kind(column, ("iri",), op)
            # A number that no term has: the comparison is false, or an error where the variable is unbound.
            number = self.dictionary.number(right)
            return f"({refs[left]} {op} {0 if number is None else number})"
        if not isinstance(right, Literal):
            raise NotCompiledError(f"{op} with {right.n3()}")
        kind, start, end = self.dictionary.range(right)
        if column.kinds == COUNT and kind == "integer":
            return f"({refs[left]} {op} {int(right)})"
        if _one_kind(column, VALUES, op) != kind:
            raise NotCompiledError(f"{op} of two kinds")
        place = refs[left]
        same = f"({place} >= {start} AND {place} < {end})"
        return {
            "<": f"({place} < {start})",
            "<=": f"({place} < {end})",
            ">": f"({place} >= {end})",
            ">=": f"({place} >= {start})",
            "=": same,
            "!=": f"(NOT {same})",
        }[op]

    # Groups and the outer clauses

    def aggregate(self, node: Any) -> Relation:
        group, rows = node.p, self.relation(node.p.p)
        keys = list(group.expr or [])
        if any(type(key) is not Variable or key not in rows.columns for key in keys):
            raise NotCompiledError("GROUP BY an expression, or what nothing binds")
        shown, columns = [], {}
        for part in node.A:
            sql, column = self.aggregated(part, rows.columns, keys)
            shown.append(f"{sql} AS {column.name}")
            columns[part.res] = column
        by = f" GROUP BY {_listed('g', [rows.columns[key] for key in keys])}" if keys else ""
        return Relation(f"SELECT {', '.join(shown) or '1 AS unit'} FROM ({rows.sql}) g{by}", columns)

    def aggregated(self, part: Any, columns: dict[Variable, Column], keys: list[Variable]) -> tuple[str, Column]:
        name, of = self.name(part.res), part.vars
        distinct = "DISTINCT " if part.distinct else ""
        kind = part.name.removeprefix("Aggregate_")
        if kind == "Count" and of == "*" and not distinct:
            return "count(*)", Column(name, COUNT)
        if type(of) is not Variable or of not in columns:
            raise NotCompiledError(f"{kind} of an expression, or of what nothing binds")
        column = columns[of]
        match kind:
            case "Count":
                return f"count({distinct}g.{column.name})", Column(name, COUNT)
            case "Sample" if of in keys:
                return f"g.{column.name}", replace(column, name=name)
            case "Min" | "Max" if not column.optional:
                _one_kind(column, VALUES, kind)
                return f"{kind.lower()}(g.{column.name})", Column(name, column.kinds, optional=not keys)
        raise NotCompiledError(f"{kind} of ?{of}")

    def renamed(self, node: Any) -> Relation:
        rows = self.relation(node.p)
        if type(node.expr) is not Variable or node.expr not in rows.columns:
            raise NotCompiledError(f"BIND or AS of {getattr(node.expr, 'name', type(node.expr).__name__)}")
        old = rows.columns[node.expr]
        new = replace(old, name=self.name(node.var))
        sql = f"SELECT e.*, e.{old.name} AS {new.name} FROM ({rows.sql}) e"
        return replace(rows, sql=sql, columns=rows.columns | {node.var: new})

    def project(self, node: Any) -> Relation:
        rows = self.relation(node.p)
        return replace(rows, columns={v: rows.columns[v] for v in node.PV if v in rows.columns})

    def distinct(self, node: Any) -> Relation:
        rows = self.relation(node.p)
        if {each.split()[0] for each in rows.order} - {column.name for column in rows.columns.values()}:
            raise NotCompiledError("DISTINCT in an order that is not selected")
        return replace(rows, sql=f"SELECT DISTINCT {_listed('d', rows.columns.values())} FROM ({rows.sql}) d")

    def ordered(self, node: Any) -> Relation:
        rows, order = self.relation(node.p), []
        for each in node.expr:
            if type(each.expr) is not Variable or each.expr not in rows.columns:
                raise NotCompiledError("ORDER BY an expression, or what nothing binds")
            column = rows.columns[each.expr]
            _one_kind(column, (*ORDERED, "count"), "ORDER BY")
            order.append(f"{column.name} {'DESC NULLS LAST' if each.order == 'DESC' else 'ASC NULLS FIRST'}")
        return replace(rows, order=tuple(order))

    def slice(self, node: Any) -> Relation:
        rows = self.relation(node.p)
        order = f" ORDER BY {_of('s', rows.order)}" if rows.order else ""
        limit = f" LIMIT {int(node.length)}" if node.length is not None else ""
        return replace(rows, sql=f"SELECT * FROM ({rows.sql}) s{order}{limit} OFFSET {int(node.start or 0)}")
