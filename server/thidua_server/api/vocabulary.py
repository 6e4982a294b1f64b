"""Ontology and SHACL shapes, where their IRIs lead: what the words mean and what data must obey."""

from typing import Final

from flask import Blueprint, Response, current_app, render_template, request

from thidua.base.errors import NotFoundError
from thidua.base.files import ProjectFiles
from thidua.base.formats import GRAPHS
from thidua.base.terms import shorten
from thidua.metadata import vocabulary
from thidua.rdf.syntax import transcode
from thidua_server.html import language
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML, choose
from thidua_server.http.stream import streamed
from thidua_server.openapi.fields import LANGUAGE, OF_A_PAGE, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("vocabulary", __name__)

_SHAPES: Final = "kg-shapes"


@bp.get("/ontology")
@bp.get("/ontology/<number>")
@operation("ontology", "linked data", "Bản thể luận", "The ontology", OF_A_PAGE, (*GRAPHS, HTML))
@operation("ontologyByNumber", "linked data", "Bản thể luận, theo số của nó", "The ontology, by its number",
           (Field("number", "số của bản thể luận", "number of the ontology", place="path", required=True), *OF_A_PAGE),
           (*GRAPHS, HTML))  # fmt: skip
def ontology(number: str | None = None) -> Response:
    """The ontology, as a page or as RDF; by its number, if that is the one in the version asked."""
    snapshot = context.snapshot()
    media_type = choose((*GRAPHS, HTML))
    if unchanged := caching.not_modified(snapshot, media_type, language.current() if media_type == HTML else ""):
        return unchanged
    found = vocabulary.version(lambda text: snapshot.select(text, context.caller()))
    if number not in (None, found):
        raise NotFoundError(f"Version {snapshot.version.number} of the graph has the ontology {found}, not {number}.")
    if media_type != HTML:
        return streamed(snapshot.graph(vocabulary.VOCABULARY, media_type, context.caller()))
    terms = vocabulary.terms(lambda text: snapshot.select(text, context.caller()))
    labels = {term.iri: term.label for term in terms}
    page = render_template("ontology.html", terms=terms, number=found, labels=labels, shorten=shorten)
    return Response(page, mimetype=HTML)


@bp.get("/shapes")
@operation("shapes", "linked data", "Các ràng buộc SHACL", "The SHACL shapes", (LANGUAGE,), (*GRAPHS, HTML))
def shapes() -> Response:
    """The shapes that this service checks writes by. They belong to the installation, not to a version of the graph."""
    media_type = choose((*GRAPHS, HTML))
    turtle = _turtle()
    if media_type == HTML:
        response = Response(render_template("shapes.html", turtle=turtle), mimetype=HTML)
    else:
        response = Response(transcode(turtle, media_type), mimetype=media_type)
    response.add_etag()
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


def _turtle() -> str:
    """All shapes in one text, read once.

    :raises NotFoundError: a plain service has none.
    """
    if context.is_plain():
        raise NotFoundError("A plain service has no shapes.")
    if _SHAPES not in current_app.extensions:
        files = ProjectFiles.find()
        texts = [path.read_text(encoding="utf-8-sig") for path in files.shapes]
        current_app.extensions[_SHAPES] = "\n".join(texts)
    text: str = current_app.extensions[_SHAPES]
    return text
