"""Guides: the documentation in Markdown as pages of the site, and a search in them. The home of markdown-it-py."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import join, normpath
from typing import Final

from flask import url_for
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from thidua.base.files import ProjectFiles
from thidua.base.text import fold

#: Guides by what they are for, as the README has them; all others follow.
GROUPS: Final = (
    ("Cho người đọc", "For readers", ("pages", "glossary", "certainty", "time", "assistants")),
    ("Cho người phân tích", "For analysts",
     ("questions-api", "notebooks", "names", "linked-data", "links", "reference/questions")),
    ("Cho người biên tập", "For curators",
     ("curating", "adding-a-source", "collecting", "extraction", "reference/shapes")),
    ("Cho người vận hành", "For operators", ("operating", "http", "gateway", "remote", "scale", "benchmarks")),
)  # fmt: skip
_OTHERS: Final = ("Cho người phát triển", "For developers")
#: What may be wider than the page scrolls in itself, also by keyboard.
_SCROLLED: Final = {
    "<pre>": '<pre tabindex="0">',
    "<table>": '<div class="scroll" tabindex="0"><table>',
    "</table>": "</table></div>",
}
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
#: Characters of a search, and passages that it gives.
_LONGEST: Final = 200
_MOST: Final = 30


@dataclass(frozen=True)
class Section:
    """A heading and the text below it, of which ``key`` is what a search looks at."""

    guide: str
    anchor: str
    heading: str
    text: str
    key: str


@dataclass(frozen=True)
class Guide:
    """A guide: its title, its headings of the second level, and its text as HTML."""

    name: str
    title: str
    contents: tuple[tuple[str, str], ...]
    tokens: tuple[Token, ...]
    sections: tuple[Section, ...]

    def html(self, lang: Mapping[str, str]) -> Markup:
        """The text with its links leading to pages here.

        :param lang: parameters that links to other guides keep.
        """
        tokens = [each.copy() for each in self.tokens]
        for each in _all(tokens):
            _shown_here(each, self.name, lang)
        html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
        for plain, focused in _SCROLLED.items():
            html = html.replace(plain, focused)
        return Markup(html)  # no HTML of its own is let through


@cache
def guides() -> dict[str, Guide]:
    """Every guide by its name; none where the documentation is not installed."""
    return {name: _read(name, path) for name, path in ProjectFiles.find().guides.items()}


def grouped() -> list[tuple[tuple[str, str], list[Guide]]]:
    """Guides by whom they are for."""
    found, named = guides(), {name for _, _, names in GROUPS for name in names}
    groups = [((vi, en), [found[name] for name in names if name in found]) for vi, en, names in GROUPS]
    return [*groups, (_OTHERS, [guide for name, guide in found.items() if name not in named])]


def search(text: str) -> list[Section]:
    """Sections that have all of some words, those with them in their heading first."""
    words = fold(text[:_LONGEST]).split()
    if not words:
        return []
    found = [each for guide in guides().values() for each in guide.sections if all(word in each.key for word in words)]
    return sorted(found, key=lambda each: not all(word in fold(each.heading) for word in words))[:_MOST]


def _read(name: str, path: Path) -> Guide:
    tokens = _MARKDOWN.parse(path.read_text(encoding="utf-8"))
    title, contents, sections, used = name, [], [], set[str]()
    heading, anchor, texts = "", "", list[str]()
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            if texts:
                sections.append(_section(name, anchor, heading, texts))
            heading, texts = _words(tokens[number + 1]), []
            anchor = _anchor(heading, used)
            token.attrSet("id", anchor)
            if token.tag == "h1":
                title = heading
            elif token.tag == "h2":
                contents.append((anchor, heading))
        elif token.content and tokens[number - 1].type != "heading_open":
            texts.append(_words(token))
    if texts:
        sections.append(_section(name, anchor, heading, texts))
    return Guide(name, title, tuple(contents), tuple(tokens), tuple(sections))


def _section(name: str, anchor: str, heading: str, texts: list[str]) -> Section:
    text = " ".join(" ".join(texts).split())
    return Section(name, anchor, heading, text[:240], fold(f"{heading} {text}"))


def _words(token: Token) -> str:
    """What a token says, without markup."""
    if token.children is None:
        return token.content
    return "".join(each.content or (" " if each.type == "softbreak" else "") for each in token.children)


def _anchor(heading: str, used: set[str]) -> str:
    """The anchor of a heading, as forges make it, so that links between the files hold here too."""
    base = anchor = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
    number = 0
    while anchor in used:
        number += 1
        anchor = f"{base}-{number}"
    used.add(anchor)
    return anchor


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.children is not None:
            token.children = [each.copy() for each in token.children]
            yield from _all(token.children)
        yield token


def _shown_here(token: Token, name: str, lang: Mapping[str, str]) -> None:
    """Lead links to pages here, and say by a class what would be a style."""
    if token.type == "link_open":
        token.attrs = dict(token.attrs)
        token.attrSet("href", _target(str(token.attrGet("href") or ""), name, lang))
    elif token.type == "image":
        token.attrs = dict(token.attrs)
        source = str(token.attrGet("src") or "").rpartition("/")[2]
        token.attrSet("src", url_for("guide.picture", name=source))
        token.attrSet("loading", "lazy")
    elif token.type in ("th_open", "td_open"):
        style = str(token.attrs.get("style", ""))
        token.attrs = {"class": "number"} if "right" in style else {}
    elif token.type in ("fence", "code_block"):
        token.attrs = {}


def _target(href: str, name: str, lang: Mapping[str, str]) -> str:
    if "://" in href or href.startswith(("#", "/", "mailto:")):
        return href
    path, _, anchor = href.partition("#")
    there = normpath(join(name.rpartition("/")[0], path))
    if there.endswith(".md") and there.removesuffix(".md") in guides():
        return url_for("guide.page", name=there.removesuffix(".md"), _anchor=anchor or None, **lang)  # type: ignore[arg-type]
    return url_for("guide.index", **lang)  # type: ignore[arg-type]
