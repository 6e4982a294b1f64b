"""XML 1.0 output: no control characters, and a carriage return only as a reference.

Most writers of XML let both through; then the document does not parse, or a text comes back as another.
"""

import re
from collections.abc import Sequence
from typing import IO, Final

from thidua.base.errors import NotAcceptableError

#: In UTF-8: U+0000 to U+001F but for tab, line feed and carriage return; U+FFFE and U+FFFF.
_UNSAYABLE: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
#: What the name of an element begins with, and what it goes on with (NCName).
_FIRST: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_BEGINS: Final = re.compile(f"[{_FIRST}]")
_GOES_ON: Final = re.compile(f"[-.0-9\u00b7\u0300-\u036f\u203f\u2040{_FIRST}]*")
#: How a carriage return is written so that a reader does not take it for the end of a line.
RETURN: Final = b"&#xD;"
#: Namespaces that nobody may declare.
_RESERVED: Final = ("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/")
_SPECIAL: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


class XmlFile:
    """A file that takes XML in UTF-8 from a writer that does not know what XML cannot say."""

    def __init__(self, out: IO[bytes], instead: Sequence[str]) -> None:
        """Write on into another file.

        :param instead: the formats that hold what XML cannot.
        """
        self._out = out
        self._instead = instead
        self._left = b""

    def write(self, data: bytes) -> int:
        """Write on.

        :raises NotAcceptableError: there is a character that XML has no way to write.
        """
        piece = self._left + bytes(data)
        # The characters looked for are three bytes long, and may come in two pieces.
        begun = 1 if piece.endswith(b"\xef") else 2 if piece.endswith(b"\xef\xbf") else 0
        piece, self._left = piece[: len(piece) - begun], piece[len(piece) - begun :]
        _refuse(piece, self._instead)
        self._out.write(piece.replace(b"\r", RETURN))
        return len(data)

    def flush(self) -> None:
        """Nothing: what is held back is no whole character."""


def refuse_unsayable(text: str, instead: Sequence[str]) -> None:
    """Refuse a text that XML has no way to write.

    :raises NotAcceptableError: it is one.
    """
    _refuse(text.encode("utf-8", "replace"), instead)


def _refuse(text: bytes, instead: Sequence[str]) -> None:
    if found := _UNSAYABLE.search(text):
        code = ord(found[0].decode())
        raise NotAcceptableError(f"A text in this answer has U+{code:04X}, which XML cannot hold.", instead)


def escaped(text: str) -> str:
    """A text as it stands in an element or an attribute, for an :class:`XmlFile`."""
    return text.translate(_SPECIAL)


def parted(iri: str) -> tuple[str, str] | None:
    """An IRI as a namespace and the longest name at its end; None where that is no name of an element."""
    end = _GOES_ON.match(iri[::-1])
    assert end
    begin = _BEGINS.search(iri, len(iri) - len(end[0]))
    if begin is None or iri[: begin.start()] in _RESERVED:
        return None
    return iri[: begin.start()], iri[begin.start() :]
