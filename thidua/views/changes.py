"""Changes between two versions in words: what was added, changed and withdrawn, a sentence each, with its sources."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from thidua.base.paths import path_of
from thidua.base.terms import GRAPH, ID, PREFIXES, shorten
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.names.labels import in_language, labels
from thidua.rdf.cells import Select
from thidua.rdf.ntriples import iri_term
from thidua.versions.store import Version
from thidua.views.naming import names, short_name, sources_of

What = Literal["added", "changed", "withdrawn"]
WHATS: Final[tuple[What, ...]] = ("added", "changed", "withdrawn")
#: Sentences of each sort that are told; all are counted.
MOST: Final = 200
#: Parts of records, which are told with what they are parts of.
_PARTS: Final = ("ev", "period", "instant", "run", "agent", "obs", "part")
#: What follows from something else that is told.
_FOLLOWS: Final = (
    "rdf:type", "prov:", "oa:", "td:statedBy", "td:impliedBy", "td:describedAt", "td:record", "td:hasEvidence",
    "schema:subjectOf", "dct:isVersionOf", "dct:type", "org:organization", "org:role", "org:memberDuring", "org:heldBy",
    "org:resultedFrom", "opengov:", "schema:startDate", "schema:endDate", "schema:location", "schema:archivedAt",
    "sdmx", "qb:", "time:", "td:headedBy", "td:deputyHeadedBy", "td:memberUnit", "td:actingHolder", "td:laterUnit",
    "td:currentUnit", "td:reportedIn", "td:observation", "td:producedBy",
)  # fmt: skip
_VALUES: Final = "SELECT DISTINCT ?thing ?property ?value { VALUES ?thing { THINGS } ?thing ?property ?value }"
_AT_ONCE: Final = 300
#: Properties of others' vocabularies in words; ours have their own.
_NAMED: Final[Mapping[str, tuple[str, str]]] = {
    "skos:prefLabel": ("tên", "name"),
    "skos:altLabel": ("tên khác", "other name"),
    "skos:definition": ("định nghĩa", "definition"),
    "dct:source": ("nguồn", "source"),
    "dct:title": ("tiêu đề", "title"),
    "schema:name": ("tiêu đề", "title"),
    "schema:url": ("địa chỉ", "address"),
    "schema:publisher": ("nơi đăng", "publisher"),
    "schema:datePublished": ("ngày đăng", "day of publication"),
    "org:member": ("đơn vị", "unit"),
    "rdfs:comment": ("ghi chú", "note"),
}
_NOBODY: Final = Caller()
_TERMS: Final = f"""PREFIX td: <{PREFIXES["td"]}> PREFIX org: <{PREFIXES["org"]}>
SELECT ?term ?unit ?cluster ?year {{ VALUES ?term {{ TERMS }}
  ?term org:member ?unit ; td:inEdition ?edition . ?edition td:editionOf ?cluster ; td:year ?year }}"""
_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "head": ("{unit} là cụm trưởng cụm {cluster} năm {year}", "{unit} headed the {cluster} cluster in {year}"),
    "deputy": (
        "{unit} là cụm phó cụm {cluster} năm {year}",
        "{unit} was a deputy of the {cluster} cluster in {year}",
    ),
    "member": ("{unit} thuộc cụm {cluster} năm {year}", "{unit} was a member of the {cluster} cluster in {year}"),
}


@dataclass(frozen=True)
class Detail:
    """A property of a thing that has other values than before: its name, the values then and now."""

    property: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """One thing of which something else is stated: a sentence, and the sources that state or stated it."""

    what: What
    iri: str
    text: str
    sources: tuple[str, ...]
    details: tuple[Detail, ...]
    mentions: frozenset[str]
    """The things that it speaks of, itself among them."""


@dataclass(frozen=True)
class InWords:
    """What a version says differently from another one."""

    old: Version
    new: Version
    told: tuple[Told, ...]
    counts: Mapping[What, int]
    """How many things there are of each sort, told or not."""
    parts: int
    """How many parts of records are different beside them, such as passages."""
    sources: Mapping[str, str]
    """The names of the sources."""

    def of(self, what: What) -> list[Told]:
        """The sentences of one sort."""
        return [each for each in self.told if each.what == what]

    def about(self, iri: str) -> list[Told]:
        """What concerns one thing."""
        return [each for each in self.told if iri in each.mentions]

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is different."""
        return not self.told and not self.parts


def in_words(old: Snapshot, new: Snapshot, language: str, caller: Caller = _NOBODY) -> InWords:
    """Tell what became different from one version to another.

    :raises LimitError: there is too much to compare within a query's limits.
    """
    document = json.loads(old.compared(new, "application/json", caller, language).read())
    chosen: list[dict[str, Any]] = []
    counts: Counter[What] = Counter()
    parts = 0
    # That a record came or went is told of the record, not of what names it.
    moved = {each["iri"] for each in document["things"] if each["what"] != "changed"}
    touched = [each["iri"] for each in document["things"] if each["what"] == "changed"]
    same = _restated(old, new, touched, caller)
    for thing in document["things"]:
        kind = (path_of(thing["iri"]) or "").partition("/")[0]
        told_of = thing["changes"]
        thing["changes"] = [
            each
            for each in told_of
            if not shorten(each["property"]).startswith(_FOLLOWS) and (thing["iri"], each["property"]) not in same
        ]
        elsewhere = thing["what"] == "changed" and all(
            _values({"changes": [each]}) & moved for each in thing["changes"]
        )
        if kind in _PARTS or thing["iri"].startswith(GRAPH) or elsewhere:
            parts += 1
            continue
        counts[thing["what"]] += 1
        if counts[thing["what"]] <= MOST:
            chosen.append(thing)

    def select_of(snapshot: Snapshot) -> Select:
        return lambda text: snapshot.select(text, caller)

    gone = [each["iri"] for each in chosen if each["what"] == "withdrawn"]
    here = [each["iri"] for each in chosen if each["what"] != "withdrawn"]
    mentioned = {iri for each in chosen for iri in _values(each)}
    graphs = {change["graph"] for each in chosen for change in each["changes"]}
    by_graph = sources_of(select_of(old), graphs) | sources_of(select_of(new), graphs)
    properties = {change["property"] for each in chosen for change in each["changes"]}
    called = _names(select_of(old), [*gone, *mentioned, *by_graph.values()], language)
    called |= _names(select_of(new), [*here, *mentioned, *by_graph.values()], language)
    words = {iri: in_language(each, language) for iri, each in labels(select_of(new), properties).items()}
    words |= {iri: _NAMED[name][language == "en"] for iri in properties if (name := shorten(iri)) in _NAMED}
    terms = _terms(select_of(old), gone, language) | _terms(select_of(new), here, language)
    told = tuple(_told(each, called, words, terms, by_graph) for each in chosen)
    used = {source for each in told for source in each.sources}
    ordered = tuple(sorted(told, key=lambda each: (WHATS.index(each.what), each.text)))
    sources = {iri: called.get(iri, iri.rpartition("/")[2]) for iri in used}
    return InWords(old.version, new.version, ordered, dict(counts), parts, sources)


def _restated(old: Snapshot, new: Snapshot, things: list[str], caller: Caller) -> set[tuple[str, str]]:
    """Things and properties whose values are what they were: other sources state them now, or fewer."""

    def values(snapshot: Snapshot) -> dict[tuple[str, str], set[object]]:
        found: dict[tuple[str, str], set[object]] = {}
        for first in range(0, len(things), _AT_ONCE):
            some = " ".join(map(iri_term, things[first : first + _AT_ONCE]))
            for row in snapshot.select(_VALUES.replace("THINGS", some), caller):
                thing, property_ = row["thing"], row["property"]
                assert thing and property_
                found.setdefault((thing.value, property_.value), set()).add(row["value"])
        return found

    before, after = values(old), values(new)
    return {key for key, stated in before.items() if stated == after.get(key)}


def _told(
    thing: Mapping[str, Any],
    called: Mapping[str, str],
    words: Mapping[str, str],
    terms: Mapping[str, tuple[str, frozenset[str]]],
    by_graph: Mapping[str, str],
) -> Told:
    iri = thing["iri"]
    sentence, others = terms.get(iri, (called.get(iri) or thing["label"] or iri.rpartition("/")[2], frozenset()))
    details: tuple[Detail, ...] = ()
    if thing["what"] == "changed":
        details = tuple(
            Detail(
                words.get(change["property"], shorten(change["property"]).strip("<>")),
                tuple(_value(each, called) for each in change["before"]),
                tuple(_value(each, called) for each in change["after"]),
            )
            for change in thing["changes"]
        )
    sources = {by_graph[change["graph"]] for change in thing["changes"] if change["graph"] in by_graph}
    mentions = frozenset({iri, *others, *_values(thing), *sources})
    return Told(thing["what"], iri, sentence, tuple(sorted(sources)), details, mentions)


def _terms(select: Select, iris: Iterable[str], language: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Terms and memberships as sentences, each with the things that it speaks of."""
    wanted = [iri for iri in iris if iri.startswith(ID) and iri.removeprefix(ID).partition("/")[0] in _SENTENCES]
    if not wanted:
        return {}
    rows = select(_TERMS.replace("TERMS", " ".join(map(iri_term, wanted))))
    things = {cell.value for row in rows for name in ("unit", "cluster") if (cell := row[name])}
    called = names(select, things, language, {})
    found = {}
    for row in rows:
        term, unit, cluster, year = row["term"], row["unit"], row["cluster"], row["year"]
        assert term and unit and cluster and year
        kind = term.value.removeprefix(ID).partition("/")[0]
        sentence = _SENTENCES[kind][language == "en"].format(
            unit=called.get(unit.value, unit.value.rpartition("/")[2]),
            cluster=short_name(called.get(cluster.value, cluster.value.rpartition("/")[2])),
            year=year.value,
        )
        found[term.value] = (sentence, frozenset({unit.value, cluster.value}))
    return found


def _names(select: Select, iris: Iterable[str], language: str) -> dict[str, str]:
    return names(select, [iri for iri in iris if path_of(iri)], language, {})


def _values(thing: Mapping[str, Any]) -> set[str]:
    """The things that its values name."""
    texts = [text for each in thing["changes"] for text in (*each["before"], *each["after"])]
    return {iri for text in texts if (iri := _iri(text))}


def _iri(short: str) -> str | None:
    """The IRI of a short name; None for what is none."""
    prefix, colon, local = short.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES and local and " " not in local else None


def _value(text: str, called: Mapping[str, str]) -> str:
    """A value as people read it: a thing by its name, a text without the tag of its language."""
    return called.get(_iri(text) or "", text.removesuffix("@vi").removesuffix("@en"))
