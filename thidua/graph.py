"""The knowledge graph as everybody sees it: the command line, the service and notebooks."""

import datetime
import difflib
import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from thidua.catalogue import THINGS, Parameter, Question, read_catalogue
from thidua.errors import NotFoundError, ParameterError
from thidua.files import ProjectFiles
from thidua.names import Name, NameIndex
from thidua.rows import Rows
from thidua.scan import scan
from thidua.store import Answer, QuadStore, iri_term, literal_term
from thidua.terms import CONCEPT, PREFIXES, instance
from thidua.text import fold
from thidua.versions import Version, VersionStore

log = logging.getLogger(__name__)

_XSD = PREFIXES["xsd"]
_SUMMARY = f"""PREFIX td: <{PREFIXES["td"]}> PREFIX award: <{PREFIXES["award"]}> PREFIX skos: <{PREFIXES["skos"]}>
SELECT ?what (COUNT(DISTINCT ?thing) AS ?count) {{
  VALUES (?class ?what) {{
    (td:EmulationCluster "clusters") (td:ClusterEdition "editions") (td:Province "provinces")
    (td:LegalDocument "documents")
  }}
  ?thing a ?class }} GROUP BY ?what"""
_OFFICIALS = f"""PREFIX td: <{PREFIXES["td"]}> PREFIX org: <{PREFIXES["org"]}>
SELECT (COUNT(DISTINCT ?person) AS ?count) {{ ?holding td:post ?post ; org:member ?person }}"""
_AWARDS = f"""PREFIX skos: <{PREFIXES["skos"]}>
SELECT (COUNT(DISTINCT ?award) AS ?count) {{ ?award skos:inScheme <{CONCEPT}award> }}"""


@dataclass(frozen=True)
class _State:
    """One version, opened."""

    folder: Path
    version: Version
    store: QuadStore
    names: NameIndex


class KnowledgeGraph:
    """One graph in a store, always at the store's current version. Safe to use from many threads."""

    def __init__(self, store: VersionStore, questions: Mapping[str, Question]) -> None:
        self._versions = store
        self._opened: _State | None = None
        self.questions: Final = questions
        self._state()

    @classmethod
    def open(cls, store: Path, files: ProjectFiles | None = None) -> "KnowledgeGraph":
        """Open a store that has been built.

        :raises StoreError: there is no graph in it.
        """
        return cls(VersionStore(store), read_catalogue((files or ProjectFiles.find()).questions))

    def _state(self) -> _State:
        folder = self._versions.current_path()
        state = self._opened
        if state is None or state.folder != folder:
            state = _State(
                folder,
                VersionStore.read(folder),
                QuadStore.read_only(folder / "rocksdb"),
                NameIndex(folder / "search.db"),
            )
            self._opened = state
        return state

    @property
    def version(self) -> Version:
        """The version that answers now."""
        return self._state().version

    def versions(self) -> list[Version]:
        """Every version in the store, oldest first."""
        return self._versions.all()

    def summary(self) -> dict[str, int]:
        """How many of what the graph has."""
        state = self._state()
        counts = {"clusters": 0, "editions": 0, "provinces": 0, "documents": 0}
        for row in state.store.select(_SUMMARY):
            if (what := row["what"]) and (count := row["count"]):
                counts[what.value] = int(count.value)
        for what_else, text in (("officials", _OFFICIALS), ("awards", _AWARDS)):
            counts[what_else] = sum(int(row["count"].value) for row in state.store.select(text) if row["count"])
        return counts | {"sources": state.version.sources, "triples": state.version.triples}

    def query(self, text: str, *, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()) -> Answer:
        """Answer any SPARQL query. This is the one way a stranger's text reaches the engine.

        :raises QueryRefusedError: the text asks for what is never run.
        :raises QuerySyntaxError: it does not parse.
        """
        scan(text)
        return self._state().store.query(text, default_graphs=default_graphs, named_graphs=named_graphs)

    def ask(self, name: str, parameters: Mapping[str, str] | None = None) -> Rows:
        """Answer a catalogued question.

        No match is empty, not an error; rows keep the question's order.

        :param parameters: as people type them: an IRI, a local id, a name, a year.
        :raises NotFoundError: no question has that name.
        :raises ParameterError: a parameter is missing, unknown, ill-typed or ambiguous.
        :source: queries/<name>.rq
        """
        started = time.perf_counter()
        question = self.question(name)
        given = {key: value.strip() for key, value in (parameters or {}).items() if value.strip()}
        known = {parameter.name: parameter for parameter in question.parameters}
        for key in given:
            if key not in known:
                allowed = ", ".join(known) or "none"
                raise ParameterError(key, f"{name} has no parameter {key!r}; it takes: {allowed}")
        for parameter in question.parameters:
            if parameter.required and parameter.name not in given:
                raise ParameterError(
                    parameter.name, f"{name} needs {parameter.name}, for example {parameter.example!r}"
                )
        state = self._state()
        text = question.bound({key: _term(state, known[key], value, _span(given)) for key, value in given.items()})
        columns, records = state.store.table(text)
        rows = Rows(name, columns, list(records), text)
        log.info("question=%s rows=%d ms=%.1f", name, len(rows.records), (time.perf_counter() - started) * 1000)
        return rows

    def question(self, name: str) -> Question:
        """A question by its name.

        :raises NotFoundError: none has that name.
        """
        if name not in self.questions:
            near = difflib.get_close_matches(name, self.questions, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else "see the list of questions"
            raise NotFoundError(f"No question is called {name!r}; {hint}")
        return self.questions[name]


def _span(given: Mapping[str, str]) -> tuple[str, str] | None:
    """The days that a question is about, where it names a year or a date: they tell namesake units apart."""
    if re.fullmatch(r"\d{4}", given.get("year", "")):
        return f"{given['year']}-01-01", f"{given['year']}-12-31"
    return (given["on"], given["on"]) if "on" in given else None


def _term(state: _State, parameter: Parameter, value: str, span: tuple[str, str] | None) -> str:
    """What somebody typed, as an RDF term in SPARQL syntax."""
    match parameter.type:
        case "year":
            if not re.fullmatch(r"[0-9]{4}", value):
                raise ParameterError(parameter.name, f"{parameter.name} is a year of four digits, not {value!r}")
            return literal_term(value, _XSD + "integer")
        case "date":
            try:
                datetime.date.fromisoformat(value)
            except ValueError as exc:
                detail = f"{parameter.name} is a day such as 2025-07-01, not {value!r}"
                raise ParameterError(parameter.name, detail) from exc
            return literal_term(value, _XSD + "date")
        case "string":
            return literal_term(value)
        case _:
            return iri_term(_thing(state, parameter, value, span))


def _thing(state: _State, parameter: Parameter, value: str, span: tuple[str, str] | None) -> str:
    kinds = THINGS[parameter.type]
    for iri in _possible_iris(value, kinds):
        if _exists(state, iri):
            return iri
    found = state.names.exact(value, kinds)
    if span and len(found) > 1:
        found = [name for name in found if name.valid_in(*span)] or found
    if len(found) == 1:
        return found[0].iri
    if found:
        detail = f"{value!r} names {len(found)} things; say which, by its id"
    else:
        found = state.names.containing(value, kinds) or _similar(state, value, kinds)
        detail = f"No {parameter.type} is called {value!r}" + (
            "; choose one of the candidates" if found else "; look it up with the question that lists them"
        )
    candidates = [(name.iri, name.described()) for name in found]
    listed = "".join(f"\n  {iri.rpartition('/')[2]}  {label}" for iri, label in candidates)
    raise ParameterError(parameter.name, f"{parameter.name}: {detail}{':' if listed else '.'}{listed}", candidates)


def _possible_iris(value: str, kinds: Sequence[str]) -> list[str]:
    """The IRIs that a typed text may be: itself, or a local id of one of the kinds."""
    if re.fullmatch(r"<?https?://[^\s<>\"{}|^`\\]+>?", value):
        return [value.strip("<>")]
    local = value.partition(":")[2] if value.partition(":")[0] in (*kinds, "c") else value
    if not re.fullmatch(r"[A-Za-z0-9_-]+", local):
        return []
    iris = [instance(kind, local) for kind in kinds if kind != "concept"]
    return iris + ([CONCEPT + local, CONCEPT + "ind-" + local] if "concept" in kinds else [])


def _exists(state: _State, iri: str) -> bool:
    # Engine terms are validated on the way in, so a strange IRI cannot become query text.
    try:
        return any(True for _ in state.store.select(f"SELECT ?p {{ {iri_term(iri)} ?p ?o }} LIMIT 1"))
    except ValueError:
        return False


def _similar(state: _State, value: str, kinds: Sequence[str]) -> list[Name]:
    """Names spelled nearly so."""
    spellings = state.names.spellings(kinds)
    near = difflib.get_close_matches(fold(value), spellings, n=5, cutoff=0.7)
    return [name for key in near for name in state.names.exact(key, kinds)]
