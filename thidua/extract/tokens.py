"""Tokenisation: words, numbers and signs of a text in NFC, folded, each with its place in the text."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from thidua.base.text import SIGNS

_TOKEN: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[^\w\s]|_")
_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_LETTERS: Final = str.maketrans("đĐðÐ", "dddd")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number with its separators, or a sign."""

    key: str
    """Folded: lower case, without marks; of a sign, its plainest form."""
    start: int
    end: int
    capital: bool = False
    """Whether it begins with a capital letter."""
    shout: bool = False
    """Whether it is in capitals throughout, and longer than a letter."""
    plain: str = ""
    """In lower case, with its marks."""

    @property
    def is_word(self) -> bool:
        """Whether it is made of letters or digits."""
        return self.key[:1].isalnum()


@lru_cache(maxsize=20_000)
def key_of(word: str) -> str:
    """The folded form of one word or sign."""
    if word in SIGNS:
        return SIGNS[word]
    bare = unicodedata.normalize("NFD", word.translate(_LETTERS).lower())
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).translate(_LETTERS) or word


def tokens(text: str) -> list[Token]:
    """The tokens of a text in their order; a number such as ``1.283,5`` is one."""
    found = []
    place = 0
    while match := _TOKEN.search(text, place):
        word = match[0]
        if word[0].isdigit() and (number := _NUMBER.match(text, match.start())) and number.end() > match.end():
            match, word = number, number[0]
        upper = word[0].isupper()
        shout = upper and len(word) > 1 and word.isupper()
        found.append(Token(key_of(word), match.start(), match.end(), upper, shout, word.lower()))
        place = match.end()
    return found


def keys_of(name: str) -> tuple[str, ...]:
    """The folded words of a name, without signs."""
    return tuple(token.key for token in tokens(unicodedata.normalize("NFC", name)) if token.is_word)
