"""Query results, not yet serialised."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Literal, Protocol, cast

import pyoxigraph as ox

from thidua.base.errors import InputError
from thidua.base.formats import GRAPHS, RESULTS
from thidua.rdf.cells import Cell
from thidua.rdf.engine_errors import answer_errors, errors_translated
from thidua.rdf.ntriples import cell_of
from thidua.rdf.rdfxml_writer import has_triple
from thidua.rdf.syntax import serialise
from thidua.rdf.xml import XmlFile


class Held(Protocol):
    """A file that may grow so far and no further."""

    file: IO[bytes]

    def write(self, data: bytes) -> int:
        """Write on.

        :raises AnswerTooLargeError: it has grown too far.
        """

    def flush(self) -> None:
        """Have what was written be there for who reads the file."""


@dataclass(frozen=True)
class Answer:
    """What a query gave, not yet written out: it can be written once."""

    form: Literal["SELECT", "ASK", "GRAPH"]
    _result: "ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]"
    _foreign: bool = False
    _may_have_triples: bool = True
    """Whether a term of it may be a triple, which CSV cannot tell from a text."""

    @classmethod
    def read(cls, form: Literal["SELECT", "ASK", "GRAPH"], content: bytes) -> "Answer":
        """An answer that another engine has written: a table as SPARQL's JSON, a graph as N-Triples.

        :raises EngineError: it is something else; one that is not whole is told when it is read to its end.
        """
        if form == "GRAPH":
            return cls(form, (quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES)), True)
        with answer_errors():
            table = ox.parse_query_results(content, format=ox.QueryResultsFormat.JSON)
            if isinstance(table, ox.QueryBoolean) != (form == "ASK"):
                raise ValueError(f"it is none to {form}")
        return cls(form, table, True, b'"triple"' in content)

    @classmethod
    def of_rows(cls, variables: Sequence[str], rows: Iterable[Sequence[str | None]], out: Held) -> "Answer":
        """A table whose terms somebody wrote as N-Triples; None for what is unbound.

        :param out: an empty file, which holds the rows until the answer is written.
        """
        out.write("\t".join(f"?{name}" for name in variables).encode())
        for row in rows:
            out.write(("\n" + "\t".join([cell or "" for cell in row])).encode())
        out.write(b"\n")
        out.flush()
        out.file.seek(0)
        table = ox.parse_query_results(out.file, format=ox.QueryResultsFormat.TSV)
        return cls("SELECT", table, _may_have_triples=False)

    @classmethod
    def of_truth(cls, truth: bool) -> "Answer":
        """The answer to an ASK."""
        text = json.dumps({"head": {}, "boolean": truth})
        return cls("ASK", ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON))

    def table(self) -> tuple[tuple[str, ...], Iterator[dict[str, Cell | None]]]:
        """The columns of a SELECT, and its rows as cells, read as they are asked for.

        :raises InputError: it is none.
        """
        if not isinstance(self._result, ox.QuerySolutions):
            raise InputError("a SELECT is needed here")
        columns = tuple(variable.value for variable in self._result.variables)
        return columns, self._rows(columns, self._result)

    def _rows(self, columns: Sequence[str], solutions: "ox.QuerySolutions") -> Iterator[dict[str, Cell | None]]:
        with self._errors():
            for solution in solutions:
                yield {name: cell_of(solution[name]) for name in columns}

    def _errors(self) -> AbstractContextManager[None]:
        return answer_errors() if self._foreign else errors_translated("query")

    def write(self, media_type: str) -> bytes:
        """Serialise as :meth:`write_to` does, in memory."""
        out = BytesIO()
        self.write_to(out, media_type)
        return out.getvalue()

    def write_to(self, out: IO[bytes], media_type: str) -> None:
        """Serialise as one of :data:`~thidua.base.formats.RESULTS` or :data:`~thidua.base.formats.GRAPHS`, by form.

        :raises InputError: the media type does not fit the form, or the query fails on its way.
        :raises NotAcceptableError: the format cannot say what the answer holds.
        """
        with self._errors():
            self._write(out, media_type)

    def _write(self, out: IO[bytes], media_type: str) -> None:
        if not isinstance(self._result, ox.QuerySolutions | ox.QueryBoolean):
            if media_type not in GRAPHS:
                raise InputError(f"{media_type} cannot hold a graph; take one of {', '.join(GRAPHS)}")
            # A CONSTRUCT may repeat a triple; a graph has each once.
            serialise(dict.fromkeys(self._result), out, media_type)
            return
        if media_type not in RESULTS:
            raise InputError(f"{media_type} cannot hold a table; take one of {', '.join(RESULTS)}")
        form = RESULTS[media_type].name
        known = ox.QueryResultsFormat.from_media_type(media_type)
        if isinstance(self._result, ox.QueryBoolean) and form in ("csv", "tsv"):
            # SPARQL defines no CSV for ASK; one word is what people expect.
            out.write(b"true" if self._result else b"false")
        elif form == "xml":
            instead = [name for name, each in RESULTS.items() if each.name != form]
            self._result.serialize(cast(IO[bytes], XmlFile(out, instead)), format=known)
        elif form == "csv" and self._may_have_triples:
            text = self._result.serialize(format=ox.QueryResultsFormat.JSON) or b""
            if b'"type":"triple"' in text:  # within a string, JSON would escape the quotation marks
                raise has_triple(media_type, RESULTS)
            table = ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)
            table.serialize(out, format=ox.QueryResultsFormat.CSV)
        else:
            self._result.serialize(out, format=known)
