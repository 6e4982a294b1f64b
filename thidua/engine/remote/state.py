"""Version state of a remote engine: the one it holds or is being given, one literal, replaced as a whole.

It reads ``published 7 HASH TOKEN``, or ``writing 7 HASH TOKEN TIME`` while a writer that took many requests goes from
version 7 to the next. A token is of one write alone, so that whoever reads the state afterwards knows whose it is.
"""

import datetime
import json
import secrets
from dataclasses import dataclass
from typing import Final, Self

from thidua.base.errors import EngineError
from thidua.engine.remote.client import TABLE, Client
from thidua.engine.remote.contents import MANIFEST, STATE
from thidua.rdf.ntriples import literal_term
from thidua.versions.store import Version

_ASKED: Final = f"SELECT ?state {{ GRAPH <{MANIFEST}> {{ <{MANIFEST}> <{STATE}> ?state }} }}"
#: Seconds after which a writer that has not ended is taken for dead.
PATIENCE: Final = 900


@dataclass(frozen=True)
class State:
    """A state; ``hash`` is empty, and ``number`` 0, where nothing was published before."""

    word: str
    number: int
    hash: str
    token: str
    since: str = ""

    @classmethod
    def published(cls, version: Version) -> Self:
        """The engine holds a version; no other state is equal to this one."""
        return cls("published", version.number, version.hash, secrets.token_hex(8))

    @classmethod
    def writing(cls, over: "State | None") -> Self:
        """The engine is on its way to the next version."""
        since = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return cls("writing", over.number if over else 0, over.hash if over else "-", secrets.token_hex(8), since)

    @classmethod
    def read(cls, client: Client) -> Self | None:
        """The engine's state; None if it holds nothing of ours.

        :raises EngineError: the engine does not answer, or its state is none.
        """
        try:
            bindings = json.loads(client.query(_ASKED, TABLE))["results"]["bindings"]
            texts = [each["state"]["value"] for each in bindings]
            if not texts:
                return None
            (text,) = texts
            word, number, sha, token, *since = text.split(" ")
            return cls(word, int(number), sha, token, *since)
        except (ValueError, KeyError, TypeError) as exc:
            raise EngineError(f"the engine's state, in <{MANIFEST}>, cannot be read: {exc!r}") from exc

    def is_of(self, version: Version) -> bool:
        """Whether the engine holds a version, and nobody is changing it."""
        return (self.word, self.number, self.hash) == ("published", version.number, version.hash)

    def is_over(self, version: Version) -> bool:
        """Whether the engine is on its way from a version to the next."""
        return (self.word, self.number, self.hash) == ("writing", version.number, version.hash)

    @property
    def age(self) -> float:
        """Seconds since a writer began."""
        return (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(self.since)).total_seconds()

    @property
    def triple(self) -> str:
        """As the manifest has it."""
        words = (self.word, str(self.number), self.hash, self.token, self.since)
        return f"<{MANIFEST}> <{STATE}> {literal_term(' '.join(filter(None, words)))}"


def exchange(old: State | None, new: State) -> str:
    """An update that puts a state in another's place, if that still stands; look afterwards whether it did."""
    if old is None:
        there = f"GRAPH <{MANIFEST}> {{ <{MANIFEST}> <{STATE}> ?any }}"
        return f"INSERT {{ GRAPH <{MANIFEST}> {{ {new.triple} }} }} WHERE {{ FILTER NOT EXISTS {{ {there} }} }}"
    stands = f"GRAPH <{MANIFEST}> {{ {old.triple} }}"
    return f"DELETE {{ {stands} }} INSERT {{ GRAPH <{MANIFEST}> {{ {new.triple} }} }} WHERE {{ {stands} }}"
