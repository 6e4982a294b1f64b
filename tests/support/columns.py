"""The same query put to the triple store and to its columnar copy, whose answers must be the same or a refusal."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from thidua.columns.compiler import compiled
from thidua.columns.duck import Columns
from thidua.columns.errors import NotCompiledError, NotExactError
from thidua.columns.make import make_columns
from thidua.engine.execute import ResultFile
from thidua.rdf import answer

#: The variables in their order, and the rows, each as often as it is there; of an ASK, whether it holds.
Answer = Counter[str] | bool
_JSON: Final = "application/sparql-results+json"


@dataclass(frozen=True)
class Both:
    """A default graph in the triple store and in columns."""

    store: ox.Store
    columns: Columns

    def compared(self, text: str, base: str | None = None) -> str | None:
        """Put a query to both.

        :return: why the columns refuse it; None if their answer is that of the triple store.
        :raises AssertionError: their answers differ.
        """
        try:
            found = self.of_columns(text, base)
        except (NotCompiledError, NotExactError) as refused:
            named = str(refused) and not re.match("(Binder|Parser|Catalog|INTERNAL|Internal) ", str(refused))
            assert named, f"a refusal that names nothing ({refused}): {text}"
            return str(refused)
        except Exception as exc:
            raise AssertionError(f"{exc!r} of {text}") from exc
        # It is asked last: it ends the process where it is to sort terms of kinds that have no order among them.
        expected = self.of_store(text, base)
        assert found == expected, told(text, found, expected)
        return None

    def of_columns(self, text: str, base: str | None = None) -> Answer:
        """The answer of the columns.

        :raises NotCompiledError: they have no exact translation of it.
        :raises NotExactError: what they find is not determined.
        """
        query = compiled(text, self.columns, base)
        rows = self.columns.rows(query)
        if query.form == "ASK":
            return any(True for _ in rows)
        return _rows(answer.Answer.of_rows(query.variables, rows, ResultFile()).write(_JSON))

    def of_store(self, text: str, base: str | None = None) -> Answer:
        """The answer of the triple store."""
        found = self.store.query(text, base_iri=base)
        if isinstance(found, ox.QueryBoolean):
            return bool(found)
        assert isinstance(found, ox.QuerySolutions)
        return _rows(found.serialize(format=ox.QueryResultsFormat.JSON) or b"")


def _rows(document: bytes) -> Counter[str]:
    read = json.loads(document)
    rows = (json.dumps(row, sort_keys=True, ensure_ascii=False) for row in read["results"]["bindings"])
    return Counter([str(read["head"]["vars"]), *rows])


def both(store: ox.Store, folder: Path) -> Both:
    """The default graph of a store, copied.

    :param folder: where the copy goes; its parent is there, and it is not.
    """
    lines = folder.with_suffix(".nt")
    store.dump(str(lines), format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    assert make_columns(lines, folder)
    return Both(store, Columns(folder))


def loaded(text: str) -> ox.Store:
    """A store of N-Triples, read as the service reads data: literals may have forms that are none of their type."""
    store = ox.Store()
    store.bulk_load(text, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    return store


def triples_of(columns: Columns) -> set[str]:
    """All triples of a copy, as N-Triples writes them."""
    return set(_triples(columns))


def _triples(columns: Columns) -> Iterator[str]:
    for iri in columns.predicates:
        for subject, value in columns.rows(compiled(f"SELECT ?s ?o {{ ?s <{iri}> ?o }}", columns)):
            yield f"{subject} <{iri}> {value}"


def told(text: str, found: Answer, expected: Answer) -> str:
    """Which rows one answer has and the other has not."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return f"columns {found}, store {expected}: {text}"
    more, less = list((found - expected).items())[:4], list((expected - found).items())[:4]
    return f"the columns have {more} too many, and lack {less}: {text}"
