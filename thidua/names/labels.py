"""Label service: what many resources are called, by language, in one query."""

from collections.abc import Iterable, Mapping
from typing import Final

from thidua.base.terms import PREFIXES
from thidua.rdf.cells import Select
from thidua.rdf.ntriples import iri_term, literal_term

_PREFERRED: Final = PREFIXES["skos"] + "prefLabel"
#: Properties that give a label, the best first.
_GIVING: Final = (_PREFERRED, PREFIXES["rdfs"] + "label", PREFIXES["schema"] + "name", PREFIXES["dct"] + "title")
#: Resources asked about in one query; more are asked about in several.
_AT_ONCE: Final = 300

#: The labels of one resource by language, those of the best property first, and of these the Vietnamese one.
Labels = Mapping[str, str]


def labels(select: Select, iris: Iterable[str] = (), pattern: str | None = None) -> Mapping[str, Labels]:
    """The labels of resources; what has none is left out, and a blank node stands under ``_:`` and its own label.

    :param pattern: finds more resources, as ``?thing``; an empty one, all that are called anything.
    """
    ordered = [iri_term(iri) for iri in sorted(iris)]
    portions = [ordered[first : first + _AT_ONCE] for first in range(0, len(ordered), _AT_ONCE)]
    branches = [f"VALUES ?thing {{ {' '.join(portion)} }}" for portion in portions]
    if pattern is not None:
        branches[:1] = [f"{{ {' } UNION { '.join([*branches[:1], pattern])} }}"]
    by = f"?thing ?by ?label FILTER(?by IN ({', '.join(map(iri_term, _GIVING))}))"
    found = []
    for branch in branches:
        for row in select(f"SELECT DISTINCT ?thing ?by ?label {{ {branch} {by} }}"):
            thing, property_, label = row["thing"], row["by"], row["label"]
            assert thing and property_ and label
            name = f"_:{thing.value}" if thing.kind == "blank" else thing.value
            rank = (_GIVING.index(property_.value), label.language != "vi", label.value)
            found.append((rank, name, label.language or "", label.value))
    called: dict[str, dict[str, str]] = {}
    for _, name, language, text in sorted(found):
        called.setdefault(name, {}).setdefault(language, text)
    return called


def in_language(texts: Labels, language: str) -> str:
    """One of several texts: in the reader's language, else in Vietnamese, else in any."""
    return texts.get(spoken(texts, language), "")


def spoken(texts: Labels, language: str) -> str:
    """The language of that one; empty for none."""
    return next((each for each in (language, "vi", *texts) if texts.get(each)), "")


def labelled(thing: str, label: str, language: str = "vi") -> str:
    """A pattern that binds a resource's preferred label in a language, for queries that ask for more than labels."""
    return f"{thing} <{_PREFERRED}> {label} FILTER(LANG({label}) = {literal_term(language)})"


def called(thing: str, name: str) -> str:
    """A pattern that binds a resource's preferred label: in Vietnamese, else in any language; of none, nothing.

    Whatever names a source does so by this, or by :func:`labels`: completion rule 22 says what each is called.
    """
    own, other = f"{name}Vi", f"{name}Other"
    return (
        f'OPTIONAL {{ {thing} <{_PREFERRED}> {own} FILTER(LANG({own}) = "vi") }} '
        f"OPTIONAL {{ {thing} <{_PREFERRED}> {other} }} BIND(COALESCE({own}, {other}) AS {name})"
    )
