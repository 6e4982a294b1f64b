"""Paths of resources: a kind and an id, such as ``province/thai-binh``, and the IRI that it stands for."""

import re
from typing import Final

from thidua.base.errors import InputError, UnknownThingError
from thidua.base.terms import CONCEPT, GRAPH, ID, KINDS

_SLUG: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_SPACES: Final = {"concept": CONCEPT, "graph": GRAPH, **{kind: f"{ID}{kind}/" for kind in KINDS}}


def iri_of(path: str) -> str:
    """The IRI for ``province/thai-binh``, ``concept/role-head``, ``graph/links``: a kind and an id.

    :raises InputError: the path cannot be one.
    :raises UnknownThingError: there is no such kind.
    """
    kind, slash, slug = path.partition("/")
    if not slash or not _SLUG.fullmatch(slug):
        raise InputError(f"A thing's address is a kind and an id of letters a-z, digits, - and _, not {path!r}.")
    if kind not in _SPACES:
        raise UnknownThingError(f"There is no kind {kind!r}; these are: {', '.join(_SPACES)}.")
    return _SPACES[kind] + slug


def path_of(iri: str) -> str | None:
    """The inverse of :func:`iri_of`; None for what this project does not name."""
    for space, prefix in ((ID, ""), (CONCEPT, "concept/"), (GRAPH, "graph/")):
        if iri.startswith(space):
            path = prefix + iri.removeprefix(space)
            kind, _, slug = path.partition("/")
            return path if kind in _SPACES and _SLUG.fullmatch(slug) else None
    return None
