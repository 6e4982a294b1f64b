"""Canonical URLs and fingerprints of articles: one form for all the addresses of one article.

The text itself is never kept in the graph: a source is fixed by its fingerprint, a passage by its position.
"""

import hashlib
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from thidua.base.errors import InputError

_ID_IN_NAME: Final = re.compile(r"(?:^|_)([0-9a-f]{16})$")
_ID_LENGTH: Final = 16
_QUOTED: Final = 60
_SLUG: Final = re.compile(r"[A-Za-z0-9_-]+")

#: A copy in a web archive, and what it is a copy of.
_ARCHIVED: Final = re.compile(r"(?:https?://)?(?:web\.)?archive\.org/web/(?:[0-9]{1,14}(?:[a-z]{2}_)?|\*)/(?=\S)", re.I)
_SCHEME: Final = re.compile(r"https?:/{1,2}", re.I)
#: Parameters that say where a reader came from, not what is read.
_TRACKING: Final = re.compile(
    r"(?:utm_\w+|[gdy]clid|[gw]braid|fbclid|msclkid|twclid|ttclid|igshid|igsh|mc_[ce]id|_ga|_gl|zarsrc)", re.I
)
_ESCAPED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True)
class SourceText:
    """An article in hand: NFC text, its SHA-256, and the id that its records bear."""

    id: str
    text: str
    sha256: str

    @classmethod
    def of(cls, text: str) -> "SourceText":
        """A text that came without a file: lines end as ours do, letters are in NFC, and so it is fingerprinted."""
        text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        return cls(sha256[:_ID_LENGTH], text, sha256)

    def breaks_word(self, position: int) -> bool:
        """Whether a position lies between two letters or digits of one word."""
        return 0 < position < len(self.text) and _in_word(self.text[position - 1]) and _in_word(self.text[position])

    def word_edges(self, start: int, end: int) -> tuple[int, int]:
        """A span widened to whole words."""
        while self.breaks_word(start):
            start -= 1
        while self.breaks_word(end):
            end += 1
        return start, end

    def shown(self, start: int, end: int) -> str:
        """A span as a message quotes it: its beginning and its end."""
        text = " ".join(self.text[start:end].split())
        return text if len(text) <= _QUOTED else f"{text[: _QUOTED // 2]}…{text[-_QUOTED // 2 :]}"


def read_text(path: Path) -> SourceText:
    """Read an article. The id is the 16 hex digits that end its file name, else the first 16 of its SHA-256.

    :raises InputError: the file is not UTF-8 text, or not in NFC, in which positions are counted.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({exc}); convert it first") from exc
    if not unicodedata.is_normalized("NFC", text):
        raise InputError(f"{path}: the text is not in NFC; convert it first, for example with `uconv -x nfc`")
    sha256 = hashlib.sha256(content).hexdigest()
    named = _ID_IN_NAME.search(path.stem)
    return SourceText(named[1] if named else sha256[:_ID_LENGTH], text, sha256)


def kept(folder: str | Path, source_id: str) -> Path | None:
    """The file ``<id>.txt`` with the text of a source, in a folder of articles that an operator may keep."""
    if not str(folder) or not _SLUG.fullmatch(source_id):
        return None
    path = Path(folder) / f"{source_id}.txt"
    return path if path.is_file() else None


def id_of_address(address: str) -> str:
    """The id of a source known by its address only: the first 16 hex digits of the address's SHA-256."""
    return hashlib.sha256(address.encode()).hexdigest()[:_ID_LENGTH]


def normalised(address: str) -> str:
    """An address in the form that all addresses of one article share.

    Without scheme, ``www.``, default port, fragment, trailing slash and tracking parameters; the host in lower case,
    percent escapes in one form, parameters in order; of a web archive's copy, the address of the original.

    :source: https://www.rfc-editor.org/rfc/rfc3986#section-6.2
    """
    address = address.strip()
    while copy := _ARCHIVED.match(address):
        address = address[copy.end() :]
    address = "http://" + _SCHEME.sub("", address, count=1) if _SCHEME.match(address) else "http://" + address
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip(".").removeprefix("www."), parts.port
    except ValueError:  # it is none
        return address
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    given = (each for each in parts.query.split("&") if each and not _TRACKING.fullmatch(each.partition("=")[0]))
    query = "&".join(sorted(map(_escaped, given)))
    where = host if port in (None, 80, 443) else f"{host}:{port}"
    return where + _escaped(parts.path).rstrip("/") + (f"?{query}" if query else "")


def _escaped(text: str) -> str:
    """Percent escapes in one form: of what needs none, none; of the others, in capitals."""

    def plain(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if _UNRESERVED.fullmatch(character) else found[0].upper()

    return _ESCAPED.sub(plain, quote(text, safe="!#$%&'()*+,/:;=?@[]~"))


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) == "Mn"
