"""Write requests and their results: plain data that crosses from process to process as JSON and bytes."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

from thidua.base.errors import Finding
from thidua.versions.store import Version


@dataclass(frozen=True)
class Payload:
    """RDF to be read into a graph; blank nodes in it become new ones."""

    data: bytes
    media_type: str
    base: str | None = None
    shown_as: str = "body"


@dataclass(frozen=True)
class Write:
    """What is to be changed. ``graph`` None is the default graph, which only a plain store lets be written."""

    action: Literal["update", "put", "post", "delete"]
    graph: str | None = None
    payloads: tuple[Payload, ...] = ()
    text: str = ""
    """Of an update."""
    declared: bool = False
    """Whether an update may use the project's prefixes without declaring them."""
    base: str | None = None
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    keep: bool = False
    """Whether a ``put`` is refused if the graph would lose what was stated there; who deletes has said so."""


@dataclass(frozen=True)
class CommitInfo:
    """Commit metadata: who writes, why, and on top of which version."""

    author: str = ""
    message: str = ""
    expected: int | None = None
    """The version that the writer has seen; None for whichever is current."""


@dataclass(frozen=True)
class WriteResult:
    """The result of a write."""

    version: Version
    published: bool
    """False when it changed nothing."""
    created: bool
    """Whether the graph written to is new."""
    findings: list[Finding] = field(default_factory=list)
    """What is doubtful now and was not before."""


@dataclass(frozen=True)
class Preview:
    """What a write would do; it was carried out, and then thrown away."""

    parent: int
    """The version that it was tried on."""
    graph: str
    """The one graph that it writes to; empty for an update."""
    findings: list[Finding]
    """What is wrong, or doubtful and was not before; a ``Violation`` refuses the write."""
    added: int
    removed: int
    """Statements, those completed and inferred included, counted once for each graph."""
    words: dict[str, str]
    """What would be different, in words, by language."""
    turtle: str
    """The graph, completed; empty for an update."""
    there: dict[str, str] = field(default_factory=dict)
    """What the graph tells already, in words, by language; empty for a new one."""
    lost: int = 0
    """Statements that somebody made in the graph, and that the write would withdraw."""
    withdrawn: dict[str, str] = field(default_factory=dict)
    """Those statements in words, by language."""

    @property
    def refused(self) -> bool:
        """Whether the write would be refused."""
        return any(finding.severity == "Violation" for finding in self.findings)


def encode(write: Write, commit: CommitInfo) -> tuple[dict[str, Any], bytes]:
    """A write as a message: its head, and the text or the payloads one after the other."""
    head = dataclasses.asdict(dataclasses.replace(write, payloads=(), text=""))
    head["payloads"] = [
        {"size": len(each.data), "media_type": each.media_type, "base": each.base, "shown_as": each.shown_as}
        for each in write.payloads
    ]
    head["commit"] = dataclasses.asdict(commit)
    return head, write.text.encode() if write.action == "update" else b"".join(each.data for each in write.payloads)


def decode(head: dict[str, Any], body: bytes) -> tuple[Write, CommitInfo]:
    """What :func:`encode` made."""
    commit = CommitInfo(**head.pop("commit"))
    payloads, start = [], 0
    for each in head.pop("payloads"):
        size = each.pop("size")
        payloads.append(Payload(body[start : start + size], **each))
        start += size
    head["using"], head["using_named"] = tuple(head["using"]), tuple(head["using_named"])
    head["text"] = body.decode() if head["action"] == "update" else ""
    return Write(**head, payloads=tuple(payloads)), commit


def decode_result(reply: dict[str, Any]) -> WriteResult:
    """A result that came as JSON."""
    told = {"version": Version(**reply["version"]), "findings": [Finding(**each) for each in reply["findings"]]}
    return WriteResult(**reply | told)


def decode_preview(reply: dict[str, Any]) -> Preview:
    """A preview that came as JSON."""
    return Preview(**reply | {"findings": [Finding(**each) for each in reply["findings"]]})
