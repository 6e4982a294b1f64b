"""Linked Data: the IRI of each resource leads, by 303, to a document about it, a page or RDF."""

from typing import Final

from flask import Blueprint, Response, current_app, g, render_template, request, url_for

from thidua.base.errors import GoneError, InputError, KnowledgeGraphError, UnknownThingError
from thidua.base.formats import GRAPHS
from thidua.base.paths import iri_of
from thidua.base.terms import TD, instance
from thidua.graph import Snapshot
from thidua.questions.describe import Description
from thidua.rdf.cells import integer
from thidua.rdf.ntriples import iri_term
from thidua.views import passages, quotations, sections
from thidua.views.neighbours import neighbours
from thidua_server.html import language, links, resource_view
from thidua_server.html.source_links import source_links
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML, choose
from thidua_server.openapi.fields import NUMBER, OF_A_PAGE, OF_A_VERSION, Field
from thidua_server.openapi.operations import operation

#: Requests are counted by this name (`kind` in /metrics), so it stays.
bp = Blueprint("things", __name__)

_RESOURCE: Final = Field("path", "loại và mã", "kind and id", place="path", required=True, example="province/thai-binh")
_SPACE: Final = (
    Field("space", "không gian tên", "namespace", {"type": "string", "enum": ["concept", "graph"]}, "path", True),
    Field("path", "mã", "id", place="path", required=True),
)

#: The end of a document's address, and what it is written in.
SUFFIXES: Final = {form.suffix: form.media_type for form in GRAPHS.values()} | {"html": HTML}


@bp.get("/id/<path:path>")
@bp.get("/<any(concept, graph):space>/<path:path>")
@operation("dereference", "linked data", "Dẫn từ một vật tới tài liệu về nó",
           "Lead from a thing to a document about it", (_RESOURCE, *OF_A_VERSION), statuses=(303,))  # fmt: skip
@operation("dereferenceConceptOrGraph", "linked data", "Như trên, cho khái niệm và đồ thị",
           "The same, for concepts and graphs", (*_SPACE, *OF_A_VERSION), statuses=(303,))  # fmt: skip
def refer(path: str, space: str = "") -> Response:
    """A resource cannot be sent; 303 leads to a document about it."""
    path = f"{space}/{path}" if space else path
    iri, snapshot = iri_of(path), context.snapshot()
    if not snapshot.knows(iri, context.caller()):
        raise _missing(snapshot, iri)
    media_type = choose(tuple(SUFFIXES.values()))
    suffix = next(suffix for suffix, each in SUFFIXES.items() if each == media_type)
    response = Response(status=303)
    response.location = url_for(".document", path=f"{path}.{suffix}", **links.kept("page"))
    return response


@bp.get("/doc/<path:path>")
@operation(
    "describe", "linked data",
    "Điều được nói về một vật, và nguồn nào nói; đuôi .html, .ttl, .nt, .jsonld, .rdf, .trig, .nq chọn định dạng",
    "What is said of a thing, and by which sources; .html, .ttl, .nt, .jsonld, .rdf, .trig, .nq choose the format",
    (_RESOURCE, Field("page", "trang của những phát biểu nhắc tới vật", "page of what others say of it", NUMBER),
     *OF_A_PAGE),
    (*GRAPHS, HTML),
)  # fmt: skip
def document(path: str) -> Response:
    """What is said of a resource: a page, or RDF, by the address's end or by ``Accept``."""
    path, _, suffix = path.partition(".")
    if suffix and suffix not in SUFFIXES:
        raise InputError(f"A document ends in one of {', '.join(SUFFIXES)}, or in nothing; not in {suffix!r}.")
    iri, snapshot = iri_of(path), context.snapshot()
    media_type = SUFFIXES[suffix] if suffix else choose(tuple(SUFFIXES.values()))
    if not suffix:
        suffix = next(name for name, each in SUFFIXES.items() if each == media_type)
        caching.is_variant(url_for(".document", path=f"{path}.{suffix}"))
    shown_in = language.current() if media_type == HTML else ""
    text = _text(iri) if media_type == HTML else (None, "")
    if unchanged := caching.not_modified(snapshot, media_type, shown_in, *(each for each in text if each)):
        return unchanged
    try:
        about = snapshot.describe(iri, _page(), context.caller())
    except UnknownThingError as exc:
        raise _missing(snapshot, iri) from exc
    pinned = f"&version={snapshot.version.number}" if g.pinned else ""
    dump = f"{request.url_root}data?graph={iri}{pinned}"
    if media_type == HTML:
        page = _page_about(about, snapshot, path, dump, text)
        response = Response(page, mimetype=HTML)
    else:
        # One document in many formats: each says the same of it.
        name = url_for(".document", path=path, _external=True)
        response = Response(about.write(media_type, name, dump), mimetype=media_type)
    response.headers.add("Link", f'<{iri}>; rel="describes"')
    for name, other in SUFFIXES.items():
        if other != media_type:
            address = url_for(".document", path=f"{path}.{name}", **links.kept("page"))
            response.headers.add("Link", f'<{address}>; rel="alternate"; type="{other}"')
    return response


def _page_about(about: Description, snapshot: Snapshot, path: str, dump: str, text: tuple[str | None, str]) -> str:
    """The page: what a reader wants first, then everything."""
    caller, iri, kind = context.caller(), about.iri, path.partition("/")[0]
    found = resource_view.About(
        about,
        answers=[] if about.page > 1 else sections.answers(snapshot, about, kind, caller),
        facts=passages.facts(snapshot, iri, caller) if kind == "src" and about.page == 1 else [],
        near=[] if about.page > 1 else neighbours(lambda query: snapshot.select(query, caller), iri),
        changes=context.current().changes_of(iri, snapshot.version.number, caller),
        editions=_editions(snapshot, iri) if kind == "cluster" and about.page == 1 else {},
    )
    folder = str(current_app.config["SOURCE_TEXTS"] or "")
    quotation = quotations.of_evidence(snapshot, iri, folder, caller) if kind == "ev" and about.page == 1 else None
    if (quotation and folder) or any(answer.met_limit for answer in found.answers):
        caching.for_now()
    shown = resource_view.context(
        found, language.current(), source_links(), lambda query: snapshot.select(query, caller)
    )
    return render_template(
        "resource.html",
        version=snapshot.version,
        dump=dump,
        formats={
            form.title: url_for(".document", path=f"{path}.{form.suffix}", **links.kept("page"))
            for form in GRAPHS.values()
        },
        path=path,
        kept=links.kept(),
        pieces=passages.pieces(text[0], found.facts) if text[0] else [],
        quote=lambda fact: (text[0] or "")[fact.start : fact.end],
        text_is=text[1],
        quotation=quotation,
        most=sections.MOST,
        most_facts=passages.MOST,
        confidence=passages.confidence(snapshot, iri, caller) if kind == "src" else [],
        **shown,
    )


def _editions(snapshot: Snapshot, iri: str) -> dict[int, str]:
    """The years of a cluster that sources speak of, each with its edition."""
    rows = snapshot.select(
        f"SELECT ?edition ?year {{ ?edition <{TD}editionOf> {iri_term(iri)} ; <{TD}year> ?year }}", context.caller()
    )
    found = {integer(row["year"]): row["edition"] for row in rows}
    return {year: edition.value for year, edition in found.items() if year is not None and edition}


def _text(iri: str) -> tuple[str | None, str]:
    """The article that an operator keeps, and what is to be said of it."""
    folder = current_app.config["SOURCE_TEXTS"]
    if not folder or not iri.startswith(instance("src", "")):
        return None, ""
    return passages.kept_text(folder, iri, passages.stated_hash(context.snapshot(), iri, context.caller()))


def _page() -> int:
    given = request.args.get("page", "1")
    if not (given.isascii() and given.isdigit() and len(given) < 8):
        raise InputError(f"`page` is a number such as 2, not {given!r}.")
    return int(given)


def _missing(snapshot: Snapshot, iri: str) -> KnowledgeGraphError:
    """Why there is nothing about a resource: it is gone, or never was."""
    number = context.current().last_version_with(iri, snapshot.version.number, context.caller())
    if number is None:
        return snapshot.unknown(iri)
    return GoneError(
        f"Version {snapshot.version.number} says nothing of <{iri}>; version {number} did: add ?version={number}.",
        number,
    )
