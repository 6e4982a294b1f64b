"""Citations: a fact, a source, an answer or the graph, as text, BibTeX and CSL-JSON, and a page with all of them."""

from typing import Final

from flask import Blueprint, Response, current_app, g, render_template, request, url_for

from thidua.base.formats import CITATIONS, by_name
from thidua.metadata.void_dcat import Place
from thidua.questions.catalogue import RESERVED
from thidua.views.citation_formats import write_citation
from thidua.views.citations import Citation, cite
from thidua_server.html import language, links
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML, choose, named
from thidua_server.http.params import fields, single
from thidua_server.openapi.fields import OF_A_PAGE, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("citations", __name__)

_FORMATS: Final = by_name(CITATIONS)
_NAMES: Final = {name: form.media_type for name, form in _FORMATS.items()} | {"html": HTML}


@bp.get("/cite")
@operation("cite", "linked data",
           "Trích dẫn một điều và các nguồn của nó, một nguồn, một câu trả lời, hay cả đồ thị",
           "A citation: of a fact with its sources, a source, an answer, or the graph",
           (Field("thing", "tên ngắn, IRI, hay địa chỉ bài viết", "a short name, an IRI, or the address of an article",
                  example="head:dong-bang-song-hong_2024_nam-dinh"),
            Field("question", "câu hỏi; kèm các tham số của nó", "a question; its own parameters go beside it"),
            Field("format", "định dạng", "format", {"type": "string", "enum": list(_NAMES)}), *OF_A_PAGE),
           (*CITATIONS, HTML))  # fmt: skip
def citation() -> Response | str:
    """What is asked for, to be put into a bibliography: by ``format`` or by ``Accept``."""
    given = fields()
    form = single(given, "format")
    media_type = named([form], _NAMES) if form else choose((*CITATIONS, HTML))
    snapshot, reader = context.snapshot(), language.current()
    g.repeatable = True
    if unchanged := caching.not_modified(snapshot, media_type, reader):
        return unchanged
    cited = {name: single(given, name) or "" for name in given if name not in (*RESERVED, "format")}
    place = Place(request.url_root, context.is_plain(), str(current_app.config["PUBLISHER"]))
    found = cite(snapshot, cited, reader, place, context.caller())
    if media_type == HTML:
        return _page(found, cited)
    content = write_citation(found, CITATIONS[media_type].name)
    response = Response(content, content_type=f"{media_type}; charset=utf-8")
    response.vary.add("Accept-Language")
    if suffixes := CITATIONS[media_type].suffixes:
        response.headers["Content-Disposition"] = f'attachment; filename="citation{suffixes[0]}"'
    return response


def _page(found: Citation, cited: dict[str, str]) -> str:
    asked = {**cited, **links.kept()}
    return render_template(
        "cite.html",
        cited=found.references[0],
        written={name: write_citation(found, name) for name in _FORMATS},
        formats={form.title: url_for(".citation", format=name, **asked) for name, form in _FORMATS.items()},
    )
