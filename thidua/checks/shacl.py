"""SHACL validation. The home of pySHACL."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pyshacl
import rdflib
from rdflib.namespace import RDF, RDFS, SH

from thidua.base.errors import DataError, Finding
from thidua.base.terms import ONTOLOGY, SHAPES, shorten
from thidua.checks.prefilter import candidates
from thidua.checks.rules import read_by
from thidua.rdf.quads import QuadStore

# rdflib rewrites ill-typed literals unless told not to, and would then find nothing wrong with them.
rdflib.NORMALIZE_LITERALS = False
# An ill-typed literal is a finding, not a traceback in the log.
logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
_SH = str(SH)
#: The formal target of the constraints on the whole catalogue.
_CATALOGUE = rdflib.URIRef(ONTOLOGY)

#: Things that pySHACL judges at once: so many that their number costs no memory, and the classes are read seldom.
_AT_ONCE: Final = 5000

Locate = Callable[[str, str | None], str]


def _nowhere(focus: str, path: str | None) -> str:
    return ""


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
    store: QuadStore,
    shapes: rdflib.Graph,
    *,
    visit_all: bool = False,
    progress: Callable[[str], None] = lambda step: None,
) -> list[Finding]:
    """Check a store's default graph against shapes; worst first. Where things are said, :func:`located` adds.

    The engine selects what may be wrong (:mod:`thidua.checks.prefilter`), and pySHACL judges it. The SPARQL constraints
    on the whole catalogue the engine runs alone, in milliseconds; pySHACL would report one of their messages, now in
    this language and now in that.

    :param visit_all: have pySHACL visit everything: the same findings, and takes a minute for 30,000 records.
    """
    found = None
    if not visit_all and reads_one_step(shapes):
        found = _selected(store, _local(shapes), progress)
    if found is None:
        found = _validated(store.n_triples(), _local(shapes))
    return _sorted([*found, *_about_the_catalogue(store, shapes, (), None)])


def located(findings: Iterable[Finding], locate: Locate) -> list[Finding]:
    """Findings with the places where they are to be mended; worst first.

    :param locate: (focus, path) to ``file:line`` or an empty string.
    """
    return _sorted(replace(finding, where=locate(finding.focus, finding.path)) for finding in findings)


def _selected(store: QuadStore, shapes: rdflib.Graph, progress: Callable[[str], None]) -> list[Finding] | None:
    """What pySHACL finds about the candidates; None where it must see more of the graph than them."""
    things = set()
    for thing in candidates(store, shapes, progress):
        if thing.kind != "iri":
            return None  # it cannot be asked for by name
        things.add(thing.value)
    found: list[Finding] = []
    ordered = sorted(things)
    for start in range(0, len(ordered), _AT_ONCE):
        if start:
            progress(f"checking shapes: {start:,} of {len(ordered):,} things that may be wrong are judged")
        found += _about(store, ordered[start : start + _AT_ONCE], shapes)
    return found


def reads_one_step(shapes: rdflib.Graph) -> bool:
    """Whether each shape's verdict on a thing follows from the thing's own statements and its values' classes.

    Beside them there may be SPARQL constraints on the whole catalogue: they have one formal target. Only for such
    shapes is :func:`validate_touched` complete.
    """
    steps = all(
        isinstance(path, rdflib.URIRef) or shapes.value(path, SH.alternativePath) is not None
        for path in shapes.objects(None, SH.path)
    )
    nested = {SH.node, SH.qualifiedValueShape, SH.property}
    deep = any(
        (shapes.value(shape, SH.path) is not None and _nests(shapes, shape, predicate))
        for predicate in nested
        for shape in shapes.subjects(predicate, None)
    )
    scattered = any(
        shapes.value(shape, SH.targetNode) != _CATALOGUE for shape in shapes.subjects(SH.sparql, None)
    ) or any(True for _ in shapes.subjects(SH.target, None))
    return steps and not deep and not scattered


def _nests(shapes: rdflib.Graph, shape: rdflib.term.Node, predicate: rdflib.term.Node) -> bool:
    """Whether a property shape looks beyond its values."""
    inner = list(shapes.objects(shape, predicate))
    return predicate != SH.qualifiedValueShape or any(shapes.value(each, SH.property) is not None for each in inner)


def validate_touched(
    store: QuadStore,
    touched: Collection[str],
    shapes: rdflib.Graph,
    known: Iterable[Finding] = (),
    changed: AbstractSet[str] | None = None,
) -> list[Finding]:
    """What :func:`validate` would find about some things, and about the catalogue as a whole.

    pySHACL sees the statements of those things and the classes of their values, so its cost does not depend on the
    size of the graph. The constraints on the whole catalogue are SPARQL, which the engine itself runs.

    :param touched: the IRIs whose own statements, or whose values' classes, may have changed.
    :param known: what was found before.
    :param changed: the predicates of the triples that came or went since; None for any.
    """
    found = _about(store, touched, _local(shapes)) if touched else []
    return _sorted([*found, *_about_the_catalogue(store, shapes, known, changed)])


def _about(store: QuadStore, things: Collection[str], shapes: rdflib.Graph) -> list[Finding]:
    """What pySHACL finds about some things, given their statements and the classes of their values."""
    lines = set(store.about(things))
    objects = (line.split(" ", 2)[2] for line in lines)
    values = {value[1:-1] for value in objects if value.startswith("<")}
    lines |= {line for line in store.about(values) if f" <{RDF.type}> " in line}
    lines |= {
        f"<{row['class'].value}> <{RDFS.subClassOf}> <{row['above'].value}>"
        for row in store.select(f"SELECT ?class ?above {{ ?class <{RDFS.subClassOf}> ?above }}")
        if row["class"] and row["above"] and row["above"].kind == "iri"
    }
    text = "".join(f"{line} .\n" for line in lines)
    # Not pySHACL's own focus_nodes: it filters the values that nested shapes look at as well, and misses faults.
    # Values, of which only the class is here, seem full of faults; whoever changed them is touched and looks.
    wanted = set(things)
    return [finding for finding in _validated(text.encode(), shapes) if finding.focus in wanted]


def revalidate(
    store: QuadStore,
    known: Iterable[Finding],
    added: Collection[str],
    removed: Collection[str],
    shapes: rdflib.Graph,
    locate: Locate = _nowhere,
) -> list[Finding]:
    """What :func:`validate` would find about the whole graph, given what it found before a change.

    A change touches the things that it says something of, and those whose values changed their class.

    :param known: what was found before.
    :param added: triples that the default graph states newly, as N-Triples lines without their ends.
    :param removed: triples that it no longer states.
    """
    lines, known = [*added, *removed], list(known)
    touched = {subject_of(line) for line in lines}
    retyped = {subject_of(line) for line in lines if f" <{RDF.type}> " in line}
    touched |= {iri for thing in retyped if thing for iri in store.referring_to(thing)}
    kept = [
        finding for finding in known
        if finding.constraint not in ("", "SPARQLConstraintComponent") and finding.focus not in touched
    ]  # fmt: skip
    found = validate_touched(store, touched - {""}, shapes, known, {predicate_of(line) for line in lines})
    return _sorted([*kept, *located(found, locate)])


def subject_of(line: str) -> str:
    """The subject's IRI in an N-Triples line; an empty text for a blank node."""
    subject = line.split(" ", 1)[0]
    return subject[1:-1] if subject.startswith("<") else ""


def predicate_of(line: str) -> str:
    """The predicate's IRI in an N-Triples line."""
    return line.split(" ", 2)[1][1:-1]


def _about_the_catalogue(
    store: QuadStore, shapes: rdflib.Graph, known: Iterable[Finding], changed: AbstractSet[str] | None
) -> Iterator[Finding]:
    """What the SPARQL constraints on the whole catalogue find; those that read nothing that changed find it again."""
    before = [finding for finding in known if finding.constraint == "SPARQLConstraintComponent"]
    for shape, query in shapes.subject_objects(SH.sparql):
        declared = shapes.objects(shapes.value(query, SH.prefixes), SH.declare)
        prefixes = "".join(
            f"PREFIX {shapes.value(each, SH.prefix)}: <{shapes.value(each, SH.namespace)}>\n" for each in declared
        )
        text = prefixes + str(shapes.value(query, SH.select))
        reads = None if changed is None else read_by(text)
        if changed is not None and reads is not None and reads.isdisjoint(changed):
            yield from (each for each in before if each.shape == str(shape).removeprefix(SHAPES))
            continue
        severity = str(shapes.value(shape, SH.severity) or SH.Violation).rpartition("#")[2]
        messages = _messages(shapes.objects(query, SH.message))
        for row in store.select(text):
            value = row["value"]
            assert value
            focus = value.value if value.kind == "iri" else str(_CATALOGUE)
            yield Finding(
                severity, str(shape).removeprefix(SHAPES), focus, None, value.value, *messages,
                "", "SPARQLConstraintComponent",
            )  # fmt: skip


@cache
def _local(shapes: rdflib.Graph) -> rdflib.Graph:
    """The shapes without the constraints on the whole catalogue."""
    local = rdflib.Graph() + shapes
    local.remove((None, SH.targetNode, _CATALOGUE))
    return local


def _validated(n_triples: bytes, shapes: rdflib.Graph) -> list[Finding]:
    graph = rdflib.Graph()
    graph.parse(data=n_triples, format="nt11")
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, advanced=False, inplace=True, do_owl_imports=False)
    if not isinstance(report, rdflib.Graph):
        raise DataError([f"shapes/: the shapes cannot be used: {report}"])
    return _sorted(_one_each(_finding(report, node) for node in report.subjects(RDF.type, SH.ValidationResult)))


def _one_each(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings that say the same of the same value once, whatever constraints of a shape it breaks together."""
    told = set()
    for finding in sorted(findings, key=lambda each: each.constraint):
        said = (finding.severity, finding.shape, finding.focus, finding.path, finding.value, finding.en)
        if said not in told:
            told.add(said)
            yield finding


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    order = {"Violation": 0, "Warning": 1, "Info": 2}
    return sorted(set(findings), key=lambda f: (order.get(f.severity, 3), f.where, f.focus, f.shape, f.en))


def _messages(literals: Iterable[rdflib.term.Node]) -> tuple[str, str]:
    """The Vietnamese and the English message."""
    messages = {each.language: str(each) for each in literals if isinstance(each, rdflib.Literal)}
    english = messages.get("en") or next(iter(messages.values()), "breaks a shape")
    return messages.get("vi", english), english


def _finding(report: rdflib.Graph, node: rdflib.term.Node) -> Finding:
    focus = str(report.value(node, SH.focusNode))
    path_node = report.value(node, SH.resultPath)
    path = str(path_node) if isinstance(path_node, rdflib.URIRef) else None
    value = report.value(node, SH.value)
    # A check of the whole catalogue has one formal focus; the thing it found is the value.
    if focus == ONTOLOGY and isinstance(value, rdflib.URIRef):
        focus = str(value)
    vi, en = _messages(report.objects(node, SH.resultMessage))
    return Finding(
        severity=str(report.value(node, SH.resultSeverity)).rpartition("#")[2],
        shape=str(report.value(node, SH.sourceShape)).removeprefix(SHAPES),
        focus=focus,
        path=path,
        value=None if value is None else str(value),
        vi=vi,
        en=en,
        where="",
        constraint=str(report.value(node, SH.sourceConstraintComponent) or "").rpartition("#")[2],
    )
