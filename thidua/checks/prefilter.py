"""SHACL prefilter: each shape as a query that selects the candidate violations, for the engine to run.

SHACL visits every node; a query visits what is wrong. What is selected here is judged by pySHACL afterwards, so it
must hold everything that breaks a shape, and may hold more: an expression that cannot tell for sure says yes. Where a
constraint cannot be written as a query, all the shape's targets are candidates.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH, XSD
from rdflib.term import Node

from thidua.rdf.cells import Cell
from thidua.rdf.ntriples import iri_term, literal_term
from thidua.rdf.quads import QuadStore

#: What a shape may have that constrains nothing.
_SILENT: Final = {
    "", "message", "name", "description", "severity", "order", "group", "path", "targetClass", "targetNode",
    "targetSubjectsOf", "targetObjectsOf", "flags", "qualifiedMinCount",
}  # fmt: skip
_KINDS: Final[dict[Node, str]] = {
    SH.IRI: "isIRI({0})",
    SH.Literal: "isLiteral({0})",
    SH.BlankNode: "isBlank({0})",
    SH.BlankNodeOrIRI: "(isIRI({0}) || isBlank({0}))",
    SH.IRIOrLiteral: "(isIRI({0}) || isLiteral({0}))",
    SH.BlankNodeOrLiteral: "(isBlank({0}) || isLiteral({0}))",
}
#: Datatypes whose values are known to be well formed when they look like this and the engine can read them.
_FORMS: Final[dict[Node, str]] = {
    XSD.integer: "^[-+]?[0-9]+$",
    XSD.decimal: r"^[-+]?[0-9]+([.][0-9]+)?$",
    XSD.date: "^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}$",
}
_COMPARISONS: Final = {"minInclusive": ">=", "minExclusive": ">", "maxInclusive": "<=", "maxExclusive": "<"}
_YES: Final = "true"
#: Seconds between two words on how far it is.
_OFTEN: Final = 5.0


def candidates(
    store: QuadStore, shapes: rdflib.Graph, progress: Callable[[str], None] = lambda step: None
) -> Iterator[Cell]:
    """Everything in a store's default graph that may break a shape; a thing may come more than once.

    :param progress: told where it is, every few seconds.
    """
    compiler, told = _Compiler(store, shapes), time.monotonic()
    for shape in sorted(_targeting(shapes), key=str):
        if time.monotonic() > told + _OFTEN:
            told = time.monotonic()
            progress(f"checking shapes: {str(shape).rpartition('#')[2]}")
        if wrong := compiler.wrong(shape, "?focus"):
            for target in compiler.targets(shape):
                for row in store.select(f"SELECT DISTINCT ?focus {{ {target} FILTER({wrong}) }}"):
                    if focus := row["focus"]:
                        yield focus


def left_to_pyshacl(store: QuadStore, shapes: rdflib.Graph) -> list[str]:
    """The shapes all of whose targets are visited, since some constraint of theirs is no query."""
    compiler = _Compiler(store, shapes)
    return sorted(
        str(shape)
        for shape in _targeting(shapes)
        if compiler.wrong(shape, "?focus") == _YES
    )  # fmt: skip


def _targeting(shapes: rdflib.Graph) -> set[Node]:
    """The shapes that say what they are about."""
    found: set[Node] = set()
    for kind in (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf):
        found.update(shapes.subjects(kind, None))
    return found | {shape for shape in shapes.subjects(RDF.type, RDFS.Class) if _is_shape(shapes, shape)}


def _is_shape(shapes: rdflib.Graph, thing: Node) -> bool:
    return bool({SH.NodeShape, SH.PropertyShape} & set(shapes.objects(thing, RDF.type)))


class _Compiler:
    def __init__(self, store: QuadStore, shapes: rdflib.Graph) -> None:
        self._shapes = shapes
        self._count = 0
        self._below: dict[str, list[str]] = {}
        for row in store.select(f"SELECT ?class ?above {{ ?class {RDFS.subClassOf.n3()}+ ?above }}"):
            if row["class"] and row["above"] and row["class"].kind == row["above"].kind == "iri":
                self._below.setdefault(row["above"].value, []).append(row["class"].value)

    def targets(self, shape: Node) -> Iterator[str]:
        """Patterns that bind ``?focus``."""
        classes = set(self._shapes.objects(shape, SH.targetClass))
        if (shape, RDF.type, RDFS.Class) in self._shapes:
            classes.add(shape)  # a class that is a shape is about its members
        for found in classes:
            yield from (f"?focus a {name} ." for name in self._classes(found))
        for found in self._shapes.objects(shape, SH.targetNode):
            yield f"VALUES ?focus {{ {_term(found)} }}"
        for found in self._shapes.objects(shape, SH.targetSubjectsOf):
            yield f"?focus {_term(found)} ?any ."
        for found in self._shapes.objects(shape, SH.targetObjectsOf):
            yield f"?any {_term(found)} ?focus ."

    def wrong(self, shape: Node, node: str) -> str:
        """An expression that is true if a node breaks a shape, and perhaps if it does not; empty for never."""
        if (SH.deactivated, rdflib.Literal(True)) in set(self._shapes.predicate_objects(shape)):
            return ""
        path = self._shapes.value(shape, SH.path)
        if path is None:
            return _any_of(self._of_values(shape, node))
        walked = self._path(path)
        if walked is None:
            return _YES
        value = self._fresh()
        parts = [*self._of_counts(shape, node, walked)]
        about_values = _any_of(self._of_values(shape, value))
        if about_values == _YES:
            return _YES  # nor is it known what it says of no value
        if about_values:
            parts.append(f"EXISTS {{ {node} {walked} {value} FILTER({about_values}) }}")
        return _any_of(parts)

    def _of_counts(self, shape: Node, node: str, path: str) -> Iterator[str]:
        """What concerns the values of a path together."""
        one, two = self._fresh(), self._fresh()
        pair = f"{node} {path} {one} . {node} {path} {two}"
        for predicate, given in self._shapes.predicate_objects(shape):
            match _name(predicate):
                case "minCount" if int(str(given)) == 1:
                    yield f"NOT EXISTS {{ {node} {path} {one} }}"
                case "minCount" if int(str(given)) > 1:
                    yield _YES
                case "maxCount" if int(str(given)) == 0:
                    yield f"EXISTS {{ {node} {path} {one} }}"
                case "maxCount":
                    # Of more than one allowed, those with two are candidates.
                    yield f"EXISTS {{ {pair} FILTER(!sameTerm({one}, {two})) }}"
                case "hasValue":
                    yield f"NOT EXISTS {{ {node} {path} {_term(given)} }}"
                case "uniqueLang":
                    same = f'LANG({one}) != "" && LCASE(LANG({one})) = LCASE(LANG({two}))'
                    yield f"EXISTS {{ {pair} FILTER(!sameTerm({one}, {two}) && {same}) }}"
                case "disjoint":
                    yield f"EXISTS {{ {node} {path} {one} . {node} {_term(given)} {one} }}"
                case "lessThan" | "lessThanOrEquals":
                    sign = "<" if predicate == SH.lessThan else "<="
                    both = f"{node} {path} {one} . {node} {_term(given)} {two}"
                    yield f"EXISTS {{ {both} FILTER(!COALESCE({one} {sign} {two}, false)) }}"
                case "qualifiedValueShape":
                    least = self._shapes.value(shape, SH.qualifiedMinCount)
                    inner = self.wrong(given, one)
                    fits = f" FILTER(!({inner}))" if inner else ""
                    yield (
                        _YES if least is None or int(str(least)) != 1 else f"NOT EXISTS {{ {node} {path} {one}{fits} }}"
                    )

    def _of_values(self, shape: Node, value: str) -> Iterator[str]:
        """What concerns each value by itself; of a node shape, the node."""
        is_property = self._shapes.value(shape, SH.path) is not None
        for predicate, given in self._shapes.predicate_objects(shape):
            match _name(predicate):
                case "property" | "node":
                    yield self.wrong(given, value)
                case "class":
                    yield " && ".join(f"NOT EXISTS {{ {value} a {name} }}" for name in self._classes(given))
                case "nodeKind":
                    yield f"!{_KINDS[given].format(value)}" if given in _KINDS else _YES
                case "datatype":
                    yield _ill_typed(value, given)
                case "pattern":
                    flags = self._shapes.value(shape, SH.flags)
                    more = f", {literal_term(str(flags))}" if flags else ""
                    yield f"!COALESCE(REGEX(STR({value}), {literal_term(str(given))}{more}), false)"
                case "minInclusive" | "minExclusive" | "maxInclusive" | "maxExclusive":
                    yield f"!COALESCE({value} {_COMPARISONS[_name(predicate)]} {_term(given)}, false)"
                case "in":
                    same = [f"sameTerm({value}, {_term(each)})" for each in Collection(self._shapes, given)]
                    yield f"!({' || '.join(same)})"
                case "languageIn":
                    tags = [literal_term(str(each).lower()) for each in Collection(self._shapes, given)]
                    yield f"!COALESCE({' || '.join(f'LCASE(LANG({value})) = {tag}' for tag in tags)}, false)"
                case "or":
                    inner = [self.wrong(each, value) for each in Collection(self._shapes, given)]
                    left = [each for each in inner if each != _YES]
                    yield "" if not all(inner) else " && ".join(f"({each})" for each in left) or _YES
                case "and":
                    yield _any_of(self.wrong(each, value) for each in Collection(self._shapes, given))
                case "xone":
                    yield self._xone(Collection(self._shapes, given), value)
                case name if name in _SILENT or (is_property and name in _OF_PATHS):
                    pass
                case _:
                    yield _YES

    def _xone(self, inner: Iterable[Node], value: str) -> str:
        """Exactly one fits: of shapes that only ask whether there is a value, which an expression tells for sure."""
        asked = []
        for each in inner:
            given = set(self._shapes.predicate_objects(each))
            path = self._path(self._shapes.value(each, SH.path))
            if path is None or given != {
                (SH.path, self._shapes.value(each, SH.path)), (SH.minCount, rdflib.Literal(1))
            }:  # fmt: skip
                return _YES
            asked.append(f"IF(EXISTS {{ {value} {path} {self._fresh()} }}, 1, 0)")
        return f"({' + '.join(asked)}) != 1"

    def _path(self, path: Node | None) -> str | None:
        """A path in SPARQL; None for kinds that our shapes do not have."""
        if isinstance(path, rdflib.URIRef):
            return _term(path)
        if path is not None and (either := self._shapes.value(path, SH.alternativePath)):
            steps = [self._path(each) for each in Collection(self._shapes, either)]
            return f"({'|'.join(step for step in steps if step)})" if all(steps) else None
        return None

    def _classes(self, name: Node) -> list[str]:
        """A class and those below it."""
        return [iri_term(each) for each in dict.fromkeys([str(name), *self._below.get(str(name), [])])]

    def _fresh(self) -> str:
        self._count += 1
        return f"?v{self._count}"


#: Constraints on a path's values together, which :meth:`_Compiler._of_counts` writes.
_OF_PATHS: Final = {
    "minCount", "maxCount", "hasValue", "uniqueLang", "disjoint", "lessThan", "lessThanOrEquals", "qualifiedValueShape",
}  # fmt: skip


def _name(predicate: Node) -> str:
    """A SHACL term without its namespace; empty for what is none, which constrains nothing."""
    return str(predicate).removeprefix(str(SH)) if str(predicate).startswith(str(SH)) else ""


def _ill_typed(value: str, datatype: Node) -> str:
    if datatype == RDF.langString:
        return f'COALESCE(LANG({value}) = "", true)'
    right = f"COALESCE(DATATYPE({value}) = {_term(datatype)}, false)"
    if datatype == XSD.string:
        return f"!{right}"
    if datatype not in _FORMS:
        return _YES
    form = literal_term(_FORMS[datatype])
    read = f"COALESCE(DATATYPE({_term(datatype)}(STR({value}))) = {_term(datatype)}, false)"
    return f"!({right} && REGEX(STR({value}), {form}) && {read})"


def _any_of(parts: Iterable[str]) -> str:
    some = [part for part in parts if part]
    return _YES if _YES in some else " || ".join(f"({part})" for part in some)


def _term(node: Node) -> str:
    if isinstance(node, rdflib.Literal):
        return literal_term(str(node), str(node.datatype) if node.datatype else None)
    return iri_term(str(node))
