"""Source links: each source's IRI in an answer to its article, once per version."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from flask import current_app

from thidua.base.errors import LimitError, NotFoundError, QueryCancelledError
from thidua.base.terms import shorten
from thidua.graph import Snapshot
from thidua.names.labels import in_language, spoken
from thidua.views.naming import source_names
from thidua_server.html import language
from thidua_server.html.links import page_of
from thidua_server.html.tables import Shown, is_web
from thidua_server.http import caching, context

_LINKS: Final = "kg-source-links"


def source_links() -> dict[str, Shown]:
    """How to show each source of the version asked, in the reader's language; made once per version and language.

    One without an address of its own leads to its page here.
    """
    asked, reader = context.snapshot(), language.current()
    version, made = current_app.extensions.get(_LINKS, (None, {}))
    if version != asked.version:
        version, made = current_app.extensions[_LINKS] = (asked.version, {})
    if reader not in made:
        try:
            made[reader] = links_to_sources(asked, reader)
        except (LimitError, QueryCancelledError):  # too busy just now: a page can do without titles
            caching.for_now()
            return {}
    return {iri: shown if shown.href else replace(shown, href=page_of(iri)) for iri, shown in made[reader].items()}


def shown_by(links: Mapping[str, Shown]) -> Callable[[str], Shown]:
    """How to show a source by its IRI; one that is not known by its page here."""
    return lambda iri: links.get(iri) or Shown(iri.rpartition("/")[2], page_of(iri), iri)


def links_to_sources(snapshot: Snapshot, reader: str) -> dict[str, Shown]:
    """Each source's IRI as a link to the article, by the question `sources`; of one without an address its name.

    :param reader: the language in which a source is called, if it has a name in it.
    :raises LimitError: there is no time for it.
    """
    try:
        records = snapshot.ask("sources").records
    except NotFoundError:  # a plain store has no such question
        return {}
    names, links = source_names(snapshot.select), {}
    for record in records:
        if iri := record.get("source"):
            url, called = record.get("url"), names.get(iri.value, {})
            href = url.value if url and is_web(url.value) else None
            text = in_language(called, reader) or shorten(iri.value)
            links[iri.value] = Shown(text, href, iri.value, spoken(called, reader) or None)
    return links
