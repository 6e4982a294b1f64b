"""Links to resources: where this service shows what the project names."""

from typing import Any, Final

from flask import g, request, url_for

from thidua.base.paths import path_of
from thidua.base.terms import TD

#: Parameters that a link to another resource keeps.
_KEPT: Final = ("lang", "version")


def kept(*names: str) -> dict[str, Any]:
    """Of this request's parameters those that a link keeps, and others by name; of a time, the version of it."""
    asked = {name: request.args[name] for name in (*_KEPT, *names) if name in request.args}
    return asked | ({"version": g.snapshot.version.number} if g.get("pinned") == "time" and "snapshot" in g else {})


def page_of(iri: str) -> str | None:
    """The address of a resource's page here, in the language and the version being read; None for what has none."""
    if iri.startswith(TD):
        return url_for("vocabulary.ontology", _anchor=iri.removeprefix(TD), **kept())
    path = path_of(iri)
    return url_for("things.document", path=path, **kept()) if path else None
