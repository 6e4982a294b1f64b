"""Namespaces, prefixes and graph names: one place, fixed once.

A prefix stands for the same namespace in every file of the project. :data:`PREFIXES` is that list;
the hygiene tests refuse a file that binds one of them to something else.
"""

from typing import Final

BASE: Final = "https://w3id.org/thidua/"
ID: Final = BASE + "id/"
ONTOLOGY: Final = BASE + "ontology"
TD: Final = ONTOLOGY + "#"
CONCEPT: Final = BASE + "concept/"
GRAPH: Final = BASE + "graph/"
CUBE: Final = BASE + "cube/"
SHAPES: Final = BASE + "shapes#"
DATASET: Final = BASE + "dataset"
#: What ontology, shapes and data are under: see LICENSE-DATA.
LICENSE: Final = "https://creativecommons.org/licenses/by/4.0/"

#: Kinds of things: the second-last segment of an instance IRI, ``…/id/{kind}/{key}_{key}``.
KINDS: Final = (
    "agent", "agreement", "anniversary", "award", "body", "change", "cluster", "conf", "conferral", "country", "deputy",
    "designation", "edition", "engagement", "ev", "exemplar", "handover", "head", "holding", "instant", "legal", "link",
    "linkset", "member", "movement", "obs", "oversight", "part", "period", "person", "post", "proposal", "province",
    "remark", "run", "src",
)  # fmt: skip

PREFIXES: Final[dict[str, str]] = {
    "td": TD,
    "tdsh": SHAPES,
    "c": CONCEPT,
    "graph": GRAPH,
    "cube": CUBE,
    **{kind: f"{ID}{kind}/" for kind in KINDS},
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "oa": "http://www.w3.org/ns/oa#",
    "opengov": "http://www.w3.org/ns/opengov#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sdmxa": "http://purl.org/linked-data/sdmx/2009/attribute#",
    "sdmxd": "http://purl.org/linked-data/sdmx/2009/dimension#",
    "sdmxm": "http://purl.org/linked-data/sdmx/2009/measure#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

#: What bench/generate.py makes up; no build and no write takes it.
SYNTHETIC: Final = "https://example.org/synthetic/"

#: What stands in a file to begin with where a curator is to write; no build and no write takes it.
TEMPLATE: Final = "EDIT-ME"

#: Graphs that no source owns.
INFERRED: Final = GRAPH + "inferred"

_LONGEST_FIRST = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))


def shorten(iri: str) -> str:
    """Write an IRI as people read it: ``edition:dong-bang-song-hong_2023``; unknown ones stay in ``<>``."""
    for prefix, namespace in _LONGEST_FIRST:
        if iri.startswith(namespace) and "/" not in iri[len(namespace) :]:
            return f"{prefix}:{iri[len(namespace) :]}"
    return f"<{iri}>"


def instance(kind: str, key: str) -> str:
    """The IRI of a thing: ``instance("province", "thai-binh")``."""
    return f"{ID}{kind}/{key}"
