"""Does the graph obey the shapes? The sole home of pySHACL."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyshacl
import rdflib
from rdflib.namespace import RDF, SH

from thidua.errors import DataError
from thidua.terms import SHAPES, shorten

# rdflib rewrites ill-typed literals unless told not to, and would then find nothing wrong with them.
rdflib.NORMALIZE_LITERALS = False
# An ill-typed literal is a finding, not a traceback in the log.
logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
_SH = str(SH)


@dataclass(frozen=True)
class Finding:
    """One thing wrong, or doubtful, with the graph."""

    severity: str
    """``Violation`` refuses a version, ``Warning`` is published and reported, ``Info`` advises."""
    shape: str
    focus: str
    path: str | None
    value: str | None
    vi: str
    en: str
    where: str = ""
    """``file:line`` where the focus is described, when it is known."""

    def __str__(self) -> str:
        head = ": ".join(part for part in (self.where, self.severity.lower(), self.en) if part)
        value = ""
        if self.value and self.value != self.focus:
            value = f", value {shorten(self.value) if self.value.startswith('http') else self.value}"
        return f"{head} [{shorten(self.focus)}{value}]"


def read_shapes(paths: Iterable[Path]) -> rdflib.Graph:
    """Parse the shape files into one graph.

    :raises DataError: one of them does not parse.
    """
    shapes, problems = rdflib.Graph(), []
    for path in paths:
        try:
            shapes.parse(path, format="turtle")
        except Exception as exc:  # rdflib raises what its parsers raise
            problems.append(f"shapes/{path.name}: {str(exc).splitlines()[0]}")
    # RDF forgives spelling: sh:dataType, for sh:datatype, checks nothing, silently.
    used = {*shapes.predicates(), *shapes.objects(None, RDF.type)}
    for term in map(str, used):
        if term.startswith(_SH) and term not in SH:
            problems.append(f"shapes/: {shorten(term)} is not a SHACL term; correct the spelling")
    if problems:
        raise DataError(sorted(problems))
    return shapes


def validate(
    n_triples: bytes, shapes: rdflib.Graph, locate: Callable[[str, str | None], str] = lambda focus, path: ""
) -> list[Finding]:
    """Check a graph, given as N-Triples, against shapes; worst first.

    :param locate: (focus, path) to ``file:line`` or an empty string.
    """
    graph = rdflib.Graph()
    graph.parse(data=n_triples, format="nt11")
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, advanced=False, inplace=True, do_owl_imports=False)
    if not isinstance(report, rdflib.Graph):
        raise DataError([f"shapes/: the shapes cannot be used: {report}"])
    findings = [_finding(report, node, locate) for node in report.subjects(RDF.type, SH.ValidationResult)]
    order = {"Violation": 0, "Warning": 1, "Info": 2}
    return sorted(set(findings), key=lambda f: (order.get(f.severity, 3), f.where, f.focus, f.shape, f.en))


def _finding(report: rdflib.Graph, node: rdflib.term.Node, locate: Callable[[str, str | None], str]) -> Finding:
    focus = str(report.value(node, SH.focusNode))
    path_node = report.value(node, SH.resultPath)
    path = str(path_node) if isinstance(path_node, rdflib.URIRef) else None
    value = report.value(node, SH.value)
    # A check of the whole catalogue has one formal focus; the thing it found is the value.
    if focus.endswith("/thidua/ontology") and isinstance(value, rdflib.URIRef):
        focus = str(value)
    messages = {m.language: str(m) for m in report.objects(node, SH.resultMessage) if isinstance(m, rdflib.Literal)}
    english = messages.get("en") or next(iter(messages.values()), "breaks a shape")
    return Finding(
        severity=str(report.value(node, SH.resultSeverity)).rpartition("#")[2],
        shape=str(report.value(node, SH.sourceShape)).removeprefix(SHAPES),
        focus=focus,
        path=path,
        value=None if value is None else str(value),
        vi=messages.get("vi", english),
        en=english,
        where=locate(focus, path),
    )
