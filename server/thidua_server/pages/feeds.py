"""Feeds and reports: changes as Atom, of everything and of one thing; a mistake reported with a prefilled text.

:source: https://www.rfc-editor.org/rfc/rfc4287
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree

from flask import Blueprint, Response, current_app, g, render_template, request, url_for

from thidua.base.errors import InputError, NotFoundError, UnknownThingError
from thidua.base.paths import iri_of
from thidua.metadata.void_dcat import DESCRIPTION, TITLE
from thidua.versions.store import Version
from thidua.views.changes import InWords, Told, in_words
from thidua.views.naming import names
from thidua_server.html import language
from thidua_server.http import caching, context
from thidua_server.openapi.fields import LANGUAGE, Field
from thidua_server.openapi.operations import operation, unlisted

bp = Blueprint("feeds", __name__)

_ATOM: Final = "application/atom+xml"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
#: Versions that a feed tells of, the newest ones.
_MOST: Final = 10
#: What XML cannot hold.
_IMPOSSIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@bp.get("/feed.atom")
@operation("feed", "versions", "Mọi thay đổi, theo phiên bản (Atom)", "All changes, by version (Atom)",
           (LANGUAGE,), (_ATOM,))  # fmt: skip
def feed() -> Response:
    """What each of the newest versions added, changed and withdrew."""
    return _feed("", TITLE[language.current()], DESCRIPTION[language.current()])


@bp.get("/feed/<path:path>.atom")
@operation("feedOfThing", "versions", "Thay đổi về một vật (Atom)", "Changes that concern one thing (Atom)",
           (Field("path", "loại và mã của vật", "kind and id of the thing", place="path", required=True,
                  example="cluster/dong-bang-song-hong"), LANGUAGE), (_ATOM,))  # fmt: skip
def feed_of_thing(path: str) -> Response:
    """The newest versions that say something else of a thing, or of a record that names it."""
    iri, snapshot = iri_of(path), context.current().current()
    called = names(lambda text: snapshot.select(text, context.caller()), [iri], language.current(), {})
    if iri not in called and not snapshot.knows(iri, context.caller()):
        raise UnknownThingError(f"Version {snapshot.version.number} says nothing of <{iri}>.")
    below = language.pick("Những thay đổi nói về điều này", "Changes that concern this")
    return _feed(iri, called.get(iri, path), below)


@bp.get("/report")
@unlisted
def report() -> str:
    """A text to be sent, in which page and version stand already: what is wrong, and which source says otherwise."""
    of = request.args.get("of", "/")
    if not of.startswith("/") or of.startswith("//") or len(of) > 2000 or not of.isprintable():
        raise InputError("`of` is the address of a page here, such as /timeline.")
    page = request.url_root.rstrip("/") + of
    version = context.snapshot().version
    text = language.pick(
        f"Trang: {page}\nPhiên bản: {version.number} ({version.hash[:12]})\n\nĐiều sai: \n\nĐiều đúng: \n\n"
        "Nguồn nói như vậy (địa chỉ bài viết hay văn bản): \n",
        f"Page: {page}\nVersion: {version.number} ({version.hash[:12]})\n\nWhat is wrong: \n\nWhat is right: \n\n"
        "The source that says so (address of an article or a document): \n",
    )
    subject = language.pick(f"Sai sót: {of}", f"A mistake: {of}")
    contact = str(current_app.config["CONTACT"])
    mail = f"mailto:{quote(contact, safe='@')}?subject={quote(subject[:200])}&body={quote(text)}" if contact else ""
    return render_template("report.html", text=text, mail=mail, contact=contact, of=of)


def _feed(iri: str, title: str, subtitle: str) -> Response:
    """A feed of what concerns a thing, of everything where that is empty."""
    if context.is_plain():
        raise NotFoundError("This store holds plain RDF; /versions tells of its history.")
    kg, reader = context.current(), language.current()
    newest = kg.current()
    g.snapshot, g.pinned = newest, ""
    if unchanged := caching.not_modified(newest, _ATOM, reader):
        return unchanged
    versions = kg.versions()[-_MOST - 1 :]
    kept = {version.number for version in versions}
    entries = []
    for version in reversed(versions):
        words = None
        if version.parent in kept:
            words = in_words(kg.at(version.parent), kg.at(version.number), reader, context.caller())
        told = [] if words is None else words.about(iri) if iri else list(words.told)
        if told or not iri:
            entries.append((version, words, told[:100]))
    content = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(
        _document(title, subtitle, newest.version, entries, bool(iri)), encoding="utf-8"
    )
    response = Response(content, mimetype=_ATOM)
    response.vary.add("Accept-Language")
    return response


def _document(
    title: str,
    subtitle: str,
    newest: Version,
    entries: Iterable[tuple[Version, InWords | None, list[Told]]],
    about: bool,
) -> ElementTree.Element:
    root = ElementTree.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": language.current()})
    _add(root, "title", f"{title} · Thi đua")
    _add(root, "subtitle", subtitle)
    _add(root, "id", request.url)
    _add(root, "updated", newest.time)
    ElementTree.SubElement(root, "link", {"rel": "self", "href": request.url, "type": _ATOM})
    for version, words, told in entries:
        entry = ElementTree.SubElement(root, "entry")
        where = url_for("versions.diff" if words else "versions.version", number=version.number, _external=True)
        _add(entry, "title", _headline(version, told if about else None, words))
        _add(entry, "id", f"{request.base_url}#{version.hash}-{version.number}")
        _add(entry, "updated", version.time)
        author = ElementTree.SubElement(entry, "author")
        _add(author, "name", version.author or "Thi đua")
        ElementTree.SubElement(entry, "link", {"rel": "alternate", "href": where})
        if version.message:
            _add(entry, "summary", version.message)
        if words:
            html = render_template("feed_entry.html", words=words, told=told)
            _add(entry, "content", html).set("type", "html")
    return root


def _headline(version: Version, told: list[Told] | None, words: InWords | None) -> str:
    """The version, and how much is different: of what is told, or of everything."""
    number = f"{language.pick('Phiên bản', 'Version')} {version.number}"
    if words is None:
        return number
    counts = words.counts if told is None else Counter(each.what for each in told)
    said = [
        f"{count} {language.pick(vi, en)}"
        for what, vi, en in (
            ("added", "thêm", "added"), ("changed", "đổi", "changed"), ("withdrawn", "rút", "withdrawn"),
        )
        if (count := counts.get(what, 0))  # type: ignore[call-overload]
    ]  # fmt: skip
    return f"{number}: {', '.join(said)}" if said else number


def _add(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = _IMPOSSIBLE.sub("", text)
    return element
