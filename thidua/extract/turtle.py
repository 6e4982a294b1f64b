"""Turtle in the authoring form: records with their evidence, in a fixed order, as a curator would write them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from thidua.extract.entries import prefixes
from thidua.extract.facts import Span

#: The longest line of a list.
_WIDTH: Final = 118


@dataclass
class Record:
    """What is said of one thing, and the passages that say so."""

    thing: str
    facts: dict[str, list[str]] = field(default_factory=dict)
    stated: list[Span] = field(default_factory=list)
    implied: list[Span] = field(default_factory=list)
    bases: set[str] = field(default_factory=set)
    """How it is implied, as concepts such as ``c:basis-year-inferred``."""
    noted: "Noted | None" = field(default=None, repr=False)
    """Where it is noted as well what is said of it from now on."""

    def say(self, by: str, *values: str) -> "Record":
        """Add values of a property; what is said already is not repeated."""
        said = self.facts.setdefault(by, [])
        said += [value for value in dict.fromkeys(values) if value not in said]
        if self.noted is not None and (beside := self.noted.beside(self.thing)):
            beside.say(by, *values)
        return self

    def rest_on(self, spans: Iterable[Span], basis: str = "") -> "Record":
        """Add passages: that state it outright, or with a basis that let it be understood."""
        spans = list(spans)
        passages = self.implied if basis else self.stated
        passages += [span for span in spans if span not in passages]
        self.bases |= {basis} - {""}
        if self.noted is not None and (beside := self.noted.beside(self.thing)):
            beside.rest_on(spans, basis)
        return self

    def lines(self, source: str) -> Iterator[str]:
        """The record in Turtle. What is stated somewhere rests on the passages that state it."""
        said = [f"{by} {_listed(values, len(by))}" for by, values in self.facts.items() if values]
        if self.stated:
            said.append(f"td:statedBy {_evidence(self.stated, source)}")
        elif self.implied:
            said.append(f"td:basis {', '.join(sorted(self.bases))}")
            said.append(f"td:impliedBy {_evidence(self.implied, source)}")
        yield self.thing
        yield "    " + " ;\n    ".join(said) + " ."
        yield ""


@dataclass
class Noted:
    """What is said while somebody notes it, thing by thing."""

    records: dict[str, Record] | None = None

    def beside(self, thing: str) -> Record | None:
        """The record of a thing among what is noted; None while nobody notes."""
        return None if self.records is None else self.records.setdefault(thing, Record(thing))


@dataclass
class Document:
    """The records of one source, in the order in which they came up."""

    source: str
    heading: str
    described: list[str] = field(default_factory=list)
    """Records of the source itself and of its reading, written out."""
    records: dict[str, Record] = field(default_factory=dict)
    _noted: Noted = field(default_factory=Noted)

    def record(self, thing: str) -> Record:
        """The record of a thing, begun if it is not there."""
        return self.records.setdefault(thing, Record(thing, noted=self._noted))

    @contextmanager
    def noted(self) -> Iterator[dict[str, Record]]:
        """Note what is said within the block: by thing, that and nothing before it."""
        records = self._noted.records = {}
        try:
            yield records
        finally:
            self._noted.records = None

    def text(self, order: tuple[str, ...] = ()) -> str:
        """The whole file; kinds of things in the order given, those not named in it at the end."""
        ranked = sorted(self.records.values(), key=lambda record: _rank(record.thing, order))
        body = "\n".join([*self.described, *(line for record in ranked for line in record.lines(self.source))])
        return "\n".join([f"# {self.heading}", *prefixes(body), "", body.rstrip(), ""])


def _rank(thing: str, order: tuple[str, ...]) -> int:
    kind = thing.partition(":")[0]
    return order.index(kind) if kind in order else len(order)


def _evidence(spans: Iterable[Span], source: str) -> str:
    return _listed([f"ev:{source}_{start}-{end}" for start, end in sorted(spans)], len("td:impliedBy"))


def _listed(values: list[str], indent: int) -> str:
    """Values with commas, in lines that are not too long."""
    lines, width = [""], indent + 5
    for number, value in enumerate(values):
        piece = value + ("," if number + 1 < len(values) else "")
        if lines[-1] and width + len(piece) + 3 > _WIDTH:
            lines.append("")
            width = 8
        lines[-1] += (" " if lines[-1] else "") + piece
        width += len(piece) + 1
    return "\n        ".join(lines)
