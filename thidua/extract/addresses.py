"""Addresses that an article may be fetched from: of hosts that the operator named, and nowhere inside."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from thidua.base.errors import QueryRefusedError

_PORTS: Final = {"http": 80, "https": 443}
#: Characters of an address.
_LONGEST: Final = 2000
#: IPv6 networks whose addresses hold an IPv4 address, and where: it may be one of inside.
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Target:
    """Where to connect, and what to ask there."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""
    numeric: str
    """The address that was looked at: this one is connected to, and the name is not asked for again."""

    @property
    def address(self) -> str:
        """As a browser would show it."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


def hosts(setting: str) -> tuple[str, ...]:
    """The hosts of a setting: names, separated by commas or spaces; ``*.gov.vn`` for all below it."""
    return tuple(_ascii(each) for each in setting.replace(",", " ").split())


def target(address: str, allowed: Iterable[str], *, base: str = "", loopback: bool = False) -> Target:
    """What an address leads to, if it may be fetched.

    :param base: where it was found, of a redirect.
    :param loopback: for tests alone: this machine, at any port, may be asked.
    :raises QueryRefusedError: it may not, and why.
    """
    address = urljoin(base, address) if base else address
    if len(address) > _LONGEST or any(ord(each) < 33 or ord(each) == 127 for each in address):
        raise QueryRefusedError("The address is too long, or has a space or a control character in it.")
    try:
        parts = urlsplit(address)
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError as exc:
        raise QueryRefusedError(f"{address!r} is no address.") from exc
    if parts.scheme not in _PORTS or not host:
        raise QueryRefusedError("Only http:// and https:// are fetched.")
    if parts.username is not None or parts.password is not None:
        raise QueryRefusedError("An address with a user name or a password in it is not fetched.")
    if not any(_covers(name, host) for name in allowed):
        raise QueryRefusedError(f"Nothing is fetched from {host}: the operator has not named it. Paste the text.")
    port = _PORTS[parts.scheme] if port is None else port
    if port != _PORTS[parts.scheme] and not loopback:
        raise QueryRefusedError(f"Nothing is fetched from port {port}; leave the port out.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise QueryRefusedError("The address has letters that must be escaped; copy it from the browser's bar.")
    return Target(parts.scheme, host, port, path, _public(host, port, loopback=loopback))


def is_public(text: str) -> bool:
    """Whether a numeric address is one of the world's, and not of inside, in whatever form it is written."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(
        each.is_global and not (each.is_multicast or each.is_reserved or each.is_unspecified) for each in _meant(found)
    )


def _meant(found: Address) -> Iterable[Address]:
    """An address, and those that it stands for."""
    yield found
    if isinstance(found, ipaddress.IPv6Address):
        inner = (found.ipv4_mapped, found.sixtofour, *(found.teredo or ()))
        yield from (each for each in inner if each is not None)
        if found in _NAT64 or int(found) >> 32 == 0:
            yield ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)


def _public(host: str, port: int, *, loopback: bool) -> str:
    """The first address of a host, all of which must be public: one that is not would be chosen by whoever answers."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise QueryRefusedError(f"No address is known of {host}.") from exc
    numeric = [str(each[4][0]) for each in found]
    for each in numeric:
        if not (is_public(each) or (loopback and ipaddress.ip_address(each).is_loopback)):
            raise QueryRefusedError(f"{host} leads to {each}, which is not public; nothing is fetched from there.")
    return numeric[0]


def _covers(name: str, host: str) -> bool:
    return host.endswith(name[1:]) and len(host) > len(name) - 1 if name.startswith("*.") else host == name


def _ascii(host: str) -> str:
    """A host's name as DNS has it; one that cannot be a name is none."""
    star, host = ("*.", host[2:]) if host.startswith("*.") else ("", host)
    try:
        return star + host.rstrip(".").lower().encode("idna").decode()
    except UnicodeError:
        return ""
