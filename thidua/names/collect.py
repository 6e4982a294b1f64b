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


#: What tells namesakes apart: who holds which post, when that was seen; a concept's list; a document's number.
_MEMBER, _POST = PREFIXES["org"] + "member", PREFIXES["td"] + "post"
_SEEN, _DURING = PREFIXES["td"] + "attestedOn", PREFIXES["td"] + "during"
_SCHEME, _NUMBER, _LABEL = PREFIXES["skos"] + "inScheme", PREFIXES["eli"] + "id_local", _SPELLINGS[0]
_PEOPLE: Final = f"{ID}person/"


def named_in(lines: Iterable[str]) -> set[str]:
    """The things whose names or dates statements are about: N-Triples in, IRIs out.

    A province is among them when a body is or was said to be its own: the body's posts have its dates too. So are
    holdings of posts, and the people whose they are: see :func:`with_those_told_by`.
    """
    found = set()
    for line in lines:
        subject, predicate, value = line.split(" ", 2)
        if predicate[1:-1] in (*_NAMING, _BODY, _SCHEME, _POST, _SEEN, _DURING) and subject[1:-1].startswith(BASE):
            found.add(subject[1:-1])
        elif predicate[1:-1] == _PROVINCE or (predicate[1:-1] == _MEMBER and value[1:].startswith(_PEOPLE)):
            found.add(value.rstrip(" .\n")[1:-1])
    return found


def with_those_told_by(store: Selects, things: Iterable[str]) -> set[str]:
    """These things, and those that are told from their namesakes by them: people by posts, concepts by lists."""
    given = set(things)
    if not given:
        return given
    rows = store.select(
        f"""SELECT DISTINCT ?named {{ {_chosen(given)}
          {{ ?thing <{_MEMBER}> ?named ; <{_POST}> ?post }}
          UNION {{ ?holding <{_POST}>|<{_DURING}> ?thing ; <{_MEMBER}> ?named ; <{_POST}> ?post }}
          UNION {{ ?named <{_SCHEME}> ?thing }} }}"""
    )
    return given | {row["named"].value for row in rows if row["named"] and row["named"].value.startswith(BASE)}


def names_of(store: Selects, only: Iterable[str] | None = None) -> Iterator[tuple[Name, list[str]]]:
    """Everything that has a name, or of these things those that have, with all spellings and dates.

    The dates of a province are those of its posts and bodies too.
    """
    only = None if only is None else set(only)
    units = _units(store, only)
    posts, lists = _posts(store, only), _lists(store, only)
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
            number = min((value.value for naming, value in statements if naming == _NUMBER), default="")
            own = "" if number in label else number
            seen, about, about_en = posts.get(iri) or lists.get(iri) or ("", own, own)
            yield Name(iri, _kind(iri), label, start, end, about, about_en, seen), [*spellings, iri.rpartition("/")[2]]


def _posts(store: Selects, only: Iterable[str] | None) -> dict[str, tuple[str, str, str]]:
    """Of each person the newest post: when it was seen, what it is called in Vietnamese and in English.

    Of several at one time first that of a province.
    """
    chosen = "" if only is None else _chosen(only)
    rows = store.select(
        f"""SELECT ?thing ?post ?label ?unit ?unitLabel ?day ?first ?last {{ {chosen}
          ?holding <{_MEMBER}> ?thing ; <{_POST}> ?post . ?post <{_LABEL}> ?label
          OPTIONAL {{ ?post <{_BODY}>/<{_PROVINCE}> ?unit . ?unit <{_LABEL}> ?unitLabel
            FILTER(LANG(?unitLabel) = LANG(?label)) }}
          OPTIONAL {{ ?holding <{_SEEN}> ?day }}
          OPTIONAL {{ ?holding <{_DURING}> ?time . ?time <{_START[0]}> ?first ; <{_END}> ?last }} }}"""
    )
    newest: dict[str, tuple[str, bool, str]] = {}
    called: dict[tuple[str, str], str] = {}
    for row in rows:
        thing, post, label, unit = row["thing"], row["post"], row["label"], row["unitLabel"]
        if not (thing and post and label and thing.value.startswith(_PEOPLE)):
            continue
        text = label.value
        if unit and unit.value not in text:
            text += f", {unit.value}"
        language = label.language or ""
        called[post.value, language] = min(text, called.get((post.value, language), text))
        seen = row["day"].value if row["day"] else _time(row["first"], row["last"])
        best = newest.get(thing.value)
        # A chair's post stands before a deputy's in the alphabet.
        if not best or (seen, bool(unit)) > best[:2] or ((seen, bool(unit)) == best[:2] and post.value < best[2]):
            newest[thing.value] = (seen, bool(unit), post.value)
    told = {}
    for person, (seen, _, iri) in newest.items():
        vi = called.get((iri, "vi")) or next(text for (post, _), text in sorted(called.items()) if post == iri)
        told[person] = (seen, vi, called.get((iri, "en"), vi))
    return told


def _time(first: Cell | None, last: Cell | None) -> str:
    """A period as the year, or the month of a year, that it is within; empty where it is unknown."""
    if not (first and last):
        return ""
    whole = first.value[:7] == last.value[:7]
    return first.value[:7] if whole else last.value[:4]


def _lists(store: Selects, only: Iterable[str] | None) -> dict[str, tuple[str, str, str]]:
    """Of each concept the list that it is of, as :func:`_posts` has posts."""
    chosen = "" if only is None else _chosen(only)
    rows = store.select(f"SELECT ?thing ?label {{ {chosen} ?thing <{_SCHEME}>/<{_LABEL}> ?label }}")
    called: dict[str, dict[str, str]] = {}
    for row in rows:
        if (thing := row["thing"]) and (label := row["label"]):
            texts = called.setdefault(thing.value, {})
            texts[label.language or ""] = min(label.value, texts.get(label.language or "", label.value))
    return {
        iri: ("", vi := texts.get("vi") or min(texts.values()), texts.get("en", vi)) for iri, texts in called.items()
    }


def _units(store: Selects, only: Iterable[str] | None) -> dict[str, str]:
    """Posts and bodies, all or some, each to the province whose they are."""
    chosen = "" if only is None else _chosen(only)
    rows = store.select(f"SELECT ?thing ?unit {{ {chosen} ?thing <{_PROVINCE}>|<{_BODY}>/<{_PROVINCE}> ?unit }}")
    return {row["thing"].value: row["unit"].value for row in rows if row["thing"] and row["unit"]}


def _chosen(things: Iterable[str]) -> str:
    return f"VALUES ?thing {{ {' '.join(map(iri_term, sorted(things)))} }}"


def _kind(iri: str) -> str:
    return "concept" if iri.startswith(CONCEPT) else iri.removeprefix(ID).partition("/")[0]
