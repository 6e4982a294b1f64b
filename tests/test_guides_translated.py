"""Translated guides keep step with their originals: the same headings, code, pictures, tables and links."""

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.support.paths import ROOT

DOCS = ROOT / "docs"
#: What Vietnamese readers, analysts and curators are to find in their language.
NAMES = {
    "adding-a-source", "assistants", "certainty", "collecting", "curating", "glossary", "links", "names", "notebooks",
    "pages", "questions-api", "time",
}  # fmt: skip
TRANSLATIONS = sorted((DOCS / "vi").rglob("*.md"))
PAIRS = [(DOCS / path.relative_to(DOCS / "vi"), path) for path in TRANSLATIONS if path.stem != "README"]
MARKDOWN = MarkdownIt("commonmark").enable("table")

pairs = pytest.mark.parametrize(("original", "translation"), PAIRS, ids=lambda path: path.stem)


def tokens(path: Path) -> list[Token]:
    return MARKDOWN.parse(path.read_text(encoding="utf-8"))


def inline(path: Path) -> list[Token]:
    return [child for token in tokens(path) for child in token.children or ()]


def kinds(path: Path) -> list[str]:
    """The tags of headings, lists, tables and code, in order: what a page is made of but for its paragraphs."""
    made = ("heading_open", "fence", "list_item_open", "bullet_list_open", "ordered_list_open", "tr_open")
    return [f"{token.type} {token.tag}" for token in tokens(path) if token.type in made]


def code(path: Path) -> list[str]:
    return [f"{token.info}\n{token.content}" for token in tokens(path) if token.type == "fence"]


def anchors(path: Path) -> list[str]:
    """The anchors of headings as forges make them."""
    found = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S), re.M)
    return [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in found]


def targets(path: Path) -> Counter[str]:
    """What links and pictures lead to: the original's file for that of a translation, a heading by its number."""
    found = Counter[str]()
    for token in inline(path):
        href = str(token.attrGet("href") or token.attrGet("src") or "")
        if not href or "://" in href:
            found[href] += bool(href)
            continue
        name, _, anchor = href.partition("#")
        there = (path.parent / name).resolve() if name else path
        number = anchors(there).index(MarkdownIt().normalizeLinkText(anchor)) if anchor else None
        at = there.relative_to(ROOT).as_posix().replace("docs/vi/", "docs/")
        found[at if number is None else f"{at}#{number}"] += 1
    return found


def test_what_readers_need_is_translated() -> None:
    assert {path.relative_to(DOCS / "vi").with_suffix("").as_posix() for path in TRANSLATIONS} == NAMES | {"README"}
    for path in TRANSLATIONS:
        text = path.read_text(encoding="utf-8")
        assert text == unicodedata.normalize("NFC", text), path
        assert len(re.findall("[ăâđêôơưáàảãạ]", text)) > 100, path


@pairs
def test_it_is_made_of_the_same_parts(original: Path, translation: Path) -> None:
    assert kinds(translation) == kinds(original)


@pairs
def test_it_has_the_same_code(original: Path, translation: Path) -> None:
    assert code(translation) == code(original)


@pairs
def test_it_says_the_same_names(original: Path, translation: Path) -> None:
    """Commands, columns, parameters and terms in `code`, of which none is left out or made up."""

    def said(path: Path) -> set[str]:
        return {token.content for token in inline(path) if token.type == "code_inline"}

    text = original.read_text(encoding="utf-8")
    assert said(original) - said(translation) == set()
    assert [name for name in said(translation) - said(original) if name not in text] == []


@pairs
def test_its_links_lead_to_the_same_places(original: Path, translation: Path) -> None:
    assert targets(translation) == targets(original)


@pytest.mark.parametrize("translation", TRANSLATIONS, ids=lambda path: path.stem)
def test_its_links_keep_to_the_language(translation: Path) -> None:
    """A guide that there is in Vietnamese is linked in Vietnamese."""
    hrefs = [str(token.attrGet("href") or "") for token in inline(translation)]
    names = {href.partition("#")[0] for href in hrefs if "://" not in href}
    other = {name for name in names if name.removeprefix("../").removesuffix(".md") in NAMES and name.startswith("../")}
    assert other == set()


def test_the_readme_has_the_code_of_the_readme() -> None:
    assert code(DOCS / "vi/README.md") == code(ROOT / "README.md")
