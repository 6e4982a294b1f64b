"""What the gateway and the app tell each other about a request, in its WSGI environment."""

from typing import Final, NamedTuple

from thidua.engine.query import SerializedResult
from thidua.graph import Snapshot

#: Where the app leaves the shape of a request, and where it finds the outcome of its query.
OFFERED_SHAPE: Final = "thidua.shape"
OUTCOME: Final = "thidua.outcome"


class Outcome(NamedTuple):
    """How a query ended, and the version it was asked of."""

    snapshot: Snapshot
    result: SerializedResult | Exception
