"""Home page: what this is, what is in it, and where to begin."""

from typing import Final

from flask import Blueprint, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as WSGIResponse

from thidua.base.formats import TABLES
from thidua.views.summary import summary
from thidua.views.wanted import FIRST
from thidua_server.html.search_words import words
from thidua_server.http import context
from thidua_server.openapi.operations import unlisted

bp = Blueprint("pages", __name__)

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
        since=FIRST,
        words=words(),
        formats=[form.title for form in TABLES.values()],
    )
