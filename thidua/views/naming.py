"""Display names: what things are called wherever people read them, by their label, or of a record by what it says.

:func:`names` is the one place that decides it. Places and people have their Vietnamese name in every language, marks
and all, and so has a unit in the name of its post or body; a cluster goes by its short name; an edition is its cluster
and year. ``head:dong-bang-song-hong_2023_thai-binh`` has no label: it is called
"Cụm trưởng · Đồng bằng sông Hồng · 2023 · Thái Bình".
"""

from collections.abc import Iterable, Mapping
from typing import Final

from thidua.base.paths import path_of
from thidua.base.terms import CONCEPT, GRAPH, INFERRED, PREFIXES, TD, instance
from thidua.base.text import sort_key
from thidua.names.labels import Labels, in_language, labels
from thidua.rdf.cells import Cell, Select
from thidua.rdf.ntriples import iri_term

_SEPARATOR: Final = " · "
#: Values that one part of a name shows, and things asked about in one query.
_MOST: Final = 3
_AT_ONCE: Final = 300
_PREFIXES: Final = "".join(
    f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("td", "org", "skos", "rdfs", "schema", "dct", "oa", "prov")
)
#: The parts of a record's name in their order: how each is reached from ?thing.
_PARTS: Final = (
    "?thing org:role ?part",
    f'?thing a ?part FILTER(STRSTARTS(STR(?part), "{TD}"))',
    "?thing td:kind ?part",
    "?thing td:editionOf|td:inEdition/td:editionOf|td:reviews/td:editionOf|td:launches/td:editionOf ?part",
    "?thing td:fromTerm/td:inEdition/td:editionOf ?part",
    "?thing td:year|td:inEdition/td:year ?part",
    "?thing org:originalOrganization|td:reclassifies|td:fromTerm/org:member ?part",
    "?thing org:resultingOrganization|td:toTerm/org:member ?part",
    "?thing org:member|td:speaker|td:participant|td:groupLabel|td:fromUnit ?part",
    "?thing td:post|td:movement|td:indicator|td:linkSubject ?part",
    "?thing td:value|td:awardCount|td:targetCode|td:linkTarget ?part",
    # A post is seen on many days, by many sources: no one of them is its own.
    "?thing td:startDate|td:during ?part FILTER NOT EXISTS { ?thing td:post ?held }",
    "?thing td:heldIn ?part",
    "?thing oa:hasSource|td:readSource ?part",
    "?thing oa:hasSelector? ?span . ?span oa:start ?start ; oa:end ?end "
    'BIND(CONCAT(STR(?start), "–", STR(?end)) AS ?part)',
)
_ROLE, _CLASS = 0, 1
#: Things whose names are Vietnamese in every language, and those whose names have a unit's name in them.
_PROPER: Final = (instance("province", ""), instance("person", ""))
_OF_UNITS: Final = (instance("post", ""), instance("body", ""))
_CLUSTER, _EDITION = instance("cluster", ""), instance("edition", "")
#: A post's or body's unit: its name in the reader's language, and in Vietnamese.
_UNIT: Final = (
    "?thing org:postIn?/td:ofProvince ?unit . ?unit skos:prefLabel ?label, ?part "
    'FILTER(LANG(?label) = "LANGUAGE" && LANG(?part) = "vi" && ?label != ?part)'
)
_WIDER: Final = "?thing rdfs:subClassOf+ ?part FILTER(?part != ?thing)"
#: A province that bears the name of another, and the day since when it does.
_NAMESAKE: Final = (
    "?thing a td:Province ; td:startDate ?part ; skos:prefLabel ?label . "
    '?other a td:Province ; skos:prefLabel ?label FILTER(?other != ?thing && LANG(?label) = "vi")'
)
#: The same with the day until when it did.
_NAMESAKE_THEN: Final = _NAMESAKE.replace("td:startDate", "td:endDate")
#: What stands before the year of the later of two units of one name.
SINCE: Final = {"vi": "từ", "en": "since"}
_GRAPH_OF: Final = {"vi": "đồ thị", "en": "graph of"}
_INFERRED: Final = {"vi": "suy ra", "en": "inferred"}


def names(select: Select, iris: Iterable[str], language: str, known: Mapping[str, str]) -> dict[str, str]:
    """What each thing is called to a reader of a language; what has no name and says nothing is left out.

    Of two provinces of one name the later one has its year behind it.

    :param known: names that are made elsewhere, such as those of sources.
    """
    asked = sorted({iri for iri in iris if iri not in known})
    found = {iri: known[iri] for iri in iris if iri in known}
    labelled = _labelled(select, asked, language)
    since = namesakes(select, labelled)
    for iri, label in labelled.items():
        found[iri] = f"{label} ({SINCE[language]} {since[iri][:4]})" if iri in since else label
    for iri, source in sources_of(select, [iri for iri in asked if iri not in found]).items():
        if source in found:
            found[iri] = f"{_GRAPH_OF[language]} {found[source]}"
    if INFERRED in asked:
        found.setdefault(INFERRED, _INFERRED[language])
    records = [iri for iri in asked if iri not in found and path_of(iri) and not iri.startswith((GRAPH, CONCEPT))]
    return found | _composed(select, records, language, known)


def namesakes(select: Select, iris: Iterable[str]) -> dict[str, str]:
    """Provinces that bear the name of another, each with the day since when it does."""
    return _parts(select, iris, _NAMESAKE)


def lifetime(select: Select, iri: str) -> tuple[str, str]:
    """Of a province that bears the name of another, the days since and until when it does; empty where not told."""
    return _parts(select, [iri], _NAMESAKE).get(iri, ""), _parts(select, [iri], _NAMESAKE_THEN).get(iri, "")


def is_proper(iri: str) -> bool:
    """Whether a thing's name is Vietnamese in every language: a place's or a person's."""
    return iri.startswith(_PROPER)


def most_specific(select: Select, classes: Iterable[str]) -> set[str]:
    """Of the classes of one thing those that say most: no other one of them is narrower."""
    found = set(classes)
    wider = {
        row["part"].value for row in _rows(select, found, _WIDER) if row["part"]
    } if len(found) > 1 else set()  # fmt: skip
    return found - wider


def sources_of(select: Select, graphs: Iterable[str]) -> dict[str, str]:
    """Graphs of sources, among some graphs, each to the source that it is taken from."""
    return _parts(select, [iri for iri in graphs if iri.startswith(GRAPH)], "?thing prov:hadPrimarySource ?part")


def cluster_names(select: Select) -> dict[str, Labels]:
    """The names of every cluster by language, in the order of the Vietnamese ones: the same in every language."""
    found = labels(select, pattern=f"?thing a <{TD}EmulationCluster>")
    return dict(sorted(found.items(), key=lambda each: (sort_key(in_language(each[1], "vi")), each[0])))


def source_names(select: Select) -> Mapping[str, Labels]:
    """The names of every source by language."""
    return labels(select, pattern=f"?thing a <{TD}SourceDocument>")


def short_name(name: str) -> str:
    """A cluster's name without the words that all of them have; any other name as it is."""
    rest = name.removeprefix("Cụm thi đua ").removesuffix(" emulation cluster")
    rest = rest.removeprefix("Emulation cluster of the ")
    if rest == name:
        return name
    rest = rest.removeprefix("các tỉnh ")
    return rest[:1].upper() + rest[1:]


def _labelled(select: Select, iris: Iterable[str], language: str) -> dict[str, str]:
    """The names of what has a label."""
    found = {}
    for iri, texts in labels(select, iris).items():
        text = in_language(texts, "vi" if is_proper(iri) else language)
        found[iri] = short_name(text) if iri.startswith(_CLUSTER) else text
    for row in _rows(select, filter(_is_of_unit, found), _UNIT.replace("LANGUAGE", language)):
        thing, plain, own = row["thing"], row["label"], row["part"]
        assert thing and plain and own
        before, there, after = found[thing.value].rpartition(plain.value)
        if there:
            found[thing.value] = f"{before}{own.value}{after}"
    return found


def _is_of_unit(iri: str) -> bool:
    return iri.startswith(_OF_UNITS)


def _composed(select: Select, iris: list[str], language: str, known: Mapping[str, str]) -> dict[str, str]:
    parts: dict[str, dict[int, list[Cell]]] = {}
    for row in _rows(select, iris, *_PARTS):
        thing, part, number = row["thing"], row["part"], row["number"]
        assert thing and part and number
        parts.setdefault(thing.value, {}).setdefault(int(number.value), []).append(part)
    classes = {part.value for each in parts.values() for part in each.get(_CLASS, ())}
    wider: dict[str, set[str]] = {}
    for row in _rows(select, classes, _WIDER):
        if row["thing"] and row["part"]:
            wider.setdefault(row["thing"].value, set()).add(row["part"].value)
    for each in parts.values():
        said = set().union(*(wider.get(part.value, set()) for part in each.get(_CLASS, ())))
        each[_CLASS] = [part for part in each.get(_CLASS, ()) if part.value not in said]
    mentioned = {
        cell.value for each in parts.values() for cells in each.values() for cell in cells if cell.kind == "iri"
    }
    called = _labelled(select, mentioned - known.keys(), language) | {
        iri: known[iri] for iri in mentioned & known.keys()
    }
    return {iri: _joined(iri, each, called, language) for iri, each in parts.items()}


def _joined(iri: str, parts: Mapping[int, list[Cell]], called: Mapping[str, str], language: str) -> str:
    """The name: a role says more than the class of what has it, and so do an edition's cluster and year."""
    texts: list[str] = []
    edition = iri.startswith(_EDITION) and len(parts) > 2
    for number in sorted(parts):
        if not parts[number] or (number == _CLASS and (_ROLE in parts or edition)):
            continue
        # A label in two languages is one value: the reader's.
        cells = [cell for cell in parts[number] if cell.language in (None, language)] or parts[number]
        values = sorted({called.get(cell.value, cell.value.rpartition("/")[2]) for cell in cells})
        text = ", ".join(values[:_MOST]) + ("…" if len(values) > _MOST else "")
        if text not in texts:
            texts.append(text)
    return (", " if edition else _SEPARATOR).join(texts)


def _parts(select: Select, iris: Iterable[str], pattern: str) -> dict[str, str]:
    """Things to what a pattern finds of them."""
    rows = _rows(select, iris, pattern)
    return {row["thing"].value: row["part"].value for row in rows if row["thing"] and row["part"]}


def _rows(select: Select, iris: Iterable[str], *patterns: str) -> list[dict[str, Cell | None]]:
    """The answers to patterns about things, each with the number of its pattern."""
    rows = []
    ordered = sorted(iris)
    for some in (ordered[first : first + _AT_ONCE] for first in range(0, len(ordered), _AT_ONCE)):
        things = " ".join(map(iri_term, some))
        branches = " UNION ".join(
            f"{{ VALUES ?thing {{ {things} }} {pattern} BIND({number} AS ?number) }}"
            for number, pattern in enumerate(patterns)
        )
        rows += select(f"{_PREFIXES} SELECT DISTINCT ?thing ?part ?label ?number {{ {branches} }}")
    return rows
