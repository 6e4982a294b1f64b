"""The knowledge graph's façade: what the command line, the service and notebooks see of it."""

import datetime
import difflib
import logging
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from thidua.base.errors import InputError, NotFoundError, ParameterError, QuerySyntaxError, UnknownThingError
from thidua.base.files import ProjectFiles
from thidua.base.formats import TABLES, by_name
from thidua.base.terms import PREFIXES, shorten
from thidua.engine.backend import Backend
from thidua.engine.in_process import InProcess
from thidua.engine.query import Caller, Engine, Query, SerializedResult
from thidua.names.index import NameIndex
from thidua.names.search import Found, Match, day_span, find, kinds_found
from thidua.questions.catalogue import Question, read_catalogue, without_header
from thidua.questions.describe import Description, describe, is_mentioned, similar, stated_of
from thidua.questions.evidence import collect, without_records
from thidua.questions.output import write
from thidua.questions.parameters import terms_of
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell, in_order
from thidua.rdf.scan import scan
from thidua.versions.store import Identity, Version, VersionStore, identity

log = logging.getLogger(__name__)

_NOBODY: Final = Caller()
#: Snapshots kept open, and for how many seconds after their last use.
_KEPT_OPEN: Final = 8
_KEPT_FOR: Final = 60.0
#: Versions before the one asked in which a missing thing is looked for.
_LOOKED_BACK: Final = 8
#: Columns of the question `province-codes`.
_CODES: Final = ("gso", "iso", "wikidata", "geonames")
_GEOGRAPHIC: Final = {form.name for form in TABLES.values() if form.geographic}


class Snapshot:
    """One version of the graph, opened; it never changes.

    >>> snapshot = kg.at(1)
    >>> snapshot.version.number
    1
    >>> snapshot.ask("who-led", {"year": "2023"}).columns[:3]
    ('year', 'cluster', 'clusterLabel')
    """

    def __init__(self, folder: Path, engine: Engine, questions: Mapping[str, Question]) -> None:
        self.folder: Final = folder
        weakref.finalize(self, VersionStore.hold(folder).close)
        self.version: Final = VersionStore.read(folder)
        self.questions: Final = questions
        self._engine = engine
        self._names: NameIndex | None = None

    @property
    def names(self) -> NameIndex:
        """The index of names; a plain store has none.

        :raises NotFoundError: this version has no index.
        """
        if self._names is None:
            if not (self.folder / "search.db").is_file():
                raise NotFoundError("This store holds plain RDF, without an index of names.")
            self._names = NameIndex(self.folder / "search.db")
        return self._names

    def query(self, query: Query | str, caller: Caller = _NOBODY) -> SerializedResult:
        """Answer any SPARQL query. This is the one way a stranger's text reaches the engine.

        Read it with :func:`thidua.rdf.scan.scan` first, and ask :meth:`thidua.engine.query.Query.of` what came of it.

        :raises QuerySyntaxError: it does not parse.
        :raises LimitError: it met a limit; the answer is whole or there is none.
        """
        query = Query(query) if isinstance(query, str) else query
        try:
            return self._engine.query(self.folder, query, caller)
        except QuerySyntaxError as exc:
            raise query.scanned.where(exc) if query.scanned else exc from exc

    def graph(self, graph: str | None, media_type: str, caller: Caller = _NOBODY) -> SerializedResult:
        """One graph, the default graph for None.

        :raises NotFoundError: there is none of that name.
        """
        return self._engine.graph(self.folder, graph, media_type, caller)

    def dump(self, media_type: str, compressed: bool = False, caller: Caller = _NOBODY) -> SerializedResult:
        """Everything, written out: a dataset with all its graphs, or the default graph where a format has no others."""
        return self._engine.dump(self.folder, media_type, compressed, caller)

    def compared(
        self, other: "Snapshot", media_type: str, caller: Caller = _NOBODY, language: str = "en"
    ) -> SerializedResult:
        """What became different from this version to another: :mod:`thidua.versions.diff`.

        :param media_type: one of :data:`thidua.base.formats.CHANGES`.
        """
        return self._engine.compared(self.folder, other.folder, media_type, language, caller)

    def knows(self, iri: str, caller: Caller = _NOBODY) -> bool:
        """Whether anything is said of a thing."""
        return is_mentioned(lambda text: self.select(text, caller), iri)

    def describe(self, iri: str, page: int = 1, caller: Caller = _NOBODY) -> Description:
        """What is said of a thing, and by which sources.

        :param page: which page of what others say of it, from 1.
        :raises UnknownThingError: nothing is; with things of similar names.
        :raises InputError: there is no such page, or that is no IRI.
        """
        try:
            found = describe(lambda text: self.select(text, caller), iri, page)
        except ValueError as exc:
            raise InputError(f"{iri!r} is no IRI: {exc}") from exc
        if found is None:
            raise self.unknown(iri)
        return found

    def unknown(self, iri: str) -> UnknownThingError:
        """The error for a thing of which nothing is said, with things of similar names."""
        try:
            names = similar(self.names, iri)
        except NotFoundError:  # a plain store has no index
            names = []
        candidates = [(name.iri, name.described()) for name in names]
        hint = f" Perhaps: {', '.join(shorten(iri) for iri, _ in candidates)}" if candidates else ""
        return UnknownThingError(f"Version {self.version.number} says nothing of <{iri}>.{hint}", candidates)

    def ask(
        self,
        name: str,
        parameters: Mapping[str, str] | None = None,
        caller: Caller = _NOBODY,
        *,
        evidence: bool = False,
    ) -> Rows:
        """Answer a catalogued question.

        No match is empty, not an error; rows keep the question's order.

        :param parameters: as people type them: an IRI, a local id, a name, a year.
        :param evidence: for each row too, which passages of which sources it rests on.
        :raises NotFoundError: no question has that name.
        :raises ParameterError: a parameter is missing, unknown, ill-typed or ambiguous.
        :source: queries/<name>.rq
        """
        started = time.perf_counter()
        question = self.question(name)
        if evidence and not question.evidence:
            raise ParameterError("evidence", f"The rows of {name} are not single statements, so they have no evidence.")
        terms = self.terms(name, parameters or {})
        text = question.bound(terms)
        pieces, records_behind = None, None
        if evidence:
            columns = tuple(column.name for column in question.columns)
            found = self._engine.table(self.folder, question.bound(terms, records=True), caller)[1]
            _sort(found, question)
            behind = without_records(found, columns, question.evidence)
            records = [row for row, _ in behind]
            records_behind = [tuple(iris) for _, iris in behind]
            pieces = collect(behind, lambda own: self.select(own, caller))
        else:
            columns, found = self._engine.table(self.folder, text, caller)
            # Virtuoso repeats rows of a SELECT DISTINCT that have unbound columns.
            records = list({tuple(record.values()): record for record in found}.values())
            _sort(records, question)
        rows = Rows(
            name,
            columns,
            records,
            text,
            labels={column.name: column.label for column in question.columns},
            types={column.name: column.type for column in question.columns},
            version=self.version.number,
            hash=self.version.hash,
            evidence=pieces,
            behind=records_behind,
            parameters={name: value for name, value in (parameters or {}).items() if name in terms},
        )
        log.info("question=%s rows=%d ms=%.1f", name, len(rows.records), (time.perf_counter() - started) * 1000)
        return rows

    def sparql(self, name: str, parameters: Mapping[str, str]) -> str:
        """A question's SPARQL text with parameters bound, to be read and changed.

        :raises NotFoundError: no question has that name.
        :raises ParameterError: a value is unknown, ill-typed or ambiguous.
        """
        return without_header(self.question(name).bound(self.terms(name, parameters)))

    def terms(self, name: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """A question's parameters as terms in SPARQL syntax; those left empty are left out.

        :raises NotFoundError: no question has that name.
        :raises ParameterError: a value is missing, unknown, ill-typed or ambiguous.
        """
        return terms_of(self.question(name), parameters, self.names, lambda text: self.select(text, _NOBODY))

    def search(self, text: str, kinds: Sequence[str] = (), on: str = "", limit: int = 10) -> list[Match]:
        """Things by what people type, best first, each with the reason why it was found.

        :param kinds: of these kinds only, such as ``province`` and ``person``; all if left out.
        :param on: a year or a day: only what existed then, which tells namesakes apart.
        :raises InputError: the text, a kind, the day or the limit makes no sense.
        """
        return self.find(text, kinds, on, limit).matches

    def find(self, text: str, kinds: Sequence[str] = (), on: str = "", limit: int = 10, page: int = 1) -> Found:
        """A page of what :meth:`search` finds, and how much there is in all.

        :raises InputError: as for :meth:`search`, or the page is before the first.
        """
        return find(self.names, text, kinds, day_span(on) if on else None, limit, page)

    def kinds_found(self, text: str, on: str = "") -> dict[str, tuple[int, bool]]:
        """How many things of each kind :meth:`find` finds when asked for that kind, and whether that is all.

        :raises InputError: the text or the day makes no sense.
        """
        return kinds_found(self.names, text, day_span(on) if on else None)

    def write(self, rows: Rows, form: str, link: str = "", caller: Caller = _NOBODY) -> bytes:
        """An answer of this version in one of :data:`thidua.base.formats.TABLES`.

        :raises NotAcceptableError: GeoJSON of rows that are not about provinces.
        """
        place = self.question(rows.question).place
        codes = self._codes(caller) if form in _GEOGRAPHIC else {}
        return write(replace(rows, link=link, place=place, codes=codes), form)

    def _codes(self, caller: Caller) -> dict[str, dict[str, str]]:
        """What other data sets call each province, by its IRI."""
        codes: dict[str, dict[str, str]] = {}
        for row in self.ask("province-codes", {}, caller).records:
            if province := row["province"]:
                known = {name: cell.value for name in _CODES if (cell := row[name])}
                codes.setdefault(province.value, known)
        return codes

    def question(self, name: str) -> Question:
        """A question by its name.

        :raises NotFoundError: none has that name.
        """
        if name not in self.questions:
            stem, _, form = name.rpartition(".")
            if stem in self.questions:
                raise NotFoundError(f"{stem} does not come as {form!r}, but as one of: {', '.join(by_name(TABLES))}.")
            near = difflib.get_close_matches(name, self.questions, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else "see the list of questions"
            raise NotFoundError(f"No question is called {name!r}; {hint}")
        return self.questions[name]

    def select(self, text: str, caller: Caller = _NOBODY) -> list[dict[str, Cell | None]]:
        """The rows of a SELECT of our own, as cells."""
        return self._engine.table(self.folder, text, caller)[1]


@dataclass(frozen=True)
class Changes:
    """What became different of one thing since a version: property, value and graph of each statement."""

    since: Version
    added: list[tuple[str, Cell, str]]
    withdrawn: list[tuple[str, Cell, str]]


class KnowledgeGraph:
    """One graph in a store: its current version, and the ones before. Safe to use from many threads.

    >>> from pathlib import Path
    >>> from thidua.graph import KnowledgeGraph
    >>> kg = KnowledgeGraph.open(Path("store"))
    >>> rows = kg.ask("who-led", {"cluster": "dong-bang-song-hong", "year": "2023"})
    >>> [(row["role"].value, row["provinceLabel"].value) for row in rows.records]
    [('head', 'Thái Bình')]
    >>> kg.query("ASK { ?cluster a td:EmulationCluster }").read()
    b'{"head":{},"boolean":true}'
    >>> [match.name.iri.rpartition("/")[2] for match in kg.search("ninh binh", ["province"], on="2024")]
    ['ninh-binh']

    Each piece of an answer names its sources:

    >>> rows = kg.ask("who-led", {"cluster": "dong-bang-song-hong", "year": "2023"}, evidence=True)
    >>> rows.evidence[0][0].how
    'stated'
    """

    def __init__(self, store: VersionStore, questions: Mapping[str, Question], engine: Engine | None = None) -> None:
        self._versions = store
        self._engine = engine or InProcess()
        self._opened: OrderedDict[tuple[Path, Identity], tuple[Snapshot, float]] = OrderedDict()
        self._lock = threading.Lock()
        self.questions: Final = questions
        self.current()

    @classmethod
    def open(
        cls, store: Path, files: ProjectFiles | None = None, *, engine: Engine | None = None, plain: bool = False,
        backend: Backend | None = None,
    ) -> "KnowledgeGraph":  # fmt: skip
        """Open a store that has been built, or one that follows a remote engine.

        :param backend: the engine; the store is brought to the version that one elsewhere holds now.
        :param plain: it holds any RDF, so the project's questions make no sense there.
        :raises StoreError: there is no graph in it.
        """
        if backend is not None and (replica := backend.replica(store)):
            replica.follow()
        questions = {} if plain else read_catalogue((files or ProjectFiles.find()).questions)
        return cls(VersionStore(store), questions, engine or InProcess(backend))

    def current(self) -> Snapshot:
        """The newest version, as of this call."""
        return self._snapshot(self._versions.current_path())

    def at(self, number: int) -> Snapshot:
        """A version by its number.

        :raises NotFoundError: it never was, or has been pruned.
        """
        return self._snapshot(self._versions.path(number))

    def as_of(self, when: datetime.datetime) -> Snapshot:
        """The version that was current at a time; the first one, for times before it."""
        return self._snapshot(self._versions.path(self._versions.as_of(when).number))

    def last_version_with(self, iri: str, before: int, caller: Caller = _NOBODY) -> int | None:
        """The last version that said anything of a thing, of the few before a number; None when none did."""
        earlier = [version.number for version in self.versions() if version.number < before]
        for number in earlier[: -_LOOKED_BACK - 1 : -1]:
            # Not `at`: a look back is no reason to let go of the versions that are in use.
            if Snapshot(self._versions.path(number), self._engine, self.questions).knows(iri, caller):
                return number
        return None

    def changes_of(self, iri: str, number: int, caller: Caller = _NOBODY) -> Changes | None:
        """What a version states of a thing and the one before did not, and the reverse; None where none is kept."""
        new = self.at(number)
        try:
            folder = self._versions.path(new.version.parent or 0)
        except NotFoundError:
            return None
        # Not `at`, as above.
        old = Snapshot(folder, self._engine, self.questions)
        was, now = (stated_of(lambda text, of=each: of.select(text, caller), iri) for each in (old, new))  # type: ignore[misc]
        return Changes(old.version, sorted(now - was, key=str), sorted(was - now, key=str))

    def _snapshot(self, folder: Path) -> Snapshot:
        now, key = time.monotonic(), (folder, identity(folder))
        with self._lock:
            snapshot, _ = self._opened.pop(key, (None, now))
            if snapshot is None:
                snapshot = Snapshot(folder, self._engine, self.questions)
            self._opened[key] = (snapshot, now)
            # What nobody has asked for in a while is let go, so that it can be pruned.
            while len(self._opened) > _KEPT_OPEN or now - next(iter(self._opened.values()))[1] > _KEPT_FOR:
                self._opened.popitem(last=False)
        return snapshot

    @property
    def version(self) -> Version:
        """The version that answers now."""
        return self.current().version

    def versions(self) -> list[Version]:
        """Every version in the store, oldest first."""
        return self._versions.all()

    def query(self, query: Query | str, caller: Caller = _NOBODY) -> SerializedResult:
        """Ask the current version: :meth:`Snapshot.query`. The project's prefixes need no declaration.

        :raises QueryRefusedError: the text asks for what is never run.
        """
        query = Query(query) if isinstance(query, str) else query
        return self.current().query(query.of(scan(query.text, base=query.base, prefixes=PREFIXES)), caller)

    def ask(
        self,
        name: str,
        parameters: Mapping[str, str] | None = None,
        caller: Caller = _NOBODY,
        *,
        evidence: bool = False,
    ) -> Rows:
        """Ask the current version a catalogued question: :meth:`Snapshot.ask`."""
        return self.current().ask(name, parameters, caller, evidence=evidence)

    def search(self, text: str, kinds: Sequence[str] = (), on: str = "", limit: int = 10) -> list[Match]:
        """Search the current version: :meth:`Snapshot.search`."""
        return self.current().search(text, kinds, on, limit)


def _sort(records: list[dict[str, Cell | None]], question: Question) -> None:
    """Put rows into their question's order: an engine sorts names by code point, Đà Nẵng after Vĩnh Phúc."""
    for column, falling in reversed(question.order):
        records.sort(key=lambda record, by=column: in_order(record[by]), reverse=falling)  # type: ignore[misc]
