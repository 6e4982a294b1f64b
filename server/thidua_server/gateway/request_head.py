"""Request heads at a glance: how much of a body to collect, and who sends it, before anything is parsed.

What is looked for here only decides how long to wait, and for whom; what a request is, gunicorn's parser says.
"""

import re
from typing import Final

#: Bytes of a request that are collected: a query and its parameters, not the body of a large write.
_COLLECTED: Final = 320 * 1024
#: Bytes that a request's head may have; the parser has finer limits.
LONGEST: Final = 64 * 1024

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n", re.IGNORECASE)
_EXPECT: Final = re.compile(rb"\r\nexpect:", re.IGNORECASE)
_WRITE: Final = re.compile(rb"[A-Z]+ /(update|data|curate)[/? ]")
_FORWARDED: Final = re.compile(rb"\r\nx-forwarded-for:([^\r\n]*)", re.IGNORECASE)
_TOKEN: Final = re.compile(rb"\r\nauthorization:", re.IGNORECASE)


def to_collect(head: bytes) -> int:
    """Bytes of a body to collect; 0 for one that is too large, of unknown size, or sent only when asked for."""
    if _EXPECT.search(head) or not (found := _LENGTH.search(head)):
        return 0
    return length if (length := int(found[1])) <= _COLLECTED else 0


def is_write(received: bytearray) -> bool:
    """Whether it goes to an address that is written to."""
    return _WRITE.match(received) is not None


def has_token(received: bytearray) -> bool:
    """Whether somebody signs it."""
    return _TOKEN.search(received, 0, _end(received)) is not None


def forwarded_for(received: bytearray, proxies: int) -> str | None:
    """Whom the outermost of our proxies speaks for, if it says so."""
    given = b",".join(_FORWARDED.findall(received, 0, _end(received))).decode("latin-1")
    named = given.split(",") if given else []
    return named[-proxies].strip() if len(named) >= proxies else None


def _end(received: bytearray) -> int:
    return received.find(b"\r\n\r\n") + 2
