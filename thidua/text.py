"""Vietnamese names as people type them: search keys and slugs.

A name comes with and without tone marks, in NFC and NFD, with đ or d, with old and new tone placement
(Hòa, Hoà), with or without *tỉnh* and *TP.* in front. :func:`fold` brings them all to one key.
"""

import re
import unicodedata

# đ has no decomposition, so Unicode leaves it alone.
_LETTERS = str.maketrans({"đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "’": "'", "‘": "'"})
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_ABBREVIATIONS = {
    "tp": "thanh pho",
    "ubnd": "uy ban nhan dan",
    "tdkt": "thi dua khen thuong",
    "ntm": "nong thon moi",
}
_GENERIC = re.compile(r"^(?:cum (?:thi dua )?)?(?:(?:cac|[0-9]+) )?(?:tinh |thanh pho )?(?=.)")


def fold(text: str) -> str:
    """The search key of a text: ASCII lower-case words, one space apart.

    Same for NFC and NFD, for every tone placement, with and without marks; idempotent.
    """
    decomposed = unicodedata.normalize("NFD", text.translate(_LETTERS))
    letters = "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LETTERS)
    words = _NOT_WORD.sub(" ", letters.lower()).split()
    return " ".join(_ABBREVIATIONS.get(word, word) for word in words)


def proper_key(text: str) -> str:
    """The search key without the generic words in front: *tỉnh*, *thành phố*, *cụm thi đua các tỉnh*."""
    return _GENERIC.sub("", fold(text))


def slug(text: str) -> str:
    """The part of an IRI made from a name: ``slug("Đồng bằng sông Hồng") == "dong-bang-song-hong"``."""
    decomposed = unicodedata.normalize("NFD", text.translate(_LETTERS))
    letters = "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LETTERS)
    return _NOT_WORD.sub("-", letters.lower()).strip("-")
