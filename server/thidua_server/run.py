"""Run the app under gunicorn, from Python."""

import contextlib
import json
import resource
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Flask
from gunicorn import util
from gunicorn.app.base import BaseApplication

from thidua.base.limits import Limits
from thidua_server.app import create_app
from thidua_server.gateway.buffering_worker import fair
from thidua_server.gateway.fast_path import ShortcutWorker
from thidua_server.http.negotiation import PROBLEM
from thidua_server.http.problems import body_for


def serve(
    app_config: Mapping[str, Any] | None,
    host: str,
    port: int,
    processes: int = 1,
    limits: Limits | None = None,
    proxies: int = 0,
    when_ready: Callable[[], None] | None = None,
) -> None:
    """Serve until a signal ends it; prints nothing itself.

    Each web process builds its own app, with its own workers, so nothing open crosses a fork. Asked to stop, it takes
    no new connections and lets running queries and writes end.

    :param processes: web processes; each holds its own limits.
    :param proxies: so many stand in front and say whom they speak for.
    :param when_ready: called once the port is listened on.
    """
    limits = limits or Limits()
    worker, after_request = fair(
        ShortcutWorker, limits, proxies=proxies, open_writes=bool((app_config or {}).get("OPEN_WRITES"))
    )
    threads = limits.queue + limits.fast_slots + limits.slow_slots + 64
    descriptors = _raise_descriptors()
    settings: dict[str, Any] = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": processes,
        # A query that waits holds a thread, and answers that need no query must still find one.
        "threads": threads,
        # Each is a descriptor, and so is each large answer.
        "worker_connections": max(threads + 100, min(_CONNECTIONS, descriptors // 2)),
        "worker_class": worker,
        "post_request": after_request,
        "loglevel": "warning",
        "limit_request_line": 8190,
        "graceful_timeout": int(max(limits.timeout, limits.write_timeout)) + 2,
        "keepalive": 30,
        "control_socket_disable": True,
        # Who a proxy speaks for, the app decides (ProxyFix), and only when it is told that there is one.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
    }
    if when_ready is not None:
        settings["when_ready"] = lambda server: when_ready()
    util.write_error = _write_problem
    _Service(app_config, settings).run()


#: What to do about an error that gunicorn finds; its own words say what is wrong.
_ADVICE: Final = {
    414: "; send a long query by POST",
    431: "; send fewer or shorter headers (cookies, most likely)",
}


#: Connections of one web process, where the system lets it have as many.
_CONNECTIONS: Final = 2000


def _raise_descriptors() -> int:
    """As many open files as the system lets this process have: every connection is one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _write_problem(sock: socket.socket, status: int, reason: str, message: str) -> None:
    """What gunicorn answers by itself to a request that never reaches the app, such as one with an endless address."""
    body = json.dumps(body_for(status, message + _ADVICE.get(status, ""))).encode()
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: {PROBLEM}\r\n"
    util.write_nonblock(sock, head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)


class _Service(BaseApplication):  # type: ignore[misc]
    def __init__(self, app_config: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> None:
        self._app_config = app_config
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            if name in self.cfg.settings:  # older releases have no control socket
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(self._app_config)
