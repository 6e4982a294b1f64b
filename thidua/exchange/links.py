"""Link sets to other registries: what the files hold, whether the other end still holds, taking proposals in.

Each registry has one file in ``data/links/`` and one link set. Checking asks the registry's own endpoint; it changes no
file, for what to make of a change is a curator's business.
"""

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from thidua.base.errors import InputError
from thidua.base.files import ProjectFiles
from thidua.base.paths import path_of
from thidua.base.terms import ID, PREFIXES, TD, shorten
from thidua.base.text import fold, proper_key
from thidua.exchange.endpoint import Remote
from thidua.rdf.cells import Cell
from thidua.rdf.derivation import rebuild_union
from thidua.rdf.ntriples import iri_term, literal_term
from thidua.rdf.quads import QuadStore

Progress = Callable[[str], None]

HEADER: Final = "".join(
    f"PREFIX {name}: <{PREFIXES[name]}>\n"
    for name in ("td", "c", "skos", "org", "owl", "rdfs", "void", "schema", "dct", "eli", "foaf")
)
_LINKS: Final = """SELECT ?link ?subject ?predicate ?target ?set ?kind ?confidence ?method ?seen {
  ?link td:linkSubject ?subject ; td:linkPredicate ?predicate ; td:inLinkSet ?set ; a ?kind .
  OPTIONAL { ?link td:linkTarget ?target }
  OPTIONAL { ?link td:matchConfidence ?confidence } OPTIONAL { ?link td:matchMethod ?method }
  OPTIONAL { ?link td:seenOn ?seen }
} ORDER BY ?link"""
_DETAILS: Final = """SELECT ?link ?property ?value { ?link td:linkSubject ?subject .
  VALUES ?property { dct:description dct:source } ?link ?property ?value } ORDER BY ?link ?property ?value"""
_NAMES: Final = """SELECT DISTINCT ?thing ?name { ?thing skos:prefLabel|skos:altLabel ?name }"""
_ENDPOINTS: Final = (
    "SELECT ?set ?endpoint { ?set void:objectsTarget ?registry OPTIONAL { ?registry void:sparqlEndpoint ?endpoint } }"
)


@dataclass(frozen=True)
class Link:
    """The record of one link."""

    iri: str
    subject: str
    predicate: str
    target: str
    """The address of the entry; empty for a sign, which has none."""
    registry: str
    kind: str
    confidence: str = ""
    method: str = ""
    seen: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    """What speaks for it, in words, by language."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """What the registry says of a link's target."""

    link: Link
    label: str
    """Our name for the subject."""
    status: str
    """``ok``, ``merged``, ``vanished`` or ``renamed``."""
    found: str = ""
    """Where it was merged into, or what it is called there."""

    @property
    def advice(self) -> str:
        """What a curator does about it."""
        match self.status:
            case "merged":
                return (
                    f"if it is still the same thing, put {self.found} for the target, in the triple and in its record"
                )
            case "vanished":
                return "look for the entry that took its place; if there is none, remove the triple and its record"
            case "renamed":
                return (
                    "see whether it is still the same thing; if so add the name as skos:altLabel, else remove the link"
                )
            case _:
                return ""


def iri_of(registry: str, subject: str) -> str:
    """The IRI of a link's record: ``link/{registry}_{kind}_{key}``."""
    return f"{ID}link/{registry}_{(path_of(subject) or '').replace('/', '_')}"


def kind_of(subject: str) -> str:
    """Which of our kinds a thing is, as its IRI has it: ``person``, ``body``, ``concept``."""
    return (path_of(subject) or "").partition("/")[0]


def read(files: ProjectFiles) -> QuadStore:
    """The code lists, the registries and the links as the files have them, neither completed nor checked.

    :raises DataError: a file does not parse.
    """
    store = QuadStore.memory()
    for file in (*files.vocabulary, *files.registry, *files.overlays):
        store.load_turtle(file.path, file.graph, files.relative(file.path))
    rebuild_union(store)
    return store


def links(store: QuadStore) -> list[Link]:
    """The links of a store, by their IRIs."""
    evidence: dict[str, tuple[tuple[str, str], ...]] = {}
    sources: dict[str, tuple[str, ...]] = {}
    for row in store.select(HEADER + _DETAILS):
        link, value = row["link"], row["value"]
        assert link and value
        if value.kind == "iri":
            sources[link.value] = (*sources.get(link.value, ()), value.value)
        else:
            evidence[link.value] = (*evidence.get(link.value, ()), (value.language or "", value.value))
    found = {}
    for row in store.select(HEADER + _LINKS):
        cells = {name: cell.value if (cell := row[name]) else "" for name in row}
        cells["registry"] = cells.pop("set").rpartition("/")[2]
        iri = cells.pop("link")
        # A proposal is a link as well; its narrower class is the one to keep.
        if iri not in found or cells["kind"] == TD + "LinkProposal":
            found[iri] = Link(iri, **cells, evidence=evidence.get(iri, ()), sources=sources.get(iri, ()))
    return list(found.values())


def endpoint_of(store: QuadStore, registry: str) -> str:
    """The endpoint that a registry's link set names.

    :raises InputError: there is no such registry, or it names none.
    """
    known = {_local(row["set"]): row["endpoint"] for row in store.select(HEADER + _ENDPOINTS)}
    if registry not in known:
        raise InputError(f"No link set leads to {registry!r}; there are: {', '.join(sorted(known))}")
    if (endpoint := known[registry]) is None:
        raise InputError(f"{registry} names no SPARQL endpoint; give one with --endpoint")
    return endpoint.value


def names_of(store: QuadStore) -> dict[str, list[Cell]]:
    """Each thing's names, in every language."""
    names: dict[str, list[Cell]] = {}
    for row in store.select(HEADER + _NAMES):
        if (thing := row["thing"]) and (name := row["name"]):
            names.setdefault(thing.value, []).append(name)
    return names


def check(
    store: QuadStore, registry: str, remote: Remote, *, kind: str = "", batch: int = 50,
    progress: Progress = lambda step: None,
) -> list[Checked]:  # fmt: skip
    """Ask a registry for the targets of our links to it, in the order of the links.

    A target *merged* when the registry leads on from it by ``owl:sameAs`` and gives it no name, as Wikidata does;
    *vanished* when the registry says nothing of it; *renamed* when none of its names in Vietnamese or English folds
    to one of ours.

    :param kind: the links of these things alone; of all if left out.
    :raises RemoteError: the registry does not answer; then nothing is known of any link.
    """
    wanted = [
        link
        for link in links(store)
        if link.registry == registry and link.target and (not kind or kind_of(link.subject) == kind)
    ]
    targets = sorted({link.target for link in wanted})
    told: dict[str, tuple[str, list[str]]] = {}
    for number, some in enumerate(batches(targets, batch)):
        progress(f"asking {remote.endpoint}: {number * batch + len(some)} of {len(targets)}")
        told |= _told(remote, some)
    names = names_of(store)
    return [_compared(link, names.get(link.subject, []), told.get(link.target)) for link in wanted]


def _told(remote: Remote, targets: Sequence[str]) -> dict[str, tuple[str, list[str]]]:
    """Of each target that the registry knows: where it leads on, and its names."""
    rows = remote.select(
        f"""{HEADER}SELECT DISTINCT ?target ?property ?value {{
          VALUES ?target {{ {" ".join(map(iri_term, targets))} }}
          FILTER EXISTS {{ ?target ?any ?thing }}
          OPTIONAL {{
            VALUES ?property {{ owl:sameAs rdfs:label skos:prefLabel skos:altLabel schema:name foaf:name }}
            ?target ?property ?value
            FILTER(isIRI(?value) || LANG(?value) IN ("vi", "en", ""))
          }} }}"""
    )
    told: dict[str, tuple[str, list[str]]] = {}
    for row in rows:
        onward, names = told.get(row["target"].value, ("", []))
        if value := row.get("value"):
            if value.kind == "iri":
                onward = value.value
            elif row["property"].value.endswith(("altLabel", "/name")):
                names.append(value.value)
            else:
                names.insert(0, value.value)
        told[row["target"].value] = onward, names
    return told


def _compared(link: Link, ours: Iterable[Cell], told: tuple[str, list[str]] | None) -> Checked:
    ours = list(ours)
    label = next((name.value for name in ours if name.language == "vi"), shorten(link.subject))
    if told is None:
        return Checked(link, label, "vanished")
    onward, theirs = told
    if onward and not theirs:
        return Checked(link, label, "merged", onward)
    if keys(name.value for name in ours) & keys(theirs):
        return Checked(link, label, "ok")
    return Checked(link, label, "renamed", theirs[0] if theirs else "(no name in Vietnamese or English)")


def batches(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The items, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def keys(names: Iterable[str]) -> set[str]:
    """What names fold to, with and without their generic words."""
    return {key for name in names for key in (fold(name), proper_key(name)) if key}


def accept(
    files: ProjectFiles, proposals: Path, day: datetime.date, only: Sequence[str] = ()
) -> list[tuple[Link, str]]:
    """Take proposals into ``data/links/``: all of a file, or those whose link or subject is named.

    Each becomes a triple and its record, with its sources, checked on the day given. All of them, or none.

    :return: each link, and the file it went into.
    :raises InputError: there is nothing to take, or one of them cannot be.
    """
    mine = QuadStore.memory()
    mine.load_turtle(proposals, "urn:proposals", str(proposals))
    rebuild_union(mine)
    chosen = [
        # Several proposals for one thing are numbered; the one that is taken is not.
        replace(link, iri=iri_of(link.registry, link.subject))
        for link in links(mine)
        if link.kind == TD + "LinkProposal"
        and (not only or {shorten(link.iri), shorten(link.subject), link.iri, link.subject} & set(only))
    ]
    if not chosen:
        raise InputError(
            f"{proposals} has no proposal{' of that name' if only else ''}; `thidua link propose` writes them"
        )
    there = links(read(files))
    texts: dict[Path, str] = {}
    for link in chosen:
        _refuse(link, there)
        path = files.root / "data/links" / f"{link.registry}.ttl"
        if not path.is_file():
            raise InputError(
                f"{shorten(link.iri)}: there is no {files.relative(path)}; begin one like data/links/wikidata.ttl"
            )
        there.append(link)
        texts[path] = _appended(texts.get(path) or path.read_text(encoding="utf-8-sig"), link, day)
    for path, text in texts.items():
        draft = path.with_suffix(".tmp")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    return [(link, f"data/links/{link.registry}.ttl") for link in chosen]


def _refuse(link: Link, there: Iterable[Link]) -> None:
    if not link.target:
        raise InputError(f"{shorten(link.iri)} has no address yet; write that of the entry as td:linkTarget")
    if not (link.confidence and link.method):
        raise InputError(f"{shorten(link.iri)} lacks td:matchConfidence or td:matchMethod; write both")
    for other in there:
        if other.subject == link.subject and other.registry == link.registry:
            raise InputError(f"{shorten(link.subject)} is linked to {other.target} already; keep one of the two")
        if other.target == link.target and _as_if_one(link, other):
            raise InputError(
                f"{link.target} is linked to {shorten(other.subject)} already: two things cannot be skos:exactMatch "
                f"of one entry. Use skos:closeMatch for both, or take {shorten(link.subject)} out of the file."
            )


def _as_if_one(one: Link, other: Link) -> bool:
    """Whether two links to one entry make two things one: an office may match exactly beside the body of its name."""
    exact = {kind_of(link.subject) for link in (one, other) if link.predicate == PREFIXES["skos"] + "exactMatch"}
    return bool(exact) and not (exact == {"post"} and "body" in {kind_of(one.subject), kind_of(other.subject)})


def _appended(text: str, link: Link, day: datetime.date) -> str:
    block = "\n" + "\n".join(record(link, "td:Link", checked=day))
    block = f"\n{shorten(link.subject)}\n    {shorten(link.predicate)} {iri_term(link.target)} .\n{block}"
    used = set(re.findall(r"(?<![\w:/<])([a-z]+):", block)) - {"http", "https"}
    missing = [name for name in sorted(used & PREFIXES.keys()) if f"@prefix {name}: " not in text]
    end = text.rindex("@prefix ")
    end = text.index("\n", end) + 1
    return text[:end] + "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in missing) + text[end:] + block


def record(link: Link, kind: str, *, checked: datetime.date | None = None) -> Iterator[str]:
    """A link's record in Turtle, line by line, the last one empty."""
    yield shorten(link.iri)
    yield f"    a {kind} ;"
    yield f"    td:linkSubject {shorten(link.subject)} ;"
    yield f"    td:linkPredicate {shorten(link.predicate)} ;"
    yield f"    td:linkTarget {iri_term(link.target)} ;"
    yield f"    td:matchMethod {shorten(link.method)} ;"
    # Two places, for 1 would be an integer.
    yield f"    td:matchConfidence {float(link.confidence):.2f} ;"
    if checked:
        yield f'    td:checkedOn "{checked.isoformat()}"^^xsd:date ;'
    if link.seen:
        yield f'    td:seenOn "{link.seen}"^^xsd:date ;'
    if link.evidence:
        # Vietnamese first, as everywhere.
        texts = [
            literal_term(text) + (f"@{language}" if language else "")
            for language, text in sorted(link.evidence, reverse=True)
        ]
        yield f"    dct:description {', '.join(texts)} ;"
    if link.sources:
        yield f"    dct:source {', '.join(map(shorten, link.sources))} ;"
    yield f"    td:inLinkSet linkset:{link.registry} ."
    yield ""


def _local(cell: Cell | None) -> str:
    return cell.value.rpartition("/")[2] if cell else ""
