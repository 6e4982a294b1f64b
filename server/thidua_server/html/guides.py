"""Guides: the documentation in Markdown as pages of the site, and a search in them. The home of markdown-it-py.

A translation has the headings of its original, one for one (a test compares them), and on the site their anchors, so
that an address leads to the same place in both languages.
"""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import join, normpath
from typing import Final
from urllib.parse import unquote

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
#: Characters of a search.
_LONGEST: Final = 200


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
    """A guide in one language: its title and first sentence, its headings of the second level, and its text as HTML.

    ``anchors`` leads from the anchor of each heading, as links between the files have it, to the one that it has here.
    """

    name: str
    lang: str
    title: str
    lead: str
    contents: tuple[tuple[str, str], ...]
    anchors: Mapping[str, str]
    tokens: tuple[Token, ...]
    sections: tuple[Section, ...]

    def html(self, lang: Mapping[str, str]) -> Markup:
        """The text with its links leading to pages here.

        :param lang: parameters that links to other guides keep.
        """
        tokens = [each.copy() for each in self.tokens]
        for each in _all(tokens):
            _shown_here(each, self, lang)
        html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
        for plain, focused in _SCROLLED.items():
            html = html.replace(plain, focused)
        return Markup(html)  # no HTML of its own is let through


@cache
def guides(lang: str = "en") -> dict[str, Guide]:
    """Every guide by its name, in a language if it is there in it, else in English.

    None where the documentation is not installed.
    """
    files = ProjectFiles.find()
    if lang != "vi":
        return {name: _read(name, path) for name, path in files.guides.items()}
    original = guides()
    return original | {name: _read(name, path, original[name]) for name, path in files.translated_guides.items()}


def grouped(lang: str) -> list[tuple[tuple[str, str], list[Guide]]]:
    """Guides by whom they are for."""
    found, named = guides(lang), {name for _, _, names in GROUPS for name in names}
    groups = [((vi, en), [found[name] for name in names if name in found]) for vi, en, names in GROUPS]
    return [*groups, (_OTHERS, [guide for name, guide in found.items() if name not in named])]


def search(text: str, lang: str) -> list[Section]:
    """Sections that have all of some words: first those that have them one after the other, or in their heading."""
    words = fold(text[:_LONGEST]).split()
    if not words:
        return []
    phrase = " ".join(words)
    sections = [each for guide in guides(lang).values() for each in guide.sections]
    found = [each for each in sections if all(word in each.key for word in words)]

    def far(section: Section) -> tuple[bool, bool, bool]:
        heading = fold(section.heading)
        return phrase not in heading, phrase not in section.key, not all(word in heading for word in words)

    return sorted(found, key=far)


def _read(name: str, path: Path, original: Guide | None = None) -> Guide:
    text = path.read_text(encoding="utf-8")
    if text.startswith("<!--"):  # a word to those who would edit what is generated
        text = text.partition("-->")[2]
    tokens = _MARKDOWN.parse(text)
    anchors = _anchors(tokens, original)
    title, lead, contents, sections, shown = name, "", [], [], iter(anchors.values())
    heading, anchor, texts = "", "", list[str]()
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            if texts:
                sections.append(_section(name, anchor, heading, texts))
            heading, texts, anchor = _words(tokens[number + 1]), [], next(shown)
            token.attrSet("id", anchor)
            if token.tag == "h1":
                title = heading
            elif token.tag == "h2":
                contents.append((anchor, heading))
        elif token.content and tokens[number - 1].type != "heading_open":
            texts.append(_words(token))
            if not lead and tokens[number - 1].type == "paragraph_open":
                lead = _sentence(texts[-1])
    if texts:
        sections.append(_section(name, anchor, heading, texts))
    lang = "en" if original is None else "vi"
    return Guide(name, lang, title, lead, tuple(contents), anchors, tuple(tokens), tuple(sections))


def _anchors(tokens: list[Token], original: Guide | None) -> dict[str, str]:
    """The anchors of headings as the files have them, each with the one here: that of the original's same heading."""
    used = dict[str, None]()
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            used[_anchor(_words(tokens[number + 1]), used)] = None
    if original is None or len(original.anchors) != len(used):
        return {anchor: anchor for anchor in used}
    return dict(zip(used, original.anchors.values(), strict=True))


def _sentence(text: str) -> str:
    """The first sentence of a paragraph."""
    first, stop, _ = text.partition(". ")
    return f"{first}{stop.strip()}".rstrip(":")


def _section(name: str, anchor: str, heading: str, texts: list[str]) -> Section:
    text = " ".join(" ".join(texts).split())
    return Section(name, anchor, heading, text[:240], fold(f"{heading} {text}"))


def _words(token: Token) -> str:
    """What a token says, without markup."""
    if token.children is None:
        return token.content
    return "".join(each.content or (" " if each.type == "softbreak" else "") for each in token.children)


def _anchor(heading: str, used: Container[str]) -> str:
    """The anchor of a heading, as forges make it, so that links between the files hold here too."""
    base = anchor = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
    number = 0
    while anchor in used:
        number += 1
        anchor = f"{base}-{number}"
    return anchor


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.children is not None:
            token.children = [each.copy() for each in token.children]
            yield from _all(token.children)
        yield token


def _shown_here(token: Token, guide: Guide, lang: Mapping[str, str]) -> None:
    """Lead links to pages here, and say by a class what would be a style."""
    if token.type == "link_open":
        token.attrs = dict(token.attrs)
        token.attrSet("href", _target(str(token.attrGet("href") or ""), guide, lang))
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


def _target(href: str, guide: Guide, lang: Mapping[str, str]) -> str:
    if "://" in href or href.startswith(("/", "mailto:")):
        return href
    path, _, anchor = unquote(href).partition("#")
    if not path:
        return f"#{guide.anchors.get(anchor, anchor)}"
    folder = "" if guide.lang == "en" else f"{guide.lang}/"
    there = normpath(join(f"{folder}{guide.name}".rpartition("/")[0], path)).removesuffix(".md")
    known = guides(guide.lang) if folder and there.startswith(folder) else guides()
    to = known.get(there.removeprefix(folder)) if path.endswith(".md") else None
    if to is None:
        return url_for("guide.index", **lang)  # type: ignore[arg-type]
    anchor = to.anchors.get(anchor, anchor)
    return url_for("guide.page", name=to.name, _anchor=anchor or None, **lang)  # type: ignore[arg-type]
