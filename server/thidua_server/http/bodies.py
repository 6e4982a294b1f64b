"""Request bodies: read whole, or refused. Nothing ever takes the beginning of one for all of it.

Flask's own reader ends without a word at the largest size, when a body has no Content-Length, and wherever the client
leaves, when it has one. So the app's requests have this one, which everything reads through: bodies, forms and files.
"""

import contextlib
import io
from collections.abc import Iterator
from typing import IO, Any, Final, cast

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property

from thidua.base.temporary import temporary_space

#: Bytes read in one piece.
_PIECE: Final = 1 << 20
#: Bytes of a body that is refused anyway.
_READ_ON: Final = 64_000_000


class WholeRequest(Request):
    """A request whose body is whole, and no longer than ``max_content_length``, or an error."""

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body, which can be read once.

        :raises RequestEntityTooLarge: it is longer than allowed; as soon as that is known.
        """
        return cast(IO[bytes], _Body(self.environ, self.content_length, self.max_content_length))

    def make_form_data_parser(self) -> FormDataParser:
        """A parser that says what is wrong; Flask's takes a form that breaks off for an empty one."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser

    def _load_form_data(self) -> None:
        try:
            with temporary_space():  # where large files are kept
                super()._load_form_data()
        except ValueError as exc:
            raise BadRequest(f"The form cannot be read, or is not whole: {exc}") from exc


class _Body(io.RawIOBase):
    """A body as a file: at its end it is whole."""

    def __init__(self, environ: dict[str, Any], length: int | None, most: int | None) -> None:
        self._source: IO[bytes] = environ["wsgi.input"]
        # Of unknown length, it ends where the server says so; where none says so, there is no body.
        self._length = 0 if length is None and "wsgi.input_terminated" not in environ else length
        self._most = most
        self._read = 0
        if length is not None and most is not None and length > most:
            raise _too_large(most)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._next(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self._next(_PIECE), b""))

    def _next(self, size: int) -> bytes:
        """The next bytes; none at the end.

        :raises BadRequest: it ended too early, or is not encoded as HTTP has it.
        :raises RequestEntityTooLarge: it goes on beyond what is allowed.
        """
        left = size if self._length is None else self._length - self._read
        with _failures_told(self._read):
            piece = self._source.read(min(size, left)) if left else b""
        self._read += len(piece)
        if not piece and self._length is not None and left:
            raise BadRequest(
                f"The body ended after {self._read:,} of {self._length:,} bytes, or took too long; nothing was done "
                "with it. Send it again."
            )
        if self._most is not None and self._read > self._most:
            raise _too_large(self._most)
        return piece


def pass_over(environ: dict[str, Any]) -> None:
    """Take in what is left of a body that is too large, within reason: a client that is cut off reads no answer."""
    left = _READ_ON
    with contextlib.suppress(Exception):
        while left > 0 and (piece := environ["wsgi.input"].read(min(left, 1 << 16))):
            left -= len(piece)


@contextlib.contextmanager
def _failures_told(read: int) -> Iterator[None]:
    """What the server finds wrong with a body, as an answer to its client."""
    try:
        yield
    except OSError as exc:
        raise BadRequest(
            f"The body broke off after {read:,} bytes, or took too long; nothing was done with it. Send it again."
        ) from exc
    except Exception as exc:  # each server has errors of its own for this
        raise BadRequest(f"The body is not chunked as HTTP has it ({exc}); nothing was done with it.") from exc


def _too_large(most: int) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"The body is longer than {most:,} bytes; send less.")
