"""Operations (OpenAPI 3.1): each is described on the view that answers it; its method and path are those of the route.

A route without a description, or a description that fits no route, keeps the app from starting.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from flask import Flask
from werkzeug.routing import Rule

from thidua_server.http.negotiation import JSON
from thidua_server.openapi.fields import AS_OF, Field

View = TypeVar("View", bound=Callable[..., Any])

_OF: Final = "__operations__"
_KEY: Final = "kg-operations"
_OPEN: Final = "kg-open-to-all"
_METHODS: Final = {"GET", "PUT", "POST", "DELETE"}
_CONVERTER: Final = re.compile(r"<(?:[^<>]*:)?(\w+)>")


@dataclass(frozen=True)
class operation:
    """A decorator that says of a view what it answers; several where it has several routes or methods.

    Of several routes it is the one whose variables are the fields that stand in the path.
    """

    id: str
    tag: str
    vi: str
    en: str
    fields: Sequence[Field] = ()
    returns: Sequence[str] = (JSON,)
    """Media types of what succeeds."""
    takes: Mapping[str, Mapping[str, Any]] | None = None
    """Media types of the body, each with its schema."""
    role: str = ""
    """What a token must allow; empty where none is needed."""
    statuses: Sequence[int] = (200,)
    method: str = ""
    """Needed where the view answers several."""

    def __call__(self, view: View) -> View:
        vars(view)[_OF] = (self, *vars(view).get(_OF, ()))  # the lowest decorator runs first
        return view

    def at(self, rule: Rule) -> str:
        """The method by which it is asked at a route; empty if it is not."""
        methods = _METHODS & set(rule.methods or ()) & ({self.method} if self.method else _METHODS)
        return methods.pop() if self.variables == rule.arguments and len(methods) == 1 else ""

    @property
    def variables(self) -> frozenset[str]:
        """What stands in the path."""
        return frozenset(field.name for field in self.fields if field.place == "path")


@dataclass(frozen=True)
class Listed:
    """An operation where the app has it; `path` as OpenAPI writes it."""

    method: str
    path: str
    blueprint: str
    described: operation


def unlisted(view: View) -> View:
    """Leave a view out of the description: it is for people alone, or described question by question."""
    vars(view)[_OF] = ()
    return view


def register(app: Flask) -> None:
    """Collect the operations of the app's views, all of which are registered by now.

    :raises TypeError: a route and a description do not fit.
    """
    endpoints = [endpoint for endpoint in app.view_functions if endpoint != "static"]
    found = tuple(each for endpoint in endpoints for each in _listed(app, endpoint))
    app.extensions[_KEY] = found
    app.extensions[_OPEN] = app.blueprints.keys() - {each.blueprint for each in found if each.described.role}


def of(app: Flask) -> Sequence[Listed]:
    """The app's operations, in the order of its views."""
    found: Sequence[Listed] = app.extensions[_KEY]
    return found


def open_to_all(app: Flask) -> Set[str]:
    """The blueprints of which nothing needs a token."""
    found: Set[str] = app.extensions[_OPEN]
    return found


def has_past(view: Callable[..., Any]) -> bool:
    """Whether a view answers of a version, so that other versions have other answers."""
    operations = vars(view).get(_OF)
    return operations is not None and (not operations or any(AS_OF in each.fields for each in operations))


def _listed(app: Flask, endpoint: str) -> Iterator[Listed]:
    operations: Sequence[operation] | None = vars(app.view_functions[endpoint]).get(_OF)
    # Of addresses that differ by a slash at the end, the shorter one is the address.
    rules = sorted(app.url_map.iter_rules(endpoint), key=lambda rule: len(rule.rule))
    if operations is None:
        raise TypeError(f"{rules[0].rule} has no description; put @operation(...) on its view, {endpoint}.")
    left = {(method, frozenset(rule.arguments)) for rule in rules for method in _METHODS & set(rule.methods or ())}
    for each in operations:
        rule = next((rule for rule in rules if each.at(rule)), None)
        if rule is None:
            raise TypeError(f"The operation {each.id} fits no route of {endpoint}: name its variables, and its method.")
        method = each.at(rule)
        left -= {(method, each.variables), (method, each.variables | {"suffix"})}
        yield Listed(method.lower(), _CONVERTER.sub(r"{\1}", rule.rule), endpoint.rpartition(".")[0], each)
    if operations and left:
        method, variables = min(left, key=str)
        names = ", ".join(sorted(variables)) or "nothing"
        raise TypeError(f"{method} of {endpoint}, by {names} in the path, has no description; add @operation(...).")
