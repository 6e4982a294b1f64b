"""SPARQL client for the endpoints of others, asked politely: the home of SPARQLWrapper.

One request at a time, with a pause between two, our name on it, and a deadline over the whole answer. What fails for
a moment is tried again, later each time; what cannot be used is told, never half read.
"""

import json
import logging
import time
import urllib.error
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any, Final

from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from thidua.base.agent import AGENT
from thidua.base.errors import InputError, RemoteError
from thidua.rdf.cells import Cell

log = logging.getLogger(__name__)

#: What a server answers that may do better a moment later.
_LATER: Final = (429, 502, 503, 504)
_LARGEST: Final = 20_000_000
_KINDS: Final[Mapping[str, str]] = {"uri": "iri", "literal": "literal", "typed-literal": "literal", "bnode": "blank"}


@dataclass(frozen=True)
class Manners:
    """How politely to ask. Times are in seconds."""

    pause: float = 1.0
    """Between two requests; doubled at each new try."""
    timeout: int = 60
    """For one whole answer."""
    tries: int = 3
    agent: str = AGENT


class Remote:
    """A SPARQL endpoint.

    :raises InputError: its address is not one of HTTP.
    """

    def __init__(
        self, endpoint: str, manners: Manners | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        if urllib.parse.urlsplit(endpoint).scheme not in ("http", "https"):
            raise InputError(f"{endpoint!r} is no address of an endpoint; it begins with http:// or https://")
        self.endpoint: Final = endpoint
        self._manners = manners or Manners()
        self._sleep = sleep
        self._asked = False

    def select(self, text: str) -> list[dict[str, Cell]]:
        """The rows of a SELECT; a row has the variables that are bound in it.

        :raises RemoteError: there is no answer that can be used.
        """
        if self._asked:
            self._sleep(self._manners.pause)
        self._asked = True
        for attempt in range(1, self._manners.tries + 1):
            try:
                return self._rows(self._answer(text))
            except _TryAgainError as exc:
                if attempt == self._manners.tries:
                    raise self._failure(f"{exc}, {attempt} times") from exc
                wait = max(self._manners.pause * 2**attempt, exc.after)
                log.info("endpoint=%s attempt=%d wait=%.1f", self.endpoint, attempt, wait)
                self._sleep(wait)
        raise AssertionError("unreachable")

    def _answer(self, text: str) -> bytes:
        wrapper = SPARQLWrapper(self.endpoint, returnFormat=JSON, agent=self._manners.agent)
        wrapper.setQuery(text)
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)
        wrapper.setTimeout(self._manners.timeout)
        deadline = time.monotonic() + self._manners.timeout
        try:
            response: HTTPResponse = wrapper.query().response
            with response:
                form = response.headers.get_content_type()
                if form not in ("application/sparql-results+json", "application/json"):
                    raise self._failure(f"answered with {form}, which is no table of results")
                return self._read(response, deadline)
        except urllib.error.HTTPError as exc:
            exc.close()
            if exc.code in _LATER:
                raise _TryAgainError(
                    f"answered {exc.code} {exc.reason}", _seconds(exc.headers.get("Retry-After"))
                ) from exc
            raise self._failure(f"answered {exc.code} {exc.reason}") from exc
        except SPARQLWrapperException as exc:
            raise self._failure(f"refused the query: {str(exc.msg).strip()}") from exc
        except urllib.error.URLError as exc:
            raise _TryAgainError(f"cannot be reached: {exc.reason}") from exc
        except TimeoutError as exc:
            raise _TryAgainError(f"gave no whole answer within {self._manners.timeout} s") from exc
        except (OSError, HTTPException) as exc:
            raise _TryAgainError(f"broke off: {exc or type(exc).__name__}") from exc

    def _read(self, response: HTTPResponse, deadline: float) -> bytes:
        parts, size = [], 0
        # read1 gives what is there: a server that drips cannot hold us beyond the deadline.
        while part := response.read1(65536):
            parts.append(part)
            size += len(part)
            if size > _LARGEST:
                raise self._failure(f"sent more than {_LARGEST:,} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError
        return b"".join(parts)

    def _rows(self, content: bytes) -> list[dict[str, Cell]]:
        try:
            bindings = json.loads(content)["results"]["bindings"]
            return [{name: _cell(term) for name, term in binding.items()} for binding in bindings]
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise self._failure("answered with JSON that is no table of results") from exc

    def _failure(self, what: str) -> RemoteError:
        return RemoteError(
            f"{self.endpoint} {what[:500]}; nothing was changed. Try later, or name another with --endpoint."
        )


class _TryAgainError(Exception):
    """It failed in a way that may pass; ``after`` is how many seconds the server asks for."""

    def __init__(self, what: str, after: float = 0) -> None:
        super().__init__(what)
        self.after = after


def _seconds(retry_after: str | None) -> float:
    """A minute at most: whoever asks for more is told as a failure."""
    return min(float(retry_after), 60) if retry_after and retry_after.isdigit() else 0


def _cell(term: Mapping[str, Any]) -> Cell:
    kind = _KINDS[term["type"]]
    if not isinstance(term["value"], str):
        raise TypeError
    return Cell(term["value"], kind, term.get("datatype"), term.get("xml:lang"))  # type: ignore[arg-type]
