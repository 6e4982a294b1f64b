"""Rule engine: ``ontology/rules``, what a source's own statements imply and what the merge of all implies."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from thidua.base.errors import DataError, InputError
from thidua.base.files import ProjectFiles
from thidua.base.terms import GRAPH, INFERRED, PREFIXES
from thidua.base.text import fold
from thidua.rdf.derivation import only_in, run_into_graph, run_into_union
from thidua.rdf.positions import positions
from thidua.rdf.quads import QuadStore

_SKOS: Final = PREFIXES["skos"]
#: Whose values are folded into hidden labels.
_NAMES: Final = (_SKOS + "prefLabel", _SKOS + "altLabel")
_CONSTRUCT: Final = re.compile(r"CONSTRUCT\s*\{[^{}]*\}")
_CLOSED: Final = re.compile(r"^# Closed: ", re.MULTILINE)
_VARIABLE: Final = re.compile(r"[?$](\w+)")
_TWO_VARIABLES: Final = re.compile(r"[?$](\w+)\s+(?=[?$](\w+))")
#: What of a SELECT is no pattern, though variables stand side by side in it.
_CLAUSES: Final = re.compile(r"\bSELECT\b[^{]*|\b(?:GROUP|ORDER)\s+BY\b[^{}]*")
_COMMENT: Final = re.compile(r"^#[^\n]*|(?<=\s)#[^\n]*", re.MULTILINE)
#: A path that is anything but some.
_NEGATED: Final = re.compile(r"!\s*[(<^]|!\s*[A-Za-z][\w-]*:")
#: A variable that a pattern gives a few IRIs.
_VALUES: Final = re.compile(r"\s*VALUES\s*\?(\w+)\s*\{(?:\s*[\w-]*:[\w-]*)+\s*\}")
#: What a pattern begins with that gives variables their values.
_BOUND: Final = re.compile(r"WHERE\s*\{\s*VALUES\s*\(?([^){]*)")


@dataclass(frozen=True)
class Rule:
    """A CONSTRUCT in a file, and which predicates it reads and gives: None where that may be any."""

    path: Path
    text: str
    reads: frozenset[str] | None
    gives: frozenset[str] | None
    closed: bool
    """Whether what it adds gives itself nothing more to find; a comment that begins so says why."""

    @classmethod
    def read(cls, path: Path) -> "Rule":
        """From its file."""
        text = path.read_text(encoding="utf-8-sig")
        found = _CONSTRUCT.search(text)
        template, pattern = (text[: found.end()], text[: found.start()] + text[found.end() :]) if found else ("", text)
        bound = _BOUND.search(text)
        one_of = frozenset(_VARIABLE.findall(bound[1])) if bound else frozenset()
        gives = _predicates(template, text, one_of) if found else None
        return cls(path, text, _predicates(pattern, text, one_of), gives, bool(_CLOSED.search(text)))

    def concerns(self, other: "Rule") -> bool:
        """Whether what this one adds may give another, or itself, more to find."""
        if self is other and self.closed:
            return False
        return self.gives is None or other.reads is None or not self.gives.isdisjoint(other.reads)


class Rules:
    """Both steps, ready to run over a store."""

    def __init__(self, files: ProjectFiles) -> None:
        self._files = files
        self.completion: Final = [Rule.read(path) for path in files.rules("completion")]
        self.inference: Final = [Rule.read(path) for path in files.rules("inference")]
        self.vocabulary: Final = sorted({file.graph for file in files.vocabulary})
        self.registry: Final = sorted({file.graph for file in files.registry})
        self._completion_reads = _mentioned(self.completion)
        self._inference_reads = _mentioned(self.inference) | set(_NAMES)

    def is_completed(self, graph: str) -> bool:
        """Whether a graph is a registry's or a source's, which the completion rules run over."""
        return graph not in (*self.vocabulary, INFERRED, GRAPH + "links", GRAPH + "editorial")

    def in_order(self, graphs: Iterable[str]) -> list[str]:
        """Those of some graphs that are completed: registries first, for sources lean on them."""
        return sorted(filter(self.is_completed, graphs), key=lambda graph: (self.is_source(graph), graph))

    def is_source(self, graph: str) -> bool:
        """Whether a graph is one source's."""
        return self.is_completed(graph) and graph not in self.registry

    def concern_others(self, lines: Iterable[str]) -> bool:
        """Whether triples of a registry (N-Triples lines) may change what the rules complete in other graphs."""
        return not self._completion_reads.isdisjoint(map(_predicate, lines))

    def concern_inference(self, lines: Iterable[str]) -> bool:
        """Whether triples (N-Triples lines) may change what is inferred."""
        return not self._inference_reads.isdisjoint(map(_predicate, lines))

    def complete(self, store: QuadStore, graph: str) -> set[str]:
        """Add to a graph what its own statements imply, until nothing is new.

        :return: what was added, as N-Triples lines without their ends.
        :raises DataError: a rule cannot be run.
        """
        over = [graph, *(name for name in (*self.vocabulary, *self.registry) if name != graph)]
        added: set[str] = set()

        def gives(rule: Rule) -> bool:
            new = run_into_graph(store, rule.text, graph, over=over, named=[graph])
            added.update(new)
            return bool(new)

        self._exhaust(self.completion, gives)
        return added

    def infer(self, store: QuadStore) -> tuple[set[str], set[str]]:
        """Write the inferred graph anew; the default graph must be the merge of the named graphs.

        :return: what the default graph states newly, and what it no longer states.
        :raises DataError: a rule cannot be run.
        """
        before = only_in(store, INFERRED)
        store.change(None, remove=before)
        store.clear(INFERRED, forget=True)
        self.infer_first(store)
        after = only_in(store, INFERRED)
        return after - before, before - after

    def infer_first(self, store: QuadStore) -> None:
        """Write the inferred graph where there is none; the default graph must be the merge of the named graphs.

        :raises DataError: a rule cannot be run.
        """
        labels = set(_hidden_labels(store))
        store.change(INFERRED, add=labels)
        store.change(None, add=labels)
        self._exhaust(self.inference, lambda rule: run_into_union(store, rule.text, INFERRED))

    def _exhaust(self, rules: Sequence[Rule], gives: Callable[[Rule], bool]) -> None:
        """Run rules in their order until none gives anything new."""
        waiting = set(rules)
        while waiting:
            for rule in filter(waiting.__contains__, rules):
                waiting.remove(rule)
                with self._named(rule.path):
                    if gives(rule):
                        waiting.update(filter(rule.concerns, rules))

    @contextmanager
    def _named(self, path: Path) -> Iterator[None]:
        """What is wrong with a rule, with its name."""
        try:
            yield
        except InputError as exc:
            raise DataError([f"{self._files.relative(path)}: {exc}"]) from exc


def _predicates(part: str, rule: str, one_of: AbstractSet[str]) -> frozenset[str] | None:
    """What may stand between subject and object in a part of a rule; None for anything.

    A variable there follows the subject's, as in lists of variables, which are taken for one.

    :param one_of: variables that are, each, one of the IRIs that the rule names.
    """
    pairs = _TWO_VARIABLES.findall(part)
    if any(one_of.isdisjoint(pair) for pair in pairs):
        return None
    return frozenset(positions(rule if pairs else part).mentions)


@cache
def read_by(query: str) -> frozenset[str] | None:
    """The predicates that a SELECT may read; None for any."""
    pattern = _CLAUSES.sub(" ", _COMMENT.sub("", query))
    one_of, rest = set(), pattern.partition("{")[2]
    while given := _VALUES.match(rest):  # a variable that is one of these, wherever it stands
        one_of.add(given[1])
        rest = rest[given.end() :]
    found = _predicates(pattern, pattern, one_of)
    return None if found is None or _NEGATED.search(pattern) else found | {PREFIXES["rdf"] + "type"}


def _mentioned(rules: Iterable[Rule]) -> set[str]:
    """Every IRI that rules name, and the class of a thing, which they may call ``a``."""
    return {PREFIXES["rdf"] + "type"}.union(*(positions(rule.text).mentions for rule in rules))


def _predicate(line: str) -> str:
    return line.split(" ", 2)[1][1:-1]


def _hidden_labels(store: QuadStore) -> Iterator[str]:
    """Names without tone marks, so that plain SPARQL finds *ninh binh* on any engine."""
    labels = store.select(
        f"""SELECT DISTINCT ?thing ?label {{
          ?thing {"|".join(f"<{name}>" for name in _NAMES)} ?label
          FILTER(isIRI(?thing) && LANG(?label) = "vi") }}"""
    )
    for row in labels:
        thing, label = row["thing"], row["label"]
        assert thing and label
        if fold(label.value) not in (label.value, ""):
            yield f'<{thing.value}> <{_SKOS}hiddenLabel> "{fold(label.value)}"'
