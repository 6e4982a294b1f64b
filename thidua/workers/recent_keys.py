"""Recent keys: a bounded set that forgets what was put in first."""

from collections import OrderedDict
from typing import Final

#: Keys of queries that are remembered.
_MOST: Final = 10_000


class RecentKeys:
    """The keys that were added last; not safe to use from many threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._keys: OrderedDict[bytes, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: bytes) -> bool:
        return key in self._keys

    def add(self, key: bytes) -> None:
        """Remember a key."""
        self._keys[key] = None
        if len(self._keys) > self._most:
            self._keys.popitem(last=False)
