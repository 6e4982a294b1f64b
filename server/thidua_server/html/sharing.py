"""Metadata of pages for those who pass them on: canonical address, card, Open Graph, and JSON-LD of schema.org.

:source: https://ogp.me/ https://schema.org/WebPage
"""

import re
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, g, request, url_for
from markupsafe import Markup

from thidua.base.paths import iri_of
from thidua.base.terms import DATASET, LICENSE
from thidua.metadata.void_dcat import DESCRIPTION, TITLE
from thidua.versions.store import Version
from thidua_server.html import language, picture
from thidua_server.html.links import kept
from thidua_server.http import context

#: Parameters of an address that choose how something is shown, and not what.
_MANNERS: Final = ("version", "lang", "evidence", "timeout")
_LOCALES: Final = {"vi": "vi_VN", "en": "en_GB"}
#: Kinds of things, and what schema.org calls them; the others are things of no kind it has.
_TYPES: Final = {
    "award": "Thing", "body": "GovernmentOrganization", "cluster": "Organization", "conf": "Event",
    "country": "Country",
    "legal": "Legislation", "person": "Person", "province": "AdministrativeArea", "src": "CreativeWork",
}  # fmt: skip
#: Characters of an address that a report names.
_ADDRESS: Final = 1000
#: What of an answer's HTML is markup.
_SPACE: Final = re.compile(r"\s+")


def canonical(lang: str = "") -> str:
    """The one address of this page: of the newest version, in the language that the reader is led to."""
    fields = [(name, value) for name, value in request.args.items(multi=True) if name not in _MANNERS]
    if lang:
        fields.append(("lang", lang))
    address = request.base_url
    if request.endpoint == "things.document":  # where a browser is led, and where links lead, is one page
        address = address.removesuffix(".html")
    return f"{address}?{urlencode(fields)}" if fields else address


def card() -> str:
    """The address of the picture that stands for this page where its link is passed on."""
    # Most networks show no SVG; without what draws PNG it is better than nothing.
    lang = {**kept(), "lang": language.current(), "suffix": "png" if picture.can_png() else "svg"}
    values = request.view_args or {}
    if request.endpoint == "things.document" and "path" in values:
        return url_for("discovery.card_of_thing", path=values["path"].partition(".")[0], _external=True, **lang)
    if request.endpoint == "questions.question":
        return url_for("discovery.card_of_question", name=values["name"], _external=True, **lang)
    return url_for("discovery.card", _external=True, **lang)


def framed(endpoint: str, *names: str) -> str:
    """The address of this view for a frame elsewhere, in the reader's language; `names` are the parameters it keeps."""
    fields = [pair for pair in request.args.items(multi=True) if pair[0] in (*names, "version") and pair[1]]
    return f"{url_for(endpoint, _external=True)}?{urlencode([*fields, ('lang', language.current())])}"


def plain(text: str | Markup) -> str:
    """What a template's block says, without markup and in one line."""
    return _SPACE.sub(" ", Markup(text).striptags()).strip()


def structured(title: str | Markup, description: str | Markup) -> dict[str, Any]:
    """The page as schema.org describes it, and what it is about."""
    current = language.current()
    page: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": canonical(),
        "name": plain(title),
        "description": plain(description),
        "inLanguage": current,
        "license": LICENSE,
        "isPartOf": _dataset(current),
    }
    if "snapshot" in g:
        page["version"] = str(g.snapshot.version.number)
        page["dateModified"] = g.snapshot.version.time
    path = (request.view_args or {}).get("path", "") if request.endpoint == "things.document" else ""
    if path:
        kind = path.partition("/")[0]
        about = {"@type": _TYPES.get(kind, "Thing"), "@id": iri_of(path.partition(".")[0]), "name": plain(title)}
        page["mainEntity"] = about
    return page


def _dataset(lang: str) -> dict[str, Any]:
    return {
        "@type": "Dataset",
        "@id": DATASET,
        "name": TITLE[lang],
        "description": DESCRIPTION[lang],
        "license": LICENSE,
        "url": url_for("datasets.dataset", _external=True),
        "isAccessibleForFree": True,
    }


def register(app: Flask) -> None:
    """Let templates describe their pages."""
    app.context_processor(_context)


def pinned_version() -> Version | None:
    """The version that a reader chose, which may have been overtaken; a page that may be kept for good cannot say."""
    snapshot = g.get("snapshot")
    chosen = snapshot is not None and g.get("pinned") in ("version", "time") and "problem_code" not in g
    return snapshot.version if chosen else None


def here() -> str:
    """This page's own path and parameters, for a report of what is wrong on it."""
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}"[:_ADDRESS] if query else request.path[:_ADDRESS]


def printed() -> dict[str, Any]:
    """What stands at the foot of a printed page: its address, and the version that it is of."""
    version = g.snapshot.version if "snapshot" in g else None
    asked = [pair for pair in request.args.items(multi=True) if pair[0] != "version"]
    asked += [("version", str(version.number))] if version else []
    address = f"{request.base_url}?{urlencode(asked)}" if asked else request.base_url
    return {"version": version, "address": address[:_ADDRESS]}


def _context() -> dict[str, Any]:
    # An error has no address of its own, and a plain store none of our words.
    told = "problem_code" not in g and not context.is_plain() and request.endpoint is not None
    return {
        "shared": told,
        "canonical": canonical,
        "card": card,
        "can_png": picture.can_png(),
        "framed": framed,
        "here": here,
        "pinned_version": pinned_version(),
        "locales": _LOCALES,
        "plain_text": plain,
        "printed": printed() if told else {},
        "site_description": DESCRIPTION[language.current()],
        "structured": structured,
    }
