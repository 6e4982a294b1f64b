"""Byte streams to parse: without their byte order mark, counted, and what comes of them within bounds."""

from collections.abc import Iterable, Iterator
from typing import IO, Final, cast

import pyoxigraph as ox

_MARK: Final = b"\xef\xbb\xbf"
#: What comes out may be so many times as long as what is read, and some more: prefixes and bases are short for IRIs.
_GROWTH: Final = 64
_AT_LEAST: Final = 10_000_000


class ByteSource:
    """A file read without the byte order mark that it may begin with; counts its bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        begins = not self.size
        self.size += len(piece)
        if not begins:
            return piece
        while len(piece) < len(_MARK) and (more := self._file.read(len(_MARK) - len(piece))):
            piece += more
        if piece.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise ValueError("it is UTF-16; save it as UTF-8")
        # An empty piece would be the end.
        return piece.removeprefix(_MARK) or self._file.read(size)


def unmarked(file: IO[bytes]) -> IO[bytes]:
    """A file to read without the byte order mark that it may begin with."""
    return cast(IO[bytes], ByteSource(file))


def bounded(quads: Iterable[ox.Quad], source: ByteSource) -> Iterator[ox.Quad]:
    """The same quads, as long as what they say is in proportion to what was read."""
    size = 0
    for quad in quads:
        size += len(quad.predicate.value)
        for part in (quad.subject, quad.object):
            if not isinstance(part, ox.Triple):
                size += len(part.value)
        if size > _AT_LEAST + _GROWTH * source.size:
            raise ValueError(f"what it stands for is more than {_GROWTH} times as long; send it as N-Triples")
        yield quad
