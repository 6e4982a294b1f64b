"""Query rewriting before planning: a transitive closure with a constant end is evaluated from that end.

Of ``?c td:kind/skos:broader* <C>`` the engine's planner makes two patterns of one estimated size and begins with the
one that stands first: it reads every ``td:kind``, and climbs from each. By SPARQL's own definition such a sequence is
the join of its steps over a nameless node, and the patterns of a block may be joined in any order. So the closure is
written first, ``_:c0 skos:broader* <C> . ?c td:kind _:c0``: the same solutions, each as often, and no variable that
``*`` could show. The same is done where the closure is a triple of its own, ``?c td:kind ?k . ?k skos:broader* <C>``.

It is done at the beginning of a block of triples only. Otherwise the engine begins elsewhere, and goes on to do so: no
more than before is read of anything but the closure. A text is left as it is

* where a closure has more than a thousand triples: those who climb to it may be fewer;
* where its answer may show the order of solutions (LIMIT, SUM, SAMPLE, ...);
* within OPTIONAL, MINUS, EXISTS, UNION and other braces, which may be asked row by row, and within GRAPH;
* if anything stands in it that is not understood here.

:source: https://www.w3.org/TR/sparql12-query/#sparqlPropertyPaths
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, NamedTuple

import pyoxigraph as ox

from thidua.base.errors import KnowledgeGraphError
from thidua.base.terms import PREFIXES
from thidua.rdf.mistakes import Piece
from thidua.rdf.scan import restate
from thidua.rdf.syntax import DEFAULT

#: What a text has that may have a closure: its sign behind a name, an IRI or a bracket.
_MAY_CLOSE: Final = re.compile(r"[:>)][\w.%\\-]*+[ \t\r\n]*+[*+]")

#: The order in which solutions are found may be seen in what these give: which of them there are, the last digit of a
#: sum, which of two equal values is the least. The last ones give something else each time.
_ORDERED: Final = frozenset(
    (
        "LIMIT", "OFFSET", "REDUCED", "SAMPLE", "GROUP_CONCAT", "SUM", "AVG", "MIN", "MAX", "BNODE", "RAND", "UUID",
        "STRUUID",
    )
)  # fmt: skip
#: Triples that a closure may have. At so many it is walked in a few milliseconds.
_MOST: Final = 1000
_TYPE: Final = f"{PREFIXES['rdf']}type"
_TERMS: Final = frozenset(("iri", "variable", "node", "string", "number"))
_OPEN: Final = frozenset(("variable", "node"))


class _NotUnderstoodError(Exception):
    """Something stands in a text that is not understood here."""


class _Term(NamedTuple):
    """A subject or an object: its text, and whether it is a variable or a nameless node, an IRI, or neither."""

    text: str
    is_open: bool
    is_iri: bool


class _Step(NamedTuple):
    """A step of a path: its text, and where it is one property, or a closure of one, which and in what direction."""

    text: str
    property: str = ""
    is_inverse: bool = False
    is_closure: bool = False


class _Closure(NamedTuple):
    """A closure with a constant end, and whether it leads from there to objects, or to subjects."""

    property: str
    constant: str
    to_objects: bool

    def is_small(self, store: ox.Store) -> bool:
        """Whether it has few triples in the default graph; a query of other graphs is taken to be alike."""
        predicate, start = ox.NamedNode(self.property), ox.NamedNode(self.constant)
        seen: set[object] = {start}
        todo: list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] = [start]
        left = _MOST
        while todo:
            node = todo.pop()
            if not self.to_objects:
                found = store.quads_for_pattern(None, predicate, node, DEFAULT)
            elif isinstance(node, ox.NamedNode | ox.BlankNode):
                found = store.quads_for_pattern(node, predicate, None, DEFAULT)
            else:
                continue
            for quad in found:
                if not left:
                    return False
                left -= 1
                each = quad.object if self.to_objects else quad.subject
                if each not in seen:
                    seen.add(each)
                    todo.append(each)
        return True


@dataclass(frozen=True)
class _Triple:
    """A triple pattern, its predicate as the steps of a sequence."""

    subject: _Term
    steps: Sequence[_Step]
    object: _Term
    begin: int
    """The token at which its predicate begins, and the one behind its object."""
    end: int

    @property
    def ends_in_closure(self) -> bool:
        """Whether a property leads from a variable to a closure that ends in a constant."""
        return (
            len(self.steps) == 2
            and self.subject.is_open
            and self.steps[0].property != ""
            and not self.steps[0].is_closure
            and self.steps[1].is_closure
            and self.object.is_iri
        )

    @property
    def variable_of_closure(self) -> _Term | None:
        """The open end of a closure whose other end is constant."""
        if len(self.steps) == 1 and self.steps[0].is_closure:
            if self.subject.is_open and self.object.is_iri:
                return self.subject
            if self.subject.is_iri and self.object.is_open:
                return self.object
        return None

    def closure(self) -> _Closure:
        """The closure with a constant end that it has."""
        step, constant = self.steps[-1], self.object if self.object.is_iri else self.subject
        return _Closure(step.property, constant.text[1:-1], self.subject.is_iri != step.is_inverse)


@dataclass(frozen=True)
class _Statement:
    """Triples with one subject, and the tokens from there to the one behind them; no dot is among these."""

    triples: Sequence[_Triple]
    begin: int
    end: int


def constants_first(text: str, base: str | None = None, store: ox.Store | None = None) -> str | None:
    """A query with the same answer, whose closures with a constant end are asked from there; None if it has none.

    :param base: what relative IRIs in the text are relative to.
    :param store: what will be asked; without one every closure counts as small.
    """
    if not ("*" in text or "+" in text) or not _MAY_CLOSE.search(text):
        return None
    try:
        pieces: list[Piece] = []
        scanned = restate(text, base, pieces)
        if scanned.words & _ORDERED:
            return None
        reader = _Reader(pieces)
        changes = sorted(reader.changes())
        if not changes or (store and not all(closure.is_small(store) for closure in reader.closures)):
            return None
    except (KnowledgeGraphError, _NotUnderstoodError, ValueError):  # the last of an IRI that is none
        return None
    written, end = [], 0
    for start, after, instead in changes:
        written += [scanned.text[end:start], instead]
        end = after
    return "".join((*written, scanned.text[end:]))


class _Reader:
    """One pass over the tokens of a query, which finds the blocks of triples that are to begin otherwise."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = [*pieces, Piece("", "", "", 0, 0)]
        self._at = 0
        self._names = count()
        self._changes: list[tuple[int, int, str]] = []
        self.closures: set[_Closure] = set()
        """What will be asked first."""

    def changes(self) -> list[tuple[int, int, str]]:
        """What is to be replaced, from where to where in the text that was written out, and by what."""
        while self._text not in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"):
            self._next()
        if self._text == "CONSTRUCT":
            self._next()
            self._skip_brackets("{")
        self._query()
        return self._changes

    # Looking at tokens.

    @property
    def _piece(self) -> Piece:
        return self._pieces[self._at]

    @property
    def _kind(self) -> str:
        return self._piece.kind

    @property
    def _text(self) -> str:
        """Of a word, a bracket or a sign; of a term nothing, for a string may look like one."""
        return "" if self._kind in _TERMS else self._piece.text

    def _next(self) -> None:
        if not self._kind:
            raise _NotUnderstoodError
        self._at += 1

    def _skip_brackets(self, opening: str) -> None:
        """Pass over a bracket and all that is in it."""
        if self._text != opening or self._kind != "open":
            raise _NotUnderstoodError
        depth = 0
        while depth or self._kind == "open":
            depth += (self._kind == "open") - (self._kind == "close")
            self._next()
            if not depth:
                return

    def _skip_to(self, kind: str, text: str) -> None:
        """Pass over everything up to a bracket."""
        while not (self._kind == kind and self._text == text):
            if self._kind == "open":
                self._skip_brackets(self._text)
            else:
                self._next()

    # What a query is made of.

    def _query(self) -> None:
        """Read a query or a subquery, to the end of its group."""
        self._skip_to("open", "{")
        self._next()
        if self._text == "SELECT":
            self._query()
            self._skip_to("close", "}")
        while self._kind != "close":
            self._element()
        self._next()

    def _element(self) -> None:
        """Read an element of a group."""
        text = self._text
        if not text:
            self._block()
            return
        if self._kind == "open":
            self._braces()
            return
        self._next()
        match text:
            case ".":
                pass
            case "UNION":
                self._braces()
            case "OPTIONAL" | "MINUS" | "LATERAL":
                self._skip_brackets("{")
            case "GRAPH":
                self._next()
                self._skip_brackets("{")
            case "BIND":
                self._skip_brackets("(")
            case "VALUES":
                self._skip_to("open", "{")
                self._skip_brackets("{")
            case "FILTER":
                self._filter()
            case _:
                raise _NotUnderstoodError

    def _braces(self) -> None:
        """Read a subquery, or pass over a group."""
        if self._pieces[self._at + 1].text == "SELECT":
            self._next()
            self._query()
            self._skip_to("close", "}")
            self._next()
        else:
            self._skip_brackets("{")

    def _filter(self) -> None:
        if self._text in ("NOT", "EXISTS"):
            self._skip_to("open", "{")
            self._skip_brackets("{")
            return
        if self._kind in ("iri", "word"):  # a function
            self._next()
        self._skip_brackets("(")

    # A block of triples.

    def _block(self) -> None:
        begin = self._piece.begins
        statements = list(self._statements())
        first, others = statements[0].triples[0], statements[1:]
        if first.ends_in_closure and self._pieces[first.end].text != ",":  # behind which is more for the same path
            step, closure = first.steps
            node = f"_:c{next(self._names)}"
            self.closures.add(first.closure())
            self._changes.append((begin, begin, f"{node} {closure.text} {first.object.text} . "))
            self._changes.append((*self._span(first.begin, first.end), f"{step.text} {node}"))
        elif len(first.steps) == 1 and first.steps[0].property and not first.steps[0].is_closure:
            for each in others:
                node_of = each.triples[0].variable_of_closure if len(each.triples) == 1 else None
                if node_of and node_of in (first.subject, first.object):
                    self.closures.add(each.triples[0].closure())
                    self._move(each, begin)

    def _move(self, statement: _Statement, begin: int) -> None:
        """Put a statement before a place, and take it, with the dot before it, from where it is."""
        text = " ".join(piece.text for piece in self._pieces[statement.begin : statement.end])
        self._changes.append((begin, begin, f"{text} . "))
        before, after = self._span(statement.begin - 1, statement.end)
        self._changes.append((before - 1, after, ""))  # with the blank before the dot

    def _span(self, begin: int, end: int) -> tuple[int, int]:
        """Where tokens stand in the text that was written out."""
        last = self._pieces[end - 1]
        return self._pieces[begin].begins, last.begins + len(last.text)

    def _statements(self) -> Iterator[_Statement]:
        """The statements of a block."""
        while self._kind in _TERMS:
            begin, triples = self._at, []
            subject = self._term()
            while self._kind in ("iri", "variable", "open", "operator") and self._text != "{":
                verb, steps = self._at, self._verb()
                triples.append(_Triple(subject, steps, self._term(), verb, self._at))
                while self._text == ",":
                    self._next()
                    triples.append(_Triple(subject, steps, self._term(), self._at, self._at))
                while self._text == ";":
                    self._next()
            if not triples:
                raise _NotUnderstoodError
            yield _Statement(triples, begin, self._at)
            if self._text != ".":
                break
            self._next()
        if self._kind not in ("close", "word") and self._text != "{":
            raise _NotUnderstoodError

    def _term(self) -> _Term:
        """A term that is not made of others."""
        begin, kind, text = self._at, self._kind, self._piece.text
        if kind not in _TERMS or text == "a":
            raise _NotUnderstoodError
        self._next()
        if kind == "string" and self._kind == "language":
            self._next()
        elif kind == "string" and self._text == "^^":
            self._next()
            self._next()
        return _Term("".join(piece.text for piece in self._pieces[begin : self._at]), kind in _OPEN, kind == "iri")

    def _verb(self) -> Sequence[_Step]:
        """A predicate as the steps of a sequence; any other path is one step."""
        if self._kind == "variable":
            self._next()
            return [_Step("")]
        steps = [self._step()]
        while self._text in ("/", "|"):
            steps = [_Step("")] if self._text == "|" else steps
            self._next()
            steps.append(self._step())
        return steps

    def _step(self) -> _Step:
        """An element of a path, with `^` before it and a sign behind it."""
        begin = self._at
        if self._text == "^":
            self._next()
        inside = self._pieces[self._at] if self._kind == "iri" else self._bracketed_property()
        if self._text == "!":
            self._next()
            if self._text == "^":
                self._next()
        if self._kind == "iri":
            self._next()
        else:
            self._skip_brackets("(")
        sign = self._text if self._text in ("*", "+", "?") else ""
        if sign:
            self._next()
        texts = [piece.text for piece in self._pieces[begin : self._at]]
        if inside is None or sign == "?":
            return _Step(" ".join(texts))
        iri = _TYPE if inside.text == "a" else inside.text[1:-1]
        return _Step(" ".join(texts), iri, texts.count("^") == 1, sign != "")

    def _bracketed_property(self) -> Piece | None:
        """What stands in brackets here, if that is ``(<p>)`` or ``(^<p>)``."""
        first, *inside = self._pieces[self._at : self._at + 4]
        if inside and inside[0].text == "^":
            inside = inside[1:]
        if first.text == "(" and len(inside) > 1 and inside[0].kind == "iri" and inside[1].text == ")":
            return inside[0]
        return None
