"""Record linkage: entries of another registry that may be resources of ours, with the evidence and a score.

The registry has Wikidata's shape: ``rdfs:label`` and ``skos:altLabel``, ``wdt:P31`` for the type, and the properties
for place, post and dates. Names are compared folded; everything else only adds to a name or speaks against it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from thidua.base.terms import ID, PREFIXES, TD
from thidua.base.text import fold
from thidua.exchange.endpoint import Remote
from thidua.exchange.links import HEADER, Link, Progress, batches, iri_of, keys, links, names_of, record
from thidua.names.labels import labelled
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import iri_term, literal_term
from thidua.rdf.quads import QuadStore

_WDT: Final = "http://www.wikidata.org/prop/direct/"
_TYPE, _PLACES, _POST = _WDT + "P31", (_WDT + "P131", _WDT + "P17"), _WDT + "P39"
_BORN, _DIED, _BEGUN, _ENDED = (_WDT + name for name in ("P569", "P570", "P571", "P576"))

#: What can be proposed: our class, and words of which the folded name of the entry's type has one.
KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "person": ("td:Person", ("human", "nguoi")),
    "body": (
        "td:PublicBody",
        ("organization", "organisation", "agency", "ministry", "committee", "council", "government", "co quan",
         "to chuc", "bo", "uy ban", "hoi dong", "chinh phu", "van phong"),
    ),
    "province": ("td:Province", ("province", "municipality", "city", "tinh", "thanh pho")),
    "cluster": ("td:EmulationCluster", ("cluster", "organization", "cum", "to chuc")),
}  # fmt: skip
#: How much each kind of evidence adds; a name alone is a proposal, what contradicts takes away more than a name gives.
SAME_NAME, SAME_FOLDED, TYPE, DATES, CLUE = 0.5, 0.4, 0.2, 0.15, 0.15
OTHER_TYPE, OTHER_DATES = -0.3, -0.6

_THINGS: Final = """SELECT ?thing ?start ?end ?seen ?clue {
  ?thing a %s .
  FILTER NOT EXISTS { ?link td:linkSubject ?thing ; td:inLinkSet <%s> }
  OPTIONAL { ?thing td:startDate ?start } OPTIONAL { ?thing td:endDate ?end }
  OPTIONAL { ?holding <http://www.w3.org/ns/org#member> ?thing ; td:post ?post .
    OPTIONAL { ?holding td:attestedOn ?seen } OPTIONAL { %s } }
}"""


@dataclass
class _Thing:
    iri: str
    names: list[Cell]
    start: str = ""
    end: str = ""
    seen: set[str] = field(default_factory=set)
    clues: set[str] = field(default_factory=set)
    """Folded names of posts and places."""


@dataclass
class _Entry:
    names: set[str] = field(default_factory=set)
    values: dict[str, list[Cell]] = field(default_factory=dict)
    """Property to its values, a thing being told by its name where it has one."""


def propose(
    store: QuadStore, kind: str, remote: Remote, *, registry: str = "wikidata", least: float = 0.4, batch: int = 20,
    progress: Progress = lambda step: None,
) -> list[Link]:  # fmt: skip
    """Entries that may be our things of a kind, for those that have no link yet; best first.

    :param store: the whole graph, with what the rules add.
    :param least: the score below which nothing is proposed.
    :raises RemoteError: the registry does not answer.
    """
    things = _things(store, kind, registry)
    candidates: dict[str, set[str]] = {}
    for number, some in enumerate(batches(list(things), batch)):
        progress(f"asking {remote.endpoint} for names: {number * batch + len(some)} of {len(things)}")
        found = _named(remote, [things[iri] for iri in some])
        for iri in some:
            own = keys(name.value for name in things[iri].names)
            candidates[iri] = {item for item, names in found.items() if keys(names) & own}
    entries: dict[str, _Entry] = {}
    items = sorted(set().union(*candidates.values()))
    for number, some in enumerate(batches(items, batch)):
        progress(f"asking {remote.endpoint} for evidence: {number * batch + len(some)} of {len(items)}")
        entries |= _described(remote, some)
    scored = [
        (iri, item, *_score(things[iri], entries[item], kind))
        for iri, found_items in candidates.items()
        for item in found_items
        if item in entries
    ]
    kept = [each for each in scored if each[2] >= least]
    taken = [link.target for link in links(store) if link.registry == registry] + [item for _, item, _, _ in kept]
    proposals = [
        Link(
            iri=iri_of(registry, iri),
            subject=iri,
            predicate=PREFIXES["skos"] + ("exactMatch" if taken.count(item) == 1 else "closeMatch"),
            target=item,
            registry=registry,
            kind=TD + "LinkProposal",
            confidence=f"{score:.2f}",
            method=f"{PREFIXES['c']}match-{'label' if len(evidence) == 1 else 'evidence'}",
            evidence="; ".join(evidence),
        )
        for iri, item, score, evidence in kept
    ]
    return sorted(proposals, key=lambda link: (-float(link.confidence), link.subject, link.target))


def as_turtle(proposals: Iterable[Link]) -> str:
    """A file of proposals for a curator. Of several for one thing, each after the first has its number in its IRI."""
    lines = ["# Proposals, best first. Remove what is wrong, then: thidua link accept FILE"]
    names = ("td", "c", "dct", "link", "linkset", "skos", "rdfs", *KINDS)
    lines += [f"@prefix {name}: <{PREFIXES[name]}> ." for name in names] + [""]
    count: dict[str, int] = {}
    for link in proposals:
        count[link.iri] = count.get(link.iri, 0) + 1
        if count[link.iri] > 1:
            link = replace(link, iri=f"{link.iri}_{count[link.iri]}")
        lines += record(link, "td:LinkProposal")
    return "\n".join(lines)


def _things(store: QuadStore, kind: str, registry: str) -> dict[str, _Thing]:
    names = names_of(store)
    things: dict[str, _Thing] = {}
    for row in store.select(HEADER + _THINGS % (KINDS[kind][0], f"{ID}linkset/{registry}", labelled("?post", "?clue"))):
        iri = _text(row["thing"])
        thing = things.setdefault(iri, _Thing(iri, names.get(iri, []), _text(row["start"]), _text(row["end"])))
        thing.seen |= {_text(row["seen"])} - {""}
        thing.clues |= {fold(_text(row["clue"]))} - {""}
    for iri, thing in things.items():
        # The id of a provincial post, body or namesake ends in its province.
        place = iri.rpartition("/")[2].partition("_")[2]
        thing.clues |= {fold(name.value) for name in names.get(f"{ID}province/{place}", [])}
        if kind == "province":
            thing.clues |= {"viet nam", "vietnam"}
    return dict(sorted(things.items()))


def _named(remote: Remote, things: Sequence[_Thing]) -> dict[str, set[str]]:
    """Entries with one of the things' names: what is asked for is the name as written, and without its marks."""
    spelled = set()
    for thing in things:
        for name in thing.names:
            plain = _without_marks(name.value)
            for text in {name.value, plain}:
                spelled |= {f"{literal_term(text)}@{language}" for language in ("vi", "en")}
    found: dict[str, set[str]] = {}
    if spelled:
        for row in remote.select(
            f"""{HEADER}SELECT DISTINCT ?item ?name {{
              VALUES ?name {{ {" ".join(sorted(spelled))} }} ?item rdfs:label|skos:altLabel ?name }}"""
        ):
            if row["item"].kind == "iri":
                found.setdefault(row["item"].value, set()).add(row["name"].value)
    return found


def _described(remote: Remote, items: Sequence[str]) -> dict[str, _Entry]:
    properties = " ".join(f"<{iri}>" for iri in (_TYPE, *_PLACES, _POST, _BORN, _DIED, _BEGUN, _ENDED))
    entries: dict[str, _Entry] = {}
    for row in remote.select(
        f"""{HEADER}SELECT DISTINCT ?item ?property ?value ?name {{
          VALUES ?item {{ {" ".join(map(iri_term, items))} }}
          VALUES ?property {{ rdfs:label skos:altLabel {properties} }}
          ?item ?property ?value .
          OPTIONAL {{ ?value rdfs:label ?name FILTER(LANG(?name) IN ("vi", "en")) }} }}"""
    ):
        entry, value = entries.setdefault(row["item"].value, _Entry()), row["value"]
        if row["property"].value.startswith(_WDT):
            entry.values.setdefault(row["property"].value, []).append(row.get("name", value))
        else:
            entry.names.add(value.value)
    return entries


def _score(thing: _Thing, entry: _Entry, kind: str) -> tuple[float, list[str]]:
    """How likely an entry is the thing, 0 to 1, and why, in words."""
    ours = {name.value for name in thing.names}
    same = sorted(ours & entry.names)
    score = SAME_NAME if same else SAME_FOLDED
    evidence = [f"name {same[0]!r}" if same else f"name {min(entry.names, default='')!r}, once folded"]
    types = sorted(value.value for value in entry.values.get(_TYPE, []))
    if fitting := [name for name in types if _has_word(fold(name), KINDS[kind][1])]:
        score += TYPE
        evidence.append(f"type {fitting[0]!r}")
    elif types:
        score += OTHER_TYPE
        evidence.append(f"but its type is {types[0]!r}")
    for fits, what in _dates(thing, entry):
        score += DATES if fits else OTHER_DATES
        evidence.append(what)
    clues = sorted(value.value for name in (_POST, *_PLACES) for value in entry.values.get(name, []))
    if agreeing := [name for name in clues if _has_word(fold(name), thing.clues) or fold(name) in thing.clues]:
        score += CLUE
        evidence.append(f"post or place {agreeing[0]!r}")
    return round(max(0.0, min(1.0, score)), 2), evidence


def _dates(thing: _Thing, entry: _Entry) -> Iterator[tuple[bool, str]]:
    """Whether dates agree, and which, where both sides have one."""

    def first(name: str) -> str:
        days = sorted(value.value for value in entry.values.get(name, []) if re.match(r"\d{4}-\d\d-\d\d", value.value))
        return days[0][:10] if days else ""

    born, died = first(_BORN), first(_DIED)
    if thing.seen and (born or died):
        alive = (not born or int(born[:4]) + 18 <= int(min(thing.seen)[:4])) and (not died or max(thing.seen) <= died)
        yield alive, f"lived {born or '?'} to {died or '?'}, seen {min(thing.seen)} to {max(thing.seen)}"
    for ours, theirs, what in ((thing.start, first(_BEGUN), "began"), (thing.end, first(_ENDED), "ended")):
        if ours and theirs:
            yield ours[:4] == theirs[:4], f"{what} {theirs}, here {ours}"


def _has_word(text: str, words: Iterable[str]) -> bool:
    return any(f" {word} " in f" {text} " for word in words)


def _without_marks(text: str) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return plain.replace("đ", "d").replace("Đ", "D")


def _text(cell: Cell | None) -> str:
    return cell.value if cell else ""
