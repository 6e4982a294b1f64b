"""Accepting of proposals into a project's files: source, registry entries, what is left out, decisions.

Beside a checkout this is what the desk does beside a store. Everything is written, or nothing.
"""

import csv
import datetime
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import InputError
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, PREFIXES
from thidua.checks.left_out import LeftOut as Row
from thidua.checks.left_out import left_out as rows_of
from thidua.extract.article import Article
from thidua.extract.decisions import FOLDER, Decision, Decisions, Word
from thidua.extract.describing import RULES
from thidua.extract.facts import Fact
from thidua.extract.proposals import Proposal, id_of, release
from thidua.extract.records import Records, turtle
from thidua.extract.registry import Registry
from thidua.rdf.quads import QuadStore
from thidua.write.source_text import known_in_files

#: Records of the source itself and of its reading, which change whenever it is read again.
_DESCRIBED: Final = (f"<{PREFIXES['src']}", f"<{PREFIXES['run']}")


@dataclass(frozen=True)
class Accepted:
    """What was written."""

    records: Records
    paths: tuple[str, ...]
    """The files that are other than before, as messages name them."""
    facts: int
    """How many facts the source's file now bears."""


def folder_of(files: ProjectFiles) -> Path:
    """Where a project keeps what curators decided."""
    return files.root / "data" / FOLDER


def decided(
    proposals: Iterable[Proposal], words: Mapping[str, Word], curator: str, *, reason: str = "",
    edited: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Decision]:  # fmt: skip
    """Decisions on proposals, by their ids.

    :param edited: of those that are accepted with other values: which.
    :raises InputError: an id is that of no proposal, or a value is no field of its kind.
    """
    known = {proposal.id: proposal for proposal in proposals}
    found = []
    for name, word in words.items():
        if name not in known:
            near = [each for each in known if each.startswith(name)]
            if len(near) != 1:
                raise InputError(f"{name} is the id of no proposal on this article; `thidua extract FILE` lists them")
            name = near[0]
        fact = known[name].fact
        after = None
        if changes := (edited or {}).get(name):
            after = _changed(fact, changes, name).as_json()
        found.append(
            Decision(
                name, "edit" if after and word == "accept" else word, curator, fact.rule, reason, fact.as_json(), after,
                release(),
            )
        )  # fmt: skip
    return found


def _changed(fact: Fact, changes: Mapping[str, Any], name: str) -> Fact:
    try:
        return replace(fact, values={**fact.values, **changes})
    except ValueError as exc:
        raise InputError(f"{name}: {exc}") from exc


def facts_of(decisions: Iterable[Decision]) -> list[Fact]:
    """The facts that decisions accept, as they were accepted."""
    found = []
    for decision in decisions:
        if (said := decision.fact) is not None:
            try:
                found.append(Fact.from_json(said))
            except (KeyError, ValueError) as exc:
                raise InputError(f"The decision on {decision.proposal} holds no fact: {exc}; mend its line") from exc
    return sorted(found, key=lambda fact: fact.spans[:1])


def open_of(proposals: Iterable[Proposal], latest: Mapping[str, Decision]) -> list[Proposal]:
    """The proposals that are not settled yet: also not as what another one was changed to."""
    settled = {name for name, decision in latest.items() if decision.settled}
    for decision in latest.values():
        if decision.decision in ("edit", "add") and decision.fact is not None:
            settled |= {id_of(proposal.source, Fact.from_json(decision.fact)) for proposal in proposals}
    return [proposal for proposal in proposals if proposal.id not in settled]


def accept(
    files: ProjectFiles, article: Article, new: Sequence[Decision], registry: Registry, *, overwrite: bool = False,
    day: datetime.date | None = None,
) -> Accepted:  # fmt: skip
    """Write what was accepted of an article, now and before, into the project's files, and note the decisions.

    :param new: decisions that were not noted yet.
    :param overwrite: withdraw what the source's file says and the accepted facts do not.
    :raises InputError: the article is another source already, or its file would lose what it says.
    """
    source = article.source.id
    decisions = Decisions(folder_of(files))
    latest = decisions.latest(source) | {decision.proposal: decision for decision in new}
    facts = facts_of(latest.values())
    if not any(fact.kind != "scope" for fact in facts):
        decisions.append(source, new)
        nothing = Records(source, "", {}, ())
        return Accepted(nothing, (files.relative(decisions.path(source)),) if new else (), 0)
    there = known_in_files(files, address=article.url, sha256=article.source.sha256)
    if there and there.id != source:
        raise InputError(
            f"{there.told()} One article is one source: name the file <…>_{there.id}.txt, so that it is that one"
        )
    path = files.root / "data/sources" / f"{source}.ttl"
    article = _known_before(files, path, article)
    readers = [each.curator for each in latest.values() if each.fact is not None]
    records = turtle(article, facts, registry, curator=[*dict.fromkeys(readers)], day=day)
    texts: dict[Path, str] = {}
    if path.is_file():
        _refuse_loss(files, path, records.turtle, overwrite=overwrite)
    for file, text in records.registry.items():
        at = files.root / "data/registry" / f"{file}.ttl"
        texts[at] = _added(at.read_text(encoding="utf-8-sig"), text)
    texts[path] = records.turtle
    if rows := _new_rows(files, records, article.url or f"src:{source}"):
        texts[files.left_out] = _with_rows(files.left_out, rows)
    drafts = []
    for at, text in texts.items():
        draft = at.with_suffix(".tmp")
        draft.write_text(text, encoding="utf-8")
        drafts.append((draft, at))
    decisions.append(source, new)
    for draft, at in drafts:
        draft.replace(at)
    changed = [*texts, *([decisions.path(source)] if new else [])]
    return Accepted(records, tuple(files.relative(at) for at in changed), len(facts))


def _known_before(files: ProjectFiles, path: Path, article: Article) -> Article:
    """An article with what its file says of it, where that is not said anew."""
    if not path.is_file():
        return article
    store = QuadStore.memory()
    store.load_turtle(path, f"{GRAPH}{path.stem}", files.relative(path))
    schema = PREFIXES["schema"]
    rows = store.select(
        f"SELECT ?by ?value {{ GRAPH ?graph {{ <{PREFIXES['src']}{path.stem}> ?by ?value }} }} ORDER BY ?by ?value"
    )
    before = {by.value: value.value for row in rows if (by := row["by"]) and (value := row["value"])}
    fields = {"url": "url", "name": "title", "publisher": "publisher", "datePublished": "published", "author": "author"}
    known = {name: before[schema + by] for by, name in fields.items() if schema + by in before}
    return article.with_(**{name: value for name, value in known.items() if not getattr(article, name)})


def _refuse_loss(files: ProjectFiles, path: Path, text: str, *, overwrite: bool) -> None:
    """Stop where somebody wrote the file by hand, or has added to it since."""
    shown = files.relative(path)
    graph = f"{GRAPH}{path.stem}"
    old, new = QuadStore.memory(), QuadStore.memory()
    old.load_turtle(path, graph, shown)
    new.load(text.encode(), "text/turtle", graph, None, shown)
    lost = {line for line in old.lines(graph) - new.lines(graph) if not line.startswith(_DESCRIBED)}
    ours = RULES in path.read_text(encoding="utf-8-sig")
    if lost and not overwrite:
        why = "" if ours else " It was not written by this command."
        raise InputError(
            f"{shown} says {len(lost)} things that the accepted facts do not, and nothing was written.{why} "
            "Add to the file by hand what `thidua extract FILE --format turtle` shows, or withdraw them with --replace"
        )


def _added(text: str, more: str) -> str:
    """A registry's file with entries at its end, and the prefixes that they need at its beginning."""
    declared = re.findall(r"^@prefix [^\n]*\n", more, re.MULTILINE)
    body = re.sub(r"^@prefix [^\n]*\n", "", more, flags=re.MULTILINE).strip()
    missing = [line for line in declared if " ".join(line.split()[:2]) + " " not in text]
    end = text.index("\n", text.rindex("@prefix ")) + 1
    return text[:end] + "".join(missing) + text[end:].rstrip() + f"\n\n{body}\n"


def _new_rows(files: ProjectFiles, records: Records, address: str) -> list[tuple[str, ...]]:
    """What no record says, as far as the table of what is left out does not have it."""
    there = {
        tuple(getattr(row, field.name) for field in fields(Row)) for row in rows_of(files.left_out, "left-out.csv")
    }
    return [row for row in dict.fromkeys(left.row(address) for left in records.left_out) if row not in there]


def _with_rows(path: Path, rows: Iterable[tuple[str, ...]]) -> str:
    text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if not text:
        writer.writerow([field.name for field in fields(Row)])
    writer.writerows(rows)
    return text + ("" if text.endswith("\n") or not text else "\n") + out.getvalue()
