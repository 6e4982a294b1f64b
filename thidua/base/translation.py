"""Localisation of messages: what the library and its commands say, in the reader's language.

Messages are written in English where they arise, and reach a reader from another process, another machine or another
library; so they are translated where they are shown. The catalogue is gettext's
(``thidua/locale/vi/LC_MESSAGES/messages.po``), and a message with values in it is found by its template: ``No {0} is
called {1}.`` In a translation ``{0}`` is the value as it stands, ``{0:n}`` a number as the language writes it and
``{0:t}`` a message in its turn.
"""

import gettext
import os
import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

DOMAIN: Final = "messages"
FOLDER: Final = Path(__file__).parent.parent / "locale"
LANGUAGES: Final = ("vi", "en")

#: Where gettext looks for what the user of a terminal reads, the first that is set.
_VARIABLES: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
#: A message of more characters is a listing, and told as it stands.
_LONGEST: Final = 8_000
#: Messages within messages, and sentences of one message, that are looked up.
_DEEPEST, _MOST_SENTENCES = 4, 12
_DIGITS: Final = str.maketrans(",.", ".,")
_HOLE: Final = re.compile(r"\{(\d+)\}")
_PLACE: Final = re.compile(r"\{(\d+)(?::([nt]))?\}")


def of_environment() -> str:
    """The language of a terminal: what ``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES`` or ``LANG`` say, else English."""
    named = next((os.environ[each] for each in _VARIABLES if os.environ.get(each)), "")
    return "vi" if named.split(":")[0].split(".")[0].split("_")[0].lower() == "vi" else "en"


def translated(message: str, language: str) -> str:
    """A message in a language; what the catalogue does not know stays English."""
    if language == "en" or not message or len(message) > _LONGEST:
        return message
    return _Catalogue.of(language).translate(message, _DEEPEST)


class _Template(NamedTuple):
    """A message with holes: the texts around them, and the same message in the other language."""

    around: tuple[str, ...]
    holes: tuple[int, ...]
    text: str

    def values(self, message: str) -> dict[int, str] | None:
        """What stands in the holes of a message; None if it is another message. Each text is found at its first place,
        so it takes as many steps as the message is long."""
        first, *middle, last = self.around
        if len(message) < len(first) + len(last) or not (message.startswith(first) and message.endswith(last)):
            return None
        at, end, found = len(first), len(message) - len(last), {}
        for hole, text in zip(self.holes, middle, strict=False):
            place = message.find(text, at, end)
            if place < 0:
                return None
            found[hole] = message[at:place]
            at = place + len(text)
        return found | {self.holes[-1]: message[at:end]}


class _Catalogue:
    """The messages of one language."""

    def __init__(self, language: str) -> None:
        texts: dict[str, str] = gettext.translation(DOMAIN, FOLDER, [language], _Translations).texts
        self._whole = {text: other for text, other in texts.items() if not _HOLE.search(text)}
        templates = (_template(text, other) for text, other in texts.items() if _HOLE.search(text))
        # The more of a message a template says itself, the surer it is the one.
        self._templates = sorted(templates, key=lambda each: -sum(map(len, each.around)))

    @staticmethod
    @cache
    def of(language: str) -> "_Catalogue":
        return _Catalogue(language)

    def translate(self, message: str, depth: int) -> str:
        """A message, or each of its lines, or each of its sentences."""
        if depth == 0:
            return message
        if (found := self._one(message, depth)) is not None:
            return found
        lines = message.split("\n")
        if len(lines) > 1:
            return "\n".join(self.translate(line, depth - 1) for line in lines)
        return self._sentences(message, depth)

    def _one(self, message: str, depth: int) -> str | None:
        if (whole := self._whole.get(message)) is not None:
            return whole
        for template in self._templates:
            if (values := template.values(message)) is not None:
                return self._filled(template.text, values, depth)
        return None

    def _filled(self, text: str, values: dict[int, str], depth: int) -> str:
        """A translation with the values in it, each as it asks for."""

        def value(place: re.Match[str]) -> str:
            found = values[int(place[1])]
            match place[2]:
                case "n":
                    return found.translate(_DIGITS)
                case "t":
                    return self.translate(found, depth - 1)
                case _:
                    return found

        return _PLACE.sub(value, text)

    def _sentences(self, message: str, depth: int) -> str:
        """The longest beginning that is known, and then the rest."""
        ends = [at + 1 for at in range(len(message) - 1) if message[at : at + 2] == ". "][:_MOST_SENTENCES]
        for end in reversed(ends):
            if (begun := self._one(message[:end], depth)) is not None:
                return f"{begun} {self.translate(message[end + 1 :], depth - 1)}"
        for end in ends:
            if (ended := self._one(message[end + 1 :], depth)) is not None:
                return f"{message[:end]} {ended}"
        return message


class _Translations(gettext.GNUTranslations):
    """A compiled catalogue whose texts can be listed, which templates need."""

    @property
    def texts(self) -> dict[str, str]:
        catalogue: dict[str, str] = self._catalog  # type: ignore[attr-defined]
        return {text: other for text, other in catalogue.items() if isinstance(text, str) and text and other}


def _template(text: str, other: str) -> _Template:
    parts = _HOLE.split(text)
    return _Template(tuple(parts[::2]), tuple(map(int, parts[1::2])), other)
