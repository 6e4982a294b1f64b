"""Boilerplate removal: the article of a web page, with what the page says of it; the home of trafilatura.

A text that is no page is taken as it is: PDF text and plain text have their furniture read around by
:mod:`thidua.extract.passages`.
"""

import re
from pathlib import Path
from typing import Any, Final

from thidua.base.errors import InputError
from thidua.extract.article import Article, from_text

#: What a page of the web begins with, behind white space and comments.
_HTML: Final = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|article|meta|div|p|h1)\b", re.I | re.S)
#: Bytes of a page that are read; of a longer one the article is not looked for.
LARGEST: Final = 5_000_000


def read_article(content: bytes, *, shown_as: str = "the text", **metadata: Any) -> Article:
    """An article from bytes: a page of the web, or plain text in UTF-8.

    :param metadata: ``url``, ``title``, ``published`` …, which win over what the page says.
    :raises InputError: it is neither, is empty, or is too long; or a page, and the extra ``html`` is not installed.
    """
    if len(content) > LARGEST:
        raise InputError(f"{shown_as} has {len(content):,} bytes; an article has at most {LARGEST:,}")
    if content.startswith(b"%PDF"):
        raise InputError(f"{shown_as} is a PDF; give its text, as `pdftotext -layout FILE -` prints it")
    if _HTML.match(content[:4000]):
        return _from_page(content, shown_as, metadata)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InputError(f"{shown_as} is not UTF-8 text: byte {exc.start} is none; convert it first") from exc
    if not text.strip():
        raise InputError(f"{shown_as} is empty")
    return from_text(text.replace("\f", "\n"), **{name: value for name, value in metadata.items() if value})


def read_file(path: Path, **metadata: Any) -> Article:
    """The article in a file.

    :raises InputError: as :func:`read_article`, or the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise InputError(f"{path}: cannot be read: {exc.strerror}") from exc
    return read_article(content, shown_as=str(path), **metadata)


def _from_page(content: bytes, shown_as: str, metadata: dict[str, Any]) -> Article:
    try:
        import trafilatura
    except ImportError as exc:
        raise InputError(
            f"{shown_as} is a page of the web; to read it, install what takes the article out of it: "
            "pip install 'thidua[html]'; or give the article's plain text"
        ) from exc
    found = trafilatura.bare_extraction(
        content, url=metadata.get("url") or None, with_metadata=True, include_comments=False, include_tables=True,
        favor_recall=True, deduplicate=False,
    )  # fmt: skip
    text = getattr(found, "text", "") or ""
    if not text.strip():
        raise InputError(
            f"{shown_as} is a page of the web in which no article was found; give the article's plain text"
        )
    title = (getattr(found, "title", "") or "").strip()
    if title and title not in text:
        text = f"{title}\n\n{text}"
    said = {
        "title": title,
        "publisher": getattr(found, "sitename", "") or "",
        "published": (getattr(found, "date", "") or "")[:10],
        "author": getattr(found, "author", "") or "",
        "url": getattr(found, "url", "") or "",
    }
    given = {name: value for name, value in metadata.items() if value}
    return from_text(text, **{name: value for name, value in {**said, **given}.items() if value})
