"""Dataset metadata (VoID, DCAT) and dumps: the graph as a dataset, and every version to download."""

from typing import Final

from flask import Blueprint, Response, current_app, render_template, request, url_for

from thidua.base.formats import GRAPHS
from thidua.metadata.void_dcat import DESCRIPTION, DUMPS, TITLE, Place, dcat, void
from thidua.rdf.syntax import transcode
from thidua.views.citation_formats import to_plain
from thidua.views.citations import cite_graph
from thidua_server.html import language, links
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML, choose
from thidua_server.http.stream import streamed
from thidua_server.openapi.fields import OF_A_PAGE, OF_A_VERSION, TIMEOUT, WHICH, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("datasets", __name__)

_ENDS: Final = [*DUMPS, *(f"{suffix}.gz" for suffix in DUMPS)]
_SUFFIX: Final = Field("suffix", "định dạng", "format", {"type": "string", "enum": _ENDS}, "path", True)


@bp.get("/.well-known/void")
@operation("void", "dataset", "Trong đồ thị có gì (VoID)", "What the graph holds (VoID)",
           OF_A_VERSION, tuple(GRAPHS), statuses=(200, 303))  # fmt: skip
def described() -> Response:
    """What the version asked holds, as RDF: counts, link sets, example queries. People are led to the page."""
    snapshot, media_type = context.snapshot(), choose((*GRAPHS, HTML))
    if media_type == HTML:
        response = Response(status=303)
        response.location = url_for(".dataset", **links.kept())
        return response
    if unchanged := caching.not_modified(snapshot, media_type, request.url_root):
        return unchanged
    return Response(transcode(void(snapshot, _place(), context.caller()), media_type), mimetype=media_type)


@bp.get("/dataset")
@operation("dataset", "dataset", "Tập dữ liệu và các phiên bản (DCAT)", "The dataset and its versions (DCAT)",
           OF_A_PAGE, (*GRAPHS, HTML))  # fmt: skip
def dataset() -> Response:
    """The dataset and its versions: a page, or DCAT."""
    snapshot, media_type = context.snapshot(), choose((*GRAPHS, HTML))
    versions = context.current().versions()
    kept = ",".join(str(version.number) for version in versions)
    if unchanged := caching.not_modified(snapshot, media_type, language.current(), request.url_root, kept):
        return unchanged
    if media_type != HTML:
        return Response(transcode(dcat(snapshot, versions, _place()), media_type), mimetype=media_type)
    page = render_template(
        "dataset.html", title=TITLE, description=DESCRIPTION, place=_place(), version=snapshot.version,
        versions=versions[::-1], suffixes=sorted(_ENDS, key=lambda end: _ENDS.index(end.removesuffix(".gz"))),
        cited=to_plain(cite_graph(snapshot, language.current(), _place())), contact=current_app.config["CONTACT"],
    )  # fmt: skip
    return Response(page, mimetype=HTML)


@bp.get("/dumps/<int:number>.<any({}):suffix>".format(", ".join(map(repr, _ENDS))))
@operation("dump", "dataset", "Tải cả một phiên bản", "Download a whole version",
           (WHICH, _SUFFIX, TIMEOUT), (*(form.media_type for form in DUMPS.values()), "application/gzip"))  # fmt: skip
def dump(number: int, suffix: str) -> Response:
    """One version, whole: it is written out before the first byte is sent, so it is complete or an error."""
    snapshot = context.pin(number)
    short = suffix.removesuffix(".gz")
    if unchanged := caching.not_modified(snapshot, suffix):
        return unchanged
    response = streamed(snapshot.dump(DUMPS[short].media_type, short != suffix, context.caller()))
    response.headers["Content-Disposition"] = f'attachment; filename="thidua-{number}.{suffix}"'
    return response


def _place() -> Place:
    return Place(request.url_root, context.is_plain(), str(current_app.config["PUBLISHER"]))
