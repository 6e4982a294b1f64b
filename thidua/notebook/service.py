"""HTTP graph source: the graph behind a service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from thidua.base.errors import (
    KnowledgeGraphError,
    LimitError,
    NotFoundError,
    ParameterError,
    QuerySyntaxError,
    RemoteError,
)
from thidua.base.http_client import HttpClient
from thidua.base.terms import ID, PREFIXES
from thidua.notebook.source import Record
from thidua.rdf.mistakes import excerpt
from thidua.views.hints import HEADER, of_header

if TYPE_CHECKING:
    import pyarrow as pa
    import rdflib
    from requests import PreparedRequest

_ARROW: Final = "application/vnd.apache.arrow.file"
_QUERY: Final = "application/sparql-results+json, application/n-triples;q=0.9"
_SPARQL: Final = "application/sparql-query"
#: The project's prefixes, declared before a query's own declarations, which win; on its first line.
_DECLARED: Final = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
_FIRST_LINE: Final = re.compile(r"([Ll]ine 1, column )([0-9]{1,9})")
#: Tries when the service is busy, and seconds without a byte after which it counts as gone.
_TRIES: Final = 4
_TIMEOUT: Final = 120.0


class Remote:
    """Answers from a service; when it is busy, this waits as long as it asks for, a few times."""

    def __init__(self, url: str, version: int | None = None, token: str | None = None) -> None:
        self._url = url.rstrip("/")
        if urlsplit(self._url).scheme not in ("http", "https"):
            raise ParameterError("url", f"{url!r} is no address of a service, such as http://127.0.0.1:8000")
        self._pinned, self._token = version, token
        self._http = HttpClient(self._signed, busy=_TRIES - 1, as_user=True)
        self.version()

    def version(self) -> int:
        if self._pinned is not None:
            return self._pinned
        try:
            return int(self._json("/health/ready")["version"]["number"])
        except (KeyError, TypeError, NotFoundError) as exc:
            raise RemoteError(f"{self._url} answers, but not as a thidua service does; check the address.") from exc

    def at(self, version: int) -> Remote:
        self._json(f"/versions/{version}")
        return Remote(self._url, version, self._token)

    def versions(self) -> list[Record]:
        listed: list[Record] = self._json("/versions")["versions"][::-1]
        return [{key: value for key, value in each.items() if key not in ("diff", "sparql")} for each in listed]

    def diff(self, old: int, new: int) -> Record:
        document: Record = self._json(f"/versions/{new}/diff", {"from": str(old)}, pinned=False)
        return document

    def questions(self) -> list[Record]:
        return [
            {
                "name": each["name"],
                "vi": each["question"]["vi"],
                "en": each["question"]["en"],
                "parameters": ", ".join(parameter["name"] for parameter in each["parameters"]),
            }
            for each in self._json("/questions")["questions"]
        ]

    def ask(self, question: str, parameters: Mapping[str, str], evidence: bool) -> tuple[pa.Table, list[str]]:
        import pyarrow as pa

        given = {**parameters, "evidence": "1" if evidence else ""}
        content, headers = self._get(f"/questions/{quote(question, safe='')}", given, _ARROW)
        return pa.ipc.open_file(content).read_all(), of_header(headers.get(HEADER, ""))

    def query(self, sparql: str) -> tuple[str, bytes, list[str]]:
        try:
            content, headers = self._get("/sparql", {}, _QUERY, (_DECLARED + sparql).encode())
        except QuerySyntaxError as exc:
            raise _as_typed(exc, sparql) from None
        media_type = headers.get("Content-Type", "").partition(";")[0].strip()
        return media_type, content, [_in_text(each) for each in of_header(headers.get(HEADER, ""))]

    def search(self, text: str, kind: str | None, limit: int) -> list[Record]:
        given = {"q": text, "limit": str(limit), "kind": kind or ""}
        found: list[Record] = self._json("/search", given)["results"]
        return found

    def reconcile(self, batch: Mapping[str, Record]) -> dict[str, list[Record]]:
        form = urlencode({"queries": json.dumps(batch)}).encode()
        content, _ = self._get("/reconcile", {}, "application/json", form, "application/x-www-form-urlencoded")
        return {
            name: [
                {
                    "iri": ID + each["id"],
                    "label": each["name"],
                    "score": each["score"],
                    "match": each["match"],
                    "named": features["name"],
                    "existed": features.get("on"),
                }
                for each in answer["result"]
                for features in [{feature["id"]: feature["value"] for feature in each["features"]}]
            ]
            for name, answer in json.loads(content).items()
        }

    def cite(self, cited: Mapping[str, str], lang: str, form: str) -> str:
        content, _ = self._get("/cite", {**cited, "lang": lang, "format": form}, "*/*")
        return content.decode()

    def rdflib_graph(self) -> rdflib.Graph:
        import rdflib
        from rdflib.plugins.stores.sparqlstore import SPARQLStore

        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        address = self._url + "/sparql" + (f"?version={self._pinned}" if self._pinned else "")
        return rdflib.Graph(SPARQLStore(address, headers=headers, returnFormat="json"))

    def _json(self, path: str, parameters: Mapping[str, str] | None = None, *, pinned: bool = True) -> Any:
        content, _ = self._get(path, parameters or {}, "application/json", pinned=pinned)
        try:
            return json.loads(content)
        except ValueError as exc:
            raise RemoteError(f"{self._url}{path} answers, but not as a thidua service does.") from exc

    def _get(
        self, path: str, parameters: Mapping[str, str], accept: str, body: bytes | None = None, kind: str = _SPARQL, *,
        pinned: bool = True,
    ) -> tuple[bytes, Mapping[str, str]]:  # fmt: skip
        """What an address gives, and its headers; of the version held to, unless the path names one."""
        given = {**parameters, **({"version": str(self._pinned)} if self._pinned and pinned else {})}
        address = f"{self._url}{path}?{urlencode({key: value for key, value in given.items() if value})}"
        headers = {"Accept": accept} | ({} if body is None else {"Content-Type": kind})
        try:
            response = self._http.send("GET" if body is None else "POST", address, headers, _TIMEOUT, body)
        except OSError as exc:  # also of an answer that breaks off
            raise RemoteError(
                f"{self._url} cannot be reached, or broke off ({exc}); is the service running there?"
            ) from exc
        if not response.ok:
            raise _error_of(response.status_code, response.content)
        return response.content, response.headers

    def _signed(self, request: PreparedRequest) -> PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __str__(self) -> str:
        return f"at {self._url}"


def _in_text(told: str) -> str:
    """What is said of a query as it was sent, as said of it as it was typed."""
    return _FIRST_LINE.sub(lambda found: found[1] + str(_column(int(found[2]))), told)


def _column(sent: int) -> int:
    return sent - len(_DECLARED) if sent > len(_DECLARED) else sent


def _as_typed(error: QuerySyntaxError, sparql: str) -> QuerySyntaxError:
    if error.line is None or error.column is None:
        return error
    column = _column(error.column) if error.line == 1 else error.column
    begin = sum(map(len, sparql.splitlines(keepends=True)[: error.line - 1]))
    return QuerySyntaxError(_in_text(str(error)), error.line, column, excerpt(sparql, begin + column - 1))


def _error_of(status: int, content: bytes) -> KnowledgeGraphError:
    """The error that the service met, as the library raises it here too; what went wrong there, as what is far away."""
    try:
        problem = json.loads(content)
        error, code = KnowledgeGraphError.from_wire(problem), problem["code"]
    except (ValueError, KeyError, TypeError):
        return RemoteError(f"The service answered with status {status}, and gave no reason.")
    known = error.code == code and (error.status < 500 or isinstance(error, LimitError))
    return error if known else RemoteError(f"{error} ({code})")
