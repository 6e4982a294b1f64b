"""Where a query runs: in this process, for one's own questions, or in a worker that can be killed, for strangers'."""

import json
import os
import threading
import zlib
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from thidua.diff import compare
from thidua.errors import EngineError, NotAcceptableError
from thidua.excerpt import excerpt
from thidua.formats import GRAPHS, RESULTS
from thidua.pool import Caller, QueryPool
from thidua.remote.addresses import Addresses
from thidua.remote.opening import opened
from thidua.rows import Cell, Record
from thidua.scan import Scanned
from thidua.store import QuadStore, triple_term, write_dump
from thidua.temporary import temporary_file, temporary_space
from thidua.versions import Identity, identity

if TYPE_CHECKING:
    from thidua.remote.reader import RemoteVersion

_JSON: Final = "application/sparql-results+json"


@dataclass(frozen=True)
class Query:
    """A SPARQL query and what its answer is to be written in."""

    text: str
    results: str | None = _JSON
    """Media type for SELECT and ASK; None when no table is acceptable."""
    graphs: str | None = "text/turtle"
    """Media type for CONSTRUCT and DESCRIBE; None when no graph is acceptable."""
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    base: str | None = None
    rows: int | None = None
    turtle: int | None = None
    """Of a table in JSON so many rows, of a graph in Turtle so many bytes: :mod:`thidua.excerpt`."""
    repeatable: bool = False
    """Whether the same query gives the same answer on the same version, so that it may be remembered."""
    scanned: Scanned | None = field(default=None, compare=False, repr=False)
    """A stranger's text as it was read, of which ``text`` is what the engine gets; None for a query of our own."""

    def of(self, scanned: Scanned) -> "Query":
        """The same request with a stranger's text."""
        return replace(self, text=scanned.text, repeatable=scanned.repeatable, scanned=scanned)


@dataclass(frozen=True)
class Written:
    """An answer, written out whole: ``form`` is SELECT, ASK or GRAPH; ``file`` stands at its beginning."""

    form: str
    media_type: str
    file: IO[bytes]

    def read(self) -> bytes:
        """All of it."""
        with self.file:
            return self.file.read()


class Engine(Protocol):
    """Answers queries from the folder of a published version."""

    def query(self, folder: Path, query: Query, caller: Caller) -> Written:
        """Answer any query."""
        ...

    def table(self, folder: Path, text: str, caller: Caller) -> tuple[tuple[str, ...], list[Record]]:
        """Answer a SELECT as cells."""
        ...

    def graph(self, folder: Path, graph: str | None, media_type: str, caller: Caller) -> Written:
        """Write out one graph, the default graph for None."""
        ...

    def dump(self, folder: Path, media_type: str, compressed: bool, caller: Caller) -> Written:
        """Write out a whole version."""
        ...

    def compared(self, folder: Path, other: Path, media_type: str, language: str, caller: Caller) -> Written:
        """Write out what became different between two versions."""
        ...


class InProcess:
    """Runs queries here, without limits: for the command line, notebooks and tests."""

    def __init__(self, addresses: Addresses | None = None) -> None:
        self._addresses = addresses
        self._opened: tuple[Path, QuadStore | RemoteVersion] | None = None

    def query(self, folder: Path, query: Query, caller: Caller) -> Written:
        answer = self._store(folder).query(
            query.text, default_graphs=query.default_graphs, named_graphs=query.named_graphs, base=query.base
        )
        media_type = query.graphs if answer.form == "GRAPH" else query.results
        if media_type is None:
            offers = tuple(GRAPHS if answer.form == "GRAPH" else RESULTS)
            raise NotAcceptableError(f"A {answer.form} answer does not come in that format.", offers)
        out = BytesIO(answer.write(media_type))
        return Written(answer.form, media_type, excerpt(out, answer.form, query.rows, query.turtle))

    def table(self, folder: Path, text: str, caller: Caller) -> tuple[tuple[str, ...], list[Record]]:
        columns, records = self._store(folder).table(text)
        return columns, list(records)

    def graph(self, folder: Path, graph: str | None, media_type: str, caller: Caller) -> Written:
        out = BytesIO()
        self._store(folder).write_graph(out, media_type, graph)
        out.seek(0)
        return Written("GRAPH", media_type, out)

    def dump(self, folder: Path, media_type: str, compressed: bool, caller: Caller) -> Written:
        with ExitStack() as unfinished:
            out = unfinished.enter_context(temporary_file())
            media_type = write_dump(self._store(folder), out, media_type, compressed)
            out.seek(0)
            unfinished.pop_all()
        return Written("GRAPH", media_type, out)

    def compared(self, folder: Path, other: Path, media_type: str, language: str, caller: Caller) -> Written:
        return Written("DIFF", media_type, BytesIO(compare(folder, other).write(media_type, language)))

    def _store(self, folder: Path) -> "QuadStore | RemoteVersion":
        if self._opened is None or self._opened[0] != folder:
            self._opened = (folder, opened(folder, self._addresses))
        return self._opened[1]


#: One answer takes no more than this part of the memory for all.
_SHARE: Final = 4
#: Bytes above which an answer is kept packed: tables say the same over and over, and shrink to a twentieth.
_LARGE: Final = 1 << 20
#: Packed answers that lie unpacked on disk too, for whoever asks again.
_UNPACKED: Final = 4
#: Bytes that an answer costs in memory beside its content and its query's text.
_ENTRY: Final = 700


#: A version as it is at this moment, and a query.
_Key = tuple[Path, Identity, Query]


class _Remembered:
    """The last used answers up to a number of bytes; a version never changes, so they stay true."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._answers: OrderedDict[_Key, _Kept] = OrderedDict()
        self._files: OrderedDict[_Key, IO[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def is_large(self, key: _Key) -> bool:
        """Whether to get an answer takes work that is worth to be counted."""
        found = self._answers.get(key)
        return found is not None and found.packed

    def get(self, key: _Key) -> Written | None:
        with self._lock:
            if (found := self._answers.get(key)) is None:
                return None
            self._answers.move_to_end(key)
            file = reopened(self._files[key]) if key in self._files else None
        if file is None:
            file = found.file()
            self._lay_open(key, found, file)
        return Written(found.form, found.media_type, file)

    def put(self, key: _Key, written: Written) -> None:
        if (kept := _Kept.of(written, self._most // _SHARE)) is None:
            return
        with self._lock:
            if key not in self._answers:
                self._size += kept.size(key[-1])
            self._answers[key] = kept
            while self._size > self._most:
                (*_, query), dropped = self._answers.popitem(last=False)
                self._size -= dropped.size(query)
        self._lay_open(key, kept, written.file)

    def _lay_open(self, key: _Key, kept: "_Kept", file: IO[bytes]) -> None:
        """Let those who ask next read the same file, which nobody writes any more."""
        if kept.packed:
            with self._lock:
                self._files[key] = reopened(file)
                self._files.move_to_end(key)
                while len(self._files) > _UNPACKED:
                    self._files.popitem(last=False)[1].close()


def reopened(file: IO[bytes]) -> IO[bytes]:
    """An unnamed file once more, at its beginning; it ends with the last who has it open."""
    file.flush()
    return open(f"/proc/self/fd/{file.fileno()}", "rb")  # noqa: PTH123 - handed over


@dataclass(frozen=True)
class _Kept:
    """An answer in memory."""

    form: str
    media_type: str
    content: bytes
    packed: bool

    @classmethod
    def of(cls, written: Written, most: int) -> "_Kept | None":
        """An answer; None if it takes more than so many bytes."""
        packed = written.file.seek(0, os.SEEK_END) > _LARGE
        written.file.seek(0)
        packer, pieces, size = zlib.compressobj(1), list[bytes](), 0
        while size <= most and (piece := written.file.read(_LARGE)):
            pieces.append(packer.compress(piece) if packed else piece)
            size += len(pieces[-1])
        if packed:
            pieces.append(packer.flush())
        written.file.seek(0)
        content = b"".join(pieces)
        return cls(written.form, written.media_type, content, packed) if len(content) <= most else None

    def size(self, query: Query) -> int:
        """Bytes that it takes, with the query that it answers."""
        return _ENTRY + len(self.content) + len(query.text)

    def file(self) -> IO[bytes]:
        """The answer, at its beginning; a large one on disk, as when it was new."""
        if not self.packed:
            return BytesIO(self.content)
        out, unpacker, left = temporary_file(), zlib.decompressobj(), self.content
        with temporary_space():
            while not unpacker.eof:
                out.write(unpacker.decompress(left, _LARGE))
                left = unpacker.unconsumed_tail
            out.seek(0)
        return out


class Pooled:
    """Runs queries in the workers of a pool, under its limits."""

    def __init__(self, pool: QueryPool) -> None:
        self.pool = pool
        self._remembered = _Remembered(pool.limits.cache * 1_000_000)

    def query(self, folder: Path, query: Query, caller: Caller) -> Written:
        if not query.repeatable:
            return self._query(folder, query, caller)
        key = (folder, identity(folder), query)
        if self._remembered.is_large(key):
            with self.pool.at_hand(caller):
                written = self._remembered.get(key)
        else:
            written = self._remembered.get(key)
        if written is None:
            written = self._query(folder, query, caller)
            self._remembered.put((folder, key[1], replace(query, scanned=None)), written)
        return written

    def _query(self, folder: Path, query: Query, caller: Caller) -> Written:
        head = {
            "op": "query",
            "store": str(folder),
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
            "base": query.base,
            "results": query.results,
            "graphs": query.graphs,
            "rows": query.rows,
            "turtle": query.turtle,
            "sent": query.scanned.sent if query.scanned else None,
        }
        return self._run(head, query.text.encode("utf-8", "replace"), caller)

    def table(self, folder: Path, text: str, caller: Caller) -> tuple[tuple[str, ...], list[Record]]:
        return records_of_json(json.loads(self.query(folder, Query(text, repeatable=True), caller).read()))

    def graph(self, folder: Path, graph: str | None, media_type: str, caller: Caller) -> Written:
        head = {"op": "graph", "store": str(folder), "graph": graph, "media_type": media_type}
        return self._run(head, b"", caller)

    def dump(self, folder: Path, media_type: str, compressed: bool, caller: Caller) -> Written:
        head = {"op": "dump", "store": str(folder), "media_type": media_type, "compressed": compressed}
        return self._run(head, b"", caller)

    def compared(self, folder: Path, other: Path, media_type: str, language: str, caller: Caller) -> Written:
        return self._run(
            {"op": "diff", "store": str(folder), "other": str(other), "media_type": media_type, "language": language},
            b"",
            caller,
        )

    def _run(self, head: dict[str, Any], body: bytes, caller: Caller) -> Written:
        reply, file = self.pool.run(head, body, caller)
        file.seek(0)
        return Written(reply["form"], reply["media_type"], file)


def records_of_json(document: dict[str, Any]) -> tuple[tuple[str, ...], list[Record]]:
    """SPARQL's JSON results of a SELECT as columns and records."""
    columns = tuple(document["head"]["vars"])
    bindings = document["results"]["bindings"]
    return columns, [{name: cell_of_json(binding.get(name)) for name in columns} for binding in bindings]


def cell_of_json(term: dict[str, Any] | None) -> Cell | None:
    """A term of SPARQL's JSON results as a cell."""
    match term:
        case None:
            return None
        case {"type": "uri", "value": value}:
            return Cell(value, "iri")
        case {"type": "bnode", "value": value}:
            return Cell(value, "blank")
        case {"type": "literal", "value": value, "xml:lang": language}:
            return Cell(value, "literal", _LANG_STRING, language)
        case {"type": "literal", "value": value}:
            return Cell(value, "literal", term.get("datatype", _STRING))
        case {"type": "triple", "value": parts}:
            terms = [cell_of_json(parts[part]) for part in ("subject", "predicate", "object")]
            return triple_term([term for term in terms if term])
        case _:
            raise EngineError(f"the engine's answer has a term that is none: {term}")


_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_LANG_STRING: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
