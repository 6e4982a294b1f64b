"""LRU cache of query results, by version and query."""

import os
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from thidua.base.temporary import temporary_file, temporary_space
from thidua.engine.query import Query, Written
from thidua.versions.store import Identity

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
