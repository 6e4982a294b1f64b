"""Quotation alignment: where a text has a passage that somebody quotes, exactly or but for marks, signs and spaces."""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from thidua.extract.facts import Span
from thidua.extract.tokens import tokens

#: Nobody quotes more of an article as one passage.
_LONGEST: Final = 1500
#: Folded words say little: fewer than these are to be quoted exactly.
_FEWEST: Final = 3


class Quotable:
    """A text in NFC that is quoted."""

    def __init__(self, text: str) -> None:
        self._text = text
        words = [token for token in tokens(text) if token.is_word]
        self._words = words
        # All words in one string, each between two spaces, so that a search is one search.
        self._folded = " " + " ".join(word.key for word in words) + " "
        place, self._places = 0, list[int]()
        for word in words:
            self._places.append(place)
            place += len(word.key) + 1

    def every(self, quotation: str) -> Iterator[Span]:
        """Each place of a passage, in the order of the text; exact ones alone where there are any."""
        quotation = unicodedata.normalize("NFC", quotation).strip()
        if not quotation or len(quotation) > _LONGEST:
            return
        exact = list(_every(self._text, quotation))
        if exact:
            yield from ((start, start + len(quotation)) for start in exact if self._is_whole(start, len(quotation)))
            return
        keys = [token.key for token in tokens(quotation) if token.is_word]
        if len(keys) < _FEWEST:
            return
        for start in _every(self._folded, " " + " ".join(keys) + " "):
            first = bisect_right(self._places, start) - 1
            yield self._words[first].start, self._words[first + len(keys) - 1].end

    def first(self, quotation: str, number: int = 1) -> Span | None:
        """The n-th place of a passage, from 1; None where the text has it less often."""
        for count, span in enumerate(self.every(quotation), start=1):
            if count == number:
                return span
        return None

    def _is_whole(self, start: int, length: int) -> bool:
        """Whether no word is cut: *Hà* is not quoted from *Hành*."""
        end = start + length
        before, behind = self._text[start - 1 : start], self._text[end : end + 1]
        return not (before.isalnum() and self._text[start].isalnum()) and not (
            behind.isalnum() and self._text[end - 1].isalnum()
        )


def _every(text: str, wanted: str) -> Iterator[int]:
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)
