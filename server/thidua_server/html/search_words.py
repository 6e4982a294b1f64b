"""Search form texts, for its page and for what completes names while one types."""

from typing import Any, Final

from flask import Flask

from thidua.base.errors import KnowledgeGraphError
from thidua.names.index import Name
from thidua.names.search import LABELS
from thidua_server.html import language
from thidua_server.http import context

#: Why a resource was found.
HOW: Final = {
    "exact": ("đúng tên", "exact name"),
    "beginning": ("tên bắt đầu như thế", "name begins with this"),
    "word": ("có những chữ này", "contains these words"),
    "fuzzy": ("gần giống", "similar name"),
    "part": ("giống một phần", "partial match"),
}


def words() -> dict[str, Any]:
    """What the script that answers while a reader types says, in the page's language."""
    return {
        "kinds": {kind: label[language.current()] for kind, label in LABELS.items()},
        "how": {how: language.pick(*each) for how, each in HOW.items()},
        "marks": language.pick("khác dấu", "different tone marks"),
        "from": language.pick("từ", "from"),
        "until": language.pick("đến", "until"),
        "seen": language.pick("thấy", "seen"),
        "offers": language.pick("gợi ý; chọn bằng phím mũi tên", "suggestions; choose with the arrow keys"),
        "nothing": language.pick("Không có tên nào giống như vậy.", "No name matches."),
    }


def about(name: Name) -> str:
    """What tells a thing from its namesakes: from when until when, or its newest post and when that was seen."""
    words = (("từ", "from"), ("đến", "until"), ("thấy", "seen"))
    days = zip(words, (name.start, name.end, name.seen), strict=True)
    from_, until, seen = [f"{language.pick(*each)} {language.day(day)}" if day else "" for each, day in days]
    lasted = " ".join(filter(None, (from_, until)))
    return " · ".join(filter(None, (lasted, language.pick(name.about, name.about_en), seen)))


def _known(iri: str) -> Name | None:
    """The thing of an IRI, if it has a name in the version asked for."""
    try:
        return context.snapshot().names.by_iri(iri)
    except KnowledgeGraphError:
        return None


def register(app: Flask) -> None:
    """Let templates tell namesakes apart."""
    app.add_template_filter(about, "about")
    app.add_template_filter(_known, "named")
    app.add_template_global(words, "words_of_search")
