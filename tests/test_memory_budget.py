"""What a service keeps of its answers stays within THIDUA_CACHE: the engine's answers and whole responses together."""

import dataclasses
import random
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from thidua.engine.query import Query, SerializedResult
from thidua.versions.store import Version, identity
from thidua.workers.answer_cache import AnswerCache, Key
from thidua.workers.memory_budget import LruCache, MemoryBudget
from thidua_server import create_app
from thidua_server.gateway.response_cache import CacheEntry, ResponseCache
from thidua_server.http import context

MOST = 2_000_000


@pytest.fixture(scope="module")
def app(store: Path) -> Iterator[Flask]:
    app = create_app({"STORE": str(store), "CACHE": "2", "FAST_SLOTS": "1", "LOG_LEVEL": "ERROR"})
    yield app
    context.pool(app).close()


class Caches:
    """Both caches of a service, filled at random."""

    def __init__(self, app: Flask, store: Path, chance: random.Random) -> None:
        self.version: Version = context.current(app).current().version
        self.answers, self.responses = AnswerCache(context.pool(app).memory), ResponseCache(app)
        self._folder, self._chance = (store / "current").resolve(), chance
        self._keys: list[Key] = []
        self._requests: list[bytes] = []

    def put(self) -> None:
        content = self._chance.randbytes(int(10 ** self._chance.uniform(1, 6.2)))
        number = self._chance.randrange(300)
        if self._chance.random() < 0.5:
            key = (self._folder, identity(self._folder), Query(f"ASK {{}} # {number}"))
            self.answers.put(key, SerializedResult("SELECT", "text/csv", BytesIO(content)))
            self._keys.append(key)
        else:
            request = b"GET /%d HTTP/1.1\r\n\r\n" % number
            self.responses.keep(request, CacheEntry(self.version, "sparql", b"", content, {}))
            self._requests.append(request)

    def held(self) -> tuple[int, int]:
        """Bytes that can be had again of each."""
        answers = [self.answers.find(key) for key in set(self._keys)]
        responses = [self.responses._entries.get(request) for request in set(self._requests)]
        return sum(len(each.content) for each in answers if each), sum(len(each.body) for each in responses if each)


def test_both_together_stay_within_the_setting(app: Flask, store: Path, chance: random.Random) -> None:
    caches, seen = Caches(app, store, chance), [0, 0]
    for step in range(600):
        caches.put()
        if step % 20 == 0:
            held = caches.held()
            assert sum(held) <= context.pool(app).memory.held <= MOST
            seen = [max(pair) for pair in zip(seen, held, strict=True)]
    assert min(seen) > MOST / 20 and sum(caches.held()) > MOST / 3, "there is room for both, and it is used"


def test_what_another_version_drops_is_given_back(app: Flask, store: Path, chance: random.Random) -> None:
    caches = Caches(app, store, chance)
    while not all(caches.held()):
        caches.put()
    answers, _ = caches.held()
    other = dataclasses.replace(caches.version, number=caches.version.number + 1)
    caches.responses.keep(b"x", CacheEntry(other, "sparql", b"", b"", {}))
    assert caches.held() == (answers, 0)
    caches.responses.keep(b"x", CacheEntry(caches.version, "sparql", b"", b"", {}))


def test_the_one_used_longest_ago_makes_room_whoever_has_it() -> None:
    budget = MemoryBudget(100)
    one, other = LruCache[str, int](budget), LruCache[str, int](budget)
    one.put("a", 1, 40)
    other.put("a", 2, 40)
    assert one.get("a") == 1
    other.put("b", 3, 40)
    assert ("a" in one, "a" in other, "b" in other, budget.held) == (True, False, True, 80)
    one.put("a", 4, 10)
    assert (one.get("a"), budget.held) == (4, 50)
    one.put("c", 5, 101)
    assert ("c" in one, budget.held) == (False, 50)
    other.clear()
    assert (one.get("a"), "b" in other, budget.held) == (4, False, 10)
