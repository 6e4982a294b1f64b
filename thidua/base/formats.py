"""Formats: everything that is read or written, in one registry, from which every other table is made.

A new output format is an entry here and its writer: docs/contributing/adding-a-format.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Format:
    """One format, and how it is handled."""

    name: str
    """Short, as in ``format=csv``; of an answer to a question, the suffix of its address too."""
    media_type: str
    title: str
    holds: tuple[str, ...]
    """``results`` of SELECT and ASK, a ``table`` that answers a catalogued question, a ``graph``, the ``changes``
    between two versions, a ``citation``, or, as an ``export``, a whole version."""
    suffixes: tuple[str, ...] = ()
    """Of files, the usual one first."""
    aliases: tuple[str, ...] = ()
    """Other media types that it goes by."""
    names: tuple[str, ...] = ()
    """Other short names that clients send."""
    readable: bool = False
    """Whether RDF in it is read, over HTTP and from files."""
    dataset: bool = False
    """Whether it names graphs."""
    geographic: bool = False
    """Whether it holds only rows that are about provinces."""
    inline: bool = False
    """Whether a browser shows it; it saves the others."""
    binary: bool = False
    """Whether a terminal cannot show it, and compression gains nothing."""

    @property
    def suffix(self) -> str:
        """The usual suffix, without its dot."""
        return self.suffixes[0].removeprefix(".")


#: Of those that hold the same, the first is the default.
FORMATS: Final = (
    Format("json", "application/sparql-results+json", "JSON", ("results",), aliases=("application/json",)),
    Format("xml", "application/sparql-results+xml", "XML", ("results",), aliases=("application/xml",)),
    Format("text", "text/plain", "Text", ("changes",)),
    Format("json", "application/json", "JSON", ("table", "changes"), (".json",), inline=True),
    Format("plain", "text/plain", "Text", ("citation",), inline=True),
    Format("bibtex", "application/x-bibtex", "BibTeX", ("citation",), (".bib",)),
    Format("csl-json", "application/vnd.citationstyles.csl+json", "CSL-JSON", ("citation",), (".json",)),
    Format("patch", "application/rdf-patch", "RDF Patch", ("changes",)),
    Format("csv", "text/csv", "CSV", ("results", "table", "export"), (".csv",)),
    Format("tsv", "text/tab-separated-values", "TSV", ("results", "table"), (".tsv",)),
    Format(
        "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel", ("table",), (".xlsx",),
        binary=True,
    ),
    Format("parquet", "application/vnd.apache.parquet", "Parquet", ("table", "export"), (".parquet",), binary=True),
    Format("arrow", "application/vnd.apache.arrow.file", "Arrow", ("table",), (".arrow",), binary=True),
    Format("geojson", "application/geo+json", "GeoJSON", ("table",), (".geojson",), geographic=True, inline=True),
    Format(
        "sqlite", "application/vnd.sqlite3", "SQLite", ("export",), (".sqlite", ".sqlite3", ".db"), binary=True
    ),
    Format("graphml", "application/graphml+xml", "GraphML", ("export",), (".graphml",)),
    Format(
        "turtle", "text/turtle", "Turtle", ("graph", "export"), (".ttl", ".n3"), names=("ttl", "n3"), readable=True
    ),
    Format(
        "ntriples", "application/n-triples", "N-Triples", ("graph", "export"), (".nt",), names=("nt",), readable=True
    ),
    Format(
        "jsonld", "application/ld+json", "JSON-LD", ("graph",), (".jsonld",), names=("json", "json-ld"), readable=True
    ),
    Format(
        "rdfxml", "application/rdf+xml", "RDF/XML", ("graph",), (".rdf", ".owl"), names=("rdf", "rdf+xml", "xml"),
        readable=True,
    ),
    Format("trig", "application/trig", "TriG", ("graph", "export"), (".trig",), readable=True, dataset=True),
    Format(
        "nquads", "application/n-quads", "N-Quads", ("graph", "export"), (".nq",), names=("nq",), readable=True,
        dataset=True,
    ),
)  # fmt: skip


def _holding(what: str) -> dict[str, Format]:
    """By media type, those that a format is sent as first."""
    formats = [form for form in FORMATS if what in form.holds]
    usual = {form.media_type: form for form in formats}
    return usual | {alias: form for form in formats for alias in form.aliases}


#: For SELECT and ASK, by media type.
RESULTS: Final[Mapping[str, Format]] = _holding("results")
#: For the answer to a catalogued question, by media type.
TABLES: Final[Mapping[str, Format]] = _holding("table")
#: For CONSTRUCT and DESCRIBE, by media type.
GRAPHS: Final[Mapping[str, Format]] = _holding("graph")
#: For what became different between two versions, by media type.
CHANGES: Final[Mapping[str, Format]] = _holding("changes")
#: For a citation, by media type.
CITATIONS: Final[Mapping[str, Format]] = _holding("citation")
#: For a version taken elsewhere, by suffix.
EXPORTS: Final[Mapping[str, Format]] = {form.suffix: form for form in _holding("export").values()}
#: RDF that is read over HTTP and from files, by media type.
INPUTS: Final[Mapping[str, Format]] = {form.media_type: form for form in FORMATS if form.readable}
#: Those that name graphs.
DATASETS: Final = tuple(form for form in FORMATS if form.dataset)
#: RDF files: suffix to media type. Of N3, what is Turtle too is read.
SUFFIXES: Final[Mapping[str, str]] = {suffix: form.media_type for form in INPUTS.values() for suffix in form.suffixes}
#: Media types that are worth compressing.
COMPRESSIBLE: Final = tuple(
    media_type for form in FORMATS if not form.binary for media_type in (form.media_type, *form.aliases)
)


def by_name(formats: Mapping[str, Format]) -> dict[str, Format]:
    """The same formats by their short names."""
    return {form.name: form for form in formats.values()}
