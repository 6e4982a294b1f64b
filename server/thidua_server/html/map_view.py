"""View model of the map: units, legend, notes and stops in the reader's words, and the outlines as one SVG file."""

import datetime
import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from flask import url_for
from flask_babel import format_date

from thidua.base.files import ProjectFiles
from thidua.base.terms import shorten
from thidua.engine.query import Caller
from thidua.graph import Snapshot
from thidua.questions.certainty import in_words
from thidua.views import insets, outlines
from thidua.views.naming import short_name
from thidua.views.province_map import (
    Chart,
    Membership,
    Moment,
    Stop,
    Support,
    Term,
    Unit,
    read_chart,
    read_moment,
    read_stops,
)
from thidua_server.html.language import current, day, pick
from thidua_server.html.links import kept, page_of
from thidua_server.html.source_links import source_links
from thidua_server.http.params import given

_FACT = dict[str, Any]
_SIGNS: Final = {"head": "★", "deputy": "☆"}


def chart_of(snapshot: Snapshot, caller: Caller) -> Chart:
    """The map that ``on`` or ``year`` of the request's address asks for.

    :raises ParameterError: they are no day and no year, or none that the map has.
    """
    stops = read_stops(snapshot, caller)
    moment = read_moment(given("on"), given("year"), stops)
    return read_chart(snapshot, moment, stops, places(), current(), caller)


def shown(chart: Chart) -> dict[str, Any]:
    """What page and slider show, in the reader's language; both are made of this."""
    moment, at = chart.moment, chart.at
    numbers = {cluster: str(number) for number, cluster in enumerate(chart.clusters, 1)}
    units = [_unit(unit, chart, numbers) for unit in chart.units]
    known = sum(bool(unit.memberships) for unit in chart.units)
    missing = [unit.name for unit in chart.units if not unit.drawn]
    when = day(moment.day[:4] if moment.whole else moment.day)
    counted = pick(
        f"{len(units)} đơn vị, {known} có nguồn nói thuộc cụm nào",
        f"{len(units)} units; a source gives the cluster of {known} of them",
    )
    return {
        **moment.asked,
        "title": pick(f"Năm {when}" if moment.whole else f"Ngày {when}", when),
        "says": counted,
        "day": moment.day,
        "href": _href(moment),
        "at": at,
        "before": _link(chart.stops[at - 1]) if at else None,
        "after": _link(chart.stops[at + 1]) if at + 1 < len(chart.stops) else None,
        "notes": _notes(chart, known, missing),
        "head": pick(f"Cụm trưởng năm {moment.year}", f"Head in {moment.year}"),
        "stops": [_link(stop) | {"members": stop.members, "heads": stop.heads} for stop in chart.stops],
        "legend": _legend(chart, numbers, units),
        "units": units,
    }


def _unit(unit: Unit, chart: Chart, numbers: dict[str, str]) -> dict[str, Any]:
    """One unit: where it stands, what is written on it, and the facts of its panel and of its row."""
    belongs = " ≠ ".join(
        f"{pick('cụm', 'cluster')} {numbers[each.cluster]}, {short_name(chart.clusters[each.cluster])}"
        for each in unit.memberships
    )
    label = [unit.name, belongs or pick("không có nguồn nói thuộc cụm nào", "no source gives its cluster")]
    for term in unit.terms:
        of = "" if _in(unit, term.cluster) else f" {short_name(chart.clusters[term.cluster])}"
        label.append(_role(term.role) + of)
    sign = "".join(dict.fromkeys(_SIGNS.get(term.role, "") for term in unit.terms))
    own = [numbers[each.cluster] for each in unit.memberships]
    kind = "unknown" if not own else "conflict" if len(own) > 1 else _colour(own[0])
    # Of a unit that leads a cluster, but whose membership no source states, the sign alone says which.
    written = "≠".join(own) or "".join(dict.fromkeys(numbers[term.cluster] for term in unit.terms))
    x, y = _place(unit.drawn) if unit.drawn else (0.0, 0.0)
    return {
        "id": _key(unit.iri),
        "iri": unit.iri,
        "name": unit.name,
        "page": page_of(unit.iri),
        "label": "; ".join(label),
        "kind": kind,
        "text": (sign + written) if sign or len(own) else "",
        "number": "≠".join(own),
        "x": round(x, 1),
        "y": round(y, 1),
        "parts": [_key(part) for part in unit.drawn],
        "insets": [_frame(each) for each in archipelagos() if each.unit in unit.drawn],
        "facts": {
            "cluster": [_membership(each, unit, chart, numbers) for each in unit.memberships]
            or [_nothing(chart.moment)],
            "head": _heads_of(unit, chart),
            "land": _land(unit),
        },
    }


def _membership(membership: Membership, unit: Unit, chart: Chart, numbers: dict[str, str]) -> _FACT:
    name = short_name(chart.clusters[membership.cluster])
    return {
        "text": f"{numbers[membership.cluster]}. {name}",
        "href": page_of(membership.cluster),
        "note": _word("certainty", membership.certainty),
        "sources": _sources(membership.supports),
        "passages": _passages("cluster-members", chart, membership.cluster, only=f"province:{_local(unit.iri)}"),
    }


def _passages(question: str, chart: Chart, cluster: str, **more: str) -> str:
    """Where the words are that a fact of the map rests on."""
    asked: _FACT = {"cluster": _local(cluster), "year": chart.moment.year, "evidence": "1", **more}
    return url_for("questions.question", name=question, **(kept() | asked))


def _local(iri: str) -> str:
    return iri.rpartition("/")[2]


def _nothing(moment: Moment) -> _FACT:
    return {
        "text": pick(f"không có nguồn cho năm {moment.year}", f"no source for {moment.year}"),
        "href": None,
        "note": "",
        "sources": [],
    }


def _heads_of(unit: Unit, chart: Chart) -> list[_FACT]:
    """Who led the unit's clusters, and what else the unit itself was."""
    clusters = {each.cluster for each in unit.memberships}
    heads = [term for term in chart.terms if term.role == "head" and term.cluster in clusters]
    own = [term for term in unit.terms if term not in heads]
    only = clusters if len(clusters) == 1 else set()
    return [_term(term, chart, with_cluster=term.cluster not in only) for term in (*heads, *own)]


def _term(term: Term, chart: Chart, *, with_cluster: bool = False) -> _FACT:
    about = [_role(term.role)] if with_cluster or term.role != "head" else []
    about += [short_name(chart.clusters[term.cluster])] if with_cluster else []
    about += [_word("certainty", term.certainty)] if term.certainty != "certain" else []
    return {
        "text": f"{_SIGNS.get(term.role, '')} {term.name}".strip(),
        "href": page_of(term.unit),
        "note": ", ".join(about),
        "sources": _sources(term.supports),
        "passages": _passages("who-led", chart, term.cluster, province=_local(term.unit)),
    }


def _land(unit: Unit) -> list[_FACT]:
    """What a unit is part of today, or was made of."""
    changes = [(pick("nay thuộc", "today part of"), each) for each in unit.later]
    changes += [(pick("gồm", "made up of"), each) for each in unit.former]
    return [
        {
            "text": f"{how} {change.name}",
            "href": page_of(change.unit),
            "note": ", ".join(part for part in (day(change.date), change.number) if part),
            "sources": [],
        }
        for how, change in changes
    ]


def _legend(chart: Chart, numbers: dict[str, str], units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for cluster, name in chart.clusters.items():
        count = sum(_in(unit, cluster) for unit in chart.units)
        heads = [_term(term, chart) for term in chart.terms if term.cluster == cluster and term.role == "head"]
        row = {"kind": _colour(numbers[cluster]), "number": numbers[cluster], "name": short_name(name), "heads": heads}
        rows.append(row | {"iri": cluster, "page": page_of(cluster), "count": count})
    for kind, vi, en in (
        ("unknown", "không có nguồn cho thời điểm này", "no source for this time"),
        ("conflict", "các nguồn nói khác nhau", "sources differ"),
    ):
        count = sum(unit["kind"] == kind for unit in units)
        if count:
            row = {"kind": kind, "number": "≠" if kind == "conflict" else "", "name": pick(vi, en), "heads": []}
            rows.append(row | {"iri": None, "page": None, "count": count})
    return rows


def _notes(chart: Chart, known: int, missing: list[str]) -> list[dict[str, Any]]:
    """What a reader of this very map should know, with links to go on."""
    notes, year = [], chart.moment.year
    if not known:
        before = next((stop for stop in reversed(chart.stops[: chart.at]) if stop.members), None)
        after = next((stop for stop in chart.stops[chart.at + 1 :] if stop.members), None)
        text = pick(
            f"Không có nguồn nào cho biết đơn vị nào thuộc cụm nào năm {year}. Gần nhất có nguồn:",
            f"No source says which units belonged to which cluster in {year}. The nearest years with one:",
        )
        notes.append({"text": text, "links": [_link(stop) for stop in (before, after) if stop]})
    if missing:
        names = ", ".join(missing)
        text = pick(
            f"Bản vẽ không có đường biên riêng của {names}: chỉ có trong bảng.",
            f"The drawing has no outline for {names}: it is in the table only.",
        )
        notes.append({"text": text, "links": []})
    return notes


def _sources(supports: Iterable[Support]) -> list[dict[str, str | None]]:
    links = source_links()
    found = {}
    for each in supports:
        link = links.get(each.source)
        said = (("support", each.support), ("basis", each.basis), ("reading", each.reading))
        how = ", ".join(dict.fromkeys(_word(column, code) for column, code in said if code))
        text = f"{link.text if link else shorten(each.source)} ({how})"
        found[each.source, how] = {"text": text, "href": link.href if link else page_of(each.source)}
    return list(found.values())


def _word(column: str, code: str) -> str:
    return in_words(column, code, current())


def _colour(number: str) -> str:
    """The class of a cluster's colour; static/map.css has twelve."""
    return f"k{(int(number) - 1) % 12 + 1}"


def _role(role: str) -> str:
    return pick("cụm trưởng", "head") if role == "head" else pick("cụm phó", "deputy")


def _in(unit: Unit, cluster: str) -> bool:
    return any(each.cluster == cluster for each in unit.memberships)


def _href(moment: Moment) -> str:
    asked: dict[str, Any] = {**moment.asked, **kept()}
    return url_for("map.page", **asked)


def _label(stop: Stop) -> str:
    year, date = stop.moment.year, datetime.date.fromisoformat(stop.moment.day)
    if stop.moment.whole:
        return str(year)
    short = format_date(date, pick("d/M", "d MMMM"))
    return f"{year}, {pick('từ', 'from') if stop.begins == stop.moment.day else pick('đến', 'until')} {short}"


def _link(stop: Stop) -> dict[str, Any]:
    return {"label": _label(stop), "href": _href(stop.moment)}


def _key(iri: str) -> str:
    return iri.rpartition("/")[2]


def places() -> dict[str, tuple[str, ...]]:
    """The outlines of each unit that the drawing has."""
    return outlines.paths(ProjectFiles.find().borders)


@cache
def archipelagos() -> list[insets.Inset]:
    """Hoàng Sa and Trường Sa, each in its frame."""
    return insets.insets(places())


def _frame(inset: insets.Inset) -> dict[str, float]:
    return {"x": inset.x, "y": inset.y, "width": inset.width, "height": inset.height}


@cache
def _place(parts: tuple[str, ...]) -> tuple[float, float]:
    drawn = places()
    return outlines.middle(ring for part in parts for d in drawn[part] for ring in outlines.rings_of(d))


@cache
def drawing() -> tuple[bytes, str]:
    """The outlines as one file of which a page uses parts, and the hash of its content."""
    groups = []
    # Islets are dots there: their outline keeps its width.
    moved = {
        (each.unit, each.part): f' transform="{each.transform}" vector-effect="non-scaling-stroke"'
        for each in archipelagos()
    }
    for unit, ds in places().items():
        shapes = "".join(
            f"<path d={quoteattr(' '.join(d.split()))}{moved.get((unit, part), '')}/>" for part, d in enumerate(ds)
        )
        groups.append(f'<g id="{_key(unit)}">{shapes}</g>\n')
    text = f'<svg xmlns="http://www.w3.org/2000/svg">\n<!-- {outlines.CREDIT} -->\n{"".join(groups)}</svg>\n'
    content = text.encode()
    return content, hashlib.sha256(content).hexdigest()[:16]
