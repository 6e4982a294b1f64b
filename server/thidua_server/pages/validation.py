"""Validation report: what the checks of a version found, as a page, JSON or SHACL."""

import dataclasses
from collections.abc import Mapping
from itertools import groupby
from typing import Final

from flask import Blueprint, Response, g, jsonify, render_template

from thidua.base.errors import Finding
from thidua.base.terms import shorten
from thidua.graph import Snapshot
from thidua.versions.publish import read_findings
from thidua.views.naming import names
from thidua_server.html import language, links, words
from thidua_server.html.source_links import source_links
from thidua_server.http import caching, context
from thidua_server.http.negotiation import HTML, JSON, choose
from thidua_server.openapi.fields import OF_A_PAGE
from thidua_server.openapi.operations import operation

bp = Blueprint("validation", __name__)

_TURTLE: Final = "text/turtle"
#: Worst first; a version that is published has none of the first.
SEVERITIES: Final = ("Violation", "Warning", "Info")


@bp.get("/validation")
@operation("validation", "versions", "Kết quả kiểm tra của một phiên bản", "What the checks of a version found",
           OF_A_PAGE, (JSON, _TURTLE, HTML))  # fmt: skip
def page() -> Response | str:
    """The findings of the version asked, by severity and shape."""
    snapshot = context.snapshot()
    media_type = choose((JSON, _TURTLE, HTML))
    g.repeatable = True
    if unchanged := caching.not_modified(snapshot, media_type, language.current() if media_type == HTML else ""):
        return unchanged
    findings = read_findings(snapshot.folder)
    counts = {severity: sum(each.severity == severity for each in findings) for severity in SEVERITIES}
    if media_type == _TURTLE:
        from thidua.checks.report import report  # rdflib, which takes memory that few need

        return Response(report(findings), mimetype=_TURTLE)
    if media_type == HTML:
        return render_template(
            "validation.html", version=snapshot.version, counts=counts, shapes=_by_shape(findings), kept=links.kept(),
            total=len(findings), called=_called(snapshot, findings), broken=_broken,
        )  # fmt: skip
    return jsonify(
        {
            "version": snapshot.version.number,
            "hash": snapshot.version.hash,
            "conforms": not counts["Violation"],
            "counts": {severity.lower(): count for severity, count in counts.items()},
            "findings": [dataclasses.asdict(each) for each in findings],
        }
    )


def _called(snapshot: Snapshot, findings: list[Finding]) -> Mapping[str, str]:
    """What the things and properties that findings speak of are called in the reader's language."""
    reader = language.current()
    mentioned = {each for found in findings for each in (found.focus, found.path, found.value) if each}
    things = {each for each in mentioned if each.startswith("http")}
    sources = {iri: shown.text for iri, shown in source_links().items()}
    found = names(lambda text: snapshot.select(text, context.caller()), things, reader, sources)
    known = {iri: words.PROPERTIES[name][reader] for iri in things if (name := shorten(iri)) in words.PROPERTIES}
    return {iri: shorten(iri).strip("<>") for iri in things} | known | found


def _broken(finding: Finding) -> str:
    """What a shape says is wrong, without its code and what to do about it."""
    code, _, rest = (finding.vi if language.current() == "vi" else finding.en).partition(" ")
    said = rest if code[:1].isupper() and code[1:].isdigit() else f"{code} {rest}"
    ends = [place for mark in ("; ", ". ", ": ") if (place := f"{said} ".find(mark)) > 0]
    return said[: min(ends, default=None)].strip()


def _by_shape(findings: list[Finding]) -> list[tuple[str, str, list[Finding]]]:
    """Severity, shape and its findings."""

    def key(finding: Finding) -> tuple[int, str]:
        return SEVERITIES.index(finding.severity), finding.shape

    grouped = groupby(sorted(findings, key=key), key)
    return [(SEVERITIES[severity], shape, list(found)) for (severity, shape), found in grouped]
