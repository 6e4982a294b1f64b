"""The knowledge graph of the running app: opened once, and again until that succeeds."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flask import Flask, current_app

from server.tables import Shown, links_to_sources
from thidua.catalogue import Question
from thidua.errors import StoreError
from thidua.graph import KnowledgeGraph

log = logging.getLogger(__name__)

_KEY: Final = "kg"
_LINKS: Final = "kg-source-links"


def open_in(app: Flask) -> KnowledgeGraph | None:
    """Open the app's graph; ``None`` when there is no store yet, which is logged."""
    try:
        app.extensions[_KEY] = KnowledgeGraph.open(Path(app.config["STORE"]))
    except StoreError as exc:
        log.warning("no graph to serve yet: %s", exc)
        return None
    return current(app)


def current(app: Flask | None = None) -> KnowledgeGraph:
    """The graph to ask; it follows the store's newest version by itself.

    :raises StoreError: there is still none.
    """
    app = app or current_app
    if _KEY not in app.extensions:
        app.extensions[_KEY] = KnowledgeGraph.open(Path(app.config["STORE"]))
    kg: KnowledgeGraph = app.extensions[_KEY]
    return kg


def questions() -> Mapping[str, Question]:
    """The catalogued questions; none while there is no store."""
    try:
        return current().questions
    except StoreError:
        return {}


def source_links() -> dict[str, Shown]:
    """How to show each source of the current version; made once per version."""
    kg = current()
    number, links = current_app.extensions.get(_LINKS, (None, {}))
    if number != kg.version.number:
        number, links = kg.version.number, links_to_sources(kg)
        current_app.extensions[_LINKS] = (number, links)
    return dict(links)
