"""VoID and DCAT descriptions of the graph: what is in it, and where to get it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from thidua.base.formats import DATASETS, Format
from thidua.base.terms import DATASET, ID, LICENSE, ONTOLOGY, PREFIXES, TD, shorten
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.metadata.statistics import Statistics, count
from thidua.questions.catalogue import Question
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import iri_term, literal_term
from thidua.versions.store import Version, read_digests

#: What a version can be downloaded as, by the end of its address.
DUMPS: Final = {form.suffix: form for form in DATASETS}
TITLE: Final = {
    "vi": "Đồ thị tri thức về các cụm thi đua của Việt Nam",
    "en": "A knowledge graph of Vietnam's emulation clusters",
}
DESCRIPTION: Final = {
    "vi": "Tỉnh nào thuộc cụm thi đua nào, đơn vị nào làm cụm trưởng năm nào, cụm ký kết, báo cáo và được khen thưởng "
    "gì, và nguồn nào nói như vậy.",
    "en": "Which provinces belonged to which emulation cluster, who led it in which year, what the clusters signed, "
    "reported and were awarded, and which source says so.",
}

_EU: Final = "http://publications.europa.eu/resource/authority/"
_MEDIA: Final = "https://www.iana.org/assignments/media-types/"
_PROTOCOL: Final = "https://www.w3.org/TR/sparql11-protocol/"


def _file_type(form: Format) -> str:
    """A format at the EU's publications office."""
    return f"{_EU}file-type/RDF_{form.title.upper().replace('-', '_')}"


#: What is meant by the names of others that the description uses: classes that the profile demands of them.
_KINDS: Final = {
    "dct:MediaType": [_MEDIA + each.media_type for each in DATASETS] + [f"{_MEDIA}application/gzip"],
    "dct:MediaTypeOrExtent": [_file_type(each) for each in DATASETS],
    "dct:Standard": [_PROTOCOL],
}
#: The same, of what only this project's own dataset says of itself.
_OWN_KINDS: Final = {
    "dct:LicenseDocument": [LICENSE],
    "dct:Standard": [ONTOLOGY],
    "dct:LinguisticSystem": [f"{_EU}language/VIE", f"{_EU}language/ENG"],
    "dct:Location": [f"{_EU}country/VNM"],
    "dct:Frequency": [f"{_EU}frequency/IRREG"],
    "skos:Concept": [f"{_EU}data-theme/GOVE"],
}
_XSD: Final = PREFIXES["xsd"]
_VOID: Final = PREFIXES["void"]
_USED: Final = ("dcat", "dct", "foaf", "owl", "rdfs", "schema", "sh", "skos", "void", "xsd")
_HEAD: Final = "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in _USED)
#: Versions that a catalogue lists, the newest ones.
_LISTED: Final = 100


@dataclass(frozen=True)
class Place:
    """Where a graph is served: the address that all others begin with, ending in a slash."""

    root: str
    plain: bool = False
    """It holds any RDF, of which neither title nor licence is known."""
    publisher: str = ""
    """Who publishes it; left out where nobody said so."""

    @property
    def dataset(self) -> str:
        """The IRI of the dataset."""
        return f"{self.root}dataset#it" if self.plain else DATASET


def void(snapshot: Snapshot, place: Place, caller: Caller) -> str:
    """Contents of a version, with example queries, as Turtle.

    :source: https://www.w3.org/TR/void/
    :raises LimitError: counting met a limit.
    """
    return "\n".join([_HEAD, *_void(snapshot, place, caller), *_examples(snapshot.questions.values(), place)]) + "\n"


def dcat(current: Snapshot, versions: Sequence[Version], place: Place) -> str:
    """The dataset, its versions and the ways to get them, as Turtle, by the DCAT application profile for Europe.

    :param versions: those that are kept, oldest first.
    :source: https://semiceu.github.io/DCAT-AP/releases/3.0.0/
    """
    return "\n".join([_HEAD, *_dcat(current.version, versions[-_LISTED:], place)]) + "\n"


def _void(snapshot: Snapshot, place: Place, caller: Caller) -> Iterator[str]:
    def select(text: str) -> list[dict[str, Cell | None]]:
        return snapshot.select(text, caller)

    counted = count(select)
    version = snapshot.version
    yield f"<{place.root}.well-known/void> a void:DatasetDescription ; foaf:primaryTopic <{place.dataset}> ."
    yield f"<{place.dataset}> a void:Dataset ;"
    yield from _named(place)
    if not place.plain:
        yield f'  void:uriSpace "{ID}" ;'
        yield f"  dct:license <{LICENSE}> ;"
    yield f"  dct:modified {_time(version)} ;"
    yield f"  void:sparqlEndpoint <{place.root}sparql> ;"
    for suffix in DUMPS:
        yield f"  void:dataDump <{place.root}dumps/{version.number}.{suffix}> ;"
        yield f"  void:dataDump <{place.root}dumps/{version.number}.{suffix}.gz> ;"
    yield f"  void:triples {sum(each.triples for each in counted.properties.values())} ;"
    yield f"  void:distinctSubjects {counted.subjects} ; void:distinctObjects {counted.objects} ;"
    yield f"  void:classes {len(counted.classes)} ; void:properties {len(counted.properties)} ;"
    yield from (f"  void:vocabulary <{namespace}> ;" for namespace in _vocabularies(counted))
    yield f"  dct:identifier {literal_term(place.dataset)} ."
    yield from _partitions(counted, place)
    for graph, (_, size) in sorted(read_digests(snapshot.folder).items()):
        if graph:
            yield f"<{place.dataset}> void:subset {iri_term(graph)} ."
            yield f"{iri_term(graph)} a void:Dataset ; void:triples {size} ."
    yield from _linksets(counted, place)


def _partitions(counted: Statistics, place: Place) -> Iterator[str]:
    """A part for each class, with one for each property of its things, and a part for each property."""
    for name, of_class in counted.classes.items():
        part = _part(place, name)
        yield f"<{place.dataset}> void:classPartition {part} . {part} void:class {iri_term(name)} ;"
        yield f"  void:entities {of_class.entities} ."
        if name.startswith(TD) and of_class.example.kind == "iri":
            yield f"<{place.dataset}> void:exampleResource {iri_term(of_class.example.value)} ."
        for link, triples in of_class.properties.items():
            within = _part(place, name, link)
            yield f"{part} void:propertyPartition {within} ."
            yield f"{within} void:property {iri_term(link)} ; void:triples {triples} ."
    for name, of_property in counted.properties.items():
        part = _part(place, "", name)
        yield f"<{place.dataset}> void:propertyPartition {part} . {part} void:property {iri_term(name)} ;"
        yield f"  void:triples {of_property.triples} ; void:distinctSubjects {of_property.subjects} ;"
        yield f"  void:distinctObjects {of_property.objects} ."


def _linksets(counted: Statistics, place: Place) -> Iterator[str]:
    """Links to elsewhere, as they are found: one link set for each property and each registry."""
    for (link, space), found in counted.links.items():
        links, target = _part(place, link, space), _part(place, space)
        yield f"<{place.dataset}> void:subset {links} . {links} a void:Linkset ;"
        yield f"  void:linkPredicate {iri_term(link)} ; void:triples {found.triples} ;"
        yield f"  void:distinctSubjects {found.subjects} ; void:distinctObjects {found.objects} ;"
        yield f"  void:target <{place.dataset}> , {target} ;"
        yield f"  void:subjectsTarget <{place.dataset}> ; void:objectsTarget {target} ."
        yield f"{target} a void:Dataset ; void:uriSpace {literal_term(space)} ."


def _part(place: Place, *iris: str) -> str:
    """A name for a part of the description, the same each time: ``…#td:HeadTerm/org:member``."""
    names = [shorten(iri) if iri else "" for iri in iris]
    short = [sha256(name.encode()).hexdigest()[:16] if name.startswith("<") else name for name in names]
    return f"<{place.root}.well-known/void#{'/'.join(short)}>"


def _vocabularies(counted: Statistics) -> list[str]:
    """The namespaces known here that classes and properties come from."""
    used = [*counted.classes, *counted.properties]
    return sorted({namespace for namespace in PREFIXES.values() if any(_is_of(namespace, iri) for iri in used)})


def _is_of(namespace: str, iri: str) -> bool:
    return iri.startswith(namespace) and not set("/#") & set(iri[len(namespace) :])


def _examples(questions: Iterable[Question], place: Place) -> Iterator[str]:
    """The catalogued questions, as SPARQL editors read examples.

    :source: https://github.com/sib-swiss/sparql-examples
    """
    questions = list(questions)
    if not questions:
        return
    prefixes = f"<{place.root}.well-known/void#prefixes>"
    yield f"{prefixes} a owl:Ontology ."
    for prefix, namespace in PREFIXES.items():
        declared = f"<{place.root}.well-known/void#prefix:{prefix}>"
        yield f"{prefixes} sh:declare {declared} . {declared} sh:prefix {literal_term(prefix)} ;"
        yield f"  sh:namespace {literal_term(namespace, _XSD + 'anyURI')} ."
    for question in questions:
        yield f"<{place.root}questions/{question.name}> a sh:SPARQLExecutable , sh:SPARQLSelectExecutable ;"
        for language in ("vi", "en"):
            yield f"  rdfs:label {literal_term(question.title[language])}@{language} ;"
            yield f"  rdfs:comment {literal_term(question.question[language])}@{language} ;"
        yield f"  sh:prefixes {prefixes} ; schema:target <{place.root}sparql> ;"
        yield f"  sh:select {literal_term(question.sparql)} ."


def _dcat(current: Version, versions: Sequence[Version], place: Place) -> Iterator[str]:
    yield f"<{place.root}dataset#catalog> a dcat:Catalog ; dcat:dataset <{place.dataset}> ;"
    yield from _named(place)
    yield from (f"  dcat:dataset <{_of_version(place, version)}> ;" for version in versions)
    yield from _published(place)
    yield f"  dcat:service <{place.root}sparql> ; foaf:homepage <{place.root}> ."
    if place.publisher:
        yield f"<{place.root}dataset#publisher> a foaf:Agent ; foaf:name {literal_term(place.publisher)} ."
    yield f"<{place.dataset}> a dcat:Dataset ;"
    yield from _named(place)
    yield from _published(place)
    if not place.plain:
        yield f"  dct:conformsTo <{ONTOLOGY}> ;"
        yield f"  dct:language <{_EU}language/VIE> , <{_EU}language/ENG> ; dct:spatial <{_EU}country/VNM> ;"
        yield f"  dcat:theme <{_EU}data-theme/GOVE> ; dct:accrualPeriodicity <{_EU}frequency/IRREG> ;"
        yield '  dcat:keyword "cụm thi đua"@vi , "thi đua khen thưởng"@vi , "emulation cluster"@en , "award"@en ;'
    yield from (f"  dcat:hasVersion <{_of_version(place, version)}> ;" for version in versions)
    yield f"  dcat:version {literal_term(str(current.number))} ; dct:modified {_time(current)} ;"
    yield from _distributed(place, current)
    yield f"  dct:identifier {literal_term(place.dataset)} ."
    for version in versions:
        yield from _version(place, version)
    yield f"<{place.root}sparql> a dcat:DataService ; dcat:servesDataset <{place.dataset}> ;"
    yield f'  dct:title "SPARQL" ; dct:conformsTo <{_PROTOCOL}> ;'
    yield f"  dcat:endpointURL <{place.root}sparql> ; dcat:endpointDescription <{place.root}sparql> ."
    yield f"<{place.root}> a foaf:Document ."
    for kinds in (_KINDS,) if place.plain else (_KINDS, _OWN_KINDS):
        yield from (f"<{iri}> a {kind} ." for kind, iris in kinds.items() for iri in iris)
    if not place.plain:
        yield f'<{_EU}data-theme/GOVE> skos:prefLabel "chính quyền và khu vực công"@vi ,'
        yield '  "government and public sector"@en .'


def _version(place: Place, version: Version) -> Iterator[str]:
    about = _of_version(place, version)
    yield f"<{about}> a dcat:Dataset ; dcat:isVersionOf <{place.dataset}> ;"
    yield from _named(place, f" {version.number}")
    yield from _published(place)
    if version.message:
        yield f"  <http://www.w3.org/ns/adms#versionNotes> {literal_term(version.message)} ;"
    yield from _distributed(place, version)
    yield f"  dct:issued {_time(version)} ; dcat:version {literal_term(str(version.number))} ;"
    yield f"  dct:identifier {literal_term('urn:sha256:' + version.hash)} ."
    for suffix, form in DUMPS.items():
        for end in ("", ".gz"):
            address = f"{place.root}dumps/{version.number}.{suffix}{end}"
            yield f"<{address}> a dcat:Distribution ; dct:title {literal_term(address.rpartition('/')[2])} ;"
            yield f"  dcat:mediaType <{_MEDIA}{form.media_type}> ; dct:format <{_file_type(form)}> ;"
            yield f"  dcat:compressFormat <{_MEDIA}application/gzip> ;" if end else ""
            yield f"  dct:license <{LICENSE}> ;" if not place.plain else ""
            yield f"  dcat:accessURL <{place.root}dataset> ; dcat:downloadURL <{address}> ."


def _of_version(place: Place, version: Version) -> str:
    return f"{place.root}dataset?version={version.number}"


def _distributed(place: Place, version: Version) -> Iterator[str]:
    for suffix in DUMPS:
        for end in ("", ".gz"):
            yield f"  dcat:distribution <{place.root}dumps/{version.number}.{suffix}{end}> ;"


def _named(place: Place, more: str = "") -> Iterator[str]:
    if place.plain:
        yield f'  dct:title "RDF{more}"@en ; dct:description "What this service holds."@en ;'
        return
    for language in ("vi", "en"):
        yield f"  dct:title {literal_term(TITLE[language] + more)}@{language} ;"
        yield f"  dct:description {literal_term(DESCRIPTION[language])}@{language} ;"


def _published(place: Place) -> Iterator[str]:
    if not place.plain:
        yield f"  dct:license <{LICENSE}> ;"
    if place.publisher:
        yield f"  dct:publisher <{place.root}dataset#publisher> ;"


def _time(version: Version) -> str:
    return literal_term(version.time, _XSD + "dateTime")
