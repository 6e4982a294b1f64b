"""Query parameters: what people type, checked, and turned into RDF terms; nothing typed becomes query text."""

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from thidua.base.errors import ParameterError
from thidua.base.terms import CONCEPT, PREFIXES, instance, shorten
from thidua.base.text import fold
from thidua.names.index import KINDS as SEARCHED
from thidua.names.index import NameIndex
from thidua.names.search import LABELS, LONGEST, exact, search
from thidua.questions.catalogue import THINGS, Parameter, Question
from thidua.rdf.cells import Select
from thidua.rdf.ntriples import iri_term, literal_term

_XSD: Final = PREFIXES["xsd"]
#: Characters of a parameter: more than any name or IRI of the graph has.
_LONGEST: Final = 500
_YEARS: Final = re.compile(r"([0-9]{4})(?: ?[-–] ?([0-9]{4}))?")
#: Years of one range.
_MOST_YEARS: Final = 100


def terms_of(question: Question, typed: Mapping[str, str], names: NameIndex, select: Select) -> dict[str, str]:
    """A question's parameters as terms in SPARQL syntax, those left empty left out; of a range each year on a line.

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
    reader = _Reader(names, select, _span(given), question.parameters)
    return {key: reader.term(known[key], value) for key, value in given.items()}


class _Reader:
    def __init__(
        self, names: NameIndex, select: Select, span: tuple[str, str] | None, parameters: Sequence[Parameter]
    ) -> None:
        self._parameters = parameters
        self._names = names
        self._select = select
        self._span = span

    def term(self, parameter: Parameter, value: str) -> str:
        """What somebody typed, as an RDF term in SPARQL syntax."""
        match parameter.type:
            case "year":
                return "\n".join(literal_term(f"{year:04}", _XSD + "integer") for year in _range(parameter.name, value))
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
            matches = search(self._names, value[:LONGEST], named) if named else []
            if len(matches) == 1 and _says_whole_words(value, matches[0].spelling):
                return matches[0].name.iri
            found = [match.name for match in matches]
            hint = "choose one of the candidates" if found else "look for it at /search, or with `thidua search`"
            detail = f"No {parameter.type} is called {value!r}; {self._of_another_kind(value, kinds) or hint}"
        several = len(kinds) > 1
        candidates = [(name.iri, name.described() + (f" · {name.kind}" if several else "")) for name in found]
        listed = "".join(
            f"\n  {shorten(iri) if several else iri.rpartition('/')[2]}  {label}" for iri, label in candidates
        )
        raise ParameterError(parameter.name, f"{parameter.name}: {detail}{':' if listed else '.'}{listed}", candidates)

    def _of_another_kind(self, value: str, kinds: Sequence[str]) -> str:
        """What else is called so, and where that would be asked for; empty for nothing."""
        others = exact(self._names, value, [kind for kind in SEARCHED if kind not in kinds])
        if not others:
            return ""
        kind = others[0].kind
        takes = next((each.name for each in self._parameters if kind in THINGS.get(each.type, ())), "")
        called, iri = LABELS[kind]["en"], shorten(others[0].iri)
        return f"that is a {called}, {iri}, to be given as {takes}" if takes else f"that is a {called}, {iri}"

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


def years_of(value: str) -> range | None:
    """The years that somebody typed, ``2024`` or ``2015-2025``; None for what is neither, or a range of too many."""
    found = _YEARS.fullmatch(value)
    years = range(int(found[1]), int(found[2] or found[1]) + 1) if found else range(0)
    return years if 0 < len(years) <= _MOST_YEARS else None


def _range(name: str, value: str) -> range:
    years = years_of(value)
    if years is None:
        detail = (
            f"{name} is a year of four digits, or a range of at most {_MOST_YEARS} such as 2015-2025, not {value!r}"
        )
        raise ParameterError(name, detail)
    return years


def _says_whole_words(typed: str, name: str) -> bool:
    """Whether what was typed are words of a name, none of them cut: then it is no slip that the name alone has them.

    Numbers alone call nothing: a year stands in the names of many things.
    """
    words = set(fold(typed).split())
    return words <= set(fold(name).split()) and not all(map(str.isdigit, words))


def _span(given: Mapping[str, str]) -> tuple[str, str] | None:
    """The days that a question is about, where it names years or a date: they tell namesake units apart."""
    if years := years_of(given.get("year", "")):
        return f"{years[0]:04}-01-01", f"{years[-1]:04}-12-31"
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
