"""Where an answer leads on: the years that are known where nothing is, and the questions that fit what was asked."""

from collections.abc import Mapping, Sequence
from typing import Final

from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.questions.catalogue import Question
from thidua.rdf.cells import integer

#: What says when; without it a question is about all times.
TIMES: Final = ("year", "on", "held")


def other_years(snapshot: Snapshot, asked: Question, given: Mapping[str, str], caller: Caller) -> list[int]:
    """The years of which the same question has an answer; none where it was not asked for a time, or has no years."""
    rest = {name: value for name, value in given.items() if name not in TIMES}
    if rest == dict(given) or "year" not in {column.name for column in asked.columns}:
        return []
    if lacks(asked, rest):
        return []
    rows = snapshot.ask(asked.name, rest, caller).records
    return sorted({year for row in rows if (year := integer(row["year"]))})


def lacks(asked: Question, given: Mapping[str, str]) -> bool:
    """Whether a question needs more than it was given."""
    return any(parameter.required and parameter.name not in given for parameter in asked.parameters)


def fitting(
    questions: Mapping[str, Question], asked: Question, given: Sequence[str], order: Sequence[str]
) -> list[str]:
    """Other questions that take all that was given, those asked most first; of a time asked for, they may know none."""
    fixed = {name for name in given if name not in TIMES}
    if not fixed:
        return []
    kinds = {parameter.name: parameter.type for parameter in asked.parameters}
    found = []
    for name, question in questions.items():
        takes = {parameter.name: parameter.type for parameter in question.parameters}
        if name != asked.name and all(takes.get(each) == kinds[each] for each in fixed):
            found.append(name)
    places = {name: place for place, name in reversed(list(enumerate(order)))}
    return sorted(found, key=lambda name: (places.get(name, len(places)), name))
