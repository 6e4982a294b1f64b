"""What a curator needs to add a source: its id, a file to begin with, and evidence for a passage.

The text itself is never kept: a source is fixed by its fingerprint, a passage by its position.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from thidua.errors import InputError
from thidua.terms import PREFIXES

_ID_IN_NAME = re.compile(r"(?:^|_)([0-9a-f]{16})$")
_ID_LENGTH = 16


@dataclass(frozen=True)
class SourceText:
    """An article in hand: NFC text, its SHA-256, and the id that its records bear."""

    id: str
    text: str
    sha256: str


def read_text(path: Path) -> SourceText:
    """Read an article. The id is the 16 hex digits that end its file name, else the first 16 of its SHA-256.

    :raises InputError: the file is not UTF-8 text, or not in NFC, in which positions are counted.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({exc}); convert it first") from exc
    if not unicodedata.is_normalized("NFC", text):
        raise InputError(f"{path}: the text is not in NFC; convert it first, for example with `uconv -x nfc`")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    named = _ID_IN_NAME.search(path.stem)
    return SourceText(named[1] if named else sha256[:_ID_LENGTH], text, sha256)


def id_of_address(address: str) -> str:
    """The id of a source known by its address only: the first 16 hex digits of the address's SHA-256."""
    return hashlib.sha256(address.encode()).hexdigest()[:_ID_LENGTH]


def passages(source: SourceText, phrase: str) -> Iterator[tuple[str, int, str]]:
    """Each place where a phrase stands: (evidence name for Turtle, line from 1, the line's text).

    Upper and lower case are alike; white space in the phrase matches any white space.
    """
    pattern = re.compile(r"\s+".join(map(re.escape, unicodedata.normalize("NFC", phrase).split())), re.IGNORECASE)
    for found in pattern.finditer(source.text):
        line = source.text.count("\n", 0, found.start()) + 1
        yield f"ev:{source.id}_{found.start()}-{found.end()}", line, source.text.splitlines()[line - 1].strip()


def template(source: SourceText | None, address: str) -> tuple[str, str]:
    """A file to begin with: (its name in data/sources/, its text)."""
    source_id = source.id if source else id_of_address(address)
    evidence = f"ev:{source_id}_0-100" if source else f"ev:{source_id}"
    facts = [f'schema:url "{address}"^^xsd:anyURI'] if address else []
    facts += [f'td:contentHash "{source.sha256}"'] if source else []
    facts += ['schema:inLanguage "vi"']
    used = ("td", "c", "cluster", "edition", "head", "member", "province", "src", "ev", "org", "schema", "skos", "xsd")
    header = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in used)
    return f"{source_id}.ttl", (
        f"# Who published it, and what it tells.\n{header}\n"
        f"src:{source_id}\n    " + " ;\n    ".join(facts) + " .\n\n"
        "# The cluster in that year; every fact below hangs on it.\n"
        "edition:dong-bang-song-hong_2030\n"
        "    td:editionOf cluster:dong-bang-song-hong ;\n"
        "    td:year 2030 ;\n"
        "    td:headTerm head:dong-bang-song-hong_2030_ninh-binh-2025 ;\n"
        f"    td:statedBy {evidence} .\n\n"
        "head:dong-bang-song-hong_2030_ninh-binh-2025\n"
        "    org:member province:ninh-binh-2025 ;\n"
        f"    td:statedBy {evidence} .\n"
    )
