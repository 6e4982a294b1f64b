"""View model of a question's form: boxes that know what may stand in them.

A cluster is chosen from the list of all, a year is offered from those that are known, a day has the browser's own
calendar; names are suggested while they are typed (`ask.js`), and are plain text without scripts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from thidua.base.errors import NotFoundError, ParameterError
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.names.index import KINDS, Name
from thidua.names.labels import in_language
from thidua.names.search import exact
from thidua.questions.catalogue import THINGS, Parameter, Question
from thidua.rdf.cells import integer
from thidua.views.naming import cluster_names, short_name
from thidua_server.html.language import current
from thidua_server.html.search_words import about
from thidua_server.html.words import in_words


@dataclass(frozen=True)
class Field:
    """One box: a ``select`` of options, a ``year`` with those known, a ``date``, or ``text``."""

    name: str
    label: str
    control: str
    value: str
    required: bool
    example: str
    shown: str = ""
    """What the thing is called whose id the value is."""
    options: list[tuple[str, str]] = field(default_factory=list)
    kinds: tuple[str, ...] = ()
    """Of what kinds names are suggested."""


def fields(
    snapshot: Snapshot, asked: Question, given: Mapping[str, str], terms: Mapping[str, str], caller: Caller
) -> list[Field]:
    """The boxes of a question.

    :param terms: what the given values stand for, where that is known.
    """
    return [_field(snapshot, asked, each, given, terms, caller) for each in asked.parameters]


def _field(
    snapshot: Snapshot, asked: Question, parameter: Parameter, given: Mapping[str, str], terms: Mapping[str, str],
    caller: Caller,
) -> Field:  # fmt: skip
    reader, name, value = current(), parameter.name, given.get(parameter.name, "")
    label, term = parameter.label[reader], terms.get(parameter.name, "")
    common = (name, label)
    rest = (parameter.required, parameter.example)
    if parameter.type == "year":
        years = [(str(year), str(year)) for year in known_years(snapshot, caller)]
        return Field(*common, "year", value, *rest, options=years)
    if parameter.type == "date":
        return Field(*common, "date", value, *rest)
    if parameter.choices:
        options = [(code, in_words(name, code, reader) or code) for code in parameter.choices]
        return Field(*common, "select", value, *rest, options=options)
    if parameter.type == "cluster" and (term or not value):
        clusters = cluster_names(lambda text: snapshot.select(text, caller))
        options = [(iri.rpartition("/")[2], short_name(in_language(texts, reader))) for iri, texts in clusters.items()]
        return Field(*common, "select", _id(term), *rest, options=options)
    kinds = tuple(kind for kind in THINGS.get(parameter.type, ()) if kind in KINDS)
    if not term.startswith("<"):
        return Field(*common, "text", value, *rest, kinds=kinds)
    iri = term[1:-1]
    found = snapshot.names.by_iri(iri)
    if found is None:
        return Field(*common, "text", value, *rest, kinds=kinds)
    alone = len(exact(snapshot.names, found.label, kinds)) == 1
    return Field(*common, "text", found.label if alone else _id(term), *rest, shown=_described(found), kinds=kinds)


def _described(name: Name) -> str:
    """A name with what tells it from its namesakes."""
    told = about(name)
    return f"{name.label} ({told})" if told else name.label


def _id(term: str) -> str:
    return term[1:-1].rpartition("/")[2]


def known_years(snapshot: Snapshot, caller: Caller) -> list[int]:
    """The years that anything is known of, the last first."""
    try:
        rows = snapshot.ask("coverage", {}, caller).records
    except (NotFoundError, ParameterError):  # a catalogue without that question
        return []
    return sorted({year for row in rows if (year := integer(row["year"]))}, reverse=True)
