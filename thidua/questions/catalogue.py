"""Query catalogue: one SPARQL file each, described by a TOML header in ``#+`` comments.

The header names the question in both languages, types its parameters and explains its columns. The same file is
thus a page, an API operation and a command.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import DataError

_HEADER = re.compile(r"^#\+ ?(.*)$", re.MULTILINE)
_ORDER = re.compile(r"^ORDER BY((?: (?:\?\w+|DESC\(\?\w+\)))+)\s*\Z", re.MULTILINE)
_ORDERED = re.compile(r"(DESC\()?\?(\w+)")
_OUTER_WHERE = re.compile(r"^WHERE\s*\{", re.MULTILINE)

#: Parameter types that name a thing, and the kinds of IRI they may be.
THINGS: Final[dict[str, tuple[str, ...]]] = {
    "area": ("province", "edition"),
    "award": ("award",),
    "cluster": ("cluster",),
    "document": ("legal",),
    "indicator": ("concept",),
    "movement": ("movement",),
    "person": ("person",),
    "post": ("post",),
    "province": ("province",),
    "registry": ("linkset",),
    "source": ("src",),
    "thing": ("province", "cluster", "person", "post", "award", "movement", "body", "legal", "concept", "country"),
}
#: Parameter types that are values.
VALUES: Final = ("year", "date", "string")
#: What a column may hold. A header leaves ``string`` out: IRIs, text, and whatever is of several kinds.
COLUMNS: Final = ("string", "integer", "decimal", "date", "dateTime", "boolean")

#: What the page of an answer takes beside: which of its rows it shows, in which order.
VIEW: Final = ("only", "page", "row", "sort")
#: Names that no parameter may have, because every question's address takes them.
RESERVED: Final = ("evidence", "lang", "timeout", "version", *VIEW)
#: And those that `/cite`, which takes a question's parameters beside its own, has of its own.
_OF_CITE: Final = ("format", "question")
#: Columns that name a province, the one a row is about first.
_PLACES: Final = ("province", "place", "area")

Bilingual = Mapping[str, str]


@dataclass(frozen=True)
class Parameter:
    """One parameter: a variable that the outer SELECT projects."""

    name: str
    type: str
    required: bool
    example: str
    label: Bilingual
    choices: tuple[str, ...] = ()
    """The values that a ``string`` may have; any where there are none."""


@dataclass(frozen=True)
class Column:
    """One column of the answer; ``type`` is one of :data:`COLUMNS`."""

    name: str
    label: Bilingual
    type: str = "string"


@dataclass(frozen=True)
class Question:
    """A question anybody may ask by name."""

    name: str
    title: Bilingual
    question: Bilingual
    description: Bilingual
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    text: str
    competency: int | None = field(default=None)
    evidence: tuple[str, ...] = ()
    """The variables that stand for the records behind a row; none where a row is no statement of a source."""

    def summary(self) -> dict[str, str]:
        """The question in one line: its name, what it asks in both languages, its parameters."""
        return {"name": self.name, **self.question, "parameters": ", ".join(each.name for each in self.parameters)}

    @property
    def place(self) -> str | None:
        """The column whose provinces a map would show."""
        names = {column.name for column in self.columns}
        return next((name for name in _PLACES if name in names), None)

    @property
    def sparql(self) -> str:
        """The query alone, without the ``#+`` lines that describe it."""
        return without_header(self.text)

    @property
    def order(self) -> list[tuple[str, bool]]:
        """The columns that the answer is sorted by, each with whether it falls; none if that is no plain list."""
        written = _ORDER.search(self.text)
        return [(name, bool(falling)) for falling, name in _ORDERED.findall(written[1])] if written else []

    def bound(self, values: Mapping[str, str], *, records: bool = False) -> str:
        """The SPARQL text with parameters bound in a leading VALUES block.

        :param values: parameter name to an RDF term already written in SPARQL syntax, or to several, each on a line.
        :param records: project the variables of :attr:`evidence` too.
        """
        if not values and not records:
            return self.text
        columns = {column.name for column in self.columns}
        more = [f"?{name}" for name in self.evidence if records and name not in columns]
        block = " ".join(more) + "\nWHERE {"
        if values:
            names = " ".join("?" + name for name in values)
            rows = " ".join(f"({' '.join(row)})" for row in product(*(each.split("\n") for each in values.values())))
            block += f"\n  VALUES ({names}) {{ {rows} }}"
        return _OUTER_WHERE.sub(lambda _: block, self.text, count=1)


def without_header(text: str) -> str:
    """A question's text, bound or not, without the ``#+`` lines that describe it."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#+")).strip()


def read_catalogue(paths: Iterable[Path]) -> dict[str, Question]:
    """Read questions; the file's name is the question's.

    :raises DataError: a header that does not parse or that leaves something out.
    """
    questions, problems = {}, []
    for path in paths:
        try:
            question = _read(path)
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as exc:
            problems.append(f"queries/{path.name}: bad header: {exc}; compare it with queries/who-led.rq")
        else:
            questions[question.name] = question
    if problems:
        raise DataError(problems)
    return questions


def _read(path: Path) -> Question:
    text = path.read_text(encoding="utf-8-sig")
    header: dict[str, Any] = tomllib.loads("\n".join(_HEADER.findall(text)))
    if len(_OUTER_WHERE.findall(text)) < 1:
        raise ValueError("the outer `WHERE {` must begin a line")
    parameters = []
    for name, given in header.get("params", {}).items():
        if name in (*RESERVED, *_OF_CITE):
            raise ValueError(f"parameter {name} has a name that every question's address uses")
        if given["type"] not in THINGS and given["type"] not in VALUES:
            raise ValueError(f"parameter {name} has the unknown type {given['type']!r}")
        required, example = bool(given.get("required", False)), str(given["example"])
        choices = tuple(given.get("choices", ()))
        if choices and example not in choices:
            raise ValueError(f"the example of parameter {name} is none of its choices")
        parameters.append(Parameter(name, given["type"], required, example, _both(given), choices))
    if "evidence" in header and any(name.startswith("evidence") for name in header["columns"]):
        raise ValueError("its columns show evidence already; leave `evidence` out")
    return Question(
        name=path.stem,
        title={"vi": header["title_vi"], "en": header["title_en"]},
        question=_both(header["question"]),
        description=_both(header.get("description", header["question"])),
        parameters=tuple(parameters),
        columns=tuple(_column(name, given) for name, given in header["columns"].items()),
        text=text,
        competency=header.get("competency"),
        evidence=tuple(header.get("evidence", ())),
    )


def _column(name: str, given: Mapping[str, str]) -> Column:
    column = Column(name, _both(given), given.get("type", "string"))
    if column.type not in COLUMNS:
        raise ValueError(f"column {name} has the unknown type {column.type!r}; take one of {', '.join(COLUMNS)}")
    return column


def _both(given: Mapping[str, str]) -> Bilingual:
    return {"vi": given["vi"], "en": given["en"]}
