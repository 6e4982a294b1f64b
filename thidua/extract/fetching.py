"""Fetching of a page from hosts that the operator named: one process a page, which ends with it.

Nothing else leads from the desk to the outside. Each address is looked at before it is asked, those of redirects too;
size and time are capped; no cookie, no credential and no proxy of the environment goes along.
"""

import http.client
import signal
import socket
import ssl
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

from thidua.base.agent import AGENT
from thidua.base.errors import QueryTimeoutError, RemoteError
from thidua.base.sandbox import bound_resources
from thidua.extract.addresses import Target, target
from thidua.workers.process import ask_once
from thidua.workers.wire import encode_error, receive, send

#: Bytes of a page, seconds for all of it, and how often it may lead on.
LARGEST: Final = 3_000_000
PATIENCE: Final = 20.0
REDIRECTS: Final = 5
_MEMORY: Final = 512 * 1024 * 1024
_REDIRECTING: Final = (301, 302, 303, 307, 308)
_READ: Final = ("text/html", "application/xhtml+xml", "text/plain")


@dataclass(frozen=True)
class Page:
    """What was fetched."""

    content: bytes
    media_type: str
    charset: str
    """As the server names it; empty where it does not."""
    address: str
    """The last one, after redirects."""


def fetch(address: str, hosts: tuple[str, ...], *, patience: float = PATIENCE, loopback: bool = False) -> Page:
    """Fetch a page, in a process of its own.

    :param hosts: those that may be asked; see :func:`thidua.extract.addresses.hosts`.
    :param loopback: for tests alone.
    :raises QueryRefusedError: the address, or one that it leads to, is none that is fetched.
    :raises RemoteError: the server does not answer with a page.
    :raises QueryTimeoutError: it takes too long.
    """
    asked = {"address": address, "hosts": hosts, "patience": patience, "loopback": loopback}
    try:
        # Starting is not the server's time.
        head, content = ask_once("thidua.extract.fetching", asked, b"", patience + 10)
    except (TimeoutError, EOFError) as exc:
        raise QueryTimeoutError(f"{address} did not answer within {patience:g} s; paste the text.", "fetch") from exc
    return Page(content, head["media_type"], head["charset"], head["address"])


def get(address: str, hosts: tuple[str, ...], patience: float, *, loopback: bool = False) -> Page:
    """Fetch a page, in this process; raises what :func:`fetch` does."""
    until = time.monotonic() + patience
    at = target(address, hosts, loopback=loopback)
    for _ in range(REDIRECTS + 1):
        try:
            page, leads_to = _ask(at, until)
        except TimeoutError as exc:
            raise QueryTimeoutError(f"{at.host} did not answer in {patience:g} s; paste the text.", "fetch") from exc
        except (OSError, http.client.HTTPException) as exc:
            raise RemoteError(f"{at.host} cannot be read: {exc}; paste the text.") from exc
        if page is not None:
            return page
        at = target(leads_to, hosts, base=at.address, loopback=loopback)
    raise RemoteError(f"{address} leads on more than {REDIRECTS} times; paste the text.")


class _Plain(http.client.HTTPConnection):
    """Connects to the address that was looked at, whatever the name leads to by now."""

    def __init__(self, at: Target, until: float) -> None:
        super().__init__(at.host, at.port, timeout=_left(until))
        self._at = at

    def connect(self) -> None:
        self.sock = socket.create_connection((self._at.numeric, self._at.port), self.timeout)


class _Encrypted(_Plain):
    """The same with TLS, whose certificate must be the name's."""

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._at.host)


def _ask(at: Target, until: float) -> tuple[Page | None, str]:
    """The page at an address; or None, and where it leads."""
    connection = (_Encrypted if at.scheme == "https" else _Plain)(at, until)
    try:
        headers = {"User-Agent": AGENT, "Accept": ", ".join(_READ), "Accept-Encoding": "identity"}
        connection.request("GET", at.path, headers=headers)
        response = connection.getresponse()
        if response.status in _REDIRECTING and (leads_to := response.headers.get("Location", "")):
            return None, leads_to.encode("latin-1", "replace").decode("utf-8", "replace")
        if response.status != 200:
            raise RemoteError(f"{at.host} answers {response.status}, not with a page; paste the text.")
        media_type = response.headers.get_content_type()
        if media_type not in _READ:
            raise RemoteError(f"{at.address} is {media_type[:80]}, not a page; paste the text.")
        if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            raise RemoteError(f"{at.host} sends it compressed, though it was asked not to; paste the text.")
        charset = response.headers.get_content_charset("") or ""
        return Page(_whole(response, connection, until), media_type, charset, at.address), ""
    finally:
        connection.close()


def _whole(response: http.client.HTTPResponse, connection: http.client.HTTPConnection, until: float) -> bytes:
    """The body, in pieces, so that neither its size nor a server that dribbles goes on for ever."""
    pieces, size = [], 0
    sock: Any = connection.sock
    while True:
        if sock is not None:
            sock.settimeout(_left(until))
        piece = response.read1(65_536)
        if not piece:
            break
        size += len(piece)
        if size > LARGEST:
            raise RemoteError(f"The page has more than {LARGEST:,} bytes; paste the text.")
        pieces.append(piece)
    if response.length:
        raise RemoteError("The page broke off; try again, or paste the text.")
    return b"".join(pieces)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _late(*_: object) -> None:
    raise TimeoutError


def main(arguments: list[str]) -> None:
    """Fetch one page for the parent."""
    sock = socket.socket(fileno=int(arguments[0]))
    bound_resources(_MEMORY, 0)
    try:
        asked, _, _ = receive(sock)
        # Also for a server that sends its headers byte by byte, each of them in time.
        signal.signal(signal.SIGALRM, _late)
        signal.setitimer(signal.ITIMER_REAL, asked["patience"])
        page = get(asked["address"], tuple(asked["hosts"]), asked["patience"], loopback=asked["loopback"])
    except EOFError:
        return
    except Exception as exc:
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(sock, encode_error(exc, 0))
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    send(sock, {"media_type": page.media_type, "charset": page.charset, "address": page.address}, page.content)


if __name__ == "__main__":
    main(sys.argv[1:])
