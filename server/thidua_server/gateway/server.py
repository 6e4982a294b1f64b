"""gunicorn, started from Python: its settings, and which worker runs the app."""

import contextlib
import resource
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication

from thidua.base.limits import Limits
from thidua_server.gateway import refusal
from thidua_server.gateway.buffering_worker import after_request
from thidua_server.gateway.caching_worker import OBSERVERS, CachingWorker
from thidua_server.gateway.fairness import Policy
from thidua_server.http.handover import Observers

#: Connections of one web process, where the system lets it have as many.
_CONNECTIONS: Final = 2000


def serve(
    make_app: Callable[[Observers], Flask],
    host: str,
    port: int,
    *,
    gateway: str = "buffering",
    processes: int = 1,
    limits: Limits | None = None,
    proxies: int = 0,
    open_writes: bool = False,
    when_ready: Callable[[], None] | None = None,
) -> None:
    """Serve until a signal ends it; prints nothing itself.

    Each web process makes its own app, with its own workers, so nothing open crosses a fork. Asked to stop, it takes
    no new connections and lets running queries and writes end.

    :param make_app: called with what is to see the app's finished responses.
    :param gateway: ``plain`` for gunicorn's own threaded worker, without collecting, cache and fast path.
    :param processes: web processes; each holds its own limits.
    :param proxies: so many stand in front and say whom they speak for.
    :param open_writes: whoever writes needs no token.
    :param when_ready: called once the port is listened on.
    """
    limits = limits or Limits()
    threads = limits.queue + limits.fast_slots + limits.slow_slots + 64
    settings: dict[str, Any] = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": processes,
        # A query that waits holds a thread, and answers that need no query must still find one.
        "threads": threads,
        # Each is a descriptor, and so is each large answer.
        "worker_connections": max(threads + 100, min(_CONNECTIONS, _raise_descriptors() // 2)),
        "loglevel": "warning",
        "limit_request_line": 8190,
        "graceful_timeout": int(max(limits.timeout, limits.write_timeout)) + 2,
        "keepalive": 30,
        "control_socket_disable": True,
        # Who a proxy speaks for, the app decides (ProxyFix), and only when it is told that there is one.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
    }
    observers: Observers = ()
    if gateway == "plain":
        settings["worker_class"] = "gthread"
    else:
        settings |= {"worker_class": CachingWorker, "post_request": after_request}
        observers = OBSERVERS
    if when_ready is not None:
        settings["when_ready"] = lambda server: when_ready()
    refusal.install()
    policy = Policy(limits.running + limits.waiting + 2, proxies, limits.write_timeout, open_writes)
    _Service(lambda: make_app(observers), policy, settings).run()


def _raise_descriptors() -> int:
    """As many open files as the system lets this process have: every connection is one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class _Service(BaseApplication):  # type: ignore[misc]
    """What gunicorn calls an application; its workers find their policy here."""

    def __init__(self, make_app: Callable[[], Flask], policy: Policy, settings: Mapping[str, Any]) -> None:
        self.policy = policy
        self._make_app = make_app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            if name in self.cfg.settings:  # older releases have no control socket
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()
