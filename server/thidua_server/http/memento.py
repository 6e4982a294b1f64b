"""Memento (RFC 7089): every address is its own time gate, and the same address with ``version=`` is a memento of it.

What asks for a time gets the version of that time with status 200, and hears in ``Content-Location`` where that lasts.
"""

import datetime
from collections.abc import Iterable, Iterator
from email.utils import format_datetime
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_plus

from thidua.versions.store import Version

LINKS: Final = "application/link-format"
#: Up to how many bytes of parameters are said again in links when nobody asked for the past: those who hand answers on
#: take some kilobytes of headers.
_LONGEST: Final = 500
#: What stands in an address as it is (RFC 3986, section 2).
_PLAIN: Final = "!$&'()*+,;=:@/?-._~%"


class Address(NamedTuple):
    """What was asked, in parts: where the service begins, the path below it, and the parameters."""

    root: str
    path: str
    query: str

    def original(self) -> str:
        """Where the newest version answers."""
        return self._with(self._rest())

    def of(self, number: int) -> str:
        """Where one version answers, for as long as it is kept."""
        return self._with([*self._rest(), f"version={number}"])

    def time_map(self) -> str:
        """Where all of them are listed."""
        return self._with(self._rest(), "timemap/")

    def _rest(self) -> list[str]:
        parts = self.query.split("&") if self.query else []
        return [part for part in parts if unquote_plus(part.partition("=")[0]) != "version"]

    def _with(self, query: list[str], within: str = "") -> str:
        # As the client wrote it, byte by byte, but for what may not stand in a header.
        query_string = "?" + quote("&".join(query).encode("latin-1", "replace"), _PLAIN) if query else ""
        return f"{self.root}{within}{self.path}{query_string}"


def links(address: Address, version: Version, pinned: str) -> Iterator[str]:
    """Where the answer to a GET leads: to the newest state, to the list of all, and to the one that it has.

    :param pinned: ``version``, ``time``, or ``address`` if the path itself names the version; empty for the newest.
    """
    if pinned == "address":  # it never had another state, so it has no gate to others
        yield f'<{address.original()}>; rel="original"'
    elif pinned or len(address.query) <= _LONGEST:
        yield f'<{address.original()}>; rel="original timegate"'
        yield f'<{address.time_map()}>; rel="timemap"; type="{LINKS}"'
        yield _memento(address, version)


def time_map(address: Address, versions: Iterable[Version], here: str) -> str:
    """All versions of what an address answers, as RFC 6690 writes links.

    :param here: the address of the list.
    """
    kept = sorted(versions, key=lambda version: version.number)
    span = f'; from="{http_date(kept[0])}"; until="{http_date(kept[-1])}"' if kept else ""
    links = [f'<{address.original()}>; rel="original timegate"', f'<{here}>; rel="self"; type="{LINKS}"{span}']
    return ",\n".join([*links, *(_memento(address, version) for version in reversed(kept))]) + "\n"


@lru_cache(256)
def http_date(version: Version) -> str:
    """When a version was published, as HTTP writes it."""
    return format_datetime(datetime.datetime.fromisoformat(version.time).astimezone(datetime.UTC), usegmt=True)


def _memento(address: Address, version: Version) -> str:
    return f'<{address.of(version.number)}>; rel="memento"; datetime="{http_date(version)}"'
