"""Source links: each source's IRI in an answer to its article, once per version."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from flask import current_app

from thidua.base.errors import LimitError, NotFoundError, QueryCancelledError
from thidua.graph import Snapshot
from thidua_server.html.links import page_of
from thidua_server.html.tables import Shown, is_web
from thidua_server.http import caching, context

_LINKS: Final = "kg-source-links"


def source_links() -> dict[str, Shown]:
    """How to show each source of the version asked; made once per version."""
    asked = context.snapshot()
    version, links = current_app.extensions.get(_LINKS, (None, {}))
    if version != asked.version:
        try:
            links = links_to_sources(asked)
        except (LimitError, QueryCancelledError):  # too busy just now: a page can do without titles
            caching.for_now()
            return {}
        current_app.extensions[_LINKS] = (asked.version, links)
    return dict(links)


def shown_by(links: Mapping[str, Shown]) -> Callable[[str], Shown]:
    """How to show a source by its IRI; one without an address by its page here."""
    return lambda iri: links.get(iri) or Shown(iri.rpartition("/")[2], page_of(iri), iri)


def links_to_sources(snapshot: Snapshot) -> dict[str, Shown]:
    """Each source's IRI as a link to the article, by the question `sources`.

    :raises LimitError: there is no time for it.
    """
    try:
        records = snapshot.ask("sources").records
    except NotFoundError:  # a plain store has no such question
        return {}
    links = {}
    for record in records:
        iri, title, url = (record.get(name) for name in ("source", "title", "url"))
        if iri and url and is_web(url.value):
            text = title.value if title else urlsplit(url.value).hostname or url.value
            links[iri.value] = Shown(text, url.value, iri.value, title.language if title else None)
    return links
