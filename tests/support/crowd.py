"""A crowd of clients on loopback addresses of their own: ``python -m tests.support.crowd PORT FIRST KIND=NUMBER ...``.

It runs until it is ended. Each client begins again at once whatever it is told, as people's scripts do.
"""

import asyncio
import itertools
import sys
from collections.abc import Callable
from typing import Final

HEAD: Final = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
#: What each asks; the number makes every text another, so none is remembered.
QUERIES: Final[dict[str, Callable[[int], str]]] = {
    "endless": lambda n: f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} LIMIT {10**6 + n}",
    "long": lambda n: f"SELECT (COUNT(*) AS ?n) {{ {{ SELECT ?a ?d {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {1500000 + n} }} }}",
    "large": lambda n: f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o }} LIMIT {10**9 + n}",
    "same": lambda n: "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
}
#: How a slow one begins, and what it goes on with, twice a second.
SLOW: Final = {
    "silent": (b"", b""),
    "slow head": (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"),
    "slow body": (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "slow large body": (HEAD + b"Content-Length: 5000000\r\n\r\n", b"x"),
}
#: Asks to be hung up on, and does not hang up.
CLINGING: Final = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
_numbers = itertools.count()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kind: str) -> None:
    """Ask one query after the other."""
    while True:
        text = QUERIES[kind](next(_numbers)).encode()
        writer.write(HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))


async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kind: str) -> None:
    """Send as little as keeps a connection open."""
    start, more = SLOW[kind]
    writer.write(start)
    while not reader.at_eof():
        writer.write(more)
        await writer.drain()
        await asyncio.sleep(0.5)


async def cling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kind: str) -> None:
    """Read the answer to its end, and stay on the line."""
    writer.write(CLINGING)
    await reader.read()
    await asyncio.sleep(5)


async def client(port: int, address: str, kind: str) -> None:
    """One client, who comes back whatever happens."""
    behave = ask if kind in QUERIES else dribble if kind in SLOW else cling
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
            try:
                await behave(reader, writer, kind)
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.05)


async def main(port: int, first: int, kinds: dict[str, int]) -> None:
    clients = [kind for kind, number in kinds.items() for _ in range(number)]
    await asyncio.gather(*(client(port, f"127.0.{n // 200}.{first + n % 200}", kind) for n, kind in enumerate(clients)))


if __name__ == "__main__":
    asked = {kind: int(number) for kind, _, number in (each.partition("=") for each in sys.argv[3:])}
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), asked))
