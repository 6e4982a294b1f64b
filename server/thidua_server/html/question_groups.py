"""Index of questions: by what they are about, those that are asked most first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from thidua.base.text import fold
from thidua.questions.catalogue import Question


@dataclass(frozen=True)
class Group:
    """Questions about one thing."""

    id: str
    vi: str
    en: str
    names: tuple[str, ...]


GROUPS: Final = (
    Group("heads", "Cụm trưởng, cụm phó", "Heads and deputies", (
        "who-led", "heads-by-year", "province-led", "acting-heads", "handovers", "head-today", "led-by-territory",
        "implied-heads", "evidence-of-head", "leadership", "rotation", "never-head", "likely-heads")),
    Group("members", "Cụm và thành viên", "Clusters and members", (
        "cluster-members", "cluster-timeline", "coverage", "signatories", "names-of-clusters", "count-mismatch")),
    Group("meetings", "Hội nghị và phong trào", "Meetings and movements", (
        "conferences", "remarks", "movements", "guests", "documents", "top-movements")),
    Group("awards", "Khen thưởng", "Awards", ("awards", "award-catalogue", "exemplars", "split-award-counts")),
    Group("provinces", "Tỉnh, thành phố", "Provinces", (
        "province-today", "mergers", "provinces-on", "province-names", "province-codes", "units-with-code",
        "namesakes")),
    Group("people", "Người", "People", ("officials", "posts-of-person", "people")),
    Group("figures", "Số liệu", "Figures", ("statistics", "budget-revenue", "districts-done", "advanced-communes")),
    Group("sources", "Nguồn và chất lượng", "Sources and quality", (
        "sources", "conflicts", "records-of-source", "unverified", "identifiers")),
)  # fmt: skip
_OTHERS: Final = Group("others", "Câu hỏi khác", "Other questions", ())

#: Names of questions, the most asked first.
ORDER: Final = (
    "who-led", "heads-by-year", "cluster-members", "province-led", "officials", "conferences", "awards",
    "province-today", *(name for group in GROUPS for name in group.names),
)  # fmt: skip


def grouped(questions: Mapping[str, Question], about: str = "", words: str = "") -> list[tuple[Group, list[Question]]]:
    """The questions by group; one that is in none is among the others.

    :param about: a group's id: that one alone.
    :param words: only questions that have these words, with or without tone marks.
    """
    placed = {name for group in GROUPS for name in group.names}
    rest = tuple(name for name in questions if name not in placed)
    groups = (*GROUPS, Group(_OTHERS.id, _OTHERS.vi, _OTHERS.en, rest))
    found = [
        (group, [questions[name] for name in group.names if name in questions and _has(questions[name], words)])
        for group in groups
        if about in ("", group.id)
    ]
    return [(group, some) for group, some in found if some]


def _has(question: Question, words: str) -> bool:
    texts: Iterable[str] = (question.name, *question.title.values(), *question.question.values())
    told = fold(" ".join(texts))
    return all(word in told for word in fold(words).split())
