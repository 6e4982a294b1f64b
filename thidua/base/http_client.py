"""HTTP client: kept connections, timeouts and retries, with our name on each request; the home of requests.

It is imported by whoever is about to ask a server, for it takes a tenth of a second to load. SPARQL endpoints of others
are asked by :mod:`thidua.exchange.endpoint`.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Retry

from thidua.base.agent import AGENT

#: Seconds to connect.
_CONNECT: Final = 10
#: Connections of a process that are kept; some servers hold a thread for each.
_KEPT: Final = 4
#: Seconds that a busy server is waited for; one that asks for more is told as busy.
_LONGEST_WAIT: Final = 60

Auth = Callable[[requests.PreparedRequest], requests.PreparedRequest]


class HttpClient:
    """Speaks to one server. Safe to use from many threads, and after a fork."""

    def __init__(self, auth: Auth | None = None, *, busy: int = 0, as_user: bool = False) -> None:
        """Connect to nothing yet.

        :param busy: how often to wait for a server that is busy, as long as it asks for, and to ask again.
        :param as_user: follow redirects, and go through the environment's proxies, as the user's other programs do.
        """
        self._auth, self._busy, self._as_user = auth, busy, as_user
        self._kept: tuple[int, requests.Session] | None = None

    def send(
        self, method: str, address: str, headers: Mapping[str, str], patience: float,
        body: Iterable[tuple[str, str]] | bytes | None = None,
    ) -> requests.Response:  # fmt: skip
        """The whole response, whatever its status.

        :param patience: seconds without a byte after which the server counts as gone.
        :raises OSError: there is none, or it broke off.
        """
        return self._session().request(
            method, address, data=body, headers=headers, timeout=(_CONNECT, patience), allow_redirects=self._as_user
        )

    def send_within(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes, *, seconds: float, largest: int
    ) -> tuple[int, bytes]:
        """Status and body of a response that has a size and a time, for a server whose answers are not to be trusted.

        :param seconds: for all of it, however slowly it drips.
        :raises OSError: there is none, it broke off, it is larger, or not over in time.
        """
        ends = time.monotonic() + seconds
        parts: list[bytes] = []
        size = 0
        with self._session().request(
            method, address, data=body, headers=headers, timeout=(min(_CONNECT, seconds), seconds),
            allow_redirects=self._as_user, stream=True,
        ) as response:  # fmt: skip
            try:
                # read1 gives what is there: a server that drips cannot hold us beyond the deadline.
                while part := response.raw.read1(65536):
                    parts.append(part)
                    size += len(part)
                    if size > largest:
                        raise OSError(f"its answer is longer than {largest:,} bytes")
                    if time.monotonic() > ends:
                        raise TimeoutError(f"its answer was not over within {seconds:.0f} s")
            except HTTPError as exc:
                raise OSError(f"its answer broke off: {exc}") from exc
            return response.status_code, b"".join(parts)

    def _session(self) -> requests.Session:
        """The connections of this process: those of the one that it was forked from are not its own."""
        if self._kept is None or self._kept[0] != os.getpid():
            session = requests.Session()
            session.trust_env = self._as_user
            session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})
            # Always ours: a .netrc of the machine's is meant for nobody here.
            session.auth = self._auth or (lambda request: request)
            for scheme in ("http://", "https://"):
                adapter = HTTPAdapter(pool_connections=1, pool_maxsize=_KEPT, max_retries=_Again.of(self._busy))
                session.mount(scheme, adapter)
            self._kept = os.getpid(), session
        return self._kept[1]


class _Again(Retry):
    """A server may close a kept connection just when it is used again. All that is sent may be sent twice."""

    @classmethod
    def of(cls, busy: int) -> Self:
        return cls(
            1 + busy, connect=1, read=1, status=busy, allowed_methods=None,
            respect_retry_after_header=busy > 0, raise_on_status=False,
        )  # fmt: skip

    def increment(self, *given: Any, **named: Any) -> Self:
        response = named.get("response")
        if response is not None and (self.get_retry_after(response) or 0) > _LONGEST_WAIT:
            raise MaxRetryError(named["_pool"], "")
        return super().increment(*given, **named)
