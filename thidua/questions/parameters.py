"""Query parameters: what people type, checked, and turned into RDF terms; nothing typed becomes query text."""

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from thidua.base.errors import ParameterError
from thidua.base.terms import CONCEPT, PREFIXES, instance, shorten
from thidua.names.index import KINDS as SEARCHED
from thidua.names.index import NameIndex
from thidua.names.search import LONGEST, exact, search
from thidua.questions.catalogue import THINGS, Parameter, Question
from thidua.rdf.cells import Select
from thidua.rdf.ntriples import iri_term, literal_term

_XSD: Final = PREFIXES["xsd"]
#: Characters of a parameter: more than any name or IRI of the graph has.
_LONGEST: Final = 500


def terms_of(question: Question, typed: Mapping[str, str], names: NameIndex, select: Select) -> dict[str, str]:
    """A question's parameters as terms in SPARQL syntax, those left empty left out.

    :param names: where names are looked up.
    :param select: answers a SELECT, for ids that the index does not have.
    :raises ParameterError: a parameter is missing, unknown, ill-typed or ambiguous.
    """
    spaced = {key: " ".join(value.split()) for key, value in typed.items()}
    given = {key: value for key, value in spaced.items() if value}
    known = {parameter.name: parameter for parameter in question.parameters}
    for key, value in given.items():
        if key not in known:
            allowed = ", ".join(known) or "none"
            # Elsewhere it is a parameter, so it is asked for here too.
            hint = f"; a format ends the name: {question.name}.csv" if key == "format" else ""
            raise ParameterError(key, f"{question.name} has no parameter {key!r}; it takes: {allowed}{hint}")
        # Engines disagree on what a backslash before a `u` means, and no name has one.
        if len(value) > _LONGEST or not value.isprintable() or "\\" in value:
            detail = f"{key} has at most {_LONGEST} characters, no invisible ones and no backslash"
            raise ParameterError(key, detail)
    for parameter in question.parameters:
        if parameter.required and parameter.name not in given:
            detail = f"{question.name} needs {parameter.name}, for example {parameter.example!r}"
            raise ParameterError(parameter.name, detail)
    reader = _Reader(names, select, _span(given))
    return {key: reader.term(known[key], value) for key, value in given.items()}


class _Reader:
    def __init__(self, names: NameIndex, select: Select, span: tuple[str, str] | None) -> None:
        self._names = names
        self._select = select
        self._span = span

    def term(self, parameter: Parameter, value: str) -> str:
        """What somebody typed, as an RDF term in SPARQL syntax."""
        match parameter.type:
            case "year":
                if not re.fullmatch(r"[0-9]{4}", value):
                    raise ParameterError(parameter.name, f"{parameter.name} is a year of four digits, not {value!r}")
                return literal_term(value, _XSD + "integer")
            case "date":
                try:
                    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                        raise ValueError("of another form")
                    datetime.date.fromisoformat(value)
                except ValueError as exc:
                    detail = f"{parameter.name} is a day such as 2025-07-01, not {value!r}"
                    raise ParameterError(parameter.name, detail) from exc
                return literal_term(value, _XSD + "date")
            case "string":
                if parameter.choices and value not in parameter.choices:
                    allowed = ", ".join(parameter.choices)
                    raise ParameterError(parameter.name, f"{parameter.name} is one of {allowed}, not {value!r}")
                return literal_term(unicodedata.normalize("NFC", value))
            case _:
                return iri_term(self._thing(parameter, value))

    def _thing(self, parameter: Parameter, value: str) -> str:
        kinds = THINGS[parameter.type]
        there = self._existing(_possible_iris(value, kinds))
        if there and len({iri.rpartition("/")[0] for iri in there}) == 1:
            return there[0]
        # An id that things of several kinds have, such as a post and a body, is as ambiguous as a name.
        found = [name for iri in there if (name := self._names.by_iri(iri))] or exact(self._names, value, kinds)
        if self._span and len(found) > 1:
            found = [name for name in found if name.valid_in(*self._span)] or found
        if len(found) == 1:
            return found[0].iri
        if found:
            detail = f"{value!r} names {len(found)} things; say which, by its id"
        else:
            named = [kind for kind in kinds if kind in SEARCHED]  # an edition has no name of its own
            found = [match.name for match in search(self._names, value[:LONGEST], named)] if named else []
            detail = f"No {parameter.type} is called {value!r}" + (
                "; choose one of the candidates" if found else "; look for it at /search, or with `thidua search`"
            )
        several = len(kinds) > 1
        candidates = [(name.iri, name.described() + (f" · {name.kind}" if several else "")) for name in found]
        listed = "".join(
            f"\n  {shorten(iri) if several else iri.rpartition('/')[2]}  {label}" for iri, label in candidates
        )
        raise ParameterError(parameter.name, f"{parameter.name}: {detail}{':' if listed else '.'}{listed}", candidates)

    def _existing(self, iris: Sequence[str]) -> list[str]:
        """Those of them that something is said of, by the index, or by the graph where it knows none."""
        if (named := [iri for iri in iris if self._names.by_iri(iri)]) or not iris:
            return named
        # Engine terms are validated on the way in, so a strange IRI cannot become query text.
        try:
            values = " ".join(map(iri_term, iris))
        except ValueError:
            return []
        rows = self._select(f"SELECT ?thing {{ VALUES ?thing {{ {values} }} FILTER EXISTS {{ ?thing ?p ?o }} }}")
        there = {cell.value for row in rows if (cell := row["thing"])}
        return [iri for iri in iris if iri in there]


def _span(given: Mapping[str, str]) -> tuple[str, str] | None:
    """The days that a question is about, where it names a year or a date: they tell namesake units apart."""
    if re.fullmatch(r"\d{4}", given.get("year", "")):
        return f"{given['year']}-01-01", f"{given['year']}-12-31"
    return (given["on"], given["on"]) if "on" in given else None


def _possible_iris(value: str, kinds: Sequence[str]) -> list[str]:
    """The IRIs that a typed text may be: itself, or a local id of one of the kinds."""
    if re.fullmatch(r"<?https?://[^\s<>\"{}|^`\\]+>?", value):
        return [value.strip("<>")]
    prefix, colon, local = value.rpartition(":")
    if colon and (kind := "concept" if prefix == "c" else prefix) in kinds:
        kinds = [kind]
    elif colon:
        return []
    if not re.fullmatch(r"[A-Za-z0-9_-]+", local):
        return []
    iris = [instance(kind, local) for kind in kinds if kind != "concept"]
    return iris + ([CONCEPT + local, CONCEPT + "ind-" + local] if "concept" in kinds else [])
