"""Forms of the desk: what a curator's browser sends, put into the work in progress."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from thidua.base.articles import SourceText
from thidua.extract import facts
from thidua.extract.choices import Choices
from thidua.extract.facts import Fact, Span
from thidua.extract.work import METADATA, SAID, Item, Work
from thidua_server.html import desk_words as words

Sent = Mapping[str, list[str]]

_SPAN: Final = re.compile(r"([0-9]{1,7})-([0-9]{1,7})")
_WORD: Final = re.compile(r"\S+")
_YEAR: Final = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_LONGEST_PHRASE: Final = 2000
#: Characters of a field, passages of a fact.
_LONGEST: Final = 500
_MOST_SPANS: Final = 30


def put_into(work: Work, sent: Sent, choices: Choices) -> Work:
    """The work as the form has it; what the form does not have stays as it was."""
    article = work.article
    given: dict[str, Any] = {name: _one(sent, f"m.{name}") for name in METADATA if f"m.{name}" in sent}
    if given:
        article = replace(article, **given)
    items = tuple(_item(item, sent, article.source, choices) for item in work.items)
    return replace(work, article=article, items=items)


def accept_all(work: Work, rule: str) -> Work:
    """The work with everything accepted that one rule proposed and nobody has decided yet."""
    accepted = (
        replace(item, said="accept") if item.fact.rule == rule and not item.said else item for item in work.items
    )
    return replace(work, items=tuple(accepted))


def moved(work: Work, key: str, edge: str, by: int) -> Work:
    """The work with one proposal's passages wider or narrower by a word, at their beginning or their end."""
    item = next((each for each in work.items if each.key == key), None)
    if item is None or not item.now.spans:
        return work
    spans = list(item.now.spans)
    number = 0 if edge == "start" else -1
    spans[number] = by_word(work.article.source, spans[number], edge, by)
    return work.with_item(replace(item, edited=_edited(item, replace(item.now, spans=tuple(spans)))))


def by_word(source: SourceText, span: Span, edge: str, by: int) -> Span:
    """A span with one edge moved by a word; it keeps a word at least."""
    start, end = span
    words_ = [found.span() for found in _WORD.finditer(source.text)]
    if edge == "start":
        starts = [first for first, _ in words_]
        before, after = [each for each in starts if each < start], [each for each in starts if start < each < end]
        start = (before[-1] if before else start) if by < 0 else (after[0] if after else start)
    else:
        ends = [last for _, last in words_]
        before, after = [each for each in ends if start < each < end], [each for each in ends if each > end]
        end = (before[-1] if before else end) if by < 0 else (after[0] if after else end)
    return start, end


def new_fact(work: Work, kind: str, span: Span, choices: Choices) -> Fact:
    """A fact that a curator found: what can be told from its passage and from the other facts is filled in."""
    passage = work.article.text[span[0] : span[1]]
    others = [item.now for item in work.items if item.said != "reject"]
    values: dict[str, Any] = {}
    fields = facts.FIELDS[kind]
    for field in fields:
        known = next((each.get(field) for each in others if each.get(field) is not None), None)
        if field == "cluster" and known:
            values[field] = known
        elif field == "year" and (year := _YEAR.search(passage)):
            values[field] = int(year[0])
        elif (linked := words.kind_of(kind, field)) and (found := choices.find(linked, passage)):
            values.setdefault(field, found)
    if "printed" in fields or "name" in fields or "number" in fields:
        field = next(each for each in ("printed", "name", "number") if each in fields)
        values[field] = " ".join(passage.split())[:_LONGEST]
    if kind == "role":
        values.setdefault("role", "head")
    return Fact(kind, values, (span,), rule="", confidence=1.0, by=("curator",))


def span_of(work: Work, given: str, phrase: str) -> Span | None:
    """The passage that a curator chose: by its positions, widened to whole words, or by its words."""
    spans = _spans(given, work.article.source)
    if spans:
        start, end = work.article.source.word_edges(*spans[0])
        return start, end
    return find_passage(work.article.text, unicodedata.normalize("NFC", phrase))


def find_passage(text: str, phrase: str) -> Span | None:
    """Where a phrase first stands, whatever its white space; None where it does not."""
    pieces = phrase.split()
    if not pieces or len(phrase) > _LONGEST_PHRASE:
        return None
    places = [found.span() for found in _WORD.finditer(text)]
    # Words with one space between them, and where each begins in that.
    flat, begins, length = [], [], 0
    for start, end in places:
        begins.append(length)
        flat.append(text[start:end])
        length += end - start + 1
    at = " ".join(flat).find(wanted := " ".join(pieces))
    if at < 0:
        return None
    last = at + len(wanted) - 1
    first_word, last_word = bisect_right(begins, at) - 1, bisect_right(begins, last) - 1
    return places[first_word][0] + at - begins[first_word], places[last_word][0] + last - begins[last_word] + 1


def _item(item: Item, sent: Sent, source: SourceText, choices: Choices) -> Item:
    said, key = _one(sent, f"d.{item.key}"), item.key
    if f"d.{key}" in sent and said in SAID:
        item = replace(item, said=said)
    if f"reason.{key}" in sent:
        item = replace(item, reason=_one(sent, f"reason.{key}"))
    return replace(item, edited=_edited(item, _fact(item.now, key, sent, source, choices)))


def _edited(item: Item, fact: Fact) -> Fact | None:
    """A fact where it differs from what was proposed."""
    same = (fact.values, fact.spans, fact.basis) == (item.fact.values, item.fact.spans, item.fact.basis)
    return None if same else fact


def _fact(fact: Fact, key: str, sent: Sent, source: SourceText, choices: Choices) -> Fact:
    values = dict(fact.values)
    for field in facts.FIELDS[fact.kind]:
        name = f"v.{key}.{field}"
        if name not in sent:
            continue
        value = _value(fact.kind, field, sent[name], choices)
        if value is None:
            values.pop(field, None)
        elif str(value) != str(values.get(field)):  # a number is what it was, whichever way it is written
            values[field] = value
    spans = _spans(_one(sent, f"s.{key}"), source) if f"s.{key}" in sent else fact.spans
    spans = fact.spans if set(spans) <= set(fact.spans) and len(spans) == len(set(fact.spans)) else spans
    basis = _one(sent, f"b.{key}") or fact.basis
    ordered = {name: values[name] for name in facts.FIELDS[fact.kind] if name in values}
    # As it was proposed where nothing was changed, so that the same values are the same fact.
    ordered = dict(fact.values) if ordered == fact.values else ordered
    return replace(fact, values=ordered, spans=spans or fact.spans, basis="implied" if basis == "implied" else "stated")


def _value(kind: str, field: str, given: list[str], choices: Choices) -> Any:
    texts = [" ".join(each.split())[:_LONGEST] for each in given]
    texts = [each for each in texts if each]
    if not texts:
        return None
    if field == "event":
        return texts[0] if len(texts) == 1 else texts
    text = texts[0]
    if field == "area":
        text = next((code for code, each in words.CODES["area"].items() if text in each.values()), text)
    if linked := words.kind_of(kind, field):
        return choices.find(linked, text) or text
    if field in words.NUMBERS and text.isascii() and text.isdigit() and len(text) < 9:
        return int(text)
    return text


def _spans(text: str, source: SourceText) -> tuple[Span, ...]:
    found = [(int(start), int(end)) for start, end in _SPAN.findall(text)[:_MOST_SPANS]]
    return tuple(sorted({each for each in found if 0 <= each[0] < each[1] <= len(source.text)}))


def _one(sent: Sent, name: str) -> str:
    return " ".join(sent.get(name, [""])[0].split())[:2000]
