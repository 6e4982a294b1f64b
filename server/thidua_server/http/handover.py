"""Hand-over between a gateway and the app: an outcome on the way in, observers of responses on the way out."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from flask import Response

from thidua.engine.query import SerializedResult
from thidua.graph import Snapshot

#: What sees each finished response, in turn, while its request is still known.
Observers = Sequence[Callable[[Response], Response]]

#: Where the app finds the outcome of a request's query, in the WSGI environment, if it has been run already.
OUTCOME: Final = "thidua.outcome"
#: The header that says which engine gave an answer: ``store`` or ``columns``.
ANSWERED_BY: Final = "Thidua-Answered-By"


class QueryResult(NamedTuple):
    """How a query ended, and the version it was asked of."""

    snapshot: Snapshot
    result: SerializedResult | Exception
