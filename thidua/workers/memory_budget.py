"""Memory budget: LRU caches of one process that together hold no more than so many bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class MemoryBudget:
    """So many bytes. Whichever cache an entry is in, the one used longest ago makes room for the next."""

    def __init__(self, most: int) -> None:
        self.most: Final = most
        self.held = 0
        """Bytes in use."""
        self.lock: Final = Lock()
        self.entries: Final[OrderedDict[tuple[object, Any], tuple[Any, int]]] = OrderedDict()
        """By cache and key, the one used longest ago first: each with the bytes that it takes."""


class LruCache(Generic[K, V]):
    """A cache that draws on a budget. Safe to use from many threads."""

    def __init__(self, budget: MemoryBudget) -> None:
        self._budget = budget

    def __contains__(self, key: K) -> bool:
        """Whether it has an entry, which this is no use of."""
        return (self, key) in self._budget.entries

    def get(self, key: K) -> V | None:
        """An entry, which is the one used last from now on."""
        own, budget = (self, key), self._budget
        with budget.lock:
            if (found := budget.entries.get(own)) is None:
                return None
            budget.entries.move_to_end(own)
        value: V = found[0]
        return value

    def put(self, key: K, value: V, size: int) -> None:
        """Keep an entry, unless it takes more bytes than all may."""
        own, budget = (self, key), self._budget
        if size > budget.most:
            return
        with budget.lock:
            _, before = budget.entries.pop(own, (None, 0))
            budget.entries[own] = value, size
            budget.held += size - before
            while budget.held > budget.most:
                budget.held -= budget.entries.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Drop every entry of this cache."""
        budget = self._budget
        with budget.lock:
            for own in [own for own in budget.entries if own[0] is self]:
                budget.held -= budget.entries.pop(own)[1]
