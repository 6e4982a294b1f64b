"""Authorisation by bearer token: who may write; anybody, where the operator opened writes on a loopback address."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import current_app, request

from thidua.base.errors import ForbiddenError, UnauthorizedError
from thidua.base.tokens import TokenFile

_KEY: Final = "kg-tokens"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")


def tokens() -> TokenFile:
    """The store's tokens."""
    if _KEY not in current_app.extensions:
        config = current_app.config
        current_app.extensions[_KEY] = TokenFile(Path(config["TOKENS"] or Path(config["STORE"]) / "tokens.json"))
    found: TokenFile = current_app.extensions[_KEY]
    return found


def writes_possible() -> bool:
    """Whether anybody may write at all."""
    return bool(current_app.config["OPEN_WRITES"]) or any(token.may("write") for token in tokens().all())


def require(role: str, text: str = "") -> str:
    """The name of the caller, who may do what `role` may.

    :param text: the token, where a form brought it; else it is in the ``Authorization`` header.
    :raises UnauthorizedError: no token, or one that is not known.
    :raises ForbiddenError: writing is off, or the token's role is too small.
    """
    if current_app.config["OPEN_WRITES"]:
        _refuse_foreign_pages()
        return ""
    if not any(token.may(role) for token in tokens().all()):
        raise ForbiddenError(f"Nobody may {role} here; the operator can make a token with `thidua token new`.")
    if not text:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        text = text if scheme.lower() == "bearer" else ""
    if not text.strip():
        raise UnauthorizedError("Send a token: `Authorization: Bearer …`; the operator hands them out.")
    token = tokens().find(text.strip())
    if token is None:
        raise UnauthorizedError("This token is not known here; it may have been revoked.")
    if not token.may(role):
        raise ForbiddenError(f"This token may {token.role}, not {role}.")
    return token.name


def token_hash(name: str) -> str:
    """What tells the token of a caller from all others, also from a later one of the same name; empty for none."""
    return next((token.sha256 for token in tokens().all() if token.name == name), "")


def _refuse_foreign_pages() -> None:
    """Without tokens, a page that the operator happens to visit could write through their browser."""
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    origin = request.headers.get("Origin")
    if host not in _LOOPBACK or (origin is not None and urlsplit(origin).netloc != request.host):
        raise ForbiddenError("Open writes are for programs on this machine, not for other sites' pages.")
