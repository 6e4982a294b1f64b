"""An HTTP client that shows replies as they are."""

import http
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.support.service import Server

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
DIRECT = {"Content-Type": "application/sparql-query"}
#: Runs for as long as it may.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@dataclass(frozen=True)
class Reply:
    """A response that has been read."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get_content_type()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    def vary(self) -> set[str]:
        return {name.strip() for name in self.headers["Vary"].split(",")}


def call(
    server: Server,
    path: str,
    *,
    accept: str | None = None,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=120)
    try:
        sent = dict(headers or {}) | ({"Accept": accept} if accept is not None else {})
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def sparql(server: Server, query: str, accept: str | None = None, **more: str) -> Reply:
    return call(server, "/sparql?" + urlencode({"query": query, **more}), accept=accept)


def problem(reply: Reply, status: int, code: str) -> dict[str, Any]:
    """Check what every problem has in common; return its body."""
    assert (reply.status, reply.media_type) == (status, "application/problem+json")
    body: dict[str, Any] = reply.json
    assert body["status"] == status and body["code"] == code
    assert body["title"] == http.HTTPStatus(status).phrase
    assert body["detail"]
    return body
