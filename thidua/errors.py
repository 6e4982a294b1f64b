"""Every error the library raises.

Each has a stable ``code`` (for programs), an HTTP ``status`` (for the service) and a message that names the
place and the next step (for people). ``exit_code`` is what the command line ends with.
"""

from collections.abc import Sequence


class KnowledgeGraphError(Exception):
    """Something this project knows how to explain."""

    code = "internal-error"
    status = 500
    exit_code = 1


class InputError(KnowledgeGraphError):
    """The caller can fix it."""

    code = "bad-input"
    status = 400
    exit_code = 2


class QuerySyntaxError(InputError):
    """A SPARQL text that does not parse; ``line`` and ``column`` count from 1."""

    code = "query-syntax"

    def __init__(self, detail: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(detail)
        self.line = line
        self.column = column


class QueryRefusedError(InputError):
    """A SPARQL text that parses, perhaps, but that this project does not run."""

    code = "query-refused"


class ParameterError(InputError):
    """A question's parameter is missing, ill-typed, unknown or ambiguous.

    ``candidates`` are (IRI, label) pairs to choose from, best first; empty when nothing comes near.
    """

    code = "bad-parameter"

    def __init__(self, parameter: str, detail: str, candidates: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.parameter = parameter
        self.candidates = tuple(candidates)


class NotFoundError(KnowledgeGraphError):
    """No question, version or thing has that name."""

    code = "not-found"
    status = 404
    exit_code = 2


class StoreError(KnowledgeGraphError):
    """The store is missing, locked or damaged."""

    code = "store-unavailable"
    status = 503
    exit_code = 3


class DataError(KnowledgeGraphError):
    """The project's own files are wrong: ``problems`` lists each with its file and line."""

    code = "bad-data"
    exit_code = 4

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
