"""Proposals: facts as W3C Web Annotations on an article, each with what the graph says already.

Nothing of the article is in one: its target is the source, its fingerprint and positions.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from thidua.extract.article import Article
from thidua.extract.facts import Fact
from thidua.extract.registry import Registry
from thidua.graph import Snapshot

#: ``known``: this very source says it. ``unknown``: there is no graph to compare with.
Status = Literal["new", "confirms", "contradicts", "known", "unknown"]
#: Fields that tell how a name is linked, which may change without another thing being said.
_LINKS: Final = ("id",)


@dataclass(frozen=True)
class Claim:
    """What the graph says already."""

    record: str
    """The record, such as ``head:dong-bang-song-hong_2024_nam-dinh``."""
    says: str
    """What it says, in a name: the head's, the day's, the count's."""
    sources: tuple[str, ...]
    """The sources that say so, such as ``src:18d8c37f4f6536d1``."""


@dataclass(frozen=True)
class Proposal:
    """One fact, for a curator to decide."""

    id: str
    source: str
    fact: Fact
    body: str
    """The records in the authoring form; empty where the model cannot say it."""
    status: Status
    claims: tuple[Claim, ...] = ()
    """What it confirms or contradicts."""

    @property
    def ev(self) -> tuple[str, ...]:
        """The evidence, such as ``ev:18d8c37f4f6536d1_4315-4384``."""
        return tuple(f"ev:{self.source}_{start}-{end}" for start, end in self.fact.spans)


def id_of(source: str, fact: Fact) -> str:
    """A proposal's id: the first 16 hex digits of the SHA-256 of the source's id and of what is said.

    Where it stands, how sure it is and which rule found it are no part of it, so that better rules meet the same one.
    """
    values = {name: value for name, value in fact.values.items() if name not in _LINKS and value is not None}
    said = json.dumps([source, fact.kind, values], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def propose(
    article: Article, facts: Iterable[Fact], snapshot: Snapshot | None = None, registry: Registry | None = None
) -> list[Proposal]:
    """Facts as proposals, in their order; of equal ones, the first with the passages of all.

    :param snapshot: what they are compared with; None without a store.
    :param registry: of the graph; if left out, the snapshot's, or that of the project's files.
    """
    source = article.source.id
    return [Proposal(id_of(source, fact), source, fact, "", "unknown") for fact in facts]


def as_jsonld(article: Article, proposals: Iterable[Proposal]) -> dict[str, Any]:
    """An annotation collection."""
    return {}


def as_turtle(article: Article, proposals: Iterable[Proposal]) -> str:
    """The same in Turtle."""
    return ""
