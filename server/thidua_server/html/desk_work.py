"""Work in progress as a request sees it: whose it is, what the graph says of it, what others decided."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flask import Flask, current_app

from thidua.base.articles import SourceText
from thidua.base.errors import InputError
from thidua.extract.article import Article
from thidua.extract.choices import Choices
from thidua.extract.decisions import FOLDER as DECISIONS
from thidua.extract.decisions import Decision, Decisions
from thidua.extract.facts import Fact
from thidua.extract.proposals import Proposal, id_of, propose
from thidua.extract.registry import Registry
from thidua.extract.work import FOLDER, Drawer, Item, Shelf, Work
from thidua.graph import Snapshot
from thidua.rdf.cells import Select
from thidua.write.source_text import Known, known
from thidua_server.html.language import pick
from thidua_server.http import access, context

_KEY: Final = "kg-desk"
#: Seconds between two looks for what is past its last day.
_PURGED_EACH: Final = 3600.0


@dataclass
class _Kept:
    """What all requests share."""

    purged: float = 0.0
    version: str = ""
    choices: Choices | None = None
    registry: Registry | None = None


def shelf(app: Flask | None = None) -> Shelf:
    """Where work in progress is kept."""
    config = (app or current_app).config
    return Shelf(Path(config["DESK"] or Path(config["STORE"]) / FOLDER), config["DESK_DAYS"])


def purge_now_and_then() -> None:
    """Delete what is past its last day: at the first request, and then each hour."""
    kept = _kept()
    if time.monotonic() - kept.purged > _PURGED_EACH or not kept.purged:
        kept.purged = time.monotonic()
        shelf().purge()


def drawer(author: str) -> Drawer:
    """The caller's own work."""
    return shelf().of(f"{author} {access.token_hash(author)}")


def decisions() -> Decisions:
    """What curators decided, of every source."""
    return Decisions(Path(current_app.config["STORE"]) / DECISIONS)


def choices() -> Choices:
    """What fields can be filled with, in the current version."""
    return _of_version()[0]


def registry() -> Registry:
    """What the current version has a name for."""
    return _of_version()[1]


def select() -> Select:
    """Asks the version of this request."""
    snapshot = context.snapshot()
    return lambda query: snapshot.select(query, context.caller())


def begin(article: Article, found: list[Fact], author: str) -> Work:
    """A new piece of work: the article under the id that its source has, or will have.

    :raises InputError: the source is known, and by another text.
    """
    article, same = _known(article)
    if same is not None:
        if same.sha256 and same.sha256 != article.source.sha256:
            raise InputError(
                pick(
                    f"{same.told('vi')} Nguồn ấy được đọc từ một bản khác (mã băm khác), nên vị trí không khớp: "
                    "hãy sửa nguồn ấy bằng Turtle, hoặc dán đúng bản đã đọc.",
                    f"{same.told()} It was read from another text (its hash differs), so positions would not fit: "
                    "edit that source as Turtle, or paste the very text that was read.",
                )
            )
        article = replace(article, source=replace(article.source, id=same.id))
        told = {"title": same.title, "url": same.address, "published": same.day[:10]}
        article = article.with_(**{name: value for name, value in told.items() if not getattr(article, name)})
    proposals = propose(article, found, context.snapshot(), registry())
    items = {each.id: Item(each.id, each.fact) for each in proposals}
    if all(item.fact.kind != "scope" for item in items.values()):
        scope = Fact("scope", {"value": "national"}, (), confidence=0.0)
        items = {id_of(article.source.id, scope): Item(id_of(article.source.id, scope), scope)} | items
    today = shelf().last_day()
    return Work(article, tuple(items.values()), author, "", today)


def _known(article: Article) -> tuple[Article, Known | None]:
    """The source that an article is, by its text, whatever a browser did to its end, or by its address."""
    for source in _same(article.source):
        if found := known(select(), sha256=source.sha256):
            return replace(article, source=source), found
    return article, known(select(), address=article.url) if article.url else None


def _same(source: SourceText) -> list[SourceText]:
    """A text, and what it was before a browser took its last line's end away; positions are the same."""
    bare = source.text.rstrip("\n")
    return [source, *(SourceText.of(text) for text in (bare + "\n", bare) if text != source.text)]


def compared(work: Work) -> dict[str, Proposal]:
    """What the graph says of each proposal as it is now, by the item's key."""
    facts_ = [item.now for item in work.items if item.fact.kind != "scope"]
    found = {each.id: each for each in propose(work.article, facts_, context.snapshot(), registry())}
    of_items = ((item.key, found.get(id_of(work.id, item.now))) for item in work.items)
    return {key: proposal for key, proposal in of_items if proposal is not None}


def earlier(work: Work) -> Mapping[str, Decision]:
    """What was decided of its proposals before, by whomever."""
    latest = decisions().latest(work.id)
    # The scope is asked of everybody: it is one key, and all else hangs on it.
    keys = (item.key for item in work.items if item.fact.kind != "scope")
    return {key: latest[key] for key in keys if key in latest and latest[key].settled}


@dataclass(frozen=True)
class Standing:
    """How a piece of work stands to the graph, and to what others decided."""

    proposals: Mapping[str, Proposal]
    earlier: Mapping[str, Decision]
    there: Known | None

    @classmethod
    def of(cls, work: Work) -> "Standing":
        """As it is now."""
        return cls(compared(work), earlier(work), known(select(), source_id=work.id))

    @property
    def written(self) -> set[str]:
        """The keys of what is not to be written again."""
        return {key for key, each in self.proposals.items() if each.status == "known"} | set(self.earlier)


def _kept() -> _Kept:
    found: _Kept = current_app.extensions.setdefault(_KEY, _Kept())
    return found


def _of_version() -> tuple[Choices, Registry]:
    kept, snapshot = _kept(), context.snapshot()
    if kept.version != snapshot.version.hash or kept.choices is None or kept.registry is None:
        kept.choices, kept.registry = Choices.of(select()), Registry.of(_rows(snapshot))
        kept.version = snapshot.version.hash
    return kept.choices, kept.registry


def _rows(snapshot: Snapshot) -> Select:
    return lambda query: snapshot.select(query, context.caller())
