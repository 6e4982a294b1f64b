"""External identifiers as people write them: Wikidata Q36681, GeoNames 1566338, ISO VN-20, GSO 34."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from thidua.questions.describe import Description

#: Registries by the addresses that name their entries; the first group is the entry's own name.
_REGISTRIES: Final = tuple(
    (re.compile(pattern, re.DOTALL), name)
    for pattern, name in (
        (r"https?://www\.wikidata\.org/entity/(Q[0-9]+)", "Wikidata"),
        (r"https?://sws\.geonames\.org/([0-9]+)/?", "GeoNames"),
        (r"https?://www\.openstreetmap\.org/((?:relation|node|way)/[0-9]+)", "OpenStreetMap"),
        (r"https?://vbpl\.vn/.*[?&]ItemID=([0-9]+).*", "VBPL"),
        (r"https?://vanban\.chinhphu\.vn/.*[?&]docid=([0-9]+).*", "vanban.chinhphu.vn"),
        (r"https://thuvienphapluat\.vn/.*-([0-9]+)\.aspx", "thuvienphapluat.vn"),
        (r"http://viaf\.org/viaf/([0-9]+)", "VIAF"),
        (r"http://id\.loc\.gov/authorities/names/([a-z]+[0-9]+)", "LCNAF"),
        (r"https://d-nb\.info/gnd/([0-9X-]+)", "GND"),
        (r"http://data\.bnf\.fr/ark:/12148/cb([0-9]+[0-9a-z])#about", "BnF"),
        (r"http://www\.idref\.fr/([0-9]+[0-9X])/id", "IdRef"),
        (r"https://isni\.org/isni/([0-9]+[0-9X])", "ISNI"),
        (r"https://ror\.org/([0-9a-z]+)", "ROR"),
        (r"http://www\.grid\.ac/institutes/(grid\.[0-9]+\.[0-9a-f]+)", "GRID"),
        (r"https://doi\.org/10\.13039/([0-9]+)", "Crossref Funder Registry"),
    )
)
_CODES: Final = (("td:isoCode", "ISO"), ("td:gsoCode", "GSO"), ("eli:id_local", "№"), ("dct:identifier", "id"))
_LINKS: Final = (("skos:exactMatch", True), ("skos:closeMatch", False), ("rdfs:seeAlso", True), ("schema:url", True))


@dataclass(frozen=True)
class Identifier:
    """A registry and the name it has for the thing; `same` is false where it means something close."""

    registry: str
    name: str
    href: str | None = None
    same: bool = True


def identifiers(description: Description) -> list[Identifier]:
    """Every name that another registry has for a thing, each once."""
    return list({each.href or (each.registry, each.name): each for each in [*_read(description)][::-1]}.values())[::-1]


def _read(description: Description) -> Iterator[Identifier]:
    for property_, same in _LINKS:
        for cell in description.values(property_):
            yield of_address(cell.value, same)
    for property_, registry in _CODES:
        yield from (Identifier(registry, cell.value) for cell in description.values(property_))


def of_address(address: str, same: bool = True) -> Identifier:
    """An entry by its address; of an unknown registry, the host and the rest."""
    for pattern, registry in _REGISTRIES:
        if found := pattern.fullmatch(address):
            return Identifier(registry, found[1], address, same)
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:  # a host in one bracket, such as [::1
        return Identifier("", address)
    if parts.scheme not in ("http", "https") or not host:
        return Identifier("", address)
    return Identifier(host, (parts.path + ("?" + parts.query if parts.query else "")), address, same)
