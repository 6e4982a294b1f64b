"""Exception hierarchy: every error the library raises.

Each has a stable ``code`` (for programs), an HTTP ``status`` (for the service) and a message that names the
place and the next step (for people). ``exit_code`` is what the command line ends with. :meth:`to_wire` and
:meth:`from_wire` carry one from process to process, and over HTTP.

KnowledgeGraphError                500  internal-error
├─ InputError                      400  bad-input
│  ├─ QuerySyntaxError             400  query-syntax
│  ├─ RdfSyntaxError               400  rdf-syntax
│  ├─ QueryRefusedError            403  query-refused
│  ├─ QueryFailedError             422  query-failed
│  │  └─ UnsupportedFunctionError  422  unsupported-function
│  ├─ UnsupportedRdfError          422  unsupported-rdf
│  ├─ NotAcceptableError           406  not-acceptable
│  └─ ParameterError               400  bad-parameter
├─ ConflictError                   412  precondition-failed
├─ ReplacesError                   409  would-replace
├─ NotFoundError                   404  not-found
│  └─ UnknownThingError            404  unknown-thing
├─ GoneError                       410  gone
├─ UnauthorizedError               401  unauthorized
├─ ForbiddenError                  403  forbidden
├─ StoreError                      503  store-unavailable
│  ├─ NotIsolatedError             503  not-isolated
│  ├─ StoreBusyError               503  store-busy
│  ├─ WriteFailedError             503  write-failed
│  ├─ TemporarySpaceError          503  no-temporary-space
│  ├─ EngineError                  503  engine-unavailable
│  ├─ StaleReadError               503  overtaken
│  └─ OutcomeUnknownError          500  outcome-unknown
├─ RemoteError                     502  remote-unavailable
├─ LimitError                      503  limit-met
│  ├─ QueryTimeoutError            503  query-timeout
│  ├─ QueryMemoryError             503  query-memory
│  ├─ AnswerTooLargeError          503  answer-too-large
│  ├─ BusyError                    503  too-busy
│  └─ BudgetError                  429  too-many-requests
├─ QueryCancelledError             503  query-cancelled
├─ InvalidDataError                422  invalid-data
└─ DataError                       500  bad-data
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, NamedTuple, Self

from thidua.base.terms import shorten
from thidua.base.translation import translated


class KnowledgeGraphError(Exception):
    """Something this project knows how to explain."""

    code = "internal-error"
    status = 500
    exit_code = 1
    members: tuple[str, ...] = ()
    """Attributes that travel with the message."""
    _by_code: ClassVar[dict[str, type["KnowledgeGraphError"]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" in vars(cls):
            cls._by_code[cls.code] = cls

    def told_in(self, language: str) -> str:
        """The message, ``vi`` or ``en``."""
        return translated(str(self), language)

    def to_wire(self) -> dict[str, Any]:
        """This as plain data, for JSON: ``code``, ``detail``, and its members that are not None."""
        given = ((name, getattr(self, name)) for name in self.members)
        return {"code": self.code, "detail": str(self)} | {name: _plain(it) for name, it in given if it is not None}

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> "KnowledgeGraphError":
        """What :meth:`to_wire` told, as an error of the same class; of a code that nobody knows, one of this class."""
        return cls._by_code.get(wire["code"], cls)._made(wire)

    @classmethod
    def _made(cls, wire: Mapping[str, Any]) -> Self:
        error = cls.__new__(cls)  # the message is complete, and __init__ would add to some
        error.args = (wire["detail"],)
        for name in cls.members:
            setattr(error, name, _read(name, wire.get(name)))
        return error


class InputError(KnowledgeGraphError):
    """The caller can fix it."""

    code = "bad-input"
    status = 400
    exit_code = 2


class QuerySyntaxError(InputError):
    """A SPARQL text that does not parse; ``line`` and ``column`` count from 1.

    ``excerpt`` is that line, or what of it is around the place, and a line below it with a caret.
    """

    code = "query-syntax"
    members = ("line", "column", "excerpt")

    def __init__(
        self, detail: str, line: int | None = None, column: int | None = None, excerpt: str | None = None
    ) -> None:
        super().__init__(detail)
        self.line = line
        self.column = column
        self.excerpt = excerpt


class RdfSyntaxError(InputError):
    """RDF that does not parse; ``line`` and ``column`` count from 1."""

    code = "rdf-syntax"
    members = ("line", "column")

    def __init__(self, detail: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(detail)
        self.line = line
        self.column = column


class QueryRefusedError(InputError):
    """A SPARQL text that parses, perhaps, but that this project does not run."""

    code = "query-refused"
    status = 403


class QueryFailedError(InputError):
    """A SPARQL text that parses, and cannot be carried out: the graph that it creates is there already, for example."""

    code = "query-failed"
    status = 422


class UnsupportedFunctionError(QueryFailedError):
    """It calls a function that does not exist here."""

    code = "unsupported-function"


class UnsupportedRdfError(InputError):
    """RDF that parses, and that this project does not hold: RDF 1.2's triple terms, and directions of texts."""

    code = "unsupported-rdf"
    status = 422


class NotAcceptableError(InputError):
    """Nothing on offer is acceptable; ``available`` lists what is."""

    code = "not-acceptable"
    status = 406
    members = ("available",)

    def __init__(self, detail: str, available: Sequence[str]) -> None:
        super().__init__(f"{detail} It can be had as {', '.join(available)}.")
        self.available = tuple(available)


class Candidate(NamedTuple):
    """A thing that may have been meant."""

    iri: str
    label: str


class ParameterError(InputError):
    """A question's parameter is missing, ill-typed, unknown or ambiguous.

    ``candidates`` are (IRI, label) pairs to choose from, best first; empty when nothing comes near.
    """

    code = "bad-parameter"
    members = ("parameter", "candidates")

    def __init__(self, parameter: str, detail: str, candidates: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.parameter = parameter
        self.candidates = tuple(Candidate(*each) for each in candidates)


class ConflictError(KnowledgeGraphError):
    """Somebody else published a version first: read again, then write again."""

    code = "precondition-failed"
    status = 412
    exit_code = 2


class ReplacesError(KnowledgeGraphError):
    """A write would withdraw what a source states, and nobody has said that it may."""

    code = "would-replace"
    status = 409
    exit_code = 2


class NotFoundError(KnowledgeGraphError):
    """No question, version or thing has that name."""

    code = "not-found"
    status = 404
    exit_code = 2


class UnknownThingError(NotFoundError):
    """Nothing is said of a thing here; ``candidates`` are (IRI, label) pairs that may have been meant, best first."""

    code = "unknown-thing"
    members = ("candidates",)

    def __init__(self, detail: str, candidates: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.candidates = tuple(Candidate(*each) for each in candidates)


class GoneError(KnowledgeGraphError):
    """The thing was described once and is no longer; ``version`` is the last one that did."""

    code = "gone"
    status = 410
    exit_code = 2
    members = ("version",)

    def __init__(self, detail: str, version: int) -> None:
        super().__init__(detail)
        self.version = version


class UnauthorizedError(KnowledgeGraphError):
    """Who asks is not known."""

    code = "unauthorized"
    status = 401
    exit_code = 2


class ForbiddenError(KnowledgeGraphError):
    """Who asks may not do this."""

    code = "forbidden"
    status = 403
    exit_code = 2


class StoreError(KnowledgeGraphError):
    """The store is missing, locked or damaged."""

    code = "store-unavailable"
    status = 503
    exit_code = 3
    told = "No graph is published here, or it cannot be read. The operator can run `thidua build`."
    """What strangers hear; the message names paths, and is for the operator. Empty if they may hear that."""


class NotIsolatedError(StoreError):
    """Workers cannot be cut off from the network here, so they run nothing of strangers."""

    code = "not-isolated"
    told = "No query is run here: this system does not let the service cut its workers off from the network."


class StoreBusyError(StoreError):
    """Somebody else is writing; waiting helps."""

    code = "store-busy"
    told = "Somebody else is writing at this moment, and nothing was written for you; try again in some seconds."
    retry_after = 5


class WriteFailedError(StoreError):
    """The disk, or the process that writes, failed; nothing was written."""

    code = "write-failed"
    told = (
        "Nothing was written: the disk or a process failed. Reading goes on; the operator finds why by the request_id."
    )


class TemporarySpaceError(StoreError):
    """There is no room for temporary files; the store itself is well."""

    code = "no-temporary-space"
    told = (
        "There is no room for temporary files just now, which large answers and bodies need. The graph is well: ask "
        "for less, or again later; the operator makes room where TMPDIR says."
    )


class RemoteError(KnowledgeGraphError):
    """Somebody else's service does not answer, or not in a way that can be used."""

    code = "remote-unavailable"
    status = 502


class EngineError(StoreError):
    """The engine that holds the graph does not answer, or not in a way that can be used."""

    code = "engine-unavailable"
    told = "The engine that holds the graph does not answer just now; try again in some seconds."
    retry_after = 5


class StaleReadError(StoreError):
    """The engine holds another version by now than the one that was asked, or is about to."""

    code = "overtaken"
    told = "The graph was written while this was answered; ask again."
    retry_after = 1


class OutcomeUnknownError(StoreError):
    """A write was cut off so late that nobody can say whether it was done: look before you send it again."""

    code = "outcome-unknown"
    status = 500
    told = ""


class LimitError(KnowledgeGraphError):
    """A query met one of the service's limits; nothing of its answer was sent.

    ``limit`` names the setting; ``retry_after`` is in seconds, where waiting helps.
    """

    code = "limit-met"
    status = 503
    exit_code = 2
    members = ("limit", "retry_after")

    def __init__(self, detail: str, limit: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.limit = limit
        self.retry_after = retry_after


class QueryTimeoutError(LimitError):
    """It took longer than its deadline."""

    code = "query-timeout"


class QueryMemoryError(LimitError):
    """It needed more memory than a worker may have, or ended its worker some other way."""

    code = "query-memory"


class AnswerTooLargeError(LimitError):
    """Its answer is larger than an answer may be."""

    code = "answer-too-large"


class BusyError(LimitError):
    """Too many queries wait already."""

    code = "too-busy"


class BudgetError(LimitError):
    """This client has used up its share."""

    code = "too-many-requests"
    status = 429


class QueryCancelledError(KnowledgeGraphError):
    """Somebody stopped the query: the operator, or the client by leaving."""

    code = "query-cancelled"
    status = 503
    exit_code = 2


@dataclass(frozen=True)
class Finding:
    """One thing wrong, or doubtful, with the graph."""

    severity: str
    """``Violation`` refuses a version, ``Warning`` is published and reported, ``Info`` advises."""
    shape: str
    focus: str
    path: str | None
    value: str | None
    vi: str
    en: str
    where: str = ""
    """``file:line`` where the focus is described, when it is known."""
    constraint: str = ""
    """The kind of constraint, such as ``MinCountConstraintComponent``; empty for the checks that are not SHACL's."""

    def __str__(self) -> str:
        return self.told_in("en")

    def told_in(self, language: str) -> str:
        """Where, how bad and what, on one line, ``vi`` or ``en``."""
        what = self.vi if language == "vi" else self.en
        severity = translated(self.severity.lower(), language)
        head = ": ".join(part for part in (self.where, severity, what) if part)
        value = ""
        if self.value and self.value != self.focus:
            shown = shorten(self.value) if self.value.startswith("http") else self.value
            value = f", {translated('value', language)} {shown}"
        return f"{head} [{shorten(self.focus)}{value}]"


class InvalidDataError(KnowledgeGraphError):
    """A write that would leave the graph against its shapes; ``findings`` says what is wrong, and where.

    ``report`` is the same as a SHACL report in Turtle, where somebody has made it.
    """

    code = "invalid-data"
    status = 422
    exit_code = 4
    members = ("findings", "report")

    def __init__(self, findings: Sequence[Finding], report: str = "") -> None:
        super().__init__("\n".join(map(str, findings)))
        self.report = report
        self.findings = tuple(findings)

    def told_in(self, language: str) -> str:
        return "\n".join(each.told_in(language) for each in self.findings)


class DataError(KnowledgeGraphError):
    """The project's own files are wrong: ``problems`` lists each with its file and line."""

    code = "bad-data"
    exit_code = 4
    members = ("problems",)

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


#: Members that are lists of records; other lists are of texts.
_RECORDS: Mapping[str, type[Candidate] | type[Finding]] = {"candidates": Candidate, "findings": Finding}


def _plain(value: Any) -> Any:
    """A member as JSON has it."""
    if isinstance(value, Finding):
        return asdict(value)
    if isinstance(value, Candidate):
        return value._asdict()
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _read(name: str, value: Any) -> Any:
    """A member that :func:`_plain` wrote; a list that was not told is empty."""
    if kind := _RECORDS.get(name):
        return tuple(kind(**each) for each in value or ())
    return tuple(value) if isinstance(value, list) else value
