"""JSON-LD, read whole or refused: the engine passes over what it does not understand."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pyoxigraph as ox

_KEYWORDS: Final = frozenset({
    "@base", "@container", "@context", "@direction", "@graph", "@id", "@import", "@included", "@index", "@json",
    "@language", "@list", "@nest", "@none", "@prefix", "@propagate", "@protected", "@reverse", "@set", "@type",
    "@value", "@version", "@vocab",
})  # fmt: skip
_LIKE_A_KEYWORD: Final = re.compile("@[A-Za-z]+")


def quads_of_jsonld(data: bytes, base: str | None) -> Iterator[ox.Quad]:
    """JSON-LD of which nothing is passed over, but for `null`."""
    try:
        document = json.loads(data, object_pairs_hook=_object, parse_int=_number, parse_float=_number)
        _refuse_lost(document, _aliases(document), free=True)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as exc:
        raise SyntaxError(exc.msg, (None, exc.lineno, exc.colno, None)) from exc
    # Strict, the engine passes over what has a term that is none; lenient, it shows it.
    for quad in ox.parse(data, format=ox.RdfFormat.JSON_LD, base_iri=base, rename_blank_nodes=True, lenient=True):
        _refuse_untrue(quad)
        yield quad


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON-LD, none of whose members would be passed over."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object; give its values as one array")
    for name in found:
        if _LIKE_A_KEYWORD.fullmatch(name) and name not in _KEYWORDS:
            raise ValueError(f"JSON-LD has no keyword {name!r}")
    return found


def _number(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError(f"the number {text[:20]} is larger than JSON-LD's can be; write it as a text with its @type")
    return number


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _aliases(document: Any) -> dict[str, str]:
    """The terms that the contexts of a document, wherever they stand, give to keywords, at once or by others."""
    terms: dict[str, list[str]] = {}
    _collect_terms(document, terms)
    found: dict[str, str] = {}
    reached = [(keyword, keyword) for keyword in _KEYWORDS]
    while reached:
        name, keyword = reached.pop()
        reached += [(term, found.setdefault(term, keyword)) for term in terms.pop(name, ())]
    return found


def _collect_terms(item: Any, terms: dict[str, list[str]]) -> None:
    """Add which terms a document gives to each name."""
    for value in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
        _collect_terms(value, terms)
    for context in _several(item.get("@context")) if isinstance(item, dict) else ():
        if isinstance(context, str) or (isinstance(context, dict) and "@import" in context):
            raise SyntaxError("its @context is an address, and nothing is fetched here; write out what is behind it")
        for term, meaning in context.items() if isinstance(context, dict) else ():
            name = meaning.get("@id") if isinstance(meaning, dict) else meaning
            if isinstance(name, str) and not term.startswith("@"):
                terms.setdefault(name, []).append(term)


def _refuse_lost(item: Any, aliases: Mapping[str, str], *, free: bool = False) -> None:
    """Refuse what the engine would pass over.

    :param free: nothing stands around it that could say it of something.
    """
    if isinstance(item, list):
        for each in item:
            _refuse_lost(each, aliases, free=free)
        return
    found = {aliases.get(name, name): value for name, value in item.items()} if isinstance(item, dict) else {}
    if free and item is not None and (not isinstance(item, dict) or not found.keys().isdisjoint(("@value", "@list"))):
        raise ValueError(f"the value {json.dumps(item, ensure_ascii=False)[:80]} is said of nothing")
    for name, value in found.items():
        for each in _several(value) if name in ("@id", "@type") else ():
            if isinstance(each, str) and _LIKE_A_KEYWORD.fullmatch(each) and each not in _KEYWORDS:
                raise ValueError(f"{name}: {each!r} looks like a keyword, and JSON-LD has none of that name")
        if name != "@context":
            _refuse_lost(value, aliases, free=name == "@graph" or (free and name == "@set"))


def _refuse_untrue(term: object) -> None:
    """Refuse a term that the engine took from somebody without looking."""
    if isinstance(term, ox.Quad | ox.Triple):
        for part in term:
            _refuse_untrue(part)
        return
    try:
        match term:
            case ox.NamedNode():
                ox.NamedNode(term.value)
            case ox.Literal():
                ox.NamedNode(term.datatype.value)
                ox.Literal("", language=term.language)
    except ValueError as exc:
        text = term.language or term.datatype.value if isinstance(term, ox.Literal) else getattr(term, "value", "")
        kind = "language tag" if isinstance(term, ox.Literal) and term.language else "IRI"
        raise ValueError(f"{text!r} is no {kind} ({exc}); write it out, or let @context say what it means") from exc
