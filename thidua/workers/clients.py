"""What the pool remembers of each client: how much query time is left to them, and how long their queries lasted."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from thidua.base.errors import BudgetError
from thidua.base.limits import Limits

#: Clients remembered, the last seen ones; whoever is forgotten begins anew.
_REMEMBERED: Final = 10_000


@dataclass
class _Client:
    left: float
    """Seconds of query time that may still be used."""
    at: float
    """When that was so, on the monotonic clock."""
    expected: float
    """Seconds that the next query will probably take."""


class Clients:
    """The clients of one pool. Not safe to use from several threads: the pool holds its lock."""

    def __init__(self, limits: Limits) -> None:
        self._budget = limits.budget
        self._longest = limits.slow_after
        self._known: OrderedDict[str, _Client] = OrderedDict()

    def check_budget(self, name: str) -> None:
        """Refuse a client who has used up the query time of a minute.

        :raises BudgetError: it says when they may go on.
        """
        if not self._budget or (left := self._client(name).left) > 0:
            return
        wait = int(-left * 60 / self._budget) + 1
        raise BudgetError(
            f"You have used {self._budget:g} s of query time within a minute; go on in {wait} s.", "budget", wait
        )

    def charge(self, name: str, seconds: float) -> None:
        """Take query time off what is left to a client; it comes back by itself."""
        if self._budget:
            self._client(name).left -= seconds

    def lasted(self, name: str, seconds: float) -> None:
        """Note how long a query of a client kept a slot of the fast lane busy."""
        client = self._client(name)
        client.expected += (min(seconds, self._longest) - client.expected) / 4

    def is_likely_slow(self, name: str) -> bool:
        """Whether the next query of a client may well be slow; whoever is new has not shown otherwise."""
        return self._client(name).expected > self._longest / 5

    def _client(self, name: str) -> _Client:
        now = time.monotonic()
        client = self._known.setdefault(name, _Client(self._budget, now, self._longest / 4))
        client.left = min(self._budget, client.left + (now - client.at) * self._budget / 60)
        client.at = now
        self._known.move_to_end(name)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return client
