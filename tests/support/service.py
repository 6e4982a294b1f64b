"""`thidua serve` as a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.services import free_port


@dataclass(frozen=True)
class Server:
    """A running service."""

    url: str
    process: subprocess.Popen[bytes]


class running:
    """Start `thidua serve` on a free port; stop it at the end."""

    def __init__(
        self,
        store: Path,
        *options: str,
        python: str = sys.executable,
        env: dict[str, str] | None = None,
        sign: str = "/health/ready",
    ) -> None:
        self._sign = sign
        if "--plain" in options:
            Path(options[options.index("--plain") + 1]).mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        # A file, not a pipe: nobody reads while the tests run, and a full pipe would stop the service.
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self.process = subprocess.Popen(
            [python, "-m", "thidua", "serve", "--port", str(port), "--store", str(store), *options],
            stdout=subprocess.DEVNULL,
            stderr=self.log,
            env={**os.environ, **(env or {})},
            cwd=store.parent,
        )

    def __enter__(self) -> Server:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + self._sign, timeout=5):
                    return Server(self.url, self.process)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        self.process.kill()
        self.process.wait()
        self.log.seek(0)
        with self.log:
            raise RuntimeError(f"the service did not start:\n{self.log.read().decode()}")

    def __exit__(self, *failure: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)
        self.log.close()


def said(service: running) -> list[str]:
    """What a service has written to standard error so far."""
    written = os.pread(service.log.fileno(), 1 << 24, 0)
    return written.decode().splitlines()


def until(holds: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for a condition; returns what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come about")
