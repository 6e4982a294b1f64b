"""Name extraction: everything in a graph that has a label, with all spellings and dates."""

from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from thidua.base.terms import BASE, CONCEPT, ID, PREFIXES
from thidua.names.index import Name
from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import iri_term


class Selects(Protocol):
    """What answers a SELECT."""

    def select(self, text: str) -> Iterator[dict[str, Cell | None]]:
        """The rows, as cells."""
        ...


#: Properties whose values are spellings of a name, and those whose values are its dates.
_SPELLINGS: Final = tuple(
    PREFIXES[prefix] + name
    for prefix, name in (
        ("skos", "prefLabel"), ("skos", "altLabel"), ("skos", "hiddenLabel"), ("schema", "name"),
        ("dct", "identifier"), ("eli", "id_local"),
    )
)  # fmt: skip


_START: Final = (PREFIXES["td"] + "startDate", PREFIXES["eli"] + "date_document", PREFIXES["dct"] + "issued")


_END: Final = PREFIXES["td"] + "endDate"


_NAMING: Final = (*_SPELLINGS, *_START, _END)


#: From a post to its body, and from a body to the province that it does not outlast.
_BODY, _PROVINCE = PREFIXES["org"] + "postIn", PREFIXES["td"] + "ofProvince"


def named_in(lines: Iterable[str]) -> set[str]:
    """The things whose names or dates statements are about: N-Triples in, IRIs out.

    A province is among them when a body is or was said to be its own: the body's posts have its dates too.
    """
    found = set()
    for line in lines:
        subject, predicate, value = line.split(" ", 2)
        if predicate[1:-1] in (*_NAMING, _BODY) and subject[1:-1].startswith(BASE):
            found.add(subject[1:-1])
        elif predicate[1:-1] == _PROVINCE:
            found.add(value[1:-1])
    return found


def names_of(store: Selects, only: Iterable[str] | None = None) -> Iterator[tuple[Name, list[str]]]:
    """Everything that has a name, or of these things those that have, with all spellings and dates.

    The dates of a province are those of its posts and bodies too.
    """
    only = None if only is None else set(only)
    units = _units(store, only)
    chosen = "" if only is None else _chosen(only.union(units.values()))
    rows = store.select(
        f"""SELECT ?thing ?property ?value {{ {chosen}
          VALUES ?property {{ {" ".join(f"<{iri}>" for iri in _NAMING)} }}
          ?thing ?property ?value FILTER(STRSTARTS(STR(?thing), "{BASE}")) }}"""
    )
    stated: dict[str, list[tuple[str, Cell]]] = {}
    for row in rows:
        thing, naming, value = row["thing"], row["property"], row["value"]
        assert thing and naming and value
        stated.setdefault(thing.value, []).append((naming.value, value))
    for iri, statements in sorted(stated.items()):
        spellings = sorted(value.value for naming, value in statements if naming in _SPELLINGS)
        if spellings and (only is None or iri in only):
            label = next((v.value for p, v in statements if p == _SPELLINGS[0] and v.language == "vi"), spellings[0])
            dated = [*statements, *stated.get(units.get(iri, ""), ())]
            start = max((value.value for naming, value in dated if naming in _START), default="")
            end = min((value.value for naming, value in dated if naming == _END), default="")
            yield Name(iri, _kind(iri), label, start, end), [*spellings, iri.rpartition("/")[2]]


def _units(store: Selects, only: Iterable[str] | None) -> dict[str, str]:
    """Posts and bodies, all or some, each to the province whose they are."""
    chosen = "" if only is None else _chosen(only)
    rows = store.select(f"SELECT ?thing ?unit {{ {chosen} ?thing <{_PROVINCE}>|<{_BODY}>/<{_PROVINCE}> ?unit }}")
    return {row["thing"].value: row["unit"].value for row in rows if row["thing"] and row["unit"]}


def _chosen(things: Iterable[str]) -> str:
    return f"VALUES ?thing {{ {' '.join(map(iri_term, sorted(things)))} }}"


def _kind(iri: str) -> str:
    return "concept" if iri.startswith(CONCEPT) else iri.removeprefix(ID).partition("/")[0]
