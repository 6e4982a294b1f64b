"""Connection settings of a remote engine: where it is, and who we are to it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Self
from urllib.parse import urlsplit

from thidua.base.errors import InputError
from thidua.base.settings import PREFIX

#: What the settings are called, in front of the fields below.
_STORE: Final = "STORE_"


@dataclass(frozen=True)
class Addresses:
    """An engine's three endpoints and the credentials for them; ``query`` alone is enough to read."""

    query: str
    """SPARQL 1.1 Protocol, query."""
    update: str = ""
    """SPARQL 1.1 Protocol, update."""
    data: str = ""
    """SPARQL 1.1 Graph Store Protocol, indirect: ``?graph=`` is appended."""
    user: str = ""
    password: str = ""
    auth: str = "basic"
    """``basic`` or ``digest``."""
    merged: str = ""
    """The graph that holds the merge, on engines whose default graph is no graph of its own."""

    @classmethod
    def read(cls, settings: Mapping[str, object]) -> Self | None:
        """What settings by their names say, see :func:`thidua.base.settings.read_settings`; None for an embedded store.

        :raises InputError: they make no sense.
        """
        given = {each.name: str(settings.get(_STORE + each.name.upper(), "")) for each in fields(cls)}
        if not given["query"]:
            if any(given[name] for name in ("update", "data", "user", "password", "merged")):
                raise InputError(f"{PREFIX}{_STORE}QUERY is not set: without it there is no engine to speak to.")
            return None
        for name in ("query", "update", "data"):
            if given[name] and urlsplit(given[name]).scheme not in ("http", "https"):
                raise InputError(
                    f"{PREFIX}{_STORE}{name.upper()} is an address that begins with http:// or https://, "
                    f"not {given[name]!r}."
                )
            if urlsplit(given[name]).username is not None:  # the log has addresses
                raise InputError(f"Put the credentials in {PREFIX}{_STORE}{name.upper()} into _USER and _PASSWORD.")
        if given["auth"] not in ("basic", "digest"):
            raise InputError(f"{PREFIX}{_STORE}AUTH is basic or digest, not {given['auth']!r}.")
        return cls(**given)

    def as_environment(self) -> dict[str, str]:
        """The settings that give this again, for a process of our own."""
        return {f"{PREFIX}{_STORE}{each.name.upper()}": getattr(self, each.name) for each in fields(self)}
