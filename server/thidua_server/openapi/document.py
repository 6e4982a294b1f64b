"""OpenAPI 3.1 document: made from the questions' headers and the descriptions of the app's views."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from thidua.base import errors
from thidua.base.formats import TABLES, by_name
from thidua.questions.catalogue import Column, Parameter, Question
from thidua.questions.rows import Evidence
from thidua_server.http.negotiation import HTML, JSON, PROBLEM
from thidua_server.http.problems import CODES
from thidua_server.openapi.fields import OF_A_PAGE, Field
from thidua_server.openapi.operations import Listed, operation

_EVIDENCE: Final = Field(
    "evidence", "kèm chứng cứ của từng dòng", "with the evidence for each row", {"type": "integer", "enum": [0, 1]}
)
#: What a parameter's type means, in Vietnamese and English.
TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "year": ("năm, bốn chữ số, hay một khoảng như 2015-2025", "a year of four digits, or a range such as 2015-2025"),
    "date": ("ngày, như 2025-07-01", "a day such as 2025-07-01"),
    "string": ("một đoạn chữ", "a text"),
    "resource": (
        "IRI, mã, hoặc tên có dấu hay không dấu; không rõ thì câu trả lời lỗi nêu các khả năng",
        "an IRI, a local id, or a name with or without tone marks; if in doubt, the problem lists the candidates",
    ),
}
_JSON_TYPES: Final = {
    "string": ["string", "null"],
    "integer": ["integer", "null"],
    "decimal": ["number", "null"],
    "date": ["string", "null"],
    "dateTime": ["string", "null"],
    "boolean": ["boolean", "null"],
}


#: What the operations are about, in the order of the pages.
TAGS: Final[Mapping[str, tuple[str, str]]] = {
    "questions": ("Câu hỏi", "Questions"),
    "sparql": ("SPARQL", "SPARQL"),
    "graphs": ("Đồ thị (Graph Store Protocol)", "Graphs (Graph Store Protocol)"),
    "versions": ("Phiên bản", "Versions"),
    "linked data": ("Dữ liệu liên kết", "Linked data"),
    "dataset": ("Tập dữ liệu", "Dataset"),
    "names": ("Tên", "Names"),
    "map": ("Bản đồ", "Map"),
    "operation": ("Vận hành", "Operation"),
    "documentation": ("Tài liệu", "Documentation"),
}


def document(
    operations: Iterable[Listed], questions: Mapping[str, Question], root: str, language: str, *, private: bool = False
) -> dict[str, Any]:
    """The description, its words in one language.

    :param root: the service's own address.
    :param private: reading needs a token too.
    """
    described = Described(language)
    paths: dict[str, dict[str, Any]] = {}
    for question in questions.values():
        paths[f"/questions/{question.name}"] = {"get": described.question(question)}
    if questions:
        paths["/questions/{question}.{format}"] = {"get": described.file(questions)}
    for each in operations:
        paths.setdefault(each.path, {})[each.method] = described.view(each.described)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": described.pick("Đồ thị thi đua", "Thi đua: a knowledge graph of emulation clusters"),
            "version": "1",
            "description": described.pick(
                "Mỗi câu hỏi là một địa chỉ. Lỗi nào cũng là application/problem+json với một `code` không đổi.",
                "Each question is an address. Every error is application/problem+json with a stable `code`.",
            ),
            "license": {"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
        },
        "servers": [{"url": root}],
        "tags": [{"name": tag, "description": described.pick(*words)} for tag, words in TAGS.items()],
        "paths": paths,
        "components": _components(),
        **({"security": [{"token": []}]} if private else {}),
    }


class Described:
    """Words in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def pick(self, vi: str, en: str) -> str:
        """One of two texts."""
        return vi if self._language == "vi" else en

    def question(self, question: Question) -> dict[str, Any]:
        """One question as an operation."""
        more = [*([_EVIDENCE] if question.evidence else []), *OF_A_PAGE]
        return {
            "operationId": question.name,
            "tags": ["questions"],
            "summary": question.title[self._language],
            "description": question.description[self._language],
            "parameters": [
                *(self._parameter(parameter) for parameter in question.parameters),
                *(self._field(field) for field in more),
            ],
            "responses": _responses({"200": self._answer(question)}),
        }

    def file(self, names: Iterable[str]) -> dict[str, Any]:
        """Every question once more, its format chosen by suffix."""
        suffixes = [*by_name(TABLES), "html"]
        given = (
            Field("question", "tên câu hỏi", "name of the question",
                  {"type": "string", "enum": list(names)}, "path", True),
            Field("format", "định dạng", "format", {"type": "string", "enum": suffixes}, "path", True),
            Field("parameters", "tham số của câu hỏi", "the question's own parameters",
                  {"type": "object", "additionalProperties": {"type": "string"}}),
            _EVIDENCE, *OF_A_PAGE,
        )  # fmt: skip
        summary = "Câu trả lời thành tệp, theo đuôi tên", "An answer as a file, by suffix"
        return self.view(operation("questionAsFile", "questions", *summary, given, (*TABLES, HTML)))

    def view(self, operation: operation) -> dict[str, Any]:
        """What one view answers."""
        described: dict[str, Any] = {
            "operationId": operation.id,
            "tags": [operation.tag],
            "summary": self.pick(operation.vi, operation.en),
            "parameters": [self._field(field) for field in operation.fields],
            "responses": _responses(
                {str(each): self._success(operation.returns if each == 200 else (), {}) for each in operation.statuses}
            ),
        }
        if operation.takes:
            content = {media_type: {"schema": dict(schema)} for media_type, schema in operation.takes.items()}
            described["requestBody"] = {"required": True, "content": content}
        if operation.role:
            described["security"] = [{"token": []}]
            described["description"] = self.pick(
                f"Cần token có quyền `{operation.role}`.", f"Needs a token that may `{operation.role}`."
            )
        return described

    def _answer(self, question: Question) -> dict[str, Any]:
        schemas = {JSON: _answer_schema(question.columns, bool(question.evidence))}
        media_types = [*(each for each, form in TABLES.items() if question.place or not form.geographic), HTML]
        return self._success(media_types, schemas) | {
            "headers": {
                "Link": {"schema": {"type": "string"}, "description": '`rel="cite-as"`: ' + self._permanent()},
                "X-Graph-Version": {"schema": {"type": "integer"}},
                "Query-Hint": {
                    "schema": {"type": "string"},
                    "description": self.pick(
                        "vì sao không có dòng nào, nơi biết được (RFC 9651: danh sách Display String)",
                        "why there are no rows, where that is known (RFC 9651: a list of Display Strings)",
                    ),
                },
            }
        }

    def _permanent(self) -> str:
        return self.pick("địa chỉ cho lại đúng câu trả lời này", "the address that gives this very answer again")

    def _success(self, media_types: Iterable[str], schemas: Mapping[str, Any]) -> dict[str, Any]:
        content = {
            media_type: {"schema": schemas[media_type]} if media_type in schemas else {} for media_type in media_types
        }
        return {"description": self.pick("Được", "Done"), **({"content": content} if content else {})}

    def _parameter(self, parameter: Parameter) -> dict[str, Any]:
        """A question's parameter: a value, or a resource that may be named in many ways."""
        words = TYPES.get(parameter.type, TYPES["resource"])
        schema: dict[str, Any] = {"type": "string", "maxLength": 500}
        example = parameter.example
        if parameter.type == "year":
            schema = {"type": "string", "pattern": "^[0-9]{4}(-[0-9]{4})?$"}
        elif parameter.type == "date":
            schema = {"type": "string", "format": "date"}
        elif parameter.choices:
            schema = {"type": "string", "enum": list(parameter.choices)}
        return {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": f"{parameter.label[self._language]} ({parameter.type}): {self.pick(*words)}",
            "schema": schema,
            "example": example,
        }

    def _field(self, field: Field) -> dict[str, Any]:
        return {
            "name": field.name,
            "in": field.place,
            "required": field.required,
            "description": self.pick(field.vi, field.en),
            "schema": dict(field.schema),
            **({"example": field.example} if field.example is not None else {}),
        }


def codes() -> dict[str, int]:
    """Every code that an error may have, with its status."""
    found = {code: status for status, code in CODES.items()}
    return dict(sorted((found | {kind.code: kind.status for kind in _kinds(errors.KnowledgeGraphError)}).items()))


def _kinds(kind: type[errors.KnowledgeGraphError]) -> Iterator[type[errors.KnowledgeGraphError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)


def _responses(answers: Mapping[str, Any]) -> dict[str, Any]:
    problem = {"$ref": "#/components/responses/Problem"}
    return {**answers, "304": {"description": "Not Modified"}, "4XX": problem, "5XX": problem}


def _answer_schema(columns: Iterable[Column], evidence: bool) -> dict[str, Any]:
    """The JSON answer to a question."""
    columns = tuple(columns)
    properties: dict[str, Any] = {
        column.name: {"type": _JSON_TYPES[column.type], "description": f"{column.label['vi']} · {column.label['en']}"}
        | ({"format": "date"} if column.type == "date" else {})
        for column in columns
    }
    if evidence:
        properties["evidence"] = {"type": "array", "items": {"$ref": "#/components/schemas/Evidence"}}
    row = {"type": "object", "required": [column.name for column in columns], "properties": properties}
    return {
        "type": "object",
        "required": ["question", "version", "hash", "link", "columns", "rows"],
        "properties": {
            "question": {"type": "string"},
            "version": {"type": "integer"},
            "hash": {"type": "string"},
            "link": {"type": "string", "format": "uri"},
            "columns": {"type": "array", "items": {"type": "string"}},
            "rows": {"type": "array", "items": row | {"additionalProperties": False}},
        },
    }


def _components() -> dict[str, Any]:
    piece: dict[str, Any] = {
        each.name: {"type": ["integer" if each.name in ("start", "end") else "string", "null"]}
        for each in fields(Evidence)
    }
    piece["how"] = {"enum": ["stated", "implied"]}
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        "schemas": {
            "Problem": {
                "type": "object",
                "description": "RFC 9457",
                "required": ["title", "status", "detail", "code"],
                "properties": {
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"enum": list(codes())},
                    "parameter": {"type": "string"},
                    "candidates": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["iri", "label"],
                            "properties": {"iri": {"type": "string"}, "label": {"type": "string"}},
                        },
                    },
                },
            },
            "Evidence": {"type": "object", "required": list(piece), "properties": piece},
        },
        "responses": {"Problem": {"description": "Problem", "content": {PROBLEM: schema, HTML: {}}}},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
