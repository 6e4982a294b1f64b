"""Guides: the documentation on the site, its list, and a search in it."""

from typing import Final

from flask import Blueprint, Response, render_template, request, send_file

from thidua.base.errors import NotFoundError
from thidua.base.files import ProjectFiles
from thidua_server.html import guides, language
from thidua_server.html.links import kept
from thidua_server.http.negotiation import HTML
from thidua_server.openapi.fields import LANGUAGE, STRING, Field
from thidua_server.openapi.operations import operation, unlisted

bp = Blueprint("guide", __name__)

#: Sections found that one page shows.
_MOST: Final = 30


@bp.get("/guide")
@operation("guides", "documentation", "Các bài hướng dẫn, và tìm trong đó",
           "The guides, and a search in them",
           (Field("q", "các từ cần tìm", "words to look for", STRING, example="certainty"), LANGUAGE),
           (HTML,))  # fmt: skip
def index() -> str:
    """All guides by whom they are for, or the sections that have the words of ``q``."""
    text = request.args.get("q", "").strip()
    lang = language.current()
    found = guides.search(text, lang)
    return render_template(
        "guides.html", groups=guides.grouped(lang), q=text, found=found, most=_MOST, known=guides.guides(lang)
    )


@bp.get("/guide/<path:name>")
@unlisted
def page(name: str) -> str:
    """One guide, in the reader's language if it is there in it, else in English."""
    known = guides.guides(language.current())
    if name.removesuffix(".md") not in known:
        raise NotFoundError(f"There is no guide {name!r}; /guide lists them all.")
    guide = known[name.removesuffix(".md")]
    return render_template("guide.html", guide=guide, body=guide.html(kept()))


@bp.get("/guide/pictures/<name>")
@unlisted
def picture(name: str) -> Response:
    """A picture of a guide."""
    known = ProjectFiles.find().pictures
    if name not in known:
        raise NotFoundError(f"No guide has a picture {name!r}.")
    return send_file(known[name], max_age=86400)
