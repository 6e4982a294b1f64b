"""Timeline and coverage grid: who led which cluster when (/timeline), and how much of that is known (/coverage)."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, render_template, request, url_for

from thidua.base.errors import LimitError, NotFoundError, ParameterError
from thidua.base.terms import ID
from thidua.graph import Snapshot
from thidua.views.conjectures import conjectures
from thidua.views.contradictions import contradictions
from thidua.views.timeline import STATES, Timeline, timeline
from thidua.views.wanted import FIRST
from thidua_server.html import language, picture, tables, timeline_picture, words
from thidua_server.html import links as addresses
from thidua_server.html.menu import in_menu
from thidua_server.html.source_links import shown_by, source_links
from thidua_server.http import caching, context, problems
from thidua_server.http.negotiation import HTML, wants_html
from thidua_server.openapi.fields import OF_A_PAGE, STRING, YEAR, Field
from thidua_server.openapi.operations import operation

bp = Blueprint("timeline", __name__)

#: Years that a table can be asked for.
_MOST_YEARS: Final = 100
#: What the cells show.
ROLES: Final = ("all", "head", "deputy")
#: The formats in which the question behind the table is taken away.
_TAKEN: Final = ("csv", "xlsx", "json")
#: Seconds for the contradictions, beside which the page has the grid to show.
_PATIENCE: Final = 10.0


@dataclass(frozen=True)
class Asked:
    """What an address asks for: clusters as typed, years as numbers where given."""

    clusters: list[str]
    first: int | None
    last: int | None
    role: str
    likely: bool = False

    @classmethod
    def read(cls) -> "Asked":
        """By ``?cluster=`` (often), ``from``, ``to``, ``role``, ``deputies``, ``likely``.

        :raises ParameterError: one of them makes no sense.
        """
        first, last = _year("from"), _year("to")
        if first is not None and last is not None and last < first:
            raise ParameterError("to", f"`to` is no year before `from`: {last} is before {first}.")
        role = request.args.get("role") or "all"
        if role not in ROLES:
            raise ParameterError("role", f"`role` is one of {', '.join(ROLES)}, not {role!r}.")
        deputies = request.args.get("deputies") or "1"
        if deputies not in ("0", "1"):
            raise ParameterError("deputies", f"`deputies` is 1 or 0, not {deputies!r}.")
        likely = request.args.get("likely") or "0"
        if likely not in ("0", "1"):
            raise ParameterError("likely", f"`likely` is 1 or 0, not {likely!r}.")
        clusters = dict.fromkeys(value.strip() for value in request.args.getlist("cluster") if value.strip())
        role = "head" if deputies == "0" and role == "all" else role
        return cls(list(clusters), first, last, role, likely == "1")


@bp.get("/timeline")
@in_menu(10, "Dòng thời gian", "Timeline")
@operation("timeline", "questions", "Bảng: cụm nào, năm nào, ai lãnh đạo",
           "A table: who led which cluster in which year",
           (Field("cluster", "cụm, lặp lại được", "clusters, each once", {"type": "array", "items": STRING},
                  example=["dong-bang-song-hong"]),
            Field("from", "từ năm", "from this year", YEAR, example="2015"),
            Field("to", "đến năm", "to this year", YEAR, example="2025"),
            Field("role", "vai trò", "role", {"type": "string", "enum": list(ROLES)}),
            Field("deputies", "0 là không hiện cụm phó", "0 leaves the deputies out",
                  {"type": "string", "enum": ["0", "1"]}),
            Field("likely", "1 là hiện cả phỏng đoán, khi không nguồn nào nêu cụm trưởng",
                  "1 shows conjectures too, where no source names the head", {"type": "string", "enum": ["0", "1"]}),
            *OF_A_PAGE), (HTML,))  # fmt: skip
def page() -> Response | str | tuple[str, int]:
    """Clusters down, years across, in each cell who led; all of it is in the address."""
    snapshot = _snapshot()
    if unchanged := caching.not_modified(snapshot, language.current()):
        return unchanged
    shown: dict[str, Any] = {"version": snapshot.version, "roles": ROLES, "kept": addresses.kept()}
    everything = timeline(snapshot, caller=context.caller())
    shown["clusters"] = everything.rows
    try:
        asked = Asked.read()
        chosen = _chosen(snapshot, everything, asked)
        found = _within(everything, chosen, asked)
    except ParameterError as exc:
        if not wants_html():
            raise
        body = problems.body_of(exc)
        return render_template("timeline.html", **shown, chosen=[], role="all", problem=body), body["status"]
    shown |= {"table": found, "chosen": chosen, "role": asked.role, "taken": _taken(chosen, asked)}
    shown["likely"] = conjectures(snapshot, context.caller()) if asked.likely and asked.role != "deputy" else None
    shown["told"] = _told(found) | {year for _, year in shown["likely"] or ()}
    # The script leads from the IRIs of an answer to their pages here.
    pages = url_for("things.document", path="")
    given = [pair for pair in request.args.items(multi=True) if pair[0] != "version"]
    cite = f"{url_for('.page', _external=True)}?{urlencode([*given, ('version', snapshot.version.number)])}"
    asked_for = [*_which(), *({"lang": language.current()} | addresses.kept()).items()]
    shown["drawn_as"] = lambda form: f"{url_for('.picture', suffix=form)}?{urlencode(asked_for)}"
    links, said = source_links(), found.sources
    names = {iri: link.text for iri, link in links.items() if iri in said}
    return render_template("timeline.html", **shown, formats=_TAKEN, pages=pages, ids=ID, cite=cite, names=names)


@bp.get("/timeline.<any(svg, png):suffix>", endpoint="picture")
@operation("timelineAsPicture", "questions", "Cụm trưởng các năm, thành một hình để lưu",
           "The heads by year, as a picture to save",
           (Field("suffix", "định dạng", "the format", {"type": "string", "enum": list(picture.MEDIA_TYPES)},
                  "path", True, "svg"),
            Field("cluster", "cụm, lặp lại được", "clusters, each once", {"type": "array", "items": STRING},
                  example=["dong-bang-song-hong"]),
            Field("from", "từ năm", "from this year", YEAR, example="2015"),
            Field("to", "đến năm", "to this year", YEAR, example="2025"), *OF_A_PAGE),
           (picture.SVG, picture.PNG))  # fmt: skip
def as_picture(suffix: str) -> Response:
    """The table of heads with where it is from, in a file that stands alone."""
    snapshot = _snapshot()
    if unchanged := caching.not_modified(snapshot, suffix, language.current()):
        return unchanged
    everything, asked = timeline(snapshot, caller=context.caller()), Asked.read()
    found = _within(everything, _chosen(snapshot, everything, asked), asked)
    foot = picture.source_line(snapshot.version, url_for(".page"), _which())
    return picture.answer(timeline_picture.draw(found, foot), suffix, 1.5)


@bp.get("/coverage")
@operation("coveragePage", "questions", "Bảng: cụm nào, năm nào đã biết cụm trưởng; và các mâu thuẫn",
           "A table: for which clusters and years the head is known; and the contradictions",
           OF_A_PAGE, (HTML,))  # fmt: skip
def coverage() -> Response | str:
    """Which cluster-years are known, unknown or disputed, and what contradicts what."""
    snapshot = _snapshot()
    if unchanged := caching.not_modified(snapshot, language.current()):
        return unchanged
    table = timeline(snapshot, caller=context.caller())
    editions = [edition for row in table.rows for edition in row.editions.values()]
    counts = {
        "editions": len(editions),
        "members": sum(edition.members > 0 for edition in editions),
        "conferences": sum(edition.conferences > 0 for edition in editions),
    }
    try:
        found = contradictions(snapshot, language.current(), replace(context.caller(), timeout=_PATIENCE))
    except LimitError:
        found = None
        caching.for_now()
    return render_template(
        "coverage.html", version=snapshot.version, kept=addresses.kept(), table=table, states=STATES,
        by_state=table.counts(), counts=counts, contradictions=found,
        most=tables.MOST_ROWS, whats=words.CODES["what"], source=shown_by(source_links()), wanted_from=FIRST,
    )  # fmt: skip


def _snapshot() -> Snapshot:
    """The version asked.

    :raises NotFoundError: a plain store has no clusters.
    """
    if context.is_plain():
        raise NotFoundError("This store holds plain RDF, which has no clusters.")
    g.repeatable = True
    return context.snapshot()


def _within(everything: Timeline, chosen: list[str], asked: Asked) -> Timeline:
    """The rows and the years asked for.

    :raises ParameterError: there are too many years.
    """
    found = everything.only(chosen, asked.first, asked.last)
    if len(found.years) > _MOST_YEARS:
        raise ParameterError("from", f"A table has at most {_MOST_YEARS} years, not {len(found.years)}; ask for fewer.")
    return found


def _which() -> list[tuple[str, str]]:
    """The clusters and the years, as they were asked for."""
    return [pair for pair in request.args.items(multi=True) if pair[0] in ("cluster", "from", "to") and pair[1]]


def _chosen(snapshot: Snapshot, everything: Timeline, asked: Asked) -> list[str]:
    """The IRIs of the clusters asked for."""
    known = {row.key: row.cluster for row in everything.rows}
    return [known.get(value) or _cluster(snapshot, value) for value in asked.clusters]


def _told(table: Timeline) -> set[int]:
    """The years of which the table has names; the others take little room."""
    return {year for row in table.rows for year, each in row.editions.items() if each.heads or each.deputies}


def _cluster(snapshot: Snapshot, typed: str) -> str:
    """The IRI of a cluster, by its id or any of its names.

    :raises ParameterError: that is none, or several.
    """
    for record in snapshot.ask("names-of-clusters", {"cluster": typed}, context.caller()).records:
        if cluster := record["cluster"]:
            return cluster.value
    raise ParameterError("cluster", f"{typed!r} is no cluster.")


def _taken(chosen: list[str], asked: Asked) -> dict[str, str]:
    """The parameters by which the question `who-led` answers with what the table shows, or with more."""
    given = {}
    if len(chosen) == 1:
        given["cluster"] = chosen[0].rpartition("/")[2]
    if asked.first is not None and asked.first == asked.last:
        given["year"] = str(asked.first)
    return given | {name: request.args[name] for name in ("version",) if name in request.args}


def _year(name: str) -> int | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}", text):
        raise ParameterError(name, f"`{name}` is a year of four digits, not {text!r}.")
    return int(text)
