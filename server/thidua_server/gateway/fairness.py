"""Fairness between clients: threads and connections for each, and a pause for whoever was told to back off."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

#: Seconds that a client waits who was told to come back later, and came at once.
_BACK_OFF: Final = 1.0
#: Connections that one client may have for each thread that it may hold.
_CONNECTIONS: Final = 8


@dataclass(frozen=True)
class Policy:
    """What clients may have of one web process."""

    threads: int
    """That one client may hold."""
    proxies: int = 0
    """How many stand in front and say whom they speak for; connections are theirs to share out."""
    write_timeout: float = 60.0
    """Seconds that the body of a write may take."""
    open_writes: bool = False
    """Whether one without a token is read at all."""


class Fairness:
    """What each client has, by its rate-limit key.

    Kept by the main loop; threads look, and tell who is to back off.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.connections: Counter[str] = Counter()
        self._threads: Counter[str] = Counter()
        self._until: dict[str, float] = {}
        self.busy = 0
        """Threads that somebody holds."""

    def connect(self, key: str) -> bool:
        """Count a connection; tells whether its client may have that many. A proxy's are everybody's."""
        self.connections[key] += 1
        return bool(self._policy.proxies) or self.connections[key] <= self._policy.threads * _CONNECTIONS

    def disconnect(self, key: str) -> None:
        """A client has one connection less."""
        _count_down(self.connections, key)

    def may_start(self, key: str) -> bool:
        """Whether a client may have one more thread now."""
        return self._threads[key] < self._policy.threads and not self.backs_off(key)

    def start(self, key: str) -> None:
        """Count a thread."""
        self._threads[key] += 1
        self.busy += 1

    def end(self, key: str) -> None:
        """A client has one thread less."""
        _count_down(self._threads, key)
        self.busy -= 1

    def back_off(self, key: str) -> None:
        """Note that a client was refused for now."""
        self._until[key] = time.monotonic() + _BACK_OFF

    def backs_off(self, key: str) -> bool:
        """Whether a client was refused a moment ago."""
        return self._until.get(key, 0.0) > time.monotonic()

    def forget(self) -> None:
        """Forget whoever need not wait any more, when they are many."""
        if len(self._until) > 1000:
            now = time.monotonic()
            self._until = {key: until for key, until in self._until.items() if until > now}


def _count_down(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
