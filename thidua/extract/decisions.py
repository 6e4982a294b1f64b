"""Curators' decisions on proposals: append-only, JSON lines, one file a source; a later line on a proposal counts.

``decisions/<source>.jsonl`` lies in the folder of a store, and in a project's files as ``data/decisions/``. Training
set, audit and memory are this one record; nothing in it is ever rewritten. It holds facts and positions, no passage.
"""

import datetime
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal, get_args

from thidua.base import journals
from thidua.base.errors import InputError

log = logging.getLogger(__name__)

Word = Literal["accept", "edit", "reject", "unsure", "skip", "add", "undo"]
WORDS: Final[tuple[Word, ...]] = get_args(Word)
#: After these a proposal is settled, and does not come back: ``unsure`` and ``skip`` leave it to the next curator.
SETTLED: Final = ("accept", "edit", "reject", "add")
#: The name of the folder, in a store and under ``data/``.
FOLDER: Final = journals.DECISIONS
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

    def __init__(self, folder: Path, *also: Path) -> None:
        """See a folder, to which is added, and others that are read as well."""
        self.folder: Final = folder
        self._folders: Final = (folder, *also)

    def path(self, source: str) -> Path:
        """The file that decisions on a source are added to.

        :raises InputError: that is no id of a source.
        """
        return journals.path_of(self.folder, source)

    def sources(self) -> list[str]:
        """The sources that something was decided of, in order."""
        return sorted({name for folder in self._folders for name in journals.names(folder)})

    def read(self, source: str) -> list[Decision]:
        """All decisions of a source, oldest first, by their time; none where nothing was decided.

        :raises InputError: that is no id of a source.
        """
        found = {
            journals.line_of(record): record for folder in self._folders for record in journals.read(folder, source)
        }
        decisions = [decision for record in found.values() if (decision := _decision(record, source))]
        return sorted(decisions, key=lambda decision: decision.time)  # merged ones come after later ones

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
        journals.append(self.folder, source, (decision.as_json() for decision in decisions))


def _decision(record: Mapping[str, Any], source: str) -> Decision | None:
    try:
        return Decision(**{name: value for name, value in record.items() if name in _FIELDS})
    except (TypeError, AttributeError, InputError) as exc:
        log.warning("passing over a line of the decisions on %s, which is none: %s", source, exc)
        return None
