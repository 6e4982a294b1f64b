"""SPARQL engine over HTTP.

Connections are kept. An answer is read whole before any of it is used, and one that the engine itself cut short is an
error. What the engine says of a failure goes into the error, for the operator.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final
from urllib.parse import quote

from requests import Response
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from thidua.base.errors import EngineError
from thidua.base.http_client import HttpClient
from thidua.engine.remote.addresses import Addresses

TABLE: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"


class Client:
    """Speaks to one engine. Safe to use from many threads; all of a process share their connections."""

    def __init__(self, addresses: Addresses, patience: float = 600) -> None:
        """Connect to nothing yet.

        :param patience: seconds without a byte after which the engine counts as gone.
        """
        self._patience = patience
        self.addresses: Final = addresses
        self._http = _http(addresses)
        self.is_virtuoso = False
        """Whether the last answer came from Virtuoso, which needs small portions."""

    def query(
        self, text: str, accept: str, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()
    ) -> bytes:
        """The whole answer to a query.

        :param accept: :data:`TABLE` for SELECT and ASK, :data:`TRIPLES` for the others.
        :raises EngineError: there is none that can be used.
        """
        form = [("query", text)]
        form += [("default-graph-uri", graph) for graph in default_graphs]
        form += [("named-graph-uri", graph) for graph in named_graphs]
        return self._send("POST", "query", self.addresses.query, form, {"Accept": accept})

    def update(self, text: str) -> None:
        """Carry out an update, of which the engine does all or nothing if it can.

        :raises EngineError: it was not carried out, or nobody knows.
        """
        if self.is_virtuoso:  # which does not answer what is sent as a body
            self._send("POST", "update", self.addresses.update, [("update", text)], {})
        else:  # some servers take forms only up to a length
            headers = {"Content-Type": "application/sparql-update; charset=utf-8"}
            self._send("POST", "update", self.addresses.update, text.encode(), headers)

    def graph(self, graph: str | None) -> bytes:
        """All triples of a graph, the default graph for None, as N-Triples; of one that is not there, none.

        :raises EngineError: they cannot be had.
        """
        return self._send("GET", "data", self._of_graph(graph), None, {"Accept": TRIPLES}, none_on=404)

    def add(self, graph: str | None, n_triples: bytes) -> None:
        """Add triples to a graph.

        :raises EngineError: they were not added, or nobody knows.
        """
        # Every engine reads Turtle; some do not know N-Triples by its name.
        headers = {"Content-Type": "text/turtle; charset=utf-8"}
        self._send("POST", "data", self._of_graph(graph), n_triples, headers)

    def _of_graph(self, graph: str | None) -> str:
        """A graph's address; empty if that of the graph store is."""
        address, graph = self.addresses.data, graph or self.addresses.merged
        named = f"graph={quote(graph, safe='')}" if graph else "default"
        return address and f"{address}{'&' if '?' in address else '?'}{named}"

    def _send(
        self,
        method: str,
        what: str,
        address: str,
        body: "Iterable[tuple[str, str]] | bytes | None",
        headers: Mapping[str, str],
        none_on: int | None = None,
    ) -> bytes:
        if not address:
            raise EngineError(f"THIDUA_STORE_{what.upper()} is not set, so the engine is only read from here")
        try:
            response = self._http.send(method, address, headers, self._patience, body)
        except OSError as exc:
            raise EngineError(
                f"the engine at {address} cannot be reached, or broke off; is it running, and does the address lead "
                f"there from this machine? ({exc})"
            ) from exc
        self.is_virtuoso = response.headers.get("Server", "").startswith("Virtuoso")
        if response.status_code == none_on:
            return b""
        if response.status_code >= 300:
            raise _refused(what, address, response)
        _refuse_cut(response.headers)
        # Of a table the end is known when it is read; lines of triples are as good without the last ones.
        framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
        if headers.get("Accept") == TRIPLES and not framed:
            raise EngineError(
                f"the engine at {address} does not say where its answer ends, so one that is cut would seem whole"
            )
        return response.content


@cache
def _http(addresses: Addresses) -> HttpClient:
    """The connections to an engine, which all that is here shares."""
    kind = HTTPDigestAuth if addresses.auth == "digest" else HTTPBasicAuth
    return HttpClient(kind(addresses.user, addresses.password) if addresses.user else None)


def _refused(what: str, address: str, response: Response) -> EngineError:
    said = " ".join(response.content[:2000].decode("utf-8", "replace").split())[:500]
    if response.status_code in (401, 403):
        return EngineError(
            f"the engine at {address} does not let us in ({response.status_code}); "
            "look at THIDUA_STORE_USER, THIDUA_STORE_PASSWORD and THIDUA_STORE_AUTH"
        )
    return EngineError(f"the engine at {address} refused a {what} with {response.status_code}: {said}")


def _refuse_cut(headers: Mapping[str, str]) -> None:
    """Virtuoso ends an answer at its own limits of rows and of time with status 200, and says so in a header."""
    if "X-SPARQL-MaxRows" in headers or headers.get("X-SQL-State", "").startswith("S1TAT"):
        raise EngineError(
            "the engine cut its answer short at a limit of its own; raise ResultSetMaxRows and MaxQueryExecutionTime"
        )
