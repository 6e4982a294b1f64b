"""Navigation menu: the pages that every page leads to. Each says of itself, on its view, that it is one of them."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])

_ENTRY: Final = "__menu__"


class Entry(NamedTuple):
    """Its place, from the left; what it is called in Vietnamese and English; whether it makes sense with any RDF."""

    order: int
    vi: str
    en: str
    plain: bool


def in_menu(order: int, vi: str, en: str, *, plain: bool = False) -> Callable[[View], View]:
    """A decorator that puts a page into the menu."""

    def put(view: View) -> View:
        vars(view)[_ENTRY] = Entry(order, vi, en, plain)
        return view

    return put


def register(app: Flask) -> None:
    """Let templates use the menu of the views that the app has by now."""
    plain = app.config["PLAIN"]
    found = [(vars(view)[_ENTRY], endpoint) for endpoint, view in app.view_functions.items() if _ENTRY in vars(view)]
    menu = [(endpoint, entry.vi, entry.en) for entry, endpoint in sorted(found) if entry.plain or not plain]
    app.context_processor(lambda: {"menu": menu, "plain": plain})
