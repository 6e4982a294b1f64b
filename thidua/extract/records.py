"""Source files from facts: the records of an article in the authoring form, as docs/adding-a-source.md has it."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from thidua.base.files import ProjectFiles
from thidua.extract.article import Article
from thidua.extract.cluster_records import (
    add_agreement,
    add_cluster,
    add_event,
    add_handover,
    add_member,
    add_role,
    leaders_are_members,
)
from thidua.extract.count_records import add_award, add_figure
from thidua.extract.describing import described
from thidua.extract.drafts import Draft, LeftOut
from thidua.extract.facts import Fact, Span
from thidua.extract.named_records import add_document, add_movement, add_ranking
from thidua.extract.people_records import add_official
from thidua.extract.registry import Registry
from thidua.extract.turtle import Record

__all__ = ["Drafted", "LeftOut", "Records", "drafted", "turtle"]

#: What adds the records of each kind, in the order in which they are made: what others lead to comes first.
_ADD: Final[Mapping[str, Callable[[Draft, Fact, list[Span]], None]]] = {
    "event": add_event,
    "role": add_role,
    "handover": add_handover,
    "agreement": add_agreement,
    "member": add_member,
    "cluster": add_cluster,
    "official": add_official,
    "award": add_award,
    "figure": add_figure,
    "document": add_document,
    "movement": add_movement,
    "ranking": add_ranking,
}
#: The order in which a file tells of things.
_ORDER: Final = (
    "edition", "head", "deputy", "member", "conf", "agreement", "handover", "person", "holding", "part", "engagement",
    "remark", "obs", "conferral", "proposal",
)  # fmt: skip


@dataclass(frozen=True)
class Records:
    """What facts come to."""

    source: str
    """The id of the source."""
    turtle: str
    """The whole file ``data/sources/<id>.ttl``, for a build, the desk or a ``PUT`` of the source's graph."""
    registry: Mapping[str, str]
    """By file of ``data/registry/`` (``posts``): Turtle to add there, or to ``POST`` to that graph; empty for none."""
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Drafted:
    """What one fact comes to, beside the others."""

    fact: Fact
    records: tuple[Record, ...]
    """What it adds, with its own passages."""
    body: str
    """The same in Turtle without prefixes; empty where the model cannot say it."""
    left_out: tuple[LeftOut, ...]


def turtle(
    article: Article,
    facts: Iterable[Fact],
    registry: Registry | None = None,
    *,
    curator: str | Sequence[str] = "",
    day: datetime.date | None = None,
) -> Records:
    """The source file of an article: what is known of it, who read it, and a record for each fact.

    :param facts: those that were accepted.
    :param registry: of the graph; that of the project's files if left out.
    :param curator: who decided, one or several; the editors if left out.
    :param day: of the reading; today if left out.
    """
    draft = Draft(article, facts, registry or Registry.read(ProjectFiles.find()))
    names = [curator] if isinstance(curator, str) else [*curator] or [""]
    readers = ", ".join(dict.fromkeys(draft.entries.reader(name) for name in names))
    draft.document.described = list(described(article, readers, day or datetime.date.today(), draft.title()))
    _fill(draft)
    return Records(draft.source, draft.document.text(_ORDER), draft.entries.turtle(), tuple(draft.left))


def drafted(article: Article, facts: Iterable[Fact], registry: Registry | None = None) -> list[Drafted]:
    """What each fact comes to, in their order, read in the light of the others."""
    draft = Draft(article, facts, registry or Registry.read(ProjectFiles.find()))
    parts = _fill(draft)
    found = []
    for number, fact in enumerate(draft.facts):
        noted, left = parts.get(number, ((), ()))
        records = tuple(record for record in noted if record.facts)
        text = "\n".join(line for record in records for line in record.lines(draft.source)).strip()
        found.append(Drafted(fact, records, text, tuple(left)))
    return found


_Part = tuple[Sequence[Record], Sequence[LeftOut]]


def _fill(draft: Draft) -> dict[int, _Part]:
    """Make the records of all facts; what each adds, and what of it is left out, by its place among them."""
    foreign = next((each for each in draft.facts if each.kind == "scope" and each.get("value") != "national"), None)
    if foreign is not None:
        for fact in draft.facts:
            if fact is not foreign:
                draft.leave(
                    fact,
                    "bài không nói về cụm thi đua của các tỉnh",
                    f"the article is not about a cluster of provinces, its scope being {foreign.get('value')}",
                )
        left = {id(each.fact): each for each in draft.left}
        return {number: ((), (left[id(fact)],)) for number, fact in enumerate(draft.facts) if fact is not foreign}
    order = [*_ADD]
    parts: dict[int, _Part] = {}
    numbered = [(number, fact) for number, fact in enumerate(draft.facts) if fact.kind in _ADD]
    for number, fact in sorted(numbered, key=lambda each: order.index(each[1].kind)):
        before = len(draft.left)
        with draft.document.noted() as noted:
            if spans := draft.spans(fact):
                _ADD[fact.kind](draft, fact, spans)
            elif fact.kind == "event" and (spans := _of_cluster(draft)):
                # No passage tells of the meeting as such: that there was one, what tells of the cluster implies.
                _ADD["event"](draft, replace(fact, basis="implied", why="basis-inferred"), spans)
            else:
                draft.leave(fact, "không có đoạn văn làm chứng", "it has no passage in the text")
        records = sorted(noted.values(), key=lambda record: record.thing.startswith("edition:"))
        parts[number] = (records, draft.left[before:])
    leaders_are_members(draft)
    return parts


def _of_cluster(draft: Draft) -> list[Span]:
    """The passages that name the article's cluster."""
    return next((spans for fact in draft.facts if fact.kind == "cluster" and (spans := draft.spans(fact))), [])
