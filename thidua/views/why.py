"""Why a row: the records behind it with their passages, the rules that inferred it, what makes it certain or only
possible, and which sources agree or differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from thidua.base.errors import LimitError
from thidua.base.files import ProjectFiles
from thidua.base.terms import INFERRED, PREFIXES, TD
from thidua.checks.rules import Rule
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.questions import certainty
from thidua.questions.rows import Evidence, Rows
from thidua.rdf.cells import Record
from thidua.rdf.ntriples import iri_term
from thidua.views.contradictions import Contradiction, contradictions

#: What is a row's own source, or how sure that makes it: two rows that differ in nothing else say the same thing.
_OF_THE_SOURCE: Final = {"source", "support", "reading", "basis", "time", "certainty", "confidence", "rank"}
_AT_HAND: Final = f"""PREFIX td: <{TD}> PREFIX org: <{PREFIXES["org"]}>
SELECT DISTINCT ?predicate ?thing WHERE {{
  VALUES ?record {{ RECORDS }}
  {{ ?record (^td:headTerm|^td:deputyTerm|^td:membership|org:memberDuring|td:inEdition)? ?thing }}
  GRAPH <{INFERRED}> {{ ?thing ?predicate ?value }}
}}"""
#: What each rule of `ontology/rules/inference` concludes, by the name of its file.
RULES: Final[Mapping[str, tuple[str, str]]] = {
    "01-leaders-and-members": (
        "Bản ghi về cụm trưởng, cụm phó, thành viên cho biết đơn vị nào của kỳ ấy; trong nhiều cụm trưởng, lấy đơn vị được chọn, không thì mọi đơn vị chưa bị bác.",  # noqa: E501
        "A record of a head, deputy or member gives the unit of that edition; of several heads the preferred one, else all that are not rejected.",  # noqa: E501
    ),
    "02-conflicting-heads": (
        "Hai cụm trưởng của một kỳ mâu thuẫn nhau, trừ khi một bị bác hoặc ngày tháng tách họ ra.",
        "Two heads of one edition contradict each other, unless one is rejected or their own dates part them.",
    ),
    "03-conflicting-figures": (
        "Hai số liệu chỉ khác nhau ở giá trị thì mâu thuẫn.", "Two figures that differ in the value alone contradict each other.",  # noqa: E501
    ),
    "04-later-unit": (
        "Các đơn vị về sau của một tỉnh, qua một hay nhiều lần sắp xếp.", "The units that a province became, by one merger or several.",  # noqa: E501
    ),
    "05-current-unit": (
        "Đơn vị ngày nay ở nơi ấy; chính nó, nếu vẫn còn.", "The unit in force today where a province was; itself, if it still stands.",  # noqa: E501
    ),
    "06-superclasses": (
        "Cái gì thuộc một lớp thì thuộc cả lớp rộng hơn.", "What is of a class is of every wider class.",
    ),
    "07-acting-holder": (
        "Ai dự hay phát biểu thay đơn vị lãnh đạo thì đại diện cho đơn vị ấy.", "Who took part or spoke for a leading unit acted for it.",  # noqa: E501
    ),
    "08-held-by": ("Người giữ một chức vụ.", "Who held a post."),
    "09-name-then": (
        "Tên của đơn vị vào năm ấy, theo văn bản đổi tên.", "What the unit was called in that year, by the laws that renamed it.",  # noqa: E501
    ),
    "10-dates-of-concepts": ("Ngày của khái niệm.", "The dates of a concept."),
}  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """One of the things that settle how sure a row is: a column, its code, and whether it allows `certain`."""

    column: str
    code: str
    good: bool


@dataclass(frozen=True)
class Why:
    """What stands behind one row."""

    record: Record
    records: tuple[str, ...]
    """The records that the row rests on."""
    evidence: tuple[Evidence, ...]
    reasons: list[Reason]
    rules: list[tuple[str, str, str]]
    """The rules by which things about these records are inferred: file name, and what it says in both languages."""
    agreeing: list[Record]
    """Rows of other sources that say the same."""
    differing: list[Contradiction]


def why(snapshot: Snapshot, rows: Rows, number: int, language: str, caller: Caller) -> Why:
    """The reasons for a row.

    :param rows: an answer with its evidence.
    :param number: the place of the row in it.
    """
    record = rows.records[number]
    behind = rows.behind[number] if rows.behind else ()
    return Why(
        record=record,
        records=behind,
        evidence=rows.evidence[number] if rows.evidence else (),
        reasons=_reasons(record),
        rules=_rules(snapshot, behind, caller),
        agreeing=[other for place, other in enumerate(rows.records) if place != number and _same(record, other)],
        differing=_differing(snapshot, record, behind, language, caller),
    )


def _reasons(record: Record) -> list[Reason]:
    good = {"support": "stated", "reading": "first-hand", "time": "settled"}
    found = []
    for column in ("support", "reading", "time", "basis"):
        cell = record.get(column)
        if cell and certainty.is_coded(column):
            found.append(Reason(column, cell.value, good.get(column, cell.value) == cell.value and column != "basis"))
    return found


def _rules(snapshot: Snapshot, behind: Sequence[str], caller: Caller) -> list[tuple[str, str, str]]:
    if not behind:
        return []
    rows = snapshot.select(_AT_HAND.replace("RECORDS", " ".join(map(iri_term, behind))), caller)
    given = {cell.value for row in rows if (cell := row["predicate"])}
    found = []
    for path in ProjectFiles.find().rules("inference"):
        gives = Rule.read(path).gives
        if gives and gives & given and path.stem in RULES:
            found.append((path.stem, *RULES[path.stem]))
    return found


def _same(record: Record, other: Record) -> bool:
    of_source = record.get("source") != other.get("source")
    names = record.keys() - _OF_THE_SOURCE - {"official", "officialLabel"}
    return of_source and all(record[name] == other[name] for name in names)


def _differing(
    snapshot: Snapshot, record: Record, behind: Sequence[str], language: str, caller: Caller
) -> list[Contradiction]:
    """Contradictions about what the row is of: both its subject and one of the claims stand in the row or behind it."""
    try:
        found = contradictions(snapshot, language, caller)
    except LimitError:
        return []
    things = {cell.value for cell in record.values() if cell and cell.kind == "iri"} | set(behind)
    editions = snapshot.select(
        f"SELECT DISTINCT ?thing {{ VALUES ?record {{ {' '.join(map(iri_term, behind))} }} "
        f"{{ ?thing <{TD}headTerm>|<{TD}deputyTerm>|<{TD}membership> ?record }} "
        f"UNION {{ ?record <{TD}inEdition> ?thing }} }}",
        caller,
    ) if behind else []  # fmt: skip
    things |= {cell.value for row in editions if (cell := row["thing"])}
    return [
        each
        for each in found
        if each.subject.iri in things and (any(claim.iri in things for claim in each.claims) or each.what == "figure")
    ]
