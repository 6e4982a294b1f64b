"""Articles to read: the text in NFC that all offsets count in, and what is known about the page it stood on."""

from dataclasses import dataclass, replace
from typing import Any

from thidua.base.articles import SourceText


@dataclass(frozen=True)
class Article:
    """A text and its metadata."""

    source: SourceText
    """The text in NFC, and its id and SHA-256."""
    url: str = ""
    title: str = ""
    """As printed."""
    publisher: str = ""
    published: str = ""
    """A day, ISO; empty where it is not known."""
    author: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that spans are positions in."""
        return self.source.text

    def with_(self, **given: Any) -> "Article":
        """The same with other metadata; empty values change nothing."""
        return replace(self, **{name: value for name, value in given.items() if value})


def from_text(text: str, **metadata: Any) -> Article:
    """An article from plain text, normalised to NFC."""
    return Article(SourceText.of(text), **metadata)
