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
from collections.abc import Sequence
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
#: Messages within messages, and lines and sentences of one message, that are looked up.
_DEEPEST, _MOST_LINES, _MOST_SENTENCES = 4, 50, 12
#: Characters that a template begins with, to be sure of it: one that begins with a value may be found in its tail.
_SURE: Final = 4
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
        # The more of a message a template says itself, the surer it is the one: its beginning first of all.
        self._templates = sorted(templates, key=lambda each: (len(each.around[0]) < _SURE, -sum(map(len, each.around))))
        #: They only say where: ``{0}: {1}``.
        self._frames = [each for each in self._templates if not any(map(str.isalpha, "".join(each.around)))]
        self._templates = [each for each in self._templates if each not in self._frames]
        self._of_lines = [each for each in self._templates if any("\n" in text for text in each.around)]

    @staticmethod
    @cache
    def of(language: str) -> "_Catalogue":
        return _Catalogue(language)

    def translate(self, message: str, depth: int) -> str:
        """A message, or each of its lines, or each of its sentences."""
        if depth == 0 or not message.strip():
            return message
        lines = message.split("\n", _MOST_LINES)
        if len(lines) == 1:
            found = self._one(message, self._templates, depth) or self._unended(message, depth)
            return found or self._sentences(message, depth) or self._one(message, self._frames, depth) or message
        if found := self._one(message, self._of_lines, depth):
            return found
        told = [self.translate(line, depth - 1) for line in lines[:_MOST_LINES]] + lines[_MOST_LINES:]
        return "\n".join(told) if told != lines else self._one(message, self._templates, depth) or message

    def _one(self, message: str, templates: Sequence[_Template], depth: int) -> str | None:
        if (whole := self._whole.get(message)) is not None:
            return whole
        for template in templates:
            if (values := template.values(message)) is not None:
                return self._filled(template.text, values, depth)
        return None

    def _unended(self, message: str, depth: int) -> str | None:
        """A message that something follows, or that is one sentence of several."""
        if message[-1] not in ".:" or (found := self._one(message[:-1], self._templates, depth)) is None:
            return None
        return found + message[-1]

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

    def _sentences(self, message: str, depth: int) -> str | None:
        """The longest beginning that is known, and then the rest."""
        ends = [at + 1 for at in range(len(message) - 1) if message[at : at + 2] == ". "][:_MOST_SENTENCES]
        for end in reversed(ends):
            if (begun := self._one(message[:end], self._templates, depth)) is not None:
                return f"{begun} {self.translate(message[end + 1 :], depth - 1)}"
        for end in ends:
            if (ended := self._one(message[end + 1 :], self._templates, depth)) is not None:
                return f"{message[:end]} {ended}"
        return None


class _Translations(gettext.GNUTranslations):
    """A compiled catalogue whose texts can be listed, which templates need."""

    @property
    def texts(self) -> dict[str, str]:
        catalogue: dict[str, str] = self._catalog  # type: ignore[attr-defined]
        return {text: other for text, other in catalogue.items() if isinstance(text, str) and text and other}


def _template(text: str, other: str) -> _Template:
    parts = _HOLE.split(text)
    return _Template(tuple(parts[::2]), tuple(map(int, parts[1::2])), other)
