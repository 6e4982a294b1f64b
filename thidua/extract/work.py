"""Work in progress at the desk: an article and what its curator has decided so far, on disk until it is published.

Each token has a folder of its own, which only the user who serves can read. This is the one place where an article's
text is kept; it goes when the work is published or dropped, and on its last day.
"""

import contextlib
import datetime
import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from thidua.base.articles import SourceText
from thidua.base.errors import NotFoundError, WriteFailedError
from thidua.extract.article import Article
from thidua.extract.facts import Fact

log = logging.getLogger(__name__)

Said = Literal["", "accept", "reject", "unsure"]
SAID: Final[tuple[Said, ...]] = get_args(Said)
#: What is known of an article beside its text.
METADATA: Final = ("url", "title", "publisher", "published", "author")
#: The name of the folder in a store.
FOLDER: Final = "desk"
_ID: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Item:
    """One proposal, and what was decided of it."""

    key: str
    """The id of the proposal as it was made."""
    fact: Fact
    """As it was proposed."""
    said: Said = ""
    edited: Fact | None = None
    """As it is to be; None where it stays as proposed."""
    reason: str = ""
    added: bool = False
    """Whether the curator found it, and no rule."""

    @property
    def now(self) -> Fact:
        """The fact as it stands."""
        return self.edited or self.fact


@dataclass(frozen=True)
class Work:
    """An article on somebody's desk."""

    article: Article
    items: tuple[Item, ...]
    author: str
    begun: str
    ends: str
    """The last day on which it is kept, ISO."""
    changed: str = ""

    @property
    def id(self) -> str:
        """The id of the source that it will be."""
        return self.article.source.id

    @property
    def scope(self) -> Item | None:
        """What is said about whose cluster this is."""
        return next((item for item in self.items if item.fact.kind == "scope"), None)

    def with_item(self, item: Item) -> "Work":
        """The same with one proposal changed, or with one more."""
        if all(each.key != item.key for each in self.items):
            return replace(self, items=(*self.items, item))
        return replace(self, items=tuple(item if each.key == item.key else each for each in self.items))

    def as_json(self) -> dict[str, Any]:
        """All of it as data."""
        source = self.article.source
        return {
            "source": {"id": source.id, "text": source.text, "sha256": source.sha256},
            "article": {name: getattr(self.article, name) for name in METADATA}
            | {"warnings": list(self.article.warnings)},
            "items": [_of_item(item) for item in self.items],
            "author": self.author, "begun": self.begun, "ends": self.ends, "changed": self.changed,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Work":
        """What :meth:`as_json` made."""
        known = dict(data["article"])
        article = Article(SourceText(**data["source"]), **known | {"warnings": tuple(known["warnings"])})
        items = tuple(_item(each) for each in data["items"])
        return cls(article, items, data["author"], data["begun"], data["ends"], data["changed"])


@dataclass(frozen=True)
class Begun:
    """What a list of work in progress tells of one."""

    id: str
    title: str
    author: str
    decided: int
    proposals: int
    changed: str
    ends: str
    mine: bool = field(default=True)


class Shelf:
    """Where work in progress is kept. Safe for several processes: each file is replaced whole."""

    def __init__(self, folder: Path, days: int) -> None:
        self.folder: Final = folder
        self._days = days

    def of(self, owner: str) -> "Drawer":
        """One curator's work.

        :param owner: what nobody else has, such as a token's hash.
        """
        return Drawer(self, hashlib.sha256(owner.encode()).hexdigest()[:24])

    def last_day(self) -> str:
        """The last day of what is begun today."""
        return (_now() + datetime.timedelta(days=self._days)).date().isoformat()

    def purge(self, today: datetime.date | None = None) -> int:
        """Delete what is past its last day, and half-written files of processes that are gone; returns how many."""
        limit, gone = (today or _now().date()).isoformat(), 0
        for path in self.folder.glob("*/*.json*"):
            with contextlib.suppress(OSError):
                if path.suffix == ".json":
                    work = _read(path)
                    over = work is None or work.ends < limit
                else:
                    over = path.stat().st_mtime < _now().timestamp() - 3600
                if over:
                    path.unlink()
                    gone += 1
        return gone

    def elsewhere(self, work_id: str, besides: "Drawer") -> list[str]:
        """The names of other curators that have an article on their desks."""
        paths = self.folder.glob(f"*/{work_id}.json") if _ID.fullmatch(work_id) else ()
        found = [_read(path) for path in paths if path.parent != besides.folder]
        return sorted({work.author for work in found if work is not None})


class Drawer:
    """The work of one curator."""

    def __init__(self, shelf: Shelf, name: str) -> None:
        self.shelf: Final = shelf
        self.folder: Final = shelf.folder / name

    def all(self) -> list[Begun]:
        """What is in progress, the last changed first."""
        found = [work for path in self.folder.glob("*.json") if (work := _read(path)) is not None]
        return [_told(work) for work in sorted(found, key=lambda each: each.changed, reverse=True)]

    def has(self, work_id: str) -> bool:
        """Whether an article is in progress here."""
        return bool(_ID.fullmatch(work_id)) and self._path(work_id).is_file()

    def open(self, work_id: str) -> Work:
        """One of them.

        :raises NotFoundError: there is none, or its time is over.
        """
        work = _read(self._path(work_id)) if _ID.fullmatch(work_id) else None
        if work is None or work.ends < _now().date().isoformat():
            raise NotFoundError(f"{work_id} is not in progress here: it was published, dropped, or its time is over.")
        return work

    def save(self, work: Work) -> Work:
        """Keep it; returns it with the time.

        :raises WriteFailedError: the disk is full, or the folder is not ours to write.
        """
        work = replace(work, changed=_now().isoformat(timespec="seconds"))
        content = json.dumps(work.as_json(), ensure_ascii=False).encode()
        path = self._path(work.id)
        draft = path.with_suffix(f".json-{os.getpid()}-{os.urandom(4).hex()}")
        try:
            for folder in (self.shelf.folder, self.folder):
                folder.mkdir(mode=0o700, exist_ok=True, parents=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
            draft.replace(path)
        except OSError as exc:
            draft.unlink(missing_ok=True)
            raise WriteFailedError(f"{path} cannot be written: {exc}; what was decided is not kept yet") from exc
        return work

    def drop(self, work_id: str) -> None:
        """Forget it, text and all."""
        if _ID.fullmatch(work_id):
            self._path(work_id).unlink(missing_ok=True)

    def _path(self, work_id: str) -> Path:
        return self.folder / f"{work_id}.json"


def facts_of(text: str, length: int, most: int = 1000) -> Iterator[Fact]:
    """Facts as JSON lines, of a text of so many code points; a line that is none says so.

    :raises ValueError: with the number of the line.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > most:
        raise ValueError(f"{len(lines)} lines; at most {most} facts")
    for number, line in enumerate(lines, start=1):
        try:
            fact = Fact.from_json(json.loads(line))
        except (KeyError, TypeError, ValueError, RecursionError, AttributeError) as exc:
            raise ValueError(f"line {number}: {exc!r}") from exc
        if any(not 0 <= start < end <= length for start, end in fact.spans):
            raise ValueError(f"line {number}: a span lies outside the text")
        yield fact


def _told(work: Work) -> Begun:
    title = work.article.title or work.article.url or work.article.text.strip().partition("\n")[0][:80]
    decided = sum(bool(item.said) for item in work.items)
    return Begun(work.id, title, work.author, decided, len(work.items), work.changed, work.ends)


def _of_item(item: Item) -> dict[str, Any]:
    return {
        "key": item.key, "fact": item.fact.as_json(), "said": item.said, "reason": item.reason, "added": item.added,
        "edited": item.edited.as_json() if item.edited else None,
    }  # fmt: skip


def _item(data: Mapping[str, Any]) -> Item:
    edited = Fact.from_json(data["edited"]) if data["edited"] else None
    return Item(data["key"], Fact.from_json(data["fact"]), data["said"], edited, data["reason"], data["added"])


def _read(path: Path) -> Work | None:
    try:
        return Work.from_json(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        log.warning("passing over %s, which is no work in progress: %s", path, exc)
        return None


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
