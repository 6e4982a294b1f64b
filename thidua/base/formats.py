"""The formats an answer can be written in: media type to short name. The first of each is the default."""

from typing import Final

#: For SELECT and ASK.
RESULTS: Final[dict[str, str]] = {
    "application/sparql-results+json": "json",
    "application/sparql-results+xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "application/xml": "xml",
}

#: For the answer to a catalogued question; the short name is also the suffix of its address.
TABLES: Final[dict[str, str]] = {
    "application/json": "json",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.apache.arrow.file": "arrow",
    "application/geo+json": "geojson",
}

#: For CONSTRUCT and DESCRIBE.
GRAPHS: Final[dict[str, str]] = {
    "text/turtle": "turtle",
    "application/n-triples": "ntriples",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdfxml",
    "application/trig": "trig",
    "application/n-quads": "nquads",
}

#: What is read over HTTP and from files.
INPUTS: Final[dict[str, str]] = {
    "text/turtle": "turtle",
    "application/n-triples": "ntriples",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdfxml",
    "application/trig": "trig",
    "application/n-quads": "nquads",
}
#: Those of them that name graphs.
DATASETS: Final = ("trig", "nquads")

#: By a file's suffix. Of N3, what is Turtle too is read.
SUFFIXES: Final[dict[str, str]] = {
    ".ttl": "text/turtle",
    ".n3": "text/turtle",
    ".nt": "application/n-triples",
    ".jsonld": "application/ld+json",
    ".rdf": "application/rdf+xml",
    ".owl": "application/rdf+xml",
    ".trig": "application/trig",
    ".nq": "application/n-quads",
}
