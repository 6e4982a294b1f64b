"""A client that writes."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.service import Server


@dataclass
class Reply:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Desk:
    """A service that may be written to, its store, and a token of each role."""

    service: Server
    store: Path
    tokens: dict[str, str]

    def call(
        self, method: str, path: str, body: bytes | str | None = None, role: str | None = "write", **headers: str
    ) -> Reply:
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(self.service.url + path, data, method=method)
        if role is not None:
            request.add_header("Authorization", f"Bearer {self.tokens[role]}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=180) as reply:
                return Reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read())

    def update(self, text: str, role: str | None = "write", path: str = "/update", **headers: str) -> Reply:
        return self.call("POST", path, text, role, Content_Type="application/sparql-update", **headers)

    def current(self) -> int:
        return int(self.call("GET", "/health/ready", role=None).json["version"]["number"])
