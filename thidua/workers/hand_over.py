"""Hand-over of long queries to a version's columns: which are handed over, and what came of it."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from thidua.columns.layout import is_there
from thidua.workers.recent_keys import RecentKeys

log = logging.getLogger(__name__)


class HandOver:
    """Decides which queries the columns are asked; safe to use from many threads.

    No cost is guessed: a query is handed over once it has lasted, or is known to last, and until it is known that the
    columns refuse it.
    """

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._refused = RecentKeys()
        """Queries that the columns do not answer."""
        self._lock = threading.Lock()
        self.answers: Final[Counter[str]] = Counter()
        """How many answers each engine has given."""

    def is_for_columns(self, head: Mapping[str, Any], key: Callable[[], bytes]) -> bool:
        """Whether the columns are to be asked a request that has lasted."""
        if not self._enabled or head["op"] != "query" or head["default_graphs"] or head["named_graphs"]:
            return False
        if not is_there(Path(head["store"])):
            return False
        with self._lock:
            return not self._refused or key() not in self._refused

    def learn(self, key: Callable[[], bytes], reply: Mapping[str, Any]) -> None:
        """Count an answer, and remember what the columns refused."""
        if "by" not in reply:
            return
        with self._lock:
            self.answers[reply["by"]] += 1
            if reply["why"]:
                log.info("columns refused a query: %s", reply["why"])
                self._refused.add(key())
