"""Remote engines as real processes, where they can be had: the Oxigraph server, Apache Jena Fuseki, Virtuoso.

Fuseki is the jar that the variable ``FUSEKI_JAR`` names, and needs Java; Virtuoso is Debian's package.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bench.services import free_port, virtuoso_ini
from thidua.base.terms import BASE
from thidua.engine.remote.addresses import Addresses
from thidua.engine.remote.slot import RemoteBackend

#: The graph of the merge, for engines whose default graph is the union of all graphs.
MERGED = BASE + "merged"


@dataclass
class Engine:
    """A running engine."""

    name: str
    addresses: Addresses
    process: subprocess.Popen[bytes]

    @property
    def backend(self) -> RemoteBackend:
        """For a graph that it is to hold."""
        return RemoteBackend(self.addresses)

    @property
    def environment(self) -> dict[str, str]:
        """For a command of ours that is to use it."""
        return self.addresses.as_environment()

    def merged(self) -> "Engine":
        """The same, spoken to as if its default graph were none of its own."""
        return replace(self, addresses=replace(self.addresses, merged=MERGED))


@contextlib.contextmanager
def running(name: str, folder: Path, port: int | None = None) -> Iterator[Engine]:
    """Start an engine without any data; skips the test where it cannot be had."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    command, addresses = {"oxigraph": _oxigraph, "fuseki": _fuseki, "virtuoso": _virtuoso}[name](folder, port)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _await(f"http://127.0.0.1:{port}/", process, folder / "log")
        yield Engine(name, addresses, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _oxigraph(folder: Path, port: int) -> tuple[list[str], Addresses]:
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if not (program := shutil.which("oxigraph", path=places)):
        pytest.skip("the Oxigraph server is not installed: pip install oxigraph")
    base = f"http://127.0.0.1:{port}"
    command = [program, "serve", "--location", str(folder / "data"), "--bind", f"127.0.0.1:{port}"]
    return command, Addresses(f"{base}/query", f"{base}/update", f"{base}/store")


def _fuseki(folder: Path, port: int) -> tuple[list[str], Addresses]:
    jar, java = Path(os.environ.get("FUSEKI_JAR", "")), shutil.which("java")
    if not jar.is_file() or not java:
        pytest.skip("Fuseki is not there: it needs Java 17, and FUSEKI_JAR, the path of jena-fuseki-server's jar")
    (folder / "data").mkdir(exist_ok=True)
    base = f"http://127.0.0.1:{port}/ds"
    command = [java, "-Xmx1g", "-jar", str(jar), "--tdb2", "--loc", str(folder / "data"), "--update", "--localhost"]
    return [*command, "--port", str(port), "/ds"], Addresses(f"{base}/query", f"{base}/update", f"{base}/data")


def _virtuoso(folder: Path, port: int) -> tuple[list[str], Addresses]:
    if not (program := shutil.which("virtuoso-t")):
        pytest.skip("Virtuoso is not installed: apt install virtuoso-opensource-7-bin")
    (folder / "virtuoso.ini").write_text(virtuoso_ini(free_port(), port, folder, buffers=20_000))
    base = f"http://127.0.0.1:{port}"
    return [program, "+foreground", "+configfile", "virtuoso.ini"], Addresses(
        f"{base}/sparql-auth", f"{base}/sparql-auth", f"{base}/sparql-graph-crud-auth", "dba", "dba", "digest", MERGED
    )


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"the engine did not start:\n{log.read_text(errors='replace')[-2000:]}")
