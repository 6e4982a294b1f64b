"""SPARQL algebra of a query, from its text; the home of rdflib's parser."""

import re
from typing import Any, Final

from rdflib.plugins.sparql.algebra import translateQuery, traverse
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import BNode, Identifier, Literal, URIRef

from thidua.columns.errors import NotCompiledError
from thidua.columns.terms import RESPELT, XSD, Kind, Term, term_of
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import respelt, term

#: The longest text that is parsed here: the parser takes milliseconds a line, and recurses.
_LONGEST: Final = 20_000
#: A string, which is left alone, or a blank before what may be a path's modifier.
_MODIFIER: Final = re.compile(r'"(?:[^"\\]|\\[\s\S])*(?:"|\\?\Z)|(?<=[>)a]) +([*+?])(?=[ )]|\Z)')


def algebra_of(text: str, base: str | None = None) -> tuple[CompValue, bool]:
    """The algebra of a query that an engine accepts, and whether it is a ``SELECT *``.

    :raises NotCompiledError: it is too long or too deep for this parser, or it is one that only the engine reads.
    """
    if len(text) > _LONGEST:
        raise NotCompiledError(f"a text of more than {_LONGEST} characters")
    try:
        parsed = parseQuery(_joined(text))
        every = parsed[1].name == "SelectQuery" and not parsed[1].projection
        traverse(parsed[1], visitPre=_refuse_every)
        query: CompValue = translateQuery(parsed, base=base).algebra
    except NotCompiledError:
        raise
    except RecursionError as exc:
        raise NotCompiledError("a text that is nested too deep") from exc
    except Exception as exc:  # whatever it is, the engine answers
        raise NotCompiledError(f"a text that rdflib does not read ({type(exc).__name__})") from exc
    return query, every


def _refuse_every(node: Any) -> None:
    """Refuse ``SELECT *`` in a subquery: the algebra does not tell what is in scope there."""
    if isinstance(node, CompValue) and node.name == "SubSelect" and not node.projection:
        raise NotCompiledError("SELECT * in a subquery")


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
