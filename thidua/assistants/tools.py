"""Tools: each catalogued question as a typed tool, and four beside them, as plain data in JSON Schema.

:source: https://modelcontextprotocol.io/specification/2025-06-18/server/tools
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from thidua.assistants.answers import LANGUAGES, MOST_ROWS, ROWS
from thidua.base.errors import ParameterError
from thidua.base.formats import CITATIONS, by_name
from thidua.names.index import KINDS
from thidua.questions.catalogue import THINGS, Column, Parameter, Question

Schema = dict[str, Any]

#: Arguments that every tool takes, and those that every question takes beside its own.
_EVERYWHERE: Final[Mapping[str, Schema]] = {
    "lang": {"type": "string", "enum": list(LANGUAGES), "default": "en", "description": "Language of names."},
    "version": {"type": "integer", "minimum": 1, "description": "A version of the graph; the newest if left out."},
}
_OF_QUESTIONS: Final[Mapping[str, Schema]] = {
    "limit": {
        "type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": ROWS,
        "description": "So many rows; `total` in the answer counts all.",
    },
    "offset": {"type": "integer", "minimum": 0, "default": 0, "description": "So many rows are passed over."},
}  # fmt: skip
OWN: Final = (*_EVERYWHERE, *_OF_QUESTIONS)
#: A column's type to that of a JSON value; a decimal comes as text, exact.
_TYPES: Final = {"integer": "integer", "boolean": "boolean"}


@dataclass(frozen=True)
class Tool:
    """A tool: its name, what it does, what it takes and what it gives."""

    name: str
    title: str
    description: str
    takes: Schema
    gives: Schema | None = None


def tools_of(questions: Mapping[str, Question]) -> dict[str, Tool]:
    """Every tool by its name: the four of our own, then the questions."""
    own = {tool.name: tool for tool in (SEARCH, THING, CITE, SPARQL)}
    return own | {question.name: _tool(question) for question in questions.values()}


def _tool(question: Question) -> Tool:
    notes = [question.question["en"]]
    if question.description["en"] != question.question["en"]:
        notes.append(question.description["en"])
    notes.append(f"({question.question['vi']})")
    if question.evidence:
        notes.append("Each row comes with the passages of the sources that it rests on.")
    properties = {each.name: _parameter(each) for each in question.parameters}
    required = [each.name for each in question.parameters if each.required]
    takes = _object({**properties, **_OF_QUESTIONS, **_EVERYWHERE}, required)
    return Tool(question.name, question.title["en"], " ".join(notes), takes, _answer(question))


def _parameter(parameter: Parameter) -> Schema:
    label = f"{parameter.label['en']} ({parameter.label['vi']})"
    match parameter.type:
        case "year":
            example = int(parameter.example)
            return {"type": "integer", "minimum": 1000, "maximum": 9999, "description": label, "examples": [example]}
        case "date":
            return {"type": "string", "format": "date", "description": label, "examples": [parameter.example]}
        case "string" if parameter.choices:
            return {"type": "string", "enum": list(parameter.choices), "description": label}
        case "string":
            return {"type": "string", "description": label, "examples": [parameter.example]}
    kinds = ", ".join(THINGS[parameter.type])
    text = f"{label}: an id or a name, with or without tone marks. Kinds: {kinds}."
    return {"type": "string", "description": text, "examples": [parameter.example]}


def _answer(question: Question) -> Schema:
    row: Schema = {column.name: _column(column) for column in question.columns}
    evidence = _object(
        {
            "id": {"type": "string"}, "source": {"type": "string"}, "how": {"enum": ["stated", "implied"]},
            "start": {"type": "integer"}, "end": {"type": "integer"},
        },
        ["id", "source", "how"],
    )  # fmt: skip
    if question.evidence:
        row["evidence"] = {"type": "array", "items": evidence, "description": "Passages that the row rests on."}
    properties: dict[str, Schema] = {
        "question": {"const": question.name},
        "asks": {"type": "string"},
        "parameters": {"type": "object"},
        "total": {"type": "integer", "description": "Rows in all."},
        "offset": {"type": "integer"},
        "rows": {"type": "array", "items": _object(row, list(row))},
        "names": {"type": "object", "description": "What the ids in the rows are called."},
        "sources": {"type": "object", "description": "Title and address of each source."},
        "version": _VERSION,
        "citation": {"type": "string", "description": "How to cite this answer."},
        "note": {"type": "string"},
    }
    return _object(properties, [name for name in properties if name != "note"])


def _column(column: Column) -> Schema:
    # A declared column may hold a value that its type cannot, which then comes as text.
    kinds = [_TYPES[column.type]] if column.type in _TYPES else ["integer", "boolean"]
    return {"type": [*kinds, "string", "null"], "description": column.label["en"]}


def _object(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    return {
        "type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": False,
    }  # fmt: skip


_VERSION: Final = _object(
    {"number": {"type": "integer"}, "time": {"type": "string"}, "hash": {"type": "string"}},
    ["number", "time", "hash"],
)
SEARCH: Final = Tool(
    "search",
    "Find things by name",
    "Find provinces, clusters, people, posts, awards, laws and sources by name, with or without tone marks, "
    "abbreviated or mistyped. Gives ids that the other tools take.",
    _object(
        {
            "text": {"type": "string", "examples": ["ninh binh"], "description": "What to look for."},
            "kinds": {"type": "array", "items": {"enum": list(KINDS)}, "description": "Of these kinds only."},
            "on": {"type": "string", "examples": ["2024"], "description": "A year or a day: only what existed then."},
            "limit": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
            **_EVERYWHERE,
        },
        ["text"],
    ),
)
THING: Final = Tool(
    "thing",
    "What is said of a thing",
    "Everything that the graph says of one thing, with the sources that say it: a province, a cluster, a person, a "
    "record such as head:dong-bang-song-hong_2024_nam-dinh, a source.",
    _object(
        {
            "id": {
                "type": "string",
                "examples": ["province:thai-binh"],
                "description": "A short id, an IRI, the address of an article, or a name.",
            },
            **_EVERYWHERE,
        },
        ["id"],
    ),
)
CITE: Final = Tool(
    "cite",
    "Cite a fact, a source or the graph",
    "A citation with the sources that it rests on, as text, BibTeX or CSL-JSON. Answers have theirs already.",
    _object(
        {
            "thing": {"type": "string", "description": "What to cite; the whole graph if left out."},
            "format": {"type": "string", "enum": list(by_name(CITATIONS)), "default": "plain"},
            **_EVERYWHERE,
        }
    ),
)
SPARQL: Final = Tool(
    "sparql",
    "Ask in SPARQL",
    "A SPARQL 1.1 query, for what no catalogued question asks: SELECT or ASK give SPARQL's JSON results, CONSTRUCT or "
    "DESCRIBE Turtle. Known prefixes need no PREFIX line. No SERVICE, no updates; ten seconds.",
    _object(
        {
            "query": {
                "type": "string",
                "examples": ["SELECT ?cluster { ?cluster a td:EmulationCluster } LIMIT 5"],
                "description": "The query's text. Add a LIMIT.",
            },
            **_OF_QUESTIONS,
            **_EVERYWHERE,
        },
        ["query"],
    ),
)
# What a page of a table would pass over, the query's own OFFSET does.
SPARQL.takes["properties"].pop("offset")


def checked(tool: Tool, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call, of which each is known and of its type; a year may come as text.

    :raises ParameterError: one is unknown, missing, or of another type.
    """
    properties = tool.takes["properties"]
    arguments: dict[str, Any] = {}
    for name, value in given.items():
        if name not in properties:
            raise ParameterError(name, f"{tool.name} has no argument {name!r}; it takes: {', '.join(properties)}.")
        if value is not None:
            arguments[name] = _typed(tool, name, properties[name], value)
    for name in tool.takes["required"]:
        if name not in arguments:
            example = properties[name].get("examples", [""])[0]
            raise ParameterError(name, f"{tool.name} needs {name}, for example {example!r}.")
    return arguments


def _typed(tool: Tool, name: str, schema: Schema, value: Any) -> Any:
    kind = schema.get("type")
    if kind == "integer" and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    elif kind == "integer" and isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON has but one kind of number
    fits = {
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "string": isinstance(value, str),
        "array": isinstance(value, list) and all(isinstance(each, str) for each in value),
    }
    if not fits[str(kind)]:
        raise ParameterError(name, f"{name} of {tool.name} is of the type {kind}, not {value!r}.")
    if kind == "integer":
        least, most = schema.get("minimum", 0), schema.get("maximum", 10**9)
        if not least <= value <= most:
            raise ParameterError(name, f"{name} of {tool.name} is between {least} and {most}, not {value}.")
    if "enum" in schema and value not in schema["enum"]:
        raise ParameterError(name, f"{name} of {tool.name} is one of {', '.join(schema['enum'])}, not {value!r}.")
    return value
