"""Discovery: what search engines, browsers and link previews ask for: robots, sitemap, OpenSearch, icons, cards."""

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, current_app, g, request, send_from_directory, url_for

from thidua.base.errors import NotFoundError, UnknownThingError
from thidua.base.paths import iri_of, path_of
from thidua.base.terms import ID, TD
from thidua.graph import Snapshot
from thidua.metadata.void_dcat import DESCRIPTION, TITLE
from thidua.views.naming import names
from thidua_server.html import card as cards
from thidua_server.html import guides, language, picture
from thidua_server.http import caching, context
from thidua_server.openapi.operations import unlisted

bp = Blueprint("discovery", __name__)

#: Pages that stand for themselves, by endpoint.
_PAGES: Final = (
    "pages.home", "timeline.page", "map.page", "questions.index", "timeline.coverage", "datasets.dataset",
    "vocabulary.ontology", "versions.index", "guide.index",
)  # fmt: skip
#: Kinds of things that people look for; records are found from them.
_KINDS: Final = ("EmulationCluster", "Province", "Person", "EmulationMovement", "SourceDocument")
#: What is no page to be found: forms that ask the engine, and the editors' desk.
_APART: Final = ("/sparql", "/editor", "/curate", "/data", "/update", "/reconcile", "/timemap/", "/report")
_MOST: Final = 50_000


@bp.get("/robots.txt")
@unlisted
def robots() -> Response:
    """What crawlers are asked to leave alone: of a private service everything."""
    lines = ["User-agent: *"]
    if current_app.config["PRIVATE"]:
        lines.append("Disallow: /")
    else:
        lines += [f"Disallow: {path}" for path in _APART]
        lines += ["Disallow: /*?*version=", "Allow: /", f"Sitemap: {url_for('.sitemap', _external=True)}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/sitemap.xml")
@unlisted
def sitemap() -> Response:
    """Every page that is worth finding, with the day of the version that it speaks of."""
    snapshot = _snapshot()
    if unchanged := caching.not_modified(snapshot):
        return unchanged
    addresses = [url_for(endpoint, _external=True) for endpoint in _PAGES]
    addresses += [url_for("guide.page", name=name, _external=True) for name in guides.guides()]
    addresses += [url_for("questions.question", name=name, _external=True) for name in snapshot.questions]
    addresses += [url_for("things.document", path=path, _external=True) for path in _things(snapshot)]
    day = snapshot.version.time[:10]
    entries = "".join(f"<url><loc>{escape(each)}</loc><lastmod>{day}</lastmod></url>\n" for each in addresses[:_MOST])
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return Response(f"{head}{entries}</urlset>\n", mimetype="application/xml")


@bp.get("/opensearch.xml")
@unlisted
def opensearch() -> Response:
    """The search, for browsers that offer it in their own box."""
    _snapshot()
    lang = language.current()
    search = url_for("search.search", _external=True)
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">'
        f"<ShortName>Thi đua</ShortName><Description>{escape(DESCRIPTION[lang])}</Description>"
        f'<Image width="32" height="32" type="image/svg+xml">{escape(_icon("icon.svg"))}</Image>'
        f'<Url type="text/html" method="get" template={quoteattr(search + "?q={searchTerms}")}/>'
        "<InputEncoding>UTF-8</InputEncoding></OpenSearchDescription>\n",
        content_type="application/opensearchdescription+xml; charset=utf-8",
    )


@bp.get("/favicon.ico")
@unlisted
def favicon() -> Response:
    """The icon, for what does not read the page's own word of it."""
    return send_from_directory(str(current_app.static_folder), "favicon.ico", max_age=86400)


@bp.get("/card.<any(svg, png):suffix>", endpoint="card")
@unlisted
def card(suffix: str) -> Response:
    """What stands for a page that has no card of its own."""
    return _card(TITLE[language.current()], DESCRIPTION[language.current()], suffix)


@bp.get("/card/question/<name>.<any(svg, png):suffix>")
@unlisted
def card_of_question(name: str, suffix: str) -> Response:
    """What stands for the answer to a question."""
    asked = _snapshot().question(name)
    below = language.pick("Câu hỏi, với nguồn", "A question, with sources")
    return _card(asked.question[language.current()], below, suffix)


@bp.get("/card/thing/<path:path>.<any(svg, png):suffix>")
@unlisted
def card_of_thing(path: str, suffix: str) -> Response:
    """What stands for a thing."""
    iri, snapshot = iri_of(path), _snapshot()
    called = names(lambda text: snapshot.select(text, context.caller()), [iri], language.current(), {})
    if iri not in called:
        raise UnknownThingError(f"Version {snapshot.version.number} has no name for <{iri}>.")
    below = language.pick("Mọi điều đã biết, kèm nguồn nói như vậy", "All that is known, and which source says so")
    return _card(called[iri], below, suffix)


def _card(title: str, below: str, suffix: str) -> Response:
    snapshot = _snapshot()
    if unchanged := caching.not_modified(snapshot, suffix, language.current()):
        return unchanged
    version = f"{language.pick('Phiên bản', 'Version')} {snapshot.version.number} · {request.host}"
    return picture.answer(cards.draw(title, below, version), suffix)


def _snapshot() -> Snapshot:
    """The version asked.

    :raises NotFoundError: a plain store has nothing of ours to be found.
    """
    if context.is_plain():
        raise NotFoundError("This store holds plain RDF, which is nobody's pages.")
    g.repeatable = True
    return context.snapshot()


def _things(snapshot: Snapshot) -> Iterable[str]:
    """Paths of the things that people look for, in the order of their IRIs."""
    kinds = " ".join(f"<{TD}{each}>" for each in _KINDS)
    text = f'SELECT DISTINCT ?it {{ VALUES ?kind {{ {kinds} }} ?it a ?kind FILTER(STRSTARTS(STR(?it), "{ID}")) }}'
    found = snapshot.select(text, context.caller())
    return sorted(path for row in found if (it := row["it"]) and (path := path_of(it.value)))


def _icon(name: str) -> str:
    return url_for("static", filename=name, _external=True)
