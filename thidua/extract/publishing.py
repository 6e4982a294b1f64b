"""Publishing of what a curator accepted: one write for the source and for the registry, and the decisions."""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Final

from thidua.base.terms import GRAPH, ID
from thidua.extract.decisions import Decision, Word
from thidua.extract.facts import Fact
from thidua.extract.proposals import id_of
from thidua.extract.records import Records
from thidua.extract.work import Item, Work
from thidua.rdf.cells import Select
from thidua.write.request import Payload, Write
from thidua.write.source_text import Known

_TRIG: Final = "application/trig"
_PREFIX: Final = re.compile(r"^@prefix [^\n]*\n", re.MULTILINE)
_HASH: Final = re.compile(r'td:contentHash "[0-9a-f]{64}"')
#: What a curator said at the desk, as decisions have it.
_WORDS: Final[Mapping[str, Word]] = {"accept": "accept", "reject": "reject", "unsure": "unsure"}


def accepted(work: Work, without: Container[str] = ()) -> list[Fact]:
    """The facts that are to be published: of a text about clusters of provinces, those that were accepted.

    :param without: keys of items that the graph has from this very source, or that others have decided.
    """
    if not is_national(work):
        return []
    return [
        item.now
        for item in work.items
        if item.said == "accept" and item.fact.kind != "scope" and item.key not in without
    ]


def is_national(work: Work) -> bool:
    """Whether the curator has said that the text is about clusters of provinces; nothing else is of this graph."""
    scope = work.scope
    return scope is not None and scope.said == "accept" and scope.now.get("value") == "national"


def write_of(
    records: Records, there: Known | None = None, length: int = 0, resting: Iterable[tuple[str, str]] = ()
) -> Write:
    """One write that adds the source's records, and what the registry lacks; it takes nothing away.

    A source that was known by its address alone gets its text: its records rest on the whole of it from then on, until
    somebody names their passages; see :func:`thidua.write.source_text.with_text`.

    :param there: what is known of the source; it is not described, nor read, a second time.
    :param length: code points of the text.
    :param resting: subject and property of what rests on the article as a whole; see :func:`resting`.
    """
    turtle = records.turtle if there is None else _undescribed(records, there)
    graphs = {GRAPH + name: text for name, text in {records.source: turtle, **records.registry}.items() if text.strip()}
    if there is not None and not there.sha256:
        return Write("update", text=_with_text(graphs, records.source, length, resting))
    trig = "".join(_prefixes(text) + _block(f"<{name}>", text) for name, text in graphs.items())
    return Write("post", None, (Payload(trig.encode(), _TRIG, None, "Turtle"),))


def decisions_of(work: Work, curator: str, without: Container[str] = ()) -> list[Decision]:
    """What was decided, of each proposal that something was said of.

    :param without: keys of items that others have decided meanwhile: theirs stands.
    """
    return [_decision(item, work, curator) for item in work.items if item.said and item.key not in without]


def _decision(item: Item, work: Work, curator: str) -> Decision:
    word, edited = _WORDS[item.said], None
    if word == "accept" and item.edited is not None:
        word, edited = "edit", item.edited.as_json()
    made = Decision(
        item.key, word, curator, item.fact.rule, item.reason, item.fact.as_json(), edited, version("thidua")
    )
    if not item.added:
        return made
    proposal, found = id_of(work.id, item.now), item.now.as_json()
    if item.said == "accept":
        return replace(made, proposal=proposal, decision="add", before=None, after=found)
    return replace(made, proposal=proposal, before=found)


def _undescribed(records: Records, there: Known) -> str:
    """The file without what is said of the source itself; of one that had no text, with the hash of its text."""
    own = (f"src:{records.source}\n", f"run:{records.source}\n")
    blocks = [block for block in records.turtle.split("\n\n") if not block.startswith(own)]
    hashed = _HASH.search(records.turtle)
    if hashed and not there.sha256:
        blocks.append(f"src:{records.source}\n    {hashed[0]} .\n")
    return "\n\n".join(blocks)


def resting(select: Select, source: str) -> list[tuple[str, str]]:
    """What of a source's graph rests on the article as a whole: subject and property."""
    rows = select(f"SELECT ?s ?p {{ GRAPH <{GRAPH}{source}> {{ ?s ?p <{ID}ev/{source}> }} }} ORDER BY ?s ?p")
    return [(s.value, p.value) for s, p in ((row["s"], row["p"]) for row in rows) if s and p]


def _with_text(graphs: Mapping[str, str], source: str, length: int, resting: Iterable[tuple[str, str]]) -> str:
    """The same as an update, which also lets what rests on the article rest on the span of its text."""
    prefixes = dict.fromkeys(line for text in graphs.values() for line in _prefixes(text).splitlines())
    declared = "".join(f"PREFIX {line.removeprefix('@prefix ').rstrip(' .')}\n" for line in prefixes)
    given = "".join(_block(f"GRAPH <{name}>", text) for name, text in graphs.items())
    at = list(resting)
    before = "".join(f"<{s}> <{p}> <{ID}ev/{source}> .\n" for s, p in at)
    after = "".join(f"<{s}> <{p}> <{ID}ev/{source}_0-{length}> .\n" for s, p in at)
    graph = f"GRAPH <{GRAPH}{source}>"
    return (
        f"{declared}DELETE DATA {{ {graph} {{\n{before}}} }} ;\n"
        f"INSERT DATA {{ {graph} {{\n{after}}} }} ;\nINSERT DATA {{\n{given}}}\n"
    )


def _prefixes(turtle: str) -> str:
    return "".join(_PREFIX.findall(turtle))


def _block(name: str, turtle: str) -> str:
    """Turtle as the graph of a dataset."""
    return f"{name} {{\n{_PREFIX.sub('', turtle)}}}\n"
