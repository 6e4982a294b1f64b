"""Clients of the HTTP transport: by what name limits count them, and who may read a private graph."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from thidua.base.client_key import client_key
from thidua.base.tokens import TokenFile

_LOCAL: Final = "local"


def client_of(request: Request | None, proxies: int = 0) -> str:
    """The name that limits count by: an address, of IPv6 a network; over standard input all are one.

    :param proxies: so many proxies add to X-Forwarded-For; what the client itself wrote there is not believed.
    """
    if request is None:
        return _LOCAL
    told = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",") if each.strip()]
    if proxies and len(told) >= proxies:
        return client_key(told[-proxies])
    return client_key(request.client.host if request.client else "unknown")


class TokensOnly:
    """Lets only those in who send a token that may read."""

    def __init__(self, app: ASGIApp, tokens: TokenFile) -> None:
        self._app, self._tokens = app, tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 to strangers; let everything else through."""
        if scope["type"] == "http":
            scheme, _, text = Request(scope).headers.get("Authorization", "").partition(" ")
            token = self._tokens.find(text.strip()) if scheme.lower() == "bearer" else None
            if token is None or not token.may("read"):
                body = {"code": "unauthorized", "detail": "Send a token that may read: `Authorization: Bearer …`."}
                await JSONResponse(body, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)
                return
        await self._app(scope, receive, send)
