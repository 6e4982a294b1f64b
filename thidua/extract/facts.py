"""Extracted facts: one relation each, with its passages, as JSON lines; docs/extraction.md has the contract."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

#: The fields of each kind, in the order they are written.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "scope": ("value",),
    "cluster": ("cluster", "units"),
    "member": ("cluster", "year", "province"),
    "event": ("cluster", "event", "date", "period", "place"),
    "role": ("cluster", "year", "role", "province", "official"),
    "handover": ("cluster", "year", "from", "to"),
    "agreement": ("cluster", "year"),
    "official": ("name", "post", "province", "id"),
    "award": (
        "award", "printed", "giver", "collectives", "individuals", "households", "total", "status", "year",
    ),
    "figure": ("indicator", "printed", "value", "unit", "comparator", "area", "period"),
    "document": ("number", "date", "issuer", "id"),
    "movement": ("printed", "id"),
    "ranking": ("cluster", "year", "province", "rank", "points"),
}  # fmt: skip

Span = tuple[int, int]


@dataclass(frozen=True)
class Fact:
    """What a text says, or lets be understood, in one relation."""

    kind: str
    values: Mapping[str, Any]
    """By the fields of its kind; a field that the text does not give is left out."""
    spans: tuple[Span, ...] = ()
    """The passages that bear it, in code points of the NFC text, in their order."""
    basis: Literal["stated", "implied"] = "stated"
    why: str = ""
    """Of an implied one, the concept of the code list ``basis`` that says how, such as ``basis-year-inferred``."""
    confidence: float = 0.9
    """How often what this rule says is right: 0 to 1."""
    rule: str = ""
    """The rule that found it, such as ``role.apposition``."""
    by: tuple[str, ...] = ("rules",)
    """The extractors that found it: ``rules``, ``llm``, ``tagger``."""
    warnings: tuple[str, ...] = field(default=())
    """What a curator should look at, in words."""

    def __post_init__(self) -> None:
        if unknown := set(self.values) - set(FIELDS[self.kind]):
            raise ValueError(f"a fact of kind {self.kind} has no {', '.join(sorted(unknown))}")

    def get(self, name: str) -> Any:
        """A value; None where the text does not give it."""
        return self.values.get(name)

    def as_json(self) -> dict[str, Any]:
        """The fact as the contract of ``--format facts`` has it."""
        record: dict[str, Any] = {"kind": self.kind}
        record |= {name: self.values.get(name) for name in FIELDS[self.kind]}
        record |= {"basis": self.basis, "confidence": round(self.confidence, 3), "rule": self.rule}
        record["spans"] = [list(span) for span in self.spans]
        if self.why:
            record["why"] = self.why
        if self.by != ("rules",):
            record["by"] = list(self.by)
        if self.warnings:
            record["warnings"] = list(self.warnings)
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Fact":
        """Read one back.

        :raises KeyError: of no kind.
        :raises ValueError: with fields that its kind does not have.
        """
        names = FIELDS[record["kind"]]
        known = {*names, "kind", "basis", "confidence", "rule", "spans", "why", "by", "warnings"}
        if unknown := set(record) - known:
            raise ValueError(f"a fact of kind {record['kind']} has no {', '.join(sorted(unknown))}")
        return cls(
            record["kind"],
            {name: record[name] for name in names if record.get(name) is not None},
            tuple((int(start), int(end)) for start, end in record.get("spans", ())),
            record.get("basis", "stated"),
            record.get("why", ""),
            float(record.get("confidence", 0.9)),
            record.get("rule", ""),
            tuple(record.get("by", ("rules",))),
            tuple(record.get("warnings", ())),
        )


def lines(facts: Iterable[Fact]) -> str:
    """JSON lines, one fact a line."""
    return "".join(json.dumps(fact.as_json(), ensure_ascii=False) + "\n" for fact in facts)
