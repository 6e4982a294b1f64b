"""Citation formats: plain text, BibTeX and CSL-JSON.

BibTeX is UTF-8, as biber and current engines read it, so only what TeX takes for a command is escaped: ten characters.
The libraries that write BibTeX do less than that (bibtexparser), or escape twice (pybtex), so none is needed.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from thidua.base.errors import ParameterError
from thidua.base.formats import CITATIONS, by_name
from thidua.views.citations import Citation, Reference

_TEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}", **{each: f"\\{each}" for each in "&%$#_"},
    }
)  # fmt: skip
#: What an address has percent-encoded, for it stands between braces as it is.
_ADDRESS: Final = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"})
#: Types of CSL by the kind of what is cited.
_TYPES: Final = {"article": "webpage", "decision": "legislation"}


def write_citation(citation: Citation, form: str) -> str:
    """A citation in one of :data:`thidua.base.formats.CITATIONS`, by its short name; it ends with a line break.

    :raises ParameterError: there is no such format.
    """
    if form not in WRITERS:
        known = ", ".join(by_name(CITATIONS))
        raise ParameterError("format", f"A citation does not come as {form!r}, but as one of: {known}.")
    return WRITERS[form](citation)


def to_plain(citation: Citation) -> str:
    """A line for what is cited, and one for each source that it rests on."""
    first, *sources = citation.references
    lines = [_sentence(citation, first)]
    for each in sources:
        how = f" ({_line(each.bears)})" if each.bears else ""
        lines.append(f"{citation.word('source')}{how}: {_sentence(citation, each)}")
    return "\n".join(lines) + "\n"


def to_bibtex(citation: Citation) -> str:
    """An entry for each reference, ``@misc`` each: every style knows it."""
    return "\n".join("".join(_entry(citation, each)) for each in citation.references)


def to_csl(citation: Citation) -> str:
    """A list of items for citation processors and reference managers.

    :source: https://docs.citationstyles.org/en/stable/specification.html
    """
    return json.dumps([_item(citation, each) for each in citation.references], ensure_ascii=False, indent=1) + "\n"


def _sentence(citation: Citation, each: Reference) -> str:
    """Who, what, where, when; addresses last, with nothing right behind them."""
    version = f"{citation.word('version')} {each.version}" if each.version else ""
    # A title that is made of publisher and day has said both.
    where = [each.container, version, each.publisher, citation.day(each.issued)] if each.named else []
    read = f"{citation.word('read' if each.whole else 'excerpts')} {citation.day(each.read)}" if each.read else ""
    what = [each.title, ", ".join(filter(None, where))]
    parts = ["; ".join(each.authors), *([", ".join(what)] if each.kind == "graph" else what), *_said(each), read]
    told = " ".join(f"{_line(part)}." for part in parts if part)
    archived = f" {citation.word('archived')}: {each.archived}" if each.archived else ""
    return told + (f" {each.address}" if each.address else "") + archived


def _said(each: Reference) -> tuple[str, ...]:
    """The notes of a source; those of a fact name its sources, which follow it."""
    return () if each.kind == "fact" else each.notes


def _entry(citation: Citation, each: Reference) -> Iterator[str]:
    where = [each.container, f"{citation.word('version')} {each.version}" if each.version else "", each.publisher]
    yield f"@misc{{{_key(each)}"
    for name, value in (
        ("author", " and ".join(f"{{{_tex(author)}}}" for author in each.authors)),
        ("title", f"{{{_tex(each.title)}}}"),
        ("howpublished", _tex(", ".join(filter(None, where)))),
        ("year", each.issued[:4]),
        ("date", each.issued if _is_date(each.issued) else ""),
        ("url", each.address.translate(_ADDRESS)),
        ("urldate", each.read),
        ("langid", {"vi": "vietnamese", "en": "english", "fr": "french"}.get(each.language, "")),
        ("note", _tex_note(citation, each)),
    ):
        if value:
            yield f",\n  {name} = {{{value}}}"
    yield "\n}\n"


def _tex_note(citation: Citation, each: Reference) -> str:
    notes = [*map(_tex, each.notes)]
    if each.archived:
        notes.append(f"{_tex(citation.word('archived'))}: \\url{{{each.archived.translate(_ADDRESS)}}}")
    return "; ".join(notes)


def _item(citation: Citation, each: Reference) -> dict[str, Any]:
    notes = [*each.notes, *([f"{citation.word('archived')}: {each.archived}"] if each.archived else [])]
    known = {
        "id": _key(each),
        "type": _TYPES.get(each.kind, "dataset"),
        "title": _line(each.title),
        "author": [{"literal": _line(author)} for author in each.authors],
        "container-title": each.container or (each.publisher if each.kind == "article" else ""),
        "version": each.version,
        "publisher": "" if each.kind == "article" else each.publisher,
        "issued": _parts(each.issued),
        "accessed": _parts(each.read),
        "URL": each.address,
        "language": each.language,
        "note": "; ".join(map(_line, notes)),
    }
    return {name: value for name, value in known.items() if value}


def _parts(iso: str) -> dict[str, Any] | None:
    """A day, a month or a year, as CSL has dates; of a half year, its year."""
    if not iso:
        return None
    return {"date-parts": [[int(part) for part in (iso if _is_date(iso) else iso[:4]).split("-")]]}


def _is_date(iso: str) -> bool:
    return all(part.isdigit() for part in iso.split("-"))


def _key(each: Reference) -> str:
    """A key of letters, digits, ``-`` and ``_``, which is what every program takes."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in each.key)
    return plain if plain.startswith("thidua") else f"thidua-{plain}"


def _tex(text: str) -> str:
    return _line(text).translate(_TEX)


def _line(text: str) -> str:
    """A text without line breaks, and without a full stop of its own."""
    return " ".join(text.split()).removesuffix(".")


#: By the short name of the format: docs/contributing/adding-a-format.md says how formats are named.
WRITERS: Final[Mapping[str, Callable[[Citation], str]]] = {"plain": to_plain, "bibtex": to_bibtex, "csl-json": to_csl}
