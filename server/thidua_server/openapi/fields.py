"""Parameters and media types that operations share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

STRING: Final[Mapping[str, Any]] = {"type": "string"}
IRI: Final = {"type": "string", "format": "iri"}
YEAR: Final = {"type": "string", "pattern": "^[0-9]{4}$"}
NUMBER: Final = {"type": "integer", "minimum": 1, "maximum": 999_999_999}


@dataclass(frozen=True)
class Field:
    """One parameter: `place` is ``query``, ``path`` or ``header``."""

    name: str
    vi: str
    en: str
    schema: Mapping[str, Any] = field(default_factory=lambda: STRING)
    place: str = "query"
    required: bool = False
    example: Any = None


VERSION: Final = Field("version", "phiên bản của đồ thị", "version of the graph", NUMBER)
TIMEOUT: Final = Field(
    "timeout",
    "số giây được phép, chỉ có thể giảm",
    "seconds it may take; it can only be lowered",
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1_000_000},
)
LANGUAGE: Final = Field(
    "lang", "ngôn ngữ của trang", "language of a page", {"type": "string", "enum": ["vi", "en"]}, example="en"
)
AS_OF: Final = Field(
    "Accept-Datetime",
    "đồ thị như vào lúc ấy (Memento)",
    "the graph as of that time (Memento)",
    place="header",
    example="Tue, 01 Jul 2025 00:00:00 GMT",
)
#: What every answer of the graph can be asked with, and what every page of it.
OF_A_VERSION: Final = (VERSION, TIMEOUT, AS_OF)
OF_A_PAGE: Final = (*OF_A_VERSION, LANGUAGE)
#: The version that an address names.
WHICH: Final = Field("number", "số của phiên bản", "number of the version", NUMBER, "path", True, 1)


def form(name: str) -> dict[str, Any]:
    """The schema of a form with one field."""
    return {"type": "object", "required": [name], "properties": {name: dict(STRING)}}
