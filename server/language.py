"""The two languages of the pages, and links that keep to the one chosen."""

from typing import Any, Final
from urllib.parse import urlencode

from flask import request, url_for

from server.addresses import page_of

LANGUAGES: Final = {"vi": "Tiếng Việt", "en": "English"}


def current() -> str:
    """``?lang=``, else what the browser asks for, else Vietnamese."""
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES)) or "vi"


def pick(vi: str, en: str) -> str:
    """One of two texts, by the current language."""
    return vi if current() == "vi" else en


def link(endpoint: str, **values: Any) -> str:
    """A link inside the service that keeps ``?lang=`` if it was given."""
    if request.args.get("lang") in LANGUAGES:
        values.setdefault("lang", request.args["lang"])
    return url_for(endpoint, **values)


def switch(to: str) -> str:
    """This very page in another language."""
    fields = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode([*fields, ('lang', to)])}"


def context() -> dict[str, Any]:
    """What every template can use."""
    return {
        "lang": current(),
        "chosen_lang": request.args.get("lang"),
        "languages": LANGUAGES,
        "link": link,
        "page_of": page_of,
        "switch": switch,
        "t": pick,
    }
