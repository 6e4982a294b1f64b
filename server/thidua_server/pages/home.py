"""Home page: what this is, what is in it, and where to begin."""

from dataclasses import replace
from typing import Final

from flask import Blueprint, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as WSGIResponse

from thidua.base.errors import KnowledgeGraphError
from thidua.base.formats import TABLES
from thidua.graph import Snapshot
from thidua.views.changes import InWords, in_words
from thidua.views.summary import summary
from thidua.views.timeline import Timeline, timeline
from thidua.views.wanted import FIRST
from thidua_server.html import language
from thidua_server.html.search_words import words
from thidua_server.http import caching, context
from thidua_server.openapi.operations import unlisted

bp = Blueprint("pages", __name__)

#: Years of the picture, sentences of what is new, and seconds that these may take: the page can do without.
_YEARS: Final = 4
_NEWS: Final = 3
_PATIENCE: Final = 2.0

#: Questions to begin with: a catalogued name, its parameters, and the sentence in both languages.
STARTERS: Final[tuple[tuple[str, dict[str, str], str, str], ...]] = (
    (
        "who-led",
        {"cluster": "dong-bang-song-hong", "year": "2023"},
        "Năm 2023, tỉnh nào là cụm trưởng cụm Đồng bằng sông Hồng?",
        "Which province headed the Red River Delta cluster in 2023?",
    ),
    (
        "cluster-members",
        {"cluster": "dong-bang-song-hong", "year": "2024"},
        "Năm 2024, cụm Đồng bằng sông Hồng gồm những tỉnh nào?",
        "Which provinces formed the Red River Delta cluster in 2024?",
    ),
    (
        "awards",
        {"cluster": "dong-bang-song-hong", "year": "2023"},
        "Cụm Đồng bằng sông Hồng được khen thưởng những gì năm 2023?",
        "Which awards did the Red River Delta cluster receive for 2023?",
    ),
    (
        "province-today",
        {"province": "thai-binh"},
        "Tỉnh Thái Bình nay thuộc tỉnh nào, từ bao giờ, theo văn bản nào?",
        "What is Thái Bình province today, since when, and by which document?",
    ),
    (
        "conferences",
        {"cluster": "trung-du-mien-nui-phia-bac"},
        "Cụm Trung du và miền núi phía Bắc họp ở đâu, khi nào?",
        "Where and when did the Northern Midlands and Mountains cluster meet?",
    ),
)


@bp.get("/")
@unlisted
def home() -> str | WSGIResponse:
    """What this is, what is in it, and where to begin; a plain store has but its query form."""
    snapshot = context.snapshot()
    if current_app.config["PLAIN"]:
        return redirect(url_for("sparql.sparql"))
    starters = [starter for starter in STARTERS if starter[0] in snapshot.questions]
    return render_template(
        "home.html",
        version=snapshot.version,
        counts=summary(snapshot, context.caller()),
        starters=starters,
        recent=_recent(snapshot),
        news=_news(snapshot),
        most_news=_NEWS,
        since=FIRST,
        words=words(),
        formats=[form.title for form in TABLES.values()],
    )


def _recent(snapshot: Snapshot) -> Timeline | None:
    """The last years of the timeline whose heads anybody names."""
    try:
        whole = timeline(snapshot, context.caller())
    except KnowledgeGraphError:  # too much to read, or other data: the page tells the rest
        caching.for_now()
        return None
    known = [year for row in whole.rows for year, edition in row.editions.items() if edition.standing_heads]
    last = max(known, default=None)
    return whole.only(first=last - _YEARS + 1, last=last) if last else None


def _news(snapshot: Snapshot) -> InWords | None:
    """What this version says differently from the one before."""
    version = snapshot.version
    if not version.parent:
        return None
    patient = replace(context.caller(), timeout=_PATIENCE)
    try:
        return in_words(context.current().at(version.parent), snapshot, language.current(), patient)
    except KnowledgeGraphError:  # the version before is no longer kept, or too much is different
        caching.for_now()
        return None
