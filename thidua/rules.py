"""The rules of ``ontology/rules``: what a source's own statements imply, and what the merge of all implies."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from thidua.errors import DataError, InputError
from thidua.files import ProjectFiles
from thidua.store import QuadStore
from thidua.terms import GRAPH, INFERRED, PREFIXES
from thidua.text import fold
from thidua.turtle import positions

_SKOS: Final = PREFIXES["skos"]
#: Whose values are folded into hidden labels.
_NAMES: Final = (_SKOS + "prefLabel", _SKOS + "altLabel")


class Rules:
    """Both steps, ready to run over a store."""

    def __init__(self, files: ProjectFiles) -> None:
        self._files = files
        self._completion = self._read("completion")
        self._inference = self._read("inference")
        self.vocabulary: Final = sorted({file.graph for file in files.vocabulary})
        self.registry: Final = sorted({file.graph for file in files.registry})
        self._completion_reads = _mentioned(self._completion)
        self._inference_reads = _mentioned(self._inference) | set(_NAMES)

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
        before = -1
        while len(added) > before:
            before = len(added)
            for path, text in self._completion:
                with self._named(path):
                    added |= store.derive(text, graph, over=over, named=[graph])
        return added

    def infer(self, store: QuadStore) -> tuple[set[str], set[str]]:
        """Write the inferred graph anew; the default graph must be the merge of the named graphs.

        :return: what the default graph states newly, and what it no longer states.
        :raises DataError: a rule cannot be run.
        """
        before = store.only_in(INFERRED)
        store.change(None, remove=before)
        store.clear(INFERRED, forget=True)
        self.infer_first(store)
        after = store.only_in(INFERRED)
        return after - before, before - after

    def infer_first(self, store: QuadStore) -> None:
        """Write the inferred graph where there is none; the default graph must be the merge of the named graphs.

        :raises DataError: a rule cannot be run.
        """
        labels = set(_hidden_labels(store))
        store.change(INFERRED, add=labels)
        more = bool(labels)
        while more:
            store.merge_in(INFERRED)
            more = False
            for path, text in self._inference:
                with self._named(path):
                    more = store.absorb(text, INFERRED) or more

    def _read(self, step: str) -> list[tuple[Path, str]]:
        return [(path, path.read_text(encoding="utf-8")) for path in self._files.rules(step)]

    @contextmanager
    def _named(self, path: Path) -> Iterator[None]:
        """What is wrong with a rule, with its name."""
        try:
            yield
        except InputError as exc:
            raise DataError([f"{self._files.relative(path)}: {exc}"]) from exc


def _mentioned(rules: Iterable[tuple[Path, str]]) -> set[str]:
    """Every IRI that rules name, and the class of a thing, which they may call ``a``."""
    return {PREFIXES["rdf"] + "type"}.union(*(positions(text).mentions for _, text in rules))


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
