"""The graph as a dataset: VoID, DCAT, and every version to download."""

from typing import Final

from flask import Blueprint, Response, current_app, render_template, request, url_for

from thidua.base.formats import GRAPHS
from thidua.metadata.void_dcat import DESCRIPTION, DUMPS, TITLE, Place, dcat, void
from thidua.rdf.syntax import transcode
from thidua_server.html import language, links
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML, choose
from thidua_server.http.stream import streamed

bp = Blueprint("datasets", __name__)

_SUFFIXES: Final = {f"{suffix}{end}": (suffix, bool(end)) for suffix in DUMPS for end in ("", ".gz")}


@bp.get("/.well-known/void")
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
        versions=versions[::-1], suffixes=tuple(_SUFFIXES),
    )  # fmt: skip
    return Response(page, mimetype=HTML)


@bp.get("/dumps/<int:number>.<any({}):suffix>".format(", ".join(map(repr, _SUFFIXES))))
def dump(number: int, suffix: str) -> Response:
    """One version, whole: it is written out before the first byte is sent, so it is complete or an error."""
    snapshot = context.pin(number)
    short, compressed = _SUFFIXES[suffix]
    if unchanged := caching.not_modified(snapshot, suffix):
        return unchanged
    response = streamed(snapshot.dump(DUMPS[short].media_type, compressed, context.caller()))
    response.headers["Content-Disposition"] = f'attachment; filename="thidua-{number}.{suffix}"'
    return response


def _place() -> Place:
    return Place(request.url_root, context.is_plain(), str(current_app.config["PUBLISHER"]))
