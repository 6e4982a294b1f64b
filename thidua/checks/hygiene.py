"""Integrity checks that shapes cannot express: undeclared terms, dangling links, what was made up."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, Protocol

from thidua.base.errors import Finding
from thidua.base.terms import CONCEPT, GRAPH, ID, INFERRED, ONTOLOGY, PREFIXES, SYNTHETIC, shorten
from thidua.rdf.ntriples import iri_term
from thidua.rdf.quads import QuadStore

#: The languages that the ontology is written in, whose terms it need not declare.
_LANGUAGES: Final = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl", "xsd"))
_OWN: Final = (ID, CONCEPT, ONTOLOGY + "#")


class Locator(Protocol):
    """Tells where in the texts something is said: ``file:line``, or an empty text."""

    def seek(self, things: Iterable[str]) -> None:
        """Hear which things (IRIs) will be asked for, so that large texts are read once for all of them."""
        ...

    def locate(self, subject: str, predicate: str | None = None) -> str:
        """Where a thing is described."""
        ...

    def mention(self, iri: str, graph: str | None = None) -> str:
        """Where an IRI is first written, in one graph's texts or in any."""
        ...


def undeclared(store: QuadStore, locator: Locator, graphs: Iterable[str] | None = None) -> Iterator[Finding]:
    """Terms used as a property or a class, or standing in our namespaces, that the ontology does not declare.

    :param graphs: where to look; None means everywhere.
    """
    declared = {
        row["term"].value
        for row in store.select(f"SELECT ?term {{ GRAPH <{GRAPH}ontology> {{ ?term a ?kind }} }}")
        if row["term"]
    }
    within = within_graphs(graphs)
    used = store.select(
        f"""SELECT DISTINCT ?graph ?term ?as {{
          {{ {within} GRAPH ?graph {{ ?s ?term ?o }} BIND("property" AS ?as) }}
          UNION {{ {within} GRAPH ?graph {{ ?s a ?term }} BIND("class" AS ?as) }} }}"""
    )
    rows = [
        (row["graph"], term, row["as"])
        for row in used
        if (term := row["term"])
        and not (term.value in declared or term.value.startswith(_LANGUAGES) or term.kind == "blank")
    ]
    locator.seek(term.value for _, term, _ in rows)
    for graph, term, role in rows:
        assert graph and role
        name, vai = shorten(term.value), {"property": "thuộc tính", "class": "lớp"}[role.value]
        yield Finding(
            "Violation", "declared-term", term.value, None, None,
            f"{name} chưa được khai báo là {vai}; sửa chính tả, hoặc khai báo trong ontology/thidua.ttl",
            f"{name} is not declared as a {role.value}; correct the spelling, or declare it in ontology/thidua.ttl",
            locator.mention(term.value, graph.value),
        )  # fmt: skip


def made_up(store: QuadStore, locator: Locator, graphs: Iterable[str] | None = None) -> Iterator[Finding]:
    """Statements about what was made up to measure with: it must not stand among facts.

    :param graphs: where to look; None means everywhere.
    """
    within = within_graphs(graphs)
    of_it = f'STRSTARTS(STR(?s), "{SYNTHETIC}") || STRSTARTS(STR(?o), "{SYNTHETIC}")'
    rows = list(store.select(f"SELECT DISTINCT ?graph ?s {{ {within} GRAPH ?graph {{ ?s ?p ?o }} FILTER({of_it}) }}"))
    locator.seek(row["s"].value for row in rows if row["s"])
    for row in rows:
        graph, subject = row["graph"], row["s"]
        assert graph and subject
        yield Finding(
            "Violation", "no-made-up-thing", subject.value, None, None,
            f"{shorten(subject.value)} là dữ liệu giả để đo tốc độ; đừng để lẫn với sự thật",
            f"{shorten(subject.value)} is made up to measure with; keep it away from facts",
            locator.mention(subject.value, graph.value),
        )  # fmt: skip


def dangling(store: QuadStore, locator: Locator, targets: Iterable[str] | None = None) -> Iterator[Finding]:
    """Links into our own namespace that lead nowhere, as stated: what is inferred from them is no second mistake.

    :param targets: the IRIs to look at; None means all.
    """
    if targets is None:
        within = " || ".join(f'STRSTARTS(STR(?o), "{namespace}")' for namespace in _OWN)
        within = f"FILTER(isIRI(?o) && ({within}))"
        before = ""
    else:
        before = f"VALUES ?o {{ {' '.join(iri_term(iri) for iri in targets if iri.startswith(_OWN))} }}"
        within = ""
    rows = list(
        store.select(
            f"""SELECT DISTINCT ?s ?p ?o {{
              {before} GRAPH ?stated {{ ?s ?p ?o }} {within}
              FILTER(?stated != <{INFERRED}>) FILTER NOT EXISTS {{ ?o ?any ?thing }} }} ORDER BY ?o ?s"""
        )
    )
    locator.seek(cell.value for row in rows for cell in (row["s"], row["o"]) if cell)
    # One mistake may be written, and completed, in many places: it is told once, at the first.
    for target, those in groupby(rows, key=lambda row: row["o"]):
        first, *others = those
        subject, predicate = first["s"], first["p"]
        assert subject and predicate and target
        link = f"{shorten(subject.value)} {shorten(predicate.value)}"
        more_vi, more_en = (f" (và {len(others)} chỗ nữa)", f" (and {len(others)} more)") if others else ("", "")
        yield Finding(
            "Violation", "described-target", subject.value, predicate.value, target.value,
            f"{link}{more_vi} trỏ tới {shorten(target.value)}, "
            f"nơi không có gì được mô tả; sửa tên, hoặc thêm vào data/registry/",
            f"{link}{more_en} links to {shorten(target.value)}, "
            f"which nothing describes; correct the name, or add it to data/registry/",
            locator.mention(target.value) or locator.locate(subject.value, predicate.value),
        )  # fmt: skip


def within_graphs(graphs: Iterable[str] | None) -> str:
    """What keeps a query's ``?graph`` to some graphs; None means all."""
    return "" if graphs is None else f"VALUES ?graph {{ {' '.join(map(iri_term, graphs))} }}"
