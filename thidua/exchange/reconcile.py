"""Entity reconciliation: which resource does each cell of a table mean?

Candidates come from :mod:`thidua.names.search`. One is a *certain* match only if its name is in the cell in a
spelling that leaves no doubt, nothing else is called so, and no property that the table gives contradicts it. The
blueprint ``reconcile`` of the service speaks the W3C's Reconciliation API 0.2 with this; no HTTP here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from thidua.base.errors import InputError
from thidua.base.terms import ID, TD
from thidua.base.text import loose, readings
from thidua.engine.query import Caller
from thidua.exchange.reconcile_properties import (
    BY_KIND,
    CODES,
    PROPERTIES,
    Facts,
    Value,
    read_facts,
    things_with,
    type_called,
)
from thidua.graph import Snapshot
from thidua.names.index import Name
from thidua.names.search import LONGEST, Match, day_span, search
from thidua.rdf.cells import Cell

#: Queries in a batch, things and properties in an extension, values of one property in a query.
MOST_QUERIES: Final = 50
MOST_THINGS: Final = 200
MOST_PROPERTIES: Final = 20
_MOST_VALUES: Final = 10
_SHOWN: Final = 10
_CONSIDERED: Final = 25

#: People's names are an open set: a missing or another mark may make another person.
_OPEN: Final = ("person",)
_CERTAIN_MARKS: Final = {True: ("same", "bare"), False: ("same", "bare", "partial", "tone")}
#: A date behind a name: *(2024)*, *ngày 15/5/2016*, *năm 2021*.
_DATED = re.compile(
    r"(?<![\s,(])[\s,(]+(?:(?:ngày|tháng|năm|từ)\s*)?"
    r"((?:[0-9]{1,2}[/.-])?[0-9]{1,2}[/.-][0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}|(?:19|20)[0-9]{2}) ?\)?$"
)
_DAY = re.compile(r"(?:([0-9]{1,2})[/.-])?([0-9]{1,2})[/.-]([0-9]{4})")


@dataclass(frozen=True)
class Asked:
    """One query: a text, the kinds of things it may mean, and what else the table says of it."""

    text: str
    kinds: tuple[str, ...]
    limit: int
    properties: tuple[tuple[str, tuple[str, ...]], ...]
    """Ids of properties, each with the values of the table: texts, or ids of things."""


@dataclass(frozen=True)
class Candidate:
    """A thing that a query may mean; ``agrees``: whether each property given fits, None if nothing is known of it."""

    match: Match
    score: float
    certain: bool
    agrees: Mapping[str, bool | None]


def read_batch(document: Any) -> dict[str, Asked]:
    """A query batch of the API, checked.

    :raises InputError: naming the query and the member that are wrong.
    """
    if not isinstance(document, dict):
        raise InputError("`queries` is a JSON object of queries, each by a name of its own.")
    if len(document) > MOST_QUERIES:
        raise InputError(f"A batch has at most {MOST_QUERIES} queries, not {len(document)}.")
    return {name: _read_query(name, query) for name, query in document.items()}


def _read_query(name: str, query: Any) -> Asked:
    def wrong(what: str) -> InputError:
        return InputError(f"Query {name!r}: {what}")

    if not isinstance(query, dict):
        raise wrong("a query is a JSON object.")
    if strange := query.keys() - {"query", "type", "type_strict", "limit", "properties"}:
        raise wrong(f"there is no member {min(strange)!r}.")
    text, limit, given = query.get("query", ""), query.get("limit", _SHOWN), query.get("properties", [])
    if not isinstance(text, str):
        raise wrong("`query` is a text.")
    if not isinstance(limit, int | float) or isinstance(limit, bool) or not limit >= 1:
        raise wrong("`limit` is a number from 1 up.")
    types = query.get("type", [])
    types = [types] if isinstance(types, str) else types
    if not isinstance(types, list) or not all(isinstance(each, str) for each in types):
        raise wrong("`type` is the id of a type, or a list of such.")
    if not isinstance(given, list) or len(given) > MOST_PROPERTIES:
        raise wrong(f"`properties` is a list of at most {MOST_PROPERTIES}.")
    properties = []
    for each in given:
        if not isinstance(each, dict) or not isinstance(each.get("pid"), str) or "v" not in each:
            raise wrong("each of `properties` has a `pid` and a `v`.")
        values = each["v"] if isinstance(each["v"], list) else [each["v"]]
        if len(values) > _MOST_VALUES:
            raise wrong(f"a property has at most {_MOST_VALUES} values.")
        properties.append((_short(each["pid"]), tuple(filter(None, map(_text_of, values)))))
    # An empty cell of a table finds nothing; it is no reason to refuse the cells beside it.
    if "query" not in query and not any(values for _, values in properties):
        raise wrong("give a `query`, or `properties`.")
    kinds = tuple(found.kind for each in types if (found := type_called(_short(each))))
    if types and not kinds:
        kinds = ("nothing",)
    return Asked(text, kinds, int(min(limit, _CONSIDERED)), tuple(properties))


def _text_of(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id", value.get("name", ""))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()[:LONGEST] if isinstance(value, str | int | float) else ""


def _short(id_: str) -> str:
    """The id of a type or a property, which may come as an IRI or with a prefix."""
    return id_.removeprefix(TD).removeprefix("td:")


def reconcile(snapshot: Snapshot, batch: Mapping[str, Asked], caller: Caller) -> dict[str, list[Candidate]]:
    """For each query the things it may mean, best first; at most one is certain.

    :raises LimitError: reading properties met a limit.
    """
    found = {name: _candidates(snapshot, asked, caller) for name, asked in batch.items()}
    facts: Facts = {}
    wanted = {pid for _, asked in found.values() for pid, _ in asked.properties if pid in PROPERTIES}
    if wanted:
        things = (match.name.iri for matches, _ in found.values() for match in matches)
        facts = read_facts(snapshot, things, sorted(wanted), caller)
    return {name: _judged(matches, asked, facts) for name, (matches, asked) in found.items()}


def _candidates(snapshot: Snapshot, asked: Asked, caller: Caller) -> tuple[list[Match], Asked]:
    """What is called like the text; and the query, with the date that stood behind the name."""
    kinds = [kind for kind in asked.kinds or BY_KIND if kind in BY_KIND]
    text = " ".join(asked.text.split())
    if not kinds or len(text) > LONGEST:
        return [], asked
    if not text:
        return _by_codes(snapshot, asked, kinds, caller), asked
    matches = search(snapshot.names, text, kinds, limit=_CONSIDERED, parts=True)
    if not any(match.how == "exact" for match in matches) and (dated := _DATED.search(text)):
        behind = search(snapshot.names, text[: dated.start()].strip() or text, kinds, limit=_CONSIDERED, parts=True)
        if any(match.how == "exact" for match in behind):
            when = ("issued" if behind[0].name.kind == "legal" else "on", (_iso(dated[1]),))
            given = {pid for pid, _ in asked.properties}
            properties = asked.properties if when[0] in given else (*asked.properties, when)
            return behind, Asked(asked.text, asked.kinds, asked.limit, properties)
    return matches, asked


def _by_codes(snapshot: Snapshot, asked: Asked, kinds: Sequence[str], caller: Caller) -> list[Match]:
    """Without a text, what has the codes that the table gives."""
    found = []
    for pid, values in asked.properties:
        if pid in CODES and values:
            for iri in things_with(snapshot, pid, values, caller):
                if (name := snapshot.names.by_iri(iri)) and name.kind in kinds:
                    found.append(Match(name, "exact", values[0], 100, "same", values[0]))
    return found


def _judged(matches: Iterable[Match], asked: Asked, facts: Facts) -> list[Candidate]:
    judged = []
    for match in matches:
        agrees = {
            pid: _agrees(pid, values, match.name, facts.get((match.name.iri, pid), []))
            for pid, values in asked.properties
            if values and pid in PROPERTIES
        }
        score = match.score
        if agrees:
            fits, fails = (sum(each is verdict for each in agrees.values()) for verdict in (True, False))
            score = 0.85 * score + (15 * fits - 25 * fails) / len(agrees)
        judged.append(Candidate(match, round(max(score, 0), 1), False, agrees))
    judged.sort(key=lambda candidate: -candidate.score)
    if judged and _certain(judged[0], judged[1:]):
        judged[0] = Candidate(judged[0].match, judged[0].score, True, judged[0].agrees)
    return judged[: asked.limit]


def _certain(best: Candidate, others: Iterable[Candidate]) -> bool:
    """Whether the best candidate is the thing meant, beyond doubt."""
    match = best.match
    if match.how != "exact" or False in best.agrees.values():
        return False
    if match.marks not in _CERTAIN_MARKS[match.name.kind in _OPEN]:
        return False
    # Spelled another way, a person's name may be another person's.
    if match.name.kind in _OPEN and match.key not in readings(match.spelling):
        return False
    return not any(_rivals(best, other) for other in others)


def _rivals(best: Candidate, other: Candidate) -> bool:
    """Whether another candidate is called so just as well, and nothing speaks against it."""
    if other.match.how != "exact" or False in other.agrees.values() or other.match.marks == "different":
        return False
    if other.match.name.kind == best.match.name.kind:
        # Who writes a name out, marks and all, means the one that is spelled just so.
        if best.match.literal and not other.match.literal:
            return False
        if best.match.marks == "same" and other.match.marks != "same":
            return False
    return other.match.key == best.match.key or other.match.score > best.match.score - 3


def _agrees(pid: str, values: Sequence[str], name: Name, known: Sequence[Value]) -> bool | None:
    """Whether what the table says fits one of the values known; None if nothing is known, or it cannot be read."""
    if pid == "on":
        try:
            return any(name.valid_in(*day_span(_iso(value))) for value in values)
        except InputError:
            return None
    if not known:
        return None
    return any(_same(value, each) for value in values for each in known)


def _same(given: str, known: Value) -> bool:
    if given in (known.id, known.cell.value, known.text):
        return True
    if (known.cell.datatype or "").endswith("#date"):
        return known.cell.value.startswith(_iso(given))
    if known.label:
        keys = set(readings(given))
        return bool(keys & set(readings(known.label))) or loose(given) == loose(known.label)
    return loose(given) == loose(known.text)


def _iso(day: str) -> str:
    """A day, month or year as ISO writes it, where it is written as people do: ``15/5/2016``."""
    day = day.strip().removesuffix("T00:00:00Z")
    if written := _DAY.fullmatch(day):
        parts = (written[3], written[2].zfill(2), written[1].zfill(2) if written[1] else "")
        return "-".join(filter(None, parts))
    return day


# What is known of a thing.


def described(name: Name, language: str) -> str:
    """What kind of thing it is, and when it was."""
    words = {"vi": ("từ", "đến"), "en": ("from", "until")}[language]
    dates = [f"{word} {day}" for word, day in zip(words, (name.start, name.end), strict=True) if day]
    about = name.about if language == "vi" else name.about_en
    seen = [f"{ {'vi': 'thấy', 'en': 'seen'}[language] } {name.seen}"] if name.seen else []
    return ", ".join(filter(None, [BY_KIND[name.kind].name[language], *dates, about, *seen]))


def find(snapshot: Snapshot, id_: str) -> Name | None:
    """A thing by the id that candidates have, or by its IRI."""
    iri = id_ if id_.startswith(ID) else ID + id_
    name = snapshot.names.by_iri(iri)
    return name if name and name.kind in BY_KIND else None


def read_extension(document: Any) -> tuple[list[str], dict[str, int]]:
    """The things and the properties of an extension query, each property with the most values wanted (0: all).

    :raises InputError: saying which member is wrong.
    """
    if not isinstance(document, dict):
        raise InputError("`extend` is a JSON object with `ids` and `properties`.")
    ids, properties = document.get("ids"), document.get("properties")
    if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids) or len(ids) > MOST_THINGS:
        raise InputError(f"`ids` is a list of at most {MOST_THINGS} ids.")
    if not isinstance(properties, list) or len(properties) > MOST_PROPERTIES:
        raise InputError(f"`properties` is a list of at most {MOST_PROPERTIES} properties.")
    wanted = {}
    for each in properties:
        pid = each.get("id") if isinstance(each, dict) else None
        if not isinstance(pid, str) or _short(pid) not in PROPERTIES or not PROPERTIES[_short(pid)].pattern:
            known = ", ".join(name for name, property_ in PROPERTIES.items() if property_.pattern)
            raise InputError(f"There is no property {pid!r} to extend with; there are {known}.")
        settings = each.get("settings") or {}
        limit = str(settings.get("limit", 0) or 0) if isinstance(settings, dict) else "0"
        if not re.fullmatch(r"[0-9]{1,4}", limit):
            raise InputError(f"The setting `limit` of {pid} is a number, 0 for all values.")
        wanted[_short(pid)] = int(limit)
    return ids, wanted


def extend(
    snapshot: Snapshot, ids: Sequence[str], wanted: Mapping[str, int], caller: Caller, language: str
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """For each id and property the values, as the API writes them; an unknown id has none.

    :raises LimitError: reading met a limit.
    """
    known = {id_: name.iri for id_ in ids if (name := find(snapshot, id_))}
    facts = read_facts(snapshot, known.values(), list(wanted), caller, language)
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for id_ in ids:
        cells = {pid: [_written(each) for each in facts.get((known.get(id_, ""), pid), [])] for pid in wanted}
        rows[id_] = {pid: values[: wanted[pid] or None] for pid, values in cells.items()}
    return rows


def _written(value: Value) -> dict[str, Any]:
    cell: Cell = value.cell
    if value.id and value.label:
        return {"id": value.id, "name": value.label}
    if value.label or cell.kind == "iri":
        return {"str": value.text}
    match (cell.datatype or "").rpartition("#")[2]:
        case "integer":
            return {"int": int(cell.value)}
        case "decimal" | "double":
            return {"float": float(cell.value)}
        case "date":
            return {"date": f"{cell.value}T00:00:00Z"}
        case _:
            return {"str": cell.value}
