"""Made-up award conferrals in the project's model, to measure with; none of them is a fact, and no store keeps them.

Every IRI is below https://example.org/synthetic/, in a graph of its own that says what it is.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from thidua.base.terms import TD

BASE: Final = "https://example.org/synthetic/"
GRAPH: Final = BASE + "graph"
CLUSTERS, YEARS, PER_EDITION = 50, range(1986, 2026), 50
CONFERRALS: Final = CLUSTERS * len(YEARS) * PER_EDITION
#: Conferrals with one total count; the others tell collectives and individuals apart.
TOTALS: Final = CONFERRALS // 2

_A: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LABEL: Final = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
_SOURCE: Final = "<http://www.w3.org/ns/oa#hasSource>"
_COMMENT: Final = "<http://www.w3.org/2000/01/rdf-schema#comment>"
_INTEGER: Final = "<http://www.w3.org/2001/XMLSchema#integer>"


def conferral(number: int) -> str:
    """The IRI of a made-up conferral, by its number from 0 on."""
    return f"{BASE}conferral/{number:06d}"


def quads(awards: Sequence[str]) -> Iterator[str]:
    """N-Quads lines, each triple in the default graph and in :data:`GRAPH`.

    :param awards: IRIs of the kinds of awards to give in turn.
    """
    for triple in _triples(awards):
        yield f"{triple} .\n"
        yield f"{triple} <{GRAPH}> .\n"


def _triples(awards: Sequence[str]) -> Iterator[str]:
    yield f'<{GRAPH}> {_COMMENT} "Synthetic: made by bench/synthetic.py to measure with. No fact."@en'
    number = 0
    for cluster in range(CLUSTERS):
        iri = f"<{BASE}cluster/{cluster:02d}>"
        yield f"{iri} {_A} <{TD}EmulationCluster>"
        yield f'{iri} {_LABEL} "Cụm giả {cluster:02d}"@vi'
        for year in YEARS:
            edition, evidence = f"<{BASE}edition/{cluster:02d}-{year}>", f"<{BASE}ev/{cluster:02d}-{year}>"
            yield f"{edition} {_A} <{TD}ClusterEdition>"
            yield f"{edition} <{TD}editionOf> {iri}"
            yield f'{edition} <{TD}year> "{year}"^^{_INTEGER}'
            yield f"{evidence} {_SOURCE} <{BASE}src/{cluster:02d}>"
            for _ in range(PER_EDITION):
                node = f"<{conferral(number)}>"
                yield f"{edition} <{TD}conferral> {node}"
                yield f"{node} {_A} <{TD}AwardConferral>"
                yield f"{node} <{TD}kind> <{awards[number % len(awards)]}>"
                yield f"{node} <{TD}statedBy> {evidence}"
                yield from (f'{node} <{TD}{name}> "{count}"^^{_INTEGER}' for name, count in _counts(number))
                if number % 3:
                    yield f"{node} <{TD}conferredBy> <{BASE}post/{number % 7}>"
                number += 1


def _counts(number: int) -> Iterator[tuple[str, int]]:
    """Half of the conferrals have one total, half have two parts, and some households."""
    if number % 2:
        yield "awardCount", number % 500 + 1
    else:
        yield "collectiveCount", number % 40 + 1
        yield "individualCount", number % 90 + 1
    if number % 10 == 0:
        yield "householdCount", number % 12 + 1
