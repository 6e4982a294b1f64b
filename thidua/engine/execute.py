"""Request execution: one request, run against a version and serialised; the same in this process and in a worker."""

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import IO, Final, cast

from thidua.base.errors import AnswerTooLargeError, NotAcceptableError
from thidua.base.formats import GRAPHS, RESULTS
from thidua.base.temporary import temporary_file, temporary_space
from thidua.engine.backend import VersionReader
from thidua.engine.query import Diff, Dump, GraphExport, Query, Request, SerializedResult
from thidua.rdf.dumps import write_dump
from thidua.rdf.excerpt import excerpt
from thidua.versions.diff import compare

#: Results up to this many bytes stay in memory.
_IN_MEMORY: Final = 1 << 20
#: Bytes written into a file at once; the engine itself writes a few thousand.
_BUFFER: Final = 1 << 18


class ResultFile:
    """A file that a result is written to, and that refuses to grow beyond a size; a small one stays in memory."""

    def __init__(self, most: float = float("inf"), stretch: int = 1) -> None:
        """Begin an empty one.

        :param most: bytes that an answer may have.
        :param stretch: how many times as long this may be, if it is an answer in another form.
        """
        self._most = most
        self._stretch = stretch
        self._size = 0
        self.file: IO[bytes] = BytesIO()

    def write(self, data: bytes) -> int:
        self._size += len(data)
        if self._size > self._most * self._stretch:
            raise AnswerTooLargeError(
                f"The answer is larger than {self._most // 1_000_000} MB; add a LIMIT, or ask for less.", "answer"
            )
        if self._size <= _IN_MEMORY:
            return self.file.write(data)
        with temporary_space():
            if isinstance(self.file, BytesIO):
                start, self.file = self.file.getvalue(), temporary_file(_BUFFER)
                self.file.write(start)
            return self.file.write(data)

    def flush(self) -> None:
        if not isinstance(self.file, BytesIO):
            with temporary_space():
                self.file.flush()


def execute(
    request: Request, folder: Path, opened: Callable[[Path], VersionReader], out: ResultFile
) -> SerializedResult:
    """Run a request.

    :param folder: of the version that it is about.
    :param opened: opens a version for reading, or has it open.
    :param out: where the result is written.
    :raises NotAcceptableError: the result does not come in a format that is acceptable.
    """
    try:
        form, media_type, file = _write(request, folder, opened, out)
        out.flush()
        file.seek(0)
    except BaseException:
        with suppress(OSError):  # for want of room, most likely, which is being told
            out.file.close()
        raise
    return SerializedResult(form, media_type, file)


def _write(
    request: Request, folder: Path, opened: Callable[[Path], VersionReader], out: ResultFile
) -> tuple[str, str, IO[bytes]]:
    file = cast(IO[bytes], out)  # nobody asks more of it than it has
    match request:
        case Query():
            answer = opened(folder).query(
                request.text,
                default_graphs=request.default_graphs,
                named_graphs=request.named_graphs,
                base=request.base,
            )
            media_type = request.graphs if answer.form == "GRAPH" else request.results
            if media_type is None:
                offers = tuple(GRAPHS if answer.form == "GRAPH" else RESULTS)
                raise NotAcceptableError("This answer does not come in the format that you accept.", offers)
            answer.write_to(file, media_type)
            return answer.form, media_type, excerpt(out.file, answer.form, request.rows, request.turtle)
        case GraphExport(graph, media_type):
            opened(folder).write_graph(file, media_type, graph)
            return "GRAPH", media_type, out.file
        case Dump(media_type, compressed):
            return "GRAPH", write_dump(opened(folder), file, media_type, compressed), out.file
        case Diff(other, media_type, language):
            out.write(compare(folder, Path(other)).write(media_type, language))
            return "DIFF", media_type, out.file
