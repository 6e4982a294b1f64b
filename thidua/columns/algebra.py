"""SPARQL algebra of a query, from its text; the home of rdflib's parser."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pyparsing import ParseResults
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import BNode, Identifier, Literal, URIRef, Variable

from thidua.columns.errors import NotCompiledError
from thidua.columns.terms import RESPELT, XSD, Kind, Term, term_of
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import respelt, term

#: The longest text that is parsed here: the parser takes milliseconds a line, and recurses.
_LONGEST: Final = 20_000
#: A string, which is left alone, or a blank before what may be a path's modifier.
_MODIFIER: Final = re.compile(r'"(?:[^"\\]|\\.)*"|(?<=[>)a]) +([*+?])(?=[ )]|$)')


def algebra_of(text: str, base: str | None = None) -> CompValue:
    """The algebra of a query that an engine accepts.

    :raises NotCompiledError: it is too long or too deep for this parser, or it is one that only the engine reads.
    """
    if len(text) > _LONGEST:
        raise NotCompiledError(f"a text of more than {_LONGEST} characters")
    try:
        parsed = parseQuery(_joined(text))
        of_all = parsed[1].name == "SelectQuery" and not parsed[1].projection
        stars = any(node.name == "SubSelect" and not node.projection for node in _nodes(parsed[1]))
        query: CompValue = translateQuery(parsed, base=base).algebra
    except RecursionError as exc:
        raise NotCompiledError("a text that is nested too deep") from exc
    except Exception as exc:  # whatever it is, the engine answers
        raise NotCompiledError(f"a text that rdflib does not read ({type(exc).__name__})") from exc
    if of_all:
        project = query.p
        while project.name != "Project":
            project = project.p
        query["PV"] = project["PV"] = sorted(_visible(project.p, stars=stars))
    return query


def _nodes(node: Any) -> Iterator[CompValue]:
    """All parts of what was parsed."""
    if isinstance(node, CompValue):
        yield node
    parts: Iterable[Any] = node.values() if isinstance(node, CompValue) else node
    if isinstance(node, CompValue | list | tuple | ParseResults):
        for part in parts:
            yield from _nodes(part)


def _visible(node: Any, *, stars: bool) -> set[Variable]:
    """What ``*`` stands for.

    :param stars: whether a subquery selects ``*``, too: the parser takes that for some variables that it does not bind.
    :raises NotCompiledError: it may be such a subquery.
    """
    if not isinstance(node, CompValue):
        return set()
    match node.name:
        case "BGP":
            return {term for triple in node.triples for term in triple if type(term) is Variable}
        case "values":
            return {Variable(name) for row in node.res for name in row}
        case "Extend":
            return _visible(node.p, stars=stars) | {node.var}
        case "Minus":
            return _visible(node.p1, stars=stars)
        case "AggregateJoin":
            return {part.res for part in node.A}
        case "Project":
            if stars and not set(node.PV) <= _visible(node.p, stars=stars):
                raise NotCompiledError("SELECT * of a subquery that selects what it does not bind")
            return set(node.PV)
    return set[Variable]().union(*(_visible(node[part], stars=stars) for part in ("p", "p1", "p2") if part in node))


def _joined(text: str) -> str:
    """A text whose path modifiers follow their paths at once: this parser takes no blank there."""
    return _MODIFIER.sub(lambda found: found[1] or found[0], text)


def constant(node: Identifier) -> Term:
    """A constant of a query, spelt as the engine spells it.

    :raises NotCompiledError: it may be spelt in several ways, or equal what is spelt otherwise.
    """
    if isinstance(node, URIRef):
        return Term(Kind.IRI, str(node))
    if not isinstance(node, Literal) or isinstance(node, BNode):
        raise NotCompiledError(f"the constant {node.n3()}")
    datatype = None if node.datatype is None else str(node.datatype)
    if datatype not in (None, f"{XSD}string", *RESPELT):
        raise NotCompiledError(f"a constant of datatype <{datatype}>")
    found = term_of(respelt([term(Cell(str(node), "literal", datatype, node.language))])[0])
    if found.kind is Kind.OTHER:
        raise NotCompiledError(f"a constant of datatype <{datatype}>")
    return found


def name_of(node: Any) -> str:
    """What a part of the algebra is called, for messages."""
    return str(getattr(node, "name", type(node).__name__))
