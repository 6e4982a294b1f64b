"""A graph of 20 made-up clusters over 40 years, to see whether the pages carry it. None of it is a fact.

It is written into a version of its own beside the project's data, complete with what the rules would infer, and not
checked against the shapes: that would take minutes, and no reader waits for it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from thidua.base.terms import CONCEPT, GRAPH, PREFIXES, TD, instance
from thidua.names.collect import names_of
from thidua.names.index import write_names
from thidua.rdf.quads import QuadStore
from thidua.versions.publish import digest, publish
from thidua.versions.store import Version, VersionStore

CLUSTERS, YEARS, MEMBERS, SOURCES = 20, range(1986, 2026), 8, 10
_UNITS: Final = (
    "ha-nam", "nam-dinh", "thai-binh", "ninh-binh", "hung-yen", "hai-duong", "bac-ninh", "quang-ninh", "vinh-phuc",
    "lao-cai", "yen-bai", "ha-giang", "cao-bang", "lang-son", "bac-kan", "tuyen-quang",
)  # fmt: skip
_A: Final = f"<{PREFIXES['rdf']}type>"
_ORG, _OA, _SKOS, _XSD = (PREFIXES[prefix] for prefix in ("org", "oa", "skos", "xsd"))


def slug(cluster: int) -> str:
    return f"gia-{cluster:02d}"


def publish_many_clusters(root: Path) -> Version:
    """Add the made-up clusters to a store's current version, as a new one."""
    return publish_unchecked(root, {f"{GRAPH}gia{source}": set(_lines(source)) for source in range(SOURCES)})


def publish_unchecked(root: Path, graphs: Mapping[str, set[str]]) -> Version:
    """Add statements, as N-Triples without the full stop, to a store's current version, as a new one."""
    versions = VersionStore(root)
    with versions.writing() as draft:
        store = QuadStore.read_only(versions.current_path() / "rocksdb").copied(draft / "rocksdb")
        for graph, lines in graphs.items():
            store.change(graph, add=lines)
            store.change(None, add=lines)
        digests = digest(store, store.graphs())
        write_names(draft / "search.db", names_of(store))
        triples = store.triples()
        store.close()
        return publish(
            versions, draft, digests=digests, findings=[], triples=triples, sources=len(graphs), author="tests",
            message="",
        )  # fmt: skip


def _lines(source: int) -> Iterator[str]:
    """What one source says: of every tenth edition its leaders and members; of some editions not who was head."""
    src = f"<{instance('src', f'gia{source}')}>"
    yield f"{src} {_A} <{TD}SourceDocument>"
    for cluster in range(CLUSTERS):
        key = slug(cluster)
        iri = f"<{instance('cluster', key)}>"
        yield f"{iri} {_A} <{TD}EmulationCluster>"
        yield f'{iri} <{_SKOS}prefLabel> "Cụm thi đua giả số {cluster:02d}"@vi'
        yield f'{iri} <{_SKOS}prefLabel> "Made-up emulation cluster {cluster:02d}"@en'
        for year in YEARS:
            if (cluster + year) % SOURCES != source:
                continue
            edition = f"<{instance('edition', f'{key}_{year}')}>"
            ev = f"<{instance('ev', f'gia{source}_{cluster * 100}-{cluster * 100 + 50}')}>"
            yield f"{ev} <{_OA}hasSource> {src}"
            yield f"{edition} {_A} <{TD}ClusterEdition>"
            yield f"{edition} <{TD}editionOf> {iri}"
            yield f'{edition} <{TD}year> "{year}"^^<{_XSD}integer>'
            members = [_UNITS[(cluster + step) % len(_UNITS)] for step in range(MEMBERS)]
            for unit in members:
                yield from _record(edition, iri, ev, "member", unit, f"{key}_{year}", cluster)
            head, *deputies = (members[(year + step) % MEMBERS] for step in range(3))
            for unit in deputies:
                yield from _record(edition, iri, ev, "deputy", unit, f"{key}_{year}", cluster)
            if year % 7:
                yield from _record(edition, iri, ev, "head", head, f"{key}_{year}", cluster)


#: Kind of record to its class, how the edition leads to it, the short cut, and its role.
_RECORDS: Final = {
    "member": ("ClusterMembership", "membership", "memberUnit", "member"),
    "deputy": ("DeputyTerm", "deputyTerm", "deputyHeadedBy", "deputy"),
    "head": ("HeadTerm", "headTerm", "headedBy", "head"),
}


def _record(edition: str, cluster: str, ev: str, kind: str, unit: str, key: str, number: int) -> Iterator[str]:
    record, province = f"<{instance(kind, f'{key}_{unit}')}>", f"<{instance('province', unit)}>"
    name, leads, short, role = _RECORDS[kind]
    yield f"{record} {_A} <{TD}{name}>"
    yield f"{record} <{_ORG}member> {province}"
    yield f"{record} <{_ORG}organization> {cluster}"
    yield f"{record} <{_ORG}role> <{CONCEPT}role-{role}>"
    yield f"{record} <{TD}inEdition> {edition}"
    yield f"{record} <{TD}statedBy> {ev}"
    yield f'{record} <{TD}confidence> "0.{number % 9 + 1}"^^<{_XSD}decimal>'
    yield f"{edition} <{TD}{leads}> {record}"
    yield f"{edition} <{TD}{short}> {province}"
