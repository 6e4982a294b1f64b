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
from thidua.engine.query import Query, SerializedResult
from thidua.versions.store import Identity
from thidua.workers.memory_budget import LruCache, MemoryBudget

#: One answer takes no more than this part of the memory for all.
_SHARE: Final = 4
#: Bytes above which an answer is kept packed: tables say the same over and over, and shrink to a twentieth.
_LARGE: Final = 1 << 20
#: Packed answers that lie unpacked on disk too, for whoever asks again.
_UNPACKED: Final = 4
#: Bytes that an answer costs in memory beside its content and its query's text.
_ENTRY: Final = 700
#: A version as it is at this moment, and a query.
Key = tuple[Path, Identity, Query]


class AnswerCache:
    """The last used answers, within a budget; a version never changes, so they stay true."""

    def __init__(self, budget: MemoryBudget) -> None:
        self._largest = budget.most // _SHARE
        self._entries: LruCache[Key, CachedAnswer] = LruCache(budget)
        self._files: OrderedDict[Key, IO[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Key) -> "CachedAnswer | None":
        """An answer as it is kept, which is used from now on."""
        return self._entries.get(key)

    def open(self, key: Key, entry: "CachedAnswer") -> SerializedResult:
        """The answer that was found, at its beginning."""
        with self._lock:
            file = reopened(self._files[key]) if key in self._files else None
        if file is None:
            file = entry.file()
            self._lay_open(key, entry, file)
        return SerializedResult(entry.form, entry.media_type, file, entry.answered_by)

    def put(self, key: Key, result: SerializedResult) -> None:
        """Keep an answer, unless it is too large."""
        if entry := CachedAnswer.of(result, self._largest):
            self._entries.put(key, entry, entry.size(key[-1]))
            self._lay_open(key, entry, result.file)

    def _lay_open(self, key: Key, entry: "CachedAnswer", file: IO[bytes]) -> None:
        """Let those who ask next read the same file, which nobody writes any more."""
        if entry.packed:
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
class CachedAnswer:
    """An answer in memory."""

    form: str
    media_type: str
    content: bytes
    packed: bool
    answered_by: str

    @classmethod
    def of(cls, result: SerializedResult, most: int) -> "CachedAnswer | None":
        """An answer; None if it takes more than so many bytes."""
        packed = result.file.seek(0, os.SEEK_END) > _LARGE
        result.file.seek(0)
        packer, pieces, size = zlib.compressobj(1), list[bytes](), 0
        while size <= most and (piece := result.file.read(_LARGE)):
            pieces.append(packer.compress(piece) if packed else piece)
            size += len(pieces[-1])
        if packed:
            pieces.append(packer.flush())
        result.file.seek(0)
        content = b"".join(pieces)
        if len(content) > most:
            return None
        return cls(result.form, result.media_type, content, packed, result.answered_by)

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
