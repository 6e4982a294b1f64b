"""The graph as an analyst has it in a notebook: questions in, DataFrames and figures out. No commands."""

from __future__ import annotations

import datetime
import re
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from thidua.base.errors import NotFoundError, ParameterError, QuerySyntaxError
from thidua.base.extras import needing
from thidua.base.formats import RESULTS
from thidua.base.terms import ID, PREFIXES, shorten
from thidua.exchange.reconcile_properties import BY_KIND
from thidua.names.index import KINDS as SEARCHED
from thidua.names.labels import labelled
from thidua.names.search import LONGEST
from thidua.notebook.frames import (
    frame,
    frame_of_changes,
    frame_of_records,
    frame_of_results,
    in_words,
    reconciled,
)
from thidua.notebook.inputs import Years, typed, years_of
from thidua.notebook.source import Source

if TYPE_CHECKING:
    import pandas as pd
    import rdflib

    from thidua.notebook.plots import Plots

_DESCRIBED: Final = """SELECT DISTINCT ?direction ?property ?value ?valueLabel ?graph WHERE {{
  {{ GRAPH ?graph {{ {iri} ?property ?value }} BIND("says" AS ?direction) }}
  UNION {{ GRAPH ?graph {{ ?value ?property {iri} }} BIND("said of it" AS ?direction) }}
  OPTIONAL {{ {label} }}
}} ORDER BY DESC(?direction) ?property ?value ?graph"""


class Hint(UserWarning):
    """Why an answer may be empty: a term that the graph does not have, a year as text, a year that nothing is known of.

    ``warnings.simplefilter("error", thidua.notebook.Hint)`` makes errors of them, and ``"ignore"`` nothing.
    """


class Graph:
    """One graph, here (:func:`thidua.open`) or behind a service (:func:`thidua.connect`): the same interface.

    Each answer is a new pandas DataFrame. Integers are ``Int64``, numbers ``Float64``, days ``datetime64``, truth
    values ``boolean``, everything else is text; what is missing stays missing. With ``categories=True`` names (columns
    ``…Label``) are categories in Vietnamese alphabetical order, by which they sort, and codes such as ``head`` are
    categories too. ``frame.attrs`` says which question and which version it comes from, and what the columns mean in
    both languages.
    """

    def __init__(self, source: Source, *, hints: bool = True) -> None:
        self._source = source
        self._hints = hints
        """Whether somebody is told why an answer is empty; a figure shows that it is."""

    @property
    def version(self) -> int:
        """The number of the version that answers now."""
        return self._source.version()

    def at(self, version: int | str | datetime.date) -> Graph:
        """The same graph as it was in one version, or at the end of one day, for answers that stay the same.

        :param version: its number, or a day such as ``2026-11-30``: the version that was current when the day ended.
        :raises NotFoundError: no such version is kept, or none is as old.
        :raises ParameterError: it is neither a number nor a day.
        """
        return Graph(self._source.at(self._number(version)))

    def _number(self, version: int | str | datetime.date) -> int:
        """The number of a version, which may be named by a day."""
        text = str(version).strip()
        if re.fullmatch(r"[0-9]{1,9}", text) and not isinstance(version, bool):
            return int(text)
        try:
            day = datetime.date.fromisoformat(text[:10] if isinstance(version, datetime.date) else text)
        except ValueError as exc:
            says = f"{version!r} is neither a version's number nor a day such as 2026-11-30; see kg.versions()."
            raise ParameterError("version", says) from exc
        kept = self._source.versions()
        until = [each for each in kept if datetime.datetime.fromisoformat(each["time"]).date() <= day]
        if not until:
            raise NotFoundError(f"No version is as old as {day}; the first that is kept is of {kept[0]['time'][:10]}.")
        return int(until[-1]["number"])

    def diff(self, old: int | str | datetime.date, new: int | str | datetime.date | None = None) -> pd.DataFrame:
        """What became different from one version to another: a row for each thing, property and graph.

        Columns: ``what`` (added, changed, withdrawn), ``iri``, ``label``, ``property``, ``before``, ``after``,
        ``graph``. What follows by inference is left out.

        :param old: a version's number, or a day as in :meth:`at`.
        :param new: likewise; the version that answers now if left out.
        """
        numbers = self._number(old), self.version if new is None else self._number(new)
        return frame_of_changes(self._source.diff(*numbers))

    def versions(self) -> pd.DataFrame:
        """Every version kept, oldest first: number, time, author, message, triples, sources, warnings."""
        return frame_of_records(self._source.versions(), {"time": "datetime64[ns, UTC]"})

    def questions(self) -> pd.DataFrame:
        """The catalogued questions: name, what it asks in both languages, its parameters."""
        return frame_of_records(self._source.questions())

    def ask(
        self, question: str, *, evidence: bool = False, categories: bool = False, **parameters: object
    ) -> pd.DataFrame:
        """The answer to a catalogued question, in its own order.

        :param evidence: add columns that say which passage of which source each row rests on.
        :param categories: names and codes as pandas categories: names then sort as Vietnamese does.
        :param parameters: as people type them: ``cluster="đồng bằng sông hồng"``, ``year=2023``.
        :raises NotFoundError: no question has that name.
        :raises ParameterError: a parameter is missing, unknown, empty or ambiguous; the message names candidates.
        """
        table, hints = self._source.ask(question, typed(parameters), evidence)
        _warn(hints if self._hints else ())
        return frame(table, categories)

    def coverage(self, cluster: str | None = None, years: Years | None = None) -> pd.DataFrame:
        """Every cluster in every year: how far its head is known, why, and how much else.

        ``state`` is ``certain``, ``possible``, ``disputed``, ``unknown`` (sources speak of it and name no head) or
        ``none`` (no source speaks of it); ``reason`` says why.

        :param cluster: only this one.
        :param years: ``(2015, 2025)``, ``range(2015, 2026)``, ``"2015-2025"`` or one year; all by default.
        """
        wanted = None if years is None else years_of(years)
        return self.ask("coverage", cluster=cluster, year=wanted)

    def in_words(self, answer: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
        """An answer with words in the place of the codes that say how sure a row is, for people to read.

        ``stated`` is *nêu thẳng* then, ``second-hand`` *đọc gián tiếp*; docs/certainty.md has them all.

        :param lang: ``vi`` or ``en``.
        :raises ParameterError: it is neither.
        """
        if lang not in ("vi", "en"):
            raise ParameterError("lang", f"{lang!r} is no language here; choose vi or en.")
        return in_words(answer, lang)

    def query(self, sparql: str, *, categories: bool = False) -> Any:
        """The answer to any SPARQL query: a DataFrame, a truth value, or an rdflib Graph.

        The project's prefixes (``td:``, ``province:``, ``skos:`` …) need no declaration.

        A :class:`Hint` is given as a warning where nothing is found and it can be known why.

        :raises QuerySyntaxError: with its line and column, and what to write instead.
        """
        answer, hints = self._answer(sparql, categories)
        _warn(hints if self._hints else ())
        return answer

    def _answer(self, sparql: str, categories: bool = False) -> tuple[Any, list[str]]:
        try:
            media_type, content, hints = self._source.query(sparql)
        except QuerySyntaxError as exc:
            if exc.excerpt:
                exc.add_note(exc.excerpt)
            raise
        if media_type not in RESULTS:
            import rdflib

            return rdflib.Graph().parse(data=content, format=media_type), hints
        return frame_of_results(content, self._source.version(), categories), hints

    def search(self, text: str, *, kind: str | None = None, limit: int = 10) -> pd.DataFrame:
        """Things whose name is like a text, best first: iri, kind, label, from when to when, and why it matched."""
        return frame_of_records(self._source.search(text, kind, limit))

    def reconcile(self, names: Iterable[object], kind: str, *, on: object = None) -> pd.DataFrame:
        """Which things a column of names, typed any way, means: a row for each, in order and with its index.

        ``match`` is True only where there is no doubt; the best candidate is given all the same, with its score (0 to
        100) and how many others there are; ``reason`` says why there is doubt, ``candidates`` has their ids. What is
        missing, or like nothing, stays missing.

        :param names: a Series, or any list; not one text.
        :param kind: ``province``, ``cluster``, ``person``, ``award``, ``legal``, …
        :param on: a day or a year in which the things existed: one for all, or one for each.
        :raises ParameterError: no such kind, names that are no column, days that are none or too few.
        """
        if kind not in BY_KIND:
            raise ParameterError("kind", f"{kind!r} is no kind; choose one of {', '.join(sorted(BY_KIND))}.")
        return reconciled(self._source.reconcile, names, BY_KIND[kind].id, on)

    def describe(self, thing: str) -> pd.DataFrame:
        """What is said of a thing, and where: direction, property, value, its name, and the graph that states it.

        :param thing: an IRI, short (``province:thai-binh``) or whole.
        :raises ParameterError: it is neither.
        :raises NotFoundError: nothing is said of it.
        """
        described, _ = self._answer(_DESCRIBED.format(iri=_term(thing), label=labelled("?value", "?valueLabel")))
        if described.empty:
            raise NotFoundError(f"Nothing is said of {thing!r} in version {self.version}; {self._meant(thing)}")
        for column in ("property", "graph"):
            described[column] = described[column].map(shorten, na_action="ignore").astype("string")
        return described

    def _meant(self, thing: str) -> str:
        """What somebody may have meant by the IRI of a thing that is not there."""
        kind, _, key = thing.strip("<>").removeprefix(ID).replace("/", ":", 1).partition(":")
        if kind in SEARCHED and key:
            found = self._source.search(key.replace("-", " ")[:LONGEST], kind, 1)
            if found:
                return f"did you mean {shorten(found[0]['iri'])} ({found[0]['label']})?"
        return "look for it with kg.search."

    def cite(
        self, thing: str | pd.DataFrame | None = None, *, question: str | None = None, lang: str = "vi",
        format: str = "plain", **parameters: object,
    ) -> str:  # fmt: skip
        """A citation: of a fact with its sources, of a source, of an answer, or of the graph at its version.

        ``kg.cite("head:dong-bang-song-hong_2024_nam-dinh")``, ``kg.cite("src:ed5451d7c68959e8", format="bibtex")``,
        ``kg.cite(kg.ask("who-led", year=2023))`` or, without asking it, ``kg.cite(question="who-led", year=2023)``.

        :param thing: a fact or a source, by its short name, its IRI or its address; or the answer to a question, which
            is cited at its own version.
        :param question: the answer to it, with its parameters.
        :param lang: ``vi`` or ``en``.
        :param format: ``plain``, ``bibtex``, ``csl-json``.
        :raises UnknownThingError: the graph tells nothing of it.
        :raises ParameterError: a parameter is missing or unknown, or the answer is that of another graph.
        """
        given = typed(parameters)
        if given and question is None:
            raise ParameterError(min(given), "Name the question whose parameters these are: question='who-led'.")
        if thing is not None and not isinstance(thing, str):
            return self._cite_answer(thing, lang, format)
        if thing == "":
            raise ParameterError("thing", "Say what to cite, such as head:dong-bang-song-hong_2024_nam-dinh.")
        named = {"thing": thing, "question": question}
        return self._source.cite({**given, **{name: it for name, it in named.items() if it is not None}}, lang, format)

    def _cite_answer(self, answer: pd.DataFrame, lang: str, form: str) -> str:
        about = getattr(answer, "attrs", {})
        if not about.get("question"):
            raise ParameterError("thing", "This table does not say which question it answers; cite what kg.ask gave.")
        there = self._source.at(int(about["version"]))
        if (hash_ := _hash(there)) != about.get("hash"):
            raise ParameterError("thing", f"This table was answered by another graph (its hash is not {hash_[:12]}).")
        return there.cite({**about["parameters"], "question": about["question"]}, lang, form)

    def graph(self) -> rdflib.Graph:
        """The default graph for rdflib: read only, and asked of the engine triple by triple rather than copied."""
        return self._source.rdflib_graph()

    @property
    def plot(self) -> Plots:
        """Figures: ``timeline()``, ``map(year)``, ``network(cluster)``."""
        with needing("notebook"):
            from thidua.notebook.plots import Plots

        return Plots(Graph(self._source, hints=False))

    def __repr__(self) -> str:
        return f"<thidua graph: {self._source}, version {self.version}>"


def _hash(source: Source) -> str:
    """The hash of the version that a source is held to."""
    number = source.version()
    return next((str(each["hash"]) for each in source.versions() if each["number"] == number), "")


def _warn(hints: Iterable[str]) -> None:
    for each in hints:
        warnings.warn(each, Hint, stacklevel=3)


def _term(thing: str) -> str:
    prefix, _, local = thing.strip("<>").partition(":")
    iri = PREFIXES[prefix] + local if prefix in PREFIXES else thing.strip("<>")
    if "://" not in iri or any(character in iri for character in '<>"{}|\\^` \n\t'):
        raise ParameterError("thing", f"{thing!r} is no IRI; write province:thai-binh, or look it up with kg.search")
    return f"<{iri}>"
