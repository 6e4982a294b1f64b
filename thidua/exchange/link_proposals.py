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


def _direct(*names: str) -> tuple[str, ...]:
    return tuple(_WDT + name for name in names)


(_TYPE,) = _direct("P31")
#: Country, citizenship, country of origin: an entry of another country is another thing.
_COUNTRIES: Final = _direct("P17", "P27", "P495")
#: Post held, office holder, place, jurisdiction, conferred by, founded by: what may be one of ours by its name.
_NEAR: Final = _direct("P39", "P1308", "P131", "P17", "P1001", "P1027", "P112")
_BORN, _DIED = _direct("P569", "P570")
#: The number of a legal text.
(_NUMBER,) = _direct("P1031")


@dataclass(frozen=True)
class Kind:
    """What can be proposed, and what of an entry speaks for it."""

    pattern: str
    """What ``?thing`` is."""
    types: tuple[str, ...]
    """Words of which the folded name of the entry's type has one."""
    near: tuple[str, ...] = ()
    """Patterns that lead from ``?thing`` to things ``?near`` that the entry may name; ``?seen``, a day of it."""
    ours: bool = True
    """Whether it is Vietnam's, so that the country speaks for an entry: every namesake of a person is of Vietnam."""
    begun: tuple[str, ...] = ()
    """Properties of the day on which ours began; none where our day is of something else, as an award's law."""
    ended: tuple[str, ...] = ()


_PEOPLE: Final = "?holding org:member ?thing ; td:post ?near . OPTIONAL { ?holding td:attestedOn ?seen }"
KINDS: Final[Mapping[str, Kind]] = {
    "person": Kind(
        "?thing a td:Person",
        ("human", "nguoi"),
        (_PEOPLE, "?holding org:member ?thing ; td:post/org:postIn/td:ofProvince ?near"),
        ours=False,
    ),
    "post": Kind(
        "?thing a td:Post",
        ("position", "office", "minister", "president", "chair", "head", "chuc vu", "chuc danh"),
        ("?holding td:post ?thing ; org:member ?near", "?thing org:postIn/td:ofProvince ?near"),
    ),
    "body": Kind(
        "?thing a td:PublicBody",
        ("organization", "organisation", "agency", "ministry", "committee", "council", "government", "parliament",
         "bank", "union", "association", "co quan", "to chuc", "bo", "uy ban", "hoi dong", "chinh phu", "van phong",
         "quoc hoi", "ngan hang", "hoi"),
        ("?thing td:ofProvince ?near",),
        begun=_direct("P571"), ended=_direct("P576"),
    ),
    "award": Kind(
        "?thing skos:inScheme c:award",
        ("order", "medal", "award", "decoration", "title", "prize", "honor", "honour", "huan chuong", "huy chuong",
         "danh hieu", "giai thuong", "bang khen"),
    ),
    "country": Kind(
        "?thing a schema:AdministrativeArea FILTER NOT EXISTS { ?thing a td:Province }",
        ("country", "state", "quoc gia"),
    ),
    "legal": Kind(
        "?thing a td:LegalDocument",
        ("law", "act", "decree", "resolution", "directive", "legislation", "statute", "regulation", "luat",
         "nghi quyet", "nghi dinh", "chi thi", "quyet dinh", "thong tu", "van ban"),
        begun=_direct("P577", "P585", "P571"),
    ),
    "movement": Kind(
        "?thing a td:EmulationMovement",
        ("movement", "campaign", "program", "programme", "emulation", "phong trao", "cuoc van dong", "chuong trinh"),
        ("?thing td:launchedBy ?near",),
        begun=_direct("P571", "P580"), ended=_direct("P576", "P582"),
    ),
    "province": Kind(
        "?thing a td:Province",
        ("province", "municipality", "city", "tinh", "thanh pho"),
        begun=_direct("P571"), ended=_direct("P576"),
    ),
    "cluster": Kind("?thing a td:EmulationCluster", ("cluster", "organization", "cum", "to chuc")),
}  # fmt: skip
#: How much each kind of evidence adds; a name alone is a proposal, what contradicts takes away more than a name gives.
SAME_NAME, SAME_FOLDED, TYPE, DATES, CLUE = 0.5, 0.4, 0.2, 0.15, 0.15
OTHER_TYPE, OTHER_DATES, OTHER_COUNTRY = -0.3, -0.6, -0.6
#: Words of the names of Vietnam and of the states before it.
_VIETNAM: Final = ("viet nam", "vietnam", "indochina", "dong duong", "annam", "an nam")
_YEARS: Final = re.compile(r" \([0-9]{4}(?:-[0-9]{4})?\)\Z")

_THINGS: Final = """SELECT ?thing ?start ?end ?number {
  %s
  FILTER NOT EXISTS { ?link td:linkSubject ?thing ; td:inLinkSet <%s> }
  OPTIONAL { ?thing td:startDate|eli:date_document ?start } OPTIONAL { ?thing td:endDate ?end }
  OPTIONAL { ?thing eli:id_local ?number }
}"""
_CLUES: Final = """SELECT DISTINCT ?thing ?clue ?seen { %s . %s OPTIONAL { %s } }"""


@dataclass
class _Thing:
    iri: str
    names: list[Cell]
    start: str = ""
    end: str = ""
    number: str = ""
    seen: set[str] = field(default_factory=set)
    clues: set[str] = field(default_factory=set)
    """Folded names of posts, places, people: whatever is near it."""


@dataclass
class _Entry:
    names: set[str] = field(default_factory=set)
    values: dict[str, list[Cell]] = field(default_factory=dict)
    """Property to its values, a thing being told by its name where it has one."""

    def named(self, *properties: str) -> list[str]:
        """The names and texts that properties have."""
        found = {value.value for name in properties for value in self.values.get(name, []) if value.kind != "iri"}
        return sorted(found)


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
            evidence=(("en", "; ".join(evidence)),),
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
    names, sought = names_of(store), KINDS[kind]
    things: dict[str, _Thing] = {}
    for row in store.select(HEADER + _THINGS % (sought.pattern, f"{ID}linkset/{registry}")):
        iri, number = _text(row["thing"]), row["number"]
        known = [*names.get(iri, []), *([number] if number else [])]
        # Others do not write the years of a law or a movement behind its name.
        known += [replace(name, value=_YEARS.sub("", name.value)) for name in known if _YEARS.search(name.value)]
        thing = _Thing(iri, known, _text(row["start"]), _text(row["end"]), _text(number))
        thing.clues = {fold(name) for name in ("Việt Nam", "Vietnam") if sought.ours and kind != "country"}
        things.setdefault(iri, thing)
    for pattern in sought.near:
        for row in store.select(HEADER + _CLUES % (sought.pattern, pattern, labelled("?near", "?clue"))):
            if thing_ := things.get(_text(row["thing"])):
                thing_.seen |= {_text(row["seen"])} - {""}
                thing_.clues |= {fold(_text(row["clue"]))} - {""}
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
    dates = (date for kind in KINDS.values() for date in (*kind.begun, *kind.ended))
    asked = dict.fromkeys((_TYPE, *_COUNTRIES, *_NEAR, _NUMBER, _BORN, _DIED, *dates))
    properties = " ".join(f"<{iri}>" for iri in asked)
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
    if fitting := [name for name in types if _has_word(fold(name), KINDS[kind].types)]:
        score += TYPE
        evidence.append(f"type {fitting[0]!r}")
    elif types:
        score += OTHER_TYPE
        evidence.append(f"but its type is {types[0]!r}")
    for fits, what in _dates(thing, entry, KINDS[kind]):
        score += DATES if fits else OTHER_DATES
        evidence.append(what)
    if (countries := entry.named(*_COUNTRIES)) and not any(_has_word(fold(name), _VIETNAM) for name in countries):
        score += OTHER_COUNTRY
        evidence.append(f"but its country is {countries[0]!r}")
    if agreeing := _near(thing, entry):
        score += CLUE
        evidence.append(agreeing)
    return round(max(0.0, min(1.0, score)), 2), evidence


def _near(thing: _Thing, entry: _Entry) -> str:
    """What stands near the entry and is near the thing as well: its number, a post, a place, a person."""
    numbers = {*entry.named(_NUMBER), *entry.names}
    if thing.number and any(fold(thing.number) in fold(text) for text in numbers):
        return f"number {thing.number!r}"
    for name in entry.named(*_NEAR):
        if _has_word(fold(name), thing.clues) or fold(name) in thing.clues:
            return f"both have {name!r}"
    return ""


def _dates(thing: _Thing, entry: _Entry, kind: Kind) -> Iterator[tuple[bool, str]]:
    """Whether dates agree, and which, where both sides have one."""

    def days(*properties: str) -> list[str]:
        values = (value.value for name in properties for value in entry.values.get(name, []))
        return sorted(day[:10] for day in values if re.match(r"\d{4}-\d\d-\d\d", day))

    born, died = "".join(days(_BORN)[:1]), "".join(days(_DIED)[:1])
    if thing.seen and (born or died):
        alive = (not born or int(born[:4]) + 18 <= int(min(thing.seen)[:4])) and (not died or max(thing.seen) <= died)
        yield alive, f"lived {born or '?'} to {died or '?'}, seen {min(thing.seen)} to {max(thing.seen)}"
    for ours, theirs, what in ((thing.start, days(*kind.begun), "began"), (thing.end, days(*kind.ended), "ended")):
        if ours and theirs:
            same = [day for day in theirs if day[:4] == ours[:4]]
            yield bool(same), f"{what} {(same or theirs)[0]}, here {ours}"


def _has_word(text: str, words: Iterable[str]) -> bool:
    return any(f" {word} " in f" {text} " for word in words)


def _without_marks(text: str) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return plain.replace("đ", "d").replace("Đ", "D")


def _text(cell: Cell | None) -> str:
    return cell.value if cell else ""
