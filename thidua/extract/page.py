"""Articles from files: plain text, the text of a PDF, and pages in HTML, whose article is taken out of its frame."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from thidua.base.articles import SourceText, read_text
from thidua.base.errors import InputError
from thidua.extract.article import Article, from_text

#: Bytes of a file; what is longer is no article.
LONGEST: Final = 5_000_000
_HTML: Final = re.compile(r"\s*<(?:!--|(?:!doctype\s+html|html|head|body|article|div|p)\b)", re.IGNORECASE)
#: Elements whose text is no part of an article, and those that hold nothing.
_FRAME: Final = (
    "script",
    "style",
    "noscript",
    "nav",
    "header",
    "footer",
    "aside",
    "form",
    "button",
    "select",
    "svg",
    "iframe",
)
#: Elements that stand on lines of their own.
_BLOCKS: Final = (
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "tr", "table", "section", "article", "main", "br",
    "figure", "figcaption", "blockquote", "td", "th",
)  # fmt: skip
#: What a page says of itself, by the names of its meta elements.
_META: Final = {
    "og:title": "title", "og:site_name": "publisher", "article:published_time": "published", "author": "author",
    "article:author": "author", "og:url": "url",
}  # fmt: skip
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_file(path: Path | None, content: bytes) -> Article:
    """An article from what stands in a file, or came on standard input.

    :param path: the file; None where there is none. Sixteen hex digits at the end of its name are the source's id.
    :raises InputError: it is not UTF-8, or too long, or holds no text.
    """
    shown = str(path) if path else "standard input"
    if len(content) > LONGEST:
        raise InputError(
            f"{shown} has {len(content):,} bytes; no article is as long as {LONGEST:,}. Give the article alone"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        if content.startswith(b"%PDF"):
            raise InputError(
                f"{shown} is a PDF; take its text out first, for example with `pdftotext {shown} -`"
            ) from exc
        raise InputError(f"{shown}: cannot be read as UTF-8 text ({exc}); convert it first") from exc
    if _HTML.match(text[:4000]):
        article = from_html(text)
    elif path is not None:
        try:
            article = Article(read_text(path))
        except InputError:  # not in NFC: what is read is, and that is fingerprinted
            article = from_text(text)
    else:
        article = from_text(text)
    if not article.text.strip():
        raise InputError(f"{shown} holds no text; give a page whose article is in it, or the article's text")
    return article


def from_html(markup: str) -> Article:
    """The article of a page, and what the page says of itself.

    Of several elements ``article`` the one with most text, else ``main``, else the body without its frame.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    text = max(reader.articles, key=len, default="") or reader.main or "".join(reader.body)
    lines = (" ".join(line.split()) for line in text.splitlines())
    source = SourceText.of("\n".join(line for line in lines if line) + "\n")
    told = {name: " ".join(value.split()) for name, value in reader.told.items()}
    if day := _DAY.match(told.pop("published", "")):
        told["published"] = day[0]
    return Article(source).with_(**told)


class _Reader(HTMLParser):
    """Collects the text of the body, of each article and of the main part."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.told: dict[str, str] = {}
        self.body: list[str] = []
        self.articles: list[str] = []
        self.main = ""
        self._hidden = 0
        self._open: list[tuple[str, int]] = []
        self._title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "meta":
            name = _META.get((given.get("property") or given.get("name") or "").lower())
            if name and given.get("content"):
                self.told.setdefault(name, given["content"] or "")
        elif tag == "time" and given.get("datetime"):
            self.told.setdefault("published", given["datetime"] or "")
        elif tag == "title":
            self._title = True
        elif tag in _FRAME:
            self._hidden += 1
        elif tag in ("article", "main"):
            self._open.append((tag, len(self.body)))
        if tag in _BLOCKS:
            self.body.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._title = False
        elif tag in _FRAME:
            self._hidden = max(0, self._hidden - 1)
        elif self._open and tag == self._open[-1][0]:
            kind, start = self._open.pop()
            text = "".join(self.body[start:])
            if kind == "article":
                self.articles.append(text)
            else:
                self.main = text
        if tag in _BLOCKS:
            self.body.append("\n")

    def handle_data(self, data: str) -> None:
        if self._title:
            self.told.setdefault("title", data)
        elif not self._hidden:
            self.body.append(data)
