"""Streamable HTTP: the MCP server behind uvicorn, for clients elsewhere."""

from collections.abc import Sequence
from typing import Any, Final

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp

from thidua.assistants.clients import TokensOnly
from thidua.base.tokens import TokenFile

_BODY: Final = 256 * 1024
#: Connections at once, of which each has a request under way or idles.
_CONNECTIONS: Final = 256
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


def application(server: Server[Any], allow: Sequence[str] = (), tokens: TokenFile | None = None) -> ASGIApp:
    """The server as an application at /mcp, without sessions: each request stands alone.

    :param allow: hosts that requests may name beside this machine, so that no page elsewhere reaches it by rebinding.
    :param tokens: who may read, where not everybody may.
    """
    hosts = [*_LOOPBACK, *allow]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[*hosts, *(f"{each}:*" for each in hosts)],
        allowed_origins=[
            f"{scheme}://{each}{port}" for each in hosts for scheme in ("http", "https") for port in ("", ":*")
        ],
    )
    app = server.streamable_http_app(
        json_response=True, stateless_http=True, max_request_body_size=_BODY, transport_security=security
    )
    return TokensOnly(app, tokens) if tokens else app


def serve(server: Server[Any], host: str, port: int, allow: Sequence[str], tokens: TokenFile | None) -> None:
    """Serve until stopped."""
    uvicorn.run(
        application(server, (host, *allow), tokens), host=host, port=port, log_level="warning", proxy_headers=False,
        limit_concurrency=_CONNECTIONS, server_header=False,
    )  # fmt: skip
