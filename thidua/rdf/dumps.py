"""Dumps: all of a store as one file, and a store filled from one at the engine's bulk-loading speed."""

import gzip
from pathlib import Path
from typing import IO, Protocol, cast

import pyoxigraph as ox

from thidua.rdf.quads import QuadStore

#: Bytes read from a file in one piece.
_PIECE = 1 << 20


class Dumps(Protocol):
    """What can write itself out."""

    def dump(self, out: IO[bytes], media_type: str) -> None:
        """Write everything."""
        ...


def write_dump(store: Dumps, out: IO[bytes], media_type: str, compressed: bool = False) -> str:
    """Write all of a store, gzipped if wanted; the same store gives the same bytes.

    :return: the media type of what was written.
    """
    if not compressed:
        store.dump(out, media_type)
        return media_type
    with gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0) as file:
        store.dump(cast(IO[bytes], file), media_type)
    return "application/gzip"


def load_dump(store: QuadStore, path: Path, graph: str | None) -> None:
    """Add what a store has dumped into a file, which is changed; blank nodes keep their names.

    :param graph: where triples go; None for a dump of quads or of the default graph.
    :raises ValueError: it is not whole.
    """
    form = ox.RdfFormat.N_QUADS if graph is None else ox.RdfFormat.N_TRIPLES
    target = None if graph is None else ox.NamedNode(graph)
    blank = _set_blank_aside(path)
    try:
        # The engine reads text many times faster than it takes objects, but renames blank nodes.
        store.raw.bulk_load(path=str(path), format=form, to_graph=target, lenient=True)
    except SyntaxError as exc:
        raise ValueError(exc.msg) from exc
    quads = ox.parse(blank, format=form)
    store.raw.extend(quads if target is None else (ox.Quad(q.subject, q.predicate, q.object, target) for q in quads))


def _set_blank_aside(dump: Path) -> bytes:
    """Make comments of the lines of a dump that may have blank nodes, which the engine would rename; give the lines."""
    found: list[bytes] = []
    at = 0
    with dump.open("r+b") as file:
        while piece := file.read(_PIECE) + file.readline():  # whole lines
            end = 0
            while (inside := piece.find(b"_:", end)) >= 0:
                begin, end = piece.rfind(b"\n", 0, inside) + 1, piece.find(b"\n", inside) + 1
                found.append(piece[begin:end])
                file.seek(at + begin)
                file.write(b"#")
            at += len(piece)
            file.seek(at)
    return b"".join(found)
