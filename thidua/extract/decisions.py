"""Curators' decisions on proposals: append-only, JSON lines, one file a source; a later line on a proposal counts.

``decisions/<source>.jsonl`` lies in the folder of a store, and in a project's files as ``data/decisions/``. Training
set, audit and memory are this one record; nothing in it is ever rewritten. It holds facts and positions, no passage.
"""

import datetime
import fcntl
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal, get_args

from thidua.base.errors import InputError, WriteFailedError

log = logging.getLogger(__name__)

Word = Literal["accept", "edit", "reject", "unsure", "skip", "add", "undo"]
WORDS: Final[tuple[Word, ...]] = get_args(Word)
#: After these a proposal is settled, and does not come back: ``unsure`` and ``skip`` leave it to the next curator.
SETTLED: Final = ("accept", "edit", "reject", "add")
#: The name of the folder, in a store and under ``data/``.
FOLDER: Final = "decisions"
_SOURCE: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SUFFIX: Final = ".jsonl"
_LONGEST: Final = 2000


@dataclass(frozen=True)
class Decision:
    """What a curator said of one proposal."""

    proposal: str
    """The id of the proposal: :func:`thidua.extract.proposals.id_of`."""
    decision: Word
    curator: str
    rule: str = ""
    """The rule that proposed it; empty for what a curator added."""
    reason: str = ""
    before: Mapping[str, Any] | None = None
    """The fact as it was proposed: :meth:`thidua.extract.facts.Fact.as_json`."""
    after: Mapping[str, Any] | None = None
    """The fact as it was accepted, where a curator changed or added it."""
    version: str = ""
    """The release whose rules proposed it."""
    time: str = ""
    """In UTC, with seconds; of now where it is left out."""

    def __post_init__(self) -> None:
        if self.decision not in WORDS:
            raise InputError(f"{self.decision!r} is no decision; it is one of: {', '.join(WORDS)}")
        if not self.proposal or not self.curator.strip():
            raise InputError("A decision names its proposal and its curator; give both")
        if len(self.reason) > _LONGEST:
            raise InputError(f"A reason has at most {_LONGEST:,} characters; tell it in fewer words")
        if not self.time:
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            object.__setattr__(self, "time", now)

    @property
    def settled(self) -> bool:
        """Whether the proposal need not be asked again."""
        return self.decision in SETTLED

    @property
    def fact(self) -> Mapping[str, Any] | None:
        """What was accepted, as JSON; None where nothing was."""
        if self.decision not in ("accept", "edit", "add"):
            return None
        return self.before if self.after is None else self.after

    def as_json(self) -> dict[str, Any]:
        """The line, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


_FIELDS: Final = {field.name for field in fields(Decision)}


class Decisions:
    """The decisions in one folder. Safe for several processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder

    def path(self, source: str) -> Path:
        """Where a source's decisions are, or would be.

        :raises InputError: that is no id of a source.
        """
        if not _SOURCE.fullmatch(source):
            raise InputError(f"{source!r} is no id of a source, such as 18d8c37f4f6536d1")
        return self.folder / (source + _SUFFIX)

    def sources(self) -> list[str]:
        """The sources that something was decided of, in order."""
        return sorted(
            path.name.removesuffix(_SUFFIX)
            for path in self.folder.glob("*" + _SUFFIX)
            if _SOURCE.fullmatch(path.name.removesuffix(_SUFFIX))
        )

    def read(self, source: str) -> list[Decision]:
        """All decisions of a source, oldest first; none where nothing was decided."""
        try:
            content = self.path(source).read_bytes()
        except FileNotFoundError:
            return []
        return list(_read(content, self.path(source)))

    def latest(self, source: str) -> dict[str, Decision]:
        """The decision that counts of each proposal, in the order of the first ones; what was undone is not there."""
        found = {decision.proposal: decision for decision in self.read(source)}
        return {proposal: decision for proposal, decision in found.items() if decision.decision != "undo"}

    def all(self) -> Iterator[tuple[str, Decision]]:
        """Every decision that counts, with its source."""
        for source in self.sources():
            for decision in self.latest(source).values():
                yield source, decision

    def append(self, source: str, decisions: Iterable[Decision]) -> None:
        """Add decisions: all of them, or none. They are on the disk when this returns.

        A process that is killed in the middle leaves at most half a line, which nobody reads.

        :raises InputError: that is no id of a source.
        :raises WriteFailedError: the disk is full, or the folder is not ours to write.
        """
        path = self.path(source)
        lines = b"".join(_line(decision) for decision in decisions)
        if not lines:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            append_lines(path, lines)
        except OSError as exc:
            raise WriteFailedError(
                f"{path} cannot be written: {exc}. Nothing was decided; make room, and try again"
            ) from exc


def append_lines(path: Path, lines: bytes) -> None:
    """Add whole lines to a file that others add to as well, and wait until they are on the disk."""
    new = not path.exists()
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        torn = False
        if size:
            file.seek(size - 1)
            torn = file.read(1) != b"\n"
        try:
            file.write((b"\n" if torn else b"") + lines)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise
    if new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _line(decision: Decision) -> bytes:
    return (json.dumps(decision.as_json(), ensure_ascii=False, sort_keys=True) + "\n").encode()


def _read(content: bytes, path: Path) -> Iterator[Decision]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            yield Decision(**{name: value for name, value in record.items() if name in _FIELDS})
        except (ValueError, TypeError, AttributeError, InputError) as exc:
            log.warning("passing over %s:%d, which is no decision: %s", path, number, exc)
