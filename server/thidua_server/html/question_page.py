"""What a question's page shows: the form, the answer in a sentence and as a table, what to ask next."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import current_app

from thidua.base.errors import LimitError, NotFoundError, ParameterError
from thidua.base.terms import shorten
from thidua.graph import Snapshot
from thidua.questions.catalogue import Question, without_header
from thidua.questions.parameters import years_of
from thidua.questions.rows import Rows
from thidua.views.answer_names import AnswerNames, iris_in
from thidua.views.disputes import Doubt, doubts_of_heads
from thidua.views.nearby import fitting, other_years
from thidua.views.quotations import Quotation, quotations
from thidua.views.sentences import sentence
from thidua.views.told import Told
from thidua.views.why import why
from thidua_server.html import answer_view, question_form, words
from thidua_server.html.language import current, day
from thidua_server.html.links import page_of
from thidua_server.html.question_groups import ORDER
from thidua_server.html.source_links import shown_by, source_links
from thidua_server.html.tables import Shown
from thidua_server.http import caching, context

#: Questions offered as the next, and years beside the one asked for.
_NEXT: Final = 6
_YEARS: Final = 8


def names_for(snapshot: Snapshot) -> AnswerNames:
    """The names of what stands in answers, sources by what they are called."""
    sources = {iri: shown.text for iri, shown in source_links().items()}
    return AnswerNames(lambda text: snapshot.select(text, context.caller()), current(), sources)


def form(snapshot: Snapshot, asked: Question, given: Mapping[str, str]) -> list[question_form.Field]:
    """The boxes; a value that makes no sense stands in its box as it was typed."""
    terms: dict[str, str] = {}
    for name, value in given.items():
        rest = {each: given[each] for each in ("year", "on") if each in given and each != name}
        required = {each.name: each.example for each in asked.parameters if each.required and each.name != name}
        try:
            terms |= {name: snapshot.terms(asked.name, {**required, **rest, name: value})[name]}
        except ParameterError:
            continue
    return question_form.fields(snapshot, asked, given, terms, context.caller())


def heading(asked: Question, given: Mapping[str, str], things: Mapping[str, str]) -> str:
    """What the page is called: the question's title, and behind it what was given, by name."""
    title, told = asked.title[current()], []
    for parameter in asked.parameters:
        if value := given.get(parameter.name, ""):
            plain = day(value) if parameter.type == "date" else words.in_words(parameter.name, value, current())
            told.append(things.get(parameter.name) or plain or value)
    return f"{title}: {', '.join(told)}" if told else title


def answered(snapshot: Snapshot, asked: Question, rows: Rows, given: Mapping[str, str]) -> dict[str, Any]:
    """The answer as the page shows it.

    :raises ParameterError: it was asked to be sorted or narrowed by a column that there is not.
    """
    terms = snapshot.terms(asked.name, given)
    single = {name: term for name, term in terms.items() if "\n" not in term}
    names = names_for(snapshot)
    shown = answer_view.answer(
        asked, rows, given, single, answer_view.asked_view(), names, source_links(), _doubts(snapshot, asked)
    )
    told = _told(asked, rows, given, single, names)
    said = sentence(asked.name, told)
    found: dict[str, Any] = {
        "answer": shown, "said": said, "quotes": _quotes(snapshot, rows, shown), "sparql": without_header(rows.sparql),
        "years": [], "near": [],
    }  # fmt: skip
    try:
        if not rows.records:
            found["near"] = _nearest(other_years(snapshot, asked, given, context.caller()), given)
        elif "year" in single:
            year = int(given["year"])
            known = other_years(snapshot, asked, given, context.caller())
            before, after = [each for each in known if each < year], [each for each in known if each > year]
            found["years"] = [*before[-2:], *after[:2]]
    except LimitError:  # a page can do without
        caching.for_now()
    found["next"] = [snapshot.question(name) for name in fitting(snapshot.questions, asked, list(given), ORDER)[:_NEXT]]
    found["carried"] = {
        each.name: {p.name: given[p.name] for p in each.parameters if p.name in given} for each in found["next"]
    }
    found["things"] = {name: names.of(term[1:-1]) for name, term in single.items() if term.startswith("<")}
    return found


def reasons(
    snapshot: Snapshot, asked: Question, rows: Rows, given: Mapping[str, str], key: str
) -> dict[str, Any]:  # fmt: skip
    """Why a row is there.

    :param rows: the answer with its evidence.
    :param key: the row, by :func:`thidua_server.html.answer_view.key_of`.
    :raises NotFoundError: the answer has no such row, in this version.
    """
    keys = [answer_view.key_of(row, rows.columns) for row in rows.records]
    if key not in keys:
        raise NotFoundError(
            f"Version {snapshot.version.number} has no such row; ask {asked.name} again and choose one."
        )
    caching.for_now()
    number, caller, names = keys.index(key), context.caller(), names_for(snapshot)
    found = why(snapshot, rows, number, current(), caller)
    one = replace(rows, records=[found.record], evidence=[found.evidence], behind=[found.records])
    view, doubts = answer_view.View(), _doubts(snapshot, asked)
    shown = answer_view.answer(asked, one, given, (), view, names, source_links(), doubts)
    names.learn((*found.records, *iris_in(found.agreeing)))
    folder = str(current_app.config["SOURCE_TEXTS"] or "")
    quotes = quotations(snapshot, found.evidence, folder, caller)
    return {
        "question": asked, "given": given, "answer": shown, "why": found, "quotes": list(quotes.values()),
        "records": [(names.of(iri) or shorten(iri), page_of(iri)) for iri in found.records],
        "agreeing": [source_shown(source.value) for row in found.agreeing if (source := row.get("source"))],
        "source_shown": source_shown,
    }  # fmt: skip


def _doubts(snapshot: Snapshot, asked: Question) -> Mapping[tuple[str, int], Doubt]:
    """What is against the heads that an answer names, where it names any."""
    if asked.name not in answer_view.OF_HEADS:
        return {}
    try:
        return doubts_of_heads(lambda query: snapshot.select(query, context.caller()))
    except LimitError:  # the sentence above the rows still counts the heads
        caching.for_now()
        return {}


def source_shown(iri: str) -> Shown:
    """A source by its name, as a link."""
    return shown_by(source_links())(iri)


def _told(asked: Question, rows: Rows, given: Mapping[str, str], single: Mapping[str, str], names: AnswerNames) -> Told:
    values = {name: term[1:-1] if term.startswith("<") else given[name] for name, term in single.items()}
    names.learn(value for value in values.values() if value.startswith("http"))
    # A sentence lists some; what stands in many rows need not be looked up.
    few = rows.records[:200]
    names.learn(
        cell.value for row in few for name, cell in row.items() if cell and cell.kind == "iri" and name != "source"
    )
    things = {name: value for name, value in values.items() if name != "year"}
    return Told(rows.records, things, years_of(given.get("year", "")), names, current(), day, _in_words)


def _in_words(column: str, code: str) -> str:
    return words.in_words(column, code, current()) or code


def _nearest(known: list[int], given: Mapping[str, str]) -> list[int]:
    """The years that are known next to those asked for, in their order."""
    asked = years_of(given.get("year", "") or given.get("on", "")[:4])
    middle = (asked[0] + asked[-1]) / 2 if asked else 0
    return sorted(sorted(known, key=lambda year: abs(year - middle))[:_YEARS])


def _quotes(snapshot: Snapshot, rows: Rows, shown: answer_view.Answer) -> dict[str, list[Quotation]]:
    """The passages of the rows of this page, by their keys."""
    if rows.evidence is None:
        return {}
    caching.for_now()  # what an operator keeps may change while the version stays
    of_row = {
        answer_view.key_of(row, rows.columns): pieces for row, pieces in zip(rows.records, rows.evidence, strict=True)
    }
    mine = {line.key: list(dict.fromkeys(each for key in line.keys for each in of_row[key])) for line in shown.lines}
    folder = str(current_app.config["SOURCE_TEXTS"] or "")
    found = quotations(snapshot, (each for pieces in mine.values() for each in pieces), folder, context.caller())
    return {key: [found[each.id, each.how] for each in pieces] for key, pieces in mine.items()}
