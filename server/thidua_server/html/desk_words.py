"""Words of the desk: kinds of facts, their fields and codes in both languages, and facts as sentences."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from thidua.extract.choices import Choices
from thidua.extract.facts import Fact
from thidua_server.html.language import current, day, pick

Words = Mapping[str, Mapping[str, str]]


def _read(table: str) -> Words:
    lines = (line.split("|") for line in table.strip().splitlines())
    return {code.strip(): {"vi": vi.strip(), "en": en.strip()} for code, vi, en in lines}


#: Kinds of facts, in the order in which a missed one is chosen.
KINDS: Final = _read("""
role       | vai trò            | role
member     | thành viên         | member
cluster    | cụm                | cluster
event      | hội nghị           | conference
handover   | bàn giao           | hand-over
agreement  | giao ước           | agreement
official   | người              | person
award      | khen thưởng        | award
figure     | số liệu            | figure
document   | văn bản            | document
movement   | phong trào         | movement
ranking    | xếp hạng           | ranking
scope      | phạm vi            | scope
""")
FIELDS: Final = _read("""
value       | giá trị           | value
cluster     | cụm               | cluster
units       | số đơn vị         | units
year        | năm               | year
province    | đơn vị            | unit
event       | loại hội nghị     | kind of conference
date        | ngày              | day
period      | kỳ                | period
place       | nơi họp           | place
role        | vai trò           | role
official    | người             | person
from        | bên giao          | from
to          | bên nhận          | to
name        | tên               | name
post        | chức vụ           | post
id          | trong đồ thị là   | in the graph
award       | hình thức         | award
printed     | nguyên văn        | as printed
giver       | bên tặng          | given by
collectives | tập thể           | collectives
individuals | cá nhân           | individuals
households  | hộ gia đình       | households
total       | tổng số           | total
status      | tình trạng        | status
indicator   | chỉ tiêu          | indicator
unit        | đơn vị tính       | unit of measure
comparator  | so sánh           | comparison
area        | nơi               | area
number      | số hiệu           | number
issuer      | nơi ban hành      | issuer
rank        | hạng              | rank
points      | điểm              | points
""")
#: Codes that fields take, by field.
CODES: Final[Mapping[str, Words]] = {
    "value": _read("""
national   | cụm thi đua các tỉnh, thành phố   | cluster of provinces
sector     | của một ngành, đoàn thể           | of a sector or body
province   | trong nội bộ một tỉnh             | within one province
other      | khác                              | another
"""),
    "role": _read("""
head       | cụm trưởng                        | head
deputy     | cụm phó                           | deputy head
"""),
    "area": _read("""
cluster    | toàn cụm                          | the whole cluster
"""),
    "comparator": _read("""
more-than  | hơn                               | more than
less-than  | dưới                              | less than
about      | khoảng                            | about
at-least   | ít nhất                           | at least
at-most    | nhiều nhất                        | at most
"""),
    "status": _read("""
given      | đã tặng                           | given
proposed   | được đề nghị                      | proposed
"""),
    "event": _read("""
year-end-review | tổng kết năm                 | year-end review
mid-year        | sơ kết 6 tháng               | mid-year review
signing         | ký giao ước                  | agreement signing
preparatory     | trù bị                       | preparatory meeting
standing        | họp thường trực              | standing body
"""),
}
#: What the graph says of a proposal already.
STATUSES: Final = _read("""
new         | mới                              | new
confirms    | khớp với đồ thị                  | confirms
contradicts | trái với đồ thị                  | contradicts
known       | đã có từ chính nguồn này         | known from this source
unknown     | chưa so được                     | not compared
""")
SAID: Final = _read("""
accept      | nhận                             | accepted
edit        | nhận, đã sửa                     | accepted, edited
add         | thêm                             | added
reject      | bỏ                               | rejected
unsure      | chưa rõ                          | unsure
""")
#: Fields whose value is a resource, and of which kind.
LINKED: Final[Mapping[str, str]] = {
    "cluster": "cluster", "province": "province", "place": "province", "from": "province", "to": "province",
    "award": "award", "indicator": "indicator", "area": "province",
}  # fmt: skip
#: Of which kind the field `id` is, by the fact's.
LINKED_BY_ID: Final[Mapping[str, str]] = {"official": "person", "document": "legal", "movement": "movement"}
#: Fields with names of people, which need not be in the graph.
NAMED: Final = ("official", "name")
NUMBERS: Final = ("units", "year", "collectives", "individuals", "households", "total", "rank")
DAYS: Final = ("date",)


def kind_of(fact_kind: str, field: str) -> str:
    """The kind of resource that a field leads to; empty for none."""
    return LINKED_BY_ID.get(fact_kind, "") if field == "id" else LINKED.get(field, "")


def word(table: Words, code: str) -> str:
    """A code in the reader's words, or itself."""
    return table[code][current()] if code in table else code


def shown(fact_kind: str, field: str, value: Any, choices: Choices, year: int | None = None) -> str:
    """A value as people read it.

    :param year: of the fact; then a unit is called by its name alone, where that says which.
    """
    if isinstance(value, list):
        return ", ".join(shown(fact_kind, field, each, choices, year) for each in value)
    if field in CODES and str(value) in CODES[field]:
        return word(CODES[field], str(value))
    if (kind := kind_of(fact_kind, field)) == "province" and year:
        return choices.at(str(value), year, current())
    if kind:
        return choices.text(kind, str(value), current())
    return day(str(value)) if field in DAYS else str(value)


def sentence(fact: Fact, choices: Choices) -> list[tuple[str, bool]]:
    """A fact as a sentence: pieces of text, and whether each is a value."""
    pieces: list[tuple[str, bool]] = []
    when = str(fact.get("year") or fact.get("date") or fact.get("period") or "")[:4]
    year = int(when) if when.isascii() and when.isdigit() else None

    def add(text: str) -> None:
        pieces.append((text, False))

    def put(field: str, before: str = "", after: str = "", missing: str = "") -> None:
        value = fact.get(field)
        if value in (None, "", []):
            if missing:
                pieces.append((f"{before}{missing}{after}", False))
            return
        if before:
            add(before)
        pieces.append((shown(fact.kind, field, value, choices, year), True))
        if after:
            add(after)

    _SENTENCES.get(fact.kind, _plain)(fact, put, add)
    return pieces


Put = Callable[..., None]
Add = Callable[[str], None]


def _plain(fact: Fact, put: Put, add: Add) -> None:
    for number, field in enumerate(fact.values):
        put(field, "; " if number else "")


def _scope(fact: Fact, put: Put, add: Add) -> None:
    put("value", pick("Bài nói về ", "The text is about a "))


def _cluster(fact: Fact, put: Put, add: Add) -> None:
    put("cluster", pick("Cụm ", ""))
    put("units", pick(", ", ", "), pick(" đơn vị", " units"))


def _member(fact: Fact, put: Put, add: Add) -> None:
    put("province", missing="?")
    put("cluster", pick(" là thành viên cụm ", " is a member of "), missing="?")
    put("year", pick(" năm ", " in "), missing=pick("chưa rõ", "?"))


def _event(fact: Fact, put: Put, add: Add) -> None:
    put("event", missing=pick("Hội nghị", "Conference"))
    put("cluster", pick(" của cụm ", " of "))
    put("date", ", ")
    put("period", ", ")
    put("place", pick(", tại ", ", in "))


def _role(fact: Fact, put: Put, add: Add) -> None:
    put("province", missing="?")
    put("role", pick(" là ", " is "), missing="?")
    put("cluster", pick(" cụm ", " of "), missing="?")
    put("year", pick(" năm ", " in "), missing=pick("chưa rõ", "?"))
    put("official", pick(" (người: ", " (person: "), ")")


def _handover(fact: Fact, put: Put, add: Add) -> None:
    put("from", missing="?")
    put("to", pick(" bàn giao cụm trưởng cho ", " hands over to "), missing="?")
    put("cluster", pick(", cụm ", ", "))
    put("year", pick(" năm ", " "))


def _agreement(fact: Fact, put: Put, add: Add) -> None:
    put("cluster", pick("Cụm ", ""), missing="?")
    put("year", pick(" ký giao ước thi đua năm ", " signs its agreement for "), missing="?")


def _official(fact: Fact, put: Put, add: Add) -> None:
    put("name", missing="?")
    put("post", ", ")
    put("province", " · ")
    if fact.kind == "official" and not fact.get("id"):
        add(pick(" (người mới, đồ thị chưa có)", " (new: not in the graph)"))


def _award(fact: Fact, put: Put, add: Add) -> None:
    put("award" if fact.get("award") else "printed", missing="?")
    number = len(fact.values)
    put("total", ": ")
    put("collectives", ": " if number else "", pick(" tập thể", " collectives"))
    put("individuals", ", ", pick(" cá nhân", " individuals"))
    put("households", ", ", pick(" hộ", " households"))
    put("status", " · ")
    put("giver", " · ")
    put("year", pick(" · năm ", " · "))


def _figure(fact: Fact, put: Put, add: Add) -> None:
    put("indicator" if fact.get("indicator") else "printed", missing="?")
    put("comparator", ": ")
    put("value", " " if fact.get("comparator") else ": ", missing="?")
    put("unit", " ")
    put("area", " · ")
    put("period", " · ")


def _document(fact: Fact, put: Put, add: Add) -> None:
    put("number", missing="?")
    put("date", pick(", ngày ", ", "))
    put("issuer", ", ")
    put("id", " = ")


def _movement(fact: Fact, put: Put, add: Add) -> None:
    put("printed", "“", "”", missing="?")
    put("id", " = ")


def _ranking(fact: Fact, put: Put, add: Add) -> None:
    put("province", missing="?")
    put("rank", pick(" hạng ", " ranks "), missing="?")
    put("points", " (", pick(" điểm)", " points)"))
    put("cluster", pick(", cụm ", ", "))
    put("year", pick(" năm ", " "))


_SENTENCES: Final[Mapping[str, Callable[[Fact, Put, Add], None]]] = {
    "scope": _scope, "cluster": _cluster, "member": _member, "event": _event, "role": _role, "handover": _handover,
    "agreement": _agreement, "official": _official, "award": _award, "figure": _figure, "document": _document,
    "movement": _movement, "ranking": _ranking,
}  # fmt: skip
