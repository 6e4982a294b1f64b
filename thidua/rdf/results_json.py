"""SPARQL 1.1 Query Results JSON Format, read into cells."""

from typing import TYPE_CHECKING, Any, Final

from thidua.base.errors import EngineError
from thidua.rdf.cells import Cell, Record
from thidua.rdf.ntriples import triple_term

if TYPE_CHECKING:
    pass


def records_of_json(document: dict[str, Any]) -> tuple[tuple[str, ...], list[Record]]:
    """SPARQL's JSON results of a SELECT as columns and records."""
    columns = tuple(document["head"]["vars"])
    bindings = document["results"]["bindings"]
    return columns, [{name: cell_of_json(binding.get(name)) for name in columns} for binding in bindings]


def cell_of_json(term: dict[str, Any] | None) -> Cell | None:
    """A term of SPARQL's JSON results as a cell."""
    match term:
        case None:
            return None
        case {"type": "uri", "value": value}:
            return Cell(value, "iri")
        case {"type": "bnode", "value": value}:
            return Cell(value, "blank")
        case {"type": "literal", "value": value, "xml:lang": language}:
            return Cell(value, "literal", _LANG_STRING, language)
        case {"type": "literal", "value": value}:
            return Cell(value, "literal", term.get("datatype", _STRING))
        case {"type": "triple", "value": parts}:
            terms = [cell_of_json(parts[part]) for part in ("subject", "predicate", "object")]
            return triple_term([term for term in terms if term])
        case _:
            raise EngineError(f"the engine's answer has a term that is none: {term}")


_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


_LANG_STRING: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
