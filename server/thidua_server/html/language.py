"""Internationalisation: the pages' two languages, how each writes numbers and days, links that keep to the one chosen.

Both texts of a sentence stand side by side where it is used, ``t('Nguồn', 'Source')``, so that neither can be
forgotten; how a language writes numbers and dates, Babel knows.
"""

import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

from babel.numbers import format_decimal
from flask import Flask, g, has_request_context, request, url_for
from flask_babel import Babel, format_date

from thidua.base.terms import shorten
from thidua.base.translation import translated
from thidua.questions import certainty
from thidua_server.html.links import page_of
from thidua_server.html.tables import is_web
from thidua_server.http.negotiation import language

LANGUAGES: Final = {"vi": "Tiếng Việt", "en": "English"}


def current() -> str:
    """``?lang=``, else what the browser asks for, else Vietnamese."""
    return language()


def pick(vi: str, en: str) -> str:
    """One of two texts, by the current language."""
    return vi if current() == "vi" else en


def link(endpoint: str, **values: Any) -> str:
    """A link inside the service that keeps ``?lang=`` and ``?version=`` if they were given.

    From an error it keeps no version: that may be the very thing that there is not.
    """
    if request.args.get("lang") in LANGUAGES:
        values.setdefault("lang", request.args["lang"])
    if "version" in request.args and "problem_code" not in g:
        values.setdefault("version", request.args["version"])
    return url_for(endpoint, **values)


def switch(to: str) -> str:
    """This very page in another language."""
    fields = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{_path()}?{urlencode([*fields, ('lang', to)])}"


def newest() -> str:
    """This very page without ``?version=``."""
    fields = [(name, value) for name, value in request.args.items(multi=True) if name != "version"]
    return f"{_path()}?{urlencode(fields)}" if fields else _path()


def _path() -> str:
    """The address of this page as it was asked; a browser would take a backslash, or a second slash, for a host."""
    return "/" + quote(f"{request.root_path}{request.path}".lstrip("/"), safe="/:@!$&'()*+,;=~")


def number(value: Decimal | float) -> str:
    """A number as the reader's language writes it, 25.812 or 25,812, with all its digits."""
    return format_decimal(value, locale=current(), decimal_quantization=False)


def day(text: str) -> str:
    """A day, a month or a year of RDF as the reader's language writes it; what is none of these stays as it is."""
    try:
        match len(text):
            case 4:
                return text
            case 7:
                pattern = "MM/y" if current() == "vi" else "MMMM y"
                return str(format_date(datetime.date.fromisoformat(f"{text}-01"), pattern))
            case _:
                return str(
                    format_date(datetime.date.fromisoformat(text[:10]), "d/M/y" if current() == "vi" else "long")
                )
    except ValueError:
        return text


def _short(value: str) -> str:
    """An IRI by its prefix: td:headTerm."""
    return shorten(value).strip("<>") if value.startswith("http") else value


def register(app: Flask) -> None:
    """Let templates use both languages."""
    Babel(app, default_locale="vi", locale_selector=lambda: current() if has_request_context() else "vi")
    app.context_processor(_context)
    app.add_template_filter(number)
    app.add_template_filter(day)
    app.add_template_filter(_short, "short")
    app.add_template_filter(lambda message: translated(message, current()), "told")


def _context() -> dict[str, Any]:
    """What every template can use."""
    return {
        "certainty": certainty.words(current()),
        "lang": current(),
        "is_web": is_web,
        "chosen_lang": request.args.get("lang"),
        "languages": LANGUAGES,
        "link": link,
        "newest": newest,
        "page_of": page_of,
        "switch": switch,
        "t": pick,
    }
