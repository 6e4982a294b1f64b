"""Page sections of a resource by its kind: answers to catalogued questions.

:data:`SECTIONS` is the whole design: per kind the questions that a reader has, in their order, how the thing is named
in each, and which columns are worth showing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from thidua.base.errors import LimitError, ParameterError
from thidua.base.terms import CONCEPT
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.questions.describe import Description
from thidua.questions.rows import Rows
from thidua.rdf.cells import Cell, Record
from thidua.views.disputes import QUESTION, Dispute, disputes

#: Lines of one section; the question's own page has them all.
MOST: Final = 60
#: Seconds for one section, beside which the page has others to show.
_PATIENCE: Final = 5.0


@dataclass(frozen=True)
class Section:
    """A question, and how its answer is shown on a thing's page."""

    question: str
    vi: str
    en: str
    show: str
    """The columns, in order. Lines that agree in those before ``|`` are one line, which lists the others' values."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Parameter to a property of the thing that has its value; empty for the thing itself."""
    match: str = ""
    """Columns of which one must be the thing, for questions that do not take it as a parameter."""
    without: tuple[str, str] = ("", "")
    """A column, and the value whose rows another section has."""
    says: tuple[tuple[str, str, str], ...] = ()
    """A line as a sentence: what stands before a column in Vietnamese and English, and the column."""

    @property
    def columns(self) -> list[str]:
        """The columns shown."""
        return self.show.replace("|", " ").split()


@dataclass(frozen=True)
class Line:
    """One line: column to its values, each with the label that the question gave it."""

    values: Mapping[str, list[tuple[Cell, Cell | None]]]
    disputes: tuple[Dispute, ...] = ()
    """What contradicts it."""


@dataclass(frozen=True)
class Answer:
    """A section with what the graph answers; `total` counts the lines left out too."""

    section: Section
    lines: list[Line]
    total: int
    headers: Mapping[str, Mapping[str, str]]
    asked: Mapping[str, str]
    """The parameters that the question was asked with."""
    met_limit: bool = False
    """Whether it could not be answered, which says nothing of the thing."""


_BECAME: Final = (
    ("", "", "former"), (" nay là ", " is today ", "today"), (", từ ngày ", ", since ", "since"),
    (", theo ", ", by ", "legalBasis"),
)  # fmt: skip
_EDITION: Final = {"cluster": "td:editionOf", "year": "td:year"}
#: Questions whose rows may rest on a record that another one contradicts.
_DISPUTED: Final = ("who-led", "led-by-territory", "cluster-members", "statistics", "acting-heads")
_CONFLICTS: Final = Section(QUESTION, "Chỗ các nguồn nói khác nhau", "Where sources differ",
                            "what subject claimA sourceA | claimB sourceB", match="subject claimA claimB")  # fmt: skip
_GIVEN: Final = "total collectives individuals households recipients share period status"

SECTIONS: Final[Mapping[str, tuple[Section, ...]]] = {
    "cluster": (
        Section("who-led", "Cụm trưởng, cụm phó từng năm", "Heads and deputies by year",
                "year role province rank certainty support reading confidence | official source", {"cluster": ""}),
        Section("cluster-members", "Thành viên từng năm", "Members by year",
                "year source certainty support reading | province", {"cluster": ""}),
        Section("conferences", "Hội nghị", "Conferences", "date place conference certainty | kind source",
                {"cluster": ""}),
        Section("handovers", "Bàn giao", "Hand-overs", "year from to conferenceDate certainty | source",
                {"cluster": ""}),
        Section("awards", "Khen thưởng", "Awards",
                f"year award {_GIVEN} conferredBy proposedTo certainty | source", {"cluster": ""}),
        _CONFLICTS,
    ),
    "edition": (
        Section("who-led", "Cụm trưởng, cụm phó", "Heads and deputies",
                "role province rank certainty support reading confidence | official source", _EDITION),
        Section("cluster-members", "Thành viên", "Members", "source certainty support reading | province", _EDITION),
        Section("conferences", "Hội nghị", "Conferences", "date place conference certainty | kind source", _EDITION),
        Section("awards", "Khen thưởng", "Awards",
                f"award {_GIVEN} conferredBy proposedTo certainty | source", _EDITION),
        Section("signatories", "Bên ký giao ước", "Signatories", "source certainty | signatory", _EDITION),
        _CONFLICTS,
    ),
    "province": (
        Section("province-today", "Xưa và nay", "Then and now", "today since legalBasis | former", {"province": ""},
                says=_BECAME),
        Section("mergers", "Các lần sắp xếp", "Mergers and other changes",
                "date changeKind province legalBasis | predecessor", match="province predecessor"),
        Section("province-names", "Tên và loại hình qua các thời", "Names and kinds over time",
                "name kind start end legalBasis", {"province": ""}),
        Section("who-led", "Cụm mà chính đơn vị này đã lãnh đạo", "Clusters that this unit itself led",
                "year role cluster rank certainty support reading confidence | official source", {"province": ""}),
        Section("led-by-territory", "Cụm mà các đơn vị khác nay cùng địa bàn đã lãnh đạo",
                "Clusters led by the other units of today's territory",
                "year role cluster predecessor relation certainty", {"province": ""}, without=("relation", "itself")),
        Section("cluster-members", "Thuộc cụm nào, từng năm", "Clusters by year",
                "year cluster certainty support reading | source", match="province"),
        Section("officials", "Người giữ chức vụ", "Officials", "official post | seenOn source", {"province": ""}),
        Section("statistics", "Số liệu", "Figures",
                "period indicator group comparator value measure certainty | source", {"area": ""}),
        Section("exemplars", "Điển hình", "Exemplars", "year label field presenter support | source", {"province": ""}),
        _CONFLICTS,
    ),
    "person": (
        Section("posts-of-person", "Chức vụ, và nguồn nào nói", "Posts, and who says so",
                "post seenOn certainty support reading | source", {"person": ""}),
        Section("acting-heads", "Đại diện cho đơn vị lãnh đạo cụm", "Acted for a unit that led a cluster",
                "year cluster province post certainty support reading | source", match="person"),
        Section("guests", "Dự hội nghị", "Guest at conferences", "date conference | source", {"person": ""}),
        Section("remarks", "Phát biểu", "Remarks", "year cluster kind record certainty | about source",
                match="speaker"),
        _CONFLICTS,
    ),
    "post": (
        Section("officials", "Người giữ", "Holders", "official seenOn | source", match="post"),
        Section("awards", "Đã tặng", "Conferred", f"year cluster award {_GIVEN} certainty | source",
                match="conferredBy"),
    ),
    "award": (
        Section("award-catalogue", "Trong danh mục", "In the catalogue", "award verification | article broader",
                {"award": ""}),
        Section("award-catalogue", "Gồm các hình thức", "Its kinds", "award verification | article", match="broader"),
        Section("awards", "Đã tặng cho các cụm", "Conferred on clusters",
                f"year cluster {_GIVEN} conferredBy certainty | source", match="award"),
    ),
    "legal": (
        Section("documents", "Nguồn viện dẫn", "Cited by", "document support | source", match="document"),
        Section("mergers", "Sắp xếp đơn vị theo văn bản này", "Changes of units by this document",
                "date changeKind province | predecessor", match="legalBasis"),
    ),
    "movement": (
        Section("top-movements", "Số kỳ hưởng ứng", "Editions that took part", "editions", match="movement"),
        Section("movements", "Nguồn nhắc tới", "Mentioned by", "movement support | source", match="movement"),
    ),
    "conf": (
        Section("conferences", "Hội nghị", "Conference",
                "year cluster kind date place certainty support reading | source", match="conference"),
        Section("guests", "Đại biểu cấp trên", "Guests", "person group body support | source", match="conference"),
    ),
    "body": (
        Section("guests", "Dự hội nghị", "Guest at conferences", "date conference group | source", match="body"),
        Section("awards", "Đã tặng", "Conferred", f"year cluster award {_GIVEN} certainty | source",
                match="conferredBy"),
    ),
    "src": (
        Section("conflicts", "Chỗ khác với nguồn khác", "Where it differs from other sources",
                "what subject claimA sourceA | claimB sourceB", match="sourceA sourceB"),
        Section("documents", "Văn bản được viện dẫn", "Documents cited", "document number issuer issued support",
                {"source": ""}),
    ),
    "concept": (
        Section("statistics", "Số liệu", "Figures", "area group period comparator value measure certainty | source",
                {"indicator": ""}),
        _CONFLICTS,
    ),
    "head": (_CONFLICTS,),
    "deputy": (_CONFLICTS,),
    "member": (_CONFLICTS,),
    "obs": (_CONFLICTS,),
}  # fmt: skip

_TERM: Final = (
    "org:member", "org:organization", "org:memberDuring", "td:actingHolder", "td:basis", "td:rank", "td:confidence"
)  # fmt: skip
#: Properties that a page names at its top, before all questions.
LEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "province": ("td:kind", "td:startDate", "td:endDate", "td:region", "td:formerRegion"),
    "award": ("td:level", "td:conferringAuthority", "td:recipientKind", "td:legalBasis", "td:startDate", "td:endDate",
              "td:verification"),
    "legal": ("eli:type_document", "td:kind", "eli:id_local", "dct:identifier", "eli:passed_by", "dct:creator",
              "eli:date_document", "dct:issued", "td:during", "eli:first_date_entry_in_force",
              "eli:date_no_longer_in_force", "eli:repealed_by", "dct:isReplacedBy", "td:verification"),
    "src": ("td:kind", "schema:author", "schema:sourceOrganization", "schema:publisher", "schema:creditText",
            "td:imageCredit", "schema:datePublished", "schema:dateModified", "td:during", "td:dateBasis", "schema:url",
            "td:archivedAt", "td:reading", "td:contentHash", "dct:license"),
    "person": ("foaf:gender",),
    "movement": ("td:kind", "td:launchedBy", "td:startDate", "td:fromYear", "td:toYear", "skos:broader"),
    "conf": ("td:startDate", "td:partOfDay", "td:during", "td:heldIn", "td:venue", "td:reportCount"),
    "edition": ("td:editionOf", "td:year", "td:statedMemberCount"),
    "head": _TERM,
    "deputy": _TERM,
    "member": ("org:member", "org:organization", "org:memberDuring", "td:basis", "td:confidence"),
    "holding": ("org:member", "td:post", "td:attestedOn", "td:during", "td:atEvent", "td:confidence"),
    "conferral": ("td:kind", "td:conferredBy", "td:during", "td:awardCount", "td:collectiveCount",
                  "td:individualCount", "td:householdCount", "td:recipientKind"),
    "proposal": ("td:proposedTo", "td:recipientKind", "td:atEvent"),
    "exemplar": ("td:fromUnit", "td:presenter", "td:field", "td:atEvent"),
    "anniversary": ("td:commemorates", "td:yearsAfter", "td:fromYear", "td:toYear", "td:startDate"),
    "obs": ("td:indicator", "td:area", "td:period", "td:comparedWith", "td:comparator", "td:value",
            "sdmxa:unitMeasure"),
    "remark": ("td:kind", "td:polarity", "td:speaker", "td:groupLabel", "td:atEvent", "td:about", "td:marks",
               "dct:description"),
    "change": ("td:kind", "org:originalOrganization", "org:resultingOrganization", "td:reclassifies", "td:kindFrom",
               "td:kindTo", "td:startDate", "td:legalBasis"),
    "designation": ("td:designates", "td:kind", "td:startDate", "td:endDate"),
}  # fmt: skip

#: Columns that hold the notation of a concept, and its scheme; by question where they differ.
_SCHEMES: Final = {
    "role": "role", "rank": "rank", "changeKind": "change", "verification": "ver",
    "conferences.kind": "conf", "remarks.kind": "remark", "province-names.kind": "kind",
}  # fmt: skip


def answers(snapshot: Snapshot, description: Description, kind: str, caller: Caller) -> list[Answer]:
    """What the questions of a kind say of a thing; those that say nothing are left out.

    A line that rests on a contradicted record says so, and the section of contradictions has that one too.
    """
    patient = replace(caller, timeout=min(caller.timeout or _PATIENCE, _PATIENCE))
    found = [
        _asked(snapshot, section, description, patient)
        for section in SECTIONS.get(kind, ())
        if section.question in snapshot.questions
    ]
    conflicts = next((rows for section, _, rows in found if section.question == QUESTION and rows), None)
    against = disputes(conflicts) if conflicts else {}
    behind = {description.iri}
    made: list[Answer] = []
    for section, asked, rows in found:
        if rows is None:
            made.append(Answer(section, [], 0, {}, asked, met_limit=True))
        elif (answer := _answer(section, rows, description.iri, asked, behind, against)).lines:
            made.append(answer)
    return made


def _asked(
    snapshot: Snapshot, section: Section, description: Description, caller: Caller
) -> tuple[Section, Mapping[str, str], Rows | None]:
    """A section with its parameters and rows: none where it asks nothing of this thing, None for what met a limit."""
    asked = {name: _value(description, source) for name, source in section.given.items()}
    nothing = Rows(section.question, (), [])
    if asked and not all(asked.values()):
        return section, asked, nothing
    records = section.question in (*_DISPUTED, QUESTION)
    try:
        return section, asked, snapshot.ask(section.question, asked, caller, evidence=records)
    except ParameterError:  # it is no thing of the kind that the question takes
        return section, asked, nothing
    except LimitError:
        return section, asked, None


def _value(description: Description, source: str) -> str:
    if not source:
        return description.iri
    return next((cell.value for cell in description.values(source)), "")


def _answer(
    section: Section, rows: Rows, iri: str, asked: Mapping[str, str],
    behind: set[str], against: Mapping[str, list[Dispute]],
) -> Answer:  # fmt: skip
    """The lines of a section.

    :param behind: the records that the sections before rest on; those of this one are put to them.
    :param against: what contradicts a record.
    """
    keys, _, _ = section.show.partition("|")
    lines: dict[tuple[object, ...], dict[str, dict[tuple[Cell, Cell | None], None]]] = {}
    disputed: dict[tuple[object, ...], dict[Dispute, None]] = {}
    for number, record in enumerate(rows.records):
        records = rows.behind[number] if rows.behind else ()
        mine = section.question == QUESTION and any(each in behind and each in against for each in records)
        if not mine and not _wanted(section, record, iri):
            continue
        shown = {name: _coded(section.question, name, record) for name in section.columns if name in rows.columns}
        key = tuple(shown.get(name) for name in keys.split())
        line = lines.setdefault(key, {})
        for name, cell in shown.items():
            values = line.setdefault(name, {})
            if cell:
                values[cell, record.get(name + "Label")] = None
        if section.question != QUESTION:
            behind.update(records)
            told = disputed.setdefault(key, {})
            told.update(dict.fromkeys(each for record_ in records for each in against.get(record_, ())))
    made = [
        Line({name: list(values) for name, values in line.items()}, tuple(disputed.get(key, ())))
        for key, line in lines.items()
    ]
    return Answer(section, made[:MOST], len(made), rows.labels, asked)


def _wanted(section: Section, record: Record, iri: str) -> bool:
    column, value = section.without
    if column and (cell := record.get(column)) and cell.value == value:
        return False
    # That a unit is itself is no news.
    if section.says and record["former"] == record["today"]:
        return False
    return not section.match or any((cell := record[name]) and cell.value == iri for name in section.match.split())


def _coded(question: str, name: str, record: Record) -> Cell | None:
    """A cell; of a label without a thing, the label."""
    cell = record[name] or record.get(name + "Label")
    if name == "rank" and cell and cell.value == "normal":  # as nearly all are
        return None
    scheme = _SCHEMES.get(f"{question}.{name}") or _SCHEMES.get(name)
    return Cell(f"{CONCEPT}{scheme}-{cell.value}", "iri") if cell and scheme and cell.kind == "literal" else cell


def mentioned(found: Iterable[Answer]) -> set[str]:
    """The IRIs in the answers, which want names."""
    return {
        cell.value
        for answer in found for line in answer.lines for values in line.values.values() for cell, _ in values
        if cell.kind == "iri"
    } | {
        against.other.value
        for answer in found for line in answer.lines for against in line.disputes
        if against.other and against.other.kind == "iri"
    }  # fmt: skip
