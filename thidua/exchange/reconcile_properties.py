"""Data extension for reconciliation: types, properties and values that a table's cell can hold.

Each property is a graph pattern that leads from ``?thing`` to ``?value``. Reconciliation compares by them, and tables
are extended with them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from thidua.base.terms import ID, PREFIXES
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.names.labels import labelled
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import iri_term, literal_term

Bilingual = Mapping[str, str]


@dataclass(frozen=True)
class Type:
    """A type of thing; ``kind`` is the kind of its IRIs."""

    id: str
    kind: str
    name: Bilingual


@dataclass(frozen=True)
class Property:
    """A property of some kinds of things; ``to`` is the kind of things that it leads to, if it is one."""

    id: str
    kinds: tuple[str, ...]
    name: Bilingual
    to: str
    pattern: str


TYPES: Final = {
    type_.id: type_
    for type_ in (
        Type("Province", "province", {"vi": "Đơn vị cấp tỉnh", "en": "Province"}),
        Type("EmulationCluster", "cluster", {"vi": "Cụm thi đua", "en": "Emulation cluster"}),
        Type("Person", "person", {"vi": "Cá nhân", "en": "Person"}),
        Type("Award", "award", {"vi": "Hình thức khen thưởng", "en": "Award"}),
        Type("Document", "legal", {"vi": "Văn bản", "en": "Document"}),
        Type("Post", "post", {"vi": "Chức vụ", "en": "Post"}),
        Type("PublicBody", "body", {"vi": "Cơ quan", "en": "Public body"}),
        Type("EmulationMovement", "movement", {"vi": "Phong trào thi đua", "en": "Emulation movement"}),
    )
}
BY_KIND: Final = {type_.kind: type_ for type_ in TYPES.values()}
#: Ids that clients made before version 2 of the ontology still ask with.
_FORMER: Final = {"LegalDocument": "Document"}

_TABLE: Final = """
on           | province cluster person award legal post body movement | vào ngày, năm | on a day, in a year | |
start        | province award movement | từ ngày        | from                |          | td:startDate
end          | province award | đến ngày           | until               |          | td:endDate
gsoCode      | province       | mã GSO             | GSO code            |          | td:gsoCode
isoCode      | province       | mã ISO 3166-2      | ISO 3166-2 code     |          | td:isoCode
geonames     | province       | GeoNames           | GeoNames            |          | skos:exactMatch
currentUnit  | province       | nay là             | is today            | province | td:currentUnit
successor    | province       | đơn vị kế thừa     | successor           | province | td:successor
region       | province       | vùng               | region              |          | td:region|td:formerRegion
latitude     | province       | vĩ độ              | latitude            |          | schema:latitude
longitude    | province       | kinh độ            | longitude           |          | schema:longitude
cluster      | province       | thuộc cụm          | member of           | cluster  | ^td:memberUnit/td:editionOf
headedIn     | province       | làm cụm trưởng năm | headed a cluster in |          | ^td:headedBy/td:year
member       | cluster        | thành viên         | member              | province | ^td:editionOf/td:memberUnit
head         | cluster        | cụm trưởng         | head                | province | ^td:editionOf/td:headedBy
year         | cluster        | năm có tin         | years known         |          | ^td:editionOf/td:year
post         | person         | chức vụ            | post                | post     | ^org:member/td:post
province     | person         | tỉnh, thành phố | province | province | ^org:member/org:organization/td:ofProvince
seenOn       | person         | được thấy ngày     | seen on             |          | ^org:member/td:attestedOn
provinceOf   | post body      | của tỉnh        | of province | province | td:ofProvince|org:postIn/td:ofProvince
body         | post           | cơ quan            | body                | body     | org:postIn
holder       | post           | người giữ          | holder              | person   | ^td:post/org:member
broader      | award movement | thuộc              | broader             |          | skos:broader
level        | award          | cấp                | level               |          | td:level
recipient    | award          | đối tượng          | recipient           |          | td:recipientKind
legalBasis   | award          | căn cứ             | legal basis         | legal    | td:legalBasis
launchedBy   | movement       | phát động          | launched by         |          | td:launchedBy
number       | legal          | số hiệu            | number              |          | eli:id_local|dct:identifier
issued       | legal          | ngày ban hành      | issued on           |          | eli:date_document|dct:issued
documentType | legal          | loại văn bản       | type of document    |          | eli:type_document|td:kind
issuer       | legal          | cơ quan ban hành   | issuer              |          | eli:passed_by|dct:creator
inForce      | legal          | có hiệu lực từ     | in force from       |          | eli:first_date_entry_in_force
replacedBy   | legal          | được thay bằng     | replaced by         | legal    | eli:repealed_by|dct:isReplacedBy
"""
"""A property a line: id, kinds, Vietnamese, English, kind it leads to, and a path."""


def _properties() -> Iterator[Property]:
    for line in _TABLE.strip().splitlines():
        id_, kinds, vi, en, to, path = (part.strip() for part in line.split("|", 5))
        yield Property(id_, tuple(kinds.split()), {"vi": vi, "en": en}, to, path and f"?thing {path} ?value")


#: By id. ``on`` has no pattern: a thing exists on a day, or does not.
PROPERTIES: Final = {each.id: each for each in _properties()}
#: Properties whose value alone finds a thing.
CODES: Final = ("gsoCode", "isoCode", "number", "geonames")
_PREFIXES: Final = "".join(
    f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("td", "org", "skos", "schema", "eli", "dct")
)
#: Things asked about in one query.
_AT_ONCE: Final = 100


@dataclass(frozen=True)
class Value:
    """One value: a term, and its name in the language asked for where it is a thing."""

    cell: Cell
    label: str = ""

    @property
    def text(self) -> str:
        """As a person reads it."""
        return self.label or self.cell.value

    @property
    def id(self) -> str:
        """The id that reconciliation knows it by; empty if it does not."""
        local = self.cell.value.removeprefix(ID)
        return local if self.cell.kind == "iri" and local.partition("/")[0] in BY_KIND else ""


def type_called(id_: str) -> Type | None:
    """The type that an id means, if any."""
    return TYPES.get(_FORMER.get(id_, id_))


#: IRI of a thing and id of a property to its values, each once, in order.
Facts = dict[tuple[str, str], list[Value]]


def read_facts(
    snapshot: Snapshot, things: Iterable[str], properties: Sequence[str], caller: Caller, language: str = "vi"
) -> Facts:
    """The values of properties of things; what is not known is left out."""
    wanted = [PROPERTIES[each] for each in dict.fromkeys(properties) if PROPERTIES[each].pattern]
    facts: dict[tuple[str, str], dict[Value, None]] = {}
    ordered = sorted(set(things)) if wanted else []
    for some in (ordered[first : first + _AT_ONCE] for first in range(0, len(ordered), _AT_ONCE)):
        chosen = " ".join(map(iri_term, some))
        branches = " UNION ".join(
            f'{{ VALUES ?thing {{ {chosen} }} {each.pattern} BIND("{each.id}" AS ?property) }}' for each in wanted
        )
        rows = snapshot.select(
            f"""{_PREFIXES} SELECT DISTINCT ?thing ?property ?value ?label {{ {branches}
              OPTIONAL {{ {labelled("?value", "?label", language)} }}
            }} ORDER BY ?thing ?property ?value ?label""",
            caller,
        )
        for row in rows:
            thing, property_, value, label = (row[name] for name in ("thing", "property", "value", "label"))
            assert thing and property_ and value
            facts.setdefault((thing.value, property_.value), {})[Value(value, label.value if label else "")] = None
    return {key: list(values) for key, values in facts.items()}


def things_with(snapshot: Snapshot, property_: str, values: Iterable[str], caller: Caller) -> list[str]:
    """The IRIs of things that have one of these values, as text, of a property among :data:`CODES`."""
    texts = ", ".join(literal_term(value) for value in values)
    rows = snapshot.select(
        f"""{_PREFIXES} SELECT DISTINCT ?thing {{ {PROPERTIES[property_].pattern}
          FILTER(STR(?value) IN ({texts})) }} ORDER BY ?thing LIMIT 20""",
        caller,
    )
    return [row["thing"].value for row in rows if row["thing"]]
