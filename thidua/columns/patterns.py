"""Basic graph patterns and property paths as SQL: joins of the predicates' tables, closures by recursion.

The engine gives each pair of an alternative once, and each of a closure, as is kept here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, Path, SequencePath
from rdflib.term import BNode, Identifier, URIRef, Variable
from sqlglot import exp

from thidua.columns.algebra import constant
from thidua.columns.dictionary import Dictionary, Encoder
from thidua.columns.errors import NotCompiledError
from thidua.columns.relations import Column, Form, Relation, Sql, number, select
from thidua.columns.scope import Names
from thidua.columns.terms import Kind, Kinds, Term

#: Rows of a predicate up to which its closure is made for all of them.
_CLOSED: Final = 100_000
#: Predicates up to which a variable stands for any of them.
_WIDE: Final = 400


@dataclass(frozen=True)
class Pairs:
    """Pairs of terms (s, o), and of a variable predicate p."""

    query: exp.Query | exp.Table
    subjects: Kinds
    objects: Kinds
    rows: int

    def source(self, alias: str) -> exp.Subquery | exp.Table:
        """To select from."""
        if isinstance(self.query, exp.Table):
            return exp.to_table(self.query.name, alias=alias)
        return self.query.copy().subquery(alias)

    def query_of(self, names: Names) -> exp.Query:
        """As a SELECT of s and o."""
        if isinstance(self.query, exp.Query):
            return self.query.copy()
        alias = names.fresh()
        return exp.select(exp.column("s", table=alias), exp.column("o", table=alias)).from_(self.source(alias))


@dataclass
class _Places:
    """The tables and conditions of a pattern, as far as it was read."""

    tables: list[exp.Subquery | exp.Table] = field(default_factory=list)
    conditions: list[Sql] = field(default_factory=list)
    places: dict[Identifier, tuple[Sql, Kinds, Pairs, str]] = field(default_factory=dict)
    """Of variables and blank nodes: where they stand first, what they may be, and of what that is a column."""


class Patterns:
    """Compiles basic graph patterns."""

    def __init__(self, dictionary: Dictionary, encode: Encoder, names: Names) -> None:
        self._dictionary = dictionary
        self._predicates = dictionary.predicates
        self._encode = encode
        self._names = names
        self._wide = 0

    def pattern(self, triples: Sequence[tuple[Identifier, Any, Identifier]]) -> Relation:
        """The rows of a basic graph pattern."""
        found = _Places()
        steps = [step for triple in triples for step in _steps(*triple)]
        # What a path of no length may begin at is known when all else has its place.
        for subject, predicate, value in sorted(steps, key=lambda step: _has_no_length(step[1])):
            self._step(found, subject, predicate, value)
        columns = {
            variable: Column(self._names.of(variable), Form.ID, kinds)
            for variable, (_, kinds, _, _) in found.places.items() if type(variable) is Variable
        }  # fmt: skip
        query = select(
            exp.alias_(found.places[variable][0].copy(), column.name) for variable, column in columns.items()
        )
        for position, table in enumerate(found.tables):
            query = query.from_(table) if position == 0 else query.join(table, join_type="cross")
        if found.conditions:
            query = query.where(*found.conditions)
        return Relation(query, columns)

    def _step(self, found: _Places, subject: Identifier, predicate: Any, value: Identifier) -> None:
        if isinstance(predicate, Variable | BNode):
            pairs = self._any()
            alias = self._names.fresh()
            found.tables.append(pairs.source(alias))
            self._place(found, predicate, exp.column("p", table=alias), frozenset({Kind.IRI}), pairs, "p")
            self._place(found, subject, exp.column("s", table=alias), pairs.subjects, pairs, "s")
            self._place(found, value, exp.column("o", table=alias), pairs.objects, pairs, "o")
            return
        if isinstance(predicate, MulPath):
            open_ends = [end for end in (subject, value) if isinstance(end, Variable | BNode)]
            if len(open_ends) < 2:
                self._from_constant(found, subject, predicate, value)
                return
            pairs = self._closure(predicate, self._domain(found, subject, value) if predicate.zero else None)
        else:
            pairs = self._pairs(predicate)
        alias = self._names.fresh()
        found.tables.append(pairs.source(alias))
        self._place(found, subject, exp.column("s", table=alias), pairs.subjects, pairs, "s")
        self._place(found, value, exp.column("o", table=alias), pairs.objects, pairs, "o")

    def _place(self, found: _Places, term: Identifier, place: Sql, kinds: Kinds, pairs: Pairs, side: str) -> None:
        """A term stands in a place: the same as where it stood before, or the number it has."""
        if not isinstance(term, Variable | BNode):
            found.conditions.append(exp.EQ(this=place, expression=number(self._encode(constant(term)))))
        elif term in found.places:
            before, others, first, column = found.places[term]
            found.conditions.append(exp.EQ(this=place, expression=before.copy()))
            found.places[term] = before, others & kinds, first, column
        else:
            found.places[term] = place, kinds, pairs, side

    # Pairs of a path.

    def _pairs(self, path: Any) -> Pairs:
        match path:
            case URIRef():
                return self._table(path)
            case InvPath():
                inner, alias = self._pairs(path.arg), self._names.fresh()
                turned = exp.select(
                    exp.alias_(exp.column("o", table=alias), "s"), exp.alias_(exp.column("s", table=alias), "o")
                ).from_(inner.source(alias))
                return Pairs(turned, inner.objects, inner.subjects, inner.rows)
            case SequencePath():
                found = self._pairs(path.args[0])
                for part in path.args[1:]:
                    found = self._chained(found, self._pairs(part))
                return found
            case AlternativePath():
                return self._either([self._pairs(part) for part in path.args], distinct=True)
            case MulPath() if not path.zero:
                return self._closure(path, None)
            case NegatedPath():
                # With both ends bound the engine gives a pair once, otherwise once for each predicate.
                raise NotCompiledError("a negated property set, whose rows depend on the order of joins")
        raise NotCompiledError(f"the path {path.n3()}" if isinstance(path, Path) else f"the predicate {path.n3()}")

    def _table(self, predicate: URIRef) -> Pairs:
        found = self._predicates.get(str(predicate))
        if found is None:
            zero = exp.cast(exp.Literal.number(0), "bigint")
            nothing = exp.select(exp.alias_(zero, "s"), exp.alias_(zero.copy(), "o")).where(exp.false())
            return Pairs(nothing, frozenset(), frozenset(), 0)
        return Pairs(exp.to_table(found.table), found.subjects, found.objects, found.rows)

    def _chained(self, left: Pairs, right: Pairs) -> Pairs:
        one, other = self._names.fresh(), self._names.fresh()
        query = (
            exp.select(exp.column("s", table=one), exp.column("o", table=other))
            .from_(left.source(one))
            .join(
                right.source(other), on=exp.EQ(this=exp.column("o", table=one), expression=exp.column("s", table=other))
            )
        )
        return Pairs(query, left.subjects, right.objects, left.rows + right.rows)

    def _either(self, parts: Sequence[Pairs], *, distinct: bool) -> Pairs:
        query = parts[0].query_of(self._names)
        for part in parts[1:]:
            query = query.union(part.query_of(self._names), distinct=distinct)
        subjects = frozenset[Kind]().union(*(part.subjects for part in parts))
        objects = frozenset[Kind]().union(*(part.objects for part in parts))
        return Pairs(query, subjects, objects, sum(part.rows for part in parts))

    def _any(self) -> Pairs:
        """Every triple, with its predicate."""
        self._wide += 1
        if self._wide > 2 or len(self._predicates) > _WIDE:
            raise NotCompiledError("a predicate that is a variable, of so many")
        parts = []
        for iri, predicate in self._predicates.items():
            alias = self._names.fresh()
            own = exp.alias_(number(self._encode(Term(Kind.IRI, iri))), "p")
            pair = exp.select(exp.column("s", table=alias), exp.column("o", table=alias), own)
            query = pair.from_(exp.to_table(predicate.table, alias=alias))
            parts.append(Pairs(query, predicate.subjects, predicate.objects, predicate.rows))
        if not parts:
            raise NotCompiledError("a predicate that is a variable, where there is none")
        return self._either(parts, distinct=False)

    # Closures.

    def _closure(self, path: MulPath, domain: tuple[exp.Query, Kinds] | None) -> Pairs:
        """All pairs of a closure; with those of each term in a domain and itself."""
        step = self._pairs(path.path)
        if step.rows > _CLOSED:
            raise NotCompiledError(f"the closure {path.n3()} of {step.rows} rows, with both ends open")
        kinds = step.subjects | step.objects
        found = self._either([step], distinct=True) if not path.more else self._repeated(step)
        if domain is not None:
            alias = self._names.fresh()
            same = exp.select(
                exp.alias_(exp.column("x", table=alias), "s"), exp.alias_(exp.column("x", table=alias), "o")
            ).from_(domain[0].subquery(alias))
            found = Pairs(found.query_of(self._names).union(same, distinct=True), kinds, kinds, found.rows)
            return replace(found, subjects=kinds | domain[1], objects=kinds | domain[1])
        return found

    def _repeated(self, step: Pairs) -> Pairs:
        name, reached, then = self._names.fresh("c"), self._names.fresh(), self._names.fresh()
        more = (
            exp.select(exp.column("s", table=reached), exp.column("o", table=then))
            .from_(exp.to_table(name, alias=reached))
            .join(
                step.source(then),
                on=exp.EQ(this=exp.column("o", table=reached), expression=exp.column("s", table=then)),
            )
        )
        query = _recursive(name, ("s", "o"), step.query_of(self._names), more)
        return Pairs(query, step.subjects, step.objects, step.rows)

    def _domain(self, found: _Places, subject: Identifier, value: Identifier) -> tuple[exp.Query, Kinds]:
        """What a path of no length may begin or end at: what stands elsewhere in the pattern as one of its ends."""
        for end in (subject, value):
            if end in found.places and found.places[end][3] != "p":  # a predicate need be no end of a triple
                _, kinds, pairs, side = found.places[end]
                alias = self._names.fresh()
                column = exp.alias_(exp.column(side, table=alias), "x")
                return exp.select(column).distinct().from_(pairs.source(alias)), kinds
        raise NotCompiledError("a path of no length between two variables that nothing else in its pattern binds")

    def _from_constant(self, found: _Places, subject: Identifier, path: MulPath, value: Identifier) -> None:
        """All that a constant is reached from, or that it reaches."""
        near, far, open_end, end = "o", "s", subject, value
        if isinstance(value, Variable | BNode):
            near, far, open_end, end = "s", "o", value, subject
        step, term = self._pairs(path.path), constant(end)
        code = self._encode(term)
        start, alias, name = number(code), self._names.fresh(), self._names.fresh("c")
        first: exp.Query = (
            exp.select(exp.alias_(exp.column(far, table=alias), "x")).distinct().from_(step.source(alias))
            .where(exp.EQ(this=exp.column(near, table=alias), expression=start))
        )  # fmt: skip
        kinds = step.subjects | step.objects
        if path.zero and self._dictionary.occurs(code):  # for the engine, what is in no triple reaches not even itself
            itself = exp.select(exp.alias_(exp.cast(start.copy(), "bigint"), "x"))
            first, kinds = itself if path.more else itself.union(first, distinct=True), kinds | {term.kind}
        if path.more:
            reached, then = self._names.fresh(), self._names.fresh()
            more = (
                exp.select(exp.column(far, table=then))
                .from_(exp.to_table(name, alias=reached))
                .join(
                    step.source(then),
                    on=exp.EQ(this=exp.column(near, table=then), expression=exp.column("x", table=reached)),
                )
            )
            first = _recursive(name, ("x",), first, more)
        outer = self._names.fresh()
        found.tables.append(first.subquery(outer))
        pairs = Pairs(first, kinds, kinds, step.rows)
        self._place(found, open_end, exp.column("x", table=outer), kinds, pairs, "x")


def _steps(subject: Identifier, predicate: Any, value: Identifier) -> Iterable[tuple[Identifier, Any, Identifier]]:
    """The steps of a path that is a sequence, with what lies between them; inverse ones turned."""
    if isinstance(predicate, SequencePath):
        ends = [subject, *(BNode() for _ in predicate.args[1:]), value]
        for part, start, end in zip(predicate.args, ends, ends[1:], strict=False):
            yield from _steps(start, part, end)
    elif isinstance(predicate, InvPath):
        yield from _steps(value, predicate.arg, subject)
    else:
        yield subject, predicate, value


def _has_no_length(predicate: Any) -> bool:
    return isinstance(predicate, MulPath) and predicate.zero


def _recursive(name: str, columns: Sequence[str], first: exp.Query, more: exp.Query) -> exp.Query:
    """SELECT of what is reached in any number of steps."""
    aliased = exp.TableAlias(this=exp.to_identifier(name), columns=[exp.to_identifier(column) for column in columns])
    both = first.union(more, distinct=True)
    cte = exp.CTE(this=both, alias=aliased)
    query = exp.select(*(exp.column(column, table=name) for column in columns)).from_(exp.to_table(name))
    query.set("with_", exp.With(expressions=[cte], recursive=True))
    return query
