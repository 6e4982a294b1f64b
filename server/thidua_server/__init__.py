"""The HTTP service: what speaks HTTP, and nothing else. What knows the graph is the package ``thidua``."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thidua_server.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """``create_app``, loaded with Flask when it is asked for: the command line names this package at every start."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from thidua_server.app import create_app

    return create_app
